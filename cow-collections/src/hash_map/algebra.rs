//! Maps made of the keys of two.

use std::{
    hash::{BuildHasher, Hash},
    ops::ControlFlow,
};

use super::CowHashMap;

impl<K: Eq + Hash + Clone, V: Clone, S: BuildHasher + Clone> CowHashMap<K, V, S> {
    /// An empty map with the hasher of this one, in its arena.
    pub(super) fn empty_here(&self) -> Self {
        Self {
            trie: self.trie.empty_here(),
            hasher: self.hasher.clone(),
        }
    }

    /// The entries of both maps; of two with one key, that of this map.
    ///
    /// # Complexity
    ///
    /// O(changes), when one is a clone of the other or both are clones of a third: the result shares
    /// the chunks of this map. Else O(entries of `other`).
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowHashMap;
    /// let a = CowHashMap::from([(1, "a"), (2, "a")]);
    /// let b = CowHashMap::from([(2, "b"), (3, "b")]);
    /// assert_eq!(a.union(&b), CowHashMap::from([(1, "a"), (2, "a"), (3, "b")]));
    /// ```
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut union = self.clone();
        union.add_unlike(other, self);
        union
    }

    /// The entries of both maps; of two with one key, what `merge` makes of the key, the value here and
    /// the value there.
    ///
    /// # Complexity
    ///
    /// O(entries of `other`): `merge` is asked about every key that both have, in shared chunks too.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowHashMap;
    /// let a = CowHashMap::from([("apples", 1), ("pears", 2)]);
    /// let b = CowHashMap::from([("apples", 5)]);
    /// let sum = a.union_with(&b, |_, x, y| x + y);
    /// assert_eq!(sum, CowHashMap::from([("apples", 6), ("pears", 2)]));
    /// ```
    #[must_use]
    pub fn union_with(&self, other: &Self, mut merge: impl FnMut(&K, &V, &V) -> V) -> Self {
        let mut union = self.clone();
        for (key, there) in other {
            let value = match self.get(key) {
                Some(here) => merge(key, here, there),
                None => there.clone(),
            };
            union.insert(key.clone(), value);
        }
        union
    }

    /// The entries of this map whose keys are in the other, too.
    ///
    /// # Complexity
    ///
    /// O(changes), when one is a clone of the other or both are clones of a third: the result shares
    /// the chunks of this map. Else O(entries).
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let mut both = self.clone();
        let _ = self.try_for_each_unlike(other, |key, _, there| {
            if there.is_none() {
                drop(both.remove_entry(key));
            }
            ControlFlow::<()>::Continue(())
        });
        both
    }

    /// The keys that are in both maps, each with what `merge` makes of it, the value here and the value
    /// there.
    ///
    /// # Complexity
    ///
    /// O(entries): `merge` is asked about every key that both have, in shared chunks too.
    #[must_use]
    pub fn intersection_with(&self, other: &Self, mut merge: impl FnMut(&K, &V, &V) -> V) -> Self {
        let mut both = self.empty_here();
        for (key, here) in self {
            if let Some(there) = other.get(key) {
                both.insert(key.clone(), merge(key, here, there));
            }
        }
        both
    }

    /// The entries of this map whose keys are not in the other.
    ///
    /// # Complexity
    ///
    /// O(changes), when one is a clone of the other or both are clones of a third. Else O(entries).
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowHashMap;
    /// let old: CowHashMap<u32, u32> = (0..1_000).map(|n| (n, n)).collect();
    /// let mut new = old.clone();
    /// new.insert(1_000, 1_000);
    /// assert_eq!(new.difference(&old), CowHashMap::from([(1_000, 1_000)]));
    /// ```
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let mut rest = self.empty_here();
        rest.add_unlike(self, other);
        rest
    }

    /// The entries of either map whose keys are not in the other.
    ///
    /// # Complexity
    ///
    /// As [`difference`](Self::difference).
    #[must_use]
    pub fn symmetric_difference(&self, other: &Self) -> Self {
        let mut rest = self.difference(other);
        rest.add_unlike(other, self);
        rest
    }

    /// Adds the entries of one map that are not in another, and not in this one.
    fn add_unlike(&mut self, map: &Self, other: &Self) {
        let _ = map.try_for_each_unlike(other, |key, value, there| {
            if there.is_none() {
                self.insert(key.clone(), value.clone());
            }
            ControlFlow::<()>::Continue(())
        });
    }
}
