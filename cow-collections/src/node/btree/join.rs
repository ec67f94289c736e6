//! Joining two trees and splitting one.
//!
//! Both change only the nodes along the seam: O(fan-out × height).

use cow_core::{AllocError, ArenaRef, View};

use super::{
    Child, Lowering, Path, Tree, first_leaf,
    node::{self, inner_mut, lower, spare, split_leaf, total, width},
};

impl<K: Clone, V: Clone> Tree<K, V> {
    /// Puts the pairs of `right` behind those of this tree, whose keys are all below.
    ///
    /// When that fails both trees may be lost: the caller keeps clones.
    pub(crate) fn join(&mut self, mut right: Self) -> Result<(), AllocError> {
        if right.len == 0 {
            return Ok(());
        }
        if self.len == 0 {
            *self = right;
            return Ok(());
        }
        let border = match first_leaf(&right.root) {
            Some(leaf) => leaf.keys()[0].clone(),
            None => return Ok(()),
        };
        if self.height == right.height {
            self.raise()?;
        }
        let left_len = self.len;
        if self.height > right.height {
            // As the last child of a node on the right.
            let height = right.height + 1;
            let mut path = self.path_to(left_len - 1);
            path.set_index(height, path.index(height) + 1);
            self.make_room(&mut path, height)?;
            add_child(
                &mut self.root,
                self.height,
                &path,
                height,
                right.root,
                border,
            )?;
            self.len += right.len;
        } else {
            // As the first child of a node on the left.
            let height = self.height + 1;
            let mut path = Path::new();
            right.make_room(&mut path, height)?;
            let left = std::mem::replace(self, right);
            self.len += left_len;
            add_child(
                &mut self.root,
                self.height,
                &path,
                height,
                left.root,
                border,
            )?;
        }
        let mut seam = self.path_to(left_len - 1);
        self.mend_seam(&mut seam)
    }

    /// Mends the nodes on a path that were on the way to the last leaf, and are so no more.
    fn mend_seam(&mut self, path: &mut Path) -> Result<(), AllocError> {
        let mut is_underfull = false;
        let mut child = &self.root;
        for height in (1..=self.height).rev() {
            let View::B(node) = child.view() else { break };
            child = &node.children()[path.index(height)];
            is_underfull |= spare(child) < 0;
        }
        let tree = Lowering::new(self);
        if is_underfull {
            tree.0.mend_below(path, tree.0.height)?;
        }
        Ok(())
    }

    /// Keeps the pairs in front of the place that a path leads to, and returns the others.
    ///
    /// When that fails this tree may be lost: the caller keeps a clone.
    pub(crate) fn split(&mut self, path: &Path) -> Result<Self, AllocError> {
        let whole = self.take();
        if whole.len == 0 {
            return Ok(whole);
        }
        let home = whole.arena().to_home();
        let arena = home
            .as_ref()
            .map_or_else(ArenaRef::global, cow_core::Home::arena);
        let (left, right) = split(arena, whole.root, whole.height, path)?;
        if left.len > 0 {
            *self = left;
        }
        Ok(right)
    }
}

/// Puts a subtree at a place in the node at height `at_height`, which has room; as its first or last child.
fn add_child<K: Clone, V>(
    child: &mut Child<K, V>,
    height: u8,
    path: &Path,
    at_height: u8,
    subtree: Child<K, V>,
    border: K,
) -> Result<(), AllocError> {
    let (node, i) = (inner_mut(child)?, path.index(height));
    if height > at_height {
        add_child(
            node.child_mut(i),
            height - 1,
            path,
            at_height,
            subtree,
            border,
        )?;
        node.recount(i);
        return Ok(());
    }
    node.own_borders()?;
    node.insert_child(i, subtree);
    node.borders_mut().insert(i.saturating_sub(1), border, ());
    Ok(())
}

/// The pairs in front of a place, and those behind.
type Halves<K, V> = (Tree<K, V>, Tree<K, V>);

/// Splits a subtree at a path.
fn split<K: Clone, V: Clone>(
    arena: ArenaRef<'_>,
    mut child: Child<K, V>,
    height: u8,
    path: &Path,
) -> Result<Halves<K, V>, AllocError> {
    if height == 0 {
        let (at, len) = (path.position(), width(&child));
        if at == 0 {
            return Ok((Tree::new_in(arena), Tree::of(child, 0)));
        }
        if at >= len {
            return Ok((Tree::of(child, 0), Tree::new_in(arena)));
        }
        let (right, border) = split_leaf(&mut child, at)?;
        drop(border);
        return Ok((Tree::of(child, 0), Tree::of(right, 0)));
    }
    let parts = node::take_apart(&mut child, path.index(height))?;
    let (left, right) = split(arena, parts.middle, height - 1, path)?;
    let mut whole_left = Tree::of_children(arena, parts.left, height);
    whole_left.join(left)?;
    let mut whole_right = right;
    whole_right.join(Tree::of_children(arena, parts.right, height))?;
    Ok((whole_left, whole_right))
}

impl<K, V> Tree<K, V> {
    /// The tree whose root is `root`; nothing if that has no pairs.
    pub(super) fn of(root: Child<K, V>, height: u8) -> Self {
        let len = total(&root);
        Self { root, len, height }
    }

    /// The tree of an inner node at that height; of its child, if it has one only.
    fn of_children(arena: ArenaRef<'_>, node: Option<Child<K, V>>, height: u8) -> Self {
        let Some(mut root) = node else {
            return Self::new_in(arena);
        };
        let height = height - lower(&mut root);
        Self::of(root, height)
    }
}
