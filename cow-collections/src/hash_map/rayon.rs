//! Parallel iterators. The chunks are shared out among the threads.

use std::hash::{BuildHasher, Hash};

use rayon::iter::{
    FromParallelIterator, IntoParallelIterator, ParallelExtend, ParallelIterator,
    plumbing::UnindexedConsumer,
};

use super::{Chunk, CowHashMap};

/// A parallel iterator over the entries of a [`CowHashMap`]. Made by `par_iter`.
///
/// # Examples
///
/// ```
/// use cow_collections::CowHashMap;
/// use rayon::prelude::*;
///
/// let map: CowHashMap<u64, u64> = (0..10_000).map(|n| (n, 2 * n)).collect();
/// assert_eq!(map.par_iter().map(|(_, n)| n).sum::<u64>(), 10_000 * 9_999);
/// ```
#[derive(Debug)]
pub struct ParIter<'a, K, V> {
    chunks: Vec<&'a [(K, V)]>,
}

/// A parallel iterator over the entries of a [`CowHashMap`], with the values for writing. Made by
/// `par_iter_mut`.
///
/// # Complexity
///
/// Shared: the calling thread copies every shared chunk before the threads start.
///
/// # Examples
///
/// ```
/// use cow_collections::CowHashMap;
/// use rayon::prelude::*;
///
/// let before: CowHashMap<u64, u64> = (0..10_000).map(|n| (n, n)).collect();
/// let mut after = before.clone();
/// after.par_iter_mut().for_each(|(_, n)| *n *= 2);
/// assert_eq!((before[&700], after[&700]), (700, 1_400));
/// ```
#[derive(Debug)]
pub struct ParIterMut<'a, K, V> {
    chunks: Vec<&'a mut [(K, V)]>,
}

/// A parallel iterator over the entries of a [`CowHashMap`], by value. Made by `into_par_iter`.
///
/// # Complexity
///
/// Entries of exclusive chunks are moved, those of shared ones are cloned.
#[derive(Debug)]
pub struct ParIntoIter<K, V> {
    chunks: Vec<Chunk<K, V>>,
}

impl<K, V> Clone for ParIter<'_, K, V> {
    fn clone(&self) -> Self {
        Self {
            chunks: self.chunks.clone(),
        }
    }
}

impl<'a, K: Send + Sync, V: Send + Sync, S> IntoParallelIterator for &'a CowHashMap<K, V, S> {
    type Item = (&'a K, &'a V);
    type Iter = ParIter<'a, K, V>;

    fn into_par_iter(self) -> ParIter<'a, K, V> {
        ParIter {
            chunks: self.chunks().collect(),
        }
    }
}

impl<'a, K, V, S> IntoParallelIterator for &'a mut CowHashMap<K, V, S>
where
    K: Clone + Send + Sync,
    V: Clone + Send + Sync,
{
    type Item = (&'a K, &'a mut V);
    type Iter = ParIterMut<'a, K, V>;

    fn into_par_iter(self) -> ParIterMut<'a, K, V> {
        ParIterMut {
            chunks: self.slices_mut().collect(),
        }
    }
}

impl<K, V, S> IntoParallelIterator for CowHashMap<K, V, S>
where
    K: Clone + Send + Sync,
    V: Clone + Send + Sync,
{
    type Item = (K, V);
    type Iter = ParIntoIter<K, V>;

    fn into_par_iter(self) -> ParIntoIter<K, V> {
        ParIntoIter {
            chunks: self.into_chunks().collect(),
        }
    }
}

impl<'a, K: Send + Sync, V: Send + Sync> ParallelIterator for ParIter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn drive_unindexed<C: UnindexedConsumer<Self::Item>>(self, consumer: C) -> C::Result {
        self.chunks
            .into_par_iter()
            .flat_map_iter(|chunk| chunk.iter().map(|(key, value)| (key, value)))
            .drive_unindexed(consumer)
    }
}

impl<'a, K, V> ParallelIterator for ParIterMut<'a, K, V>
where
    K: Clone + Send + Sync,
    V: Clone + Send + Sync,
{
    type Item = (&'a K, &'a mut V);

    fn drive_unindexed<C: UnindexedConsumer<Self::Item>>(self, consumer: C) -> C::Result {
        self.chunks
            .into_par_iter()
            .flat_map_iter(|chunk| chunk.iter_mut().map(|(key, value)| (&*key, value)))
            .drive_unindexed(consumer)
    }
}

impl<K, V> ParallelIterator for ParIntoIter<K, V>
where
    K: Clone + Send + Sync,
    V: Clone + Send + Sync,
{
    type Item = (K, V);

    fn drive_unindexed<C: UnindexedConsumer<Self::Item>>(self, consumer: C) -> C::Result {
        self.chunks
            .into_par_iter()
            .flat_map_iter(|chunk| chunk.leaf.into_values())
            .drive_unindexed(consumer)
    }
}

impl<K, V, S> FromParallelIterator<(K, V)> for CowHashMap<K, V, S>
where
    K: Eq + Hash + Send,
    V: Send,
    S: BuildHasher + Default,
{
    /// The entries are made in parallel, and then inserted one after the other.
    fn from_par_iter<I: IntoParallelIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::default();
        for part in entries.into_par_iter().collect_vec_list() {
            map.extend_new(part);
        }
        map
    }
}

impl<K, V, S> ParallelExtend<(K, V)> for CowHashMap<K, V, S>
where
    K: Eq + Hash + Clone + Send,
    V: Clone + Send,
    S: BuildHasher,
{
    /// The entries are made in parallel, and then inserted one after the other.
    fn par_extend<I: IntoParallelIterator<Item = (K, V)>>(&mut self, entries: I) {
        for part in entries.into_par_iter().collect_vec_list() {
            self.extend(part);
        }
    }
}

impl<'a, K, V, S> ParallelExtend<(&'a K, &'a V)> for CowHashMap<K, V, S>
where
    K: Eq + Hash + Copy + Send + Sync + 'a,
    V: Copy + Send + Sync + 'a,
    S: BuildHasher,
{
    fn par_extend<I: IntoParallelIterator<Item = (&'a K, &'a V)>>(&mut self, entries: I) {
        self.par_extend(entries.into_par_iter().map(|(&key, &value)| (key, value)));
    }
}
