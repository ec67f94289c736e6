//! [`CowOrdSet`]: a [`CowOrdMap`] whose values are nothing.

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

use std::{borrow::Borrow, ops::RangeBounds};

use cow_core::{AllocError, Arena, ArenaRef};

use crate::{
    CowOrdMap, MapPatchError, Memory, SetDiff,
    drops::Dismantle,
    graph::{Edge, Graph},
    node::btree::TreeRubble,
};

#[cfg(feature = "rayon")]
pub use self::rayon::{ParIntoIter, ParIter};
pub use algebra::{Difference, Intersection, SymmetricDifference, Union};
pub use iter::{Chunk, Chunks, ExtractIf, IntoChunks, IntoIter, Iter};

/// A set in the order of its values, whose snapshots cost nanoseconds.
///
/// `CowOrdSet` has `BTreeSet`'s calls under its names, with its argument order, return values and panics.
/// It is a [`CowOrdMap`] without values: see there for what things cost, and for what holds when values
/// misbehave, panic, or find no memory.
///
/// # Examples
///
/// ```
/// use cow_collections::CowOrdSet;
///
/// let mut open = CowOrdSet::from([1, 5, 9]);
/// let before = open.snapshot();
/// open.insert(7);
/// open.remove(&1);
///
/// assert!(open.iter().eq(&[5, 7, 9]));
/// assert_eq!(&open - &before, CowOrdSet::from([7]));
/// assert_eq!(open.range(6..).next(), Some(&7));
/// ```
pub struct CowOrdSet<T> {
    map: CowOrdMap<T, ()>,
}

impl<T> CowOrdSet<T> {
    /// Makes an empty set in the global arena. It allocates nothing before a value comes.
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self {
            map: CowOrdMap::new(),
        }
    }

    /// Makes an empty set in the given arena, in which all of its clones and parts stay.
    #[inline]
    #[must_use]
    pub fn new_in(arena: &Arena) -> Self {
        CowOrdMap::new_in(arena).into()
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

    /// Takes a snapshot: another set with the same values. The same as `clone`, said aloud.
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
    /// # Complexity
    ///
    /// O(1).
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
    #[inline]
    pub fn clear(&mut self) {
        self.map.clear();
    }

    /// Returns the lowest value.
    #[must_use]
    pub fn first(&self) -> Option<&T> {
        Some(self.map.first_key_value()?.0)
    }

    /// Returns the highest value.
    #[must_use]
    pub fn last(&self) -> Option<&T> {
        Some(self.map.last_key_value()?.0)
    }

    /// Returns value number `index` in order, or `None` when there are fewer.
    ///
    /// # Complexity
    ///
    /// O(log n).
    #[must_use]
    pub fn get_index(&self, index: usize) -> Option<&T> {
        Some(self.map.get_index(index)?.0)
    }

    /// `true` when the set has the value.
    #[inline]
    #[must_use]
    pub fn contains<Q>(&self, value: &Q) -> bool
    where
        T: Borrow<Q> + Ord,
        Q: Ord + ?Sized,
    {
        self.map.contains_key(value)
    }

    /// Returns the value as it is in the set.
    #[must_use]
    pub fn get<Q>(&self, value: &Q) -> Option<&T>
    where
        T: Borrow<Q> + Ord,
        Q: Ord + ?Sized,
    {
        Some(self.map.get_key_value(value)?.0)
    }

    /// Returns how many values are lower than `value`, which the set has; `None` when it has not.
    ///
    /// # Complexity
    ///
    /// O(log n).
    #[must_use]
    pub fn index_of<Q>(&self, value: &Q) -> Option<usize>
    where
        T: Borrow<Q> + Ord,
        Q: Ord + ?Sized,
    {
        self.map.index_of(value)
    }

    /// Returns the highest value that is not above `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowOrdSet;
    /// let set = CowOrdSet::from([10, 20]);
    /// assert_eq!((set.floor(&15), set.ceil(&15)), (Some(&10), Some(&20)));
    /// ```
    #[must_use]
    pub fn floor<Q>(&self, value: &Q) -> Option<&T>
    where
        T: Borrow<Q> + Ord,
        Q: Ord + ?Sized,
    {
        Some(self.map.floor(value)?.0)
    }

    /// Returns the lowest value that is not below `value`.
    #[must_use]
    pub fn ceil<Q>(&self, value: &Q) -> Option<&T>
    where
        T: Borrow<Q> + Ord,
        Q: Ord + ?Sized,
    {
        Some(self.map.ceil(value)?.0)
    }

    /// Asserts what holds of every set inside, and returns the addresses of its chunks. For tests: no
    /// part of the stable interface.
    #[doc(hidden)]
    pub fn assert_invariants(&self) -> std::collections::HashSet<*const u8> {
        self.map.assert_invariants()
    }
}

impl<T: Ord + Clone> CowOrdSet<T> {
    /// Adds a value. Returns whether it was not there; if it was, it is kept as it was.
    ///
    /// # Complexity
    ///
    /// O(log n). Shared: copies one path.
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

    /// Adds a value in place of the equal one that is there, which is returned.
    pub fn replace(&mut self, value: T) -> Option<T> {
        let old = self.take(&value);
        self.insert(value);
        old
    }

    /// Takes a value out. Returns whether it was there.
    #[inline]
    pub fn remove<Q>(&mut self, value: &Q) -> bool
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
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
        Q: Ord + ?Sized,
    {
        Ok(self.map.try_remove(value)?.is_some())
    }

    /// Takes a value out and returns it.
    pub fn take<Q>(&mut self, value: &Q) -> Option<T>
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        Some(self.map.remove_entry(value)?.0)
    }

    /// Takes the lowest value out.
    pub fn pop_first(&mut self) -> Option<T> {
        Some(self.map.pop_first()?.0)
    }

    /// Takes the highest value out.
    pub fn pop_last(&mut self) -> Option<T> {
        Some(self.map.pop_last()?.0)
    }

    /// Keeps the values for which `keep` is true.
    ///
    /// # Complexity
    ///
    /// O(n). Shared: copies every chunk.
    pub fn retain<F>(&mut self, mut keep: F)
    where
        F: FnMut(&T) -> bool,
    {
        self.map.retain(|value, ()| keep(value));
    }

    /// Takes out the values in a range for which `take` is true, one by one as the iterator is asked.
    ///
    /// # Panics
    ///
    /// If the range starts behind its end, or start and end are equal and both excluded.
    pub fn extract_if<R, F>(
        &mut self,
        range: R,
        mut take: F,
    ) -> ExtractIf<'_, T, impl FnMut(&T, &mut ()) -> bool>
    where
        R: RangeBounds<T>,
        F: FnMut(&T) -> bool,
    {
        ExtractIf::new(self.map.extract_if(range, move |value, ()| take(value)))
    }

    /// Moves all values of `other` into this set, and leaves `other` empty.
    ///
    /// # Complexity
    ///
    /// As [`CowOrdMap::append`].
    pub fn append(&mut self, other: &mut Self) {
        self.map.append(&mut other.map);
    }

    /// As [`append`](Self::append), for arenas that may be full.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk; both sets are as they were.
    pub fn try_append(&mut self, other: &mut Self) -> Result<(), AllocError> {
        self.map.try_append(&mut other.map)
    }

    /// Splits the set in two: keeps the values below `value` and returns the others.
    ///
    /// # Complexity
    ///
    /// As [`CowOrdMap::split_off`].
    #[must_use = "use `remove_range` if you don't need the other half"]
    pub fn split_off<Q>(&mut self, value: &Q) -> Self
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.map.split_off(value).into()
    }

    /// As [`split_off`](Self::split_off), for arenas that may be full.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk; the set is as it was.
    pub fn try_split_off<Q>(&mut self, value: &Q) -> Result<Self, AllocError>
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        Ok(self.map.try_split_off(value)?.into())
    }

    /// Takes the values in a range out, and returns them as a set of their own.
    ///
    /// # Complexity
    ///
    /// As [`CowOrdMap::remove_range`].
    ///
    /// # Panics
    ///
    /// If the range starts behind its end, or start and end are equal and both excluded.
    pub fn remove_range<Q, R>(&mut self, range: R) -> Self
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
        R: RangeBounds<Q>,
    {
        self.map.remove_range(range).into()
    }

    /// The changes that make this version of `old`, in order.
    ///
    /// # Complexity
    ///
    /// O(changes × log n): what both versions share is not looked at.
    #[must_use]
    pub fn diff(&self, old: &Self) -> SetDiff<T> {
        self.map.diff(&old.map)
    }

    /// Carries out the changes of a diff.
    ///
    /// # Errors
    ///
    /// When a change starts from something else than this set holds; the set is as it was.
    pub fn apply(&mut self, diff: &SetDiff<T>) -> Result<(), MapPatchError> {
        self.map.apply(diff)
    }
}

impl<T> Clone for CowOrdSet<T> {
    /// Takes a snapshot.
    ///
    /// # Complexity
    ///
    /// O(1): one atomic increment, whatever the length. No value is cloned.
    #[inline]
    fn clone(&self) -> Self {
        Self {
            map: self.map.clone(),
        }
    }
}

impl<T> From<CowOrdMap<T, ()>> for CowOrdSet<T> {
    /// The keys of a map without values. O(1).
    fn from(map: CowOrdMap<T, ()>) -> Self {
        Self { map }
    }
}

impl<T> From<CowOrdSet<T>> for CowOrdMap<T, ()> {
    /// A map without values. O(1).
    fn from(set: CowOrdSet<T>) -> Self {
        set.map
    }
}

impl<T> Graph for CowOrdSet<T> {
    fn edges(&self, visit: &mut dyn FnMut(Edge) -> bool) {
        self.map.edges(visit);
    }
}

impl<T> Dismantle for CowOrdSet<T> {
    type Rubble = TreeRubble<T, ()>;

    fn dismantle(self) -> TreeRubble<T, ()> {
        self.map.dismantle()
    }
}
