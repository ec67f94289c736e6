//! Signal handlers for trapped writes, and the table of regions they serve: [`Entry`].
//!
//! The handlers use atomics, inline assembly and system calls only. A fault that is not theirs goes
//! to the handler that was there before.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use super::fork;
use super::in_flight::{Guard, wait_for_guards};
use super::region::Region;
use crate::error::{Error, Result};

/// How many regions can be in trap mode at once.
const MAX_REGIONS: usize = 64;

/// Slots of the table at and beyond this one were never used.
static USED: AtomicUsize = AtomicUsize::new(0);

static REGIONS: [AtomicPtr<Region>; MAX_REGIONS] =
    [const { AtomicPtr::new(ptr::null_mut()) }; MAX_REGIONS];

/// The action that was there before ours, by signal; null until ours is installed.
static PREVIOUS: [AtomicPtr<libc::sigaction>; 2] = [const { AtomicPtr::new(ptr::null_mut()) }; 2];

type Handler = extern "C" fn(i32, *mut libc::siginfo_t, *mut c_void);

/// Makes the fault handlers find a region, until it is dropped.
pub(super) struct Entry {
    slot: usize,
    region: Arc<Region>,
}

impl Entry {
    /// Enters a region into the table.
    pub(super) fn new(region: &Arc<Region>) -> Result<Self> {
        let pointer = Arc::as_ptr(region).cast_mut();
        let free = |slot: &AtomicPtr<Region>| {
            slot.compare_exchange(
                ptr::null_mut(),
                pointer,
                Ordering::SeqCst,
                Ordering::Relaxed,
            )
            .is_ok()
        };
        let slot = REGIONS
            .iter()
            .position(free)
            .ok_or(Error::TooManyRegions { limit: MAX_REGIONS })?;
        // SeqCst: before any page of the region is protected, as seen by every handler.
        USED.fetch_max(slot + 1, Ordering::SeqCst);
        Ok(Self {
            slot,
            region: Arc::clone(region),
        })
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        // In a forked child the slot may have become another region's.
        let pointer = Arc::as_ptr(&self.region).cast_mut();
        // SeqCst: see `Guard::enter`. After the wait no handler uses the region.
        let _absent = REGIONS[self.slot].compare_exchange(
            pointer,
            ptr::null_mut(),
            Ordering::SeqCst,
            Ordering::Relaxed,
        );
        wait_for_guards();
    }
}

/// A signal by which writes trap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// SIGBUS, from userfaultfd.
    Bus,
    /// SIGSEGV, from `mprotect`.
    Segv,
}

impl Signal {
    fn number(self) -> i32 {
        match self {
            Self::Bus => libc::SIGBUS,
            Self::Segv => libc::SIGSEGV,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Bus => "SIGBUS",
            Self::Segv => "SIGSEGV",
        }
    }

    /// Whether a fault with this code can be a trapped write.
    fn can_trap_with(self, code: i32) -> bool {
        match self {
            Self::Bus => code == libc::BUS_ADRERR,
            Self::Segv => code == SEGV_ACCERR,
        }
    }

    fn handler(self) -> Handler {
        match self {
            Self::Bus => on_sigbus,
            Self::Segv => on_sigsegv,
        }
    }

    fn previous(self) -> &'static AtomicPtr<libc::sigaction> {
        &PREVIOUS[self as usize]
    }
}

/// `SEGV_ACCERR` of siginfo.h.
const SEGV_ACCERR: i32 = 2;

/// Installs the handler of a signal, once per process.
pub(super) fn install(signal: Signal) -> Result<()> {
    let _one_at_a_time = fork::lock();
    if !signal.previous().load(Ordering::Acquire).is_null() {
        return check_handler(signal);
    }
    // Stored before ours can run. Release, with the handler's Acquire.
    let previous = Box::leak(Box::new(current_action(signal)?));
    signal.previous().store(previous, Ordering::Release);
    // SAFETY: zeroes are a valid `sigaction`, with an empty mask.
    let mut action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
    action.sa_sigaction = signal.handler() as *const () as usize;
    // On the alternate stack for the sake of handlers of stack overflow that come after ours;
    // not deferred, since the kernel kills a thread that faults with the signal blocked.
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
    // SAFETY: the handler is async-signal-safe and has the signature that `SA_SIGINFO` calls for.
    let rc = unsafe { libc::sigaction(signal.number(), &raw const action, ptr::null_mut()) };
    if rc == -1 {
        return Err(Error::os("sigaction", std::io::Error::last_os_error()));
    }
    Ok(())
}

/// Returns an error if our handler is no longer the one the kernel calls.
pub(super) fn check_handler(signal: Signal) -> Result<()> {
    // Installing again is no way out: the new handler may call ours, which would call it.
    if current_action(signal)?.sa_sigaction != signal.handler() as *const () as usize {
        return Err(Error::HandlerReplaced {
            signal: signal.name(),
        });
    }
    Ok(())
}

fn current_action(signal: Signal) -> Result<libc::sigaction> {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: asks for the current action only.
    let rc = unsafe { libc::sigaction(signal.number(), ptr::null(), action.as_mut_ptr()) };
    if rc == -1 {
        return Err(Error::os("sigaction", std::io::Error::last_os_error()));
    }
    // SAFETY: the call succeeded, and zeroes were valid to begin with.
    Ok(unsafe { action.assume_init() })
}

/// Has a forked child forget the regions of its parent, which are absent there.
pub(super) fn reset_in_child() {
    for slot in &REGIONS {
        slot.store(ptr::null_mut(), Ordering::SeqCst);
    }
}

extern "C" fn on_sigbus(_: i32, info: *mut libc::siginfo_t, context: *mut c_void) {
    on_fault(Signal::Bus, info, context);
}

extern "C" fn on_sigsegv(_: i32, info: *mut libc::siginfo_t, context: *mut c_void) {
    on_fault(Signal::Segv, info, context);
}

fn on_fault(signal: Signal, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel passes a valid `siginfo_t`.
    let fault = unsafe { &*info };
    if signal.can_trap_with(fault.si_code) {
        // SAFETY: these codes come with an address.
        let address = unsafe { fault.si_addr() }.addr();
        // SAFETY: has no preconditions.
        let errno = unsafe { libc::__errno_location() };
        // SAFETY: this thread's own variable.
        let saved = unsafe { *errno };
        let ours = let_pass(signal, address);
        // SAFETY: as above.
        unsafe { *errno = saved };
        if ours {
            return;
        }
    }
    chain(signal, info, context);
}

/// Lets the write at `address` pass if it was trapped.
fn let_pass(signal: Signal, address: usize) -> bool {
    let _guard = Guard::enter();
    for slot in &REGIONS[..USED.load(Ordering::SeqCst)] {
        // SeqCst: see `Guard::enter`.
        let region = slot.load(Ordering::SeqCst);
        // SAFETY: an `Entry` keeps its region alive until the guards that may have seen it left.
        if let Some(region) = unsafe { region.as_ref() }
            && region.contains(address)
            && region.traps_by(signal)
        {
            return region.resolve(address);
        }
    }
    false
}

/// Does what would have happened had our handler not been there.
fn chain(signal: Signal, info: *mut libc::siginfo_t, context: *mut c_void) {
    // Acquire, with the Release in `install`.
    let previous = signal.previous().load(Ordering::Acquire);
    // SAFETY: stored before the handler could run, and leaked.
    let previous = unsafe { &*previous };
    // SAFETY: the kernel passes a valid `siginfo_t`.
    let was_sent = unsafe { (*info).si_code } <= 0;
    match previous.sa_sigaction {
        libc::SIG_IGN if was_sent => {}
        // The kernel does not let a fault be ignored.
        libc::SIG_DFL | libc::SIG_IGN => {
            // SAFETY: both calls are async-signal-safe.
            unsafe { libc::signal(signal.number(), libc::SIG_DFL) };
            if was_sent {
                // SAFETY: as above. A fault needs no such push: it happens again on return.
                unsafe { libc::raise(signal.number()) };
            }
        }
        handler => {
            let mut blocked = previous.sa_mask;
            if previous.sa_flags & libc::SA_NODEFER == 0 {
                // SAFETY: a valid set and a valid signal.
                unsafe { libc::sigaddset(&raw mut blocked, signal.number()) };
            }
            let mut before = MaybeUninit::uninit();
            // SAFETY: the mask that the kernel would have set for this handler.
            unsafe {
                libc::pthread_sigmask(libc::SIG_BLOCK, &raw const blocked, before.as_mut_ptr())
            };
            if previous.sa_flags & libc::SA_SIGINFO != 0 {
                // SAFETY: installed with `SA_SIGINFO`, so it has this signature.
                let handler = unsafe { std::mem::transmute::<usize, Handler>(handler) };
                handler(signal.number(), info, context);
            } else {
                // SAFETY: installed without `SA_SIGINFO`, so it has this signature.
                let handler = unsafe { std::mem::transmute::<usize, extern "C" fn(i32)>(handler) };
                handler(signal.number());
            }
            // SAFETY: `before` was filled in above.
            unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), ptr::null_mut()) };
        }
    }
}
