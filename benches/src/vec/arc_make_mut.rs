//! `Arc<Vec>`, which clones every element on the first write after a snapshot.

use std::iter;
use std::sync::Arc;

use super::{Chunked, Contender, Spliced};
use crate::element::Element;

impl<T: Element> Contender<T> for Arc<Vec<T>> {
    const NAME: &'static str = "arc_make_mut";
    const TITLE: &'static str = "Arc<Vec>";

    fn new() -> Self {
        Self::default()
    }

    #[inline]
    fn collect(elements: impl ExactSizeIterator<Item = T>) -> Self {
        Self::new(elements.collect())
    }

    #[inline]
    fn push(&mut self, value: T) {
        Self::make_mut(self).push(value);
    }

    #[inline]
    fn pop(&mut self) {
        Self::make_mut(self).pop();
    }

    #[inline]
    fn get(&self, index: usize) -> &T {
        &self[index]
    }

    #[inline]
    fn get_mut(&mut self, index: usize) -> &mut T {
        &mut Self::make_mut(self)[index]
    }

    #[inline]
    fn iter(&self) -> impl Iterator<Item = &T> {
        self.as_slice().iter()
    }
}

impl<T: Element> Chunked<T> for Arc<Vec<T>> {
    #[inline]
    fn chunks(&self) -> impl Iterator<Item = &[T]> {
        iter::once(self.as_slice())
    }
}

impl<T: Element> Spliced<T> for Arc<Vec<T>> {
    #[inline]
    fn insert(&mut self, index: usize, value: T) {
        Self::make_mut(self).insert(index, value);
    }

    #[inline]
    fn remove(&mut self, index: usize) -> T {
        Self::make_mut(self).remove(index)
    }

    #[inline]
    fn split_off(&mut self, index: usize) -> Self {
        Self::new(Self::make_mut(self).split_off(index))
    }

    #[inline]
    fn append(&mut self, tail: Self) {
        Self::make_mut(self).append(&mut Self::unwrap_or_clone(tail));
    }
}
