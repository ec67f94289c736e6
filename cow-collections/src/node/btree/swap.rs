//! Putting other leaves in the places of some: leaves that hold the same pairs.
//!
//! Nodes that nobody shares are changed in place, a parent of leaves at a time. What hangs on a shared
//! node is gone through for reading, and the nodes that lead to a changed leaf are made anew; a [`Memo`]
//! knows them while it lives, so that other versions take them over, whole subtrees at a time.

use cow_core::{AllocError, Entry, Handle, Pairs, PairsRef, Shared, View};

use super::{
    Child, Tree,
    node::{arena, fresh, inner_mut, total},
};
use crate::node::memo::Memo;

/// Inner nodes that were gone through.
pub(crate) type TreeMemo<K, V> = Memo<Child<K, V>>;

/// A leaf, as it is shown to whoever may know an equal one.
pub(crate) struct Site<'a, K, V> {
    child: &'a Child<K, V>,
    pub(crate) pairs: PairsRef<'a, K, V>,
}

impl<K, V> Site<'_, K, V> {
    /// Makes a handle to the leaf.
    pub(crate) fn handle(&self) -> Pairs<K, V> {
        match self.child.handle() {
            Handle::A(leaf) => leaf,
            _ => unreachable!("a leaf was expected"),
        }
    }
}

/// Knows leaves to take the places of others.
type Swap<'a, K, V> = dyn FnMut(Site<'_, K, V>) -> Option<Pairs<K, V>> + 'a;

/// What takes the places of some children of a node.
type Changes<K, V> = Vec<(usize, Child<K, V>)>;

/// What is to become of the subtree that starts at a rank, and is so high.
struct Plan<K, V> {
    start: usize,
    height: u8,
    /// The rank behind what was looked at.
    end: usize,
    what: What<K, V>,
}

enum What<K, V> {
    Keep,
    Subtree(Child<K, V>),
    Leaves(Changes<K, V>),
}

impl<K, V> Tree<K, V> {
    /// Shows the leaves from the one with pair number `from` on to `swap` and puts what it returns in
    /// their places: leaves of the same arena with the same pairs. Returns the rank from which to go on,
    /// once `most` were shown or a few more; at the end, the length.
    ///
    /// When that fails, the leaves before were swapped.
    pub(crate) fn swap_leaves(
        &mut self,
        from: usize,
        most: usize,
        memo: &mut TreeMemo<K, V>,
        swap: &mut Swap<'_, K, V>,
    ) -> Result<usize, AllocError> {
        let mut sweep = Sweep {
            memo,
            swap,
            left: most,
        };
        let mut at = from;
        while at < self.len && sweep.left > 0 {
            let plan = sweep.plan(self, at)?;
            at = plan.end;
            match plan.what {
                What::Keep => {}
                What::Subtree(new) => *self.child_mut(plan.start, plan.height)? = new,
                What::Leaves(changes) => {
                    let node = inner_mut(self.child_mut(plan.start, plan.height)?)?;
                    for (i, leaf) in changes {
                        *node.child_mut(i) = leaf;
                    }
                }
            }
        }
        Ok(at)
    }

    /// The subtree of some height with pair number `rank`. All nodes above are exclusive.
    fn child_mut(&mut self, mut rank: usize, height: u8) -> Result<&mut Child<K, V>, AllocError> {
        let mut child = &mut self.root;
        for _ in height..self.height {
            let node = inner_mut(child)?;
            let (i, rest) = node.child_at(rank);
            (child, rank) = (node.child_mut(i), rest);
        }
        Ok(child)
    }

    /// The leaf in which a key lies, or would.
    pub(crate) fn leaf_of(&self, key: &K) -> Option<Site<'_, K, V>>
    where
        K: Ord,
    {
        let mut child = &self.root;
        while let View::B(node) = child.view() {
            child = node.child(node.find(key))?;
        }
        match child.view() {
            View::A(pairs) => Some(Site { child, pairs }),
            _ => None,
        }
    }
}

/// A walk through a tree in which leaves are swapped.
struct Sweep<'a, 'b, K, V> {
    memo: &'a mut TreeMemo<K, V>,
    swap: &'a mut Swap<'b, K, V>,
    /// How many leaves are still to be looked at.
    left: usize,
}

impl<K, V> Sweep<'_, '_, K, V> {
    /// Looks at what lies from rank `at` on: at the highest shared node on the way there, or at the
    /// leaves of one parent.
    fn plan(&mut self, tree: &Tree<K, V>, at: usize) -> Result<Plan<K, V>, AllocError> {
        let (mut child, mut height, mut rank) = (&tree.root, tree.height, at);
        let (what, end) = loop {
            match child.view() {
                View::B(node) if child.usage().handles == 1 && height == 1 => {
                    let (changes, _) = self.leaves(node.children());
                    let is_done = changes.is_empty();
                    let what = if is_done {
                        What::Keep
                    } else {
                        What::Leaves(changes)
                    };
                    break (what, node.total());
                }
                View::B(node) if child.usage().handles == 1 => {
                    let (i, rest) = node.child_at(rank);
                    (child, rank) = (&node.children()[i], rest);
                    height -= 1;
                }
                _ => {
                    let (new, end) = self.subtree(child, height, rank)?;
                    break (new.map_or(What::Keep, What::Subtree), end);
                }
            }
        };
        let start = at - rank;
        Ok(Plan {
            start,
            height,
            end: start + end,
            what,
        })
    }

    /// Shows a leaf.
    fn show(&mut self, child: &Child<K, V>) -> Option<Child<K, V>> {
        self.left = self.left.saturating_sub(1);
        match child.view() {
            View::A(pairs) => (self.swap)(Site { child, pairs }).map(Entry::a),
            _ => unreachable!("a leaf was expected"),
        }
    }

    /// Shows the leaves of one parent. Returns what takes the places of some, and the bytes of these.
    fn leaves(&mut self, children: &[Child<K, V>]) -> (Changes<K, V>, usize) {
        let (mut changes, mut saved) = (Vec::new(), 0);
        for (i, child) in children.iter().enumerate() {
            if let Some(leaf) = self.show(child) {
                saved += child.usage().bytes;
                changes.push((i, leaf));
            }
        }
        (changes, saved)
    }

    /// Looks at what lies in a subtree that others may share, from its pair number `from` on. Returns
    /// what is to take its place, if anything, and the number of the first pair not looked at.
    fn subtree(
        &mut self,
        child: &Child<K, V>,
        height: u8,
        from: usize,
    ) -> Result<(Option<Child<K, V>>, usize), AllocError> {
        let View::B(node) = child.view() else {
            return Ok((self.show(child), total(child)));
        };
        let place = child.as_ptr().addr();
        if let Some(known) = self.memo.get(place) {
            self.left = self.left.saturating_sub(1);
            return Ok((known.cloned(), node.total()));
        }
        let mut changes = Vec::new();
        let mut end = node.total();
        if height == 1 {
            let (leaves, saved) = self.leaves(node.children());
            // Others keep the leaves, so that a new parent has to save more than it costs.
            if saved > child.usage().bytes {
                changes = leaves;
            }
        } else {
            let (mut i, mut rank) = node.child_at(from);
            end = from - rank;
            while i < node.len() && self.left > 0 {
                let (new, passed) = self.subtree(&node.children()[i], height - 1, rank)?;
                changes.extend(new.map(|new| (i, new)));
                end += passed;
                if passed < node.count(i) {
                    break;
                }
                (i, rank) = (i + 1, 0);
            }
        }
        let mut new = None;
        if !changes.is_empty() {
            let mut copy = Shared::try_copy_in(arena(child), node)?;
            for (i, new) in changes {
                *fresh(&mut copy).child_mut(i) = new;
            }
            new = Some(Entry::b(copy));
        }
        if (height == 1 || from == 0) && end == node.total() {
            self.memo.put(place, child.clone(), new.clone());
        }
        Ok((new, end))
    }
}
