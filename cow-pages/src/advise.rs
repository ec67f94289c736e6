//! Private memory and what the kernel can be told about it: [`Region`], [`Advice`].
//!
//! Also what concerns a whole process or machine: merging of equal pages (KSM), whose successes
//! [`account`](crate::account) reads, and memory near one processor (NUMA).

use std::fs;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut, Range};

use bytemuck::Pod;

use crate::error::{Error, Result};
use crate::page_set::PageSet;
use crate::sys::PAGE_SIZE;
use crate::sys::advice::{self, RawAdvice};
use crate::sys::mapping::Mapping;
use crate::sys::pagemap::{Pages, scan};

/// What the kernel can be told about pages, under the names of madvise(2).
///
/// Left out is advice after which the memory could no longer be read, or could change later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Advice {
    /// Drop the contents: the pages read as zero, and take no memory until they are touched.
    DontNeed,
    /// Leave the pages out of forked children, where touching them is a SIGSEGV.
    DontFork,
    /// Take `DontFork` back.
    DoFork,
    /// Let forked children see zeroes.
    WipeOnFork,
    /// Take `WipeOnFork` back.
    KeepOnFork,
    /// Let KSM merge pages with equal contents, if it runs (`/sys/kernel/mm/ksm/run`).
    Mergeable,
    /// Take `Mergeable` back, and give every page its own copy again.
    Unmergeable,
    /// Back the memory with huge pages where it is touched from now on.
    HugePage,
    /// Take `HugePage` back.
    NoHugePage,
    /// Let these pages be the first to go when memory is short.
    Cold,
    /// Move these pages to swap now.
    PageOut,
    /// Map the pages as reads would.
    PopulateRead,
    /// Map the pages writable as writes would, and copy those that are shared. After a fork this
    /// spares the faults that writes would take.
    PopulateWrite,
    /// Gather the pages into huge pages now.
    Collapse,
}

impl Advice {
    fn raw(self) -> RawAdvice {
        match self {
            Self::DontNeed => RawAdvice::DontNeed,
            Self::DontFork => RawAdvice::DontFork,
            Self::DoFork => RawAdvice::DoFork,
            Self::WipeOnFork => RawAdvice::WipeOnFork,
            Self::KeepOnFork => RawAdvice::KeepOnFork,
            Self::Mergeable => RawAdvice::Mergeable,
            Self::Unmergeable => RawAdvice::Unmergeable,
            Self::HugePage => RawAdvice::HugePage,
            Self::NoHugePage => RawAdvice::NoHugePage,
            Self::Cold => RawAdvice::Cold,
            Self::PageOut => RawAdvice::PageOut,
            Self::PopulateRead => RawAdvice::PopulateRead,
            Self::PopulateWrite => RawAdvice::PopulateWrite,
            Self::Collapse => RawAdvice::Collapse,
        }
    }
}

/// Private anonymous memory: what `fork` shares copy-on-write.
///
/// Like a boxed slice of zeroes, but in pages of its own, so that advice about them concerns
/// nothing else. From 2 MiB on it starts at a huge page.
///
/// # Examples
///
/// ```
/// use cow_pages::advise::{Advice, Region};
///
/// let mut region = Region::<u64>::new(1 << 20)?;
/// region.fill(7);
/// region.advise_pages(0..16, Advice::DontNeed)?;
/// assert_eq!((region[0], region[16 * 512]), (0, 7));
/// # Ok::<(), cow_pages::Error>(())
/// ```
pub struct Region<T: Pod> {
    map: Mapping,
    len: usize,
    element: PhantomData<T>,
}

impl<T: Pod> Region<T> {
    /// Makes `len` elements, all zero, which take no memory until they are touched.
    ///
    /// # Errors
    ///
    /// Fails if the kernel refuses the address space.
    pub fn new(len: usize) -> Result<Self> {
        let bytes = len
            .checked_mul(size_of::<T>())
            .and_then(|bytes| bytes.max(1).checked_next_multiple_of(PAGE_SIZE))
            .ok_or(Error::OutOfMemory)?;
        Ok(Self {
            map: Mapping::anonymous(bytes)?,
            len,
            element: PhantomData,
        })
    }

    /// Returns the number of pages.
    #[must_use]
    pub fn page_count(&self) -> usize {
        self.map.len_bytes() / PAGE_SIZE
    }

    /// Advises the kernel about all pages.
    ///
    /// # Errors
    ///
    /// Fails if this kernel does not know the advice, or cannot follow it for want of memory.
    pub fn advise(&mut self, advice: Advice) -> Result<()> {
        self.advise_pages(0..self.page_count(), advice)
    }

    /// Advises the kernel about some pages.
    ///
    /// # Errors
    ///
    /// As [`advise`](Self::advise).
    ///
    /// # Panics
    ///
    /// Panics if a page is not in the region.
    pub fn advise_pages(&mut self, pages: Range<usize>, advice: Advice) -> Result<()> {
        advice::advise(&mut self.map, &pages, advice.raw())
    }

    /// Returns the pages that are in memory, or in swap.
    ///
    /// # Errors
    ///
    /// Fails if `/proc` is not there.
    pub fn resident_pages(&self) -> Result<PageSet> {
        scan(&self.map, Pages::Present)
    }

    /// Says on which NUMA nodes pages that are not there yet are to be allocated.
    ///
    /// # Errors
    ///
    /// Fails if a node does not exist, or the kernel refuses.
    pub fn set_numa_policy(&mut self, policy: NumaPolicy) -> Result<Placement> {
        let nodes = numa_nodes()?;
        if let [_] = nodes[..] {
            return Ok(Placement::SingleNode);
        }
        let (mode, mask) = policy.raw();
        let pages = 0..self.page_count();
        advice::set_numa_policy(&mut self.map, &pages, mode, mask)?;
        Ok(Placement::ByPolicy)
    }
}

impl<T: Pod> Deref for Region<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.map.as_slice(self.len)
    }
}

impl<T: Pod> DerefMut for Region<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        self.map.as_mut_slice(self.len)
    }
}

/// Where memory is allocated on a machine with several NUMA nodes. A set of nodes is a mask with
/// bit *n* for node *n*.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NumaPolicy {
    /// On the node of the thread that touches it first.
    Local,
    /// On this node while it has room.
    Preferred(u32),
    /// On these nodes only.
    Bind(u64),
    /// On these nodes in turn, page by page.
    Interleave(u64),
}

impl NumaPolicy {
    /// The mode and the mask of nodes that `mbind` takes.
    fn raw(self) -> (i32, u64) {
        match self {
            Self::Local => (libc::MPOL_LOCAL, 0),
            Self::Preferred(node) => (libc::MPOL_PREFERRED, 1_u64.checked_shl(node).unwrap_or(0)),
            Self::Bind(nodes) => (libc::MPOL_BIND, nodes),
            Self::Interleave(nodes) => (libc::MPOL_INTERLEAVE, nodes),
        }
    }
}

/// What came of a [`NumaPolicy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Placement {
    /// The policy is in force.
    ByPolicy,
    /// The machine has one node, so that there is nothing to choose.
    SingleNode,
}

/// Returns the NUMA nodes of the machine, which are one or more.
///
/// # Errors
///
/// Fails if `/sys` is there and cannot be understood.
pub fn numa_nodes() -> Result<Vec<u32>> {
    // A kernel without NUMA support has no such file, and one node.
    fs::read_to_string("/sys/devices/system/node/online").map_or_else(
        |_| Ok(vec![0]),
        |text| {
            parse_list(text.trim()).ok_or(Error::Unsupported {
                what: "the list of NUMA nodes",
            })
        },
    )
}

/// Parses the kernel's lists of numbers, such as `0-3,8`.
fn parse_list(text: &str) -> Option<Vec<u32>> {
    let mut numbers = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        numbers.extend(first.parse::<u32>().ok()?..=last.parse().ok()?);
    }
    Some(numbers)
}

/// Lets KSM merge equal pages of the whole process, or stops that.
///
/// Stopping gives every merged page its own copy again.
///
/// # Errors
///
/// Fails if the kernel does not know this (before Linux 6.4), or does not permit it.
pub fn set_memory_merge(on: bool) -> Result<()> {
    advice::set_memory_merge(on)
}

/// Returns whether KSM may merge equal pages of the whole process.
///
/// # Errors
///
/// Fails if the kernel does not know this (before Linux 6.4).
pub fn memory_merge() -> Result<bool> {
    advice::memory_merge()
}

#[cfg(test)]
mod tests {
    use super::parse_list;

    #[test]
    fn lists_of_numbers() {
        assert_eq!(parse_list("0"), Some(vec![0]));
        assert_eq!(parse_list("0-3,8"), Some(vec![0, 1, 2, 3, 8]));
        assert_eq!(parse_list("x"), None);
    }
}
