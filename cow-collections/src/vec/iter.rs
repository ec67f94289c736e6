//! Going through the values one by one: borrowed, or taken out.

use std::{
    fmt,
    iter::FusedIterator,
    ops::{Range, RangeBounds},
    slice,
};

use super::CowVec;
use crate::node::seq::{IntoLeaves, LeafValues, Leaves};

impl<T> CowVec<T> {
    /// Goes through the values in order.
    #[inline]
    #[must_use]
    pub fn iter(&self) -> Iter<'_, T> {
        self.iter_of(0..self.len())
    }

    /// Goes through the values in `range`.
    ///
    /// # Panics
    ///
    /// If the range is not inside the vector.
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn range(&self, range: impl RangeBounds<usize>) -> Iter<'_, T> {
        self.iter_of(self.resolve(range))
    }

    pub(super) fn iter_of(&self, range: Range<usize>) -> Iter<'_, T> {
        Iter {
            front: [].iter(),
            leaves: self.seq.leaves(range),
            back: [].iter(),
        }
    }
}

/// The values of a [`CowVec`]. Made by [`CowVec::iter`].
///
/// A chunk at a time is a plain slice iterator; `fold` and all that stands on it (`sum`, `for_each`,
/// `collect`, ...) runs slice loops.
pub struct Iter<'a, T> {
    front: slice::Iter<'a, T>,
    leaves: Leaves<'a, T>,
    back: slice::Iter<'a, T>,
}

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Self {
            front: self.front.clone(),
            leaves: self.leaves.clone(),
            back: self.back.clone(),
        }
    }
}

impl<'a, T> Iter<'a, T> {
    #[inline(never)]
    fn next_leaf(&mut self) -> Option<&'a T> {
        match self.leaves.next() {
            Some(values) => {
                self.front = values.iter();
                self.front.next()
            }
            None => self.back.next(),
        }
    }

    #[inline(never)]
    fn next_leaf_back(&mut self) -> Option<&'a T> {
        match self.leaves.next_back() {
            Some(values) => {
                self.back = values.iter();
                self.back.next_back()
            }
            None => self.front.next_back(),
        }
    }
}

impl<'a, T> Iterator for Iter<'a, T> {
    type Item = &'a T;

    #[inline]
    fn next(&mut self) -> Option<&'a T> {
        match self.front.next() {
            Some(value) => Some(value),
            None => self.next_leaf(),
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = self.front.len() + self.leaves.values_left() + self.back.len();
        (len, Some(len))
    }

    fn nth(&mut self, n: usize) -> Option<&'a T> {
        if n < self.front.len() {
            return self.front.nth(n);
        }
        let n = n - self.front.len();
        self.front = [].iter();
        if n < self.leaves.values_left() {
            self.leaves.skip_values(n);
            return self.next_leaf();
        }
        let n = n - self.leaves.values_left();
        self.leaves.skip_values(self.leaves.values_left());
        self.back.nth(n)
    }

    fn count(self) -> usize {
        self.len()
    }

    fn last(mut self) -> Option<&'a T> {
        self.next_back()
    }

    #[inline]
    fn fold<B, F: FnMut(B, &'a T) -> B>(self, init: B, mut f: F) -> B {
        let mut sum = self.front.fold(init, &mut f);
        for values in self.leaves {
            sum = values.iter().fold(sum, &mut f);
        }
        self.back.fold(sum, f)
    }
}

impl<'a, T> DoubleEndedIterator for Iter<'a, T> {
    #[inline]
    fn next_back(&mut self) -> Option<&'a T> {
        match self.back.next_back() {
            Some(value) => Some(value),
            None => self.next_leaf_back(),
        }
    }

    #[inline]
    fn rfold<B, F: FnMut(B, &'a T) -> B>(self, init: B, mut f: F) -> B {
        let mut sum = self.back.rfold(init, &mut f);
        for values in self.leaves.rev() {
            sum = values.iter().rfold(sum, &mut f);
        }
        self.front.rfold(sum, f)
    }
}

impl<T> ExactSizeIterator for Iter<'_, T> {}
impl<T> FusedIterator for Iter<'_, T> {}

impl<T: fmt::Debug> fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// The values of a [`CowVec`], by value. Made by `into_iter`.
///
/// A chunk that is exclusive when it is reached gives its values away; of one that a snapshot shares
/// they are cloned.
pub struct IntoIter<T> {
    front: Option<LeafValues<T>>,
    leaves: IntoLeaves<T>,
    back: Option<LeafValues<T>>,
}

impl<T> IntoIter<T> {
    fn len_of(part: Option<&LeafValues<T>>) -> usize {
        part.map_or(0, |values| values.as_slice().len())
    }
}

impl<T: Clone> IntoIterator for CowVec<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        IntoIter {
            front: None,
            leaves: self.seq.into_leaves(),
            back: None,
        }
    }
}

impl<T: Clone> Iterator for IntoIter<T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        loop {
            if let Some(front) = &mut self.front {
                if let Some(value) = front.next() {
                    return Some(value);
                }
                self.front = None;
            }
            match self.leaves.next() {
                Some(leaf) => self.front = Some(leaf.into_values()),
                None => return self.back.as_mut()?.next(),
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let ends = Self::len_of(self.front.as_ref()) + Self::len_of(self.back.as_ref());
        let len = ends + self.leaves.values_left();
        (len, Some(len))
    }
}

impl<T: Clone> DoubleEndedIterator for IntoIter<T> {
    #[inline]
    fn next_back(&mut self) -> Option<T> {
        loop {
            if let Some(back) = &mut self.back {
                if let Some(value) = back.next_back() {
                    return Some(value);
                }
                self.back = None;
            }
            match self.leaves.next_back() {
                Some(leaf) => self.back = Some(leaf.into_values()),
                None => return self.front.as_mut()?.next_back(),
            }
        }
    }
}

impl<T: Clone> ExactSizeIterator for IntoIter<T> {}
impl<T: Clone> FusedIterator for IntoIter<T> {}

impl<T> fmt::Debug for IntoIter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoIter").finish_non_exhaustive()
    }
}
