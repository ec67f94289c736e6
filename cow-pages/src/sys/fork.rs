//! What is made ready for forks: [`lock`], [`generation`], [`left_out`].
//!
//! A forked child has one thread and most of its parent's memory, which endangers three things:
//!
//! - A lock that another thread held stays locked in the child. So what the process has one of is
//!   under one [`lock`], which the thread that forks takes first.
//! - Values of the parent are there, and their destructors run. They know by their [`generation`]
//!   that it is not for them to unmap anything.
//! - Memory that is left out (`MADV_DONTFORK`) leaves a gap, and the kernel would put the child's next
//!   mapping there, under references to what was left out. So such gaps are filled at once, with
//!   pages that cannot be touched.

use std::cell::UnsafeCell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::io::Errno;
use rustix::mm::{MapFlags, MsyncFlags, ProtFlags, mmap_anonymous, msync};

use super::{PAGE_SIZE, in_flight, trap};
use crate::error::{Error, Result};

/// What belongs to the process, and no thread uses while another forks.
pub(super) struct State {
    /// Whether the handlers are installed.
    installed: bool,
    /// Mappings of which something may be left out of children: length by first address.
    left_out: BTreeMap<usize, usize>,
}

static STATE: Mutex<State> = Mutex::new(State {
    installed: false,
    left_out: BTreeMap::new(),
});

static GENERATION: AtomicUsize = AtomicUsize::new(0);

/// Takes the lock that nobody holds at a fork.
pub(super) fn lock() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns how many forks lie between the first process of this program and this one.
pub(super) fn generation() -> usize {
    // Relaxed: written only in a child that has a single thread.
    GENERATION.load(Ordering::Relaxed)
}

/// Returns an error in a process forked from the one of that generation.
pub(super) fn check_generation(made_in: usize) -> Result<()> {
    if made_in == generation() {
        return Ok(());
    }
    Err(Error::Unsupported {
        what: "memory of a parent process",
    })
}

/// Notes that something of a mapping may be left out of children, until [`forget`].
pub(super) fn left_out(start: usize, len: usize) {
    lock().left_out.insert(start, len);
}

/// Forgets a mapping that is about to go.
pub(super) fn forget(start: usize) {
    lock().left_out.remove(&start);
}

/// Where the lock is kept while its thread forks.
struct Held(UnsafeCell<Option<MutexGuard<'static, State>>>);

// SAFETY: only the thread that holds the lock looks inside, and it is the same from `before` on.
unsafe impl Sync for Held {}

static HELD: Held = Held(UnsafeCell::new(None));

extern "C" fn before() {
    let guard = lock();
    // SAFETY: this thread holds the lock.
    unsafe { *HELD.0.get() = Some(guard) };
}

extern "C" fn in_parent() {
    // SAFETY: this thread holds the lock, since `before`.
    drop(unsafe { (*HELD.0.get()).take() });
}

extern "C" fn in_child() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
    in_flight::reset_in_child();
    trap::reset_in_child();
    // SAFETY: this thread holds the lock, since `before`.
    let guard = unsafe { (*HELD.0.get()).take() };
    if let Some(state) = guard {
        // They stay noted: a child of this child may find less of them.
        for (&start, &len) in &state.left_out {
            fill_gaps(start, len);
        }
    }
}

/// Puts pages that cannot be touched wherever nothing is mapped in a range.
fn fill_gaps(start: usize, len: usize) {
    let at = std::ptr::with_exposed_provenance_mut(start);
    let flags = MapFlags::PRIVATE | MapFlags::NORESERVE | MapFlags::FIXED_NOREPLACE;
    // SAFETY: nothing that is mapped is replaced.
    match unsafe { mmap_anonymous(at, len, ProtFlags::empty(), flags) } {
        Ok(_) => {}
        Err(Errno::EXIST) => {
            // SAFETY: writes nothing back; it tells whether all of the range is mapped.
            let whole = unsafe { msync(at, len, MsyncFlags::ASYNC) };
            if whole.is_err() && len > PAGE_SIZE {
                let half = len / PAGE_SIZE / 2 * PAGE_SIZE;
                fill_gaps(start, half);
                fill_gaps(start + half, len - half);
            }
        }
        // Rather no child than one with its memory in two uses.
        Err(_) => std::process::abort(),
    }
}

/// Has forks take care of all this, once per process.
pub(super) fn install() -> Result<()> {
    let mut state = lock();
    if state.installed {
        return Ok(());
    }
    // SAFETY: between `fork` and the return from it the handlers take no lock but their own, and use
    // atomics and system calls.
    let rc = unsafe { libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child)) };
    if rc != 0 {
        let source = std::io::Error::from_raw_os_error(rc);
        return Err(Error::os("pthread_atfork", source));
    }
    state.installed = true;
    Ok(())
}
