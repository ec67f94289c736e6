//! A real `fork()` that runs a closure over frozen memory: [`fork_snapshot`].
//!
//! The child sees all memory of the process as it was at the call, and the parent goes on at once:
//! the way to dump a whole process, as Redis does. The price is in the call, which copies the page
//! tables of the whole process: some 35 ms per GiB in pages of 4 KiB, 1 ms in huge pages
//! ([`Advice::HugePage`](crate::advise::Advice::HugePage)). Memory that the child does not need can
//! be left out by [`Advice::DontFork`](crate::advise::Advice::DontFork), and [`live`](crate::live)
//! regions and snapshots always are.

use std::any::Any;
use std::fs::File;
use std::marker::PhantomData;
use std::os::unix::fs::FileExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use bytemuck::Pod;

use crate::error::{Error, Result};
use crate::sys::memory::scratch_file;
use crate::sys::process::{self, Child, Exit};

/// Runs `f` over `data` in a forked child, where nothing that this process does changes it.
///
/// The closure may use everything it captures; what it changes, it changes in the child alone. The
/// child ends with it, without running destructors or flushing buffers that it inherited.
///
/// # Errors
///
/// Fails with [`Error::Threads`] if the process has other threads: a lock that one of them holds at
/// the fork stays locked in the child for ever. [`fork_snapshot_unchecked`] leaves that to the
/// caller. Fails too if the kernel refuses the fork.
///
/// # Complexity
///
/// O(mapped pages of the process).
///
/// # Examples
///
/// ```no_run
/// use cow_pages::forked::fork_snapshot;
///
/// let mut data = vec![1_u64; 1 << 20];
/// let child = fork_snapshot(&data, |data| vec![data.iter().sum::<u64>()])?;
/// data.fill(2); // The child does not see this.
/// assert_eq!(child.wait()?, [1 << 20]);
/// # Ok::<(), cow_pages::Error>(())
/// ```
pub fn fork_snapshot<D, R>(data: &D, f: impl FnOnce(&D) -> Vec<R>) -> Result<Forked<R>>
where
    D: ?Sized,
    R: Pod,
{
    // A thread that was joined a moment ago is still listed while the kernel takes it down.
    let mut tries = 20;
    loop {
        let count = thread_count()?;
        if count == 1 {
            break;
        }
        tries -= 1;
        if tries == 0 {
            return Err(Error::Threads { count });
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    #[expect(unsafe_code, reason = "the condition of the call below was checked")]
    // SAFETY: there are no other threads, and only this one could start any.
    unsafe {
        fork_snapshot_unchecked(data, f)
    }
}

/// As [`fork_snapshot`], in a process that may have other threads.
///
/// # Safety
///
/// `f` uses nothing that another thread may hold locked or be in the middle of changing. Memory can
/// be allocated, since glibc sees to its own allocator; the standard streams are locks.
///
/// # Errors
///
/// Fails if the kernel refuses the fork.
#[expect(unsafe_code, reason = "hands the contract of fork to the caller")]
pub unsafe fn fork_snapshot_unchecked<D, R>(
    data: &D,
    f: impl FnOnce(&D) -> Vec<R>,
) -> Result<Forked<R>>
where
    D: ?Sized,
    R: Pod,
{
    let report = File::from(scratch_file()?);
    let child = || {
        let (kind, payload) = match catch_unwind(AssertUnwindSafe(|| f(data))) {
            Ok(result) => (RESULT, bytemuck::cast_slice(&result).to_vec()),
            Err(payload) => {
                let message = panic_message(&*payload).as_bytes().to_vec();
                // Its destructor could panic once more.
                std::mem::forget(payload);
                (PANIC, message)
            }
        };
        // The kind is written last: with it, the payload is complete.
        let written = report
            .write_all_at(&payload, HEADER_LEN)
            .and_then(|()| report.write_all_at(&[kind], 0));
        i32::from(written.is_err())
    };
    // SAFETY: the caller's contract.
    let child = unsafe { process::fork(child) }?;
    Ok(Forked {
        child,
        report,
        result: PhantomData,
    })
}

fn thread_count() -> Result<usize> {
    let tasks = std::fs::read_dir("/proc/self/task").map_err(|e| Error::os("open", e))?;
    Ok(tasks.count())
}

/// First byte of a report; the payload begins after the header.
const RESULT: u8 = 1;
const PANIC: u8 = 2;
const HEADER_LEN: u64 = 8;

fn panic_message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("(not a text)")
}

/// A forked child at work. Dropping it kills the child; nothing of it is left behind.
#[derive(Debug)]
#[must_use = "dropping it kills the child"]
pub struct Forked<R> {
    child: Child,
    report: File,
    result: PhantomData<R>,
}

impl<R: Pod> Forked<R> {
    /// Returns the child's process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the result.
    ///
    /// # Errors
    ///
    /// Fails if the closure panicked or the child died.
    pub fn wait(mut self) -> Result<Vec<R>> {
        match self.child.wait(None)? {
            Some(exit) => self.read_report(exit),
            None => Err(Error::ChildTimedOut),
        }
    }

    /// Waits for the result for a limited time, and then kills the child.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait), and with [`Error::ChildTimedOut`].
    pub fn wait_timeout(mut self, timeout: Duration) -> Result<Vec<R>> {
        match self.child.wait(Some(timeout))? {
            Some(exit) => self.read_report(exit),
            None => {
                self.child.kill()?;
                Err(Error::ChildTimedOut)
            }
        }
    }

    /// Returns whether the child has ended, without waiting.
    ///
    /// # Errors
    ///
    /// Fails if the kernel does not tell.
    pub fn is_finished(&mut self) -> Result<bool> {
        Ok(self.child.wait(Some(Duration::ZERO))?.is_some())
    }

    fn read_report(&self, exit: Exit) -> Result<Vec<R>> {
        const { assert!(size_of::<R>() > 0, "elements of a result have a size") };
        let mut kind = [0];
        let bytes = self
            .report
            .metadata()
            .map_err(|e| Error::os("fstat", e))?
            .len();
        if bytes > 0 {
            let read = self.report.read_exact_at(&mut kind, 0);
            read.map_err(|e| Error::os("read", e))?;
        }
        let payload_len = bytes.saturating_sub(HEADER_LEN);
        let payload_len = usize::try_from(payload_len).map_err(|_| Error::OutOfMemory)?;
        let read = |payload: &mut [u8]| {
            let read = self.report.read_exact_at(payload, HEADER_LEN);
            read.map_err(|e| Error::os("read", e))
        };
        match (kind, exit) {
            ([RESULT], _) => {
                let mut result = vec![R::zeroed(); payload_len / size_of::<R>()];
                read(bytemuck::cast_slice_mut(&mut result))?;
                Ok(result)
            }
            ([PANIC], _) => {
                let mut message = vec![0; payload_len];
                read(&mut message)?;
                let message = String::from_utf8_lossy(&message).into_owned();
                Err(Error::ChildPanicked { message })
            }
            (_, Exit::Signal(signal)) => Err(Error::ChildKilled { signal }),
            (_, Exit::Code(code)) => Err(Error::ChildExited { code }),
            (_, Exit::Discarded) => Err(Error::ChildExited { code: -1 }),
        }
    }
}
