//! Equality, order, hash, and the difference of two versions.

use std::{
    cmp::Ordering,
    hash::{Hash, Hasher},
    iter,
};

use super::CowOrdMap;
use crate::{
    diff::{Change, MapDiff, MapPatchError},
    node::btree::Difference,
};

impl<K: Ord + Clone, V: Clone> CowOrdMap<K, V> {
    /// The changes that make this version of `old`, in the order of their keys.
    ///
    /// # Complexity
    ///
    /// O(changes × log n): what both versions share is not looked at. Two maps that share nothing are
    /// compared pair by pair.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::{Change, CowOrdMap};
    /// let old: CowOrdMap<u32, u32> = (0..1_000_000).map(|n| (n, n)).collect();
    /// let mut new = old.clone();
    /// new.insert(7, 70);
    /// new.remove(&500_000);
    ///
    /// let diff = new.diff(&old);
    /// assert_eq!(diff.changes(), [
    ///     Change::Updated { key: 7, old: 7, new: 70 },
    ///     Change::Removed { key: 500_000, value: 500_000 },
    /// ]);
    ///
    /// let mut other = old;
    /// other.apply(&diff)?;
    /// assert_eq!(other, new);
    /// # Ok::<(), cow_collections::MapPatchError>(())
    /// ```
    #[must_use]
    pub fn diff(&self, old: &Self) -> MapDiff<K, V>
    where
        V: PartialEq,
    {
        let mut changes = Vec::new();
        self.tree.differences(&old.tree, |difference| {
            changes.push(match difference {
                Difference::Left(key, value) => Change::Added {
                    key: key.clone(),
                    value: value.clone(),
                },
                Difference::Right(key, value) => Change::Removed {
                    key: key.clone(),
                    value: value.clone(),
                },
                Difference::Both(key, new, old) => Change::Updated {
                    key: key.clone(),
                    old: old.clone(),
                    new: new.clone(),
                },
            });
        });
        changes.into_iter().collect()
    }

    /// Carries out the changes of a diff.
    ///
    /// # Complexity
    ///
    /// O(changes × log n).
    ///
    /// # Errors
    ///
    /// When a change starts from something else than this map holds; the map is as it was.
    pub fn apply(&mut self, diff: &MapDiff<K, V>) -> Result<(), MapPatchError>
    where
        V: PartialEq,
    {
        diff.check(|key| self.get(key))?;
        for change in diff.changes() {
            match change.new() {
                Some(value) => drop(self.insert(change.key().clone(), value.clone())),
                None => drop(self.remove(change.key())),
            }
        }
        Ok(())
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for CowOrdMap<K, V> {
    /// Compares the pairs; chunks that both share are taken to be equal.
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.tree.runs(&other.tree).all(|(a, b)| a == b)
    }
}

impl<K: Eq, V: Eq> Eq for CowOrdMap<K, V> {}

impl<K: PartialOrd, V: PartialOrd> PartialOrd for CowOrdMap<K, V> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        for ((keys, values), (other_keys, other_values)) in self.tree.runs(&other.tree) {
            let order = iter::zip(keys, values).partial_cmp(iter::zip(other_keys, other_values));
            if order != Some(Ordering::Equal) {
                return order;
            }
        }
        Some(self.len().cmp(&other.len()))
    }
}

impl<K: Ord, V: Ord> Ord for CowOrdMap<K, V> {
    fn cmp(&self, other: &Self) -> Ordering {
        for ((keys, values), (other_keys, other_values)) in self.tree.runs(&other.tree) {
            let order = iter::zip(keys, values).cmp(iter::zip(other_keys, other_values));
            if order.is_ne() {
                return order;
            }
        }
        self.len().cmp(&other.len())
    }
}

impl<K: Hash, V: Hash> Hash for CowOrdMap<K, V> {
    /// As `BTreeMap` does, as far as `Hasher` promises: the length, then each pair.
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.len());
        self.iter().for_each(|pair| pair.hash(state));
    }
}
