//! A block of chunks of one class, with the counts of all of them in its header.

use std::{alloc::Layout, cell::UnsafeCell, ptr::NonNull};

use crate::{
    arena::Core,
    counted::ChunkUsage,
    layout::{
        ChunkLayout, EXTENT_BYTES, ExtentPlan, HEADER_BYTES, LARGE_SHIFT, META_BYTES, colour,
        narrow,
    },
    refcount::{Fill, Refcount},
    source::advise_huge,
};

/// The header of an extent.
///
/// # Invariants
///
/// 1. The header lies at `base + colour(base)`, `base` a multiple of [`EXTENT_BYTES`], inside a
///    block of `block.size()` bytes that is ours until it is given back.
/// 2. `slots` refcounts follow the header, then `slots` fills. The pair of a chunk is initialised
///    when the chunk is first handed out, and stays so.
/// 3. A chunk is in use (its count is at least one) or free: in a thread's cache, in the list from
///    `free` (linked through the fills), or at or after `fresh`.
/// 4. `state` is touched only under the lock of the pool that the extent belongs to.
/// 5. Chunk `i` lies at `base` plus what [`ChunkLayout::offset`] says; the single chunk of a large extent lies right behind
///    the header, as aligned as its layout asks. It starts in the extent's first 2 MiB, so that
///    masking its address finds `base`.
#[repr(C, align(64))]
pub(crate) struct Extent {
    core: NonNull<Core>,
    base: NonNull<u8>,
    block: Layout,
    /// What the chunks are: their bytes, alignment and class.
    chunk: ChunkLayout,
    /// Chunk numbers in use: the length of the count arrays.
    slots: u32,
    state: UnsafeCell<State>,
}

/// What changes while the extent lives.
struct State {
    /// Whether the pool's list of extents with free chunks names this one, and its neighbours there.
    listed: bool,
    prev: Option<NonNull<Extent>>,
    next: Option<NonNull<Extent>>,
    /// First chunk of the free list, or `slots`.
    free: u32,
    /// First chunk that was never handed out, or `slots`.
    fresh: u32,
    /// Chunks that were handed out and are not back.
    taken: u32,
}

const _: () = assert!(size_of::<Extent>() == HEADER_BYTES);
const _: () = assert!(cfg!(loom) || size_of::<Refcount>() + size_of::<Fill>() == META_BYTES);

/// The number of the chunk that starts at `chunk`, in an extent of the class with this shift.
#[inline]
fn number(chunk: NonNull<u8>, shift: u32) -> usize {
    (chunk.addr().get() & (EXTENT_BYTES - 1)) >> shift
}

impl Extent {
    /// Takes a full extent of chunks of one class from the core's source, of huge pages if they are
    /// wanted.
    pub(crate) fn create(
        core: NonNull<Core>,
        chunk: ChunkLayout,
        huge: bool,
    ) -> Option<NonNull<Self>> {
        Self::place(core, chunk, ExtentPlan::shared(chunk), 0, huge)
    }

    /// Takes a block for one chunk, of any class or large, and the chunk in it; of huge pages if they
    /// are wanted and fit.
    pub(crate) fn create_single(
        core: NonNull<Core>,
        chunk: ChunkLayout,
        huge: bool,
    ) -> Option<NonNull<u8>> {
        let plan = ExtentPlan::single(chunk)?;
        let huge = huge && plan.block.size() >= EXTENT_BYTES;
        let extent = Self::place(core, chunk, plan, u32::MAX, huge)?;
        // SAFETY: we just made the extent, so the header is initialised and ours alone.
        let this = unsafe { extent.as_ref() };
        let start = this.base.addr().get();
        let end = ExtentPlan {
            block: this.block,
            slots: this.slots,
        }
        .header_end(start);
        let (number, offset) = match chunk.shift {
            LARGE_SHIFT => (0, end.next_multiple_of(chunk.align)),
            _ => (end.div_ceil(chunk.bytes), end.next_multiple_of(chunk.bytes)),
        };
        // SAFETY: the extent lives, and its one chunk is only now handed out.
        unsafe { Self::init_meta(extent, this.slots, narrow(number)) };
        // SAFETY: the plan leaves room for one chunk behind the header.
        Some(unsafe { this.base.add(offset) })
    }

    fn place(
        core: NonNull<Core>,
        chunk: ChunkLayout,
        plan: ExtentPlan,
        fresh: u32,
        huge: bool,
    ) -> Option<NonNull<Self>> {
        // SAFETY: the caller borrows the core from a live arena.
        let base = unsafe { core.as_ref() }.source().take(plan.block)?;
        let start = base.addr().get();
        assert!(
            start.is_multiple_of(EXTENT_BYTES),
            "a chunk source returned a misaligned block"
        );
        if huge {
            // Before the first touch: where there is a base page already, the kernel puts no huge one.
            advise_huge(base, plan.block);
        }
        // SAFETY: the plan leaves room for the header behind the colour.
        let place = unsafe { base.add(colour(start)) }.cast::<Self>();
        let state = State {
            listed: false,
            prev: None,
            next: None,
            free: plan.slots,
            fresh,
            taken: 0,
        };
        let header = Self {
            core,
            base,
            block: plan.block,
            chunk,
            slots: plan.slots,
            state: UnsafeCell::new(state),
        };
        // SAFETY: the place is inside the block, a multiple of 64, and nobody else's.
        unsafe { place.write(header) };
        Some(place)
    }

    /// The extent that `chunk` lies in.
    ///
    /// Safe to compute; only meaningful for a chunk of an arena.
    #[inline]
    pub(crate) fn of(chunk: NonNull<u8>) -> NonNull<Self> {
        let header = chunk.as_ptr().map_addr(|addr| {
            let base = addr & !(EXTENT_BYTES - 1);
            base + colour(base)
        });
        debug_assert!(!header.is_null());
        // SAFETY: no block starts at address zero, so the header's address is not zero either.
        unsafe { NonNull::new_unchecked(header.cast()) }
    }

    #[inline]
    pub(crate) fn core(&self) -> NonNull<Core> {
        self.core
    }

    /// The block as the source gave it.
    pub(crate) fn block(&self) -> (NonNull<u8>, Layout) {
        (self.base, self.block)
    }

    /// The refcount of a chunk in an extent with this `shift`.
    ///
    /// # Safety
    ///
    /// `chunk` points into a chunk that is in use, of the class with this shift (at its start, if it
    /// has an extent of its own); the reference must not outlive the chunk's extent.
    #[inline]
    pub(crate) unsafe fn refcount<'a>(chunk: NonNull<u8>, shift: u32) -> &'a Refcount {
        // SAFETY: the chunk is in a live extent, so this is its header.
        let counts = unsafe { Self::counts(Self::of(chunk)) };
        // SAFETY: a chunk's number is below `slots` (invariant 2).
        let count = unsafe { counts.add(number(chunk, shift)) };
        // SAFETY: initialised when the chunk was handed out (invariant 2).
        unsafe { count.as_ref() }
    }

    /// The fill of a chunk.
    ///
    /// # Safety
    ///
    /// As for [`refcount`](Self::refcount); `this` is the header of the chunk's extent.
    #[inline]
    pub(crate) unsafe fn fill<'a>(this: NonNull<Self>, chunk: NonNull<u8>) -> &'a Fill {
        // SAFETY: the chunk is in a live extent, whose header this is.
        let extent = unsafe { this.as_ref() };
        // SAFETY: as above.
        let fills = unsafe { Self::fills(this, extent.slots) };
        // SAFETY: a chunk's number is below `slots` (invariant 2).
        let fill = unsafe { fills.add(number(chunk, extent.chunk.shift)) };
        // SAFETY: initialised when the chunk was handed out (invariant 2).
        unsafe { fill.as_ref() }
    }

    /// What a chunk of any class is.
    ///
    /// # Safety
    ///
    /// `chunk` points into a chunk that is in use (at its start, if it has an extent of its own).
    #[inline]
    pub(crate) unsafe fn layout_of(chunk: NonNull<u8>) -> ChunkLayout {
        // SAFETY: the chunk is in use, so its extent lives.
        unsafe { Self::of(chunk).as_ref() }.chunk
    }

    /// The refcount of a chunk of any class.
    ///
    /// # Safety
    ///
    /// As for [`layout_of`](Self::layout_of); the reference must not outlive the chunk's extent.
    #[inline]
    pub(crate) unsafe fn refcount_of<'a>(chunk: NonNull<u8>) -> &'a Refcount {
        // SAFETY: passed on from our caller.
        let shift = unsafe { Self::layout_of(chunk) }.shift;
        // SAFETY: passed on, with the shift of the chunk's own extent.
        unsafe { Self::refcount(chunk, shift) }
    }

    /// What a chunk of any class costs, and how many share it.
    ///
    /// # Safety
    ///
    /// As for [`layout_of`](Self::layout_of).
    pub(crate) unsafe fn usage(chunk: NonNull<u8>) -> ChunkUsage {
        // SAFETY: passed on from our caller.
        let layout = unsafe { Self::layout_of(chunk) };
        // SAFETY: passed on, with the shift of the chunk's own extent.
        let count = unsafe { Self::refcount(chunk, layout.shift) };
        ChunkUsage {
            handles: count.get() as usize,
            bytes: layout.bytes,
        }
    }

    /// Writes the first count and fill of chunk number `number`.
    ///
    /// # Safety
    ///
    /// `this` is the header of a live extent, and the chunk was never handed out.
    unsafe fn init_meta(this: NonNull<Self>, slots: u32, number: u32) {
        debug_assert!(number < slots);
        // SAFETY: the extent lives.
        let counts = unsafe { Self::counts(this) };
        // SAFETY: as above.
        let fills = unsafe { Self::fills(this, slots) };
        // SAFETY: `number` is below `slots`, so the place is in the array (invariant 2).
        let count = unsafe { counts.add(number as usize) };
        // SAFETY: as above.
        let fill = unsafe { fills.add(number as usize) };
        // SAFETY: nobody else looks at a chunk that was never handed out.
        unsafe { count.write(Refcount::one()) };
        // SAFETY: as above.
        unsafe { fill.write(Fill::zero()) };
    }

    /// The first of the refcounts.
    ///
    /// # Safety
    ///
    /// `this` is the header of a live extent.
    #[inline]
    unsafe fn counts(this: NonNull<Self>) -> NonNull<Refcount> {
        // SAFETY: the counts start right behind the header (invariant 2).
        unsafe { this.add(1) }.cast()
    }

    /// The first of the fills.
    ///
    /// # Safety
    ///
    /// `this` is the header of a live extent with this many `slots`.
    #[inline]
    unsafe fn fills(this: NonNull<Self>, slots: u32) -> NonNull<Fill> {
        // SAFETY: passed on.
        let counts = unsafe { Self::counts(this) };
        // SAFETY: the fills start right behind the counts (invariant 2).
        unsafe { counts.add(slots as usize) }.cast()
    }

    /// What changes while the extent lives.
    ///
    /// # Safety
    ///
    /// The extent lives, the lock of its pool is held for `'a`, and nothing else of the state is
    /// borrowed meanwhile.
    unsafe fn state<'a>(this: NonNull<Self>) -> &'a mut State {
        // SAFETY: the extent lives.
        let state = unsafe { this.as_ref() }.state.get();
        // SAFETY: the lock makes us the only one to look at it (invariant 4).
        unsafe { &mut *state }
    }

    /// Hands out a free chunk, whose count is one and whose fill is stale.
    ///
    /// # Safety
    ///
    /// The caller holds the lock of the extent's pool; the extent is not a single one.
    pub(crate) unsafe fn take_chunk(this: NonNull<Self>) -> Option<NonNull<u8>> {
        // SAFETY: the extent lives while its pool names it.
        let extent = unsafe { this.as_ref() };
        // SAFETY: the lock is held.
        let state = unsafe { Self::state(this) };
        let number = if state.free < extent.slots {
            let number = state.free;
            let chunk = extent.chunk_at(number);
            // SAFETY: the chunk was handed out before, so its fill is initialised; it links the list.
            state.free = unsafe { Self::fill(this, chunk) }.get();
            number
        } else {
            state.fresh = extent.usable(state.fresh);
            if state.fresh >= extent.slots {
                return None;
            }
            let number = state.fresh;
            state.fresh += 1;
            // SAFETY: chunks from `fresh` on were never handed out (invariant 3).
            unsafe { Self::init_meta(this, extent.slots, number) };
            number
        };
        state.taken += 1;
        Some(extent.chunk_at(number))
    }

    /// Takes a chunk back. Returns how many are still out.
    ///
    /// # Safety
    ///
    /// The caller holds the lock of the extent's pool, and gives up a chunk of this extent.
    pub(crate) unsafe fn put_chunk(this: NonNull<Self>, chunk: NonNull<u8>) -> u32 {
        // SAFETY: the extent lives while one of its chunks is out.
        let shift = unsafe { this.as_ref() }.chunk.shift;
        // SAFETY: the lock is held.
        let state = unsafe { Self::state(this) };
        // SAFETY: the chunk is in an extent of ours; its fill now links the free list.
        unsafe { Self::fill(this, chunk) }.set(state.free);
        state.free = narrow(number(chunk, shift));
        state.taken -= 1;
        state.taken
    }

    /// How many chunks the extent can hand out in all.
    pub(crate) fn capacity(&self) -> usize {
        let (start, end) = self.hole();
        let before = start - self.chunk.gaps(start);
        let behind = self.slots - end - (self.chunk.gaps(self.slots) - self.chunk.gaps(end));
        (before + behind) as usize
    }

    /// The number itself, or that of the next chunk that can be handed out.
    fn usable(&self, number: u32) -> u32 {
        let (start, end) = self.hole();
        let skip_gap = |number| number + u32::from(self.chunk.is_gap(number));
        let number = skip_gap(number);
        if (start..end).contains(&number) {
            skip_gap(end)
        } else {
            number
        }
    }

    /// The numbers of the chunks that the header overlaps.
    fn hole(&self) -> (u32, u32) {
        let start = self.base.addr().get();
        let plan = ExtentPlan {
            block: self.block,
            slots: self.slots,
        };
        let end = plan.header_end(start).div_ceil(1 << self.chunk.shift);
        // A staggered chunk may reach into the header from the number before.
        let before = usize::from(self.chunk.is_staggered());
        let first = (colour(start) >> self.chunk.shift).saturating_sub(before);
        (narrow(first), narrow(end))
    }

    fn chunk_at(&self, number: u32) -> NonNull<u8> {
        // SAFETY: the number is below `slots`, so the chunk is inside the block (invariant 5).
        unsafe { self.base.add(self.chunk.offset(number as usize)) }
    }
}

/// The extents of one class that have free chunks, as a list through their headers.
///
/// Every call needs the lock of the pool that owns the list.
#[derive(Debug, Default)]
pub(crate) struct ExtentList {
    head: Option<NonNull<Extent>>,
}

// SAFETY: the list owns the extents it names, and they may be used from any thread under the lock.
unsafe impl Send for ExtentList {}

impl ExtentList {
    pub(crate) const fn new() -> Self {
        Self { head: None }
    }

    pub(crate) fn first(&self) -> Option<NonNull<Extent>> {
        self.head
    }

    /// # Safety
    ///
    /// The extent lives, is in no other list, and its pool's lock is held.
    pub(crate) unsafe fn insert(&mut self, extent: NonNull<Extent>) {
        // SAFETY: the extent lives, and the lock is held.
        let state = unsafe { Extent::state(extent) };
        if state.listed {
            return;
        }
        state.listed = true;
        state.prev = None;
        state.next = self.head;
        if let Some(next) = self.head {
            // SAFETY: a listed extent lives, and is another one than `extent`.
            unsafe { Extent::state(next) }.prev = Some(extent);
        }
        self.head = Some(extent);
    }

    /// # Safety
    ///
    /// The extent is in this list, and its pool's lock is held.
    pub(crate) unsafe fn remove(&mut self, extent: NonNull<Extent>) {
        // SAFETY: the extent lives, and the lock is held.
        let state = unsafe { Extent::state(extent) };
        state.listed = false;
        let (prev, next) = (state.prev.take(), state.next.take());
        match prev {
            // SAFETY: a listed extent lives, and is another one than `extent`.
            Some(prev) => unsafe { Extent::state(prev) }.next = next,
            None => self.head = next,
        }
        if let Some(next) = next {
            // SAFETY: as above.
            unsafe { Extent::state(next) }.prev = prev;
        }
    }

    /// Takes every extent without a chunk in use out of the list and hands it to `sink`.
    ///
    /// # Safety
    ///
    /// The pool's lock is held.
    pub(crate) unsafe fn drain_empty(&mut self, mut sink: impl FnMut(NonNull<Extent>)) {
        let mut at = self.head;
        while let Some(extent) = at {
            // SAFETY: a listed extent lives, and the lock is held.
            let state = unsafe { Extent::state(extent) };
            at = state.next;
            if state.taken == 0 {
                // SAFETY: it is in this list, and the lock is held.
                unsafe { self.remove(extent) };
                sink(extent);
            }
        }
    }
}
