//! `String`, which is cloned eagerly.

use super::{Contender, Grown};

impl Contender for String {
    const NAME: &'static str = "std_clone";
    const TITLE: &'static str = "String";

    #[inline]
    fn new(text: &str) -> Self {
        Self::from(text)
    }

    #[inline]
    fn as_str(&self) -> &str {
        self
    }
}

impl Grown for String {
    #[inline]
    fn push(&mut self, char: char) {
        self.push(char);
    }

    #[inline]
    fn push_str(&mut self, text: &str) {
        self.push_str(text);
    }
}
