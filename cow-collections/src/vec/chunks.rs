//! The chunks of a vector as slices: borrowed, or taken out one by one.

use std::{fmt, iter::FusedIterator, ops::Deref};

use super::CowVec;
use crate::node::seq::{IntoLeaves, Leaf, Leaves};

impl<T> CowVec<T> {
    /// Goes through the values as contiguous slices, one for each chunk.
    ///
    /// Where the slices begin and end says nothing about the values; equal vectors may have different
    /// ones.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowVec;
    /// let v: CowVec<u64> = (0..100_000).collect();
    /// let sum: u64 = v.chunks().map(|chunk| chunk.iter().sum::<u64>()).sum();
    /// assert_eq!(sum, 100_000 * 99_999 / 2);
    /// ```
    #[must_use]
    pub fn chunks(&self) -> Chunks<'_, T> {
        Chunks {
            leaves: self.seq.leaves(0..self.len()),
        }
    }

    /// Takes the vector apart, chunk by chunk, and lets go of each before it opens the next.
    ///
    /// This is how to save a snapshot while the original is being written: a chunk that was passed is
    /// shared no more, so that a write to it copies nothing. A chunk of 2 MiB comes by pages of 4 KiB, and is
    /// let go of behind its last one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowVec;
    /// # use std::io::Write;
    /// let mut state: CowVec<u8> = vec![7; 1 << 20].into();
    /// let mut saved = Vec::new();
    /// for chunk in state.snapshot().into_chunks() {
    ///     saved.write_all(&chunk)?;
    ///     state[0] = 8; // copies the first chunk at the first call, and nothing after
    /// }
    /// assert_eq!(saved, vec![7; 1 << 20]);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn into_chunks(self) -> IntoChunks<T> {
        IntoChunks {
            leaves: self.seq.into_leaves(),
        }
    }
}

/// The chunks of a [`CowVec`] as slices. Made by [`CowVec::chunks`].
pub struct Chunks<'a, T> {
    leaves: Leaves<'a, T>,
}

impl<T> Clone for Chunks<'_, T> {
    fn clone(&self) -> Self {
        Self {
            leaves: self.leaves.clone(),
        }
    }
}

impl<'a, T> Iterator for Chunks<'a, T> {
    type Item = &'a [T];

    #[inline]
    fn next(&mut self) -> Option<&'a [T]> {
        self.leaves.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let values = self.leaves.values_left();
        (usize::from(values > 0), Some(values))
    }
}

impl<T> DoubleEndedIterator for Chunks<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.leaves.next_back()
    }
}

impl<T> FusedIterator for Chunks<'_, T> {}

impl<T: fmt::Debug> fmt::Debug for Chunks<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// The chunks of a [`CowVec`], taken out one by one. Made by [`CowVec::into_chunks`].
pub struct IntoChunks<T> {
    leaves: IntoLeaves<T>,
}

impl<T> IntoChunks<T> {
    /// The number of values in the chunks not yet taken.
    #[must_use]
    pub fn values_left(&self) -> usize {
        self.leaves.values_left()
    }
}

impl<T> Iterator for IntoChunks<T> {
    type Item = Chunk<T>;

    fn next(&mut self) -> Option<Chunk<T>> {
        self.leaves.next().map(|leaf| Chunk { leaf })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let values = self.leaves.values_left();
        (usize::from(values > 0), Some(values))
    }
}

impl<T> DoubleEndedIterator for IntoChunks<T> {
    fn next_back(&mut self) -> Option<Chunk<T>> {
        self.leaves.next_back().map(|leaf| Chunk { leaf })
    }
}

impl<T> FusedIterator for IntoChunks<T> {}

impl<T> fmt::Debug for IntoChunks<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoChunks")
            .field("values_left", &self.values_left())
            .finish()
    }
}

/// A chunk of values that was taken out of a [`CowVec`]. It derefs to a slice.
pub struct Chunk<T> {
    leaf: Leaf<T>,
}

impl<T> Deref for Chunk<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        self.leaf.values()
    }
}

impl<T> AsRef<[T]> for Chunk<T> {
    fn as_ref(&self) -> &[T] {
        self
    }
}

impl<T: fmt::Debug> fmt::Debug for Chunk<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&**self).finish()
    }
}
