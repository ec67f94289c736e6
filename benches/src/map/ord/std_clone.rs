//! `BTreeMap`, whose snapshot is an eager clone of every entry.

use std::collections::BTreeMap;

use crate::map::{Contender, Cut, Diffed, Entry, Ordered, changes_by_look_up};

impl<T: Entry> Contender<T> for BTreeMap<T, T> {
    const NAME: &'static str = "std_clone";
    const TITLE: &'static str = "BTreeMap";

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
