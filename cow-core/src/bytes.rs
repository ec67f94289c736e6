//! A short run of bytes in two words: inline, static, or a range of a counted chunk.

mod edit;

use std::{
    fmt,
    num::NonZeroU64,
    ops::Range,
    ptr::{self, NonNull},
    slice,
};

use crate::{
    arena::ArenaRef,
    counted::{ChunkUsage, Counted},
    error::AllocError,
    extent::Extent,
    layout::{ChunkLayout, LARGE_SHIFT, MAX_CLASS_BYTES},
    refcount::Refcount,
    shared::Shared,
    slots::{Slots, SlotsMut, SlotsRef},
};

/// A run of bytes in 16 bytes: what strings are made of.
///
/// Up to 15 bytes lie in the handle itself. Longer runs are a range of a chunk that other handles may
/// share, so that a clone and a slice cost one increment; or they lie in static memory.
///
/// ```text
///            0                                8             12      14      15    16
///            ┌────────────────────────────────┴─────────────────────────────┬──────┐
///  inline    │ the bytes, then zeros                                        │ tag  │
///            ├────────────────────────────────┬─────────────┬───────┬───────┼──────┤
///  static    │ first byte                     │ len         │ 0     │ 0     │ tag  │
///  chunk     │ first byte, inside the chunk   │ len         │ 0     │ shift │ tag  │
///  large     │ node that keeps the buffer     │ len         │ 0     │ shift │ tag  │
///            └────────────────────────────────┴─────────────┴───────┴───────┴──────┘
///  tag       inline 0x10 + len, static 0x20, chunk 0x80, large 0x81
/// ```
///
/// A chunk is a power of two and lies at a multiple of it, so a pointer *into* the chunk is enough to
/// find its start and its counts: a slice needs no offset, and no more than a clone does. That ends
/// with the largest class, 64 KiB. A longer run has a buffer of its own, and a node in a chunk of 64 B
/// that keeps the buffer and says where in it the run starts. Clones share the node, as do prefixes; a
/// slice that starts elsewhere takes another node.
///
/// The chunk's fill says up to where it holds bytes that somebody may read. Whoever's run ends there
/// may append in place, even while the chunk is shared ([`Slots::claim`]).
///
/// A run of bytes knows no arena before it has a chunk; from the first chunk on it stays in the
/// chunk's arena, with its clones and slices.
///
/// # Invariants
///
/// 1. The tag says which of the four it is. Of an inline run the bytes behind the last are zero.
/// 2. Chunk: `pointer` points into a chunk of the class with this shift, in use and made for slots of
///    `u8`, whose refcount counts this handle. Large: `pointer` stands for a handle to a `Large`, and
///    the shift is that of its chunk.
/// 3. Chunk, large: the fill of the bytes' chunk is not below the end of this run. All bytes below the
///    fill are initialised, or about to be by the one handle that claimed them and alone reads them.
/// 4. Bytes of a chunk are written only behind the fill by who claimed them, or by the one handle of an
///    exclusive chunk.
///
/// # Examples
///
/// ```
/// use cow_core::{Arena, Bytes};
///
/// let arena = Arena::builder().build();
/// let mut line = Bytes::try_from_slice_in((&arena).into(), b"key = some longer value")?;
/// let value = line.try_slice(6..23)?;      // shares the chunk
/// let snapshot = line.clone();
/// line.try_extend_from_slice(b" # note")?; // appends in place all the same
/// assert_eq!(value.as_slice(), b"some longer value");
/// assert_eq!(snapshot.as_slice(), b"key = some longer value");
/// assert_eq!(arena.stats().chunks_live(), 1);
/// # Ok::<(), cow_core::AllocError>(())
/// ```
#[repr(C)]
pub struct Bytes {
    pointer: *const u8,
    /// Tag, shift and length, in this order from the last byte in memory on: little-endian everywhere.
    ///
    /// Two words, and not a field for each, so that a handle travels in two registers.
    word: NonZeroU64,
}

/// What a handle is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Inline,
    Static,
    Chunk,
    Large,
}

/// The tags, as the words of empty runs.
const INLINE: NonZeroU64 = tag(0x10);
const STATIC: NonZeroU64 = tag(0x20);
const CHUNK: NonZeroU64 = tag(0x80);
const LARGE: NonZeroU64 = tag(0x81);

const TAG_SHIFT: u32 = 56;
const SHIFT_SHIFT: u32 = 48;

/// The bits of the length of a run that is not inline.
const LEN: u64 = u32::MAX as u64;

const fn tag(tag: u64) -> NonZeroU64 {
    NonZeroU64::new(tag << TAG_SHIFT).expect("a tag is not zero")
}

/// A tag with what else is in the word.
#[inline]
const fn with(tag: NonZeroU64, bits: u64) -> NonZeroU64 {
    NonZeroU64::new(tag.get() | bits).expect("a tag is not zero")
}

/// A word as it is in memory.
#[inline]
const fn stored(word: u64) -> NonZeroU64 {
    NonZeroU64::new(word.to_le()).expect("a tag is not zero")
}

/// The first eight bytes of an inline run, in the place of the pointer.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "pointers are of 64 bits")]
fn address(bytes: u64) -> *const u8 {
    ptr::without_provenance(bytes.to_le() as usize)
}

/// At most 15 bytes as two numbers, the first byte the lowest of the first.
#[inline]
fn packed(bytes: &[u8]) -> [u64; 2] {
    let len = bytes.len();
    debug_assert!(len <= Bytes::INLINE);
    // Loads that overlap in place of a copy of unknown length, which would be a call.
    if let (Some(&first), Some(&last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let behind = match len {
            8 => 0,
            _ => u64::from_le_bytes(last) >> (8 * (16 - len)),
        };
        [u64::from_le_bytes(first), behind]
    } else if let (Some(&first), Some(&last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let [first, last] = [first, last].map(|half| u64::from(u32::from_le_bytes(half)));
        [first | last << (8 * (len - 4)), 0]
    } else if let (Some(&first), Some(&last)) = (bytes.first(), bytes.last()) {
        let middle = u32::from(bytes[len / 2]) << (8 * (len / 2));
        let all = u32::from(first) | middle | u32::from(last) << (8 * (len - 1));
        [all.into(), 0]
    } else {
        [0, 0]
    }
}

/// A length as the bits of a word; it is at most [`Bytes::MAX_LEN`].
#[inline]
const fn to_word(len: usize) -> u64 {
    debug_assert!(len <= Bytes::MAX_LEN);
    len as u64
}

/// The buffer of a run that no class is large enough for, and where in it the run starts.
struct Large {
    buffer: Slots<u8>,
    start: usize,
}

/// The shift of a chunk with a `Large`.
const NODE_SHIFT: u32 = ChunkLayout::of::<Large>().shift;

const _: () = assert!(size_of::<Bytes>() == 16);
const _: () = assert!(size_of::<Option<Bytes>>() == 16);

// SAFETY: a handle gives `&[u8]` to every thread that has a clone of it; what is written behind the
// fill is nobody else's, and the counts are atomic.
unsafe impl Send for Bytes {}
// SAFETY: as above; `&Bytes` can be cloned.
unsafe impl Sync for Bytes {}

impl Bytes {
    /// How many bytes fit into the handle itself.
    pub const INLINE: usize = 15;

    /// How many bytes a run can have.
    pub const MAX_LEN: usize = u32::MAX as usize;

    /// Makes an empty run. It takes no chunk.
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self::of_word(ptr::null(), INLINE)
    }

    /// Makes a run of static bytes, of which nothing is copied or counted.
    ///
    /// # Panics
    ///
    /// If there are more than [`MAX_LEN`](Self::MAX_LEN); in a constant, at compile time.
    #[inline]
    #[must_use]
    pub const fn from_static(bytes: &'static [u8]) -> Self {
        assert!(
            bytes.len() <= Self::MAX_LEN,
            "more than 4 GiB of static bytes"
        );
        Self::of_word(bytes.as_ptr(), with(STATIC, to_word(bytes.len())))
    }

    /// A handle of a word as it is in a register.
    #[inline]
    const fn of_word(pointer: *const u8, word: NonZeroU64) -> Self {
        Self {
            pointer,
            word: stored(word.get()),
        }
    }

    /// The word as it is in a register.
    #[inline]
    const fn word(&self) -> u64 {
        u64::from_le(self.word.get())
    }

    #[inline]
    fn kind(&self) -> Kind {
        match self.word() >> TAG_SHIFT {
            0x80 => Kind::Chunk,
            0x81 => Kind::Large,
            0x20 => Kind::Static,
            _ => Kind::Inline,
        }
    }

    /// The shift of a counted handle.
    #[inline]
    fn shift(&self) -> u32 {
        u32::from(self.word().to_le_bytes()[6])
    }

    /// Sets the length of a handle that is not inline.
    #[inline]
    fn set_len(&mut self, len: usize) {
        debug_assert!(!self.is_inline());
        let rest = self.word() & !LEN;
        self.word = stored(rest | to_word(len));
    }

    /// Copies bytes into the handle, or into a chunk of the global arena.
    ///
    /// # Complexity
    ///
    /// O(bytes).
    ///
    /// # Errors
    ///
    /// When the arena has no chunk left, or there are more bytes than [`MAX_LEN`](Self::MAX_LEN).
    #[inline]
    pub fn try_from_slice(bytes: &[u8]) -> Result<Self, AllocError> {
        if bytes.len() <= Self::INLINE {
            return Ok(Self::inline(bytes));
        }
        Self::fresh(ArenaRef::global(), bytes.len(), [bytes])
    }

    /// Copies bytes into the handle, or into a chunk of the given arena.
    ///
    /// # Errors
    ///
    /// As for [`try_from_slice`](Self::try_from_slice).
    #[inline]
    pub fn try_from_slice_in(arena: ArenaRef<'_>, bytes: &[u8]) -> Result<Self, AllocError> {
        Self::fresh(arena, bytes.len(), [bytes])
    }

    /// Makes an empty run with room for `capacity` bytes in the global arena.
    ///
    /// # Errors
    ///
    /// As for [`try_from_slice`](Self::try_from_slice).
    #[inline]
    pub fn try_with_capacity(capacity: usize) -> Result<Self, AllocError> {
        Self::fresh(ArenaRef::global(), capacity, [])
    }

    /// A run of at most 15 bytes.
    #[inline]
    fn inline(bytes: &[u8]) -> Self {
        let [low, high] = packed(bytes);
        let word = with(INLINE, high | (bytes.len() as u64) << TAG_SHIFT);
        Self::of_word(address(low), word)
    }

    /// An inline handle as two numbers: its bytes in their order, and the tag.
    #[inline]
    fn numbers(&self) -> [u64; 2] {
        debug_assert!(self.is_inline());
        [u64::from_le(self.pointer.addr() as u64), self.word()]
    }

    /// Makes a run of the parts, in a chunk with room for `capacity` bytes or inline.
    ///
    /// `capacity` is at least the length of the parts together.
    #[inline(never)]
    fn fresh<const N: usize>(
        arena: ArenaRef<'_>,
        capacity: usize,
        parts: [&[u8]; N],
    ) -> Result<Self, AllocError> {
        if capacity <= Self::INLINE {
            let (mut bytes, mut len) = ([0; Self::INLINE], 0);
            for part in parts {
                bytes[len..len + part.len()].copy_from_slice(part);
                len += part.len();
            }
            return Ok(Self::inline(&bytes[..len]));
        }
        check(capacity)?;
        let buffer = Slots::try_with_capacity_in(arena, capacity)?;
        // SAFETY: the handle was just made and lends nothing else.
        let mut bytes = unsafe { SlotsMut::from_first(buffer.as_slots().first()) };
        for part in parts {
            bytes.extend_from_slice(part);
        }
        let (len, shift) = (bytes.len(), buffer.layout().shift);
        if shift == LARGE_SHIFT {
            let node = Shared::try_new_in(arena, Large { buffer, start: 0 })?;
            return Ok(Self::of_large(node, len));
        }
        Ok(Self::of_chunk(buffer.into_raw().as_ptr(), shift, len))
    }

    /// A handle to a run in a chunk of the class with this shift. The caller counts it.
    #[inline]
    const fn of_chunk(first: *const u8, shift: u32, len: usize) -> Self {
        Self::of_word(
            first,
            with(CHUNK, (shift as u64) << SHIFT_SHIFT | to_word(len)),
        )
    }

    fn of_large(node: Shared<Large>, len: usize) -> Self {
        let bits = u64::from(NODE_SHIFT) << SHIFT_SHIFT | to_word(len);
        Self::of_word(node.into_raw().as_ptr(), with(LARGE, bits))
    }

    #[inline]
    fn inline_ptr(&self) -> *const u8 {
        ptr::from_ref(self).cast()
    }

    /// Whether the bytes lie in the handle itself.
    #[inline]
    #[must_use]
    pub const fn is_inline(&self) -> bool {
        self.word() & INLINE.get() != 0
    }

    /// Whether the bytes are static ones.
    #[inline]
    #[must_use]
    pub const fn is_static(&self) -> bool {
        self.word() & STATIC.get() != 0
    }

    /// Whether there is a chunk behind the handle.
    #[inline]
    const fn is_counted(&self) -> bool {
        self.word() & CHUNK.get() != 0
    }

    /// How many bytes there are.
    #[inline]
    #[must_use]
    pub const fn len(&self) -> usize {
        let len = if self.is_inline() {
            (self.word() >> TAG_SHIFT) & Self::INLINE as u64
        } else {
            self.word() & LEN
        };
        #[expect(clippy::cast_possible_truncation, reason = "a length of 32 bits")]
        {
            len as usize
        }
    }

    /// `true` when there is none.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes.
    #[inline]
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        let first = if self.is_inline() {
            self.inline_ptr()
        } else if self.kind() != Kind::Large {
            self.pointer
        } else {
            self.large_first()
        };
        // SAFETY: a run is `len` initialised bytes from there on, inline (invariant 1), static, or
        // below the fill of a chunk in use (invariants 2 and 3). They are not written while `self` is
        // borrowed (invariant 4).
        unsafe { slice::from_raw_parts(first, self.len()) }
    }

    #[cold]
    fn large_first(&self) -> *const u8 {
        let (slots, start) = self.place();
        slots.as_ptr().wrapping_add(start)
    }

    /// The node of a large run.
    #[inline]
    fn large(&self) -> &Large {
        debug_assert_eq!(self.kind(), Kind::Large);
        // SAFETY: the pointer stands for such a handle, which lives as long as `self` (invariant 2).
        unsafe { Shared::<Large>::raw_ref(self.raw()) }
    }

    /// The pointer of a counted handle.
    #[inline]
    fn raw(&self) -> NonNull<u8> {
        debug_assert!(self.is_counted());
        // SAFETY: chunks are not at address zero (invariant 2).
        unsafe { NonNull::new_unchecked(self.pointer.cast_mut()) }
    }

    /// The chunk of the bytes of a counted handle, and where in it they start.
    #[inline]
    fn place(&self) -> (SlotsRef<'_, u8>, usize) {
        if self.kind() == Kind::Large {
            let large = self.large();
            return (large.buffer.as_slots(), large.start);
        }
        // SAFETY: the chunk is kept by this handle (invariant 2).
        let slots = unsafe { SlotsRef::from_first(self.chunk()) };
        (slots, self.raw().addr().get() & ((1 << self.shift()) - 1))
    }

    /// The start of the chunk that the pointer of a counted handle points into.
    #[inline]
    fn chunk(&self) -> NonNull<u8> {
        let start = self
            .pointer
            .map_addr(|addr| addr & !((1 << self.shift()) - 1));
        // SAFETY: chunks are not at address zero (invariant 2).
        unsafe { NonNull::new_unchecked(start.cast_mut()) }
    }

    /// The count of a counted handle.
    #[inline]
    fn refcount(&self) -> &Refcount {
        // SAFETY: the pointer points into a chunk of this class, in use while the handle lives
        // (invariant 2).
        unsafe { Extent::refcount(self.raw(), self.shift()) }
    }

    /// `true` while no other handle shares the bytes, so that they are written in place. What other
    /// handles did happens before. Static bytes are always shared, inline ones never.
    #[inline]
    #[must_use]
    pub fn is_exclusive(&self) -> bool {
        if !self.is_counted() {
            return self.is_inline();
        }
        self.refcount().is_exclusive()
            && (self.kind() == Kind::Chunk || self.large().buffer.is_exclusive())
    }

    /// How many bytes fit where these are, from the first on.
    #[inline]
    #[must_use]
    pub fn capacity(&self) -> usize {
        match self.kind() {
            Kind::Static => self.len(),
            Kind::Chunk | Kind::Large => {
                let (slots, start) = self.place();
                slots.capacity() - start
            }
            _ => Self::INLINE,
        }
    }

    /// `true` when both are the same bytes in the same place, or inline and equal.
    #[inline]
    #[must_use]
    pub fn ptr_eq(&self, other: &Self) -> bool {
        if self.is_inline() || other.is_inline() {
            return self.is_inline() && other.is_inline() && self.numbers() == other.numbers();
        }
        ptr::eq(self.as_slice(), other.as_slice())
    }

    /// What the chunks behind the handle cost, and how many handles share each: one chunk, or for a
    /// large run its node and its buffer.
    pub fn chunks(&self) -> impl Iterator<Item = ChunkUsage> {
        // SAFETY: the chunk is in use while the handle lives.
        let usage = |chunk: NonNull<u8>| unsafe { Extent::usage(chunk) };
        let first = self.is_counted().then(|| usage(self.chunk()));
        let buffer =
            (self.kind() == Kind::Large).then(|| usage(self.large().buffer.as_slots().first()));
        first.into_iter().chain(buffer)
    }

    /// Makes a handle to some of the bytes, in the same place. Up to 15 bytes of a chunk are copied
    /// into the handle, so that they do not keep the chunk.
    ///
    /// # Complexity
    ///
    /// O(1): one increment. Above 64 KiB it takes a chunk of 64 B, but for a prefix.
    ///
    /// # Errors
    ///
    /// When the arena has no such chunk left.
    ///
    /// # Panics
    ///
    /// If the range is not inside the bytes.
    #[inline]
    pub fn try_slice(&self, range: Range<usize>) -> Result<Self, AllocError> {
        let (Range { start, end }, len) = (range, self.len());
        assert!(
            start <= end && end <= len,
            "slice {start}..{end} of {len} bytes"
        );
        match self.kind() {
            Kind::Static => {
                let word = with(STATIC, to_word(end - start));
                Ok(Self::of_word(self.pointer.wrapping_add(start), word))
            }
            _ if end - start <= Self::INLINE => Ok(Self::inline(&self.as_slice()[start..end])),
            Kind::Chunk => {
                self.refcount().retain();
                // Not from a `&[u8]`, which may not be used to reach the rest of the chunk.
                let first = self.pointer.wrapping_add(start);
                Ok(Self::of_chunk(first, self.shift(), end - start))
            }
            _ => self.slice_large(start..end),
        }
    }

    #[cold]
    fn slice_large(&self, range: Range<usize>) -> Result<Self, AllocError> {
        let mut slice = if range.start == 0 {
            self.clone()
        } else {
            self.large_from(range.start)?
        };
        slice.set_len(range.len());
        Ok(slice)
    }

    /// A handle to a large run without its first bytes.
    fn large_from(&self, start: usize) -> Result<Self, AllocError> {
        let large = self.large();
        let node = Large {
            buffer: large.buffer.clone(),
            start: large.start + start,
        };
        let node = Shared::try_new_in(large.buffer.arena(), node)?;
        Ok(Self::of_large(node, self.len() - start))
    }

    #[cold]
    #[inline(never)]
    unsafe fn drop_slow(&mut self) {
        // What released the last handle left a count of one: make it a handle of its type once more.
        if self.kind() == Kind::Large {
            // SAFETY: it stood for such a handle, and is used no more.
            drop(unsafe { Shared::<Large>::from_raw(self.raw()) });
        } else {
            // SAFETY: as above.
            drop(unsafe { Slots::<u8>::from_raw(self.chunk()) });
        }
    }
}

/// Narrows a length, which is at most [`Bytes::MAX_LEN`].
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "checked when the run was made or grew"
)]
fn narrow(len: usize) -> u32 {
    debug_assert!(len <= Bytes::MAX_LEN);
    len as u32
}

/// Looks whether a run can have so many bytes.
#[inline]
fn check(requested: usize) -> Result<(), AllocError> {
    if requested > Bytes::MAX_LEN {
        return Err(AllocError::Capacity {
            requested,
            most: Bytes::MAX_LEN,
        });
    }
    Ok(())
}

impl Clone for Bytes {
    /// Makes another handle to the same bytes.
    ///
    /// # Complexity
    ///
    /// O(1): one atomic increment; for inline and static bytes none.
    #[inline]
    fn clone(&self) -> Self {
        if self.is_counted() {
            self.refcount().retain();
        }
        // SAFETY: a copy of the handle, which was counted where handles are.
        unsafe { ptr::read(self) }
    }
}

impl Drop for Bytes {
    #[inline]
    fn drop(&mut self) {
        if self.is_counted() && self.refcount().release() {
            // SAFETY: this was the last handle.
            unsafe { self.drop_slow() };
        }
    }
}

impl Default for Bytes {
    fn default() -> Self {
        Self::new()
    }
}

impl PartialEq for Bytes {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        if self.is_inline() && other.is_inline() {
            return self.numbers() == other.numbers();
        }
        self.as_slice() == other.as_slice()
    }
}

impl Eq for Bytes {}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().fmt(f)
    }
}
