//! The ordered engine: a B+tree whose leaves keep keys and values in separate arrays.
//!
//! ```text
//! Tree  root ──> [ borders, counts, children ]  inner node, up to 9 children
//!                   │                  └──> [ borders, counts, children ]
//!                   │                                          └──> [ k k k k │ v v v v ]  leaf
//!                   └──> [ k k k ]  one key between each two children
//! ```
//!
//! A leaf is about 1 KiB of pairs, or half that where each has to be cloned on its own. A tree of one
//! leaf is that leaf alone, which grows through the size classes. An inner node counts the pairs below
//! each child, so that ranks and lengths are at hand, and keeps its *borders* in a chunk of their own: an
//! overwrite after a snapshot copies the node, but not the borders, which the copies share.
//!
//! Leaves are not linked: iterators go by rank, and remember the parent of the leaf they are in.
//!
//! # Underfull nodes
//!
//! Nodes hold at least a third of what they can, but for the root and for those on the way to the last
//! leaf, which fill up as keys are added in order. Who joins something behind them mends them; a panic in
//! the middle of that leaves thin nodes, which do no harm and are mended by the next removal there.
//!
//! # Lying orders
//!
//! Nothing here relies on `Ord` but for where it looks: every index is checked, so that an order that
//! lies leads to wrong answers at worst.

mod build;
mod check;
mod compare;
mod edit;
mod graph;
mod join;
mod node;
mod search;
#[cfg(feature = "plain")]
mod swap;
mod walk;

use std::borrow::Borrow;

use cow_core::{AllocError, ArenaRef, Entry, Home, Pairs, Shared, View};

#[cfg(feature = "plain")]
pub(crate) use build::Filler;
pub(crate) use compare::{Difference, Rules, combine};
pub(crate) use graph::TreeRubble;
pub(crate) use search::Path;
#[cfg(feature = "plain")]
pub(crate) use swap::TreeMemo;
pub(crate) use walk::{IntoLeaves, Leaf, LeafPairs, Leaves, Slices};

use build::Builder;
use node::{Inner, count_before, leaf_mut, lower, prefetch};

/// What a tree keeps, and each slot of an inner node: a leaf, an inner node or, at the top of a tree
/// without any chunk to find it by, the arena; or nothing.
pub(crate) type Child<K, V> = Entry<Pairs<K, V>, Shared<Inner<K, V>>, Home>;

/// A tree of pairs in the order of their keys.
///
/// Calls that need chunks return an [`AllocError`] when there is none, and leave the pairs as they were,
/// unless they say otherwise.
///
/// # Invariants
///
/// 1. All leaves are `height` levels below the root, and hold `len` pairs together.
/// 2. A root that is an inner node has two children or more; no leaf is empty.
pub(crate) struct Tree<K, V> {
    root: Child<K, V>,
    len: usize,
    height: u8,
}

const _: () = assert!(size_of::<Tree<u64, u64>>() == 24);

impl<K, V> Tree<K, V> {
    pub(crate) const fn new() -> Self {
        Self {
            root: Entry::empty(),
            len: 0,
            height: 0,
        }
    }

    /// An empty tree whose chunks come from `arena`.
    pub(crate) fn new_in(arena: ArenaRef<'_>) -> Self {
        Self {
            root: arena.to_home().map_or_else(Entry::empty, Entry::c),
            ..Self::new()
        }
    }

    /// The arena that the chunks come from.
    #[inline]
    pub(crate) fn arena(&self) -> ArenaRef<'_> {
        self.root.arena().unwrap_or_else(ArenaRef::global)
    }

    /// Leaves this tree empty, in the same arena, and returns what it was.
    pub(crate) fn take(&mut self) -> Self {
        let empty = Self::new_in(self.arena());
        std::mem::replace(self, empty)
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// `true` when both are one tree: the same chunks, not only the same pairs.
    pub(crate) fn ptr_eq(&self, other: &Self) -> bool {
        self.root.ptr_eq(&other.root) && self.len == other.len
    }

    /// The pair with that key.
    #[inline]
    pub(crate) fn get<Q>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let mut child = &self.root;
        let mut height = self.height;
        while let View::B(node) = child.view() {
            child = node.child(node.find(key))?;
            height = height.wrapping_sub(1);
            if height == 0 {
                prefetch(child);
            }
        }
        let View::A(leaf) = child.view() else {
            return None;
        };
        let keys = leaf.keys();
        let at = count_before(keys, |probe| probe.borrow() < key);
        let found = keys.get(at)?;
        if found.borrow() == key {
            Some((found, leaf.values().get(at)?))
        } else {
            None
        }
    }

    /// The first pair.
    pub(crate) fn first(&self) -> Option<(&K, &V)> {
        first_leaf(&self.root)?.get(0)
    }

    /// The last pair.
    pub(crate) fn last(&self) -> Option<(&K, &V)> {
        let mut child = &self.root;
        while let View::B(node) = child.view() {
            child = node.children().last()?;
        }
        match child.view() {
            View::A(leaf) => leaf.get(leaf.len().checked_sub(1)?),
            _ => None,
        }
    }
}

impl<K: Clone, V: Clone> Tree<K, V> {
    /// The pair that a path leads to, with the value for writing; after a copy of what is shared on the
    /// way.
    #[inline]
    pub(crate) fn pair_mut(&mut self, path: &Path) -> Result<(&K, &mut V), AllocError> {
        let mut child = &mut self.root;
        for height in (1..=self.height).rev() {
            child = node::inner_mut(child)?.child_mut(path.index(height));
        }
        Ok(leaf_mut(child)?.into_pair(path.position()))
    }
}

/// A tree that is being changed at the top. Inner nodes with a single child are taken off there in the
/// end, also when a panic ends it.
struct Lowering<'a, K, V>(&'a mut Tree<K, V>);

impl<'a, K, V> Lowering<'a, K, V> {
    fn new(tree: &'a mut Tree<K, V>) -> Self {
        Self(tree)
    }
}

impl<K, V> Drop for Lowering<'_, K, V> {
    fn drop(&mut self) {
        self.0.height -= lower(&mut self.0.root);
    }
}

impl<K, V> Clone for Tree<K, V> {
    #[inline]
    fn clone(&self) -> Self {
        Self {
            root: self.root.clone(),
            len: self.len,
            height: self.height,
        }
    }
}

/// The first leaf below `child`.
fn first_leaf<K, V>(mut child: &Child<K, V>) -> Option<cow_core::PairsRef<'_, K, V>> {
    while let View::B(node) = child.view() {
        child = node.children().first()?;
    }
    match child.view() {
        View::A(leaf) => Some(leaf),
        _ => None,
    }
}
