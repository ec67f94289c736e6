//! Building trees from pairs in order, and from subtrees in order.

use cow_core::{AllocError, ArenaRef, Entry, Pairs, Shared};

use super::{
    Child, Tree,
    node::{FANOUT, Inner, fresh, fresh_pairs, full},
};

/// A subtree that is to be a child, and its first key.
type Part<K, V> = (K, Child<K, V>);

impl<K: Clone, V> Tree<K, V> {
    /// Fills an empty tree with pairs whose keys ascend: all leaves and nodes are full, but for the last.
    pub(crate) fn fill(
        &mut self,
        pairs: &mut impl ExactSizeIterator<Item = (K, V)>,
    ) -> Result<(), AllocError> {
        let mut filler = Filler::new(self.arena());
        filler.add(pairs)?;
        let tree = filler.finish()?;
        *self = tree;
        Ok(())
    }
}

/// Builds a tree of pairs that come in the order of their keys, leaves first.
pub(crate) struct Filler<'a, K, V> {
    arena: ArenaRef<'a>,
    leaves: Vec<Part<K, V>>,
}

impl<'a, K: Clone, V> Filler<'a, K, V> {
    /// Pairs in a full leaf.
    pub(crate) const FULL: usize = full::<K, V>();

    pub(crate) fn new(arena: ArenaRef<'a>) -> Self {
        Self {
            arena,
            leaves: Vec::new(),
        }
    }

    /// Adds pairs behind those before. The last leaf is as full as they make it: all calls but the last
    /// one bring some times [`FULL`](Self::FULL) pairs.
    pub(crate) fn add(
        &mut self,
        pairs: &mut impl ExactSizeIterator<Item = (K, V)>,
    ) -> Result<(), AllocError> {
        while let Some((key, value)) = pairs.next() {
            let room = (pairs.len() + 1).min(Self::FULL);
            let mut leaf = Pairs::try_with_capacity_in(self.arena, room)?;
            let mut to = fresh_pairs(&mut leaf);
            let first = key.clone();
            to.push(key, value);
            for (key, value) in pairs.by_ref().take(room - 1) {
                to.push(key, value);
            }
            self.leaves.push((first, Entry::a(leaf)));
        }
        Ok(())
    }

    /// The tree, whose nodes are full, but for the last ones.
    pub(crate) fn finish(self) -> Result<Tree<K, V>, AllocError> {
        let (arena, mut parts, mut height) = (self.arena, self.leaves, 0);
        while parts.len() > 1 {
            parts = level(arena, parts)?;
            height += 1;
        }
        let Some((first, root)) = parts.pop() else {
            return Ok(Tree::new_in(arena));
        };
        // Before there is a result, which would leak if a key's `drop` panicked.
        drop(first);
        Ok(Tree::of(root, height))
    }
}

/// Makes nodes of subtrees.
fn level<K: Clone, V>(
    arena: ArenaRef<'_>,
    parts: Vec<Part<K, V>>,
) -> Result<Vec<Part<K, V>>, AllocError> {
    let mut nodes = Vec::with_capacity(parts.len().div_ceil(FANOUT));
    let mut parts = parts.into_iter();
    while let Some((first, child)) = parts.next() {
        let mut node = Shared::try_new_in(arena, Inner::new())?;
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
