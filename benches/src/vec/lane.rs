//! A contender with a vector of its own, ready to run any workload.

use std::marker::PhantomData;
use std::time::Duration;

use crate::element::Element;
use crate::heap;
use crate::rng::Rng;
use crate::vec::{Contender, Workload};

/// One contender, its type hidden, so that contenders can stand in a list.
pub trait Lane {
    /// Returns the contender in benchmark names.
    fn name(&self) -> &'static str;

    /// Returns the contender in tables and plots.
    fn title(&self) -> &'static str;

    /// Runs `workload` `iters` times and returns the thread's time that took, without preparations,
    /// or `None` where the contender has no such operation.
    ///
    /// The first run of a workload makes the processor and the allocator familiar with it.
    fn run(&mut self, workload: Workload, iters: u64) -> Option<Duration>;

    /// Returns whether the contender can run `workload`.
    fn offers(&self, workload: Workload) -> bool;

    /// Returns a number that depends on every element and on everything the jobs have read.
    ///
    /// Contenders that ran the same workloads equally often have the same checksum.
    fn checksum(&self) -> u64;

    /// Returns the bytes copied by one write after a snapshot, on average over `writes`.
    ///
    /// What an arena counts as copied is taken from its statistics. On the heap, it is the bytes
    /// allocated for the write: a copy needs a place.
    fn bytes_copied_per_write(&mut self, writes: u32) -> f64;

    /// Returns how much memory the contender needs, keeping up to `snapshots` at once.
    fn footprint(&mut self, snapshots: u32) -> Footprint;
}

/// How much memory a contender needs.
///
/// On the heap these are the bytes asked for, without what the allocator adds. In an arena they
/// are whole chunks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Footprint {
    /// Bytes of a vector as collected, handle included, for each of its elements.
    pub per_element: f64,
    /// Bytes of a vector of three elements, handle included.
    pub three_elements: f64,
    /// Bytes by which memory grows with each snapshot kept, when one write follows it.
    pub kept_per_snapshot: f64,
}

/// The code of one workload for one contender: runs it so many times, returns the time.
pub(crate) type Job<T, C> = fn(&mut Stage<T, C>, u64) -> Duration;

/// Finds the code of a workload, for contenders of one ability.
pub(crate) type Jobs<T, C> = fn(Workload) -> Option<Job<T, C>>;

/// The vector and the state that one contender's jobs work on.
pub(crate) struct Stage<T, C> {
    pub(crate) vec: C,
    pub(crate) len: usize,
    pub(crate) rng: Rng,
    sum: u64,
    jobs: Box<[Jobs<T, C>]>,
    element: PhantomData<T>,
}

impl<T: Element, C: Contender<T>> Stage<T, C> {
    /// Returns a lane with a vector of `len` elements, able to do what `jobs` can find.
    pub(crate) fn lane(len: usize, jobs: &[Jobs<T, C>]) -> Box<dyn Lane> {
        Box::new(Self::new(len, jobs))
    }

    fn new(len: usize, jobs: &[Jobs<T, C>]) -> Self {
        assert!(len >= 2, "a vector of {len} elements has no middle");
        Self {
            vec: Self::collect(len),
            len,
            rng: Rng::new(len as u64),
            sum: 0,
            jobs: jobs.into(),
            element: PhantomData,
        }
    }

    /// Returns a new vector of the elements that every vector of `len` elements starts with.
    #[inline]
    pub(crate) fn collect(len: usize) -> C {
        // Seeds from a `u32` range have a length that every iterator over them knows exactly.
        let len = u32::try_from(len).expect("benchmarks stay below 2^32 elements");
        C::collect((0..len).map(|seed| T::make(u64::from(seed))))
    }

    /// Takes in what a job has read, so that no read can be left out.
    pub(crate) fn add(&mut self, sum: u64) {
        self.sum = self.sum.wrapping_add(sum);
    }

    fn job(&self, workload: Workload) -> Option<Job<T, C>> {
        self.jobs.iter().find_map(|jobs| jobs(workload))
    }
}

impl<T: Element, C: Contender<T>> Lane for Stage<T, C> {
    fn name(&self) -> &'static str {
        C::NAME
    }

    fn title(&self) -> &'static str {
        C::TITLE
    }

    fn run(&mut self, workload: Workload, iters: u64) -> Option<Duration> {
        Some(self.job(workload)?(self, iters))
    }

    fn offers(&self, workload: Workload) -> bool {
        self.job(workload).is_some()
    }

    fn checksum(&self) -> u64 {
        self.vec.iter().fold(self.sum, |sum, element| {
            sum.rotate_left(1).wrapping_add(element.key())
        })
    }

    fn bytes_copied_per_write(&mut self, writes: u32) -> f64 {
        let bytes = measured::<T, C, _>(|| self.run(Workload::SnapshotWrite, u64::from(writes))).1;
        bytes.copied as f64 / f64::from(writes)
    }

    fn footprint(&mut self, snapshots: u32) -> Footprint {
        const SMALL: u32 = 1000;
        let handle = size_of::<C>() as f64;

        let (_vec, whole) = measured::<T, C, _>(|| Self::collect(self.len));

        let mut small = Vec::with_capacity(SMALL as usize);
        let ((), three) =
            measured::<T, C, _>(|| small.extend((0..SMALL).map(|_| Self::collect(3))));

        let mut kept = Vec::with_capacity(snapshots as usize);
        let ((), growth) = measured::<T, C, _>(|| {
            for seed in 0..snapshots {
                kept.push(self.vec.clone());
                let index = self.rng.below(self.len);
                self.vec.get_mut(index).rewrite(u64::from(seed));
            }
        });

        Footprint {
            per_element: (whole.held as f64 + handle) / self.len as f64,
            three_elements: three.held as f64 / f64::from(SMALL) + handle,
            kept_per_snapshot: growth.held as f64 / f64::from(snapshots) + handle,
        }
    }
}

/// Bytes copied, and bytes by which memory grew, on the heap and outside it.
struct Bytes {
    copied: u64,
    held: i64,
}

fn measured<T: Element, C: Contender<T>, R>(work: impl FnOnce() -> R) -> (R, Bytes) {
    let before = C::outside_heap();
    let (result, heap) = heap::counted(work);
    let after = C::outside_heap();
    let bytes = Bytes {
        copied: after.copied - before.copied + heap.allocated,
        held: after.held.wrapping_sub(before.held).cast_signed() + heap.held,
    };
    (result, bytes)
}
