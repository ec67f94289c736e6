//! `hipstr::HipStr`: inline up to 23 bytes, counted above.

use hipstr::HipStr;

use super::{Constant, Contender, Grown, Sliced};

impl Contender for HipStr<'static> {
    const NAME: &'static str = "hipstr";
    const TITLE: &'static str = "hipstr";

    #[inline]
    fn new(text: &str) -> Self {
        Self::from(text)
    }

    #[inline]
    fn as_str(&self) -> &str {
        self
    }
}

impl Grown for HipStr<'static> {
    #[inline]
    fn push(&mut self, char: char) {
        self.push(char);
    }

    #[inline]
    fn push_str(&mut self, text: &str) {
        self.push_str(text);
    }
}

impl Sliced for HipStr<'static> {
    type Slice = Self;

    #[inline]
    fn slice(&self, from: usize, to: usize) -> Self {
        self.slice(from..to)
    }
}

impl Constant for HipStr<'static> {
    #[inline]
    fn constant(text: &'static str) -> Self {
        Self::from_static(text)
    }
}
