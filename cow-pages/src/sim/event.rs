//! What an operation made happen.

use super::FrameId;

/// One thing the simulated kernel did; `page` is a virtual page number.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// An access was not allowed by the page table, and the kernel resolved it: a minor fault.
    /// The events that follow say how.
    Fault,
    /// A read of a page never written found the shared zero page.
    ZeroPage {
        /// The page.
        page: u64,
    },
    /// A read of a huge page never written found the shared huge zero page.
    HugeZeroPage {
        /// The first of the 512 pages.
        page: u64,
    },
    /// A first write got a fresh page of zeros; nothing was copied.
    ZeroFill {
        /// The page.
        page: u64,
        /// The fresh frame.
        frame: FrameId,
    },
    /// A first write got a fresh huge page of zeros.
    ZeroFillHuge {
        /// The first of the 512 pages.
        page: u64,
        /// The first of the 512 frames.
        frame: FrameId,
    },
    /// The first access to a hugetlb page got a fresh page of zeros.
    ZeroFillHugetlb {
        /// The first of the 512 pages.
        page: u64,
        /// The first of the 512 frames.
        frame: FrameId,
    },
    /// Pages of the page cache were mapped around a faulting one.
    MapFile {
        /// The page that faulted.
        page: u64,
        /// How many entries were filled, this one included.
        count: u64,
    },
    /// A write fault made the page writable where it is.
    Reuse {
        /// The page.
        page: u64,
        /// The frame, unchanged.
        frame: FrameId,
    },
    /// A write fault copied 4 KiB.
    Copy {
        /// The page.
        page: u64,
        /// The frame the page was behind, which others may still use.
        from: FrameId,
        /// The frame it is behind now, which nobody else uses.
        to: FrameId,
        /// Whether `from` was a page merged by KSM.
        ksm: bool,
    },
    /// A write fault made a whole huge mapping writable where it is.
    ReusePmd {
        /// The first of the 512 pages.
        page: u64,
    },
    /// A write fault on a hugetlb page copied 2 MiB.
    CopyHuge {
        /// The first of the 512 pages.
        page: u64,
        /// The first frame it was behind.
        from: FrameId,
        /// The first frame it is behind now.
        to: FrameId,
    },
    /// One process's huge mapping became 512 base-page mappings of the same frames.
    SplitPmd {
        /// The first of the 512 pages.
        page: u64,
    },
    /// A huge folio became base pages, in every process that maps it.
    SplitFolio {
        /// The first frame of what was the folio.
        frame: FrameId,
    },
    /// Base pages were copied together into a huge page.
    Collapse {
        /// The first of the 512 pages.
        page: u64,
        /// The first of the 512 fresh frames.
        frame: FrameId,
    },
    /// A page was found to equal others and now shares one frame with them.
    Merge {
        /// The page.
        page: u64,
        /// The shared frame.
        frame: FrameId,
    },
    /// `fork` copied a page for the child, because a device may be writing the parent's frame.
    CopyAtFork {
        /// The page; the first of 512 if it is a hugetlb page.
        page: u64,
        /// The child's frame, or the first of them.
        to: FrameId,
    },
}
