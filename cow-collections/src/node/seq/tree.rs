//! The nodes of a sequence and how to find one's way among them.
//!
//! A tree of height 0 is a leaf; one of height `h` is an inner node whose children have height `h - 1`.
//! All leaves are equally deep. Inner nodes come in two kinds:
//!
//! - *dense*: every leaf below is full, and every child but the last one is full too. Where an index
//!   lies is then plain arithmetic, and the node is an array of children, nothing else.
//! - *relaxed*: the node records where each child ends. Children may have any length but zero, and may
//!   be dense or relaxed.
//!
//! What the leaves are is told by the parameters (see [`LeafKind`]): `L` is their kind, `S` what a
//! relaxed node sums up, `F` the fan-out.

use cow_core::{AllocError, ArenaRef, Counted, Entry, Shared, View, ViewMut};

use super::{
    kind::{EditLeaf, LeafKind},
    leaf::{prefetch_leaf, prefetch_node},
    sums::{Sums, Weigh},
};

/// A slot of an inner node: a leaf, a dense node or a relaxed node.
pub(super) type Child<L, S, const F: usize> =
    Entry<L, Shared<Dense<L, S, F>>, Shared<Relaxed<L, S, F>>>;

/// An inner node all of whose leaves are full.
pub(crate) struct Dense<L: Counted, S: Sums, const F: usize> {
    pub(super) children: [Child<L, S, F>; F],
}

/// An inner node that records where its children end.
///
/// # Invariants
///
/// The children come first and the empty slots last; `ends` are the sums of that many children.
pub(crate) struct Relaxed<L: Counted, S: Sums, const F: usize> {
    pub(super) children: [Child<L, S, F>; F],
    pub(super) ends: S,
}

impl<L: Counted, S: Sums, const F: usize> Clone for Dense<L, S, F> {
    fn clone(&self) -> Self {
        Self {
            children: self.children.clone(),
        }
    }
}

impl<L: Counted, S: Sums, const F: usize> Clone for Relaxed<L, S, F> {
    fn clone(&self) -> Self {
        Self {
            children: self.children.clone(),
            ends: self.ends,
        }
    }
}

impl<L: Counted, S: Sums, const F: usize> Dense<L, S, F> {
    pub(super) const fn new() -> Self {
        Self {
            children: [const { Entry::empty() }; F],
        }
    }
}

impl<L: Counted, S: Sums, const F: usize> Relaxed<L, S, F> {
    pub(super) const fn new() -> Self {
        Self {
            children: [const { Entry::empty() }; F],
            ends: S::NONE,
        }
    }

    /// The number of children.
    pub(super) fn count(&self) -> usize {
        self.ends.count()
    }

    /// Where child `i` starts.
    #[inline]
    pub(super) fn start(&self, i: usize) -> usize {
        self.ends.start(i).len()
    }

    /// What child `i` weighs.
    #[inline]
    pub(super) fn child_weight(&self, i: usize) -> S::Weight {
        self.ends.end(i) - self.ends.start(i)
    }

    /// The length of child `i`.
    #[inline]
    pub(super) fn child_len(&self, i: usize) -> usize {
        self.child_weight(i).len()
    }

    /// What all children weigh.
    pub(super) fn weight(&self) -> S::Weight {
        self.ends.start(self.count())
    }

    /// The child that holds position `at`.
    #[inline]
    pub(super) fn find(&self, at: usize) -> usize {
        self.ends.find(at)
    }

    /// Puts a child in front of child `i` and adds its weight. There is room for it.
    pub(super) fn insert(&mut self, i: usize, child: Child<L, S, F>, weight: S::Weight) {
        debug_assert!(self.children[F - 1].is_empty());
        self.children[i..].rotate_right(1);
        self.ends.open(i);
        self.ends.grow(i, weight);
        self.children[i] = child;
    }

    /// Adds a child behind the others. There is room for it.
    pub(super) fn push(&mut self, child: Child<L, S, F>, weight: S::Weight) {
        self.insert(self.count(), child, weight);
    }

    /// Takes child `i` out, with its weight.
    pub(super) fn remove(&mut self, i: usize) -> (Child<L, S, F>, S::Weight) {
        let weight = self.child_weight(i);
        self.ends.shrink(i, weight);
        let child = std::mem::take(&mut self.children[i]);
        self.children[i..].rotate_left(1);
        self.ends.close(i);
        (child, weight)
    }

    /// Moves the children from number `i` on behind those of `to`.
    pub(super) fn move_tail(&mut self, i: usize, to: &mut Self) {
        let (count, start) = (self.count(), self.ends.start(i));
        let (at, base) = (to.count(), to.weight());
        for j in i..count {
            to.children[at + j - i] = std::mem::take(&mut self.children[j]);
            to.ends.set_end(at + j - i, base + self.ends.end(j) - start);
        }
        for j in i..count {
            self.ends.clear(j);
        }
    }
}

/// A whole tree: what `root` is the top of.
pub(crate) struct Tree<L: Counted, S: Sums, const F: usize> {
    pub(super) root: Child<L, S, F>,
    pub(super) height: u8,
    pub(super) weight: S::Weight,
}

impl<L: Counted, S: Sums, const F: usize> Clone for Tree<L, S, F> {
    fn clone(&self) -> Self {
        Self {
            root: self.root.clone(),
            height: self.height,
            weight: self.weight,
        }
    }
}

impl<L: LeafKind<S>, S: Sums, const F: usize> Tree<L, S, F> {
    pub(super) const fn empty() -> Self {
        Self {
            root: Entry::empty(),
            height: 0,
            weight: S::Weight::NOTHING,
        }
    }

    /// A leaf alone.
    pub(super) fn leaf(leaf: L, weight: S::Weight) -> Self {
        if weight.len() == 0 {
            return Self::empty();
        }
        Self {
            root: Entry::a(leaf),
            height: 0,
            weight,
        }
    }

    /// The length.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.weight.len()
    }

    /// The leaf in which the sum of the given lane passes `sought`, which is below that of the whole
    /// tree; what lies in front of the leaf, and what it weighs. Of a tree without dense nodes.
    #[inline]
    pub(super) fn leaf_of_sum(&self, lane: usize, sought: usize) -> (L::Ref<'_>, [S::Weight; 2]) {
        let (mut child, mut start, mut end) = (&self.root, S::Weight::NOTHING, self.weight);
        let mut sought = sought;
        loop {
            match child.view() {
                View::C(node) => {
                    let i = node.ends.find_in(lane, sought) % F;
                    let before = node.ends.start(i);
                    sought -= before.lane(lane);
                    end = start + node.ends.end(i);
                    start += before;
                    child = &node.children[i];
                    match child.view() {
                        View::A(_) => prefetch_leaf(child, if lane == 0 { sought } else { 0 }),
                        _ => prefetch_node(child),
                    }
                }
                View::A(leaf) => return (leaf, [start, end - start]),
                View::B(_) | View::Empty => unreachable!("nothing at {sought} of lane {lane}"),
            }
        }
    }

    /// Takes inner nodes with a single child off the top.
    pub(super) fn lower(&mut self) {
        if self.len() == 0 {
            *self = Self::empty();
            return;
        }
        while self.height > 0 {
            match self.root.view() {
                View::B(node) if node.children[1].is_empty() => {}
                View::C(node) if node.children[1].is_empty() => {}
                _ => return,
            }
            let only = |children: &mut [Child<L, S, F>; F]| std::mem::take(&mut children[0]);
            let top = match self.root.view_mut() {
                Some(ViewMut::B(node)) => only(&mut node.children),
                Some(ViewMut::C(node)) => only(&mut node.children),
                _ => Entry::empty(),
            };
            self.root = match self.root.view() {
                _ if !top.is_empty() => top,
                View::B(node) => node.children[0].clone(),
                View::C(node) => node.children[0].clone(),
                View::A(_) | View::Empty => unreachable!("an inner node was expected"),
            };
            self.height -= 1;
        }
    }
}

/// Leaves in a full dense tree of this height.
#[inline]
pub(super) fn pages<const F: usize>(height: u8) -> usize {
    1_usize
        .checked_shl(u32::from(height) * F.ilog2())
        .unwrap_or(usize::MAX)
}

/// The length of a full dense tree of this height.
#[inline]
pub(super) fn capacity<L: LeafKind<S>, S: Sums, const F: usize>(height: u8) -> usize {
    pages::<F>(height).saturating_mul(L::FULL)
}

/// The number of children of a dense node of the given length.
#[inline]
pub(super) fn dense_count<L: LeafKind<S>, S: Sums, const F: usize>(
    height: u8,
    len: usize,
) -> usize {
    len.div_ceil(capacity::<L, S, F>(height - 1))
}

/// The length of child `i` of a dense node of the given length.
#[inline]
pub(super) fn dense_child_len<L: LeafKind<S>, S: Sums, const F: usize>(
    height: u8,
    len: usize,
    i: usize,
) -> usize {
    let each = capacity::<L, S, F>(height - 1);
    (len - i * each).min(each)
}

/// The arena that a subtree lies in.
pub(super) fn arena<L: Counted, S: Sums, const F: usize>(child: &Child<L, S, F>) -> ArenaRef<'_> {
    child.arena().unwrap_or_else(ArenaRef::global)
}

/// Lends a node that was just made, to be filled.
pub(super) fn fresh<N>(node: &mut Shared<N>) -> &mut N {
    match node.get_mut() {
        Some(node) => node,
        None => unreachable!("a new node is exclusive"),
    }
}

/// Lends the leaf in `child`, which is exclusive.
pub(super) fn exclusive_leaf<L: Counted, S: Sums, const F: usize>(
    child: &mut Child<L, S, F>,
) -> L::Mut<'_> {
    match child.view_mut() {
        Some(ViewMut::A(leaf)) => leaf,
        _ => unreachable!("an exclusive leaf was expected"),
    }
}

/// An exclusive inner node.
pub(super) enum InnerMut<'a, L: Counted, S: Sums, const F: usize> {
    Dense(&'a mut Dense<L, S, F>),
    Relaxed(&'a mut Relaxed<L, S, F>),
}

/// Makes the inner node in `child` exclusive, by a copy if need be, and lends it.
#[inline]
pub(super) fn inner_mut<L: Counted, S: Sums, const F: usize>(
    child: &mut Child<L, S, F>,
) -> Result<InnerMut<'_, L, S, F>, AllocError> {
    if !child.is_exclusive() {
        copy_node(child)?;
    }
    match child.view_mut() {
        Some(ViewMut::B(node)) => Ok(InnerMut::Dense(node)),
        Some(ViewMut::C(node)) => Ok(InnerMut::Relaxed(node)),
        _ => unreachable!("an inner node was expected"),
    }
}

/// Makes the inner node in `child` exclusive and relaxed, and lends it.
#[inline]
pub(super) fn relaxed_mut<L: LeafKind<S>, S: Sums, const F: usize>(
    child: &mut Child<L, S, F>,
    height: u8,
    len: usize,
) -> Result<&mut Relaxed<L, S, F>, AllocError> {
    if !child.is_known_c() {
        make_relaxed(child, height, len)?;
    }
    match child.known_c_mut() {
        Some(node) => Ok(node),
        None => unreachable!("an exclusive relaxed node was expected"),
    }
}

/// Makes the inner node in `child` exclusive and relaxed, and known to be so.
#[inline(never)]
fn make_relaxed<L: LeafKind<S>, S: Sums, const F: usize>(
    child: &mut Child<L, S, F>,
    height: u8,
    len: usize,
) -> Result<(), AllocError> {
    if let View::B(_) = child.view() {
        relax(child, height, len)?;
    }
    inner_mut(child).map(drop)
}

/// Lends the leaf in `child`, of the given length, for writing; after a copy if it is shared.
#[inline]
pub(super) fn leaf_mut<L: EditLeaf<S>, S: Sums, const F: usize>(
    child: &mut Child<L, S, F>,
    len: usize,
) -> Result<L::Mut<'_>, AllocError> {
    if !child.is_exclusive() {
        copy_leaf(child, len, len)?;
    }
    match child.view_mut() {
        Some(ViewMut::A(leaf)) => Ok(leaf),
        _ => unreachable!("a leaf was expected"),
    }
}

/// Lends the leaf in `child` for changing its length: exclusive, with room for `room`, and holding
/// exactly `len`.
pub(super) fn leaf_mut_with_room<L: EditLeaf<S>, S: Sums, const F: usize>(
    child: &mut Child<L, S, F>,
    len: usize,
    room: usize,
) -> Result<L::Mut<'_>, AllocError> {
    let has_room = matches!(child.view(), View::A(leaf) if L::capacity(leaf) >= room);
    if !child.is_exclusive() {
        let room = room.next_power_of_two().min(L::MOST).max(room);
        copy_leaf(child, len, room)?;
    } else if !has_room {
        let mut larger = Child::a(L::try_new_in(arena(child), L::MOST)?);
        move_all(child, len, &mut exclusive_leaf(&mut larger));
        *child = larger;
    }
    let mut leaf = exclusive_leaf(child);
    // What a snapshot claimed before it was dropped.
    L::truncate(&mut leaf, len);
    Ok(leaf)
}

/// Moves all of an exclusive leaf behind what is in `to`, which has room for it.
pub(super) fn move_all<L: EditLeaf<S>, S: Sums, const F: usize>(
    child: &mut Child<L, S, F>,
    len: usize,
    to: &mut L::Mut<'_>,
) {
    let mut leaf = exclusive_leaf(child);
    L::truncate(&mut leaf, len);
    L::move_tail(&mut leaf, 0, to);
}

/// Replaces a shared leaf by a copy.
#[cold]
#[inline(never)]
fn copy_leaf<L: EditLeaf<S>, S: Sums, const F: usize>(
    child: &mut Child<L, S, F>,
    len: usize,
    room: usize,
) -> Result<(), AllocError> {
    if let View::A(leaf) = child.view() {
        *child = Entry::a(L::try_copy(leaf, len, room)?);
    }
    Ok(())
}

/// Replaces a shared inner node by a copy.
#[cold]
#[inline(never)]
fn copy_node<L: Counted, S: Sums, const F: usize>(
    child: &mut Child<L, S, F>,
) -> Result<(), AllocError> {
    let copy = match child.view() {
        View::B(node) => Entry::b(Shared::try_copy_in(arena(child), node)?),
        View::C(node) => Entry::c(Shared::try_copy_in(arena(child), node)?),
        View::A(_) | View::Empty => return Ok(()),
    };
    *child = copy;
    Ok(())
}

/// Replaces a dense node of the given length by a relaxed one with the same children.
#[cold]
#[inline(never)]
fn relax<L: LeafKind<S>, S: Sums, const F: usize>(
    child: &mut Child<L, S, F>,
    height: u8,
    len: usize,
) -> Result<(), AllocError> {
    let mut node = Shared::try_new_in(arena(child), Relaxed::new())?;
    let to = fresh(&mut node);
    let mut end = S::Weight::NOTHING;
    let mut add = |i: usize, entry: Child<L, S, F>| {
        end += S::Weight::of_len(dense_child_len::<L, S, F>(height, len, i));
        to.children[i] = entry;
        to.ends.set_end(i, end);
    };
    let count = dense_count::<L, S, F>(height, len);
    if child.is_exclusive() {
        if let Some(ViewMut::B(dense)) = child.view_mut() {
            dense.children[..count]
                .iter_mut()
                .enumerate()
                .for_each(|(i, entry)| add(i, std::mem::take(entry)));
        }
    } else if let View::B(dense) = child.view() {
        dense.children[..count]
            .iter()
            .enumerate()
            .for_each(|(i, entry)| add(i, entry.clone()));
    }
    *child = Entry::c(node);
    Ok(())
}
