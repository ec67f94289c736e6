//! A chunk of text with a gap: what a leaf of a text is made of.

use std::{
    fmt,
    marker::PhantomData,
    mem::ManuallyDrop,
    ptr::{self, NonNull},
    slice, str,
};

use crate::{
    arena::{self, ArenaRef},
    counted::Counted,
    error::AllocError,
    extent::Extent,
    layout::ChunkLayout,
    prefetch::prefetch,
    refcount::Refcount,
};

/// A shared handle to a chunk of text that is cheap to change where it was changed last.
///
/// The text lies at both ends of the chunk, and the room for more between them, in the *gap*. An edit
/// moves the gap to its place, so that one edit beside another moves no text.
///
/// ```text
/// ┌──────────────────────────┬─────────────────┬ ─ ─ ─ ─ ─ ─ ┬─────────────────────────┐
/// │ gap: start, end; capacity│ left            │ gap         │ right                   │
/// └──────────────────────────┴─────────────────┴ ─ ─ ─ ─ ─ ─ ┴─────────────────────────┘
///  8 bytes                    0 .. start                      end .. capacity
/// ```
///
/// Unlike [`Slots`](crate::Slots), a gap chunk knows its length: while it is shared nobody writes to it.
///
/// `M` is a mark that tells one kind of texts from another, and nothing else.
///
/// # Invariants
///
/// 1. `chunk` is a chunk in use with an initialised header, whose capacity is the rest of the chunk's
///    bytes; its refcount counts this handle.
/// 2. `start <= end <= capacity`. The bytes left of the gap are UTF-8, and those right of it are too.
/// 3. The chunk is written only while the refcount is one, by who has `&mut` of that handle.
///
/// # Examples
///
/// ```
/// use cow_core::{ArenaRef, Gap};
///
/// let mut leaf = Gap::<()>::try_new_in(ArenaRef::global(), 40)?;
/// leaf.get_mut().unwrap().insert(0, "a chunk text");
/// leaf.get_mut().unwrap().insert(8, "of ");
///
/// let snapshot = leaf.clone();
/// assert!(leaf.get_mut().is_none()); // shared
/// let [left, right] = snapshot.as_gap().pieces();
/// assert_eq!((left, right), ("a chunk of ", "text"));
/// # Ok::<(), cow_core::AllocError>(())
/// ```
#[repr(transparent)]
pub struct Gap<M> {
    chunk: NonNull<Header>,
    mark: PhantomData<fn() -> M>,
}

/// The first bytes of the chunk. The text follows.
#[repr(C)]
#[derive(Clone, Copy)]
struct Header {
    start: u16,
    end: u16,
    capacity: u16,
    unused: u16,
}

const HEADER: usize = size_of::<Header>();

// SAFETY: the chunk is plain bytes, read by all handles and written by an only one (invariant 3).
unsafe impl<M> Send for Gap<M> {}
// SAFETY: as above.
unsafe impl<M> Sync for Gap<M> {}

/// Narrows an offset into a chunk.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a chunk has less than 2^16 bytes: `try_new_in` sees to it"
)]
const fn narrow(offset: usize) -> u16 {
    offset as u16
}

impl<M> Gap<M> {
    /// How many bytes of text a leaf should hold at most: what is left of a chunk of 2 KiB. Copying that
    /// costs about as much as the nodes above it, counting a measure in it about as much as a cache
    /// miss.
    pub const LEAF_CAPACITY: usize = if cfg!(cow_tiny) { 64 } else { 2 << 10 } - HEADER;

    /// Takes a chunk with room for at least `room` bytes of text, at most 32 KiB.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk left.
    ///
    /// # Panics
    ///
    /// If `room` is above 32 KiB.
    pub fn try_new_in(arena: ArenaRef<'_>, room: usize) -> Result<Self, AllocError> {
        assert!(room <= 32 << 10, "room for {room} bytes in one chunk");
        let layout = ChunkLayout::new(HEADER + room, align_of::<Header>());
        let chunk = arena.allocate(layout)?.cast::<Header>();
        let capacity = narrow(layout.bytes - HEADER);
        let header = Header {
            start: 0,
            end: capacity,
            capacity,
            unused: 0,
        };
        // SAFETY: the chunk is ours, and large enough for a header.
        unsafe { chunk.write(header) };
        Ok(Self {
            chunk,
            mark: PhantomData,
        })
    }

    #[inline]
    fn layout(&self) -> ChunkLayout {
        // SAFETY: the chunk is in use while this handle lives (invariant 1).
        unsafe { Extent::layout_of(self.chunk.cast()) }
    }

    #[inline]
    fn refcount(&self) -> &Refcount {
        // SAFETY: the chunk is in use while this handle lives (invariant 1).
        unsafe { Extent::refcount_of(self.chunk.cast()) }
    }

    /// `true` while this is the only handle. What other handles did happens before.
    #[inline]
    #[must_use]
    pub fn is_exclusive(&self) -> bool {
        self.refcount().is_exclusive()
    }

    /// The arena that the chunk lies in.
    #[inline]
    #[must_use]
    pub fn arena(&self) -> ArenaRef<'_> {
        // SAFETY: the chunk is in use while this handle lives.
        unsafe { ArenaRef::of(self.chunk.cast()) }
    }

    /// Lends the text for reading.
    #[inline]
    #[must_use]
    pub fn as_gap(&self) -> GapRef<'_> {
        GapRef {
            chunk: self.chunk,
            life: PhantomData,
        }
    }

    /// Lends the text for writing, or `None` while another handle shares it.
    #[inline]
    pub fn get_mut(&mut self) -> Option<GapMut<'_>> {
        self.is_exclusive().then_some(GapMut {
            chunk: self.chunk,
            life: PhantomData,
        })
    }

    #[cold]
    #[inline(never)]
    unsafe fn drop_slow(&mut self) {
        // SAFETY: the last handle is gone, and bytes need no drop.
        unsafe { arena::free(self.chunk.cast(), self.layout()) };
    }
}

impl<M> Clone for Gap<M> {
    #[inline]
    fn clone(&self) -> Self {
        self.refcount().retain();
        Self {
            chunk: self.chunk,
            mark: PhantomData,
        }
    }
}

impl<M> Drop for Gap<M> {
    #[inline]
    fn drop(&mut self) {
        if self.refcount().release() {
            // SAFETY: this was the last handle.
            unsafe { self.drop_slow() };
        }
    }
}

impl<M> fmt::Debug for Gap<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.as_gap(), f)
    }
}

/// A chunk of text, lent for reading.
#[derive(Clone, Copy)]
pub struct GapRef<'a> {
    chunk: NonNull<Header>,
    life: PhantomData<&'a str>,
}

// SAFETY: as `&str`.
unsafe impl Send for GapRef<'_> {}
// SAFETY: as `&str`.
unsafe impl Sync for GapRef<'_> {}

impl<'a> GapRef<'a> {
    #[inline]
    fn header(self) -> Header {
        // SAFETY: the chunk is lent for `'a` and has an initialised header (invariant 1).
        unsafe { self.chunk.read() }
    }

    /// The bytes from `at` on, of which there are `len`, on one side of the gap.
    ///
    /// # Safety
    ///
    /// They are text: left or right of the gap (invariant 2).
    #[inline]
    unsafe fn text(self, at: usize, len: usize) -> &'a str {
        // SAFETY: the text begins behind the header.
        let first = unsafe { self.chunk.cast::<u8>().add(HEADER + at) };
        // SAFETY: initialised by the caller's word, and not written while lent.
        let bytes = unsafe { slice::from_raw_parts(first.as_ptr(), len) };
        // SAFETY: each side of the gap is UTF-8 (invariant 2).
        unsafe { str::from_utf8_unchecked(bytes) }
    }

    /// The text: left of the gap, and right of it. Either may be empty.
    #[inline]
    #[must_use]
    pub fn pieces(self) -> [&'a str; 2] {
        let header = self.header();
        let (start, end) = (usize::from(header.start), usize::from(header.end));
        // SAFETY: left of the gap.
        let left = unsafe { self.text(0, start) };
        // SAFETY: right of the gap.
        let right = unsafe { self.text(end, usize::from(header.capacity) - end) };
        [left, right]
    }

    /// The number of bytes of text.
    #[inline]
    #[must_use]
    pub fn len(self) -> usize {
        let header = self.header();
        usize::from(header.capacity) - usize::from(header.end - header.start)
    }

    /// `true` when there is no text.
    #[inline]
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// How many bytes of text the chunk has room for.
    #[inline]
    #[must_use]
    pub fn capacity(self) -> usize {
        usize::from(self.header().capacity)
    }

    /// The chunk, to be kept beside a handle and lent again by [`GapMut::from_chunk`].
    #[inline]
    #[must_use]
    pub fn chunk(self) -> NonNull<u8> {
        self.chunk.cast()
    }

    /// `true` when `at` is at the start, at the end or between two characters.
    #[inline]
    #[must_use]
    pub fn is_char_boundary(self, at: usize) -> bool {
        let [left, right] = self.pieces();
        match at.checked_sub(left.len()) {
            None => left.is_char_boundary(at),
            Some(at) => right.is_char_boundary(at),
        }
    }

    /// Copies the first `len` bytes of the text into a chunk of the same arena with room for `room`: the
    /// copy of a copy-on-write fault. The gap stays where it is.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk left.
    ///
    /// # Panics
    ///
    /// If `len` is above the length, or no character's boundary.
    pub fn try_copy<M>(self, len: usize, room: usize) -> Result<Gap<M>, AllocError> {
        // SAFETY: the chunk is in use for `'a`.
        let arena = unsafe { ArenaRef::of(self.chunk.cast()) };
        let mut copy = Gap::try_new_in(arena, room.max(len))?;
        let [left, right] = self.pieces();
        let mut to = GapMut {
            chunk: copy.chunk,
            life: PhantomData,
        };
        if let Some(more) = len.checked_sub(left.len()) {
            to.fill([left, &right[..more]]);
        } else {
            to.fill([&left[..len], ""]);
        }
        arena.count_copy(copy.layout().bytes);
        debug_assert!(copy.get_mut().is_some());
        Ok(copy)
    }
}

impl fmt::Debug for GapRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.pieces()).finish()
    }
}

/// A chunk of text that nobody else has, lent for writing.
pub struct GapMut<'a> {
    chunk: NonNull<Header>,
    life: PhantomData<&'a mut str>,
}

// SAFETY: as `&mut str`.
unsafe impl Send for GapMut<'_> {}
// SAFETY: as `&mut str`.
unsafe impl Sync for GapMut<'_> {}

impl<'a> GapMut<'a> {
    /// Lends a chunk for writing whose [`chunk`](GapRef::chunk) this is.
    ///
    /// # Safety
    ///
    /// A handle to the chunk lives for `'a`, it is exclusive, and nothing else is lent by it.
    #[inline]
    #[must_use]
    pub unsafe fn from_chunk(chunk: NonNull<u8>) -> Self {
        Self {
            chunk: chunk.cast(),
            life: PhantomData,
        }
    }

    /// Lends the text for reading.
    #[inline]
    #[must_use]
    pub fn as_gap(&self) -> GapRef<'_> {
        GapRef {
            chunk: self.chunk,
            life: PhantomData,
        }
    }

    #[inline]
    fn header(&self) -> Header {
        self.as_gap().header()
    }

    #[inline]
    fn set_gap(&mut self, start: usize, end: usize) {
        let header = Header {
            start: narrow(start),
            end: narrow(end),
            ..self.header()
        };
        // SAFETY: the chunk is lent for writing.
        unsafe { self.chunk.write(header) };
    }

    /// The byte at `at`, wherever the gap is.
    #[inline]
    fn place(&self, at: usize) -> NonNull<u8> {
        debug_assert!(at <= self.as_gap().capacity());
        // SAFETY: inside the chunk, or its end.
        unsafe { self.chunk.cast::<u8>().add(HEADER + at) }
    }

    /// The number of bytes of text.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.as_gap().len()
    }

    /// `true` when there is no text.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes of text may be put in.
    #[inline]
    #[must_use]
    pub fn room(&self) -> usize {
        let header = self.header();
        usize::from(header.end - header.start)
    }

    /// Moves the gap so that it starts at `at`, which is a character's boundary.
    #[inline]
    fn move_gap(&mut self, at: usize) {
        let header = self.header();
        let (start, end) = (usize::from(header.start), usize::from(header.end));
        if at < start {
            let (from, to) = (self.place(at), self.place(end - (start - at)));
            // SAFETY: text left of the gap moves to the gap's end, both inside the chunk.
            unsafe { ptr::copy(from.as_ptr(), to.as_ptr(), start - at) };
            self.set_gap(at, end - (start - at));
        } else if at > start {
            let (from, to) = (self.place(end), self.place(start));
            // SAFETY: text right of the gap moves to the gap's start, both inside the chunk.
            unsafe { ptr::copy(from.as_ptr(), to.as_ptr(), at - start) };
            self.set_gap(at, end + (at - start));
        }
    }

    /// Puts text in at byte `at`.
    ///
    /// # Complexity
    ///
    /// O(bytes of the text, and between `at` and the last edit).
    ///
    /// # Panics
    ///
    /// If `at` is above the length or no character's boundary, or there is no room for the text.
    #[inline]
    #[track_caller]
    pub fn insert(&mut self, at: usize, text: &str) {
        assert!(
            self.try_insert(at, text),
            "{} bytes at {at} do not fit: no boundary of a character, or no room",
            text.len()
        );
    }

    /// As [`insert`](Self::insert); where that would panic it does nothing, and returns `false`.
    #[inline]
    #[must_use = "nothing may have been put in"]
    pub fn try_insert(&mut self, at: usize, text: &str) -> bool {
        if text.len() > self.room() {
            return false;
        }
        // The gap itself lies between two characters: what most edits find.
        if at != usize::from(self.header().start) {
            if !self.as_gap().is_char_boundary(at) {
                return false;
            }
            self.move_gap(at);
        }
        let (from, to) = (text.as_ptr(), self.place(at));
        // SAFETY: into the gap, which is large enough; `text` is none of this chunk, which is lent
        // for writing.
        unsafe { ptr::copy_nonoverlapping(from, to.as_ptr(), text.len()) };
        let end = usize::from(self.header().end);
        self.set_gap(at + text.len(), end);
        true
    }

    /// Takes the `len` bytes from `at` on out, and lends them once more to `look`.
    ///
    /// # Complexity
    ///
    /// O(bytes between the range and the last edit).
    ///
    /// # Panics
    ///
    /// If the range is not inside the text, or does not lie on characters' boundaries.
    #[inline]
    #[track_caller]
    pub fn remove<R>(&mut self, at: usize, len: usize, look: impl FnOnce(&str) -> R) -> R {
        match self.try_remove(at, len, look) {
            Some(seen) => seen,
            None => panic!("{len} bytes at {at} are not inside, or not characters"),
        }
    }

    /// As [`remove`](Self::remove); where that would panic it does nothing, and returns `None`.
    #[inline]
    pub fn try_remove<R>(
        &mut self,
        at: usize,
        len: usize,
        look: impl FnOnce(&str) -> R,
    ) -> Option<R> {
        let text = self.as_gap();
        let end = at.checked_add(len)?;
        if end > text.len() || !text.is_char_boundary(at) {
            return None;
        }
        let header = self.header();
        // To whichever side is nearer: what is typed and deleted again lies in front of the gap.
        if usize::from(header.start) == end {
            // SAFETY: left of the gap.
            let seen = look(unsafe { self.as_gap().text(at, len) });
            self.set_gap(at, usize::from(header.end));
            return Some(seen);
        }
        if !text.is_char_boundary(end) {
            return None;
        }
        self.move_gap(at);
        let end = usize::from(self.header().end);
        // SAFETY: right of the gap.
        let seen = look(unsafe { self.as_gap().text(end, len) });
        self.set_gap(at, end + len);
        Some(seen)
    }

    /// Moves the text from `at` on behind that of `to`.
    ///
    /// # Panics
    ///
    /// If `at` is above the length or no character's boundary, or `to` has no room.
    pub fn move_tail(&mut self, at: usize, to: &mut GapMut<'_>) {
        let len = self.len();
        self.remove(at, len - at, |tail| to.insert(to.len(), tail));
    }

    /// Copies text on both sides of the gap into a chunk that is empty and has room for it.
    fn fill(&mut self, [left, right]: [&str; 2]) {
        debug_assert!(self.is_empty() && left.len() + right.len() <= self.room());
        let end = self.as_gap().capacity() - right.len();
        // SAFETY: there is room for both, and the chunk was just made.
        unsafe { ptr::copy_nonoverlapping(left.as_ptr(), self.place(0).as_ptr(), left.len()) };
        // SAFETY: as above.
        unsafe { ptr::copy_nonoverlapping(right.as_ptr(), self.place(end).as_ptr(), right.len()) };
        self.set_gap(left.len(), end);
    }
}

impl fmt::Debug for GapMut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.as_gap(), f)
    }
}

// SAFETY: a chunk is a multiple of 64 and never null; the rest are the type's own operations.
unsafe impl<M> Counted for Gap<M> {
    type Ref<'a>
        = GapRef<'a>
    where
        Self: 'a;
    type Mut<'a>
        = GapMut<'a>
    where
        Self: 'a;

    #[inline]
    fn into_raw(self) -> NonNull<u8> {
        ManuallyDrop::new(self).chunk.cast()
    }

    #[inline]
    unsafe fn from_raw(raw: NonNull<u8>) -> Self {
        Self {
            chunk: raw.cast(),
            mark: PhantomData,
        }
    }

    #[inline]
    unsafe fn raw_ref<'a>(raw: NonNull<u8>) -> GapRef<'a>
    where
        Self: 'a,
    {
        GapRef {
            chunk: raw.cast(),
            life: PhantomData,
        }
    }

    #[inline]
    unsafe fn raw_mut<'a>(raw: NonNull<u8>) -> GapMut<'a>
    where
        Self: 'a,
    {
        GapMut {
            chunk: raw.cast(),
            life: PhantomData,
        }
    }

    #[inline]
    unsafe fn raw_prefetch_count(raw: NonNull<u8>) {
        // SAFETY: the pointer stands for a handle, so the chunk is in use.
        let count: &Refcount = unsafe { Extent::refcount_of(raw) };
        prefetch(ptr::from_ref(count).cast(), 1);
    }
}

const _: () = assert!(size_of::<Option<Gap<()>>>() == 8);
const _: () = assert!(HEADER == 8 && Gap::<()>::LEAF_CAPACITY < u16::MAX as usize);
