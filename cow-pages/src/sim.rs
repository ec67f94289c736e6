//! An exact model of Linux copy-on-write: page tables, frames, areas and huge pages in safe Rust.
//!
//! A [`Machine`] is physical memory and the processes on it. Its operations are the kernel's: map,
//! read, write, fork, exit, `dontneed`, protect, advise, collapse, merge, pin. Each tells what it
//! caused as [`Event`]s, the counts appear under the kernel's names in [`Counters`], and
//! [`Usage`] shows memory as `/proc/<pid>/smaps` does. It runs on every target, needs no privilege,
//! and is what the rest of this crate is tested against: the same script of operations runs here
//! and on real processes, and faults, contents, sharing of frames and accounts must agree.
//!
//! ```text
//! Machine ── Memory: Folio ─┬─ Frame     counts: refs, mapcount, owners; exclusive mark, bytes
//!    │                      └─ Frame
//!    └─ AddressSpace (one per process)
//!         ├─ Vma, Vma, ...               what may be done with a range, where its pages come from
//!         └─ Pmd ─┬─ Huge: 2 MiB         what the MMU sees now
//!                 └─ Table: 512 × Pte
//! ```
//!
//! The decision between reusing and copying a page is one pure function, [`can_reuse`].
//!
//! # The rules
//!
//! 1. `fork` shares every present private page: read-only in **both** page tables, exclusive mark
//!    cleared, one mapping more. The areas' flags stay. Reads never fault for it.
//! 2. A `MAP_SHARED` page gets no entry in the child: one fault at its first touch finds the same
//!    frame. `DONTFORK` areas are absent in the child, `WIPEONFORK` ones read zeros.
//! 3. A page pinned for a device is copied by `fork`; the parent keeps its frame, writable.
//! 4. A write to a read-only entry reuses an exclusive page or one with a single user, else copies
//!    4 KiB. Only the writer's entry changes: the other side finds out at its own fault.
//! 5. A page never written reads from the shared zero page; its first write fills zeros and copies
//!    nothing.
//! 6. A huge mapping with one user is made writable whole, by one fault. A shared one is split in
//!    the writer's page table alone, and rule 7 decides about the one base page.
//! 7. A base page of a huge folio is reused only if no other process maps *any* page of the folio,
//!    as far as the kernel knows: it counts the mappings of two processes and remembers whether it
//!    saw others.
//! 8. A broken huge mapping stays broken until it is collapsed.
//! 9. A page merged by KSM is always copied, a hugetlb page as a whole.
//! 10. A write by the kernel breaks sharing as a process's own does.
//! 11. Taking write permission from exclusive pages and giving it back costs no fault, except that
//!     each hugetlb page takes one.
//! 12. Private is mapped once, shared more than once, whoever may write; a page of the heap is
//!     *dirty* after fork, and a copy leaves Rss as it was.
//!
//! # Limits
//!
//! As under `transparent_hugepage/enabled = madvise`, huge pages come from
//! [`Advice::HugePage`] or [`Machine::collapse`] only. There is no swap, no reclaim and no
//! khugepaged. Adjacent areas with equal flags stay two. The kernel may copy where the model
//! reuses, while a per-CPU list holds an extra reference to a page; never the reverse.

#![forbid(unsafe_code)]

mod counters;
mod event;
mod fault;
mod fork;
mod frame;
mod huge;
mod machine;
mod memory;
mod merge;
mod space;
mod table;
mod usage;
mod vma;

use std::error::Error;
use std::fmt;

pub use counters::Counters;
pub use event::Event;
pub use fault::{MappedAs, can_reuse};
pub use frame::{Folio, FolioKind, Frame, FrameId};
pub use machine::{Advice, Machine, Pin};
pub use space::AddressSpace;
pub use table::{Pmd, Pte};
pub use usage::Usage;
pub use vma::{Backing, FileId, Prot, VmFlags, Vma};

/// Bytes in a base page.
pub const PAGE_SIZE: usize = 4096;
/// Base pages in a huge page: 2 MiB.
pub const PAGES_PER_HUGE: u64 = 512;

/// Names a process of a [`Machine`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pid(u32);

impl fmt::Display for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What the simulated kernel answers when it refuses: an error number, or a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Errno {
    /// `SIGSEGV`: nothing is mapped there, or the access is not allowed.
    SegFault,
    /// `SIGBUS`: beyond the end of a file, or no hugetlb page is free.
    BusError,
    /// `ENOMEM`: no frame is free, or a range has a gap.
    OutOfMemory,
    /// `EINVAL`: the arguments do not fit the area.
    Invalid,
    /// `EACCES`: the area may never be written.
    Access,
    /// `EAGAIN`: something holds on to a page.
    Again,
    /// `ESRCH`: the process has ended.
    NoProcess,
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SegFault => "segmentation fault",
            Self::BusError => "bus error",
            Self::OutOfMemory => "out of memory",
            Self::Invalid => "invalid argument",
            Self::Access => "permission denied",
            Self::Again => "resource temporarily unavailable",
            Self::NoProcess => "no such process",
        })
    }
}

impl Error for Errno {}
