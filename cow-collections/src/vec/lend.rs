//! Lending several values for writing at once.

use std::{
    fmt,
    iter::FusedIterator,
    marker::PhantomData,
    ops::Range,
    ptr::NonNull,
    slice::{self, GetDisjointMutError},
};

use cow_core::OrAbort;

use super::CowVec;
use crate::node::seq::Seq;

impl<T: Clone> CowVec<T> {
    /// Goes through the values as contiguous slices for writing, one for each chunk.
    ///
    /// # Complexity
    ///
    /// Shared: each chunk is copied as it is reached, and its nodes with it.
    pub fn chunks_mut(&mut self) -> ChunksMut<'_, T> {
        let range = 0..self.len();
        ChunksMut {
            seq: NonNull::from_mut(&mut self.seq),
            range,
            life: PhantomData,
        }
    }

    /// Goes through the values for writing.
    ///
    /// # Complexity
    ///
    /// Shared: each chunk is copied as it is reached, and its nodes with it.
    pub fn iter_mut(&mut self) -> IterMut<'_, T> {
        IterMut {
            front: [].iter_mut(),
            chunks: self.chunks_mut(),
            back: [].iter_mut(),
        }
    }

    /// Lends several values for writing at once.
    ///
    /// # Errors
    ///
    /// When an index is out of bounds or comes twice.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowVec;
    /// let mut v = CowVec::from([1, 2, 3]);
    /// let [a, c] = v.get_disjoint_mut([0, 2])?;
    /// std::mem::swap(a, c);
    /// assert_eq!(v, [3, 2, 1]);
    /// # Ok::<(), std::slice::GetDisjointMutError>(())
    /// ```
    pub fn get_disjoint_mut<const N: usize>(
        &mut self,
        indices: [usize; N],
    ) -> Result<[&mut T; N], GetDisjointMutError> {
        for (i, index) in indices.iter().enumerate() {
            if *index >= self.len() {
                return Err(GetDisjointMutError::IndexOutOfBounds);
            }
            if indices[..i].contains(index) {
                return Err(GetDisjointMutError::OverlappingIndices);
            }
        }
        let places = indices.map(|index| NonNull::from_mut(&mut self[index]));
        // SAFETY: the indices differ, so the values do. Reaching one of them makes its own leaf and
        // path exclusive; a leaf that is exclusive already stays where it is, so that all places hold.
        Ok(places.map(|mut place| unsafe { place.as_mut() }))
    }

    /// Swaps two values.
    ///
    /// # Panics
    ///
    /// If an index is out of bounds.
    #[track_caller]
    pub fn swap(&mut self, a: usize, b: usize) {
        let len = self.len();
        match self.get_disjoint_mut([a, b]) {
            Ok([a, b]) => std::mem::swap(a, b),
            Err(GetDisjointMutError::OverlappingIndices) => {}
            Err(_) => super::out_of_bounds(a.max(b), len),
        }
    }
}

/// The chunks of a [`CowVec`] as slices for writing. Made by [`CowVec::chunks_mut`].
///
/// # Invariants
///
/// `seq` is borrowed mutably for `'a`. The slices handed out are chunks, or parts of chunks, outside of
/// `range`; no chunk is reached twice.
pub struct ChunksMut<'a, T> {
    seq: NonNull<Seq<T>>,
    range: Range<usize>,
    life: PhantomData<&'a mut Seq<T>>,
}

// SAFETY: it stands for the `&mut Seq<T>` that it was made of.
unsafe impl<T: Send + Sync> Send for ChunksMut<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for ChunksMut<'_, T> {}

impl<'a, T: Clone> ChunksMut<'a, T> {
    /// The leaf with value number `index`, and its first index.
    fn leaf(&mut self, index: usize) -> (NonNull<[T]>, usize) {
        // SAFETY: borrowed for `'a`. What was handed out lies in other chunks' slots, which neither
        // the sequence nor its nodes lie in.
        let seq = unsafe { self.seq.as_mut() };
        let (values, start) = seq.leaf_at_mut(index).or_abort();
        (NonNull::from_mut(values), start)
    }
}

impl<'a, T: Clone> Iterator for ChunksMut<'a, T> {
    type Item = &'a mut [T];

    fn next(&mut self) -> Option<&'a mut [T]> {
        if self.range.is_empty() {
            return None;
        }
        let (mut values, start) = self.leaf(self.range.start);
        debug_assert_eq!(start, self.range.start);
        self.range.start = start + values.len();
        // SAFETY: the chunk is reached once, and exclusive for as long as the sequence is borrowed.
        Some(unsafe { values.as_mut() })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::from(!self.range.is_empty()), Some(self.range.len()))
    }
}

impl<T: Clone> DoubleEndedIterator for ChunksMut<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.range.is_empty() {
            return None;
        }
        let (mut values, start) = self.leaf(self.range.end - 1);
        debug_assert_eq!(start + values.len(), self.range.end);
        self.range.end = start;
        // SAFETY: as in `next`.
        Some(unsafe { values.as_mut() })
    }
}

impl<T: Clone> FusedIterator for ChunksMut<'_, T> {}

impl<T> fmt::Debug for ChunksMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunksMut")
            .field("range", &self.range)
            .finish()
    }
}

/// The values of a [`CowVec`] for writing. Made by [`CowVec::iter_mut`].
pub struct IterMut<'a, T> {
    front: slice::IterMut<'a, T>,
    chunks: ChunksMut<'a, T>,
    back: slice::IterMut<'a, T>,
}

impl<'a, T: Clone> Iterator for IterMut<'a, T> {
    type Item = &'a mut T;

    #[inline]
    fn next(&mut self) -> Option<&'a mut T> {
        if let Some(value) = self.front.next() {
            return Some(value);
        }
        match self.chunks.next() {
            Some(values) => {
                self.front = values.iter_mut();
                self.front.next()
            }
            None => self.back.next(),
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = self.front.len() + self.chunks.range.len() + self.back.len();
        (len, Some(len))
    }

    #[inline]
    fn fold<B, F: FnMut(B, &'a mut T) -> B>(self, init: B, mut f: F) -> B {
        let mut sum = self.front.fold(init, &mut f);
        for values in self.chunks {
            sum = values.iter_mut().fold(sum, &mut f);
        }
        self.back.fold(sum, f)
    }
}

impl<'a, T: Clone> DoubleEndedIterator for IterMut<'a, T> {
    #[inline]
    fn next_back(&mut self) -> Option<&'a mut T> {
        if let Some(value) = self.back.next_back() {
            return Some(value);
        }
        match self.chunks.next_back() {
            Some(values) => {
                self.back = values.iter_mut();
                self.back.next_back()
            }
            None => self.front.next_back(),
        }
    }
}

impl<T: Clone> ExactSizeIterator for IterMut<'_, T> {}
impl<T: Clone> FusedIterator for IterMut<'_, T> {}

impl<T> fmt::Debug for IterMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IterMut").finish_non_exhaustive()
    }
}
