//! Extents of one shared file, mapped one by one: [`Extents`].

use std::collections::HashMap;
use std::mem::ManuallyDrop;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::ptr::NonNull;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::fs::{FallocateFlags, MemfdFlags, fallocate, ftruncate};
use rustix::mm::MapFlags;

use super::advice;
use super::mapping::Mapping;
use super::memory::{memory_file, unnamed_file};
use super::{HUGE_PAGE_SIZE, fork};
use crate::error::{Error, Result};

/// A file that is mapped in pieces of whole huge pages.
#[derive(Debug)]
pub(crate) struct Extents {
    file: OwnedFd,
    on_disk: bool,
    /// The process that made it. A forked child has the file, and must not touch it.
    generation: usize,
    pieces: Mutex<Pieces>,
}

#[derive(Debug, Default)]
struct Pieces {
    /// Length of the file so far.
    end: u64,
    /// By first address: the mapping and its offset in the file. Mappings that were not given back
    /// stay when the value goes, since someone may use them.
    mapped: HashMap<usize, (ManuallyDrop<Mapping>, u64)>,
    /// Holes in the file, as offset and length.
    free: Vec<(u64, u64)>,
}

impl Extents {
    /// Takes extents from a memory file.
    pub(crate) fn in_memory() -> Result<Self> {
        Self::new(memory_file(MemfdFlags::empty(), 0)?, false)
    }

    /// Takes extents from preallocated huge pages.
    pub(crate) fn in_huge_pages() -> Result<Self> {
        let flags = MemfdFlags::HUGETLB | MemfdFlags::HUGE_2MB;
        Self::new(memory_file(flags, 0)?, false)
    }

    /// Takes extents from a file without a name on the file system of `dir`.
    pub(crate) fn in_unnamed_file(dir: &Path) -> Result<Self> {
        Self::new(unnamed_file(dir)?, true)
    }

    fn new(file: OwnedFd, on_disk: bool) -> Result<Self> {
        // Nothing is mapped yet, but a child can be forked before something is.
        fork::install()?;
        Ok(Self {
            file,
            on_disk,
            generation: fork::generation(),
            pieces: Mutex::default(),
        })
    }

    /// Maps an extent of `len` bytes, aligned to a huge page and zeroed.
    pub(crate) fn take(&self, len: usize) -> Result<NonNull<u8>> {
        let len = len
            .checked_next_multiple_of(HUGE_PAGE_SIZE)
            .ok_or(Error::OutOfMemory)?;
        let size = len as u64;
        fork::check_generation(self.generation)?;
        let mut pieces = self.lock();
        let hole = pieces.free.iter().position(|&(_, hole)| hole == size);
        let offset = hole.map_or(pieces.end, |hole| pieces.free[hole].0);
        if self.on_disk {
            // A full disk is an error here, and would be SIGBUS at a later store.
            fallocate(&self.file, FallocateFlags::empty(), offset, size)
                .map_err(|e| Error::os("fallocate", e))?;
        } else if hole.is_none() {
            ftruncate(&self.file, offset + size).map_err(|e| Error::os("ftruncate", e))?;
        }
        // SAFETY: the file is this value's own, only grows, and each of its parts is mapped once.
        let mut map =
            unsafe { Mapping::new(len, MapFlags::SHARED, Some((self.file.as_fd(), offset))) }?;
        // A forked child would write to its parent's memory.
        advice::dont_fork(&mut map)?;
        match hole {
            Some(hole) => drop(pieces.free.swap_remove(hole)),
            None => pieces.end += size,
        }
        let start = NonNull::new(map.as_ptr()).ok_or(Error::OutOfMemory)?;
        pieces
            .mapped
            .insert(map.start(), (ManuallyDrop::new(map), offset));
        Ok(start)
    }

    /// Unmaps an extent, and gives its memory back to the system.
    ///
    /// # Safety
    ///
    /// `start` came from [`take`](Self::take) of this value, and nobody uses the extent any more.
    pub(crate) unsafe fn give_back(&self, start: NonNull<u8>) {
        if self.generation != fork::generation() {
            return;
        }
        let mut pieces = self.lock();
        let Some((map, offset)) = pieces.mapped.remove(&start.addr().get()) else {
            debug_assert!(false, "an extent of this source");
            return;
        };
        let len = map.len_bytes() as u64;
        drop(ManuallyDrop::into_inner(map));
        let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
        // Without a hole the memory is kept and used again, unzeroed. Sources may do that.
        let _hole = fallocate(&self.file, flags, offset, len);
        pieces.free.push((offset, len));
    }

    /// Returns how many bytes are mapped.
    pub(crate) fn mapped_bytes(&self) -> usize {
        let pieces = self.lock();
        pieces.mapped.values().map(|(map, _)| map.len_bytes()).sum()
    }

    fn lock(&self) -> MutexGuard<'_, Pieces> {
        self.pieces.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
