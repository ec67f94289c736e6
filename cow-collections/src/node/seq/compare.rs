//! Comparing two sequences by what they share: equality, order, and the changes from one to the other.
//!
//! All walk the two trees side by side from the top and never look below a chunk that both have. So
//! the work is proportional to what differs, times the height.

use std::ops::Range;

use cow_core::{Huge, HugeRef, Slots, View};

use super::{
    FANOUT, Seq, VecSums,
    kind::LeafKind,
    sums::Sums,
    tree::{Child, Tree, dense_child_len, dense_count},
};

/// A run of values that differs: the values at `old` became those at `new`.
///
/// Runs come in order, do not touch, and are never empty on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) old: Range<usize>,
    pub(crate) new: Range<usize>,
}

/// A subtree or a piece of a leaf of a sequence, and where it starts there.
pub(crate) struct Part<'a, L: LeafKind<S>, S: Sums, const F: usize> {
    what: What<'a, L, S, F>,
    height: u8,
    start: usize,
    len: usize,
    stale: Stale,
}

/// A leaf whose nodes have not been told yet how long it is now: where it starts, and how much longer it
/// is, modulo the range of `usize`.
#[derive(Clone, Copy)]
struct Stale {
    at: usize,
    by: usize,
}

impl Stale {
    const NONE: Self = Self { at: 0, by: 0 };

    /// The true length of a subtree that starts at `start`, of which `len` is recorded.
    fn correct(self, start: usize, len: usize) -> usize {
        if (start..start + len).contains(&self.at) {
            len.wrapping_add(self.by)
        } else {
            len
        }
    }
}

enum What<'a, L: LeafKind<S>, S: Sums, const F: usize> {
    Inner(&'a Child<L, S, F>),
    Piece(&'a [L::Item]),
}

impl<L: LeafKind<S>, S: Sums, const F: usize> Clone for What<'_, L, S, F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<L: LeafKind<S>, S: Sums, const F: usize> Copy for What<'_, L, S, F> {}

impl<L: LeafKind<S>, S: Sums, const F: usize> Clone for Part<'_, L, S, F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<L: LeafKind<S>, S: Sums, const F: usize> Copy for Part<'_, L, S, F> {}

impl<'a, L: LeafKind<S>, S: Sums, const F: usize> Part<'a, L, S, F> {
    /// The parts of a whole tree that begins at `start` of a sequence.
    fn of_at(tree: &'a Tree<L, S, F>, start: usize) -> Vec<Self> {
        let mut parts = Vec::new();
        if tree.len() > 0 {
            let len = tree.len();
            Self::add(&mut parts, &tree.root, tree.height, start, len, Stale::NONE);
        }
        parts
    }

    /// The parts of a tree that was not told yet that the leaf at `at` is longer `by` so much.
    pub(crate) fn of_stale(tree: &'a Tree<L, S, F>, at: usize, by: usize) -> Vec<Self> {
        let mut parts = Vec::new();
        if tree.len() > 0 {
            let stale = Stale { at, by };
            let len = stale.correct(0, tree.len());
            Self::add(&mut parts, &tree.root, tree.height, 0, len, stale);
        }
        parts
    }

    /// Adds what `child` is, or falls into if it is a leaf of several pieces.
    fn add(
        parts: &mut Vec<Self>,
        child: &'a Child<L, S, F>,
        height: u8,
        start: usize,
        len: usize,
        stale: Stale,
    ) {
        if let View::A(leaf) = child.view() {
            let mut start = start;
            for piece in L::pieces(leaf, len) {
                Self::add_piece(parts, piece, start);
                start += piece.len();
            }
        } else {
            parts.push(Self {
                what: What::Inner(child),
                height,
                start,
                len,
                stale,
            });
        }
    }

    /// Adds what lies in a row, if it is anything.
    fn add_piece(parts: &mut Vec<Self>, piece: &'a [L::Item], start: usize) {
        if !piece.is_empty() {
            parts.push(Self {
                what: What::Piece(piece),
                height: 0,
                start,
                len: piece.len(),
                stale: Stale::NONE,
            });
        }
    }

    /// What tells this part from others: the chunk, and how much of it counts.
    fn identity(&self) -> (*const u8, usize) {
        match self.what {
            What::Inner(child) => (child.as_ptr(), self.len),
            What::Piece(piece) => (piece.as_ptr().cast(), self.len),
        }
    }

    /// The children of an inner node; nothing for a piece.
    fn children(&self) -> Vec<Self> {
        let What::Inner(child) = self.what else {
            return Vec::new();
        };
        let mut parts = Vec::new();
        let mut start = self.start;
        let mut add = |child, len| {
            let len = self.stale.correct(start, len);
            Self::add(&mut parts, child, self.height - 1, start, len, self.stale);
            start += len;
        };
        match child.view() {
            View::B(node) => (0..dense_count::<L, S, F>(self.height, self.len)).for_each(|i| {
                let len = dense_child_len::<L, S, F>(self.height, self.len, i);
                add(&node.children[i], len);
            }),
            View::C(node) => {
                (0..node.count()).for_each(|i| add(&node.children[i], node.child_len(i)));
            }
            View::A(_) | View::Empty => {}
        }
        parts
    }
}

impl<'a, T> Part<'a, Slots<T>, VecSums, FANOUT> {
    /// The parts that make up a sequence from huge chunk number `first` on: those, its tree and its tail.
    fn of_seq(seq: &'a Seq<T>, first: usize) -> Vec<Self> {
        let mut parts = Vec::new();
        if let Some(prefix) = seq.prefix() {
            let mut at = first * Huge::<T>::CAPACITY;
            while at < prefix.len() {
                let run = prefix.run(at);
                Self::add_piece(&mut parts, run, at);
                at += run.len();
            }
        }
        let tree = seq.tree().map(|tree| Self::of_at(tree, seq.prefix_len()));
        parts.extend(tree.unwrap_or_default());
        Self::add_piece(&mut parts, seq.tail.values(), seq.inner_len);
        parts
    }
}

/// Slices of equal length from the same places of two sequences, up to the end of the shorter one,
/// without those that are one and the same memory.
pub(crate) struct Pairs<'a, L: LeafKind<S>, S: Sums, const F: usize> {
    left: Vec<Part<'a, L, S, F>>,
    right: Vec<Part<'a, L, S, F>>,
}

impl<'a, L: LeafKind<S>, S: Sums, const F: usize> Pairs<'a, L, S, F> {
    pub(crate) fn new(mut left: Vec<Part<'a, L, S, F>>, mut right: Vec<Part<'a, L, S, F>>) -> Self {
        left.reverse();
        right.reverse();
        Self { left, right }
    }
}

impl<'a, L: LeafKind<S>, S: Sums, const F: usize> Iterator for Pairs<'a, L, S, F> {
    type Item = (&'a [L::Item], &'a [L::Item]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (left, right) = (self.left.pop()?, self.right.pop()?);
            if left.identity() == right.identity() {
                continue;
            }
            if let (What::Piece(a), What::Piece(b)) = (left.what, right.what) {
                let len = a.len().min(b.len());
                Part::add_piece(&mut self.left, &a[len..], left.start + len);
                Part::add_piece(&mut self.right, &b[len..], right.start + len);
                if a.as_ptr() == b.as_ptr() {
                    continue;
                }
                return Some((&a[..len], &b[..len]));
            }
            let put = |stack: &mut Vec<Part<'a, L, S, F>>, part: Part<'a, L, S, F>, open: bool| {
                if open {
                    stack.extend(part.children().into_iter().rev());
                } else {
                    stack.push(part);
                }
            };
            // The higher one is opened, so that two nodes meet as equals where they can.
            put(&mut self.left, left, left.height >= right.height);
            put(&mut self.right, right, right.height >= left.height);
        }
    }
}

impl<T> Seq<T> {
    /// Slices of equal length that may differ.
    pub(crate) fn pairs<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = (&'a [T], &'a [T])> {
        Pairs::new(Part::of_seq(self, 0), Part::of_seq(other, 0))
    }
}

impl<T: PartialEq> Seq<T> {
    /// The changes that make this sequence of `old`.
    pub(crate) fn changes_since(&self, old: &Self) -> Vec<Change> {
        let ends = (old.len(), self.len());
        let mut changes = Changes { runs: Vec::new() };
        let mut chunks = 0;
        if let (Some(old), Some(new)) = (old.prefix(), self.prefix()) {
            for (old, new) in old.chunks(0).zip(new.chunks(0)) {
                changes.compare_huge(old, new, chunks * Huge::<T>::CAPACITY);
                chunks += 1;
            }
        }
        let (old, new) = (Part::of_seq(old, chunks), Part::of_seq(self, chunks));
        let start = chunks * Huge::<T>::CAPACITY;
        changes.compare(&old, &new, (start, start), ends);
        changes.runs
    }
}

/// The changes that make the parts `new` of `old`, which are as long as `ends` says.
pub(crate) fn changes<L: LeafKind<S>, S: Sums, const F: usize>(
    old: &[Part<'_, L, S, F>],
    new: &[Part<'_, L, S, F>],
    ends: (usize, usize),
) -> Vec<Change>
where
    L::Item: PartialEq,
{
    let mut changes = Changes { runs: Vec::new() };
    changes.compare(old, new, (0, 0), ends);
    changes.runs
}

/// The changes found so far.
struct Changes {
    runs: Vec<Change>,
}

impl Changes {
    /// Compares two lists of parts that take the places of each other, from `starts` to `ends`.
    fn compare<L: LeafKind<S>, S: Sums, const F: usize>(
        &mut self,
        old: &[Part<'_, L, S, F>],
        new: &[Part<'_, L, S, F>],
        starts: (usize, usize),
        ends: (usize, usize),
    ) where
        L::Item: PartialEq,
    {
        if old.is_empty() || new.is_empty() {
            self.add(starts.0..ends.0, starts.1..ends.1);
            return;
        }
        let height = old
            .iter()
            .chain(new)
            .map(|part| part.height)
            .max()
            .unwrap_or(0);
        if height == 0 {
            self.compare_values(old, new, starts);
            return;
        }
        // One level down, and then only what is not in both.
        let (old, new) = (open(old, height), open(new, height));
        let mut places: Vec<_> = old
            .iter()
            .enumerate()
            .map(|(i, part)| (part.identity(), i))
            .collect();
        places.sort_unstable();
        let (mut old_at, mut new_at, mut at) = (0, 0, starts);
        for (j, part) in new.iter().enumerate() {
            let place = places.partition_point(|&place| place < (part.identity(), old_at));
            let Some(&(identity, i)) = places.get(place) else {
                continue;
            };
            if identity != part.identity() {
                continue;
            }
            self.compare(
                &old[old_at..i],
                &new[new_at..j],
                at,
                (old[i].start, part.start),
            );
            at = (old[i].start + part.len, part.start + part.len);
            (old_at, new_at) = (i + 1, j + 1);
        }
        self.compare(&old[old_at..], &new[new_at..], at, ends);
    }

    /// Compares two huge chunks that both start at `start`, and passes over the pages that both read.
    fn compare_huge<T: PartialEq>(
        &mut self,
        old: HugeRef<'_, T>,
        new: HugeRef<'_, T>,
        start: usize,
    ) {
        let mut at = if old.ptr_eq(new) { old.len() } else { 0 };
        while at < old.len() {
            let (a, b) = (old.run(at), new.run(at));
            let len = a.len().min(b.len());
            if a.as_ptr() != b.as_ptr() {
                self.compare_in_place(&a[..len], &b[..len], (start + at, start + at));
            }
            at += len;
        }
    }

    /// Compares each value with the one in its place, in slices of one length.
    fn compare_in_place<V: PartialEq>(&mut self, old: &[V], new: &[V], starts: (usize, usize)) {
        let mut i = 0;
        while i < old.len() {
            let same = old[i..]
                .iter()
                .zip(&new[i..])
                .take_while(|(a, b)| a == b)
                .count();
            i += same;
            let differ = old[i..]
                .iter()
                .zip(&new[i..])
                .take_while(|(a, b)| a != b)
                .count();
            let run = |start: usize| start + i..start + i + differ;
            self.add(run(starts.0), run(starts.1));
            i += differ;
        }
    }

    /// Compares two lists of leaves value by value.
    fn compare_values<L: LeafKind<S>, S: Sums, const F: usize>(
        &mut self,
        old: &[Part<'_, L, S, F>],
        new: &[Part<'_, L, S, F>],
        starts: (usize, usize),
    ) where
        L::Item: PartialEq,
    {
        let (old, new) = (values(old), values(new));
        if old.len() == new.len() {
            // Nothing moved: each value is compared with the one in its place.
            self.compare_in_place(&old, &new, starts);
            return;
        }
        let same = |(a, b): &(&&L::Item, &&L::Item)| a == b;
        let head = old.iter().zip(&new).take_while(same).count();
        let (old_rest, new_rest) = (&old[head..], &new[head..]);
        let tail = old_rest
            .iter()
            .rev()
            .zip(new_rest.iter().rev())
            .take_while(same)
            .count();
        self.add(
            starts.0 + head..starts.0 + old.len() - tail,
            starts.1 + head..starts.1 + new.len() - tail,
        );
    }

    /// Adds a run, or makes the last one longer where they touch.
    fn add(&mut self, old: Range<usize>, new: Range<usize>) {
        if old.is_empty() && new.is_empty() {
            return;
        }
        match self.runs.last_mut() {
            Some(last) if last.old.end == old.start && last.new.end == new.start => {
                (last.old.end, last.new.end) = (old.end, new.end);
            }
            _ => self.runs.push(Change { old, new }),
        }
    }
}

/// The parts with those of this height replaced by their children.
fn open<'a, L: LeafKind<S>, S: Sums, const F: usize>(
    parts: &[Part<'a, L, S, F>],
    height: u8,
) -> Vec<Part<'a, L, S, F>> {
    let mut opened = Vec::new();
    for part in parts {
        if part.height == height {
            opened.extend(part.children());
        } else {
            opened.push(*part);
        }
    }
    opened
}

/// All values of a list of leaves.
fn values<'a, L: LeafKind<S>, S: Sums, const F: usize>(
    parts: &[Part<'a, L, S, F>],
) -> Vec<&'a L::Item> {
    let leaf = |part: &Part<'a, L, S, F>| match part.what {
        What::Piece(values) => values,
        What::Inner(_) => &[],
    };
    parts.iter().flat_map(leaf).collect()
}
