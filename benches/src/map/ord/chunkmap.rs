//! `immutable_chunkmap::MapM`, an AVL tree of sorted chunks.

use immutable_chunkmap::map::MapM;

use crate::map::{Contender, Entry, Ordered};

impl<T: Entry> Contender<T> for MapM<T, T> {
    const NAME: &'static str = "chunkmap";
    const TITLE: &'static str = "chunkmap";

    fn new() -> Self {
        Self::new()
    }

    #[inline]
    fn insert(&mut self, key: T, value: T) {
        self.insert_cow(key, value);
    }

    #[inline]
    fn remove(&mut self, key: &T) {
        self.remove_cow(key);
    }

    #[inline]
    fn get(&self, key: &T) -> Option<&T> {
        self.get(key)
    }

    #[inline]
    fn iter(&self) -> impl Iterator<Item = (&T, &T)> {
        self.into_iter()
    }
}

impl<T: Entry> Ordered<T> for MapM<T, T> {
    #[inline]
    fn range_from<'a>(&'a self, key: &'a T) -> impl Iterator<Item = (&'a T, &'a T)> {
        self.range::<T, _>(key..)
    }
}
