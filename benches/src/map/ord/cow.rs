//! `CowOrdMap`: snapshots in constant time, writes that copy one path.

use cow_collections::CowOrdMap;

use crate::map::{Cut, Diffed, Entry, Ordered};

named_as_std!(CowOrdMap<T, T>, "cow", "CowOrdMap");

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
