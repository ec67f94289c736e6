//! [`CowArray`]: plain values in chunks of 2 MiB.

use std::{
    collections::HashMap,
    fmt,
    iter::FusedIterator,
    ops::{Index, IndexMut},
};

use cow_core::{AllocError, Arena, ArenaRef, Huge, OrAbort};

use crate::{
    CowVec, IntoIter, Memory,
    drops::{Dismantle, Rubble},
    graph::{self, Edge, Graph},
};

/// An array of plain values in chunks of 2 MiB, whose snapshots cost nanoseconds.
///
/// What a `Box<[T]>` is to a `Vec`: its length is fixed. In return it has hardly any nodes, and values
/// are read by two loads wherever they are; large tables, images and matrices are read and summed like
/// flat memory. It is shared and copied as finely as a [`CowVec`] all the same: a write to a chunk that a
/// snapshot shares *splits* it, which copies the 4 KiB that are written and leaves the other 511 pages
/// where they are, as Linux splits a transparent huge page. [`collapse`](Self::collapse) puts them
/// together again.
///
/// Values are `Copy`, and of a size that divides 4 KiB.
///
/// # Complexity
///
/// | call | exclusive | after a snapshot |
/// |---|---|---|
/// | `clone`, `snapshot` | O(1) | |
/// | `get`, indexing | O(1) up to 128 chunks, 256 MiB; then O(log n) | |
/// | `get_mut`, `set` | as `get` | the first write to a page copies 4 KiB and its nodes |
/// | `write` | O(values) | as many pages; whole chunks are replaced and not copied |
///
/// # Examples
///
/// ```
/// use cow_collections::CowArray;
///
/// let mut table: CowArray<u64> = (0..1_000_000).collect();
/// let snapshot = table.clone();
/// table[123_456] = 0;                          // copies 4 KiB of 2 MiB
/// assert_eq!(snapshot[123_456], 123_456);
/// assert_eq!(table.runs().map(|run| run.iter().sum::<u64>()).sum::<u64>(), 499_999_376_544);
/// ```
pub struct CowArray<T> {
    /// All but the last one are full.
    chunks: CowVec<Huge<T>>,
    len: usize,
}

impl<T> CowArray<T> {
    /// The number of values.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// `true` when there is no value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Takes a snapshot: another array with the same values. The same as `clone`, said aloud.
    #[must_use]
    pub fn snapshot(&self) -> Self {
        self.clone()
    }

    /// `true` when both are the same version: they share every chunk.
    #[must_use]
    pub fn ptr_eq(&self, other: &Self) -> bool {
        self.chunks.ptr_eq(&other.chunks)
    }

    /// What the array costs, and what of that snapshots share.
    ///
    /// # Complexity
    ///
    /// O(chunks).
    #[must_use]
    pub fn memory(&self) -> Memory {
        graph::memory(self)
    }

    /// The arena that the chunks come from.
    #[must_use]
    pub fn arena(&self) -> ArenaRef<'_> {
        self.chunks.arena()
    }

    /// Returns the value at `index`, or `None` when it is out of bounds.
    #[inline]
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&T> {
        let capacity = Huge::<T>::CAPACITY;
        self.chunks.get(index / capacity)?.get(index % capacity)
    }

    /// Goes through the values as contiguous slices: whole chunks where nothing was split.
    #[must_use]
    pub fn runs(&self) -> Runs<'_, T> {
        Runs { array: self, at: 0 }
    }

    /// Goes through the values.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.runs().flatten()
    }

    /// The number of pages that lie outside of the huge memory of their chunk.
    #[must_use]
    pub fn split_pages(&self) -> usize {
        self.chunks.iter().map(Huge::split_pages).sum()
    }
}

impl<T: Copy> CowArray<T> {
    /// Copies values into an array in the given arena.
    ///
    /// # Errors
    ///
    /// When the arena has no memory left.
    pub fn try_from_slice_in(arena: &Arena, values: &[T]) -> Result<Self, AllocError> {
        let mut chunks = CowVec::new_in(arena);
        for values in values.chunks(Huge::<T>::CAPACITY) {
            chunks.try_push(Huge::try_from_slice_in(arena.into(), values)?)?;
        }
        Ok(Self {
            chunks,
            len: values.len(),
        })
    }

    /// Returns the value at `index` for writing, or `None` when it is out of bounds.
    ///
    /// # Complexity
    ///
    /// Shared: the first write to a page copies 4 KiB and its nodes.
    #[inline]
    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        self.try_get_mut(index).or_abort()
    }

    /// As [`get_mut`](Self::get_mut), for arenas that may be full.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk for a copy.
    pub fn try_get_mut(&mut self, index: usize) -> Result<Option<&mut T>, AllocError> {
        if index >= self.len {
            return Ok(None);
        }
        let capacity = Huge::<T>::CAPACITY;
        let Some(chunk) = self.chunks.try_get_mut(index / capacity)? else {
            return Ok(None);
        };
        chunk.try_get_mut(index % capacity).map(Some)
    }

    /// Puts `value` at `index` and returns the value that was there.
    ///
    /// # Panics
    ///
    /// If `index` is out of bounds.
    #[track_caller]
    pub fn set(&mut self, index: usize, value: T) -> T {
        std::mem::replace(&mut self[index], value)
    }

    /// Writes values over those from `start` on. Chunks that are covered whole are replaced: nothing of
    /// them is copied.
    ///
    /// # Panics
    ///
    /// If they reach behind the end.
    #[track_caller]
    pub fn write(&mut self, start: usize, values: &[T]) {
        self.try_write(start, values).or_abort();
    }

    /// As [`write`](Self::write), for arenas that may be full.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk for a copy; the values in front of that place were written.
    ///
    /// # Panics
    ///
    /// If they reach behind the end.
    #[track_caller]
    pub fn try_write(&mut self, start: usize, values: &[T]) -> Result<(), AllocError> {
        let (len, end) = (self.len, start.saturating_add(values.len()));
        assert!(
            end <= len,
            "range end index {end} out of range for array of length {len}"
        );
        let capacity = Huge::<T>::CAPACITY;
        let (mut at, mut rest) = (start, values);
        while !rest.is_empty() {
            let offset = at % capacity;
            let count = rest.len().min(capacity - offset);
            if let Some(chunk) = self.chunks.try_get_mut(at / capacity)? {
                chunk.try_write(offset, &rest[..count])?;
            }
            (at, rest) = (at + count, &rest[count..]);
        }
        Ok(())
    }

    /// Puts the pages of every chunk that was split together again, in one piece of memory. Returns the
    /// number of such chunks.
    ///
    /// A snapshot that shares a chunk keeps the old memory: collapse when the snapshots are gone, or
    /// where reading matters more than memory.
    ///
    /// # Complexity
    ///
    /// O(pages that were split off) copied; where others read from the huge memory, all of the chunk.
    pub fn collapse(&mut self) -> usize {
        self.try_collapse().or_abort()
    }

    /// As [`collapse`](Self::collapse), for arenas that may be full.
    ///
    /// # Errors
    ///
    /// When the arena has no memory left; the chunks before were collapsed.
    pub fn try_collapse(&mut self) -> Result<usize, AllocError> {
        let mut collapsed = 0;
        for number in 0..self.chunks.len() {
            if self.chunks[number].split_pages() > 0
                && let Some(chunk) = self.chunks.try_get_mut(number)?
            {
                collapsed += usize::from(chunk.try_collapse()?);
            }
        }
        Ok(collapsed)
    }

    /// Copies the values into a `Vec`.
    #[must_use]
    pub fn to_vec(&self) -> Vec<T> {
        let mut values = Vec::with_capacity(self.len);
        self.runs().for_each(|run| values.extend_from_slice(run));
        values
    }
}

/// The values of a [`CowArray`] as slices. Made by [`CowArray::runs`].
pub struct Runs<'a, T> {
    array: &'a CowArray<T>,
    at: usize,
}

impl<'a, T> Iterator for Runs<'a, T> {
    type Item = &'a [T];

    fn next(&mut self) -> Option<&'a [T]> {
        if self.at >= self.array.len {
            return None;
        }
        let capacity = Huge::<T>::CAPACITY;
        let chunk = self.array.chunks.get(self.at / capacity)?;
        let run = chunk.run(self.at % capacity);
        self.at += run.len();
        Some(run)
    }
}

impl<T> FusedIterator for Runs<'_, T> {}

impl<T> Clone for Runs<'_, T> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<T: fmt::Debug> fmt::Debug for Runs<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<T> Clone for CowArray<T> {
    /// Takes a snapshot.
    ///
    /// # Complexity
    ///
    /// O(1): one atomic increment, whatever the length.
    #[inline]
    fn clone(&self) -> Self {
        Self {
            chunks: self.chunks.clone(),
            len: self.len,
        }
    }
}

impl<T> Default for CowArray<T> {
    fn default() -> Self {
        Self {
            chunks: CowVec::new(),
            len: 0,
        }
    }
}

impl<T: Copy> From<&[T]> for CowArray<T> {
    fn from(values: &[T]) -> Self {
        Self::try_from_slice_in(&Arena::global(), values).or_abort()
    }
}

impl<T: Copy> From<Vec<T>> for CowArray<T> {
    fn from(values: Vec<T>) -> Self {
        values.as_slice().into()
    }
}

impl<T: Copy> FromIterator<T> for CowArray<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut values = values.into_iter();
        let (mut chunks, mut len) = (CowVec::new(), 0);
        loop {
            let chunk: Vec<T> = values.by_ref().take(Huge::<T>::CAPACITY).collect();
            if chunk.is_empty() {
                return Self { chunks, len };
            }
            len += chunk.len();
            chunks.push(Huge::try_from_slice_in(ArenaRef::global(), &chunk).or_abort());
        }
    }
}

impl<T> Index<usize> for CowArray<T> {
    type Output = T;

    #[inline]
    #[track_caller]
    fn index(&self, index: usize) -> &T {
        match self.get(index) {
            Some(value) => value,
            None => out_of_bounds(index, self.len),
        }
    }
}

impl<T: Copy> IndexMut<usize> for CowArray<T> {
    #[inline]
    #[track_caller]
    fn index_mut(&mut self, index: usize) -> &mut T {
        let len = self.len;
        match self.get_mut(index) {
            Some(value) => value,
            None => out_of_bounds(index, len),
        }
    }
}

#[cold]
#[track_caller]
fn out_of_bounds(index: usize, len: usize) -> ! {
    panic!("index out of bounds: the len is {len} but the index is {index}")
}

impl<T: PartialEq> PartialEq for CowArray<T> {
    /// Chunks that both share are not looked at.
    fn eq(&self, other: &Self) -> bool {
        let pairs = || self.chunks.iter().zip(other.chunks.iter());
        self.len == other.len && pairs().all(|(a, b)| a.ptr_eq(b) || equal(a, b))
    }
}

/// Compares the runs of two chunks of one length, and passes over those that are one memory.
fn equal<T: PartialEq>(a: &Huge<T>, b: &Huge<T>) -> bool {
    let mut at = 0;
    while at < a.len() {
        let (left, right) = (a.run(at), b.run(at));
        let len = left.len().min(right.len());
        if left.as_ptr() != right.as_ptr() && left[..len] != right[..len] {
            return false;
        }
        at += len;
    }
    true
}

impl<T: Eq> Eq for CowArray<T> {}

impl<T: fmt::Debug> fmt::Debug for CowArray<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<T> Graph for CowArray<T> {
    fn edges(&self, visit: &mut dyn FnMut(Edge) -> bool) {
        let leaves: HashMap<*const u8, &[Huge<T>]> = self
            .chunks
            .chunks()
            .map(|chunks| (chunks.as_ptr().cast(), chunks))
            .collect();
        self.chunks.edges(&mut |edge| {
            let goes_on = visit(edge);
            if goes_on && let Some(chunks) = leaves.get(&edge.chunk) {
                let mut show = |chunk, usage| visit(Edge { chunk, usage });
                chunks.iter().for_each(|chunk| chunk.edges(&mut show));
            }
            goes_on
        });
    }
}

/// What is left of an array that is being dropped.
pub struct ArrayRubble<T>(IntoIter<Huge<T>>);

impl<T> Rubble for ArrayRubble<T> {
    /// A chunk counts as one here, with the pages that were split off it.
    fn step(&mut self, max_chunks: usize) -> bool {
        self.0.by_ref().take(max_chunks).for_each(drop);
        self.0.len() == 0
    }
}

impl<T> Dismantle for CowArray<T> {
    type Rubble = ArrayRubble<T>;

    fn dismantle(self) -> ArrayRubble<T> {
        ArrayRubble(self.chunks.into_iter())
    }
}
