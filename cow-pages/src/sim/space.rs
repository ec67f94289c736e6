//! An address space, and one process at work in it.

use std::collections::BTreeMap;
use std::ops::Range;

use super::frame::FrameId;
use super::memory::Memory;
use super::table::{PageTable, Pmd, Pte, overlap, pmd_index, pmd_pages};
use super::vma::{Prot, VmFlags, Vma};
use super::{Counters, Errno, Event, PAGES_PER_HUGE, Pid};

/// The mapped areas and the page table of one process.
#[derive(Clone, Debug)]
pub struct AddressSpace {
    pub(super) pid: Pid,
    /// By first page.
    pub(super) vmas: BTreeMap<u64, Vma>,
    pub(super) table: PageTable,
    pub(super) counters: Counters,
}

impl AddressSpace {
    pub(super) fn new(pid: Pid) -> Self {
        Self {
            pid,
            vmas: BTreeMap::new(),
            table: PageTable::default(),
            counters: Counters::default(),
        }
    }

    /// Returns the mapped areas in the order of their addresses.
    pub fn vmas(&self) -> impl Iterator<Item = &Vma> {
        self.vmas.values()
    }

    /// Returns what the MMU finds for a page number: its own frame, also inside a huge mapping.
    pub fn translate(&self, page: u64) -> Option<Pte> {
        self.table.translate(page)
    }

    /// Returns the entry that maps the 512 pages around a page number.
    pub fn pmd(&self, page: u64) -> Option<&Pmd> {
        self.table.pmd(page)
    }

    /// Returns what happened in this address space so far.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    pub(super) fn vma(&self, page: u64) -> Option<&Vma> {
        self.vmas
            .range(..=page)
            .next_back()
            .map(|(_, vma)| vma)
            .filter(|vma| page < vma.end)
    }

    pub(super) fn vma_mut(&mut self, page: u64) -> Option<&mut Vma> {
        let (_, vma) = self.vmas.range_mut(..=page).next_back()?;
        (page < vma.end).then_some(vma)
    }

    /// Returns copies of the areas that hold some page of `pages`.
    pub(super) fn vmas_in(&self, pages: &Range<u64>) -> Vec<Vma> {
        let first = self.vma(pages.start).map_or(pages.start, |vma| vma.start);
        self.vmas
            .range(first..pages.end)
            .map(|(_, vma)| *vma)
            .collect()
    }

    /// Returns copies of the areas of `pages`, if they leave no gap.
    pub(super) fn covered(&self, pages: &Range<u64>) -> Result<Vec<Vma>, Errno> {
        let vmas = self.vmas_in(pages);
        let mut reached = pages.start;
        for vma in &vmas {
            if vma.start > reached {
                return Err(Errno::OutOfMemory);
            }
            reached = vma.end;
        }
        if reached < pages.end {
            Err(Errno::OutOfMemory)
        } else {
            Ok(vmas)
        }
    }
}

/// One process at work: its address space, the machine's memory, and what happened so far.
pub(super) struct Task<'a> {
    pub(super) space: &'a mut AddressSpace,
    pub(super) memory: &'a mut Memory,
    pub(super) events: &'a mut Vec<Event>,
}

impl Task<'_> {
    /// Cuts areas and huge mappings, so that none crosses an end of `pages`.
    pub(super) fn split_vmas(&mut self, pages: &Range<u64>) {
        for at in [pages.start, pages.end] {
            let Some(vma) = self.space.vma_mut(at).filter(|vma| vma.start < at) else {
                continue;
            };
            let upper = vma.split_off(at);
            self.space.vmas.insert(at, upper);
            if !at.is_multiple_of(PAGES_PER_HUGE) {
                self.split_pmd(pmd_index(at));
            }
        }
    }

    /// Gives up the contents of `pages`.
    pub(super) fn dontneed(&mut self, pages: &Range<u64>) -> Result<(), Errno> {
        for vma in self.space.covered(pages)? {
            let mut part = overlap(pages, &(vma.start..vma.end));
            if vma.flags.contains(VmFlags::HUGETLB) {
                if !part.start.is_multiple_of(PAGES_PER_HUGE) {
                    return Err(Errno::Invalid);
                }
                part.end -= part.end % PAGES_PER_HUGE;
            }
            if vma.flags.contains(VmFlags::PFNMAP) {
                return Err(Errno::Invalid);
            }
            self.zap(&part);
        }
        Ok(())
    }

    /// Removes the entries for `pages`, as `munmap` and `MADV_DONTNEED` do.
    ///
    /// A huge mapping that is covered in part is split first. A table whose 512 pages are all
    /// covered goes as a whole, so the next fault may map a huge page again.
    pub(super) fn zap(&mut self, pages: &Range<u64>) {
        for index in self.space.table.pmds_in(pages) {
            let span = pmd_pages(index);
            let part = overlap(pages, &span);
            if part != span {
                self.split_pmd(index);
                for page in part {
                    self.zap_page(page);
                }
                continue;
            }
            match self.space.table.pmds.remove(&index) {
                Some(Pmd::Huge(pte)) => self.memory.unmap_huge(pte.frame, self.space.pid),
                Some(Pmd::Table(entries)) => {
                    for pte in entries.into_iter().flatten() {
                        self.unmap_pte(pte);
                    }
                }
                None => {}
            }
        }
    }

    fn zap_page(&mut self, page: u64) {
        if let Some(pte) = self.space.table.translate(page) {
            self.space.table.set(page, None);
            self.unmap_pte(pte);
        }
    }

    fn unmap_pte(&mut self, pte: Pte) {
        let folio = self.memory.folio_mut(pte.frame);
        folio.dirty |= pte.dirty;
        self.memory.unmap_page(pte.frame, self.space.pid);
    }

    /// Removes the areas in `pages` and everything they map.
    pub(super) fn unmap(&mut self, pages: &Range<u64>) {
        self.split_vmas(pages);
        for vma in self.space.vmas_in(pages) {
            self.space.vmas.remove(&vma.start);
            self.zap(&(vma.start..vma.end));
        }
        for index in self.space.table.pmds_in(pages) {
            let span = pmd_pages(index);
            if self.space.vmas_in(&span).is_empty() {
                self.space.table.pmds.remove(&index);
            }
        }
    }

    /// Changes what may be done with `pages`.
    pub(super) fn protect(&mut self, pages: &Range<u64>, prot: Prot) -> Result<(), Errno> {
        let vmas = self.space.covered(pages)?;
        let gains_write =
            |vma: &Vma| prot == Prot::ReadWrite && !vma.flags.contains(VmFlags::WRITE);
        if vmas
            .iter()
            .any(|vma| gains_write(vma) && !vma.flags.contains(VmFlags::MAYWRITE))
        {
            return Err(Errno::Access);
        }
        self.split_vmas(pages);
        for vma in self.space.vmas_in(pages) {
            let flags = (vma.flags & !Prot::ReadWrite.flags()) | prot.flags();
            if flags == vma.flags {
                continue;
            }
            if let Some(vma) = self.space.vma_mut(vma.start) {
                vma.flags = flags;
            }
            self.change_protection(&(vma.start..vma.end), flags);
        }
        Ok(())
    }

    /// Rewrites the entries of `pages` for an area whose flags are now `flags`.
    ///
    /// A private page that is exclusive is given write access back at once: its next write could
    /// only ever be a reuse. Not so a hugetlb page: the kernel leaves it to a fault.
    fn change_protection(&mut self, pages: &Range<u64>, flags: VmFlags) {
        let memory = &*self.memory;
        let may_write = |frame: FrameId| {
            let kind = memory.folio(frame).kind();
            let known_sole = kind.is_anon() && memory.frame(frame).is_exclusive();
            let at_once = known_sole && !flags.contains(VmFlags::HUGETLB);
            flags.contains(VmFlags::WRITE) && (flags.contains(VmFlags::SHARED) || at_once)
        };
        for index in self.space.table.pmds_in(pages) {
            let part = overlap(pages, &pmd_pages(index));
            match self.space.table.pmds.get_mut(&index) {
                Some(Pmd::Huge(pte)) => pte.writable = may_write(pte.frame),
                Some(Pmd::Table(_)) => {
                    for page in part {
                        if let Some(pte) = self.space.table.entry_mut(page) {
                            pte.writable = may_write(pte.frame);
                        }
                    }
                }
                None => {}
            }
        }
    }
}
