//! madvise, prctl and mbind.

use std::ffi::c_void;
use std::io;
use std::ops::Range;

use super::PAGE_SIZE;
use super::mapping::Mapping;
use crate::error::{Error, Result};

/// `MADV_COLLAPSE` of madvise(2).
const MADV_COLLAPSE: i32 = 25;

/// Advice about mapped memory under the numbers of `madvise`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub(crate) enum RawAdvice {
    DontNeed = libc::MADV_DONTNEED,
    DontFork = libc::MADV_DONTFORK,
    DoFork = libc::MADV_DOFORK,
    Mergeable = libc::MADV_MERGEABLE,
    Unmergeable = libc::MADV_UNMERGEABLE,
    HugePage = libc::MADV_HUGEPAGE,
    NoHugePage = libc::MADV_NOHUGEPAGE,
    WipeOnFork = libc::MADV_WIPEONFORK,
    KeepOnFork = libc::MADV_KEEPONFORK,
    Cold = libc::MADV_COLD,
    PageOut = libc::MADV_PAGEOUT,
    PopulateRead = libc::MADV_POPULATE_READ,
    PopulateWrite = libc::MADV_POPULATE_WRITE,
    Collapse = MADV_COLLAPSE,
}

/// Advises the kernel about pages of a mapping.
///
/// All kinds of advice here keep the memory accessible. `DontNeed` alone changes bytes, to those
/// of the file behind or to zeroes.
pub(crate) fn advise(map: &mut Mapping, pages: &Range<usize>, advice: RawAdvice) -> Result<()> {
    let addresses = map.addresses(pages);
    if advice == RawAdvice::DontFork {
        map.leave_out();
    }
    // SAFETY: our own range, borrowed mutably.
    unsafe { madvise(addresses, advice) }
}

/// Leaves a mapping out of forked children, where touching it is a SIGSEGV.
pub(super) fn dont_fork(map: &mut Mapping) -> Result<()> {
    let pages = 0..map.len_bytes() / PAGE_SIZE;
    advise(map, &pages, RawAdvice::DontFork)
}

/// Maps pages for reading ahead of use.
pub(crate) fn populate_read(map: &Mapping, pages: &Range<usize>) -> Result<()> {
    let addresses = map.addresses(pages);
    // SAFETY: our own range, and no byte changes.
    unsafe { madvise(addresses, RawAdvice::PopulateRead) }
}

/// Has the kernel copy pages of a private mapping that starts at `start`, as writes would.
///
/// # Safety
///
/// The pages lie in a mapping that is writable.
pub(super) unsafe fn populate_write(start: usize, pages: &Range<usize>) -> Result<()> {
    let addresses = start + pages.start * PAGE_SIZE..start + pages.end * PAGE_SIZE;
    // SAFETY: the caller's contract; no byte changes.
    unsafe { madvise(addresses, RawAdvice::PopulateWrite) }
}

/// # Safety
///
/// The addresses are mapped, and nobody relies on what the advice changes.
unsafe fn madvise(addresses: Range<usize>, advice: RawAdvice) -> Result<()> {
    let start = std::ptr::with_exposed_provenance_mut::<c_void>(addresses.start);
    loop {
        // SAFETY: the caller's contract.
        if unsafe { libc::madvise(start, addresses.len(), advice as i32) } == 0 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(Error::os("madvise", error));
        }
    }
}

/// Turns merging of equal pages on or off for the whole process.
pub(crate) fn set_memory_merge(on: bool) -> Result<()> {
    // SAFETY: affects what the kernel may merge, not what memory holds.
    let rc = unsafe {
        libc::prctl(
            libc::PR_SET_MEMORY_MERGE,
            u64::from(on),
            0_u64,
            0_u64,
            0_u64,
        )
    };
    if rc == -1 {
        return Err(Error::os("prctl", io::Error::last_os_error()));
    }
    Ok(())
}

/// Returns whether merging is on for the whole process.
pub(crate) fn memory_merge() -> Result<bool> {
    // SAFETY: reads a flag.
    let rc = unsafe { libc::prctl(libc::PR_GET_MEMORY_MERGE, 0_u64, 0_u64, 0_u64, 0_u64) };
    if rc == -1 {
        return Err(Error::os("prctl", io::Error::last_os_error()));
    }
    Ok(rc != 0)
}

/// Sets where pages of a mapping that are not there yet are to be allocated.
pub(crate) fn set_numa_policy(
    map: &mut Mapping,
    pages: &Range<usize>,
    mode: i32,
    nodes: u64,
) -> Result<()> {
    let addresses = map.addresses(pages);
    // The kernel reads one bit less than it is told.
    let bits = u64::from(u64::BITS) + 1;
    // SAFETY: our own range; `nodes` outlives the call and has the bits announced.
    let rc = unsafe {
        libc::syscall(
            libc::SYS_mbind,
            addresses.start,
            addresses.len(),
            i64::from(mode),
            &raw const nodes,
            bits,
            0_u64,
        )
    };
    if rc == -1 {
        return Err(Error::os("mbind", io::Error::last_os_error()));
    }
    Ok(())
}
