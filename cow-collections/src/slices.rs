//! Owned slices of a [`CowStr`] or [`CowBytes`], one after another.

use std::{fmt, iter::FusedIterator};

use crate::{CowBytes, CowStr};

/// Parts of a [`CowStr`] or [`CowBytes`] as owned slices that share its chunk. Made by
/// [`CowStr::slices`] and [`CowBytes::slices`], and by `lines`, `split` and the like.
///
/// Each slice costs one atomic increment, or a copy of up to 15 bytes.
#[derive(Clone)]
pub struct Slices<'a, W, I> {
    whole: &'a W,
    parts: I,
}

impl<'a, W, I> Slices<'a, W, I> {
    pub(crate) fn new(whole: &'a W, parts: I) -> Self {
        Self { whole, parts }
    }
}

impl<'a, I: Iterator<Item = &'a str>> Iterator for Slices<'a, CowStr, I> {
    type Item = CowStr;

    #[inline]
    fn next(&mut self) -> Option<CowStr> {
        self.parts.next().map(|part| self.whole.slice_ref(part))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.parts.size_hint()
    }
}

impl<'a, I: DoubleEndedIterator<Item = &'a str>> DoubleEndedIterator for Slices<'a, CowStr, I> {
    #[inline]
    fn next_back(&mut self) -> Option<CowStr> {
        self.parts
            .next_back()
            .map(|part| self.whole.slice_ref(part))
    }
}

impl<'a, I: FusedIterator<Item = &'a str>> FusedIterator for Slices<'a, CowStr, I> {}

impl<'a, I: Iterator<Item = &'a [u8]>> Iterator for Slices<'a, CowBytes, I> {
    type Item = CowBytes;

    #[inline]
    fn next(&mut self) -> Option<CowBytes> {
        self.parts.next().map(|part| self.whole.slice_ref(part))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.parts.size_hint()
    }
}

impl<'a, I: DoubleEndedIterator<Item = &'a [u8]>> DoubleEndedIterator for Slices<'a, CowBytes, I> {
    #[inline]
    fn next_back(&mut self) -> Option<CowBytes> {
        self.parts
            .next_back()
            .map(|part| self.whole.slice_ref(part))
    }
}

impl<'a, I: FusedIterator<Item = &'a [u8]>> FusedIterator for Slices<'a, CowBytes, I> {}

impl<W: fmt::Debug, I> fmt::Debug for Slices<'_, W, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slices")
            .field("whole", self.whole)
            .finish_non_exhaustive()
    }
}
