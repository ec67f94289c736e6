//! Building trees from pairs in order, and from subtrees in order.

use cow_core::{AllocError, Entry, Pairs, Shared};

use super::{
    Child, Tree,
    node::{FANOUT, Inner, fresh, fresh_pairs, full, total},
};

/// A subtree that is to be a child, and its first key.
type Part<K, V> = (K, Child<K, V>);

impl<K: Clone, V> Tree<K, V> {
    /// Fills an empty tree with pairs whose keys ascend: all leaves and nodes are full, but for the last.
    pub(crate) fn fill(
        &mut self,
        pairs: &mut impl ExactSizeIterator<Item = (K, V)>,
    ) -> Result<(), AllocError> {
        let mut parts: Vec<Part<K, V>> = Vec::new();
        while let Some((key, value)) = pairs.next() {
            let room = (pairs.len() + 1).min(full::<K, V>());
            let mut leaf = Pairs::try_with_capacity_in(self.arena(), room)?;
            let mut to = fresh_pairs(&mut leaf);
            let first = key.clone();
            to.push(key, value);
            for (key, value) in pairs.by_ref().take(room - 1) {
                to.push(key, value);
            }
            parts.push((first, Entry::a(leaf)));
        }
        let mut height = 0;
        while parts.len() > 1 {
            parts = self.level(parts)?;
            height += 1;
        }
        if let Some((_, root)) = parts.pop() {
            (self.len, self.height) = (total(&root), height);
            self.root = root;
        }
        Ok(())
    }

    /// Makes nodes of subtrees.
    fn level(&self, parts: Vec<Part<K, V>>) -> Result<Vec<Part<K, V>>, AllocError> {
        let mut nodes = Vec::with_capacity(parts.len().div_ceil(FANOUT));
        let mut parts = parts.into_iter();
        while let Some((first, child)) = parts.next() {
            let mut node = Shared::try_new_in(self.arena(), Inner::new())?;
            let to = fresh(&mut node);
            to.insert_child(0, child);
            for (border, child) in parts.by_ref().take(FANOUT - 1) {
                to.own_borders()?;
                to.insert_child(to.len(), child);
                let at = to.len() - 2;
                to.borders_mut().insert(at, border, ());
            }
            nodes.push((first, Entry::b(node)));
        }
        Ok(nodes)
    }
}

/// Puts a tree together from pairs and whole subtrees that come in the order of their keys.
pub(crate) struct Builder<K, V> {
    tree: Tree<K, V>,
    /// Pairs behind the tree.
    leaf: Vec<(K, V)>,
}

impl<K: Clone, V: Clone> Builder<K, V> {
    /// A builder that puts what comes behind an empty tree.
    pub(crate) fn new(tree: Tree<K, V>) -> Self {
        Self {
            tree,
            leaf: Vec::new(),
        }
    }

    /// Adds a pair.
    pub(crate) fn push(&mut self, key: K, value: V) -> Result<(), AllocError> {
        if self.leaf.len() == full::<K, V>() {
            self.flush()?;
        }
        self.leaf.push((key, value));
        Ok(())
    }

    /// Adds a subtree that has a chunk in the same arena.
    pub(super) fn push_subtree(&mut self, root: Child<K, V>, height: u8) -> Result<(), AllocError> {
        self.flush()?;
        self.tree.join(Tree::of(root, height))
    }

    /// Makes a leaf of the pairs behind the tree.
    fn flush(&mut self) -> Result<(), AllocError> {
        if self.leaf.is_empty() {
            return Ok(());
        }
        let mut leaf = Pairs::try_with_capacity_in(self.tree.arena(), self.leaf.len())?;
        let mut pairs = fresh_pairs(&mut leaf);
        for (key, value) in self.leaf.drain(..) {
            pairs.push(key, value);
        }
        self.tree.join(Tree::of(Entry::a(leaf), 0))
    }

    /// The whole tree.
    pub(crate) fn finish(mut self) -> Result<Tree<K, V>, AllocError> {
        self.flush()?;
        Ok(self.tree)
    }
}
