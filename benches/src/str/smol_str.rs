//! `smol_str::SmolStr`: inline up to 23 bytes, an `Arc<str>` above.

use smol_str::SmolStr;

use super::{Constant, Contender};

impl Contender for SmolStr {
    const NAME: &'static str = "smol_str";
    const TITLE: &'static str = "smol_str";

    #[inline]
    fn new(text: &str) -> Self {
        Self::from(text)
    }

    #[inline]
    fn as_str(&self) -> &str {
        self
    }
}

impl Constant for SmolStr {
    #[inline]
    fn constant(text: &'static str) -> Self {
        Self::new_static(text)
    }
}
