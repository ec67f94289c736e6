//! From an index to its leaf, in a vector: for reading, and for writing with everything on the way made exclusive.

use std::ptr::NonNull;

use cow_core::{AllocError, SlotsMut, SlotsRef, View};

use super::{
    FANOUT, FANOUT_BITS, VecChild, VecTree,
    leaf::{self, full},
    tree::{InnerMut, inner_mut, leaf_mut},
};

impl<T> VecTree<T> {
    /// The leaf with value number `index`, and the number of that value in the leaf.
    ///
    /// The index is below the tree's length.
    #[inline]
    pub(super) fn leaf_of(&self, index: usize) -> (SlotsRef<'_, T>, usize) {
        if let View::C(_) = self.root.view() {
            return self.leaf_of_relaxed(index);
        }
        let (page, offset) = (index / full::<T>(), index % full::<T>());
        (
            leaf::slots(leaf_below(&self.root, self.height, page)),
            offset,
        )
    }

    /// As [`leaf_of`](Self::leaf_of). Out of line, so that the usual case is small enough to be inlined.
    #[inline(never)]
    fn leaf_of_relaxed(&self, mut index: usize) -> (SlotsRef<'_, T>, usize) {
        let (mut child, mut height) = (&self.root, self.height);
        while let View::C(node) = child.view() {
            height -= 1;
            let i = node.find(index);
            index -= node.start(i);
            child = &node.children[i % FANOUT];
        }
        // Below the relaxed nodes all is dense, down to the leaf.
        let (page, offset) = (index / full::<T>(), index % full::<T>());
        (leaf::slots(leaf_below(child, height, page)), offset)
    }

    /// The place of value number `index`, for writing: if the root is dense, and all on the way is known
    /// to be exclusive.
    ///
    /// What most writes take. It copies nothing and looks no count up.
    #[inline]
    pub(super) fn known_place_of(&mut self, index: usize) -> Option<NonNull<T>> {
        let (page, offset) = (index / full::<T>(), index % full::<T>());
        let slots = known_leaf_below(&mut self.root, self.height, page)?.known_a_mut()?;
        Some(NonNull::from_mut(leaf::value_mut(slots, offset)))
    }

    /// The leaf with value number `index`, that value's number in the leaf, and the leaf's length.
    pub(super) fn sized_leaf_of(&self, index: usize) -> (SlotsRef<'_, T>, usize, usize) {
        let mut child = &self.root;
        let mut shift = u32::from(self.height) * FANOUT_BITS;
        let (mut index, mut len) = (index, self.len());
        loop {
            match child.view() {
                View::B(node) => {
                    shift -= FANOUT_BITS;
                    child = &node.children[((index / full::<T>()) >> shift) % FANOUT];
                    len = full::<T>();
                    if shift == 0 {
                        index %= full::<T>();
                    }
                }
                View::A(slots) => return (slots, index, len),
                View::C(node) => {
                    shift -= FANOUT_BITS;
                    let i = node.find(index);
                    index -= node.start(i);
                    child = &node.children[i % FANOUT];
                    len = node.child_len(i);
                }
                View::Empty => unreachable!("index {index} is not in the tree"),
            }
        }
    }

    /// As [`sized_leaf_of`](Self::sized_leaf_of), for writing: the leaf and all nodes on the way to it
    /// are made exclusive.
    ///
    /// When that fails some of them may have been copied; the values are as before.
    #[inline]
    pub(super) fn leaf_of_mut(
        &mut self,
        index: usize,
    ) -> Result<(SlotsMut<'_, T>, usize, usize), AllocError>
    where
        T: Clone,
    {
        let (mut index, mut len) = (index, self.len());
        let mut child = &mut self.root;
        let mut shift = u32::from(self.height) * FANOUT_BITS;
        while let View::C(_) = child.view() {
            let node = match inner_mut(child)? {
                InnerMut::Relaxed(node) => node,
                InnerMut::Dense(_) => unreachable!("the node is relaxed"),
            };
            shift -= FANOUT_BITS;
            let i = node.find(index);
            index -= node.start(i);
            len = node.child_len(i);
            child = &mut node.children[i % FANOUT];
        }
        let (page, offset) = (index / full::<T>(), index % full::<T>());
        if shift > 0 {
            len = full::<T>();
        }
        while shift > 0 {
            shift -= FANOUT_BITS;
            child = match inner_mut(child)? {
                InnerMut::Dense(node) => &mut node.children[(page >> shift) % FANOUT],
                InnerMut::Relaxed(_) => unreachable!("all is dense below a dense node"),
            };
        }
        Ok((leaf_mut(child, len)?, offset, len))
    }
}

/// The leaf number `page` of a dense subtree.
///
/// The usual heights are written out: this is most of what reading a value costs.
#[inline]
fn leaf_below<T>(top: &VecChild<T>, height: u8, page: usize) -> &VecChild<T> {
    if height == 3 {
        child_at(child_at(child_at(top, 2, page), 1, page), 0, page)
    } else if height == 2 {
        child_at(child_at(top, 1, page), 0, page)
    } else {
        (0..height)
            .rev()
            .fold(top, |child, level| child_at(child, level, page))
    }
}

/// The child of a dense node that leads to leaf number `page`.
#[inline]
fn child_at<T>(node: &VecChild<T>, level: u8, page: usize) -> &VecChild<T> {
    &leaf::dense(node).children[(page >> (u32::from(level) * FANOUT_BITS)) % FANOUT]
}

/// As [`leaf_below`], if all nodes on the way are dense and known to be exclusive.
#[inline]
fn known_leaf_below<T>(top: &mut VecChild<T>, height: u8, page: usize) -> Option<&mut VecChild<T>> {
    if height == 3 {
        known_child_at(
            known_child_at(known_child_at(top, 2, page)?, 1, page)?,
            0,
            page,
        )
    } else if height == 2 {
        known_child_at(known_child_at(top, 1, page)?, 0, page)
    } else {
        (0..height)
            .rev()
            .try_fold(top, |child, level| known_child_at(child, level, page))
    }
}

/// As [`child_at`], if the node is dense and known to be exclusive.
#[inline]
fn known_child_at<T>(node: &mut VecChild<T>, level: u8, page: usize) -> Option<&mut VecChild<T>> {
    let i = (page >> (u32::from(level) * FANOUT_BITS)) % FANOUT;
    Some(&mut node.known_b_mut()?.children[i])
}
