//! `rpds::HashTrieMapSync`, a hash array mapped trie with a counted pointer to every entry.

use foldhash::fast::RandomState;
use rpds::HashTrieMapSync;

use crate::map::{Contender, Entry};

impl<T: Entry> Contender<T> for HashTrieMapSync<T, T, RandomState> {
    const NAME: &'static str = "rpds";
    const TITLE: &'static str = "rpds";

    fn new() -> Self {
        Self::new_with_hasher_and_ptr_kind(RandomState::default())
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
