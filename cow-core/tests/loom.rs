//! The count protocol and the claiming of slots under every interleaving.
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p cow-core --release --test loom`

#![cfg(loom)]

use cow_core::{Fill, Refcount};
use loom::{
    cell::UnsafeCell,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};
use std::sync::Arc;

/// A chunk with two slots.
///
/// Handles share it by std's `Arc`, which loom does not see: so the refcount alone has to keep the
/// accesses to the slots in order.
struct Chunk {
    count: Refcount,
    fill: Fill,
    slots: [UnsafeCell<u32>; 2],
    freed: AtomicBool,
}

// SAFETY: that it may be shared is what loom is to find out.
unsafe impl Sync for Chunk {}

impl Chunk {
    fn read(&self, slot: usize) -> u32 {
        // SAFETY: loom checks it.
        self.slots[slot].with(|value| unsafe { *value })
    }

    fn write(&self, slot: usize, value: u32) {
        // SAFETY: loom checks it.
        self.slots[slot].with_mut(|place| unsafe { *place = value });
    }
}

/// A counted handle.
struct Handle(Arc<Chunk>);

impl Handle {
    fn new(value: u32) -> Self {
        let chunk = Chunk {
            count: Refcount::one(),
            fill: Fill::zero(),
            slots: [UnsafeCell::new(value), UnsafeCell::new(0)],
            freed: AtomicBool::new(false),
        };
        chunk.fill.set(1);
        Self(Arc::new(chunk))
    }

    /// Waits until this is the only handle, and writes in place.
    ///
    /// It waits so that loom cannot pass over the case: of two loads and a store that depends on
    /// both, it reorders the later load alone.
    fn write_when_exclusive(&self, value: u32) {
        while !self.0.count.is_exclusive() {
            thread::yield_now();
        }
        self.0.write(0, value);
    }

    /// Puts a value into the second slot, if this handle is the first to.
    fn claim(&self, value: u32) -> bool {
        let won = self.0.fill.claim(1);
        if won {
            self.0.write(1, value);
        }
        won
    }
}

impl Clone for Handle {
    fn clone(&self) -> Self {
        self.0.count.retain();
        Self(Arc::clone(&self.0))
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // A model that failed is not to fail again on the way out, which would hide why.
        if std::thread::panicking() {
            return;
        }
        if self.0.count.release() {
            assert!(!self.0.freed.swap(true, Ordering::Relaxed), "freed twice");
            // The last handle drops every value in place, which writes.
            for slot in 0..self.0.fill.get() {
                self.0.write(slot as usize, u32::MAX);
            }
        }
    }
}

#[test]
fn a_write_in_place_comes_after_every_read_through_a_dropped_handle() {
    loom::model(|| {
        let mine = Handle::new(1);
        let other = mine.clone();
        let reader = thread::spawn(move || assert_eq!(other.0.read(0), 1));
        mine.write_when_exclusive(2);
        reader.join().unwrap();
        assert_eq!(mine.0.read(0), 2);
    });
}

#[test]
fn the_last_handle_frees_once_and_after_all_reads() {
    loom::model(|| {
        let mine = Handle::new(1);
        let chunk = Arc::clone(&mine.0);
        let threads = [mine.clone(), mine.clone()].map(|handle| {
            thread::spawn(move || {
                assert_eq!(handle.0.read(0), 1);
            })
        });
        drop(mine);
        for thread in threads {
            thread.join().unwrap();
        }
        assert!(chunk.freed.load(Ordering::Relaxed));
    });
}

#[test]
fn a_last_handle_that_came_back_is_whole_and_exclusive() {
    loom::model(|| {
        // As `into_last`: the last one is kept, written through, and dropped later.
        let give_up = |handle: Handle| {
            assert_eq!(handle.0.read(0), 1);
            if !handle.0.count.release() {
                std::mem::forget(handle);
                return false;
            }
            assert!(handle.0.count.is_exclusive());
            handle.0.write(0, 2);
            true
        };
        let mine = Handle::new(1);
        let chunk = Arc::clone(&mine.0);
        let other = mine.clone();
        let thread = thread::spawn(move || give_up(other));
        let came_back = give_up(mine);
        assert_ne!(came_back, thread.join().unwrap());
        assert!(chunk.freed.load(Ordering::Relaxed));
    });
}

#[test]
fn a_handle_cloned_on_another_thread_counts() {
    loom::model(|| {
        let mine = Handle::new(1);
        let other = mine.clone();
        let cloner = thread::spawn(move || {
            let third = other.clone();
            drop(other);
            assert_eq!(third.0.read(0), 1);
        });
        mine.write_when_exclusive(2);
        cloner.join().unwrap();
    });
}

#[test]
fn handles_cloned_at_once_all_count() {
    loom::model(|| {
        let mine = Handle::new(1);
        let other = mine.clone();
        let cloner = thread::spawn(move || [other.clone(), other]);
        let third = mine.clone();
        let others = cloner.join().unwrap();
        assert_eq!(mine.0.count.get(), 4);
        drop((third, others));
        assert_eq!(mine.0.count.get(), 1);
    });
}

#[test]
fn one_of_two_handles_wins_a_slot() {
    loom::model(|| {
        let mine = Handle::new(1);
        let other = mine.clone();
        let thread = thread::spawn(move || {
            let won = other.claim(20);
            if won {
                assert_eq!(other.0.read(1), 20);
            }
            assert_eq!(other.0.read(0), 1);
            won
        });
        let won = mine.claim(10);
        if won {
            assert_eq!(mine.0.read(1), 10);
        }
        assert_ne!(won, thread.join().unwrap());
    });
}

#[test]
fn what_was_claimed_is_seen_by_the_last_owner() {
    loom::model(|| {
        let mine = Handle::new(1);
        let other = mine.clone();
        let claimer = thread::spawn(move || assert!(other.claim(20)));
        mine.write_when_exclusive(2);
        assert_eq!(mine.0.fill.get(), 2);
        assert_eq!(mine.0.read(1), 20);
        claimer.join().unwrap();
    });
}

#[test]
fn who_frees_knows_every_claimed_slot() {
    loom::model(|| {
        let mine = Handle::new(1);
        let chunk = Arc::clone(&mine.0);
        let threads = [mine.clone(), mine.clone()].map(|handle| {
            thread::spawn(move || {
                handle.claim(5);
            })
        });
        drop(mine);
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!([0, 1].map(|slot| chunk.read(slot)), [u32::MAX; 2]);
    });
}

#[test]
fn a_slot_filled_in_silence_is_given_out_once() {
    loom::model(|| {
        // The first slot is filled, and not recorded: whoever makes a clone does that first.
        let mine = Handle::new(1);
        mine.0.fill.set(0);
        let mine = Arc::new(mine);
        let threads = [10, 20].map(|value| {
            let mine = Arc::clone(&mine);
            thread::spawn(move || {
                mine.0.fill.publish(1);
                let clone = Handle::clone(&mine);
                let won = clone.claim(value);
                if won {
                    assert_eq!(clone.0.read(1), value);
                }
                assert_eq!(clone.0.read(0), 1);
                won
            })
        });
        let won = threads.map(|thread| thread.join().unwrap());
        assert_ne!(won[0], won[1]);
        assert_eq!(mine.0.fill.get(), 2);
    });
}
