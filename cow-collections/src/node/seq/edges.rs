//! The handles of a sequence, each before those that it leads to.

use cow_core::{Counted, View};

use super::{Seq, sums::Sums, tree::Child};
use crate::graph::Edge;

impl<T> Seq<T> {
    /// As [`Graph::edges`](crate::graph::Graph::edges).
    pub(crate) fn edges(&self, visit: &mut dyn FnMut(Edge) -> bool) {
        let top = Edge {
            chunk: self.top.as_ptr(),
            usage: self.top.usage(),
        };
        match self.top.view() {
            View::A(_) => {
                visit(top);
            }
            View::B(body) => {
                if visit(top) {
                    body.prefix.edges(visit);
                    below(&body.tree.root, visit);
                    below(&body.tail, visit);
                }
            }
            View::C(_) | View::Empty => {}
        }
    }
}

/// The handle in `child`, and those below.
pub(super) fn below<L: Counted, S: Sums, const F: usize>(
    child: &Child<L, S, F>,
    visit: &mut dyn FnMut(Edge) -> bool,
) {
    let children = match child.view() {
        View::Empty => return,
        View::A(_) => &[][..],
        View::B(node) => &node.children,
        View::C(node) => &node.children,
    };
    let edge = Edge {
        chunk: child.as_ptr(),
        usage: child.usage(),
    };
    if visit(edge) {
        children.iter().for_each(|child| below(child, visit));
    }
}
