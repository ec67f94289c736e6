//! `CowStr`.

use cow_collections::CowStr;

use super::{Constant, Contender, Grown, Sliced};

impl Contender for CowStr {
    const NAME: &'static str = "cow";
    const TITLE: &'static str = "CowStr";

    #[inline]
    fn new(text: &str) -> Self {
        Self::from(text)
    }

    #[inline]
    fn as_str(&self) -> &str {
        self
    }
}

impl Grown for CowStr {
    #[inline]
    fn push(&mut self, char: char) {
        self.push(char);
    }

    #[inline]
    fn push_str(&mut self, text: &str) {
        self.push_str(text);
    }
}

impl Sliced for CowStr {
    type Slice = Self;

    #[inline]
    fn slice(&self, from: usize, to: usize) -> Self {
        self.slice(from..to)
    }
}

impl Constant for CowStr {
    #[inline]
    fn constant(text: &'static str) -> Self {
        Self::from_static(text)
    }
}
