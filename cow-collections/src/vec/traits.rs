//! Conversions, and the traits that every collection has.

use std::{
    fmt,
    ops::{Index, IndexMut},
};

use cow_core::OrAbort;

use super::{CowVec, Iter, IterMut, out_of_bounds};

impl<T> Default for CowVec<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for CowVec<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

impl<T> Index<usize> for CowVec<T> {
    type Output = T;

    #[inline]
    #[track_caller]
    fn index(&self, index: usize) -> &T {
        match self.get(index) {
            Some(value) => value,
            None => out_of_bounds(index, self.len()),
        }
    }
}

impl<T: Clone> IndexMut<usize> for CowVec<T> {
    #[inline]
    #[track_caller]
    fn index_mut(&mut self, index: usize) -> &mut T {
        let len = self.len();
        match self.get_mut(index) {
            Some(value) => value,
            None => out_of_bounds(index, len),
        }
    }
}

impl<'a, T> IntoIterator for &'a CowVec<T> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    #[inline]
    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<'a, T: Clone> IntoIterator for &'a mut CowVec<T> {
    type Item = &'a mut T;
    type IntoIter = IterMut<'a, T>;

    fn into_iter(self) -> IterMut<'a, T> {
        self.iter_mut()
    }
}

impl<T> FromIterator<T> for CowVec<T> {
    /// Collects the values; they need not be `Clone`.
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut vec = Self::new();
        vec.extend_new(values);
        vec
    }
}

impl<T: Clone> Extend<T> for CowVec<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        self.seq.extend(values.into_iter()).or_abort();
    }
}

impl<'a, T: Copy + 'a> Extend<&'a T> for CowVec<T> {
    fn extend<I: IntoIterator<Item = &'a T>>(&mut self, values: I) {
        self.extend(values.into_iter().copied());
    }
}

impl<T> From<Vec<T>> for CowVec<T> {
    fn from(values: Vec<T>) -> Self {
        values.into_iter().collect()
    }
}

impl<T> From<Box<[T]>> for CowVec<T> {
    fn from(values: Box<[T]>) -> Self {
        values.into_vec().into()
    }
}

impl<T, const N: usize> From<[T; N]> for CowVec<T> {
    fn from(values: [T; N]) -> Self {
        values.into_iter().collect()
    }
}

impl<T: Clone> From<&[T]> for CowVec<T> {
    fn from(values: &[T]) -> Self {
        values.iter().cloned().collect()
    }
}

impl<T: Clone> From<&mut [T]> for CowVec<T> {
    fn from(values: &mut [T]) -> Self {
        Self::from(&*values)
    }
}

impl<T: Clone> From<&Vec<T>> for CowVec<T> {
    fn from(values: &Vec<T>) -> Self {
        Self::from(values.as_slice())
    }
}

impl From<&str> for CowVec<u8> {
    fn from(text: &str) -> Self {
        text.as_bytes().into()
    }
}

impl<T: Clone> From<CowVec<T>> for Vec<T> {
    /// Moves the values out of exclusive chunks and clones those of shared ones.
    fn from(values: CowVec<T>) -> Self {
        values.into_iter().collect()
    }
}

impl<T: Clone> From<CowVec<T>> for Box<[T]> {
    fn from(values: CowVec<T>) -> Self {
        Vec::from(values).into()
    }
}

impl<T: Clone> CowVec<T> {
    /// Clones the values into a `Vec`.
    ///
    /// # Complexity
    ///
    /// O(n), a slice at a time.
    #[must_use]
    pub fn to_vec(&self) -> Vec<T> {
        let mut values = Vec::with_capacity(self.len());
        self.chunks()
            .for_each(|chunk| values.extend_from_slice(chunk));
        values
    }
}
