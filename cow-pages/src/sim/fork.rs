//! `fork`: a second address space that shares every frame with the first.

use super::frame::FrameId;
use super::space::{AddressSpace, Task};
use super::table::{Pmd, Pte, overlap, pmd_pages};
use super::vma::{VmFlags, Vma};
use super::{Errno, Event};

impl Task<'_> {
    /// Copies the areas and the page table into `child`.
    ///
    /// An area's flags do not change. What changes is the entries, in parent and child alike: those
    /// of private areas lose write access, and their frames the exclusive mark.
    pub(super) fn fork_into(&mut self, child: &mut AddressSpace) -> Result<(), Errno> {
        let vmas: Vec<Vma> = self.space.vmas().copied().collect();
        for mut vma in vmas {
            if vma.flags.contains(VmFlags::DONTCOPY) {
                continue;
            }
            let wipe = vma.flags.contains(VmFlags::WIPEONFORK);
            vma.anon_vma &= !wipe;
            child.vmas.insert(vma.start, vma);
            let refillable = !vma.anon_vma && !vma.flags.contains(VmFlags::PFNMAP);
            if wipe || refillable {
                continue;
            }
            let pages = vma.start..vma.end;
            for index in self.space.table.pmds_in(&pages) {
                if self.dup_huge(child, &vma, index)? {
                    continue;
                }
                for page in overlap(&pages, &pmd_pages(index)) {
                    self.dup_page(child, &vma, page)?;
                }
            }
        }
        Ok(())
    }

    /// Gives `child` the huge mapping `index`; returns false if it has to go page by page.
    fn dup_huge(&mut self, child: &mut AddressSpace, vma: &Vma, index: u64) -> Result<bool, Errno> {
        let Some(Pmd::Huge(pte)) = self.space.table.pmds.get_mut(&index) else {
            return Ok(false);
        };
        let from = pte.frame;
        if self.memory.frame(from).exclusive && self.memory.folio(from).pins > 0 {
            if vma.flags.contains(VmFlags::HUGETLB) {
                return self.copy_present_hugetlb(child, vma, index, from);
            }
            self.split_pmd(index);
            return Ok(false);
        }
        pte.writable &= !vma.flags.is_cow();
        child.table.pmds.insert(index, Pmd::Huge(*pte));
        self.memory.frame_mut(from).exclusive = false;
        self.memory.map_huge(from, child.pid);
        Ok(true)
    }

    /// As [`copy_present_page`](Self::copy_present_page), for a page that cannot be split.
    fn copy_present_hugetlb(
        &mut self,
        child: &mut AddressSpace,
        vma: &Vma,
        index: u64,
        from: FrameId,
    ) -> Result<bool, Errno> {
        let to = self.memory.alloc_huge_copy(from)?;
        self.memory.frame_mut(to).exclusive = true;
        self.memory.map_huge(to, child.pid);
        let writable = vma.flags.contains(VmFlags::WRITE);
        child.table.pmds.insert(
            index,
            Pmd::Huge(Pte {
                frame: to,
                writable,
                dirty: true,
            }),
        );
        self.events.push(Event::CopyAtFork {
            page: pmd_pages(index).start,
            to,
        });
        Ok(true)
    }

    /// Gives `child` the entry of one base page, or a copy of the page while it is pinned.
    fn dup_page(&mut self, child: &mut AddressSpace, vma: &Vma, page: u64) -> Result<(), Errno> {
        let Some(pte) = self.space.table.entry_mut(page) else {
            return Ok(());
        };
        let frame = pte.frame;
        if self.memory.frame(frame).exclusive && self.memory.folio(frame).pins > 0 {
            return self.copy_present_page(child, vma, page, frame);
        }
        pte.writable &= !vma.flags.is_cow();
        let pte = *pte;
        child.table.set(page, Some(pte));
        self.memory.frame_mut(frame).exclusive = false;
        self.memory.map_page(frame, child.pid);
        Ok(())
    }

    /// A device may be writing the frame: the parent keeps it, writable, and the child gets what
    /// is in it now.
    fn copy_present_page(
        &mut self,
        child: &mut AddressSpace,
        vma: &Vma,
        page: u64,
        from: FrameId,
    ) -> Result<(), Errno> {
        let to = self.memory.alloc_copy(from)?;
        self.memory.frame_mut(to).exclusive = true;
        self.memory.map_page(to, child.pid);
        let writable = vma.flags.contains(VmFlags::WRITE);
        child.table.set(
            page,
            Some(Pte {
                frame: to,
                writable,
                dirty: true,
            }),
        );
        self.events.push(Event::CopyAtFork { page, to });
        Ok(())
    }
}
