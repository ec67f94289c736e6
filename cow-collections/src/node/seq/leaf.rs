//! The leaves of a vector, and reading them, and the dense nodes that lead to them, without looking
//! twice.
//!
//! INVARIANT of the whole engine: the length that a tree or a handle records for a leaf is a number of
//! slots that were filled through it: by this handle, or by the one it was cloned from. Every `len` here
//! is such a recorded length. On this stand the unchecked reads below.

use std::ptr::NonNull;

use cow_core::{AllocError, ArenaRef, Counted, HugeRef, Slots, SlotsMut, SlotsRef, View};

use super::{
    Body, Top, VecChild,
    kind::{EditLeaf, LeafEdit, LeafKind},
    prefix::PrefixChild,
    sums::{Sums, Weigh, Weight},
    tree::{Child, Dense},
};

/// Values in a full leaf.
pub(super) const fn full<T>() -> usize {
    Slots::<T>::LEAF_CAPACITY
}

impl<T, S: Sums> LeafKind<S> for Slots<T> {
    type Item = T;

    const MOST: usize = full::<T>();
    const FULL: usize = full::<T>();

    #[inline]
    fn pieces<'a>(leaf: SlotsRef<'a, T>, len: usize) -> [&'a [T]; 2]
    where
        T: 'a,
    {
        [values(leaf, len), &[]]
    }

    fn assert_invariants(leaf: SlotsRef<'_, T>, weight: S::Weight) {
        assert!(weight.len() <= leaf.capacity());
    }
}

impl<T: Clone, S: Sums<Weight = Weight<usize, 1>>> EditLeaf<S> for Slots<T> {
    fn try_new_in(arena: ArenaRef<'_>, room: usize) -> Result<Self, AllocError> {
        Self::try_with_capacity_in(arena, room)
    }

    #[inline]
    fn try_copy(leaf: SlotsRef<'_, T>, len: usize, room: usize) -> Result<Self, AllocError> {
        copy(leaf, len, room)
    }

    fn try_copy_head(_leaf: SlotsRef<'_, T>, _keep: usize) -> Result<Option<Self>, AllocError> {
        Ok(None)
    }

    #[inline]
    fn capacity(leaf: SlotsRef<'_, T>) -> usize {
        leaf.capacity()
    }

    #[inline]
    fn truncate(leaf: &mut SlotsMut<'_, T>, len: usize) {
        leaf.truncate(len);
    }

    fn split_point(_leaf: SlotsRef<'_, T>, len: usize, _at: usize) -> usize {
        len / 2
    }

    fn split_weight(_leaf: SlotsRef<'_, T>, len: usize, at: usize) -> [Weight<usize, 1>; 2] {
        [Weight::of_len(at), Weight::of_len(len - at)]
    }

    fn move_tail(leaf: &mut SlotsMut<'_, T>, at: usize, to: &mut SlotsMut<'_, T>) {
        leaf.move_tail(at, to);
    }

    fn copy_tail(leaf: SlotsRef<'_, T>, len: usize, at: usize, to: &mut SlotsMut<'_, T>) {
        to.extend_from_slice(&values(leaf, len)[at..]);
    }
}

/// Puts a value in.
pub(super) struct Put<T>(pub(super) T);

impl<T: Clone, S: Sums> LeafEdit<Slots<T>, S> for Put<T> {
    fn apply(self, mut slots: SlotsMut<'_, T>, at: usize) -> S::Weight {
        slots.insert(at, self.0);
        S::Weight::of_len(1)
    }
}

/// Takes a value out.
pub(super) struct Take<'a, T>(pub(super) &'a mut Option<T>);

impl<T: Clone, S: Sums> LeafEdit<Slots<T>, S> for Take<'_, T> {
    fn apply(self, mut slots: SlotsMut<'_, T>, at: usize) -> S::Weight {
        *self.0 = Some(slots.remove(at));
        S::Weight::of_len(1)
    }
}

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

/// Tells the processor that the chunk in `child` comes next: some lines of it, from its byte `at` on.
///
/// Hardware prefetchers follow a leaf but stop at the end of its page; its first lines set them off in the
/// next one.
#[inline]
pub(super) fn prefetch<L: Counted, S: Sums, const F: usize>(
    child: &Child<L, S, F>,
    at: usize,
    lines: usize,
) {
    cow_core::prefetch(child.as_ptr().wrapping_add(at), lines);
}

/// Tells the processor that the inner node in `child` comes next.
#[inline]
pub(super) fn prefetch_node<L: Counted, S: Sums, const F: usize>(child: &Child<L, S, F>) {
    cow_core::prefetch(child.as_ptr(), 4);
}

/// Tells the processor that the leaf in `child` comes next: its head, and what is at `at`.
#[inline]
pub(super) fn prefetch_leaf<L: Counted, S: Sums, const F: usize>(
    child: &Child<L, S, F>,
    at: usize,
) {
    cow_core::prefetch(child.as_ptr(), 1);
    cow_core::prefetch(child.as_ptr().wrapping_add(at), 4);
}

/// Tells the processor that the leaf in `child` comes next: its head, and what is from `at` on of so many
/// bytes. An insertion moves that, if the leaf was not edited before.
#[inline]
pub(super) fn prefetch_rest<L: Counted, S: Sums, const F: usize>(
    child: &Child<L, S, F>,
    at: usize,
    len: usize,
) {
    cow_core::prefetch(child.as_ptr(), 1);
    cow_core::prefetch(child.as_ptr().wrapping_add(at), (len - at) / 64 + 1);
}

/// Tells the processor that all of the leaf in `child` comes next.
#[inline]
pub(super) fn prefetch_whole<L: Counted, S: Sums, const F: usize>(child: &Child<L, S, F>) {
    cow_core::prefetch(child.as_ptr(), 32);
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
/// INVARIANT: a tree is kept in a body (`Seq::inner_len`).
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
pub(super) fn dense<L: Counted, S: Sums, const F: usize>(
    child: &Child<L, S, F>,
) -> &Dense<L, S, F> {
    debug_assert!(matches!(child.view(), View::B(_)));
    // SAFETY: the child is neither relaxed nor, above height 0, a leaf (INVARIANT).
    unsafe { child.b_unchecked() }
}

/// The leaf in `child`, at height 0.
#[inline]
pub(super) fn slots<T>(child: &VecChild<T>) -> SlotsRef<'_, T> {
    debug_assert!(matches!(child.view(), View::A(_)));
    // SAFETY: at height 0 there are only leaves (INVARIANT).
    unsafe { child.a_unchecked() }
}

/// The huge chunk in `child`, at height 0 of a prefix, whose nodes are all dense.
#[inline]
pub(super) fn huge<T>(child: &PrefixChild<T>) -> HugeRef<'_, T> {
    debug_assert!(matches!(child.view(), View::A(_)));
    // SAFETY: at height 0 there are only huge chunks (INVARIANT of `dense`).
    unsafe { child.a_unchecked() }
}

/// Value number `index` of a huge chunk of a prefix, where all of them are full.
#[inline]
pub(super) fn huge_value<T>(chunk: HugeRef<'_, T>, index: usize) -> &T {
    debug_assert!(index < chunk.len());
    // SAFETY: the chunk is full, and the index that of a value in it.
    unsafe { chunk.get_unchecked(index) }
}

/// Lends a place that was found under the same `&mut` that it is lent by.
///
/// INVARIANT: `place` comes from a reference under `owner`'s borrow, and nothing was done in between.
/// (The borrow checker does not see that a borrow ends where its result is not returned.)
#[inline]
pub(super) fn lend<S, T>(_owner: &mut S, mut place: NonNull<T>) -> &mut T {
    // SAFETY: a value, exclusive for as long as `owner` is borrowed (INVARIANT).
    unsafe { place.as_mut() }
}
