//! [`CowVec`]: the calls that look at one place, and what is particular to copy-on-write.

mod chunks;
mod compare;
mod edit;
mod huge;
mod iter;
#[expect(unsafe_code, reason = "lends several values for writing at once")]
mod lend;
#[cfg(feature = "plain")]
mod merge;
#[cfg(feature = "rayon")]
mod rayon;
#[cfg(feature = "serde")]
mod serde;
mod sort;
#[cfg(feature = "plain")]
mod stream;
mod traits;

use std::ops::{Bound, Range, RangeBounds};

use cow_core::{AllocError, Arena, ArenaRef, OrAbort};

use crate::{
    Memory,
    drops::Dismantle,
    graph::{self, Edge, Graph},
    node::seq::{Seq, SeqRubble},
};

#[cfg(feature = "rayon")]
pub use self::rayon::{ParIntoIter, ParIter, ParIterMut};
pub use chunks::{Chunk, Chunks, IntoChunks};
pub use edit::Drain;
pub use iter::{IntoIter, Iter};
pub use lend::{ChunksMut, IterMut};

/// A vector whose snapshots cost nanoseconds.
///
/// `CowVec` has `Vec`'s calls under `Vec`'s names, with its argument order, return values and panics.
/// `Clone` takes a snapshot. Calls that write need `T: Clone`: a chunk that a snapshot shares is copied
/// before it is written.
///
/// Values lie in leaf chunks: up to 4 KiB of values that need no `drop`, about 1 KiB of those that do. A
/// tree of narrow nodes leads to them, the last leaf hangs right on the handle. A `CowVec` is four words
/// wide; an empty one allocates nothing, a small one takes one small chunk.
///
/// # Complexity
///
/// | call | exclusive | after a snapshot |
/// |---|---|---|
/// | `clone`, `snapshot` | O(1) | |
/// | `get`, indexing | O(log n) | |
/// | `get_mut`, `set`, `swap` | O(log n) | the first write to a leaf copies one path |
/// | `push`, `pop` | O(1) amortised | `push` of values without drop glue copies nothing; else one leaf |
/// | `insert`, `remove` | O(log n) | copies one path |
/// | `append`, `split_off`, `slice`, `truncate`, `drain` | O(log n) | copies the nodes along the seam |
/// | `iter`, `chunks` | O(1) a value, at the speed of slices | |
/// | `==`, `cmp`, `diff` | O(values) | O(changes × log n): what is shared is not looked at |
///
/// The base of the logarithm is 32; a path is 3 nodes at 10⁷ values.
///
/// # Chunks of 2 MiB
///
/// In an arena with [`PagePolicy::Transparent`](crate::PagePolicy), what is loaded in one go lies in huge
/// chunks of 2 MiB, if its values are plain and of a size that divides 4 KiB; with `PagePolicy::Huge`, also
/// what is pushed. [`collapse`](Self::collapse) puts values there in any arena. They are the first values;
/// those that do not fill a huge chunk lie in leaves behind.
///
/// Iterating has 512 times fewer borders, and the nodes on the way to a value are so few that they stay in the
/// cache. The first write to a page of 4 KiB after a snapshot still copies that page only: it *splits* the
/// huge chunk. The other 511 are read from the shared memory, which goes with its last reader.
///
/// | call | in huge chunks |
/// |---|---|
/// | `insert`, `remove`, `drain`, `splice` | the chunk with the place and all behind it become leaves first, once: O(values behind) |
/// | `split_off`, `truncate`, `pop` | so does the chunk that is cut; `split_off` moves also those behind it |
/// | `split_off`, `truncate` at the border of a chunk | O(chunks behind) |
/// | `append` to whole chunks alone | as to leaves: O(chunks of `other`) |
/// | `append` to others | the huge chunks of `other` become leaves first |
/// | [`retain`](Self::retain), `dedup` and the like | all become leaves first |
///
/// So huge chunks are for tables that are read and written in place, or grow at their end, and no arena has
/// them for which they were not asked. When there is no memory for leaves, the `try_` calls say so and all
/// is as before.
///
/// # Equality of shared values
///
/// Comparing two versions passes over chunks that both share. A type whose values are not equal to
/// themselves, such as `f64` with NaN, is taken to be equal to itself there.
///
/// # Panics in `T`
///
/// When a `clone` or `drop` of `T` panics, the vector stays valid, its snapshots are untouched, and no
/// value is dropped twice. Of a vector that is being cut or joined at that moment (`append`,
/// `split_off`, `truncate`, `rotate_left`, `drain`, `splice`), values may be missing: keep a snapshot
/// where that matters.
///
/// # Running out of memory
///
/// In an arena with a byte limit the `try_` calls return an [`AllocError`] and leave the vector as it
/// was. The other calls end the process in that case, as `Vec`'s do. Where the table says "copies", a
/// call that only removes may need a chunk, too.
///
/// # Examples
///
/// ```
/// use cow_collections::CowVec;
///
/// let mut undo = vec![CowVec::from([1, 2, 3])];
/// let mut text = undo[0].clone();
/// text.push(4);
/// text[0] = 10;
/// undo.push(text.snapshot());
///
/// assert_eq!(undo[0], [1, 2, 3]);
/// assert_eq!(undo[1], [10, 2, 3, 4]);
/// ```
pub struct CowVec<T> {
    seq: Seq<T>,
}

impl<T> CowVec<T> {
    /// Makes an empty vector in the global arena. It allocates nothing before a value comes.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowVec;
    /// const EMPTY: CowVec<String> = CowVec::new();
    /// assert!(EMPTY.is_empty());
    /// ```
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self { seq: Seq::new() }
    }

    /// Makes an empty vector in the given arena, in which all of its clones and parts stay.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::{Arena, CowVec};
    /// let arena = Arena::builder().byte_limit(4 << 10).build();
    /// let mut log = CowVec::new_in(&arena);
    /// while log.try_push(0_u64).is_ok() {}
    /// assert!(!log.is_empty());
    /// assert!(arena.stats().bytes_used <= 4 << 10);
    /// ```
    #[inline]
    #[must_use]
    pub fn new_in(arena: &Arena) -> Self {
        Self {
            seq: Seq::new_in(arena.into()),
        }
    }

    /// Makes an empty vector. The capacity is a hint and taken for nothing more at present: chunks
    /// come as values do, and no value is moved to make room but within the first chunk.
    #[inline]
    #[must_use]
    pub const fn with_capacity(_capacity: usize) -> Self {
        Self::new()
    }

    /// An empty vector in the same arena.
    fn empty_here(&self) -> Self {
        Self {
            seq: Seq::new_in(self.seq.arena()),
        }
    }

    /// The arena that the chunks come from.
    #[inline]
    #[must_use]
    pub fn arena(&self) -> ArenaRef<'_> {
        self.seq.arena()
    }

    /// The number of values.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.seq.len()
    }

    /// `true` when there is no value.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes a snapshot: another vector with the same values. The same as `clone`, said aloud.
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
    /// Equal vectors that came about separately are `==`, but not this. Empty ones are all the same.
    ///
    /// # Complexity
    ///
    /// O(1).
    #[inline]
    #[must_use]
    pub fn ptr_eq(&self, other: &Self) -> bool {
        (self.is_empty() && other.is_empty()) || self.seq.ptr_eq(&other.seq)
    }

    /// What the vector costs, and what of that snapshots share: `bytes_exclusive` is what dropping it
    /// would free. See [`SnapshotRegistry`](crate::SnapshotRegistry) for several at once.
    ///
    /// # Complexity
    ///
    /// O(chunks).
    #[must_use]
    pub fn memory(&self) -> Memory {
        graph::memory(self)
    }

    /// Returns the value at `index`, or `None` when it is out of bounds.
    ///
    /// # Complexity
    ///
    /// O(log n): three loads to find the leaf at 10⁷ values.
    #[inline]
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&T> {
        self.seq.get(index)
    }

    /// Returns the first value.
    #[inline]
    #[must_use]
    pub fn first(&self) -> Option<&T> {
        self.get(0)
    }

    /// Returns the last value.
    #[inline]
    #[must_use]
    pub fn last(&self) -> Option<&T> {
        self.get(self.len().checked_sub(1)?)
    }

    /// Drops all values. Snapshots keep theirs.
    ///
    /// # Complexity
    ///
    /// Exclusive: O(n) drops. Shared: O(1).
    #[inline]
    pub fn clear(&mut self) {
        self.seq.clear();
    }

    /// `true` when the vector holds a value equal to `value`.
    #[must_use]
    pub fn contains(&self, value: &T) -> bool
    where
        T: PartialEq,
    {
        self.chunks().any(|chunk| chunk.contains(value))
    }

    /// `true` when the vector begins with the values of `prefix`.
    #[must_use]
    pub fn starts_with(&self, prefix: &[T]) -> bool
    where
        T: PartialEq,
    {
        self.len() >= prefix.len() && self.iter().zip(prefix).all(|(a, b)| a == b)
    }

    /// `true` when the vector ends with the values of `suffix`.
    #[must_use]
    pub fn ends_with(&self, suffix: &[T]) -> bool
    where
        T: PartialEq,
    {
        self.len() >= suffix.len()
            && self
                .iter()
                .rev()
                .zip(suffix.iter().rev())
                .all(|(a, b)| a == b)
    }

    /// Returns the index of the first value for which `is_left` is false, given that it is true for
    /// all before some place and false for all behind.
    ///
    /// # Complexity
    ///
    /// O(log n) calls and steps.
    #[must_use]
    pub fn partition_point(&self, mut is_left: impl FnMut(&T) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let (values, start) = self.seq.leaf_at(low + (high - low) / 2);
            // Only what is still in question; a lying `is_left` must not lead astray.
            let from = low.max(start);
            let values = &values[from - start..values.len().min(high - start)];
            if !is_left(&values[0]) {
                high = from;
            } else if is_left(&values[values.len() - 1]) {
                low = from + values.len();
            } else {
                return from + values.partition_point(is_left);
            }
        }
        low
    }

    /// Searches a sorted vector for `value`. Returns its index, or where it would have to be inserted.
    ///
    /// # Errors
    ///
    /// The place to insert at, when there is no such value.
    pub fn binary_search(&self, value: &T) -> Result<usize, usize>
    where
        T: Ord,
    {
        self.binary_search_by(|probe| probe.cmp(value))
    }

    /// Searches a sorted vector with a comparison: how a value compares to the one that is sought.
    ///
    /// # Errors
    ///
    /// The place to insert at, when no value compares equal.
    pub fn binary_search_by(
        &self,
        mut compare: impl FnMut(&T) -> std::cmp::Ordering,
    ) -> Result<usize, usize> {
        let index = self.partition_point(|value| compare(value).is_lt());
        match self.get(index) {
            Some(value) if compare(value).is_eq() => Ok(index),
            _ => Err(index),
        }
    }

    /// Searches a vector sorted by `key`.
    ///
    /// # Errors
    ///
    /// The place to insert at, when no value has the key.
    pub fn binary_search_by_key<K: Ord>(
        &self,
        key: &K,
        mut key_of: impl FnMut(&T) -> K,
    ) -> Result<usize, usize> {
        self.binary_search_by(|value| key_of(value).cmp(key))
    }

    /// Asserts what holds of every vector inside, and returns the addresses of its chunks. For tests:
    /// no part of the stable interface.
    #[doc(hidden)]
    pub fn assert_invariants(&self) -> std::collections::HashSet<*const u8> {
        self.seq.assert_invariants()
    }

    /// The range as two indices.
    ///
    /// # Panics
    ///
    /// If it is not inside the vector.
    #[track_caller]
    fn resolve(&self, range: impl RangeBounds<usize>) -> Range<usize> {
        let len = self.len();
        let start = match range.start_bound() {
            Bound::Included(&start) => start,
            Bound::Excluded(&before) => before.saturating_add(1),
            Bound::Unbounded => 0,
        };
        // An inclusive end is named in the message as the caller wrote it.
        let (end, named) = match range.end_bound() {
            Bound::Included(&last) => (last.saturating_add(1), last),
            Bound::Excluded(&end) => (end, end),
            Bound::Unbounded => (len, len),
        };
        assert!(
            start <= len,
            "range start index {start} out of range for slice of length {len}"
        );
        assert!(
            end <= len,
            "range end index {named} out of range for slice of length {len}"
        );
        assert!(
            start <= end,
            "slice index starts at {start} but ends at {end}"
        );
        start..end
    }
}

/// [`CowVec::get_mut`] where a copy may be due.
#[inline(never)]
fn get_mut_slow<T: Clone>(seq: &mut Seq<T>, index: usize) -> Option<&mut T> {
    seq.get_mut(index).or_abort()
}

#[cold]
#[track_caller]
fn out_of_bounds(index: usize, len: usize) -> ! {
    panic!("index out of bounds: the len is {len} but the index is {index}")
}

impl<T: Clone> CowVec<T> {
    /// Returns the value at `index` for writing, or `None` when it is out of bounds.
    ///
    /// # Complexity
    ///
    /// O(log n). Shared: the first call for a leaf copies one path, a leaf and a node per level.
    #[inline]
    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        self.seq.known_mut_or(index, get_mut_slow)
    }

    /// As [`get_mut`](Self::get_mut), for arenas that may be full.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk for the copy.
    #[inline]
    pub fn try_get_mut(&mut self, index: usize) -> Result<Option<&mut T>, AllocError> {
        self.seq.get_mut(index)
    }

    /// Returns the first value for writing.
    #[inline]
    pub fn first_mut(&mut self) -> Option<&mut T> {
        self.get_mut(0)
    }

    /// Returns the last value for writing.
    #[inline]
    pub fn last_mut(&mut self) -> Option<&mut T> {
        self.get_mut(self.len().checked_sub(1)?)
    }

    /// Puts `value` at `index` and returns the value that was there.
    ///
    /// # Panics
    ///
    /// If `index` is out of bounds.
    #[inline]
    #[track_caller]
    pub fn set(&mut self, index: usize, value: T) -> T {
        std::mem::replace(&mut self[index], value)
    }

    /// Adds a value behind the others.
    ///
    /// # Complexity
    ///
    /// O(1) amortised. Shared: a value without drop glue goes behind the others in the chunk that is
    /// shared, if that has room and no other handle has put one there yet; otherwise the last leaf is
    /// copied once.
    #[inline]
    pub fn push(&mut self, value: T) {
        if let Err(value) = self.seq.push_known(value) {
            self.push_slow(value);
        }
    }

    #[inline(never)]
    fn push_slow(&mut self, value: T) {
        self.seq.push(value).or_abort();
    }

    /// As [`push`](Self::push), for arenas that may be full.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk; the value is dropped.
    #[inline]
    pub fn try_push(&mut self, value: T) -> Result<(), AllocError> {
        self.seq.push(value)
    }

    /// Takes the last value off and returns it, or `None` when there is none.
    ///
    /// # Complexity
    ///
    /// O(1) amortised. Shared: clones the value.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        self.seq.pop().or_abort()
    }

    /// As [`pop`](Self::pop), for arenas that may be full.
    ///
    /// # Errors
    ///
    /// When a path is shared and the arena has no chunk for its copy.
    #[inline]
    pub fn try_pop(&mut self) -> Result<Option<T>, AllocError> {
        self.seq.pop()
    }

    /// Takes the last value off if `predicate` says so.
    pub fn pop_if(&mut self, predicate: impl FnOnce(&mut T) -> bool) -> Option<T> {
        if predicate(self.last_mut()?) {
            self.pop()
        } else {
            None
        }
    }

    /// Puts a value in front of the one at `index`.
    ///
    /// # Complexity
    ///
    /// O(log n). Shared: copies one path.
    ///
    /// # Panics
    ///
    /// If `index` is above the length.
    #[track_caller]
    pub fn insert(&mut self, index: usize, value: T) {
        self.try_insert(index, value).or_abort();
    }

    /// As [`insert`](Self::insert), for arenas that may be full.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk; the value is dropped.
    ///
    /// # Panics
    ///
    /// If `index` is above the length.
    #[track_caller]
    pub fn try_insert(&mut self, index: usize, value: T) -> Result<(), AllocError> {
        let len = self.len();
        assert!(
            index <= len,
            "insertion index (is {index}) should be <= len (is {len})"
        );
        self.seq.insert(index, value)
    }

    /// Takes the value at `index` out and returns it; those behind move up.
    ///
    /// # Complexity
    ///
    /// O(log n). Shared: copies one path.
    ///
    /// # Panics
    ///
    /// If `index` is out of bounds.
    #[track_caller]
    pub fn remove(&mut self, index: usize) -> T {
        self.try_remove(index).or_abort()
    }

    /// As [`remove`](Self::remove), for arenas that may be full.
    ///
    /// # Errors
    ///
    /// When a path is shared and the arena has no chunk for its copy.
    ///
    /// # Panics
    ///
    /// If `index` is out of bounds.
    #[track_caller]
    pub fn try_remove(&mut self, index: usize) -> Result<T, AllocError> {
        let len = self.len();
        assert!(
            index < len,
            "removal index (is {index}) should be < len (is {len})"
        );
        self.seq.remove(index)
    }

    /// Takes the value at `index` out and puts the last one in its place.
    ///
    /// # Panics
    ///
    /// If `index` is out of bounds.
    #[track_caller]
    pub fn swap_remove(&mut self, index: usize) -> T {
        let len = self.len();
        assert!(
            index < len,
            "swap_remove index (is {index}) should be < len (is {len})"
        );
        self.swap(index, len - 1);
        match self.pop() {
            Some(value) => value,
            None => out_of_bounds(index, len),
        }
    }

    /// Copies the shared leaves in `range`, and the nodes on the way, now: later writes there go in
    /// place.
    ///
    /// # Complexity
    ///
    /// O(chunks in the range). Shared: copies each of them once.
    ///
    /// # Panics
    ///
    /// If the range is not inside the vector.
    #[track_caller]
    pub fn prefault(&mut self, range: impl RangeBounds<usize>) {
        self.try_prefault(range).or_abort();
    }

    /// As [`prefault`](Self::prefault), for arenas that may be full.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk for a copy; those before it have been made.
    ///
    /// # Panics
    ///
    /// If the range is not inside the vector.
    #[track_caller]
    pub fn try_prefault(&mut self, range: impl RangeBounds<usize>) -> Result<(), AllocError> {
        let Range { mut start, end } = self.resolve(range);
        while start < end {
            let (values, first) = self.seq.leaf_at_mut(start)?;
            start = first + values.len();
        }
        Ok(())
    }
}

impl<T> Clone for CowVec<T> {
    /// Takes a snapshot.
    ///
    /// # Complexity
    ///
    /// O(1): one atomic increment, whatever the length. No value is cloned.
    #[inline]
    fn clone(&self) -> Self {
        Self {
            seq: self.seq.clone(),
        }
    }
}

impl<T> Graph for CowVec<T> {
    fn edges(&self, visit: &mut dyn FnMut(Edge) -> bool) {
        self.seq.edges(visit);
    }
}

impl<T> Dismantle for CowVec<T> {
    type Rubble = SeqRubble<T>;

    fn dismantle(self) -> SeqRubble<T> {
        self.seq.into_rubble()
    }
}
