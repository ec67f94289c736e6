//! What a real process shares and what it has alone, read from `/proc`.
//!
//! An [`Observer`] watches one process, this one or another. [`Observer::account`] gathers
//! `smaps_rollup`, `pagemap`, `kpagecount`, `vmstat` and `ksm_stat` into one [`Account`], in the
//! same [`Usage`] and [`Counters`] a simulated machine keeps, so that the two can be compared
//! field by field; [`Observer::areas`] and [`Observer::pages`] look closer.
//!
//! Frame numbers are the kernel's secret: without `CAP_SYS_ADMIN` a [`PageEntry`] has none, and
//! [`Pages::frames`] is `None`. Everything else works for any process of the same user.

use std::fmt;
use std::ops::Range;

use crate::error::{Error, Result};
use crate::sim::PAGE_SIZE;
pub use crate::sim::{Counters, Usage};
use crate::sys::proc::{self, Table};

/// An entry of `/proc/<pid>/pagemap`: what one page is backed by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PageEntry(u64);

impl PageEntry {
    /// Returns whether the page is in memory.
    pub const fn is_present(self) -> bool {
        self.0 & 1 << 63 != 0
    }

    /// Returns whether the page is in swap.
    pub const fn is_swapped(self) -> bool {
        self.0 & 1 << 62 != 0
    }

    /// Returns whether the page belongs to a file or to shared memory. The huge zero page looks as
    /// if it did.
    pub const fn is_file(self) -> bool {
        self.0 & 1 << 61 != 0
    }

    /// Returns whether this is the page's only mapping. It says nothing about write access: a page
    /// that a fork left behind is exclusive before the fault that finds out. For the pages of a huge
    /// mapping the kernel answers what is true of the first.
    pub const fn is_exclusive(self) -> bool {
        self.0 & 1 << 56 != 0
    }

    /// Returns the frame number, if the page is present and the reader may know.
    pub const fn frame(self) -> Option<u64> {
        let number = self.0 & ((1 << 55) - 1);
        if self.is_present() && number != 0 {
            Some(number)
        } else {
            None
        }
    }
}

/// What is known about a frame: `/proc/kpagecount` and `/proc/kpageflags`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameEntry {
    /// How many page-table entries map the frame.
    pub mapcount: u64,
    flags: u64,
}

impl FrameEntry {
    /// Returns whether the frame is the zero page, or part of the huge zero page.
    pub const fn is_zero_page(self) -> bool {
        self.flags & 1 << 24 != 0
    }

    /// Returns whether the frame was merged by KSM.
    pub const fn is_ksm(self) -> bool {
        self.flags & 1 << 21 != 0
    }

    /// Returns whether the frame is part of a huge page.
    pub const fn is_huge(self) -> bool {
        self.flags & 1 << 22 != 0
    }
}

/// The pages of a process, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pages {
    /// In memory, zero pages included.
    pub present: u64,
    /// In memory, with no other mapping.
    pub exclusive: u64,
    /// Of a file or of shared memory.
    pub file: u64,
    /// In swap.
    pub swapped: u64,
    /// What lies behind them, if the reader may know.
    pub frames: Option<Frames>,
}

/// The frames behind the pages of a process, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Frames {
    /// Different frames, zero pages not counted.
    pub distinct: u64,
    /// Of those, mapped once.
    pub mapped_once: u64,
    /// Pages that show a zero page.
    pub zero_pages: u64,
}

/// What KSM did: `/proc/<pid>/ksm_stat` and `/sys/kernel/mm/ksm`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ksm {
    /// Pages of the process that are merged.
    pub merging_pages: u64,
    /// Merged frames on the whole system.
    pub pages_shared: u64,
    /// Pages saved by them on the whole system, as of KSM's last scan.
    pub pages_sharing: u64,
}

/// The memory of a process at one moment; printed, it is a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Account {
    /// Sums over all areas of the process.
    pub usage: Usage,
    /// Its pages and frames.
    pub pages: Pages,
    /// `minflt` of the process; the other counts are those of the whole system. What happened
    /// between two accounts is their difference.
    pub counters: Counters,
    /// What KSM did.
    pub ksm: Ksm,
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.usage)?;
        let pages = &self.pages;
        let rows = [
            ("pages present", Some(pages.present)),
            ("pages exclusive", Some(pages.exclusive)),
            ("pages of files", Some(pages.file)),
            ("pages swapped", Some(pages.swapped)),
            ("frames", pages.frames.map(|frames| frames.distinct)),
            (
                "frames mapped once",
                pages.frames.map(|frames| frames.mapped_once),
            ),
            ("zero pages", pages.frames.map(|frames| frames.zero_pages)),
            ("ksm merging pages", Some(self.ksm.merging_pages)),
            ("ksm pages_shared", Some(self.ksm.pages_shared)),
            ("ksm pages_sharing", Some(self.ksm.pages_sharing)),
        ];
        for (name, count) in rows {
            if let Some(count) = count.filter(|&count| count != 0) {
                writeln!(f, "{name:<20} {count:>12}")?;
            }
        }
        write!(f, "{}", self.counters)
    }
}

/// Whose memory an observer looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    Myself,
    Process(u32),
}

/// Reads the memory of one process, and keeps the descriptors for it.
///
/// An observer of "this process" goes on doing what it says after a fork: a descriptor of
/// `/proc/self/pagemap` stays bound to the memory of the process that opened it, so the child
/// opens its own.
///
/// # Examples
///
/// ```
/// use cow_pages::account::Observer;
///
/// let mut observer = Observer::myself();
/// let before = observer.account()?;
/// let page = vec![1_u8; 1 << 20];
/// let after = observer.account()?;
/// assert!(after.usage.anonymous_kib >= before.usage.anonymous_kib);
/// println!("{after}");
/// # drop(page);
/// # Ok::<(), cow_pages::Error>(())
/// ```
#[derive(Debug)]
pub struct Observer {
    subject: Subject,
    /// The page map, and the process that opened it.
    pagemap: Option<(u32, Table)>,
    frames: Option<FrameTables>,
}

/// `/proc/kpagecount` and `/proc/kpageflags`.
#[derive(Debug)]
struct FrameTables {
    counts: Table,
    flags: Table,
}

impl FrameTables {
    fn open() -> Option<Self> {
        let open = |path| Table::open(path).ok();
        Some(Self {
            counts: open("/proc/kpagecount")?,
            flags: open("/proc/kpageflags")?,
        })
    }

    fn get(&self, frame: u64) -> Option<FrameEntry> {
        let mut mapcount = [0];
        let mut flags = [0];
        self.counts.read(frame, &mut mapcount).ok()?;
        self.flags.read(frame, &mut flags).ok()?;
        Some(FrameEntry {
            mapcount: mapcount[0],
            flags: flags[0],
        })
    }
}

impl Observer {
    /// Returns an observer of the process it is used in.
    pub fn myself() -> Self {
        Self {
            subject: Subject::Myself,
            pagemap: None,
            frames: None,
        }
    }

    /// Returns an observer of another process.
    pub fn of(pid: u32) -> Self {
        Self {
            subject: Subject::Process(pid),
            pagemap: None,
            frames: None,
        }
    }

    /// Returns everything there is to know about the process's memory.
    ///
    /// # Complexity
    ///
    /// O(pages in memory): one entry is read for each, and with the privilege to know its frame
    /// number two small reads more for each frame, which take most of the time.
    ///
    /// # Errors
    ///
    /// The process has ended, or belongs to someone else.
    pub fn account(&mut self) -> Result<Account> {
        Ok(Account {
            usage: self.usage()?,
            pages: self.count_pages()?,
            counters: self.counters()?,
            ksm: self.ksm(),
        })
    }

    /// Returns the sums over all areas, from `smaps_rollup`; `Size` is not among them.
    ///
    /// # Errors
    ///
    /// The process has ended, or belongs to someone else.
    pub fn usage(&self) -> Result<Usage> {
        let mut usage = Usage::default();
        let text = proc::read_text(&self.path("smaps_rollup"))?;
        for (name, kib) in proc::numbers(&text) {
            usage.set(name, kib);
        }
        Ok(usage)
    }

    /// Returns the address range and the use of memory of each area, from `smaps`.
    ///
    /// # Errors
    ///
    /// The process has ended, or belongs to someone else.
    pub fn areas(&self) -> Result<Vec<(Range<u64>, Usage)>> {
        Ok(proc::areas(&proc::read_text(&self.path("smaps"))?))
    }

    /// Returns an entry for each page of an address range, from `pagemap`.
    ///
    /// # Errors
    ///
    /// The process belongs to someone else.
    pub fn pages(&mut self, addresses: Range<u64>) -> Result<Vec<PageEntry>> {
        let pages = proc::pages_of(&addresses);
        let count = usize::try_from(pages.end.saturating_sub(pages.start))
            .map_err(|_| Error::OutOfMemory)?;
        let mut words = vec![0; count];
        self.pagemap()?.read(pages.start, &mut words)?;
        Ok(words.into_iter().map(PageEntry).collect())
    }

    /// Returns what is known about a frame, or `None` if the reader may not know.
    pub fn frame(&mut self, frame: u64) -> Option<FrameEntry> {
        if self.frames.is_none() {
            self.frames = Some(FrameTables::open()?);
        }
        self.frames.as_ref()?.get(frame)
    }

    /// Returns the process's minor faults, and the system's other counts, from `stat` and
    /// `vmstat`.
    ///
    /// # Errors
    ///
    /// The process has ended.
    pub fn counters(&self) -> Result<Counters> {
        let vmstat = proc::read_text("/proc/vmstat")?;
        Ok(Counters {
            minflt: proc::minor_faults(&proc::read_text(&self.path("stat"))?),
            pgreuse: proc::number(&vmstat, "pgreuse"),
            cow_ksm: proc::number(&vmstat, "cow_ksm"),
            thp_fault_alloc: proc::number(&vmstat, "thp_fault_alloc"),
            thp_collapse_alloc: proc::number(&vmstat, "thp_collapse_alloc"),
            thp_split_pmd: proc::number(&vmstat, "thp_split_pmd"),
            thp_split_page: proc::number(&vmstat, "thp_split_page"),
            ..Counters::default()
        })
    }

    /// Returns what KSM did; zeros where the kernel is built without it.
    pub fn ksm(&self) -> Ksm {
        let system = |name: &str| {
            let text = proc::read_text(&format!("/sys/kernel/mm/ksm/{name}")).unwrap_or_default();
            text.trim().parse().unwrap_or(0)
        };
        let process = proc::read_text(&self.path("ksm_stat")).unwrap_or_default();
        Ksm {
            merging_pages: proc::number(&process, "ksm_merging_pages"),
            pages_shared: system("pages_shared"),
            pages_sharing: system("pages_sharing"),
        }
    }

    fn count_pages(&mut self) -> Result<Pages> {
        let mut pages = Pages::default();
        let mut numbers = Vec::new();
        for (range, _) in self.areas()? {
            for run in self.pagemap()?.populated(proc::pages_of(&range))? {
                let addresses = run.start * PAGE_SIZE as u64..run.end * PAGE_SIZE as u64;
                for entry in self.pages(addresses)? {
                    pages.present += u64::from(entry.is_present());
                    pages.exclusive += u64::from(entry.is_exclusive());
                    pages.file += u64::from(entry.is_file());
                    pages.swapped += u64::from(entry.is_swapped());
                    numbers.extend(entry.frame());
                }
            }
        }
        pages.frames = self.count_frames(numbers);
        Ok(pages)
    }

    /// Looks up the frames behind pages; `None` if there are none, or the reader may not know.
    fn count_frames(&mut self, mut numbers: Vec<u64>) -> Option<Frames> {
        numbers.sort_unstable();
        let mut frames = Frames::default();
        for same in numbers.chunk_by(|a, b| a == b) {
            let frame = self.frame(same[0])?;
            if frame.is_zero_page() {
                frames.zero_pages += same.len() as u64;
            } else {
                frames.distinct += 1;
                frames.mapped_once += u64::from(frame.mapcount == 1);
            }
        }
        (!numbers.is_empty()).then_some(frames)
    }

    fn pagemap(&mut self) -> Result<&Table> {
        let reader = std::process::id();
        let path = self.path("pagemap");
        let stale = self
            .pagemap
            .as_ref()
            .is_none_or(|(opened_by, _)| *opened_by != reader);
        if stale {
            self.pagemap = Some((reader, Table::open(&path)?));
        }
        let (_, table) = self.pagemap.as_ref().expect("opened above");
        Ok(table)
    }

    fn path(&self, file: &str) -> String {
        match self.subject {
            Subject::Myself => format!("/proc/self/{file}"),
            Subject::Process(pid) => format!("/proc/{pid}/{file}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_page_is_present_exclusive_and_accounted() {
        let bytes = vec![7_u8; 64 * 4096];
        let start = (bytes.as_ptr().addr() as u64).next_multiple_of(4096);
        let mut observer = Observer::myself();
        let entries = observer.pages(start..start + 63 * 4096).expect("pagemap");
        assert_eq!(entries.len(), 63);
        assert!(
            entries
                .iter()
                .all(|e| e.is_present() && e.is_exclusive() && !e.is_file())
        );
        let area = observer.areas().expect("smaps");
        let (_, usage) = area
            .iter()
            .find(|(r, _)| r.contains(&start))
            .expect("the area");
        assert!(usage.private_dirty_kib >= 63 * 4 && usage.anonymous_kib >= 63 * 4);
        match entries[0].frame() {
            Some(number) => {
                let frame = observer
                    .frame(number)
                    .expect("a frame number implies kpagecount");
                assert_eq!(frame.mapcount, 1);
                assert!(!frame.is_zero_page());
            }
            None => println!("skipped: frame numbers need CAP_SYS_ADMIN"),
        }
    }

    #[test]
    fn the_table_names_what_it_counts() {
        let account = Observer::myself().account().expect("procfs");
        let table = account.to_string();
        for name in ["Rss", "Private_Dirty", "pages present", "minflt"] {
            assert!(table.contains(name), "{name} in:\n{table}");
        }
        assert!(account.pages.exclusive <= account.pages.present);
    }

    #[test]
    fn a_process_that_does_not_exist_is_an_error() {
        // Larger than any process number of Linux.
        let result = Observer::of(u32::MAX).account();
        assert!(matches!(result, Err(Error::Os { .. })));
    }
}
