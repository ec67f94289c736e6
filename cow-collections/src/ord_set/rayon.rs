//! Parallel iterators, as those of the map.

use rayon::iter::{
    FromParallelIterator, IntoParallelIterator, Map, ParallelExtend, ParallelIterator,
};

use super::CowOrdSet;
use crate::ord_map;

/// A parallel iterator over the values of a [`CowOrdSet`]. Made by `par_iter`.
pub type ParIter<'a, T> = Map<ord_map::ParIter<'a, T, ()>, fn((&'a T, &'a ())) -> &'a T>;

/// A parallel iterator over the values of a [`CowOrdSet`], by value. Made by `into_par_iter`.
pub type ParIntoIter<T> = Map<ord_map::ParIntoIter<T, ()>, fn((T, ())) -> T>;

impl<'a, T: Send + Sync> IntoParallelIterator for &'a CowOrdSet<T> {
    type Item = &'a T;
    type Iter = ParIter<'a, T>;

    fn into_par_iter(self) -> ParIter<'a, T> {
        (&self.map).into_par_iter().map(|(value, ())| value)
    }
}

impl<T: Clone + Send + Sync> IntoParallelIterator for CowOrdSet<T> {
    type Item = T;
    type Iter = ParIntoIter<T>;

    fn into_par_iter(self) -> ParIntoIter<T> {
        self.map.into_par_iter().map(|(value, ())| value)
    }
}

impl<T: Ord + Clone + Send> FromParallelIterator<T> for CowOrdSet<T> {
    fn from_par_iter<I: IntoParallelIterator<Item = T>>(values: I) -> Self {
        Self {
            map: values.into_par_iter().map(|value| (value, ())).collect(),
        }
    }
}

impl<T: Ord + Clone + Send> ParallelExtend<T> for CowOrdSet<T> {
    fn par_extend<I: IntoParallelIterator<Item = T>>(&mut self, values: I) {
        self.map
            .par_extend(values.into_par_iter().map(|value| (value, ())));
    }
}
