//! A chunk of 2 MiB that is shared and copied by pages of 4 KiB.
//!
//! ```text
//! Huge ──▶ Head  base ───────▶ [ page 0 | page 1 | page 2 | ...            | page 511 ]  2 MiB
//!          tables[16] ─┐
//!                      └────▶ Table, 32 pages ──▶ [ page 33' ]  4 KiB, in the place of page 33
//! ```
//!
//! What the kernel does with a transparent huge page after a fork: a write to one that is shared *splits*
//! it, which copies the 4 KiB that are written and leaves the others where they are; the huge memory goes
//! when nobody reads from it any more; and *collapsing* puts the pages together again.

use std::{
    fmt,
    mem::{self, needs_drop},
};

use crate::{
    arena::{ArenaRef, Home},
    counted::ChunkUsage,
    error::AllocError,
    shared::Shared,
    slots::{Slots, SlotsMut},
};

/// Bytes of a page.
const PAGE_BYTES: usize = if cfg!(cow_tiny) { 64 } else { 4 << 10 };
/// Pages behind one table, and tables behind one head.
const TABLE_PAGES: usize = if cfg!(cow_tiny) { 4 } else { 32 };
const TABLES: usize = if cfg!(cow_tiny) { 4 } else { 16 };
const PAGES: usize = TABLE_PAGES * TABLES;

/// A shared handle to up to 2 MiB of plain values, which is copied by pages of 4 KiB.
///
/// Reading takes two loads; a snapshot one count. Values are of a type without drop glue whose size
/// divides a page.
///
/// # Invariants
///
/// 1. A page is read from its table if there is one with that page, else from `base`. So there is a
///    `base` unless all pages have one in a table.
/// 2. `base` has `len` filled slots. A page in a table has as many as there are values in that place:
///    all, but for the last one. No slot of either is ever claimed.
/// 3. `split` is how many pages lie in tables.
///
/// # Examples
///
/// ```
/// use cow_core::{Arena, Huge};
///
/// let arena = Arena::builder().build();
/// let values: Vec<u64> = (0..Huge::<u64>::CAPACITY as u64).collect();
/// let mut huge = Huge::try_from_slice_in((&arena).into(), &values)?;
/// let snapshot = huge.clone();
/// *huge.try_get_mut(12_345)? = 0;             // copies 4 KiB, and two nodes
/// assert_eq!(snapshot.get(12_345), Some(&12_345));
/// assert_eq!(arena.stats().thp_split, 1);
/// drop(snapshot);
/// assert!(huge.try_collapse()?);              // one page goes back to its place
/// assert_eq!(huge.split_pages(), 0);
/// # Ok::<(), cow_core::AllocError>(())
/// ```
pub struct Huge<T> {
    head: Shared<Head<T>>,
}

#[repr(C)]
struct Head<T> {
    base: Option<Slots<T>>,
    len: usize,
    split: usize,
    tables: [Option<Shared<Table<T>>>; TABLES],
}

struct Table<T> {
    pages: [Option<Slots<T>>; TABLE_PAGES],
}

impl<T> Clone for Huge<T> {
    /// Takes a snapshot.
    fn clone(&self) -> Self {
        Self {
            head: self.head.clone(),
        }
    }
}

impl<T> Clone for Head<T> {
    fn clone(&self) -> Self {
        Self {
            base: self.base.clone(),
            len: self.len,
            split: self.split,
            tables: self.tables.clone(),
        }
    }
}

impl<T> Clone for Table<T> {
    fn clone(&self) -> Self {
        Self {
            pages: self.pages.clone(),
        }
    }
}

impl<T> Huge<T> {
    /// How many values fit.
    pub const CAPACITY: usize = PAGES * Self::PAGE;

    /// Values in a page.
    pub const PAGE: usize = {
        let size = size_of::<T>();
        assert!(
            size > 0 && PAGE_BYTES.is_multiple_of(size) && !needs_drop::<T>(),
            "values in huge chunks have no drop glue and a size that divides a page"
        );
        PAGE_BYTES / size
    };

    /// The number of values.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.head.len
    }

    /// `true` when there is no value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of pages that were copied out of the huge memory, or came in the place of such.
    #[must_use]
    pub fn split_pages(&self) -> usize {
        self.head.split
    }

    /// `true` when both are one version.
    #[must_use]
    pub fn ptr_eq(&self, other: &Self) -> bool {
        self.head.ptr_eq(&other.head)
    }

    /// The arena that it lies in.
    #[must_use]
    pub fn arena(&self) -> ArenaRef<'_> {
        self.head.arena()
    }

    /// Returns the value at `index`, or `None` when it is out of bounds.
    #[inline]
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&T> {
        let head = &*self.head;
        if index >= head.len {
            return None;
        }
        if head.split == 0
            && let Some(base) = &head.base
        {
            // SAFETY: the index is below `len`, and so many slots are filled (invariant 2).
            return Some(unsafe { base.as_slots().get_unchecked(index) });
        }
        self.run(index).first()
    }

    /// Returns the values from `index`, which is below the length, on: as many as lie side by side.
    #[must_use]
    pub fn run(&self, index: usize) -> &[T] {
        let head = &*self.head;
        let (page, offset) = (index / Self::PAGE, index % Self::PAGE);
        if let Some(slots) = head.page(page) {
            let len = head.page_len(page);
            // SAFETY: so many slots of a page are filled (invariant 2).
            let values = unsafe { slots.as_slots().as_slice(len) };
            return &values[offset..];
        }
        let Some(base) = &head.base else {
            unreachable!("page {page} lies nowhere")
        };
        let end = match head.split {
            0 => head.len,
            _ => (page..PAGES)
                .find(|&page| head.page(page).is_some())
                .map_or(head.len, |page| head.len.min(page * Self::PAGE)),
        };
        // SAFETY: `len` slots of the base are filled (invariant 2).
        let values = unsafe { base.as_slots().as_slice(head.len) };
        &values[index..end]
    }

    /// Shows the handles to all chunks behind this one, each before those that lie in its chunk; these
    /// are passed over when `visit` returns `false`.
    pub fn edges(&self, visit: &mut dyn FnMut(*const u8, ChunkUsage) -> bool) {
        if !visit(self.head.as_ptr().cast(), self.head.usage()) {
            return;
        }
        if let Some(base) = &self.head.base {
            visit(base.as_slots().as_ptr().cast(), base.usage());
        }
        for table in self.head.tables.iter().flatten() {
            if visit(table.as_ptr().cast(), table.usage()) {
                for page in table.pages.iter().flatten() {
                    visit(page.as_slots().as_ptr().cast(), page.usage());
                }
            }
        }
    }
}

impl<T> Head<T> {
    #[inline]
    fn page(&self, page: usize) -> Option<&Slots<T>> {
        self.tables[page / TABLE_PAGES].as_ref()?.pages[page % TABLE_PAGES].as_ref()
    }

    /// The number of values in a page.
    fn page_len(&self, page: usize) -> usize {
        (self.len - page * Huge::<T>::PAGE).min(Huge::<T>::PAGE)
    }
}

impl<T: Copy> Huge<T> {
    /// Copies values into a new huge chunk.
    ///
    /// # Errors
    ///
    /// When the arena has no memory left.
    ///
    /// # Panics
    ///
    /// If there are more than fit.
    pub fn try_from_slice_in(arena: ArenaRef<'_>, values: &[T]) -> Result<Self, AllocError> {
        assert!(
            values.len() <= Self::CAPACITY,
            "{} values in a huge chunk of {}",
            values.len(),
            Self::CAPACITY
        );
        let head = Head {
            base: Some(filled(arena, values, values.len())?),
            len: values.len(),
            split: 0,
            tables: [const { None }; TABLES],
        };
        Ok(Self {
            head: Shared::try_new_in(arena, head)?,
        })
    }

    /// Returns the value at `index` for writing. While others share the huge memory, its page is copied
    /// first.
    ///
    /// # Complexity
    ///
    /// Exclusive: O(1). Shared: the first write to a page copies 4 KiB and two nodes of 256 B.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk for a copy; nothing changed then.
    ///
    /// # Panics
    ///
    /// If the index is out of bounds.
    pub fn try_get_mut(&mut self, index: usize) -> Result<&mut T, AllocError> {
        let len = self.len();
        assert!(index < len, "index {index} of {len} in a huge chunk");
        let (page, offset) = (index / Self::PAGE, index % Self::PAGE);
        let values = self.page_mut(page)?;
        Ok(&mut values[offset])
    }

    /// Writes values over those from `start` on. A write that covers all splits nothing: it puts new huge
    /// memory in the place of what is shared, and copies no old value.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk for a copy; the values in front of that were written.
    ///
    /// # Panics
    ///
    /// If they are not inside.
    pub fn try_write(&mut self, start: usize, values: &[T]) -> Result<(), AllocError> {
        let len = self.len();
        let end = start.saturating_add(values.len());
        assert!(end <= len, "write to {start}..{end} of {len}");
        if values.len() == len {
            return self.replace(values);
        }
        let (mut at, mut rest) = (start, values);
        while !rest.is_empty() {
            let (page, offset) = (at / Self::PAGE, at % Self::PAGE);
            let place = &mut self.page_mut(page)?[offset..];
            let count = place.len().min(rest.len());
            place[..count].copy_from_slice(&rest[..count]);
            (at, rest) = (at + count, &rest[count..]);
        }
        Ok(())
    }

    /// Puts the pages that were split off together with the others again, in one piece of memory: their
    /// own if nobody shares that, else a new one. Returns `true` when there was something to do.
    ///
    /// # Complexity
    ///
    /// O(pages that were split off) copied; all, if others read from the huge memory.
    ///
    /// # Errors
    ///
    /// When the arena has no memory left; nothing changed then.
    pub fn try_collapse(&mut self) -> Result<bool, AllocError> {
        if self.head.split == 0 {
            return Ok(false);
        }
        let mut copied = 0;
        if !self.base_is_exclusive() {
            let (arena, len) = (self.head.arena(), self.len());
            let mut base = Slots::try_with_capacity_in(arena, len)?;
            let mut slots = fresh(&mut base);
            while copied < len {
                let run = self.run(copied);
                slots.extend_from_slice(run);
                copied += run.len();
            }
            let head = Head {
                base: Some(base),
                len,
                split: 0,
                tables: [const { None }; TABLES],
            };
            let head = Shared::try_new_in(arena, head)?;
            arena.count_collapse(copied * size_of::<T>());
            self.head = head;
            return Ok(true);
        }
        let Some(head) = self.head.get_mut() else {
            unreachable!("an exclusive head was expected")
        };
        let tables = mem::replace(&mut head.tables, [const { None }; TABLES]);
        head.split = 0;
        let len = head.len;
        let base = head.base_mut();
        for (number, table) in tables.iter().enumerate() {
            let pages = table
                .iter()
                .flat_map(|table| table.pages.iter().enumerate());
            for (page, slots) in pages {
                let Some(slots) = slots else { continue };
                let start = (number * TABLE_PAGES + page) * Self::PAGE;
                let page = &mut base[start..len.min(start + Self::PAGE)];
                // SAFETY: so many slots of a page are filled (invariant 2).
                page.copy_from_slice(unsafe { slots.as_slots().as_slice(page.len()) });
                copied += page.len();
            }
        }
        self.head.arena().count_collapse(copied * size_of::<T>());
        Ok(true)
    }

    /// `true` when nobody else leads to the huge memory.
    fn base_is_exclusive(&mut self) -> bool {
        let head = self.head.get_mut();
        head.is_some_and(|head| head.base.as_ref().is_some_and(Slots::is_exclusive))
    }

    fn replace(&mut self, values: &[T]) -> Result<(), AllocError> {
        if self.base_is_exclusive()
            && let Some(head) = self.head.get_mut()
        {
            head.base_mut().copy_from_slice(values);
            head.tables = [const { None }; TABLES];
            head.split = 0;
            return Ok(());
        }
        *self = Self::try_from_slice_in(self.head.arena(), values)?;
        Ok(())
    }

    /// The values of a page for writing, after a copy if they are shared.
    fn page_mut(&mut self, page: usize) -> Result<&mut [T], AllocError> {
        self.head.try_make_mut()?;
        let Some(head) = self.head.get_mut() else {
            unreachable!("an exclusive head was expected")
        };
        let (start, len) = (page * Self::PAGE, head.page_len(page));
        let is_whole = head.page(page).is_none();
        if is_whole && head.base.as_ref().is_some_and(Slots::is_exclusive) {
            return Ok(&mut head.base_mut()[start..start + len]);
        }
        head.own_page(page, start, len)
    }
}

impl<T: Copy> Head<T> {
    /// The huge memory, which is there and exclusive.
    fn base_mut(&mut self) -> &mut [T] {
        let Some(base) = &mut self.base else {
            unreachable!("a base was expected")
        };
        // SAFETY: `len` slots of the base are filled (invariant 2).
        unsafe { fresh(base).into_slice_unchecked(self.len) }
    }

    /// The values of a page that does not lie in exclusive huge memory.
    fn own_page(&mut self, page: usize, start: usize, len: usize) -> Result<&mut [T], AllocError> {
        let is_ours = self.tables[page / TABLE_PAGES]
            .as_ref()
            .is_some_and(Shared::is_exclusive)
            && self.page(page).is_some_and(Slots::is_exclusive);
        if !is_ours {
            self.copy_page(page, start, len)?;
        }
        let table = self.tables[page / TABLE_PAGES].as_mut();
        let slot = table.and_then(|table| table.get_mut()?.pages[page % TABLE_PAGES].as_mut());
        let Some(slots) = slot else {
            unreachable!("a page of our own was expected")
        };
        // SAFETY: `len` slots are filled (invariant 2).
        Ok(unsafe { fresh(slots).into_slice_unchecked(len) })
    }

    /// Puts a copy of a page into a table of our own.
    #[cold]
    fn copy_page(&mut self, page: usize, start: usize, len: usize) -> Result<(), AllocError> {
        let was_whole = self.split == 0;
        let table = self.tables.iter().flatten().next();
        let arena = match &self.base {
            Some(base) => base.as_slots().arena(),
            None => table.map_or_else(ArenaRef::global, Shared::arena),
        };
        let home = arena.to_home();
        let arena = home.as_ref().map_or_else(ArenaRef::global, Home::arena);
        // First what can fail; then what changes. A table that is copied shares all of its pages, so that
        // this one is copied also where only the table is shared.
        let copy = match self.page(page) {
            Some(slots) => {
                // SAFETY: so many slots of a page are filled (invariant 2).
                unsafe { slots.as_slots().try_copy(len, Huge::<T>::PAGE) }?
            }
            None => {
                let Some(base) = &self.base else {
                    unreachable!("page {page} lies nowhere")
                };
                // SAFETY: `len` slots of the base are filled (invariant 2).
                let values = unsafe { base.as_slots().as_slice(self.len) };
                let copy = filled(arena, &values[start..start + len], Huge::<T>::PAGE)?;
                arena.count_copy(PAGE_BYTES);
                copy
            }
        };
        let table = &mut self.tables[page / TABLE_PAGES];
        if table.is_none() {
            let pages = [const { None }; TABLE_PAGES];
            *table = Some(Shared::try_new_in(arena, Table { pages })?);
        }
        let Some(table) = table else {
            unreachable!("the table was just made")
        };
        let place = &mut table.try_make_mut()?.pages[page % TABLE_PAGES];
        if place.replace(copy).is_some() {
            return Ok(());
        }
        self.split += 1;
        if was_whole {
            arena.count_split();
        }
        if self.split == self.len.div_ceil(Huge::<T>::PAGE) {
            // Nothing is read from there any more.
            self.base = None;
        }
        Ok(())
    }
}

/// A new chunk with these values, and room for `room`.
fn filled<T: Copy>(arena: ArenaRef<'_>, values: &[T], room: usize) -> Result<Slots<T>, AllocError> {
    let mut slots = Slots::try_with_capacity_in(arena, room.max(1))?;
    fresh(&mut slots).extend_from_slice(values);
    Ok(slots)
}

/// Lends slots that nobody shares.
fn fresh<T>(slots: &mut Slots<T>) -> SlotsMut<'_, T> {
    match slots.get_mut() {
        Some(slots) => slots,
        None => unreachable!("exclusive slots were expected"),
    }
}

impl<T: fmt::Debug> fmt::Debug for Huge<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Huge")
            .field("len", &self.len())
            .field("split_pages", &self.split_pages())
            .finish_non_exhaustive()
    }
}
