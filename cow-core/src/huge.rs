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

use std::{fmt, mem::needs_drop, ops::Range, ptr::NonNull};

use crate::{
    arena::{ArenaRef, Home},
    counted::{ChunkUsage, Counted},
    entry::{Entry, Handle, View, ViewMut},
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
/// divides a page ([`FITS`](Self::FITS)).
///
/// # Invariants
///
/// 1. A page is read from its table if there is one with that page, else from `base`. So there is a
///    `base` (a handle of the first kind) unless all pages have one in a table.
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
    base: Base<T>,
    len: usize,
    split: usize,
    tables: [Option<Shared<Table<T>>>; TABLES],
}

/// The huge memory, and whether it is known to be exclusive.
type Base<T> = Entry<Slots<T>, Home>;

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
    /// `true` for values that can lie in huge chunks: of a type without drop glue whose size divides a
    /// page.
    pub const FITS: bool = {
        let size = size_of::<T>();
        size > 0 && PAGE_BYTES.is_multiple_of(size) && !needs_drop::<T>()
    };

    /// Values in a page.
    pub const PAGE: usize = if Self::FITS {
        PAGE_BYTES / size_of::<T>()
    } else {
        1
    };

    /// How many values fit.
    pub const CAPACITY: usize = PAGES * Self::PAGE;

    /// Makes a chunk without values, in which there is room for as many as fit.
    ///
    /// # Errors
    ///
    /// When the arena has no memory left.
    ///
    /// # Panics
    ///
    /// If such values do not [fit](Self::FITS).
    pub fn try_new_in(arena: ArenaRef<'_>) -> Result<Self, AllocError> {
        Self::of_base(arena, Slots::try_with_capacity_in(arena, Self::CAPACITY)?)
    }

    /// Makes a chunk of slots that nobody shares.
    fn of_base(arena: ArenaRef<'_>, mut base: Slots<T>) -> Result<Self, AllocError> {
        assert!(
            Self::FITS,
            "values in huge chunks have no drop glue and a size that divides a page"
        );
        let len = fresh(&mut base).len();
        let head = Head {
            base: Entry::a(base),
            len,
            split: 0,
            tables: [const { None }; TABLES],
        };
        Ok(Self {
            head: Shared::try_new_in(arena, head)?,
        })
    }

    /// The chunk for reading.
    #[inline]
    #[must_use]
    pub fn as_huge(&self) -> HugeRef<'_, T> {
        HugeRef { head: &self.head }
    }

    /// The chunk for writing, or `None` while another handle shares it.
    #[inline]
    pub fn get_mut(&mut self) -> Option<HugeMut<'_, T>> {
        self.head.get_mut().map(|head| HugeMut { head })
    }

    /// The chunk for writing, after a copy of its head, not of any value, if another handle shares it.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk for the copy.
    pub fn try_make_mut(&mut self) -> Result<HugeMut<'_, T>, AllocError> {
        let head = self.head.try_make_mut()?;
        Ok(HugeMut { head })
    }

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
        self.as_huge().get(index)
    }

    /// Returns the values from `index`, which is below the length, on: as many as lie side by side.
    #[must_use]
    pub fn run(&self, index: usize) -> &[T] {
        self.as_huge().run(index)
    }

    /// Shows the handles to all chunks behind this one, each before those that lie in its chunk; these
    /// are passed over when `visit` returns `false`.
    pub fn edges(&self, visit: &mut dyn FnMut(*const u8, ChunkUsage) -> bool) {
        if visit(self.head.as_ptr().cast(), self.head.usage()) {
            self.as_huge().edges(visit);
        }
    }
}

/// A [`Huge`] chunk, lent for reading.
pub struct HugeRef<'a, T> {
    head: &'a Head<T>,
}

impl<T> Clone for HugeRef<'_, T> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for HugeRef<'_, T> {}

impl<'a, T> HugeRef<'a, T> {
    /// The number of values.
    #[inline]
    #[must_use]
    pub fn len(self) -> usize {
        self.head.len
    }

    /// `true` when there is no value.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The arena that it lies in.
    #[must_use]
    pub fn arena(self) -> ArenaRef<'a> {
        let table = self.head.tables.iter().flatten().next();
        self.head
            .base
            .arena()
            .or_else(|| table.map(Shared::arena))
            .unwrap_or_else(ArenaRef::global)
    }

    /// The number of pages that were copied out of the huge memory, or came in the place of such.
    #[inline]
    #[must_use]
    pub fn split_pages(self) -> usize {
        self.head.split
    }

    /// `true` when both are one version.
    #[must_use]
    pub fn ptr_eq(self, other: Self) -> bool {
        std::ptr::eq(self.head, other.head)
    }

    /// Returns the value at `index`, or `None` when it is out of bounds.
    #[inline]
    #[must_use]
    pub fn get(self, index: usize) -> Option<&'a T> {
        if index >= self.head.len {
            return None;
        }
        // SAFETY: the index is below the length.
        Some(unsafe { self.get_unchecked(index) })
    }

    /// Returns the value at `index` without a look at the length.
    ///
    /// # Safety
    ///
    /// The index is below the length.
    #[inline]
    #[must_use]
    pub unsafe fn get_unchecked(self, index: usize) -> &'a T {
        let head = self.head;
        if head.split > 0 {
            return self.get_split(index);
        }
        // SAFETY: no page lies in a table, so that there is a base (invariant 1).
        let base = unsafe { head.base.a_unchecked() };
        // SAFETY: the index is below `len`, and so many slots are filled (invariant 2).
        unsafe { base.get_unchecked(index) }
    }

    #[inline(never)]
    fn get_split(self, index: usize) -> &'a T {
        &self.page(index / Huge::<T>::PAGE)[index % Huge::<T>::PAGE]
    }

    /// Returns the values of a page, of which there is at least one.
    #[must_use]
    pub fn page(self, page: usize) -> &'a [T] {
        let (head, len) = (self.head, self.head.page_len(page));
        if let Some(slots) = head.page(page) {
            // SAFETY: so many slots of a page are filled (invariant 2).
            return unsafe { slots.as_slots().as_slice(len) };
        }
        let start = page * Huge::<T>::PAGE;
        &head.base_values()[start..start + len]
    }

    /// A handle to the chunk that a page lies in, and where in it. Of that chunk all slots up to the
    /// end of the page are filled.
    #[must_use]
    pub fn page_slots(self, page: usize) -> (Slots<T>, Range<usize>) {
        let (head, len) = (self.head, self.head.page_len(page));
        if let Some(slots) = head.page(page) {
            return (slots.clone(), 0..len);
        }
        let Handle::A(base) = head.base.handle() else {
            unreachable!("page {page} lies nowhere")
        };
        let start = page * Huge::<T>::PAGE;
        (base, start..start + len)
    }

    /// Returns the values from `index`, which is below the length, on: as many as lie side by side.
    #[must_use]
    pub fn run(self, index: usize) -> &'a [T] {
        let head = self.head;
        let (page, offset) = (index / Huge::<T>::PAGE, index % Huge::<T>::PAGE);
        if head.page(page).is_some() {
            return &self.page(page)[offset..];
        }
        let end = match head.split {
            0 => head.len,
            _ => (page..PAGES)
                .find(|&page| head.page(page).is_some())
                .map_or(head.len, |page| head.len.min(page * Huge::<T>::PAGE)),
        };
        &head.base_values()[index..end]
    }

    /// Shows the handles to the chunks that lie in the head, each before those that lie in its chunk;
    /// these are passed over when `visit` returns `false`.
    pub fn edges(self, visit: &mut dyn FnMut(*const u8, ChunkUsage) -> bool) {
        let base = &self.head.base;
        if !base.is_empty() {
            visit(base.as_ptr(), base.usage());
        }
        for table in self.head.tables.iter().flatten() {
            if visit(table.as_ptr().cast(), table.usage()) {
                for page in table.pages.iter().flatten() {
                    visit(page.as_slots().as_ptr().cast(), page.usage());
                }
            }
        }
    }

    /// `true` while no other chunk reads from the huge memory of this one.
    #[must_use]
    pub fn base_is_exclusive(self) -> bool {
        let base = &self.head.base;
        !base.is_empty() && base.usage().handles == 1
    }

    /// Makes another handle's worth of the chunk: a head of its own, and no copy of any value.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk for the head.
    pub fn try_copy_in(self, arena: ArenaRef<'_>) -> Result<Huge<T>, AllocError> {
        Ok(Huge {
            head: Shared::try_copy_in(arena, self.head)?,
        })
    }

    /// Asserts what holds of every huge chunk. For tests.
    #[doc(hidden)]
    pub fn assert_invariants(self) {
        let head = self.head;
        let pages = (0..PAGES).filter(|&page| head.page(page).is_some());
        assert_eq!(pages.count(), head.split);
        assert!(!head.base.is_empty() || head.split == head.len.div_ceil(Huge::<T>::PAGE));
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

    /// All of the huge memory, which is there; also what pages in tables took the places of.
    fn base_values(&self) -> &[T] {
        let View::A(base) = self.base.view() else {
            unreachable!("a base was expected")
        };
        // SAFETY: `len` slots of the base are filled (invariant 2).
        unsafe { base.as_slice(self.len) }
    }
}

impl<T: Clone> Huge<T> {
    /// Copies values into a new huge chunk.
    ///
    /// # Errors
    ///
    /// When the arena has no memory left.
    ///
    /// # Panics
    ///
    /// If there are more than fit, or such values do not [fit](Self::FITS).
    pub fn try_from_slice_in(arena: ArenaRef<'_>, values: &[T]) -> Result<Self, AllocError> {
        assert!(
            values.len() <= Self::CAPACITY,
            "{} values in a huge chunk of {}",
            values.len(),
            Self::CAPACITY
        );
        Self::of_base(arena, filled(arena, values, values.len())?)
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
        self.try_make_mut()?.try_into_value(index)
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
            let place = &mut self.try_make_mut()?.try_into_page(page)?[offset..];
            let count = place.len().min(rest.len());
            place[..count].clone_from_slice(&rest[..count]);
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
    /// When the arena has no memory left; no value changed then.
    pub fn try_collapse(&mut self) -> Result<bool, AllocError> {
        if self.head.split == 0 {
            return Ok(false);
        }
        self.try_make_mut()?.try_collapse()
    }

    fn replace(&mut self, values: &[T]) -> Result<(), AllocError> {
        if let Some(head) = self.head.get_mut()
            && head.base.is_exclusive()
        {
            // Only now and then is a page in the way: the base is written below it first.
            head.base_mut().clone_from_slice(values);
            head.tables = [const { None }; TABLES];
            head.split = 0;
            return Ok(());
        }
        *self = Self::try_from_slice_in(self.head.arena(), values)?;
        Ok(())
    }
}

/// A [`Huge`] chunk, lent for writing: the only handle to its head.
pub struct HugeMut<'a, T> {
    head: &'a mut Head<T>,
}

impl<'a, T> HugeMut<'a, T> {
    /// Moves all values of some slots behind the others. The chunk that this fills counts as collapsed.
    ///
    /// # Panics
    ///
    /// If there is no room for them, or the chunk was split or shared.
    pub fn append(&mut self, values: &mut SlotsMut<'_, T>) {
        let head = &mut *self.head;
        let (true, Some(ViewMut::A(mut base))) = (head.split == 0, head.base.view_mut()) else {
            unreachable!("a whole chunk was expected")
        };
        values.move_tail(0, &mut base);
        head.len = base.len();
        if head.len == Huge::<T>::CAPACITY {
            let bytes = head.len * size_of::<T>();
            HugeRef { head }.arena().count_collapse(bytes);
        }
    }
}

impl<'a, T> HugeMut<'a, T> {
    /// The value at `index`, if the chunk is whole and known to be exclusive: copies nothing and looks no
    /// count up. No other value is touched: they may be lent too.
    #[inline]
    #[must_use]
    pub fn known_value(self, index: usize) -> Option<&'a mut T> {
        let head = self.head;
        if head.split > 0 || index >= head.len {
            return None;
        }
        let base = head.base.known_a_mut()?;
        // SAFETY: the index is below `len`, and so many slots are filled (invariant 2).
        Some(unsafe { base.into_mut_unchecked(index) })
    }
}

impl<'a, T: Clone> HugeMut<'a, T> {
    /// The value at `index`, after a copy of its page if others read from that. No other value is
    /// touched: they may be lent too.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk for a copy; nothing changed then.
    ///
    /// # Panics
    ///
    /// If the index is out of bounds.
    pub fn try_into_value(self, index: usize) -> Result<&'a mut T, AllocError> {
        let len = self.head.len;
        assert!(index < len, "index {index} of {len} in a huge chunk");
        let (page, offset) = (index / Huge::<T>::PAGE, index % Huge::<T>::PAGE);
        let first = self.head.own_page(page)?;
        // SAFETY: the index is below `len`, so the page has such a value.
        let mut place = unsafe { first.add(offset) };
        // SAFETY: initialised (invariant 2), and nobody else's for as long as the head is lent.
        Ok(unsafe { place.as_mut() })
    }

    /// The values of a page, after a copy if others read from it. No other value is touched: they may
    /// be lent too.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk for a copy; nothing changed then.
    ///
    /// # Panics
    ///
    /// If there is no such page.
    pub fn try_into_page(self, page: usize) -> Result<&'a mut [T], AllocError> {
        let (start, len) = (page * Huge::<T>::PAGE, self.head.len);
        assert!(start < len, "page {page} of {len} values");
        let len = self.head.page_len(page);
        let first = self.head.own_page(page)?;
        let mut values = NonNull::slice_from_raw_parts(first, len);
        // SAFETY: so many values of the page are initialised (invariant 2), and they are nobody else's
        // for as long as the head is lent.
        Ok(unsafe { values.as_mut() })
    }

    /// As [`Huge::try_collapse`].
    ///
    /// # Errors
    ///
    /// As for [`Huge::try_collapse`].
    pub fn try_collapse(self) -> Result<bool, AllocError> {
        let head = self.head;
        if head.split == 0 {
            return Ok(false);
        }
        let home = HugeRef { head }.arena().to_home();
        let arena = home.as_ref().map_or_else(ArenaRef::global, Home::arena);
        let (len, mut copied) = (head.len, 0);
        if head.base.is_exclusive() {
            for page in 0..PAGES {
                let Some(slots) = head.page(page) else {
                    continue;
                };
                let slots = slots.clone();
                let (start, page_len) = (page * Huge::<T>::PAGE, head.page_len(page));
                // SAFETY: so many slots of a page are filled (invariant 2).
                let values = unsafe { slots.as_slots().as_slice(page_len) };
                head.base_mut()[start..start + page_len].clone_from_slice(values);
                copied += page_len;
            }
        } else {
            let mut base = Slots::try_with_capacity_in(arena, len)?;
            let mut slots = fresh(&mut base);
            while copied < len {
                let run = HugeRef { head }.run(copied);
                slots.extend_from_slice(run);
                copied += run.len();
            }
            head.base = Entry::a(base);
        }
        // Until here all is read as before, also when a clone panics.
        head.tables = [const { None }; TABLES];
        head.split = 0;
        arena.count_collapse(copied * size_of::<T>());
        Ok(true)
    }
}

impl<T: Clone> Head<T> {
    /// The huge memory, which is there and exclusive.
    fn base_mut(&mut self) -> &mut [T] {
        let Some(ViewMut::A(base)) = self.base.view_mut() else {
            unreachable!("an exclusive base was expected")
        };
        // SAFETY: `len` slots of the base are filled (invariant 2).
        unsafe { base.into_slice_unchecked(self.len) }
    }

    /// The first value of a page that is ours alone, after a copy if need be.
    fn own_page(&mut self, page: usize) -> Result<NonNull<T>, AllocError> {
        if self.page(page).is_none()
            && self.base.is_exclusive()
            && let View::A(base) = self.base.view()
        {
            let first = base.first();
            // SAFETY: the page begins inside of the chunk.
            return Ok(unsafe { first.add(page * Huge::<T>::PAGE) });
        }
        let is_ours = self.tables[page / TABLE_PAGES]
            .as_ref()
            .is_some_and(Shared::is_exclusive)
            && self.page(page).is_some_and(Slots::is_exclusive);
        if !is_ours {
            self.copy_page(page)?;
        }
        match self.page(page) {
            Some(slots) => Ok(slots.as_slots().first()),
            None => unreachable!("a page of our own was expected"),
        }
    }

    /// Puts a copy of a page into a table of our own.
    #[cold]
    fn copy_page(&mut self, page: usize) -> Result<(), AllocError> {
        let was_whole = self.split == 0;
        let home = HugeRef { head: self }.arena().to_home();
        let arena = home.as_ref().map_or_else(ArenaRef::global, Home::arena);
        // First what can fail; then what changes. A table that is copied shares all of its pages, so that
        // this one is copied also where only the table is shared.
        let copy = filled(arena, HugeRef { head: self }.page(page), Huge::<T>::PAGE)?;
        arena.count_copy(PAGE_BYTES);
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
            self.base = Entry::empty();
        }
        Ok(())
    }
}

// SAFETY: the pointer is that of the head's handle, for which `Shared` keeps these promises; what is lent
// for reading hands out handles to other chunks only.
unsafe impl<T> Counted for Huge<T> {
    type Ref<'a>
        = HugeRef<'a, T>
    where
        Self: 'a;
    type Mut<'a>
        = HugeMut<'a, T>
    where
        Self: 'a;

    #[inline]
    fn into_raw(self) -> NonNull<u8> {
        self.head.into_raw()
    }

    #[inline]
    unsafe fn from_raw(raw: NonNull<u8>) -> Self {
        Self {
            // SAFETY: passed on.
            head: unsafe { Shared::from_raw(raw) },
        }
    }

    #[inline]
    unsafe fn raw_ref<'a>(raw: NonNull<u8>) -> HugeRef<'a, T>
    where
        Self: 'a,
    {
        HugeRef {
            // SAFETY: passed on.
            head: unsafe { Shared::raw_ref(raw) },
        }
    }

    #[inline]
    unsafe fn raw_mut<'a>(raw: NonNull<u8>) -> HugeMut<'a, T>
    where
        Self: 'a,
    {
        HugeMut {
            // SAFETY: passed on.
            head: unsafe { Shared::raw_mut(raw) },
        }
    }

    #[inline]
    unsafe fn raw_is_exclusive(raw: NonNull<u8>) -> bool {
        // SAFETY: passed on.
        unsafe { Shared::<Head<T>>::raw_is_exclusive(raw) }
    }

    #[inline]
    unsafe fn raw_arena<'a>(raw: NonNull<u8>) -> ArenaRef<'a> {
        // SAFETY: passed on.
        unsafe { Shared::<Head<T>>::raw_arena(raw) }
    }

    unsafe fn raw_usage(raw: NonNull<u8>) -> ChunkUsage {
        // SAFETY: passed on.
        unsafe { Shared::<Head<T>>::raw_usage(raw) }
    }
}

/// A new chunk with these values, and room for `room`.
fn filled<T: Clone>(
    arena: ArenaRef<'_>,
    values: &[T],
    room: usize,
) -> Result<Slots<T>, AllocError> {
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
