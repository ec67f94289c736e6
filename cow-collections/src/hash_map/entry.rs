//! One look-up for reading and writing the entry of a key.

use std::{
    fmt,
    hash::{BuildHasher, Hash},
    mem,
};

use cow_core::{AllocError, OrAbort};

use super::CowHashMap;
use crate::node::trie::{Place, by_clone};

impl<K: Eq + Hash, V, S: BuildHasher> CowHashMap<K, V, S> {
    /// Looks a key up, for what is to be done whether or not it is there. The key is hashed once.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowHashMap;
    /// let mut count = CowHashMap::new();
    /// for c in "hello".chars() {
    ///     *count.entry(c).or_insert(0) += 1;
    /// }
    /// assert_eq!(count[&'l'], 2);
    /// ```
    #[inline]
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V, S> {
        let hash = self.hash(&key);
        match self.trie.find(hash, |(k, _)| *k == key) {
            Some(place) => Entry::Occupied(OccupiedEntry { map: self, place }),
            None => Entry::Vacant(VacantEntry {
                map: self,
                hash,
                key,
            }),
        }
    }
}

/// The entry of a key. Made by [`CowHashMap::entry`].
pub enum Entry<'a, K, V, S> {
    /// The key is there.
    Occupied(OccupiedEntry<'a, K, V, S>),
    /// The key is not there.
    Vacant(VacantEntry<'a, K, V, S>),
}

/// The entry of a key that is in the map.
pub struct OccupiedEntry<'a, K, V, S> {
    map: &'a mut CowHashMap<K, V, S>,
    place: Place,
}

/// The entry of a key that is not in the map.
pub struct VacantEntry<'a, K, V, S> {
    map: &'a mut CowHashMap<K, V, S>,
    hash: u64,
    key: K,
}

impl<'a, K: Eq + Hash + Clone, V: Clone, S: BuildHasher> Entry<'a, K, V, S> {
    /// The value, which is `default` if the key was not there.
    #[inline]
    pub fn or_insert(self, default: V) -> &'a mut V {
        self.or_insert_with(|| default)
    }

    /// The value, which is made by `default` if the key was not there.
    #[inline]
    pub fn or_insert_with(self, default: impl FnOnce() -> V) -> &'a mut V {
        match self {
            Self::Occupied(entry) => entry.into_mut(),
            Self::Vacant(entry) => entry.insert(default()),
        }
    }

    /// The value, which is made of the key by `default` if the key was not there.
    #[inline]
    pub fn or_insert_with_key(self, default: impl FnOnce(&K) -> V) -> &'a mut V {
        match self {
            Self::Occupied(entry) => entry.into_mut(),
            Self::Vacant(entry) => {
                let value = default(entry.key());
                entry.insert(value)
            }
        }
    }

    /// The value, which is `V::default()` if the key was not there.
    #[inline]
    pub fn or_default(self) -> &'a mut V
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }

    /// Changes the value if the key is there.
    #[inline]
    pub fn and_modify(mut self, modify: impl FnOnce(&mut V)) -> Self {
        if let Self::Occupied(entry) = &mut self {
            modify(entry.get_mut());
        }
        self
    }

    /// Puts a value under the key, whether or not there was one.
    #[inline]
    pub fn insert_entry(self, value: V) -> OccupiedEntry<'a, K, V, S> {
        match self {
            Self::Occupied(mut entry) => {
                entry.insert(value);
                entry
            }
            Self::Vacant(entry) => entry.insert_entry(value),
        }
    }
}

impl<K, V, S> Entry<'_, K, V, S> {
    /// The key: the one in the map if there is one.
    #[inline]
    #[must_use]
    pub fn key(&self) -> &K {
        match self {
            Self::Occupied(entry) => entry.key(),
            Self::Vacant(entry) => entry.key(),
        }
    }
}

impl<K, V, S> OccupiedEntry<'_, K, V, S> {
    /// The key in the map.
    #[inline]
    #[must_use]
    pub fn key(&self) -> &K {
        let (key, _) = self.map.trie.at(self.place);
        key
    }

    /// The value.
    #[inline]
    #[must_use]
    pub fn get(&self) -> &V {
        let (_, value) = self.map.trie.at(self.place);
        value
    }
}

impl<'a, K: Clone, V: Clone, S> OccupiedEntry<'a, K, V, S> {
    /// The value for writing, for as long as this entry.
    ///
    /// # Complexity
    ///
    /// O(1). Shared: copies one path.
    #[inline]
    #[must_use]
    pub fn get_mut(&mut self) -> &mut V {
        let (_, value) = self.map.trie.at_mut(self.place, by_clone).or_abort();
        value
    }

    /// The value for writing, for as long as the map was borrowed.
    #[inline]
    #[must_use]
    pub fn into_mut(self) -> &'a mut V {
        let (_, value) = self.map.trie.at_mut(self.place, by_clone).or_abort();
        value
    }

    /// Puts another value in the place of this one, which it returns.
    #[inline]
    pub fn insert(&mut self, value: V) -> V {
        mem::replace(self.get_mut(), value)
    }

    /// Takes the entry out and returns its value.
    #[inline]
    pub fn remove(self) -> V {
        let (_, value) = self.remove_entry();
        value
    }

    /// Takes the entry out and returns it.
    #[inline]
    pub fn remove_entry(self) -> (K, V) {
        self.map.trie.remove(self.place, by_clone).or_abort()
    }
}

impl<K, V, S> VacantEntry<'_, K, V, S> {
    /// The key that was looked up.
    #[inline]
    #[must_use]
    pub fn key(&self) -> &K {
        &self.key
    }

    /// The key that was looked up, by value.
    #[inline]
    #[must_use]
    pub fn into_key(self) -> K {
        self.key
    }
}

impl<'a, K: Eq + Hash + Clone, V: Clone, S: BuildHasher> VacantEntry<'a, K, V, S> {
    /// Puts a value under the key.
    #[inline]
    pub fn insert(self, value: V) -> &'a mut V {
        self.insert_entry(value).into_mut()
    }

    /// As [`insert`](Self::insert), for arenas that may be full.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk; key and value are dropped.
    #[inline]
    pub fn try_insert(self, value: V) -> Result<&'a mut V, AllocError> {
        let Self { map, hash, key } = self;
        let place = map.insert_new(hash, key, value, by_clone)?;
        let (_, value) = map.trie.at_mut(place, by_clone)?;
        Ok(value)
    }

    /// Puts a value under the key.
    #[inline]
    pub fn insert_entry(self, value: V) -> OccupiedEntry<'a, K, V, S> {
        let Self { map, hash, key } = self;
        let place = map.insert_new(hash, key, value, by_clone).or_abort();
        OccupiedEntry { map, place }
    }
}

impl<K: fmt::Debug, V: fmt::Debug, S> fmt::Debug for Entry<'_, K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Occupied(entry) => f.debug_tuple("Entry").field(entry).finish(),
            Self::Vacant(entry) => f.debug_tuple("Entry").field(entry).finish(),
        }
    }
}

impl<K: fmt::Debug, V: fmt::Debug, S> fmt::Debug for OccupiedEntry<'_, K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OccupiedEntry")
            .field("key", self.key())
            .field("value", self.get())
            .finish_non_exhaustive()
    }
}

impl<K: fmt::Debug, V, S> fmt::Debug for VacantEntry<'_, K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VacantEntry").field(self.key()).finish()
    }
}
