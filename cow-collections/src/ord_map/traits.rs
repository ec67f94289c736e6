//! Conversions, and the traits that every collection has.

use std::{
    borrow::Borrow,
    collections::{BTreeMap, HashMap},
    fmt,
    hash::Hash,
    ops::Index,
};

use cow_core::OrAbort;

use super::{CowOrdMap, IntoIter, Iter, IterMut};

impl<K, V> Default for CowOrdMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for CowOrdMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

impl<K, Q, V> Index<&Q> for CowOrdMap<K, V>
where
    K: Borrow<Q> + Ord,
    Q: Ord + ?Sized,
{
    type Output = V;

    /// Returns the value of a key.
    ///
    /// # Panics
    ///
    /// If the map does not have the key.
    #[inline]
    fn index(&self, key: &Q) -> &V {
        self.get(key).expect("no entry found for key")
    }
}

impl<'a, K, V> IntoIterator for &'a CowOrdMap<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    #[inline]
    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

impl<'a, K: Clone, V: Clone> IntoIterator for &'a mut CowOrdMap<K, V> {
    type Item = (&'a K, &'a mut V);
    type IntoIter = IterMut<'a, K, V>;

    fn into_iter(self) -> IterMut<'a, K, V> {
        self.iter_mut()
    }
}

impl<K: Ord + Clone, V> FromIterator<(K, V)> for CowOrdMap<K, V> {
    /// Sorts the pairs and builds full chunks of them. Of pairs with equal keys the last one stays. The
    /// values need not be `Clone`.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut pairs: Vec<(K, V)> = pairs.into_iter().collect();
        if !pairs.is_sorted_by(|(a, _), (b, _)| a < b) {
            pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
            // `dedup_by` keeps the first of equal ones: the last one takes its place.
            pairs.dedup_by(|later, kept| {
                let is_same = later.0 == kept.0;
                if is_same {
                    std::mem::swap(later, kept);
                }
                is_same
            });
        }
        let mut map = Self::new();
        map.tree.fill(&mut pairs.into_iter()).or_abort();
        map
    }
}

impl<K: Ord + Clone, V: Clone> Extend<(K, V)> for CowOrdMap<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, pairs: I) {
        pairs.into_iter().for_each(|(key, value)| {
            self.insert(key, value);
        });
    }
}

impl<'a, K: Ord + Copy, V: Copy> Extend<(&'a K, &'a V)> for CowOrdMap<K, V> {
    fn extend<I: IntoIterator<Item = (&'a K, &'a V)>>(&mut self, pairs: I) {
        self.extend(pairs.into_iter().map(|(key, value)| (*key, *value)));
    }
}

impl<K: Ord + Clone, V, const N: usize> From<[(K, V); N]> for CowOrdMap<K, V> {
    fn from(pairs: [(K, V); N]) -> Self {
        pairs.into_iter().collect()
    }
}

impl<K: Ord + Clone, V> From<Vec<(K, V)>> for CowOrdMap<K, V> {
    fn from(pairs: Vec<(K, V)>) -> Self {
        pairs.into_iter().collect()
    }
}

impl<K: Ord + Clone, V> From<BTreeMap<K, V>> for CowOrdMap<K, V> {
    fn from(pairs: BTreeMap<K, V>) -> Self {
        pairs.into_iter().collect()
    }
}

impl<K: Ord + Clone, V, S> From<HashMap<K, V, S>> for CowOrdMap<K, V> {
    fn from(pairs: HashMap<K, V, S>) -> Self {
        pairs.into_iter().collect()
    }
}

impl<K: Ord + Clone, V: Clone> From<CowOrdMap<K, V>> for BTreeMap<K, V> {
    /// Moves the pairs out of exclusive chunks and clones those of shared ones.
    fn from(pairs: CowOrdMap<K, V>) -> Self {
        pairs.into_iter().collect()
    }
}

impl<K: Hash + Eq + Clone, V: Clone, S> From<CowOrdMap<K, V>> for HashMap<K, V, S>
where
    S: std::hash::BuildHasher + Default,
{
    /// Moves the pairs out of exclusive chunks and clones those of shared ones.
    fn from(pairs: CowOrdMap<K, V>) -> Self {
        pairs.into_iter().collect()
    }
}

impl<K: Clone, V: Clone> From<CowOrdMap<K, V>> for Vec<(K, V)> {
    /// The pairs in the order of their keys.
    fn from(pairs: CowOrdMap<K, V>) -> Self {
        IntoIter::of(pairs.tree).collect()
    }
}
