//! Memory that knows which of its pages were written: [`Tracked`].
//!
//! For incremental backup and live migration: copy everything once, then again and again only
//! [what was written](Tracked::take_dirty) since. The kernel keeps the record in its page tables; a
//! first write to a page after each collection costs one short fault without a signal.
//!
//! Where the kernel is older than 6.7 the first write to each page traps instead, as in
//! [`live`](crate::live), with what is said there about signals and about writes by the kernel.

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::AtomicU64;

use bytemuck::Pod;

use crate::error::{Error, Result};
use crate::page_set::PageSet;
use crate::sys::region::Mechanism;
use crate::sys::tracked::{Collector, TrackedMemory};

/// How written pages are noticed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tracking {
    /// The first of the ways below that the kernel offers.
    #[default]
    Auto,
    /// By the kernel alone: asynchronous write protection and `PAGEMAP_SCAN` (Linux 6.7).
    Asynchronous,
    /// By a trap through userfaultfd.
    Userfaultfd,
    /// By a trap through `mprotect`, in units of 16 pages.
    Mprotect,
}

/// An array of plain data that knows which of its pages were written.
///
/// # Examples
///
/// ```
/// use cow_pages::track::Tracked;
///
/// let mut tracked = Tracked::<u64>::new(1 << 20)?;
/// tracked[0] = 1;
/// tracked[1 << 19] = 2;
/// assert_eq!(tracked.take_dirty()?.runs(), [0..1, 1024..1025]);
/// assert!(tracked.take_dirty()?.is_empty());
/// # Ok::<(), cow_pages::Error>(())
/// ```
pub struct Tracked<T: Pod> {
    memory: TrackedMemory,
    len: usize,
    element: PhantomData<T>,
}

impl<T: Pod> Tracked<T> {
    /// Makes `len` elements, all zero, no page of them written.
    ///
    /// # Errors
    ///
    /// Fails if the kernel refuses the memory, or has no way to track writes to it.
    pub fn new(len: usize) -> Result<Self> {
        Self::with_tracking(len, Tracking::Auto)
    }

    /// Makes `len` elements, tracked in a given way.
    ///
    /// # Errors
    ///
    /// Fails if the kernel refuses the memory, or does not offer this way.
    pub fn with_tracking(len: usize, tracking: Tracking) -> Result<Self> {
        let bytes = len.checked_mul(size_of::<T>()).ok_or(Error::OutOfMemory)?;
        let mprotect = Mechanism::Mprotect { max_mappings: None };
        let memory = match tracking {
            Tracking::Asynchronous => TrackedMemory::asynchronous(bytes),
            Tracking::Userfaultfd => TrackedMemory::trapped(bytes, Mechanism::Userfaultfd),
            Tracking::Mprotect => TrackedMemory::trapped(bytes, mprotect),
            Tracking::Auto => TrackedMemory::asynchronous(bytes)
                .or_else(|_| TrackedMemory::trapped(bytes, Mechanism::Userfaultfd))
                .or_else(|_| TrackedMemory::trapped(bytes, mprotect)),
        }?;
        Ok(Self {
            memory,
            len,
            element: PhantomData,
        })
    }

    /// Returns the pages written since the last call, and starts over.
    ///
    /// # Errors
    ///
    /// Fails if the kernel has no memory for its own records. No written page is lost.
    ///
    /// # Complexity
    ///
    /// O(n), with a small constant: under a millisecond per GiB of clean pages, and some 50 ns for
    /// each written one.
    pub fn take_dirty(&mut self) -> Result<PageSet> {
        self.memory.collect()
    }
}

impl Tracked<u64> {
    /// Returns the elements as atomics that several threads can write, and what collects the
    /// written pages meanwhile.
    ///
    /// # Examples
    ///
    /// ```
    /// use cow_pages::track::Tracked;
    /// use std::sync::atomic::Ordering;
    ///
    /// let mut tracked = Tracked::<u64>::new(1 << 20)?;
    /// let (words, dirty) = tracked.share();
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| words[77].store(1, Ordering::Relaxed));
    /// });
    /// assert_eq!(dirty.take_dirty()?.runs(), [0..1]);
    /// # Ok::<(), cow_pages::Error>(())
    /// ```
    pub fn share(&mut self) -> (&[AtomicU64], DirtyPages<'_>) {
        let (words, collector) = self.memory.share(self.len);
        (words, DirtyPages { collector })
    }
}

/// Collects the written pages of a [shared](Tracked::share) array.
pub struct DirtyPages<'a> {
    collector: Collector<'a>,
}

impl DirtyPages<'_> {
    /// Returns the pages written since the last call, and starts over.
    ///
    /// A write at the same time as the call is seen by this call or the next one. A page is in the
    /// result before or after it changed: read it after the call, and what it held is either that
    /// or it is in the next result.
    ///
    /// # Errors
    ///
    /// As [`Tracked::take_dirty`].
    pub fn take_dirty(&self) -> Result<PageSet> {
        self.collector.collect()
    }
}

impl<T: Pod> Deref for Tracked<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.memory.mapping().as_slice(self.len)
    }
}

impl<T: Pod> DerefMut for Tracked<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        self.memory.as_mut_slice(self.len)
    }
}
