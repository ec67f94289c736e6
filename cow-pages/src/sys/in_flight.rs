//! Who is still using memory that is about to go: [`Guard`] and [`wait_for_guards`].
//!
//! A fault handler finds regions and their views through plain atomic words, so whoever takes one
//! of those words away waits until every handler that may have read it has left. Handlers cannot
//! take locks, and a counter that never reads zero under a storm of faults would keep the waiter
//! for ever. Hence two counters: new guards enter by the one the waiter is not looking at.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::fork;

static SIDE: AtomicUsize = AtomicUsize::new(0);
static INSIDE: [AtomicUsize; 2] = [AtomicUsize::new(0), AtomicUsize::new(0)];

/// Keeps what it read from a shared word usable until it is dropped. Async-signal-safe.
pub(super) struct Guard {
    side: usize,
}

impl Guard {
    /// Enters. Words read from now on stay valid until the guard is dropped.
    pub(super) fn enter() -> Self {
        let side = SIDE.load(Ordering::SeqCst) & 1;
        // SeqCst, with the SeqCst loads of the shared words and the waiter's SeqCst store and
        // loads: either the waiter sees this guard, or this guard sees the word already gone.
        INSIDE[side].fetch_add(1, Ordering::SeqCst);
        Self { side }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Release half: what the guard did with the memory happens before the waiter's unmap.
        INSIDE[self.side].fetch_sub(1, Ordering::SeqCst);
    }
}

/// Waits until every guard that entered before the call has gone.
///
/// The caller has already taken away, by a `SeqCst` store, the word that led to its memory.
pub(super) fn wait_for_guards() {
    let _one_at_a_time = fork::lock();
    // Both sides: a guard may have read `SIDE` before an earlier waiter turned it.
    for _ in 0..2 {
        let side = SIDE.fetch_xor(1, Ordering::SeqCst) & 1;
        while INSIDE[side].load(Ordering::SeqCst) != 0 {
            thread::yield_now();
        }
    }
}

/// Starts over in a forked child, where the guards of other threads never leave.
pub(super) fn reset_in_child() {
    for side in &INSIDE {
        side.store(0, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::{Guard, wait_for_guards};
    use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
    use std::thread;

    /// Readers that come and go without pause neither starve the waiter nor see freed memory.
    #[test]
    fn waits_for_the_guards_inside_and_for_no_later_one() {
        static WORD: AtomicPtr<AtomicBool> = AtomicPtr::new(std::ptr::null_mut());
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        let _guard = Guard::enter();
                        let word = WORD.load(Ordering::SeqCst);
                        // SAFETY: non-null words are valid until `wait_for_guards` returns.
                        if let Some(alive) = unsafe { word.as_ref() } {
                            assert!(alive.load(Ordering::Relaxed));
                        }
                    }
                });
            }
            for _ in 0..200 {
                let alive = AtomicBool::new(true);
                WORD.store((&raw const alive).cast_mut(), Ordering::SeqCst);
                thread::yield_now();
                WORD.store(std::ptr::null_mut(), Ordering::SeqCst);
                wait_for_guards();
                alive.store(false, Ordering::Relaxed);
            }
            stop.store(true, Ordering::Relaxed);
        });
    }
}
