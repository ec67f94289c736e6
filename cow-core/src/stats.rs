//! What an arena counts, under the names the kernel has for it.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use crate::layout::{CLASS_COUNT, ChunkLayout};

/// The figures of an arena at one moment.
///
/// Counted since the arena was made, on all threads. Two figures read while other threads work may
/// be a few events apart.
///
/// # Examples
///
/// ```
/// use cow_core::{Arena, Shared};
///
/// let arena = Arena::builder().build();
/// let mut a = Shared::new_in(&arena, [0_u64; 100]);
/// let b = a.clone();
/// a.make_mut()[7] = 1; // shared: a copy-on-write fault, resolved by a copy
/// let stats = arena.stats();
/// assert_eq!((stats.faults(), stats.copies, stats.reuses), (1, 1, 0));
/// assert_eq!(stats.chunks_live(), 2);
/// # drop(b);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArenaStats {
    /// Copy-on-write faults resolved by a copy.
    pub copies: u64,
    /// Copy-on-write faults resolved by reuse: the chunk had turned exclusive again.
    pub reuses: u64,
    /// Bytes of the chunks copied on such faults, and on collapses.
    pub bytes_copied: u64,
    /// Huge chunks that were split: the first page of one was copied out.
    pub thp_split: u64,
    /// Huge chunks that were put together: again, or of the leaves of a vector.
    pub thp_collapse: u64,
    /// Bytes of chunks in use.
    pub bytes_used: usize,
    /// Bytes taken from the chunk source: chunks in use, free chunks, headers.
    pub bytes_reserved: usize,
    /// The size classes, smallest first, and behind them the one of staggered chunks of 1 KiB.
    pub classes: [ClassStats; CLASS_COUNT],
    /// Chunks above the largest class, each in an extent of its own.
    pub large_live: usize,
}

/// The chunks of one size class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClassStats {
    /// Bytes of a chunk of this class.
    pub chunk_bytes: usize,
    /// Chunks in use.
    pub live: usize,
    /// Chunks that were used before, or are ready to be, and wait in the pool.
    pub free: usize,
}

impl ArenaStats {
    /// Copy-on-write faults: first writes to a chunk that was shared. Copies and reuses together.
    #[must_use]
    pub fn faults(&self) -> u64 {
        self.copies + self.reuses
    }

    /// Chunks in use, of all classes.
    #[must_use]
    pub fn chunks_live(&self) -> usize {
        self.classes.iter().map(|class| class.live).sum::<usize>() + self.large_live
    }

    /// Chunks that wait in the pool, of all classes.
    #[must_use]
    pub fn chunks_free(&self) -> usize {
        self.classes.iter().map(|class| class.free).sum()
    }
}

impl fmt::Display for ArenaStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:>12} {:>10} {:>10}", "chunk bytes", "live", "free")?;
        for class in &self.classes {
            writeln!(
                f,
                "{:>12} {:>10} {:>10}",
                class.chunk_bytes, class.live, class.free
            )?;
        }
        writeln!(f, "{:>12} {:>10}", "large", self.large_live)?;
        writeln!(
            f,
            "used {} B of {} B reserved",
            self.bytes_used, self.bytes_reserved
        )?;
        write!(
            f,
            "faults {} (copies {}, reuses {}), {} B copied",
            self.faults(),
            self.copies,
            self.reuses,
            self.bytes_copied
        )
    }
}

/// The running counts behind [`ArenaStats`].
///
/// Plain wrapping sums: a chunk may be taken on one thread and freed on another, so that one
/// thread's part can be "negative" while the total is right.
#[derive(Debug)]
pub(crate) struct Counters {
    pub(crate) live: [AtomicU64; CLASS_COUNT],
    pub(crate) large_live: AtomicU64,
    pub(crate) large_bytes: AtomicU64,
    pub(crate) copies: AtomicU64,
    pub(crate) reuses: AtomicU64,
    pub(crate) bytes_copied: AtomicU64,
    pub(crate) splits: AtomicU64,
    pub(crate) collapses: AtomicU64,
}

impl Counters {
    pub(crate) const fn new() -> Self {
        Self {
            live: [const { AtomicU64::new(0) }; CLASS_COUNT],
            large_live: AtomicU64::new(0),
            large_bytes: AtomicU64::new(0),
            copies: AtomicU64::new(0),
            reuses: AtomicU64::new(0),
            bytes_copied: AtomicU64::new(0),
            splits: AtomicU64::new(0),
            collapses: AtomicU64::new(0),
        }
    }

    fn all(&self) -> impl Iterator<Item = &AtomicU64> {
        self.live.iter().chain([
            &self.large_live,
            &self.large_bytes,
            &self.copies,
            &self.reuses,
            &self.bytes_copied,
            &self.splits,
            &self.collapses,
        ])
    }

    /// Adds all of `other`, as when its thread ends.
    pub(crate) fn absorb(&self, other: &Self) {
        for (to, from) in self.all().zip(other.all()) {
            to.fetch_add(from.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }

    /// The statistics that these counts amount to, without what the pools know.
    pub(crate) fn snapshot(&self) -> ArenaStats {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        // One thread's part may be read before, and another's after, a chunk went between them: the
        // sum can then be below zero for a moment.
        let size = |counter: &AtomicU64| usize::try_from(get(counter).cast_signed()).unwrap_or(0);
        let mut stats = ArenaStats {
            copies: get(&self.copies),
            reuses: get(&self.reuses),
            bytes_copied: get(&self.bytes_copied),
            thp_split: get(&self.splits),
            thp_collapse: get(&self.collapses),
            bytes_used: size(&self.large_bytes),
            large_live: size(&self.large_live),
            ..ArenaStats::default()
        };
        for (number, class) in stats.classes.iter_mut().enumerate() {
            class.chunk_bytes = ChunkLayout::of_class(number).bytes;
            class.live = size(&self.live[number]);
            stats.bytes_used += class.live * class.chunk_bytes;
        }
        stats
    }
}

/// How to add to a counter: whether other threads add to it too.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Writers {
    /// Only the calling thread: a load and a store are enough.
    One,
    /// Any thread.
    Many,
}

impl Writers {
    /// Adds to the counter, wrapping.
    #[inline]
    pub(crate) fn add(self, counter: &AtomicU64, amount: u64) {
        match self {
            Self::One => {
                let sum = counter.load(Ordering::Relaxed).wrapping_add(amount);
                counter.store(sum, Ordering::Relaxed);
            }
            Self::Many => {
                counter.fetch_add(amount, Ordering::Relaxed);
            }
        }
    }

    /// Takes from the counter, wrapping.
    #[inline]
    pub(crate) fn sub(self, counter: &AtomicU64, amount: u64) {
        self.add(counter, amount.wrapping_neg());
    }
}
