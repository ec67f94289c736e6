//! Sorting and reversing.

use std::cmp::Ordering;

use super::CowVec;

impl<T: Clone> CowVec<T> {
    /// Sorts the values; equal ones keep their order.
    ///
    /// # Complexity
    ///
    /// O(n log n) comparisons, and room for all values beside the vector. Values that are in order
    /// already are left where they are, shared or not.
    pub fn sort(&mut self)
    where
        T: Ord,
    {
        self.sort_by(T::cmp);
    }

    /// Sorts the values by a comparison; equal ones keep their order.
    ///
    /// # Complexity
    ///
    /// As [`sort`](Self::sort).
    ///
    /// # Panics
    ///
    /// When `compare` panics, or is found not to be a total order: the vector then holds all of its
    /// values, in some order.
    pub fn sort_by(&mut self, mut compare: impl FnMut(&T, &T) -> Ordering) {
        if !self.iter().is_sorted_by(|a, b| compare(a, b).is_le()) {
            self.as_one_slice(|values| values.sort_by(compare));
        }
    }

    /// Sorts the values by a key; equal ones keep their order.
    pub fn sort_by_key<K: Ord>(&mut self, mut key: impl FnMut(&T) -> K) {
        self.sort_by(|a, b| key(a).cmp(&key(b)));
    }

    /// Sorts the values by a key that is computed once for each; equal ones keep their order.
    pub fn sort_by_cached_key<K: Ord>(&mut self, key: impl FnMut(&T) -> K) {
        self.as_one_slice(|values| values.sort_by_cached_key(key));
    }

    /// Sorts the values; equal ones may change places.
    pub fn sort_unstable(&mut self)
    where
        T: Ord,
    {
        self.sort_unstable_by(T::cmp);
    }

    /// Sorts the values by a comparison; equal ones may change places.
    ///
    /// # Panics
    ///
    /// As [`sort_by`](Self::sort_by).
    pub fn sort_unstable_by(&mut self, mut compare: impl FnMut(&T, &T) -> Ordering) {
        if !self.iter().is_sorted_by(|a, b| compare(a, b).is_le()) {
            self.as_one_slice(|values| values.sort_unstable_by(compare));
        }
    }

    /// Sorts the values by a key; equal ones may change places.
    pub fn sort_unstable_by_key<K: Ord>(&mut self, mut key: impl FnMut(&T) -> K) {
        self.sort_unstable_by(|a, b| key(a).cmp(&key(b)));
    }

    /// Turns the order of the values around.
    ///
    /// # Complexity
    ///
    /// O(n). Shared: copies every chunk.
    pub fn reverse(&mut self) {
        let mut values = self.iter_mut();
        while let (Some(a), Some(b)) = (values.next(), values.next_back()) {
            std::mem::swap(a, b);
        }
    }

    /// Lends all values for writing as one slice.
    fn as_one_slice(&mut self, edit: impl FnOnce(&mut [T])) {
        /// Puts the values back, also when `edit` panics.
        struct PutBack<'a, T> {
            to: &'a mut CowVec<T>,
            values: Vec<T>,
        }
        impl<T> Drop for PutBack<'_, T> {
            fn drop(&mut self) {
                self.to.extend_new(self.values.drain(..));
            }
        }
        // Clones, which may panic, come before the vector is taken apart.
        self.prefault(..);
        if let (Some(only), None) = {
            let mut chunks = self.chunks_mut();
            (chunks.next(), chunks.next())
        } {
            return edit(only);
        }
        let values = self.take().into_iter().collect();
        edit(&mut PutBack { to: self, values }.values);
    }
}
