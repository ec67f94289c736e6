//! `hashbrown::HashMap`, whose snapshot is an eager clone of every entry.

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use crate::map::{Contender, Diffed, Entry, changes_by_look_up};

impl<T: Entry> Contender<T> for HashMap<T, T, RandomState> {
    const NAME: &'static str = "hashbrown";
    const TITLE: &'static str = "hashbrown";

    fn new() -> Self {
        Self::default()
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

impl<T: Entry> Diffed<T> for HashMap<T, T, RandomState> {
    fn changes(&self, old: &Self) -> usize {
        changes_by_look_up(self, old)
    }
}
