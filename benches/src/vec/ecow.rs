//! `ecow::EcoVec`, one counted block that is cloned whole on the first write after a snapshot.

use std::iter;
use std::mem::needs_drop;

use ecow::EcoVec;

use super::{Chunked, Contender, Spliced};
use crate::element::Element;

impl<T: Element> Contender<T> for EcoVec<T> {
    const NAME: &'static str = "ecow";
    const TITLE: &'static str = "ecow";

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
        &mut self.make_mut()[index]
    }

    #[inline]
    fn iter(&self) -> impl Iterator<Item = &T> {
        self.as_slice().iter()
    }
}

impl<T: Element> Chunked<T> for EcoVec<T> {
    #[inline]
    fn chunks(&self) -> impl Iterator<Item = &[T]> {
        iter::once(self.as_slice())
    }
}

/// `EcoVec` moves elements one by one, but clones plain ones all at once.
impl<T: Element> Spliced<T> for EcoVec<T> {
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
        if needs_drop::<T>() {
            return self.drain(index..).collect();
        }
        let tail = Self::from(&self[index..]);
        self.truncate(index);
        tail
    }

    #[inline]
    fn append(&mut self, tail: Self) {
        if needs_drop::<T>() {
            self.extend(tail);
        } else {
            self.extend_from_slice(&tail);
        }
    }
}
