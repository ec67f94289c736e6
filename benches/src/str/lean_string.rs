//! `lean_string::LeanString`: inline up to 16 bytes, counted above.

use lean_string::LeanString;

use super::{Constant, Contender, Grown};

impl Contender for LeanString {
    const NAME: &'static str = "lean_string";
    const TITLE: &'static str = "lean_string";

    #[inline]
    fn new(text: &str) -> Self {
        Self::from(text)
    }

    #[inline]
    fn as_str(&self) -> &str {
        self
    }
}

impl Grown for LeanString {
    #[inline]
    fn push(&mut self, char: char) {
        self.push(char);
    }

    #[inline]
    fn push_str(&mut self, text: &str) {
        self.push_str(text);
    }
}

impl Constant for LeanString {
    #[inline]
    fn constant(text: &'static str) -> Self {
        Self::from_static_str(text)
    }
}
