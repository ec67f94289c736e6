//! Edits of whole ranges, and edits that decide value by value.

use std::{fmt, iter::FusedIterator, marker::PhantomData, mem, ops::RangeBounds};

use cow_core::{AllocError, OrAbort};

use super::{CowVec, IntoIter};
use crate::node::seq::{IntoLeaves, Leaf, LeafValues, Seq};

/// Up to this many values are inserted or removed one at a time: for more, the vector is cut apart and
/// joined again.
const FEW: usize = 16;

impl<T: Clone> CowVec<T> {
    /// Adds clones of the values.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowVec;
    /// let mut v = CowVec::from([1]);
    /// v.extend_from_slice(&[2, 3]);
    /// assert_eq!(v, [1, 2, 3]);
    /// ```
    pub fn extend_from_slice(&mut self, values: &[T]) {
        self.seq.extend(values.iter().cloned()).or_abort();
    }

    /// As [`extend_from_slice`](Self::extend_from_slice), for arenas that may be full: all of the
    /// values are added, or none.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk.
    pub fn try_extend_from_slice(&mut self, values: &[T]) -> Result<(), AllocError> {
        self.or_as_before(|this| this.seq.extend(values.iter().cloned()))
    }

    /// Runs `edit`; when it fails, the vector is as it was before.
    fn or_as_before<R>(
        &mut self,
        edit: impl FnOnce(&mut Self) -> Result<R, AllocError>,
    ) -> Result<R, AllocError> {
        let before = self.clone();
        edit(self).inspect_err(|_| *self = before)
    }

    /// Moves all values of `other` behind those of this vector, and leaves `other` empty.
    ///
    /// # Complexity
    ///
    /// O(log n), sharing the chunks of both; O(values of `other`) if it is of another arena.
    ///
    /// # Panics
    ///
    /// If there were more than `isize::MAX` values: so many take little memory when they share it. Both
    /// vectors are as they were.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowVec;
    /// let mut a: CowVec<u32> = (0..100_000).collect();
    /// let mut b = a.clone();
    /// a.append(&mut b); // no value is copied but those of a chunk or two where they meet
    /// assert_eq!(a.len(), 200_000);
    /// ```
    pub fn append(&mut self, other: &mut Self) {
        self.seq.check_append(&other.seq).or_abort();
        let other = other.take();
        self.append_parts(other).or_abort();
    }

    /// As [`append`](Self::append), for arenas that may be full.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk, or there were more than `isize::MAX` values; both vectors are as they
    /// were.
    pub fn try_append(&mut self, other: &mut Self) -> Result<(), AllocError> {
        self.seq.check_append(&other.seq)?;
        self.or_as_before(|this| this.append_parts(other.clone()))?;
        other.clear();
        Ok(())
    }

    fn append_parts(&mut self, other: Self) -> Result<(), AllocError> {
        if self.seq.is_at_home_with(&other.seq) {
            self.seq.append(other.seq)
        } else {
            self.seq.extend(other.into_iter())
        }
    }

    /// Leaves this vector empty, in the same arena, and returns what it was.
    pub(super) fn take(&mut self) -> Self {
        let empty = self.empty_here();
        mem::replace(self, empty)
    }

    /// Joins vectors into one, sharing their chunks.
    ///
    /// # Complexity
    ///
    /// O(vectors × log n).
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowVec;
    /// let parts = [CowVec::from([1, 2]), CowVec::new(), CowVec::from([3])];
    /// assert_eq!(CowVec::concat(parts), [1, 2, 3]);
    /// ```
    #[must_use]
    pub fn concat(vectors: impl IntoIterator<Item = Self>) -> Self {
        let mut vectors = vectors.into_iter();
        let mut whole = vectors.next().unwrap_or_default();
        vectors.for_each(|mut vector| whole.append(&mut vector));
        whole
    }

    /// Splits the vector in two: keeps the values before `at` and returns the others.
    ///
    /// # Complexity
    ///
    /// O(log n), sharing the chunks. The values of one leaf are moved, or cloned where it is shared.
    ///
    /// # Panics
    ///
    /// If `at` is above the length.
    #[must_use = "use `truncate` if you don't need the other half"]
    #[track_caller]
    pub fn split_off(&mut self, at: usize) -> Self {
        let len = self.len();
        assert!(
            at <= len,
            "`at` split index (is {at}) should be <= len (is {len})"
        );
        Self {
            seq: self.seq.split_off(at).or_abort(),
        }
    }

    /// As [`split_off`](Self::split_off), for arenas that may be full.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk; the vector is as it was.
    ///
    /// # Panics
    ///
    /// If `at` is above the length.
    #[track_caller]
    pub fn try_split_off(&mut self, at: usize) -> Result<Self, AllocError> {
        let len = self.len();
        assert!(
            at <= len,
            "`at` split index (is {at}) should be <= len (is {len})"
        );
        self.or_as_before(|this| {
            Ok(Self {
                seq: this.seq.split_off(at)?,
            })
        })
    }

    /// Returns the values in `range` as a vector of their own that shares this one's chunks.
    ///
    /// # Complexity
    ///
    /// O(log n), and clones of the values of up to two leaves.
    ///
    /// # Panics
    ///
    /// If the range is not inside the vector.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowVec;
    /// let v: CowVec<u32> = (0..1_000_000).collect();
    /// assert_eq!(v.slice(10..13), [10, 11, 12]);
    /// assert_eq!(v.slice(1000..).len(), 999_000);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn slice(&self, range: impl RangeBounds<usize>) -> Self {
        let range = self.resolve(range);
        let mut part = self.empty_here();
        if range.is_empty() {
            return part;
        }
        let (values, start) = self.seq.leaf_at(range.start);
        if range.end <= start + values.len() && range.len() < values.len() {
            part.extend_from_slice(&values[range.start - start..range.end - start]);
            return part;
        }
        part = self.clone();
        part.truncate(range.end);
        if range.start > 0 {
            part.split_off(range.start)
        } else {
            part
        }
    }

    /// Keeps the first `len` values and drops the others; does nothing when there are no more.
    ///
    /// # Complexity
    ///
    /// O(log n) and the drops.
    pub fn truncate(&mut self, len: usize) {
        if len == 0 {
            self.clear();
        } else if len < self.len() {
            if let Some(border) = self.seq.huge_border(len) {
                drop(self.split_off(border));
            }
            drop(self.split_off(len));
        }
    }

    /// Makes the vector `new_len` long: drops values at the end, or adds clones of `value`.
    pub fn resize(&mut self, new_len: usize, value: T) {
        match new_len.checked_sub(self.len()) {
            Some(more) => self.seq.extend(std::iter::repeat_n(value, more)).or_abort(),
            None => self.truncate(new_len),
        }
    }

    /// Makes the vector `new_len` long: drops values at the end, or adds what `make` returns.
    pub fn resize_with(&mut self, new_len: usize, make: impl FnMut() -> T) {
        match new_len.checked_sub(self.len()) {
            Some(more) => self.extend(std::iter::repeat_with(make).take(more)),
            None => self.truncate(new_len),
        }
    }

    /// Overwrites all values with clones of `value`.
    pub fn fill(&mut self, value: T) {
        let len = self.len();
        self.clear();
        self.resize(len, value);
    }

    /// Moves the first `mid` values behind the others.
    ///
    /// # Complexity
    ///
    /// O(log n), sharing the chunks.
    ///
    /// # Panics
    ///
    /// If `mid` is above the length.
    #[track_caller]
    pub fn rotate_left(&mut self, mid: usize) {
        let len = self.len();
        assert!(
            mid <= len,
            "rotation by {mid} is out of range for a vector of length {len}"
        );
        let mut back = self.split_off(mid);
        mem::swap(self, &mut back);
        self.append(&mut back);
    }

    /// Moves the last `k` values in front of the others.
    ///
    /// # Complexity
    ///
    /// O(log n), sharing the chunks.
    ///
    /// # Panics
    ///
    /// If `k` is above the length.
    #[track_caller]
    pub fn rotate_right(&mut self, k: usize) {
        let len = self.len();
        assert!(
            k <= len,
            "rotation by {k} is out of range for a vector of length {len}"
        );
        self.rotate_left(len - k);
    }

    /// Takes the values in `range` out and returns them as an iterator. They are out at once, whether
    /// it is run to its end or not.
    ///
    /// # Complexity
    ///
    /// O(log n) and the values taken.
    ///
    /// # Panics
    ///
    /// If the range is not inside the vector.
    #[track_caller]
    pub fn drain(&mut self, range: impl RangeBounds<usize>) -> Drain<'_, T> {
        let range = self.resolve(range);
        Drain {
            values: self.cut(range.start, range.end).into_iter(),
            life: PhantomData,
        }
    }

    /// Replaces the values in `range` by others and returns those that were there.
    ///
    /// # Complexity
    ///
    /// O(log n) and the values on both sides.
    ///
    /// # Panics
    ///
    /// If the range is not inside the vector.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowVec;
    /// let mut v = CowVec::from(['c', 'o', 't']);
    /// v.splice(1..2, ['a', 'r']);
    /// assert_eq!(v, ['c', 'a', 'r', 't']);
    /// ```
    #[track_caller]
    pub fn splice(
        &mut self,
        range: impl RangeBounds<usize>,
        values: impl IntoIterator<Item = T>,
    ) -> Drain<'_, T> {
        let range = self.resolve(range);
        let mut values = values.into_iter();
        let removed = self.cut(range.start, range.end);
        let mut at = range.start;
        for value in values.by_ref().take(FEW) {
            self.insert(at, value);
            at += 1;
        }
        if let Some(value) = values.next() {
            let mut back = self.split_off(at);
            self.push(value);
            self.extend(values);
            self.append(&mut back);
        }
        Drain {
            values: removed.into_iter(),
            life: PhantomData,
        }
    }

    /// Takes the values from `start` to `end` out.
    fn cut(&mut self, start: usize, end: usize) -> Self {
        if end - start <= FEW {
            let mut removed = self.empty_here();
            for _ in start..end {
                removed.push(self.remove(start));
            }
            return removed;
        }
        let mut removed = self.split_off(start);
        let mut back = removed.split_off(end - start);
        self.append(&mut back);
        removed
    }

    /// Keeps the values for which `keep` says so, in their order.
    ///
    /// # Complexity
    ///
    /// O(n) calls. A chunk all of whose values stay is kept as it is, shared or not.
    ///
    /// # Panics
    ///
    /// When `keep` panics, the values that it did not see are kept.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowVec;
    /// let mut v: CowVec<u32> = (0..10).collect();
    /// v.retain(|n| n % 3 == 0);
    /// assert_eq!(v, [0, 3, 6, 9]);
    /// ```
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        let mut rebuild = Rebuild::new(self);
        while let Some(leaf) = rebuild.next_leaf() {
            let (len, stay) = (
                leaf.len(),
                leaf.iter().take_while(|value| keep(value)).count(),
            );
            if stay == len {
                rebuild.keep_leaf();
                continue;
            }
            rebuild.open_leaf();
            (0..stay).for_each(|_| rebuild.keep_value());
            rebuild.discard_value();
            while let Some(value) = rebuild.value() {
                if keep(value) {
                    rebuild.keep_value();
                } else {
                    rebuild.discard_value();
                }
            }
        }
    }

    /// As [`retain`](Self::retain), with the values lent for writing.
    ///
    /// # Complexity
    ///
    /// O(n). Shared: copies every chunk.
    ///
    /// # Panics
    ///
    /// As [`retain`](Self::retain).
    pub fn retain_mut(&mut self, mut keep: impl FnMut(&mut T) -> bool) {
        self.prefault(..);
        let mut rebuild = Rebuild::new(self);
        while rebuild.next_leaf().is_some() {
            rebuild.open_leaf();
            while let Some((value, _)) = rebuild.value_mut() {
                if keep(value) {
                    rebuild.keep_value();
                } else {
                    rebuild.discard_value();
                }
            }
        }
    }

    /// Removes all but the first of values in a row that are equal.
    ///
    /// # Complexity
    ///
    /// O(n). A chunk from which nothing goes is kept as it is, shared or not.
    pub fn dedup(&mut self)
    where
        T: PartialEq,
    {
        let mut rebuild = Rebuild::new(self);
        while let Some(leaf) = rebuild.next_leaf() {
            let repeats = leaf.windows(2).any(|pair| pair[0] == pair[1]);
            if !repeats && rebuild.last() != rebuild.leaf_value() {
                rebuild.keep_leaf();
                continue;
            }
            rebuild.open_leaf();
            while let Some(value) = rebuild.value() {
                if rebuild.last() == Some(value) {
                    rebuild.discard_value();
                } else {
                    rebuild.keep_value();
                }
            }
        }
    }

    /// Removes all but the first of values in a row that `same` says are the same.
    ///
    /// `same(a, b)` is asked of a value `a` and the one `b` kept before it.
    ///
    /// # Complexity
    ///
    /// O(n). Shared: copies every chunk.
    pub fn dedup_by(&mut self, mut same: impl FnMut(&mut T, &mut T) -> bool) {
        self.prefault(..);
        let mut rebuild = Rebuild::new(self);
        while rebuild.next_leaf().is_some() {
            rebuild.open_leaf();
            while let Some((value, last)) = rebuild.value_mut() {
                if last.is_some_and(|last| same(value, last)) {
                    rebuild.discard_value();
                } else {
                    rebuild.keep_value();
                }
            }
        }
    }

    /// Removes all but the first of values in a row with equal keys.
    pub fn dedup_by_key<K: PartialEq>(&mut self, mut key: impl FnMut(&mut T) -> K) {
        self.dedup_by(|a, b| key(a) == key(b));
    }
}

impl<T> CowVec<T> {
    /// Adds values behind the others; the vector is exclusive, as a new one is.
    pub(super) fn extend_new(&mut self, values: impl IntoIterator<Item = T>) {
        self.seq
            .extend_exclusive(0, &mut values.into_iter())
            .or_abort();
    }
}

/// A vector that is taken apart leaf by leaf and put together again from what stays.
///
/// However it ends, by a panic too, the values not yet decided on stay.
struct Rebuild<'a, T: Clone> {
    to: &'a mut Seq<T>,
    leaf: Option<Leaf<T>>,
    values: Option<LeafValues<T>>,
    leaves: IntoLeaves<T>,
}

impl<'a, T: Clone> Rebuild<'a, T> {
    fn new(vec: &'a mut CowVec<T>) -> Self {
        // Leaf by leaf: what lies in huge chunks comes to lie in leaves first.
        vec.seq.demote_from(0).or_abort();
        let leaves = vec.take().seq.into_leaves();
        Self {
            to: &mut vec.seq,
            leaf: None,
            values: None,
            leaves,
        }
    }

    /// Goes on to the next leaf and shows its values.
    fn next_leaf(&mut self) -> Option<&[T]> {
        self.leaf = self.leaves.next();
        self.leaf.as_ref().map(Leaf::values)
    }

    /// Keeps the leaf as it is.
    fn keep_leaf(&mut self) {
        if let Some(leaf) = self.leaf.take() {
            self.to.push_leaf(leaf).or_abort();
        }
    }

    /// The first value of the leaf.
    fn leaf_value(&self) -> Option<&T> {
        self.leaf.as_ref()?.values().first()
    }

    /// Goes on to decide on the values of the leaf one by one.
    fn open_leaf(&mut self) {
        self.values = self.leaf.take().map(Leaf::into_values);
    }

    /// The value to decide on.
    fn value(&self) -> Option<&T> {
        self.values.as_ref()?.as_slice().first()
    }

    /// The value to decide on, and the last one that was kept. All chunks are exclusive.
    fn value_mut(&mut self) -> Option<(&mut T, Option<&mut T>)> {
        let value = self.values.as_mut()?.as_mut_slice().first_mut()?;
        let last = match self.to.len() {
            0 => None,
            len => self.to.get_mut(len - 1).or_abort(),
        };
        Some((value, last))
    }

    /// The last value that was kept.
    fn last(&self) -> Option<&T> {
        self.to.get(self.to.len().checked_sub(1)?)
    }

    fn keep_value(&mut self) {
        if let Some(value) = self.values.as_mut().and_then(Iterator::next) {
            self.to.push(value).or_abort();
        }
    }

    fn discard_value(&mut self) {
        if let Some(values) = &mut self.values {
            values.discard();
        }
    }
}

impl<T: Clone> Drop for Rebuild<'_, T> {
    fn drop(&mut self) {
        while self.value().is_some() {
            self.keep_value();
        }
        loop {
            self.keep_leaf();
            if self.next_leaf().is_none() {
                return;
            }
        }
    }
}

/// The values that [`CowVec::drain`] or [`CowVec::splice`] took out of a vector.
pub struct Drain<'a, T> {
    values: IntoIter<T>,
    life: PhantomData<&'a mut CowVec<T>>,
}

impl<T: Clone> Iterator for Drain<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.values.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.values.size_hint()
    }
}

impl<T: Clone> DoubleEndedIterator for Drain<'_, T> {
    #[inline]
    fn next_back(&mut self) -> Option<T> {
        self.values.next_back()
    }
}

impl<T: Clone> ExactSizeIterator for Drain<'_, T> {}
impl<T: Clone> FusedIterator for Drain<'_, T> {}

impl<T> fmt::Debug for Drain<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drain").finish_non_exhaustive()
    }
}
