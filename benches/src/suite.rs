//! What a comparison is made of: suites, kinds of content, work, and lanes that do it.
//!
//! A [`Suite`] is one kind of collection. It lists the [`Work`] that its contenders are asked to
//! do, and for each [`Kind`] of content makes [`Lane`]s, one for each contender: the contender,
//! its type hidden, filled and ready to run any of the work. The programs that measure know lanes
//! only, so a new suite needs nothing of them but its name in a list.
//!
//! ```text
//! Suite "vec" ── Kind "u64" ────── lanes(len) ── Lane CowVec ── Job of each Work
//!            └── Kind "String"              ├── Lane Vec
//!                                           └── ...
//! ```

use std::time::Duration;

/// One kind of collection: who takes part, and in what.
#[derive(Debug)]
pub struct Suite {
    /// What the names of its benchmarks begin with, such as `vec`.
    pub name: &'static str,
    /// The collection that the others are compared with. Its lane is the first of each kind.
    pub title: &'static str,
    /// What a length counts.
    pub noun: Noun,
    /// The contenders, by name, that the first one is set in proportion to.
    pub peers: [&'static str; 2],
    /// All work, in the order of a report.
    pub works: &'static [Work],
    /// The work that says most.
    pub highlights: &'static [Work],
    /// All kinds of content; those of one name are shown as one.
    pub kinds: &'static [&'static Kind],
    /// What a reader of the figures has to know about this suite, a sentence or two each.
    pub notes: &'static [&'static str],
}

/// A word for what is counted.
#[derive(Clone, Copy, Debug)]
pub struct Noun {
    /// One of them.
    pub one: &'static str,
    /// Any other number of them.
    pub many: &'static str,
}

/// What the collections of a suite are filled with.
#[derive(Debug)]
pub struct Kind {
    /// The content in words, such as `u64`.
    pub name: &'static str,
    /// What sets this kind apart in the names of benchmarks, such as `_string`.
    pub suffix: &'static str,
    /// A generous estimate of the memory that one element takes, all contenders together.
    pub bytes_per_element: u64,
    /// Makes all contenders, each with the same content of that length.
    pub lanes: fn(usize) -> Vec<Box<dyn Lane>>,
}

/// One kind of work, or one figure, the same for every contender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// The work in the names of benchmarks.
    pub id: &'static str,
    /// The work in words.
    pub title: &'static str,
    /// What the figure is one of.
    pub unit: Unit,
    /// When it may be done.
    pub phase: Phase,
    /// The least and the greatest length at which it is done.
    lens: (usize, usize),
}

/// What one reported figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// The time of one element out of a pass over all of them.
    Element,
    /// The time of one operation.
    Operation,
    /// A number of bytes.
    Bytes,
}

/// When work may be done on a collection that other work uses too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// On a collection as it was made.
    Fresh,
    /// After that, since it leaves chunks of the collection in other places.
    Snapshots,
    /// Last, since it changes the shape of the collection.
    Edits,
}

impl Suite {
    /// Returns the name of the benchmarks of a work on one kind of content, but for the length.
    #[must_use]
    pub fn benchmark(&self, kind: &Kind, work: Work) -> String {
        format!("{}{}_{}", self.name, kind.suffix, work.id)
    }
}

impl Phase {
    /// The phases in their order.
    pub const ALL: [Self; 3] = [Self::Fresh, Self::Snapshots, Self::Edits];
}

impl Work {
    /// Returns work on every element.
    #[must_use]
    pub const fn per_element(id: &'static str, title: &'static str) -> Self {
        Self::new(id, title, Unit::Element)
    }

    /// Returns a single operation.
    #[must_use]
    pub const fn operation(id: &'static str, title: &'static str) -> Self {
        Self::new(id, title, Unit::Operation)
    }

    /// Returns a number of bytes, found once the snapshots were timed, since that takes some.
    #[must_use]
    pub const fn bytes(id: &'static str, title: &'static str) -> Self {
        Self::new(id, title, Unit::Bytes).when(Phase::Snapshots)
    }

    const fn new(id: &'static str, title: &'static str, unit: Unit) -> Self {
        Self {
            id,
            title,
            unit,
            phase: Phase::Fresh,
            lens: (0, usize::MAX),
        }
    }

    /// Returns the same work in another phase.
    #[must_use]
    pub const fn when(mut self, phase: Phase) -> Self {
        self.phase = phase;
        self
    }

    /// Returns the same work, but only at lengths from `least` to `most`.
    #[must_use]
    pub const fn between(mut self, least: usize, most: usize) -> Self {
        self.lens = (least, most);
        self
    }

    /// Returns whether the work is done at this length.
    #[must_use]
    pub const fn is_done_at(&self, len: usize) -> bool {
        self.lens.0 <= len && len <= self.lens.1
    }

    /// Returns nanoseconds per [`unit`](Self::unit), given the time of `iters` iterations on a
    /// collection of `len` elements.
    #[must_use]
    pub fn nanos_per_unit(&self, took: Duration, iters: u64, len: usize) -> f64 {
        let per_iteration = took.as_secs_f64() * 1e9 / iters as f64;
        match self.unit {
            Unit::Element => per_iteration / len as f64,
            Unit::Operation | Unit::Bytes => per_iteration,
        }
    }
}

/// One contender, its type hidden, so that contenders can stand in a list.
pub trait Lane {
    /// Returns the contender in benchmark names.
    fn name(&self) -> &'static str;

    /// Returns the contender in tables and plots.
    fn title(&self) -> &'static str;

    /// Returns whether the contender can do `work` again and again.
    fn repeats(&self, work: Work) -> bool;

    /// Does `work` `iters` times and returns the thread's time that took, without preparations, or
    /// `None` where it cannot be [repeated](Self::repeats).
    ///
    /// The first run of a work makes the processor and the allocator familiar with it.
    fn run(&mut self, work: Work, iters: u64) -> Option<Duration>;

    /// Returns a figure that one look is enough for, in nanoseconds or bytes, or `None` where
    /// `work` is not such a figure of this contender.
    fn figure(&mut self, work: Work) -> Option<f64>;

    /// Returns a number that depends on all content and on everything the jobs have read.
    ///
    /// Contenders that ran the same work equally often have the same checksum.
    fn checksum(&self) -> u64;
}

/// What the jobs of one contender work on: the collection and what goes with it.
pub trait Stage: 'static {
    /// The contender in benchmark names.
    const NAME: &'static str;

    /// The contender in tables and plots.
    const TITLE: &'static str;

    /// Returns what [`Lane::checksum`] promises.
    fn checksum(&self) -> u64;
}

/// The code of one work for one contender.
#[derive(Debug)]
pub enum Job<S> {
    /// Does the work so many times, and returns the time.
    Timed(fn(&mut S, u64) -> Duration),
    /// Finds a figure by one look.
    Once(fn(&mut S) -> f64),
}

/// Which job does which work.
pub type Jobs<S> = Vec<(Work, Job<S>)>;

/// Returns the lane of a contender that can do `jobs`.
#[must_use]
pub fn lane<S: Stage>(stage: S, jobs: impl IntoIterator<Item = Jobs<S>>) -> Box<dyn Lane> {
    Box::new(Staged {
        stage,
        jobs: jobs.into_iter().flatten().collect(),
    })
}

struct Staged<S> {
    stage: S,
    jobs: Jobs<S>,
}

impl<S> Staged<S> {
    fn job(&self, work: Work) -> Option<&Job<S>> {
        let mut jobs = self.jobs.iter();
        jobs.find_map(|(named, job)| (*named == work).then_some(job))
    }
}

impl<S: Stage> Lane for Staged<S> {
    fn name(&self) -> &'static str {
        S::NAME
    }

    fn title(&self) -> &'static str {
        S::TITLE
    }

    fn repeats(&self, work: Work) -> bool {
        matches!(self.job(work), Some(Job::Timed(_)))
    }

    fn run(&mut self, work: Work, iters: u64) -> Option<Duration> {
        match *self.job(work)? {
            Job::Timed(run) => Some(run(&mut self.stage, iters)),
            Job::Once(_) => None,
        }
    }

    fn figure(&mut self, work: Work) -> Option<f64> {
        match *self.job(work)? {
            Job::Once(find) => Some(find(&mut self.stage)),
            Job::Timed(_) => None,
        }
    }

    fn checksum(&self) -> u64 {
        self.stage.checksum()
    }
}

/// Has `timed` make or drop `iters` collections of `len` elements, a batch at a time, and returns
/// the sum of its times.
///
/// A batch is one collection, or as many as make reading the clock cheap beside them.
pub fn in_batches<C>(
    len: usize,
    iters: u64,
    mut timed: impl FnMut(&mut Vec<C>, u64) -> Duration,
) -> Duration {
    const ELEMENTS: usize = 1 << 14;
    let batch_max = (ELEMENTS / len).max(1);
    let mut made = Vec::with_capacity(batch_max);
    let mut took = Duration::ZERO;
    let mut left = iters;
    while left > 0 {
        let batch = left.min(batch_max as u64);
        took += timed(&mut made, batch);
        left -= batch;
    }
    took
}

/// Runs all work of a suite on small collections, and asserts that all contenders which can do it
/// have the same content before and after.
#[cfg(test)]
pub(crate) fn assert_same_work(suite: &Suite) {
    for kind in suite.kinds {
        for &work in suite.works {
            let mut lanes = (kind.lanes)(1000);
            lanes.retain(|lane| lane.repeats(work));
            let before = lanes.first().map(|lane| lane.checksum());
            let after: Vec<_> = lanes
                .iter_mut()
                .map(|lane| {
                    let name = lane.name();
                    assert_eq!(Some(lane.checksum()), before, "{name} starts differently");
                    assert!(lane.run(work, 100).is_some());
                    (name, lane.checksum())
                })
                .collect();
            for (name, checksum) in &after {
                assert_eq!(*checksum, after[0].1, "{name} after {}", work.id);
            }
        }
    }
}

/// Asserts that every work of a suite has a benchmark name of its own, and contenders of some kind
/// that can do it, among them the first one.
#[cfg(test)]
pub(crate) fn assert_all_work_is_done(suite: &Suite, least_contenders: usize) {
    let mut ids: Vec<_> = suite.works.iter().map(|work| work.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), suite.works.len());
    for &work in suite.works {
        let most = suite.kinds.iter().map(|kind| {
            let mut lanes = (kind.lanes)(100);
            let able = |lane: &mut Box<dyn Lane>| lane.repeats(work) || lane.figure(work).is_some();
            if !able(&mut lanes[0]) {
                return 0;
            }
            lanes
                .iter_mut()
                .filter_map(|lane| able(lane).then_some(()))
                .count()
        });
        let most = most.max().unwrap_or(0);
        assert!(
            most >= least_contenders,
            "{} has {most} contenders",
            work.id
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_told_by_the_unit() {
        let took = Duration::from_micros(4);
        let pass = Work::per_element("pass", "a pass");
        assert_eq!(pass.nanos_per_unit(took, 2, 10), 200.0);
        let one = Work::operation("one", "one operation");
        assert_eq!(one.nanos_per_unit(took, 2, 10), 2000.0);
    }

    #[test]
    fn lengths_are_bounded_at_both_ends() {
        let work = Work::bytes("bytes", "bytes").between(10, 20);
        assert!(work.is_done_at(10) && work.is_done_at(20));
        assert!(!work.is_done_at(9) && !work.is_done_at(21));
    }
}
