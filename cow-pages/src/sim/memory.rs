//! Physical memory: which frames exist, who refers to them, and the page cache.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::mem;

use super::frame::{Folio, FolioKind, Frame, FrameId};
use super::vma::FileId;
use super::{Errno, PAGES_PER_HUGE, Pid};

/// Every frame of the machine.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    frames: ByFrame<Frame>,
    /// By first frame.
    folios: ByFrame<Folio>,
    next: FrameId,
    used_pages: u64,
    limit_pages: u64,
    files: Vec<File>,
}

type ByFrame<T> = HashMap<FrameId, T, BuildHasherDefault<NumberHasher>>;

/// Hashes one number by a multiplication: frame numbers are handed out in order, by no adversary.
#[derive(Default)]
struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte) ^ self.0);
        }
    }

    fn write_u64(&mut self, number: u64) {
        // 2^64 divided by the golden ratio.
        self.0 = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The page cache of one file; pages never written are holes.
#[derive(Clone, Debug)]
struct File {
    page_count: u64,
    keeper: Keeper,
    pages: BTreeMap<u64, FrameId>,
}

/// What keeps a file in existence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keeper {
    /// The caller, who created it and may map it at any time.
    Caller,
    /// The mappings of it: it is the anonymous memory that they share.
    Mappings,
}

impl Memory {
    pub(super) fn new(limit_pages: u64) -> Self {
        let mut memory = Self {
            frames: ByFrame::default(),
            folios: ByFrame::default(),
            next: FrameId::FIRST,
            used_pages: 0,
            limit_pages,
            files: Vec::new(),
        };
        memory.insert(FrameId::ZERO, FolioKind::Zero, 1);
        memory.insert(FrameId::HUGE_ZERO, FolioKind::Zero, PAGES_PER_HUGE);
        memory
    }

    fn insert(&mut self, head: FrameId, kind: FolioKind, pages: u64) {
        self.folios.insert(head, Folio::new(kind, pages));
        for page in 0..pages {
            self.frames.insert(head.offset(page), Frame::new(head));
        }
    }

    /// Allocates a folio of `pages` frames of zeros that nothing refers to yet.
    pub(super) fn alloc(&mut self, kind: FolioKind, pages: u64) -> Result<FrameId, Errno> {
        if self.limit_pages - self.used_pages < pages {
            return Err(Errno::OutOfMemory);
        }
        self.used_pages += pages;
        let head = self.next.align_up(pages);
        self.next = head.offset(pages);
        self.insert(head, kind, pages);
        Ok(head)
    }

    /// Returns a frame of device memory, which is none of the machine's own and never goes.
    pub(super) fn device_frame(&mut self) -> FrameId {
        let frame = self.next;
        self.next = frame.offset(1);
        self.insert(frame, FolioKind::Device, 1);
        frame
    }

    /// Allocates a frame with the contents of `from`.
    pub(super) fn alloc_copy(&mut self, from: FrameId) -> Result<FrameId, Errno> {
        let to = self.alloc(FolioKind::Anon, 1)?;
        self.copy_contents(from, to);
        Ok(to)
    }

    /// Allocates 512 frames with the contents of those from `from` on.
    pub(super) fn alloc_huge_copy(&mut self, from: FrameId) -> Result<FrameId, Errno> {
        let to = self.alloc(FolioKind::Anon, PAGES_PER_HUGE)?;
        for page in 0..PAGES_PER_HUGE {
            self.copy_contents(from.offset(page), to.offset(page));
        }
        Ok(to)
    }

    pub(super) fn used_pages(&self) -> u64 {
        self.used_pages
    }

    pub(super) fn frame(&self, id: FrameId) -> &Frame {
        &self.frames[&id]
    }

    pub(super) fn frame_mut(&mut self, id: FrameId) -> &mut Frame {
        self.frames.get_mut(&id).expect("a mapped frame exists")
    }

    pub(super) fn find_frame(&self, id: FrameId) -> Option<&Frame> {
        self.frames.get(&id)
    }

    /// Returns the folio that `frame` belongs to.
    pub(super) fn folio(&self, frame: FrameId) -> &Folio {
        &self.folios[&self.frame(frame).head]
    }

    pub(super) fn folio_mut(&mut self, frame: FrameId) -> &mut Folio {
        let head = self.frame(frame).head;
        self.folios
            .get_mut(&head)
            .expect("every frame belongs to a folio")
    }

    /// Returns how many mappings the frame has: its own entries, and those of its whole folio.
    pub(super) fn mapcount(&self, frame: FrameId) -> u32 {
        self.frame(frame).pte_mapcount + self.folio(frame).pmd_mapcount
    }

    pub(super) fn copy_contents(&mut self, from: FrameId, to: FrameId) {
        let bytes = self.frame(from).bytes.clone();
        self.frame_mut(to).bytes = bytes;
    }

    /// Counts a base-page entry of `mm` for `frame`.
    pub(super) fn map_page(&mut self, frame: FrameId, mm: Pid) {
        let folio = self.folio_mut(frame);
        if folio.kind.is_normal() {
            folio.refs += 1;
            folio.add_mappings(1, mm);
            self.frame_mut(frame).pte_mapcount += 1;
        }
    }

    /// Takes back a base-page entry of `mm`; the last reference frees the folio.
    pub(super) fn unmap_page(&mut self, frame: FrameId, mm: Pid) {
        let folio = self.folio_mut(frame);
        if folio.kind.is_normal() {
            folio.remove_mappings(1, mm);
            self.frame_mut(frame).pte_mapcount -= 1;
            self.put(frame);
        }
    }

    /// Counts a huge entry of `mm` for the folio at `head`.
    pub(super) fn map_huge(&mut self, head: FrameId, mm: Pid) {
        let folio = self.folio_mut(head);
        if folio.kind.is_normal() {
            folio.refs += 1;
            folio.pmd_mapcount += 1;
            folio.add_mappings(1, mm);
        }
    }

    /// Takes back a huge entry of `mm`; the last reference frees the folio.
    pub(super) fn unmap_huge(&mut self, head: FrameId, mm: Pid) {
        let folio = self.folio_mut(head);
        if folio.kind.is_normal() {
            folio.remove_mappings(1, mm);
            folio.pmd_mapcount -= 1;
            self.put(head);
        }
    }

    /// Adds a reference that is not a mapping.
    pub(super) fn get(&mut self, frame: FrameId) {
        self.folio_mut(frame).refs += 1;
    }

    /// Drops a reference; the last one frees the folio.
    pub(super) fn put(&mut self, frame: FrameId) {
        let folio = self.folio_mut(frame);
        folio.refs -= 1;
        if folio.refs == 0 {
            self.free(self.frame(frame).head);
        }
    }

    fn free(&mut self, head: FrameId) {
        let folio = self.folios.remove(&head).expect("a folio is freed once");
        for page in 0..folio.pages {
            self.frames.remove(&head.offset(page));
        }
        self.used_pages -= folio.pages;
    }

    /// Makes every frame of an unpinned huge folio that only base pages map a folio of its own,
    /// and frees those that nobody maps.
    pub(super) fn split_folio(&mut self, head: FrameId) {
        let folio = self.folios.remove(&head).expect("a folio is split once");
        for page in 0..folio.pages {
            let id = head.offset(page);
            let frame = self.frame_mut(id);
            frame.head = id;
            let count = frame.pte_mapcount;
            if count == 0 {
                self.frames.remove(&id);
                self.used_pages -= 1;
                continue;
            }
            let mut small = Folio::new(folio.kind, 1);
            small.dirty = folio.dirty;
            small.refs = count;
            small.mapcount = count;
            self.folios.insert(id, small);
        }
    }

    pub(super) fn create_file(&mut self, page_count: u64, keeper: Keeper) -> FileId {
        self.files.push(File {
            page_count,
            keeper,
            pages: BTreeMap::new(),
        });
        FileId(self.files.len() - 1)
    }

    /// Gives back the pages of files that only mappings keep, and that none of `mapped` is.
    pub(super) fn drop_files(&mut self, mapped: &HashSet<FileId>) {
        for index in 0..self.files.len() {
            let file = &mut self.files[index];
            if file.keeper == Keeper::Mappings && !mapped.contains(&FileId(index)) {
                let pages = mem::take(&mut file.pages);
                pages.into_values().for_each(|frame| self.put(frame));
            }
        }
    }

    /// Returns the frame in the page cache, if there is one.
    pub(super) fn cached(&self, file: FileId, page: u64) -> Option<FrameId> {
        self.files[file.0].pages.get(&page).copied()
    }

    /// Returns the frame behind a page of a file, filling a hole with zeros.
    pub(super) fn file_frame(&mut self, file: FileId, page: u64) -> Result<FrameId, Errno> {
        if page >= self.files[file.0].page_count {
            return Err(Errno::BusError);
        }
        if let Some(frame) = self.cached(file, page) {
            return Ok(frame);
        }
        let frame = self.alloc(FolioKind::File, 1)?;
        self.get(frame);
        self.files[file.0].pages.insert(page, frame);
        Ok(frame)
    }
}
