//! `CowVec`: snapshots in constant time, writes that copy one path.

use cow_collections::CowVec;

use super::{Chunked, Contender, Spliced};
use crate::element::Element;

impl<T: Element> Contender<T> for CowVec<T> {
    const NAME: &'static str = "cow";
    const TITLE: &'static str = "CowVec";

    fn new() -> Self {
        Self::new()
    }

    #[inline]
    fn collect(elements: impl ExactSizeIterator<Item = T>) -> Self {
        elements.collect()
    }

    #[inline]
    fn push(&mut self, value: T) {
        self.push(value);
    }

    #[inline]
    fn pop(&mut self) {
        self.pop();
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

impl<T: Element> Chunked<T> for CowVec<T> {
    #[inline]
    fn chunks(&self) -> impl Iterator<Item = &[T]> {
        self.chunks()
    }
}

impl<T: Element> Spliced<T> for CowVec<T> {
    #[inline]
    fn insert(&mut self, index: usize, value: T) {
        self.insert(index, value);
    }

    #[inline]
    fn remove(&mut self, index: usize) -> T {
        self.remove(index)
    }

    #[inline]
    fn split_off(&mut self, index: usize) -> Self {
        self.split_off(index)
    }

    #[inline]
    fn append(&mut self, mut tail: Self) {
        self.append(&mut tail);
    }
}
