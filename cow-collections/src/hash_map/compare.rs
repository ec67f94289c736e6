//! Equality, and what changed between two versions.

use std::{
    hash::{BuildHasher, Hash},
    ops::ControlFlow,
};

use super::CowHashMap;
use crate::{
    Change, MapDiff, MapPatchError,
    node::trie::{Region, spread},
};

impl<K, V, S> CowHashMap<K, V, S> {
    /// Stands for the hasher: two maps with the same number, and entries, have the same one, as far as
    /// that is known.
    pub(super) fn hashing(&self) -> u64 {
        // A hasher of no size has nothing that another one of its type could differ in.
        if size_of::<S>() == 0 {
            0
        } else {
            self.trie.family()
        }
    }

    /// `true` when the hashers of both are known to be the same, so that equal keys lie at the same
    /// places in both.
    pub(super) fn hashes_as(&self, other: &Self) -> bool {
        self.hashing() == other.hashing()
    }
}

impl<K: Eq + Hash, V, S: BuildHasher> CowHashMap<K, V, S> {
    /// Visits the entries of this map that may not be in the other, or differ there, with the value
    /// there, until `visit` breaks.
    pub(super) fn try_for_each_unlike<'a, B>(
        &'a self,
        other: &'a Self,
        mut visit: impl FnMut(&'a K, &'a V, Option<&'a V>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        if !self.hashes_as(other) {
            return self
                .iter()
                .try_for_each(|(key, value)| visit(key, value, other.get(key)));
        }
        let hash = |key: &K| spread(self.hasher.hash_one(key));
        let mut each = |here: Region<'a, (K, V)>, there: Region<'a, (K, V)>| {
            here.try_for_each(&mut |found| {
                let (key, value) = found.value;
                let there = there.find(&found, || hash(key), |(k, _)| k == key);
                visit(key, value, there.map(|(_, value)| value))
            })
        };
        self.trie.differing(&other.trie, &mut each)
    }

    /// `true` when all keys are in the other map.
    pub(crate) fn has_keys_in(&self, other: &Self) -> bool {
        self.try_for_each_unlike(other, |_, _, there| match there {
            Some(_) => ControlFlow::Continue(()),
            None => ControlFlow::Break(()),
        })
        .is_continue()
    }

    /// What has to be done to `old` to make it this map: a change for each key that was added, removed,
    /// or has a value that is not equal.
    ///
    /// # Complexity
    ///
    /// O(changes), when one is a clone of the other or both are clones of a third: what both share is
    /// not looked at. Else O(entries).
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::{Change, CowHashMap};
    /// let old = CowHashMap::from([("a", 1), ("b", 2)]);
    /// let mut new = old.clone();
    /// new.insert("b", 3);
    /// let diff = new.diff(&old);
    /// assert_eq!(diff.changes(), [Change::Updated { key: "b", old: 2, new: 3 }]);
    ///
    /// let mut third = old.clone();
    /// third.apply(&diff)?;
    /// assert_eq!(third, new);
    /// # Ok::<(), cow_collections::MapPatchError>(())
    /// ```
    #[must_use]
    pub fn diff(&self, old: &Self) -> MapDiff<K, V>
    where
        K: Clone,
        V: Clone + PartialEq,
    {
        let mut changes = Vec::new();
        let _ = self.try_for_each_unlike(old, |key, new, old| {
            match old {
                None => changes.push(Change::Added {
                    key: key.clone(),
                    value: new.clone(),
                }),
                Some(old) if old != new => changes.push(Change::Updated {
                    key: key.clone(),
                    old: old.clone(),
                    new: new.clone(),
                }),
                Some(_) => {}
            }
            ControlFlow::<()>::Continue(())
        });
        let _ = old.try_for_each_unlike(self, |key, value, new| {
            if new.is_none() {
                changes.push(Change::Removed {
                    key: key.clone(),
                    value: value.clone(),
                });
            }
            ControlFlow::<()>::Continue(())
        });
        changes.into_iter().collect()
    }

    /// Carries out the changes of a diff: `b.apply(&a.diff(&b))` makes `b` equal to `a`.
    ///
    /// # Complexity
    ///
    /// O(changes).
    ///
    /// # Errors
    ///
    /// When the map does not hold what a change starts from. The map is as it was.
    pub fn apply(&mut self, diff: &MapDiff<K, V>) -> Result<(), MapPatchError>
    where
        K: Clone,
        V: Clone + PartialEq,
    {
        diff.check(|key| self.get(key))?;
        for change in diff.changes() {
            match change {
                Change::Added { key, value } => drop(self.insert(key.clone(), value.clone())),
                Change::Removed { key, .. } => drop(self.remove_entry(key)),
                Change::Updated { key, new, .. } => {
                    if let Some(value) = self.get_mut(key) {
                        *value = new.clone();
                    }
                }
            }
        }
        Ok(())
    }
}

impl<K: Eq + Hash, V: PartialEq, S: BuildHasher> PartialEq for CowHashMap<K, V, S> {
    /// Compares the entries; chunks that both share are taken to be equal.
    fn eq(&self, other: &Self) -> bool {
        let unlike = |_: &K, here: &V, there: Option<&V>| match there {
            Some(there) if here == there => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        };
        self.len() == other.len() && self.try_for_each_unlike(other, unlike).is_continue()
    }
}

impl<K: Eq + Hash, V: Eq, S: BuildHasher> Eq for CowHashMap<K, V, S> {}
