//! `CowHashMap`: snapshots in constant time, writes that copy one path.

use cow_collections::CowHashMap;

use crate::map::{Contender, Diffed, Entry};

impl<T: Entry> Contender<T> for CowHashMap<T, T> {
    const NAME: &'static str = "cow";
    const TITLE: &'static str = "CowHashMap";

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

impl<T: Entry> Diffed<T> for CowHashMap<T, T> {
    fn changes(&self, old: &Self) -> usize {
        self.diff(old).len()
    }
}
