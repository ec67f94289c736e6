//! Going through the entries: borrowed, or taken out; one by one, or a chunk at a time.

use std::{fmt, iter::FusedIterator, marker::PhantomData, ops::Deref, slice};

use super::CowHashMap;
use crate::node::trie::{Buckets, IntoBuckets, Leaf, LeafValues};

impl<K, V, S> CowHashMap<K, V, S> {
    /// Goes through the entries, in the order of their hashes.
    ///
    /// Two versions of a map have the same order of chunks, but within a chunk any.
    #[inline]
    #[must_use]
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter {
            front: [].iter(),
            buckets: self.trie.buckets(),
            left: self.len(),
        }
    }

    /// Goes through the keys.
    #[inline]
    #[must_use]
    pub fn keys(&self) -> Keys<'_, K, V> {
        Keys {
            entries: self.iter(),
        }
    }

    /// Goes through the values.
    #[inline]
    #[must_use]
    pub fn values(&self) -> Values<'_, K, V> {
        Values {
            entries: self.iter(),
        }
    }

    /// Goes through the entries as contiguous slices, one for each chunk.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowHashMap;
    /// let map: CowHashMap<u64, u64> = (0..1_000).map(|n| (n, n)).collect();
    /// assert_eq!(map.chunks().map(|entries| entries.len()).sum::<usize>(), 1_000);
    /// ```
    #[inline]
    #[must_use]
    pub fn chunks(&self) -> Chunks<'_, K, V> {
        Chunks {
            buckets: self.trie.buckets(),
        }
    }

    /// Takes the map apart chunk by chunk. Each chunk is released when it is dropped: whoever writes a
    /// snapshot out holds ever less of it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowHashMap;
    /// let map: CowHashMap<u64, u64> = (0..1_000).map(|n| (n, n)).collect();
    /// let mut written = 0;
    /// for chunk in map.into_chunks() {
    ///     written += chunk.len();
    /// }
    /// assert_eq!(written, 1_000);
    /// ```
    #[must_use]
    pub fn into_chunks(self) -> IntoChunks<K, V> {
        IntoChunks {
            buckets: self.trie.into_buckets(),
        }
    }

    /// Takes all entries out. The map is empty from now on, also if the iterator is not used up.
    ///
    /// # Complexity
    ///
    /// As `into_iter`: entries of shared chunks are cloned as they are reached.
    pub fn drain(&mut self) -> Drain<'_, K, V> {
        Drain {
            entries: IntoIter::new(self.trie.take().into_buckets()),
            map: PhantomData,
        }
    }

    /// Takes the keys out.
    #[inline]
    #[must_use]
    pub fn into_keys(self) -> IntoKeys<K, V> {
        IntoKeys {
            entries: IntoIter::new(self.trie.into_buckets()),
        }
    }

    /// Takes the values out.
    #[inline]
    #[must_use]
    pub fn into_values(self) -> IntoValues<K, V> {
        IntoValues {
            entries: IntoIter::new(self.trie.into_buckets()),
        }
    }
}

/// The entries of a [`CowHashMap`]. Made by [`CowHashMap::iter`].
///
/// A chunk at a time is a plain slice iterator; `fold` and all that stands on it (`sum`, `for_each`,
/// `collect`, ...) runs slice loops.
pub struct Iter<'a, K, V> {
    front: slice::Iter<'a, (K, V)>,
    buckets: Buckets<'a, (K, V)>,
    left: usize,
}

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Self {
            front: self.front.clone(),
            buckets: self.buckets.clone(),
            left: self.left,
        }
    }
}

impl<K, V> Default for Iter<'_, K, V> {
    fn default() -> Self {
        Self {
            front: [].iter(),
            buckets: Buckets::default(),
            left: 0,
        }
    }
}

impl<'a, K, V> Iter<'a, K, V> {
    #[inline(never)]
    fn next_bucket(&mut self) -> Option<&'a (K, V)> {
        self.front = self.buckets.next()?.values().iter();
        self.front.next()
    }
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    #[inline]
    fn next(&mut self) -> Option<(&'a K, &'a V)> {
        let (key, value) = match self.front.next() {
            Some(entry) => entry,
            None => self.next_bucket()?,
        };
        self.left -= 1;
        Some((key, value))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }

    fn count(self) -> usize {
        self.left
    }

    #[inline]
    fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, mut f: F) -> B {
        let mut each = |sum, (key, value): &'a (K, V)| f(sum, (key, value));
        let mut sum = self.front.fold(init, &mut each);
        for bucket in self.buckets {
            sum = bucket.values().iter().fold(sum, &mut each);
        }
        sum
    }
}

impl<K, V> ExactSizeIterator for Iter<'_, K, V> {}
impl<K, V> FusedIterator for Iter<'_, K, V> {}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Iter<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// The keys of a [`CowHashMap`]. Made by [`CowHashMap::keys`].
pub struct Keys<'a, K, V> {
    entries: Iter<'a, K, V>,
}

impl<K, V> Clone for Keys<'_, K, V> {
    fn clone(&self) -> Self {
        Self {
            entries: self.entries.clone(),
        }
    }
}

impl<K, V> Default for Keys<'_, K, V> {
    fn default() -> Self {
        Self {
            entries: Iter::default(),
        }
    }
}

impl<'a, K, V> Iterator for Keys<'a, K, V> {
    type Item = &'a K;

    #[inline]
    fn next(&mut self) -> Option<&'a K> {
        let (key, _) = self.entries.next()?;
        Some(key)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }

    #[inline]
    fn fold<B, F: FnMut(B, &'a K) -> B>(self, init: B, mut f: F) -> B {
        self.entries.fold(init, |sum, (key, _)| f(sum, key))
    }
}

impl<K, V> ExactSizeIterator for Keys<'_, K, V> {}
impl<K, V> FusedIterator for Keys<'_, K, V> {}

impl<K: fmt::Debug, V> fmt::Debug for Keys<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// The values of a [`CowHashMap`]. Made by [`CowHashMap::values`].
pub struct Values<'a, K, V> {
    entries: Iter<'a, K, V>,
}

impl<K, V> Clone for Values<'_, K, V> {
    fn clone(&self) -> Self {
        Self {
            entries: self.entries.clone(),
        }
    }
}

impl<K, V> Default for Values<'_, K, V> {
    fn default() -> Self {
        Self {
            entries: Iter::default(),
        }
    }
}

impl<'a, K, V> Iterator for Values<'a, K, V> {
    type Item = &'a V;

    #[inline]
    fn next(&mut self) -> Option<&'a V> {
        let (_, value) = self.entries.next()?;
        Some(value)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }

    #[inline]
    fn fold<B, F: FnMut(B, &'a V) -> B>(self, init: B, mut f: F) -> B {
        self.entries.fold(init, |sum, (_, value)| f(sum, value))
    }
}

impl<K, V> ExactSizeIterator for Values<'_, K, V> {}
impl<K, V> FusedIterator for Values<'_, K, V> {}

impl<K, V: fmt::Debug> fmt::Debug for Values<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// The entries of a [`CowHashMap`] as slices, one for each chunk. Made by [`CowHashMap::chunks`].
pub struct Chunks<'a, K, V> {
    buckets: Buckets<'a, (K, V)>,
}

impl<K, V> Clone for Chunks<'_, K, V> {
    fn clone(&self) -> Self {
        Self {
            buckets: self.buckets.clone(),
        }
    }
}

impl<'a, K, V> Iterator for Chunks<'a, K, V> {
    type Item = &'a [(K, V)];

    #[inline]
    fn next(&mut self) -> Option<&'a [(K, V)]> {
        self.buckets.next().map(|bucket| bucket.values())
    }
}

impl<K, V> FusedIterator for Chunks<'_, K, V> {}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Chunks<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// The chunks of a [`CowHashMap`], by value. Made by [`CowHashMap::into_chunks`].
pub struct IntoChunks<K, V> {
    buckets: IntoBuckets<(K, V)>,
}

/// One chunk of a [`CowHashMap`] that was taken apart: its entries, as a slice.
///
/// What other handles share stays theirs.
pub struct Chunk<K, V> {
    pub(super) leaf: Leaf<(K, V)>,
}

impl<K, V> Iterator for IntoChunks<K, V> {
    type Item = Chunk<K, V>;

    fn next(&mut self) -> Option<Chunk<K, V>> {
        self.buckets.next().map(|leaf| Chunk { leaf })
    }
}

impl<K, V> FusedIterator for IntoChunks<K, V> {}

impl<K, V> fmt::Debug for IntoChunks<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoChunks")
            .field("entries_left", &self.buckets.values_left())
            .finish()
    }
}

impl<K, V> Deref for Chunk<K, V> {
    type Target = [(K, V)];

    #[inline]
    fn deref(&self) -> &[(K, V)] {
        self.leaf.values()
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Chunk<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&**self).finish()
    }
}

/// The entries of a [`CowHashMap`], by value. Made by `into_iter`.
///
/// Entries of a chunk that a snapshot shares are cloned as they are reached, those of the others are
/// moved.
pub struct IntoIter<K, V> {
    front: Option<LeafValues<(K, V)>>,
    buckets: IntoBuckets<(K, V)>,
}

impl<K, V> Default for IntoIter<K, V> {
    /// No entries.
    fn default() -> Self {
        Self::new(IntoBuckets::default())
    }
}

impl<K, V> IntoIter<K, V> {
    fn new(buckets: IntoBuckets<(K, V)>) -> Self {
        Self {
            front: None,
            buckets,
        }
    }

    fn left(&self) -> usize {
        let front = self
            .front
            .as_ref()
            .map_or(0, |front| front.as_slice().len());
        front + self.buckets.values_left()
    }
}

impl<K: Clone, V: Clone> Iterator for IntoIter<K, V> {
    type Item = (K, V);

    #[inline]
    fn next(&mut self) -> Option<(K, V)> {
        loop {
            if let Some(entry) = self.front.as_mut().and_then(Iterator::next) {
                return Some(entry);
            }
            // The chunk goes before the next one is opened.
            self.front = None;
            self.front = Some(self.buckets.next()?.into_values());
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left(), Some(self.left()))
    }
}

impl<K: Clone, V: Clone> ExactSizeIterator for IntoIter<K, V> {}
impl<K: Clone, V: Clone> FusedIterator for IntoIter<K, V> {}

impl<K, V> fmt::Debug for IntoIter<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoIter")
            .field("entries_left", &self.left())
            .finish()
    }
}

/// The entries of a [`CowHashMap`], by value. Made by [`CowHashMap::drain`].
pub struct Drain<'a, K, V> {
    entries: IntoIter<K, V>,
    map: PhantomData<&'a mut (K, V)>,
}

impl<K: Clone, V: Clone> Iterator for Drain<'_, K, V> {
    type Item = (K, V);

    #[inline]
    fn next(&mut self) -> Option<(K, V)> {
        self.entries.next()
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }
}

impl<K: Clone, V: Clone> ExactSizeIterator for Drain<'_, K, V> {}
impl<K: Clone, V: Clone> FusedIterator for Drain<'_, K, V> {}

impl<K, V> fmt::Debug for Drain<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drain")
            .field("entries_left", &self.entries.left())
            .finish()
    }
}

/// The keys of a [`CowHashMap`], by value. Made by [`CowHashMap::into_keys`].
#[derive(Debug)]
pub struct IntoKeys<K, V> {
    entries: IntoIter<K, V>,
}

impl<K, V> Default for IntoKeys<K, V> {
    /// No keys.
    fn default() -> Self {
        Self {
            entries: IntoIter::default(),
        }
    }
}

impl<K: Clone, V: Clone> Iterator for IntoKeys<K, V> {
    type Item = K;

    #[inline]
    fn next(&mut self) -> Option<K> {
        let (key, _) = self.entries.next()?;
        Some(key)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }
}

impl<K: Clone, V: Clone> ExactSizeIterator for IntoKeys<K, V> {}
impl<K: Clone, V: Clone> FusedIterator for IntoKeys<K, V> {}

/// The values of a [`CowHashMap`], by value. Made by [`CowHashMap::into_values`].
#[derive(Debug)]
pub struct IntoValues<K, V> {
    entries: IntoIter<K, V>,
}

impl<K, V> Default for IntoValues<K, V> {
    /// No values.
    fn default() -> Self {
        Self {
            entries: IntoIter::default(),
        }
    }
}

impl<K: Clone, V: Clone> Iterator for IntoValues<K, V> {
    type Item = V;

    #[inline]
    fn next(&mut self) -> Option<V> {
        let (_, value) = self.entries.next()?;
        Some(value)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }
}

impl<K: Clone, V: Clone> ExactSizeIterator for IntoValues<K, V> {}
impl<K: Clone, V: Clone> FusedIterator for IntoValues<K, V> {}

impl<'a, K, V, S> IntoIterator for &'a CowHashMap<K, V, S> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    #[inline]
    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

impl<K: Clone, V: Clone, S> IntoIterator for CowHashMap<K, V, S> {
    type Item = (K, V);
    type IntoIter = IntoIter<K, V>;

    /// Goes through the entries by value.
    ///
    /// # Complexity
    ///
    /// O(1) an entry. Shared: entries are cloned as they are reached.
    fn into_iter(self) -> IntoIter<K, V> {
        IntoIter::new(self.trie.into_buckets())
    }
}
