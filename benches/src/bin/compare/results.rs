//! What was measured.

use cow_benches::vec::{Footprint, Workload};

use crate::machine::Machine;

/// Everything one run has measured.
pub(crate) struct Results {
    pub(crate) machine: Machine,
    pub(crate) groups: Vec<Group>,
    /// What was left out, and why.
    pub(crate) skipped: Vec<String>,
    pub(crate) seconds: f64,
}

/// All contenders on one type of element at one size.
pub(crate) struct Group {
    pub(crate) element: &'static str,
    pub(crate) len: usize,
    pub(crate) workloads: Vec<Workload>,
    pub(crate) contenders: Vec<Contender>,
}

/// One contender's figures in a group.
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) cells: Vec<Cell>,
    pub(crate) bytes_copied_per_write: Option<f64>,
    pub(crate) footprint: Option<Footprint>,
}

/// The samples of one workload.
pub(crate) struct Cell {
    pub(crate) workload: Workload,
    /// Nanoseconds per unit, one figure from each round, in ascending order.
    samples: Vec<f64>,
}

impl Results {
    /// Returns the group of a type of element at one size.
    pub(crate) fn group(&self, element: &str, len: usize) -> Option<&Group> {
        let mut groups = self.groups.iter();
        groups.find(|group| group.element == element && group.len == len)
    }

    /// Returns the types of element, in order.
    pub(crate) fn elements(&self) -> Vec<&'static str> {
        let mut elements: Vec<_> = self.groups.iter().map(|group| group.element).collect();
        elements.dedup();
        elements
    }
}

impl Group {
    /// Returns a contender by its name in benchmark ids.
    pub(crate) fn contender(&self, name: &str) -> Option<&Contender> {
        self.contenders
            .iter()
            .find(|contender| contender.name == name)
    }

    /// Returns how many times the first contender's time is that of `other`, unless that is too
    /// short for the clock.
    pub(crate) fn ratio(&self, workload: Workload, other: &str) -> Option<f64> {
        let ours = self.contenders.first()?.median(workload)?;
        let theirs = self.contender(other)?.median(workload)?;
        (theirs > 0.0).then(|| ours / theirs)
    }
}

impl Contender {
    /// Returns a contender without figures.
    pub(crate) fn new(name: &'static str, title: &'static str) -> Self {
        Self {
            name,
            title,
            cells: Vec::new(),
            bytes_copied_per_write: None,
            footprint: None,
        }
    }

    /// Returns the samples of a workload.
    pub(crate) fn cell(&self, workload: Workload) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.workload == workload)
    }

    /// Returns the median of a workload, in nanoseconds.
    pub(crate) fn median(&self, workload: Workload) -> Option<f64> {
        Some(self.cell(workload)?.median())
    }
}

impl Cell {
    /// Returns the cell of at least one sample.
    pub(crate) fn new(workload: Workload, mut samples: Vec<f64>) -> Self {
        assert!(!samples.is_empty(), "{workload:?} was never run");
        samples.sort_by(f64::total_cmp);
        Self { workload, samples }
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
        let median = |samples: &[f64]| Cell::new(Workload::Push, samples.to_vec()).median();
        assert_eq!(median(&[7.0]), 7.0);
        assert_eq!(median(&[9.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[9.0, 1.0, 2.0, 4.0]), 3.0);
    }
}
