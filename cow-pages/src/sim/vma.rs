//! Mapped areas and their flags.

use std::fmt;
use std::ops::{BitAnd, BitOr, Not};

use super::fault::Access;
use super::{Errno, PAGES_PER_HUGE};

/// The properties of a mapped area, under the kernel's names without `VM_`.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct VmFlags(u32);

impl VmFlags {
    /// May be read.
    pub const READ: Self = Self(1);
    /// May be written.
    pub const WRITE: Self = Self(1 << 1);
    /// May be given `WRITE` by `protect`.
    pub const MAYWRITE: Self = Self(1 << 2);
    /// Writes go to the object behind the mapping, for everyone to see.
    pub const SHARED: Self = Self(1 << 3);
    /// Maps memory that nothing counts, as a device driver does.
    pub const PFNMAP: Self = Self(1 << 4);
    /// Absent in children (`MADV_DONTFORK`).
    pub const DONTCOPY: Self = Self(1 << 5);
    /// Empty in children (`MADV_WIPEONFORK`).
    pub const WIPEONFORK: Self = Self(1 << 6);
    /// KSM may merge its pages with equal ones (`MADV_MERGEABLE`).
    pub const MERGEABLE: Self = Self(1 << 7);
    /// Faults may map huge pages (`MADV_HUGEPAGE`).
    pub const HUGEPAGE: Self = Self(1 << 8);
    /// Never huge pages, not even on request (`MADV_NOHUGEPAGE`).
    pub const NOHUGEPAGE: Self = Self(1 << 9);
    /// Made of 2 MiB pages only (`MAP_HUGETLB`).
    pub const HUGETLB: Self = Self(1 << 10);

    /// What `mmap(PROT_READ | PROT_WRITE, MAP_PRIVATE)` gives.
    pub const PRIVATE: Self = Self(Self::READ.0 | Self::WRITE.0 | Self::MAYWRITE.0);
    /// What `mmap(PROT_READ | PROT_WRITE, MAP_SHARED)` gives.
    pub const SHARED_WRITABLE: Self = Self(Self::PRIVATE.0 | Self::SHARED.0);

    /// Returns whether every flag of `other` is set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Returns whether a write may have to copy: the kernel's `is_cow_mapping`.
    ///
    /// It asks for `MAYWRITE`, not `WRITE`: a private area that is read-only today can be made
    /// writable tomorrow, and its pages must be protected until then.
    ///
    /// # Examples
    ///
    /// ```
    /// use cow_pages::sim::VmFlags;
    ///
    /// assert!(VmFlags::PRIVATE.is_cow());
    /// assert!((VmFlags::READ | VmFlags::MAYWRITE).is_cow());
    /// assert!(!VmFlags::SHARED_WRITABLE.is_cow());
    /// ```
    pub const fn is_cow(self) -> bool {
        self.0 & (Self::SHARED.0 | Self::MAYWRITE.0) == Self::MAYWRITE.0
    }
}

impl BitOr for VmFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitAnd for VmFlags {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Not for VmFlags {
    type Output = Self;

    fn not(self) -> Self {
        Self(!self.0)
    }
}

/// The two-letter words of the `VmFlags` line in `/proc/<pid>/smaps`.
impl fmt::Display for VmFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [
            (Self::READ, "rd"),
            (Self::WRITE, "wr"),
            (Self::SHARED, "sh"),
            (Self::MAYWRITE, "mw"),
            (Self::PFNMAP, "pf"),
            (Self::DONTCOPY, "dc"),
            (Self::HUGETLB, "ht"),
            (Self::WIPEONFORK, "wf"),
            (Self::HUGEPAGE, "hg"),
            (Self::NOHUGEPAGE, "nh"),
            (Self::MERGEABLE, "mg"),
        ];
        let set = words.into_iter().filter(|&(flag, _)| self.contains(flag));
        let set: Vec<&str> = set.map(|(_, word)| word).collect();
        f.write_str(&set.join(" "))
    }
}

impl fmt::Debug for VmFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VmFlags({self})")
    }
}

/// What may be done with a mapped area: the argument of `protect`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prot {
    /// Nothing.
    None,
    /// Reading.
    Read,
    /// Reading and writing.
    ReadWrite,
}

impl Prot {
    pub(super) const fn flags(self) -> VmFlags {
        match self {
            Self::None => VmFlags(0),
            Self::Read => VmFlags::READ,
            Self::ReadWrite => VmFlags(VmFlags::READ.0 | VmFlags::WRITE.0),
        }
    }
}

/// Names a file, the likes of a memfd: pages that outlive the mappings of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileId(pub(super) usize);

/// Where the pages of an area come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backing {
    /// Zeros. With [`VmFlags::SHARED`] they live in a file made for this mapping and its children.
    Anonymous,
    /// The pages of a file.
    File {
        /// The file.
        file: FileId,
        /// The file's page at the start of the area.
        first_page: u64,
    },
}

/// One mapped area of an address space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vma {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) flags: VmFlags,
    pub(super) backing: Backing,
    /// Whether the area was ever given anonymous memory. `fork` copies the page table of those
    /// areas only: what any other one maps can be found again by a fault.
    pub(super) anon_vma: bool,
}

impl Vma {
    /// Returns the first page number.
    pub fn first_page(&self) -> u64 {
        self.start
    }

    /// Returns the number of pages.
    pub fn page_count(&self) -> u64 {
        self.end - self.start
    }

    /// Returns the flags.
    pub fn flags(&self) -> VmFlags {
        self.flags
    }

    /// Returns where the pages come from.
    pub fn backing(&self) -> Backing {
        self.backing
    }

    /// Returns whether the area is private memory without a file.
    pub(super) fn is_anonymous(&self) -> bool {
        self.backing == Backing::Anonymous && !self.flags.contains(VmFlags::PFNMAP)
    }

    /// Returns whether all 512 pages of the huge page `page` lies in belong to the area.
    pub(super) fn holds_huge(&self, page: u64) -> bool {
        let base = page - page % PAGES_PER_HUGE;
        self.start <= base && base + PAGES_PER_HUGE <= self.end
    }

    pub(super) fn check(&self, access: Access) -> Result<(), Errno> {
        let allowed = match access {
            Access::Read => self.flags & Prot::ReadWrite.flags() != VmFlags::default(),
            Access::Write => self.flags.contains(VmFlags::WRITE),
        };
        if allowed {
            Ok(())
        } else {
            Err(Errno::SegFault)
        }
    }

    /// Returns the page of the backing file behind `page`.
    pub(super) fn file_page(&self, page: u64) -> Option<(FileId, u64)> {
        match self.backing {
            Backing::Anonymous => None,
            Backing::File { file, first_page } => Some((file, first_page + page - self.start)),
        }
    }

    /// Cuts the area in two at `page`, and returns the upper part.
    pub(super) fn split_off(&mut self, page: u64) -> Self {
        let mut upper = *self;
        upper.start = page;
        if let Backing::File { first_page, .. } = &mut upper.backing {
            *first_page += page - self.start;
        }
        self.end = page;
        upper
    }
}
