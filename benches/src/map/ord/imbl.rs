//! `imbl::OrdMap`, a B+tree, here over `triomphe`'s pointers.

use std::mem;

use imbl::OrdMap;

use crate::map::{Cut, Diffed, Entry, Ordered};

named_as_std!(OrdMap<T, T>, "imbl", "imbl");

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
