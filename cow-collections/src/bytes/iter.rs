//! The bytes of a [`CowBytes`] by value.

use std::{iter::FusedIterator, ops::Range};

use super::CowBytes;

/// The bytes of a [`CowBytes`]. Made by its `into_iter`.
#[derive(Clone, Debug)]
pub struct BytesIntoIter {
    bytes: CowBytes,
    left: Range<usize>,
}

impl IntoIterator for CowBytes {
    type Item = u8;
    type IntoIter = BytesIntoIter;

    #[inline]
    fn into_iter(self) -> BytesIntoIter {
        BytesIntoIter {
            left: 0..self.len(),
            bytes: self,
        }
    }
}

impl Iterator for BytesIntoIter {
    type Item = u8;

    #[inline]
    fn next(&mut self) -> Option<u8> {
        self.left.next().map(|index| self.bytes[index])
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.left.size_hint()
    }
}

impl DoubleEndedIterator for BytesIntoIter {
    #[inline]
    fn next_back(&mut self) -> Option<u8> {
        self.left.next_back().map(|index| self.bytes[index])
    }
}

impl ExactSizeIterator for BytesIntoIter {}
impl FusedIterator for BytesIntoIter {}
