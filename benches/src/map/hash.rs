//! Maps by hash.

mod cow;
mod hashbrown;
mod im;
mod imbl;
mod rpds;
mod std_clone;

use std::collections;

use ::hashbrown::HashMap;
use ::rpds::HashTrieMapSync;
use cow_collections::CowHashMap;
use foldhash::fast::RandomState;

use super::deck::Deck;
use super::growth::{self, Growth};
use super::stage::Stage;
use super::{Entry, jobs, work};
use crate::suite::{Kind, Lane, Noun, Suite, lane};

/// The comparison.
pub static SUITE: Suite = Suite {
    name: "hash_map",
    title: "CowHashMap",
    noun: Noun {
        one: "entry",
        many: "entries",
    },
    peers: ["hashbrown", "imbl"],
    works: work::HASH,
    highlights: &[work::SNAPSHOT, work::SNAPSHOT_WRITE, work::HIT],
    kinds: &[&NUMBERS, &GROWING_NUMBERS, &STRINGS],
    notes: &[
        "All maps hash with foldhash, each with a seed of its own.",
        "The arena asks the system for huge pages, which the allocator of the others does not.",
        "Keys are asked for, written and removed in random order, another one than that in which \
         they were inserted. They and the values that go in are made beforehand, outside the times.",
        "hashbrown and HashMap take a snapshot by cloning every entry, and find the changes \
         between two versions by looking every entry up. imbl, rpds and im have no call for that.",
        "Single inserts are timed on a map that grows to its size from nothing.",
    ],
};

/// Plain keys and values.
pub static NUMBERS: Kind = Kind {
    name: "u64",
    suffix: "",
    bytes_per_element: 700,
    lanes: lanes::<u64>,
};

/// Keys and values that own memory: strings of 16 to 24 bytes.
pub static STRINGS: Kind = Kind {
    name: "String",
    suffix: "_string",
    bytes_per_element: 1800,
    lanes: lanes::<String>,
};

/// Returns all contenders, each with a map of the same `len` entries.
///
/// The eager clones come after the map that the others are compared with.
fn lanes<T: Entry>(len: usize) -> Vec<Box<dyn Lane>> {
    let deck = &Deck::<T>::new(len);
    let every = [
        lane(
            Stage::<T, CowHashMap<T, T>>::new(deck),
            [jobs::every(), jobs::diffed()],
        ),
        lane(
            Stage::<T, HashMap<T, T, RandomState>>::new(deck),
            [jobs::every(), jobs::diffed()],
        ),
        lane(
            Stage::<T, collections::HashMap<T, T, RandomState>>::new(deck),
            [jobs::every(), jobs::diffed()],
        ),
        lane(Stage::<T, imbl::HashMap<T>>::new(deck), [jobs::every()]),
        lane(
            Stage::<T, HashTrieMapSync<T, T, RandomState>>::new(deck),
            [jobs::every()],
        ),
        lane(
            Stage::<T, ::im::HashMap<T, T, RandomState>>::new(deck),
            [jobs::every()],
        ),
    ];
    every.into()
}

/// Plain keys and values, inserted one by one into maps that grow from nothing.
pub static GROWING_NUMBERS: Kind = Kind {
    name: "u64",
    suffix: "",
    bytes_per_element: 120,
    lanes: growing,
};

fn growing(len: usize) -> Vec<Box<dyn Lane>> {
    let every = [
        lane(
            Growth::<u64, CowHashMap<u64, u64>>::new(len),
            [growth::jobs()],
        ),
        lane(
            Growth::<u64, HashMap<u64, u64, RandomState>>::new(len),
            [growth::jobs()],
        ),
    ];
    every.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite;

    #[test]
    fn all_contenders_do_the_same_work() {
        suite::assert_same_work(&SUITE);
        suite::assert_all_work_is_done(&SUITE, 2);
    }
}
