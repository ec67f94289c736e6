//! `hashbrown::HashMap`, whose snapshot is an eager clone of every entry.

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use crate::map::{Diffed, Entry, changes_by_look_up};

named_as_std!(HashMap<T, T, RandomState>, "hashbrown", "hashbrown");

impl<T: Entry> Diffed<T> for HashMap<T, T, RandomState> {
    fn changes(&self, old: &Self) -> usize {
        changes_by_look_up(self, old)
    }
}
