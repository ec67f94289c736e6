//! Page faults: what the kernel does when the MMU does not let an access through.
//!
//! ```text
//!                    no entry                          entry without write access
//!          anonymous │        │ file                              │ and a write
//!     read ┌─────────┤        ├────────────┐              wp_fault│
//!      zero page   write    read         write        can_reuse? ─┴─ no
//!                  zero-fill  map cache   private: copy     │yes      │
//!                  (4K or 2M) (and around)  shared: map   reuse    4K: copy
//!                                                        in place  2M: split, then 4K
//! ```

use super::frame::{FolioKind, FrameId};
use super::space::Task;
use super::table::{Pmd, Pte, overlap, pmd_index, pmd_pages};
use super::vma::{FileId, VmFlags, Vma};
use super::{Errno, Event, PAGES_PER_HUGE};

/// What a process tries to do with a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

/// How the entry that faulted maps its folio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MappedAs {
    /// A base page that is a folio of its own.
    Small,
    /// A base page that is part of a larger folio.
    PartOfLarge {
        /// Mappings of the whole folio, all pages and processes taken together.
        mapcount: u32,
        /// Whether another process is believed to map any page of it.
        by_others: bool,
    },
    /// A huge page as a whole.
    Huge,
    /// A hugetlb page.
    Hugetlb {
        /// Mappings of the page, all processes taken together.
        mapcount: u32,
    },
}

/// Decides a write fault on a page that is present but not writable: reuse it, or copy it?
///
/// This is the whole of copy-on-write. Everything else, in the simulator and in an arena of
/// counted chunks, only prepares its arguments:
///
/// * A page is written in place only if it is anonymous memory, and not merged by KSM. A page of
///   the page cache, the zero page, a merged page: always a copy, whatever the counts say.
/// * A page marked exclusive is known to be its process's own.
/// * Otherwise the references decide: exactly one, the faulting entry's own, means nobody else can
///   see the write. A pin, or a mapping by another process, is a second one.
/// * A base page of a larger folio shares its counts with its neighbours. It is reused only if
///   this process owns every mapping of every page of the folio, and no more references exist
///   than mappings; and not if it is the last page mapped, since a copy then frees the folio.
///
/// For [`MappedAs::Small`] and no mark, it is `refs == 1`: the rule of
/// [`Arc::make_mut`](std::sync::Arc::make_mut).
///
/// # Examples
///
/// ```
/// use cow_pages::sim::{FolioKind, MappedAs, can_reuse};
///
/// assert!(can_reuse(FolioKind::Anon, false, 1, MappedAs::Small));
/// assert!(!can_reuse(FolioKind::Anon, false, 2, MappedAs::Small));
/// // The last user of a merged page still copies.
/// assert!(!can_reuse(FolioKind::Ksm, false, 1, MappedAs::Small));
/// ```
pub const fn can_reuse(kind: FolioKind, exclusive: bool, refs: u32, mapped: MappedAs) -> bool {
    if !matches!(kind, FolioKind::Anon) {
        return false;
    }
    match mapped {
        MappedAs::Small | MappedAs::Huge => exclusive || refs == 1,
        MappedAs::PartOfLarge {
            mapcount,
            by_others,
        } => exclusive || (mapcount > 1 && mapcount == refs && !by_others),
        MappedAs::Hugetlb { mapcount } => mapcount == 1,
    }
}

/// A read fault on a file maps the cached pages of the aligned 16 around it (`fault_around_bytes`
/// of 64 KiB).
const FAULT_AROUND_PAGES: u64 = 16;

impl Task<'_> {
    /// Returns the frame behind `page` after an access to it, which may fault.
    pub(super) fn access(&mut self, page: u64, access: Access) -> Result<FrameId, Errno> {
        let vma = *self.space.vma(page).ok_or(Errno::SegFault)?;
        vma.check(access)?;
        let passes = |pte: &Pte| access == Access::Read || pte.writable;
        let hit = self.space.table.translate(page).filter(passes);
        if let Some(pte) = hit {
            self.mark_dirty(page, access);
            return Ok(pte.frame);
        }
        let first_event = self.events.len();
        self.events.push(Event::Fault);
        // A fault that fails is not counted, though what it did on the way stays done.
        self.handle_fault(&vma, page, access).inspect_err(|_| {
            self.events.remove(first_event);
        })?;
        self.mark_dirty(page, access);
        let pte = self.space.table.translate(page).filter(passes);
        Ok(pte.expect("a fault that succeeds grants the access").frame)
    }

    fn mark_dirty(&mut self, page: u64, access: Access) {
        if access == Access::Write
            && let Some(pte) = self.space.table.entry_mut(page)
        {
            pte.dirty = true;
        }
    }

    fn handle_fault(&mut self, vma: &Vma, page: u64, access: Access) -> Result<(), Errno> {
        if vma.flags.contains(VmFlags::HUGETLB) {
            return self.hugetlb_fault(vma, page, access);
        }
        let done = match self.space.table.pmd(page).map(Pmd::is_huge) {
            None => self.huge_anonymous_page(vma, page, access),
            Some(true) => self.wp_huge_pmd(page),
            Some(false) => false,
        };
        if done {
            return Ok(());
        }
        match (self.space.table.translate(page), vma.file_page(page)) {
            (Some(pte), _) => self.wp_fault(vma, page, pte),
            (None, Some((file, file_page))) => self.file_fault(vma, page, file, file_page, access),
            (None, None) if vma.is_anonymous() => self.anonymous_page(vma, page, access),
            (None, None) => Err(Errno::BusError),
        }
    }

    /// The first access to a page of private memory.
    fn anonymous_page(&mut self, vma: &Vma, page: u64, access: Access) -> Result<(), Errno> {
        if access == Access::Read {
            let zero = Pte {
                frame: FrameId::ZERO,
                writable: false,
                dirty: false,
            };
            self.space.table.set(page, Some(zero));
            self.events.push(Event::ZeroPage { page });
            return Ok(());
        }
        self.zero_fill(vma, page)
    }

    fn zero_fill(&mut self, vma: &Vma, page: u64) -> Result<(), Errno> {
        let frame = self.memory.alloc(FolioKind::Anon, 1)?;
        self.map_anonymous(vma, page, frame);
        self.events.push(Event::ZeroFill { page, frame });
        Ok(())
    }

    /// Maps a frame that nobody else has, for its first writer.
    fn map_anonymous(&mut self, vma: &Vma, page: u64, frame: FrameId) {
        self.prepare_anon(vma);
        self.memory.frame_mut(frame).exclusive = true;
        self.memory.map_page(frame, self.space.pid);
        let pte = Pte {
            frame,
            writable: vma.flags.contains(VmFlags::WRITE),
            dirty: true,
        };
        self.space.table.set(page, Some(pte));
    }

    /// Notes that the area holds anonymous memory from now on.
    fn prepare_anon(&mut self, vma: &Vma) {
        if let Some(vma) = self.space.vma_mut(vma.start) {
            vma.anon_vma = true;
        }
    }

    /// The first access to 2 MiB of private memory; returns whether it was given a huge page.
    fn huge_anonymous_page(&mut self, vma: &Vma, page: u64, access: Access) -> bool {
        let wanted = vma.is_anonymous() && vma.flags.contains(VmFlags::HUGEPAGE);
        if !wanted || !vma.holds_huge(page) {
            return false;
        }
        self.prepare_anon(vma);
        let base = pmd_pages(pmd_index(page)).start;
        if access == Access::Read {
            let zero = Pte {
                frame: FrameId::HUGE_ZERO,
                writable: false,
                dirty: false,
            };
            self.space
                .table
                .pmds
                .insert(pmd_index(page), Pmd::Huge(zero));
            self.events.push(Event::HugeZeroPage { page: base });
            return true;
        }
        self.huge_zero_fill(vma.flags, page)
    }

    fn huge_zero_fill(&mut self, flags: VmFlags, page: u64) -> bool {
        let Ok(frame) = self.memory.alloc(FolioKind::Anon, PAGES_PER_HUGE) else {
            return false;
        };
        self.map_huge_anonymous(flags, page, frame);
        let page = pmd_pages(pmd_index(page)).start;
        self.events.push(Event::ZeroFillHuge { page, frame });
        true
    }

    /// Maps a huge folio that nobody else has.
    pub(super) fn map_huge_anonymous(&mut self, flags: VmFlags, page: u64, frame: FrameId) {
        self.memory.frame_mut(frame).exclusive = true;
        self.memory.map_huge(frame, self.space.pid);
        let pte = Pte {
            frame,
            writable: flags.contains(VmFlags::WRITE),
            dirty: true,
        };
        self.space
            .table
            .pmds
            .insert(pmd_index(page), Pmd::Huge(pte));
    }

    /// A write to a huge mapping; returns false after splitting it, for the base page to follow.
    fn wp_huge_pmd(&mut self, page: u64) -> bool {
        let Some(Pmd::Huge(pte)) = self.space.table.pmds.get_mut(&pmd_index(page)) else {
            return false;
        };
        let folio = self.memory.folio(pte.frame);
        let exclusive = self.memory.frame(pte.frame).exclusive;
        if folio.kind == FolioKind::Zero {
            if self.huge_zero_fill(VmFlags::WRITE, page) {
                return true;
            }
        } else if can_reuse(folio.kind, exclusive, folio.refs, MappedAs::Huge) {
            pte.writable = true;
            self.memory.frame_mut(pte.frame).exclusive = true;
            self.events.push(Event::ReusePmd {
                page: pmd_pages(pmd_index(page)).start,
            });
            return true;
        }
        self.split_pmd(pmd_index(page));
        false
    }

    /// A write to a base page that is present and not writable.
    fn wp_fault(&mut self, vma: &Vma, page: u64, pte: Pte) -> Result<(), Errno> {
        let folio = self.memory.folio(pte.frame);
        let mapped = if folio.is_large() {
            MappedAs::PartOfLarge {
                mapcount: folio.mapcount,
                by_others: folio.is_mapped_shared(),
            }
        } else {
            MappedAs::Small
        };
        let exclusive = self.memory.frame(pte.frame).exclusive;
        if vma.flags.contains(VmFlags::SHARED) {
            self.memory.folio_mut(pte.frame).dirty = true;
            self.wp_page_reuse(page, pte);
        } else if folio.kind == FolioKind::Zero {
            return self.zero_fill(vma, page);
        } else if can_reuse(folio.kind, exclusive, folio.refs, mapped) {
            self.memory.frame_mut(pte.frame).exclusive = true;
            self.wp_page_reuse(page, pte);
        } else {
            return self.wp_page_copy(vma, page, pte);
        }
        Ok(())
    }

    fn wp_page_reuse(&mut self, page: u64, pte: Pte) {
        self.space.table.set(
            page,
            Some(Pte {
                writable: true,
                ..pte
            }),
        );
        self.events.push(Event::Reuse {
            page,
            frame: pte.frame,
        });
    }

    fn wp_page_copy(&mut self, vma: &Vma, page: u64, pte: Pte) -> Result<(), Errno> {
        let from = pte.frame;
        let ksm = self.memory.folio(from).kind == FolioKind::Ksm;
        let to = self.memory.alloc_copy(from)?;
        self.map_anonymous(vma, page, to);
        self.memory.unmap_page(from, self.space.pid);
        self.events.push(Event::Copy {
            page,
            from,
            to,
            ksm,
        });
        Ok(())
    }

    /// The first access to a page of a file.
    fn file_fault(
        &mut self,
        vma: &Vma,
        page: u64,
        file: FileId,
        file_page: u64,
        access: Access,
    ) -> Result<(), Errno> {
        let shared = vma.flags.contains(VmFlags::SHARED);
        if access == Access::Write && !shared {
            let from = self.memory.file_frame(file, file_page)?;
            let to = self.memory.alloc_copy(from)?;
            self.map_anonymous(vma, page, to);
            self.events.push(Event::Copy {
                page,
                from,
                to,
                ksm: false,
            });
            return Ok(());
        }
        let mut count = 0;
        if access == Access::Read {
            count += self.fault_around(vma, page, file, file_page);
        }
        if self.space.table.translate(page).is_none() {
            let frame = self.memory.file_frame(file, file_page)?;
            self.map_file(vma, page, frame);
            // A write that faults marks the file's page too; one that does not, only the entry.
            self.memory.folio_mut(frame).dirty |= access == Access::Write;
            count += 1;
        }
        self.events.push(Event::MapFile { page, count });
        Ok(())
    }

    /// Maps the cached pages around `page`; returns how many.
    fn fault_around(&mut self, vma: &Vma, page: u64, file: FileId, file_page: u64) -> u64 {
        let start = page - page % FAULT_AROUND_PAGES;
        let window = start..start + FAULT_AROUND_PAGES;
        let mut count = 0;
        for near in overlap(&window, &(vma.start..vma.end)) {
            let cached = self.memory.cached(file, file_page + near - page);
            if let Some(frame) = cached
                && self.space.table.translate(near).is_none()
            {
                self.map_file(vma, near, frame);
                count += 1;
            }
        }
        count
    }

    /// Maps a page of the page cache. A shared mapping may write it without another fault.
    fn map_file(&mut self, vma: &Vma, page: u64, frame: FrameId) {
        self.memory.map_page(frame, self.space.pid);
        let writable = vma.flags.contains(VmFlags::SHARED | VmFlags::WRITE);
        self.space.table.set(
            page,
            Some(Pte {
                frame,
                writable,
                dirty: false,
            }),
        );
    }

    /// Any fault in a hugetlb area: pages are 2 MiB, never zero pages, never split.
    fn hugetlb_fault(&mut self, vma: &Vma, page: u64, access: Access) -> Result<(), Errno> {
        let base = pmd_pages(pmd_index(page)).start;
        let no_page = |_| Errno::BusError;
        let Some(pte) = self.space.table.translate(base) else {
            let frame = self
                .memory
                .alloc(FolioKind::Anon, PAGES_PER_HUGE)
                .map_err(no_page)?;
            let keep = if access == Access::Write {
                vma.flags
            } else {
                VmFlags::READ
            };
            self.prepare_anon(vma);
            self.map_huge_anonymous(keep, page, frame);
            self.events
                .push(Event::ZeroFillHugetlb { page: base, frame });
            return Ok(());
        };
        let folio = self.memory.folio(pte.frame);
        let mapped = MappedAs::Hugetlb {
            mapcount: folio.mapcount,
        };
        if can_reuse(folio.kind, true, folio.refs, mapped) {
            self.memory.frame_mut(pte.frame).exclusive = true;
            let entry = self.space.table.entry_mut(base).expect("translated above");
            entry.writable = true;
            self.events.push(Event::ReusePmd { page: base });
            return Ok(());
        }
        let to = self.memory.alloc_huge_copy(pte.frame).map_err(no_page)?;
        self.map_huge_anonymous(vma.flags, page, to);
        self.memory.unmap_huge(pte.frame, self.space.pid);
        self.events.push(Event::CopyHuge {
            page: base,
            from: pte.frame,
            to,
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_anonymous_memory_is_ever_reused() {
        for kind in [
            FolioKind::Ksm,
            FolioKind::File,
            FolioKind::Zero,
            FolioKind::Device,
        ] {
            for mapped in [
                MappedAs::Small,
                MappedAs::Huge,
                MappedAs::Hugetlb { mapcount: 1 },
            ] {
                assert!(!can_reuse(kind, true, 1, mapped));
            }
        }
    }

    #[test]
    fn references_decide_what_the_mark_does_not() {
        for mapped in [MappedAs::Small, MappedAs::Huge] {
            assert!(
                can_reuse(FolioKind::Anon, true, 2, mapped),
                "pinned, but known to be ours"
            );
            assert!(can_reuse(FolioKind::Anon, false, 1, mapped));
            assert!(!can_reuse(FolioKind::Anon, false, 2, mapped));
        }
    }

    #[test]
    fn a_part_of_a_large_folio_is_reused_only_by_its_sole_owner() {
        let part = |mapcount, by_others| MappedAs::PartOfLarge {
            mapcount,
            by_others,
        };
        let reuse = |refs, mapped| can_reuse(FolioKind::Anon, false, refs, mapped);
        assert!(reuse(511, part(511, false)));
        assert!(
            !reuse(512, part(512, true)),
            "another process maps some page of it"
        );
        assert!(!reuse(512, part(511, false)), "something else refers to it");
        assert!(
            !reuse(1, part(1, false)),
            "the last page mapped: a copy frees the folio"
        );
    }
}
