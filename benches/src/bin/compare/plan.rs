//! What to measure, and how long.

use std::time::Duration;

use cow_benches::suite::{Kind, Work};

use crate::format;
use crate::sections::{self, Section, Size};

/// The groups of one run, in order.
pub(crate) struct Plan {
    pub(crate) groups: Vec<GroupPlan>,
}

/// One kind of content at one length: all contenders of a group live at the same time.
pub(crate) struct GroupPlan {
    pub(crate) section: &'static Section,
    pub(crate) kind: &'static Kind,
    pub(crate) len: usize,
    pub(crate) works: Vec<Work>,
    /// The time to spend on samples. Preparations and a first sample of slow work come on top.
    pub(crate) budget: Duration,
}

impl Plan {
    /// Returns the groups of a full or a quick run, less what `filter` leaves out.
    pub(crate) fn new(quick: bool, filter: Option<&str>) -> Self {
        let filter = filter.unwrap_or_default();
        let groups = sections::ALL.iter().flat_map(|&section| {
            let sizes = section.sizes.iter();
            sizes.filter_map(move |size| GroupPlan::new(section, size, quick, filter))
        });
        Self {
            groups: groups.collect(),
        }
    }

    /// Returns the time that all samples together may take.
    pub(crate) fn budget(&self) -> Duration {
        self.groups.iter().map(|group| group.budget).sum()
    }
}

impl GroupPlan {
    fn new(
        section: &'static Section,
        size: &'static Size,
        quick: bool,
        filter: &str,
    ) -> Option<Self> {
        let &Size { kind, len, .. } = size;
        let suite = section.suite;
        let at_len = || suite.works.iter().filter(|work| work.is_done_at(len));
        let works: Vec<Work> = at_len()
            .filter(|&&work| format!("{}/{len}", suite.benchmark(kind, work)).contains(filter))
            .copied()
            .collect();
        if works.is_empty() {
            return None;
        }
        let share = works.len() as f64 / at_len().count() as f64;
        Some(Self {
            section,
            kind,
            len,
            works,
            budget: size.budget(quick)?.mul_f64(share),
        })
    }

    /// Returns an estimate of the memory that all contenders take.
    pub(crate) fn bytes_needed(&self) -> u64 {
        self.kind.bytes_per_element * self.len as u64
    }

    /// Returns the group in words.
    pub(crate) fn title(&self) -> String {
        let suite = self.section.suite;
        format!(
            "{}, {}, {} {}",
            suite.title,
            self.kind.name,
            format::count(self.len),
            suite.noun.many
        )
    }
}

/// Returns the error for a filter that leaves nothing.
pub(crate) fn nothing_matches(filter: Option<&str>) -> String {
    let mut message = format!(
        "nothing has '{}' in its name; names are <collection>_<work>/<size>, where a collection \
         and its work are\n",
        filter.unwrap_or_default()
    );
    for section in sections::ALL {
        let suite = section.suite;
        let mut names: Vec<_> = suite
            .kinds
            .iter()
            .map(|kind| format!("{}{}", suite.name, kind.suffix))
            .collect();
        names.dedup();
        let works: Vec<_> = suite.works.iter().map(|work| work.id).collect();
        message += &format!("  {}: {}\n", names.join(" or "), works.join(", "));
    }
    message.truncate(message.trim_end().len());
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_keeps_what_matches() {
        let plan = Plan::new(false, Some("vec_string_snapshot"));
        assert!(!plan.groups.is_empty());
        for group in &plan.groups {
            assert_eq!(group.kind.name, "String");
            let mut works = group.works.iter();
            assert!(works.all(|work| work.id.starts_with("snapshot")));
        }
        let one = Plan::new(false, Some("vec_get_chain/1000000"));
        let lens: Vec<_> = one.groups.iter().map(|group| group.len).collect();
        assert_eq!(lens, [1_000_000, 10_000_000]);
        assert!(Plan::new(true, Some("no such work")).groups.is_empty());
    }

    #[test]
    fn a_quick_run_takes_a_part_of_the_time() {
        let (quick, full) = (Plan::new(true, None), Plan::new(false, None));
        assert!(quick.budget() * 4 < full.budget());
        assert!(quick.budget() < Duration::from_secs(30));
    }
}
