//! A chunk of values that are found by a byte of their hash.
//!
//! ```text
//! +-------------+------------------+----------------------------------+----------+
//! | len, class  | tags, u8         | values, dense from the first on  | unfilled |
//! +-------------+------------------+----------------------------------+----------+
//! 0             4                  a multiple of 16, and of the values' alignment
//! ```
//!
//! Tag number `i` belongs to value number `i`; a zero stands behind the last. So all tags of a chunk of
//! 1 KiB share one line of the processor's cache, a look-up compares 16 of them at a time, and going
//! through the values is going through a slice.

use std::{
    hint,
    iter::FusedIterator,
    marker::PhantomData,
    mem::{ManuallyDrop, needs_drop},
    num::NonZeroU8,
    ops::Range,
    ptr::{self, NonNull},
    slice,
};

use crate::{
    arena::{ArenaRef, FreeOnDrop},
    counted::Counted,
    error::AllocError,
    extent::Extent,
    layout::ChunkLayout,
    prefetch::prefetch,
    refcount::Refcount,
};

/// Bytes in front of the tags.
const HEAD: usize = 4;
/// Tags that are compared at a time. The tags end at a multiple of it.
const GROUP: usize = 16;
/// Bits of the head that hold the length; the others hold the class.
const LEN_BITS: u32 = 24;
/// log2 of the smallest and the largest chunk.
const MIN_SHIFT: u32 = 6;
const MAX_SHIFT: u32 = 40;
/// No grown bucket has more slots than this, so that [`Marks`] have room for all.
const MOST_GROWN: usize = 1 << 10;

/// A byte of a value's hash, by which a [`Bucket`] tells most values apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct Tag(NonZeroU8);

impl Tag {
    /// The tag of a hash with this byte. Two of the 256 bytes share one.
    #[inline]
    #[must_use]
    pub const fn new(byte: u8) -> Self {
        match NonZeroU8::new(byte) {
            Some(tag) => Self(tag),
            None => Self(NonZeroU8::MIN),
        }
    }
}

/// What fits in a chunk of some size.
#[derive(Clone, Copy)]
struct Shape {
    capacity: usize,
    /// Where the values start: where the tags end, and a little behind.
    values: usize,
    /// Where the tags end.
    tags_end: usize,
}

const fn shape<T>(bytes: usize) -> Shape {
    let most = (1 << LEN_BITS) - 1;
    let estimate = bytes.saturating_sub(HEAD) / (size_of::<T>() + 1);
    let mut capacity = if estimate < most { estimate } else { most };
    loop {
        let tags_end = (HEAD + capacity).next_multiple_of(GROUP);
        let values = tags_end.next_multiple_of(align_of::<T>());
        if capacity == 0 || values + capacity * size_of::<T>() <= bytes {
            return Shape {
                capacity,
                values,
                tags_end,
            };
        }
        capacity -= 1;
    }
}

/// log2 of the chunk that a bucket grows to before it is split.
const fn grown_shift<T>() -> u32 {
    // Copying plain values costs little more than their bytes; values with drop glue are cloned one
    // by one, and each is an allocation as often as not.
    let (first, want): (u32, usize) = match (cfg!(cow_tiny), needs_drop::<T>()) {
        (true, _) => (MIN_SHIFT, 3),
        (false, false) => (10, 8),
        (false, true) if size_of::<T>() <= 64 => (8, 12),
        (false, true) => (8, 8),
    };
    let mut shift = first;
    while shape::<T>(1 << shift).capacity < want && shift < 16 {
        shift += 1;
    }
    // Values so large that two do not fit in the largest class have chunks of their own.
    while shape::<T>(1 << shift).capacity < 2 && shift < MAX_SHIFT {
        shift += 1;
    }
    shift
}

/// A shared handle to a chunk of values with their tags: what a hash table is made of.
///
/// # Invariants
///
/// 1. `chunk` is a chunk in use, of `1 << class` bytes and with the layout that `shape` gives; its
///    refcount counts this handle. All bytes in front of the values are initialised.
/// 2. The slots below the length are initialised, and have a tag that is not zero; the tags behind
///    are zero.
/// 3. The chunk is written only while the refcount is one.
///
/// # Examples
///
/// ```
/// use cow_core::{ArenaRef, Bucket, Tag};
///
/// let mut bucket = Bucket::try_with_capacity_in(ArenaRef::global(), 3)?;
/// let mut entries = bucket.get_mut().expect("the only handle");
/// entries.push(Tag::new(7), ("seven", 7));
/// entries.push(Tag::new(9), ("nine", 9));
///
/// let snapshot = bucket.clone();
/// assert!(bucket.get_mut().is_none()); // shared
/// assert_eq!(snapshot.as_bucket().find(Tag::new(9), |entry| entry.0 == "nine"), Some(1));
/// assert_eq!(snapshot.as_bucket().values()[1], ("nine", 9));
/// # Ok::<(), cow_core::AllocError>(())
/// ```
#[repr(transparent)]
pub struct Bucket<T> {
    chunk: NonNull<u8>,
    owns: PhantomData<T>,
}

// SAFETY: as for `Shared`: a handle gives `&T` to every thread that has a clone of it, and the last
// one, wherever it is, drops the values.
unsafe impl<T: Send + Sync> Send for Bucket<T> {}
// SAFETY: as above; `&Bucket` can be cloned.
unsafe impl<T: Send + Sync> Sync for Bucket<T> {}

impl<T> Bucket<T> {
    const GROWN_SHIFT: u32 = grown_shift::<T>();
    const GROWN: Shape = {
        let mut shape = shape::<T>(1 << Self::GROWN_SHIFT);
        // Values without a size can be aligned to so much that the smallest chunk has room for more.
        if size_of::<T>() == 0 && shape.capacity > MOST_GROWN {
            shape.capacity = MOST_GROWN;
        }
        shape
    };
    const SHAPES: [Shape; MAX_SHIFT as usize + 1] = {
        let mut shapes = [Self::GROWN; MAX_SHIFT as usize + 1];
        let mut shift = 0;
        while shift < shapes.len() {
            shapes[shift] = shape::<T>(1 << shift);
            shift += 1;
        }
        shapes[Self::GROWN_SHIFT as usize] = Self::GROWN;
        shapes
    };

    /// How many values a bucket should hold before it is split, so that copying one stays cheap.
    ///
    /// 1 KiB of values without drop glue, 12 to 24 of those with it; a larger class for large values.
    pub const GROWN_CAPACITY: usize = {
        assert!(Self::GROWN.capacity <= MOST_GROWN);
        Self::GROWN.capacity
    };

    fn shape_of(head: u32) -> Shape {
        Self::SHAPES[(head >> LEN_BITS) as usize]
    }

    /// Takes a chunk with room for at least `capacity` values, and for one in any case.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk left.
    ///
    /// # Panics
    ///
    /// If so many values are more than a bucket can hold: 2^24 - 1, or 1 TiB.
    pub fn try_with_capacity_in(arena: ArenaRef<'_>, capacity: usize) -> Result<Self, AllocError> {
        let capacity = capacity.max(1);
        let shift = if capacity == Self::GROWN_CAPACITY {
            Self::GROWN_SHIFT
        } else {
            (MIN_SHIFT..=MAX_SHIFT)
                .find(|&shift| Self::SHAPES[shift as usize].capacity >= capacity)
                .expect("capacity overflow")
        };
        let layout = ChunkLayout::staggered(1 << shift, align_of::<T>().max(1 << MIN_SHIFT));
        let chunk = arena.allocate(layout)?;
        // SAFETY: the chunk is ours, and the tags end inside it.
        unsafe { chunk.write_bytes(0, Self::SHAPES[shift as usize].tags_end) };
        // SAFETY: the chunk is ours and aligned to 64.
        unsafe { chunk.cast::<u32>().write(shift << LEN_BITS) };
        Ok(Self {
            chunk,
            owns: PhantomData,
        })
    }

    #[inline]
    fn layout(&self) -> ChunkLayout {
        // SAFETY: the chunk is in use while this handle lives (invariant 1).
        unsafe { Extent::layout_of(self.chunk) }
    }

    #[inline]
    fn refcount(&self) -> &Refcount {
        // SAFETY: the chunk is in use while this handle lives (invariant 1).
        unsafe { Extent::refcount_of(self.chunk) }
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
        unsafe { ArenaRef::of(self.chunk) }
    }

    /// Lends the values for reading.
    #[inline]
    #[must_use]
    pub fn as_bucket(&self) -> BucketRef<'_, T> {
        BucketRef {
            chunk: self.chunk,
            life: PhantomData,
        }
    }

    /// Lends the values for writing, or `None` while another handle shares them.
    #[inline]
    pub fn get_mut(&mut self) -> Option<BucketMut<'_, T>> {
        self.is_exclusive().then_some(BucketMut {
            chunk: self.chunk,
            life: PhantomData,
        })
    }

    /// Takes the values out, if this is the only handle.
    ///
    /// # Errors
    ///
    /// The handle itself, while it is shared.
    pub fn try_into_values(mut self) -> Result<IntoBucketValues<T>, Self> {
        let Some(mut values) = self.get_mut() else {
            return Err(self);
        };
        let len = values.as_bucket().len();
        // SAFETY: the values belong to the iterator from here on.
        unsafe { values.set_len(0) };
        Ok(IntoBucketValues {
            bucket: self,
            live: 0..len,
        })
    }

    #[cold]
    #[inline(never)]
    unsafe fn drop_slow(&mut self) {
        // SAFETY: the last handle is being dropped, and what the chunk holds with it.
        let _free = unsafe { FreeOnDrop::new(self.chunk, self.layout()) };
        if needs_drop::<T>() {
            let bucket = self.as_bucket();
            let values = ptr::slice_from_raw_parts_mut(bucket.first().as_ptr(), bucket.len());
            // SAFETY: the slots below the length are initialised (invariant 2), and nobody else has
            // the chunk.
            unsafe { values.drop_in_place() };
        }
    }
}

impl<T> Clone for Bucket<T> {
    #[inline]
    fn clone(&self) -> Self {
        self.refcount().retain();
        Self {
            chunk: self.chunk,
            owns: PhantomData,
        }
    }
}

impl<T> Drop for Bucket<T> {
    #[inline]
    fn drop(&mut self) {
        if self.refcount().release() {
            // SAFETY: this was the last handle.
            unsafe { self.drop_slow() };
        }
    }
}

/// The values of a [`Bucket`], lent for reading.
pub struct BucketRef<'a, T> {
    chunk: NonNull<u8>,
    life: PhantomData<&'a T>,
}

impl<T> Clone for BucketRef<'_, T> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for BucketRef<'_, T> {}

// SAFETY: as for `&[T]`, which is what it lends: no handle is made of it, so no other thread drops values.
unsafe impl<T: Sync> Send for BucketRef<'_, T> {}
// SAFETY: as above; a copy is the same.
unsafe impl<T: Sync> Sync for BucketRef<'_, T> {}

/// Which of 16 tags are equal to `tag`, one bit for each.
///
/// # Safety
///
/// 16 initialised bytes lie at `tags`, a multiple of 16.
#[inline]
unsafe fn matches(tags: *const u8, tag: Tag) -> u16 {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        use std::arch::x86_64::{
            __m128i, _mm_cmpeq_epi8, _mm_load_si128, _mm_movemask_epi8, _mm_set1_epi8,
        };
        // SAFETY: initialised and aligned by the caller's word; every x86-64 has SSE2.
        let group = unsafe { _mm_load_si128(tags.cast::<__m128i>()) };
        // SAFETY: as above.
        let wanted = unsafe { _mm_set1_epi8(tag.0.get().cast_signed()) };
        // SAFETY: as above.
        let equal = unsafe { _mm_cmpeq_epi8(group, wanted) };
        // SAFETY: as above.
        let bits = unsafe { _mm_movemask_epi8(equal) }.cast_unsigned();
        #[expect(clippy::cast_possible_truncation, reason = "a bit for each byte")]
        {
            bits as u16
        }
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    {
        // SAFETY: initialised by the caller's word.
        let group = unsafe { tags.cast::<[u8; GROUP]>().read() };
        (0..GROUP).fold(0, |bits, i| bits | u16::from(group[i] == tag.0.get()) << i)
    }
}

impl<'a, T> BucketRef<'a, T> {
    #[inline]
    fn head(self) -> u32 {
        // SAFETY: the head is initialised (invariant 1), and written only through `BucketMut`.
        unsafe { self.chunk.cast::<u32>().read() }
    }

    #[inline]
    fn shape(self) -> Shape {
        Bucket::<T>::shape_of(self.head())
    }

    /// Whether the chunk is of the class that buckets grow to.
    #[inline]
    pub(crate) fn is_grown(self) -> bool {
        self.head() >> LEN_BITS == Bucket::<T>::GROWN_SHIFT
    }

    /// Tells the compiler that the bucket [`is_grown`](Self::is_grown), so that it does not ask.
    ///
    /// # Safety
    ///
    /// It is.
    #[inline]
    pub(crate) unsafe fn assume_grown(self) {
        // SAFETY: by the caller's word.
        unsafe { hint::assert_unchecked(self.is_grown()) };
    }

    /// The first slot.
    #[inline]
    fn first(self) -> NonNull<T> {
        let offset = if self.is_grown() {
            Bucket::<T>::GROWN.values
        } else {
            self.shape().values
        };
        // SAFETY: the values start inside the chunk.
        unsafe { self.chunk.add(offset) }.cast()
    }

    /// The number of values.
    #[inline]
    #[must_use]
    pub fn len(self) -> usize {
        (self.head() & ((1 << LEN_BITS) - 1)) as usize
    }

    /// `true` when there is no value.
    #[inline]
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// How many values the chunk has room for.
    #[inline]
    #[must_use]
    pub fn capacity(self) -> usize {
        if self.is_grown() {
            Bucket::<T>::GROWN_CAPACITY
        } else {
            self.shape().capacity
        }
    }

    /// Bytes of the chunk.
    #[inline]
    #[must_use]
    pub fn chunk_bytes(self) -> usize {
        1 << (self.head() >> LEN_BITS)
    }

    /// The values, in the order in which they came as long as none is removed.
    #[inline]
    #[must_use]
    pub fn values(self) -> &'a [T] {
        // SAFETY: the slots below the length are initialised (invariant 2), and do not change while
        // a handle is borrowed (invariant 3).
        unsafe { slice::from_raw_parts(self.first().as_ptr(), self.len()) }
    }

    /// The tags of the values.
    #[inline]
    #[must_use]
    pub fn tags(self) -> &'a [Tag] {
        // SAFETY: the tags start behind the head.
        let tags = unsafe { self.chunk.add(HEAD) }.cast::<Tag>();
        // SAFETY: the tags below the length are initialised and not zero (invariant 2).
        unsafe { slice::from_raw_parts(tags.as_ptr(), self.len()) }
    }

    /// The number of the first value with this tag that `is_it`.
    #[inline]
    #[must_use]
    pub fn find(self, tag: Tag, is_it: impl FnMut(&T) -> bool) -> Option<usize> {
        let (index, _) = self.search(tag, is_it)?;
        Some(index)
    }

    /// The first value with this tag that `is_it`.
    #[inline]
    #[must_use]
    pub fn find_value(self, tag: Tag, is_it: impl FnMut(&T) -> bool) -> Option<&'a T> {
        let (_, slot) = self.search(tag, is_it)?;
        // SAFETY: of a value (invariant 2), which does not change while a handle is borrowed
        // (invariant 3).
        Some(unsafe { slot.as_ref() })
    }

    /// The number and the slot of the first value with this tag that `is_it`.
    #[inline]
    fn search(self, tag: Tag, is_it: impl FnMut(&T) -> bool) -> Option<(usize, NonNull<T>)> {
        if !self.is_grown() {
            return self.search_in(self.shape(), tag, is_it);
        }
        let found = self.search_in(Bucket::<T>::GROWN, tag, is_it);
        // SAFETY: just asked, and a chunk stays of its class. The compiler has it from another load by
        // now, and would ask again.
        unsafe { self.assume_grown() };
        found
    }

    #[inline]
    fn search_in(
        self,
        shape: Shape,
        tag: Tag,
        mut is_it: impl FnMut(&T) -> bool,
    ) -> Option<(usize, NonNull<T>)> {
        const BLOCK: usize = u64::BITS as usize;
        // SAFETY: the values start inside the chunk.
        let first = unsafe { self.chunk.add(shape.values) }.cast::<T>();
        let mut start = 0;
        while start < shape.tags_end {
            let mut found = 0;
            let mut offset = 0;
            while offset < BLOCK && start + offset < shape.tags_end {
                // SAFETY: below the end of the tags.
                let group = unsafe { self.chunk.add(start + offset) };
                // SAFETY: the tags end at a multiple of 16, and all bytes there are initialised.
                let bits = unsafe { matches(group.as_ptr(), tag) };
                found |= u64::from(bits) << offset;
                offset += GROUP;
            }
            if start == 0 {
                found &= !((1 << HEAD) - 1);
            }
            while found != 0 {
                let index = start + found.trailing_zeros() as usize - HEAD;
                // SAFETY: a tag that is not zero has a slot inside the chunk.
                let slot = unsafe { first.add(index) };
                // SAFETY: such a slot is initialised (invariant 2).
                if is_it(unsafe { slot.as_ref() }) {
                    return Some((index, slot));
                }
                found &= found - 1;
            }
            start += BLOCK;
        }
        None
    }

    /// Tells the processor that all values are about to be looked at.
    ///
    /// Asks for every line of a chunk of the [grown](Bucket::GROWN_CAPACITY) class, or for its first
    /// KiB: hardware prefetchers know a chunk only by its second or third line, and buckets that follow
    /// each other lie at random places.
    #[inline]
    pub fn prefetch(self) {
        let lines = (1 << Bucket::<T>::GROWN_SHIFT) / 64;
        prefetch(self.as_ptr(), lines.min(16));
    }

    /// The chunk's address, for telling chunks apart.
    #[inline]
    #[must_use]
    pub fn as_ptr(self) -> *const u8 {
        self.chunk.as_ptr()
    }

    /// The arena that the chunk lies in.
    #[inline]
    #[must_use]
    pub fn arena(self) -> ArenaRef<'a> {
        // SAFETY: the chunk is in use for `'a`.
        unsafe { ArenaRef::of(self.chunk) }
    }

    /// Clones the values into a chunk of the same arena with room for `capacity`, or for all of them:
    /// the copy of a copy-on-write fault.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk left.
    pub fn try_copy(self, capacity: usize) -> Result<Bucket<T>, AllocError>
    where
        T: Clone,
    {
        let copy = Bucket::try_with_capacity_in(self.arena(), capacity.max(self.len()))?;
        let mut to = BucketMut {
            chunk: copy.chunk,
            life: PhantomData,
        };
        to.extend_cloned(self);
        self.arena().count_copy(to.as_bucket().chunk_bytes());
        Ok(copy)
    }
}

/// The values of an exclusive [`Bucket`], lent for writing.
///
/// # Examples
///
/// ```
/// use cow_core::{ArenaRef, Bucket, Tag};
///
/// let mut bucket = Bucket::try_with_capacity_in(ArenaRef::global(), 3)?;
/// let mut values = bucket.get_mut().expect("the only handle");
/// for n in 1..=3 {
///     values.push(Tag::new(n), n);
/// }
/// assert_eq!(values.swap_remove(0), 1);
/// assert_eq!(values.into_values(), [3, 2]);
/// # Ok::<(), cow_core::AllocError>(())
/// ```
pub struct BucketMut<'a, T> {
    chunk: NonNull<u8>,
    life: PhantomData<&'a mut T>,
}

impl<'a, T> BucketMut<'a, T> {
    /// Lends the values for reading.
    #[inline]
    #[must_use]
    pub fn as_bucket(&self) -> BucketRef<'_, T> {
        BucketRef {
            chunk: self.chunk,
            life: PhantomData,
        }
    }

    /// Lends the values for a shorter time.
    #[inline]
    pub fn reborrow(&mut self) -> BucketMut<'_, T> {
        BucketMut {
            chunk: self.chunk,
            life: PhantomData,
        }
    }

    /// `true` when there is room for no value more.
    #[inline]
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.as_bucket().len() == self.as_bucket().capacity()
    }

    /// The values.
    #[inline]
    #[must_use]
    pub fn into_values(self) -> &'a mut [T] {
        let bucket = self.as_bucket();
        // SAFETY: the slots below the length are initialised, and nobody else has the chunk.
        unsafe { slice::from_raw_parts_mut(bucket.first().as_ptr(), bucket.len()) }
    }

    /// Value number `index`. The others are left alone: what was lent of them for writing before holds.
    ///
    /// # Panics
    ///
    /// If `index` is not below the length.
    #[inline]
    #[must_use]
    pub fn into_value(self, index: usize) -> &'a mut T {
        let bucket = self.as_bucket();
        assert!(index < bucket.len(), "no such value");
        // SAFETY: just checked.
        let mut slot = unsafe { bucket.first().add(index) };
        // SAFETY: of a value, and nobody else has the chunk.
        unsafe { slot.as_mut() }
    }

    /// The first value with this tag that `is_it`.
    ///
    /// # Errors
    ///
    /// The bucket, if there is none.
    #[inline]
    pub fn find_mut(self, tag: Tag, is_it: impl FnMut(&T) -> bool) -> Result<&'a mut T, Self> {
        match self.as_bucket().search(tag, is_it) {
            // SAFETY: of a value, and nobody else has the chunk.
            Some((_, mut slot)) => Ok(unsafe { slot.as_mut() }),
            None => Err(self),
        }
    }

    /// Records another length.
    ///
    /// # Safety
    ///
    /// The length is at most the capacity. The slots below it are initialised and have their tags,
    /// before anybody looks; the tags behind it are zero.
    #[inline]
    unsafe fn set_len(&mut self, len: usize) {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "no capacity has more than 24 bits"
        )]
        let len = len as u32;
        let head = self.as_bucket().head() >> LEN_BITS << LEN_BITS | len;
        // SAFETY: the chunk is ours and aligned to 64.
        unsafe { self.chunk.cast::<u32>().write(head) };
    }

    /// Slot number `index`, and its tag.
    ///
    /// # Safety
    ///
    /// `index` is at most the capacity.
    #[inline]
    unsafe fn place(&self, index: usize) -> (NonNull<T>, NonNull<u8>) {
        // SAFETY: inside the chunk by the caller's word, or its end.
        let slot = unsafe { self.as_bucket().first().add(index) };
        // SAFETY: there is a tag for each slot, in front of the slots.
        let tag = unsafe { self.chunk.add(HEAD + index) };
        (slot, tag)
    }

    /// Adds a value behind the others. Returns its number.
    ///
    /// # Panics
    ///
    /// If the bucket is full.
    #[inline]
    pub fn push(&mut self, tag: Tag, value: T) -> usize {
        let len = self.as_bucket().len();
        assert!(!self.is_full(), "push to a full bucket of {len} slots");
        // SAFETY: just checked.
        unsafe { self.push_unchecked(len, tag, value) };
        len
    }

    /// As [`push`](Self::push), if there is room.
    ///
    /// # Errors
    ///
    /// The value, if there is none.
    #[inline]
    pub fn try_push(&mut self, tag: Tag, value: T) -> Result<(), T> {
        if self.is_full() {
            return Err(value);
        }
        // SAFETY: just checked.
        unsafe { self.push_unchecked(self.as_bucket().len(), tag, value) };
        Ok(())
    }

    /// Adds a value behind the others.
    ///
    /// # Safety
    ///
    /// `len` is the length, and below the capacity.
    #[inline]
    unsafe fn push_unchecked(&mut self, len: usize, tag: Tag, value: T) {
        // SAFETY: below the capacity.
        let (slot, place) = unsafe { self.place(len) };
        // SAFETY: the slot is unfilled, and nobody else has the chunk.
        unsafe { slot.write(value) };
        // SAFETY: as above.
        unsafe { place.write(tag.0.get()) };
        // SAFETY: as above. The slot and its tag were just written, and the length is in the low bits.
        unsafe { self.chunk.cast::<u32>().write(self.as_bucket().head() + 1) };
    }

    /// Takes the first value with this tag that `is_it` out, and puts the last one in its place.
    #[inline]
    pub fn remove(&mut self, tag: Tag, is_it: impl FnMut(&T) -> bool) -> Option<T> {
        let (index, _) = self.as_bucket().search(tag, is_it)?;
        // SAFETY: what was found lies below the length.
        Some(unsafe { self.swap_remove_unchecked(index) })
    }

    /// Takes value number `index` out, and puts the last one in its place.
    ///
    /// # Panics
    ///
    /// If `index` is not below the length.
    #[inline]
    pub fn swap_remove(&mut self, index: usize) -> T {
        let len = self.as_bucket().len();
        assert!(index < len, "swap_remove at {index} of {len}");
        // SAFETY: just checked.
        unsafe { self.swap_remove_unchecked(index) }
    }

    /// As [`swap_remove`](Self::swap_remove).
    ///
    /// # Safety
    ///
    /// `index` is below the length.
    #[inline]
    unsafe fn swap_remove_unchecked(&mut self, index: usize) -> T {
        let last = self.as_bucket().len() - 1;
        // SAFETY: below the length.
        let (slot, tag) = unsafe { self.place(index) };
        // SAFETY: as above.
        let (end, end_tag) = unsafe { self.place(last) };
        // SAFETY: the slot is initialised; what follows writes over it, or ends the values there.
        let value = unsafe { slot.read() };
        // SAFETY: both are slots of this chunk, and may be the same one.
        unsafe { slot.copy_from(end, 1) };
        // SAFETY: both are tags of this chunk.
        unsafe { tag.copy_from(end_tag, 1) };
        // SAFETY: the last slot is no value any more.
        unsafe { end_tag.write(0) };
        // SAFETY: as above; the length is in the low bits, and not zero.
        unsafe { self.chunk.cast::<u32>().write(self.as_bucket().head() - 1) };
        value
    }

    /// Moves all values behind those of `to`.
    ///
    /// # Panics
    ///
    /// If `to` has no room for them.
    pub fn move_all(&mut self, to: &mut BucketMut<'_, T>) {
        let len = self.as_bucket().len();
        let start = to.has_room_for(len);
        // SAFETY: at most the capacity.
        let (slots, tags) = unsafe { self.place(0) };
        // SAFETY: as above.
        let (place, place_tags) = unsafe { to.place(start) };
        // SAFETY: two chunks, both lent for writing. The values go to slots that are unfilled.
        unsafe { place.copy_from_nonoverlapping(slots, len) };
        // SAFETY: as above, for their tags.
        unsafe { place_tags.copy_from_nonoverlapping(tags, len) };
        // SAFETY: these slots were just filled, with their tags.
        unsafe { to.set_len(start + len) };
        // SAFETY: the values were moved away.
        unsafe { self.cut(0, len) };
    }

    /// Moves the marked values behind those of `to`, and the others together.
    ///
    /// # Panics
    ///
    /// If `to` has no room for them, or the bucket more values than there can be marks.
    pub fn move_marked(&mut self, marks: &Marks, to: &mut BucketMut<'_, T>) {
        let len = self.as_bucket().len();
        let count = marks.count_below(len);
        let start = to.has_room_for(count);
        // SAFETY: at most the capacity.
        let (slots, tags) = unsafe { self.place(0) };
        // SAFETY: as above.
        let (ends, end_tags) = unsafe { to.place(start) };
        let (mut stay, mut moved) = (0, 0);
        for index in 0..len {
            let goes = marks.contains(index);
            // No branch, since no predictor knows a bit of a hash.
            let (place, place_tag) =
                hint::select_unpredictable(goes, (ends, end_tags), (slots, tags));
            let number = hint::select_unpredictable(goes, moved, stay);
            moved += usize::from(goes);
            stay += usize::from(!goes);
            // SAFETY: below the length.
            let slot = unsafe { slots.add(index) };
            // SAFETY: as above.
            let tag = unsafe { tags.add(index) };
            // SAFETY: at most `index`, or below the count of those that are marked, for which there is
            // room behind the others.
            let place = unsafe { place.add(number) };
            // SAFETY: as above.
            let place_tag = unsafe { place_tag.add(number) };
            // SAFETY: a value is moved to a slot that is unfilled, or whose value was moved away, or
            // to itself. Lengths are recorded only after the loop, which calls nobody that looks.
            unsafe { place.copy_from(slot, 1) };
            // SAFETY: as above.
            unsafe { place_tag.copy_from(tag, 1) };
        }
        // SAFETY: these slots were just filled, with their tags.
        unsafe { to.set_len(start + moved) };
        // SAFETY: those that stay were moved together, the others away.
        unsafe { self.cut(stay, len) };
    }

    /// The length, behind which there is room for so many values.
    ///
    /// # Panics
    ///
    /// If there is not.
    fn has_room_for(&self, count: usize) -> usize {
        let bucket = self.as_bucket();
        let (len, capacity) = (bucket.len(), bucket.capacity());
        assert!(
            count <= capacity - len,
            "no room to move {count} values behind {len} of {capacity}"
        );
        len
    }

    /// Records a shorter length.
    ///
    /// # Safety
    ///
    /// `len` is the length, `stay` not above it. The slots below `stay` hold values with their tags, and
    /// those behind are nobody's.
    unsafe fn cut(&mut self, stay: usize, len: usize) {
        // SAFETY: at most the length.
        let (_, rest) = unsafe { self.place(stay) };
        // SAFETY: the tags of the slots from `stay` on, which are values no more.
        unsafe { rest.write_bytes(0, len - stay) };
        // SAFETY: by the caller's word, and as above.
        unsafe { self.set_len(stay) };
    }

    /// Adds clones of the values of `from`, which this bucket has room for.
    fn extend_cloned(&mut self, from: BucketRef<'_, T>)
    where
        T: Clone,
    {
        let start = self.as_bucket().len();
        assert!(start + from.len() <= self.as_bucket().capacity());
        if needs_drop::<T>() {
            // One after the other, so that those which are there are dropped when a clone panics.
            for (offset, value) in from.values().iter().enumerate() {
                let value = value.clone();
                // SAFETY: below the capacity, as asserted.
                unsafe { self.push_unchecked(start + offset, from.tags()[offset], value) };
            }
            return;
        }
        // Nothing to drop when a clone panics, and so a plain loop: a `memcpy` where `clone` is one.
        // SAFETY: at most the capacity.
        let (place, tags) = unsafe { self.place(start) };
        for (offset, value) in from.values().iter().enumerate() {
            let value = value.clone();
            // SAFETY: below the capacity.
            let slot = unsafe { place.add(offset) };
            // SAFETY: the slot is unfilled, and nobody else has the chunk.
            unsafe { slot.write(value) };
        }
        // SAFETY: a bucket has initialised tags for all of its values.
        let others = unsafe { from.chunk.add(HEAD) };
        // SAFETY: of two different chunks, with room for so many.
        unsafe { tags.copy_from_nonoverlapping(others, from.len()) };
        // SAFETY: so many slots were just filled, with their tags.
        unsafe { self.set_len(start + from.len()) };
    }
}

/// Some of the values of a bucket, by number.
#[derive(Clone, Debug, Default)]
pub struct Marks([u64; MOST_GROWN / u64::BITS as usize]);

impl Marks {
    /// Marks value number `index` if it is `chosen`.
    ///
    /// # Panics
    ///
    /// If `index` is not below 1024.
    #[inline]
    pub fn mark(&mut self, index: usize, chosen: bool) {
        self.0[index / 64] |= u64::from(chosen) << (index % 64);
    }

    /// Whether value number `index` is marked.
    #[inline]
    #[must_use]
    pub fn contains(&self, index: usize) -> bool {
        self.0[index / 64] >> (index % 64) & 1 != 0
    }

    /// How many are marked.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count_below(MOST_GROWN)
    }

    /// How many of the first `len` values are marked.
    ///
    /// # Panics
    ///
    /// If `len` is above 1024.
    fn count_below(&self, len: usize) -> usize {
        let ones = |word: u64| word.count_ones() as usize;
        let whole = self.0[..len / 64].iter().map(|&word| ones(word)).sum();
        match len % 64 {
            0 => whole,
            rest => whole + ones(self.0[len / 64] << (64 - rest)),
        }
    }
}

impl FromIterator<bool> for Marks {
    /// Marks the values for which `true` comes, from the first on.
    ///
    /// # Panics
    ///
    /// If more come than 1024.
    #[inline]
    fn from_iter<I: IntoIterator<Item = bool>>(chosen: I) -> Self {
        let mut marks = Self::default();
        let mut word = 0;
        for (index, chosen) in chosen.into_iter().enumerate() {
            if index % 64 == 0 {
                word = 0;
            }
            word |= u64::from(chosen) << (index % 64);
            marks.0[index / 64] = word;
        }
        marks
    }
}

// SAFETY: a chunk is a multiple of 64 and never null; the rest are the type's own operations.
unsafe impl<T> Counted for Bucket<T> {
    type Ref<'a>
        = BucketRef<'a, T>
    where
        Self: 'a;
    type Mut<'a>
        = BucketMut<'a, T>
    where
        Self: 'a;

    #[inline]
    fn into_raw(self) -> NonNull<u8> {
        ManuallyDrop::new(self).chunk
    }

    #[inline]
    unsafe fn from_raw(raw: NonNull<u8>) -> Self {
        Self {
            chunk: raw,
            owns: PhantomData,
        }
    }

    #[inline]
    unsafe fn raw_ref<'a>(raw: NonNull<u8>) -> BucketRef<'a, T>
    where
        Self: 'a,
    {
        BucketRef {
            chunk: raw,
            life: PhantomData,
        }
    }

    #[inline]
    unsafe fn raw_mut<'a>(raw: NonNull<u8>) -> BucketMut<'a, T>
    where
        Self: 'a,
    {
        BucketMut {
            chunk: raw,
            life: PhantomData,
        }
    }
}

/// The values of an exclusive [`Bucket`], by value.
pub struct IntoBucketValues<T> {
    /// The chunk, whose length is zero: the values in `live` belong to the iterator.
    bucket: Bucket<T>,
    live: Range<usize>,
}

impl<T> IntoBucketValues<T> {
    fn slot(&self, index: usize) -> NonNull<T> {
        debug_assert!(index <= self.bucket.as_bucket().capacity());
        // SAFETY: only used for the bounds of `live`, which is inside the chunk.
        unsafe { self.bucket.as_bucket().first().add(index) }
    }

    /// The values not yet taken.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        // SAFETY: the slots in `live` hold values.
        unsafe { slice::from_raw_parts(self.slot(self.live.start).as_ptr(), self.live.len()) }
    }
}

impl<T> Iterator for IntoBucketValues<T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        let index = self.live.next()?;
        // SAFETY: the slot holds a value, which is not in `live` any more.
        Some(unsafe { self.slot(index).read() })
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.live.size_hint()
    }
}

impl<T> ExactSizeIterator for IntoBucketValues<T> {}
impl<T> FusedIterator for IntoBucketValues<T> {}

impl<T> Drop for IntoBucketValues<T> {
    fn drop(&mut self) {
        let first = self.slot(self.live.start);
        let values = NonNull::slice_from_raw_parts(first, self.live.len());
        // SAFETY: the slots in `live` hold values that nobody took; the chunk itself goes after.
        unsafe { values.drop_in_place() };
    }
}

const _: () = assert!(size_of::<Option<Bucket<u64>>>() == 8);
#[cfg(not(cow_tiny))]
const _: () = {
    assert!(Bucket::<(u64, u64)>::GROWN_CAPACITY == 60);
    assert!(Bucket::<(u64, u64)>::GROWN.values == 64);
    assert!(Bucket::<(String, String)>::GROWN_CAPACITY == 20);
};
