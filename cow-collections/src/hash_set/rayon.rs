//! Parallel iterators. The chunks are shared out among the threads.

use std::hash::{BuildHasher, Hash};

use rayon::iter::{
    FromParallelIterator, IntoParallelIterator, ParallelExtend, ParallelIterator,
    plumbing::UnindexedConsumer,
};

use super::CowHashSet;
use crate::hash_map;

/// A parallel iterator over the values of a [`CowHashSet`]. Made by `par_iter`.
///
/// # Examples
///
/// ```
/// use cow_collections::CowHashSet;
/// use rayon::prelude::*;
///
/// let set: CowHashSet<u64> = (0..10_000).collect();
/// assert_eq!(set.par_iter().sum::<u64>(), 10_000 * 9_999 / 2);
/// ```
#[derive(Clone, Debug)]
pub struct ParIter<'a, T> {
    entries: hash_map::ParIter<'a, T, ()>,
}

/// A parallel iterator over the values of a [`CowHashSet`], by value. Made by `into_par_iter`.
#[derive(Debug)]
pub struct ParIntoIter<T> {
    entries: hash_map::ParIntoIter<T, ()>,
}

impl<'a, T: Send + Sync, S> IntoParallelIterator for &'a CowHashSet<T, S> {
    type Item = &'a T;
    type Iter = ParIter<'a, T>;

    fn into_par_iter(self) -> ParIter<'a, T> {
        ParIter {
            entries: (&self.map).into_par_iter(),
        }
    }
}

impl<T: Clone + Send + Sync, S> IntoParallelIterator for CowHashSet<T, S> {
    type Item = T;
    type Iter = ParIntoIter<T>;

    fn into_par_iter(self) -> ParIntoIter<T> {
        ParIntoIter {
            entries: self.map.into_par_iter(),
        }
    }
}

impl<'a, T: Send + Sync> ParallelIterator for ParIter<'a, T> {
    type Item = &'a T;

    fn drive_unindexed<C: UnindexedConsumer<&'a T>>(self, consumer: C) -> C::Result {
        self.entries
            .map(|(value, ())| value)
            .drive_unindexed(consumer)
    }
}

impl<T: Clone + Send + Sync> ParallelIterator for ParIntoIter<T> {
    type Item = T;

    fn drive_unindexed<C: UnindexedConsumer<T>>(self, consumer: C) -> C::Result {
        self.entries
            .map(|(value, ())| value)
            .drive_unindexed(consumer)
    }
}

impl<T: Eq + Hash + Send, S: BuildHasher + Default> FromParallelIterator<T> for CowHashSet<T, S> {
    /// The values are made in parallel, and then inserted one after the other.
    fn from_par_iter<I: IntoParallelIterator<Item = T>>(values: I) -> Self {
        let values = values.into_par_iter().map(|value| (value, ()));
        Self {
            map: values.collect(),
        }
    }
}

impl<T, S> ParallelExtend<T> for CowHashSet<T, S>
where
    T: Eq + Hash + Clone + Send,
    S: BuildHasher,
{
    /// The values are made in parallel, and then inserted one after the other.
    fn par_extend<I: IntoParallelIterator<Item = T>>(&mut self, values: I) {
        let values = values.into_par_iter().map(|value| (value, ()));
        self.map.par_extend(values);
    }
}

impl<'a, T, S> ParallelExtend<&'a T> for CowHashSet<T, S>
where
    T: Eq + Hash + Copy + Send + Sync + 'a,
    S: BuildHasher,
{
    fn par_extend<I: IntoParallelIterator<Item = &'a T>>(&mut self, values: I) {
        self.par_extend(values.into_par_iter().copied());
    }
}
