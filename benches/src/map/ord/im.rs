//! `im::OrdMap`, a B-tree, from which `imbl` descends.

use im::OrdMap;

use crate::map::{Contender, Diffed, Entry, Ordered};

impl<T: Entry> Contender<T> for OrdMap<T, T> {
    const NAME: &'static str = "im";
    const TITLE: &'static str = "im";

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
        self.range(key..)
    }
}
