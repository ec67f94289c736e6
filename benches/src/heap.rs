//! An allocator that counts bytes, for the passes that report memory instead of time.
//!
//! It forwards to the system allocator. While a thread did not ask for counts it costs one look at a flag of
//! the thread, so that it can stay in place while others are timed. A thread counts what it does itself.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static COUNTING: Cell<bool> = const { Cell::new(false) };
    static COUNTS: Cell<Counts> = const {
        Cell::new(Counts {
            allocated: 0,
            held: 0,
        })
    };
}

/// Blocks aligned this far are extents of an arena, whose own statistics say what is in use.
const EXTENT_ALIGN: usize = 2 << 20;

/// The system allocator, counting when asked to.
///
/// A program opts in by `#[global_allocator]`; without that, every count stays zero.
#[derive(Debug)]
pub struct CountingHeap;

/// What happened on the heap while something ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Bytes asked for, whether or not they were given back. A block that was resized counts
    /// whole, as if all of it had moved.
    pub allocated: u64,
    /// What blocks take that were made, less what those took that were given back: the bytes asked
    /// for, and what the allocator adds to them.
    pub held: i64,
}

/// Runs `work` and returns its result with what this thread did on the heap.
pub fn counted<R>(work: impl FnOnce() -> R) -> (R, Counts) {
    let before = COUNTS.get();
    COUNTING.set(true);
    let result = work();
    COUNTING.set(false);
    let after = COUNTS.get();
    let counts = Counts {
        allocated: after.allocated - before.allocated,
        held: after.held - before.held,
    };
    (result, counts)
}

#[inline]
fn count(layout: Layout, allocated: usize, freed: usize) {
    if COUNTING.get() {
        count_now(layout, allocated, freed);
    }
}

#[cold]
fn count_now(layout: Layout, allocated: usize, freed: usize) {
    if layout.align() < EXTENT_ALIGN {
        let mut counts = COUNTS.get();
        counts.allocated += allocated as u64;
        counts.held += block_bytes(allocated) - block_bytes(freed);
        COUNTS.set(counts);
    }
}

/// Returns what a block of so many bytes takes of the heap, as glibc's allocator lays it out: its
/// size in eight bytes before it, rounded up to sixteen, and at least 32 in all.
const fn block_bytes(size: usize) -> i64 {
    if size == 0 {
        return 0;
    }
    // No block exceeds `isize::MAX` bytes, so the cast keeps the value.
    let rounded = (size + 8).next_multiple_of(16) as i64;
    if rounded < 32 { 32 } else { rounded }
}

// SAFETY: every call is passed on unchanged to the system allocator, which keeps the contract;
// counting touches only cells of the thread, which need no set-up and have no drop, so it neither
// allocates nor unwinds.
unsafe impl GlobalAlloc for CountingHeap {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout, layout.size(), 0);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout, layout.size(), 0);
        // SAFETY: the caller keeps the contract of `alloc_zeroed`.
        unsafe { System.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(layout, 0, layout.size());
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(block, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count(layout, new_size, layout.size());
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(block, layout, new_size) }
    }
}
