//! Strings, and what the jobs of one contender need besides.

use std::rc::Rc;

use super::Contender;
use crate::rng::Rng;
use crate::suite;

/// The strings that one contender's jobs work on.
pub(super) struct Stage<C> {
    pub(super) texts: Rc<[String]>,
    pub(super) made: Vec<C>,
    /// Equal to `made`, and apart from it.
    pub(super) again: Vec<C>,
    sum: u64,
}

/// Returns texts of so many bytes, all different.
pub(super) fn texts(len: usize, bytes: usize) -> Rc<[String]> {
    let mut rng = Rng::new(bytes as u64);
    let mut text = |number: usize| {
        let mut text = number.to_string();
        while text.len() < bytes {
            text.push(char::from(b'a' + rng.bits().to_le_bytes()[7] % 26));
        }
        text
    };
    (0..len).map(&mut text).collect()
}

impl<C: Contender> Stage<C> {
    pub(super) fn new(texts: &Rc<[String]>) -> Self {
        let make = || texts.iter().map(|text| C::new(text)).collect();
        Self {
            texts: Rc::clone(texts),
            made: make(),
            again: make(),
            sum: 0,
        }
    }

    /// Takes in what a job has read, so that no read can be left out.
    pub(super) fn add(&mut self, sum: u64) {
        self.sum = self.sum.wrapping_add(sum);
    }
}

impl<C: Contender> suite::Stage for Stage<C> {
    const NAME: &'static str = C::NAME;
    const TITLE: &'static str = C::TITLE;

    fn checksum(&self) -> u64 {
        let bytes = self.made.iter().flat_map(|made| made.as_str().bytes());
        bytes.fold(self.sum, |sum, byte| {
            sum.rotate_left(5).wrapping_add(byte.into())
        })
    }
}
