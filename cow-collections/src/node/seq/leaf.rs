//! Reading leaves, and the dense nodes that lead to them, without looking twice.
//!
//! INVARIANT of the whole engine: the length that a tree or a handle records for a leaf is a number of
//! slots that were filled through it: by this handle, or by the one it was cloned from. Every `len` here
//! is such a recorded length. On this stand the unchecked reads below.

use std::ptr::NonNull;

use cow_core::{AllocError, Slots, SlotsMut, SlotsRef, View};

use super::{
    Body, Top,
    tree::{Child, Dense},
};

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

/// Tells the processor that the leaf in `child` comes next.
///
/// Hardware prefetchers follow a leaf but stop at the end of its page; these first lines set them off
/// in the next one.
#[inline]
pub(super) fn prefetch<T>(child: &Child<T>) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    for line in 0..4 {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let place = child.as_ptr().wrapping_add(line * 64);
        // SAFETY: a prefetch reads nothing and faults at no address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(place.cast()) };
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = child;
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

/// The body of a sequence whose tree holds a value.
///
/// INVARIANT: a tree is kept in a body (`Seq::tree_len`).
#[inline]
pub(super) fn body<T>(top: &Top<T>) -> &Body<T> {
    debug_assert!(matches!(top.view(), View::B(_)));
    // SAFETY: there is a tree, so there is a body (INVARIANT).
    unsafe { top.b_unchecked() }
}

/// The dense node in `child`.
///
/// INVARIANT: below a dense node there are only dense nodes, and leaves at height 0. So who knows the
/// height and that the top of a subtree is not relaxed knows the kind of every child in it.
#[inline]
pub(super) fn dense<T>(child: &Child<T>) -> &Dense<T> {
    debug_assert!(matches!(child.view(), View::B(_)));
    // SAFETY: the child is neither relaxed nor, above height 0, a leaf (INVARIANT).
    unsafe { child.b_unchecked() }
}

/// The leaf in `child`, at height 0.
#[inline]
pub(super) fn slots<T>(child: &Child<T>) -> SlotsRef<'_, T> {
    debug_assert!(matches!(child.view(), View::A(_)));
    // SAFETY: at height 0 there are only leaves (INVARIANT).
    unsafe { child.a_unchecked() }
}

/// Lends a place that was found under the same `&mut` that it is lent by.
///
/// INVARIANT: `place` comes from [`value_mut`] under `owner`'s borrow, and nothing was done in between.
/// (The borrow checker does not see that a borrow ends where its result is not returned.)
#[inline]
pub(super) fn lend<S, T>(_owner: &mut S, mut place: NonNull<T>) -> &mut T {
    // SAFETY: a value, exclusive for as long as `owner` is borrowed (INVARIANT).
    unsafe { place.as_mut() }
}
