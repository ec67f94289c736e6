//! Comparing two sequences by what they share: equality, order, and the changes from one to the other.
//!
//! All walk the two trees side by side from the top and never look below a chunk that both have. So
//! the work is proportional to what differs, times the height.

use std::ops::Range;

use cow_core::View;

use super::{
    Seq, leaf,
    tree::{Child, dense_child_len, dense_count},
};

/// A run of values that differs: the values at `old` became those at `new`.
///
/// Runs come in order, do not touch, and are never empty on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) old: Range<usize>,
    pub(crate) new: Range<usize>,
}

/// A subtree or a leaf of a sequence, and where it starts there.
struct Part<'a, T> {
    what: What<'a, T>,
    height: u8,
    start: usize,
    len: usize,
}

enum What<'a, T> {
    Inner(&'a Child<T>),
    Leaf(&'a [T]),
}

impl<T> Clone for What<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for What<'_, T> {}

impl<T> Clone for Part<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Part<'_, T> {}

impl<'a, T> Part<'a, T> {
    /// The parts that make up a sequence: its tree and its tail.
    fn of(seq: &'a Seq<T>) -> Vec<Self> {
        let mut parts = Vec::new();
        if let Some(tree) = seq.tree().filter(|tree| tree.len > 0) {
            parts.push(Self::new(&tree.root, tree.height, 0, tree.len));
        }
        let tail = seq.tail.values();
        if !tail.is_empty() {
            parts.push(Self {
                what: What::Leaf(tail),
                height: 0,
                start: seq.tree_len,
                len: tail.len(),
            });
        }
        parts
    }

    fn new(child: &'a Child<T>, height: u8, start: usize, len: usize) -> Self {
        let what = match child.view() {
            View::A(slots) => What::Leaf(leaf::values(slots, len)),
            _ => What::Inner(child),
        };
        Self {
            what,
            height,
            start,
            len,
        }
    }

    /// What tells this part from others: the chunk, and how much of it counts.
    fn identity(&self) -> (*const u8, usize) {
        match self.what {
            What::Inner(child) => (child.as_ptr(), self.len),
            What::Leaf(values) => (values.as_ptr().cast(), self.len),
        }
    }

    /// The children of an inner node; nothing for a leaf.
    fn children(&self) -> Vec<Self> {
        let What::Inner(child) = self.what else {
            return Vec::new();
        };
        let mut start = self.start;
        let mut part = |child, len| {
            start += len;
            Self::new(child, self.height - 1, start - len, len)
        };
        match child.view() {
            View::B(node) => (0..dense_count::<T>(self.height, self.len))
                .map(|i| {
                    part(
                        &node.children[i],
                        dense_child_len::<T>(self.height, self.len, i),
                    )
                })
                .collect(),
            View::C(node) => (0..node.count())
                .map(|i| part(&node.children[i], node.child_len(i)))
                .collect(),
            View::A(_) | View::Empty => Vec::new(),
        }
    }
}

/// Slices of equal length from the same places of two sequences, up to the end of the shorter one,
/// without those that are one and the same memory.
pub(super) struct Pairs<'a, T> {
    left: Vec<Part<'a, T>>,
    right: Vec<Part<'a, T>>,
}

impl<'a, T> Pairs<'a, T> {
    fn new(left: &'a Seq<T>, right: &'a Seq<T>) -> Self {
        let stack = |seq| Part::of(seq).into_iter().rev().collect();
        Self {
            left: stack(left),
            right: stack(right),
        }
    }
}

impl<'a, T> Iterator for Pairs<'a, T> {
    type Item = (&'a [T], &'a [T]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (left, right) = (self.left.pop()?, self.right.pop()?);
            if left.identity() == right.identity() {
                continue;
            }
            if let (What::Leaf(a), What::Leaf(b)) = (left.what, right.what) {
                let len = a.len().min(b.len());
                let put_rest = |stack: &mut Vec<Part<'a, T>>, part: Part<'a, T>, rest: &'a [T]| {
                    if !rest.is_empty() {
                        stack.push(Part {
                            what: What::Leaf(rest),
                            len: rest.len(),
                            ..part
                        });
                    }
                };
                put_rest(&mut self.left, left, &a[len..]);
                put_rest(&mut self.right, right, &b[len..]);
                if a.as_ptr() == b.as_ptr() {
                    continue;
                }
                return Some((&a[..len], &b[..len]));
            }
            let put = |stack: &mut Vec<Part<'a, T>>, part: Part<'a, T>, open: bool| {
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
        Pairs::new(self, other)
    }
}

impl<T: PartialEq> Seq<T> {
    /// The changes that make this sequence of `old`.
    pub(crate) fn changes_since(&self, old: &Self) -> Vec<Change> {
        let mut changes = Changes { runs: Vec::new() };
        let ends = (old.len(), self.len());
        changes.compare(&Part::of(old), &Part::of(self), (0, 0), ends);
        changes.runs
    }
}

/// The changes found so far.
struct Changes {
    runs: Vec<Change>,
}

impl Changes {
    /// Compares two lists of parts that take the places of each other, from `starts` to `ends`.
    fn compare<T: PartialEq>(
        &mut self,
        old: &[Part<'_, T>],
        new: &[Part<'_, T>],
        starts: (usize, usize),
        ends: (usize, usize),
    ) {
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

    /// Compares two lists of leaves value by value.
    fn compare_values<T: PartialEq>(
        &mut self,
        old: &[Part<'_, T>],
        new: &[Part<'_, T>],
        starts: (usize, usize),
    ) {
        let (old, new) = (values(old), values(new));
        if old.len() == new.len() {
            // Nothing moved: each value is compared with the one in its place.
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
            return;
        }
        let same = |(a, b): &(&&T, &&T)| a == b;
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
fn open<'a, T>(parts: &[Part<'a, T>], height: u8) -> Vec<Part<'a, T>> {
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
fn values<'a, T>(parts: &[Part<'a, T>]) -> Vec<&'a T> {
    let leaf = |part: &Part<'a, T>| match part.what {
        What::Leaf(values) => values,
        What::Inner(_) => &[],
    };
    parts.iter().flat_map(leaf).collect()
}
