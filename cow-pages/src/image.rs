//! Frozen images and their copy-on-write views: [`Image`], [`View`].
//!
//! ```text
//! ImageBuilder ── finish ──▶ Image ── view ──▶ View ── write ──▶ its own copy of one page
//!   writable                 frozen     O(1)    │ ▲
//!                              ▲                └─┘ fork: O(pages written)
//!                              └─── freeze ──── View
//! ```
//!
//! An image is a sealed memory file or a file; a view is a private mapping of it. Everything after
//! that is the kernel's own copy-on-write: no signal handlers, no bookkeeping, and system calls and
//! foreign code can read and write a view like any other memory. [`live`](crate::live) is the
//! neighbour for memory that has snapshots while it stays in place.
//!
//! A view costs the same whatever the image's size, and its first write to a page costs a page
//! fault and a copy of 4 KiB. Where another thread of the process runs, a first write to a page
//! that was *read* before costs several times more, since the other processor has to forget the
//! old page: write first, read later, where there is a choice.

use std::fs::{self, File};
use std::io::Write;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytemuck::Pod;

use crate::error::{Error, Result};
use crate::page_set::PageSet;
use crate::sys::advice::{self, RawAdvice};
use crate::sys::mapping::Mapping;
use crate::sys::memory::{Draft, Frozen};
use crate::sys::pagemap::{Pages, scan};
use crate::sys::{HUGE_PAGE_SIZE, PAGE_SIZE, PAGES_PER_HUGE_PAGE};

/// Where the bytes of an image are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Backing {
    /// A memory file. [`ImageBuilder::collapse`] can give it huge pages.
    #[default]
    Memory,
    /// Huge pages that the administrator set aside (`vm.nr_hugepages`). A write to a view copies
    /// 2 MiB, and each view reserves as many huge pages as the image has.
    HugePages,
    /// A file without a name on the file system of this directory, for an image that is larger
    /// than memory.
    UnnamedFile(PathBuf),
}

/// An image that is still being written, as `&mut [T]`.
///
/// It does not exist in forked children, where touching it is a SIGSEGV.
///
/// # Examples
///
/// ```
/// use cow_pages::image::ImageBuilder;
///
/// let mut builder = ImageBuilder::<u32>::new(1_000_000)?;
/// for (i, x) in builder.iter_mut().enumerate() {
///     *x = i as u32;
/// }
/// let image = builder.finish()?;
///
/// let (mut a, b) = (image.view()?, image.view()?);
/// a[7] = 0;
/// assert_eq!((a[7], b[7]), (0, 7));
/// assert_eq!(a.dirty_pages()?.page_count(), 1);
/// # Ok::<(), cow_pages::Error>(())
/// ```
pub struct ImageBuilder<T: Pod> {
    draft: Draft,
    len: usize,
    element: PhantomData<T>,
}

impl<T: Pod> ImageBuilder<T> {
    /// Starts an image of `len` elements, all zero, in memory.
    ///
    /// # Errors
    ///
    /// Fails if the kernel refuses the memory.
    pub fn new(len: usize) -> Result<Self> {
        Self::with_backing(len, &Backing::Memory)
    }

    /// Starts an image of `len` elements, all zero, where `backing` says.
    ///
    /// # Errors
    ///
    /// Fails if there is no room there: memory, huge pages, or space on the disk.
    pub fn with_backing(len: usize, backing: &Backing) -> Result<Self> {
        let bytes = len.checked_mul(size_of::<T>()).ok_or(Error::OutOfMemory)?;
        let draft = match backing {
            Backing::Memory => Draft::in_memory(bytes),
            Backing::HugePages => Draft::in_huge_pages(bytes),
            Backing::UnnamedFile(dir) => Draft::in_unnamed_file(dir, bytes),
        }?;
        Ok(Self {
            draft,
            len,
            element: PhantomData,
        })
    }

    /// Gathers what has been written into huge pages of 2 MiB.
    ///
    /// Views then map and read the image faster; a write still copies 4 KiB. An incomplete huge
    /// page at the end stays as it is.
    ///
    /// # Errors
    ///
    /// Fails if the kernel cannot (before Linux 6.1), or has no free huge page. The image is
    /// usable all the same.
    ///
    /// # Complexity
    ///
    /// O(n): copies the image.
    pub fn collapse(&mut self) -> Result<()> {
        let map = self.draft.mapping();
        let whole = map.len_bytes() / HUGE_PAGE_SIZE * PAGES_PER_HUGE_PAGE;
        if whole == 0 {
            return Ok(());
        }
        advice::advise(map, &(0..whole), RawAdvice::Collapse)
    }

    /// Ends writing.
    ///
    /// # Errors
    ///
    /// Fails if the kernel refuses to seal the memory, which it does while a device writes to it.
    ///
    /// # Complexity
    ///
    /// O(n), to unmap what was written.
    pub fn finish(self) -> Result<Image<T>> {
        Image::new(self.draft.freeze()?)
    }
}

impl<T: Pod> Deref for ImageBuilder<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.draft.mapping_ref().as_slice(self.len)
    }
}

impl<T: Pod> DerefMut for ImageBuilder<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        self.draft.mapping().as_mut_slice(self.len)
    }
}

/// A frozen array of plain data, from which views are made.
///
/// `Clone` copies a handle. The memory goes with the last image and view.
///
/// # Complexity
///
/// An image has no mapping of its own: opening a file with [`open_mapped`](Self::open_mapped),
/// and making a view, cost the same whatever the size.
pub struct Image<T: Pod> {
    memory: Arc<Frozen>,
    len: usize,
    element: PhantomData<T>,
}

impl<T: Pod> Image<T> {
    fn new(memory: Frozen) -> Result<Self> {
        let bytes = memory.len_bytes();
        if !bytes.is_multiple_of(size_of::<T>()) {
            return Err(Error::Length {
                file_bytes: bytes as u64,
                element_bytes: size_of::<T>(),
            });
        }
        Ok(Self {
            memory: Arc::new(memory),
            len: bytes / size_of::<T>(),
            element: PhantomData,
        })
    }

    /// Makes an image in memory with the contents of a slice.
    ///
    /// # Errors
    ///
    /// Fails if the kernel refuses the memory.
    pub fn from_slice(elements: &[T]) -> Result<Self> {
        let mut builder = ImageBuilder::new(elements.len())?;
        builder.copy_from_slice(elements);
        builder.finish()
    }

    /// Reads a file into an image in memory.
    ///
    /// What happens to the file afterwards does not matter to the image. For a file too large to
    /// be read there is [`open_mapped`](Self::open_mapped).
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read, is cut short meanwhile, or does not hold a whole number
    /// of elements.
    ///
    /// # Complexity
    ///
    /// O(n).
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        use std::io::Read;
        let mut file = File::open(path).map_err(|e| Error::os("open", e))?;
        let bytes = file.metadata().map_err(|e| Error::os("fstat", e))?.len();
        let len = len_of::<T>(bytes)?;
        let mut builder = ImageBuilder::<T>::new(len)?;
        file.read_exact(bytemuck::cast_slice_mut(&mut builder))
            .map_err(|e| {
                if e.kind() == std::io::ErrorKind::UnexpectedEof {
                    Error::Truncated {
                        expected_bytes: bytes,
                        found_bytes: file.metadata().map_or(0, |m| m.len()),
                    }
                } else {
                    Error::os("read", e)
                }
            })?;
        builder.finish()
    }

    /// Makes an image of a file as it lies on the disk.
    ///
    /// Pages are read when they are first touched, and views of the same file in other processes
    /// share them.
    ///
    /// # Safety
    ///
    /// While the image or a view of it lives, nobody writes to the file or shortens it, in this
    /// process or another. A page that changes under a `&[T]` is undefined behaviour; touching one
    /// beyond the new end of a shortened file kills the process with SIGBUS.
    /// [`save`](Self::save) is no danger to images that are open: it replaces the file.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be opened for reading, or does not hold a whole number of
    /// elements.
    ///
    /// # Complexity
    ///
    /// O(1).
    #[expect(
        unsafe_code,
        reason = "hands the contract of the mapped file to the caller"
    )]
    pub unsafe fn open_mapped(path: impl AsRef<Path>) -> Result<Self> {
        let file = File::open(path).map_err(|e| Error::os("open", e))?;
        let bytes = file.metadata().map_err(|e| Error::os("fstat", e))?.len();
        len_of::<T>(bytes)?;
        // SAFETY: the caller's contract.
        Self::new(unsafe { Frozen::from_file(file) }?)
    }

    /// Makes an image of a memory file that another process made, and sealed.
    ///
    /// # Errors
    ///
    /// Fails with [`Error::NotSealed`] unless the file is sealed against writing and shrinking,
    /// and if it does not hold a whole number of elements. A file in huge pages has the image's
    /// length rounded up to whole ones.
    pub fn from_sealed(file: OwnedFd) -> Result<Self> {
        Self::new(Frozen::from_sealed(file)?)
    }

    /// Writes the image to a file, which replaces any that is there.
    ///
    /// The new file takes the place of the old one in one step, once it is complete and on the
    /// disk. Images and views of the old file keep it.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be written, or if there is one that is marked read-only; the old
    /// file is then as it was.
    ///
    /// # Complexity
    ///
    /// O(n).
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        if fs::metadata(path).is_ok_and(|old| old.permissions().readonly()) {
            let source = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
            return Err(Error::os("open", source));
        }
        let view = self.view()?;
        let (mut file, unfinished) = create_beside(path).map_err(|e| Error::os("open", e))?;
        let mut write = || {
            file.write_all(bytemuck::cast_slice(&view))?;
            file.sync_all()?;
            fs::rename(&unfinished, path)
        };
        write().map_err(|error| {
            // The first error says more than one of the clean-up would.
            let _removed = fs::remove_file(&unfinished);
            Error::os("write", error)
        })
    }

    /// Returns a copy-on-write view.
    ///
    /// # Errors
    ///
    /// Fails if the process has too many mappings or too little address space, if there are no
    /// huge pages left to reserve, or if the file of [`open_mapped`](Self::open_mapped) has become
    /// shorter.
    ///
    /// # Complexity
    ///
    /// O(1), no page is touched.
    pub fn view(&self) -> Result<View<T>> {
        self.memory.check_len()?;
        Ok(View {
            map: self.memory.map_private()?,
            image: self.clone(),
        })
    }

    /// Returns the number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns whether there are no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns the number of bytes that a write to a clean page of a view copies.
    #[must_use]
    pub fn page_size(&self) -> usize {
        self.memory.page_size()
    }

    /// Returns whether two handles are of the same image.
    #[must_use]
    pub fn ptr_eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.memory, &other.memory)
    }
}

impl<T: Pod> Clone for Image<T> {
    fn clone(&self) -> Self {
        Self {
            memory: Arc::clone(&self.memory),
            len: self.len,
            element: PhantomData,
        }
    }
}

/// The file, to be sent to another process for its [`Image::from_sealed`].
impl<T: Pod> AsFd for Image<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.memory.as_fd()
    }
}

/// Creates a file in the directory of `path`, under a name that no file has: other threads may be saving
/// too, and what an earlier process left may bear the number of this one.
fn create_beside(path: &Path) -> std::io::Result<(File, PathBuf)> {
    let mut attempt = 0_u64;
    loop {
        let mut name = path.file_name().unwrap_or_default().to_os_string();
        name.push(format!(".{}.{attempt}.tmp", std::process::id()));
        let unfinished = path.with_file_name(name);
        match File::create_new(&unfinished) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => attempt += 1,
            created => return created.map(|file| (file, unfinished)),
        }
    }
}

fn len_of<T>(bytes: u64) -> Result<usize> {
    let fits = usize::try_from(bytes).map_err(|_| Error::OutOfMemory)?;
    if !fits.is_multiple_of(size_of::<T>()) {
        return Err(Error::Length {
            file_bytes: bytes,
            element_bytes: size_of::<T>(),
        });
    }
    Ok(fits / size_of::<T>())
}

/// A private, writable view of an [`Image`]: `&mut [T]` that starts as the image's contents.
///
/// Pages are the image's until they are written. A process forked while a view exists has its own
/// copy-on-write copy of it.
pub struct View<T: Pod> {
    map: Mapping,
    image: Image<T>,
}

impl<T: Pod> View<T> {
    /// Returns the image this is a view of.
    #[must_use]
    pub fn image(&self) -> &Image<T> {
        &self.image
    }

    /// Returns a view with the same contents that can be written independently.
    ///
    /// # Errors
    ///
    /// As [`Image::view`].
    ///
    /// # Complexity
    ///
    /// O(pages written): pages that this view has its own copies of are copied, 4 KiB each. Fork
    /// from an [`Image`] where there is a choice; [`freeze`](Self::freeze) makes one of this view.
    pub fn fork(&self) -> Result<Self> {
        let mut fork = self.image.view()?;
        let dirty = self.dirty_pages()?;
        let source = self.map.as_slice::<u8>(self.map.len_bytes());
        let target = fork.map.as_mut_slice::<u8>(self.map.len_bytes());
        for run in dirty.runs() {
            let bytes = run.start * PAGE_SIZE..run.end * PAGE_SIZE;
            target[bytes.clone()].copy_from_slice(&source[bytes]);
        }
        Ok(fork)
    }

    /// Returns the pages this view has its own copies of.
    ///
    /// # Errors
    ///
    /// Fails if `/proc` is not there.
    ///
    /// # Complexity
    ///
    /// O(pages touched), some 30 ns each, or 5 µs per touched 2 MiB of an image in huge pages.
    pub fn dirty_pages(&self) -> Result<PageSet> {
        scan(&self.map, Pages::Private)
    }

    /// Returns the pages this view has read or written.
    ///
    /// The kernel maps some neighbours of a page that is read, so there are more. The set of a run
    /// that did typical work is what [`prefetch`](Self::prefetch) takes.
    ///
    /// # Errors
    ///
    /// Fails if `/proc` is not there.
    pub fn resident_pages(&self) -> Result<PageSet> {
        scan(&self.map, Pages::Present)
    }

    /// Maps pages ahead of their use, as reads of them would.
    ///
    /// # Errors
    ///
    /// Fails if there is not enough memory, or the file behind cannot be read.
    ///
    /// # Panics
    ///
    /// Panics if a page is not in the view.
    pub fn prefetch(&self, pages: &PageSet) -> Result<()> {
        pages
            .runs()
            .iter()
            .try_for_each(|run| advice::populate_read(&self.map, run))
    }

    /// Copies pages ahead of their use, as writes to them would, though several times faster.
    ///
    /// # Errors
    ///
    /// Fails if there is not enough memory, where a write would have been killed for it.
    ///
    /// # Panics
    ///
    /// Panics if a page is not in the view.
    pub fn prefault(&mut self, pages: &PageSet) -> Result<()> {
        let map = &mut self.map;
        pages
            .runs()
            .iter()
            .try_for_each(|run| advice::advise(map, run, RawAdvice::PopulateWrite))
    }

    /// Takes all writes back, so that the view shows its image again.
    ///
    /// # Errors
    ///
    /// Fails if the kernel refuses, which for memory locked in place it does.
    ///
    /// # Complexity
    ///
    /// O(pages touched).
    pub fn reset(&mut self) -> Result<()> {
        let dirty = self.dirty_pages()?;
        let count = self.map.len_bytes() / PAGE_SIZE;
        // Dropping only the copies keeps the image's other pages mapped, at the price of a call
        // per run; past about a tenth one call for all is faster.
        if dirty.page_count() > count / 10 {
            return advice::advise(&mut self.map, &(0..count), RawAdvice::DontNeed);
        }
        let map = &mut self.map;
        dirty
            .runs()
            .iter()
            .try_for_each(|run| advice::advise(map, run, RawAdvice::DontNeed))
    }

    /// Makes an image in memory of what the view shows.
    ///
    /// # Errors
    ///
    /// Fails if the kernel refuses the memory.
    ///
    /// # Complexity
    ///
    /// O(n): copies everything, since images do not build on images.
    pub fn freeze(&self) -> Result<Image<T>> {
        Image::from_slice(self)
    }
}

impl<T: Pod> Deref for View<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.map.as_slice(self.image.len)
    }
}

impl<T: Pod> DerefMut for View<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        self.map.as_mut_slice(self.image.len)
    }
}
