//! `BTreeMap`, whose snapshot is an eager clone of every entry.

use std::collections::BTreeMap;

use crate::map::{Cut, Diffed, Entry, Ordered, changes_by_look_up};

named_as_std!(BTreeMap<T, T>, "std_clone", "BTreeMap");

impl<T: Entry> Diffed<T> for BTreeMap<T, T> {
    fn changes(&self, old: &Self) -> usize {
        changes_by_look_up(self, old)
    }
}

impl<T: Entry> Ordered<T> for BTreeMap<T, T> {
    #[inline]
    fn range_from<'a>(&'a self, key: &'a T) -> impl Iterator<Item = (&'a T, &'a T)> {
        self.range(key..)
    }
}

impl<T: Entry> Cut<T> for BTreeMap<T, T> {
    #[inline]
    fn split_off(&mut self, key: &T) -> Self {
        self.split_off(key)
    }

    #[inline]
    fn append(&mut self, mut tail: Self) {
        self.append(&mut tail);
    }
}
