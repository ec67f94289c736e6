//! What holds of every sequence, looked up from the handle down to the last leaf. For tests.

use std::collections::HashSet;

use cow_core::View;

use super::{
    Seq,
    tree::{Child, FANOUT, dense_child_len, dense_count, full},
};

/// Addresses of chunks.
pub(crate) type Chunks = HashSet<*const u8>;

impl<T> Seq<T> {
    /// Asserts the invariants of the handle and of each node. Returns the chunks it leads to.
    ///
    /// Nobody else may change handles to the same chunks meanwhile.
    pub(crate) fn assert_invariants(&self) -> Chunks {
        let mut check = Check {
            seq: self,
            chunks: Chunks::new(),
            leaves: 0,
        };
        check.top();
        check.tree();
        check.chunks
    }
}

struct Check<'a, T> {
    seq: &'a Seq<T>,
    chunks: Chunks,
    leaves: usize,
}

impl<T> Check<'_, T> {
    fn top(&mut self) {
        let Seq {
            top,
            tree_len,
            tail,
        } = self.seq;
        match top.view() {
            View::A(_) => {
                self.entry(top.is_known_exclusive(), top.usage().handles);
                self.chunks.insert(top.as_ptr());
            }
            View::B(body) => {
                self.entry(top.is_known_exclusive(), top.usage().handles);
                self.chunks.insert(top.as_ptr());
                if !body.tail.is_empty() {
                    self.entry(body.tail.is_known_exclusive(), body.tail.usage().handles);
                    self.chunks.insert(body.tail.as_ptr());
                }
                assert_eq!(*tree_len, body.tree.len);
            }
            View::C(_) | View::Empty => assert_eq!((*tree_len, tail.len()), (0, 0)),
        }
        tail.assert_invariants();
    }

    fn tree(&mut self) {
        let Some(tree) = self.seq.tree() else { return };
        if tree.len == 0 {
            assert!(tree.root.is_empty() && tree.height == 0);
            return;
        }
        self.child(&tree.root, tree.height, tree.len);
        let wide = match tree.root.view() {
            View::B(node) => !node.children[1].is_empty(),
            View::C(node) => node.count() > 1,
            View::A(_) | View::Empty => true,
        };
        assert!(wide, "the root has more than one child");
        // Half-full nodes at the worst, and a level or two for what was cut off.
        let most = 3 + self.leaves.ilog2() / (FANOUT / 2).ilog2();
        assert!(
            u32::from(tree.height) <= most,
            "{} leaves in a tree of height {}",
            self.leaves,
            tree.height
        );
    }

    /// Checks a subtree with `len` values.
    fn child(&mut self, child: &Child<T>, height: u8, len: usize) {
        assert!(child.arena() == Some(self.seq.arena()), "one arena for all");
        self.entry(child.is_known_exclusive(), child.usage().handles);
        self.chunks.insert(child.as_ptr());
        match child.view() {
            View::Empty => panic!("an empty slot among the children"),
            View::A(slots) => {
                assert_eq!(height, 0, "all leaves are equally deep");
                assert!(0 < len && len <= full::<T>().min(slots.capacity()));
                self.leaves += 1;
            }
            View::B(node) => {
                let count = dense_count::<T>(height, len);
                assert!(0 < count && count <= FANOUT);
                for (i, child) in node.children[..count].iter().enumerate() {
                    let len = dense_child_len::<T>(height, len, i);
                    match child.view() {
                        View::A(_) => assert_eq!(len, full::<T>(), "a dense node's leaf is full"),
                        View::B(_) => {}
                        View::C(_) | View::Empty => panic!("a dense node's child is dense"),
                    }
                    self.child(child, height - 1, len);
                }
                assert!(node.children[count..].iter().all(Child::is_empty));
            }
            View::C(node) => {
                let count = node.count();
                assert_eq!(node.len(), len);
                assert!(node.ends.is_sorted() && count > 0);
                for (i, child) in node.children[..count].iter().enumerate() {
                    self.child(child, height - 1, node.child_len(i));
                }
                assert!(node.children[count..].iter().all(Child::is_empty));
            }
        }
    }

    /// An entry that is remembered to be the only handle is the only one.
    fn entry(&self, is_known_exclusive: bool, handles: usize) {
        assert!(!is_known_exclusive || handles == 1, "{handles} handles");
    }
}
