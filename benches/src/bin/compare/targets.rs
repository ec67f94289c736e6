//! What `CowVec` sets out to reach, and whether it did.

use cow_benches::vec::Workload;

use crate::format;
use crate::results::Results;

/// A figure of the first contender, and the bound it should keep.
pub(crate) struct Target {
    pub(crate) figure: Figure,
    pub(crate) element: &'static str,
    pub(crate) lens: &'static [usize],
    pub(crate) bound: Bound,
}

/// What is bounded.
#[derive(Clone, Copy)]
pub(crate) enum Figure {
    Time(Workload),
    BytesPerElement,
    BytesOfThreeElements,
}

/// The most that a figure may be.
#[derive(Clone, Copy)]
pub(crate) enum Bound {
    /// This many times the same figure of the contender of that name.
    Times(f64, Peer),
    Nanos(f64),
    Bytes(f64),
}

/// A contender that bounds refer to.
#[derive(Clone, Copy)]
pub(crate) enum Peer {
    Vec,
    Imbl,
}

const LARGE: &[usize] = &[1_000_000, 10_000_000];
const EVERY: &[usize] = &[1_000, 100_000, 1_000_000, 10_000_000];
const MILLION: &[usize] = &[1_000_000];

/// All targets, in the order of the report.
pub(crate) const TARGETS: &[Target] = &[
    numbers(Workload::Snapshot, EVERY, Bound::Nanos(15.0)),
    numbers(Workload::GetRandom, LARGE, Bound::Times(2.5, Peer::Vec)),
    numbers(Workload::GetRandom, LARGE, Bound::Times(0.25, Peer::Imbl)),
    numbers(Workload::GetChain, LARGE, Bound::Times(1.3, Peer::Vec)),
    numbers(Workload::GetChain, LARGE, Bound::Times(0.25, Peer::Imbl)),
    numbers(Workload::IterSum, LARGE, Bound::Times(1.3, Peer::Vec)),
    numbers(Workload::IterFor, LARGE, Bound::Times(1.3, Peer::Vec)),
    numbers(Workload::Chunks, LARGE, Bound::Times(1.1, Peer::Vec)),
    numbers(Workload::Write, LARGE, Bound::Times(3.0, Peer::Vec)),
    numbers(Workload::Write, LARGE, Bound::Times(0.2, Peer::Imbl)),
    numbers(Workload::Push, LARGE, Bound::Times(1.5, Peer::Vec)),
    numbers(Workload::Collect, LARGE, Bound::Times(1.2, Peer::Vec)),
    numbers(
        Workload::SnapshotWrite,
        LARGE,
        Bound::Times(0.3, Peer::Imbl),
    ),
    numbers(
        Workload::SnapshotWrite1000,
        LARGE,
        Bound::Times(0.4, Peer::Imbl),
    ),
    numbers(Workload::SnapshotPush, LARGE, Bound::Nanos(20.0)),
    numbers(Workload::SnapshotPush, LARGE, Bound::Times(0.5, Peer::Imbl)),
    numbers(Workload::InsertRemove, LARGE, Bound::Times(0.5, Peer::Imbl)),
    numbers(Workload::ConcatSplit, LARGE, Bound::Times(1.0, Peer::Imbl)),
    Target {
        figure: Figure::BytesPerElement,
        element: "u64",
        lens: MILLION,
        bound: Bound::Bytes(8.3),
    },
    Target {
        figure: Figure::BytesOfThreeElements,
        element: "u64",
        lens: MILLION,
        bound: Bound::Bytes(128.0),
    },
    strings(Workload::SnapshotWrite, Bound::Times(1.0, Peer::Imbl)),
    strings(Workload::IterSum, Bound::Times(1.3, Peer::Vec)),
    strings(Workload::IterFor, Bound::Times(1.3, Peer::Vec)),
];

const fn numbers(workload: Workload, lens: &'static [usize], bound: Bound) -> Target {
    Target {
        figure: Figure::Time(workload),
        element: "u64",
        lens,
        bound,
    }
}

const fn strings(workload: Workload, bound: Bound) -> Target {
    Target {
        figure: Figure::Time(workload),
        element: "String",
        lens: MILLION,
        bound,
    }
}

/// A target at one size, and what was measured.
pub(crate) struct Verdict {
    pub(crate) target: &'static Target,
    pub(crate) len: usize,
    /// The figure, in the bound's own unit.
    pub(crate) measured: f64,
}

/// Compares what was measured with the targets, and leaves out those at other sizes.
pub(crate) fn judge(results: &Results) -> Vec<Verdict> {
    let at_each_len = TARGETS
        .iter()
        .flat_map(|target| target.lens.iter().map(move |&len| (target, len)));
    at_each_len
        .filter_map(|(target, len)| {
            Some(Verdict {
                target,
                len,
                measured: target.measured(results, len)?,
            })
        })
        .collect()
}

impl Target {
    fn measured(&self, results: &Results, len: usize) -> Option<f64> {
        let group = results.group(self.element, len)?;
        let ours = group.contenders.first()?;
        match (self.figure, self.bound) {
            (Figure::Time(workload), Bound::Times(_, peer)) => group.ratio(workload, peer.name()),
            (Figure::Time(workload), _) => ours.median(workload),
            (Figure::BytesPerElement, _) => Some(ours.footprint?.per_element),
            (Figure::BytesOfThreeElements, _) => Some(ours.footprint?.three_elements),
        }
    }
}

impl Peer {
    /// Returns the contender in benchmark names.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Vec => "std_clone",
            Self::Imbl => "imbl",
        }
    }

    /// Returns the contender in tables.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Vec => "Vec",
            Self::Imbl => "imbl",
        }
    }
}

impl Figure {
    /// Returns the figure in words.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Time(workload) => workload.title(),
            Self::BytesPerElement => "memory per element",
            Self::BytesOfThreeElements => "memory of a 3-element vector",
        }
    }
}

impl Bound {
    fn limit(self) -> f64 {
        match self {
            Self::Times(limit, _) | Self::Nanos(limit) | Self::Bytes(limit) => limit,
        }
    }

    /// Formats a figure in this bound's unit.
    pub(crate) fn show(self, figure: f64) -> String {
        match self {
            Self::Times(_, peer) => format!("{} {}", format::ratio(figure), peer.title()),
            Self::Nanos(_) => format::time(figure),
            Self::Bytes(_) => format::bytes(figure),
        }
    }

    /// Formats the bound itself.
    pub(crate) fn show_limit(self) -> String {
        match self {
            Self::Times(limit, peer) => format!("{limit}x {}", peer.title()),
            Self::Nanos(limit) => format!("{limit} ns"),
            Self::Bytes(limit) => format!("{limit} B"),
        }
    }
}

impl Verdict {
    /// Returns whether the target was met.
    pub(crate) fn met(&self) -> bool {
        self.measured <= self.target.bound.limit()
    }

    /// Returns the verdict in a word.
    pub(crate) fn word(&self) -> &'static str {
        if self.met() { "met" } else { "missed" }
    }
}

/// Returns how many targets were met.
pub(crate) fn score(verdicts: &[Verdict]) -> usize {
    verdicts.iter().filter(|verdict| verdict.met()).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;

    #[test]
    fn a_full_run_measures_every_target() {
        let groups = Plan::new(false, None).groups;
        for target in TARGETS {
            for &len in target.lens {
                let planned = |element, len| {
                    groups
                        .iter()
                        .any(|group| group.element == element && group.len == len)
                };
                let title = target.figure.title();
                assert!(planned(target.element, len), "{title} at {len}");
            }
        }
    }
}
