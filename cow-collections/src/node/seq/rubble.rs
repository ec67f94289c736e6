//! Dropping a sequence in steps.

use cow_core::{Counted, Handle, Shared, Slots};

use super::{Body, FANOUT, Seq, VecSums, sums::Sums, tree::Child};
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

/// What is left of a sequence that is being dropped.
pub struct SeqRubble<T>(TreeRubble<Slots<T>, VecSums, FANOUT>);

impl<T> Rubble for SeqRubble<T> {
    fn step(&mut self, max_chunks: usize) -> bool {
        self.0.step(max_chunks)
    }
}

impl<T> Seq<T> {
    /// Begins to drop the sequence.
    pub(crate) fn into_rubble(mut self) -> SeqRubble<T> {
        // The slots that are filled may not be recorded yet.
        drop(self.exclusive_tail());
        SeqRubble(TreeRubble::new(match self.top.take() {
            Handle::A(leaf) => vec![Child::a(leaf)],
            Handle::B(body) => match body.into_last().map(Shared::into_inner) {
                Some(Ok(Body { tree, tail })) => vec![tail, tree.root],
                _ => Vec::new(),
            },
            Handle::C(_) | Handle::Empty => Vec::new(),
        }))
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
