//! `imbl::Vector`, an RRB tree, here over `triomphe`'s pointers.

use imbl::Vector;

use super::{Chunked, Contender, Spliced};
use crate::element::Element;

impl<T: Element> Contender<T> for Vector<T> {
    const NAME: &'static str = "imbl";
    const TITLE: &'static str = "imbl";

    fn new() -> Self {
        Self::new()
    }

    #[inline]
    fn collect(elements: impl ExactSizeIterator<Item = T>) -> Self {
        elements.collect()
    }

    #[inline]
    fn push(&mut self, value: T) {
        self.push_back(value);
    }

    #[inline]
    fn pop(&mut self) {
        self.pop_back();
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

impl<T: Element> Chunked<T> for Vector<T> {
    #[inline]
    fn chunks(&self) -> impl Iterator<Item = &[T]> {
        self.leaves()
    }
}

impl<T: Element> Spliced<T> for Vector<T> {
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
    fn append(&mut self, tail: Self) {
        self.append(tail);
    }
}
