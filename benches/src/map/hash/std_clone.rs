//! std's `HashMap`, whose snapshot is an eager clone of every entry.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::map::{Diffed, Entry, changes_by_look_up};

named_as_std!(HashMap<T, T, RandomState>, "std_clone", "HashMap");

impl<T: Entry> Diffed<T> for HashMap<T, T, RandomState> {
    fn changes(&self, old: &Self) -> usize {
        changes_by_look_up(self, old)
    }
}
