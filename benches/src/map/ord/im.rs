//! `im::OrdMap`, a B-tree, from which `imbl` descends.

use im::OrdMap;

use crate::map::{Diffed, Entry, Ordered};

named_as_std!(OrdMap<T, T>, "im", "im");

impl<T: Entry> Diffed<T> for OrdMap<T, T> {
    fn changes(&self, old: &Self) -> usize {
        old.diff(self).count()
    }
}

impl<T: Entry> Ordered<T> for OrdMap<T, T> {
    #[inline]
    fn range_from<'a>(&'a self, key: &'a T) -> impl Iterator<Item = (&'a T, &'a T)> {
        self.range(key..)
    }
}
