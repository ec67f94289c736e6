//! Sets by hash.

use std::collections;

use cow_collections::CowHashSet;
use foldhash::fast::RandomState;
use hashbrown::HashSet;
use imbl::GenericHashSet;
use imbl::shared_ptr::DefaultSharedPtr;

use super::{Stage, jobs, work};
use crate::map::Entry;
use crate::suite::{Kind, Lane, Noun, Suite, lane};

/// The comparison.
pub static SUITE: Suite = Suite {
    name: "hash_set",
    title: "CowHashSet",
    noun: Noun {
        one: "value",
        many: "values",
    },
    peers: ["hashbrown", "imbl"],
    works: work::ALL,
    highlights: &[work::UNION_NEAR, work::UNION_FAR, work::EQUAL],
    kinds: &[&NUMBERS],
    notes: &[
        "All sets hash with foldhash, each with a seed of its own but for versions of one set.",
        "The sets that are made of two are dropped within the times.",
    ],
};

/// Plain values.
pub static NUMBERS: Kind = Kind {
    name: "u64",
    suffix: "",
    bytes_per_element: 1500,
    lanes: lanes::<u64>,
};

/// Returns all contenders, each with the same sets.
fn lanes<T: Entry>(len: usize) -> Vec<Box<dyn Lane>> {
    let every = [
        lane(Stage::<T, CowHashSet<T>>::new(len), [jobs()]),
        lane(Stage::<T, HashSet<T, RandomState>>::new(len), [jobs()]),
        lane(
            Stage::<T, collections::HashSet<T, RandomState>>::new(len),
            [jobs()],
        ),
        lane(Stage::<T, ImblSet<T>>::new(len), [jobs()]),
        lane(Stage::<T, im::HashSet<T, RandomState>>::new(len), [jobs()]),
    ];
    every.into()
}

contender!(CowHashSet<T>, "cow", "CowHashSet", by_operator);

contender!(HashSet<T, RandomState>, "hashbrown", "hashbrown", by_operator);

contender!(collections::HashSet<T, RandomState>, "std_clone", "HashSet", by_operator);

type ImblSet<T> = GenericHashSet<T, RandomState, DefaultSharedPtr>;

contender!(ImblSet<T>, "imbl", "imbl", by_value);

contender!(im::HashSet<T, RandomState>, "im", "im", by_value);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite;

    #[test]
    fn all_contenders_do_the_same_work() {
        suite::assert_same_work(&SUITE);
        suite::assert_all_work_is_done(&SUITE, 4);
    }
}
