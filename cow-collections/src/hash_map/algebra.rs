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
        self.union_with(other, |_, here, _| here.clone())
    }

    /// The entries of both maps; of two with one key, what `merge` makes of the key, the value here and
    /// the value there.
    ///
    /// `merge` decides where the maps differ: it is not asked for entries in chunks that both share.
    ///
    /// # Complexity
    ///
    /// As [`union`](Self::union).
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowHashMap;
    /// let base = CowHashMap::from([("a", 1), ("b", 1)]);
    /// let (mut left, mut right) = (base.clone(), base);
    /// left.insert("a", 2);
    /// right.insert("a", 3);
    /// right.insert("c", 3);
    /// let merged = left.union_with(&right, |_, here, there| *here.max(there));
    /// assert_eq!(merged, CowHashMap::from([("a", 3), ("b", 1), ("c", 3)]));
    /// ```
    #[must_use]
    pub fn union_with(&self, other: &Self, mut merge: impl FnMut(&K, &V, &V) -> V) -> Self {
        let mut union = self.clone();
        let _ = other.try_for_each_unlike(self, |key, there, here| {
            let value = match here {
                Some(here) => merge(key, here, there),
                None => there.clone(),
            };
            union.insert(key.clone(), value);
            ControlFlow::<()>::Continue(())
        });
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
        self.intersection_with(other, |_, here, _| here.clone())
    }

    /// The keys that are in both maps, each with what `merge` makes of it, the value here and the value
    /// there.
    ///
    /// `merge` decides where the maps differ: it is not asked for entries in chunks that both share.
    ///
    /// # Complexity
    ///
    /// As [`intersection`](Self::intersection).
    #[must_use]
    pub fn intersection_with(&self, other: &Self, mut merge: impl FnMut(&K, &V, &V) -> V) -> Self {
        let mut both = self.clone();
        let _ = self.try_for_each_unlike(other, |key, here, there| {
            match there {
                None => drop(both.remove_entry(key)),
                Some(there) => drop(both.insert(key.clone(), merge(key, here, there))),
            }
            ControlFlow::<()>::Continue(())
        });
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
