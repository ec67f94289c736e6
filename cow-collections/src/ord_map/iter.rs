//! Going through the pairs in order: borrowed, or taken out.

use std::{borrow::Borrow, fmt, iter, iter::FusedIterator, ops, ops::RangeBounds, slice};

use super::CowOrdMap;
use crate::node::btree::{IntoLeaves, LeafPairs, Leaves, Tree};

/// The pairs of a leaf, or of a part of one.
type Run<'a, K, V> = iter::Zip<slice::Iter<'a, K>, slice::Iter<'a, V>>;

fn run<'a, K, V>((keys, values): (&'a [K], &'a [V])) -> Run<'a, K, V> {
    iter::zip(keys, values)
}

impl<K, V> CowOrdMap<K, V> {
    /// Goes through the pairs in the order of the keys.
    #[inline]
    #[must_use]
    pub fn iter(&self) -> Iter<'_, K, V> {
        self.iter_of(0..self.len())
    }

    /// Goes through the pairs whose keys are in a range.
    ///
    /// # Complexity
    ///
    /// O(log n) to find both ends, then O(1) a pair. The number of pairs is known from the start.
    ///
    /// # Panics
    ///
    /// If the range starts behind its end, or start and end are equal and both excluded.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowOrdMap;
    /// let map: CowOrdMap<u32, u32> = (0..1_000).map(|n| (n, n * n)).collect();
    /// assert_eq!(map.range(10..13).map(|(_, square)| square).sum::<u32>(), 365);
    /// assert_eq!(map.range(900..).len(), 100);
    /// ```
    #[must_use]
    pub fn range<Q, R>(&self, range: R) -> Iter<'_, K, V>
    where
        K: Borrow<Q> + Ord,
        Q: Ord + ?Sized,
        R: RangeBounds<Q>,
    {
        self.iter_of(self.tree.ranks(&range))
    }

    /// Goes through the pairs whose numbers are in a range.
    pub(super) fn iter_of(&self, range: ops::Range<usize>) -> Iter<'_, K, V> {
        Iter {
            front: run((&[], &[])),
            leaves: self.tree.leaves(range),
            back: run((&[], &[])),
        }
    }

    /// Goes through the keys in order.
    #[inline]
    #[must_use]
    pub fn keys(&self) -> Keys<'_, K, V> {
        Keys { pairs: self.iter() }
    }

    /// Goes through the values in the order of their keys.
    #[inline]
    #[must_use]
    pub fn values(&self) -> Values<'_, K, V> {
        Values { pairs: self.iter() }
    }
}

impl<K: Clone, V: Clone> CowOrdMap<K, V> {
    /// Goes through the keys in order, by value.
    #[must_use]
    pub fn into_keys(self) -> IntoKeys<K, V> {
        IntoKeys {
            pairs: self.into_iter(),
        }
    }

    /// Goes through the values in the order of their keys, by value.
    #[must_use]
    pub fn into_values(self) -> IntoValues<K, V> {
        IntoValues {
            pairs: self.into_iter(),
        }
    }
}

/// The pairs of a [`CowOrdMap`], or of a range of it. Made by [`CowOrdMap::iter`] and
/// [`CowOrdMap::range`].
///
/// A leaf at a time is a pair of plain slices; `fold` and all that stands on it (`sum`, `for_each`,
/// `collect`, ...) runs slice loops.
pub struct Iter<'a, K, V> {
    front: Run<'a, K, V>,
    leaves: Leaves<'a, K, V>,
    back: Run<'a, K, V>,
}

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Self {
            front: self.front.clone(),
            leaves: self.leaves.clone(),
            back: self.back.clone(),
        }
    }
}

impl<'a, K, V> Iter<'a, K, V> {
    #[inline(never)]
    fn next_leaf(&mut self) -> Option<(&'a K, &'a V)> {
        match self.leaves.next() {
            Some(slices) => {
                self.front = run(slices);
                self.front.next()
            }
            None => self.back.next(),
        }
    }

    #[inline(never)]
    fn next_leaf_back(&mut self) -> Option<(&'a K, &'a V)> {
        match self.leaves.next_back() {
            Some(slices) => {
                self.back = run(slices);
                self.back.next_back()
            }
            None => self.front.next_back(),
        }
    }
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    #[inline]
    fn next(&mut self) -> Option<(&'a K, &'a V)> {
        match self.front.next() {
            Some(pair) => Some(pair),
            None => self.next_leaf(),
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = self.front.len() + self.leaves.pairs_left() + self.back.len();
        (len, Some(len))
    }

    fn nth(&mut self, n: usize) -> Option<(&'a K, &'a V)> {
        if n < self.front.len() {
            return self.front.nth(n);
        }
        let n = n - self.front.len();
        self.front = run((&[], &[]));
        if n < self.leaves.pairs_left() {
            self.leaves.skip_pairs(n);
            return self.next_leaf();
        }
        let n = n - self.leaves.pairs_left();
        self.leaves.skip_pairs(self.leaves.pairs_left());
        self.back.nth(n)
    }

    fn count(self) -> usize {
        self.len()
    }

    fn last(mut self) -> Option<(&'a K, &'a V)> {
        self.next_back()
    }

    fn min(mut self) -> Option<(&'a K, &'a V)>
    where
        (&'a K, &'a V): Ord,
    {
        self.next()
    }

    fn max(mut self) -> Option<(&'a K, &'a V)>
    where
        (&'a K, &'a V): Ord,
    {
        self.next_back()
    }

    #[inline]
    fn fold<B, F: FnMut(B, (&'a K, &'a V)) -> B>(self, init: B, mut f: F) -> B {
        let mut sum = self.front.fold(init, &mut f);
        for slices in self.leaves {
            sum = run(slices).fold(sum, &mut f);
        }
        self.back.fold(sum, f)
    }
}

impl<'a, K, V> DoubleEndedIterator for Iter<'a, K, V> {
    #[inline]
    fn next_back(&mut self) -> Option<(&'a K, &'a V)> {
        match self.back.next_back() {
            Some(pair) => Some(pair),
            None => self.next_leaf_back(),
        }
    }

    #[inline]
    fn rfold<B, F: FnMut(B, (&'a K, &'a V)) -> B>(self, init: B, mut f: F) -> B {
        let mut sum = self.back.rfold(init, &mut f);
        for slices in self.leaves.rev() {
            sum = run(slices).rfold(sum, &mut f);
        }
        self.front.rfold(sum, f)
    }
}

impl<K, V> ExactSizeIterator for Iter<'_, K, V> {}
impl<K, V> FusedIterator for Iter<'_, K, V> {}

impl<K, V> Default for Iter<'_, K, V> {
    /// No pairs.
    fn default() -> Self {
        Self {
            front: run((&[], &[])),
            leaves: Leaves::default(),
            back: run((&[], &[])),
        }
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Iter<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// The keys of a [`CowOrdMap`]. Made by [`CowOrdMap::keys`].
pub struct Keys<'a, K, V> {
    pairs: Iter<'a, K, V>,
}

/// The values of a [`CowOrdMap`]. Made by [`CowOrdMap::values`].
pub struct Values<'a, K, V> {
    pairs: Iter<'a, K, V>,
}

/// Makes an iterator over one side of the pairs that another one goes through.
macro_rules! one_side {
    ($name:ident [$($life:lifetime)?], $item:ty, $pick:expr, $($bound:ident)?) => {
        impl<$($life,)? K, V> Default for $name<$($life,)? K, V> {
            /// Over nothing.
            fn default() -> Self {
                Self { pairs: Default::default() }
            }
        }

        impl<$($life,)? K $(: $bound)?, V $(: $bound)?> Iterator for $name<$($life,)? K, V> {
            type Item = $item;

            #[inline]
            fn next(&mut self) -> Option<$item> {
                self.pairs.next().map($pick)
            }

            #[inline]
            fn size_hint(&self) -> (usize, Option<usize>) {
                self.pairs.size_hint()
            }

            fn nth(&mut self, n: usize) -> Option<$item> {
                self.pairs.nth(n).map($pick)
            }

            fn last(mut self) -> Option<$item> {
                self.next_back()
            }

            #[inline]
            fn fold<B, F: FnMut(B, $item) -> B>(self, init: B, f: F) -> B {
                self.pairs.map($pick).fold(init, f)
            }
        }

        impl<$($life,)? K $(: $bound)?, V $(: $bound)?> DoubleEndedIterator
            for $name<$($life,)? K, V>
        {
            #[inline]
            fn next_back(&mut self) -> Option<$item> {
                self.pairs.next_back().map($pick)
            }
        }

        impl<$($life,)? K $(: $bound)?, V $(: $bound)?> ExactSizeIterator
            for $name<$($life,)? K, V> {}
        impl<$($life,)? K $(: $bound)?, V $(: $bound)?> FusedIterator for $name<$($life,)? K, V> {}
    };
}

one_side!(Keys ['a], &'a K, |(key, _)| key,);
one_side!(Values ['a], &'a V, |(_, value)| value,);
one_side!(IntoKeys [], K, first, Clone);
one_side!(IntoValues [], V, second, Clone);

/// The first of two. Drops the other one before there is a result, which would leak in a panic.
fn first<A, B>((first, second): (A, B)) -> A {
    drop(second);
    first
}

/// The second of two.
fn second<A, B>((first, second): (A, B)) -> B {
    drop(first);
    second
}

impl<K, V> Clone for Keys<'_, K, V> {
    fn clone(&self) -> Self {
        Self {
            pairs: self.pairs.clone(),
        }
    }
}

impl<K, V> Clone for Values<'_, K, V> {
    fn clone(&self) -> Self {
        Self {
            pairs: self.pairs.clone(),
        }
    }
}

impl<K: fmt::Debug, V> fmt::Debug for Keys<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<K, V: fmt::Debug> fmt::Debug for Values<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// The pairs of a [`CowOrdMap`], by value. Made by `into_iter`.
///
/// A chunk that is exclusive when it is reached gives its pairs away; of one that a snapshot shares they
/// are cloned.
pub struct IntoIter<K, V> {
    front: Option<LeafPairs<K, V>>,
    leaves: IntoLeaves<K, V>,
    back: Option<LeafPairs<K, V>>,
}

impl<K, V> IntoIter<K, V> {
    /// The pairs of a tree.
    pub(super) fn of(tree: Tree<K, V>) -> Self {
        Self {
            front: None,
            leaves: tree.into_leaves(),
            back: None,
        }
    }

    fn len_of(part: Option<&LeafPairs<K, V>>) -> usize {
        part.map_or(0, |pairs| pairs.slices().0.len())
    }
}

impl<K, V> Default for IntoIter<K, V> {
    /// No pairs.
    fn default() -> Self {
        Self {
            front: None,
            leaves: IntoLeaves::default(),
            back: None,
        }
    }
}

impl<K: Clone, V: Clone> IntoIterator for CowOrdMap<K, V> {
    type Item = (K, V);
    type IntoIter = IntoIter<K, V>;

    fn into_iter(self) -> IntoIter<K, V> {
        IntoIter::of(self.tree)
    }
}

impl<K: Clone, V: Clone> Iterator for IntoIter<K, V> {
    type Item = (K, V);

    #[inline]
    fn next(&mut self) -> Option<(K, V)> {
        loop {
            if let Some(front) = &mut self.front {
                if let Some(pair) = front.next() {
                    return Some(pair);
                }
                self.front = None;
            }
            match self.leaves.next() {
                Some(leaf) => self.front = Some(leaf.into_pairs()),
                None => return self.back.as_mut()?.next(),
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let ends = Self::len_of(self.front.as_ref()) + Self::len_of(self.back.as_ref());
        let len = ends + self.leaves.pairs_left();
        (len, Some(len))
    }
}

impl<K: Clone, V: Clone> DoubleEndedIterator for IntoIter<K, V> {
    #[inline]
    fn next_back(&mut self) -> Option<(K, V)> {
        loop {
            if let Some(back) = &mut self.back {
                if let Some(pair) = back.next_back() {
                    return Some(pair);
                }
                self.back = None;
            }
            match self.leaves.next_back() {
                Some(leaf) => self.back = Some(leaf.into_pairs()),
                None => return self.front.as_mut()?.next_back(),
            }
        }
    }
}

impl<K: Clone, V: Clone> ExactSizeIterator for IntoIter<K, V> {}
impl<K: Clone, V: Clone> FusedIterator for IntoIter<K, V> {}

impl<K, V> fmt::Debug for IntoIter<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoIter").finish_non_exhaustive()
    }
}

/// The keys of a [`CowOrdMap`], by value. Made by [`CowOrdMap::into_keys`].
#[derive(Debug)]
pub struct IntoKeys<K, V> {
    pairs: IntoIter<K, V>,
}

/// The values of a [`CowOrdMap`], by value. Made by [`CowOrdMap::into_values`].
#[derive(Debug)]
pub struct IntoValues<K, V> {
    pairs: IntoIter<K, V>,
}
