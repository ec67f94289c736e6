//! An address range that is mapped and unmapped: [`Mapping`].

use std::ffi::c_void;
use std::ops::Range;
use std::os::fd::BorrowedFd;
use std::ptr::{self, NonNull};

use bytemuck::Pod;
use rustix::io::Errno;
use rustix::mm::{MapFlags, ProtFlags, mmap, mmap_anonymous, munmap};

use super::{HUGE_PAGE_SIZE, PAGE_SIZE, fork};
use crate::error::{Error, Result};

/// A mapped range of memory, unmapped on drop.
///
/// # Invariants
///
/// 1. `len` bytes from `start` are mapped readable and writable as long as the value lives, in the
///    process generation that made it.
/// 2. Touching them never fails for want of a file behind them: the memory cannot shrink.
/// 3. As seen through this range, bytes change only by writes that borrow the value mutably.
/// 4. `start` is aligned to a page, and to a huge page when `len` is at least that.
#[derive(Debug)]
pub(crate) struct Mapping {
    start: NonNull<u8>,
    len: usize,
    generation: usize,
    /// Whether something of it may be left out of forked children.
    left_out: bool,
}

// SAFETY: the range is plain memory that belongs to no thread; invariant 3 puts writes under
// `&mut`.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps private zeroed memory.
    pub(crate) fn anonymous(len: usize) -> Result<Self> {
        // SAFETY: nothing else can reach private anonymous memory.
        unsafe { Self::new(len, MapFlags::PRIVATE | MapFlags::NORESERVE, None) }
    }

    /// Maps `len` bytes, a multiple of the backing's page size, of a file from an offset.
    ///
    /// # Safety
    ///
    /// Invariants 2 and 3 must hold for this file and these flags.
    pub(super) unsafe fn new(
        len: usize,
        flags: MapFlags,
        file: Option<(BorrowedFd<'_>, u64)>,
    ) -> Result<Self> {
        fork::install()?;
        let map = |at: *mut c_void, flags: MapFlags| {
            let prot = ProtFlags::READ | ProtFlags::WRITE;
            match file {
                // SAFETY: nothing that is mapped is replaced, and the caller knows the file.
                Some((file, offset)) => unsafe { mmap(at, len, prot, flags, file, offset) },
                // SAFETY: nothing that is mapped is replaced.
                None => unsafe { mmap_anonymous(at, len, prot, flags) },
            }
        };
        let start = if len < HUGE_PAGE_SIZE {
            map(ptr::null_mut(), flags)
        } else {
            // Where another thread was faster there is another gap.
            loop {
                let place = aligned_gap(len)?;
                match map(place, flags | MapFlags::FIXED_NOREPLACE) {
                    Err(Errno::EXIST) => {}
                    result => break result,
                }
            }
        }
        .map_err(|e| Error::os("mmap", e))?;
        Ok(Self {
            start: NonNull::new(start.cast()).ok_or(Error::OutOfMemory)?,
            len,
            generation: fork::generation(),
            left_out: false,
        })
    }

    /// Returns the first address.
    pub(crate) fn start(&self) -> usize {
        self.start.addr().get()
    }

    /// Returns the first byte's pointer, for system calls and pokes.
    pub(super) fn as_ptr(&self) -> *mut u8 {
        self.start.as_ptr()
    }

    /// Returns the length in bytes.
    pub(crate) fn len_bytes(&self) -> usize {
        self.len
    }

    /// Keeps the place of what is left out of forked children free there. Called before it is.
    pub(super) fn leave_out(&mut self) {
        if !self.left_out {
            self.left_out = true;
            fork::left_out(self.start(), self.len);
        }
    }

    /// Returns an error in a process forked from the one that made the mapping.
    pub(super) fn check_process(&self) -> Result<()> {
        fork::check_generation(self.generation)
    }

    /// Returns the addresses of a range of pages.
    ///
    /// # Panics
    ///
    /// Panics if the pages are not all in the mapping.
    pub(crate) fn addresses(&self, pages: &Range<usize>) -> Range<usize> {
        let count = self.len / PAGE_SIZE;
        assert!(
            pages.start <= pages.end && pages.end <= count,
            "pages {pages:?} of a region of {count} pages"
        );
        self.start() + pages.start * PAGE_SIZE..self.start() + pages.end * PAGE_SIZE
    }

    /// Returns the first `len` elements.
    pub(crate) fn as_slice<T: Pod>(&self, len: usize) -> &[T] {
        self.check::<T>(len);
        // SAFETY: mapped and long enough (invariant 1, `check`), aligned (invariant 4, `check`),
        // any bytes are a `T`, and they change only under `&mut self` (invariant 3).
        unsafe { std::slice::from_raw_parts(self.start.as_ptr().cast(), len) }
    }

    /// Returns the first `len` elements for writing.
    pub(crate) fn as_mut_slice<T: Pod>(&mut self, len: usize) -> &mut [T] {
        self.check::<T>(len);
        // SAFETY: as in `as_slice`, and `&mut self` makes this the only borrow.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr().cast(), len) }
    }

    fn check<T: Pod>(&self, len: usize) {
        const {
            assert!(
                size_of::<T>() > 0,
                "elements of a mapped region have a size"
            );
            assert!(
                align_of::<T>() <= PAGE_SIZE,
                "elements are aligned to at most a page"
            );
        }
        let fits = len
            .checked_mul(size_of::<T>())
            .is_some_and(|n| n <= self.len);
        assert!(fits, "{len} elements in a mapping of {} bytes", self.len);
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // In a forked child the range may be absent (`MADV_DONTFORK`) and in use by something
        // else, so only the generation that mapped it unmaps it.
        if self.generation == fork::generation() {
            if self.left_out {
                fork::forget(self.start());
            }
            // SAFETY: this value owns the range, and every borrow of it has ended.
            let unmapped = unsafe { munmap(self.start.as_ptr().cast(), self.len) };
            // Where the kernel has made one mapping of this and its neighbours, it takes one more to
            // cut this out. A process that may have no more of them keeps this one.
            debug_assert!(
                matches!(unmapped, Ok(()) | Err(Errno::NOMEM)),
                "munmap of our own range: {unmapped:?}"
            );
        }
    }
}

/// Returns where `len` bytes can be mapped at the start of a huge page, unless something else is
/// mapped there first.
///
/// The gap is not held by a mapping of no access that the real one would replace: an `mmap` that
/// fails may have removed what it was to replace, and then nobody knows whose the range is.
fn aligned_gap(len: usize) -> Result<*mut c_void> {
    let spacious = len
        .checked_add(HUGE_PAGE_SIZE - PAGE_SIZE)
        .ok_or(Error::OutOfMemory)?;
    let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
    // SAFETY: the kernel picks a free range.
    let gap = unsafe { mmap_anonymous(ptr::null_mut(), spacious, ProtFlags::empty(), flags) }
        .map_err(|e| Error::os("mmap", e))?;
    // SAFETY: just mapped, and known to nobody.
    unsafe { munmap(gap, spacious) }.map_err(|e| Error::os("munmap", e))?;
    let offset = gap.cast::<u8>().align_offset(HUGE_PAGE_SIZE);
    Ok(gap.wrapping_byte_add(offset))
}
