//! The two words that an extent keeps for every chunk: how many handles name it, and how many of
//! its slots are filled.
//!
//! Both protocols are modelled under loom in `tests/loom.rs`.

use std::io::{self, Write};

use crate::sync::{AtomicU32, Ordering};

/// How many handles name a chunk.
///
/// At one the chunk is *exclusive*, above it is *shared*. A free chunk keeps the one of its last
/// handle, so that handing it out again touches no count.
#[derive(Debug)]
#[repr(transparent)]
pub struct Refcount(AtomicU32);

/// Above this the process ends: a program that leaks handles by `mem::forget` could otherwise wrap
/// the count and free a chunk in use. The other half of the range is room for the threads that pass
/// the check before one of them aborts.
const MAX: u32 = i32::MAX as u32;

impl Refcount {
    /// A count of one.
    #[inline]
    pub fn one() -> Self {
        Self(AtomicU32::new(1))
    }

    /// Adds a handle.
    ///
    /// # Aborts
    ///
    /// When more than 2^31 - 1 handles exist.
    #[inline]
    pub fn retain(&self) {
        // Relaxed: the caller holds a handle, so the count is not zero and nobody frees the chunk;
        // the new handle reaches other threads by means that synchronise on their own.
        if self.0.fetch_add(1, Ordering::Relaxed) >= MAX {
            overflow();
        }
    }

    /// Takes a handle away. `true` means that it was the last: the caller then owns the chunk, and
    /// the count is one again.
    #[inline]
    #[must_use = "the last handle must free the chunk"]
    pub fn release(&self) -> bool {
        // A sole handle cannot gain company while we own it, so no read-modify-write is needed.
        // Acquire pairs with the Release below of every handle dropped before.
        if self.0.load(Ordering::Acquire) == 1 {
            return true;
        }
        // Release: what was done through this handle happens before the chunk is freed or reused.
        if self.0.fetch_sub(1, Ordering::Release) != 1 {
            return false;
        }
        // A load in place of a fence, which ThreadSanitizer does not model. It pairs with the
        // Release of every other handle.
        self.0.load(Ordering::Acquire);
        // Relaxed: nobody else has the chunk, and its next owner gets it from us through a lock or
        // our own cache.
        self.0.store(1, Ordering::Relaxed);
        true
    }

    /// `true` while only one handle exists. Only meaningful to the holder of a handle.
    #[inline]
    #[must_use]
    pub fn is_exclusive(&self) -> bool {
        // Acquire pairs with the Release in `release`: with Relaxed, a write that follows would race
        // with the last read through a handle just dropped on another thread.
        self.0.load(Ordering::Acquire) == 1
    }

    /// The number of handles; may be out of date when it arrives.
    #[inline]
    #[must_use]
    pub fn get(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

#[cold]
#[inline(never)]
fn overflow() -> ! {
    // Not `eprintln`, which panics when the stream is closed.
    let _ = writeln!(io::stderr(), "a chunk has more than {MAX} handles");
    std::process::abort()
}

/// How many slots of a chunk hold a value, counted from the first.
///
/// Every handle reads only below the length it was made with. So a handle whose length equals the
/// fill may take the next slot, even while the chunk is shared: nobody else looks at it.
#[derive(Debug)]
#[repr(transparent)]
pub struct Fill(AtomicU32);

impl Fill {
    /// No slot is filled.
    #[inline]
    pub fn zero() -> Self {
        Self(AtomicU32::new(0))
    }

    /// The number of filled slots.
    ///
    /// Exact for an exclusive chunk; for a shared one others may be claiming slots meanwhile.
    #[inline]
    #[must_use]
    pub fn get(&self) -> u32 {
        // Relaxed: whoever reads slots on the strength of this number is exclusive, or freeing, and
        // has synchronised through the refcount.
        self.0.load(Ordering::Relaxed)
    }

    /// Sets the number of filled slots. Only the exclusive holder of the chunk may.
    #[inline]
    pub fn set(&self, filled: u32) {
        self.0.store(filled, Ordering::Relaxed);
    }

    /// Raises the number of filled slots to `filled`, if it is lower.
    ///
    /// For the exclusive holder that is about to share the chunk. It may do so on several threads at
    /// once, and the first clone may have claimed a slot before the last one gets here: a plain store
    /// would give that slot out a second time.
    #[inline]
    pub fn publish(&self, filled: u32) {
        // Relaxed: as in `claim`, only the number itself is agreed on here.
        self.0.fetch_max(filled, Ordering::Relaxed);
    }

    /// Takes slot number `len` if it is the first unfilled one; at most one caller wins it.
    #[inline]
    #[must_use = "only the winner may write the slot"]
    pub fn claim(&self, len: u32) -> bool {
        self.claim_many(len, 1)
    }

    /// Takes the `count` slots from number `len` on if that is the first unfilled one; at most one
    /// caller wins it, and then wins them all.
    #[inline]
    #[must_use = "only the winner may write the slots"]
    pub fn claim_many(&self, len: u32, count: u32) -> bool {
        // Relaxed: the exchange alone decides who wins. What is written to the slots travels with the
        // winner's handle: to other threads through whatever sends it there, to the chunk's last
        // owner through the Release in `Refcount::release`.
        self.0
            .compare_exchange(len, len + count, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::{env, process::Command};

    use super::*;

    const OVERFLOW: &str = "COW_TEST_OVERFLOW";

    #[test]
    #[cfg_attr(miri, ignore = "starts a process")]
    fn too_many_handles_end_the_process() {
        let count = Refcount(AtomicU32::new(MAX - 1));
        count.retain();
        assert_eq!(count.get(), MAX, "the last that is allowed");
        if env::var_os(OVERFLOW).is_some() {
            count.retain();
            return;
        }
        let child = Command::new(env::current_exe().unwrap())
            .args([
                "--exact",
                "refcount::tests::too_many_handles_end_the_process",
            ])
            .env(OVERFLOW, "1")
            .output()
            .unwrap();
        assert!(!child.status.success());
        let stderr = String::from_utf8_lossy(&child.stderr);
        assert!(stderr.contains("more than 2147483647 handles"), "{stderr}");
    }

    #[test]
    fn the_last_release_is_told() {
        let count = Refcount::one();
        count.retain();
        assert!(!count.is_exclusive());
        assert!(!count.release());
        assert!(count.is_exclusive());
        assert!(count.release());
    }

    #[test]
    fn a_slot_is_claimed_once() {
        let fill = Fill::zero();
        assert!(fill.claim(0));
        assert!(!fill.claim(0));
        assert!(!fill.claim(2));
        assert!(fill.claim(1));
        assert_eq!(fill.get(), 2);
    }

    #[test]
    fn slots_are_claimed_all_or_none() {
        let fill = Fill::zero();
        assert!(fill.claim_many(0, 5));
        assert!(!fill.claim_many(0, 6));
        assert!(!fill.claim_many(4, 2));
        assert!(fill.claim_many(5, 2));
        assert_eq!(fill.get(), 7);
    }
}
