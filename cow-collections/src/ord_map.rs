//! [`CowOrdMap`]: the calls that look at one key, and what is particular to copy-on-write.

mod algebra;
mod bulk;
mod chunks;
mod compare;
mod cursor;
mod entry;
mod iter;
#[expect(unsafe_code, reason = "lends several values for writing at once")]
mod lend;
#[cfg(feature = "plain")]
mod merge;
#[cfg(feature = "quickcheck")]
mod quickcheck;
#[cfg(feature = "rayon")]
mod rayon;
#[cfg(feature = "serde")]
mod serde;
#[cfg(feature = "plain")]
mod stream;
mod traits;

use std::{borrow::Borrow, mem};

use cow_core::{AllocError, Arena, ArenaRef, OrAbort};

use crate::{
    Memory,
    drops::Dismantle,
    graph::{self, Edge, Graph},
    node::btree::{Tree, TreeRubble},
};

#[cfg(feature = "rayon")]
pub use self::rayon::{ParIntoIter, ParIter};
pub use bulk::ExtractIf;
pub use chunks::{Chunk, Chunks, IntoChunks};
pub use cursor::Cursor;
pub use entry::{Entry, OccupiedEntry, VacantEntry};
pub use iter::{IntoIter, IntoKeys, IntoValues, Iter, Keys, Values};
pub use lend::{IterMut, ValuesMut};

/// A map in the order of its keys, whose snapshots cost nanoseconds.
///
/// `CowOrdMap` has `BTreeMap`'s calls under its names, with its argument order, return values and
/// panics. `Clone` takes a snapshot. Calls that write need `K: Clone` and `V: Clone`: a chunk that a
/// snapshot shares is copied before it is written.
///
/// Pairs lie in leaf chunks of about 1 KiB, the keys apart from the values, so that a search touches
/// keys alone. A tree of narrow nodes leads to them, which also counts what is below: the number of a
/// key, or the pair of that number, are O(log n) away. A `CowOrdMap` is three words wide; an empty one
/// allocates nothing, a small one takes one small chunk.
///
/// # Complexity
///
/// | call | exclusive | after a snapshot |
/// |---|---|---|
/// | `clone`, `snapshot` | O(1) | |
/// | `get`, `range`, `index_of`, `get_index` | O(log n) | |
/// | `get_mut`, `insert`, `remove`, `entry` | O(log n) | the first write to a leaf copies one path |
/// | `append` of keys behind or in front, `split_off`, `remove_range` | O(log n) | copies the nodes along the seam |
/// | `iter`, `keys`, `values` | O(1) a pair, at the speed of slices | |
/// | `union`, `difference`, ... | O(what both have in one place) | shares the chunks of both |
/// | `==`, `cmp`, `diff` | O(pairs) | O(changes × log n): what is shared is not looked at |
///
/// A path is a leaf of about 1 KiB and five or six nodes of 128 B at 10⁶ pairs. Keys are cloned with the leaf
/// they are in, and now and then to tell two nodes apart.
///
/// # Keys that misbehave
///
/// As for `BTreeMap`, a key must not change its place while it is in the map. An `Ord` that lies or
/// panics leads to wrong answers, and to nothing worse.
///
/// # Equality of shared values
///
/// Comparing two versions passes over chunks that both share. A type whose values are not equal to
/// themselves, such as `f64` with NaN, is taken to be equal to itself there.
///
/// # Panics in keys and values
///
/// When a `clone`, `drop` or comparison panics, the map stays valid, its snapshots are untouched, and
/// nothing is dropped twice. Of a map that is being cut or joined at that moment (`append`, `split_off`,
/// `remove_range`), pairs may be missing: keep a snapshot where that matters.
///
/// # Running out of memory
///
/// In an arena with a byte limit the `try_` calls return an [`AllocError`] and leave the map as it was.
/// The other calls end the process in that case, as those of std do.
///
/// # Examples
///
/// ```
/// use cow_collections::CowOrdMap;
///
/// let mut stock = CowOrdMap::from([("apples", 3), ("pears", 5)]);
/// let yesterday = stock.snapshot();
/// stock.insert("plums", 7);
/// *stock.get_mut("apples").unwrap() += 10;
///
/// assert_eq!(yesterday, CowOrdMap::from([("apples", 3), ("pears", 5)]));
/// assert_eq!(stock.range("b"..).next(), Some((&"pears", &5)));
/// assert_eq!(stock.diff(&yesterday).changes().len(), 2);
/// ```
pub struct CowOrdMap<K, V> {
    tree: Tree<K, V>,
}

impl<K, V> CowOrdMap<K, V> {
    /// Makes an empty map in the global arena. It allocates nothing before a pair comes.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowOrdMap;
    /// const EMPTY: CowOrdMap<String, u32> = CowOrdMap::new();
    /// assert!(EMPTY.is_empty());
    /// ```
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self { tree: Tree::new() }
    }

    /// Makes an empty map in the given arena, in which all of its clones and parts stay.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::{Arena, CowOrdMap};
    /// let arena = Arena::builder().byte_limit(4 << 10).build();
    /// let mut map = CowOrdMap::new_in(&arena);
    /// while map.try_insert(map.len(), 0_u64).is_ok() {}
    /// assert!(!map.is_empty());
    /// assert!(arena.stats().bytes_used <= 4 << 10);
    /// ```
    #[inline]
    #[must_use]
    pub fn new_in(arena: &Arena) -> Self {
        Self {
            tree: Tree::new_in(arena.into()),
        }
    }

    /// The arena that the chunks come from.
    #[inline]
    #[must_use]
    pub fn arena(&self) -> ArenaRef<'_> {
        self.tree.arena()
    }

    /// The number of pairs.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.tree.len()
    }

    /// `true` when there is no pair.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes a snapshot: another map with the same pairs. The same as `clone`, said aloud.
    ///
    /// # Complexity
    ///
    /// O(1): one atomic increment.
    #[inline]
    #[must_use]
    pub fn snapshot(&self) -> Self {
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
        (self.is_empty() && other.is_empty()) || self.tree.ptr_eq(&other.tree)
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

    /// Drops all pairs. Snapshots keep theirs.
    ///
    /// # Complexity
    ///
    /// Exclusive: O(n) drops. Shared: O(1).
    #[inline]
    pub fn clear(&mut self) {
        drop(self.tree.take());
    }

    /// Returns the pair with the lowest key.
    ///
    /// # Complexity
    ///
    /// O(log n).
    #[must_use]
    pub fn first_key_value(&self) -> Option<(&K, &V)> {
        self.tree.first()
    }

    /// Returns the pair with the highest key.
    ///
    /// # Complexity
    ///
    /// O(log n).
    #[must_use]
    pub fn last_key_value(&self) -> Option<(&K, &V)> {
        self.tree.last()
    }

    /// Returns pair number `index` in the order of the keys, or `None` when there are fewer.
    ///
    /// # Complexity
    ///
    /// O(log n).
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowOrdMap;
    /// let map: CowOrdMap<u32, &str> = [(10, "a"), (20, "b"), (30, "c")].into();
    /// assert_eq!(map.get_index(1), Some((&20, &"b")));
    /// assert_eq!(map.index_of(&20), Some(1));
    /// ```
    #[must_use]
    pub fn get_index(&self, index: usize) -> Option<(&K, &V)> {
        if index >= self.len() {
            return None;
        }
        self.tree.pair(&self.tree.path_to(index))
    }

    /// Returns the value of a key.
    ///
    /// # Complexity
    ///
    /// O(log n).
    #[inline]
    #[must_use]
    pub fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q> + Ord,
        Q: Ord + ?Sized,
    {
        Some(self.tree.get(key)?.1)
    }

    /// Returns the pair of a key, with the key as it is in the map.
    ///
    /// # Complexity
    ///
    /// O(log n).
    #[inline]
    #[must_use]
    pub fn get_key_value<Q>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q> + Ord,
        Q: Ord + ?Sized,
    {
        self.tree.get(key)
    }

    /// `true` when the map has the key.
    ///
    /// # Complexity
    ///
    /// O(log n).
    #[inline]
    #[must_use]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q> + Ord,
        Q: Ord + ?Sized,
    {
        self.tree.get(key).is_some()
    }

    /// Returns how many keys are lower than `key`, which the map has; `None` when it has not.
    ///
    /// # Complexity
    ///
    /// O(log n).
    #[must_use]
    pub fn index_of<Q>(&self, key: &Q) -> Option<usize>
    where
        K: Borrow<Q> + Ord,
        Q: Ord + ?Sized,
    {
        let (path, found) = self.tree.search(key);
        found.then(|| self.tree.rank(&path))
    }

    /// Returns the pair with the highest key that is not above `key`.
    ///
    /// # Complexity
    ///
    /// O(log n).
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowOrdMap;
    /// let departures: CowOrdMap<u32, &str> = [(600, "north"), (730, "south")].into();
    /// assert_eq!(departures.floor(&700), Some((&600, &"north")));
    /// assert_eq!(departures.ceil(&700), Some((&730, &"south")));
    /// assert_eq!(departures.ceil(&731), None);
    /// ```
    #[must_use]
    pub fn floor<Q>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q> + Ord,
        Q: Ord + ?Sized,
    {
        self.get_index(self.tree.rank_of(key, true).checked_sub(1)?)
    }

    /// Returns the pair with the lowest key that is not below `key`.
    ///
    /// # Complexity
    ///
    /// O(log n).
    #[must_use]
    pub fn ceil<Q>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q> + Ord,
        Q: Ord + ?Sized,
    {
        self.get_index(self.tree.rank_of(key, false))
    }

    /// Asserts what holds of every map inside, and returns the addresses of its chunks. For tests: no
    /// part of the stable interface.
    #[doc(hidden)]
    pub fn assert_invariants(&self) -> std::collections::HashSet<*const u8> {
        self.tree.assert_invariants(false)
    }

    /// As `assert_invariants`, for a map that a panic left thin. For tests: no part of the stable
    /// interface.
    #[doc(hidden)]
    pub fn assert_invariants_but_fill(&self) -> std::collections::HashSet<*const u8> {
        self.tree.assert_invariants(true)
    }

    /// Asserts that the keys ascend, which holds for orders that do not lie. For tests: no part of the
    /// stable interface.
    #[doc(hidden)]
    pub fn assert_order(&self)
    where
        K: Ord,
    {
        self.tree.assert_order();
    }
}

impl<K: Ord + Clone, V: Clone> CowOrdMap<K, V> {
    /// Returns the value of a key for writing.
    ///
    /// # Complexity
    ///
    /// O(log n). Shared: the first call for a leaf copies one path, a leaf and a node per level.
    #[inline]
    pub fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
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
        Q: Ord + ?Sized,
    {
        let (path, found) = self.tree.search(key);
        if !found {
            return Ok(None);
        }
        Ok(Some(self.tree.pair_mut(&path)?.1))
    }

    /// Puts a pair into the map. Returns the value that the key had; the key itself is kept as it was.
    ///
    /// # Complexity
    ///
    /// O(log n). Shared: copies one path.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowOrdMap;
    /// let mut map = CowOrdMap::new();
    /// assert_eq!(map.insert(37, "a"), None);
    /// assert_eq!(map.insert(37, "b"), Some("a"));
    /// ```
    #[inline]
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.try_insert(key, value).or_abort()
    }

    /// As [`insert`](Self::insert), for arenas that may be full.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk; the pair is dropped.
    #[inline]
    pub fn try_insert(&mut self, key: K, value: V) -> Result<Option<V>, AllocError> {
        let (mut path, found) = self.tree.search(&key);
        if found {
            let (_, to) = self.tree.pair_mut(&path)?;
            let old = mem::replace(to, value);
            // Before the result is made: what is returned would leak if this panicked after.
            drop(key);
            return Ok(Some(old));
        }
        self.tree.insert_at(&mut path, key, value)?;
        Ok(None)
    }

    /// Takes a key out and returns its value.
    ///
    /// # Complexity
    ///
    /// O(log n). Shared: copies one path, and a neighbour where a leaf would be left with too little.
    #[inline]
    pub fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.try_remove(key).or_abort()
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
        Q: Ord + ?Sized,
    {
        let Some((key, value)) = self.try_remove_entry(key)? else {
            return Ok(None);
        };
        // Before the result is made: what is returned would leak if this panicked after.
        drop(key);
        Ok(Some(value))
    }

    /// Takes a key out and returns the pair.
    ///
    /// # Complexity
    ///
    /// As [`remove`](Self::remove).
    pub fn remove_entry<Q>(&mut self, key: &Q) -> Option<(K, V)>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.try_remove_entry(key).or_abort()
    }

    /// As [`remove_entry`](Self::remove_entry), for arenas that may be full.
    ///
    /// # Errors
    ///
    /// When a path is shared and the arena has no chunk for its copy.
    pub fn try_remove_entry<Q>(&mut self, key: &Q) -> Result<Option<(K, V)>, AllocError>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let (mut path, found) = self.tree.search(key);
        if !found {
            return Ok(None);
        }
        self.tree.remove_at(&mut path).map(Some)
    }

    /// Takes the pair with the lowest key out.
    ///
    /// # Complexity
    ///
    /// O(log n). Shared: copies one path.
    pub fn pop_first(&mut self) -> Option<(K, V)> {
        self.try_pop_first().or_abort()
    }

    /// As [`pop_first`](Self::pop_first), for arenas that may be full.
    ///
    /// # Errors
    ///
    /// When a path is shared and the arena has no chunk for its copy.
    pub fn try_pop_first(&mut self) -> Result<Option<(K, V)>, AllocError> {
        self.try_remove_index(0)
    }

    /// Takes the pair with the highest key out.
    ///
    /// # Complexity
    ///
    /// O(log n). Shared: copies one path.
    pub fn pop_last(&mut self) -> Option<(K, V)> {
        self.try_pop_last().or_abort()
    }

    /// As [`pop_last`](Self::pop_last), for arenas that may be full.
    ///
    /// # Errors
    ///
    /// When a path is shared and the arena has no chunk for its copy.
    pub fn try_pop_last(&mut self) -> Result<Option<(K, V)>, AllocError> {
        match self.len().checked_sub(1) {
            Some(last) => self.try_remove_index(last),
            None => Ok(None),
        }
    }

    /// Takes pair number `index` out, if there are more.
    fn try_remove_index(&mut self, index: usize) -> Result<Option<(K, V)>, AllocError> {
        if index >= self.len() {
            return Ok(None);
        }
        let mut path = self.tree.path_to(index);
        self.tree.remove_at(&mut path).map(Some)
    }
}

impl<K, V> Clone for CowOrdMap<K, V> {
    /// Takes a snapshot.
    ///
    /// # Complexity
    ///
    /// O(1): one atomic increment, whatever the length. No pair is cloned.
    #[inline]
    fn clone(&self) -> Self {
        Self {
            tree: self.tree.clone(),
        }
    }
}

impl<K, V> Graph for CowOrdMap<K, V> {
    fn edges(&self, visit: &mut dyn FnMut(Edge) -> bool) {
        self.tree.edges(visit);
    }
}

impl<K, V> Dismantle for CowOrdMap<K, V> {
    type Rubble = TreeRubble<K, V>;

    fn dismantle(self) -> TreeRubble<K, V> {
        self.tree.into_rubble()
    }
}
