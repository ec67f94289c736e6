//! From an index to its leaf, in a vector: for reading, and for writing with everything on the way made exclusive.

use std::ptr::NonNull;

use cow_core::{AllocError, SlotsMut, SlotsRef, View};

use super::{
    Body, FANOUT, FANOUT_BITS, VecChild, VecTree,
    leaf::{self, full},
    prefix::fits,
    tree::{InnerMut, inner_mut, leaf_mut},
};

/// How values are reached: by arithmetic alone, or not.
///
/// Kept in the body, so that reading a value looks at one number to learn that there is nothing in front
/// of the tree, that its root is not relaxed, and how high it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Route(u32);

impl Route {
    /// Something has to be looked at on the way.
    const WINDING: Self = Self(u32::MAX);

    /// The route to values in a tree behind `prefix_len` values of huge chunks.
    #[inline]
    pub(super) fn to<T>(tree: &VecTree<T>, prefix_len: usize) -> Self {
        match tree.root.view() {
            View::C(_) => Self::WINDING,
            _ if prefix_len > 0 => Self::WINDING,
            _ => Self(u32::from(tree.height)),
        }
    }
}

impl<T> Body<T> {
    /// Value number `index`, which is below the lengths of prefix and tree together.
    #[inline]
    pub(super) fn value(&self, index: usize) -> &T {
        let Route(height) = self.route;
        if self.route == Route::WINDING {
            return self.value_by_winding(index);
        }
        let (page, offset) = (index / full::<T>(), index % full::<T>());
        let leaf = leaf_below(&self.tree.root, height, page);
        leaf::value(leaf::slots(leaf), offset)
    }

    #[inline(never)]
    fn value_by_winding(&self, index: usize) -> &T {
        if fits::<T>() && index < self.prefix.len() {
            return self.prefix.value(index);
        }
        self.tree.value(index - self.prefix.len())
    }

    /// The place of such a value, for writing, if the route to it is straight and all on the way is known to
    /// be exclusive.
    ///
    /// What most writes take. It copies nothing and looks no count up.
    #[inline]
    pub(super) fn known_place_of(&mut self, index: usize) -> Option<NonNull<T>> {
        let (page, offset) = (index / full::<T>(), index % full::<T>());
        let leaf = known_leaf_below(&mut self.tree.root, self.route, page)?;
        Some(NonNull::from_mut(leaf::value_mut(
            leaf.known_a_mut()?,
            offset,
        )))
    }
}

impl<T> VecTree<T> {
    /// Value number `index`, which is below the tree's length.
    #[inline(never)]
    pub(super) fn value(&self, mut index: usize) -> &T {
        let (mut child, mut height) = (&self.root, self.height);
        while let View::C(node) = child.view() {
            height -= 1;
            let i = node.find(index);
            index -= node.start(i);
            child = &node.children[i % FANOUT];
        }
        // Below the relaxed nodes all is dense, down to the leaf.
        let (page, offset) = (index / full::<T>(), index % full::<T>());
        let slots = leaf::slots(leaf_below(child, u32::from(height), page));
        leaf::value(slots, offset)
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
fn leaf_below<T>(top: &VecChild<T>, height: u32, page: usize) -> &VecChild<T> {
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
fn child_at<T>(node: &VecChild<T>, level: u32, page: usize) -> &VecChild<T> {
    &leaf::dense(node).children[(page >> (level * FANOUT_BITS)) % FANOUT]
}

/// As [`leaf_below`], if the route is straight and all nodes on the way are known to be exclusive.
#[inline]
fn known_leaf_below<T>(
    top: &mut VecChild<T>,
    route: Route,
    page: usize,
) -> Option<&mut VecChild<T>> {
    let Route(height) = route;
    if height == 3 {
        known_child_at(
            known_child_at(known_child_at(top, 2, page)?, 1, page)?,
            0,
            page,
        )
    } else if height == 2 {
        known_child_at(known_child_at(top, 1, page)?, 0, page)
    } else if height == 1 {
        known_child_at(top, 0, page)
    } else if route == Route::WINDING {
        None
    } else {
        (0..height)
            .rev()
            .try_fold(top, |child, level| known_child_at(child, level, page))
    }
}

/// As [`child_at`], if the node is dense and known to be exclusive.
#[inline]
fn known_child_at<T>(node: &mut VecChild<T>, level: u32, page: usize) -> Option<&mut VecChild<T>> {
    let i = (page >> (level * FANOUT_BITS)) % FANOUT;
    Some(&mut node.known_b_mut()?.children[i])
}
