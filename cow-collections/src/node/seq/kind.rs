//! What a tree is a tree of: the contract between the engine and its leaves.
//!
//! The engine finds its way, keeps paths exclusive, splits and joins nodes, and walks. It never looks
//! inside a leaf: that is the leaf kind's part. There are two instantiations:
//!
//! | | vectors | text |
//! |---|---|---|
//! | leaf | `Slots<T>`, which does not know its length | `Gap<M>`, a gap buffer that does |
//! | a position is | a number of values | a number of bytes |
//! | weight of a subtree | that number | bytes, and what else the metrics `M` sum up |
//! | nodes | dense; relaxed where something was inserted or removed | relaxed |
//! | fan-out | 32 | 16 |
//! | besides | a tail behind the tree, slots claimed by others | a finger, with sums not yet in the tree |
//!
//! The nodes are generic over the leaf kind `L`, the sums `S` of a relaxed node, and the fan-out. `S` is
//! a parameter and not a type of `L`'s, because a tree of `Slots<T>` must stay covariant in `T`: what
//! goes through a projection of `L` would not.

use cow_core::{AllocError, ArenaRef, Counted};

use super::sums::Sums;

/// A kind of leaves, and how to read one.
///
/// A leaf is lent as [`Counted::Ref`] or [`Counted::Mut`], together with the length that the tree
/// records for it: a leaf that is shared between versions may hold more than one of them knows.
pub(crate) trait LeafKind<S: Sums>: Counted {
    /// What a leaf holds in a row.
    type Item;

    /// The most that a leaf holds.
    const MOST: usize;

    /// The length of the leaves below a dense node, which records none. `usize::MAX` for a kind without
    /// dense nodes.
    const FULL: usize;

    /// What the leaf holds, in order.
    fn pieces<'a>(leaf: Self::Ref<'a>, len: usize) -> [&'a [Self::Item]; 2]
    where
        Self: 'a;

    /// Asserts what holds of a leaf that weighs `weight`. For tests.
    fn assert_invariants(leaf: Self::Ref<'_>, weight: S::Weight);
}

/// A kind of leaves that can be copied, and so be written after a snapshot.
pub(crate) trait EditLeaf<S: Sums>: LeafKind<S> {
    /// Makes an empty leaf with room for `room`, or more.
    fn try_new_in(arena: ArenaRef<'_>, room: usize) -> Result<Self, AllocError>;

    /// Copies a leaf into one with room for `room`, or more.
    fn try_copy(leaf: Self::Ref<'_>, len: usize, room: usize) -> Result<Self, AllocError>;

    /// Makes a leaf of the first `keep` of a shared one; or nothing, if it will do to record a length of
    /// `keep` for the shared one.
    fn try_copy_head(leaf: Self::Ref<'_>, keep: usize) -> Result<Option<Self>, AllocError>;

    /// What the chunk of the leaf has room for.
    fn capacity(leaf: Self::Ref<'_>) -> usize;

    /// Cuts off what other versions put behind the length that is known here.
    fn truncate(leaf: &mut Self::Mut<'_>, len: usize);

    /// Where to split a full leaf in which something is to be put at `at`: how much of it stays.
    fn split_point(leaf: Self::Ref<'_>, len: usize, at: usize) -> usize;

    /// What the two parts of a leaf would weigh, as leaves of their own, if it were split at `at`.
    fn split_weight(leaf: Self::Ref<'_>, len: usize, at: usize) -> [S::Weight; 2];

    /// Moves what is in a leaf from `at` on behind what is in `to`, which has room for it.
    fn move_tail(leaf: &mut Self::Mut<'_>, at: usize, to: &mut Self::Mut<'_>);

    /// Copies what is in a shared leaf from `at` on behind what is in `to`, which has room for it.
    fn copy_tail(leaf: Self::Ref<'_>, len: usize, at: usize, to: &mut Self::Mut<'_>);
}

/// A change to a single leaf.
pub(crate) trait LeafEdit<L: LeafKind<S>, S: Sums> {
    /// Makes the change at `at` and returns what was put in or taken out.
    fn apply(self, leaf: L::Mut<'_>, at: usize) -> S::Weight;
}
