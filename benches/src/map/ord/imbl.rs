//! `imbl::OrdMap`, a B+tree, here over `triomphe`'s pointers.

use std::mem;

use imbl::OrdMap;

use crate::map::{Contender, Cut, Diffed, Entry, Ordered};

impl<T: Entry> Contender<T> for OrdMap<T, T> {
    const NAME: &'static str = "imbl";
    const TITLE: &'static str = "imbl";

    fn new() -> Self {
        Self::new()
    }

    #[inline]
    fn insert(&mut self, key: T, value: T) {
        self.insert(key, value);
    }

    #[inline]
    fn remove(&mut self, key: &T) {
        self.remove(key);
    }

    #[inline]
    fn get(&self, key: &T) -> Option<&T> {
        self.get(key)
    }

    #[inline]
    fn iter(&self) -> impl Iterator<Item = (&T, &T)> {
        self.iter()
    }
}

impl<T: Entry> Diffed<T> for OrdMap<T, T> {
    fn changes(&self, old: &Self) -> usize {
        old.diff(self).count()
    }
}

impl<T: Entry> Ordered<T> for OrdMap<T, T> {
    #[inline]
    fn range_from<'a>(&'a self, key: &'a T) -> impl Iterator<Item = (&'a T, &'a T)> {
        self.range::<_, T>(key..)
    }
}

impl<T: Entry> Cut<T> for OrdMap<T, T> {
    fn split_off(&mut self, key: &T) -> Self {
        let (head, value, mut tail) = self.split_lookup(key);
        if let Some(value) = value {
            tail.insert(key.clone(), value);
        }
        *self = head;
        tail
    }

    fn append(&mut self, tail: Self) {
        *self = mem::take(self).union(tail);
    }
}
