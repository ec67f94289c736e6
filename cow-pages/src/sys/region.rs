//! A region written in place and the views that keep its past: [`LiveMemory`], [`ViewMemory`].
//!
//! ```text
//!                  memory file
//!                 /           \
//!   LiveMemory: MAP_SHARED     ViewMemory: MAP_PRIVATE, one per snapshot
//!   written in place           shows the file, until a page of it is poked
//! ```
//!
//! Before a page of the live side changes for the first time since the latest snapshot, the page is
//! poked in every open view. The kernel then copies it there, as for any write to a private
//! mapping, and the view no longer sees what is written to the file.

use std::ops::Range;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use bytemuck::Pod;
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals};
use rustix::mm::{MapFlags, MprotectFlags, mprotect};

use super::advice::{self, RawAdvice};
use super::in_flight::{Guard, wait_for_guards};
use super::mapping::Mapping;
use super::memory::{memory_file, round_up};
use super::pagemap::{Pages, scan};
use super::poke::poke;
use super::trap::{self, Entry, Signal};
use super::uffd::{Notify, Uffd};
use super::{PAGE_SIZE, PAGES_PER_HUGE_PAGE};
use crate::error::{Error, Result};
use crate::page_set::PageSet;

/// How many views a region can have at once.
pub(crate) const MAX_VIEWS: usize = 16;

/// Pages that the `mprotect` trap opens at once. Few, large holes keep the number of mappings low.
const MPROTECT_PAGES: usize = 16;

/// Sequential writers whose next page a region remembers.
const STREAMS: usize = 4;

/// More threads than ever trap at once.
const MAX_THREADS: usize = 10_000;

/// What makes a write to a clean page trap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mechanism {
    /// A userfaultfd that write-protects single pages, and SIGBUS.
    Userfaultfd,
    /// `mprotect`, and SIGSEGV.
    Mprotect {
        /// How many mappings the region may be cut into; a quarter of the system's limit if `None`.
        max_mappings: Option<usize>,
    },
}

impl Mechanism {
    fn signal(self) -> Signal {
        match self {
            Self::Userfaultfd => Signal::Bus,
            Self::Mprotect { .. } => Signal::Segv,
        }
    }
}

/// What the fault handler knows of a live region.
pub(super) struct Region {
    start: usize,
    page_count: usize,
    /// One bit per page: written since the latest snapshot, so that every open view has its own.
    dirty: Box<[AtomicU64]>,
    /// Whether any bit of `dirty` is set.
    written: AtomicBool,
    /// The first address of each open view, or 0.
    views: [AtomicUsize; MAX_VIEWS],
    protection: OnceLock<Protection>,
    /// Pages opened by a trap that continues a sequence.
    cluster: AtomicUsize,
    streams: [AtomicUsize; STREAMS],
    next_stream: AtomicUsize,
    traps: AtomicU64,
    /// Pages poked since they were last counted: an upper bound of what the views hold.
    held: AtomicUsize,
    /// Faults in a row on pages that were open.
    in_vain: AtomicUsize,
}

enum Protection {
    Userfaultfd(Uffd),
    Mprotect {
        /// Holes opened in the protected range; each costs up to two mappings.
        holes: AtomicUsize,
        max_holes: usize,
    },
}

impl Region {
    fn new(start: usize, page_count: usize) -> Self {
        Self {
            start,
            page_count,
            dirty: (0..page_count.div_ceil(64))
                .map(|_| AtomicU64::new(0))
                .collect(),
            written: AtomicBool::new(false),
            views: [const { AtomicUsize::new(0) }; MAX_VIEWS],
            protection: OnceLock::new(),
            cluster: AtomicUsize::new(1),
            streams: [const { AtomicUsize::new(usize::MAX) }; STREAMS],
            next_stream: AtomicUsize::new(0),
            traps: AtomicU64::new(0),
            held: AtomicUsize::new(0),
            in_vain: AtomicUsize::new(0),
        }
    }

    pub(super) fn contains(&self, address: usize) -> bool {
        (self.start..self.start + self.page_count * PAGE_SIZE).contains(&address)
    }

    pub(super) fn mechanism(&self) -> Option<Mechanism> {
        self.protection.get().map(|protection| match protection {
            Protection::Userfaultfd(_) => Mechanism::Userfaultfd,
            Protection::Mprotect { max_holes, .. } => Mechanism::Mprotect {
                max_mappings: Some(max_holes * 2),
            },
        })
    }

    /// Whether writes to the region trap by this signal. Async-signal-safe.
    pub(super) fn traps_by(&self, signal: Signal) -> bool {
        self.mechanism().map(Mechanism::signal) == Some(signal)
    }

    fn addresses(&self, pages: &Range<usize>) -> Range<usize> {
        self.start + pages.start * PAGE_SIZE..self.start + pages.end * PAGE_SIZE
    }

    #[inline]
    fn is_dirty(&self, page: usize) -> bool {
        // Acquire, with the Release in `mark_dirty`: who sees the bit sees the pokes before it.
        self.dirty[page / 64].load(Ordering::Acquire) >> (page % 64) & 1 == 1
    }

    fn mark_dirty(&self, pages: &Range<usize>) {
        for page in pages.clone() {
            self.dirty[page / 64].fetch_or(1 << (page % 64), Ordering::Release);
        }
        self.written.store(true, Ordering::Relaxed);
    }

    /// Makes a page private in every open view. Async-signal-safe; the caller holds a [`Guard`].
    fn poke_views(&self, page: usize) {
        for view in &self.views {
            // SeqCst: see `Guard::enter`.
            let start = view.load(Ordering::SeqCst);
            if start != 0 {
                let address = std::ptr::with_exposed_provenance_mut::<u8>(start);
                // SAFETY: `start` is an open view, as long as this region and writable. It stays
                // mapped while the caller holds its guard, since `ViewMemory::drop` waits.
                let byte = unsafe { address.add(page * PAGE_SIZE) };
                // SAFETY: as above.
                unsafe { poke(byte) };
                self.held.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Makes a run of pages private in every open view. The caller holds a [`Guard`].
    fn copy_to_views(&self, run: &Range<usize>) -> Result<()> {
        if run.len() == 1 {
            self.poke_views(run.start);
            return Ok(());
        }
        for view in &self.views {
            // SeqCst: see `Guard::enter`.
            let start = view.load(Ordering::SeqCst);
            if start != 0 {
                // Cheaper per page than a poke, dearer per call, and it reports want of memory.
                // SAFETY: an open view, which stays mapped while the caller's guard lives.
                unsafe { advice::populate_write(start, run) }?;
                self.held.fetch_add(run.len(), Ordering::Relaxed);
            }
        }
        Ok(())
    }

    /// Lets a trapped write pass, or returns `false`. Async-signal-safe; the caller holds a
    /// [`Guard`]. Two threads may be here for the same page at once: every step can be repeated.
    pub(super) fn resolve(&self, address: usize) -> bool {
        self.traps.fetch_add(1, Ordering::Relaxed);
        let page = (address - self.start) / PAGE_SIZE;
        if self.is_dirty(page) {
            // Another thread was faster, or a snapshot failed half-way. More faults than that, all of
            // them on open pages, have another cause, which would come back for ever: a jump into
            // the region, or want of memory behind it.
            let patience = self.page_count + MAX_THREADS;
            if self.in_vain.fetch_add(1, Ordering::Relaxed) > patience {
                return false;
            }
        } else {
            self.in_vain.store(0, Ordering::Relaxed);
        }
        let pages = match self.protection.get() {
            Some(Protection::Userfaultfd(_)) => self.sequence_from(page),
            Some(Protection::Mprotect { holes, max_holes }) => {
                let first = page - page % MPROTECT_PAGES;
                let pages = first..(first + MPROTECT_PAGES).min(self.page_count);
                if holes.fetch_add(1, Ordering::Relaxed) < *max_holes && self.open(&pages) {
                    return true;
                }
                // Too many mappings: give up trapping until the next snapshot.
                0..self.page_count
            }
            None => return false,
        };
        self.open(&pages)
    }

    /// Saves pages in the views and lets writes to them pass. Async-signal-safe.
    fn open(&self, pages: &Range<usize>) -> bool {
        for page in pages.clone() {
            if !self.is_dirty(page) {
                self.poke_views(page);
            }
        }
        // The bit comes last: `LiveMemory::collect` clears it and then protects the page, so a bit
        // set before the page was opened could be gone while the page is open.
        if self.protect(pages, false).is_err() {
            return false;
        }
        self.mark_dirty(pages);
        true
    }

    /// Returns the pages to open for a trap: more than one if it continues a sequence of writes.
    fn sequence_from(&self, page: usize) -> Range<usize> {
        for next in &self.streams {
            if next.load(Ordering::Relaxed) == page {
                let cluster = self.cluster.load(Ordering::Relaxed);
                let end = (page + cluster).min(self.page_count);
                next.store(end, Ordering::Relaxed);
                return page..end;
            }
        }
        let stream = self.next_stream.fetch_add(1, Ordering::Relaxed) % STREAMS;
        self.streams[stream].store(page + 1, Ordering::Relaxed);
        page..page + 1
    }

    /// Makes writes to pages trap, or lets them pass. Async-signal-safe.
    fn protect(&self, pages: &Range<usize>, protect: bool) -> Result<()> {
        let addresses = self.addresses(pages);
        if protect {
            // Also pages whose bits stay set, if what protects them fails after this.
            self.in_vain.store(0, Ordering::Relaxed);
        }
        match self.protection.get() {
            None => Ok(()),
            Some(Protection::Userfaultfd(uffd)) => uffd
                .write_protect(&addresses, protect)
                .map_err(|e| Error::os("UFFDIO_WRITEPROTECT", e)),
            Some(Protection::Mprotect { .. }) => {
                let flags = if protect {
                    MprotectFlags::READ
                } else {
                    MprotectFlags::READ | MprotectFlags::WRITE
                };
                let start = std::ptr::with_exposed_provenance_mut(addresses.start);
                // SAFETY: the range belongs to the live mapping, stays readable, and writes that
                // trap are let through by `resolve`.
                unsafe { mprotect(start, addresses.len(), flags) }
                    .map_err(|e| Error::os("mprotect", e))
            }
        }
    }

    /// Returns the runs of pages in a range whose bit equals `dirty`.
    fn runs(&self, pages: Range<usize>, dirty: bool) -> PageSet {
        let mut set = PageSet::new();
        let mut page = pages.start;
        while page < pages.end {
            let word = self.dirty[page / 64].load(Ordering::Acquire);
            let wanted = if dirty { word } else { !word } >> (page % 64);
            if wanted == 0 {
                page = (page / 64 + 1) * 64;
                continue;
            }
            let first = page + wanted.trailing_zeros() as usize;
            let rest = wanted >> wanted.trailing_zeros();
            let end = (first + rest.trailing_ones() as usize).min(pages.end);
            set.push_run(first.min(end)..end);
            page = end;
        }
        set
    }
}

/// Memory that is written in place and can be snapshotted.
pub(crate) struct LiveMemory {
    entry: Option<Entry>,
    map: Mapping,
    file: OwnedFd,
    region: Arc<Region>,
    latest: Weak<ViewMemory>,
    open: Vec<Weak<ViewMemory>>,
}

impl LiveMemory {
    /// Makes zeroed live memory of at least `len` bytes.
    pub(crate) fn new(len: usize) -> Result<Self> {
        let len = round_up(len, PAGE_SIZE)?;
        let file = memory_file(MemfdFlags::empty(), len)?;
        // SAFETY: the descriptor stays in this value, and the seals below keep the file's length
        // and make this mapping the only way to write to it.
        let mut map = unsafe { Mapping::new(len, MapFlags::SHARED, Some((file.as_fd(), 0))) }?;
        let seals = SealFlags::FUTURE_WRITE | SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL;
        fcntl_add_seals(&file, seals).map_err(|e| Error::os("fcntl", e))?;
        // A forked child that wrote to a shared mapping would change its parent's memory.
        advice::dont_fork(&mut map)?;
        let region = Arc::new(Region::new(map.start(), len / PAGE_SIZE));
        map.as_ptr().expose_provenance();
        Ok(Self {
            entry: None,
            map,
            file,
            region,
            latest: Weak::new(),
            open: Vec::new(),
        })
    }

    /// Returns the mapping for reading. Only `make_mut` and `as_mut_slice` here write to it.
    pub(crate) fn mapping(&self) -> &Mapping {
        &self.map
    }

    /// Returns a range of elements for writing, after every open view got its copy of their pages.
    ///
    /// # Panics
    ///
    /// Panics if the range is not in the memory.
    #[inline]
    pub(crate) fn make_mut<T: Pod>(
        &mut self,
        elements: Range<usize>,
        budget: usize,
    ) -> Result<&mut [T]> {
        // Checked before the pages are computed, and in bounds of the mapping, so no overflow.
        let _in_range = &self.map.as_slice::<T>(elements.end)[elements.clone()];
        let first = elements.start * size_of::<T>() / PAGE_SIZE;
        let end = (elements.end * size_of::<T>()).div_ceil(PAGE_SIZE);
        if !(first..end).all(|page| self.region.is_dirty(page)) {
            self.save(first..end, budget)?;
        }
        Ok(&mut self.map.as_mut_slice(elements.end)[elements])
    }

    /// Returns the first `len` elements for writing, if writes trap.
    pub(crate) fn as_mut_slice<T: Pod>(&mut self, len: usize) -> Option<&mut [T]> {
        self.entry.as_ref()?;
        Some(self.map.as_mut_slice(len))
    }

    /// Keeps what pages hold now in every open view, so that they may be written.
    ///
    /// Nothing may be written if it fails; what it saved so far stays saved.
    #[cold]
    fn save(&mut self, pages: Range<usize>, budget: usize) -> Result<()> {
        self.map.check_process()?;
        let clean = self.region.runs(pages, false);
        self.check_budget(&clean, budget)?;
        let _guard = Guard::enter();
        for run in clean.runs() {
            self.region.copy_to_views(run)?;
            self.region.protect(run, false)?;
            self.region.mark_dirty(run);
        }
        Ok(())
    }

    /// Returns an error if saving pages would exceed the budget.
    fn check_budget(&mut self, pages: &PageSet, budget: usize) -> Result<()> {
        let most = pages.page_count() * self.views_open();
        if self.region.held.load(Ordering::Relaxed) + most <= budget {
            return Ok(());
        }
        let mut wanted = self.count_held()?;
        for view in self.open.iter().filter_map(Weak::upgrade) {
            // Those that were copied ahead are counted already.
            let copied = view.private_pages()?;
            wanted += pages.iter().filter(|&page| !copied.contains(page)).count();
        }
        if wanted > budget {
            return Err(Error::Budget {
                wanted_pages: wanted,
                budget_pages: budget,
            });
        }
        Ok(())
    }

    /// Counts the pages that open views hold copies of.
    pub(crate) fn count_held(&mut self) -> Result<usize> {
        let mut held = 0;
        self.open.retain(|view| view.strong_count() > 0);
        for view in self.open.iter().filter_map(Weak::upgrade) {
            held += view.private_pages()?.page_count();
        }
        self.region.held.store(held, Ordering::Relaxed);
        Ok(held)
    }

    /// Returns how many views are open.
    pub(crate) fn views_open(&self) -> usize {
        let open = |view: &&AtomicUsize| view.load(Ordering::SeqCst) != 0;
        self.region.views.iter().filter(open).count()
    }

    /// Returns a view of the memory as it is now, shared with the latest if nothing was written.
    pub(crate) fn snapshot(&mut self, limit: usize, budget: usize) -> Result<Arc<ViewMemory>> {
        // A child has the file, and no way to know what its parent writes to it.
        self.map.check_process()?;
        if !self.region.written.load(Ordering::Relaxed)
            && let Some(view) = self.latest.upgrade()
        {
            return Ok(view);
        }
        self.check_budget(&PageSet::new(), budget)?;
        let limit = limit.min(MAX_VIEWS);
        let free = |view: &AtomicUsize| view.load(Ordering::SeqCst) == 0;
        let slot = self.region.views[..limit]
            .iter()
            .position(free)
            .ok_or(Error::TooManySnapshots { limit })?;
        let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
        // SAFETY: the file is sealed against resizing. Its bytes change, but every page of it is
        // poked in this view before: by `save` or `resolve` from `store` below on, and until
        // then nothing is written, since `self` is borrowed mutably.
        let mut map =
            unsafe { Mapping::new(self.map.len_bytes(), flags, Some((self.file.as_fd(), 0))) }?;
        advice::dont_fork(&mut map)?;
        // From here on a failure leaves pages protected whose bits are set: their writes trap
        // once for nothing.
        for run in self.dirty_pages().runs() {
            self.region.protect(run, true)?;
        }
        self.clear_dirty();
        if let Some(Protection::Mprotect { holes, .. }) = self.region.protection.get() {
            holes.store(0, Ordering::Relaxed);
        }
        self.region.views[slot].store(map.as_ptr().expose_provenance(), Ordering::SeqCst);
        let view = Arc::new(ViewMemory {
            slot,
            region: Arc::clone(&self.region),
            map,
        });
        self.latest = Arc::downgrade(&view);
        self.open.retain(|view| view.strong_count() > 0);
        self.open.push(self.latest.clone());
        Ok(view)
    }

    fn clear_dirty(&mut self) {
        for word in &self.region.dirty {
            word.store(0, Ordering::Relaxed);
        }
        self.region.written.store(false, Ordering::Relaxed);
    }

    /// Returns the pages written, or opened for writing, since the latest snapshot.
    pub(crate) fn dirty_pages(&self) -> PageSet {
        self.region.runs(0..self.region.page_count, true)
    }

    /// Returns the pages written since the last call, and traps writes to them again.
    ///
    /// Other threads may be writing meanwhile; what they write after this looked at a page is in
    /// the next call's result. The memory has no views.
    pub(crate) fn collect(&self) -> Result<PageSet> {
        self.map.check_process()?;
        let mut collected = PageSet::new();
        for (index, word) in self.region.dirty.iter().enumerate() {
            // AcqRel: takes the bits once; a trap after this sets its bit anew.
            let bits = word.swap(0, Ordering::AcqRel);
            for bit in (0..64).filter(|bit| bits >> bit & 1 == 1) {
                let page = index * 64 + bit;
                collected.push_run(page..page + 1);
            }
        }
        for run in collected.runs() {
            if let Err(error) = self.region.protect(run, true) {
                // Not lost: reported by the next call that succeeds.
                for run in collected.runs() {
                    self.region.mark_dirty(run);
                }
                return Err(error);
            }
        }
        if let Some(Protection::Mprotect { holes, .. }) = self.region.protection.get() {
            holes.store(0, Ordering::Relaxed);
        }
        Ok(collected)
    }

    /// Returns what makes writes trap, if anything does.
    pub(crate) fn mechanism(&self) -> Option<Mechanism> {
        self.entry.as_ref().and(self.region.mechanism())
    }

    /// Returns how many writes trapped.
    pub(crate) fn traps(&self) -> u64 {
        self.region.traps.load(Ordering::Relaxed)
    }

    /// Has the kernel gather the memory into huge pages, but for an incomplete one at the end.
    pub(crate) fn collapse(&mut self) -> Result<()> {
        self.map.check_process()?;
        let whole = self.region.page_count / PAGES_PER_HUGE_PAGE * PAGES_PER_HUGE_PAGE;
        advice::advise(&mut self.map, &(0..whole), RawAdvice::Collapse)
    }

    /// Makes the first write to each page after a snapshot trap.
    pub(crate) fn arm(&mut self, mechanism: Mechanism) -> Result<()> {
        self.map.check_process()?;
        if let Some(armed) = self.mechanism() {
            return trap::check_handler(armed.signal());
        }
        // What a call that failed below has left is as good as anything new, and cannot be taken back.
        let mechanism = self.region.mechanism().unwrap_or(mechanism);
        trap::install(mechanism.signal())?;
        let entry = Entry::new(&self.region)?;
        if self.region.protection.get().is_none() {
            let protection = self.new_protection(mechanism)?;
            // Not an error: nobody else sets it.
            drop(self.region.protection.set(protection));
        }
        for run in self.region.runs(0..self.region.page_count, false).runs() {
            self.region.protect(run, true)?;
        }
        self.entry = Some(entry);
        Ok(())
    }

    fn new_protection(&self, mechanism: Mechanism) -> Result<Protection> {
        Ok(match mechanism {
            Mechanism::Userfaultfd => {
                let uffd = Uffd::new(Notify::Signal)?;
                uffd.register(&self.region.addresses(&(0..self.region.page_count)))?;
                Protection::Userfaultfd(uffd)
            }
            Mechanism::Mprotect { max_mappings } => Protection::Mprotect {
                holes: AtomicUsize::new(0),
                // A hole in the middle makes two mappings more.
                max_holes: max_mappings.map_or_else(|| Ok(max_map_count()? / 4), Ok)? / 2,
            },
        })
    }

    /// Sets how many pages a trap opens that continues a sequence of writes.
    pub(crate) fn set_cluster(&mut self, pages: usize) {
        self.region.cluster.store(pages.max(1), Ordering::Relaxed);
    }
}

/// Returns how many mappings a process may have.
fn max_map_count() -> Result<usize> {
    let text =
        std::fs::read_to_string("/proc/sys/vm/max_map_count").map_err(|e| Error::os("read", e))?;
    text.trim().parse().map_err(|_| Error::Unsupported {
        what: "vm.max_map_count",
    })
}

/// The memory of a live region as it was at one moment.
pub(crate) struct ViewMemory {
    slot: usize,
    region: Arc<Region>,
    map: Mapping,
}

impl ViewMemory {
    /// Returns the mapping for reading.
    pub(crate) fn mapping(&self) -> &Mapping {
        &self.map
    }

    /// Returns the pages this view has its own copies of.
    pub(crate) fn private_pages(&self) -> Result<PageSet> {
        scan(&self.map, Pages::Private)
    }

    /// Takes copies of pages now, which the live side would otherwise cause later.
    pub(crate) fn prefault(&self, pages: &Range<usize>) -> Result<()> {
        let _in_range = self.map.addresses(pages);
        self.region.held.fetch_add(pages.len(), Ordering::Relaxed);
        // SAFETY: the range lies in this view's own mapping.
        unsafe { advice::populate_write(self.map.start(), pages) }
    }
}

impl Drop for ViewMemory {
    fn drop(&mut self) {
        // SeqCst: see `Guard::enter`. After the wait nobody pokes this view, and `map` may go.
        self.region.views[self.slot].store(0, Ordering::SeqCst);
        wait_for_guards();
    }
}
