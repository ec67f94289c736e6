//! The nodes of a sequence and how to find one's way among them.
//!
//! A tree of height 0 is a leaf; one of height `h` is an inner node whose children have height `h - 1`.
//! All leaves are equally deep. Inner nodes come in two kinds:
//!
//! - *dense*: every leaf below is full, and every child but the last one is full too. Where an index
//!   lies is then plain arithmetic, and the node is an array of children, nothing else.
//! - *relaxed*: the node records where each child ends. Children may have any length but zero, and may
//!   be dense or relaxed.

use cow_core::{AllocError, ArenaRef, Entry, Shared, Slots, SlotsMut, View, ViewMut};

use super::leaf;

/// log2 of the fan-out.
pub(super) const FANOUT_BITS: u32 = if cfg!(cow_tiny) { 2 } else { 5 };
/// Most children of an inner node. Narrow, so that copying one touches few counts.
pub(super) const FANOUT: usize = 1 << FANOUT_BITS;

/// Values in a full leaf.
pub(super) const fn full<T>() -> usize {
    Slots::<T>::LEAF_CAPACITY
}

/// A slot of an inner node: a leaf, a dense node or a relaxed node.
pub(super) type Child<T> = Entry<Slots<T>, Shared<Dense<T>>, Shared<Relaxed<T>>>;

/// An inner node all of whose leaves are full.
pub(super) struct Dense<T> {
    pub(super) children: [Child<T>; FANOUT],
}

/// An inner node that records where its children end.
///
/// # Invariants
///
/// The children come first and the empty slots last; `ends[i]` is the number of values in children
/// `0..=i`, and [`UNUSED`] for an empty slot.
pub(super) struct Relaxed<T> {
    pub(super) children: [Child<T>; FANOUT],
    pub(super) ends: [usize; FANOUT],
}

/// The end of a child that is not there: above every index.
const UNUSED: usize = usize::MAX;

const _: () = assert!(size_of::<Dense<u64>>() == FANOUT * 8);
const _: () = assert!(size_of::<Relaxed<u64>>() == FANOUT * 16);

impl<T> Clone for Dense<T> {
    fn clone(&self) -> Self {
        Self {
            children: self.children.clone(),
        }
    }
}

impl<T> Clone for Relaxed<T> {
    fn clone(&self) -> Self {
        Self {
            children: self.children.clone(),
            ends: self.ends,
        }
    }
}

impl<T> Dense<T> {
    pub(super) const fn new() -> Self {
        Self {
            children: [const { Entry::empty() }; FANOUT],
        }
    }
}

impl<T> Relaxed<T> {
    pub(super) const fn new() -> Self {
        Self {
            children: [const { Entry::empty() }; FANOUT],
            ends: [UNUSED; FANOUT],
        }
    }

    /// The number of children.
    pub(super) fn count(&self) -> usize {
        self.find(UNUSED - 1)
    }

    /// Where child `i` starts.
    #[inline]
    pub(super) fn start(&self, i: usize) -> usize {
        if i == 0 { 0 } else { self.ends[i - 1] }
    }

    /// The number of values in child `i`.
    #[inline]
    pub(super) fn child_len(&self, i: usize) -> usize {
        self.ends[i] - self.start(i)
    }

    /// The number of values in all children.
    pub(super) fn len(&self) -> usize {
        match self.count() {
            0 => 0,
            count => self.ends[count - 1],
        }
    }

    /// The child that holds value number `index`.
    ///
    /// Counts the children that end at or before it, without a branch: first in steps of a quarter
    /// of the node, then inside the quarter.
    #[inline]
    pub(super) fn find(&self, index: usize) -> usize {
        const STEP: usize = if FANOUT < 8 { FANOUT } else { 8 };
        let (mut first, steps) = (0, FANOUT / STEP);
        for step in 1..steps {
            first += usize::from(self.ends[step * STEP - 1] <= index) * STEP;
        }
        let mut i = first;
        for &end in &self.ends[first..first + STEP] {
            i += usize::from(end <= index);
        }
        i
    }

    /// Adds `by` to the ends from child `i` on.
    pub(super) fn grow(&mut self, i: usize, by: usize) {
        for end in &mut self.ends[i..] {
            if *end != UNUSED {
                *end += by;
            }
        }
    }

    /// Takes `by` from the ends from child `i` on.
    pub(super) fn shrink(&mut self, i: usize, by: usize) {
        for end in &mut self.ends[i..] {
            if *end != UNUSED {
                *end -= by;
            }
        }
    }

    /// Puts a child in front of child `i` and counts its values. There is room for it.
    pub(super) fn insert(&mut self, i: usize, child: Child<T>, len: usize) {
        debug_assert!(self.children[FANOUT - 1].is_empty());
        self.children[i..].rotate_right(1);
        self.ends.copy_within(i..FANOUT - 1, i + 1);
        self.ends[i] = self.start(i);
        self.grow(i, len);
        self.children[i] = child;
    }

    /// Adds a child behind the others. There is room for it.
    pub(super) fn push(&mut self, child: Child<T>, len: usize) {
        self.insert(self.count(), child, len);
    }

    /// Takes child `i` out and its values out of the count.
    pub(super) fn remove(&mut self, i: usize) -> (Child<T>, usize) {
        let len = self.child_len(i);
        self.shrink(i, len);
        let child = std::mem::take(&mut self.children[i]);
        self.children[i..].rotate_left(1);
        self.ends.copy_within(i + 1.., i);
        self.ends[FANOUT - 1] = UNUSED;
        (child, len)
    }

    /// Moves the children from number `i` on behind those of `to`.
    pub(super) fn move_tail(&mut self, i: usize, to: &mut Self) {
        let (count, start) = (self.count(), self.start(i));
        let (at, base) = (to.count(), to.len());
        for j in i..count {
            to.children[at + j - i] = std::mem::take(&mut self.children[j]);
            to.ends[at + j - i] = base + self.ends[j] - start;
            self.ends[j] = UNUSED;
        }
    }
}

/// A whole tree: what `root` is the top of.
pub(super) struct Tree<T> {
    pub(super) root: Child<T>,
    pub(super) height: u8,
    pub(super) len: usize,
}

impl<T> Tree<T> {
    pub(super) const fn empty() -> Self {
        Self {
            root: Entry::empty(),
            height: 0,
            len: 0,
        }
    }

    /// A leaf alone, of which `len` values count.
    pub(super) fn leaf(leaf: Slots<T>, len: usize) -> Self {
        if len == 0 {
            return Self::empty();
        }
        Self {
            root: Entry::a(leaf),
            height: 0,
            len,
        }
    }

    /// Takes inner nodes with a single child off the top.
    pub(super) fn lower(&mut self) {
        if self.len == 0 {
            *self = Self::empty();
            return;
        }
        while self.height > 0 {
            match self.root.view() {
                View::B(node) if node.children[1].is_empty() => {}
                View::C(node) if node.children[1].is_empty() => {}
                _ => return,
            }
            self.root = match self.root.view_mut() {
                Some(ViewMut::B(node)) => std::mem::take(&mut node.children[0]),
                Some(ViewMut::C(node)) => std::mem::take(&mut node.children[0]),
                _ => match self.root.view() {
                    View::B(node) => node.children[0].clone(),
                    View::C(node) => node.children[0].clone(),
                    View::A(_) | View::Empty => unreachable!("an inner node was expected"),
                },
            };
            self.height -= 1;
        }
    }
}

/// Leaves in a full dense tree of this height.
#[inline]
pub(super) fn pages(height: u8) -> usize {
    1_usize
        .checked_shl(u32::from(height) * FANOUT_BITS)
        .unwrap_or(usize::MAX)
}

/// Values in a full dense tree of this height.
#[inline]
pub(super) fn capacity<T>(height: u8) -> usize {
    pages(height).saturating_mul(full::<T>())
}

/// The number of children of a dense node with `len` values.
#[inline]
pub(super) fn dense_count<T>(height: u8, len: usize) -> usize {
    len.div_ceil(capacity::<T>(height - 1))
}

/// The number of values in child `i` of a dense node with `len` values.
#[inline]
pub(super) fn dense_child_len<T>(height: u8, len: usize, i: usize) -> usize {
    let each = capacity::<T>(height - 1);
    (len - i * each).min(each)
}

/// The arena that a subtree lies in.
pub(super) fn arena<T>(child: &Child<T>) -> ArenaRef<'_> {
    child.arena().unwrap_or_else(ArenaRef::global)
}

/// Lends a node that was just made, to be filled.
pub(super) fn fresh<N>(node: &mut Shared<N>) -> &mut N {
    match node.get_mut() {
        Some(node) => node,
        None => unreachable!("a new node is exclusive"),
    }
}

/// An exclusive inner node.
pub(super) enum InnerMut<'a, T> {
    Dense(&'a mut Dense<T>),
    Relaxed(&'a mut Relaxed<T>),
}

/// Makes the inner node in `child` exclusive, by a copy if need be, and lends it.
#[inline]
pub(super) fn inner_mut<T>(child: &mut Child<T>) -> Result<InnerMut<'_, T>, AllocError> {
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
pub(super) fn relaxed_mut<T>(
    child: &mut Child<T>,
    height: u8,
    len: usize,
) -> Result<&mut Relaxed<T>, AllocError> {
    if let View::B(_) = child.view() {
        relax(child, height, len)?;
    }
    match inner_mut(child)? {
        InnerMut::Relaxed(node) => Ok(node),
        InnerMut::Dense(_) => unreachable!("a relaxed node was expected"),
    }
}

/// Lends the leaf in `child`, which has `len` values, for writing; after a copy if it is shared.
#[inline]
pub(super) fn leaf_mut<T: Clone>(
    child: &mut Child<T>,
    len: usize,
) -> Result<SlotsMut<'_, T>, AllocError> {
    if !child.is_exclusive() {
        copy_leaf(child, len, len)?;
    }
    match child.view_mut() {
        Some(ViewMut::A(slots)) => Ok(slots),
        _ => unreachable!("a leaf was expected"),
    }
}

/// Lends the leaf in `child` for changing its length: exclusive, with room for `room` values and
/// exactly `len` slots filled.
pub(super) fn leaf_mut_with_room<T: Clone>(
    child: &mut Child<T>,
    len: usize,
    room: usize,
) -> Result<SlotsMut<'_, T>, AllocError> {
    let has_room = matches!(child.view(), View::A(slots) if slots.capacity() >= room);
    if !child.is_exclusive() {
        copy_leaf(
            child,
            len,
            room.next_power_of_two().min(full::<T>()).max(room),
        )?;
    } else if !has_room {
        let mut larger = Slots::try_with_capacity_in(arena(child), full::<T>())?;
        if let (Some(ViewMut::A(mut slots)), Some(mut to)) = (child.view_mut(), larger.get_mut()) {
            slots.truncate(len);
            slots.move_tail(0, &mut to);
        }
        *child = Entry::a(larger);
    }
    match child.view_mut() {
        Some(ViewMut::A(mut slots)) => {
            // Slots that a snapshot claimed before it was dropped.
            slots.truncate(len);
            Ok(slots)
        }
        _ => unreachable!("a leaf was expected"),
    }
}

/// Replaces a shared leaf by a copy.
#[cold]
#[inline(never)]
fn copy_leaf<T: Clone>(child: &mut Child<T>, len: usize, room: usize) -> Result<(), AllocError> {
    if let View::A(slots) = child.view() {
        *child = Entry::a(leaf::copy(slots, len, room)?);
    }
    Ok(())
}

/// Replaces a shared inner node by a copy.
#[cold]
#[inline(never)]
fn copy_node<T>(child: &mut Child<T>) -> Result<(), AllocError> {
    let copy = match child.view() {
        View::B(node) => Entry::b(Shared::try_copy_in(arena(child), node)?),
        View::C(node) => Entry::c(Shared::try_copy_in(arena(child), node)?),
        View::A(_) | View::Empty => return Ok(()),
    };
    *child = copy;
    Ok(())
}

/// Replaces a dense node with `len` values by a relaxed one with the same children.
#[cold]
#[inline(never)]
fn relax<T>(child: &mut Child<T>, height: u8, len: usize) -> Result<(), AllocError> {
    let mut node = Shared::try_new_in(arena(child), Relaxed::new())?;
    let to = fresh(&mut node);
    let mut end = 0;
    let mut add = |i: usize, entry: Child<T>| {
        end += dense_child_len::<T>(height, len, i);
        to.children[i] = entry;
        to.ends[i] = end;
    };
    let count = dense_count::<T>(height, len);
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
