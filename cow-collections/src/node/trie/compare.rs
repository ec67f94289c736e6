//! Where two tries differ, without looking at what they share.

use std::ops::{ControlFlow, Range};

use cow_core::{BucketRef, Child, Directory, Tag, View};

use super::Trie;

/// The values of one trie in an interval of hashes.
pub(crate) enum Region<'a, T> {
    Empty,
    Bucket(BucketRef<'a, T>),
    /// What some digits of a node lead to, all of its runs whole.
    Node {
        node: &'a Directory<T>,
        digits: (usize, usize),
        depth: u32,
    },
}

impl<T> Clone for Region<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Region<'_, T> {}

/// A value and what tells it from others.
pub(crate) struct Found<'a, T> {
    pub(crate) value: &'a T,
    tag: Tag,
    /// Its number in its bucket, where a copy of the bucket has it as well.
    index: usize,
}

impl<'a, T> Region<'a, T> {
    fn child(child: Child<'a, T>, depth: u32) -> Self {
        match child {
            Child::Empty => Self::Empty,
            Child::Bucket(bucket) => Self::Bucket(bucket),
            Child::Node(node) => Self::Node {
                node,
                digits: (0, Directory::<T>::FANOUT),
                depth,
            },
        }
    }

    fn top(trie: &'a Trie<T>) -> Self {
        match trie.top.view() {
            View::A(bucket) => Self::Bucket(bucket),
            View::B(node) => Self::child(Child::Node(node), 0),
            View::C(_) | View::Empty => Self::Empty,
        }
    }

    /// Some digits of a node, which are whole runs.
    fn part(node: &'a Directory<T>, digits: Range<usize>, depth: u32) -> Self {
        if node.run(digits.start) == digits {
            return Self::child(node.get(digits.start), depth + Directory::<T>::BITS);
        }
        Self::Node {
            node,
            digits: (digits.start, digits.end),
            depth,
        }
    }

    /// Goes through the values until `visit` breaks.
    pub(crate) fn try_for_each<B>(
        self,
        visit: &mut impl FnMut(Found<'a, T>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        match self {
            Self::Empty => {}
            Self::Bucket(bucket) => {
                let pairs = bucket.values().iter().zip(bucket.tags());
                for (index, (value, &tag)) in pairs.enumerate() {
                    visit(Found { value, tag, index })?;
                }
            }
            Self::Node {
                node,
                digits: (start, end),
                depth,
            } => {
                let digits = node.runs().map(|run| run.start);
                for digit in digits.filter(|digit| (start..end).contains(digit)) {
                    let child = node.get(digit);
                    Self::child(child, depth + Directory::<T>::BITS).try_for_each(visit)?;
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// The value that `is_it`, and has the tag and, if it must be asked, the hash of another.
    pub(crate) fn find(
        self,
        other: &Found<'_, T>,
        hash: impl FnOnce() -> u64,
        mut is_it: impl FnMut(&T) -> bool,
    ) -> Option<&'a T> {
        let bucket = match self {
            Self::Empty => return None,
            Self::Bucket(bucket) => bucket,
            Self::Node { node, depth, .. } => {
                let rest = hash().checked_shl(depth).unwrap_or(0);
                node.bottom(rest).bucket()?
            }
        };
        // One is a copy of the other as often as not.
        if bucket.tags().get(other.index) == Some(&other.tag)
            && let Some(value) = bucket.values().get(other.index)
            && is_it(value)
        {
            return Some(value);
        }
        let index = bucket.find(other.tag, is_it)?;
        bucket.values().get(index)
    }
}

impl<T> Trie<T> {
    /// Visits the intervals of hashes in which two tries of one family may differ, until `visit`
    /// breaks. What is one chunk in both is passed over.
    pub(crate) fn differing<'a, B>(
        &'a self,
        other: &'a Self,
        visit: &mut impl FnMut(Region<'a, T>, Region<'a, T>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        if self.ptr_eq(other) {
            return ControlFlow::Continue(());
        }
        regions(Region::top(self), Region::top(other), visit)
    }
}

fn regions<'a, T, B>(
    a: Region<'a, T>,
    b: Region<'a, T>,
    visit: &mut impl FnMut(Region<'a, T>, Region<'a, T>) -> ControlFlow<B>,
) -> ControlFlow<B> {
    match (a, b) {
        (Region::Node { node: a, depth, .. }, Region::Node { node: b, .. }) => {
            let mut digit = 0;
            while digit < Directory::<T>::FANOUT {
                let (here, there) = (a.run(digit), b.run(digit));
                // Runs are aligned to their lengths: the longer one holds the other.
                let both = digit..here.end.max(there.end);
                digit = both.end;
                if here != there {
                    let a = Region::part(a, both.clone(), depth);
                    let b = Region::part(b, both, depth);
                    visit(a, b)?;
                } else if a.child_ptr(here.start) != b.child_ptr(here.start) {
                    let a = Region::part(a, both.clone(), depth);
                    let b = Region::part(b, both, depth);
                    regions(a, b, visit)?;
                }
            }
            ControlFlow::Continue(())
        }
        (Region::Empty, Region::Empty) => ControlFlow::Continue(()),
        _ => visit(a, b),
    }
}
