//! System calls and mapped memory: the only module with `unsafe` code.
//!
//! ```text
//! mapping   an address range that is mapped and unmapped          Mapping
//! memory    the files behind mappings, being written or frozen    Draft, Frozen
//! extents   pieces of one shared file, for arenas                 Extents
//! fork      what forked children must not meet                     lock, generation
//! in_flight who may still use memory that is about to go          Guard, wait_for_guards
//! region    a live region, its dirty pages and its views          Region, LiveMemory, ViewMemory
//! trap      signal handlers, the table of trapped regions         Entry
//! tracked   private memory whose writes the kernel notes           TrackedMemory
//! uffd      userfaultfd                                           Uffd
//! pagemap   which pages of a range are private, present, written  scan
//! poke      a write that changes nothing                          poke
//! process   fork, wait, kill                                      Child
//! advice    madvise, prctl, mbind
//! proc      files under /proc
//! ```

use std::ops::{Bound, Range, RangeBounds};

pub(crate) mod advice;
pub(crate) mod extents;
pub(crate) mod fork;
pub(crate) mod in_flight;
pub(crate) mod mapping;
pub(crate) mod memory;
pub(crate) mod pagemap;
pub(crate) mod poke;
pub(crate) mod proc;
pub(crate) mod process;
pub(crate) mod region;
pub(crate) mod tracked;
pub(crate) mod trap;
pub(crate) mod uffd;

/// Size of a base page.
pub(crate) const PAGE_SIZE: usize = 4096;

/// Size of a huge page.
pub(crate) const HUGE_PAGE_SIZE: usize = 2 << 20;

/// Base pages in a huge page.
pub(crate) const PAGES_PER_HUGE_PAGE: usize = HUGE_PAGE_SIZE / PAGE_SIZE;

/// Returns the range of indices that `range` means in something of this length.
///
/// # Panics
///
/// Panics if the range is not within the length.
pub(crate) fn resolve_range(range: impl RangeBounds<usize>, len: usize) -> Range<usize> {
    let start = match range.start_bound() {
        Bound::Included(&start) => start,
        Bound::Excluded(&before) => before.saturating_add(1),
        Bound::Unbounded => 0,
    };
    let end = match range.end_bound() {
        Bound::Included(&last) => last.saturating_add(1),
        Bound::Excluded(&end) => end,
        Bound::Unbounded => len,
    };
    assert!(
        start <= end && end <= len,
        "range {start}..{end} out of range for length {len}"
    );
    start..end
}
