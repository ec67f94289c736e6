//! Per-thread stacks of free chunks in front of the global arena, and per-thread counters.
//!
//! A chunk goes from one thread's stack to another's through the pool, in batches, so that the lock
//! is taken once for many chunks. Arenas with a limit of their own go without: their pools are exact
//! at any moment.

use std::{cell::Cell, ptr::NonNull, sync::Arc};

use parking_lot::Mutex;

use super::{ArenaRef, Core, GLOBAL};
use crate::{
    layout::{CLASS_COUNT, ChunkLayout},
    stats::{Counters, Writers},
};

/// Most chunks on a stack, and most bytes.
const MOST_CHUNKS: usize = 64;
const MOST_BYTES: usize = 256 << 10;

/// The counters of every thread that has a cache.
static THREADS: Mutex<Vec<Arc<Counters>>> = Mutex::new(Vec::new());

thread_local! {
    static LOCAL: Local = Local::register();
}

struct Local {
    stacks: [Stack; CLASS_COUNT],
    counters: Arc<Counters>,
}

/// Free chunks of one class, the warmest on top.
///
/// In cells, so that the system's allocator may come back to us while we ask it for an extent.
struct Stack {
    len: Cell<usize>,
    chunks: [Cell<Option<NonNull<u8>>>; MOST_CHUNKS],
}

impl Stack {
    const fn new() -> Self {
        Self {
            len: Cell::new(0),
            chunks: [const { Cell::new(None) }; MOST_CHUNKS],
        }
    }

    #[inline]
    fn pop(&self) -> Option<NonNull<u8>> {
        let len = self.len.get().checked_sub(1)?;
        self.len.set(len);
        self.chunks.get(len)?.get()
    }

    /// Puts a chunk on top; `false` when there is no room.
    #[inline]
    #[must_use = "a chunk that is not put back is lost"]
    fn push(&self, chunk: NonNull<u8>) -> bool {
        let len = self.len.get();
        let Some(top) = self.chunks.get(len) else {
            return false;
        };
        top.set(Some(chunk));
        self.len.set(len + 1);
        true
    }

    /// How many chunks of a class a stack may hold.
    #[inline]
    const fn room(class: usize) -> usize {
        let by_bytes = MOST_BYTES / ChunkLayout::of_class(class).bytes;
        if by_bytes < MOST_CHUNKS {
            by_bytes
        } else {
            MOST_CHUNKS
        }
    }

    /// Returns all but the topmost `keep` chunks to the pool, coldest first.
    #[cold]
    fn flush(&self, class: usize, keep: usize) {
        let count = self.len.get().saturating_sub(keep);
        let (cold, warm) = self.chunks[..self.len.get()].split_at(count);
        let mut pool = GLOBAL.pools[class].lock();
        for chunk in cold.iter().filter_map(Cell::get) {
            // SAFETY: the chunks on a stack are free ones of this class of the global arena.
            unsafe { pool.put(chunk) };
        }
        for (to, from) in self.chunks.iter().zip(warm) {
            to.set(from.get());
        }
        self.len.set(warm.len());
    }

    /// Fills half of the stack's room from the pool and hands out one more.
    #[cold]
    fn refill(&self, class: usize) -> Option<NonNull<u8>> {
        let arena = ArenaRef::global();
        let mut taken = [None; MOST_CHUNKS];
        let batch = &mut taken[..=Self::room(class) / 2];
        let mut pool = GLOBAL.pools[class].lock();
        batch.fill_with(|| pool.take(arena, class));
        // The lowest address is to be used first. Chunks come out of the pool as they were freed, often
        // backwards; what is built of them now is read forwards, as prefetchers run.
        batch.sort_unstable_by(|a, b| b.cmp(a));
        let mut chunks = batch.iter().flatten().rev();
        let first = *chunks.next()?;
        for &chunk in chunks.rev() {
            if !self.push(chunk) {
                // SAFETY: the pool gave us the chunk, and nobody else has it.
                unsafe { pool.put(chunk) };
            }
        }
        Some(first)
    }
}

impl Local {
    fn register() -> Self {
        let counters = Arc::new(Counters::new());
        THREADS.lock().push(Arc::clone(&counters));
        Self {
            stacks: [const { Stack::new() }; CLASS_COUNT],
            counters,
        }
    }

    fn flush(&self) {
        for (class, stack) in self.stacks.iter().enumerate() {
            stack.flush(class, 0);
        }
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        self.flush();
        let mut threads = THREADS.lock();
        GLOBAL.counters.absorb(&self.counters);
        threads.retain(|counters| !Arc::ptr_eq(counters, &self.counters));
    }
}

/// `true` for the arena that this cache stands in front of.
#[inline]
pub(super) fn serves(core: &Core) -> bool {
    !cfg!(cow_heap) && core.is_global()
}

/// Takes a chunk of a class, with a refcount of one; `None` when there is none, or no cache any more
/// because the thread is ending.
#[inline]
pub(super) fn take(class: usize) -> Option<NonNull<u8>> {
    LOCAL
        .try_with(|local| {
            let stack = &local.stacks[class];
            let chunk = stack.pop().or_else(|| stack.refill(class))?;
            Writers::One.add(&local.counters.live[class], 1);
            Some(chunk)
        })
        .ok()
        .flatten()
}

/// Puts a free chunk of a class back; `false` when there is no room, or no cache any more because the
/// thread is ending.
#[inline]
#[must_use = "a chunk that is not put back is lost"]
pub(super) fn put(chunk: NonNull<u8>, class: usize) -> bool {
    LOCAL
        .try_with(|local| {
            let stack = &local.stacks[class];
            let room = Stack::room(class);
            if stack.len.get() >= room {
                stack.flush(class, room / 2);
            }
            let done = stack.push(chunk);
            if done {
                Writers::One.sub(&local.counters.live[class], 1);
            }
            done
        })
        .unwrap_or(false)
}

/// Returns this thread's free chunks to the pools.
pub(super) fn flush() {
    // A thread whose cache is gone already has nothing to return.
    let _ = LOCAL.try_with(Local::flush);
}

/// Runs `add` on the counters of this thread, or on the shared ones when it is ending.
#[inline]
pub(super) fn with_counters(add: impl Fn(Writers, &Counters)) {
    if LOCAL
        .try_with(|local| add(Writers::One, &local.counters))
        .is_err()
    {
        add(Writers::Many, &GLOBAL.counters);
    }
}

/// The counters of the global arena, of all threads together.
pub(super) fn counters() -> Counters {
    let sum = Counters::new();
    let threads = THREADS.lock();
    sum.absorb(&GLOBAL.counters);
    for counters in threads.iter() {
        sum.absorb(counters);
    }
    sum
}
