//! Which pages of a range are present, private or written: [`scan`].

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;

use linux_raw_sys::general::{
    PAGE_IS_FILE, PAGE_IS_PFNZERO, PAGE_IS_PRESENT, PAGE_IS_SWAPPED, PAGE_IS_WRITTEN,
    PM_SCAN_CHECK_WPASYNC, PM_SCAN_WP_MATCHING, page_region, pm_scan_arg,
};
use rustix::ioctl::opcode;

use super::PAGE_SIZE;
use super::mapping::Mapping;
use crate::error::{Error, Result};
use crate::page_set::PageSet;

const PAGEMAP_SCAN: u32 = opcode::read_write::<pm_scan_arg>(b'f', 16);

/// Bits of an entry of `/proc/self/pagemap`, from the kernel's pagemap.rst.
const ENTRY_FILE: u64 = 1 << 61;
const ENTRY_SWAPPED: u64 = 1 << 62;
const ENTRY_PRESENT: u64 = 1 << 63;

/// What to look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pages {
    /// Copied by a write: anonymous, in memory or in swap.
    Private,
    /// Mapped by a read or a write.
    Present,
    /// Written since the last such scan, which this one starts over. The range is registered with
    /// an asynchronous userfaultfd.
    WrittenAndRearm,
}

/// Returns the pages of `map` that match, numbered from its start.
pub(crate) fn scan(map: &Mapping, pages: Pages) -> Result<PageSet> {
    match scan_by_ioctl(map, pages) {
        Err(Error::Os { source, .. })
            if source.raw_os_error() == Some(libc::ENOTTY) && pages != Pages::WrittenAndRearm =>
        {
            scan_by_entries(map, pages)
        }
        result => result,
    }
}

/// One pass of `PAGEMAP_SCAN` (Linux 6.7), which walks page tables rather than pages.
fn scan_by_ioctl(map: &Mapping, pages: Pages) -> Result<PageSet> {
    let (mask, inverted, any_of, flags) = match pages {
        Pages::Private => (
            PAGE_IS_FILE,
            PAGE_IS_FILE,
            PAGE_IS_PRESENT | PAGE_IS_SWAPPED,
            0,
        ),
        Pages::Present => (0, 0, PAGE_IS_PRESENT | PAGE_IS_SWAPPED, 0),
        // A read of a page never written maps the zero page, which counts as written.
        Pages::WrittenAndRearm => (
            PAGE_IS_WRITTEN | PAGE_IS_PFNZERO,
            PAGE_IS_PFNZERO,
            0,
            PM_SCAN_WP_MATCHING | PM_SCAN_CHECK_WPASYNC,
        ),
    };
    // The descriptor is bound to the memory of whoever opened it, so it is not kept: a forked
    // child would read its parent's pages.
    let pagemap = open_pagemap()?;
    let empty = page_region {
        start: 0,
        end: 0,
        categories: 0,
    };
    let mut regions = [empty; 512];
    let base = map.start();
    let mut set = PageSet::new();
    let mut arg = pm_scan_arg {
        size: size_of::<pm_scan_arg>() as u64,
        flags: u64::from(flags),
        start: base as u64,
        end: (base + map.len_bytes()) as u64,
        walk_end: 0,
        vec: regions.as_mut_ptr().expose_provenance() as u64,
        vec_len: regions.len() as u64,
        max_pages: 0,
        category_inverted: u64::from(inverted),
        category_mask: u64::from(mask),
        category_anyof_mask: u64::from(any_of),
        return_mask: u64::from(mask | any_of),
    };
    while arg.start < arg.end {
        // SAFETY: `arg` is what this request takes, and `vec` and `vec_len` describe `regions`.
        let found = unsafe {
            libc::ioctl(
                pagemap.as_raw_fd(),
                libc::Ioctl::from(PAGEMAP_SCAN),
                &raw mut arg,
            )
        };
        let found = usize::try_from(found)
            .map_err(|_| Error::os("PAGEMAP_SCAN", io::Error::last_os_error()))?;
        for region in &regions[..found] {
            set.push_run(page_of(region.start, base)..page_of(region.end, base));
        }
        // A full vector ends the walk early.
        arg.start = arg.walk_end;
    }
    Ok(set)
}

fn page_of(address: u64, base: usize) -> usize {
    let address = usize::try_from(address).expect("a 64-bit target");
    (address - base) / PAGE_SIZE
}

/// The same by reading an entry per page.
fn scan_by_entries(map: &Mapping, pages: Pages) -> Result<PageSet> {
    let pagemap = open_pagemap()?;
    let mut set = PageSet::new();
    let mut buffer = [0_u8; 8 * 512];
    let count = map.len_bytes() / PAGE_SIZE;
    let first = map.start() / PAGE_SIZE;
    for chunk in (0..count).step_by(512) {
        let bytes = &mut buffer[..(count - chunk).min(512) * 8];
        pagemap
            .read_exact_at(bytes, ((first + chunk) * 8) as u64)
            .map_err(|e| Error::os("read", e))?;
        for (page, entry) in (chunk..).zip(bytes.as_chunks().0) {
            let entry = u64::from_ne_bytes(*entry);
            let mapped = entry & (ENTRY_PRESENT | ENTRY_SWAPPED) != 0;
            let wanted = pages == Pages::Present || entry & ENTRY_FILE == 0;
            if mapped && wanted {
                set.push_run(page..page + 1);
            }
        }
    }
    Ok(set)
}

fn open_pagemap() -> Result<File> {
    File::open("/proc/self/pagemap").map_err(|e| Error::os("open", e))
}

#[cfg(test)]
mod tests {
    use super::{Pages, scan_by_entries, scan_by_ioctl};
    use crate::sys::PAGE_SIZE;
    use crate::sys::memory::Draft;

    #[test]
    fn both_ways_of_scanning_agree() {
        let pages = 3_000;
        let mut draft = Draft::in_memory(pages * PAGE_SIZE).expect("a memory file");
        draft
            .mapping()
            .as_mut_slice::<u8>(pages * PAGE_SIZE)
            .fill(1);
        let frozen = draft.freeze().expect("seals");
        let mut view = frozen.map_private().expect("a view");
        let bytes = view.as_mut_slice::<u8>(pages * PAGE_SIZE);
        for page in (0..pages).filter(|p| p % 3 == 0 || p / 100 == 7) {
            bytes[page * PAGE_SIZE] = 9;
        }
        for kind in [Pages::Private, Pages::Present] {
            let by_entries = scan_by_entries(&view, kind).expect("pagemap");
            match scan_by_ioctl(&view, kind) {
                Ok(by_ioctl) => assert_eq!(by_ioctl, by_entries),
                Err(error) => println!("skipped: PAGEMAP_SCAN: {error:?}"),
            }
            let expected = (0..pages).filter(|p| p % 3 == 0 || p / 100 == 7);
            if kind == Pages::Private {
                // More than one vector of runs, so the walk was resumed.
                assert_eq!(by_entries, expected.collect());
                assert!(by_entries.runs().len() > 512);
            }
        }
    }
}
