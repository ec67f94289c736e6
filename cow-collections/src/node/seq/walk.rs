//! Going through the leaves in order: borrowed, or taken out one by one.

use std::{collections::VecDeque, iter::FusedIterator, ops::Range};

#[cfg(feature = "plain")]
use cow_core::ArenaRef;
use cow_core::{AllocError, Counted, Entry, Handle, IntoValues, Slots, View};

use super::{
    Body, FANOUT, Seq, VecSums,
    join::take_children,
    kind::LeafKind,
    leaf,
    prefix::{IntoPages, Prefix, fits},
    sums::{Sums, Weigh, Weight},
    tree::{Child, Dense, Relaxed, Tree},
};

/// The parent of the next leaf, and the leaf's place in it: most steps need not start at the root.
pub(crate) enum Siblings<'a, L: Counted, S: Sums, const F: usize> {
    Unknown,
    Dense(&'a Dense<L, S, F>, usize),
    Relaxed(&'a Relaxed<L, S, F>, usize),
}

impl<L: Counted, S: Sums, const F: usize> Clone for Siblings<'_, L, S, F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<L: Counted, S: Sums, const F: usize> Copy for Siblings<'_, L, S, F> {}

impl<'a, L: LeafKind<S>, S: Sums, const F: usize> Siblings<'a, L, S, F> {
    /// The parent of the leaf with position `at`, and that position in the leaf.
    pub(super) fn of(tree: &'a Tree<L, S, F>, mut at: usize) -> (Self, usize) {
        let mut child = &tree.root;
        let mut shift = u32::from(tree.height) * F.ilog2();
        let mut siblings = Self::Unknown;
        loop {
            shift = shift.wrapping_sub(F.ilog2());
            match child.view() {
                View::B(node) => {
                    let i = ((at / L::FULL) >> shift) % F;
                    siblings = Self::Dense(node, i);
                    child = &node.children[i];
                    if shift == 0 {
                        return (siblings, at % L::FULL);
                    }
                }
                View::C(node) => {
                    let i = node.find(at) % F;
                    at -= node.start(i);
                    siblings = Self::Relaxed(node, i);
                    child = &node.children[i];
                }
                View::A(_) | View::Empty => return (siblings, at),
            }
        }
    }

    /// The leaf with the length recorded for it, and the place behind it.
    #[inline]
    pub(super) fn step(self) -> Option<(L::Ref<'a>, usize, Self)> {
        let (children, i, len, next) = match self {
            Self::Unknown => return None,
            Self::Dense(node, i) => (&node.children, i, L::FULL, Self::Dense(node, i + 1)),
            Self::Relaxed(node, i) => {
                let len = if i < F { node.child_len(i) } else { 0 };
                (&node.children, i, len, Self::Relaxed(node, i + 1))
            }
        };
        let View::A(leaf) = children.get(i)?.view() else {
            return None;
        };
        if let Some(after) = children.get(i + 1) {
            leaf::prefetch(after, 0, 4);
        }
        Some((leaf, len, next))
    }
}

/// The values of a range of a sequence, a slice per leaf.
pub(crate) struct Leaves<'a, T> {
    seq: &'a Seq<T>,
    range: Range<usize>,
    siblings: Siblings<'a, Slots<T>, VecSums, FANOUT>,
}

impl<'a, T> Leaves<'a, T> {
    fn new(seq: &'a Seq<T>, range: Range<usize>) -> Self {
        Self {
            seq,
            range,
            siblings: Siblings::Unknown,
        }
    }

    /// The number of values not yet passed.
    #[inline]
    pub(crate) fn values_left(&self) -> usize {
        self.range.len()
    }

    /// Passes over `count` values, at most all.
    pub(crate) fn skip_values(&mut self, count: usize) {
        self.range.start += count;
        self.siblings = Siblings::Unknown;
    }

    /// The leaf with the first value of the range, from that value on.
    fn first(&mut self) -> &'a [T] {
        let start = self.range.start;
        let Some(tree) = self.seq.tree().filter(|_| start < self.seq.inner_len) else {
            return &self.seq.tail.values()[start - self.seq.inner_len..];
        };
        if let Some((slots, len, next)) = self.siblings.step() {
            self.siblings = next;
            return leaf::values(slots, len);
        }
        let prefix_len = self.seq.prefix_len();
        if start < prefix_len
            && let Some(prefix) = self.seq.prefix()
        {
            return prefix.run(start);
        }
        let (siblings, offset) = Siblings::of(tree, start - prefix_len);
        if let Some((slots, len, next)) = siblings.step() {
            self.siblings = next;
            return &leaf::values(slots, len)[offset..];
        }
        let (values, first) = self.seq.leaf_at(start);
        &values[start - first..]
    }
}

impl<T> Clone for Leaves<'_, T> {
    fn clone(&self) -> Self {
        Self {
            seq: self.seq,
            range: self.range.clone(),
            siblings: self.siblings,
        }
    }
}

impl<'a, T> Iterator for Leaves<'a, T> {
    type Item = &'a [T];

    fn next(&mut self) -> Option<&'a [T]> {
        if self.range.is_empty() {
            return None;
        }
        let values = self.first();
        let values = &values[..values.len().min(self.range.len())];
        self.range.start += values.len();
        Some(values)
    }
}

impl<'a, T> DoubleEndedIterator for Leaves<'a, T> {
    fn next_back(&mut self) -> Option<&'a [T]> {
        if self.range.is_empty() {
            return None;
        }
        let (values, start) = self.seq.leaf_at(self.range.end - 1);
        let values = &values[self.range.start.saturating_sub(start)..self.range.end - start];
        self.range.end -= values.len();
        Some(values)
    }
}

impl<T> FusedIterator for Leaves<'_, T> {}

impl<T> Seq<T> {
    /// The slices of the values in `range`, which is inside the sequence.
    pub(crate) fn leaves(&self, range: Range<usize>) -> Leaves<'_, T> {
        Leaves::new(self, range)
    }

    /// Takes the sequence apart.
    pub(crate) fn into_leaves(mut self) -> IntoLeaves<T> {
        // The slots that are filled may not be recorded yet.
        drop(self.exclusive_tail());
        let tail = |child| Part {
            child,
            height: 0,
            weight: Weight::of_len(self.tail.len()),
        };
        let (mut parts, mut prefix) = (VecDeque::new(), Prefix::empty());
        match self.top.take() {
            Handle::A(leaf) => parts.push_back(tail(Entry::a(leaf))),
            Handle::B(body) => {
                let body = body
                    .into_inner()
                    .unwrap_or_else(|shared| Body::clone(&shared));
                prefix = body.prefix;
                parts.push_back(Part::of(body.tree));
                parts.push_back(tail(body.tail));
            }
            Handle::C(_) | Handle::Empty => {}
        }
        IntoLeaves {
            pages: IntoPages::new(prefix),
            parts: IntoParts::new(parts),
        }
    }
}

/// The leaves of a sequence, taken out one by one from either end.
pub(crate) struct IntoLeaves<T> {
    pages: IntoPages<T>,
    parts: IntoParts<Slots<T>, VecSums, FANOUT>,
}

impl<T> IntoLeaves<T> {
    /// The number of values in the leaves not yet taken.
    pub(crate) fn values_left(&self) -> usize {
        self.pages.values_left() + self.parts.len()
    }
}

impl<T> Iterator for IntoLeaves<T> {
    type Item = Leaf<T>;

    fn next(&mut self) -> Option<Leaf<T>> {
        let behind = |(slots, len)| Leaf::new(slots, len);
        self.pages.next().or_else(|| self.parts.next().map(behind))
    }
}

impl<T> DoubleEndedIterator for IntoLeaves<T> {
    fn next_back(&mut self) -> Option<Leaf<T>> {
        let leaf = self.parts.next_back();
        leaf.map(|(slots, len)| Leaf::new(slots, len))
            .or_else(|| self.pages.next_back())
    }
}

impl<T> FusedIterator for IntoLeaves<T> {}

/// The leaves of one tree or several, with their lengths, taken out one by one from either end.
///
/// Nodes are opened as they are reached; what was taken is held no more.
pub(crate) struct IntoParts<L: Counted, S: Sums, const F: usize> {
    parts: VecDeque<Part<L, S, F>>,
    len: usize,
}

struct Part<L: Counted, S: Sums, const F: usize> {
    child: Child<L, S, F>,
    height: u8,
    weight: S::Weight,
}

impl<L: LeafKind<S>, S: Sums, const F: usize> Part<L, S, F> {
    fn of(tree: Tree<L, S, F>) -> Self {
        Self {
            child: tree.root,
            height: tree.height,
            weight: tree.weight,
        }
    }

    fn into_leaf(mut self) -> (L, usize) {
        match self.child.take() {
            Handle::A(leaf) => (leaf, self.weight.len()),
            _ => unreachable!("a leaf was expected"),
        }
    }

    fn open(self) -> impl DoubleEndedIterator<Item = Self> {
        let height = self.height - 1;
        take_children((self.child, self.weight), self.height)
            .into_iter()
            .map(move |(child, weight)| Self {
                child,
                height,
                weight,
            })
    }
}

impl<L: LeafKind<S>, S: Sums, const F: usize> IntoParts<L, S, F> {
    fn new(mut parts: VecDeque<Part<L, S, F>>) -> Self {
        parts.retain(|part| part.weight.len() > 0);
        let len = parts.iter().map(|part| part.weight.len()).sum();
        Self { parts, len }
    }

    /// The leaves of one tree.
    pub(crate) fn of(tree: Tree<L, S, F>) -> Self {
        Self::new(VecDeque::from([Part::of(tree)]))
    }

    /// The length of what was not taken yet.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn next(&mut self) -> Option<(L, usize)> {
        loop {
            let part = self.parts.pop_front()?;
            if part.height == 0 {
                self.len -= part.weight.len();
                return Some(part.into_leaf());
            }
            part.open()
                .rev()
                .for_each(|child| self.parts.push_front(child));
        }
    }

    pub(crate) fn next_back(&mut self) -> Option<(L, usize)> {
        loop {
            let part = self.parts.pop_back()?;
            if part.height == 0 {
                self.len -= part.weight.len();
                return Some(part.into_leaf());
            }
            self.parts.extend(part.open());
        }
    }
}

/// A leaf on its own: the values of one chunk, or a page of a huge one.
pub(crate) struct Leaf<T> {
    slots: Slots<T>,
    /// Above zero only in a huge chunk.
    start: usize,
    len: usize,
}

impl<T> Clone for Leaf<T> {
    fn clone(&self) -> Self {
        Self {
            slots: self.slots.clone(),
            ..*self
        }
    }
}

impl<T> Leaf<T> {
    /// `len` is a length recorded for this leaf (see the module `leaf`).
    pub(super) fn new(slots: Slots<T>, len: usize) -> Self {
        Self {
            slots,
            start: 0,
            len,
        }
    }

    /// Some slots of a huge chunk, in which all are filled up to the end of them.
    pub(super) fn part(slots: Slots<T>, range: Range<usize>) -> Self {
        Self {
            slots,
            start: range.start,
            len: range.len(),
        }
    }

    pub(crate) fn values(&self) -> &[T] {
        &leaf::values(self.slots.as_slots(), self.start + self.len)[self.start..]
    }

    /// The arena that the chunk lies in.
    #[cfg(feature = "plain")]
    pub(crate) fn arena(&self) -> ArenaRef<'_> {
        self.slots.arena()
    }

    /// `true` for what may lie in a tree of leaves: not a page of a huge chunk.
    pub(super) fn is_whole(&self) -> bool {
        !fits::<T>() || self.start == 0 && self.slots.capacity() <= leaf::full::<T>()
    }

    /// The slots, and how many of them count. The leaf is whole.
    pub(super) fn into_parts(self) -> (Slots<T>, usize) {
        debug_assert!(self.is_whole(), "a page of a huge chunk is no leaf");
        (self.slots, self.len)
    }
}

impl<T: Clone> Leaf<T> {
    /// The values: moved out of an exclusive chunk, cloned from a shared one as they are reached.
    pub(crate) fn into_values(self) -> LeafValues<T> {
        let Self { start, len, .. } = self;
        let cloned = |slots| LeafValues::Cloned {
            leaf: Self { slots, start, len },
            range: 0..len,
        };
        if start > 0 {
            return cloned(self.slots);
        }
        match self.slots.try_into_values(len) {
            Ok(values) => LeafValues::Moved(values),
            Err(slots) => cloned(slots),
        }
    }

    /// Adds the values behind those of a sequence.
    pub(super) fn append_to(self, seq: &mut Seq<T>) -> Result<(), AllocError> {
        seq.extend(self.into_values())
    }
}

/// The values of a leaf, by value.
pub(crate) enum LeafValues<T> {
    Moved(IntoValues<T>),
    Cloned { leaf: Leaf<T>, range: Range<usize> },
}

impl<T> LeafValues<T> {
    /// The values not yet taken.
    pub(crate) fn as_slice(&self) -> &[T] {
        match self {
            Self::Moved(values) => values.as_slice(),
            Self::Cloned { leaf, range } => &leaf.values()[range.clone()],
        }
    }
}

impl<T> LeafValues<T> {
    /// The values not yet taken, for writing. The chunk was exclusive.
    pub(crate) fn as_mut_slice(&mut self) -> &mut [T] {
        match self {
            Self::Moved(values) => values.as_mut_slice(),
            Self::Cloned { .. } => unreachable!("the chunk was exclusive"),
        }
    }

    /// Passes over the next value, which is not cloned for it.
    pub(crate) fn discard(&mut self) {
        match self {
            Self::Moved(values) => drop(values.next()),
            Self::Cloned { range, .. } => drop(range.next()),
        }
    }
}

impl<T: Clone> Iterator for LeafValues<T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        match self {
            Self::Moved(values) => values.next(),
            Self::Cloned { leaf, range } => Some(leaf.values()[range.next()?].clone()),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = self.as_slice().len();
        (len, Some(len))
    }
}

impl<T: Clone> DoubleEndedIterator for LeafValues<T> {
    #[inline]
    fn next_back(&mut self) -> Option<T> {
        match self {
            Self::Moved(values) => values.next_back(),
            Self::Cloned { leaf, range } => Some(leaf.values()[range.next_back()?].clone()),
        }
    }
}

impl<T: Clone> ExactSizeIterator for LeafValues<T> {}
