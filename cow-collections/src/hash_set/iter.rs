//! Going through the values: borrowed, or taken out; one by one, or a chunk at a time.

use std::{fmt, iter::FusedIterator};

use super::CowHashSet;
use crate::hash_map;

/// The values of a [`CowHashSet`]. Made by [`CowHashSet::iter`].
pub type Iter<'a, T> = hash_map::Keys<'a, T, ()>;

/// The values of a [`CowHashSet`], by value. Made by `into_iter`.
pub type IntoIter<T> = hash_map::IntoKeys<T, ()>;

impl<T, S> CowHashSet<T, S> {
    /// Goes through the values, in the order of their hashes.
    #[inline]
    #[must_use]
    pub fn iter(&self) -> Iter<'_, T> {
        self.map.keys()
    }

    /// Goes through the values as contiguous slices, one for each chunk.
    #[inline]
    #[must_use]
    pub fn chunks(&self) -> hash_map::Chunks<'_, T, ()> {
        self.map.chunks()
    }

    /// Takes the set apart chunk by chunk. Each chunk is released when it is dropped: whoever writes a
    /// snapshot out holds ever less of it.
    #[must_use]
    pub fn into_chunks(self) -> hash_map::IntoChunks<T, ()> {
        self.map.into_chunks()
    }

    /// Takes all values out. The set is empty from now on, also if the iterator is not used up.
    pub fn drain(&mut self) -> Drain<'_, T> {
        Drain {
            entries: self.map.drain(),
        }
    }
}

impl<T: Clone, S> CowHashSet<T, S> {
    /// Takes the values out for which `is_it` is `true`, as the iterator is used. What it does not
    /// reach stays.
    ///
    /// # Complexity
    ///
    /// O(1) a value. Shared: copies each chunk that it reaches.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowHashSet;
    /// let mut set: CowHashSet<u32> = (0..8).collect();
    /// assert_eq!(set.extract_if(|n| n % 2 == 0).count(), 4);
    /// assert_eq!(set.len(), 4);
    /// ```
    pub fn extract_if(
        &mut self,
        mut is_it: impl FnMut(&T) -> bool,
    ) -> impl FusedIterator<Item = T> {
        self.map
            .extract_if(move |value, ()| is_it(value))
            .map(|(value, ())| value)
    }
}

/// The values of a [`CowHashSet`], by value. Made by [`CowHashSet::drain`].
pub struct Drain<'a, T> {
    entries: hash_map::Drain<'a, T, ()>,
}

impl<T: Clone> Iterator for Drain<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        let (value, ()) = self.entries.next()?;
        Some(value)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }
}

impl<T: Clone> ExactSizeIterator for Drain<'_, T> {}
impl<T: Clone> FusedIterator for Drain<'_, T> {}

impl<T> fmt::Debug for Drain<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entries.fmt(f)
    }
}

impl<'a, T, S> IntoIterator for &'a CowHashSet<T, S> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    #[inline]
    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T: Clone, S> IntoIterator for CowHashSet<T, S> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    /// Goes through the values by value.
    ///
    /// # Complexity
    ///
    /// O(1) a value. Shared: values are cloned as they are reached.
    #[inline]
    fn into_iter(self) -> IntoIter<T> {
        self.map.into_keys()
    }
}
