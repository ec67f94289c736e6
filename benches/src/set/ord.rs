//! Sets in the order of their values.

use std::collections::BTreeSet;

use cow_collections::CowOrdSet;
use imbl::OrdSet;
use immutable_chunkmap::set::SetM;

use super::{Contender, Stage, jobs, work};
use crate::map::Entry;
use crate::suite::{Kind, Lane, Noun, Suite, lane};

/// The comparison.
pub static SUITE: Suite = Suite {
    name: "ord_set",
    title: "CowOrdSet",
    noun: Noun {
        one: "value",
        many: "values",
    },
    peers: ["std_clone", "imbl"],
    works: work::ALL,
    highlights: &[work::UNION_NEAR, work::UNION_FAR, work::EQUAL],
    kinds: &[&NUMBERS],
    notes: &["The sets that are made of two are dropped within the times."],
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
        lane(Stage::<T, CowOrdSet<T>>::new(len), [jobs()]),
        lane(Stage::<T, BTreeSet<T>>::new(len), [jobs()]),
        lane(Stage::<T, OrdSet<T>>::new(len), [jobs()]),
        lane(Stage::<T, im::OrdSet<T>>::new(len), [jobs()]),
        lane(Stage::<T, SetM<T>>::new(len), [jobs()]),
    ];
    every.into()
}

contender!(CowOrdSet<T>, "cow", "CowOrdSet", by_operator);

contender!(BTreeSet<T>, "std_clone", "BTreeSet", by_operator);

contender!(OrdSet<T>, "imbl", "imbl", by_value);

contender!(im::OrdSet<T>, "im", "im", by_value);

impl<T: Entry> Contender<T> for SetM<T> {
    const NAME: &'static str = "chunkmap";
    const TITLE: &'static str = "chunkmap";

    fn new() -> Self {
        Self::new()
    }

    fn insert(&mut self, value: T) {
        self.insert_cow(value);
    }

    fn union(&self, other: &Self) -> Self {
        self.union(other)
    }

    fn intersection(&self, other: &Self) -> Self {
        self.intersect(other)
    }

    fn difference(&self, other: &Self) -> Self {
        self.diff(other)
    }

    fn iter(&self) -> impl Iterator<Item = &T> {
        self.into_iter()
    }
}

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
