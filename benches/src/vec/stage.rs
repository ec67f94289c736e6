//! A vector, and what the jobs of one contender need besides.

use std::marker::PhantomData;

use super::Contender;
use crate::element::Element;
use crate::rng::Rng;
use crate::suite;

/// The vector and the state that one contender's jobs work on.
pub(super) struct Stage<T, C> {
    pub(super) vec: C,
    pub(super) len: usize,
    pub(super) rng: Rng,
    sum: u64,
    element: PhantomData<T>,
}

impl<T: Element, C: Contender<T>> Stage<T, C> {
    pub(super) fn new(len: usize) -> Self {
        assert!(len >= 2, "a vector of {len} elements has no middle");
        Self {
            vec: Self::collect(len),
            len,
            rng: Rng::new(len as u64),
            sum: 0,
            element: PhantomData,
        }
    }

    /// Returns a new vector of the elements that every vector of `len` elements starts with.
    #[inline]
    pub(super) fn collect(len: usize) -> C {
        // Seeds from a `u32` range have a length that every iterator over them knows exactly.
        let len = u32::try_from(len).expect("benchmarks stay below 2^32 elements");
        C::collect((0..len).map(|seed| T::make(u64::from(seed))))
    }

    /// Takes in what a job has read, so that no read can be left out.
    pub(super) fn add(&mut self, sum: u64) {
        self.sum = self.sum.wrapping_add(sum);
    }
}

impl<T: Element, C: Contender<T>> suite::Stage for Stage<T, C> {
    const NAME: &'static str = C::NAME;
    const TITLE: &'static str = C::TITLE;

    fn checksum(&self) -> u64 {
        self.vec.iter().fold(self.sum, |sum, element| {
            sum.rotate_left(1).wrapping_add(element.key())
        })
    }
}
