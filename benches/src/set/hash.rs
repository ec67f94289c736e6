//! Sets by hash.

use std::collections;

use cow_collections::CowHashSet;
use foldhash::fast::RandomState;
use hashbrown::HashSet;
use imbl::GenericHashSet;
use imbl::shared_ptr::DefaultSharedPtr;

use super::{Contender, Stage, jobs, work};
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

impl<T: Entry> Contender<T> for CowHashSet<T> {
    const NAME: &'static str = "cow";
    const TITLE: &'static str = "CowHashSet";

    fn new() -> Self {
        Self::new()
    }

    fn insert(&mut self, value: T) {
        self.insert(value);
    }

    fn union(&self, other: &Self) -> Self {
        self | other
    }

    fn intersection(&self, other: &Self) -> Self {
        self & other
    }

    fn difference(&self, other: &Self) -> Self {
        self - other
    }

    fn iter(&self) -> impl Iterator<Item = &T> {
        self.iter()
    }
}

impl<T: Entry> Contender<T> for HashSet<T, RandomState> {
    const NAME: &'static str = "hashbrown";
    const TITLE: &'static str = "hashbrown";

    fn new() -> Self {
        Self::default()
    }

    fn insert(&mut self, value: T) {
        self.insert(value);
    }

    fn union(&self, other: &Self) -> Self {
        self | other
    }

    fn intersection(&self, other: &Self) -> Self {
        self & other
    }

    fn difference(&self, other: &Self) -> Self {
        self - other
    }

    fn iter(&self) -> impl Iterator<Item = &T> {
        self.iter()
    }
}

impl<T: Entry> Contender<T> for collections::HashSet<T, RandomState> {
    const NAME: &'static str = "std_clone";
    const TITLE: &'static str = "HashSet";

    fn new() -> Self {
        Self::default()
    }

    fn insert(&mut self, value: T) {
        self.insert(value);
    }

    fn union(&self, other: &Self) -> Self {
        self | other
    }

    fn intersection(&self, other: &Self) -> Self {
        self & other
    }

    fn difference(&self, other: &Self) -> Self {
        self - other
    }

    fn iter(&self) -> impl Iterator<Item = &T> {
        self.iter()
    }
}

type ImblSet<T> = GenericHashSet<T, RandomState, DefaultSharedPtr>;

impl<T: Entry> Contender<T> for ImblSet<T> {
    const NAME: &'static str = "imbl";
    const TITLE: &'static str = "imbl";

    fn new() -> Self {
        Self::default()
    }

    fn insert(&mut self, value: T) {
        self.insert(value);
    }

    fn union(&self, other: &Self) -> Self {
        self.clone().union(other.clone())
    }

    fn intersection(&self, other: &Self) -> Self {
        self.clone().intersection(other.clone())
    }

    fn difference(&self, other: &Self) -> Self {
        self.clone().relative_complement(other.clone())
    }

    fn iter(&self) -> impl Iterator<Item = &T> {
        self.iter()
    }
}

impl<T: Entry> Contender<T> for im::HashSet<T, RandomState> {
    const NAME: &'static str = "im";
    const TITLE: &'static str = "im";

    fn new() -> Self {
        Self::default()
    }

    fn insert(&mut self, value: T) {
        self.insert(value);
    }

    fn union(&self, other: &Self) -> Self {
        self.clone().union(other.clone())
    }

    fn intersection(&self, other: &Self) -> Self {
        self.clone().intersection(other.clone())
    }

    fn difference(&self, other: &Self) -> Self {
        self.clone().relative_complement(other.clone())
    }

    fn iter(&self) -> impl Iterator<Item = &T> {
        self.iter()
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
