//! The sets: what is made of two of them.
//!
//! A set is a map without values, and what one value costs the suites of [`map`](crate::map) tell.
//! What is left is what takes two sets: two versions of one, which have nearly everything in common
//! (*near*), and two that never knew of each other (*far*). [`hash`] and [`ord`] are the suites.

/// Makes a contender of a set. What is made of two sets is made by std's operators, or by calls that take
/// both.
macro_rules! contender {
    ($set:ty, $name:literal, $title:literal, by_operator) => {
        contender!($set, $name, $title, |a, b| a | b, |a, b| a & b, |a, b| a
            - b);
    };
    ($set:ty, $name:literal, $title:literal, by_value) => {
        contender!(
            $set,
            $name,
            $title,
            |a, b| a.clone().union(b.clone()),
            |a, b| a.clone().intersection(b.clone()),
            |a, b| a.clone().relative_complement(b.clone())
        );
    };
    ($set:ty, $name:literal, $title:literal, $union:expr, $intersection:expr, $difference:expr) => {
        impl<T: $crate::map::Entry> $crate::set::Contender<T> for $set {
            const NAME: &'static str = $name;
            const TITLE: &'static str = $title;

            fn new() -> Self {
                Self::default()
            }

            fn insert(&mut self, value: T) {
                self.insert(value);
            }

            fn union(&self, other: &Self) -> Self {
                let union: fn(&Self, &Self) -> Self = $union;
                union(self, other)
            }

            fn intersection(&self, other: &Self) -> Self {
                let intersection: fn(&Self, &Self) -> Self = $intersection;
                intersection(self, other)
            }

            fn difference(&self, other: &Self) -> Self {
                let difference: fn(&Self, &Self) -> Self = $difference;
                difference(self, other)
            }

            fn iter(&self) -> impl Iterator<Item = &T> {
                self.iter()
            }
        }
    };
}

pub mod hash;
pub mod ord;
pub mod work;

use std::hint::black_box;
use std::marker::PhantomData;
use std::ops::Range;
use std::time::Duration;

use crate::clock::Stopwatch;
use crate::element::scattered;
use crate::map::Entry;
use crate::suite::Job::Timed;
use crate::suite::{self, Jobs};

/// A set under test. `Clone` is how it takes a snapshot.
pub trait Contender<T: Entry>: Clone + PartialEq + 'static {
    /// The contender in benchmark names.
    const NAME: &'static str;

    /// The contender in tables and plots.
    const TITLE: &'static str;

    /// Returns an empty set.
    fn new() -> Self;

    /// Inserts a value.
    fn insert(&mut self, value: T);

    /// Returns the values that are in either set.
    fn union(&self, other: &Self) -> Self;

    /// Returns the values that are in both sets.
    fn intersection(&self, other: &Self) -> Self;

    /// Returns the values of this set that are not in the other.
    fn difference(&self, other: &Self) -> Self;

    /// Returns all values.
    fn iter(&self) -> impl Iterator<Item = &T>;
}

/// The values that two versions do not have in common, half of them in each.
const CHANGES: u64 = 100;

/// Three sets of one contender.
struct Stage<T, C> {
    set: C,
    /// Another version of the set.
    near: C,
    /// A set made apart, with half of the set's values.
    far: C,
    sum: u64,
    value: PhantomData<T>,
}

impl<T: Entry, C: Contender<T>> Stage<T, C> {
    fn new(len: usize) -> Self {
        let len = len as u64;
        let of = |mut set: C, seeds: Range<u64>| {
            for seed in seeds {
                set.insert(scattered(seed));
            }
            set
        };
        let common = of(C::new(), 0..len - CHANGES / 2);
        Self {
            set: of(common.clone(), len - CHANGES / 2..len),
            near: of(common, len..len + CHANGES / 2),
            far: of(C::new(), len / 2..len + len / 2),
            sum: 0,
            value: PhantomData,
        }
    }
}

fn jobs<T: Entry, C: Contender<T>>() -> Jobs<Stage<T, C>> {
    vec![
        (
            work::EQUAL,
            Timed(|stage, iters| {
                let same = stage.set.clone();
                timed(iters, || {
                    assert!(*black_box(&stage.set) == *black_box(&same));
                })
            }),
        ),
        (
            work::UNION_NEAR,
            Timed(|stage, iters| made(stage, iters, |stage| stage.set.union(&stage.near))),
        ),
        (
            work::INTERSECTION_NEAR,
            Timed(|stage, iters| made(stage, iters, |stage| stage.set.intersection(&stage.near))),
        ),
        (
            work::DIFFERENCE_NEAR,
            Timed(|stage, iters| made(stage, iters, |stage| stage.set.difference(&stage.near))),
        ),
        (
            work::UNION_FAR,
            Timed(|stage, iters| made(stage, iters, |stage| stage.set.union(&stage.far))),
        ),
        (
            work::INTERSECTION_FAR,
            Timed(|stage, iters| made(stage, iters, |stage| stage.set.intersection(&stage.far))),
        ),
        (
            work::DIFFERENCE_FAR,
            Timed(|stage, iters| made(stage, iters, |stage| stage.set.difference(&stage.far))),
        ),
    ]
}

/// Makes a set `iters` times, and takes in what the last one holds.
fn made<T: Entry, C: Contender<T>>(
    stage: &mut Stage<T, C>,
    iters: u64,
    make: impl Fn(&Stage<T, C>) -> C,
) -> Duration {
    let took = timed(iters, || {
        black_box(make(black_box(stage)));
    });
    let set = make(stage);
    stage.sum = stage.sum.wrapping_add(keys(&set));
    took
}

fn timed(iters: u64, mut work: impl FnMut()) -> Duration {
    let watch = Stopwatch::start();
    for _ in 0..iters {
        work();
    }
    watch.stop()
}

/// Sums up all values, in any order.
fn keys<T: Entry, C: Contender<T>>(set: &C) -> u64 {
    set.iter().map(T::key).fold(0, u64::wrapping_add)
}

impl<T: Entry, C: Contender<T>> suite::Stage for Stage<T, C> {
    const NAME: &'static str = C::NAME;
    const TITLE: &'static str = C::TITLE;

    fn checksum(&self) -> u64 {
        let sets = [&self.set, &self.near, &self.far];
        sets.into_iter().map(keys).fold(self.sum, u64::wrapping_add)
    }
}
