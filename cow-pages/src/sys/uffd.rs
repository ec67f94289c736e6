//! userfaultfd in write-protect mode: [`Uffd`].

use std::io;
use std::ops::Range;
use std::os::fd::{AsRawFd, OwnedFd};

use linux_raw_sys::general::{
    UFFD_FEATURE_PAGEFAULT_FLAG_WP, UFFD_FEATURE_SIGBUS, UFFD_FEATURE_WP_ASYNC,
    UFFD_FEATURE_WP_HUGETLBFS_SHMEM, UFFD_USER_MODE_ONLY, uffdio_api, uffdio_range,
    uffdio_register, uffdio_writeprotect,
};
use linux_raw_sys::ioctl::{UFFDIO_API, UFFDIO_REGISTER, UFFDIO_WRITEPROTECT};
use rustix::mm::{UserfaultfdFlags, userfaultfd};

use crate::error::{Error, Result};

/// `UFFD_API` of linux/userfaultfd.h.
const API: u64 = 0xaa;
/// `UFFDIO_REGISTER_MODE_WP` and `UFFDIO_WRITEPROTECT_MODE_WP` of linux/userfaultfd.h.
const REGISTER_WP: u64 = 2;
const WRITEPROTECT_WP: u64 = 1;

/// Who learns of a write to a protected page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notify {
    /// The writing thread, by SIGBUS before the write.
    Signal,
    /// Nobody: the kernel lets the write pass and marks the page as written.
    Nobody,
}

/// A userfaultfd. The ranges registered with it lose their protection when it is closed.
pub(crate) struct Uffd {
    file: OwnedFd,
}

impl Uffd {
    /// Opens one. No privilege is needed, since faults of the kernel's own are left out.
    pub(super) fn new(notify: Notify) -> Result<Self> {
        let flags =
            UserfaultfdFlags::CLOEXEC | UserfaultfdFlags::from_bits_retain(UFFD_USER_MODE_ONLY);
        // SAFETY: a new descriptor affects no memory.
        let file = unsafe { userfaultfd(flags) }.map_err(|e| Error::os("userfaultfd", e))?;
        let uffd = Self { file };
        let notify = match notify {
            Notify::Signal => UFFD_FEATURE_SIGBUS,
            Notify::Nobody => UFFD_FEATURE_WP_ASYNC,
        };
        let features = notify | UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_WP_HUGETLBFS_SHMEM;
        let mut arg = uffdio_api {
            api: API,
            features: u64::from(features),
            ioctls: 0,
        };
        // SAFETY: `arg` is what this request takes.
        unsafe { uffd.ioctl(UFFDIO_API, &mut arg) }.map_err(|e| Error::os("UFFDIO_API", e))?;
        Ok(uffd)
    }

    /// Lets pages of a range of addresses be write-protected.
    pub(super) fn register(&self, range: &Range<usize>) -> Result<()> {
        let mut arg = uffdio_register {
            range: as_arg(range),
            mode: REGISTER_WP,
            ioctls: 0,
        };
        // SAFETY: `arg` is what this request takes.
        unsafe { self.ioctl(UFFDIO_REGISTER, &mut arg) }
            .map_err(|e| Error::os("UFFDIO_REGISTER", e))
    }

    /// Protects pages of a registered range, or lets writes pass again. Async-signal-safe.
    pub(super) fn write_protect(&self, range: &Range<usize>, protect: bool) -> io::Result<()> {
        let mut arg = uffdio_writeprotect {
            range: as_arg(range),
            mode: if protect { WRITEPROTECT_WP } else { 0 },
        };
        loop {
            // SAFETY: `arg` is what this request takes.
            match unsafe { self.ioctl(UFFDIO_WRITEPROTECT, &mut arg) } {
                // The kernel asks to try again while the address space is changing.
                Err(e) if e.raw_os_error() == Some(libc::EAGAIN) => {}
                result => return result,
            }
        }
    }

    /// # Safety
    ///
    /// `arg` has the type that `request` takes, and holds no pointers.
    unsafe fn ioctl<A>(&self, request: u32, arg: &mut A) -> io::Result<()> {
        let request = libc::Ioctl::from(request);
        // SAFETY: the caller's contract.
        if unsafe { libc::ioctl(self.file.as_raw_fd(), request, std::ptr::from_mut(arg)) } == -1 {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }
}

fn as_arg(range: &Range<usize>) -> uffdio_range {
    uffdio_range {
        start: range.start as u64,
        len: range.len() as u64,
    }
}
