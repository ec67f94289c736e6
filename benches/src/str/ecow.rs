//! `ecow::EcoString`: inline up to 15 bytes, counted above.

use ecow::EcoString;

use super::{Contender, Grown};

impl Contender for EcoString {
    const NAME: &'static str = "ecow";
    const TITLE: &'static str = "ecow";

    #[inline]
    fn new(text: &str) -> Self {
        Self::from(text)
    }

    #[inline]
    fn as_str(&self) -> &str {
        self
    }
}

impl Grown for EcoString {
    #[inline]
    fn push(&mut self, char: char) {
        self.push(char);
    }

    #[inline]
    fn push_str(&mut self, text: &str) {
        self.push_str(text);
    }
}
