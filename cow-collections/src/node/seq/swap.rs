//! Putting other leaves in the places of some: leaves that hold the same.
//!
//! The leaves of one parent are looked at together. What is to change is found out first, for reading;
//! only then is the path to the parent made exclusive. A parent that several versions share is replaced
//! by one new node for all of them, if they come along while the [`Memo`] lives.
//!
//! The engine of vectors and that of texts have this in common. That of the text looks for no more than
//! the leaf itself, which knows its length: what the nodes record may be stale.

use cow_core::{AllocError, Counted, Entry, Handle, Slots, View};

use super::{
    FANOUT, Leaf, Seq, VecSums,
    kind::LeafKind,
    leaf,
    sums::Sums,
    tree::{Child, InnerMut, Tree, capacity, dense_child_len, dense_count, inner_mut},
};
use crate::node::memo::Memo;

/// The parents of leaves that were looked at.
pub(crate) type TreeMemo<L, S, const F: usize> = Memo<Child<L, S, F>>;

pub(crate) type VecMemo<T> = TreeMemo<Slots<T>, VecSums, FANOUT>;

/// A leaf with its start and its length, as it is shown to whoever knows a better one.
pub(crate) struct Site<'a, L: Counted, S: Sums, const F: usize> {
    pub(crate) child: &'a Child<L, S, F>,
    pub(crate) start: usize,
    pub(crate) len: usize,
}

/// The leaves of one parent, and what is to become of them.
pub(super) struct Plan<L: Counted, S: Sums, const F: usize> {
    start: usize,
    pub(super) end: usize,
    pub(super) leaves: usize,
    what: What<L, S, F>,
}

enum What<L: Counted, S: Sums, const F: usize> {
    Keep,
    /// The parent was replaced in another version.
    Parent(Child<L, S, F>),
    /// Leaves by their place in the parent; of a tree that is one leaf, that leaf.
    Leaves(Vec<(usize, L)>),
}

impl<L: Counted, S: Sums, const F: usize> Plan<L, S, F> {
    pub(super) fn is_needed(&self) -> bool {
        !matches!(self.what, What::Keep)
    }
}

impl<L: LeafKind<S>, S: Sums, const F: usize> Tree<L, S, F> {
    /// Shows the leaves that have one parent, that of the leaf with position `at`, to `swap`.
    ///
    /// `is_alone` tells that nobody else leads to the root.
    pub(super) fn plan(
        &self,
        at: usize,
        mut is_alone: bool,
        memo: &mut TreeMemo<L, S, F>,
        swap: &mut dyn FnMut(Site<'_, L, S, F>) -> Option<L>,
    ) -> Plan<L, S, F> {
        let (mut child, mut height) = (&self.root, self.height);
        let (mut start, mut len) = (0, self.len());
        while height > 1 {
            is_alone &= child.usage().handles == 1;
            (child, start, len) = match child.view() {
                View::B(node) => {
                    let each = capacity::<L, S, F>(height - 1);
                    let i = (at - start) / each;
                    let child_len = dense_child_len::<L, S, F>(height, len, i);
                    (&node.children[i], start + i * each, child_len)
                }
                View::C(node) => {
                    let i = node.find(at - start);
                    (&node.children[i], start + node.start(i), node.child_len(i))
                }
                View::A(_) | View::Empty => unreachable!("an inner node was expected"),
            };
            height -= 1;
        }
        let mut plan = Plan {
            start,
            end: start + len,
            leaves: 1,
            what: What::Keep,
        };
        let parent = child.usage();
        is_alone &= parent.handles == 1;
        if height > 0
            && let Some(known) = memo.get(child.as_ptr().addr())
        {
            if let Some(new) = known {
                plan.what = What::Parent(new.clone());
            }
            return plan;
        }
        let (mut changes, mut saved) = (Vec::new(), 0);
        let mut show = |i: usize, child: &Child<L, S, F>, start, len| {
            if let Some(leaf) = swap(Site { child, start, len }) {
                saved += child.usage().bytes;
                changes.push((i, leaf));
            }
        };
        match child.view() {
            View::A(_) => show(0, child, start, len),
            View::B(node) => {
                plan.leaves = dense_count::<L, S, F>(1, len);
                for (i, child) in node.children[..plan.leaves].iter().enumerate() {
                    let len = dense_child_len::<L, S, F>(1, len, i);
                    show(i, child, start + i * L::FULL, len);
                }
            }
            View::C(node) => {
                plan.leaves = node.count();
                for (i, child) in node.children[..plan.leaves].iter().enumerate() {
                    show(i, child, start + node.start(i), node.child_len(i));
                }
            }
            View::Empty => {}
        }
        // Where others keep the leaves, a new parent has to save more than it costs.
        let pays = height == 0 || is_alone || saved > parent.bytes;
        if !changes.is_empty() && pays {
            plan.what = What::Leaves(changes);
        } else if !is_alone && height > 0 {
            memo.put(child.as_ptr().addr(), child.clone(), None);
        }
        plan
    }

    /// Does what was planned for this tree.
    ///
    /// When that fails, nodes may have been copied; what the tree holds is as before.
    pub(super) fn apply(
        &mut self,
        plan: Plan<L, S, F>,
        memo: &mut TreeMemo<L, S, F>,
    ) -> Result<(), AllocError> {
        let height = self.height;
        let slot = self.parent_mut(plan.start)?;
        match plan.what {
            What::Keep => {}
            What::Parent(new) => *slot = new,
            What::Leaves(mut changes) if height == 0 => {
                if let Some((_, leaf)) = changes.pop() {
                    *slot = Entry::a(leaf);
                }
            }
            What::Leaves(changes) => {
                let old = (!slot.is_exclusive()).then(|| slot.clone());
                let children = match inner_mut(slot)? {
                    InnerMut::Dense(node) => &mut node.children,
                    InnerMut::Relaxed(node) => &mut node.children,
                };
                for (i, leaf) in changes {
                    children[i] = Entry::a(leaf);
                }
                if let Some(old) = old {
                    memo.put(old.as_ptr().addr(), old, Some(slot.clone()));
                }
            }
        }
        Ok(())
    }

    /// The parent of the leaf with position `at`, or the leaf of a tree that is one; all nodes above it
    /// are made exclusive.
    fn parent_mut(&mut self, at: usize) -> Result<&mut Child<L, S, F>, AllocError> {
        let (mut child, mut start) = (&mut self.root, 0);
        for height in (2..=self.height).rev() {
            child = match inner_mut(child)? {
                InnerMut::Dense(node) => {
                    let each = capacity::<L, S, F>(height - 1);
                    let i = (at - start) / each;
                    start += i * each;
                    &mut node.children[i]
                }
                InnerMut::Relaxed(node) => {
                    let i = node.find(at - start);
                    start += node.start(i);
                    &mut node.children[i]
                }
            };
        }
        Ok(child)
    }
}

/// A leaf of a sequence, as it is shown to whoever may know an equal one.
pub(crate) struct Spot<'a, T> {
    pub(crate) values: &'a [T],
    /// The index of its first value.
    pub(crate) start: usize,
    /// Makes a handle to it.
    pub(crate) leaf: &'a dyn Fn() -> Leaf<T>,
}

impl<T> Seq<T> {
    /// Shows the leaves from the one at `from` on to `swap` and puts what it returns in their places:
    /// leaves of the same arena that hold the same. Returns where the next leaf starts, once `most` were
    /// shown or a few more; at the end, the length.
    ///
    /// When that fails, the leaves before were swapped.
    pub(crate) fn swap_leaves(
        &mut self,
        from: usize,
        most: usize,
        memo: &mut VecMemo<T>,
        swap: &mut dyn FnMut(Spot<'_, T>) -> Option<Leaf<T>>,
    ) -> Result<usize, AllocError> {
        // Huge chunks are passed over.
        let prefix_len = self.prefix_len();
        let (mut at, mut left) = (from.max(prefix_len), most);
        while at < self.inner_len && left > 0 {
            let Some(tree) = self.tree() else { break };
            let is_alone = self.top.usage().handles == 1;
            let plan = tree.plan(at - prefix_len, is_alone, memo, &mut |site| {
                let View::A(slots) = site.child.view() else {
                    return None;
                };
                let other = swap(Spot {
                    values: leaf::values(slots, site.len),
                    start: prefix_len + site.start,
                    leaf: &|| site.leaf(),
                })?;
                Some(other.into_parts().0)
            });
            (at, left) = (prefix_len + plan.end, left.saturating_sub(plan.leaves));
            if plan.is_needed() {
                self.body_mut()?.tree.apply(plan, memo)?;
            }
        }
        if self.inner_len <= at && at < self.len() && left > 0 {
            at = self.len();
            let other = swap(Spot {
                values: self.tail.values(),
                start: self.inner_len,
                leaf: &|| self.tail_leaf(),
            });
            if let Some(other) = other {
                if matches!(self.top.view(), View::B(_)) {
                    self.body_in_place()?;
                }
                let (slots, len) = other.into_parts();
                self.set_tail(slots, len);
            }
        }
        Ok(at)
    }

    /// A handle to the leaf that starts at `start` and has `len` values, if there is one.
    pub(crate) fn leaf_from(&self, start: usize, len: usize) -> Option<Leaf<T>> {
        if start >= self.inner_len {
            let is_tail = start == self.inner_len && len > 0 && len == self.tail.len();
            return is_tail.then(|| self.tail_leaf());
        }
        let start = start.checked_sub(self.prefix_len())?;
        let mut found = None;
        self.tree()?
            .plan(start, true, &mut Memo::default(), &mut |site| {
                if (site.start, site.len) == (start, len) {
                    found = Some(site.leaf());
                }
                None
            });
        found
    }

    /// A second handle to the tail, which there is.
    fn tail_leaf(&self) -> Leaf<T> {
        self.tail.share();
        let slots = match self.top.view() {
            View::B(body) => match body.tail.handle() {
                Handle::A(slots) => Some(slots),
                _ => None,
            },
            _ => match self.top.handle() {
                Handle::A(slots) => Some(slots),
                _ => None,
            },
        };
        match slots {
            Some(slots) => Leaf::new(slots, self.tail.len()),
            None => unreachable!("a tail was expected"),
        }
    }
}

impl<L: Counted, S: Sums, const F: usize> Site<'_, L, S, F> {
    /// Lends the leaf.
    pub(crate) fn leaf_ref(&self) -> L::Ref<'_> {
        match self.child.view() {
            View::A(leaf) => leaf,
            _ => unreachable!("a leaf was expected"),
        }
    }

    /// Makes a handle to the leaf.
    pub(crate) fn handle(&self) -> L {
        match self.child.handle() {
            Handle::A(leaf) => leaf,
            _ => unreachable!("a leaf was expected"),
        }
    }
}

impl<T> Site<'_, Slots<T>, VecSums, FANOUT> {
    fn leaf(&self) -> Leaf<T> {
        Leaf::new(self.handle(), self.len)
    }
}
