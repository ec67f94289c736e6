//! The leaf that was edited last, beside the handle of a text.

use std::{
    ptr::NonNull,
    sync::atomic::{AtomicBool, Ordering},
};

use cow_core::{GapMut, GapRef};

use crate::node::seq::sums::Weigh;

/// A leaf of a text, and by how much it changed since the nodes above it were told.
///
/// # Invariants
///
/// 1. While `weight` is above zero, a leaf of the tree begins behind text that weighs `start`, and weighs
///    `weight`. The nodes above it record for it what it weighs without `pending`.
/// 2. While `is_known` is set, `chunk` is that leaf, and the text is the only way to it: the leaf and all
///    nodes above it are exclusive.
/// 3. Whoever makes a second handle of the text calls [`share`](Self::share) first; whoever writes to
///    the tree by other means than this leaf lets the finger [`forget`](Self::forget) it first.
pub(super) struct Finger<W> {
    chunk: NonNull<u8>,
    /// Atomic, because sharing happens under `&self`, on any thread; it is only read back under `&mut`.
    is_known: AtomicBool,
    start: W,
    weight: W,
    pending: W,
}

// SAFETY: the chunk is a leaf that the text keeps, and bytes.
unsafe impl<W: Send> Send for Finger<W> {}
// SAFETY: as above; under `&self` the chunk is not looked at.
unsafe impl<W: Sync> Sync for Finger<W> {}

impl<W: Weigh> Finger<W> {
    /// On no leaf.
    pub(super) const fn none() -> Self {
        Self {
            chunk: NonNull::dangling(),
            is_known: AtomicBool::new(false),
            start: W::NOTHING,
            weight: W::NOTHING,
            pending: W::NOTHING,
        }
    }

    /// On a leaf that was just made exclusive, with all nodes above it.
    pub(super) fn on(leaf: GapRef<'_>, start: W, weight: W) -> Self {
        Self {
            chunk: leaf.chunk(),
            is_known: AtomicBool::new(true),
            start,
            weight,
            pending: W::NOTHING,
        }
    }

    /// What lies in front of the leaf.
    #[inline]
    pub(super) fn start(&self) -> W {
        self.start
    }

    /// What the leaf weighs.
    #[inline]
    pub(super) fn weight(&self) -> W {
        self.weight
    }

    /// What the nodes above have not been told yet. A difference, which may be below zero.
    #[inline]
    pub(super) fn pending(&self) -> W {
        self.pending
    }

    /// Lends the leaf if it is known, with the place in it of the text from `start` to `end`, if both lie
    /// in it.
    #[inline]
    pub(super) fn leaf_with(&mut self, start: usize, end: usize) -> Option<(GapMut<'_>, usize)> {
        let first = self.start.len();
        if start < first || end > first + self.weight.len() || !*self.is_known.get_mut() {
            return None;
        }
        // SAFETY: a leaf that the text keeps, exclusive, and borrowed by us mutably (invariant 2).
        Some((unsafe { GapMut::from_chunk(self.chunk) }, start - first))
    }

    /// Notes that so much was put into the leaf.
    #[inline]
    pub(super) fn grow(&mut self, by: W) {
        self.weight += by;
        self.pending += by;
    }

    /// Notes that so much was taken out of the leaf.
    #[inline]
    pub(super) fn shrink(&mut self, by: W) {
        self.weight -= by;
        self.pending -= by;
    }

    /// Notes that the nodes above were told.
    pub(super) fn told(&mut self) {
        self.pending = W::NOTHING;
    }

    /// Lets go of the leaf, of which nothing is pending.
    pub(super) fn forget(&mut self) {
        debug_assert_eq!(self.pending, W::NOTHING);
        *self = Self::none();
    }

    /// Gets ready for a second handle.
    #[inline]
    pub(super) fn share(&self) {
        // Relaxed: other threads may be storing the same.
        self.is_known.store(false, Ordering::Relaxed);
    }

    /// The same finger for a second handle, after [`share`](Self::share).
    #[inline]
    pub(super) fn second(&self) -> Self {
        Self {
            chunk: self.chunk,
            is_known: AtomicBool::new(false),
            start: self.start,
            weight: self.weight,
            pending: self.pending,
        }
    }

    /// Where the tree, which was not told what is pending, has what the text has at `sought` of `lane`:
    /// lane and number to look for; by how much where the leaf that comes out starts is to be corrected;
    /// and what it weighs, if that is not what the tree says.
    #[inline]
    pub(super) fn in_tree(&self, lane: usize, sought: usize) -> (usize, usize, W, Option<W>) {
        let first = self.start.lane(lane);
        if sought < first {
            return (lane, sought, W::NOTHING, None);
        }
        if sought < first + self.weight.lane(lane) {
            // In this very leaf: of its bytes there were some before, of the others maybe not.
            return (0, self.start.len(), W::NOTHING, Some(self.weight));
        }
        let told = W::of_lane(lane, sought) - self.pending;
        (lane, told.lane(lane), self.pending, None)
    }
}
