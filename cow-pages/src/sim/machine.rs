//! The machine: physical memory, and the processes that share it.

use std::collections::BTreeMap;
use std::ops::Range;

use super::fault::Access;
use super::frame::{Folio, FolioKind, Frame, FrameId};
use super::memory::{Keeper, Memory};
use super::space::{AddressSpace, Task};
use super::table::{Pte, pmd_index};
use super::vma::{Backing, FileId, Prot, VmFlags, Vma};
use super::{Counters, Errno, Event, PAGE_SIZE, PAGES_PER_HUGE, Pid, Usage};

/// What `advise` changes about an area: the names of `madvise`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// The area is absent in children.
    DontFork,
    /// Takes `DontFork` back.
    DoFork,
    /// The area is empty in children. Private areas without a file only.
    WipeOnFork,
    /// Takes `WipeOnFork` back.
    KeepOnFork,
    /// KSM may merge the pages.
    Mergeable,
    /// Faults may map huge pages.
    HugePage,
    /// No huge pages, not even by `collapse`.
    NoHugePage,
}

/// A page that a device may be reading or writing, until [`Machine::unpin`].
#[derive(Debug)]
#[must_use = "a pin that is not given back keeps its frame for ever"]
pub struct Pin(FrameId);

impl Pin {
    /// Returns the frame the device uses.
    pub fn frame(&self) -> FrameId {
        self.0
    }
}

/// Physical memory and the processes that share it, under the copy-on-write rules of Linux.
///
/// Every operation returns the [`Event`]s it caused. An operation that fails part of the way, as a
/// write across a page that cannot be copied, leaves the pages before it written, as in a real
/// process; its events are counted and not returned.
///
/// Addresses are those of the processes. Nothing here depends on the machine the simulator runs on.
///
/// # Examples
///
/// ```
/// use cow_pages::sim::{Backing, Event, Machine, PAGE_SIZE, VmFlags};
///
/// let mut machine = Machine::new();
/// let parent = machine.spawn();
/// let addr = 0x10_0000;
/// machine.map(parent, addr, 4 * PAGE_SIZE, VmFlags::PRIVATE, Backing::Anonymous)?;
/// machine.write(parent, addr, b"before")?;
///
/// let (child, _) = machine.fork(parent)?;
/// let events = machine.write(child, addr, b"after!")?;
/// assert!(matches!(events[..], [Event::Fault, Event::Copy { .. }]));
///
/// let mut seen = [0; 6];
/// machine.read(parent, addr, &mut seen)?;
/// assert_eq!(&seen, b"before");
/// // The child has a copy, so the parent is alone with its page: the next write copies nothing.
/// let events = machine.write(parent, addr, b"later.")?;
/// assert!(matches!(events[..], [Event::Fault, Event::Reuse { .. }]));
/// # Ok::<(), cow_pages::sim::Errno>(())
/// ```
#[derive(Clone, Debug)]
pub struct Machine {
    pub(super) memory: Memory,
    pub(super) spaces: BTreeMap<Pid, AddressSpace>,
    pub(super) counters: Counters,
    next_pid: u32,
}

impl Default for Machine {
    fn default() -> Self {
        Self::new()
    }
}

impl Machine {
    /// Returns a machine whose memory never runs out.
    pub fn new() -> Self {
        Self::with_memory_limit(u64::MAX)
    }

    /// Returns a machine with `limit_pages` frames.
    ///
    /// Where the kernel would end a process for want of memory, an operation returns
    /// [`Errno::OutOfMemory`] and the page it stopped at is as it was.
    pub fn with_memory_limit(limit_pages: u64) -> Self {
        Self {
            memory: Memory::new(limit_pages),
            spaces: BTreeMap::new(),
            counters: Counters::default(),
            next_pid: 1,
        }
    }

    /// Starts a process with an empty address space.
    pub fn spawn(&mut self) -> Pid {
        let pid = self.take_pid();
        self.spaces.insert(pid, AddressSpace::new(pid));
        pid
    }

    /// Creates a file of `page_count` pages, all holes, like a memfd.
    pub fn create_file(&mut self, page_count: u64) -> FileId {
        self.memory.create_file(page_count, Keeper::Caller)
    }

    /// Writes to a file as `pwrite` does: no page table is involved.
    ///
    /// # Errors
    ///
    /// [`Errno::BusError`] beyond the end of the file, [`Errno::OutOfMemory`] at the limit.
    pub fn write_file(&mut self, file: FileId, offset: u64, bytes: &[u8]) -> Result<(), Errno> {
        for (page, within, chunk) in pieces(offset, bytes.len()) {
            let frame = self.memory.file_frame(file, page)?;
            self.memory.folio_mut(frame).dirty = true;
            self.memory.frame_mut(frame).write(within, &bytes[chunk]);
        }
        Ok(())
    }

    /// Maps `len` bytes at `addr`.
    ///
    /// With [`VmFlags::PFNMAP`] the pages are there from the start, as a driver maps them; all
    /// others arrive by faults.
    ///
    /// # Errors
    ///
    /// [`Errno::Invalid`] if the range is empty, unaligned or in use, or if the flags contradict
    /// each other: hugetlb memory is private and whole huge pages here, and has no file.
    pub fn map(
        &mut self,
        pid: Pid,
        addr: u64,
        len: usize,
        flags: VmFlags,
        backing: Backing,
    ) -> Result<(), Errno> {
        let pages = page_range(addr, len)?;
        let special = flags.contains(VmFlags::HUGETLB) || flags.contains(VmFlags::PFNMAP);
        let whole = [pages.start, pages.end]
            .iter()
            .all(|at| at.is_multiple_of(PAGES_PER_HUGE));
        let bad_hugetlb =
            flags.contains(VmFlags::HUGETLB) && (flags.contains(VmFlags::SHARED) || !whole);
        let too_far = |first: u64| first.checked_add(pages.end - pages.start).is_none();
        let bad_file = match backing {
            Backing::Anonymous => false,
            Backing::File { first_page, .. } => special || too_far(first_page),
        };
        if bad_hugetlb || bad_file {
            return Err(Errno::Invalid);
        }
        let space = self.spaces.get_mut(&pid).ok_or(Errno::NoProcess)?;
        if !space.vmas_in(&pages).is_empty() {
            return Err(Errno::Invalid);
        }
        let backing = match backing {
            Backing::Anonymous if flags.contains(VmFlags::SHARED) && !special => {
                let file = self
                    .memory
                    .create_file(pages.end - pages.start, Keeper::Mappings);
                Backing::File {
                    file,
                    first_page: 0,
                }
            }
            other => other,
        };
        if flags.contains(VmFlags::PFNMAP) {
            for page in pages.clone() {
                let frame = self.memory.device_frame();
                let writable = flags.contains(VmFlags::WRITE) && !flags.is_cow();
                space.table.set(
                    page,
                    Some(Pte {
                        frame,
                        writable,
                        dirty: false,
                    }),
                );
            }
        }
        let vma = Vma {
            start: pages.start,
            end: pages.end,
            flags,
            backing,
            anon_vma: false,
        };
        space.vmas.insert(vma.start, vma);
        Ok(())
    }

    /// Removes the mappings of a range, of which parts may be unmapped already.
    ///
    /// # Errors
    ///
    /// [`Errno::Invalid`] if the range is empty or unaligned.
    pub fn unmap(&mut self, pid: Pid, addr: u64, len: usize) -> Result<Vec<Event>, Errno> {
        let pages = page_range(addr, len)?;
        self.operate(pid, |task| {
            task.whole_hugetlb(&pages)?;
            task.unmap(&pages);
            Ok(())
        })
        .inspect(|_| self.drop_unmapped_files())
    }

    /// Reads memory as a process does.
    ///
    /// # Errors
    ///
    /// [`Errno::SegFault`] where nothing may be read, [`Errno::BusError`] beyond the end of a file.
    pub fn read(&mut self, pid: Pid, addr: u64, buffer: &mut [u8]) -> Result<Vec<Event>, Errno> {
        self.operate(pid, |task| {
            for (page, within, chunk) in pieces(addr, buffer.len()) {
                let frame = task.access(page, Access::Read)?;
                task.memory.frame(frame).read(within, &mut buffer[chunk]);
            }
            Ok(())
        })
    }

    /// Writes memory as a process does, or as the kernel does for it in `read(2)`.
    ///
    /// # Errors
    ///
    /// [`Errno::SegFault`] where nothing may be written, [`Errno::BusError`] beyond the end of a
    /// file, [`Errno::OutOfMemory`] if a page has to be copied and none is free.
    pub fn write(&mut self, pid: Pid, addr: u64, bytes: &[u8]) -> Result<Vec<Event>, Errno> {
        self.operate(pid, |task| {
            for (page, within, chunk) in pieces(addr, bytes.len()) {
                let frame = task.access(page, Access::Write)?;
                task.memory.frame_mut(frame).write(within, &bytes[chunk]);
            }
            Ok(())
        })
    }

    /// Starts a process whose memory is a copy-on-write twin of another's.
    ///
    /// # Complexity
    ///
    /// O(mapped pages), a huge mapping counting as one. Copies no memory that is not pinned.
    ///
    /// # Errors
    ///
    /// [`Errno::OutOfMemory`] if a pinned page has to be copied and none is free.
    pub fn fork(&mut self, pid: Pid) -> Result<(Pid, Vec<Event>), Errno> {
        let mut child = AddressSpace::new(self.take_pid());
        let forked = self.operate(pid, |task| task.fork_into(&mut child));
        let child_pid = child.pid;
        self.spaces.insert(child_pid, child);
        match forked {
            Ok(events) => Ok((child_pid, events)),
            Err(error) => {
                self.exit(child_pid)?;
                Err(error)
            }
        }
    }

    /// Ends a process and gives back what it alone used.
    ///
    /// # Errors
    ///
    /// [`Errno::NoProcess`] if it has ended already.
    pub fn exit(&mut self, pid: Pid) -> Result<(), Errno> {
        let space = self.spaces.get(&pid).ok_or(Errno::NoProcess)?;
        let spans: Vec<_> = space.vmas().map(|vma| vma.start..vma.end).collect();
        self.operate(pid, |task| {
            spans.iter().for_each(|span| task.unmap(span));
            Ok(())
        })?;
        self.spaces.remove(&pid);
        self.drop_unmapped_files();
        Ok(())
    }

    /// Throws the contents of a range away: private memory reads zeros afterwards. A hugetlb page
    /// of which the range holds only the beginning stays.
    ///
    /// # Errors
    ///
    /// [`Errno::OutOfMemory`] if part of the range is not mapped, [`Errno::Invalid`] for `PFNMAP`
    /// areas, for a range that starts within a hugetlb page and for unaligned ranges.
    pub fn dontneed(&mut self, pid: Pid, addr: u64, len: usize) -> Result<Vec<Event>, Errno> {
        let pages = page_range(addr, len)?;
        self.operate(pid, |task| task.dontneed(&pages))
    }

    /// Changes what may be done with a range.
    ///
    /// # Errors
    ///
    /// [`Errno::Access`] if a write permission is asked for an area without
    /// [`VmFlags::MAYWRITE`], [`Errno::OutOfMemory`] if part of the range is not mapped,
    /// [`Errno::Invalid`] for an unaligned one.
    pub fn protect(
        &mut self,
        pid: Pid,
        addr: u64,
        len: usize,
        prot: Prot,
    ) -> Result<Vec<Event>, Errno> {
        let pages = page_range(addr, len)?;
        self.operate(pid, |task| {
            task.whole_hugetlb(&pages)?;
            task.protect(&pages, prot)
        })
    }

    /// Changes a property of a range.
    ///
    /// # Errors
    ///
    /// [`Errno::OutOfMemory`] if part of the range is not mapped, [`Errno::Invalid`] if the advice
    /// does not suit the area or the range is unaligned.
    pub fn advise(
        &mut self,
        pid: Pid,
        addr: u64,
        len: usize,
        advice: Advice,
    ) -> Result<Vec<Event>, Errno> {
        let pages = page_range(addr, len)?;
        self.operate(pid, |task| {
            let vmas = task.space.covered(&pages)?;
            let wipe_file = advice == Advice::WipeOnFork && vmas.iter().any(|v| !v.is_anonymous());
            if wipe_file {
                return Err(Errno::Invalid);
            }
            task.whole_hugetlb(&pages)?;
            task.split_vmas(&pages);
            for vma in task.space.vmas_in(&pages) {
                if let Some(vma) = task.space.vma_mut(vma.start) {
                    vma.flags = advised(vma.flags, advice);
                }
            }
            Ok(())
        })
    }

    /// Copies base pages together into huge pages, for each whole huge page in the range.
    ///
    /// # Errors
    ///
    /// [`Errno::Invalid`] where there is nothing to collapse or the area forbids it,
    /// [`Errno::Again`] while a page is pinned, [`Errno::OutOfMemory`] if no huge page is free.
    pub fn collapse(&mut self, pid: Pid, addr: u64, len: usize) -> Result<Vec<Event>, Errno> {
        let pages = page_range(addr, len)?;
        self.operate(pid, |task| task.collapse(&pages))
    }

    /// Breaks the huge mapping at `addr`, if there is one, into base-page mappings of the same
    /// memory. Other processes keep theirs.
    ///
    /// # Errors
    ///
    /// [`Errno::Invalid`] for hugetlb pages.
    pub fn split(&mut self, pid: Pid, addr: u64) -> Result<Vec<Event>, Errno> {
        let page = addr / PAGE_SIZE as u64;
        self.operate(pid, |task| {
            let vma = task.space.vma(page).ok_or(Errno::Invalid)?;
            if vma.flags.contains(VmFlags::HUGETLB) {
                return Err(Errno::Invalid);
            }
            task.split_pmd(pmd_index(page));
            Ok(())
        })
    }

    /// Breaks the huge page behind `addr` itself into base pages, in every process that maps it.
    ///
    /// # Errors
    ///
    /// [`Errno::Invalid`] if there is no huge page of anonymous memory, [`Errno::Again`] while it
    /// is pinned.
    pub fn split_folio(&mut self, pid: Pid, addr: u64) -> Result<Vec<Event>, Errno> {
        let page = addr / PAGE_SIZE as u64;
        let space = self.spaces.get(&pid).ok_or(Errno::NoProcess)?;
        let hugetlb = |vma: &Vma| vma.flags.contains(VmFlags::HUGETLB);
        let frame = space.translate(page).ok_or(Errno::Invalid)?.frame;
        let folio = self.memory.folio(frame);
        let splits = folio.kind == FolioKind::Anon && folio.is_large();
        if !splits || space.vma(page).is_some_and(hugetlb) {
            return Err(Errno::Invalid);
        }
        if folio.refs != folio.mapcount {
            return Err(Errno::Again);
        }
        let events = self.split_folio_everywhere(self.memory.frame(frame).head);
        self.counters.extend(&events);
        Ok(events)
    }

    /// Pins the page at `addr` for a device that may write it: it is made exclusive first.
    ///
    /// # Errors
    ///
    /// Those of [`write`](Self::write).
    pub fn pin(&mut self, pid: Pid, addr: u64) -> Result<(Pin, Vec<Event>), Errno> {
        let page = addr / PAGE_SIZE as u64;
        let mut frame = FrameId::ZERO;
        let events = self.operate(pid, |task| {
            // A page that may be written already is taken as it is, and not made dirty.
            let present = task.space.translate(page).filter(|pte| pte.writable);
            frame = match present {
                Some(pte) => pte.frame,
                None => task.access(page, Access::Write)?,
            };
            Ok(())
        })?;
        self.memory.get(frame);
        self.memory.folio_mut(frame).pins += 1;
        Ok((Pin(frame), events))
    }

    /// Gives a pin back; a frame that is mapped no more goes with its last one.
    pub fn unpin(&mut self, pin: Pin) {
        let Pin(frame) = pin;
        self.memory.folio_mut(frame).pins -= 1;
        self.memory.put(frame);
    }

    /// Returns what happened on the whole machine so far, ended processes included.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Returns the frames in use, those of the page cache included.
    pub fn used_pages(&self) -> u64 {
        self.memory.used_pages()
    }

    /// Returns the running processes.
    pub fn processes(&self) -> impl Iterator<Item = Pid> {
        self.spaces.keys().copied()
    }

    /// Returns the address space of a process.
    pub fn space(&self, pid: Pid) -> Option<&AddressSpace> {
        self.spaces.get(&pid)
    }

    /// Returns a frame that is in use.
    pub fn frame(&self, id: FrameId) -> Option<&Frame> {
        self.memory.find_frame(id)
    }

    /// Returns the folio a frame in use belongs to.
    pub fn folio(&self, id: FrameId) -> Option<&Folio> {
        self.memory.find_frame(id).map(|_| self.memory.folio(id))
    }

    /// Returns how many page-table entries map a frame: the number in `/proc/kpagecount`.
    pub fn mapcount(&self, id: FrameId) -> u32 {
        self.memory
            .find_frame(id)
            .map_or(0, |_| self.memory.mapcount(id))
    }

    /// Returns the memory use of each area of a process, as `/proc/<pid>/smaps` does.
    pub fn smaps(&self, pid: Pid) -> Vec<(Vma, Usage)> {
        let Some(space) = self.spaces.get(&pid) else {
            return Vec::new();
        };
        space
            .vmas()
            .map(|vma| (*vma, self.vma_usage(space, vma)))
            .collect()
    }

    /// Returns the memory use of a process, the sum of its areas.
    pub fn usage(&self, pid: Pid) -> Usage {
        self.smaps(pid).into_iter().map(|(_, usage)| usage).sum()
    }

    /// Shared memory without a file goes with its last mapping.
    fn drop_unmapped_files(&mut self) {
        let vmas = self.spaces.values().flat_map(AddressSpace::vmas);
        let files = vmas.filter_map(|vma| match vma.backing() {
            Backing::File { file, .. } => Some(file),
            Backing::Anonymous => None,
        });
        self.memory.drop_files(&files.collect());
    }

    fn take_pid(&mut self) -> Pid {
        let pid = Pid(self.next_pid);
        self.next_pid += 1;
        pid
    }

    /// Runs `work` as process `pid`, and counts what it did even if it fails.
    fn operate<F>(&mut self, pid: Pid, work: F) -> Result<Vec<Event>, Errno>
    where
        F: FnOnce(&mut Task<'_>) -> Result<(), Errno>,
    {
        let mut events = Vec::new();
        let mut task = Self::task(&mut self.spaces, &mut self.memory, &mut events, pid)?;
        let done = work(&mut task);
        task.space.counters.extend(task.events.iter());
        self.counters.extend(&events);
        done.map(|()| events)
    }

    pub(super) fn task<'a>(
        spaces: &'a mut BTreeMap<Pid, AddressSpace>,
        memory: &'a mut Memory,
        events: &'a mut Vec<Event>,
        pid: Pid,
    ) -> Result<Task<'a>, Errno> {
        let space = spaces.get_mut(&pid).ok_or(Errno::NoProcess)?;
        Ok(Task {
            space,
            memory,
            events,
        })
    }
}

impl Task<'_> {
    /// Refuses a range that cuts a hugetlb page.
    fn whole_hugetlb(&self, pages: &Range<u64>) -> Result<(), Errno> {
        let cut = |at: u64| {
            let vma = self.space.vma(at);
            vma.is_some_and(|vma| vma.flags.contains(VmFlags::HUGETLB))
                && !at.is_multiple_of(PAGES_PER_HUGE)
        };
        if cut(pages.start) || cut(pages.end) {
            Err(Errno::Invalid)
        } else {
            Ok(())
        }
    }
}

fn advised(flags: VmFlags, advice: Advice) -> VmFlags {
    match advice {
        Advice::DontFork => flags | VmFlags::DONTCOPY,
        Advice::DoFork => flags & !VmFlags::DONTCOPY,
        Advice::WipeOnFork => flags | VmFlags::WIPEONFORK,
        Advice::KeepOnFork => flags & !VmFlags::WIPEONFORK,
        Advice::Mergeable => flags | VmFlags::MERGEABLE,
        Advice::HugePage => (flags & !VmFlags::NOHUGEPAGE) | VmFlags::HUGEPAGE,
        Advice::NoHugePage => (flags & !VmFlags::HUGEPAGE) | VmFlags::NOHUGEPAGE,
    }
}

/// Returns the pages of an aligned range that is not empty.
fn page_range(addr: u64, len: usize) -> Result<Range<u64>, Errno> {
    let page = PAGE_SIZE as u64;
    let end = addr.checked_add(len as u64).ok_or(Errno::Invalid)?;
    if len == 0 || !addr.is_multiple_of(page) || !end.is_multiple_of(page) {
        return Err(Errno::Invalid);
    }
    Ok(addr / page..end / page)
}

/// Cuts an access into pages: page number, offset within the page, part of the buffer.
fn pieces(addr: u64, len: usize) -> impl Iterator<Item = (u64, usize, Range<usize>)> {
    let mut done = 0;
    std::iter::from_fn(move || {
        if done == len {
            return None;
        }
        let at = addr.wrapping_add(done as u64);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the remainder is below 4096"
        )]
        let within = (at % PAGE_SIZE as u64) as usize;
        let start = done;
        done = len.min(start + PAGE_SIZE - within);
        Some((at / PAGE_SIZE as u64, within, start..done))
    })
}
