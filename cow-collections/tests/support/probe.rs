//! A key or value that is watched: what is alive, what was hashed, compared and cloned, and a panic on
//! request.

use std::{
    collections::HashSet,
    hash::{Hash, Hasher},
    panic::{self, AssertUnwindSafe},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

/// What a key or value, or a closure that is handed to a call, can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Hash,
    Eq,
    Clone,
    Drop,
    /// A call of a closure or an iterator.
    Call,
}

/// What happened to the probes of one test, and what is to happen.
#[derive(Debug, Default)]
pub(crate) struct Log {
    living: Mutex<HashSet<usize>>,
    serials: AtomicUsize,
    counts: [AtomicUsize; 5],
    trap: Mutex<Option<(Event, usize)>>,
}

/// The panic that was asked for.
struct Requested;

impl Log {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Runs `f` and lets event number `number` of its kind panic. `false` when it came to the end.
    pub(crate) fn panics_at(&self, event: Event, number: usize, f: impl FnOnce()) -> bool {
        let target = self.count(event) + number;
        *self.trap.lock().unwrap() = Some((event, target));
        let outcome = panic::catch_unwind(AssertUnwindSafe(f));
        *self.trap.lock().unwrap() = None;
        match outcome {
            Ok(()) => false,
            Err(payload) if payload.is::<Requested>() => true,
            Err(payload) => panic::resume_unwind(payload),
        }
    }

    /// How many events of a kind there were.
    pub(crate) fn count(&self, event: Event) -> usize {
        self.counts[event as usize].load(Ordering::Relaxed)
    }

    /// Counts an event, and panics when it is the one. Once: what unwinding calls goes well.
    pub(crate) fn happens(&self, event: Event) {
        let count = 1 + self.counts[event as usize].fetch_add(1, Ordering::Relaxed);
        let mut trap = self.trap.lock().unwrap();
        if *trap == Some((event, count)) {
            *trap = None;
            drop(trap);
            // As a panic, without a message for each of thousands.
            panic::resume_unwind(Box::new(Requested));
        }
    }

    /// Probes that were made and not dropped.
    pub(crate) fn living(&self) -> usize {
        self.living.lock().unwrap().len()
    }
}

#[derive(Debug)]
pub(crate) struct Probe {
    pub(crate) id: usize,
    serial: usize,
    log: Arc<Log>,
}

impl Probe {
    pub(crate) fn new(id: usize, log: &Arc<Log>) -> Self {
        let serial = log.serials.fetch_add(1, Ordering::Relaxed);
        log.living.lock().unwrap().insert(serial);
        Self {
            id,
            serial,
            log: Arc::clone(log),
        }
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.log.living.lock().unwrap().contains(&self.serial)
    }
}

impl Clone for Probe {
    fn clone(&self) -> Self {
        assert!(self.is_alive(), "a dropped value was cloned");
        self.log.happens(Event::Clone);
        Self::new(self.id, &self.log)
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        let was_alive = self.log.living.lock().unwrap().remove(&self.serial);
        assert!(was_alive, "dropped twice");
        self.log.happens(Event::Drop);
    }
}

impl PartialEq for Probe {
    fn eq(&self, other: &Self) -> bool {
        assert!(
            self.is_alive() && other.is_alive(),
            "a dropped value was compared"
        );
        self.log.happens(Event::Eq);
        self.id == other.id
    }
}

impl Eq for Probe {}

impl Hash for Probe {
    fn hash<H: Hasher>(&self, state: &mut H) {
        assert!(self.is_alive(), "a dropped value was hashed");
        self.log.happens(Event::Hash);
        state.write_u64(self.id as u64);
    }
}
