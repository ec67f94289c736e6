//! The place of one key, to be looked at and changed with a single search.

use std::{fmt, mem};

use cow_core::{AllocError, OrAbort};

use super::CowOrdMap;
use crate::node::btree::{Path, Tree};

impl<K: Ord + Clone, V: Clone> CowOrdMap<K, V> {
    /// Looks up the place of a key, to be changed.
    ///
    /// # Complexity
    ///
    /// O(log n), once for all that is done with the entry. Nothing is copied before something is changed.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowOrdMap;
    /// let mut counts = CowOrdMap::new();
    /// for word in ["a", "b", "a"] {
    ///     *counts.entry(word).or_insert(0) += 1;
    /// }
    /// assert_eq!(counts["a"], 2);
    /// ```
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V> {
        let (path, found) = self.tree.search(&key);
        let tree = &mut self.tree;
        if found {
            Entry::Occupied(OccupiedEntry::new(tree, path))
        } else {
            Entry::Vacant(VacantEntry { tree, path, key })
        }
    }

    /// Returns the entry of the lowest key.
    pub fn first_entry(&mut self) -> Option<OccupiedEntry<'_, K, V>> {
        self.entry_of_index(0)
    }

    /// Returns the entry of the highest key.
    pub fn last_entry(&mut self) -> Option<OccupiedEntry<'_, K, V>> {
        self.entry_of_index(self.len().checked_sub(1)?)
    }

    fn entry_of_index(&mut self, index: usize) -> Option<OccupiedEntry<'_, K, V>> {
        if index >= self.len() {
            return None;
        }
        let path = self.tree.path_to(index);
        Some(OccupiedEntry::new(&mut self.tree, path))
    }
}

/// The place of one key in a [`CowOrdMap`]. Made by [`CowOrdMap::entry`].
pub enum Entry<'a, K, V> {
    /// The map does not have the key.
    Vacant(VacantEntry<'a, K, V>),
    /// The map has the key.
    Occupied(OccupiedEntry<'a, K, V>),
}

/// The place of a key that a [`CowOrdMap`] does not have.
pub struct VacantEntry<'a, K, V> {
    tree: &'a mut Tree<K, V>,
    path: Path,
    key: K,
}

/// A pair of a [`CowOrdMap`].
///
/// It keeps its place: nothing else can change the map meanwhile.
pub struct OccupiedEntry<'a, K, V> {
    tree: &'a mut Tree<K, V>,
    path: Path,
}

impl<'a, K: Ord + Clone, V: Clone> Entry<'a, K, V> {
    /// Makes sure that the key has a value, and lends it.
    pub fn or_insert(self, default: V) -> &'a mut V {
        self.or_insert_with(|| default)
    }

    /// Makes sure that the key has a value, one that is made when there is none, and lends it.
    pub fn or_insert_with<F: FnOnce() -> V>(self, default: F) -> &'a mut V {
        self.or_insert_with_key(|_| default())
    }

    /// Makes sure that the key has a value, one that is made of the key when there is none, and lends it.
    pub fn or_insert_with_key<F: FnOnce(&K) -> V>(self, default: F) -> &'a mut V {
        match self {
            Self::Occupied(entry) => entry.into_mut(),
            Self::Vacant(entry) => {
                let value = default(&entry.key);
                entry.insert(value)
            }
        }
    }

    /// Makes sure that the key has a value, and lends it.
    pub fn or_default(self) -> &'a mut V
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }

    /// Changes the value if there is one.
    pub fn and_modify<F: FnOnce(&mut V)>(mut self, change: F) -> Self {
        if let Self::Occupied(entry) = &mut self {
            change(entry.get_mut());
        }
        self
    }

    /// Sets the value and returns the entry.
    pub fn insert_entry(self, value: V) -> OccupiedEntry<'a, K, V> {
        match self {
            Self::Occupied(mut entry) => {
                entry.insert(value);
                entry
            }
            Self::Vacant(entry) => entry.insert_entry(value),
        }
    }

    /// The key: the one that was looked up, or the one in the map.
    pub fn key(&self) -> &K {
        match self {
            Self::Occupied(entry) => entry.key(),
            Self::Vacant(entry) => entry.key(),
        }
    }
}

impl<'a, K: Ord + Clone, V: Clone> VacantEntry<'a, K, V> {
    /// The key that was looked up.
    pub fn key(&self) -> &K {
        &self.key
    }

    /// Gives the key back.
    pub fn into_key(self) -> K {
        self.key
    }

    /// Puts the key with a value into the map, and lends the value.
    pub fn insert(self, value: V) -> &'a mut V {
        self.insert_entry(value).into_mut()
    }

    /// As [`insert`](Self::insert), for arenas that may be full.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk; the pair is dropped.
    pub fn try_insert(self, value: V) -> Result<&'a mut V, AllocError> {
        let Self {
            tree,
            mut path,
            key,
        } = self;
        tree.insert_at(&mut path, key, value)?;
        Ok(tree.pair_mut(&path)?.1)
    }

    /// Puts the key with a value into the map, and returns the entry.
    pub fn insert_entry(self, value: V) -> OccupiedEntry<'a, K, V> {
        let Self {
            tree,
            mut path,
            key,
        } = self;
        tree.insert_at(&mut path, key, value).or_abort();
        OccupiedEntry::new(tree, path)
    }
}

impl<'a, K: Ord + Clone, V: Clone> OccupiedEntry<'a, K, V> {
    fn new(tree: &'a mut Tree<K, V>, path: Path) -> Self {
        Self { tree, path }
    }

    fn pair(&self) -> (&K, &V) {
        match self.tree.pair(&self.path) {
            Some(pair) => pair,
            None => unreachable!("an entry keeps its place"),
        }
    }

    /// The key as it is in the map.
    #[must_use]
    pub fn key(&self) -> &K {
        self.pair().0
    }

    /// The value.
    #[must_use]
    pub fn get(&self) -> &V {
        self.pair().1
    }

    /// The value for writing. Shared: copies one path.
    pub fn get_mut(&mut self) -> &mut V {
        self.tree.pair_mut(&self.path).or_abort().1
    }

    /// The value for writing, for as long as the map is borrowed. Shared: copies one path.
    #[must_use]
    pub fn into_mut(self) -> &'a mut V {
        self.tree.pair_mut(&self.path).or_abort().1
    }

    /// Sets the value and returns the one that was there.
    pub fn insert(&mut self, value: V) -> V {
        mem::replace(self.get_mut(), value)
    }

    /// Takes the pair out and returns its value.
    pub fn remove(self) -> V {
        let (key, value) = self.remove_entry();
        drop(key);
        value
    }

    /// Takes the pair out.
    pub fn remove_entry(mut self) -> (K, V) {
        self.tree.remove_at(&mut self.path).or_abort()
    }
}

impl<K: Ord + Clone + fmt::Debug, V: Clone + fmt::Debug> fmt::Debug for Entry<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vacant(entry) => f.debug_tuple("Entry").field(entry).finish(),
            Self::Occupied(entry) => f.debug_tuple("Entry").field(entry).finish(),
        }
    }
}

impl<K: fmt::Debug, V> fmt::Debug for VacantEntry<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VacantEntry").field(&self.key).finish()
    }
}

impl<K: Ord + Clone + fmt::Debug, V: Clone + fmt::Debug> fmt::Debug for OccupiedEntry<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OccupiedEntry")
            .field("key", self.key())
            .field("value", self.get())
            .finish()
    }
}
