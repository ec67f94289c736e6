//! `imbl::HashMap`, a hash array mapped trie, here over `triomphe`'s pointers.

use foldhash::fast::RandomState;
use imbl::GenericHashMap;
use imbl::shared_ptr::DefaultSharedPtr;

use crate::map::{Contender, Entry};

pub(super) type HashMap<T> = GenericHashMap<T, T, RandomState, DefaultSharedPtr>;

impl<T: Entry> Contender<T> for HashMap<T> {
    const NAME: &'static str = "imbl";
    const TITLE: &'static str = "imbl";

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
