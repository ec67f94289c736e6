//! Per-thread stacks of free chunks in front of the global arena, and per-thread counters.
//!
//! A chunk goes from one thread's stack to another's through the pool, in batches, so that the lock
//! is taken once for many chunks. Arenas with a limit of their own go without: their pools are exact
//! at any moment.

use std::{cell::RefCell, ptr::NonNull, sync::Arc};

use parking_lot::Mutex;

use super::{ArenaRef, Core, GLOBAL};
use crate::{
    error::AllocError,
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
    stacks: RefCell<[Stack; CLASS_COUNT]>,
    counters: Arc<Counters>,
}

/// Free chunks of one class, the warmest on top.
struct Stack {
    len: usize,
    chunks: [Option<NonNull<u8>>; MOST_CHUNKS],
}

impl Stack {
    #[inline]
    fn pop(&mut self) -> Option<NonNull<u8>> {
        self.len = self.len.checked_sub(1)?;
        self.chunks[self.len % MOST_CHUNKS]
    }

    #[inline]
    fn push(&mut self, chunk: NonNull<u8>) {
        self.chunks[self.len % MOST_CHUNKS] = Some(chunk);
        self.len += 1;
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
    fn flush(&mut self, class: usize, keep: usize) {
        let count = self.len.saturating_sub(keep);
        let mut pool = GLOBAL.pools[class].lock();
        for chunk in self.chunks[..count].iter().flatten() {
            // SAFETY: the chunks on a stack are free ones of this class of the global arena.
            unsafe { pool.put(*chunk) };
        }
        self.chunks.copy_within(count..self.len, 0);
        self.len -= count;
    }

    /// Fills half of the stack's room from the pool and hands out one more.
    #[cold]
    fn refill(&mut self, class: usize) -> Option<NonNull<u8>> {
        let arena = ArenaRef::global();
        let mut pool = GLOBAL.pools[class].lock();
        let first = pool.take(arena, class)?;
        let mut taken = [None; MOST_CHUNKS];
        let half = &mut taken[..Self::room(class) / 2];
        for slot in half.iter_mut() {
            *slot = pool.take(arena, class);
        }
        // The chunk that the pool gave first is to be used first.
        half.iter()
            .rev()
            .flatten()
            .for_each(|&chunk| self.push(chunk));
        Some(first)
    }
}

impl Local {
    fn register() -> Self {
        let counters = Arc::new(Counters::new());
        THREADS.lock().push(Arc::clone(&counters));
        let stacks = [const {
            Stack {
                len: 0,
                chunks: [None; MOST_CHUNKS],
            }
        }; CLASS_COUNT];
        Self {
            stacks: RefCell::new(stacks),
            counters,
        }
    }

    fn flush(&self) {
        // A stack that is borrowed already is being worked on further up: it stays as it is.
        if let Ok(mut stacks) = self.stacks.try_borrow_mut() {
            for (class, stack) in stacks.iter_mut().enumerate() {
                stack.flush(class, 0);
            }
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

/// Takes a chunk of a class, with a refcount of one.
#[inline]
pub(super) fn allocate(class: usize) -> Result<NonNull<u8>, AllocError> {
    let taken = LOCAL.try_with(|local| {
        // Borrowed already: the system allocator was called from here and came back to us.
        let mut stacks = local.stacks.try_borrow_mut().ok()?;
        let chunk = match stacks[class].pop() {
            Some(chunk) => chunk,
            None => stacks[class].refill(class)?,
        };
        Writers::One.add(&local.counters.live[class], 1);
        Some(chunk)
    });
    let Ok(Some(chunk)) = taken else {
        return ArenaRef::global().allocate_from_pool(ChunkLayout::of_class(class));
    };
    Ok(chunk)
}

/// Puts a chunk of a class back.
#[inline]
pub(super) fn free(chunk: NonNull<u8>, class: usize) {
    let done = LOCAL.try_with(|local| {
        let Ok(mut stacks) = local.stacks.try_borrow_mut() else {
            return false;
        };
        let stack = &mut stacks[class];
        let room = Stack::room(class);
        if stack.len >= room {
            stack.flush(class, room / 2);
        }
        stack.push(chunk);
        Writers::One.sub(&local.counters.live[class], 1);
        true
    });
    if !matches!(done, Ok(true)) {
        // SAFETY: the caller gave the chunk up, and it is of this class of the global arena.
        unsafe { super::free_to_pool(ArenaRef::global(), chunk, ChunkLayout::of_class(class)) };
    }
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
