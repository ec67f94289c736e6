//! Parallel iterators. All are indexed, so that `enumerate`, `zip`, `chunks` and the like work.

use std::{
    iter::FusedIterator,
    mem,
    ops::{Range, RangeBounds},
    slice,
};

use cow_core::{AllocError, OrAbort};

use rayon::iter::{
    FromParallelIterator, IndexedParallelIterator, IntoParallelIterator, ParallelExtend,
    ParallelIterator,
    plumbing::{Consumer, Producer, ProducerCallback, UnindexedConsumer, bridge},
};

use super::{CowVec, IntoIter, Iter};

impl<T: Clone + Send + Sync> CowVec<T> {
    /// As [`prefault`](Self::prefault), on the threads of rayon: copies the shared leaves in `range`, and
    /// the nodes on the way, now.
    ///
    /// # Examples
    ///
    /// ```
    /// use cow_collections::CowVec;
    ///
    /// let before: CowVec<u64> = (0..1_000_000).collect();
    /// let mut after = before.clone();
    /// after.par_prefault(..);
    /// after[123_456] = 0; // in place, although `before` lives
    /// assert_eq!(before[123_456], 123_456);
    /// ```
    ///
    /// # Panics
    ///
    /// If the range is not inside the vector.
    #[track_caller]
    pub fn par_prefault(&mut self, range: impl RangeBounds<usize>) {
        self.try_par_prefault(range).or_abort();
    }

    /// As [`par_prefault`](Self::par_prefault), for arenas that may be full.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk for a copy; others may have been made.
    ///
    /// # Panics
    ///
    /// If the range is not inside the vector.
    #[track_caller]
    pub fn try_par_prefault(&mut self, range: impl RangeBounds<usize>) -> Result<(), AllocError> {
        let range = self.resolve(range);
        self.seq.par_prefault(range)
    }
}

/// A parallel iterator over the values of a [`CowVec`]. Made by `par_iter`.
///
/// # Examples
///
/// ```
/// use cow_collections::CowVec;
/// use rayon::prelude::*;
///
/// let v: CowVec<u64> = (0..100_000).collect();
/// assert_eq!(v.par_iter().sum::<u64>(), 100_000 * 99_999 / 2);
/// ```
#[derive(Debug)]
pub struct ParIter<'a, T> {
    vec: &'a CowVec<T>,
}

/// A parallel iterator over the values of a [`CowVec`] for writing. Made by `par_iter_mut`.
///
/// # Complexity
///
/// Shared: the calling thread copies every shared chunk before the threads start.
///
/// # Examples
///
/// ```
/// use cow_collections::CowVec;
/// use rayon::prelude::*;
///
/// let before: CowVec<u64> = (0..100_000).collect();
/// let mut after = before.clone();
/// after.par_iter_mut().for_each(|n| *n *= 2);
/// assert_eq!((before[700], after[700]), (700, 1_400));
/// ```
#[derive(Debug)]
pub struct ParIterMut<'a, T> {
    vec: &'a mut CowVec<T>,
}

/// A parallel iterator over the values of a [`CowVec`], by value. Made by `into_par_iter`.
///
/// # Complexity
///
/// The vector is split where the work is, sharing its chunks. Values of exclusive chunks are moved,
/// those of shared ones are cloned.
///
/// # Examples
///
/// ```
/// use cow_collections::CowVec;
/// use rayon::prelude::*;
///
/// let words: CowVec<String> = (0..1_000).map(|n| n.to_string()).collect();
/// let lengths: Vec<usize> = words.into_par_iter().map(|word| word.len()).collect();
/// assert_eq!(lengths[99..101], [2, 3]);
/// ```
#[derive(Debug)]
pub struct ParIntoIter<T> {
    vec: CowVec<T>,
}

impl<T> Clone for ParIter<'_, T> {
    fn clone(&self) -> Self {
        Self { vec: self.vec }
    }
}

impl<'a, T: Send + Sync> IntoParallelIterator for &'a CowVec<T> {
    type Item = &'a T;
    type Iter = ParIter<'a, T>;

    fn into_par_iter(self) -> ParIter<'a, T> {
        ParIter { vec: self }
    }
}

impl<'a, T: Clone + Send + Sync> IntoParallelIterator for &'a mut CowVec<T> {
    type Item = &'a mut T;
    type Iter = ParIterMut<'a, T>;

    fn into_par_iter(self) -> ParIterMut<'a, T> {
        ParIterMut { vec: self }
    }
}

impl<T: Clone + Send + Sync> IntoParallelIterator for CowVec<T> {
    type Item = T;
    type Iter = ParIntoIter<T>;

    fn into_par_iter(self) -> ParIntoIter<T> {
        ParIntoIter { vec: self }
    }
}

impl<'a, T: Send + Sync> ParallelIterator for ParIter<'a, T> {
    type Item = &'a T;

    fn drive_unindexed<C: UnindexedConsumer<&'a T>>(self, consumer: C) -> C::Result {
        bridge(self, consumer)
    }

    fn opt_len(&self) -> Option<usize> {
        Some(self.len())
    }
}

impl<'a, T: Send + Sync> IndexedParallelIterator for ParIter<'a, T> {
    fn len(&self) -> usize {
        self.vec.len()
    }

    fn drive<C: Consumer<&'a T>>(self, consumer: C) -> C::Result {
        bridge(self, consumer)
    }

    fn with_producer<CB: ProducerCallback<&'a T>>(self, callback: CB) -> CB::Output {
        callback.callback(Values {
            range: 0..self.vec.len(),
            vec: self.vec,
        })
    }
}

/// The values in a range.
struct Values<'a, T> {
    vec: &'a CowVec<T>,
    range: Range<usize>,
}

impl<'a, T: Send + Sync> Producer for Values<'a, T> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.vec.iter_of(self.range)
    }

    fn split_at(self, index: usize) -> (Self, Self) {
        let Range { start, end } = self.range;
        let part = |range| Self {
            vec: self.vec,
            range,
        };
        (part(start..start + index), part(start + index..end))
    }
}

impl<'a, T: Clone + Send + Sync> ParallelIterator for ParIterMut<'a, T> {
    type Item = &'a mut T;

    fn drive_unindexed<C: UnindexedConsumer<&'a mut T>>(self, consumer: C) -> C::Result {
        bridge(self, consumer)
    }

    fn opt_len(&self) -> Option<usize> {
        Some(self.len())
    }
}

impl<'a, T: Clone + Send + Sync> IndexedParallelIterator for ParIterMut<'a, T> {
    fn len(&self) -> usize {
        self.vec.len()
    }

    fn drive<C: Consumer<&'a mut T>>(self, consumer: C) -> C::Result {
        bridge(self, consumer)
    }

    fn with_producer<CB: ProducerCallback<&'a mut T>>(self, callback: CB) -> CB::Output {
        let mut chunks: Vec<&'a mut [T]> = self.vec.chunks_mut().collect();
        let mut end = 0;
        let add = |chunk: &&mut [T]| {
            end += chunk.len();
            end
        };
        let ends: Vec<usize> = chunks.iter().map(add).collect();
        callback.callback(Slices {
            start: 0,
            front: &mut [],
            chunks: &mut chunks,
            ends: &ends,
            back: &mut [],
        })
    }
}

/// The values of some chunks in a row, and of a part of a chunk on either side.
struct Slices<'s, 'a, T> {
    front: &'a mut [T],
    chunks: &'s mut [&'a mut [T]],
    back: &'a mut [T],
    /// Where the chunks end in the vector, and where the first of them starts.
    ends: &'s [usize],
    start: usize,
}

impl<'s, 'a, T: Clone + Send + Sync> Producer for Slices<'s, 'a, T> {
    type Item = &'a mut T;
    type IntoIter = SlicesIter<'s, 'a, T>;

    fn into_iter(self) -> SlicesIter<'s, 'a, T> {
        let inside = self.ends.last().map_or(0, |end| end - self.start);
        SlicesIter {
            len: self.front.len() + inside + self.back.len(),
            front: self.front.iter_mut(),
            chunks: self.chunks.iter_mut(),
            back: self.back.iter_mut(),
        }
    }

    fn split_at(self, index: usize) -> (Self, Self) {
        let Self {
            front,
            chunks,
            back,
            ends,
            start,
        } = self;
        if index <= front.len() {
            let (left, front) = front.split_at_mut(index);
            let left = Self::part(left);
            return (
                left,
                Self {
                    front,
                    chunks,
                    back,
                    ends,
                    start,
                },
            );
        }
        let at = start + index - front.len();
        let cut = ends.partition_point(|&end| end <= at);
        let (left_chunks, right_chunks) = chunks.split_at_mut(cut);
        let (left_ends, right_ends) = ends.split_at(cut);
        let left_end = left_ends.last().copied().unwrap_or(start);
        // The border lies in the first chunk on the right, or in the part behind the chunks.
        let (inside, right) = match right_chunks.split_first_mut() {
            Some((chunk, chunks)) => {
                let (inside, front) = mem::take(chunk).split_at_mut(at - left_end);
                let right = Self {
                    front,
                    chunks,
                    back,
                    ends: &right_ends[1..],
                    start: right_ends[0],
                };
                (inside, right)
            }
            None => {
                let (inside, back) = back.split_at_mut(at - left_end);
                (inside, Self::part(back))
            }
        };
        let left = Self {
            front,
            chunks: left_chunks,
            back: inside,
            ends: left_ends,
            start,
        };
        (left, right)
    }
}

impl<'a, T> Slices<'_, 'a, T> {
    /// A part of one chunk.
    fn part(front: &'a mut [T]) -> Self {
        Self {
            front,
            chunks: &mut [],
            back: &mut [],
            ends: &[],
            start: 0,
        }
    }
}

/// The values of [`Slices`].
struct SlicesIter<'s, 'a, T> {
    front: slice::IterMut<'a, T>,
    chunks: slice::IterMut<'s, &'a mut [T]>,
    back: slice::IterMut<'a, T>,
    len: usize,
}

impl<'a, T> Iterator for SlicesIter<'_, 'a, T> {
    type Item = &'a mut T;

    #[inline]
    fn next(&mut self) -> Option<&'a mut T> {
        self.len = self.len.checked_sub(1)?;
        loop {
            if let Some(value) = self.front.next() {
                return Some(value);
            }
            match self.chunks.next() {
                Some(chunk) => self.front = mem::take(chunk).iter_mut(),
                None => return self.back.next(),
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len, Some(self.len))
    }

    fn fold<B, F: FnMut(B, &'a mut T) -> B>(self, init: B, mut f: F) -> B {
        let mut sum = self.front.fold(init, &mut f);
        for chunk in self.chunks {
            sum = mem::take(chunk).iter_mut().fold(sum, &mut f);
        }
        self.back.fold(sum, f)
    }
}

impl<'a, T> DoubleEndedIterator for SlicesIter<'_, 'a, T> {
    fn next_back(&mut self) -> Option<&'a mut T> {
        self.len = self.len.checked_sub(1)?;
        loop {
            if let Some(value) = self.back.next_back() {
                return Some(value);
            }
            match self.chunks.next_back() {
                Some(chunk) => self.back = mem::take(chunk).iter_mut(),
                None => return self.front.next_back(),
            }
        }
    }
}

impl<T> ExactSizeIterator for SlicesIter<'_, '_, T> {}
impl<T> FusedIterator for SlicesIter<'_, '_, T> {}

impl<T: Clone + Send + Sync> ParallelIterator for ParIntoIter<T> {
    type Item = T;

    fn drive_unindexed<C: UnindexedConsumer<T>>(self, consumer: C) -> C::Result {
        bridge(self, consumer)
    }

    fn opt_len(&self) -> Option<usize> {
        Some(self.len())
    }
}

impl<T: Clone + Send + Sync> IndexedParallelIterator for ParIntoIter<T> {
    fn len(&self) -> usize {
        self.vec.len()
    }

    fn drive<C: Consumer<T>>(self, consumer: C) -> C::Result {
        bridge(self, consumer)
    }

    fn with_producer<CB: ProducerCallback<T>>(self, callback: CB) -> CB::Output {
        callback.callback(self)
    }
}

/// Its own producer: a part of a vector is a vector.
impl<T: Clone + Send + Sync> Producer for ParIntoIter<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        self.vec.into_iter()
    }

    fn split_at(mut self, index: usize) -> (Self, Self) {
        let right = Self {
            vec: self.vec.split_off(index),
        };
        (self, right)
    }
}

impl<T: Send> FromParallelIterator<T> for CowVec<T> {
    /// The values are made in parallel, and then moved into the vector one after the other.
    fn from_par_iter<I: IntoParallelIterator<Item = T>>(values: I) -> Self {
        let mut vec = Self::new();
        for part in values.into_par_iter().collect_vec_list() {
            vec.extend_new(part);
        }
        vec
    }
}

impl<T: Clone + Send> ParallelExtend<T> for CowVec<T> {
    /// The values are made in parallel, and then moved into the vector one after the other.
    fn par_extend<I: IntoParallelIterator<Item = T>>(&mut self, values: I) {
        let before = self.len();
        for part in values.into_par_iter().collect_vec_list() {
            let values = part.into_iter();
            self.seq.extend_since(before, values).or_abort();
        }
    }
}

impl<'a, T: Copy + Send + Sync + 'a> ParallelExtend<&'a T> for CowVec<T> {
    fn par_extend<I: IntoParallelIterator<Item = &'a T>>(&mut self, values: I) {
        self.par_extend(values.into_par_iter().copied());
    }
}
