//! The page table: what the MMU sees.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{FrameId, PAGES_PER_HUGE};

/// A page-table entry: one base page is present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pte {
    /// The frame behind the page.
    pub frame: FrameId,
    /// Whether the MMU lets a write through.
    pub writable: bool,
    /// Whether the page was written through this entry.
    pub dirty: bool,
}

/// An entry one level up: 512 pages at once.
#[derive(Clone, Debug)]
pub enum Pmd {
    /// Points at 512 entries for base pages.
    Table(Box<[Option<Pte>]>),
    /// Maps 2 MiB of consecutive frames; the entry names the first.
    Huge(Pte),
}

impl Pmd {
    pub(super) fn empty_table() -> Self {
        Self::Table(vec![None; slot(PAGES_PER_HUGE - 1) + 1].into())
    }

    pub(super) fn is_huge(&self) -> bool {
        matches!(self, Self::Huge(_))
    }
}

/// The page table of one address space.
#[derive(Clone, Debug, Default)]
pub(super) struct PageTable {
    pub(super) pmds: BTreeMap<u64, Pmd>,
}

impl PageTable {
    /// Returns what the MMU finds for `page`, with the frame of that very page.
    pub(super) fn translate(&self, page: u64) -> Option<Pte> {
        match self.pmds.get(&pmd_index(page))? {
            Pmd::Table(entries) => entries[slot(page)],
            Pmd::Huge(pte) => Some(Pte {
                frame: pte.frame.offset(page % PAGES_PER_HUGE),
                ..*pte
            }),
        }
    }

    /// Returns the entry for `page` at the size it is mapped with.
    pub(super) fn entry_mut(&mut self, page: u64) -> Option<&mut Pte> {
        match self.pmds.get_mut(&pmd_index(page))? {
            Pmd::Table(entries) => entries[slot(page)].as_mut(),
            Pmd::Huge(pte) => Some(pte),
        }
    }

    /// Sets the entry for a base page, with a table of its own if there is none.
    ///
    /// # Panics
    ///
    /// Panics if the page is part of a huge mapping.
    pub(super) fn set(&mut self, page: u64, pte: Option<Pte>) {
        let pmd = self
            .pmds
            .entry(pmd_index(page))
            .or_insert_with(Pmd::empty_table);
        match pmd {
            Pmd::Table(entries) => entries[slot(page)] = pte,
            Pmd::Huge(_) => panic!("page {page:#x} is part of a huge mapping"),
        }
    }

    pub(super) fn pmd(&self, page: u64) -> Option<&Pmd> {
        self.pmds.get(&pmd_index(page))
    }

    /// Returns the indices of the entries that cover some page of `pages`.
    pub(super) fn pmds_in(&self, pages: &Range<u64>) -> Vec<u64> {
        if pages.is_empty() {
            return Vec::new();
        }
        let covered = pmd_index(pages.start)..=pmd_index(pages.end - 1);
        self.pmds.range(covered).map(|(&index, _)| index).collect()
    }
}

/// Returns the number of the huge page `page` lies in.
pub(super) const fn pmd_index(page: u64) -> u64 {
    page / PAGES_PER_HUGE
}

/// Returns the pages of the huge page with number `index`.
pub(super) const fn pmd_pages(index: u64) -> Range<u64> {
    index * PAGES_PER_HUGE..(index + 1) * PAGES_PER_HUGE
}

/// Returns the pages that both ranges hold.
pub(super) fn overlap(a: &Range<u64>, b: &Range<u64>) -> Range<u64> {
    a.start.max(b.start)..a.end.min(b.end)
}

const fn slot(page: u64) -> usize {
    (page % PAGES_PER_HUGE) as usize
}
