//! The chunks of a map as slices: borrowed, or taken out one by one.

use std::{fmt, iter::FusedIterator};

use super::CowOrdMap;
use crate::node::btree::{IntoLeaves, Leaf, Leaves};

impl<K, V> CowOrdMap<K, V> {
    /// Goes through the pairs as contiguous slices, one of keys and one of values for each chunk.
    ///
    /// Where the slices begin and end says nothing about the pairs; equal maps may have different ones.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowOrdMap;
    /// let map: CowOrdMap<u64, u64> = (0..10_000).map(|n| (n, 2 * n)).collect();
    /// let sum: u64 = map.chunks().map(|(_, values)| values.iter().sum::<u64>()).sum();
    /// assert_eq!(sum, 9_999 * 10_000);
    /// ```
    #[must_use]
    pub fn chunks(&self) -> Chunks<'_, K, V> {
        Chunks {
            leaves: self.tree.leaves(0..self.len()),
        }
    }

    /// Takes the map apart, chunk by chunk, and lets go of each before it opens the next.
    ///
    /// This is how to save a snapshot while the original is being written: a chunk that was passed is
    /// shared no more, so that a write to it copies nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowOrdMap;
    /// let map: CowOrdMap<u64, u64> = (0..10_000).map(|n| (n, 2 * n)).collect();
    /// let mut saved = Vec::new();
    /// for chunk in map.snapshot().into_chunks() {
    ///     saved.extend(chunk.keys().iter().zip(chunk.values()).map(|(k, v)| (*k, *v)));
    /// }
    /// assert!(saved.into_iter().eq(map));
    /// ```
    #[must_use]
    pub fn into_chunks(self) -> IntoChunks<K, V> {
        IntoChunks {
            leaves: self.tree.into_leaves(),
        }
    }
}

/// The chunks of a [`CowOrdMap`] as slices. Made by [`CowOrdMap::chunks`].
pub struct Chunks<'a, K, V> {
    leaves: Leaves<'a, K, V>,
}

impl<K, V> Clone for Chunks<'_, K, V> {
    fn clone(&self) -> Self {
        Self {
            leaves: self.leaves.clone(),
        }
    }
}

impl<'a, K, V> Iterator for Chunks<'a, K, V> {
    type Item = (&'a [K], &'a [V]);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.leaves.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let pairs = self.leaves.pairs_left();
        (usize::from(pairs > 0), Some(pairs))
    }
}

impl<K, V> DoubleEndedIterator for Chunks<'_, K, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.leaves.next_back()
    }
}

impl<K, V> FusedIterator for Chunks<'_, K, V> {}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Chunks<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// The chunks of a [`CowOrdMap`], taken out one by one. Made by [`CowOrdMap::into_chunks`].
pub struct IntoChunks<K, V> {
    leaves: IntoLeaves<K, V>,
}

impl<K, V> IntoChunks<K, V> {
    /// The number of pairs in the chunks not yet taken.
    #[must_use]
    pub fn pairs_left(&self) -> usize {
        self.leaves.pairs_left()
    }
}

impl<K, V> Iterator for IntoChunks<K, V> {
    type Item = Chunk<K, V>;

    fn next(&mut self) -> Option<Chunk<K, V>> {
        self.leaves.next().map(|leaf| Chunk { leaf })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let pairs = self.leaves.pairs_left();
        (usize::from(pairs > 0), Some(pairs))
    }
}

impl<K, V> DoubleEndedIterator for IntoChunks<K, V> {
    fn next_back(&mut self) -> Option<Chunk<K, V>> {
        self.leaves.next_back().map(|leaf| Chunk { leaf })
    }
}

impl<K, V> FusedIterator for IntoChunks<K, V> {}

impl<K, V> fmt::Debug for IntoChunks<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoChunks")
            .field("pairs_left", &self.pairs_left())
            .finish()
    }
}

/// A chunk of pairs that was taken out of a [`CowOrdMap`].
pub struct Chunk<K, V> {
    leaf: Leaf<K, V>,
}

impl<K, V> Chunk<K, V> {
    /// The keys, in order.
    #[must_use]
    pub fn keys(&self) -> &[K] {
        self.leaf.slices().0
    }

    /// The values, in the order of their keys.
    #[must_use]
    pub fn values(&self) -> &[V] {
        self.leaf.slices().1
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Chunk<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.keys().iter().zip(self.values()))
            .finish()
    }
}
