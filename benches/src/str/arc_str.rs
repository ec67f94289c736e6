//! `Arc<str>`.

use std::sync::Arc;

use super::Contender;

impl Contender for Arc<str> {
    const NAME: &'static str = "arc";
    const TITLE: &'static str = "Arc<str>";

    #[inline]
    fn new(text: &str) -> Self {
        Self::from(text)
    }

    #[inline]
    fn as_str(&self) -> &str {
        self
    }
}
