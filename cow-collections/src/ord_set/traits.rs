//! Conversions, and the traits that every collection has.

use std::{
    cmp::Ordering,
    collections::{BTreeSet, HashSet},
    fmt,
    hash::{BuildHasher, Hash, Hasher},
};

use super::{CowOrdSet, Iter};

impl<T> Default for CowOrdSet<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for CowOrdSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self).finish()
    }
}

impl<T: PartialEq> PartialEq for CowOrdSet<T> {
    /// Compares the values; chunks that both share are taken to be equal.
    fn eq(&self, other: &Self) -> bool {
        self.map == other.map
    }
}

impl<T: Eq> Eq for CowOrdSet<T> {}

impl<T: PartialOrd> PartialOrd for CowOrdSet<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.map.partial_cmp(&other.map)
    }
}

impl<T: Ord> Ord for CowOrdSet<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.map.cmp(&other.map)
    }
}

impl<T: Hash> Hash for CowOrdSet<T> {
    /// As `BTreeSet` does, as far as `Hasher` promises: the length, then each value.
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.len());
        self.iter().for_each(|value| value.hash(state));
    }
}

impl<'a, T> IntoIterator for &'a CowOrdSet<T> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    #[inline]
    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T: Ord + Clone> FromIterator<T> for CowOrdSet<T> {
    /// Sorts the values and builds full chunks of them.
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Self {
            map: values.into_iter().map(|value| (value, ())).collect(),
        }
    }
}

impl<T: Ord + Clone> Extend<T> for CowOrdSet<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        values.into_iter().for_each(|value| {
            self.insert(value);
        });
    }
}

impl<'a, T: Ord + Copy> Extend<&'a T> for CowOrdSet<T> {
    fn extend<I: IntoIterator<Item = &'a T>>(&mut self, values: I) {
        self.extend(values.into_iter().copied());
    }
}

impl<T: Ord + Clone, const N: usize> From<[T; N]> for CowOrdSet<T> {
    fn from(values: [T; N]) -> Self {
        values.into_iter().collect()
    }
}

impl<T: Ord + Clone> From<Vec<T>> for CowOrdSet<T> {
    fn from(values: Vec<T>) -> Self {
        values.into_iter().collect()
    }
}

impl<T: Ord + Clone> From<BTreeSet<T>> for CowOrdSet<T> {
    fn from(values: BTreeSet<T>) -> Self {
        values.into_iter().collect()
    }
}

impl<T: Ord + Clone, S> From<HashSet<T, S>> for CowOrdSet<T> {
    fn from(values: HashSet<T, S>) -> Self {
        values.into_iter().collect()
    }
}

impl<T: Ord + Clone> From<CowOrdSet<T>> for BTreeSet<T> {
    fn from(values: CowOrdSet<T>) -> Self {
        values.into_iter().collect()
    }
}

impl<T: Hash + Eq + Clone, S: BuildHasher + Default> From<CowOrdSet<T>> for HashSet<T, S> {
    fn from(values: CowOrdSet<T>) -> Self {
        values.into_iter().collect()
    }
}

impl<T: Clone> From<CowOrdSet<T>> for Vec<T> {
    /// The values in order.
    fn from(values: CowOrdSet<T>) -> Self {
        values.into_iter().collect()
    }
}
