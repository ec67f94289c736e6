//! Going through the leaves in order: borrowed, lent for writing, or taken out one by one.

use std::{collections::VecDeque, iter::FusedIterator, ops::Range};

use cow_core::{AllocError, Handle, IntoPairs, Pairs, View};

use super::{
    Child, Tree,
    node::{Inner, inner_mut, leaf_mut},
};

/// The pairs of a range of ranks, a slice of keys and one of values per leaf.
pub(crate) struct Leaves<'a, K, V> {
    root: Option<&'a Child<K, V>>,
    range: Range<usize>,
    /// The parent of the next leaf, and the leaf's place in it: most steps need not start at the root.
    next: Option<(&'a Inner<K, V>, usize)>,
}

/// Keys and their values.
pub(crate) type Slices<'a, K, V> = (&'a [K], &'a [V]);

impl<'a, K, V> Leaves<'a, K, V> {
    /// The number of pairs not yet passed.
    #[inline]
    pub(crate) fn pairs_left(&self) -> usize {
        self.range.len()
    }

    /// Passes over `count` pairs, at most all.
    pub(crate) fn skip_pairs(&mut self, count: usize) {
        self.range.start += count;
        self.next = None;
    }

    /// The leaf at the start of the range, from there on.
    fn first(&mut self) -> Slices<'a, K, V> {
        if let Some((node, i)) = self.next
            && let Some(child) = node.children().get(i)
            && let View::A(leaf) = child.view()
        {
            self.step(node, i);
            return (leaf.keys(), leaf.values());
        }
        self.next = None;
        let Some(mut child) = self.root else {
            return (&[], &[]);
        };
        let mut at = self.range.start;
        while let View::B(node) = child.view() {
            let (i, rest) = node.child_at(at);
            (child, at) = (&node.children()[i], rest);
            self.step(node, i);
        }
        match child.view() {
            View::A(leaf) => (&leaf.keys()[at..], &leaf.values()[at..]),
            _ => (&[], &[]),
        }
    }

    /// Notes that the leaf behind child `i` of its parent comes next.
    fn step(&mut self, parent: &'a Inner<K, V>, i: usize) {
        self.next = Some((parent, i + 1));
        if let Some(next) = parent.children().get(i + 1) {
            cow_core::prefetch(next.as_ptr(), 4);
        }
    }
}

impl<K, V> Clone for Leaves<'_, K, V> {
    fn clone(&self) -> Self {
        Self {
            root: self.root,
            range: self.range.clone(),
            next: self.next,
        }
    }
}

impl<K, V> Default for Leaves<'_, K, V> {
    fn default() -> Self {
        Self {
            root: None,
            range: 0..0,
            next: None,
        }
    }
}

impl<'a, K, V> Iterator for Leaves<'a, K, V> {
    type Item = Slices<'a, K, V>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.range.is_empty() {
            return None;
        }
        let (keys, values) = self.first();
        let count = keys.len().min(self.range.len());
        self.range.start += count;
        Some((&keys[..count], &values[..count]))
    }
}

impl<K, V> DoubleEndedIterator for Leaves<'_, K, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.range.is_empty() {
            return None;
        }
        let (mut child, mut end) = (self.root?, self.range.end - 1);
        while let View::B(node) = child.view() {
            let (i, rest) = node.child_at(end);
            (child, end) = (&node.children()[i], rest);
        }
        let View::A(leaf) = child.view() else {
            return None;
        };
        end += 1;
        let start = end - end.min(self.range.len());
        self.range.end -= end - start;
        Some((&leaf.keys()[start..end], &leaf.values()[start..end]))
    }
}

impl<K, V> FusedIterator for Leaves<'_, K, V> {}

impl<K, V> Tree<K, V> {
    /// The slices of the pairs in a range of ranks, which is inside the tree.
    pub(crate) fn leaves(&self, range: Range<usize>) -> Leaves<'_, K, V> {
        Leaves {
            root: Some(&self.root),
            range,
            next: None,
        }
    }

    /// Takes the tree apart.
    pub(crate) fn into_leaves(mut self) -> IntoLeaves<K, V> {
        let mut parts = VecDeque::new();
        if self.len > 0 {
            parts.push_back(std::mem::take(&mut self.root));
        }
        IntoLeaves {
            parts,
            len: self.len,
        }
    }
}

impl<K: Clone, V: Clone> Tree<K, V> {
    /// The leaf with pair number `rank`, which is below the length, for writing, and its first rank.
    pub(crate) fn leaf_at_mut(
        &mut self,
        rank: usize,
    ) -> Result<(&[K], &mut [V], usize), AllocError> {
        let (mut child, mut at) = (&mut self.root, rank);
        for _ in 0..self.height {
            let node = inner_mut(child)?;
            let (i, rest) = node.child_at(at);
            (child, at) = (node.child_mut(i), rest);
        }
        let (keys, values) = leaf_mut(child)?.into_slices();
        Ok((keys, values, rank - at))
    }
}

/// The leaves of a tree, taken out one by one from either end.
///
/// Nodes are opened as they are reached; what was taken is held no more.
pub(crate) struct IntoLeaves<K, V> {
    /// Subtrees in order.
    parts: VecDeque<Child<K, V>>,
    len: usize,
}

impl<K, V> Default for IntoLeaves<K, V> {
    fn default() -> Self {
        Self {
            parts: VecDeque::new(),
            len: 0,
        }
    }
}

impl<K, V> IntoLeaves<K, V> {
    /// The number of pairs in the leaves not yet taken.
    pub(crate) fn pairs_left(&self) -> usize {
        self.len
    }

    fn leaf(&mut self, leaf: Pairs<K, V>) -> Leaf<K, V> {
        self.len -= leaf.as_pairs().len();
        Leaf { leaf }
    }
}

/// The children of an inner node.
pub(super) fn open<K, V>(node: cow_core::Shared<Inner<K, V>>) -> Vec<Child<K, V>> {
    match node.into_inner() {
        Ok(mut node) => {
            let children = (0..node.len()).map(|_| node.remove_child(0)).collect();
            // The borders go before there is a result, which would leak if their `drop` panicked.
            drop(node);
            children
        }
        Err(shared) => shared.children().to_vec(),
    }
}

impl<K, V> Iterator for IntoLeaves<K, V> {
    type Item = Leaf<K, V>;

    fn next(&mut self) -> Option<Leaf<K, V>> {
        loop {
            match self.parts.pop_front()?.take() {
                Handle::A(leaf) => return Some(self.leaf(leaf)),
                Handle::B(node) => open(node)
                    .into_iter()
                    .rev()
                    .for_each(|child| self.parts.push_front(child)),
                Handle::C(_) | Handle::Empty => {}
            }
        }
    }
}

impl<K, V> DoubleEndedIterator for IntoLeaves<K, V> {
    fn next_back(&mut self) -> Option<Leaf<K, V>> {
        loop {
            match self.parts.pop_back()?.take() {
                Handle::A(leaf) => return Some(self.leaf(leaf)),
                Handle::B(node) => self.parts.extend(open(node)),
                Handle::C(_) | Handle::Empty => {}
            }
        }
    }
}

impl<K, V> FusedIterator for IntoLeaves<K, V> {}

/// A leaf on its own: the pairs of one chunk.
pub(crate) struct Leaf<K, V> {
    leaf: Pairs<K, V>,
}

impl<K, V> Leaf<K, V> {
    pub(crate) fn slices(&self) -> Slices<'_, K, V> {
        (self.leaf.as_pairs().keys(), self.leaf.as_pairs().values())
    }

    /// The pairs: moved out of an exclusive chunk, cloned from a shared one as they are reached.
    pub(crate) fn into_pairs(self) -> LeafPairs<K, V> {
        match self.leaf.try_into_pairs() {
            Ok(pairs) => LeafPairs::Moved(pairs),
            Err(leaf) => {
                let range = 0..leaf.as_pairs().len();
                LeafPairs::Cloned {
                    leaf: Self { leaf },
                    range,
                }
            }
        }
    }
}

/// The pairs of a leaf, by value.
pub(crate) enum LeafPairs<K, V> {
    Moved(IntoPairs<K, V>),
    Cloned {
        leaf: Leaf<K, V>,
        range: Range<usize>,
    },
}

impl<K, V> LeafPairs<K, V> {
    /// The pairs not yet taken.
    pub(crate) fn slices(&self) -> Slices<'_, K, V> {
        match self {
            Self::Moved(pairs) => pairs.as_slices(),
            Self::Cloned { leaf, range } => {
                let (keys, values) = leaf.slices();
                (&keys[range.clone()], &values[range.clone()])
            }
        }
    }
}

impl<K: Clone, V: Clone> Leaf<K, V> {
    fn cloned(&self, i: usize) -> (K, V) {
        let (keys, values) = self.slices();
        (keys[i].clone(), values[i].clone())
    }
}

impl<K: Clone, V: Clone> Iterator for LeafPairs<K, V> {
    type Item = (K, V);

    #[inline]
    fn next(&mut self) -> Option<(K, V)> {
        match self {
            Self::Moved(pairs) => pairs.next(),
            Self::Cloned { leaf, range } => Some(leaf.cloned(range.next()?)),
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = self.slices().0.len();
        (len, Some(len))
    }
}

impl<K: Clone, V: Clone> DoubleEndedIterator for LeafPairs<K, V> {
    #[inline]
    fn next_back(&mut self) -> Option<(K, V)> {
        match self {
            Self::Moved(pairs) => pairs.next_back(),
            Self::Cloned { leaf, range } => Some(leaf.cloned(range.next_back()?)),
        }
    }
}

impl<K: Clone, V: Clone> ExactSizeIterator for LeafPairs<K, V> {}

impl<K, V> Tree<K, V> {
    /// The root, if there are pairs.
    pub(super) fn subtrees(&self) -> &[Child<K, V>] {
        let none = self.len == 0;
        &std::slice::from_ref(&self.root)[usize::from(none)..]
    }
}
