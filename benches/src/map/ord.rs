//! Maps in the order of their keys.

mod chunkmap;
mod cow;
mod im;
mod imbl;
mod rpds;
mod std_clone;

use std::collections::BTreeMap;

use ::imbl::OrdMap;
use ::rpds::RedBlackTreeMapSync;
use cow_collections::CowOrdMap;
use immutable_chunkmap::map::MapM;

use super::deck::Deck;
use super::stage::Stage;
use super::{Entry, jobs, work};
use crate::suite::{Kind, Lane, Noun, Suite, lane};

/// The comparison.
pub static SUITE: Suite = Suite {
    name: "ord_map",
    title: "CowOrdMap",
    noun: Noun {
        one: "entry",
        many: "entries",
    },
    peers: ["std_clone", "imbl"],
    works: work::ORD,
    highlights: &[work::SNAPSHOT, work::SNAPSHOT_WRITE, work::HIT],
    kinds: &[&NUMBERS, &STRINGS],
    notes: &[
        "The arena asks the system for huge pages, which the allocator of the others does not.",
        "Keys are inserted, asked for, written and removed in random order. They and the values \
         that go in are made beforehand, outside the times.",
        "BTreeMap takes a snapshot by cloning every entry, and finds the changes between two \
         versions by looking every entry up. rpds and chunkmap have no call for that.",
        "To cut and join, imbl splits into two new maps, and unites two; im does the same in the \
         same way and is left out, and rpds and chunkmap have no call for it.",
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
/// The eager clone comes after the map that the others are compared with.
fn lanes<T: Entry>(len: usize) -> Vec<Box<dyn Lane>> {
    let deck = &Deck::<T>::new(len);
    let every = [
        lane(
            Stage::<T, CowOrdMap<T, T>>::new(deck),
            [jobs::every(), jobs::diffed(), jobs::ordered(), jobs::cut()],
        ),
        lane(
            Stage::<T, BTreeMap<T, T>>::new(deck),
            [jobs::every(), jobs::diffed(), jobs::ordered(), jobs::cut()],
        ),
        lane(
            Stage::<T, OrdMap<T, T>>::new(deck),
            [jobs::every(), jobs::diffed(), jobs::ordered(), jobs::cut()],
        ),
        lane(
            Stage::<T, RedBlackTreeMapSync<T, T>>::new(deck),
            [jobs::every(), jobs::ordered()],
        ),
        lane(
            Stage::<T, ::im::OrdMap<T, T>>::new(deck),
            [jobs::every(), jobs::diffed(), jobs::ordered()],
        ),
        lane(
            Stage::<T, MapM<T, T>>::new(deck),
            [jobs::every(), jobs::ordered()],
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
