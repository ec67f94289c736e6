//! [`CowHashSet`]: a [`CowHashMap`] whose values are `()`.

mod algebra;
mod iter;
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

use std::{
    borrow::Borrow,
    hash::{BuildHasher, Hash},
};

use cow_core::{AllocError, Arena, ArenaRef};

use crate::{
    CowHashMap, DefaultHashBuilder, MapPatchError, Memory, SetDiff,
    drops::Dismantle,
    graph::{Edge, Graph},
};

pub use self::algebra::{Difference, Intersection, SymmetricDifference, Union};
pub use self::iter::{Drain, IntoIter, Iter};
#[cfg(feature = "rayon")]
pub use self::rayon::{ParIntoIter, ParIter};

/// A hash set whose snapshots cost nanoseconds.
///
/// `CowHashSet` has `HashSet`'s calls under `HashSet`'s names, with its argument order, return values
/// and panics. It is a [`CowHashMap`] without values, whose documentation tells the rest: where values
/// lie, what calls cost after a snapshot, and what holds of hashes and panics.
///
/// # Complexity
///
/// | call | exclusive | after a snapshot |
/// |---|---|---|
/// | `clone`, `snapshot` | O(1) | |
/// | `contains`, `get` | O(1) for good hashes | |
/// | `insert`, `remove` | as `contains` | the first write to a bucket copies one path |
/// | `iter`, `chunks` | O(1) a value, at the speed of slices | |
/// | `==`, `diff`, the operators | O(values) | O(changes): what is shared is not looked at |
/// | `union` and the like, as iterators | O(1) for good hashes, a value | |
///
/// # Examples
///
/// ```
/// use cow_collections::CowHashSet;
///
/// let mut seen: CowHashSet<&str> = CowHashSet::from(["ada", "bob"]);
/// let before = seen.snapshot();
/// seen.insert("eve");
/// assert!(!before.contains("eve"));
/// assert_eq!(&seen - &before, CowHashSet::from(["eve"]));
/// ```
pub struct CowHashSet<T, S = DefaultHashBuilder> {
    map: CowHashMap<T, (), S>,
}

impl<T> CowHashSet<T> {
    /// Makes an empty set in the global arena. It allocates nothing before a value comes.
    #[inline]
    #[must_use]
    pub fn new() -> Self {
        Self::with_hasher(DefaultHashBuilder::default())
    }

    /// Makes an empty set in the given arena, in which all of its clones stay.
    #[inline]
    #[must_use]
    pub fn new_in(arena: &Arena) -> Self {
        Self::with_hasher_in(DefaultHashBuilder::default(), arena)
    }

    /// Makes an empty set. The capacity is a hint and taken for nothing more at present.
    #[inline]
    #[must_use]
    pub fn with_capacity(_capacity: usize) -> Self {
        Self::new()
    }
}

impl<T, S> CowHashSet<T, S> {
    /// Makes an empty set that hashes with `hasher`, and so do its clones.
    #[inline]
    #[must_use]
    pub const fn with_hasher(hasher: S) -> Self {
        Self {
            map: CowHashMap::with_hasher(hasher),
        }
    }

    /// Makes an empty set that hashes with `hasher`, in the given arena.
    #[inline]
    #[must_use]
    pub fn with_hasher_in(hasher: S, arena: &Arena) -> Self {
        Self {
            map: CowHashMap::with_hasher_in(hasher, arena),
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
        self.map.hasher()
    }

    /// The arena that the chunks come from.
    #[inline]
    #[must_use]
    pub fn arena(&self) -> ArenaRef<'_> {
        self.map.arena()
    }

    /// The number of values.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// `true` when there is no value.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// How many values the set holds at least without taking memory: those that it has.
    #[inline]
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.map.capacity()
    }

    /// Takes a snapshot: another set with the same values. The same as `clone`, said aloud.
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
    /// Equal sets that came about separately are `==`, but not this. Empty ones are all the same.
    #[inline]
    #[must_use]
    pub fn ptr_eq(&self, other: &Self) -> bool {
        self.map.ptr_eq(&other.map)
    }

    /// What the set costs, and what of that snapshots share.
    ///
    /// # Complexity
    ///
    /// O(chunks).
    #[must_use]
    pub fn memory(&self) -> Memory {
        self.map.memory()
    }

    /// Drops all values. Snapshots keep theirs.
    ///
    /// # Complexity
    ///
    /// Exclusive: O(n) drops. Shared: O(1).
    #[inline]
    pub fn clear(&mut self) {
        self.map.clear();
    }

    /// Asks for room for `additional` values. A hint, for which nothing is done at present.
    #[inline]
    pub fn reserve(&mut self, additional: usize) {
        self.map.reserve(additional);
    }
}

impl<T: Eq + Hash, S: BuildHasher> CowHashSet<T, S> {
    /// `true` when the set holds a value equal to this one.
    #[inline]
    #[must_use]
    pub fn contains<Q>(&self, value: &Q) -> bool
    where
        T: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.map.contains_key(value)
    }

    /// Returns the value of the set that is equal to this one.
    #[inline]
    #[must_use]
    pub fn get<Q>(&self, value: &Q) -> Option<&T>
    where
        T: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let (value, ()) = self.map.get_key_value(value)?;
        Some(value)
    }

    /// `true` when the sets have no value in common.
    #[must_use]
    pub fn is_disjoint(&self, other: &Self) -> bool {
        if self.len() > other.len() {
            return other.is_disjoint(self);
        }
        // What is shared is in common.
        !self.ptr_eq(other) && self.iter().all(|value| !other.contains(value)) || self.is_empty()
    }

    /// `true` when all values are in the other set.
    ///
    /// # Complexity
    ///
    /// As `==`.
    #[must_use]
    pub fn is_subset(&self, other: &Self) -> bool {
        self.len() <= other.len() && self.map.has_keys_in(&other.map)
    }

    /// `true` when all values of the other set are in this one.
    ///
    /// # Complexity
    ///
    /// As `==`.
    #[must_use]
    pub fn is_superset(&self, other: &Self) -> bool {
        other.is_subset(self)
    }

    /// What has to be done to `old` to make it this set: each value that was added or removed.
    ///
    /// # Complexity
    ///
    /// O(changes), when one is a clone of the other or both are clones of a third. Else O(values).
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::{Change, CowHashSet};
    /// let old = CowHashSet::from([1, 2]);
    /// let mut new = old.clone();
    /// new.remove(&1);
    /// let diff = new.diff(&old);
    /// assert_eq!(diff.changes(), [Change::Removed { key: 1, value: () }]);
    /// ```
    #[must_use]
    pub fn diff(&self, old: &Self) -> SetDiff<T>
    where
        T: Clone,
    {
        self.map.diff(&old.map)
    }

    /// Carries out the changes of a diff: `b.apply(&a.diff(&b))` makes `b` equal to `a`.
    ///
    /// # Complexity
    ///
    /// O(changes).
    ///
    /// # Errors
    ///
    /// When a value that was added is there already, or one that was removed is not. The set is as it
    /// was.
    pub fn apply(&mut self, diff: &SetDiff<T>) -> Result<(), MapPatchError>
    where
        T: Clone,
    {
        self.map.apply(diff)
    }

    /// Asserts what holds of every set inside, and returns the addresses of its chunks. For tests: no
    /// part of the stable interface.
    #[doc(hidden)]
    pub fn assert_invariants(&self) -> std::collections::HashSet<*const u8> {
        self.map.assert_invariants()
    }
}

impl<T: Eq + Hash + Clone, S: BuildHasher> CowHashSet<T, S> {
    /// Adds a value. `false` if an equal one is there, which stays.
    #[inline]
    pub fn insert(&mut self, value: T) -> bool {
        self.map.insert(value, ()).is_none()
    }

    /// As [`insert`](Self::insert), for arenas that may be full.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk; the value is dropped.
    #[inline]
    pub fn try_insert(&mut self, value: T) -> Result<bool, AllocError> {
        Ok(self.map.try_insert(value, ())?.is_none())
    }

    /// Adds a value, in the place of an equal one if there is one, which it returns.
    #[inline]
    pub fn replace(&mut self, value: T) -> Option<T> {
        self.map.replace_key(value)
    }

    /// Takes a value out. `false` if there is none equal to this one.
    #[inline]
    pub fn remove<Q>(&mut self, value: &Q) -> bool
    where
        T: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.map.remove(value).is_some()
    }

    /// As [`remove`](Self::remove), for arenas that may be full.
    ///
    /// # Errors
    ///
    /// When a path is shared and the arena has no chunk for its copy.
    #[inline]
    pub fn try_remove<Q>(&mut self, value: &Q) -> Result<bool, AllocError>
    where
        T: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        Ok(self.map.try_remove(value)?.is_some())
    }

    /// Takes a value out and returns it.
    #[inline]
    pub fn take<Q>(&mut self, value: &Q) -> Option<T>
    where
        T: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let (value, ()) = self.map.remove_entry(value)?;
        Some(value)
    }

    /// Gives up room that is not needed, where no snapshot shares it.
    ///
    /// # Complexity
    ///
    /// O(chunks).
    pub fn shrink_to_fit(&mut self) {
        self.map.shrink_to_fit();
    }

    /// As [`shrink_to_fit`](Self::shrink_to_fit) unless there are fewer values than `min_capacity`. A
    /// hint.
    pub fn shrink_to(&mut self, min_capacity: usize) {
        self.map.shrink_to(min_capacity);
    }
}

impl<T: Clone, S> CowHashSet<T, S> {
    /// Drops the values for which `keep` is `false`.
    ///
    /// # Complexity
    ///
    /// O(n). Shared: copies each chunk.
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.map.retain(|value, ()| keep(value));
    }
}

impl<T, S: Clone> Clone for CowHashSet<T, S> {
    /// Takes a snapshot.
    ///
    /// # Complexity
    ///
    /// O(1): one atomic increment, and a clone of the hasher. No value is cloned.
    #[inline]
    fn clone(&self) -> Self {
        Self {
            map: self.map.clone(),
        }
    }
}

impl<T, S> Graph for CowHashSet<T, S> {
    fn edges(&self, visit: &mut dyn FnMut(Edge) -> bool) {
        self.map.edges(visit);
    }
}

impl<T, S> Dismantle for CowHashSet<T, S> {
    type Rubble = <CowHashMap<T, (), S> as Dismantle>::Rubble;

    fn dismantle(self) -> Self::Rubble {
        self.map.dismantle()
    }
}
