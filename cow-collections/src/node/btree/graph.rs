//! A tree as chunks and handles, and dropping one in steps.

use cow_core::{Handle, View};

use super::{Child, Tree, walk::open};
use crate::{drops::Rubble, graph::Edge};

impl<K, V> Tree<K, V> {
    /// Every handle to a chunk (see [`Graph`](crate::graph::Graph)).
    pub(crate) fn edges(&self, visit: &mut dyn FnMut(Edge) -> bool) {
        below(&self.root, visit);
    }

    /// Begins to drop the tree.
    pub(crate) fn into_rubble(mut self) -> TreeRubble<K, V> {
        TreeRubble {
            stack: vec![std::mem::take(&mut self.root)],
        }
    }
}

/// The handle in `child`, and those below.
fn below<K, V>(child: &Child<K, V>, visit: &mut dyn FnMut(Edge) -> bool) {
    let edge = Edge {
        chunk: child.as_ptr(),
        usage: child.usage(),
    };
    match child.view() {
        View::A(_) => {
            visit(edge);
        }
        View::B(node) => {
            if visit(edge) {
                let (chunk, usage) = (node.borders_identity().0, node.borders_usage());
                if !chunk.is_null() {
                    visit(Edge { chunk, usage });
                }
                node.children().iter().for_each(|child| below(child, visit));
            }
        }
        View::C(_) | View::Empty => {}
    }
}

/// What is left of a tree that is being dropped: handles, those to be looked at next on top.
pub struct TreeRubble<K, V> {
    stack: Vec<Child<K, V>>,
}

impl<K, V> Rubble for TreeRubble<K, V> {
    fn step(&mut self, max_chunks: usize) -> bool {
        for _ in 0..max_chunks {
            let Some(mut child) = self.stack.pop() else {
                return true;
            };
            match child.take() {
                Handle::A(leaf) => drop(leaf),
                // Nobody begins to drop a whole subtree here, also if another thread gives up its handle
                // to it at this moment: the last one comes back, and is opened.
                Handle::B(node) => {
                    if let Some(node) = node.into_last() {
                        self.stack.extend(open(node).into_iter().rev());
                    }
                }
                Handle::C(_) | Handle::Empty => {}
            }
        }
        self.stack.is_empty()
    }
}
