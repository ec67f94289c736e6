//! The last leaf as the handle sees it: where its values are, how many, and how many may come.

use std::{
    marker::PhantomData,
    mem::needs_drop,
    ptr::NonNull,
    sync::atomic::{AtomicU32, Ordering},
};

use cow_core::{SlotsMut, SlotsRef};

use super::leaf::full;

/// The tail of a sequence, beside the handle that keeps its chunk.
///
/// # Invariants
///
/// 1. While `len` or `limit` is above zero, `first` is the first slot of the chunk that the sequence
///    keeps as its tail, and `len` of its slots were filled through the sequence or its origin.
/// 2. While `limit` is above zero, the sequence is the only way to the chunk, `limit` is how many values
///    the chunk may hold, and no slot from `len` on is filled. The chunk's own record of filled slots
///    may lag behind `len`, but for values with drop glue.
/// 3. Whoever makes a second handle of the sequence calls [`share`](Self::share) first.
pub(super) struct Tail<T> {
    first: NonNull<T>,
    len: u32,
    /// Zero when it is not known that nobody shares the chunk. Atomic, because sharing happens under
    /// `&self`, on any thread; it is only read back under `&mut`.
    limit: AtomicU32,
    life: PhantomData<T>,
}

// SAFETY: the tail is a view of a `Slots<T>` that the sequence keeps.
unsafe impl<T: Send + Sync> Send for Tail<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for Tail<T> {}

/// Narrows a number of slots in one leaf.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a leaf has at most 2^15 slots"
)]
const fn narrow(slots: usize) -> u32 {
    slots as u32
}

impl<T> Tail<T> {
    /// No tail.
    pub(super) const fn none() -> Self {
        Self {
            first: NonNull::dangling(),
            len: 0,
            limit: AtomicU32::new(0),
            life: PhantomData,
        }
    }

    /// The tail in a leaf of which the sequence knows `len` values; not known to be exclusive.
    pub(super) fn new(slots: SlotsRef<'_, T>, len: usize) -> Self {
        Self {
            first: slots.first(),
            len: narrow(len),
            ..Self::none()
        }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len as usize
    }

    /// The slots of the tail's chunk.
    #[inline]
    pub(super) fn slots(&self) -> SlotsRef<'_, T> {
        // SAFETY: the sequence keeps the chunk (invariant 1), and we are borrowed from it.
        unsafe { SlotsRef::from_first(self.first) }
    }

    #[inline]
    pub(super) fn values(&self) -> &[T] {
        // SAFETY: `len` slots are filled (invariant 1); for none, any aligned address will do.
        unsafe { self.slots().as_slice(self.len()) }
    }

    /// `true` when the chunk is known to be exclusive.
    #[inline]
    pub(super) fn is_known_exclusive(&mut self) -> bool {
        *self.limit.get_mut() > 0
    }

    /// Adds a value if the chunk is known to be exclusive and has room, else gives it back.
    #[inline]
    pub(super) fn push(&mut self, value: T) -> Result<(), T> {
        if self.len >= *self.limit.get_mut() {
            return Err(value);
        }
        // SAFETY: the slot is below the limit, so inside the chunk (invariant 2).
        let slot = unsafe { self.first.add(self.len()) };
        // SAFETY: unfilled, and nobody else's (invariant 2).
        unsafe { slot.write(value) };
        self.len += 1;
        if needs_drop::<T>() {
            self.record();
        }
        Ok(())
    }

    /// Takes the last value off if the chunk is known to be exclusive.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<T> {
        if self.len == 0 || !self.is_known_exclusive() {
            return None;
        }
        self.len -= 1;
        self.record();
        // SAFETY: the slot was filled, and is recorded so no more.
        let slot = unsafe { self.first.add(self.len()) };
        // SAFETY: as above.
        Some(unsafe { slot.read() })
    }

    /// Adds a value in a slot that is free still although others may share the chunk.
    pub(super) fn claim(&mut self, value: T) -> Result<(), T> {
        // SAFETY: nobody looks behind the length that it knows: a leaf that turns exclusive is
        // truncated to that first (`Tail::exclusive`, `tree::leaf_mut_with_room`).
        unsafe { self.slots().claim(self.len(), value) }?;
        self.len += 1;
        Ok(())
    }

    /// Forgets the values from `len` on, which stay in the chunk for those that share it.
    pub(super) fn forget_from(&mut self, len: usize) {
        debug_assert!(
            !self.is_known_exclusive(),
            "what is forgotten would never be dropped"
        );
        self.len = narrow(len);
    }

    /// Records in the chunk how many slots are filled. The chunk is known to be exclusive.
    #[inline]
    fn record(&mut self) {
        // SAFETY: nobody else leads to the chunk (invariant 2), and we are borrowed mutably.
        let mut slots = unsafe { SlotsMut::from_first(self.first) };
        // SAFETY: exactly `len` slots are filled (invariant 2).
        unsafe { slots.assume_filled(self.len as usize) };
    }

    /// Gets ready for a second handle.
    #[inline]
    pub(super) fn share(&self) {
        // Relaxed: other threads may be doing the same, with the same numbers.
        if self.limit.load(Ordering::Relaxed) > 0 {
            if !needs_drop::<T>() {
                // SAFETY: the slots are filled (invariant 1), and need no drop.
                unsafe { self.slots().publish(self.len()) };
            }
            self.limit.store(0, Ordering::Relaxed);
        }
    }

    /// The same tail for a second handle, after [`share`](Self::share).
    pub(super) fn second(&self) -> Self {
        Self {
            first: self.first,
            len: self.len,
            ..Self::none()
        }
    }

    /// Asserts what can be seen of the invariants. For tests.
    pub(super) fn assert_invariants(&self) {
        let limit = self.limit.load(Ordering::Relaxed);
        if limit > 0 {
            assert!(self.len <= limit && limit as usize <= full::<T>());
            assert_eq!(self.slots().handle_count(), 1);
        }
    }

    /// Lends the slots of the tail's chunk, which were found to be exclusive, for changing how many
    /// are filled: exactly `len` at first.
    pub(super) fn lend<'a>(&'a mut self, mut slots: SlotsMut<'a, T>) -> Lent<'a, T> {
        if self.is_known_exclusive() {
            self.record();
        } else {
            // Slots that a snapshot claimed before it was dropped.
            slots.truncate(self.len());
        }
        Lent { tail: self, slots }
    }
}

/// The slots of a tail on loan. The tail takes over how many are filled at the end, also when a panic
/// ends it.
pub(super) struct Lent<'a, T> {
    tail: &'a mut Tail<T>,
    slots: SlotsMut<'a, T>,
}

impl<'a, T> Lent<'a, T> {
    /// The slots, for as long as the tail is lent.
    pub(super) fn slots(&mut self) -> SlotsMut<'_, T> {
        self.slots.reborrow()
    }

    /// How many values may be added.
    pub(super) fn room(&self) -> usize {
        self.slots.capacity().min(full::<T>()) - self.slots.len()
    }

    /// Value number `index`, for as long as the sequence is borrowed. Touches no other value: they may
    /// be lent too.
    pub(super) fn into_value(self, index: usize) -> &'a mut T {
        let (first, len) = (self.tail.first, self.slots.len());
        drop(self);
        assert!(index < len, "value {index} of a tail of {len}");
        // SAFETY: the sequence, which is borrowed, is the only way to the chunk.
        let slots = unsafe { SlotsMut::from_first(first) };
        // SAFETY: `len` slots are filled.
        unsafe { slots.into_mut_unchecked(index) }
    }

    /// All values, for as long as the sequence is borrowed.
    pub(super) fn into_values(self) -> &'a mut [T] {
        let (first, len) = (self.tail.first, self.slots.len());
        drop(self);
        // SAFETY: the sequence, which is borrowed, is the only way to the chunk.
        let slots = unsafe { SlotsMut::from_first(first) };
        // SAFETY: `len` slots are filled.
        unsafe { slots.into_slice_unchecked(len) }
    }
}

impl<T> Drop for Lent<'_, T> {
    fn drop(&mut self) {
        self.tail.len = narrow(self.slots.len());
        *self.tail.limit.get_mut() = narrow(self.slots.capacity().min(full::<T>()));
    }
}
