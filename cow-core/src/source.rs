//! Where extents come from.

use std::{
    alloc::{Layout, alloc, dealloc},
    fmt,
    ptr::NonNull,
};

/// How much memory the arena asks of a source at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Grain {
    /// Whole extents of 2 MiB, each shared by many chunks.
    Extent,
    /// One block per chunk, given back as soon as the chunk is free. Slow; it lets memory checkers
    /// see every chunk.
    Chunk,
}

/// Hands out the memory of which an arena makes chunks.
///
/// # Examples
///
/// A source that counts what it gives:
///
/// ```
/// use std::{alloc::Layout, ptr::NonNull, sync::atomic::{AtomicUsize, Ordering}};
/// use cow_core::{Arena, ChunkSource, Shared, SystemSource};
///
/// static TAKEN: AtomicUsize = AtomicUsize::new(0);
///
/// #[derive(Debug)]
/// struct Counting;
///
/// // SAFETY: all is passed on to a source that keeps these promises.
/// unsafe impl ChunkSource for Counting {
///     fn take(&self, layout: Layout) -> Option<NonNull<u8>> {
///         TAKEN.fetch_add(layout.size(), Ordering::Relaxed);
///         SystemSource.take(layout)
///     }
///
///     unsafe fn give_back(&self, block: NonNull<u8>, layout: Layout) {
///         TAKEN.fetch_sub(layout.size(), Ordering::Relaxed);
///         // SAFETY: passed on.
///         unsafe { SystemSource.give_back(block, layout) }
///     }
/// }
///
/// let arena = Arena::builder().source(Counting).build();
/// let page = Shared::new_in(&arena, [0_u8; 4096]);
/// assert_eq!(TAKEN.load(Ordering::Relaxed), arena.stats().bytes_reserved);
/// drop((arena, page));
/// assert_eq!(TAKEN.load(Ordering::Relaxed), 0);
/// ```
///
/// # Safety
///
/// A block from [`take`](Self::take) must have the size and alignment of the layout, be readable and
/// writable, belong to nobody else, and stay where it is until it is given back.
pub unsafe trait ChunkSource: Send + Sync + fmt::Debug {
    /// Returns a block of memory, not necessarily zeroed, or `None` when there is none left.
    fn take(&self, layout: Layout) -> Option<NonNull<u8>>;

    /// Takes a block back.
    ///
    /// # Safety
    ///
    /// `block` came from [`take`](Self::take) of this source with this `layout`, and is used no more.
    unsafe fn give_back(&self, block: NonNull<u8>, layout: Layout);

    /// How much the arena should ask for at a time.
    fn grain(&self) -> Grain {
        Grain::Extent
    }
}

/// The process's global allocator, asked for extents aligned to their size.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemSource;

// SAFETY: the global allocator keeps all of these promises.
unsafe impl ChunkSource for SystemSource {
    fn take(&self, layout: Layout) -> Option<NonNull<u8>> {
        debug_assert!(layout.size() > 0);
        // SAFETY: an extent always has a header, so the size is not zero.
        NonNull::new(unsafe { alloc(layout) })
    }

    unsafe fn give_back(&self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller passes on what `take` returned for the same layout.
        unsafe { dealloc(block.as_ptr(), layout) }
    }
}

/// The process's global allocator, asked for one block per chunk.
///
/// An arena on this source lets AddressSanitizer, valgrind and Miri see a chunk's use after it was
/// freed, and a leaked chunk as a leak.
///
/// # Examples
///
/// ```
/// use cow_core::{Arena, HeapSource};
///
/// let arena = Arena::builder().source(HeapSource).build();
/// # let _ = arena;
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct HeapSource;

// SAFETY: as for `SystemSource`.
unsafe impl ChunkSource for HeapSource {
    fn take(&self, layout: Layout) -> Option<NonNull<u8>> {
        SystemSource.take(layout)
    }

    unsafe fn give_back(&self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: passed on from our caller.
        unsafe { SystemSource.give_back(block, layout) }
    }

    fn grain(&self) -> Grain {
        Grain::Chunk
    }
}

/// In which pages an arena's values lie, those of the kernel and those of its collections.
///
/// | policy | extents | vectors of plain values |
/// |---|---|---|
/// | none chosen, as for the global arena | huge pages of the kernel | chunks of 4 KiB |
/// | `Base` | base pages | chunks of 4 KiB |
/// | `Transparent` | huge pages of the kernel | bulk loads in chunks of 2 MiB |
/// | `Huge` | huge pages of the kernel | bulk loads, and what is pushed, in chunks of 2 MiB |
///
/// A bulk load is one call that adds 2 MiB of values or more, as `extend`, or that reads a stream. Values
/// that are pushed are moved to a chunk of 2 MiB once 2 MiB more lie behind them.
///
/// A write to a chunk of 2 MiB that is shared copies 4 KiB, as one to a chunk of 4 KiB does. See
/// [`Huge`](crate::Huge), and `CowVec` for what changes of the length cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PagePolicy {
    /// Base pages, as they come.
    Base,
    /// Transparent huge pages (`MADV_HUGEPAGE`, see `madvise(2)`) where the kernel has them, for
    /// every extent of a class but the first: small programs stay small. What is loaded into a
    /// collection in one go is put into [`Huge`](crate::Huge) chunks, where it fits such.
    Transparent,
    /// As `Transparent`; also what grows value by value is put into huge chunks. A push that fills one
    /// moves 2 MiB.
    Huge,
}

/// Asks the kernel for huge pages in a block. Only advice: a refusal changes nothing but speed.
#[cfg(all(target_os = "linux", not(miri)))]
pub(crate) fn advise_huge(block: NonNull<u8>, layout: Layout) {
    use rustix::mm::{Advice, madvise};
    // SAFETY: the block is ours and this advice does not change what it holds.
    let _ = unsafe { madvise(block.as_ptr().cast(), layout.size(), Advice::LinuxHugepage) };
}

/// Asks for nothing: there are no such pages here.
#[cfg(not(all(target_os = "linux", not(miri))))]
pub(crate) fn advise_huge(_: NonNull<u8>, _: Layout) {}
