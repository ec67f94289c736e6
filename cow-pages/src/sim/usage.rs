//! How much memory an area uses, and how much of it alone: the fields of `/proc/<pid>/smaps`.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Range};

use super::machine::Machine;
use super::space::AddressSpace;
use super::table::{Pmd, overlap, pmd_pages};
use super::vma::{VmFlags, Vma};
use super::{FolioKind, FrameId, PAGE_SIZE, PAGES_PER_HUGE};

/// Memory use in KiB, under the names of `/proc/<pid>/smaps`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// Address space.
    pub size_kib: u64,
    /// Memory mapped now.
    pub rss_kib: u64,
    /// Memory mapped now, each page divided by the number of its mappings.
    pub pss_kib: u64,
    /// Mapped more than once, equal to what is on disk.
    pub shared_clean_kib: u64,
    /// Mapped more than once, written.
    pub shared_dirty_kib: u64,
    /// Mapped once, equal to what is on disk.
    pub private_clean_kib: u64,
    /// Mapped once, written: what the process would give back by ending.
    pub private_dirty_kib: u64,
    /// Memory that belongs to no file.
    pub anonymous_kib: u64,
    /// Memory merged by KSM.
    pub ksm_kib: u64,
    /// Anonymous memory mapped by huge entries.
    pub anon_huge_pages_kib: u64,
    /// hugetlb memory mapped more than once; no part of Rss.
    pub shared_hugetlb_kib: u64,
    /// hugetlb memory mapped once; no part of Rss.
    pub private_hugetlb_kib: u64,
}

impl Usage {
    /// Returns the values with smaps' names, in its order.
    pub fn entries(&self) -> [(&'static str, u64); 12] {
        [
            ("Size", self.size_kib),
            ("Rss", self.rss_kib),
            ("Pss", self.pss_kib),
            ("Shared_Clean", self.shared_clean_kib),
            ("Shared_Dirty", self.shared_dirty_kib),
            ("Private_Clean", self.private_clean_kib),
            ("Private_Dirty", self.private_dirty_kib),
            ("Anonymous", self.anonymous_kib),
            ("KSM", self.ksm_kib),
            ("AnonHugePages", self.anon_huge_pages_kib),
            ("Shared_Hugetlb", self.shared_hugetlb_kib),
            ("Private_Hugetlb", self.private_hugetlb_kib),
        ]
    }

    /// Sets the value smaps calls `name`; other names are ignored.
    pub(crate) fn set(&mut self, name: &str, kib: u64) {
        let field = match name {
            "Size" => &mut self.size_kib,
            "Rss" => &mut self.rss_kib,
            "Pss" => &mut self.pss_kib,
            "Shared_Clean" => &mut self.shared_clean_kib,
            "Shared_Dirty" => &mut self.shared_dirty_kib,
            "Private_Clean" => &mut self.private_clean_kib,
            "Private_Dirty" => &mut self.private_dirty_kib,
            "Anonymous" => &mut self.anonymous_kib,
            "KSM" => &mut self.ksm_kib,
            "AnonHugePages" => &mut self.anon_huge_pages_kib,
            "Shared_Hugetlb" => &mut self.shared_hugetlb_kib,
            "Private_Hugetlb" => &mut self.private_hugetlb_kib,
            _ => return,
        };
        *field = kib;
    }
}

impl Add for Usage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let mut sum = self;
        for ((name, a), (_, b)) in self.entries().into_iter().zip(other.entries()) {
            sum.set(name, a + b);
        }
        sum
    }
}

impl Sum for Usage {
    fn sum<I: Iterator<Item = Self>>(usages: I) -> Self {
        usages.fold(Self::default(), Add::add)
    }
}

/// A table as smaps prints it, without the values that are zero.
impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, kib) in self.entries().into_iter().filter(|&(_, kib)| kib != 0) {
            writeln!(f, "{name:<20} {kib:>12} kB")?;
        }
        Ok(())
    }
}

const PAGE_KIB: u64 = PAGE_SIZE as u64 / 1024;

/// Sums in bytes; the proportional share with 12 more bits, as the kernel keeps it.
#[derive(Default)]
struct Account {
    usage: Usage,
    pss: u64,
}

impl Account {
    fn add_page(&mut self, machine: &Machine, frame: FrameId, dirty: bool) {
        let folio = machine.memory.folio(frame);
        if !folio.kind.is_normal() {
            return;
        }
        let mapcount = machine.memory.mapcount(frame);
        let usage = &mut self.usage;
        usage.rss_kib += PAGE_KIB;
        if folio.kind.is_anon() {
            usage.anonymous_kib += PAGE_KIB;
        }
        if folio.kind == FolioKind::Ksm {
            usage.ksm_kib += PAGE_KIB;
        }
        let class = match (mapcount > 1, dirty || folio.dirty) {
            (true, true) => &mut usage.shared_dirty_kib,
            (true, false) => &mut usage.shared_clean_kib,
            (false, true) => &mut usage.private_dirty_kib,
            (false, false) => &mut usage.private_clean_kib,
        };
        *class += PAGE_KIB;
        self.pss += ((PAGE_SIZE as u64) << 12) / u64::from(mapcount);
    }

    fn add_hugetlb(&mut self, machine: &Machine, frame: FrameId) {
        let shared = machine.memory.folio(frame).mapcount() > 1;
        let usage = &mut self.usage;
        let class = if shared {
            &mut usage.shared_hugetlb_kib
        } else {
            &mut usage.private_hugetlb_kib
        };
        *class += PAGES_PER_HUGE * PAGE_KIB;
    }

    fn finish(self) -> Usage {
        Usage {
            pss_kib: self.pss >> 22,
            ..self.usage
        }
    }
}

impl Machine {
    pub(super) fn vma_usage(&self, space: &AddressSpace, vma: &Vma) -> Usage {
        let pages: Range<u64> = vma.start..vma.end;
        let mut account = Account::default();
        account.usage.size_kib = vma.page_count() * PAGE_KIB;
        for index in space.table.pmds_in(&pages) {
            let huge = match space.table.pmds.get(&index) {
                Some(Pmd::Huge(pte)) => Some(pte.frame),
                _ => None,
            };
            if let Some(frame) = huge {
                if vma.flags().contains(VmFlags::HUGETLB) {
                    account.add_hugetlb(self, frame);
                    continue;
                }
                if self.memory.folio(frame).kind.is_anon() {
                    account.usage.anon_huge_pages_kib += PAGES_PER_HUGE * PAGE_KIB;
                }
            }
            for page in overlap(&pages, &pmd_pages(index)) {
                if let Some(pte) = space.translate(page) {
                    account.add_page(self, pte.frame, pte.dirty);
                }
            }
        }
        account.finish()
    }
}
