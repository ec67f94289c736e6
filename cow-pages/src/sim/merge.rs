//! Merging pages with equal contents, as KSM does.

use std::collections::BTreeMap;

use super::frame::{FolioKind, FrameId};
use super::machine::Machine;
use super::table::Pmd;
use super::vma::VmFlags;
use super::{Event, Pid};

/// Where a page is mapped.
#[derive(Clone, Copy)]
struct Place {
    pid: Pid,
    page: u64,
    frame: FrameId,
}

impl Machine {
    /// Merges all pages of mergeable areas that have equal contents, as KSM has done once it ran
    /// long enough; returns one [`Event::Merge`] for each entry that was redirected.
    ///
    /// Pages that are one frame already, shared by fork, are left alone unless a page with the
    /// same contents lies in another frame. One of the equal frames becomes the merged one: the
    /// kernel takes whichever it scanned first, the simulator the one of the lowest process and
    /// address. A huge page that holds a duplicate is split first.
    ///
    /// # Complexity
    ///
    /// O(n log n) in the pages of mergeable areas, with their contents compared.
    pub fn merge(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some(huge) = self.huge_with_duplicate() {
            events.extend(self.split_folio_everywhere(huge));
        }
        for places in self.duplicates() {
            let mut frames = places.iter().map(|place| place.frame);
            let merged = frames
                .clone()
                .find(|&id| self.memory.folio(id).kind == FolioKind::Ksm);
            let Some(target) = merged.or_else(|| frames.next()) else {
                continue;
            };
            self.memory.folio_mut(target).kind = FolioKind::Ksm;
            self.memory.frame_mut(target).exclusive = false;
            for place in places {
                events.extend(self.redirect(place, target));
            }
        }
        self.counters.extend(&events);
        events
    }

    fn redirect(&mut self, place: Place, target: FrameId) -> Option<Event> {
        let space = self.spaces.get_mut(&place.pid)?;
        let pte = space.table.entry_mut(place.page)?;
        pte.writable = false;
        if place.frame == target {
            return None;
        }
        pte.frame = target;
        self.memory.map_page(target, place.pid);
        self.memory.folio_mut(target).dirty = true;
        self.memory.unmap_page(place.frame, place.pid);
        let event = Event::Merge {
            page: place.page,
            frame: target,
        };
        space.counters.record(&event);
        Some(event)
    }

    /// Returns the pages that KSM may merge, by contents, where at least two frames are equal.
    fn duplicates(&self) -> Vec<Vec<Place>> {
        let mut by_content: BTreeMap<&[u8], Vec<Place>> = BTreeMap::new();
        for place in self.mergeable() {
            by_content
                .entry(self.memory.frame(place.frame).content())
                .or_default()
                .push(place);
        }
        let differ = |places: &Vec<Place>| places.iter().any(|p| p.frame != places[0].frame);
        by_content.into_values().filter(differ).collect()
    }

    fn huge_with_duplicate(&self) -> Option<FrameId> {
        let places = self.duplicates().into_iter().flatten();
        let large = |place: &Place| self.memory.folio(place.frame).is_large();
        places
            .into_iter()
            .find(large)
            .map(|place| self.memory.frame(place.frame).head)
    }

    /// Returns the present, unpinned anonymous pages of mergeable areas, in the order of processes and
    /// addresses.
    fn mergeable(&self) -> Vec<Place> {
        let mut places = Vec::new();
        for (&pid, space) in &self.spaces {
            for vma in space.vmas().filter(|vma| {
                vma.flags.contains(VmFlags::MERGEABLE) && !vma.flags.contains(VmFlags::HUGETLB)
            }) {
                for page in vma.start..vma.end {
                    let Some(pte) = space.translate(page) else {
                        continue;
                    };
                    let folio = self.memory.folio(pte.frame);
                    if folio.kind.is_anon() && folio.refs == folio.mapcount {
                        places.push(Place {
                            pid,
                            page,
                            frame: pte.frame,
                        });
                    }
                }
            }
        }
        places
    }

    /// Makes the huge folio at `head` 512 base pages, in every process that maps it.
    pub(super) fn split_folio_everywhere(&mut self, head: FrameId) -> Vec<Event> {
        let mut events = Vec::new();
        let pids: Vec<Pid> = self.spaces.keys().copied().collect();
        for pid in pids {
            let Ok(mut task) = Self::task(&mut self.spaces, &mut self.memory, &mut events, pid)
            else {
                continue;
            };
            let mapped = |pmd: &Pmd| matches!(pmd, Pmd::Huge(pte) if pte.frame == head);
            let found = task.space.table.pmds.iter().filter(|(_, pmd)| mapped(pmd));
            let found: Vec<u64> = found.map(|(&index, _)| index).collect();
            for index in found {
                task.split_pmd(index);
            }
        }
        self.memory.split_folio(head);
        events.push(Event::SplitFolio { frame: head });
        events
    }
}
