//! What holds of every tree, looked up from the root down to the last leaf. For tests.

use std::collections::HashSet;

use cow_core::View;

use super::{
    Child, Tree,
    node::{FANOUT, Inner, full, spare, total},
};

/// Addresses of chunks.
pub(crate) type Chunks = HashSet<*const u8>;

impl<K, V> Tree<K, V> {
    /// Asserts the invariants of the tree and of each node. Returns the chunks it leads to.
    ///
    /// Nobody else may change handles to the same chunks meanwhile.
    ///
    /// Where a join was cut short by a panic there may be thin nodes (`may_be_thin`).
    pub(crate) fn assert_invariants(&self, may_be_thin: bool) -> Chunks {
        let mut check = Check {
            tree: self,
            may_be_thin,
            chunks: Chunks::new(),
        };
        if self.len == 0 {
            assert!(matches!(self.root.view(), View::C(_) | View::Empty));
            assert_eq!(self.height, 0);
            return check.chunks;
        }
        if let View::B(node) = self.root.view() {
            assert!(node.len() > 1, "the root has more than one child");
        }
        check.child(&self.root, self.height, self.len, true, true);
        check.chunks
    }
}

impl<K: Ord, V> Tree<K, V> {
    /// Asserts that keys ascend, and that borders lie between them.
    pub(crate) fn assert_order(&self) {
        if self.len > 0 {
            check_order(&self.root, None, None);
        }
    }
}

fn check_order<K: Ord, V>(child: &Child<K, V>, low: Option<&K>, high: Option<&K>) {
    match child.view() {
        View::A(leaf) => {
            let keys = leaf.keys();
            assert!(keys.is_sorted_by(|a, b| a < b), "keys ascend");
            assert!(low.is_none_or(|low| *low <= keys[0]), "border in front");
            assert!(
                high.is_none_or(|high| keys[keys.len() - 1] < *high),
                "border behind"
            );
        }
        View::B(node) => {
            let borders = node.keys();
            for (i, child) in node.children().iter().enumerate() {
                let low = if i == 0 { low } else { Some(&borders[i - 1]) };
                check_order(child, low, borders.get(i).or(high));
            }
        }
        View::C(_) | View::Empty => panic!("an empty slot among the children"),
    }
}

struct Check<'a, K, V> {
    tree: &'a Tree<K, V>,
    may_be_thin: bool,
    chunks: Chunks,
}

impl<K, V> Check<'_, K, V> {
    /// Checks a subtree with `len` pairs.
    fn child(&mut self, child: &Child<K, V>, height: u8, len: usize, is_root: bool, is_last: bool) {
        assert!(
            child.arena() == Some(self.tree.arena()),
            "one arena for all"
        );
        self.chunk(
            child.as_ptr(),
            child.is_known_exclusive(),
            child.usage().handles,
        );
        assert_eq!(total(child), len, "pairs are counted");
        assert!(len > 0, "nothing is empty");
        assert!(
            is_root || is_last || self.may_be_thin || spare(child) >= 0,
            "an underfull node at height {height}"
        );
        match child.view() {
            View::A(leaf) => {
                assert_eq!(height, 0, "all leaves are equally deep");
                assert!(leaf.len() <= full::<K, V>().min(leaf.capacity()));
            }
            View::B(node) => self.inner(node, height, is_last),
            View::C(_) | View::Empty => panic!("an empty slot among the children"),
        }
    }

    fn inner(&mut self, node: &Inner<K, V>, height: u8, is_last: bool) {
        assert!(node.len() <= FANOUT && height > 0);
        assert_eq!(
            node.keys().len(),
            node.len() - 1,
            "borders between children"
        );
        let (borders, is_known_exclusive) = node.borders_identity();
        if node.len() > 1 {
            self.chunk(borders, is_known_exclusive, node.borders_usage().handles);
        } else {
            assert!(borders.is_null(), "no chunk for no borders");
        }
        for (i, child) in node.children().iter().enumerate() {
            let is_last = is_last && i == node.len() - 1;
            self.child(child, height - 1, node.count(i), false, is_last);
        }
        let unused = (node.len()..FANOUT).filter_map(|i| node.child(i));
        assert!(unused.into_iter().all(Child::is_empty));
    }

    /// An entry that is remembered to be the only handle is the only one.
    fn chunk(&mut self, chunk: *const u8, is_known_exclusive: bool, handles: usize) {
        assert!(!is_known_exclusive || handles == 1, "{handles} handles");
        self.chunks.insert(chunk);
    }
}
