//! [`CowHashMap`]: the calls that look at one key, and what is particular to copy-on-write.

mod algebra;
mod compare;
pub(crate) mod entry;
mod iter;
#[expect(unsafe_code, reason = "lends several values for writing at once")]
mod lend;
#[cfg(feature = "plain")]
mod merge;
#[cfg(feature = "quickcheck")]
mod quickcheck;
#[cfg(feature = "rayon")]
mod rayon;
mod remove;
#[cfg(feature = "serde")]
mod serde;
#[cfg(feature = "plain")]
mod stream;
mod traits;

use std::{
    borrow::Borrow,
    hash::{BuildHasher, Hash},
    mem,
};

use cow_core::{AllocError, Arena, ArenaRef, OrAbort};

use crate::{
    Memory,
    drops::Dismantle,
    graph::{self, Edge, Graph},
    node::trie::{CopyBucket, Place, Trie, TrieRubble, by_clone, never_shared, spread},
};

#[cfg(feature = "rayon")]
pub use self::rayon::{ParIntoIter, ParIter, ParIterMut};
pub use entry::{Entry, OccupiedEntry, VacantEntry};
pub use iter::{
    Chunk, Chunks, Drain, IntoChunks, IntoIter, IntoKeys, IntoValues, Iter, Keys, Values,
};
pub use lend::{IterMut, ValuesMut};
pub use remove::ExtractIf;

/// The hasher of a map that names no other: foldhash, with a random seed for each map.
///
/// Clones of a map have its seed.
pub type DefaultHashBuilder = foldhash::fast::RandomState;

/// A hash map whose snapshots cost nanoseconds.
///
/// `CowHashMap` has `HashMap`'s calls under `HashMap`'s names, with its argument order, return values
/// and panics. `Clone` takes a snapshot. Calls that write need `K: Clone` and `V: Clone`: a chunk that a
/// snapshot shares is copied before it is written.
///
/// Entries lie in buckets: up to 1 KiB of entries that need no `drop`, 12 to 24 of those that do. A trie
/// over the bits of the hash leads to them. A small map is one bucket, as large as it needs; an empty
/// one allocates nothing. No insertion ever moves more than the entries of one bucket.
///
/// # Complexity
///
/// | call | exclusive | after a snapshot |
/// |---|---|---|
/// | `clone`, `snapshot` | O(1) | |
/// | `get`, indexing | O(1) for good hashes: one load per 4 bits of the hash, then one bucket | |
/// | `insert`, `remove`, `get_mut`, `entry` | as `get` | the first write to a bucket copies one path |
/// | `iter`, `chunks` | O(1) an entry, at the speed of slices | |
/// | `==`, `diff` | O(entries) | O(changes): what is shared is not looked at |
/// | `union`, `intersection`, `difference` | O(entries) | O(changes) |
///
/// A path is four nodes of 128 B and a bucket at 10⁶ small entries.
///
/// # Hashing
///
/// As with `HashMap`, it is an error of the program if a key changes its hash or what it is equal to
/// while it is in a map, or if the two contradict each other. Keys may then not be found, or be found
/// twice; nothing worse happens, and all are there when the map is iterated. Keys whose hashes are
/// equal are slow, as in any hash map, but do not make others slow.
///
/// # Equality of shared values
///
/// Comparing two versions passes over chunks that both share. A type whose values are not equal to
/// themselves, such as `f64` with NaN, is taken to be equal to itself there.
///
/// # Panics in `K` and `V`
///
/// When a `clone`, `drop`, `hash` or `eq` panics, the map stays valid, its snapshots are untouched, and
/// nothing is dropped twice.
///
/// # Examples
///
/// ```
/// use cow_collections::CowHashMap;
///
/// let mut stock: CowHashMap<&str, u32> = CowHashMap::from([("apple", 3), ("pear", 1)]);
/// let morning = stock.snapshot();
/// *stock.entry("apple").or_insert(0) += 2;
/// stock.remove("pear");
/// assert_eq!(stock.get("apple"), Some(&5));
/// assert_eq!(morning.get("apple"), Some(&3));
/// assert_eq!(stock.diff(&morning).len(), 2);
/// ```
pub struct CowHashMap<K, V, S = DefaultHashBuilder> {
    trie: Trie<(K, V)>,
    hasher: S,
}

impl<K, V> CowHashMap<K, V> {
    /// Makes an empty map in the global arena. It allocates nothing before an entry comes.
    #[inline]
    #[must_use]
    pub fn new() -> Self {
        Self::with_hasher(DefaultHashBuilder::default())
    }

    /// Makes an empty map in the given arena, in which all of its clones stay.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::{Arena, CowHashMap};
    /// let arena = Arena::builder().byte_limit(4 << 10).build();
    /// let mut map = CowHashMap::new_in(&arena);
    /// let fit = (0_u64..).take_while(|&n| map.try_insert(n, n).is_ok()).count();
    /// assert_eq!(map.len(), fit);
    /// assert!(arena.stats().bytes_used <= 4 << 10);
    /// ```
    #[inline]
    #[must_use]
    pub fn new_in(arena: &Arena) -> Self {
        Self::with_hasher_in(DefaultHashBuilder::default(), arena)
    }

    /// Makes an empty map. The capacity is a hint and taken for nothing more at present: chunks come
    /// as entries do, and no table is moved to make room.
    #[inline]
    #[must_use]
    pub fn with_capacity(_capacity: usize) -> Self {
        Self::new()
    }
}

impl<K, V, S> CowHashMap<K, V, S> {
    /// Makes an empty map that hashes with `hasher`, and so do its clones.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowHashMap;
    /// use std::hash::{BuildHasherDefault, DefaultHasher};
    ///
    /// type Fixed = BuildHasherDefault<DefaultHasher>;
    /// const EMPTY: CowHashMap<u8, u8, Fixed> = CowHashMap::with_hasher(Fixed::new());
    /// assert!(EMPTY.is_empty());
    /// ```
    #[inline]
    #[must_use]
    pub const fn with_hasher(hasher: S) -> Self {
        Self {
            trie: Trie::new(),
            hasher,
        }
    }

    /// Makes an empty map that hashes with `hasher`, in the given arena.
    #[inline]
    #[must_use]
    pub fn with_hasher_in(hasher: S, arena: &Arena) -> Self {
        Self {
            trie: Trie::new_in(arena.into()),
            hasher,
        }
    }

    /// As [`with_hasher`](Self::with_hasher). The capacity is a hint and taken for nothing more at
    /// present.
    #[inline]
    #[must_use]
    pub const fn with_capacity_and_hasher(_capacity: usize, hasher: S) -> Self {
        Self::with_hasher(hasher)
    }

    /// The hasher.
    #[inline]
    #[must_use]
    pub fn hasher(&self) -> &S {
        &self.hasher
    }

    /// The arena that the chunks come from.
    #[inline]
    #[must_use]
    pub fn arena(&self) -> ArenaRef<'_> {
        self.trie.arena()
    }

    /// The number of entries.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.trie.len()
    }

    /// `true` when there is no entry.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many entries the map holds at least without taking memory: those that it has.
    ///
    /// There is no table that has to be moved when it is full; chunks come one at a time.
    #[inline]
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.len()
    }

    /// Takes a snapshot: another map with the same entries. The same as `clone`, said aloud.
    ///
    /// # Complexity
    ///
    /// O(1): one atomic increment, and a clone of the hasher.
    #[inline]
    #[must_use]
    pub fn snapshot(&self) -> Self
    where
        S: Clone,
    {
        self.clone()
    }

    /// `true` when both are the same version: they share every chunk.
    ///
    /// Equal maps that came about separately are `==`, but not this. Empty ones are all the same.
    ///
    /// # Complexity
    ///
    /// O(1).
    #[inline]
    #[must_use]
    pub fn ptr_eq(&self, other: &Self) -> bool {
        (self.is_empty() && other.is_empty()) || self.trie.ptr_eq(&other.trie)
    }

    /// What the map costs, and what of that snapshots share.
    ///
    /// # Complexity
    ///
    /// O(chunks).
    #[must_use]
    pub fn memory(&self) -> Memory {
        graph::memory(self)
    }

    /// Drops all entries. Snapshots keep theirs.
    ///
    /// # Complexity
    ///
    /// Exclusive: O(n) drops. Shared: O(1).
    #[inline]
    pub fn clear(&mut self) {
        drop(self.trie.take());
    }

    /// Asks for room for `additional` entries. A hint, for which nothing is done at present.
    #[inline]
    pub fn reserve(&mut self, additional: usize) {
        let _ = additional;
    }
}

impl<K, V, S: BuildHasher> CowHashMap<K, V, S> {
    /// The hash that leads to a key.
    #[inline]
    fn hash<Q: Hash + ?Sized>(&self, key: &Q) -> u64 {
        spread(self.hasher.hash_one(key))
    }

    #[inline]
    fn find<Q>(&self, key: &Q) -> Option<Place>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let hash = self.hash(key);
        self.trie.find(hash, |(k, _)| k.borrow() == key)
    }
}

impl<K: Eq + Hash, V, S: BuildHasher> CowHashMap<K, V, S> {
    /// Returns the value of a key.
    ///
    /// # Complexity
    ///
    /// O(1) for good hashes: four loads to find the bucket at 10⁶ entries, one comparison of all tags
    /// in it, and one of keys.
    #[inline(always)]
    #[must_use]
    pub fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let (_, value) = self.get_key_value(key)?;
        Some(value)
    }

    /// Returns the key that is stored, and its value.
    #[inline(always)]
    #[must_use]
    pub fn get_key_value<Q>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let hash = self.hash(key);
        let (key, value) = self.trie.get(hash, |(k, _)| k.borrow() == key)?;
        Some((key, value))
    }

    /// `true` when there is an entry with this key.
    #[inline]
    #[must_use]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.get(key).is_some()
    }

    /// Inserts an entry, or replaces the value of one. Returns the old value.
    #[inline(always)]
    fn insert_by(
        &mut self,
        key: K,
        value: V,
        copy: CopyBucket<(K, V)>,
    ) -> Result<Option<V>, AllocError> {
        let hash = self.hash(&key);
        let same = |(a, _): &(K, V), (b, _): &(K, V)| a == b;
        let replace = |(_, old): &mut (K, V), (key, new): (K, V)| {
            // First, since a panic there would lose the result.
            drop(key);
            mem::replace(old, new)
        };
        match self.trie.known_insert(hash, (key, value), same, replace) {
            Ok(old) => Ok(old),
            Err((key, value)) => self.insert_slow(hash, key, value, copy),
        }
    }

    /// [`insert_by`](Self::insert_by) where a copy may be due, or room has to be made.
    #[inline(never)]
    fn insert_slow(
        &mut self,
        hash: u64,
        key: K,
        value: V,
        copy: CopyBucket<(K, V)>,
    ) -> Result<Option<V>, AllocError> {
        if let Some(place) = self.trie.find(hash, |(k, _)| *k == key) {
            let (_, old) = self.trie.at_mut(place, copy)?;
            drop(key);
            return Ok(Some(mem::replace(old, value)));
        }
        self.insert_new(hash, key, value, copy)?;
        Ok(None)
    }

    /// Inserts an entry whose key is not there.
    #[inline]
    fn insert_new(
        &mut self,
        hash: u64,
        key: K,
        value: V,
        copy: CopyBucket<(K, V)>,
    ) -> Result<Place, AllocError> {
        let hasher = &self.hasher;
        let rehash = |(key, _): &(K, V)| spread(hasher.hash_one(key));
        self.trie.insert_new(hash, (key, value), rehash, copy)
    }

    /// As `extend`, for a map that was just made.
    pub(crate) fn extend_new(&mut self, entries: impl IntoIterator<Item = (K, V)>) {
        for (key, value) in entries {
            self.insert_by(key, value, never_shared).or_abort();
        }
    }

    /// Asserts what holds of every map inside, and returns the addresses of its chunks. For tests: no
    /// part of the stable interface.
    #[doc(hidden)]
    pub fn assert_invariants(&self) -> std::collections::HashSet<*const u8> {
        self.trie.assert_invariants(|(key, _)| self.hash(key))
    }
}

impl<K: Eq + Hash + Clone, V: Clone, S: BuildHasher> CowHashMap<K, V, S> {
    /// Returns the value of a key for writing.
    ///
    /// # Complexity
    ///
    /// As [`get`](Self::get). Shared: the first call for a bucket copies it, and a node per level.
    #[inline]
    pub fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.try_get_mut(key).or_abort()
    }

    /// As [`get_mut`](Self::get_mut), for arenas that may be full.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk for a copy.
    #[inline]
    pub fn try_get_mut<Q>(&mut self, key: &Q) -> Result<Option<&mut V>, AllocError>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let hash = self.hash(key);
        let entry = self
            .trie
            .get_mut(hash, |(k, _)| k.borrow() == key, by_clone)?;
        Ok(entry.map(|(_, value)| value))
    }

    /// Puts a value under a key, and returns the value that was there. A key that is there stays.
    ///
    /// # Complexity
    ///
    /// O(1) for good hashes; at times a bucket is split in two. Shared: the first write to a bucket
    /// copies it, and a node per level.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowHashMap;
    /// let mut map = CowHashMap::new();
    /// assert_eq!(map.insert(37, "a"), None);
    /// assert_eq!(map.insert(37, "b"), Some("a"));
    /// ```
    #[inline(always)]
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.try_insert(key, value).or_abort()
    }

    /// As [`insert`](Self::insert), for arenas that may be full. It replaces a value as `insert` does:
    /// another thing than the call of that name that std tries out.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk; key and value are dropped.
    #[inline(always)]
    pub fn try_insert(&mut self, key: K, value: V) -> Result<Option<V>, AllocError> {
        self.insert_by(key, value, by_clone)
    }

    /// Puts a key in the place of an equal one, if there is one; else inserts it with a new value.
    #[inline]
    pub(crate) fn replace_key(&mut self, key: K) -> Option<K>
    where
        V: Default,
    {
        let hash = self.hash(&key);
        if let Some(place) = self.trie.find(hash, |(k, _)| *k == key) {
            let (old, _) = self.trie.at_mut(place, by_clone).or_abort();
            return Some(mem::replace(old, key));
        }
        self.insert_new(hash, key, V::default(), by_clone)
            .or_abort();
        None
    }

    /// Takes an entry out and returns its value.
    ///
    /// # Complexity
    ///
    /// O(1) for good hashes. Shared: the first write to a bucket copies it, and a node per level.
    #[inline]
    pub fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let (_, value) = self.remove_entry(key)?;
        Some(value)
    }

    /// As [`remove`](Self::remove), for arenas that may be full.
    ///
    /// # Errors
    ///
    /// When a path is shared and the arena has no chunk for its copy.
    #[inline]
    pub fn try_remove<Q>(&mut self, key: &Q) -> Result<Option<V>, AllocError>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let Some((key, value)) = self.try_remove_entry(key)? else {
            return Ok(None);
        };
        // Before the value is the result, which a panic would lose.
        drop(key);
        Ok(Some(value))
    }

    /// Takes an entry out and returns it.
    #[inline]
    pub fn remove_entry<Q>(&mut self, key: &Q) -> Option<(K, V)>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.try_remove_entry(key).or_abort()
    }

    /// As [`remove_entry`](Self::remove_entry), for arenas that may be full.
    ///
    /// # Errors
    ///
    /// When a path is shared and the arena has no chunk for its copy.
    #[inline]
    pub fn try_remove_entry<Q>(&mut self, key: &Q) -> Result<Option<(K, V)>, AllocError>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let hash = self.hash(key);
        let is_it = |(k, _): &(K, V)| k.borrow() == key;
        if let Some(removed) = self.trie.known_remove(hash, is_it, by_clone) {
            return Ok(removed);
        }
        match self.trie.find(hash, is_it) {
            Some(place) => self.trie.remove(place, by_clone).map(Some),
            None => Ok(None),
        }
    }

    /// Adds entries, as `extend` does, for arenas that may be full: all of them are added, or none.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk.
    pub fn try_extend(
        &mut self,
        entries: impl IntoIterator<Item = (K, V)>,
    ) -> Result<(), AllocError> {
        let before = self.trie.clone();
        for (key, value) in entries {
            if let Err(error) = self.try_insert(key, value) {
                self.trie = before;
                return Err(error);
            }
        }
        Ok(())
    }
}

impl<K, V, S: Clone> Clone for CowHashMap<K, V, S> {
    /// Takes a snapshot.
    ///
    /// # Complexity
    ///
    /// O(1): one atomic increment, and a clone of the hasher. No entry is cloned.
    #[inline]
    fn clone(&self) -> Self {
        Self {
            trie: self.trie.clone(),
            hasher: self.hasher.clone(),
        }
    }
}

impl<K, V, S> Graph for CowHashMap<K, V, S> {
    fn edges(&self, visit: &mut dyn FnMut(Edge) -> bool) {
        self.trie.edges(visit);
    }
}

impl<K, V, S> Dismantle for CowHashMap<K, V, S> {
    type Rubble = TrieRubble<(K, V)>;

    fn dismantle(self) -> Self::Rubble {
        self.trie.into_rubble()
    }
}
