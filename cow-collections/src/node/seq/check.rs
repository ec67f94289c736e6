//! What holds of every sequence, looked up from the handle down to the last leaf. For tests.

use std::collections::HashSet;

use cow_core::{ArenaRef, Huge, View};

use super::{
    Seq,
    kind::LeafKind,
    sums::{Sums, Weigh},
    tree::{Child, Tree, dense_child_len, dense_count},
};

/// Addresses of chunks.
pub(crate) type Chunks = HashSet<*const u8>;

impl<T> Seq<T> {
    /// Asserts the invariants of the handle and of each node. Returns the chunks it leads to.
    ///
    /// Nobody else may change handles to the same chunks meanwhile.
    pub(crate) fn assert_invariants(&self) -> Chunks {
        let mut check = Check::new(self.arena());
        let Seq {
            top,
            inner_len,
            tail,
        } = self;
        match top.view() {
            View::A(_) => check.entry(top.is_known_exclusive(), top.usage().handles, top.as_ptr()),
            View::B(body) => {
                check.entry(top.is_known_exclusive(), top.usage().handles, top.as_ptr());
                let tail = &body.tail;
                if !tail.is_empty() {
                    let handles = tail.usage().handles;
                    check.entry(tail.is_known_exclusive(), handles, tail.as_ptr());
                }
                assert_eq!(*inner_len, body.prefix.len() + body.tree.len());
                assert!(!matches!(body.prefix.root.view(), View::C(_)));
                assert_eq!(body.prefix.len() % Huge::<T>::CAPACITY, 0);
                check.tree(&body.prefix);
                body.prefix.edges(&mut |edge| {
                    check.chunks.insert(edge.chunk);
                    true
                });
            }
            View::C(_) | View::Empty => assert_eq!((*inner_len, tail.len()), (0, 0)),
        }
        tail.assert_invariants();
        if let Some(tree) = self.tree() {
            check.tree(tree);
        }
        check.chunks
    }
}

/// What was seen so far of a sequence in the given arena.
pub(crate) struct Check<'a> {
    arena: ArenaRef<'a>,
    pub(crate) chunks: Chunks,
    leaves: usize,
}

impl<'a> Check<'a> {
    pub(crate) fn new(arena: ArenaRef<'a>) -> Self {
        Self {
            arena,
            chunks: Chunks::new(),
            leaves: 0,
        }
    }

    /// Checks a tree.
    pub(crate) fn tree<L: LeafKind<S>, S: Sums, const F: usize>(&mut self, tree: &Tree<L, S, F>) {
        if tree.len() == 0 {
            assert!(tree.root.is_empty() && tree.height == 0);
            return;
        }
        self.child(&tree.root, tree.height, tree.weight);
        let wide = match tree.root.view() {
            View::B(node) => !node.children[1].is_empty(),
            View::C(node) => node.count() > 1,
            View::A(_) | View::Empty => true,
        };
        assert!(wide, "the root has more than one child");
        // Half-full nodes at the worst, and a level or two for what was cut off.
        let most = 3 + self.leaves.ilog2() / (F / 2).ilog2();
        assert!(
            u32::from(tree.height) <= most,
            "{} leaves in a tree of height {}",
            self.leaves,
            tree.height
        );
    }

    /// Checks a subtree of the given weight.
    fn child<L: LeafKind<S>, S: Sums, const F: usize>(
        &mut self,
        child: &Child<L, S, F>,
        height: u8,
        weight: S::Weight,
    ) {
        assert!(child.arena() == Some(self.arena), "one arena for all");
        let handles = child.usage().handles;
        self.entry(child.is_known_exclusive(), handles, child.as_ptr());
        let len = weight.len();
        match child.view() {
            View::Empty => panic!("an empty slot among the children"),
            View::A(leaf) => {
                assert_eq!(height, 0, "all leaves are equally deep");
                assert!(0 < len && len <= L::MOST);
                L::assert_invariants(leaf, weight);
                self.leaves += 1;
            }
            View::B(node) => {
                let count = dense_count::<L, S, F>(height, len);
                assert!(0 < count && count <= F);
                for (i, child) in node.children[..count].iter().enumerate() {
                    let len = dense_child_len::<L, S, F>(height, len, i);
                    match child.view() {
                        View::A(_) => assert_eq!(len, L::FULL, "a dense node's leaf is full"),
                        View::B(_) => {}
                        View::C(_) | View::Empty => panic!("a dense node's child is dense"),
                    }
                    self.child(child, height - 1, S::Weight::of_len(len));
                }
                assert!(node.children[count..].iter().all(Child::is_empty));
            }
            View::C(node) => {
                let count = node.count();
                assert_eq!(node.weight(), weight);
                assert!(count > 0);
                for (i, child) in node.children[..count].iter().enumerate() {
                    assert!(node.start(i) < node.ends.end(i).len());
                    self.child(child, height - 1, node.child_weight(i));
                }
                assert!(node.children[count..].iter().all(Child::is_empty));
            }
        }
    }

    /// An entry that is remembered to be the only handle is the only one.
    fn entry(&mut self, is_known_exclusive: bool, handles: usize, chunk: *const u8) {
        assert!(!is_known_exclusive || handles == 1, "{handles} handles");
        self.chunks.insert(chunk);
    }
}
