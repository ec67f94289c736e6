//! The files behind mappings: [`Draft`], being written, and [`Frozen`], never written again.

use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{
    FallocateFlags, MemfdFlags, Mode, OFlags, SealFlags, fallocate, fcntl_add_seals,
    fcntl_get_seals, fstat, fstatfs, ftruncate, memfd_create, open,
};
use rustix::mm::MapFlags;

use super::advice;
use super::mapping::Mapping;
use super::{HUGE_PAGE_SIZE, PAGE_SIZE};
use crate::error::{Error, Result};

/// `f_type` of hugetlbfs, from statfs(2).
const HUGETLBFS_MAGIC: i64 = 0x9584_58f6;

/// Rounds up to whole pages, and to at least one, since nothing of no length can be mapped.
pub(super) fn round_up(len: usize, page: usize) -> Result<usize> {
    len.max(1)
        .checked_next_multiple_of(page)
        .ok_or(Error::OutOfMemory)
}

/// Opens an anonymous memory file of `len` bytes.
pub(super) fn memory_file(flags: MemfdFlags, len: usize) -> Result<OwnedFd> {
    let flags = flags | MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    let file = memfd_create("cow-pages", flags).map_err(|e| Error::os("memfd_create", e))?;
    resize(&file, len)?;
    Ok(file)
}

/// Opens an empty anonymous memory file that is read and written by system calls.
pub(crate) fn scratch_file() -> Result<OwnedFd> {
    memory_file(MemfdFlags::empty(), 0)
}

/// Opens a file without a name on the file system of `dir`.
pub(super) fn unnamed_file(dir: &Path) -> Result<OwnedFd> {
    // `O_EXCL` with `O_TMPFILE`: the file can never be given a name.
    let flags = OFlags::TMPFILE | OFlags::EXCL | OFlags::RDWR | OFlags::CLOEXEC;
    open(dir, flags, Mode::RUSR | Mode::WUSR).map_err(|e| Error::os("open", e))
}

fn resize(file: &OwnedFd, len: usize) -> Result<()> {
    ftruncate(file, len as u64).map_err(|e| Error::os("ftruncate", e))
}

/// A file that nothing else can reach, mapped for writing.
pub(crate) struct Draft {
    map: Mapping,
    file: OwnedFd,
    len: usize,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Memory,
    Huge,
    File,
}

impl Draft {
    /// Makes a draft in memory.
    pub(crate) fn in_memory(len: usize) -> Result<Self> {
        let file = memory_file(MemfdFlags::empty(), len)?;
        Self::map(file, len, Kind::Memory)
    }

    /// Makes a draft in preallocated huge pages.
    pub(crate) fn in_huge_pages(len: usize) -> Result<Self> {
        let flags = MemfdFlags::HUGETLB | MemfdFlags::HUGE_2MB;
        let file = memory_file(flags, round_up(len, HUGE_PAGE_SIZE)?)?;
        Self::map(file, len, Kind::Huge)
    }

    /// Makes a draft in a file without a name on the file system of `dir`.
    pub(crate) fn in_unnamed_file(dir: &Path, len: usize) -> Result<Self> {
        let file = unnamed_file(dir)?;
        if len > 0 {
            // A full disk is an error here, and would be SIGBUS at a later store.
            fallocate(&file, FallocateFlags::empty(), 0, len as u64)
                .map_err(|e| Error::os("fallocate", e))?;
        }
        Self::map(file, len, Kind::File)
    }

    fn map(file: OwnedFd, len: usize, kind: Kind) -> Result<Self> {
        // SAFETY: the descriptor is private to this value, so the file keeps its length, and this
        // is its only mapping.
        let mut map = unsafe { map_file(&file, len, kind, MapFlags::SHARED) }?;
        // What a forked child wrote to a shared mapping would be in the image.
        advice::dont_fork(&mut map)?;
        Ok(Self {
            map,
            file,
            len,
            kind,
        })
    }

    /// Returns the mapping.
    pub(crate) fn mapping(&mut self) -> &mut Mapping {
        &mut self.map
    }

    /// Returns the mapping for reading.
    pub(crate) fn mapping_ref(&self) -> &Mapping {
        &self.map
    }

    /// Ends writing. From here on nobody can change or resize the file.
    pub(crate) fn freeze(self) -> Result<Frozen> {
        let Self {
            map,
            file,
            len,
            kind,
        } = self;
        drop(map);
        let file = if kind == Kind::File {
            // File systems on disk have no seals. The file has no name, and only a read-only
            // descriptor of it survives.
            let path = format!("/proc/self/fd/{}", file.as_raw_fd());
            let flags = OFlags::RDONLY | OFlags::CLOEXEC;
            open(path, flags, Mode::empty()).map_err(|e| Error::os("open", e))?
        } else {
            let seals = SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL;
            fcntl_add_seals(&file, seals).map_err(|e| Error::os("fcntl", e))?;
            file
        };
        Ok(Frozen { file, len, kind })
    }
}

impl Kind {
    fn page_size(self) -> usize {
        if self == Self::Huge {
            HUGE_PAGE_SIZE
        } else {
            PAGE_SIZE
        }
    }
}

/// A file whose bytes never change, and that never becomes shorter.
pub(crate) struct Frozen {
    file: OwnedFd,
    len: usize,
    kind: Kind,
}

impl Frozen {
    /// Takes a memory file that its maker sealed.
    pub(crate) fn from_sealed(file: OwnedFd) -> Result<Self> {
        let seals = fcntl_get_seals(&file).map_err(|_| Error::NotSealed)?;
        if !seals.contains(SealFlags::WRITE | SealFlags::SHRINK) {
            return Err(Error::NotSealed);
        }
        let magic = fstatfs(&file).map_err(|e| Error::os("fstatfs", e))?.f_type;
        let kind = if magic == HUGETLBFS_MAGIC {
            Kind::Huge
        } else {
            Kind::Memory
        };
        let len = file_len(&file)?;
        Ok(Self { file, len, kind })
    }

    /// Takes a file on the caller's word.
    ///
    /// # Safety
    ///
    /// While the value or a mapping of it lives, nobody writes to the file or shortens it.
    pub(crate) unsafe fn from_file(file: File) -> Result<Self> {
        let file = OwnedFd::from(file);
        let len = file_len(&file)?;
        Ok(Self {
            file,
            len,
            kind: Kind::File,
        })
    }

    /// Returns the length in bytes.
    pub(crate) fn len_bytes(&self) -> usize {
        self.len
    }

    /// Returns the size of the pages a write copies.
    pub(crate) fn page_size(&self) -> usize {
        self.kind.page_size()
    }

    /// Returns an error if the file is shorter than when it was frozen.
    pub(crate) fn check_len(&self) -> Result<()> {
        let found = file_len(&self.file)?;
        if found < self.len {
            return Err(Error::Truncated {
                expected_bytes: self.len as u64,
                found_bytes: found as u64,
            });
        }
        Ok(())
    }

    /// Maps the file privately: writes copy the page they touch.
    pub(crate) fn map_private(&self) -> Result<Mapping> {
        let mut flags = MapFlags::PRIVATE;
        if self.kind != Kind::Huge {
            // Huge pages keep their reservation: without it a copy that finds none left is SIGBUS,
            // with it this call fails instead.
            flags |= MapFlags::NORESERVE;
        }
        // SAFETY: the file keeps its bytes and length (type invariant), and writes through a
        // private mapping stay in it.
        unsafe { map_file(&self.file, self.len, self.kind, flags) }
    }
}

/// Maps the pages of `len` bytes.
///
/// # Safety
///
/// As [`Mapping::new`], for a file of at least `len` bytes.
unsafe fn map_file(file: &OwnedFd, len: usize, kind: Kind, flags: MapFlags) -> Result<Mapping> {
    if len == 0 {
        // There is no page of the file to stand behind the mapping.
        return Mapping::anonymous(PAGE_SIZE);
    }
    let bytes = round_up(len, kind.page_size())?;
    // SAFETY: the caller's contract; the rest of the file's last page is there, and zero.
    unsafe { Mapping::new(bytes, flags, Some((file.as_fd(), 0))) }
}

impl AsFd for Frozen {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

fn file_len(file: &OwnedFd) -> Result<usize> {
    let len = fstat(file).map_err(|e| Error::os("fstat", e))?.st_size;
    usize::try_from(len).map_err(|_| Error::OutOfMemory)
}
