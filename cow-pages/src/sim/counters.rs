//! Counts of what happened, under the kernel's names.

use std::fmt;
use std::ops::Sub;

use super::Event;

/// What happened, counted under the names the kernel uses for it.
///
/// The first group is what `/proc/vmstat` and `/proc/<pid>/stat` count, so a simulated run and a
/// real one can be compared field by field. The second group is named after the kernel function
/// that does the work; Linux does not count it, so a reading of a real process leaves it zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Minor faults: page faults that needed no device.
    pub minflt: u64,
    /// Write faults resolved by making the page writable where it is.
    pub pgreuse: u64,
    /// Copies made because the page was merged by KSM.
    pub cow_ksm: u64,
    /// Huge pages allocated by a fault.
    pub thp_fault_alloc: u64,
    /// Huge pages made by collapsing base pages.
    pub thp_collapse_alloc: u64,
    /// Huge mappings broken into base-page mappings of the same memory.
    pub thp_split_pmd: u64,
    /// Huge pages broken into base pages.
    pub thp_split_page: u64,

    /// Base pages copied by a write fault.
    pub wp_page_copy: u64,
    /// Huge mappings made writable as a whole by one fault.
    pub wp_huge_reuse: u64,
    /// hugetlb pages that a first access filled with zeros.
    pub hugetlb_no_page: u64,
    /// hugetlb pages copied by a write fault, 2 MiB each.
    pub hugetlb_wp: u64,
    /// Base pages that a first write filled with zeros.
    pub do_anonymous_page: u64,
    /// Pinned pages that fork had to copy for the child.
    pub copy_present_page: u64,
    /// Page-table entries redirected to a merged page.
    pub ksm_merged: u64,
}

impl Counters {
    /// Counts one event.
    pub fn record(&mut self, event: &Event) {
        match event {
            Event::Fault => self.minflt += 1,
            Event::ZeroPage { .. } | Event::HugeZeroPage { .. } | Event::MapFile { .. } => {}
            Event::ZeroFill { .. } => self.do_anonymous_page += 1,
            Event::ZeroFillHuge { .. } => self.thp_fault_alloc += 1,
            Event::ZeroFillHugetlb { .. } => self.hugetlb_no_page += 1,
            Event::Reuse { .. } => self.pgreuse += 1,
            Event::Copy { ksm, .. } => {
                self.wp_page_copy += 1;
                self.cow_ksm += u64::from(*ksm);
            }
            Event::ReusePmd { .. } => self.wp_huge_reuse += 1,
            Event::CopyHuge { .. } => self.hugetlb_wp += 1,
            Event::SplitPmd { .. } => self.thp_split_pmd += 1,
            Event::SplitFolio { .. } => self.thp_split_page += 1,
            Event::Collapse { .. } => self.thp_collapse_alloc += 1,
            Event::Merge { .. } => self.ksm_merged += 1,
            Event::CopyAtFork { .. } => self.copy_present_page += 1,
        }
    }

    /// Returns the counts with the kernel's names, in the order of the fields.
    pub fn entries(&self) -> [(&'static str, u64); 14] {
        [
            ("minflt", self.minflt),
            ("pgreuse", self.pgreuse),
            ("cow_ksm", self.cow_ksm),
            ("thp_fault_alloc", self.thp_fault_alloc),
            ("thp_collapse_alloc", self.thp_collapse_alloc),
            ("thp_split_pmd", self.thp_split_pmd),
            ("thp_split_page", self.thp_split_page),
            ("wp_page_copy", self.wp_page_copy),
            ("wp_huge_reuse", self.wp_huge_reuse),
            ("hugetlb_no_page", self.hugetlb_no_page),
            ("hugetlb_wp", self.hugetlb_wp),
            ("do_anonymous_page", self.do_anonymous_page),
            ("copy_present_page", self.copy_present_page),
            ("ksm_merged", self.ksm_merged),
        ]
    }
}

impl Sub for Counters {
    type Output = Self;

    /// Returns what was counted since `earlier`.
    fn sub(self, earlier: Self) -> Self {
        Self {
            minflt: self.minflt - earlier.minflt,
            pgreuse: self.pgreuse - earlier.pgreuse,
            cow_ksm: self.cow_ksm - earlier.cow_ksm,
            thp_fault_alloc: self.thp_fault_alloc - earlier.thp_fault_alloc,
            thp_collapse_alloc: self.thp_collapse_alloc - earlier.thp_collapse_alloc,
            thp_split_pmd: self.thp_split_pmd - earlier.thp_split_pmd,
            thp_split_page: self.thp_split_page - earlier.thp_split_page,
            wp_page_copy: self.wp_page_copy - earlier.wp_page_copy,
            wp_huge_reuse: self.wp_huge_reuse - earlier.wp_huge_reuse,
            hugetlb_no_page: self.hugetlb_no_page - earlier.hugetlb_no_page,
            hugetlb_wp: self.hugetlb_wp - earlier.hugetlb_wp,
            do_anonymous_page: self.do_anonymous_page - earlier.do_anonymous_page,
            copy_present_page: self.copy_present_page - earlier.copy_present_page,
            ksm_merged: self.ksm_merged - earlier.ksm_merged,
        }
    }
}

impl<'a> Extend<&'a Event> for Counters {
    fn extend<I: IntoIterator<Item = &'a Event>>(&mut self, events: I) {
        for event in events {
            self.record(event);
        }
    }
}

impl<'a> FromIterator<&'a Event> for Counters {
    fn from_iter<I: IntoIterator<Item = &'a Event>>(events: I) -> Self {
        let mut counters = Self::default();
        counters.extend(events);
        counters
    }
}

/// A table of the counts that are not zero.
impl fmt::Display for Counters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, count) in self.entries().into_iter().filter(|&(_, count)| count != 0) {
            writeln!(f, "{name:<20} {count:>12}")?;
        }
        Ok(())
    }
}
