//! From an index to its leaf: for reading, and for writing with everything on the way made exclusive.

use cow_core::{AllocError, SlotsMut, SlotsRef, View};

use super::tree::{FANOUT, FANOUT_BITS, InnerMut, Tree, full, inner_mut, leaf_mut};

impl<T> Tree<T> {
    /// The leaf with value number `index`, and the number of that value in the leaf.
    ///
    /// The index is below the tree's length.
    #[inline]
    pub(super) fn leaf_of(&self, index: usize) -> (SlotsRef<'_, T>, usize) {
        let mut child = &self.root;
        let mut shift = u32::from(self.height) * FANOUT_BITS;
        let mut index = index;
        loop {
            match child.view() {
                View::B(node) => {
                    shift -= FANOUT_BITS;
                    child = &node.children[((index / full::<T>()) >> shift) % FANOUT];
                    if shift == 0 {
                        index %= full::<T>();
                    }
                }
                View::A(slots) => return (slots, index),
                View::C(node) => {
                    shift -= FANOUT_BITS;
                    let i = node.find(index);
                    index -= node.start(i);
                    child = &node.children[i % FANOUT];
                }
                View::Empty => unreachable!("index {index} is not in the tree"),
            }
        }
    }

    /// The leaf with value number `index`, that value's number in the leaf, and the leaf's length.
    pub(super) fn sized_leaf_of(&self, index: usize) -> (SlotsRef<'_, T>, usize, usize) {
        let mut child = &self.root;
        let mut shift = u32::from(self.height) * FANOUT_BITS;
        let (mut index, mut len) = (index, self.len);
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
        let mut child = &mut self.root;
        let mut shift = u32::from(self.height) * FANOUT_BITS;
        let (mut index, mut len) = (index, self.len);
        while shift > 0 {
            shift -= FANOUT_BITS;
            match inner_mut(child)? {
                InnerMut::Dense(node) => {
                    child = &mut node.children[((index / full::<T>()) >> shift) % FANOUT];
                    len = full::<T>();
                    if shift == 0 {
                        index %= full::<T>();
                    }
                }
                InnerMut::Relaxed(node) => {
                    let i = node.find(index);
                    index -= node.start(i);
                    len = node.child_len(i);
                    child = &mut node.children[i % FANOUT];
                }
            }
        }
        Ok((leaf_mut(child, len)?, index, len))
    }
}
