//! A chunk seen as slots of `T`, filled from the first on.

use std::{
    iter::FusedIterator,
    marker::PhantomData,
    mem::{ManuallyDrop, needs_drop},
    ops::Range,
    ptr::{self, NonNull},
    slice,
};

use crate::{
    arena::{ArenaRef, FreeOnDrop},
    counted::{ChunkUsage, Counted},
    error::AllocError,
    extent::Extent,
    layout::{ChunkLayout, narrow},
    refcount::{Fill, Refcount},
};

/// How many values of a zero-sized type count as one full chunk.
const ZERO_SIZED_CAPACITY: usize = 1 << 15;

/// A shared handle to a chunk of slots: what a leaf of a vector is made of.
///
/// The chunk records how many slots are filled. A handle does not record how far it may read: its
/// owner does, because handles to one chunk may know different lengths. While the chunk is shared, the
/// handle whose length equals the fill may [`claim`](Self::claim) the next slot; the others do not
/// look there.
///
/// # Invariants
///
/// 1. `chunk` is a chunk in use, made for slots of `T`; its refcount counts this handle. The chunk has
///    fewer than 2^32 slots.
/// 2. The slots below the fill are initialised, or (while the chunk is shared) about to be by the one
///    handle that claimed them.
/// 3. A filled slot is written only while the refcount is one.
/// 4. Slots of a type with drop glue are filled only while the refcount is one. Handles are covariant:
///    one that turned into a handle of a shorter lifetime could else leave a value behind that another
///    one drops when that lifetime is over.
///
/// # Examples
///
/// ```
/// use cow_core::{ArenaRef, Slots};
///
/// let mut leaf = Slots::try_with_capacity_in(ArenaRef::global(), 8)?;
/// leaf.get_mut().unwrap().extend(&mut (0..3));
///
/// let snapshot = leaf.clone();
/// assert!(leaf.get_mut().is_none());       // shared
/// // SAFETY: no slot behind the third one is looked at through `snapshot`.
/// let claimed = unsafe { leaf.claim(3, 33) };
/// assert_eq!(claimed, Ok(()));             // appends all the same, and copies nothing
/// // SAFETY: as above; besides, it fails.
/// let late = unsafe { snapshot.claim(3, 44) };
/// assert_eq!(late, Err(44));               // the other was first: this one has to copy
/// # Ok::<(), cow_core::AllocError>(())
/// ```
#[repr(transparent)]
pub struct Slots<T> {
    chunk: NonNull<T>,
    owns: PhantomData<T>,
}

// SAFETY: as for `Shared`.
unsafe impl<T: Send + Sync> Send for Slots<T> {}
// SAFETY: as for `Shared`. A claim through `&Slots` writes a slot that nobody else looks at.
unsafe impl<T: Send + Sync> Sync for Slots<T> {}

impl<T> Slots<T> {
    /// Takes a chunk with room for at least `capacity` values.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk left.
    ///
    /// # Panics
    ///
    /// If `capacity` does not fit in `u32`, or the bytes of so many values not in `usize`; and if it is
    /// above 2^15 for values without size.
    #[inline]
    pub fn try_with_capacity_in(arena: ArenaRef<'_>, capacity: usize) -> Result<Self, AllocError> {
        let most = match size_of::<T>() {
            0 => ZERO_SIZED_CAPACITY,
            _ => u32::MAX as usize,
        };
        let bytes = size_of::<T>()
            .checked_mul(capacity)
            .filter(|_| capacity <= most)
            .expect("capacity overflow");
        let layout = ChunkLayout::new(bytes, align_of::<T>());
        let chunk = arena.allocate(layout)?;
        // SAFETY: the chunk is ours.
        unsafe { Extent::fill(Extent::of(chunk), chunk) }.set(0);
        Ok(Self {
            chunk: chunk.cast(),
            owns: PhantomData,
        })
    }

    /// How many values the chunk of a vector leaf should hold, so that copying one stays cheap.
    ///
    /// Up to 4 KiB of values without drop glue, about 1 KiB of those with it, whose clones cost more
    /// than their bytes; a larger class when that wastes less than an eighth of it.
    pub const LEAF_CAPACITY: usize = leaf_capacity::<T>();

    #[inline]
    fn extent(&self) -> NonNull<Extent> {
        Extent::of(self.chunk.cast())
    }

    #[inline]
    pub(crate) fn layout(&self) -> ChunkLayout {
        // SAFETY: the chunk is in use while this handle lives (invariant 1).
        unsafe { Extent::layout_of(self.chunk.cast()) }
    }

    #[inline]
    fn refcount(&self) -> &Refcount {
        // SAFETY: the chunk is in use while this handle lives (invariant 1).
        unsafe { Extent::refcount_of(self.chunk.cast()) }
    }

    #[inline]
    fn fill(&self) -> &Fill {
        // SAFETY: the chunk is in use while this handle lives (invariant 1).
        unsafe { Extent::fill(self.extent(), self.chunk.cast()) }
    }

    /// How many values the chunk has room for.
    #[inline]
    #[must_use]
    pub fn capacity(&self) -> usize {
        match size_of::<T>() {
            0 => ZERO_SIZED_CAPACITY,
            size => self.layout().bytes / size,
        }
    }

    /// Bytes of the chunk.
    #[inline]
    #[must_use]
    pub fn chunk_bytes(&self) -> usize {
        self.layout().bytes
    }

    /// What the chunk costs, and how many handles share it.
    #[must_use]
    pub fn usage(&self) -> ChunkUsage {
        // SAFETY: the chunk is in use while this handle lives.
        unsafe { Extent::usage(self.chunk.cast()) }
    }

    /// The arena that the chunk lies in.
    #[inline]
    #[must_use]
    pub fn arena(&self) -> ArenaRef<'_> {
        // SAFETY: the chunk is in use while this handle lives.
        unsafe { ArenaRef::of(self.chunk.cast()) }
    }

    /// `true` while this is the only handle. What other handles did happens before.
    #[inline]
    #[must_use]
    pub fn is_exclusive(&self) -> bool {
        self.refcount().is_exclusive()
    }

    /// Lends the slots for reading.
    #[inline]
    #[must_use]
    pub fn as_slots(&self) -> SlotsRef<'_, T> {
        SlotsRef {
            chunk: self.chunk,
            life: PhantomData,
        }
    }

    /// Lends the slots for writing, or `None` while another handle shares them.
    #[inline]
    pub fn get_mut(&mut self) -> Option<SlotsMut<'_, T>> {
        self.is_exclusive().then_some(SlotsMut {
            chunk: self.chunk,
            life: PhantomData,
        })
    }

    /// Puts `value` into slot number `len`, if that is the first unfilled one: even while the chunk
    /// is shared, and at most once.
    ///
    /// # Errors
    ///
    /// The value, when the chunk is full or another handle was there first; always when `T` has drop
    /// glue (invariant 4).
    ///
    /// # Safety
    ///
    /// Whoever is lent these slots for writing through another handle truncates them to the length
    /// that it knows before it looks at a slot behind: the value there may be of a type with a
    /// shorter lifetime.
    #[inline]
    pub unsafe fn claim(&self, len: usize, value: T) -> Result<(), T> {
        // SAFETY: passed on from our caller.
        unsafe { self.as_slots().claim(len, value) }
    }

    /// Takes the first `len` values out, if this is the only handle; those behind are dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use cow_core::{ArenaRef, Slots};
    ///
    /// let mut slots = Slots::try_with_capacity_in(ArenaRef::global(), 3)?;
    /// slots.get_mut().unwrap().extend_from_slice(&["a", "b", "c"].map(String::from));
    /// let values = slots.try_into_values(2).ok().expect("the only handle");
    /// assert!(values.eq(["a", "b"]));
    /// # Ok::<(), cow_core::AllocError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The handle itself, while it is shared.
    pub fn try_into_values(mut self, len: usize) -> Result<IntoValues<T>, Self> {
        let Some(mut slots) = self.get_mut() else {
            return Err(self);
        };
        slots.truncate(len);
        let end = slots.len();
        self.fill().set(0);
        Ok(IntoValues {
            slots: self,
            live: 0..end,
        })
    }

    #[cold]
    #[inline(never)]
    unsafe fn drop_slow(&mut self) {
        // SAFETY: the last handle is being dropped, and what the chunk holds with it.
        let _free = unsafe { FreeOnDrop::new(self.chunk.cast(), self.layout()) };
        if needs_drop::<T>() {
            let filled = self.fill().get() as usize;
            let values = ptr::slice_from_raw_parts_mut(self.chunk.as_ptr(), filled);
            // SAFETY: the slots below the fill are initialised (invariant 2), and nobody else has
            // the chunk.
            unsafe { values.drop_in_place() };
        }
    }
}

const fn leaf_capacity<T>() -> usize {
    let size = size_of::<T>();
    if size == 0 {
        return ZERO_SIZED_CAPACITY;
    }
    let most = match (cfg!(cow_tiny), needs_drop::<T>()) {
        (true, _) => 64,
        (false, false) => 4 << 10,
        (false, true) => 1 << 10,
    };
    let mut bytes = if size > most {
        size.next_power_of_two()
    } else {
        most
    };
    let largest = bytes * 8;
    // Large values rarely fill a power of two: look for a class that wastes at most an eighth.
    while bytes % size > bytes / 8 && bytes < largest && bytes < (64 << 10) {
        bytes *= 2;
    }
    // A leaf of one value could not be split in two.
    if bytes / size < 2 { 2 } else { bytes / size }
}

impl<T> Clone for Slots<T> {
    #[inline]
    fn clone(&self) -> Self {
        self.refcount().retain();
        Self {
            chunk: self.chunk,
            owns: PhantomData,
        }
    }
}

impl<T> Drop for Slots<T> {
    #[inline]
    fn drop(&mut self) {
        if self.refcount().release() {
            // SAFETY: this was the last handle.
            unsafe { self.drop_slow() };
        }
    }
}

/// The slots of a chunk, lent for reading.
pub struct SlotsRef<'a, T> {
    chunk: NonNull<T>,
    life: PhantomData<&'a T>,
}

impl<T> Clone for SlotsRef<'_, T> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for SlotsRef<'_, T> {}

impl<'a, T> SlotsRef<'a, T> {
    /// The first `len` values.
    ///
    /// # Safety
    ///
    /// The handle was given `len` values or more: it, or the handle it was cloned from, filled or
    /// claimed them, and that happened before this call.
    #[inline]
    #[must_use]
    pub unsafe fn as_slice(self, len: usize) -> &'a [T] {
        // SAFETY: filled slots are initialised and do not change while a handle that knows them is
        // borrowed.
        unsafe { slice::from_raw_parts(self.chunk.as_ptr(), len) }
    }

    /// The value in slot number `index`.
    ///
    /// # Safety
    ///
    /// As for [`as_slice`](Self::as_slice), with `index < len`.
    #[inline]
    #[must_use]
    pub unsafe fn get_unchecked(self, index: usize) -> &'a T {
        // SAFETY: a filled slot is inside the chunk.
        let slot = unsafe { self.chunk.add(index) };
        // SAFETY: as for `as_slice`.
        unsafe { slot.as_ref() }
    }

    /// The first slot's address, for telling chunks apart.
    #[inline]
    #[must_use]
    pub fn as_ptr(self) -> *const T {
        self.chunk.as_ptr()
    }

    /// The first slot, to be kept beside a handle and lent again by
    /// [`from_first`](Self::from_first).
    #[inline]
    #[must_use]
    pub fn first(self) -> NonNull<T> {
        self.chunk
    }

    /// Lends the slots of the chunk whose [`first`](Self::first) slot this is.
    ///
    /// # Safety
    ///
    /// A handle to the chunk lives for `'a`.
    #[inline]
    #[must_use]
    pub unsafe fn from_first(first: NonNull<T>) -> Self {
        Self {
            chunk: first,
            life: PhantomData,
        }
    }

    /// Records that the first `len` slots are filled, if fewer are recorded.
    ///
    /// For a handle that filled slots of an exclusive chunk and did not record each, before it makes
    /// the chunk shared. Others may have claimed more slots by then: the record never shrinks.
    ///
    /// # Safety
    ///
    /// The slots are filled, and `T` has no drop glue.
    #[inline]
    pub unsafe fn publish(self, len: usize) {
        self.lent().fill().publish(narrow(len));
    }

    /// How many values the chunk has room for.
    #[inline]
    #[must_use]
    pub fn capacity(self) -> usize {
        self.lent().capacity()
    }

    /// Bytes of the chunk.
    #[inline]
    #[must_use]
    pub fn chunk_bytes(self) -> usize {
        self.lent().chunk_bytes()
    }

    /// The number of handles; other threads may change it at any time.
    #[inline]
    #[must_use]
    pub fn handle_count(self) -> usize {
        self.lent().refcount().get() as usize
    }

    /// The arena that the chunk lies in.
    #[inline]
    #[must_use]
    pub fn arena(self) -> ArenaRef<'a> {
        // SAFETY: the chunk is in use for `'a`.
        unsafe { ArenaRef::of(self.chunk.cast()) }
    }

    /// Copies the first `len` values into a chunk of the same arena with room for `capacity`: the
    /// copy of a copy-on-write fault.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk left.
    ///
    /// # Safety
    ///
    /// As for [`as_slice`](Self::as_slice).
    pub unsafe fn try_copy(self, len: usize, capacity: usize) -> Result<Slots<T>, AllocError>
    where
        T: Clone,
    {
        let copy = Slots::try_with_capacity_in(self.arena(), capacity.max(len))?;
        // SAFETY: passed on from our caller.
        let values = unsafe { self.as_slice(len) };
        let mut slots = SlotsMut {
            chunk: copy.chunk,
            life: PhantomData,
        };
        slots.extend_from_slice(values);
        self.arena().count_copy(copy.chunk_bytes());
        Ok(copy)
    }

    /// As [`Slots::claim`].
    ///
    /// # Errors
    ///
    /// As for [`Slots::claim`].
    ///
    /// # Safety
    ///
    /// As for [`Slots::claim`].
    #[inline]
    pub unsafe fn claim(self, len: usize, value: T) -> Result<(), T> {
        if needs_drop::<T>() {
            return Err(value);
        }
        let Ok(number) = u32::try_from(len) else {
            return Err(value);
        };
        if len >= self.capacity() || !self.lent().fill().claim(number) {
            return Err(value);
        }
        // SAFETY: the slot is inside the chunk.
        let slot = unsafe { self.chunk.add(len) };
        // SAFETY: the claim made it ours to write: every other handle reads below its own length,
        // which is at most `len` (invariant 2 of `Slots`).
        unsafe { slot.write(value) };
        Ok(())
    }

    /// Copies `values` into the slots from number `len` on, if that is the first unfilled one and
    /// they fit: all of them or none. As [`claim`](Self::claim) for many values.
    ///
    /// # Safety
    ///
    /// As for [`Slots::claim`].
    #[inline]
    #[must_use = "nothing is copied when another handle was there first"]
    pub unsafe fn claim_slice(self, len: usize, values: &[T]) -> bool
    where
        T: Copy,
    {
        let capacity = self.capacity();
        if len > capacity || values.len() > capacity - len {
            return false;
        }
        if !self
            .lent()
            .fill()
            .claim_many(narrow(len), narrow(values.len()))
        {
            return false;
        }
        // SAFETY: the slots are inside the chunk.
        let place = unsafe { self.chunk.add(len) };
        // SAFETY: the claim made them ours to write, as in `claim`; `values` are filled slots, if they
        // are slots at all.
        unsafe { place.copy_from_nonoverlapping(NonNull::from_ref(values).cast(), values.len()) };
        true
    }

    /// The handle that lends these slots.
    #[inline]
    fn lent(self) -> ManuallyDrop<Slots<T>> {
        ManuallyDrop::new(Slots {
            chunk: self.chunk,
            owns: PhantomData,
        })
    }
}

/// The slots of an exclusive chunk, lent for writing: a vector of fixed capacity.
///
/// # Examples
///
/// ```
/// use cow_core::{ArenaRef, Slots};
///
/// let mut slots = Slots::try_with_capacity_in(ArenaRef::global(), 8)?;
/// let mut values = slots.get_mut().expect("the only handle");
/// values.extend(&mut (0..5));
/// values.insert(0, 9);
/// values.remove_range(1..4);
/// assert_eq!(values.pop(), Some(4));
/// assert_eq!(values.into_slice(), [9, 3]);
/// # Ok::<(), cow_core::AllocError>(())
/// ```
pub struct SlotsMut<'a, T> {
    chunk: NonNull<T>,
    life: PhantomData<&'a mut T>,
}

impl<'a, T> SlotsMut<'a, T> {
    #[inline]
    fn fill(&self) -> &Fill {
        // SAFETY: the chunk is in use while it is lent.
        unsafe { Extent::fill(Extent::of(self.chunk.cast()), self.chunk.cast()) }
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "a chunk has far fewer than 2^32 slots"
    )]
    #[inline]
    fn set_len(&mut self, len: usize) {
        self.fill().set(len as u32);
    }

    /// The number of filled slots.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.fill().get() as usize
    }

    /// `true` when no slot is filled.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many values the chunk has room for.
    #[inline]
    #[must_use]
    pub fn capacity(&self) -> usize {
        SlotsRef::<T> {
            chunk: self.chunk,
            life: PhantomData,
        }
        .capacity()
    }

    /// Lends these slots for a shorter time.
    #[inline]
    pub fn reborrow(&mut self) -> SlotsMut<'_, T> {
        SlotsMut {
            chunk: self.chunk,
            life: PhantomData,
        }
    }

    /// The filled slots.
    #[inline]
    #[must_use]
    pub fn into_slice(self) -> &'a mut [T] {
        let len = self.len();
        // SAFETY: the slots below the fill are initialised, and nobody else has the chunk.
        unsafe { slice::from_raw_parts_mut(self.chunk.as_ptr(), len) }
    }

    /// The first `len` values.
    ///
    /// # Safety
    ///
    /// At least `len` slots are filled.
    #[inline]
    #[must_use]
    pub unsafe fn into_slice_unchecked(self, len: usize) -> &'a mut [T] {
        // SAFETY: initialised by the caller's word, and nobody else has the chunk.
        unsafe { slice::from_raw_parts_mut(self.chunk.as_ptr(), len) }
    }

    /// The value in slot number `index`.
    ///
    /// # Safety
    ///
    /// The slot is filled.
    #[inline]
    #[must_use]
    pub unsafe fn into_mut_unchecked(self, index: usize) -> &'a mut T {
        // SAFETY: a filled slot is inside the chunk.
        let mut slot = unsafe { self.chunk.add(index) };
        // SAFETY: initialised by the caller's word, and nobody else has the chunk.
        unsafe { slot.as_mut() }
    }

    /// Lends the slots of the chunk whose first slot this is for writing.
    ///
    /// # Safety
    ///
    /// A handle to the chunk lives for `'a`, it is exclusive, and nothing else is lent by it.
    #[inline]
    #[must_use]
    pub unsafe fn from_first(first: NonNull<T>) -> Self {
        Self {
            chunk: first,
            life: PhantomData,
        }
    }

    /// Records that exactly the first `len` slots are filled.
    ///
    /// # Safety
    ///
    /// They are, and no slot behind them holds a value that needs to be dropped.
    #[inline]
    pub unsafe fn assume_filled(&mut self, len: usize) {
        self.set_len(len);
    }

    /// Fills slot number `len`, which is the first unfilled one.
    ///
    /// # Safety
    ///
    /// `len` slots are filled, and `len` is below the capacity.
    #[inline]
    pub unsafe fn push_unchecked(&mut self, len: usize, value: T) {
        // SAFETY: inside the chunk by the caller's word.
        let slot = unsafe { self.chunk.add(len) };
        // SAFETY: the slot is unfilled, and nobody else has the chunk.
        unsafe { slot.write(value) };
        self.set_len(len + 1);
    }

    /// Adds a value behind the others.
    ///
    /// # Panics
    ///
    /// If the chunk is full.
    #[inline]
    pub fn push(&mut self, value: T) {
        let len = self.len();
        assert!(len < self.capacity(), "push to a full chunk of {len} slots");
        // SAFETY: just checked.
        unsafe { self.push_unchecked(len, value) };
    }

    /// Takes the last value off.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        let len = self.len().checked_sub(1)?;
        self.set_len(len);
        // SAFETY: the slot is inside the chunk.
        let slot = unsafe { self.chunk.add(len) };
        // SAFETY: the slot was filled, and is so no more.
        Some(unsafe { slot.read() })
    }

    /// Drops all values from number `len` on.
    #[inline]
    pub fn truncate(&mut self, len: usize) {
        let filled = self.len();
        if len < filled {
            self.set_len(len);
            // SAFETY: the slots were filled, and are so no more by the shortened length.
            unsafe { self.drop_slots(len..filled) };
        }
    }

    /// Puts a value in front of value number `index`.
    ///
    /// # Complexity
    ///
    /// O(values behind `index`).
    ///
    /// # Panics
    ///
    /// If the chunk is full or `index` above its length.
    pub fn insert(&mut self, index: usize, value: T) {
        let (len, capacity) = (self.len(), self.capacity());
        assert!(
            index <= len && len < capacity,
            "insert at {index} of {len} in a chunk of {capacity} slots"
        );
        // SAFETY: `index <= len < capacity`: inside the chunk.
        let slot = unsafe { self.chunk.add(index) };
        // SAFETY: as above; slot number `len` is unfilled.
        unsafe { self.move_slots(index..len, index + 1) };
        // SAFETY: the slot's value was moved away.
        unsafe { slot.write(value) };
        self.set_len(len + 1);
    }

    /// Takes value number `index` out and closes the hole.
    ///
    /// # Complexity
    ///
    /// O(values behind `index`).
    ///
    /// # Panics
    ///
    /// If `index` is not below the length.
    pub fn remove(&mut self, index: usize) -> T {
        let len = self.len();
        assert!(index < len, "remove at {index} of {len}");
        // SAFETY: the slot is inside the chunk.
        let slot = unsafe { self.chunk.add(index) };
        // SAFETY: the slot is filled; what follows writes over it.
        let value = unsafe { slot.read() };
        // SAFETY: moves filled slots down over the one just emptied.
        unsafe { self.move_slots(index + 1..len, index) };
        self.set_len(len - 1);
        value
    }

    /// Drops the values in `range` and closes the hole.
    ///
    /// # Panics
    ///
    /// If the range is not inside the filled slots.
    pub fn remove_range(&mut self, range: Range<usize>) {
        /// Closes the hole, also when a value's `drop` panics.
        struct Close<'s, 'a, T> {
            slots: &'s mut SlotsMut<'a, T>,
            hole: Range<usize>,
            len: usize,
        }
        impl<T> Drop for Close<'_, '_, T> {
            fn drop(&mut self) {
                let (start, end) = (self.hole.start, self.hole.end);
                // SAFETY: the slots behind the hole are filled, those of the hole are so no more.
                unsafe { self.slots.move_slots(end..self.len, start) };
                self.slots.set_len(self.len - self.hole.len());
            }
        }

        let len = self.len();
        assert!(
            range.start <= range.end && range.end <= len,
            "remove {range:?} of {len}"
        );
        self.set_len(range.start);
        let close = Close {
            slots: self,
            hole: range.clone(),
            len,
        };
        // SAFETY: the slots were filled, and are so no more by the shortened length.
        unsafe { close.slots.drop_slots(range) };
    }

    /// Moves the values from number `index` on behind those of `to`.
    ///
    /// # Panics
    ///
    /// If `index` is above the length or `to` has no room for them.
    pub fn move_tail(&mut self, index: usize, to: &mut SlotsMut<'_, T>) {
        let (len, start) = (self.len(), to.len());
        assert!(
            index <= len && start + (len - index) <= to.capacity(),
            "no room to move {index}..{len}"
        );
        self.set_len(index);
        // SAFETY: `index` is at most the length.
        let from = unsafe { self.chunk.add(index) };
        // SAFETY: `start` is at most the capacity.
        let place = unsafe { to.chunk.add(start) };
        // SAFETY: filled slots here, unfilled ones there, of two different chunks.
        unsafe { place.copy_from_nonoverlapping(from, len - index) };
        to.set_len(start + len - index);
    }

    /// Moves the first `count` values behind those of `to`.
    ///
    /// # Panics
    ///
    /// If there are fewer, or `to` has no room for them.
    pub fn move_head(&mut self, count: usize, to: &mut SlotsMut<'_, T>) {
        let (len, start) = (self.len(), to.len());
        assert!(
            count <= len && start + count <= to.capacity(),
            "no room to move {count} of {len}"
        );
        // SAFETY: `start` is at most the capacity.
        let place = unsafe { to.chunk.add(start) };
        // SAFETY: filled slots here, unfilled ones there, of two different chunks.
        unsafe { place.copy_from_nonoverlapping(self.chunk, count) };
        // SAFETY: closes the gap that they left.
        unsafe { self.move_slots(count..len, 0) };
        self.set_len(len - count);
        to.set_len(start + count);
    }

    /// Adds values until the iterator ends or the chunk is full. Returns how many.
    #[inline]
    pub fn extend(&mut self, values: &mut impl Iterator<Item = T>) -> usize {
        let (start, capacity) = (self.len(), self.capacity());
        let mut filling = Filling {
            len: start,
            slots: self,
        };
        while filling.len < capacity {
            let Some(value) = values.next() else { break };
            // SAFETY: below the capacity.
            unsafe { filling.push(value) };
        }
        filling.len - start
    }

    /// Adds clones of the values.
    ///
    /// # Panics
    ///
    /// If the chunk has no room for them.
    pub fn extend_from_slice(&mut self, values: &[T])
    where
        T: Clone,
    {
        let start = self.len();
        assert!(
            values.len() <= self.capacity() - start,
            "no room for {} values",
            values.len()
        );
        if needs_drop::<T>() {
            let mut filling = Filling {
                len: start,
                slots: self,
            };
            for value in values {
                let value = value.clone();
                // SAFETY: below the capacity.
                unsafe { filling.push(value) };
            }
            return;
        }
        // SAFETY: `start` is at most the capacity.
        let place = unsafe { self.chunk.add(start) };
        // Nothing to drop when a clone panics, and so a plain loop: a `memcpy` where `clone` is one.
        for (offset, value) in values.iter().enumerate() {
            let value = value.clone();
            // SAFETY: below the capacity.
            let slot = unsafe { place.add(offset) };
            // SAFETY: the slot is unfilled.
            unsafe { slot.write(value) };
        }
        self.set_len(start + values.len());
    }

    /// Moves the values of some slots to those from `to` on, without regard to the fill.
    ///
    /// # Safety
    ///
    /// Both ranges are inside the chunk, and what is written over is not a value any more.
    #[inline]
    unsafe fn move_slots(&mut self, from: Range<usize>, to: usize) {
        // SAFETY: inside the chunk by the caller's word.
        let source = unsafe { self.chunk.add(from.start) };
        // SAFETY: as above.
        let place = unsafe { self.chunk.add(to) };
        // SAFETY: as above; nobody else has the chunk.
        unsafe { place.copy_from(source, from.len()) };
    }

    /// Drops the values of some slots, without regard to the fill.
    ///
    /// # Safety
    ///
    /// The slots hold values, which are used no more.
    unsafe fn drop_slots(&mut self, range: Range<usize>) {
        // SAFETY: the range is inside the chunk.
        let first = unsafe { self.chunk.add(range.start) };
        // SAFETY: passed on; nobody else has the chunk.
        unsafe { NonNull::slice_from_raw_parts(first, range.len()).drop_in_place() };
    }
}

/// Counts what was filled, also when the next value panics.
struct Filling<'s, 'a, T> {
    slots: &'s mut SlotsMut<'a, T>,
    len: usize,
}

impl<T> Filling<'_, '_, T> {
    /// Fills slot number `len`.
    ///
    /// # Safety
    ///
    /// `len` is below the capacity, and the slot unfilled.
    #[inline]
    unsafe fn push(&mut self, value: T) {
        // SAFETY: inside the chunk by the caller's word.
        let slot = unsafe { self.slots.chunk.add(self.len) };
        // SAFETY: the slot is unfilled, and nobody else has the chunk.
        unsafe { slot.write(value) };
        self.len += 1;
    }
}

impl<T> Drop for Filling<'_, '_, T> {
    #[inline]
    fn drop(&mut self) {
        self.slots.set_len(self.len);
    }
}

// SAFETY: a chunk is a multiple of 64 and never null; the rest are the type's own operations.
unsafe impl<T> Counted for Slots<T> {
    type Ref<'a>
        = SlotsRef<'a, T>
    where
        Self: 'a;
    type Mut<'a>
        = SlotsMut<'a, T>
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
            owns: PhantomData,
        }
    }

    #[inline]
    unsafe fn raw_ref<'a>(raw: NonNull<u8>) -> SlotsRef<'a, T>
    where
        Self: 'a,
    {
        SlotsRef {
            chunk: raw.cast(),
            life: PhantomData,
        }
    }

    #[inline]
    unsafe fn raw_mut<'a>(raw: NonNull<u8>) -> SlotsMut<'a, T>
    where
        Self: 'a,
    {
        SlotsMut {
            chunk: raw.cast(),
            life: PhantomData,
        }
    }
}

/// The values of an exclusive chunk, by value.
pub struct IntoValues<T> {
    /// The chunk, whose fill is zero: the values in `live` belong to the iterator.
    slots: Slots<T>,
    live: Range<usize>,
}

impl<T> IntoValues<T> {
    /// The values not yet taken.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        // SAFETY: `live` is inside the chunk.
        let first = unsafe { self.slots.chunk.add(self.live.start) };
        // SAFETY: the slots in `live` hold values.
        unsafe { slice::from_raw_parts(first.as_ptr(), self.live.len()) }
    }

    /// The values not yet taken, for writing.
    #[must_use]
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        // SAFETY: the live slots are inside the chunk.
        let first = unsafe { self.slots.chunk.add(self.live.start) };
        // SAFETY: they hold values, and the chunk is exclusive.
        unsafe { slice::from_raw_parts_mut(first.as_ptr(), self.live.len()) }
    }
}

impl<T> Iterator for IntoValues<T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        let index = self.live.next()?;
        // SAFETY: `live` is inside the chunk.
        let slot = unsafe { self.slots.chunk.add(index) };
        // SAFETY: the slot holds a value, which is not in `live` any more.
        Some(unsafe { slot.read() })
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.live.size_hint()
    }
}

impl<T> DoubleEndedIterator for IntoValues<T> {
    #[inline]
    fn next_back(&mut self) -> Option<T> {
        let index = self.live.next_back()?;
        // SAFETY: `live` is inside the chunk.
        let slot = unsafe { self.slots.chunk.add(index) };
        // SAFETY: the slot holds a value, which is not in `live` any more.
        Some(unsafe { slot.read() })
    }
}

impl<T> ExactSizeIterator for IntoValues<T> {}
impl<T> FusedIterator for IntoValues<T> {}

impl<T> Drop for IntoValues<T> {
    fn drop(&mut self) {
        let mut slots = SlotsMut {
            chunk: self.slots.chunk,
            life: PhantomData,
        };
        // SAFETY: the slots in `live` hold values that nobody took; the chunk itself goes after.
        unsafe { slots.drop_slots(self.live.clone()) };
    }
}

const _: () = assert!(size_of::<Option<Slots<u64>>>() == 8);
