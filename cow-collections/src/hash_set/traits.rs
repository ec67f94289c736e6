//! Making a set of other things, and the small traits of std.

use std::{
    collections::HashSet,
    fmt,
    hash::{BuildHasher, Hash},
};

use super::CowHashSet;
use crate::{CowHashMap, DefaultHashBuilder};

impl<T, S: Default> Default for CowHashSet<T, S> {
    /// Makes an empty set in the global arena.
    #[inline]
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<T: fmt::Debug, S> fmt::Debug for CowHashSet<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self).finish()
    }
}

impl<T: Eq + Hash, S: BuildHasher> PartialEq for CowHashSet<T, S> {
    /// Compares the values; chunks that both share are taken to be equal.
    fn eq(&self, other: &Self) -> bool {
        self.map == other.map
    }
}

impl<T: Eq + Hash, S: BuildHasher> Eq for CowHashSet<T, S> {}

impl<T: Eq + Hash, S: BuildHasher + Default> FromIterator<T> for CowHashSet<T, S> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Self {
            map: values.into_iter().map(|value| (value, ())).collect(),
        }
    }
}

impl<T: Eq + Hash, const N: usize> From<[T; N]> for CowHashSet<T, DefaultHashBuilder> {
    fn from(values: [T; N]) -> Self {
        values.into_iter().collect()
    }
}

impl<T: Eq + Hash, R> From<HashSet<T, R>> for CowHashSet<T, DefaultHashBuilder> {
    fn from(values: HashSet<T, R>) -> Self {
        values.into_iter().collect()
    }
}

impl<T, S, R> From<CowHashSet<T, S>> for HashSet<T, R>
where
    T: Eq + Hash + Clone,
    R: BuildHasher + Default,
{
    fn from(set: CowHashSet<T, S>) -> Self {
        set.into_iter().collect()
    }
}

impl<T, S> From<CowHashMap<T, (), S>> for CowHashSet<T, S> {
    /// The keys of a map without values: O(1).
    fn from(map: CowHashMap<T, (), S>) -> Self {
        Self { map }
    }
}

impl<T, S> From<CowHashSet<T, S>> for CowHashMap<T, (), S> {
    /// A map without values: O(1).
    fn from(set: CowHashSet<T, S>) -> Self {
        set.map
    }
}

impl<T: Eq + Hash + Clone, S: BuildHasher> Extend<T> for CowHashSet<T, S> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        self.map.extend(values.into_iter().map(|value| (value, ())));
    }
}

impl<'a, T: Eq + Hash + Copy + 'a, S: BuildHasher> Extend<&'a T> for CowHashSet<T, S> {
    fn extend<I: IntoIterator<Item = &'a T>>(&mut self, values: I) {
        self.extend(values.into_iter().copied());
    }
}
