//! Reading leaves.
//!
//! INVARIANT of the whole engine: the length that a tree or a handle records for a leaf is a number of
//! slots that were filled through it: by this handle, or by the one it was cloned from. Every `len` here
//! is such a recorded length. On this stand the unchecked reads below.

use cow_core::{AllocError, Slots, SlotsMut, SlotsRef};

/// The values of a leaf with `len` values.
#[inline]
pub(super) fn values<T>(slots: SlotsRef<'_, T>, len: usize) -> &[T] {
    // SAFETY: the recorded length was filled through this handle or its origin (INVARIANT).
    unsafe { slots.as_slice(len) }
}

/// Value number `index` of a leaf that has more.
#[inline]
pub(super) fn value<T>(slots: SlotsRef<'_, T>, index: usize) -> &T {
    // SAFETY: as in `values`; the index is below the recorded length.
    unsafe { slots.get_unchecked(index) }
}

/// Fills slot number `len` of a leaf with `len` values, which others may share, if it is free still.
///
/// Never succeeds for values with drop glue.
#[inline]
pub(super) fn claim<T>(slots: SlotsRef<'_, T>, len: usize, value: T) -> Result<(), T> {
    // SAFETY: nobody in the engine looks behind the length it recorded: a leaf that turns exclusive is
    // truncated to that length first (`Seq::tail_is_exclusive`, `tree::leaf_mut_with_room`).
    unsafe { slots.claim(len, value) }
}

/// Copies a leaf with `len` values into a chunk with room for `room`.
pub(super) fn copy<T: Clone>(
    slots: SlotsRef<'_, T>,
    len: usize,
    room: usize,
) -> Result<Slots<T>, AllocError> {
    // SAFETY: as in `values`.
    unsafe { slots.try_copy(len, room) }
}

/// The values of an exclusive leaf with `len` values.
#[inline]
pub(super) fn values_mut<T>(slots: SlotsMut<'_, T>, len: usize) -> &mut [T] {
    // SAFETY: as in `values`.
    unsafe { slots.into_slice_unchecked(len) }
}

/// Value number `index` of an exclusive leaf that has more.
#[inline]
pub(super) fn value_mut<T>(slots: SlotsMut<'_, T>, index: usize) -> &mut T {
    // SAFETY: as in `value`.
    unsafe { slots.into_mut_unchecked(index) }
}

/// Fills slot number `len` of an exclusive leaf with exactly `len` values and room for more.
#[inline]
pub(super) fn push<T>(mut slots: SlotsMut<'_, T>, len: usize, value: T) {
    debug_assert!(slots.len() == len && len < slots.capacity());
    // SAFETY: the recorded length is the number of filled slots, and below the recorded capacity.
    unsafe { slots.push_unchecked(len, value) };
}
