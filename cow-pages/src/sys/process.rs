//! Forked children: [`fork`] and [`Child`].

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, kill_process, pidfd_open, pidfd_send_signal,
    waitid,
};

use super::fork::generation;
use crate::error::{Error, Result};

/// How a child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// By itself, with this code.
    Code(i32),
    /// By this signal.
    Signal(i32),
    /// Unknown, since the process has the kernel discard its children (`SIGCHLD` ignored).
    Discarded,
}

/// A forked child, killed and reaped on drop if it still runs.
#[derive(Debug)]
pub(crate) struct Child {
    pid: Pid,
    /// The process it is a child of. Another child has a copy of this value.
    parent: usize,
    /// Absent only if `exit` is known.
    pidfd: Option<OwnedFd>,
    exit: Option<Exit>,
}

/// Forks. The child runs `body` and exits with its value, without running anything else.
///
/// # Safety
///
/// If the process has other threads, `body` uses nothing that one of them may hold locked or half
/// changed. The memory allocator is fine with glibc.
pub(crate) unsafe fn fork(body: impl FnOnce() -> i32) -> Result<Child> {
    super::fork::install()?;
    // SAFETY: the caller's contract covers what the child does.
    match unsafe { libc::fork() } {
        -1 => Err(Error::os("fork", io::Error::last_os_error())),
        0 => {
            let code = catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|payload| {
                // Its destructor could panic once more.
                std::mem::forget(payload);
                101
            });
            // SAFETY: ends the process without destructors, which belong to the parent.
            unsafe { libc::_exit(code) }
        }
        pid => {
            let pid = Pid::from_raw(pid).ok_or(Error::Unsupported {
                what: "process ids",
            })?;
            let (pidfd, exit) = match pidfd_open(pid, PidfdFlags::empty()) {
                Ok(pidfd) => (Some(pidfd), None),
                // Ended already, and discarded by the kernel.
                Err(Errno::SRCH) => (None, Some(Exit::Discarded)),
                Err(error) => {
                    // Without a descriptor there is no bounded wait: take the child back.
                    let _gone = kill_process(pid, Signal::KILL);
                    let _reaped = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED);
                    return Err(Error::os("pidfd_open", error));
                }
            };
            Ok(Child {
                pid,
                parent: generation(),
                pidfd,
                exit,
            })
        }
    }
}

impl Child {
    /// Returns the process id.
    pub(crate) fn id(&self) -> u32 {
        self.pid.as_raw_nonzero().get().unsigned_abs()
    }

    /// Waits for the end, for at most `timeout` if there is one.
    pub(crate) fn wait(&mut self, timeout: Option<Duration>) -> Result<Option<Exit>> {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        while let (Some(pidfd), None) = (&self.pidfd, self.exit) {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if !has_ended(pidfd, left)? {
                if left == Some(Duration::ZERO) {
                    return Ok(None);
                }
                continue;
            }
            self.exit = reap(pidfd)?;
        }
        Ok(self.exit)
    }

    /// Kills the child and reaps it.
    pub(crate) fn kill(&mut self) -> Result<()> {
        if let (Some(pidfd), None) = (&self.pidfd, self.exit) {
            match pidfd_send_signal(pidfd, Signal::KILL) {
                Ok(()) | Err(Errno::SRCH) => {}
                Err(error) => return Err(Error::os("pidfd_send_signal", error)),
            }
            self.wait(None)?;
        }
        Ok(())
    }
}

/// Returns whether a child has ended, after at most `timeout`.
fn has_ended(pidfd: &OwnedFd, timeout: Option<Duration>) -> Result<bool> {
    let timeout = timeout.map(|timeout| Timespec {
        tv_sec: i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(timeout.subsec_nanos()),
    });
    let mut fds = [PollFd::new(pidfd, PollFlags::IN)];
    match poll(&mut fds, timeout.as_ref()) {
        Ok(ready) => Ok(ready > 0),
        Err(Errno::INTR) => Ok(false),
        Err(error) => Err(Error::os("poll", error)),
    }
}

/// Takes the exit of a child that has ended; `None` asks to try again.
fn reap(pidfd: &OwnedFd) -> Result<Option<Exit>> {
    match waitid(WaitId::PidFd(pidfd.as_fd()), WaitIdOptions::EXITED) {
        Ok(Some(status)) => {
            let by_itself = status.exit_status().map(Exit::Code);
            Ok(by_itself.or_else(|| status.terminating_signal().map(Exit::Signal)))
        }
        Ok(None) | Err(Errno::INTR) => Ok(None),
        Err(Errno::CHILD) => Ok(Some(Exit::Discarded)),
        Err(error) => Err(Error::os("waitid", error)),
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if self.parent == generation() {
            // Nothing to be done about a failure here.
            let _killed = self.kill();
        }
    }
}
