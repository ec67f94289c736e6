//! Going through the buckets: borrowed, lent for writing, or taken out one by one.

use std::{iter::FusedIterator, mem};

use cow_core::{
    AllocError, Bucket, BucketRef, Child, Directory, Handle, IntoBucketValues, Shared, Subtree,
    View,
};

use super::{CopyBucket, Place, Trie};
use crate::{drops::Rubble, graph::Edge};

/// The first hash behind the values of a bucket at this depth, of which `hash` is one. `None` at the
/// end of all hashes.
pub(super) fn behind(hash: u64, depth: u32) -> Option<u64> {
    (hash | u64::MAX.checked_shr(depth).unwrap_or(0)).checked_add(1)
}

/// How many buckets the processor is told of before they are visited.
const AHEAD: usize = 4;

/// The values of a trie in the order of their hashes, a slice per bucket.
///
/// Buckets lie at random places, so those that come next are on their way from memory while one is read.
pub(crate) struct Buckets<'a, T> {
    trie: Option<&'a Trie<T>>,
    /// The first hash behind the buckets that are `ahead`.
    next: Option<u64>,
    /// A ring of the buckets that come next, of which number `at` is the first one.
    ahead: [Option<BucketRef<'a, T>>; AHEAD],
    at: usize,
}

impl<T> Default for Buckets<'_, T> {
    /// None.
    fn default() -> Self {
        Self {
            trie: None,
            next: None,
            ahead: [None; AHEAD],
            at: 0,
        }
    }
}

impl<T> Clone for Buckets<'_, T> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<'a, T> Buckets<'a, T> {
    /// Takes the first of the buckets ahead, and finds another to come last.
    #[inline]
    fn advance(&mut self) -> Option<BucketRef<'a, T>> {
        let last = self.scout();
        let first = mem::replace(&mut self.ahead[self.at], last);
        self.at = (self.at + 1) % AHEAD;
        first
    }

    /// The bucket behind all that are ahead.
    fn scout(&mut self) -> Option<BucketRef<'a, T>> {
        loop {
            let (bucket, next) = self.trie?.step(self.next?);
            self.next = next;
            // Not for the last one, which is the only one of a small map and read at once.
            if let (Some(bucket), Some(_)) = (bucket, next) {
                bucket.prefetch();
            }
            if bucket.is_some() {
                return bucket;
            }
        }
    }
}

impl<'a, T> Iterator for Buckets<'a, T> {
    type Item = BucketRef<'a, T>;

    #[inline]
    fn next(&mut self) -> Option<BucketRef<'a, T>> {
        loop {
            let bucket = self.advance()?;
            if !bucket.is_empty() {
                return Some(bucket);
            }
        }
    }
}

impl<T> FusedIterator for Buckets<'_, T> {}

impl<T> Trie<T> {
    /// The buckets, in the order of their hashes.
    pub(crate) fn buckets(&self) -> Buckets<'_, T> {
        let mut buckets = Buckets {
            trie: Some(self),
            next: Some(0),
            ..Buckets::default()
        };
        for _ in 0..AHEAD {
            buckets.advance();
        }
        buckets
    }

    /// The bucket for a hash, and the first hash behind its values.
    pub(super) fn step(&self, hash: u64) -> (Option<BucketRef<'_, T>>, Option<u64>) {
        let mut node = match self.top.view() {
            View::B(node) => node,
            View::A(bucket) => return (Some(bucket), None),
            View::C(_) | View::Empty => return (None, None),
        };
        let mut rest = hash;
        let mut depth = 0;
        loop {
            let digit = Directory::<T>::digit(rest);
            depth += Directory::<T>::BITS;
            let bucket = match node.get(digit) {
                Child::Node(child) => {
                    node = child;
                    rest <<= Directory::<T>::BITS;
                    continue;
                }
                Child::Bucket(bucket) => Some(bucket),
                Child::Empty => None,
            };
            return (bucket, behind(hash, depth - node.run_bits(digit)));
        }
    }

    /// As [`step`](Self::step), for walks that write: tells the processor of the bucket that comes next.
    pub(super) fn step_ahead(&self, hash: u64) -> (Option<BucketRef<'_, T>>, Option<u64>) {
        let (bucket, next) = self.step(hash);
        if let (Some(node), Some(next)) = (self.top.as_b(), next)
            && let Some(bucket) = node.bottom(next).bucket()
        {
            bucket.prefetch();
        }
        (bucket, next)
    }

    /// The values of the bucket for a hash for writing, and the first hash behind them.
    ///
    /// # Errors
    ///
    /// When the path is shared and the arena has no chunk for a copy.
    pub(crate) fn step_mut(
        &mut self,
        hash: u64,
        copy: CopyBucket<T>,
    ) -> Result<(&mut [T], Option<u64>), AllocError> {
        let (bucket, next) = self.step_ahead(hash);
        if bucket.is_none_or(BucketRef::is_empty) {
            return Ok((&mut [], next));
        }
        match self.bucket_mut(hash, copy)? {
            Some(bucket) => Ok((bucket.into_values(), next)),
            None => Ok((&mut [], next)),
        }
    }

    /// The number of values in the bucket for a hash, and the first hash behind them.
    pub(crate) fn step_len(&self, hash: u64) -> (usize, Option<u64>) {
        let (bucket, next) = self.step_ahead(hash);
        (bucket.map_or(0, BucketRef::len), next)
    }

    /// The place of value number `index` of the bucket for a hash.
    pub(crate) fn place(hash: u64, index: usize) -> Place {
        Place { hash, index }
    }

    /// Takes the trie apart.
    pub(crate) fn into_buckets(mut self) -> IntoBuckets<T> {
        let len = self.len;
        let part = match self.top.take() {
            Handle::A(bucket) => Subtree::Bucket(bucket),
            Handle::B(node) => Subtree::Node(node),
            Handle::C(_) | Handle::Empty => Subtree::Empty,
        };
        IntoBuckets {
            parts: vec![part],
            len,
        }
    }

    /// As [`Graph::edges`](crate::graph::Graph::edges).
    pub(crate) fn edges(&self, visit: &mut dyn FnMut(Edge) -> bool) {
        let top = Edge {
            chunk: self.top.as_ptr(),
            usage: self.top.usage(),
        };
        match self.top.view() {
            View::A(_) => {
                visit(top);
            }
            View::B(node) => {
                if visit(top) {
                    below(node, visit);
                }
            }
            View::C(_) | View::Empty => {}
        }
    }

    /// Begins to drop the trie.
    pub(crate) fn into_rubble(self) -> TrieRubble<T> {
        TrieRubble(self.into_buckets().parts)
    }
}

/// The handles in a directory, and those below.
fn below<T>(node: &Directory<T>, visit: &mut dyn FnMut(Edge) -> bool) {
    for digit in node.runs().map(|run| run.start) {
        let edge = Edge {
            chunk: node.child_ptr(digit),
            usage: node.usage(digit),
        };
        match node.get(digit) {
            Child::Empty => {}
            Child::Bucket(_) => {
                visit(edge);
            }
            Child::Node(child) => {
                if visit(edge) {
                    below(child, visit);
                }
            }
        }
    }
}

/// What is left of a trie that is being dropped; what is to be looked at next lies last.
pub struct TrieRubble<T>(Vec<Subtree<T>>);

impl<T> Rubble for TrieRubble<T> {
    fn step(&mut self, max_chunks: usize) -> bool {
        for _ in 0..max_chunks {
            match self.0.pop() {
                None => return true,
                Some(Subtree::Empty) => {}
                Some(Subtree::Bucket(bucket)) => drop(bucket),
                Some(Subtree::Node(node)) => {
                    // The last handle comes back; others leave the directory to those that share it.
                    if let Some(Ok(node)) = node.into_last().map(Shared::into_inner) {
                        open(node, &mut self.0);
                    }
                }
            }
        }
        self.0.is_empty()
    }
}

/// Puts the children of a directory on a stack, the first on top.
fn open<T>(mut node: Directory<T>, parts: &mut Vec<Subtree<T>>) {
    let mut end = Directory::<T>::FANOUT;
    while end > 0 {
        let first = node.run(end - 1).start;
        parts.push(node.take(first));
        end = first;
    }
}

/// The buckets of a trie, taken out one by one.
///
/// Directories are opened as they are reached; what was taken is held no more.
pub(crate) struct IntoBuckets<T> {
    /// What is not yet taken, the next part last.
    parts: Vec<Subtree<T>>,
    len: usize,
}

impl<T> Default for IntoBuckets<T> {
    fn default() -> Self {
        Self {
            parts: Vec::new(),
            len: 0,
        }
    }
}

impl<T> IntoBuckets<T> {
    /// The number of values in the buckets not yet taken.
    pub(crate) fn values_left(&self) -> usize {
        self.len
    }
}

impl<T> Iterator for IntoBuckets<T> {
    type Item = Leaf<T>;

    fn next(&mut self) -> Option<Leaf<T>> {
        loop {
            match self.parts.pop()? {
                Subtree::Empty => {}
                Subtree::Bucket(bucket) if bucket.as_bucket().is_empty() => {}
                Subtree::Bucket(bucket) => {
                    self.len -= bucket.as_bucket().len();
                    return Some(Leaf(bucket));
                }
                Subtree::Node(node) => {
                    let node = node
                        .into_inner()
                        .unwrap_or_else(|shared| Directory::clone(&shared));
                    open(node, &mut self.parts);
                }
            }
        }
    }
}

impl<T> FusedIterator for IntoBuckets<T> {}

/// A bucket on its own: the values of one chunk.
pub(crate) struct Leaf<T>(Bucket<T>);

impl<T> Leaf<T> {
    pub(crate) fn values(&self) -> &[T] {
        self.0.as_bucket().values()
    }
}

impl<T: Clone> Leaf<T> {
    /// The values: moved out of an exclusive chunk, cloned from a shared one as they are reached.
    pub(crate) fn into_values(self) -> LeafValues<T> {
        match self.0.try_into_values() {
            Ok(values) => LeafValues::Moved(values),
            Err(bucket) => LeafValues::Cloned {
                leaf: Self(bucket),
                next: 0,
            },
        }
    }
}

/// The values of a leaf, by value.
pub(crate) enum LeafValues<T> {
    Moved(IntoBucketValues<T>),
    Cloned { leaf: Leaf<T>, next: usize },
}

impl<T> LeafValues<T> {
    /// The values not yet taken.
    pub(crate) fn as_slice(&self) -> &[T] {
        match self {
            Self::Moved(values) => values.as_slice(),
            Self::Cloned { leaf, next } => &leaf.values()[*next..],
        }
    }
}

impl<T: Clone> Iterator for LeafValues<T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        match self {
            Self::Moved(values) => values.next(),
            Self::Cloned { leaf, next } => {
                let value = leaf.values().get(*next)?;
                *next += 1;
                Some(value.clone())
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = self.as_slice().len();
        (len, Some(len))
    }
}

impl<T: Clone> ExactSizeIterator for LeafValues<T> {}
