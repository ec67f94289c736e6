//! `Vec`, whose snapshot is an eager clone of every element.

use std::iter;

use super::{Chunked, Contender, Spliced};
use crate::element::Element;

impl<T: Element> Contender<T> for Vec<T> {
    const NAME: &'static str = "std_clone";
    const TITLE: &'static str = "Vec";

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
        self.as_slice().iter()
    }
}

impl<T: Element> Chunked<T> for Vec<T> {
    #[inline]
    fn chunks(&self) -> impl Iterator<Item = &[T]> {
        iter::once(self.as_slice())
    }
}

impl<T: Element> Spliced<T> for Vec<T> {
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
