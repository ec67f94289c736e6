//! Private memory whose writes the kernel notes: [`TrackedMemory`].

use std::sync::atomic::AtomicU64;

use bytemuck::Pod;

use super::PAGE_SIZE;
use super::mapping::Mapping;
use super::memory::round_up;
use super::pagemap::{Pages, scan};
use super::region::{LiveMemory, Mechanism};
use super::uffd::{Notify, Uffd};
use crate::error::Result;
use crate::page_set::PageSet;

/// Memory that knows which of its pages were written since last asked.
pub(crate) enum TrackedMemory {
    /// The kernel notes writes by itself.
    Asynchronous {
        /// The memory. Declared before the userfaultfd, so that it goes first.
        map: Mapping,
        /// Whose closing would end the tracking.
        _uffd: Uffd,
    },
    /// The first write to each page traps.
    Trapped(LiveMemory),
}

impl TrackedMemory {
    /// Makes zeroed memory, no page of it written.
    pub(crate) fn asynchronous(len: usize) -> Result<Self> {
        let map = Mapping::anonymous(round_up(len, PAGE_SIZE)?)?;
        let uffd = Uffd::new(Notify::Nobody)?;
        uffd.register(&map.addresses(&(0..map.len_bytes() / PAGE_SIZE)))?;
        let tracked = Self::Asynchronous { map, _uffd: uffd };
        // Probes the scan, which is as young a feature.
        tracked.collect()?;
        Ok(tracked)
    }

    /// Makes zeroed memory, no page of it written.
    pub(crate) fn trapped(len: usize, mechanism: Mechanism) -> Result<Self> {
        let mut live = LiveMemory::new(len)?;
        live.arm(mechanism)?;
        Ok(Self::Trapped(live))
    }

    /// Returns the pages written since the last call, and starts over.
    ///
    /// Other threads may be writing meanwhile: what they write to a page after it was looked at is
    /// in the next call's result.
    pub(crate) fn collect(&self) -> Result<PageSet> {
        match self {
            Self::Asynchronous { map, .. } => scan(map, Pages::WrittenAndRearm),
            Self::Trapped(live) => live.collect(),
        }
    }

    /// Returns the mapping for reading.
    pub(crate) fn mapping(&self) -> &Mapping {
        match self {
            Self::Asynchronous { map, .. } => map,
            Self::Trapped(live) => live.mapping(),
        }
    }

    /// Returns the first `len` elements for writing.
    pub(crate) fn as_mut_slice<T: Pod>(&mut self, len: usize) -> &mut [T] {
        match self {
            Self::Asynchronous { map, .. } => map.as_mut_slice(len),
            Self::Trapped(live) => live.as_mut_slice(len).expect("armed when made"),
        }
    }

    /// Returns the first `len` words as atomics, and what collects the pages they are written to.
    pub(crate) fn share(&mut self, len: usize) -> (&[AtomicU64], Collector<'_>) {
        let words: *const [u64] = self.as_mut_slice::<u64>(len);
        // SAFETY: `AtomicU64` has the layout of `u64`, and for as long as the mutable borrow lasts
        // the collector beside it does not touch the words.
        let words = unsafe { &*(words as *const [AtomicU64]) };
        (words, Collector { memory: self })
    }
}

/// Collects the written pages of memory that other threads write through atomics.
pub(crate) struct Collector<'a> {
    memory: &'a TrackedMemory,
}

impl Collector<'_> {
    /// As [`TrackedMemory::collect`].
    pub(crate) fn collect(&self) -> Result<PageSet> {
        self.memory.collect()
    }
}
