//! Lending several values for writing at once.

use std::{
    borrow::Borrow, fmt, iter, iter::FusedIterator, marker::PhantomData, mem, ops, ptr::NonNull,
    slice,
};

use cow_core::OrAbort;

use super::CowOrdMap;
use crate::node::btree::Tree;

impl<K: Clone, V: Clone> CowOrdMap<K, V> {
    /// Goes through the pairs in the order of the keys, with the values for writing.
    ///
    /// # Complexity
    ///
    /// Shared: each chunk is copied as it is reached, and its nodes with it.
    pub fn iter_mut(&mut self) -> IterMut<'_, K, V> {
        let range = 0..self.len();
        IterMut::new(&mut self.tree, range)
    }

    /// Goes through the pairs whose keys are in a range, with the values for writing.
    ///
    /// # Complexity
    ///
    /// O(log n) to find both ends. Shared: each chunk is copied as it is reached, and its nodes with it.
    ///
    /// # Panics
    ///
    /// If the range starts behind its end, or start and end are equal and both excluded.
    pub fn range_mut<Q, R>(&mut self, range: R) -> IterMut<'_, K, V>
    where
        K: Borrow<Q> + Ord,
        Q: Ord + ?Sized,
        R: ops::RangeBounds<Q>,
    {
        let range = self.tree.ranks(&range);
        IterMut::new(&mut self.tree, range)
    }

    /// Goes through the values in the order of their keys, for writing.
    ///
    /// # Complexity
    ///
    /// As [`iter_mut`](Self::iter_mut).
    pub fn values_mut(&mut self) -> ValuesMut<'_, K, V> {
        ValuesMut {
            pairs: self.iter_mut(),
        }
    }
}

/// The pairs of a leaf, or of a part of one, the values for writing.
type Run<'a, K, V> = iter::Zip<slice::Iter<'a, K>, slice::IterMut<'a, V>>;

fn no_run<'a, K, V>() -> Run<'a, K, V> {
    iter::zip(&[], &mut [])
}

/// The pairs of a [`CowOrdMap`], or of a range of it, with the values for writing. Made by
/// [`CowOrdMap::iter_mut`] and [`CowOrdMap::range_mut`].
///
/// # Invariants
///
/// `tree` is borrowed mutably for `'a`, or the range is empty and it dangles. All pairs of the range that
/// a leaf holds leave the range together when the leaf is reached, so that no leaf is reached twice.
pub struct IterMut<'a, K, V> {
    front: Run<'a, K, V>,
    tree: NonNull<Tree<K, V>>,
    range: ops::Range<usize>,
    back: Run<'a, K, V>,
    life: PhantomData<&'a mut Tree<K, V>>,
}

// SAFETY: it stands for the `&mut Tree<K, V>` that it was made of.
unsafe impl<K: Send + Sync, V: Send + Sync> Send for IterMut<'_, K, V> {}
// SAFETY: as above.
unsafe impl<K: Send + Sync, V: Send + Sync> Sync for IterMut<'_, K, V> {}

/// From which end pairs are taken.
#[derive(Clone, Copy)]
enum End {
    Front,
    Back,
}

impl<'a, K: Clone, V: Clone> IterMut<'a, K, V> {
    fn new(tree: &'a mut Tree<K, V>, range: ops::Range<usize>) -> Self {
        Self {
            front: no_run(),
            tree: NonNull::from_mut(tree),
            range,
            back: no_run(),
            life: PhantomData,
        }
    }

    /// The pairs of the range in its first or last leaf, which leave the range.
    #[inline(never)]
    fn next_run(&mut self, end: End) -> Option<Run<'a, K, V>> {
        if self.range.is_empty() {
            return None;
        }
        let rank = match end {
            End::Front => self.range.start,
            End::Back => self.range.end - 1,
        };
        // SAFETY: the range is not empty, so it is borrowed for `'a`. What was handed out lies in the pairs
        // of leaves, which neither the tree nor its nodes lie in.
        let tree = unsafe { self.tree.as_mut() };
        let (keys, values, first) = tree.leaf_at_mut(rank).or_abort();
        let from = self.range.start.max(first);
        let to = self.range.end.min(first + keys.len());
        match end {
            End::Front => self.range.start = to,
            End::Back => self.range.end = from,
        }
        let keys = NonNull::from_ref(&keys[from - first..to - first]);
        let mut values = NonNull::from_mut(&mut values[from - first..to - first]);
        // SAFETY: the leaf is exclusive for as long as the tree is borrowed, and its keys are only read.
        let keys = unsafe { keys.as_ref() };
        // SAFETY: as above; the leaf is reached once.
        let values = unsafe { values.as_mut() };
        Some(iter::zip(keys, values))
    }
}

impl<K, V> Default for IterMut<'_, K, V> {
    /// No pairs.
    fn default() -> Self {
        Self {
            front: no_run(),
            tree: NonNull::dangling(),
            range: 0..0,
            back: no_run(),
            life: PhantomData,
        }
    }
}

impl<'a, K: Clone, V: Clone> Iterator for IterMut<'a, K, V> {
    type Item = (&'a K, &'a mut V);

    #[inline]
    fn next(&mut self) -> Option<(&'a K, &'a mut V)> {
        if let Some(pair) = self.front.next() {
            return Some(pair);
        }
        match self.next_run(End::Front) {
            Some(run) => {
                self.front = run;
                self.front.next()
            }
            None => self.back.next(),
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = self.front.len() + self.range.len() + self.back.len();
        (len, Some(len))
    }

    #[inline]
    fn fold<B, F: FnMut(B, Self::Item) -> B>(mut self, init: B, mut f: F) -> B {
        let mut sum = mem::replace(&mut self.front, no_run()).fold(init, &mut f);
        while let Some(run) = self.next_run(End::Front) {
            sum = run.fold(sum, &mut f);
        }
        self.back.fold(sum, f)
    }
}

impl<'a, K: Clone, V: Clone> DoubleEndedIterator for IterMut<'a, K, V> {
    #[inline]
    fn next_back(&mut self) -> Option<(&'a K, &'a mut V)> {
        if let Some(pair) = self.back.next_back() {
            return Some(pair);
        }
        match self.next_run(End::Back) {
            Some(run) => {
                self.back = run;
                self.back.next_back()
            }
            None => self.front.next_back(),
        }
    }
}

impl<K: Clone, V: Clone> ExactSizeIterator for IterMut<'_, K, V> {}
impl<K: Clone, V: Clone> FusedIterator for IterMut<'_, K, V> {}

impl<K, V> fmt::Debug for IterMut<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IterMut").finish_non_exhaustive()
    }
}

/// The values of a [`CowOrdMap`] for writing. Made by [`CowOrdMap::values_mut`].
#[derive(Debug)]
pub struct ValuesMut<'a, K, V> {
    pairs: IterMut<'a, K, V>,
}

impl<K, V> Default for ValuesMut<'_, K, V> {
    /// No values.
    fn default() -> Self {
        Self {
            pairs: IterMut::default(),
        }
    }
}

impl<'a, K: Clone, V: Clone> Iterator for ValuesMut<'a, K, V> {
    type Item = &'a mut V;

    #[inline]
    fn next(&mut self) -> Option<&'a mut V> {
        Some(self.pairs.next()?.1)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.pairs.size_hint()
    }

    #[inline]
    fn fold<B, F: FnMut(B, &'a mut V) -> B>(self, init: B, mut f: F) -> B {
        self.pairs.fold(init, |sum, (_, value)| f(sum, value))
    }
}

impl<'a, K: Clone, V: Clone> DoubleEndedIterator for ValuesMut<'a, K, V> {
    #[inline]
    fn next_back(&mut self) -> Option<&'a mut V> {
        Some(self.pairs.next_back()?.1)
    }
}

impl<K: Clone, V: Clone> ExactSizeIterator for ValuesMut<'_, K, V> {}
impl<K: Clone, V: Clone> FusedIterator for ValuesMut<'_, K, V> {}
