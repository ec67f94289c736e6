//! What was measured.

use cow_benches::suite::{Suite, Work};

use crate::machine::Machine;
use crate::sections::Section;

/// Everything one run has measured.
pub(crate) struct Results {
    pub(crate) machine: Machine,
    pub(crate) parts: Vec<Part>,
    /// What was left out, and why.
    pub(crate) skipped: Vec<String>,
    pub(crate) seconds: f64,
}

/// The results of one section.
pub(crate) struct Part {
    pub(crate) section: &'static Section,
    pub(crate) groups: Vec<Group>,
}

/// All contenders on one kind of content at one length.
pub(crate) struct Group {
    pub(crate) kind: &'static str,
    pub(crate) len: usize,
    pub(crate) contenders: Vec<Contender>,
}

/// One contender's figures in a group.
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) cells: Vec<Cell>,
}

/// The samples of one work.
pub(crate) struct Cell {
    pub(crate) work: Work,
    /// Nanoseconds per unit, one figure from each round, or bytes, in ascending order.
    samples: Vec<f64>,
}

impl Part {
    /// Returns the kinds of content, in order.
    pub(crate) fn kinds(&self) -> Vec<&'static str> {
        let mut kinds: Vec<_> = self.groups.iter().map(|group| group.kind).collect();
        kinds.dedup();
        kinds
    }

    /// Returns the groups of a kind of content.
    pub(crate) fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Group> {
        self.groups.iter().filter(move |group| group.kind == kind)
    }

    /// Returns the names and titles of all contenders, in order.
    pub(crate) fn contenders(&self) -> Vec<(&'static str, &'static str)> {
        let mut named = Vec::new();
        for contender in self.groups.iter().flat_map(|group| &group.contenders) {
            if !named.contains(&(contender.name, contender.title)) {
                named.push((contender.name, contender.title));
            }
        }
        named
    }
}

impl Group {
    /// Returns a contender by its name in benchmark ids.
    pub(crate) fn contender(&self, name: &str) -> Option<&Contender> {
        self.contenders
            .iter()
            .find(|contender| contender.name == name)
    }

    /// Returns the contenders that a suite sets its first one in proportion to.
    pub(crate) fn peers(&self, suite: &Suite) -> impl Iterator<Item = &Contender> {
        suite.peers.iter().filter_map(|name| self.contender(name))
    }

    /// Returns the contender among those of these names whose figure of a work is the least.
    pub(crate) fn best_of(&self, names: &[&str], work: Work) -> Option<&Contender> {
        let named = names.iter().filter_map(|name| self.contender(name));
        let figures = named.filter_map(|peer| Some((peer, peer.median(work)?)));
        let best = figures.min_by(|(_, one), (_, other)| one.total_cmp(other));
        best.map(|(peer, _)| peer)
    }

    /// Returns whether anybody has a figure of this work.
    pub(crate) fn has(&self, work: Work) -> bool {
        self.contenders.iter().any(|one| one.cell(work).is_some())
    }

    /// Returns how many times the first contender's figure is that of `other`, unless that is too
    /// short for the clock.
    pub(crate) fn ratio(&self, work: Work, other: &str) -> Option<f64> {
        let ours = self.contenders.first()?.median(work)?;
        let theirs = self.contender(other)?.median(work)?;
        (theirs > 0.0).then(|| ours / theirs)
    }
}

impl Contender {
    /// Returns the samples of a work.
    pub(crate) fn cell(&self, work: Work) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.work == work)
    }

    /// Returns the median of a work, in nanoseconds or bytes.
    pub(crate) fn median(&self, work: Work) -> Option<f64> {
        Some(self.cell(work)?.median())
    }
}

impl Cell {
    /// Returns the cell of at least one sample.
    pub(crate) fn new(work: Work, mut samples: Vec<f64>) -> Self {
        assert!(!samples.is_empty(), "{work:?} was never run");
        samples.sort_by(f64::total_cmp);
        Self { work, samples }
    }

    /// Returns the number of samples.
    pub(crate) fn rounds(&self) -> usize {
        self.samples.len()
    }

    /// Returns the middle sample, or the mean of the two in the middle.
    pub(crate) fn median(&self) -> f64 {
        let (low, high) = ((self.rounds() - 1) / 2, self.rounds() / 2);
        f64::midpoint(self.samples[low], self.samples[high])
    }

    /// Returns the smallest and the largest sample.
    pub(crate) fn range(&self) -> (f64, f64) {
        (self.samples[0], self.samples[self.rounds() - 1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        const WORK: Work = Work::operation("work", "work");
        let median = |samples: &[f64]| Cell::new(WORK, samples.to_vec()).median();
        assert_eq!(median(&[7.0]), 7.0);
        assert_eq!(median(&[9.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[9.0, 1.0, 2.0, 4.0]), 3.0);
    }
}
