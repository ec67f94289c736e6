//! The vectors: what a contender must offer, who they are, and what they are asked to do.
//!
//! [`Contender`] is what all of them can do. [`Chunked`] and [`Spliced`] are for those that can do
//! more; work that needs them is not done by a contender that lacks them. [`work`] lists all of
//! it, and [`SUITE`] puts everything together.

mod arc_make_mut;
mod cow;
mod ecow;
mod imbl;
mod jobs;
mod rpds;
mod stage;
mod std_clone;
pub mod work;

use std::sync::Arc;

use ::ecow::EcoVec;
use ::imbl::Vector;
use ::rpds::VectorSync;
use cow_collections::CowVec;

use crate::element::Element;
use crate::suite::{Kind, Lane, Noun, Suite, lane};
use stage::Stage;

/// The comparison of vectors.
pub static SUITE: Suite = Suite {
    name: "vec",
    title: "CowVec",
    noun: Noun {
        one: "element",
        many: "elements",
    },
    peers: ["std_clone", "imbl"],
    works: work::ALL,
    highlights: &[work::SNAPSHOT, work::SNAPSHOT_WRITE, work::GET_RANDOM],
    kinds: &[&NUMBERS, &STRINGS],
    notes: &[
        "Random indices cost about a nanosecond each, and that is part of the times.",
        "Vec takes a snapshot by cloning every element; Arc<Vec> and ecow clone every element on \
         the first write after it. rpds has neither slices nor edits in the middle.",
    ],
};

/// Plain values.
pub static NUMBERS: Kind = Kind {
    name: "u64",
    suffix: "",
    bytes_per_element: 160,
    lanes: lanes::<u64>,
};

/// Values that own memory: strings of 16 to 24 bytes.
pub static STRINGS: Kind = Kind {
    name: "String",
    suffix: "_string",
    bytes_per_element: 600,
    lanes: lanes::<String>,
};

/// A vector under test. `Clone` is how it takes a snapshot, whatever that costs.
///
/// Each call goes to the contender's best way of doing it: in place where it can, and without a
/// copy that the contender would not need.
pub trait Contender<T: Element>: Clone + 'static {
    /// The contender in benchmark names.
    const NAME: &'static str;

    /// The contender in tables and plots.
    const TITLE: &'static str;

    /// Returns an empty vector, without capacity.
    fn new() -> Self;

    /// Returns a vector of these elements.
    fn collect(elements: impl ExactSizeIterator<Item = T>) -> Self;

    /// Appends one element.
    fn push(&mut self, value: T);

    /// Drops the last element.
    fn pop(&mut self);

    /// Returns the element at `index`, which exists.
    fn get(&self, index: usize) -> &T;

    /// Returns the element at `index`, which exists, for writing in place.
    fn get_mut(&mut self, index: usize) -> &mut T;

    /// Returns all elements in order.
    fn iter(&self) -> impl Iterator<Item = &T>;
}

/// A vector that shows its elements as contiguous slices.
pub trait Chunked<T: Element>: Contender<T> {
    /// Returns slices that hold all elements in order.
    fn chunks(&self) -> impl Iterator<Item = &[T]>;
}

/// A vector that can be edited in the middle, cut and joined.
pub trait Spliced<T: Element>: Contender<T> {
    /// Inserts an element before `index`.
    fn insert(&mut self, index: usize, value: T);

    /// Removes and returns the element at `index`, which exists.
    fn remove(&mut self, index: usize) -> T;

    /// Cuts the vector at `index` and returns the part from there on.
    fn split_off(&mut self, index: usize) -> Self;

    /// Joins `tail` to the end.
    fn append(&mut self, tail: Self);
}

/// Returns all contenders, each with a vector of the same `len` elements.
///
/// The eager clone comes second, right after the vector that the others are compared with.
fn lanes<T: Element>(len: usize) -> Vec<Box<dyn Lane>> {
    let every = [
        lane(
            Stage::<T, CowVec<T>>::new(len),
            [jobs::every(), jobs::chunked(), jobs::spliced()],
        ),
        lane(
            Stage::<T, Vec<T>>::new(len),
            [jobs::every(), jobs::chunked(), jobs::spliced()],
        ),
        lane(
            Stage::<T, Arc<Vec<T>>>::new(len),
            [jobs::every(), jobs::chunked(), jobs::spliced()],
        ),
        lane(
            Stage::<T, Vector<T>>::new(len),
            [jobs::every(), jobs::chunked(), jobs::spliced()],
        ),
        lane(Stage::<T, VectorSync<T>>::new(len), [jobs::every()]),
        lane(
            Stage::<T, EcoVec<T>>::new(len),
            [jobs::every(), jobs::chunked(), jobs::spliced()],
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
        suite::assert_all_work_is_done(&SUITE, 4);
    }

    #[test]
    fn writing_and_editing_change_the_checksum() {
        for work in [work::WRITE, work::SNAPSHOT_WRITE, work::INSERT_REMOVE] {
            for mut lane in lanes::<u64>(1000) {
                let before = lane.checksum();
                if lane.run(work, 10).is_some() {
                    assert_ne!(lane.checksum(), before, "{} after {work:?}", lane.name());
                }
            }
        }
    }
}
