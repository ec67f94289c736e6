//! Going through the values in order: borrowed, or taken out.

use std::{borrow::Borrow, fmt, iter::FusedIterator, ops::RangeBounds};

use super::CowOrdSet;
use crate::ord_map;

impl<T> CowOrdSet<T> {
    /// Goes through the values in order.
    #[inline]
    #[must_use]
    pub fn iter(&self) -> Iter<'_, T> {
        Iter {
            pairs: self.map.iter(),
        }
    }

    /// Goes through the values in a range.
    ///
    /// # Panics
    ///
    /// If the range starts behind its end, or start and end are equal and both excluded.
    #[must_use]
    pub fn range<Q, R>(&self, range: R) -> Iter<'_, T>
    where
        T: Borrow<Q> + Ord,
        Q: Ord + ?Sized,
        R: RangeBounds<Q>,
    {
        Iter {
            pairs: self.map.range(range),
        }
    }

    /// Goes through the values as contiguous slices, one for each chunk.
    #[must_use]
    pub fn chunks(&self) -> Chunks<'_, T> {
        Chunks {
            chunks: self.map.chunks(),
        }
    }

    /// Takes the set apart, chunk by chunk, and lets go of each before it opens the next.
    #[must_use]
    pub fn into_chunks(self) -> IntoChunks<T> {
        IntoChunks {
            chunks: self.map.into_chunks(),
        }
    }
}

/// Makes an iterator over the keys of one that goes through pairs.
macro_rules! keys {
    ($name:ident [$($life:lifetime)?], $item:ty, $($bound:ident)?) => {
        impl<$($life,)? T> Default for $name<$($life,)? T> {
            /// Over nothing.
            fn default() -> Self {
                Self { pairs: Default::default() }
            }
        }

        impl<$($life,)? T $(: $bound)?> Iterator for $name<$($life,)? T> {
            type Item = $item;

            #[inline]
            fn next(&mut self) -> Option<$item> {
                Some(self.pairs.next()?.0)
            }

            #[inline]
            fn size_hint(&self) -> (usize, Option<usize>) {
                self.pairs.size_hint()
            }

            fn nth(&mut self, n: usize) -> Option<$item> {
                Some(self.pairs.nth(n)?.0)
            }

            fn count(self) -> usize {
                self.len()
            }

            fn last(mut self) -> Option<$item> {
                self.next_back()
            }

            #[inline]
            fn fold<B, F: FnMut(B, $item) -> B>(self, init: B, mut f: F) -> B {
                self.pairs.fold(init, |sum, pair| f(sum, pair.0))
            }
        }

        impl<$($life,)? T $(: $bound)?> DoubleEndedIterator for $name<$($life,)? T> {
            #[inline]
            fn next_back(&mut self) -> Option<$item> {
                Some(self.pairs.next_back()?.0)
            }
        }

        impl<$($life,)? T $(: $bound)?> ExactSizeIterator for $name<$($life,)? T> {}
        impl<$($life,)? T $(: $bound)?> FusedIterator for $name<$($life,)? T> {}
    };
}

/// The values of a [`CowOrdSet`], or of a range of it. Made by [`CowOrdSet::iter`] and
/// [`CowOrdSet::range`].
pub struct Iter<'a, T> {
    pairs: ord_map::Iter<'a, T, ()>,
}

keys!(Iter ['a], &'a T,);

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Self {
            pairs: self.pairs.clone(),
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// The values of a [`CowOrdSet`], by value. Made by `into_iter`.
#[derive(Debug)]
pub struct IntoIter<T> {
    pairs: ord_map::IntoIter<T, ()>,
}

keys!(IntoIter [], T, Clone);

impl<T: Clone> IntoIterator for CowOrdSet<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        IntoIter {
            pairs: self.map.into_iter(),
        }
    }
}

/// The chunks of a [`CowOrdSet`] as slices. Made by [`CowOrdSet::chunks`].
#[derive(Debug)]
pub struct Chunks<'a, T> {
    chunks: ord_map::Chunks<'a, T, ()>,
}

impl<T> Clone for Chunks<'_, T> {
    fn clone(&self) -> Self {
        Self {
            chunks: self.chunks.clone(),
        }
    }
}

impl<'a, T> Iterator for Chunks<'a, T> {
    type Item = &'a [T];

    fn next(&mut self) -> Option<&'a [T]> {
        Some(self.chunks.next()?.0)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.chunks.size_hint()
    }
}

impl<T> DoubleEndedIterator for Chunks<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        Some(self.chunks.next_back()?.0)
    }
}

impl<T> FusedIterator for Chunks<'_, T> {}

/// The chunks of a [`CowOrdSet`], taken out one by one. Made by [`CowOrdSet::into_chunks`].
#[derive(Debug)]
pub struct IntoChunks<T> {
    pub(super) chunks: ord_map::IntoChunks<T, ()>,
}

impl<T> Iterator for IntoChunks<T> {
    type Item = Chunk<T>;

    fn next(&mut self) -> Option<Chunk<T>> {
        self.chunks.next().map(|chunk| Chunk { chunk })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.chunks.size_hint()
    }
}

impl<T> DoubleEndedIterator for IntoChunks<T> {
    fn next_back(&mut self) -> Option<Chunk<T>> {
        self.chunks.next_back().map(|chunk| Chunk { chunk })
    }
}

impl<T> FusedIterator for IntoChunks<T> {}

/// A chunk of values that was taken out of a [`CowOrdSet`]. It derefs to a slice.
pub struct Chunk<T> {
    chunk: ord_map::Chunk<T, ()>,
}

impl<T> std::ops::Deref for Chunk<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.chunk.keys()
    }
}

impl<T: fmt::Debug> fmt::Debug for Chunk<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&**self).finish()
    }
}

/// The values that a predicate takes out of a [`CowOrdSet`]. Made by [`CowOrdSet::extract_if`].
#[must_use = "iterators are lazy; use `retain` to drop what is taken"]
#[derive(Debug)]
pub struct ExtractIf<'a, T, F> {
    pairs: ord_map::ExtractIf<'a, T, (), F>,
}

impl<'a, T, F> ExtractIf<'a, T, F> {
    pub(super) fn new(pairs: ord_map::ExtractIf<'a, T, (), F>) -> Self {
        Self { pairs }
    }
}

impl<T: Clone, F: FnMut(&T, &mut ()) -> bool> Iterator for ExtractIf<'_, T, F> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        Some(self.pairs.next()?.0)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.pairs.size_hint()
    }
}

impl<T: Clone, F: FnMut(&T, &mut ()) -> bool> FusedIterator for ExtractIf<'_, T, F> {}
