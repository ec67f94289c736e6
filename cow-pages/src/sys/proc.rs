//! Files under `/proc` that describe memory: tables of 64-bit entries, and lists of names and
//! numbers.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;

use linux_raw_sys::general::{PAGE_IS_PRESENT, PAGE_IS_SWAPPED, page_region, pm_scan_arg};
use rustix::ioctl::opcode;

use super::PAGE_SIZE;
use crate::error::{Error, Result};
use crate::sim::Usage;

const PAGEMAP_SCAN: u32 = opcode::read_write::<pm_scan_arg>(b'f', 16);

/// A file of 64-bit entries: `pagemap` by page number, `kpagecount` and `kpageflags` by frame
/// number.
#[derive(Debug)]
pub(crate) struct Table {
    file: File,
}

impl Table {
    pub(crate) fn open(path: &str) -> Result<Self> {
        let file = File::open(path).map_err(|e| Error::os("open", e))?;
        Ok(Self { file })
    }

    /// Reads entries from `index` on; those beyond the end of the table are zero.
    pub(crate) fn read(&self, index: u64, entries: &mut [u64]) -> Result<()> {
        let mut buffer = [0; 8 * 512];
        let mut at = index;
        for chunk in entries.chunks_mut(512) {
            let bytes = &mut buffer[..8 * chunk.len()];
            let found = self.read_bytes(at * 8, bytes)?;
            bytes[found..].fill(0);
            for (entry, word) in chunk.iter_mut().zip(bytes.as_chunks().0) {
                *entry = u64::from_ne_bytes(*word);
            }
            at += chunk.len() as u64;
        }
        Ok(())
    }

    /// Returns the pages among `pages` that are in memory or in swap, as runs of page numbers; this
    /// table is a `pagemap`.
    ///
    /// The kernel walks page tables for it (`PAGEMAP_SCAN`, Linux 6.7), so that an area of many
    /// terabytes of which little is in use costs little. An older kernel answers "all of them".
    pub(crate) fn populated(&self, pages: Range<u64>) -> Result<Vec<Range<u64>>> {
        let page = PAGE_SIZE as u64;
        let empty = page_region {
            start: 0,
            end: 0,
            categories: 0,
        };
        let mut found = [empty; 256];
        let mut runs: Vec<Range<u64>> = Vec::new();
        let mut arg = pm_scan_arg {
            size: size_of::<pm_scan_arg>() as u64,
            flags: 0,
            start: pages.start * page,
            end: pages.end * page,
            walk_end: 0,
            vec: found.as_mut_ptr().expose_provenance() as u64,
            vec_len: found.len() as u64,
            max_pages: 0,
            category_inverted: 0,
            category_mask: 0,
            category_anyof_mask: u64::from(PAGE_IS_PRESENT | PAGE_IS_SWAPPED),
            return_mask: u64::from(PAGE_IS_PRESENT | PAGE_IS_SWAPPED),
        };
        while arg.start < arg.end {
            let request = libc::Ioctl::from(PAGEMAP_SCAN);
            // SAFETY: `arg` is what this request takes, and `vec` and `vec_len` describe `found`.
            let count = unsafe { libc::ioctl(self.file.as_raw_fd(), request, &raw mut arg) };
            let Ok(count) = usize::try_from(count) else {
                let error = io::Error::last_os_error();
                return match error.raw_os_error() {
                    Some(libc::ENOTTY) => Ok(vec![pages]),
                    // The vsyscall page is listed as an area, but belongs to the kernel.
                    Some(libc::EFAULT) => Ok(runs),
                    _ => Err(Error::os("PAGEMAP_SCAN", error)),
                };
            };
            runs.extend(
                found[..count]
                    .iter()
                    .map(|run| run.start / page..run.end / page),
            );
            // A full vector ends the walk early.
            arg.start = arg.walk_end;
        }
        Ok(runs)
    }

    fn read_bytes(&self, offset: u64, bytes: &mut [u8]) -> Result<usize> {
        let mut found = 0;
        while found < bytes.len() {
            match self
                .file
                .read_at(&mut bytes[found..], offset + found as u64)
            {
                Ok(0) => break,
                Ok(count) => found += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::os("read", error)),
            }
        }
        Ok(found)
    }
}

/// Reads a file of text.
pub(crate) fn read_text(path: &str) -> Result<String> {
    fs::read_to_string(path).map_err(|e| Error::os("read", e))
}

/// Returns the names and numbers of lines such as `pgreuse 12` and `Rss:    12 kB`.
pub(crate) fn numbers(text: &str) -> impl Iterator<Item = (&str, u64)> {
    text.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let name = words.next()?.trim_end_matches(':');
        Some((name, words.next()?.parse().ok()?))
    })
}

/// Returns the number called `name` in such a text, or zero where the kernel does not know it.
pub(crate) fn number(text: &str, name: &str) -> u64 {
    numbers(text)
        .find(|&(known, _)| known == name)
        .map_or(0, |(_, value)| value)
}

/// Returns the areas of a `smaps` file and their use of memory.
pub(crate) fn areas(text: &str) -> Vec<(Range<u64>, Usage)> {
    let mut areas: Vec<(Range<u64>, Usage)> = Vec::new();
    for line in text.lines() {
        if let Some(range) = area_header(line) {
            areas.push((range, Usage::default()));
        } else if let (Some((_, usage)), Some((name, kib))) =
            (areas.last_mut(), numbers(line).next())
        {
            usage.set(name, kib);
        }
    }
    areas
}

/// Returns the addresses in a line such as `7f12c000-7f12e000 rw-p 00000000 00:00 0`.
fn area_header(line: &str) -> Option<Range<u64>> {
    let (start, end) = line.split_whitespace().next()?.split_once('-')?;
    Some(u64::from_str_radix(start, 16).ok()?..u64::from_str_radix(end, 16).ok()?)
}

/// Returns the minor faults in a `stat` file of a process, whose name may hold anything.
pub(crate) fn minor_faults(stat: &str) -> u64 {
    let (_, after_name) = stat.rsplit_once(')').unwrap_or(("", stat));
    // The state is field 3, minflt field 10.
    after_name
        .split_whitespace()
        .nth(7)
        .and_then(|word| word.parse().ok())
        .unwrap_or(0)
}

/// Returns the page numbers of an address range, whole pages only.
pub(crate) fn pages_of(range: &Range<u64>) -> Range<u64> {
    range.start / PAGE_SIZE as u64..range.end / PAGE_SIZE as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_told_from_their_values() {
        let text = "7f00a000-7f00c000 rw-p 00000000 00:00 0  [heap]\n\
                    Size:                  8 kB\nRss:   4 kB\nVmFlags: rd wr mr mw me ac \n\
                    7f00c000-7f00d000 r--p 00000000 fe:00 7  /a-b c\nSize: 4 kB\nRss: 0 kB\n";
        let areas = areas(text);
        assert_eq!(areas.len(), 2);
        assert_eq!(areas[0].0, 0x7f00_a000..0x7f00_c000);
        assert_eq!((areas[0].1.size_kib, areas[0].1.rss_kib), (8, 4));
        assert_eq!((areas[1].1.size_kib, areas[1].1.rss_kib), (4, 0));
    }

    #[test]
    fn a_process_name_with_blanks_does_not_shift_the_fields() {
        assert_eq!(
            minor_faults("12 (a) b ) S 1 12 12 0 -1 4194304 77 0 1 0"),
            77
        );
    }
}
