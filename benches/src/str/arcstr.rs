//! `arcstr::ArcStr`, counted, and its `Substr`.

use arcstr::{ArcStr, Substr};

use super::{Contender, Sliced};

impl Contender for ArcStr {
    const NAME: &'static str = "arcstr";
    const TITLE: &'static str = "arcstr";

    #[inline]
    fn new(text: &str) -> Self {
        Self::from(text)
    }

    #[inline]
    fn as_str(&self) -> &str {
        self
    }
}

impl Sliced for ArcStr {
    type Slice = Substr;

    #[inline]
    fn slice(&self, from: usize, to: usize) -> Substr {
        self.substr(from..to)
    }
}
