//! A region that is written in place and can be snapshotted: [`Live`], [`Snapshot`].
//!
//! A snapshot is a private view of the same memory file. Before a page of the live region changes,
//! it is made private in every open snapshot, which keeps what it held; nothing is copied for pages
//! that stay as they are. Two ways lead to that "before":
//!
//! | | who says that a page will change | first write to a page | needs |
//! |---|---|---|---|
//! | barrier | the caller, by [`Live::make_mut`] | one page copy | nothing: no signals, any kernel since 5.14 |
//! | trap | the MMU, for code that writes through `&mut [T]` | one page copy and one signal | [`Live::trap`] |
//!
//! A snapshot costs the same whatever the region's size; where writes trap, 0.1 µs more per page
//! written since the one before, or 2 µs for one that was written alone. Each open snapshot keeps its
//! own copy of each page that changed since it was taken, unless it was taken without a write in
//! between: few snapshots at a time, then. Long histories belong in the collections on a software
//! page table.
//!
//! The regions and snapshots of a process do not exist in its forked children, where touching one
//! is a SIGSEGV, and a call that would change one is an [`Error`].
//!
//! # Traps
//!
//! The first [`Live::trap`] of a process installs a handler for SIGBUS (userfaultfd) or SIGSEGV
//! (`mprotect`). Faults that are not its own go to the handler that was there before. What comes
//! with it:
//!
//! - Handlers installed later have to call the earlier one for faults that they do not know.
//! - A thread that blocks the signal is killed by its first trapped write.
//! - The kernel does not trap: `read(2)` and the like into a page not yet written fail with
//!   `EFAULT`. [`Trapped::prepare_for_io`] opens such a range beforehand.
//! - Memory handed to a device (registered with io_uring, or for DMA) is written without any trap.
//!   Do not take snapshots while such a registration is in force.

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut, Range, RangeBounds};
use std::sync::Arc;

use bytemuck::Pod;

use crate::error::{Error, Result};
use crate::page_set::PageSet;
use crate::sys::region::{LiveMemory, MAX_VIEWS, Mechanism, ViewMemory};
use crate::sys::{PAGE_SIZE, resolve_range};

/// Limits of a [`Live`] region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveOptions {
    max_snapshots: usize,
    page_budget: usize,
}

impl LiveOptions {
    /// Returns the defaults: four snapshots at a time, any number of copied pages.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            max_snapshots: 4,
            page_budget: usize::MAX,
        }
    }

    /// Sets how many snapshots may be open at once, of at most 16.
    #[must_use]
    pub const fn max_snapshots(mut self, count: usize) -> Self {
        self.max_snapshots = if count < MAX_VIEWS { count } else { MAX_VIEWS };
        self
    }

    /// Sets how many copied pages the open snapshots may hold together.
    ///
    /// Beyond it [`Live::make_mut`] fails before anything is written. A trapped write cannot fail,
    /// so in trap mode the budget stops the next [`Live::snapshot`] only.
    #[must_use]
    pub const fn page_budget(mut self, pages: usize) -> Self {
        self.page_budget = pages;
        self
    }
}

impl Default for LiveOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// An array of plain data that is written in place and can be snapshotted.
///
/// # Examples
///
/// ```
/// use cow_pages::live::Live;
///
/// let mut live = Live::from_slice(&[1_u32; 10_000])?;
/// let before = live.snapshot()?;
/// live.make_mut(100..200)?.fill(2);
/// assert_eq!((live[150], before[150]), (2, 1));
/// assert_eq!(before.copied_pages()?.page_count(), 1);
/// # Ok::<(), cow_pages::Error>(())
/// ```
pub struct Live<T: Pod> {
    memory: LiveMemory,
    len: usize,
    options: LiveOptions,
    element: PhantomData<T>,
}

impl<T: Pod> Live<T> {
    /// Makes a region of `len` elements, all zero.
    ///
    /// # Errors
    ///
    /// Fails if the kernel refuses the memory.
    pub fn new(len: usize) -> Result<Self> {
        Self::with_options(len, LiveOptions::new())
    }

    /// Makes a region of `len` elements, all zero, with limits of its own.
    ///
    /// # Errors
    ///
    /// Fails if the kernel refuses the memory.
    pub fn with_options(len: usize, options: LiveOptions) -> Result<Self> {
        let bytes = len.checked_mul(size_of::<T>()).ok_or(Error::OutOfMemory)?;
        Ok(Self {
            memory: LiveMemory::new(bytes)?,
            len,
            options,
            element: PhantomData,
        })
    }

    /// Makes a region with the contents of a slice.
    ///
    /// # Errors
    ///
    /// Fails if the kernel refuses the memory.
    pub fn from_slice(elements: &[T]) -> Result<Self> {
        let mut live = Self::new(elements.len())?;
        live.make_mut(..)?.copy_from_slice(elements);
        Ok(live)
    }

    /// Returns a range of elements for writing.
    ///
    /// Every page of the range counts as written, whether it is or not.
    ///
    /// # Errors
    ///
    /// Fails if the open snapshots may hold no more pages. Nothing has changed then. Want of memory
    /// for a copy is an error where several pages are copied, and kills the process for a single
    /// one, as any write to memory would; [`Snapshot::prefault`] always reports it.
    ///
    /// # Panics
    ///
    /// Panics if the range is out of bounds.
    ///
    /// # Complexity
    ///
    /// One copied page per open snapshot and page of the range that was not written since the
    /// latest one; else a test of one bit per page.
    #[inline]
    pub fn make_mut(&mut self, range: impl RangeBounds<usize>) -> Result<&mut [T]> {
        let range = resolve_range(range, self.len);
        self.memory.make_mut(range, self.options.page_budget)
    }

    /// Takes a snapshot: the region as it is now, for as long as anyone wants to look at it.
    ///
    /// # Errors
    ///
    /// Fails if as many snapshots as allowed are open or hold as many pages as allowed, or if the
    /// process has too many mappings or too little address space.
    ///
    /// # Complexity
    ///
    /// O(1), plus O(pages written since the latest snapshot) where writes trap. Without a write in
    /// between it is the latest snapshot once more.
    pub fn snapshot(&mut self) -> Result<Snapshot<T>> {
        let LiveOptions {
            max_snapshots,
            page_budget,
        } = self.options;
        Ok(Snapshot {
            view: self.memory.snapshot(max_snapshots, page_budget)?,
            len: self.len,
            element: PhantomData,
        })
    }

    /// Returns the pages written since the latest snapshot, or opened for writing.
    #[must_use]
    pub fn dirty_pages(&self) -> PageSet {
        self.memory.dirty_pages()
    }

    /// Returns how many different snapshots are open.
    #[must_use]
    pub fn open_snapshots(&self) -> usize {
        self.memory.views_open()
    }

    /// Counts the copied pages that open snapshots hold.
    ///
    /// # Errors
    ///
    /// Fails if `/proc` is not there.
    pub fn held_pages(&mut self) -> Result<usize> {
        self.memory.count_held()
    }

    /// Gathers the region into huge pages of 2 MiB, but for an incomplete one at its end.
    ///
    /// Reads and writes become faster. A snapshot still copies 4 KiB per page that changes, and in
    /// trap mode the kernel takes the huge pages apart again.
    ///
    /// # Errors
    ///
    /// Fails if the kernel cannot (before Linux 6.1), or has no free huge page. The region is
    /// usable all the same.
    pub fn collapse(&mut self) -> Result<()> {
        self.memory.collapse()
    }

    /// Makes the region writable as `&mut [T]`: the first write to each page after a snapshot
    /// traps.
    ///
    /// The region stays in trap mode, and the next call returns at once, whatever it asks for.
    ///
    /// # Errors
    ///
    /// Fails if the kernel offers no way to trap, if too many regions are in trap mode, or if
    /// another part of the process replaced the signal handler. The region is as it was.
    ///
    /// # Complexity
    ///
    /// The first call O(n): some 40 ms per GiB.
    pub fn trap(&mut self, options: &TrapOptions) -> Result<Trapped<'_, T>> {
        self.memory.set_cluster(options.cluster_pages);
        let mprotect = Mechanism::Mprotect {
            max_mappings: options.max_mappings,
        };
        match options.mechanism {
            TrapMechanism::Userfaultfd => self.memory.arm(Mechanism::Userfaultfd),
            TrapMechanism::Mprotect => self.memory.arm(mprotect),
            TrapMechanism::Auto => match self.memory.arm(Mechanism::Userfaultfd) {
                // Containers often refuse userfaultfd, and old kernels know less of it.
                Err(Error::Os {
                    call: "userfaultfd" | "UFFDIO_API" | "UFFDIO_REGISTER",
                    ..
                }) => self.memory.arm(mprotect),
                result => result,
            },
        }?;
        Ok(Trapped { live: self })
    }

    /// Returns what traps writes, once [`trap`](Self::trap) was called.
    #[must_use]
    pub fn trap_mechanism(&self) -> Option<TrapMechanism> {
        self.memory.mechanism().map(|mechanism| match mechanism {
            Mechanism::Userfaultfd => TrapMechanism::Userfaultfd,
            Mechanism::Mprotect { .. } => TrapMechanism::Mprotect,
        })
    }

    /// Returns how many writes have trapped.
    #[must_use]
    pub fn trap_count(&self) -> u64 {
        self.memory.traps()
    }
}

impl<T: Pod> Deref for Live<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.memory.mapping().as_slice(self.len)
    }
}

/// What makes writes trap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TrapMechanism {
    /// userfaultfd where the kernel allows it, else `mprotect`.
    #[default]
    Auto,
    /// Write protection by userfaultfd and SIGBUS, page by page. Needs no privilege.
    Userfaultfd,
    /// `mprotect` and SIGSEGV, 64 KiB at a time. Scattered writes cut the region into mappings,
    /// whose number is [limited](TrapOptions::max_mappings).
    Mprotect,
}

/// How a region traps writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrapOptions {
    mechanism: TrapMechanism,
    cluster_pages: usize,
    max_mappings: Option<usize>,
}

impl TrapOptions {
    /// Returns the defaults: the best mechanism there is, and clusters of 16 pages.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            mechanism: TrapMechanism::Auto,
            cluster_pages: 16,
            max_mappings: None,
        }
    }

    /// Sets the mechanism.
    #[must_use]
    pub const fn mechanism(mut self, mechanism: TrapMechanism) -> Self {
        self.mechanism = mechanism;
        self
    }

    /// Sets how many pages a trap opens if it continues a sequence of writes.
    ///
    /// One page is exact; more make sequential writing faster and copy up to that many too many
    /// where it ends. `mprotect` always opens 16.
    #[must_use]
    pub const fn cluster_pages(mut self, pages: usize) -> Self {
        self.cluster_pages = pages;
        self
    }

    /// Sets how many mappings `mprotect` may cut the region into, which is a quarter of what the
    /// system allows a process (`vm.max_map_count`) by default. Past it, the rest of the region is
    /// copied at once and traps no more until the next snapshot.
    #[must_use]
    pub const fn max_mappings(mut self, count: usize) -> Self {
        self.max_mappings = Some(count);
        self
    }
}

impl Default for TrapOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// A [`Live`] region in trap mode, as `&mut [T]`.
///
/// # Examples
///
/// ```
/// use cow_pages::live::{Live, TrapOptions};
///
/// let mut live = Live::from_slice(&[1_u32; 10_000])?;
/// let mut region = live.trap(&TrapOptions::new())?;
/// let before = region.snapshot()?;
/// region.sort_unstable();
/// region[5_000] = 2;
/// assert_eq!(before[5_000], 1);
/// # Ok::<(), cow_pages::Error>(())
/// ```
pub struct Trapped<'a, T: Pod> {
    live: &'a mut Live<T>,
}

impl<T: Pod> Trapped<'_, T> {
    /// Takes a snapshot.
    ///
    /// # Errors
    ///
    /// As [`Live::snapshot`].
    pub fn snapshot(&mut self) -> Result<Snapshot<T>> {
        self.live.snapshot()
    }

    /// Opens a range for writes by the kernel, which do not trap, and returns it.
    ///
    /// # Errors
    ///
    /// As [`Live::make_mut`].
    ///
    /// # Panics
    ///
    /// Panics if the range is out of bounds.
    pub fn prepare_for_io(&mut self, range: impl RangeBounds<usize>) -> Result<&mut [T]> {
        self.live.make_mut(range)
    }

    /// Returns how many writes have trapped.
    #[must_use]
    pub fn trap_count(&self) -> u64 {
        self.live.trap_count()
    }
}

impl<T: Pod> Deref for Trapped<'_, T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.live
    }
}

impl<T: Pod> DerefMut for Trapped<'_, T> {
    fn deref_mut(&mut self) -> &mut [T] {
        let len = self.live.len;
        let armed = self.live.memory.as_mut_slice(len);
        armed.expect("a trapped region is armed")
    }
}

/// A [`Live`] region as it was when the snapshot was taken.
///
/// `Clone` copies a handle. The snapshot outlives the region.
pub struct Snapshot<T: Pod> {
    view: Arc<ViewMemory>,
    len: usize,
    element: PhantomData<T>,
}

impl<T: Pod> Snapshot<T> {
    /// Returns the pages the snapshot has its own copies of, since they changed.
    ///
    /// # Errors
    ///
    /// Fails if `/proc` is not there.
    pub fn copied_pages(&self) -> Result<PageSet> {
        self.view.private_pages()
    }

    /// Copies the pages of a range of elements now, before writes to the region have to.
    ///
    /// # Errors
    ///
    /// Fails if there is not enough memory.
    ///
    /// # Panics
    ///
    /// Panics if the range is out of bounds.
    pub fn prefault(&self, range: impl RangeBounds<usize>) -> Result<()> {
        let Range { start, end } = resolve_range(range, self.len);
        let first = start * size_of::<T>() / PAGE_SIZE;
        let last = (end * size_of::<T>()).div_ceil(PAGE_SIZE);
        self.view.prefault(&(first..last))
    }

    /// Returns whether two handles are of the same snapshot.
    #[must_use]
    pub fn ptr_eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.view, &other.view)
    }
}

impl<T: Pod> Clone for Snapshot<T> {
    fn clone(&self) -> Self {
        Self {
            view: Arc::clone(&self.view),
            len: self.len,
            element: PhantomData,
        }
    }
}

impl<T: Pod> Deref for Snapshot<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.view.mapping().as_slice(self.len)
    }
}
