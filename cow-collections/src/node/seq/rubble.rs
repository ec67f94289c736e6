//! Dropping a sequence in steps.

use cow_core::{Counted, Handle, Huge, Shared, Slots};

use super::{
    Body, FANOUT, Seq, VecSums,
    prefix::{PrefixSums, WIDTH},
    sums::Sums,
    tree::Child,
};
use crate::drops::Rubble;

/// What is left of a tree that is being dropped: handles, those to be looked at next on top.
pub(crate) struct TreeRubble<L: Counted, S: Sums, const F: usize> {
    stack: Vec<Child<L, S, F>>,
}

impl<L: Counted, S: Sums, const F: usize> TreeRubble<L, S, F> {
    /// Begins to drop what is in `stack`, the last first.
    pub(crate) fn new(stack: Vec<Child<L, S, F>>) -> Self {
        Self { stack }
    }
}

/// What is left of a sequence that is being dropped. A huge chunk counts as one, with the pages that
/// were split off it.
pub struct SeqRubble<T> {
    prefix: TreeRubble<Huge<T>, PrefixSums, WIDTH>,
    tree: TreeRubble<Slots<T>, VecSums, FANOUT>,
}

impl<T> Rubble for SeqRubble<T> {
    fn step(&mut self, max_chunks: usize) -> bool {
        if self.prefix.stack.is_empty() {
            return self.tree.step(max_chunks);
        }
        self.prefix.step(max_chunks) && self.tree.stack.is_empty()
    }
}

impl<T> Seq<T> {
    /// Begins to drop the sequence.
    pub(crate) fn into_rubble(mut self) -> SeqRubble<T> {
        // The slots that are filled may not be recorded yet.
        drop(self.exclusive_tail());
        let (mut chunks, mut leaves) = (Vec::new(), Vec::new());
        match self.top.take() {
            Handle::A(leaf) => leaves.push(Child::a(leaf)),
            Handle::B(body) => {
                if let Some(Ok(body)) = body.into_last().map(Shared::into_inner) {
                    let Body {
                        prefix, tree, tail, ..
                    } = body;
                    chunks.push(prefix.root);
                    leaves.extend([tail, tree.root]);
                }
            }
            Handle::C(_) | Handle::Empty => {}
        }
        chunks.retain(|chunk| !chunk.is_empty());
        SeqRubble {
            prefix: TreeRubble::new(chunks),
            tree: TreeRubble::new(leaves),
        }
    }
}

impl<L: Counted, S: Sums, const F: usize> Rubble for TreeRubble<L, S, F> {
    fn step(&mut self, max_chunks: usize) -> bool {
        for _ in 0..max_chunks {
            let Some(mut child) = self.stack.pop() else {
                return true;
            };
            // Nobody begins to drop a whole subtree here, also if another thread gives up its handle
            // to it at this moment: the last one comes back, and is opened.
            let children = match child.take() {
                Handle::A(leaf) => {
                    drop(leaf);
                    continue;
                }
                Handle::B(node) => match node.into_last().map(Shared::into_inner) {
                    Some(Ok(node)) => node.children,
                    _ => continue,
                },
                Handle::C(node) => match node.into_last().map(Shared::into_inner) {
                    Some(Ok(node)) => node.children,
                    _ => continue,
                },
                Handle::Empty => continue,
            };
            let children = children.into_iter().rev();
            self.stack
                .extend(children.filter(|child| !child.is_empty()));
        }
        self.stack.is_empty()
    }
}
