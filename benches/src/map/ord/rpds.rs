//! `rpds::RedBlackTreeMapSync`, a binary tree with a counted pointer to every entry.

use rpds::RedBlackTreeMapSync;

use crate::map::{Contender, Entry, Ordered};

impl<T: Entry> Contender<T> for RedBlackTreeMapSync<T, T> {
    const NAME: &'static str = "rpds";
    const TITLE: &'static str = "rpds";

    fn new() -> Self {
        Self::new_sync()
    }

    #[inline]
    fn insert(&mut self, key: T, value: T) {
        self.insert_mut(key, value);
    }

    #[inline]
    fn remove(&mut self, key: &T) {
        self.remove_mut(key);
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

impl<T: Entry> Ordered<T> for RedBlackTreeMapSync<T, T> {
    #[inline]
    fn range_from<'a>(&'a self, key: &'a T) -> impl Iterator<Item = (&'a T, &'a T)> {
        self.range(key..)
    }
}
