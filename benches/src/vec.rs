//! The vectors: what a contender must offer, who they are, and what they are asked to do.
//!
//! [`Contender`] is what all of them can do. [`Chunked`] and [`Spliced`] are for those that can do
//! more; a workload that needs them is not run on a contender that lacks them. [`lanes`] returns
//! all contenders, each filled with the same elements and ready to run any [`Workload`].

mod arc_make_mut;
mod cow;
mod ecow;
mod imbl;
mod jobs;
mod lane;
mod rpds;
mod std_clone;
mod workload;

pub use lane::{Footprint, Lane};
pub use workload::{Phase, Unit, Workload};

use std::sync::Arc;

use ::ecow::EcoVec;
use ::imbl::Vector;
use ::rpds::VectorSync;
use cow_collections::CowVec;

use crate::element::Element;
use lane::Stage;

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

    /// Returns the bytes this kind of vector has copied, and holds, outside the counted heap.
    fn outside_heap() -> OutsideHeap {
        OutsideHeap::default()
    }
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

/// Bytes that the counted heap does not see, since an arena took them in extents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutsideHeap {
    /// Bytes copied so far on writes to shared memory.
    pub copied: u64,
    /// Bytes in use now.
    pub held: u64,
}

/// Returns all contenders, each with a vector of the same `len` elements.
///
/// The eager clone comes second, right after the vector that the others are compared with.
#[must_use]
pub fn lanes<T: Element>(len: usize) -> Vec<Box<dyn Lane>> {
    vec![
        Stage::<T, CowVec<T>>::lane(len, &[jobs::every, jobs::chunked, jobs::spliced]),
        Stage::<T, Vec<T>>::lane(len, &[jobs::every, jobs::chunked, jobs::spliced]),
        Stage::<T, Arc<Vec<T>>>::lane(len, &[jobs::every, jobs::chunked, jobs::spliced]),
        Stage::<T, Vector<T>>::lane(len, &[jobs::every, jobs::chunked, jobs::spliced]),
        Stage::<T, VectorSync<T>>::lane(len, &[jobs::every]),
        Stage::<T, EcoVec<T>>::lane(len, &[jobs::every, jobs::chunked, jobs::spliced]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_contenders_do_the_same_work<T: Element>() {
        for workload in Workload::ALL {
            let mut lanes = lanes::<T>(1000);
            lanes.retain(|lane| lane.offers(workload));
            assert!(
                lanes.len() >= 4,
                "{workload:?} has {} contenders",
                lanes.len()
            );
            let before = lanes[0].checksum();
            let after: Vec<_> = lanes
                .iter_mut()
                .map(|lane| {
                    assert_eq!(
                        lane.checksum(),
                        before,
                        "{} starts differently",
                        lane.name()
                    );
                    assert!(lane.run(workload, 300).is_some());
                    (lane.name(), lane.checksum())
                })
                .collect();
            for (name, checksum) in &after {
                assert_eq!(*checksum, after[1].1, "{name} after {workload:?}");
            }
        }
    }

    #[test]
    fn all_contenders_do_the_same_work_on_numbers() {
        all_contenders_do_the_same_work::<u64>();
    }

    #[test]
    fn all_contenders_do_the_same_work_on_strings() {
        all_contenders_do_the_same_work::<String>();
    }

    #[test]
    fn writing_and_editing_change_the_checksum() {
        let changing = [
            Workload::Write,
            Workload::SnapshotWrite,
            Workload::InsertRemove,
        ];
        for workload in changing {
            for mut lane in lanes::<u64>(1000) {
                let before = lane.checksum();
                if lane.run(workload, 10).is_some() {
                    assert_ne!(
                        lane.checksum(),
                        before,
                        "{} after {workload:?}",
                        lane.name()
                    );
                }
            }
        }
    }
}
