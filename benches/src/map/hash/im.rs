//! `im::HashMap`, a hash array mapped trie, from which `imbl` descends.

use foldhash::fast::RandomState;
use im::HashMap;

use crate::map::{Contender, Entry};

impl<T: Entry> Contender<T> for HashMap<T, T, RandomState> {
    const NAME: &'static str = "im";
    const TITLE: &'static str = "im";

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
