//! The process's heap, with a count of the bytes it holds.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::ReentrantMutex;

/// The system's allocator, counting the bytes that are allocated now and were at the highest point.
///
/// It counts what was asked for, whoever asked: the elements of a `Vec` as well as the whole
/// extents of an arena. What the system adds for its own bookkeeping is not seen.
///
/// # Examples
///
/// ```
/// use cow_examples::heap::CountingHeap;
///
/// #[global_allocator]
/// static HEAP: CountingHeap = CountingHeap::new();
///
/// let before = HEAP.live_bytes();
/// let text = vec![0_u8; 1000];
/// assert!(HEAP.live_bytes() >= before + text.len());
/// ```
pub struct CountingHeap {
    live: AtomicUsize,
    peak: AtomicUsize,
    turn: ReentrantMutex<()>,
}

// The counts order nothing else, so every access is `Relaxed`. Two threads that allocate at once
// may record a peak that is off by the smaller allocation, as no lock ties the two counts together.
impl CountingHeap {
    /// Returns an allocator that has counted nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            live: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
            turn: ReentrantMutex::new(()),
        }
    }

    /// Returns the bytes allocated now.
    pub fn live_bytes(&self) -> usize {
        self.live.load(Ordering::Relaxed)
    }

    /// Does work, and returns the most bytes that were allocated at once meanwhile, beyond those at its start.
    ///
    /// Work may measure parts of itself. A measurement of another thread waits until this one is done, as
    /// each would count what the other allocates.
    pub fn peak_of<R>(&self, work: impl FnOnce() -> R) -> (R, usize) {
        let _turn = self.turn.lock();
        let start = self.live_bytes();
        let of_outer = self.peak.swap(start, Ordering::Relaxed);
        let result = work();
        let peak = self.peak.fetch_max(of_outer, Ordering::Relaxed);
        (result, peak - start)
    }

    fn grow(&self, bytes: usize) {
        let live = self.live.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.peak.fetch_max(live, Ordering::Relaxed);
    }

    fn shrink(&self, bytes: usize) {
        self.live.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Default for CountingHeap {
    fn default() -> Self {
        Self::new()
    }
}

// SAFETY: every call goes to `System` with its arguments unchanged, and what `System` returns is
// returned; the counting allocates nothing and cannot panic.
unsafe impl GlobalAlloc for CountingHeap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are the ones `System` asks for.
        let ptr = unsafe { System.alloc(layout) };
        if !ptr.is_null() {
            self.grow(layout.size());
        }
        ptr
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as in `alloc`.
        let ptr = unsafe { System.alloc_zeroed(layout) };
        if !ptr.is_null() {
            self.grow(layout.size());
        }
        ptr
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        // SAFETY: `ptr` came from `System` through this allocator, with this layout.
        unsafe { System.dealloc(ptr, layout) };
        self.shrink(layout.size());
    }

    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: as in `dealloc`; the new size is the caller's promise.
        let new_ptr = unsafe { System.realloc(ptr, layout, new_size) };
        if !new_ptr.is_null() {
            // Shrink first: `System` may grow in place, so both sizes at once is not a peak.
            self.shrink(layout.size());
            self.grow(new_size);
        }
        new_ptr
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_measurement_within_another_changes_nothing_of_it() {
        let heap = CountingHeap::new();
        heap.grow(50);
        let ((), peak) = heap.peak_of(|| {
            heap.grow(100);
            heap.shrink(120);
            let ((), peak) = heap.peak_of(|| heap.grow(7));
            assert_eq!(peak, 7);
        });
        assert_eq!((peak, heap.live_bytes()), (100, 37));
    }

    #[test]
    fn threads_measure_in_turn() {
        let heap = CountingHeap::new();
        thread::scope(|scope| {
            for bytes in 1..=4 {
                let heap = &heap;
                scope.spawn(move || {
                    for _ in 0..100 {
                        let ((), peak) = heap.peak_of(|| {
                            heap.grow(bytes);
                            thread::yield_now();
                            heap.shrink(bytes);
                        });
                        assert_eq!(peak, bytes);
                    }
                });
            }
        });
    }
}
