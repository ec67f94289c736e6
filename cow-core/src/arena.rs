//! The arena: pools of free chunks by size class, a byte limit, and what it all amounts to.

mod budget;
mod cache;

use std::{
    fmt,
    marker::PhantomData,
    mem::{self, ManuallyDrop},
    ptr::NonNull,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

use parking_lot::Mutex;

pub use budget::Pressure;
use budget::{Budget, Hook};

use crate::{
    counted::{ChunkUsage, Counted},
    error::AllocError,
    extent::{Extent, ExtentList},
    layout::{CLASS_COUNT, ChunkLayout},
    source::{ChunkSource, Grain, HeapSource, PagePolicy, SystemSource},
    stats::{ArenaStats, Counters, Writers},
};

/// Where chunks come from and go back to.
///
/// A handle, cheap to clone. Chunks keep their arena's memory alive, so that handles may be dropped
/// in any order; when the last handle is gone, extents go back to the source as soon as they are
/// empty.
///
/// Most programs use [`Arena::global`] and never name it. One of your own has its own limit, its own
/// figures and its own memory:
///
/// # Examples
///
/// ```
/// use cow_core::{Arena, Shared};
///
/// let arena = Arena::builder().byte_limit(1 << 20).build();
/// let page = Shared::new_in(&arena, [0_u8; 4096]);
/// assert_eq!(arena.stats().bytes_used, 4096);
/// drop(page);
/// assert_eq!(arena.stats().bytes_used, 0);
/// ```
#[derive(Clone)]
pub struct Arena(Handle);

#[derive(Clone)]
enum Handle {
    Global,
    Own(Owner),
}

/// A handle to a core other than the global one. The end of the last one closes the core.
struct Owner(Home);

impl Owner {
    fn core(&self) -> &Core {
        self.0.arena().core()
    }
}

impl Clone for Owner {
    fn clone(&self) -> Self {
        // Relaxed: this handle keeps the core open meanwhile.
        self.core().owners.fetch_add(1, Ordering::Relaxed);
        Self(self.0.clone())
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        let core = self.core();
        // AcqRel: the other handles are done with the core before the last one closes it.
        if core.owners.fetch_sub(1, Ordering::AcqRel) == 1 {
            core.closed.store(true, Ordering::Release);
            core.trim();
            // What the hook keeps goes back at once by now, also when its drop panics.
            core.budget.close();
        }
    }
}

impl Arena {
    /// The arena of the whole process: no limit, the system's memory, per-thread caches of free
    /// chunks.
    #[inline]
    #[must_use]
    pub const fn global() -> Self {
        Self(Handle::Global)
    }

    /// Starts the description of an arena of your own.
    pub fn builder() -> ArenaBuilder {
        ArenaBuilder {
            limit: usize::MAX,
            mark: usize::MAX,
            hook: None,
            policy: None,
            source: None,
        }
    }

    /// The arena's figures.
    ///
    /// # Complexity
    ///
    /// O(size classes + threads); takes each lock of the arena once.
    #[must_use]
    pub fn stats(&self) -> ArenaStats {
        let core = self.core();
        let mut stats = if core.is_global() {
            cache::counters().snapshot()
        } else {
            core.counters.snapshot()
        };
        stats.bytes_reserved = core.reserved.load(Ordering::Relaxed);
        for (class, pool) in stats.classes.iter_mut().zip(&core.pools) {
            class.free = pool.lock().capacity.saturating_sub(class.live);
        }
        stats
    }

    /// Gives extents without a chunk in use back to the source. Returns the bytes given back.
    ///
    /// The free chunks in other threads' caches stay where they are.
    ///
    /// # Examples
    ///
    /// ```
    /// use cow_core::{Arena, Shared};
    ///
    /// let arena = Arena::builder().build();
    /// drop(Shared::new_in(&arena, [0_u8; 4096]));
    /// arena.trim();
    /// assert_eq!(arena.stats().bytes_reserved, 0);
    /// ```
    pub fn trim(&self) -> usize {
        if self.core().is_global() {
            cache::flush();
        }
        self.core().trim()
    }

    /// The byte limit, if there is one.
    #[must_use]
    pub fn byte_limit(&self) -> Option<usize> {
        self.core().budget.limit()
    }

    /// The soft mark in bytes, if there is one.
    #[must_use]
    pub fn soft_mark(&self) -> Option<usize> {
        self.core().budget.mark()
    }

    fn core(&self) -> &Core {
        match &self.0 {
            Handle::Global => &GLOBAL,
            Handle::Own(owner) => owner.core(),
        }
    }
}

impl fmt::Debug for Arena {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stats = self.stats();
        f.debug_struct("Arena")
            .field("global", &self.core().is_global())
            .field("bytes_used", &stats.bytes_used)
            .field("bytes_reserved", &stats.bytes_reserved)
            .finish_non_exhaustive()
    }
}

impl PartialEq for Arena {
    /// `true` when both are handles of one arena.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.core(), other.core())
    }
}

impl Eq for Arena {}

impl Default for Arena {
    fn default() -> Self {
        Self::global()
    }
}

/// Describes an [`Arena`] to be built.
///
/// # Examples
///
/// ```
/// use cow_core::{AllocError, Arena, PagePolicy, Shared};
///
/// let arena = Arena::builder()
///     .byte_limit(4096)
///     .page_policy(PagePolicy::Base)
///     .build();
/// let page = Shared::try_new_in(&arena, [0_u8; 4096])?;
/// assert!(matches!(
///     Shared::try_new_in(&arena, 0_u8),
///     Err(AllocError::Limit { requested: 64, used: 4096, limit: 4096 })
/// ));
/// # drop(page);
/// # Ok::<(), AllocError>(())
/// ```
#[derive(Debug)]
#[must_use]
pub struct ArenaBuilder {
    limit: usize,
    mark: usize,
    hook: Option<Hook>,
    policy: Option<PagePolicy>,
    source: Option<Box<dyn ChunkSource>>,
}

impl ArenaBuilder {
    /// Limits the bytes of chunks in use. An allocation that would pass the limit is an
    /// [`AllocError::Limit`].
    ///
    /// Counted are whole chunks in use, exactly and across all threads; free chunks that wait in
    /// the pools are not (see [`Arena::trim`]).
    pub fn byte_limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// Sets a mark, usually below the limit: when the bytes of chunks in use reach it, the hook is
    /// called.
    ///
    /// Once for each time that the sum comes from below the mark, whichever thread's chunk it was. To
    /// get rid of snapshots takes time, and while that is so the writers go on: leave them room.
    pub fn soft_mark(mut self, bytes: usize) -> Self {
        self.mark = bytes;
        self
    }

    /// Sets what is called under pressure: when the soft mark is reached, and when a chunk does not fit
    /// below the limit, which is then asked for once more.
    ///
    /// The hook runs on the thread that takes the chunk, with no lock of the arena held, and maybe on
    /// several threads at once. It may report, drop snapshots, hand them to another thread, and even
    /// take chunks: that calls no hook again. It must not wait for what the thread holds that was
    /// interrupted, such as a lock around the collection it was writing to.
    ///
    /// The hook goes with the last handle of the arena. A hook that keeps such a handle keeps the arena
    /// for ever; one that keeps snapshots does not.
    ///
    /// # Aborts
    ///
    /// The process, when the hook panics: it interrupts writes in their middle.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    /// use cow_core::{Arena, Pressure, Shared};
    ///
    /// let history = Arc::new(Mutex::new(Vec::new()));
    /// let oldest = Arc::clone(&history);
    /// let arena = Arena::builder()
    ///     .byte_limit(4 * 4096)
    ///     .soft_mark(3 * 4096)
    ///     .on_pressure(move |pressure| {
    ///         assert!(matches!(pressure, Pressure::Mark { used: 12_288, .. }));
    ///         drop(oldest.lock().unwrap().remove(0));
    ///     })
    ///     .build();
    /// let mut page = Shared::new_in(&arena, [0_u8; 4096]);
    /// for version in 1..100 {
    ///     let snapshot = page.clone();
    ///     history.lock().unwrap().push(snapshot);
    ///     page.make_mut()[0] = version; // always fits: the third page in use costs the oldest version
    /// }
    /// assert_eq!(history.lock().unwrap().len(), 1);
    /// ```
    pub fn on_pressure(mut self, hook: impl Fn(Pressure) + Send + Sync + 'static) -> Self {
        self.hook = Some(Hook::new(hook));
        self
    }

    /// Chooses the kind of pages. See [`PagePolicy`] for what holds where none is chosen.
    pub fn page_policy(mut self, policy: PagePolicy) -> Self {
        self.policy = Some(policy);
        self
    }

    /// Chooses where extents come from.
    pub fn source(mut self, source: impl ChunkSource + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// Builds the arena. It takes no memory before it is used.
    #[must_use]
    pub fn build(self) -> Arena {
        let source = match self.source {
            Some(source) => Source::Own(source),
            None => Source::Static(DEFAULT_SOURCE),
        };
        let budget = Budget::new(self.limit, self.mark, self.hook);
        let core = Box::new(Core::new(budget, self.policy, source));
        let home = Home(NonNull::from(Box::leak(core)));
        Arena(Handle::Own(Owner(home)))
    }
}

/// A borrowed arena, as found from one of its chunks.
///
/// # Examples
///
/// ```
/// use cow_core::{Arena, Shared};
///
/// let arena = Arena::builder().build();
/// let parent = Shared::new_in(&arena, 1);
/// let child = Shared::new_in(parent.arena(), 2); // in the same arena, which needs no naming
/// assert_eq!(arena.stats().chunks_live(), 2);
/// # drop(child);
/// ```
#[derive(Clone, Copy)]
pub struct ArenaRef<'a> {
    /// The global core, or one that a share keeps for `'a`.
    core: NonNull<Core>,
    life: PhantomData<&'a Core>,
}

impl<'a> ArenaRef<'a> {
    /// The arena of the whole process.
    #[inline]
    #[must_use]
    pub fn global() -> Self {
        Self {
            core: NonNull::from_ref(&GLOBAL),
            life: PhantomData,
        }
    }

    #[inline]
    fn core(self) -> &'a Core {
        // SAFETY: `core` is borrowed for `'a`.
        unsafe { self.core.as_ref() }
    }

    /// The arena of a chunk in use.
    ///
    /// # Safety
    ///
    /// The chunk is in use for `'a`.
    #[inline]
    pub(crate) unsafe fn of(chunk: NonNull<u8>) -> Self {
        // SAFETY: a chunk in use keeps its extent, which keeps its core.
        let core = unsafe { Extent::of(chunk).as_ref() }.core();
        Self {
            core,
            life: PhantomData,
        }
    }

    /// Takes a chunk with a refcount of one. Its bytes and its fill are whatever they were.
    #[inline]
    pub(crate) fn allocate(self, layout: ChunkLayout) -> Result<NonNull<u8>, AllocError> {
        if let Some(class) = layout.class()
            && cache::serves(self.core())
            && let Some(chunk) = cache::take(class)
        {
            return Ok(chunk);
        }
        self.allocate_from_pool(layout)
    }

    #[cold]
    #[inline(never)]
    fn allocate_from_pool(self, layout: ChunkLayout) -> Result<NonNull<u8>, AllocError> {
        let core = self.core();
        let charge = core.budget.charge(layout.bytes)?;
        let taken = match layout.class() {
            Some(class) if core.source().grain() == Grain::Extent => {
                core.pools[class].lock().take(self, class)
            }
            _ => self.create_single(layout),
        };
        let Some(chunk) = taken else {
            return Err(AllocError::Source {
                requested: layout.bytes,
            });
        };
        mem::forget(charge);
        match layout.class() {
            Some(class) => Writers::Many.add(&core.counters.live[class], 1),
            None => {
                Writers::Many.add(&core.counters.large_live, 1);
                Writers::Many.add(&core.counters.large_bytes, layout.bytes as u64);
            }
        }
        Ok(chunk)
    }

    fn create_single(self, layout: ChunkLayout) -> Option<NonNull<u8>> {
        let huge = self.core().policy != Some(PagePolicy::Base);
        let chunk = Extent::create_single(self.core, layout, huge)?;
        self.adopt(Extent::of(chunk));
        Some(chunk)
    }

    fn create_extent(self, layout: ChunkLayout, huge: bool) -> Option<NonNull<Extent>> {
        let extent = Extent::create(self.core, layout, huge)?;
        self.adopt(extent);
        Some(extent)
    }

    /// Counts a new extent, and gives it its share in the core.
    fn adopt(self, extent: NonNull<Extent>) {
        // SAFETY: the extent was just made and nobody else knows it.
        let (_, block) = unsafe { extent.as_ref() }.block();
        self.core()
            .reserved
            .fetch_add(block.size(), Ordering::Relaxed);
        self.retain_core();
    }

    /// Takes a share in the core.
    fn retain_core(self) {
        let core = self.core();
        if !core.is_global() {
            // Relaxed: another share keeps the core meanwhile.
            core.shares.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Gives up a share in the core. The core may be gone afterwards.
    ///
    /// # Safety
    ///
    /// The caller owns a share made by [`retain_core`](Self::retain_core), and uses the core no more.
    unsafe fn release_core(self) {
        let core = self.core();
        // AcqRel: what was done under any share happens before the core is gone.
        if !core.is_global() && core.shares.fetch_sub(1, Ordering::AcqRel) == 1 {
            // SAFETY: every core but the global one came from a `Box`, and this was its last share.
            drop(unsafe { Box::from_raw(self.core.as_ptr()) });
        }
    }

    /// Gives an extent back to its source.
    ///
    /// # Safety
    ///
    /// No chunk of it is in use, no list names it, and the core is not used by the caller through
    /// this extent's share afterwards.
    unsafe fn destroy(self, extent: NonNull<Extent>) {
        // SAFETY: the extent lives until the next lines.
        let (base, block) = unsafe { extent.as_ref() }.block();
        self.core()
            .reserved
            .fetch_sub(block.size(), Ordering::Relaxed);
        // SAFETY: nobody uses the extent any more, and this is the block as the source gave it.
        unsafe { self.core().source().give_back(base, block) };
        // SAFETY: the extent owned a share in the core.
        unsafe { self.release_core() };
    }

    /// Counts a copy-on-write fault that was resolved by copying `bytes` bytes.
    #[inline]
    pub(crate) fn count_copy(self, bytes: usize) {
        self.with_counters(|writers, counters| {
            writers.add(&counters.copies, 1);
            writers.add(&counters.bytes_copied, bytes as u64);
        });
    }

    /// The kind of pages that was chosen for the arena, if one was.
    #[must_use]
    pub fn page_policy(self) -> Option<PagePolicy> {
        self.core().policy
    }

    /// Counts a huge chunk of which the first page was copied out.
    pub(crate) fn count_split(self) {
        self.with_counters(|writers, counters| writers.add(&counters.splits, 1));
    }

    /// Counts a huge chunk that was put together again by copying `bytes` bytes.
    pub(crate) fn count_collapse(self, bytes: usize) {
        self.with_counters(|writers, counters| {
            writers.add(&counters.collapses, 1);
            writers.add(&counters.bytes_copied, bytes as u64);
        });
    }

    /// Counts a copy-on-write fault that was resolved by reuse.
    #[inline]
    pub(crate) fn count_reuse(self) {
        self.with_counters(|writers, counters| writers.add(&counters.reuses, 1));
    }

    #[inline]
    fn with_counters(self, add: impl Fn(Writers, &Counters)) {
        let core = self.core();
        if core.is_global() {
            cache::with_counters(add);
        } else {
            add(Writers::Many, &core.counters);
        }
    }

    /// A counted handle to this arena, for a collection that has no chunk to find it by.
    #[must_use]
    pub fn to_home(self) -> Option<Home> {
        if self.core().is_global() {
            return None;
        }
        self.retain_core();
        Some(Home(self.core))
    }
}

impl<'a> From<&'a Arena> for ArenaRef<'a> {
    #[inline]
    fn from(arena: &'a Arena) -> Self {
        match &arena.0 {
            Handle::Global => Self::global(),
            Handle::Own(owner) => owner.0.arena(),
        }
    }
}

impl PartialEq for ArenaRef<'_> {
    /// `true` when both are one arena.
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.core == other.core
    }
}

impl Eq for ArenaRef<'_> {}

impl fmt::Debug for ArenaRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArenaRef")
            .field("global", &self.core().is_global())
            .finish_non_exhaustive()
    }
}

/// A chunk without a handle and contents, or soon so: frees it, also when a `drop` or `clone` panics.
pub(crate) struct FreeOnDrop {
    chunk: NonNull<u8>,
    layout: ChunkLayout,
}

impl FreeOnDrop {
    /// Takes a chunk over.
    ///
    /// # Safety
    ///
    /// As for [`free`], at the time of the drop.
    #[inline]
    pub(crate) unsafe fn new(chunk: NonNull<u8>, layout: ChunkLayout) -> Self {
        Self { chunk, layout }
    }
}

impl Drop for FreeOnDrop {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the caller of `new` said so.
        unsafe { free(self.chunk, self.layout) };
    }
}

/// Frees a chunk whose contents are gone.
///
/// # Safety
///
/// The caller owns the chunk: its last handle was released. `layout` is what it was made with.
#[inline]
pub(crate) unsafe fn free(chunk: NonNull<u8>, layout: ChunkLayout) {
    // SAFETY: the chunk is still in use by the caller.
    let arena = unsafe { ArenaRef::of(chunk) };
    if let Some(class) = layout.class()
        && cache::serves(arena.core())
        && cache::put(chunk, class)
    {
        return;
    }
    // SAFETY: passed on from our caller.
    unsafe { free_to_pool(arena, chunk, layout) }
}

#[cold]
#[inline(never)]
unsafe fn free_to_pool(arena: ArenaRef<'_>, chunk: NonNull<u8>, layout: ChunkLayout) {
    let core = arena.core();
    // The extent's share may be the last one: keep the core until we are done with it.
    arena.retain_core();
    match layout.class() {
        Some(class) => {
            Writers::Many.sub(&core.counters.live[class], 1);
            if core.source().grain() == Grain::Extent {
                // SAFETY: the caller gives the chunk up.
                unsafe { core.put(arena, class, chunk) };
            } else {
                // SAFETY: the extent had this one chunk.
                unsafe { arena.destroy(Extent::of(chunk)) };
            }
        }
        None => {
            Writers::Many.sub(&core.counters.large_live, 1);
            Writers::Many.sub(&core.counters.large_bytes, layout.bytes as u64);
            // SAFETY: the extent had this one chunk.
            unsafe { arena.destroy(Extent::of(chunk)) };
        }
    }
    core.budget.uncharge(layout.bytes);
    // SAFETY: the share taken above.
    unsafe { arena.release_core() };
}

/// A counted handle to an arena other than the global one, in one word.
///
/// An empty collection that was made in an arena has no chunk to find its arena by; it keeps this
/// in the chunk's place.
///
/// # Examples
///
/// ```
/// use cow_core::{Arena, ArenaRef, Shared};
///
/// let arena = Arena::builder().byte_limit(64).build();
/// let home = ArenaRef::from(&arena).to_home().expect("not the global arena");
/// drop(arena);
/// let first = Shared::new_in(home.arena(), 1);
/// assert!(Shared::try_new_in(home.arena(), 2).is_err(), "the limit is still there");
/// # drop(first);
/// ```
#[repr(transparent)]
pub struct Home(NonNull<Core>);

// SAFETY: a home is a counted handle to a core, which threads share.
unsafe impl Send for Home {}
// SAFETY: as above.
unsafe impl Sync for Home {}

// Whatever panics under the arena's locks and counts leaves them whole.
impl std::panic::UnwindSafe for Home {}
impl std::panic::RefUnwindSafe for Home {}

impl Home {
    /// The arena.
    #[inline]
    #[must_use]
    pub fn arena(&self) -> ArenaRef<'_> {
        ArenaRef {
            core: self.0,
            life: PhantomData,
        }
    }
}

impl Clone for Home {
    fn clone(&self) -> Self {
        self.arena().retain_core();
        Self(self.0)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // SAFETY: the home owned a share.
        unsafe { self.arena().release_core() };
    }
}

impl fmt::Debug for Home {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.arena().fmt(f)
    }
}

// SAFETY: the pointer is aligned to 64, `clone` and `drop` keep the count, and a home is never
// exclusive, so that nothing is ever written through it.
unsafe impl Counted for Home {
    type Ref<'a> = ArenaRef<'a>;
    type Mut<'a> = ArenaRef<'a>;

    fn into_raw(self) -> NonNull<u8> {
        ManuallyDrop::new(self).0.cast()
    }

    unsafe fn from_raw(raw: NonNull<u8>) -> Self {
        Self(raw.cast())
    }

    unsafe fn raw_ref<'a>(raw: NonNull<u8>) -> ArenaRef<'a> {
        ArenaRef {
            core: raw.cast(),
            life: PhantomData,
        }
    }

    unsafe fn raw_mut<'a>(raw: NonNull<u8>) -> ArenaRef<'a> {
        ArenaRef {
            core: raw.cast(),
            life: PhantomData,
        }
    }

    unsafe fn raw_is_exclusive(_: NonNull<u8>) -> bool {
        false
    }

    unsafe fn raw_arena<'a>(raw: NonNull<u8>) -> ArenaRef<'a> {
        ArenaRef {
            core: raw.cast(),
            life: PhantomData,
        }
    }

    unsafe fn raw_usage(_: NonNull<u8>) -> ChunkUsage {
        ChunkUsage::default()
    }
}

/// The arena proper.
///
/// Aligned so that a pointer to it leaves its low bits free, as a chunk's does.
#[repr(align(64))]
pub(crate) struct Core {
    pools: [Mutex<Pool>; CLASS_COUNT],
    source: Source,
    policy: Option<PagePolicy>,
    budget: Budget,
    /// Homes, extents and calls that keep the core; a static one needs none.
    shares: AtomicUsize,
    /// Handles of the arena, each of which has a share too.
    owners: AtomicUsize,
    /// Bytes taken from the source.
    reserved: AtomicUsize,
    /// No handle is left: empty extents go back at once.
    closed: AtomicBool,
    counters: Counters,
}

enum Source {
    Static(&'static dyn ChunkSource),
    Own(Box<dyn ChunkSource>),
}

const DEFAULT_SOURCE: &dyn ChunkSource = if cfg!(cow_heap) {
    &HeapSource as &dyn ChunkSource
} else {
    &SystemSource
};

static GLOBAL: Core = Core::new(Budget::unlimited(), None, Source::Static(DEFAULT_SOURCE));

impl Core {
    const fn new(budget: Budget, policy: Option<PagePolicy>, source: Source) -> Self {
        Self {
            pools: [const { Mutex::new(Pool::new()) }; CLASS_COUNT],
            source,
            policy,
            budget,
            shares: AtomicUsize::new(1),
            owners: AtomicUsize::new(1),
            reserved: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            counters: Counters::new(),
        }
    }

    #[inline]
    fn is_global(&self) -> bool {
        std::ptr::eq(self, &raw const GLOBAL)
    }

    pub(crate) fn source(&self) -> &dyn ChunkSource {
        match &self.source {
            Source::Static(source) => *source,
            Source::Own(source) => &**source,
        }
    }

    /// Takes a chunk back into its pool.
    ///
    /// # Safety
    ///
    /// The caller gives up a chunk of this class of this core, and holds a share in the core that
    /// does not come from the chunk's extent.
    unsafe fn put(&self, arena: ArenaRef<'_>, class: usize, chunk: NonNull<u8>) {
        let mut pool = self.pools[class].lock();
        // SAFETY: the lock is held; the rest is passed on from our caller.
        let empty = unsafe { pool.put(chunk) };
        if !empty || !self.closed.load(Ordering::Acquire) {
            return;
        }
        let extent = Extent::of(chunk);
        // SAFETY: the lock is held, and `put` listed the extent.
        unsafe { pool.remove(extent) };
        drop(pool);
        // SAFETY: empty, and now unlisted.
        unsafe { arena.destroy(extent) };
    }

    fn trim(&self) -> usize {
        let mut bytes = 0;
        for pool in &self.pools {
            let mut empty = Vec::new();
            let mut pool = pool.lock();
            // SAFETY: the lock is held.
            unsafe { pool.partial.drain_empty(|extent| empty.push(extent)) };
            for &extent in &empty {
                // SAFETY: the extent is ours alone now.
                pool.forget(unsafe { extent.as_ref() });
            }
            drop(pool);
            for extent in empty {
                // SAFETY: the extent lives until the line after next.
                let this = unsafe { extent.as_ref() };
                bytes += this.block().1.size();
                let arena = ArenaRef {
                    core: this.core(),
                    life: PhantomData,
                };
                // SAFETY: no chunk in use, no longer listed; our caller holds the core by a handle.
                unsafe { arena.destroy(extent) };
            }
        }
        bytes
    }
}

/// The free chunks of one class.
struct Pool {
    partial: ExtentList,
    /// Extents of this class, and the chunks they hold in all.
    extents: usize,
    capacity: usize,
}

impl Pool {
    const fn new() -> Self {
        Self {
            partial: ExtentList::new(),
            extents: 0,
            capacity: 0,
        }
    }

    /// Takes a chunk, from a new extent if need be.
    fn take(&mut self, arena: ArenaRef<'_>, class: usize) -> Option<NonNull<u8>> {
        loop {
            if let Some(extent) = self.partial.first() {
                // SAFETY: we are behind the pool's lock, and the list names live extents.
                if let Some(chunk) = unsafe { Extent::take_chunk(extent) } {
                    return Some(chunk);
                }
                // SAFETY: as above.
                unsafe { self.partial.remove(extent) };
                continue;
            }
            let huge = arena.core().policy != Some(PagePolicy::Base) && self.extents > 0;
            let extent = arena.create_extent(ChunkLayout::of_class(class), huge)?;
            self.extents += 1;
            // SAFETY: just made.
            self.capacity += unsafe { extent.as_ref() }.capacity();
            // SAFETY: we are behind the lock, and nobody lists the new extent.
            unsafe { self.partial.insert(extent) };
        }
    }

    /// Takes a chunk back; `true` when its extent is empty now.
    ///
    /// # Safety
    ///
    /// The caller gives up a chunk of this pool's class and core.
    unsafe fn put(&mut self, chunk: NonNull<u8>) -> bool {
        let extent = Extent::of(chunk);
        // SAFETY: we are behind the lock; the rest is passed on.
        let left = unsafe { Extent::put_chunk(extent, chunk) };
        // SAFETY: the extent lives, and this list is the only one that may name it.
        unsafe { self.partial.insert(extent) };
        left == 0
    }

    /// Unlists an empty extent.
    ///
    /// # Safety
    ///
    /// The extent is in this pool's list.
    unsafe fn remove(&mut self, extent: NonNull<Extent>) {
        // SAFETY: passed on.
        unsafe { self.partial.remove(extent) };
        // SAFETY: the extent lives.
        self.forget(unsafe { extent.as_ref() });
    }

    fn forget(&mut self, extent: &Extent) {
        self.extents -= 1;
        self.capacity -= extent.capacity();
    }
}
