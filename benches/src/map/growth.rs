//! How long the single inserts take while a map grows: one that moves all entries at once is
//! fast on average, and stops its program now and then.

use std::hint::black_box;
use std::marker::PhantomData;

use super::deck::entry;
use super::{Contender, Entry, work};
use crate::clock::thread_time;
use crate::suite::Job::Once;
use crate::suite::{self, Jobs};

/// A contender whose map is built on request only.
pub(super) struct Growth<T, C> {
    len: usize,
    /// What the last pass found and was not asked for yet.
    longest: Option<f64>,
    slow: Option<f64>,
    contender: PhantomData<(T, C)>,
}

/// The jobs of all contenders.
pub(super) fn jobs<T: Entry, C: Contender<T>>() -> Jobs<Growth<T, C>> {
    vec![
        (
            work::LONGEST_INSERT,
            Once(|growth| growth.figure(|growth| &mut growth.longest)),
        ),
        (
            work::SLOW_INSERT,
            Once(|growth| growth.figure(|growth| &mut growth.slow)),
        ),
    ]
}

impl<T: Entry, C: Contender<T>> Growth<T, C> {
    pub(super) fn new(len: usize) -> Self {
        Self {
            len,
            longest: None,
            slow: None,
            contender: PhantomData,
        }
    }

    /// Returns a figure of the last pass, or of a new one where it was asked for before.
    fn figure(&mut self, of: fn(&mut Self) -> &mut Option<f64>) -> f64 {
        loop {
            if let Some(figure) = of(self).take() {
                return figure;
            }
            self.pass();
        }
    }

    /// Builds a map and times every insert.
    ///
    /// The clock is the one of the thread's own time, though reading it takes longer than an
    /// insert: what another program does meanwhile is far longer still.
    fn pass(&mut self) {
        // Written once, so that no page of it is new to the system later.
        let mut times = vec![1_u32; self.len];
        let mut map = C::new();
        for (seed, time) in times.iter_mut().enumerate() {
            let (key, value) = entry::<T>(seed as u64);
            let started = thread_time();
            map.insert(key, value);
            let took = thread_time().saturating_sub(started);
            *time = took.as_nanos().try_into().unwrap_or(u32::MAX);
        }
        drop(black_box(map));
        times.sort_unstable();
        let last = self.len - 1;
        // Half of all inserts take next to nothing, and so the median is what the clock takes.
        let reading = f64::from(times[last / 2]);
        self.longest = Some(f64::from(times[last]) - reading);
        self.slow = Some(f64::from(times[last - last / 10_000]) - reading);
    }
}

impl<T: Entry, C: Contender<T>> suite::Stage for Growth<T, C> {
    const NAME: &'static str = C::NAME;
    const TITLE: &'static str = C::TITLE;

    fn checksum(&self) -> u64 {
        0
    }
}
