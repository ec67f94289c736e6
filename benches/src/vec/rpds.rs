//! `rpds::VectorSync`, a bitmapped trie with a counted pointer to every element.

use rpds::VectorSync;

use super::Contender;
use crate::element::Element;

impl<T: Element> Contender<T> for VectorSync<T> {
    const NAME: &'static str = "rpds";
    const TITLE: &'static str = "rpds";

    fn new() -> Self {
        Self::new_sync()
    }

    #[inline]
    fn collect(elements: impl ExactSizeIterator<Item = T>) -> Self {
        elements.collect()
    }

    #[inline]
    fn push(&mut self, value: T) {
        self.push_back_mut(value);
    }

    #[inline]
    fn pop(&mut self) {
        self.drop_last_mut();
    }

    #[inline]
    fn get(&self, index: usize) -> &T {
        &self[index]
    }

    #[inline]
    fn get_mut(&mut self, index: usize) -> &mut T {
        &mut self[index]
    }

    #[inline]
    fn iter(&self) -> impl Iterator<Item = &T> {
        self.iter()
    }
}
