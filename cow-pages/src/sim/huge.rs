//! Huge pages: splitting a mapping, and collapsing base pages into one.

use std::ops::Range;

use super::frame::{FolioKind, FrameId};
use super::space::Task;
use super::table::{Pmd, Pte, pmd_pages};
use super::vma::VmFlags;
use super::{Errno, Event, PAGES_PER_HUGE};

impl Task<'_> {
    /// Turns a huge mapping into 512 base-page mappings of the same frames; nothing is copied.
    ///
    /// Other processes keep their huge mapping of the folio.
    pub(super) fn split_pmd(&mut self, index: u64) {
        let Some(&Pmd::Huge(pte)) = self.space.table.pmds.get(&index) else {
            return;
        };
        let zero = self.memory.folio(pte.frame).kind == FolioKind::Zero;
        let exclusive = self.memory.frame(pte.frame).exclusive;
        let entry = |offset| {
            let frame = if zero {
                FrameId::ZERO
            } else {
                pte.frame.offset(offset)
            };
            Some(Pte { frame, ..pte })
        };
        let entries = (0..PAGES_PER_HUGE).map(entry).collect();
        self.space.table.pmds.insert(index, Pmd::Table(entries));
        if !zero {
            for offset in 0..PAGES_PER_HUGE {
                let frame = pte.frame.offset(offset);
                self.memory.map_page(frame, self.space.pid);
                self.memory.frame_mut(frame).exclusive = exclusive;
            }
            self.memory.unmap_huge(pte.frame, self.space.pid);
        }
        self.events.push(Event::SplitPmd {
            page: pmd_pages(index).start,
        });
    }

    /// Copies the base pages of each whole huge page in `pages` together, as `MADV_COLLAPSE` does.
    pub(super) fn collapse(&mut self, pages: &Range<u64>) -> Result<(), Errno> {
        self.space.covered(pages)?;
        let first = pages.start.div_ceil(PAGES_PER_HUGE);
        let mut result = Ok(());
        for index in first..pages.end / PAGES_PER_HUGE {
            result = result.and(self.collapse_one(index));
        }
        result
    }

    fn collapse_one(&mut self, index: u64) -> Result<(), Errno> {
        let span = pmd_pages(index);
        let vma = *self.space.vma(span.start).ok_or(Errno::Invalid)?;
        let excluded = VmFlags::NOHUGEPAGE;
        let eligible = vma.is_anonymous()
            && vma.anon_vma
            && vma.holds_huge(span.start)
            && !vma.flags.contains(excluded)
            && !vma.flags.contains(VmFlags::HUGETLB);
        if !eligible {
            return Err(Errno::Invalid);
        }
        let entries = match self.space.table.pmds.get(&index) {
            Some(Pmd::Huge(_)) => return Ok(()),
            Some(Pmd::Table(entries)) => entries.clone(),
            None => return Err(Errno::Invalid),
        };
        for pte in entries.iter().flatten() {
            let folio = self.memory.folio(pte.frame);
            if folio.kind.is_normal() && folio.refs != folio.mapcount {
                // Someone else, a device perhaps, refers to the page and would miss the move.
                return Err(Errno::Again);
            }
        }
        let head = self.memory.alloc(FolioKind::Anon, PAGES_PER_HUGE)?;
        for (to, entry) in (0..PAGES_PER_HUGE)
            .map(|offset| head.offset(offset))
            .zip(&entries)
        {
            if let Some(pte) = entry {
                self.memory.copy_contents(pte.frame, to);
                self.memory.unmap_page(pte.frame, self.space.pid);
            }
        }
        self.map_huge_anonymous(vma.flags, span.start, head);
        self.events.push(Event::Collapse {
            page: span.start,
            frame: head,
        });
        Ok(())
    }
}
