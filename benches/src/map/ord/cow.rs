//! `CowOrdMap`: snapshots in constant time, writes that copy one path.

use cow_collections::CowOrdMap;

use crate::map::{Contender, Cut, Diffed, Entry, Ordered};

impl<T: Entry> Contender<T> for CowOrdMap<T, T> {
    const NAME: &'static str = "cow";
    const TITLE: &'static str = "CowOrdMap";

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

impl<T: Entry> Diffed<T> for CowOrdMap<T, T> {
    fn changes(&self, old: &Self) -> usize {
        self.diff(old).len()
    }
}

impl<T: Entry> Ordered<T> for CowOrdMap<T, T> {
    #[inline]
    fn range_from<'a>(&'a self, key: &'a T) -> impl Iterator<Item = (&'a T, &'a T)> {
        self.range(key..)
    }
}

impl<T: Entry> Cut<T> for CowOrdMap<T, T> {
    #[inline]
    fn split_off(&mut self, key: &T) -> Self {
        self.split_off(key)
    }

    #[inline]
    fn append(&mut self, mut tail: Self) {
        self.append(&mut tail);
    }
}
