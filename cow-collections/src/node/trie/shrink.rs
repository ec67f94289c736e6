//! Taking values out, and putting together what that leaves small.

use cow_core::{
    AllocError, Bucket, BucketMut, BucketRef, Child, ChildMut, Directory, Entry, Subtree, Tag,
    View, ViewMut,
};

use super::{CopyBucket, Place, Trie, tag};

impl<T> Trie<T> {
    /// A bucket with no more values than this may be worth joining to its buddy.
    const FEW: usize = Bucket::<T>::GROWN_CAPACITY / 4;
    /// Buddies are joined when they have no more values than this together: far enough from full
    /// that the next values do not split them again.
    const JOINED: usize = Bucket::<T>::GROWN_CAPACITY / 2;

    /// Takes the value with this hash that `is_it` out, in one walk, if the whole path to it is known to
    /// be exclusive; `None` when it is not.
    #[inline]
    pub(crate) fn known_remove(
        &mut self,
        hash: u64,
        is_it: impl FnMut(&T) -> bool,
        copy: CopyBucket<T>,
    ) -> Option<Option<T>> {
        let taken = if let Some(node) = self.top.known_b_mut() {
            take_out(node.grown_mut(hash).ok()?, tag(hash), is_it)
        } else {
            take_out_of_any(self.top.known_a_mut()?, tag(hash), is_it)
        };
        let Some((value, left)) = taken else {
            return Some(None);
        };
        self.len -= 1;
        if left <= Self::FEW {
            self.settle(hash, copy);
        }
        Some(Some(value))
    }

    /// Takes the value at a place out.
    ///
    /// # Errors
    ///
    /// When the path is shared and the arena has no chunk for a copy.
    #[inline(never)]
    pub(crate) fn remove(&mut self, place: Place, copy: CopyBucket<T>) -> Result<T, AllocError> {
        let (value, left) = self.remove_unsettled(place, copy)?;
        if left <= Self::FEW {
            self.settle(place.hash, copy);
        }
        Ok(value)
    }

    /// As [`remove`](Self::remove), but joins nothing: see [`compact`](Self::compact). Returns also how
    /// many values the bucket has left.
    #[inline]
    pub(crate) fn remove_unsettled(
        &mut self,
        place: Place,
        copy: CopyBucket<T>,
    ) -> Result<(T, usize), AllocError> {
        let Some(mut bucket) = self.bucket_mut(place.hash, copy)? else {
            unreachable!("a place without a bucket")
        };
        let value = bucket.swap_remove(place.index);
        let left = bucket.as_bucket().len();
        self.len -= 1;
        Ok((value, left))
    }

    /// Drops the values that are not to be kept.
    ///
    /// # Errors
    ///
    /// When a path is shared and the arena has no chunk for a copy; what was decided before holds.
    pub(crate) fn retain(
        &mut self,
        mut keep: impl FnMut(&mut T) -> bool,
        copy: CopyBucket<T>,
    ) -> Result<(), AllocError> {
        let before = self.len;
        let mut next = Some(0);
        while let Some(hash) = next {
            let (bucket, behind) = self.step_ahead(hash);
            next = behind;
            if bucket.is_none_or(BucketRef::is_empty) {
                continue;
            }
            self.bucket_mut(hash, copy)?;
            let Some(mut bucket) = Self::known(&mut self.top, hash) else {
                continue;
            };
            // From the back, where what takes the place of a removed one was asked already.
            for index in (0..bucket.as_bucket().len()).rev() {
                if !keep(&mut bucket.reborrow().into_values()[index]) {
                    self.len -= 1;
                    drop(bucket.swap_remove(index));
                }
            }
        }
        if self.len < before {
            self.compact(copy);
        }
        Ok(())
    }

    /// Joins buckets and directories on the way to a hash, where they are small.
    #[inline(never)]
    fn settle(&mut self, hash: u64, copy: CopyBucket<T>) {
        if let Some(ViewMut::B(node)) = self.top.view_mut() {
            settle(node, hash, copy);
        }
        self.collapse_top();
    }

    /// Joins all that is small, everywhere.
    pub(crate) fn compact(&mut self, copy: CopyBucket<T>) {
        if let Some(ViewMut::B(node)) = self.top.view_mut() {
            compact(node, copy);
        }
        self.collapse_top();
    }

    /// Makes a directory that has one bucket left that bucket.
    fn collapse_top(&mut self) {
        let Some(ViewMut::B(node)) = self.top.view_mut() else {
            return;
        };
        if node.run_bits(0) != Directory::<T>::BITS {
            return;
        }
        match node.get(0) {
            Child::Empty => drop(self.take()),
            Child::Bucket(bucket) if can_rise(bucket) => {
                if let Subtree::Bucket(bucket) = node.take(0) {
                    self.top = Entry::a(bucket);
                }
            }
            Child::Bucket(_) | Child::Node(_) => {}
        }
    }

    /// Moves a trie that is a single bucket to the smallest chunk that holds it, if it is not shared
    /// and there is such a chunk.
    pub(crate) fn shrink_top(&mut self) {
        if self.len == 0 {
            drop(self.take());
        }
        if !self.top.is_exclusive() {
            return;
        }
        let View::A(bucket) = self.top.view() else {
            return;
        };
        let Ok(mut small) = Bucket::try_with_capacity_in(bucket.arena(), bucket.len()) else {
            return;
        };
        if small.as_bucket().chunk_bytes() >= bucket.chunk_bytes() {
            return;
        }
        if let (Some(ViewMut::A(mut from)), Some(mut to)) = (self.top.view_mut(), small.get_mut()) {
            from.move_all(&mut to);
        }
        self.top = Entry::a(small);
    }
}

/// Takes the value with this tag that `is_it` out. Returns also how many are left.
#[inline(always)]
fn take_out<T>(
    mut bucket: BucketMut<'_, T>,
    tag: Tag,
    is_it: impl FnMut(&T) -> bool,
) -> Option<(T, usize)> {
    let value = bucket.remove(tag, is_it)?;
    Some((value, bucket.as_bucket().len()))
}

/// As [`take_out`], for buckets of all classes.
#[inline(never)]
fn take_out_of_any<T>(
    bucket: BucketMut<'_, T>,
    tag: Tag,
    is_it: impl FnMut(&T) -> bool,
) -> Option<(T, usize)> {
    take_out(bucket, tag, is_it)
}

/// Joins what is small on the way from a node, which is exclusive, to a hash.
fn settle<T>(node: &mut Directory<T>, rest: u64, copy: CopyBucket<T>) {
    let digit = Directory::<T>::digit(rest);
    if let Some(ChildMut::Node(child)) = node.known_mut(digit) {
        settle(child, rest << Directory::<T>::BITS, copy);
    }
    tidy(node, digit);
    while join(node, digit, copy) {}
}

/// Joins what is small below a node, which is exclusive, and below others known to be so.
fn compact<T>(node: &mut Directory<T>, copy: CopyBucket<T>) {
    let mut digit = 0;
    while digit < Directory::<T>::FANOUT {
        if let Some(ChildMut::Node(child)) = node.known_mut(digit) {
            compact(child, copy);
        }
        tidy(node, digit);
        digit = node.run(digit).end;
    }
    // Each join may make another one possible, of the run that came about and its buddy on the left.
    let mut digit = 0;
    while digit < Directory::<T>::FANOUT {
        if !join(node, digit, copy) {
            digit = node.run(digit).end;
        } else {
            digit = node.run(digit).start;
        }
    }
}

/// Frees an empty bucket, and makes a directory that has one bucket left that bucket.
fn tidy<T>(node: &mut Directory<T>, digit: usize) {
    let child = match node.known_mut(digit) {
        Some(ChildMut::Bucket(bucket)) if bucket.as_bucket().is_empty() => Subtree::Empty,
        Some(ChildMut::Node(child)) if child.run_bits(0) == Directory::<T>::BITS => {
            match child.get(0) {
                Child::Empty => Subtree::Empty,
                Child::Bucket(bucket) if can_rise(bucket) => child.take(0),
                Child::Bucket(_) | Child::Node(_) => return,
            }
        }
        _ => return,
    };
    drop(node.replace(digit, child));
}

/// Whether a bucket that has a directory to itself may take its place.
///
/// Not if it is so full that the next values would make a directory again, nor if it is one that grew
/// because all its hashes are alike.
fn can_rise<T>(bucket: BucketRef<'_, T>) -> bool {
    bucket.len() <= Trie::<T>::JOINED && bucket.capacity() <= Bucket::<T>::GROWN_CAPACITY
}

/// Joins the bucket of a digit and its buddy, if they are small together.
fn join<T>(node: &mut Directory<T>, digit: usize, copy: CopyBucket<T>) -> bool {
    let Some(buddy) = node.buddy(digit) else {
        return false;
    };
    let len = |digit| match node.get(digit) {
        Child::Empty => Some(0),
        // A bucket of one hash keeps to itself.
        Child::Bucket(bucket) if bucket.capacity() > Bucket::<T>::GROWN_CAPACITY => None,
        Child::Bucket(bucket) => Some(bucket.len()),
        Child::Node(_) => None,
    };
    let (Some(here), Some(there)) = (len(digit), len(buddy)) else {
        return false;
    };
    if here + there > Trie::<T>::JOINED {
        return false;
    }
    let whole = match (here, there) {
        (_, 0) => {
            drop(node.take(buddy));
            node.take(digit)
        }
        (0, _) => {
            drop(node.take(digit));
            node.take(buddy)
        }
        _ => {
            // Memory for copies is not worth failing for.
            let exclusive = |digit| {
                node.try_make_exclusive(digit, |bucket| copy(bucket, bucket.capacity()))
                    .is_ok()
            };
            if ![digit, buddy].into_iter().all(exclusive) {
                return false;
            }
            let Subtree::Bucket(mut other) = node.take(buddy) else {
                unreachable!("a bucket")
            };
            if let (Some(mut from), Some(ChildMut::Bucket(mut to))) =
                (other.get_mut(), node.known_mut(digit))
            {
                from.move_all(&mut to);
            }
            node.take(digit)
        }
    };
    drop(node.join(digit, whole));
    true
}
