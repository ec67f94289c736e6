//! Physical memory as the kernel describes it: frames, and the folios they belong to.

use super::Pid;

/// The number of a physical page, the kernel's page frame number.
///
/// Numbers are never reused within one [`Machine`](super::Machine), so two equal numbers seen at
/// different times are the same frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameId(u64);

impl FrameId {
    /// The shared zero page: what a read of a page that was never written finds.
    pub const ZERO: Self = Self(0);
    /// The first frame of the shared huge zero page.
    pub const HUGE_ZERO: Self = Self(512);
    /// The first number that is handed out.
    pub(super) const FIRST: Self = Self(1024);

    /// Returns the number.
    pub const fn number(self) -> u64 {
        self.0
    }

    /// Returns the frame `pages` further on.
    pub(super) const fn offset(self, pages: u64) -> Self {
        Self(self.0 + pages)
    }

    /// Returns the next number that is a multiple of `pages`.
    pub(super) const fn align_up(self, pages: u64) -> Self {
        Self(self.0.next_multiple_of(pages))
    }
}

/// What a folio holds, as far as copy-on-write asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FolioKind {
    /// Memory of processes, `PageAnon`.
    Anon,
    /// Anonymous memory merged by content, `PageKsm`; never written in place.
    Ksm,
    /// A page of the page cache; a private mapping never writes it in place.
    File,
    /// The shared zero page or the huge zero page; neither counted nor owned by anyone.
    Zero,
    /// Memory behind a `PFNMAP` mapping: it has no `struct page`, so nothing counts its mappings.
    Device,
}

impl FolioKind {
    /// Returns whether mappings of the folio are counted: what `vm_normal_page` answers.
    pub const fn is_normal(self) -> bool {
        matches!(self, Self::Anon | Self::Ksm | Self::File)
    }

    /// Returns whether the folio is anonymous memory, merged or not.
    pub const fn is_anon(self) -> bool {
        matches!(self, Self::Anon | Self::Ksm)
    }
}

/// One 4 KiB frame.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The first frame of the folio this one belongs to.
    pub(super) head: FrameId,
    /// How many page-table entries of base-page size name this frame.
    pub(super) pte_mapcount: u32,
    /// `PageAnonExclusive`: one process maps the page and may write it without asking.
    pub(super) exclusive: bool,
    /// The contents; the tail that was never written is zero and not stored.
    pub(super) bytes: Vec<u8>,
}

impl Frame {
    pub(super) fn new(head: FrameId) -> Self {
        Self {
            head,
            pte_mapcount: 0,
            exclusive: false,
            bytes: Vec::new(),
        }
    }

    /// Returns the first frame of the folio this one belongs to.
    pub fn head(&self) -> FrameId {
        self.head
    }

    /// Returns whether one process maps the frame and may write it without asking
    /// (`PageAnonExclusive`).
    ///
    /// Within a huge folio mapped as a whole the mark of the first frame speaks for all.
    pub fn is_exclusive(&self) -> bool {
        self.exclusive
    }

    /// Returns the byte at an offset within the frame.
    pub fn byte(&self, offset: usize) -> u8 {
        self.bytes.get(offset).copied().unwrap_or(0)
    }

    pub(super) fn read(&self, offset: usize, buffer: &mut [u8]) {
        buffer.fill(0);
        let stored = self.bytes.get(offset..).unwrap_or(&[]);
        let len = stored.len().min(buffer.len());
        buffer[..len].copy_from_slice(&stored[..len]);
    }

    pub(super) fn write(&mut self, offset: usize, bytes: &[u8]) {
        let end = offset + bytes.len();
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        self.bytes[offset..end].copy_from_slice(bytes);
    }

    /// The contents without trailing zeros: equal for equal pages.
    pub(super) fn content(&self) -> &[u8] {
        let end = self
            .bytes
            .iter()
            .rposition(|&byte| byte != 0)
            .map_or(0, |last| last + 1);
        &self.bytes[..end]
    }
}

/// One frame, or 512 of them that were allocated as a huge page and share their counts.
#[derive(Clone, Debug)]
pub struct Folio {
    pub(super) kind: FolioKind,
    pub(super) pages: u64,
    pub(super) refs: u32,
    pub(super) pmd_mapcount: u32,
    pub(super) mapcount: u32,
    pub(super) owners: Owners,
    pub(super) pins: u32,
    pub(super) dirty: bool,
}

impl Folio {
    pub(super) fn new(kind: FolioKind, pages: u64) -> Self {
        Self {
            kind,
            pages,
            refs: 0,
            pmd_mapcount: 0,
            mapcount: 0,
            owners: Owners::default(),
            pins: 0,
            dirty: false,
        }
    }

    /// Returns what the folio holds.
    pub fn kind(&self) -> FolioKind {
        self.kind
    }

    /// Returns the number of frames: 1 or 512.
    pub fn page_count(&self) -> u64 {
        self.pages
    }

    /// Returns the references: one per mapping, per pin, and one for the page cache.
    pub fn refs(&self) -> u32 {
        self.refs
    }

    /// Returns the mappings, of any size, by any process.
    pub fn mapcount(&self) -> u32 {
        self.mapcount
    }

    /// Returns whether more than one process is believed to map the folio.
    pub fn is_mapped_shared(&self) -> bool {
        self.owners.shared
    }

    pub(super) fn is_large(&self) -> bool {
        self.pages > 1
    }

    pub(super) fn add_mappings(&mut self, count: u32, mm: Pid) {
        self.mapcount += count;
        self.owners.add(count, self.mapcount, mm);
    }

    pub(super) fn remove_mappings(&mut self, count: u32, mm: Pid) {
        self.mapcount -= count;
        self.owners.remove(count, self.mapcount, mm);
    }
}

/// Who maps a folio: two exact slots and one bit, the kernel's `_mm_id`.
///
/// The kernel does not keep a list of the processes that map a large folio. It counts the mappings
/// of two of them and remembers whether it has seen others; the bit is lifted when one slot is
/// found to own every mapping. With three or more processes this can keep a folio "shared" that
/// is not, which costs a copy, and never the reverse.
#[derive(Clone, Debug, Default)]
pub(super) struct Owners {
    slots: [Option<(Pid, u32)>; 2],
    shared: bool,
}

impl Owners {
    /// Adds `count` mappings of `mm`, after which the folio has `total`.
    fn add(&mut self, count: u32, total: u32, mm: Pid) {
        let known = self
            .slots
            .iter_mut()
            .flatten()
            .find(|(owner, _)| *owner == mm);
        if let Some((_, mappings)) = known {
            *mappings += count;
        } else if let Some(free) = self.slots.iter_mut().find(|slot| slot.is_none()) {
            *free = Some((mm, count));
            self.shared |= total != count;
        }
    }

    /// Removes `count` mappings of `mm`, after which the folio has `total`.
    fn remove(&mut self, count: u32, total: u32, mm: Pid) {
        for slot in &mut self.slots {
            match slot {
                Some((owner, mappings)) if *owner == mm => {
                    if *mappings > count {
                        *mappings -= count;
                        return;
                    }
                    *slot = None;
                    break;
                }
                _ => {}
            }
        }
        if self
            .slots
            .iter()
            .any(|slot| slot.map_or(0, |(_, mappings)| mappings) == total)
        {
            self.shared = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_third_owner_is_not_tracked_and_the_folio_stays_shared() {
        let (a, b, c) = (Pid(1), Pid(2), Pid(3));
        let mut folio = Folio::new(FolioKind::Anon, 512);
        folio.add_mappings(1, a);
        assert!(!folio.is_mapped_shared());
        folio.add_mappings(1, b);
        folio.add_mappings(1, c);
        folio.remove_mappings(1, a);
        assert!(folio.is_mapped_shared(), "b and c still map it");
        folio.remove_mappings(1, b);
        assert!(
            folio.is_mapped_shared(),
            "c owns it alone, but was never given a slot"
        );
        folio.remove_mappings(1, c);
        assert!(!folio.is_mapped_shared(), "nobody maps it");
    }

    #[test]
    fn the_last_tracked_owner_is_recognised() {
        let (a, b) = (Pid(1), Pid(2));
        let mut folio = Folio::new(FolioKind::Anon, 512);
        folio.add_mappings(512, a);
        folio.add_mappings(512, b);
        folio.remove_mappings(1, b);
        assert!(folio.is_mapped_shared());
        folio.remove_mappings(511, b);
        assert!(!folio.is_mapped_shared());
    }
}
