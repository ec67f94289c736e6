//! What the other tests watch with: values that are counted, and sources that are.

use std::{
    alloc::Layout,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    ptr::NonNull,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

use cow_core::{ChunkSource, Grain, HeapSource, Shared};
use quickcheck::{Arbitrary, Gen, QuickCheck};

/// What happened to the probes of one test.
#[derive(Debug, Default)]
pub(crate) struct Log {
    live: AtomicUsize,
    clones: AtomicUsize,
    /// Probes with this number panic when cloned, or when dropped; zero is none.
    bad_clone: AtomicUsize,
    bad_drop: AtomicUsize,
}

impl Log {
    pub(crate) fn new() -> Shared<Self> {
        Shared::default()
    }

    /// Probes that were made and not dropped.
    pub(crate) fn live(&self) -> usize {
        self.live.load(Ordering::Relaxed)
    }

    pub(crate) fn clones(&self) -> usize {
        self.clones.load(Ordering::Relaxed)
    }

    pub(crate) fn panic_on_clone_of(&self, id: usize) {
        self.bad_clone.store(id, Ordering::Relaxed);
    }

    pub(crate) fn panic_on_drop_of(&self, id: usize) {
        self.bad_drop.store(id, Ordering::Relaxed);
    }
}

/// A value with drop glue that is counted, and panics on request.
#[derive(Debug)]
pub(crate) struct Probe {
    pub(crate) id: usize,
    log: Shared<Log>,
}

impl Probe {
    pub(crate) fn new(id: usize, log: &Shared<Log>) -> Self {
        log.live.fetch_add(1, Ordering::Relaxed);
        Self {
            id,
            log: Shared::clone(log),
        }
    }
}

impl Clone for Probe {
    fn clone(&self) -> Self {
        let bad = self.log.bad_clone.load(Ordering::Relaxed);
        assert!(bad == 0 || bad != self.id, "asked to panic in clone");
        self.log.clones.fetch_add(1, Ordering::Relaxed);
        Self::new(self.id, &self.log)
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.log.live.fetch_sub(1, Ordering::Relaxed);
        let bad = self.log.bad_drop.load(Ordering::Relaxed);
        assert!(bad == 0 || bad != self.id, "asked to panic in drop");
    }
}

/// Runs `f`, which must panic, and returns the message.
pub(crate) fn panics<R>(f: impl FnOnce() -> R) -> String {
    let Err(payload) = catch_unwind(AssertUnwindSafe(f)) else {
        panic!("a panic was expected")
    };
    match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => payload
            .downcast_ref::<&str>()
            .expect("a panic with a message")
            .to_string(),
    }
}

/// Tries a property on many lists of operations.
pub(crate) fn check<Op: Arbitrary + fmt::Debug>(property: fn(Vec<Op>) -> bool) {
    let trial = QuickCheck::new();
    let mut trial = if cfg!(miri) {
        trial.tests(3).min_tests_passed(3).rng(Gen::new(40))
    } else {
        trial
    };
    trial.quickcheck(property);
}

/// A source that counts its blocks, and fails or panics on request.
#[derive(Clone, Debug, Default)]
pub(crate) struct CountingSource(Shared<Blocks>);

#[derive(Debug, Default)]
struct Blocks {
    out: AtomicUsize,
    per_chunk: bool,
    empty: AtomicBool,
    broken: AtomicBool,
}

impl CountingSource {
    pub(crate) fn per_chunk() -> Self {
        Self(Shared::new(Blocks {
            per_chunk: true,
            ..Blocks::default()
        }))
    }

    /// Blocks that were taken and not given back.
    pub(crate) fn out(&self) -> usize {
        self.0.out.load(Ordering::SeqCst)
    }

    pub(crate) fn set_empty(&self, empty: bool) {
        self.0.empty.store(empty, Ordering::SeqCst);
    }

    pub(crate) fn set_broken(&self, broken: bool) {
        self.0.broken.store(broken, Ordering::SeqCst);
    }

    /// Handles of this source, the one asked included: arenas keep one.
    pub(crate) fn handles(&self) -> usize {
        self.0.handle_count()
    }
}

// SAFETY: passes on what the heap does.
unsafe impl ChunkSource for CountingSource {
    fn take(&self, layout: Layout) -> Option<NonNull<u8>> {
        assert!(!self.0.broken.load(Ordering::SeqCst), "asked to panic");
        if self.0.empty.load(Ordering::SeqCst) {
            return None;
        }
        self.0.out.fetch_add(1, Ordering::SeqCst);
        HeapSource.take(layout)
    }

    unsafe fn give_back(&self, block: NonNull<u8>, layout: Layout) {
        self.0.out.fetch_sub(1, Ordering::SeqCst);
        // SAFETY: passed on from our caller.
        unsafe { HeapSource.give_back(block, layout) };
    }

    fn grain(&self) -> Grain {
        if self.0.per_chunk {
            Grain::Chunk
        } else {
            Grain::Extent
        }
    }
}
