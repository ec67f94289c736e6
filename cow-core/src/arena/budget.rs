//! What an arena may use: a limit that is never passed, and a mark below it whose reaching is told.

use std::{
    cell::Cell,
    fmt,
    io::{self, Write},
    mem,
    sync::atomic::{AtomicUsize, Ordering},
};

use parking_lot::Mutex;

use crate::{error::AllocError, shared::Shared};

/// Why the hook of an arena is called. See [`ArenaBuilder::on_pressure`](super::ArenaBuilder::on_pressure).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pressure {
    /// The bytes in use reached the soft mark, or passed it.
    Mark {
        /// Bytes in use, with the chunk that is being taken.
        used: usize,
        /// The soft mark in bytes.
        mark: usize,
    },
    /// A chunk does not fit below the limit. It is asked for again after the hook; what still does
    /// not fit then is an [`AllocError::Limit`].
    Limit {
        /// Bytes of the chunk that is being taken.
        requested: usize,
        /// Bytes in use.
        used: usize,
        /// The limit in bytes.
        limit: usize,
    },
}

/// What is to be told of pressure.
pub(super) struct Hook(Box<dyn Fn(Pressure) + Send + Sync>);

impl Hook {
    pub(super) fn new(hook: impl Fn(Pressure) + Send + Sync + 'static) -> Self {
        Self(Box::new(hook))
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hook")
    }
}

thread_local! {
    /// A hook runs on this thread: what it allocates calls no hook.
    static TELLING: Cell<bool> = const { Cell::new(false) };
}

/// The bytes that are in use, and those that may be.
pub(super) struct Budget {
    limit: usize,
    mark: usize,
    /// Bytes of chunks in use; kept only where there is a limit or a mark.
    charged: AtomicUsize,
    /// In a chunk of the global arena, so that it can be called without the lock.
    hook: Mutex<Option<Shared<Hook>>>,
}

impl Budget {
    pub(super) const fn unlimited() -> Self {
        Self {
            limit: usize::MAX,
            mark: usize::MAX,
            charged: AtomicUsize::new(0),
            hook: Mutex::new(None),
        }
    }

    pub(super) fn new(limit: usize, mark: usize, hook: Option<Hook>) -> Self {
        Self {
            limit,
            mark,
            hook: Mutex::new(hook.map(Shared::new)),
            ..Self::unlimited()
        }
    }

    pub(super) fn limit(&self) -> Option<usize> {
        (self.limit != usize::MAX).then_some(self.limit)
    }

    pub(super) fn mark(&self) -> Option<usize> {
        (self.mark != usize::MAX).then_some(self.mark)
    }

    fn is_kept(&self) -> bool {
        self.limit.min(self.mark) != usize::MAX
    }

    /// Counts bytes against the limit, and tells of the pressure that they make.
    ///
    /// No lock is held here, so that the hook can give up chunks.
    pub(super) fn charge(&self, bytes: usize) -> Result<Charge<'_>, AllocError> {
        let charge = Charge {
            budget: self,
            bytes,
        };
        if !self.is_kept() {
            return Ok(charge);
        }
        let used = match self.add(bytes) {
            Ok(used) => used,
            Err(used) => {
                let refused = |used| AllocError::Limit {
                    requested: bytes,
                    used,
                    limit: self.limit,
                };
                let pressure = Pressure::Limit {
                    requested: bytes,
                    used,
                    limit: self.limit,
                };
                if !self.tell(pressure) {
                    mem::forget(charge);
                    return Err(refused(used));
                }
                match self.add(bytes) {
                    Ok(used) => used,
                    Err(used) => {
                        mem::forget(charge);
                        return Err(refused(used));
                    }
                }
            }
        };
        // One addition alone takes the sum over the mark, so that each crossing is told once.
        if used >= self.mark && used - bytes < self.mark {
            self.tell(Pressure::Mark {
                used,
                mark: self.mark,
            });
        }
        Ok(charge)
    }

    /// The new sum, or the old one if the limit forbids a new one.
    fn add(&self, bytes: usize) -> Result<usize, usize> {
        let sum = |used: usize| used.checked_add(bytes).filter(|&sum| sum <= self.limit);
        // Relaxed: the sum alone matters, and a read-modify-write never misses an earlier one.
        self.charged
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, sum)
            .map(|used| used + bytes)
    }

    pub(super) fn uncharge(&self, bytes: usize) {
        if self.is_kept() {
            self.charged.fetch_sub(bytes, Ordering::Relaxed);
        }
    }

    /// Calls the hook. `false` when there is none, or it runs on this thread already.
    #[cold]
    fn tell(&self, pressure: Pressure) -> bool {
        let Some(hook) = self.hook.lock().clone() else {
            return false;
        };
        // A thread that is ending has no flag any more, and calls no hook.
        TELLING
            .try_with(|telling| {
                if telling.replace(true) {
                    return false;
                }
                // The caller may be anywhere inside of a collection.
                let guard = AbortOnPanic;
                (hook.0)(pressure);
                drop(hook);
                mem::forget(guard);
                telling.set(false);
                true
            })
            .unwrap_or(false)
    }

    /// Drops the hook, and with it what it keeps: that may be snapshots of this very arena.
    pub(super) fn close(&self) {
        let hook = self.hook.lock().take();
        drop(hook);
    }
}

struct AbortOnPanic;

impl Drop for AbortOnPanic {
    fn drop(&mut self) {
        // Not `eprintln`, which panics when the stream is closed.
        let _ = writeln!(io::stderr(), "the pressure hook of an arena panicked");
        std::process::abort()
    }
}

/// Bytes counted against a limit, until they are put to use: then it is to be forgotten.
pub(super) struct Charge<'a> {
    budget: &'a Budget,
    bytes: usize,
}

impl Drop for Charge<'_> {
    /// The chunk was not to be had, or the source panicked.
    fn drop(&mut self) {
        self.budget.uncharge(self.bytes);
    }
}
