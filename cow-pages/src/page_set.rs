//! A set of pages of a region, as runs: [`PageSet`].

use std::fmt;
use std::ops::Range;

/// A set of page numbers within a region, kept as sorted runs that do not touch.
///
/// Pages are base pages of 4 KiB, also where the memory behind them is huge.
///
/// # Examples
///
/// ```
/// use cow_pages::PageSet;
///
/// let set: PageSet = [7, 3, 4].into_iter().collect();
/// assert_eq!(set.runs(), [3..5, 7..8]);
/// assert_eq!(set.page_count(), 3);
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct PageSet {
    // INVARIANT: sorted, no run empty, and a gap of at least one page between two runs.
    runs: Vec<Range<usize>>,
}

impl PageSet {
    /// Returns the empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self { runs: Vec::new() }
    }

    /// Returns the runs of consecutive pages, in order.
    #[must_use]
    pub fn runs(&self) -> &[Range<usize>] {
        &self.runs
    }

    /// Returns the number of pages.
    ///
    /// # Complexity
    ///
    /// O(runs).
    #[must_use]
    pub fn page_count(&self) -> usize {
        self.runs.iter().map(ExactSizeIterator::len).sum()
    }

    /// Returns whether no page is in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Returns whether `page` is in the set.
    ///
    /// # Complexity
    ///
    /// O(log runs).
    #[must_use]
    pub fn contains(&self, page: usize) -> bool {
        let after = self.runs.partition_point(|run| run.start <= page);
        after > 0 && page < self.runs[after - 1].end
    }

    /// Returns an iterator over the page numbers, in order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.runs.iter().cloned().flatten()
    }

    /// Appends a run that lies after every page of the set.
    #[cfg(feature = "mmu")]
    pub(crate) fn push_run(&mut self, run: Range<usize>) {
        if run.is_empty() {
            return;
        }
        match self.runs.last_mut() {
            Some(last) if last.end == run.start => last.end = run.end,
            Some(last) => {
                assert!(last.end < run.start, "runs come in order");
                self.runs.push(run);
            }
            None => self.runs.push(run),
        }
    }
}

impl fmt::Debug for PageSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(&self.runs).finish()
    }
}

impl From<Range<usize>> for PageSet {
    fn from(run: Range<usize>) -> Self {
        let runs = if run.is_empty() {
            Vec::new()
        } else {
            vec![run]
        };
        Self { runs }
    }
}

impl FromIterator<usize> for PageSet {
    fn from_iter<I: IntoIterator<Item = usize>>(pages: I) -> Self {
        let mut pages: Vec<usize> = pages.into_iter().collect();
        pages.sort_unstable();
        let mut runs: Vec<Range<usize>> = Vec::new();
        for page in pages {
            match runs.last_mut() {
                Some(last) if page < last.end => {}
                Some(last) if page == last.end => last.end += 1,
                _ => runs.push(page..page + 1),
            }
        }
        Self { runs }
    }
}

#[cfg(test)]
mod tests {
    use super::PageSet;

    #[test]
    fn collects_sorts_and_merges() {
        let set: PageSet = [9, 1, 2, 2, 3, 11, 10].into_iter().collect();
        assert_eq!(set.runs(), [1..4, 9..12]);
        assert_eq!(set.iter().collect::<Vec<_>>(), [1, 2, 3, 9, 10, 11]);
        assert_eq!(set.page_count(), 6);
    }

    #[test]
    fn contains_agrees_with_iter() {
        let set: PageSet = [0, 4, 5, 9].into_iter().collect();
        for page in 0..12 {
            assert_eq!(set.contains(page), set.iter().any(|p| p == page), "{page}");
        }
        assert!(!PageSet::new().contains(0));
    }

    #[test]
    fn a_range_is_a_set() {
        assert_eq!(PageSet::from(2..4), [3, 2].into_iter().collect());
        assert_eq!(PageSet::from(2..2), PageSet::new());
    }
}
