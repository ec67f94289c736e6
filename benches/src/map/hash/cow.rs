//! `CowHashMap`: snapshots in constant time, writes that copy one path.

use cow_collections::CowHashMap;

use crate::map::{Diffed, Entry};

named_as_std!(CowHashMap<T, T>, "cow", "CowHashMap");

impl<T: Entry> Diffed<T> for CowHashMap<T, T> {
    fn changes(&self, old: &Self) -> usize {
        self.diff(old).len()
    }
}
