//! Inserting and removing single pairs.
//!
//! Both find their place first, and then change the tree along that path. Where a leaf is full, or would
//! be underfull, nodes are split or mended on the way down, so that each step leaves a whole tree: when a
//! chunk is not to be had, the pairs are as before.

use cow_core::{AllocError, Entry, Pairs, Shared, View};

use super::{
    Child, Lowering, Path, Tree,
    node::{
        self, Inner, full, inner_mut, is_full, leaf_mut, leaf_mut_with_room, least, mend_child,
        spare, split_child, width,
    },
};

impl<K: Clone, V: Clone> Tree<K, V> {
    /// Puts a pair at the place that a path leads to, and makes that the path to the pair.
    pub(crate) fn insert_at(
        &mut self,
        path: &mut Path,
        key: K,
        value: V,
    ) -> Result<(), AllocError> {
        if self.len == 0 {
            let leaf = Pairs::try_with_capacity_in(self.arena(), 1)?;
            (self.root, self.height) = (Entry::a(leaf), 0);
        } else if path.leaf_len() >= full::<K, V>() {
            self.make_room(path, 0)?;
        }
        insert(&mut self.root, self.height, path, key, value)?;
        self.len += 1;
        Ok(())
    }

    /// Takes the pair out that a path leads to.
    pub(crate) fn remove_at(&mut self, path: &mut Path) -> Result<(K, V), AllocError> {
        if self.height > 0 && path.leaf_len() <= least::<K, V>() {
            self.mend(path)?;
        }
        let pair = remove(&mut self.root, self.height, path)?;
        self.len -= 1;
        if self.len == 0 {
            drop(self.take());
        }
        Ok(pair)
    }

    /// Splits what has no room for another pair or child on a path, from the node at height `lowest` up.
    pub(super) fn make_room(&mut self, path: &mut Path, lowest: u8) -> Result<(), AllocError> {
        // The lowest node with room above the full ones, and whether the path is that to the last leaf.
        let (mut with_room, mut is_last) = (None, true);
        let mut child = &self.root;
        for height in (lowest + 1..=self.height).rev() {
            let View::B(node) = child.view() else { break };
            if !is_full(child) {
                with_room = Some(height);
            }
            is_last &= path.index(height) == node.len() - 1;
            child = &node.children()[path.index(height)];
        }
        if !is_full(child) {
            return Ok(());
        }
        let top = match with_room {
            Some(height) => height,
            None => {
                self.raise()?;
                path.set_index(self.height, 0);
                self.height
            }
        };
        // When that fails, what was put on top has to go again.
        Lowering::new(self)
            .0
            .split_below(path, top, lowest, is_last)
    }

    /// Puts a node with the root as its only child on top.
    pub(super) fn raise(&mut self) -> Result<(), AllocError> {
        let mut top = Shared::try_new_in(self.arena(), Inner::new())?;
        node::fresh(&mut top).insert_child(0, std::mem::take(&mut self.root));
        self.root = Entry::b(top);
        self.height += 1;
        Ok(())
    }

    /// Splits the children on a path of the nodes from height `top`, which has room, down.
    fn split_below(
        &mut self,
        path: &mut Path,
        top: u8,
        lowest: u8,
        is_last: bool,
    ) -> Result<(), AllocError> {
        let mut child = &mut self.root;
        for height in (lowest + 1..=self.height).rev() {
            let node = inner_mut(child)?;
            let i = path.index(height);
            if height <= top {
                let below = height - 1;
                let (place, len) = (path.place(below), width(&node.children()[i]));
                // Keys that come in order leave full nodes behind.
                let is_behind = is_last && place + usize::from(below > lowest) >= len;
                let at = if is_behind { len - 1 } else { len / 2 };
                split_child(node, i, at)?;
                // At the border itself, what is to come belongs to the left leaf, but to the right node.
                if place > at || (place == at && below > lowest) {
                    path.set_index(height, i + 1);
                    path.set_place(below, place - at);
                }
            }
            child = node.child_mut(path.index(height));
        }
        path.set_position(path.position(), width(child));
        Ok(())
    }

    /// Joins underfull nodes on a path with their neighbours, or those that are about to be: afterwards
    /// the leaf can lose a pair.
    pub(super) fn mend(&mut self, path: &mut Path) -> Result<(), AllocError> {
        // The lowest node above that can lose a child.
        let mut top = self.height;
        let mut child = &self.root;
        for height in (1..=self.height).rev() {
            let View::B(node) = child.view() else { break };
            if spare(child) > 0 {
                top = height;
            }
            child = &node.children()[path.index(height)];
        }
        Lowering::new(self).0.mend_below(path, top)
    }

    /// Mends the children on a path of the nodes from height `top` down.
    pub(super) fn mend_below(&mut self, path: &mut Path, top: u8) -> Result<(), AllocError> {
        let mut child = &mut self.root;
        for height in (1..=self.height).rev() {
            let node = inner_mut(child)?;
            if height <= top && spare(&node.children()[path.index(height)]) <= 0 {
                mend_on(node, height, path)?;
            }
            child = node.child_mut(path.index(height));
        }
        path.set_position(path.position(), width(child));
        Ok(())
    }
}

/// Mends the child on a path of the node at that height.
fn mend_on<K: Clone, V: Clone>(
    node: &mut Inner<K, V>,
    height: u8,
    path: &mut Path,
) -> Result<(), AllocError> {
    let (i, below) = (path.index(height), height - 1);
    let mended = mend_child(node, i)?;
    let before = if i > mended.left { mended.before } else { 0 };
    let place = before + path.place(below);
    if mended.is_one || place < mended.after {
        path.set_index(height, mended.left);
        path.set_place(below, place);
    } else {
        path.set_index(height, mended.left + 1);
        path.set_place(below, place - mended.after);
    }
    Ok(())
}

/// Puts a pair into a subtree. There is room on the path.
fn insert<K: Clone, V: Clone>(
    child: &mut Child<K, V>,
    height: u8,
    path: &Path,
    key: K,
    value: V,
) -> Result<(), AllocError> {
    if height == 0 {
        let room = grown::<K, V>(child);
        leaf_mut_with_room(child, room)?.insert(path.position(), key, value);
        return Ok(());
    }
    let (node, i) = (inner_mut(child)?, path.index(height));
    insert(node.child_mut(i), height - 1, path, key, value)?;
    node.count_one_more(i);
    Ok(())
}

/// Takes a pair out of a subtree.
fn remove<K: Clone, V: Clone>(
    child: &mut Child<K, V>,
    height: u8,
    path: &Path,
) -> Result<(K, V), AllocError> {
    if height == 0 {
        return Ok(leaf_mut(child)?.remove(path.position()));
    }
    let (node, i) = (inner_mut(child)?, path.index(height));
    let pair = remove(node.child_mut(i), height - 1, path)?;
    node.count_one_less(i);
    Ok(pair)
}

/// The room that a leaf needs for one pair more.
fn grown<K, V>(leaf: &Child<K, V>) -> usize {
    (width(leaf) + 1).min(full::<K, V>())
}
