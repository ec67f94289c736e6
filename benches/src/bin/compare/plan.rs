//! What to measure, and how long.

use std::time::Duration;

use cow_benches::element::Element;
use cow_benches::vec::{Lane, Workload, lanes};

/// The groups of one run, in order.
pub(crate) struct Plan {
    pub(crate) groups: Vec<GroupPlan>,
}

/// One type of element at one size: all contenders of a group live at the same time.
pub(crate) struct GroupPlan {
    pub(crate) element: &'static str,
    pub(crate) len: usize,
    pub(crate) workloads: Vec<Workload>,
    /// The time to spend on samples. Preparations and a first sample of slow work come on top.
    pub(crate) budget: Duration,
    pub(crate) bytes_needed: u64,
    pub(crate) lanes: fn(usize) -> Vec<Box<dyn Lane>>,
}

impl Plan {
    /// Returns the groups of a full or a quick run, less what `filter` leaves out.
    pub(crate) fn new(quick: bool, filter: Option<&str>) -> Self {
        let filter = filter.unwrap_or_default();
        let groups = if quick {
            vec![
                group::<u64>(1_000, 1_500, filter),
                group::<u64>(100_000, 2_500, filter),
                group::<u64>(1_000_000, 6_000, filter),
                group::<String>(1_000, 1_000, filter),
                group::<String>(100_000, 1_500, filter),
                group::<String>(1_000_000, 3_000, filter),
            ]
        } else {
            vec![
                group::<u64>(1_000, 3_000, filter),
                group::<u64>(100_000, 5_000, filter),
                group::<u64>(1_000_000, 16_000, filter),
                group::<u64>(10_000_000, 20_000, filter),
                group::<String>(1_000, 3_000, filter),
                group::<String>(100_000, 4_000, filter),
                group::<String>(1_000_000, 10_000, filter),
                group::<String>(10_000_000, 8_000, filter),
            ]
        };
        Self {
            groups: groups.into_iter().flatten().collect(),
        }
    }

    /// Returns the time that all samples together may take.
    pub(crate) fn budget(&self) -> Duration {
        self.groups.iter().map(|group| group.budget).sum()
    }
}

/// Returns the error for a filter that leaves nothing.
pub(crate) fn nothing_matches(filter: Option<&str>) -> String {
    let names: Vec<_> = Workload::ALL.iter().map(|workload| workload.id()).collect();
    format!(
        "nothing has '{}' in its name; names are vec_<work>/<size> and vec_string_<work>/<size>, \
         where <work> is one of {}",
        filter.unwrap_or_default(),
        names.join(", ")
    )
}

fn group<T: Element>(len: usize, budget_ms: u64, filter: &str) -> Option<GroupPlan> {
    let mut workloads = Workload::ALL.to_vec();
    workloads.retain(|workload| format!("{}_{}/{len}", T::PREFIX, workload.id()).contains(filter));
    if workloads.is_empty() {
        return None;
    }
    let share = workloads.len() as f64 / Workload::ALL.len() as f64;
    Some(GroupPlan {
        element: T::NAME,
        len,
        workloads,
        budget: Duration::from_millis(budget_ms).mul_f64(share),
        bytes_needed: T::BYTES_IN_ALL_CONTENDERS * len as u64,
        lanes: lanes::<T>,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_keeps_what_matches() {
        let plan = Plan::new(false, Some("vec_string_snapshot"));
        assert!(!plan.groups.is_empty());
        for group in &plan.groups {
            assert_eq!(group.element, "String");
            assert!(
                group
                    .workloads
                    .iter()
                    .all(|work| work.id().starts_with("snapshot"))
            );
        }
        let one = Plan::new(true, Some("vec_get_chain/1000000"));
        assert_eq!(one.groups.len(), 1);
        assert_eq!(one.groups[0].workloads, [Workload::GetChain]);
        assert!(Plan::new(true, Some("no such work")).groups.is_empty());
    }

    #[test]
    fn a_quick_run_takes_a_part_of_the_time() {
        let (quick, full) = (Plan::new(true, None), Plan::new(false, None));
        assert!(quick.budget() * 4 < full.budget());
        assert!(
            full.groups
                .iter()
                .all(|group| group.workloads == Workload::ALL)
        );
    }
}
