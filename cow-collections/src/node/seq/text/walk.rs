//! The leaves of a text in order.

use cow_core::{Gap, GapRef, View};

use super::{FANOUT, TextTree, metrics::Metrics};
use crate::node::seq::{
    leaf::{prefetch, prefetch_node},
    tree::Relaxed,
};

type Node<M> = Relaxed<Gap<M>, <M as super::metrics::Measured>::Sums, FANOUT>;

/// By how many leaves the first line of one, which tells how long it is, is fetched in advance.
const AHEAD: usize = 8;

/// Where the next leaf hangs. Sixteen steps need no more than its parent, 256 the one above.
///
/// Who only asks leaves for their pieces waits for memory and does nothing else. So the heads of several
/// leaves are on the way at any time, also beyond the parent's end.
pub(super) struct Walk<'a, M: Metrics> {
    /// The parent of the next leaf, and the leaf's place in it.
    parent: Option<(&'a Node<M>, usize)>,
    /// The node above the parent, and the place in it behind the parent.
    above: Option<(&'a Node<M>, usize)>,
    /// What is at that place.
    next: Option<&'a Node<M>>,
}

impl<M: Metrics> Clone for Walk<'_, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Metrics> Copy for Walk<'_, M> {}

impl<'a, M: Metrics> Walk<'a, M> {
    /// Nowhere.
    pub(super) const NONE: Self = Self {
        parent: None,
        above: None,
        next: None,
    };

    /// In front of the leaf with position `at` of the tree, and that position in the leaf.
    pub(super) fn of(tree: &'a TextTree<M>, mut at: usize) -> (Self, usize) {
        let (mut child, mut walk) = (&tree.root, Self::NONE);
        while let View::C(node) = child.view() {
            let i = node.find(at) % FANOUT;
            at -= node.start(i);
            child = &node.children[i];
            walk.above = walk.parent.map(|(above, i)| (above, i + 1));
            walk.parent = Some((node, i));
        }
        walk.look_ahead();
        (walk, at)
    }

    /// Fetches the node behind the parent.
    fn look_ahead(&mut self) {
        self.next = None;
        if let Some((above, i)) = self.above
            && let Some(child) = above.children.get(i)
            && let View::C(node) = child.view()
        {
            prefetch_node(child);
            self.next = Some(node);
        }
    }

    /// Goes on in the node behind the parent.
    #[cold]
    fn next_parent(&mut self) {
        self.parent = self.next.map(|next| (next, 0));
        self.above = self.above.map(|(above, i)| (above, i + 1));
        self.look_ahead();
    }

    /// Steps over the next leaf and lends it; `None` where the way to it is not known.
    #[inline]
    pub(super) fn step(&mut self) -> Option<GapRef<'a>> {
        let (mut node, mut i) = self.parent?;
        if i == FANOUT || node.children[i].is_empty() {
            self.next_parent();
            (node, i) = self.parent?;
        }
        let View::A(leaf) = node.children[i].view() else {
            return None;
        };
        self.parent = Some((node, i + 1));
        let ahead = match (node.children.get(i + AHEAD), self.next) {
            (None, Some(next)) => next.children.get(i + AHEAD - FANOUT),
            (child, _) => child,
        };
        if let Some(ahead) = ahead {
            prefetch(ahead, 0, 1);
        }
        if let Some(after) = node.children.get(i + 1) {
            prefetch(after, 0, 4);
        }
        Some(leaf)
    }
}
