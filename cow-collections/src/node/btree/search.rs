//! From a key or a rank to a place in the tree.

use std::{
    borrow::Borrow,
    ops::{Bound, Range, RangeBounds},
};

use cow_core::{PairsRef, View};

use super::{
    Tree,
    node::{count_before, prefetch},
};

/// Levels of the highest tree: above what any memory can hold.
const MAX_HEIGHT: usize = 24;

/// The way from the root to a place in a leaf.
///
/// It says where to go, not what is there: in a tree that has changed meanwhile it leads somewhere else,
/// and a step that is not there is a panic.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Path {
    /// The child to take in the node at height `i + 1`.
    children: [u8; MAX_HEIGHT],
    /// The place in the leaf.
    at: u32,
    /// Pairs in the leaf.
    leaf_len: u32,
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a node has few children, and a leaf fewer than 2^32 pairs"
)]
impl Path {
    pub(super) const fn new() -> Self {
        Self {
            children: [0; MAX_HEIGHT],
            at: 0,
            leaf_len: 0,
        }
    }

    /// The child to take in the node at that height.
    #[inline]
    pub(super) fn index(&self, height: u8) -> usize {
        self.children[usize::from(height) - 1].into()
    }

    #[inline]
    pub(super) fn set_index(&mut self, height: u8, child: usize) {
        self.children[usize::from(height) - 1] = child as u8;
    }

    /// The place in the leaf.
    #[inline]
    pub(crate) fn position(&self) -> usize {
        self.at as usize
    }

    /// Pairs in the leaf.
    #[inline]
    pub(super) fn leaf_len(&self) -> usize {
        self.leaf_len as usize
    }

    #[inline]
    pub(super) fn set_position(&mut self, at: usize, leaf_len: usize) {
        (self.at, self.leaf_len) = (at as u32, leaf_len as u32);
    }

    /// The place in the node or leaf at that height.
    pub(super) fn place(&self, height: u8) -> usize {
        if height == 0 {
            self.position()
        } else {
            self.index(height)
        }
    }

    pub(super) fn set_place(&mut self, height: u8, place: usize) {
        if height == 0 {
            self.at = place as u32;
        } else {
            self.set_index(height, place);
        }
    }
}

impl<K, V> Tree<K, V> {
    /// The way to the first place whose key is not below `key`, and whether that is the key itself.
    #[inline]
    pub(crate) fn search<Q>(&self, key: &Q) -> (Path, bool)
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let mut path = Path::new();
        let mut height = self.height;
        let mut child = &self.root;
        while let View::B(node) = child.view() {
            let i = node.find(key);
            path.set_index(height, i);
            child = match node.child(i) {
                Some(child) => child,
                None => unreachable!("there are fewer borders than children"),
            };
            height -= 1;
            if height == 0 {
                prefetch(child);
            }
        }
        let View::A(leaf) = child.view() else {
            return (path, false);
        };
        let keys = leaf.keys();
        let at = count_before(keys, |probe| probe.borrow() < key);
        path.set_position(at, keys.len());
        let found = keys.get(at).is_some_and(|probe| probe.borrow() == key);
        (path, found)
    }

    /// The way to pair number `rank`, at most behind the last one.
    pub(crate) fn path_to(&self, mut rank: usize) -> Path {
        let mut path = Path::new();
        let mut height = self.height;
        let mut child = &self.root;
        while let View::B(node) = child.view() {
            let (i, rest) = node.child_at(rank);
            path.set_index(height, i);
            rank = rest;
            child = &node.children()[i];
            height -= 1;
        }
        if let View::A(leaf) = child.view() {
            path.set_position(rank, leaf.len());
        }
        path
    }

    /// The number of pairs in front of a place.
    pub(crate) fn rank(&self, path: &Path) -> usize {
        let mut rank = path.position();
        let mut height = self.height;
        let mut child = &self.root;
        while let View::B(node) = child.view() {
            let i = path.index(height);
            rank += node.start(i);
            child = &node.children()[i];
            height -= 1;
        }
        rank
    }

    /// The leaf that a path leads to.
    pub(crate) fn leaf(&self, path: &Path) -> Option<PairsRef<'_, K, V>> {
        let mut height = self.height;
        let mut child = &self.root;
        while let View::B(node) = child.view() {
            child = &node.children()[path.index(height)];
            height -= 1;
        }
        match child.view() {
            View::A(leaf) => Some(leaf),
            _ => None,
        }
    }

    /// The pair that a path leads to.
    pub(crate) fn pair(&self, path: &Path) -> Option<(&K, &V)> {
        self.leaf(path)?.get(path.position())
    }

    /// The ranks of the keys in a range: its start is at most its end, whatever the order says.
    ///
    /// # Panics
    ///
    /// If the range starts behind its end, or start and end are equal and both excluded.
    pub(crate) fn ranks<Q>(&self, range: &impl RangeBounds<Q>) -> Range<usize>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        use Bound::{Excluded, Included, Unbounded};
        match (range.start_bound(), range.end_bound()) {
            (Excluded(start), Excluded(end)) if start == end => {
                panic!("range start and end are equal and excluded in CowOrdMap")
            }
            (Included(start) | Excluded(start), Included(end) | Excluded(end)) if start > end => {
                panic!("range start is greater than range end in CowOrdMap")
            }
            _ => {}
        }
        let start = match range.start_bound() {
            Included(key) => self.rank_of(key, false),
            Excluded(key) => self.rank_of(key, true),
            Unbounded => 0,
        };
        let end = match range.end_bound() {
            Included(key) => self.rank_of(key, true),
            Excluded(key) => self.rank_of(key, false),
            Unbounded => self.len,
        };
        start.min(end)..end
    }

    /// The number of keys below `key`, and it itself if that is asked for.
    pub(crate) fn rank_of<Q>(&self, key: &Q, and_itself: bool) -> usize
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let (path, found) = self.search(key);
        self.rank(&path) + usize::from(found && and_itself)
    }
}
