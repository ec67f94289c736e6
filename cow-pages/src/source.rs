//! Memory files, huge pages and disk files as the source of an arena: [`MappedSource`].
//!
//! Collections on such an arena are used like any other.
//!
//! | source | for |
//! |---|---|
//! | [`MappedSource::in_memory`] | memory that tools can tell from the rest of the process by its name |
//! | [`MappedSource::in_huge_pages`] | fewer TLB misses than transparent huge pages can promise |
//! | [`MappedSource::in_unnamed_file`] | collections larger than memory, paged to a disk of choice |
//!
//! The memory does not exist in forked children, where touching it is a SIGSEGV: it is shared with
//! the file, so that a child would change what its parent sees.

use std::alloc::Layout;
use std::path::Path;
use std::ptr::NonNull;
use std::sync::Arc;

use cow_core::ChunkSource;

use crate::error::Result;
use crate::sys::HUGE_PAGE_SIZE;
use crate::sys::extents::Extents;

/// A [`ChunkSource`] that maps the extents of an arena from one file.
///
/// An extent that the arena gives back is unmapped at once, and its memory returned to the system.
/// `Clone` copies a handle, to ask for [`mapped_bytes`](Self::mapped_bytes) later.
///
/// # Examples
///
/// ```
/// use cow_collections::{Arena, CowVec};
/// use cow_pages::source::MappedSource;
///
/// let arena = Arena::builder().source(MappedSource::in_memory()?).build();
/// let mut vector = CowVec::<u64>::new_in(&arena);
/// vector.extend(0..1_000);
/// let before = vector.clone();
/// vector[7] = 0;
/// assert_eq!((before[7], vector[7]), (7, 0));
/// # Ok::<(), cow_pages::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct MappedSource {
    extents: Arc<Extents>,
}

impl MappedSource {
    /// Makes a source of memory in an anonymous memory file.
    ///
    /// # Errors
    ///
    /// Fails if the kernel refuses the file.
    pub fn in_memory() -> Result<Self> {
        Extents::in_memory().map(Self::new)
    }

    /// Makes a source of huge pages that the administrator set aside (`vm.nr_hugepages`).
    ///
    /// When none is left, the arena is out of memory.
    ///
    /// # Errors
    ///
    /// Fails if the kernel has no huge pages.
    pub fn in_huge_pages() -> Result<Self> {
        Extents::in_huge_pages().map(Self::new)
    }

    /// Makes a source of memory in a file without a name on the file system of `dir`.
    ///
    /// When the disk is full, the arena is out of memory.
    ///
    /// # Errors
    ///
    /// Fails if the file system has no such files.
    pub fn in_unnamed_file(dir: impl AsRef<Path>) -> Result<Self> {
        Extents::in_unnamed_file(dir.as_ref()).map(Self::new)
    }

    fn new(extents: Extents) -> Self {
        Self {
            extents: Arc::new(extents),
        }
    }

    /// Returns how many bytes are handed out.
    #[must_use]
    pub fn mapped_bytes(&self) -> usize {
        self.extents.mapped_bytes()
    }
}

// SAFETY: each block is a mapping of its own, of at least the layout's size and aligned to a huge
// page, and it stays until it is given back, even if the source goes before.
unsafe impl ChunkSource for MappedSource {
    fn take(&self, layout: Layout) -> Option<NonNull<u8>> {
        if layout.align() > HUGE_PAGE_SIZE {
            return None;
        }
        self.extents.take(layout.size().max(1)).ok()
    }

    unsafe fn give_back(&self, block: NonNull<u8>, _: Layout) {
        // SAFETY: the caller's contract.
        unsafe { self.extents.give_back(block) };
    }
}
