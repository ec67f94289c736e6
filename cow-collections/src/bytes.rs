//! [`CowBytes`]: short byte strings in two words.

mod edit;
mod io;
mod iter;
#[cfg(feature = "quickcheck")]
mod quickcheck;
#[cfg(feature = "serde")]
mod serde;
mod traits;

use std::ops::{Bound, Range, RangeBounds};

use cow_core::{AllocError, Bytes, OrAbort};

use crate::{Memory, Slices};

pub use iter::BytesIntoIter;

/// A byte string whose clones and slices cost nanoseconds: `Vec<u8>`'s calls in 16 bytes.
///
/// Up to 15 bytes lie in the handle itself, and static ones where they are. All others lie in a counted
/// chunk of the global arena that clones and slices share. `Option<CowBytes>` is 16 bytes, too. The twin
/// of [`CowStr`](crate::CowStr), whose documentation says what both have in common.
///
/// It reads as a slice: `&bytes[1..5]` borrows, [`bytes.slice(1..5)`](Self::slice) is a `CowBytes`.
///
/// # Complexity
///
/// | call | up to 15 bytes | exclusive | shared |
/// |---|---|---|---|
/// | `clone`, `slice`, `split_to`, `split_off` | copies 16 bytes | O(1): one atomic increment | |
/// | `advance`, `truncate` | copies 16 bytes | O(1) | O(1) |
/// | `push`, `extend_from_slice` | in place | in place, O(1) amortised | in place for the first to append; else copies all |
/// | `as_mut_slice`, `insert`, `remove`, `retain` | in place | in place | copies all |
///
/// # Examples
///
/// ```
/// use cow_collections::CowBytes;
///
/// let mut packet = CowBytes::from(b"length=5;body=hello, and then the next packet".as_slice());
/// let head = packet.split_to(9);
/// let body = packet.slice(5..10);
/// assert_eq!((&head[..], &body[..]), (&b"length=5;"[..], &b"hello"[..]));
/// ```
#[derive(Clone, Default)]
pub struct CowBytes {
    run: Bytes,
}

const _: () = assert!(size_of::<CowBytes>() == 16);
const _: () = assert!(size_of::<Option<CowBytes>>() == 16);

impl CowBytes {
    /// How many bytes fit into the handle itself.
    pub const INLINE: usize = Bytes::INLINE;

    /// How many bytes there can be.
    pub const MAX_LEN: usize = Bytes::MAX_LEN;

    /// Makes an empty byte string. It allocates nothing.
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self { run: Bytes::new() }
    }

    /// Makes a byte string of static bytes, of which nothing is copied or counted.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowBytes;
    /// const MAGIC: CowBytes = CowBytes::from_static(b"\x7fELF");
    /// assert_eq!(MAGIC, b"\x7fELF");
    /// ```
    #[inline]
    #[must_use]
    pub const fn from_static(bytes: &'static [u8]) -> Self {
        Self {
            run: Bytes::from_static(bytes),
        }
    }

    /// Copies bytes.
    ///
    /// # Errors
    ///
    /// When memory is out, or there are more than [`MAX_LEN`](Self::MAX_LEN).
    #[inline]
    pub fn try_from_slice(bytes: &[u8]) -> Result<Self, AllocError> {
        Bytes::try_from_slice(bytes).map(Self::from_run)
    }

    /// Makes an empty byte string with room for `capacity` bytes.
    ///
    /// # Panics
    ///
    /// If that is above [`MAX_LEN`](Self::MAX_LEN).
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self::try_with_capacity(capacity).or_abort()
    }

    /// As [`with_capacity`](Self::with_capacity).
    ///
    /// # Errors
    ///
    /// When memory is out, or `capacity` above [`MAX_LEN`](Self::MAX_LEN).
    pub fn try_with_capacity(capacity: usize) -> Result<Self, AllocError> {
        Bytes::try_with_capacity(capacity).map(Self::from_run)
    }

    #[inline]
    pub(crate) const fn from_run(run: Bytes) -> Self {
        Self { run }
    }

    #[inline]
    pub(crate) fn into_run(self) -> Bytes {
        self.run
    }

    /// The bytes.
    #[inline]
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        self.run.as_slice()
    }

    /// The number of bytes.
    #[inline]
    #[must_use]
    pub const fn len(&self) -> usize {
        self.run.len()
    }

    /// `true` when there is none.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.run.is_empty()
    }

    /// How many bytes fit where these are.
    #[inline]
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.run.capacity()
    }

    /// `true` when the bytes lie in the handle itself.
    #[inline]
    #[must_use]
    pub const fn is_inline(&self) -> bool {
        self.run.is_inline()
    }

    /// `true` when a write goes in place: no other handle shares the bytes, and they are not static.
    #[inline]
    #[must_use]
    pub fn is_exclusive(&self) -> bool {
        self.run.is_exclusive()
    }

    /// `true` when both are the same bytes in the same place, or inline and equal.
    ///
    /// # Complexity
    ///
    /// O(1).
    #[inline]
    #[must_use]
    pub fn ptr_eq(&self, other: &Self) -> bool {
        self.run.ptr_eq(&other.run)
    }

    /// Takes a snapshot. The same as `clone`, said aloud.
    ///
    /// # Complexity
    ///
    /// O(1): at most one atomic increment.
    #[inline]
    #[must_use]
    pub fn snapshot(&self) -> Self {
        self.clone()
    }

    /// What the chunks behind the handle cost, and what of that others share. Nothing when the bytes
    /// are inline or static.
    #[must_use]
    pub fn memory(&self) -> Memory {
        memory(&self.run)
    }

    /// An owned slice that shares the chunk.
    ///
    /// Up to 15 bytes are copied into the slice, so that they do not keep the chunk. A longer slice
    /// keeps all of it: see [`compact`](Self::compact).
    ///
    /// # Complexity
    ///
    /// O(1): at most one atomic increment; above 64 KiB also a chunk of 64 B.
    ///
    /// # Panics
    ///
    /// If the range is not inside the bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowBytes;
    /// let bytes = CowBytes::from(vec![7; 100]);
    /// let part = bytes.slice(10..=50);
    /// drop(bytes);
    /// assert_eq!(part, [7; 41]);
    /// ```
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn slice(&self, range: impl RangeBounds<usize>) -> Self {
        let part = &self.as_slice()[bounds(&range)];
        self.slice_ref(part)
    }

    /// The owned slice of these bytes that a borrowed one stands for.
    ///
    /// # Complexity
    ///
    /// As for [`slice`](Self::slice).
    ///
    /// # Panics
    ///
    /// If `part` is not a part of these bytes, by its place in memory; an empty one always is.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowBytes;
    /// let line = CowBytes::from(b"  a line with a margin  ".as_slice());
    /// let text = line.slice_ref(line.trim_ascii());
    /// assert_eq!(text, b"a line with a margin");
    /// ```
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn slice_ref(&self, part: &[u8]) -> Self {
        let range = locate(self.as_slice(), part);
        Self::from_run(self.run.try_slice(range).or_abort())
    }

    /// The parts that an iterator over borrowed slices yields, as owned slices.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowBytes;
    /// let bytes = CowBytes::from((0..100).collect::<Vec<u8>>());
    /// let pages: Vec<CowBytes> = bytes.slices(|bytes| bytes.chunks(32)).collect();
    /// assert_eq!(pages[3], [96, 97, 98, 99]);
    /// ```
    pub fn slices<'a, I>(&'a self, parts: impl FnOnce(&'a [u8]) -> I) -> Slices<'a, Self, I>
    where
        I: Iterator<Item = &'a [u8]>,
    {
        Slices::new(self, parts(self.as_slice()))
    }

    /// The owned slices between the bytes that `is_separator` picks, as the slice's `split`.
    pub fn split<'a, F: FnMut(&u8) -> bool>(
        &'a self,
        is_separator: F,
    ) -> Slices<'a, Self, std::slice::Split<'a, u8, F>> {
        self.slices(|bytes| bytes.split(is_separator))
    }

    /// The owned slice without the first bytes, if those are `prefix`.
    #[must_use]
    pub fn strip_prefix(&self, prefix: &[u8]) -> Option<Self> {
        let part = self.as_slice().strip_prefix(prefix)?;
        Some(self.slice_ref(part))
    }

    /// The owned slice without the last bytes, if those are `suffix`.
    #[must_use]
    pub fn strip_suffix(&self, suffix: &[u8]) -> Option<Self> {
        let part = self.as_slice().strip_suffix(suffix)?;
        Some(self.slice_ref(part))
    }

    /// Moves the bytes to the smallest chunk that holds them, or into the handle, so that a small part
    /// does not keep a large whole.
    ///
    /// # Complexity
    ///
    /// O(bytes) when they move; O(1) when they are where they should be.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowBytes;
    /// let mut part = CowBytes::from(vec![0; 10_000]).slice(..100);
    /// assert_eq!(part.memory().bytes(), 16 << 10);
    /// part.compact();
    /// assert_eq!(part.memory().bytes(), 128);
    /// ```
    pub fn compact(&mut self) {
        self.try_compact().or_abort();
    }

    /// As [`compact`](Self::compact).
    ///
    /// # Errors
    ///
    /// When memory is out; the bytes stay where they are.
    pub fn try_compact(&mut self) -> Result<(), AllocError> {
        self.run.try_compact()
    }
}

/// A range in the form that slices are indexed by whatever its type.
#[inline]
pub(crate) fn bounds(range: &impl RangeBounds<usize>) -> (Bound<usize>, Bound<usize>) {
    (range.start_bound().cloned(), range.end_bound().cloned())
}

/// Where in `whole` its part lies. An empty part may lie anywhere.
///
/// # Panics
///
/// If it lies elsewhere.
#[inline]
#[track_caller]
pub(crate) fn locate(whole: &[u8], part: &[u8]) -> Range<usize> {
    let start = part.as_ptr().addr().wrapping_sub(whole.as_ptr().addr());
    if start <= whole.len() && part.len() <= whole.len() - start {
        return start..start + part.len();
    }
    assert!(
        part.is_empty(),
        "the slice is not a part of what it is to be cut from"
    );
    0..0
}

/// What the chunks of a run cost.
pub(crate) fn memory(run: &Bytes) -> Memory {
    let mut memory = Memory::default();
    let mut is_exclusive = true;
    for chunk in run.chunks() {
        // What a shared node keeps is shared.
        is_exclusive &= chunk.handles == 1;
        memory.add_chunk(chunk.bytes, is_exclusive);
    }
    memory
}
