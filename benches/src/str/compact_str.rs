//! `compact_str::CompactString`: inline up to 24 bytes, cloned eagerly above.

use compact_str::CompactString;

use super::{Constant, Contender, Grown};

impl Contender for CompactString {
    const NAME: &'static str = "compact_str";
    const TITLE: &'static str = "compact_str";

    #[inline]
    fn new(text: &str) -> Self {
        Self::from(text)
    }

    #[inline]
    fn as_str(&self) -> &str {
        self
    }
}

impl Grown for CompactString {
    #[inline]
    fn push(&mut self, char: char) {
        self.push(char);
    }

    #[inline]
    fn push_str(&mut self, text: &str) {
        self.push_str(text);
    }
}

impl Constant for CompactString {
    #[inline]
    fn constant(text: &'static str) -> Self {
        Self::const_new(text)
    }
}
