//! A trie over the bits of hashes: the engine of the hash maps.
//!
//! ```text
//!  Trie ── top ──▶ Directory ──┬──▶ Bucket          values with a tag each, up to 1 KiB
//!                              ├──▶ Bucket
//!                              └──▶ Directory ──┬──▶ Bucket
//!                                               └──▶ ...
//! ```
//!
//! A small trie is one bucket, which grows through the size classes. A full bucket is split in two
//! inside the words of its directory; one that has a single word left becomes a directory of its own.
//! So no value is moved because of what happens to those elsewhere, and nothing ever moves them all.
//!
//! The hash is used from its highest bit on. A bucket at *depth* `d` holds the values whose hashes have
//! the same first `d` bits: an interval of hashes. Therefore the place of a walk is a hash, too: that
//! of the first value not yet passed.
//!
//! Hashes come from user code, which may lie: where a value lies is a matter of finding it, never one
//! of memory safety or of keeping it.

mod check;
mod compare;
mod shrink;
#[cfg(feature = "plain")]
mod swap;
mod walk;

use std::{
    mem,
    sync::atomic::{AtomicU64, Ordering},
};

use cow_core::{
    AllocError, ArenaRef, Bottom, Bucket, BucketMut, BucketRef, Child, ChildMut, Directory, Entry,
    Home, Marks, Shared, Subtree, Tag, View, ViewMut,
};

pub(crate) use compare::Region;
#[cfg(feature = "plain")]
pub(crate) use swap::{Interval, TrieMemo};
pub(crate) use walk::{Buckets, IntoBuckets, Leaf, LeafValues, TrieRubble};

/// The handle of the whole: nothing, a single bucket, a directory, or the home of an empty trie.
type Top<T> = Entry<Bucket<T>, Shared<Directory<T>>, Home>;

/// Clones a shared bucket into a chunk with room for so many values.
pub(crate) type CopyBucket<T> =
    for<'a> fn(BucketRef<'a, T>, usize) -> Result<Bucket<T>, AllocError>;

/// The [`CopyBucket`] of tries that may be shared.
pub(crate) fn by_clone<T: Clone>(
    bucket: BucketRef<'_, T>,
    capacity: usize,
) -> Result<Bucket<T>, AllocError> {
    bucket.try_copy(capacity)
}

/// The [`CopyBucket`] of tries that were just made, and of which there is no clone.
pub(crate) fn never_shared<T>(_: BucketRef<'_, T>, _: usize) -> Result<Bucket<T>, AllocError> {
    unreachable!("nobody shares a trie that was just made")
}

/// Bits of a hash.
const HASH_BITS: u32 = u64::BITS;

/// Values by the bits of their hashes.
pub(crate) struct Trie<T> {
    top: Top<T>,
    len: usize,
    /// Tries with the same number have the same hasher; zero is no number.
    family: u64,
}

/// Makes each bit of a hash count in its high bits, which lead through the trie.
///
/// A multiplication by an odd number loses nothing. Hashers that keep small keys as they are, or in
/// which only the high bits differ, come out well spread.
#[inline]
pub(crate) fn spread(hash: u64) -> u64 {
    hash.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// The tag of a hash: bits that lead through the trie only where it is very deep.
#[inline]
fn tag(hash: u64) -> Tag {
    Tag::new((hash >> 24).to_le_bytes()[0])
}

/// The place of a value in a bucket, as found by [`Trie::find`]; good until the trie is changed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) hash: u64,
    index: usize,
}

impl<T> Trie<T> {
    pub(crate) const fn new() -> Self {
        Self {
            top: Entry::empty(),
            len: 0,
            family: 0,
        }
    }

    pub(crate) fn new_in(arena: ArenaRef<'_>) -> Self {
        Self {
            top: arena.to_home().map_or_else(Entry::empty, Entry::c),
            len: 0,
            family: 0,
        }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn arena(&self) -> ArenaRef<'_> {
        self.top.arena().unwrap_or(ArenaRef::global())
    }

    /// `true` when both are one version.
    pub(crate) fn ptr_eq(&self, other: &Self) -> bool {
        self.top.ptr_eq(&other.top)
    }

    /// Tries with values whose families are equal have the same hasher.
    pub(crate) fn family(&self) -> u64 {
        self.family
    }

    /// An empty trie of the same arena and with the same hasher.
    pub(crate) fn empty_here(&self) -> Self {
        Self {
            family: self.family,
            ..Self::new_in(self.arena())
        }
    }

    /// Takes everything out, and leaves an empty trie of the same arena.
    pub(crate) fn take(&mut self) -> Self {
        let empty = self.empty_here();
        mem::replace(self, empty)
    }

    /// The bucket for a hash.
    #[inline]
    fn bucket(&self, hash: u64) -> Option<BucketRef<'_, T>> {
        match self.top.as_b() {
            Some(node) => node.bottom(hash).bucket(),
            None => self.only_bucket(),
        }
    }

    /// The bucket of a trie that has no directory.
    #[inline]
    fn only_bucket(&self) -> Option<BucketRef<'_, T>> {
        match self.top.view() {
            View::A(bucket) => Some(bucket),
            View::B(_) | View::C(_) | View::Empty => None,
        }
    }

    /// The value with this hash that `is_it`.
    #[inline(always)]
    pub(crate) fn get(&self, hash: u64, is_it: impl FnMut(&T) -> bool) -> Option<&T> {
        let bucket = match self.top.as_b() {
            Some(node) => match node.bottom(hash) {
                Bottom::Grown(bucket) => return bucket.find_value(tag(hash), is_it),
                Bottom::Other(bucket) => bucket,
                Bottom::Empty => return None,
            },
            None => self.only_bucket()?,
        };
        find_in_any(bucket, tag(hash), is_it)
    }

    /// Where the value with this hash that `is_it` lies.
    #[inline]
    pub(crate) fn find(&self, hash: u64, is_it: impl FnMut(&T) -> bool) -> Option<Place> {
        let index = self.bucket(hash)?.find(tag(hash), is_it)?;
        Some(Place { hash, index })
    }

    /// The value at a place.
    #[inline]
    pub(crate) fn at(&self, place: Place) -> &T {
        match self.bucket(place.hash) {
            Some(bucket) => &bucket.values()[place.index],
            None => unreachable!("a place without a bucket"),
        }
    }

    /// The bucket for a hash for writing, if the whole path to it is known to be exclusive: no count
    /// is looked up.
    #[inline]
    fn known(top: &mut Top<T>, hash: u64) -> Option<BucketMut<'_, T>> {
        if !top.is_known_exclusive() {
            return None;
        }
        let mut node = match top.view_mut()? {
            ViewMut::B(node) => node,
            ViewMut::A(bucket) => return Some(bucket),
            ViewMut::C(_) | ViewMut::Empty => return None,
        };
        let mut rest = hash;
        loop {
            match node.known_mut(Directory::<T>::digit(rest))? {
                ChildMut::Node(child) => node = child,
                ChildMut::Bucket(bucket) => return Some(bucket),
                ChildMut::Empty => return None,
            }
            rest <<= Directory::<T>::BITS;
        }
    }

    /// The bucket for a hash for writing.
    ///
    /// # Errors
    ///
    /// When the path is shared and the arena has no chunk for a copy; what was copied before stays
    /// copied, which nobody sees.
    #[inline]
    fn bucket_mut(
        &mut self,
        hash: u64,
        copy: CopyBucket<T>,
    ) -> Result<Option<BucketMut<'_, T>>, AllocError> {
        if !self.top.is_known_b() {
            return self.bucket_mut_slow(hash, copy);
        }
        match self.known_node().grown_mut(hash) {
            Ok(bucket) => Ok(Some(bucket)),
            Err(node) => bucket_mut_below(node, hash, copy),
        }
    }

    #[inline(never)]
    fn bucket_mut_slow(
        &mut self,
        hash: u64,
        copy: CopyBucket<T>,
    ) -> Result<Option<BucketMut<'_, T>>, AllocError> {
        self.make_top_exclusive(copy)?;
        match self.top.view_mut() {
            Some(ViewMut::A(bucket)) => Ok(Some(bucket)),
            Some(ViewMut::B(node)) => bucket_mut_below(node, hash, copy),
            Some(ViewMut::C(_) | ViewMut::Empty) | None => Ok(None),
        }
    }

    /// The directory at the top, where it is known to be exclusive.
    #[inline]
    fn known_node(&mut self) -> &mut Directory<T> {
        let Some(node) = self.top.known_b_mut() else {
            unreachable!("a directory that is known to be exclusive")
        };
        node
    }

    #[inline]
    fn make_top_exclusive(&mut self, copy: CopyBucket<T>) -> Result<(), AllocError> {
        if !self.top.is_exclusive() {
            let copied = match self.top.view() {
                View::A(bucket) => Entry::a(copy(bucket, bucket.capacity())?),
                View::B(node) => Entry::b(Shared::try_copy_in(self.arena(), node)?),
                View::C(_) | View::Empty => return Ok(()),
            };
            self.top = copied;
        }
        Ok(())
    }

    /// The value at a place for writing.
    ///
    /// # Errors
    ///
    /// When the path is shared and the arena has no chunk for a copy.
    #[inline]
    pub(crate) fn at_mut(
        &mut self,
        place: Place,
        copy: CopyBucket<T>,
    ) -> Result<&mut T, AllocError> {
        match self.bucket_mut(place.hash, copy)? {
            Some(bucket) => Ok(bucket.into_value(place.index)),
            None => unreachable!("a place without a bucket"),
        }
    }

    /// The value with this hash that `is_it`, for writing.
    ///
    /// # Errors
    ///
    /// When the path is shared and the arena has no chunk for a copy.
    #[inline]
    pub(crate) fn get_mut(
        &mut self,
        hash: u64,
        is_it: impl FnMut(&T) -> bool,
        copy: CopyBucket<T>,
    ) -> Result<Option<&mut T>, AllocError> {
        if !self.top.is_known_b() {
            return self.get_mut_slow(hash, is_it, copy);
        }
        match self.known_node().grown_mut(hash) {
            Ok(bucket) => Ok(bucket.find_mut(tag(hash), is_it).ok()),
            Err(node) => get_mut_below(node, hash, is_it, copy),
        }
    }

    #[inline(never)]
    fn get_mut_slow(
        &mut self,
        hash: u64,
        is_it: impl FnMut(&T) -> bool,
        copy: CopyBucket<T>,
    ) -> Result<Option<&mut T>, AllocError> {
        match self.find(hash, is_it) {
            Some(place) => self.at_mut(place, copy).map(Some),
            None => Ok(None),
        }
    }

    /// Puts a value where `is_it` finds one with the same hash, by `replace`; else adds it. In one walk,
    /// and only if the whole path is known to be exclusive and the bucket has room.
    ///
    /// # Errors
    ///
    /// The value, if not.
    #[inline(always)]
    pub(crate) fn known_insert<R>(
        &mut self,
        hash: u64,
        value: T,
        is_it: impl Fn(&T, &T) -> bool,
        replace: impl FnOnce(&mut T, T) -> R,
    ) -> Result<Option<R>, T> {
        let put = if let Some(node) = self.top.known_b_mut() {
            match node.grown_mut(hash) {
                Ok(bucket) => put(bucket, tag(hash), value, is_it, replace),
                Err(_) => Err(value),
            }
        } else if let Some(bucket) = self.top.known_a_mut() {
            put_in_any(bucket, tag(hash), value, is_it, replace)
        } else {
            Err(value)
        };
        self.len += usize::from(matches!(put, Ok(None)));
        put
    }

    /// Adds a value, of which there must be no other with the same key. Returns its place.
    ///
    /// `rehash` is asked for the hashes of others, should they have to be told apart.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk left; the value is dropped.
    #[inline]
    pub(crate) fn insert_new(
        &mut self,
        hash: u64,
        value: T,
        rehash: impl Fn(&T) -> u64,
        copy: CopyBucket<T>,
    ) -> Result<Place, AllocError> {
        if Self::known(&mut self.top, hash).is_none_or(|bucket| bucket.is_full()) {
            self.make_room(hash, &rehash, copy)?;
        }
        let Some(mut bucket) = Self::known(&mut self.top, hash) else {
            unreachable!("room without a bucket")
        };
        let index = bucket.push(tag(hash), value);
        self.len += 1;
        Ok(Place { hash, index })
    }

    /// Sees to it that the path to the bucket for a hash is exclusive and the bucket not full.
    #[inline(never)]
    fn make_room(
        &mut self,
        hash: u64,
        rehash: &impl Fn(&T) -> u64,
        copy: CopyBucket<T>,
    ) -> Result<(), AllocError> {
        while !self.has_room(hash, rehash, copy)? {}
        Ok(())
    }

    /// A step of [`make_room`](Self::make_room): `true` when it was the last.
    fn has_room(
        &mut self,
        hash: u64,
        rehash: &impl Fn(&T) -> u64,
        copy: CopyBucket<T>,
    ) -> Result<bool, AllocError> {
        match self.top.view() {
            View::C(_) | View::Empty => {
                let bucket = Bucket::try_with_capacity_in(self.arena(), 1)?;
                self.top = Entry::a(bucket);
                self.join_family();
                return Ok(true);
            }
            View::A(bucket) if bucket.len() < bucket.capacity() => {
                self.make_top_exclusive(copy)?;
                return Ok(true);
            }
            View::A(bucket) if bucket.len() < Bucket::<T>::GROWN_CAPACITY => {
                self.grow_top(copy)?;
                return Ok(true);
            }
            View::A(_) => {
                let mut node = Shared::try_new_in(self.arena(), Directory::new(Subtree::Empty))?;
                if let (Some(node), cow_core::Handle::A(bucket)) = (node.get_mut(), self.top.take())
                {
                    node.replace(0, Subtree::Bucket(bucket));
                }
                self.top = Entry::b(node);
                return Ok(false);
            }
            View::B(_) => {}
        }
        let mut first = match self.bucket(hash) {
            Some(_) => Subtree::Empty,
            None => {
                let capacity = Bucket::<T>::GROWN_CAPACITY;
                Subtree::Bucket(Bucket::try_with_capacity_in(self.arena(), capacity)?)
            }
        };
        self.make_top_exclusive(copy)?;
        let Some(ViewMut::B(mut node)) = self.top.view_mut() else {
            unreachable!("an exclusive directory")
        };
        let mut rest = hash;
        let mut depth = 0;
        loop {
            let digit = Directory::<T>::digit(rest);
            node.try_make_exclusive(digit, |bucket| copy(bucket, bucket.capacity()))?;
            match node.get(digit) {
                Child::Bucket(bucket) if bucket.len() < bucket.capacity() => return Ok(true),
                Child::Bucket(_) => {
                    divide(node, digit, depth, rehash)?;
                    return Ok(false);
                }
                Child::Empty => {
                    node.replace(digit, mem::replace(&mut first, Subtree::Empty));
                    return Ok(true);
                }
                Child::Node(_) => {}
            }
            match node.known_mut(digit) {
                Some(ChildMut::Node(child)) => node = child,
                _ => unreachable!("an exclusive directory"),
            }
            rest <<= Directory::<T>::BITS;
            depth += Directory::<T>::BITS;
        }
    }

    /// Moves the only bucket to a chunk of the next class.
    fn grow_top(&mut self, copy: CopyBucket<T>) -> Result<(), AllocError> {
        let exclusive = self.top.is_exclusive();
        let View::A(bucket) = self.top.view() else {
            return Ok(());
        };
        let capacity = bucket.capacity() + 1;
        let grown = if exclusive {
            let mut grown = Bucket::try_with_capacity_in(bucket.arena(), capacity)?;
            if let (Some(ViewMut::A(mut from)), Some(mut to)) =
                (self.top.view_mut(), grown.get_mut())
            {
                from.move_all(&mut to);
            }
            grown
        } else {
            copy(bucket, capacity)?
        };
        self.top = Entry::a(grown);
        Ok(())
    }

    /// Takes a number for the first value, which clones inherit.
    fn join_family(&mut self) {
        /// Relaxed wherever it is used: only the numbers themselves are to differ.
        static NEXT: AtomicU64 = AtomicU64::new(1);
        if self.family == 0 {
            self.family = NEXT.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// As [`BucketRef::find_value`], for buckets of all classes.
#[inline(never)]
fn find_in_any<T>(bucket: BucketRef<'_, T>, tag: Tag, is_it: impl FnMut(&T) -> bool) -> Option<&T> {
    bucket.find_value(tag, is_it)
}

/// Puts a value where `is_it` finds one with the same tag, by `replace`; else adds it, if there is room.
///
/// # Errors
///
/// The value, if not.
#[inline(always)]
fn put<T, R>(
    bucket: BucketMut<'_, T>,
    tag: Tag,
    value: T,
    is_it: impl Fn(&T, &T) -> bool,
    replace: impl FnOnce(&mut T, T) -> R,
) -> Result<Option<R>, T> {
    match bucket.find_mut(tag, |other| is_it(other, &value)) {
        Ok(old) => Ok(Some(replace(old, value))),
        Err(mut bucket) => bucket.try_push(tag, value).map(|()| None),
    }
}

/// As [`put`], for buckets of all classes.
#[inline(never)]
fn put_in_any<T, R>(
    bucket: BucketMut<'_, T>,
    tag: Tag,
    value: T,
    is_it: impl Fn(&T, &T) -> bool,
    replace: impl FnOnce(&mut T, T) -> R,
) -> Result<Option<R>, T> {
    put(bucket, tag, value, is_it, replace)
}

/// The bucket for a hash for writing, below a node that is exclusive.
///
/// # Errors
///
/// When the arena has no chunk for a copy.
#[inline(never)]
fn bucket_mut_below<T>(
    mut node: &mut Directory<T>,
    hash: u64,
    copy: CopyBucket<T>,
) -> Result<Option<BucketMut<'_, T>>, AllocError> {
    let mut rest = hash;
    loop {
        let digit = Directory::<T>::digit(rest);
        node.try_make_exclusive(digit, |bucket| copy(bucket, bucket.capacity()))?;
        match node.known_mut(digit) {
            Some(ChildMut::Node(child)) => node = child,
            Some(ChildMut::Bucket(bucket)) => return Ok(Some(bucket)),
            Some(ChildMut::Empty) | None => return Ok(None),
        }
        rest <<= Directory::<T>::BITS;
    }
}

/// The value with this hash that `is_it`, for writing, below a node that is exclusive.
///
/// # Errors
///
/// When the arena has no chunk for a copy.
#[inline(never)]
fn get_mut_below<T>(
    node: &mut Directory<T>,
    hash: u64,
    is_it: impl FnMut(&T) -> bool,
    copy: CopyBucket<T>,
) -> Result<Option<&mut T>, AllocError> {
    let found = node.bottom(hash).bucket();
    let Some(index) = found.and_then(|bucket| bucket.find(tag(hash), is_it)) else {
        return Ok(None);
    };
    let bucket = bucket_mut_below(node, hash, copy)?;
    Ok(bucket.map(|bucket| bucket.into_value(index)))
}

/// Makes a full bucket smaller, or larger if the hashes have no bit left to tell its values apart.
///
/// `depth` is that of the node, whose child is exclusive.
fn divide<T>(
    node: &mut Directory<T>,
    digit: usize,
    depth: u32,
    rehash: &impl Fn(&T) -> u64,
) -> Result<(), AllocError> {
    let Child::Bucket(bucket) = node.get(digit) else {
        unreachable!("only buckets are divided")
    };
    let arena = bucket.arena();
    let run_bits = node.run_bits(digit);
    // How many bits of their hashes all values of the bucket have in common.
    let depth = depth + Directory::<T>::BITS - run_bits;
    if depth == HASH_BITS {
        let grown = Bucket::try_with_capacity_in(arena, bucket.capacity() + 1)?;
        move_into(node, digit, grown);
        return Ok(());
    }
    if run_bits == 0 {
        let mut inner = Shared::try_new_in(arena, Directory::new(Subtree::Empty))?;
        if let Some(inner) = inner.get_mut() {
            inner.replace(0, node.take(digit));
        }
        node.replace(digit, Subtree::Node(inner));
        return Ok(());
    }
    // All hashes first: one that panics finds every value in its place.
    let mut count = 0;
    let is_high = |value| {
        let is_high = rehash(value) << depth >> (HASH_BITS - 1) == 1;
        count += usize::from(is_high);
        is_high
    };
    let marks: Marks = bucket.values().iter().map(is_high).collect();
    let high = match count {
        0 => Subtree::Empty,
        all if all == bucket.len() => {
            let whole = node.take(digit);
            node.split(digit, Subtree::Empty, whole);
            return Ok(());
        }
        _ => {
            let capacity = Bucket::<T>::GROWN_CAPACITY;
            let mut high = Bucket::try_with_capacity_in(arena, capacity)?;
            if let (Some(ChildMut::Bucket(mut from)), Some(mut to)) =
                (node.get_mut(digit), high.get_mut())
            {
                from.move_marked(&marks, &mut to);
            }
            Subtree::Bucket(high)
        }
    };
    let low = node.take(digit);
    node.split(digit, low, high);
    Ok(())
}

/// Moves the values of an exclusive bucket to another, which takes its place.
fn move_into<T>(node: &mut Directory<T>, digit: usize, mut to: Bucket<T>) {
    if let (Some(ChildMut::Bucket(mut from)), Some(mut to)) = (node.get_mut(digit), to.get_mut()) {
        from.move_all(&mut to);
    }
    node.replace(digit, Subtree::Bucket(to));
}

impl<T> Clone for Trie<T> {
    #[inline]
    fn clone(&self) -> Self {
        Self {
            top: self.top.clone(),
            len: self.len,
            family: self.family,
        }
    }
}
