//! Parallel iterators. All are indexed, so that `enumerate`, `zip`, `chunks` and the like work.

use std::ops::Range;

use cow_core::OrAbort;
use rayon::iter::{
    FromParallelIterator, IndexedParallelIterator, IntoParallelIterator, ParallelExtend,
    ParallelIterator,
    plumbing::{Consumer, Producer, ProducerCallback, UnindexedConsumer, bridge},
};

use super::{CowOrdMap, IntoIter, Iter};

/// A parallel iterator over the pairs of a [`CowOrdMap`], in the order of the keys. Made by `par_iter`.
///
/// # Examples
///
/// ```
/// use cow_collections::CowOrdMap;
/// use rayon::prelude::*;
///
/// let map: CowOrdMap<u64, u64> = (0..100_000).map(|n| (n, 2 * n)).collect();
/// assert_eq!(map.par_iter().map(|(_, n)| n).sum::<u64>(), 100_000 * 99_999);
/// ```
#[derive(Debug)]
pub struct ParIter<'a, K, V> {
    map: &'a CowOrdMap<K, V>,
}

/// A parallel iterator over the pairs of a [`CowOrdMap`], by value. Made by `into_par_iter`.
///
/// # Complexity
///
/// The map is split where the work is, sharing its chunks. Pairs of exclusive chunks are moved, those of
/// shared ones are cloned.
#[derive(Debug)]
pub struct ParIntoIter<K, V> {
    map: CowOrdMap<K, V>,
}

impl<K, V> Clone for ParIter<'_, K, V> {
    fn clone(&self) -> Self {
        Self { map: self.map }
    }
}

impl<'a, K: Send + Sync, V: Send + Sync> IntoParallelIterator for &'a CowOrdMap<K, V> {
    type Item = (&'a K, &'a V);
    type Iter = ParIter<'a, K, V>;

    fn into_par_iter(self) -> ParIter<'a, K, V> {
        ParIter { map: self }
    }
}

impl<K, V> IntoParallelIterator for CowOrdMap<K, V>
where
    K: Clone + Send + Sync,
    V: Clone + Send + Sync,
{
    type Item = (K, V);
    type Iter = ParIntoIter<K, V>;

    fn into_par_iter(self) -> ParIntoIter<K, V> {
        ParIntoIter { map: self }
    }
}

impl<'a, K: Send + Sync, V: Send + Sync> ParallelIterator for ParIter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn drive_unindexed<C: UnindexedConsumer<Self::Item>>(self, consumer: C) -> C::Result {
        bridge(self, consumer)
    }

    fn opt_len(&self) -> Option<usize> {
        Some(self.len())
    }
}

impl<K: Send + Sync, V: Send + Sync> IndexedParallelIterator for ParIter<'_, K, V> {
    fn len(&self) -> usize {
        self.map.len()
    }

    fn drive<C: Consumer<Self::Item>>(self, consumer: C) -> C::Result {
        bridge(self, consumer)
    }

    fn with_producer<CB: ProducerCallback<Self::Item>>(self, callback: CB) -> CB::Output {
        callback.callback(Pairs {
            range: 0..self.map.len(),
            map: self.map,
        })
    }
}

/// The pairs in a range of ranks.
struct Pairs<'a, K, V> {
    map: &'a CowOrdMap<K, V>,
    range: Range<usize>,
}

impl<'a, K: Send + Sync, V: Send + Sync> Producer for Pairs<'a, K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Iter<'a, K, V> {
        self.map.iter_of(self.range)
    }

    fn split_at(self, index: usize) -> (Self, Self) {
        let (map, at) = (self.map, self.range.start + index);
        let left = Self {
            map,
            range: self.range.start..at,
        };
        let right = Self {
            map,
            range: at..self.range.end,
        };
        (left, right)
    }
}

impl<K, V> ParallelIterator for ParIntoIter<K, V>
where
    K: Clone + Send + Sync,
    V: Clone + Send + Sync,
{
    type Item = (K, V);

    fn drive_unindexed<C: UnindexedConsumer<Self::Item>>(self, consumer: C) -> C::Result {
        bridge(self, consumer)
    }

    fn opt_len(&self) -> Option<usize> {
        Some(self.len())
    }
}

impl<K, V> IndexedParallelIterator for ParIntoIter<K, V>
where
    K: Clone + Send + Sync,
    V: Clone + Send + Sync,
{
    fn len(&self) -> usize {
        self.map.len()
    }

    fn drive<C: Consumer<Self::Item>>(self, consumer: C) -> C::Result {
        bridge(self, consumer)
    }

    fn with_producer<CB: ProducerCallback<Self::Item>>(self, callback: CB) -> CB::Output {
        callback.callback(self)
    }
}

/// Its own producer: a part of a map is a map.
impl<K, V> Producer for ParIntoIter<K, V>
where
    K: Clone + Send + Sync,
    V: Clone + Send + Sync,
{
    type Item = (K, V);
    type IntoIter = IntoIter<K, V>;

    fn into_iter(self) -> IntoIter<K, V> {
        self.map.into_iter()
    }

    fn split_at(mut self, index: usize) -> (Self, Self) {
        let path = self.map.tree.path_to(index);
        let right = CowOrdMap {
            tree: self.map.tree.split(&path).or_abort(),
        };
        (self, Self { map: right })
    }
}

impl<K: Ord + Clone + Send, V: Send> FromParallelIterator<(K, V)> for CowOrdMap<K, V> {
    /// The pairs are made in parallel, and then sorted and put into the map. Of pairs with equal keys the
    /// last one stays.
    fn from_par_iter<I: IntoParallelIterator<Item = (K, V)>>(pairs: I) -> Self {
        let parts = pairs.into_par_iter().collect_vec_list();
        parts.into_iter().flatten().collect()
    }
}

impl<K: Ord + Clone + Send, V: Clone + Send> ParallelExtend<(K, V)> for CowOrdMap<K, V> {
    /// The pairs are made in parallel, and then put into the map one after the other.
    fn par_extend<I: IntoParallelIterator<Item = (K, V)>>(&mut self, pairs: I) {
        let parts = pairs.into_par_iter().collect_vec_list();
        self.extend(parts.into_iter().flatten());
    }
}
