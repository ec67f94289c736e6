//! What the handles to counted things have in common, so that a node's slot can hold any of them.

use std::{mem::ManuallyDrop, ptr::NonNull};

use crate::{arena::ArenaRef, extent::Extent};

/// A handle that is one pointer to something counted.
///
/// Implemented by the handles of chunks, which are [`Shared`](crate::Shared), [`Slots`](crate::Slots),
/// [`Huge`](crate::Huge), [`Bucket`](crate::Bucket), [`Pairs`](crate::Pairs) and [`Gap`](crate::Gap), and by
/// [`Home`](crate::Home). An [`Entry`](crate::Entry) keeps one of several such handles in a single word.
///
/// # Safety
///
/// - `into_raw` gives a pointer that is a multiple of 8, never null, and stands for the handle until
///   `from_raw` makes it a handle again.
/// - `raw_ref` and `raw_mut` give what the handle gives, and no way to make a second handle: an entry
///   remembers that it is the only one.
/// - `raw_is_exclusive` is `true` only when no other handle exists, and what other handles did happens
///   before it returns.
/// - What is provided here is for pointers to chunks. A handle to something else provides it itself.
pub unsafe trait Counted: Clone {
    /// What the handle lends for reading.
    type Ref<'a>: Copy
    where
        Self: 'a;
    /// What the handle lends for writing while it is the only one.
    type Mut<'a>
    where
        Self: 'a;

    /// Gives the pointer, and with it the handle's share in the count.
    fn into_raw(self) -> NonNull<u8>;

    /// Makes a handle of a pointer again.
    ///
    /// # Safety
    ///
    /// `raw` came from [`into_raw`](Self::into_raw) of this type, and is given up.
    unsafe fn from_raw(raw: NonNull<u8>) -> Self;

    /// Counts one more handle, whose pointer is `raw` too.
    ///
    /// # Safety
    ///
    /// `raw` came from [`into_raw`](Self::into_raw) of this type, and stays a handle meanwhile.
    #[inline]
    unsafe fn raw_retain(raw: NonNull<u8>) {
        // SAFETY: passed on; the handle is only lent here.
        let lent = ManuallyDrop::new(unsafe { Self::from_raw(raw) });
        std::mem::forget(Self::clone(&lent));
    }

    /// Lends the contents for reading.
    ///
    /// # Safety
    ///
    /// `raw` came from [`into_raw`](Self::into_raw) of this type, and stays a handle for `'a`.
    unsafe fn raw_ref<'a>(raw: NonNull<u8>) -> Self::Ref<'a>
    where
        Self: 'a;

    /// Lends the contents for writing.
    ///
    /// # Safety
    ///
    /// As for [`raw_ref`](Self::raw_ref); besides, the handle is exclusive, and nothing else is lent
    /// by it for `'a`.
    unsafe fn raw_mut<'a>(raw: NonNull<u8>) -> Self::Mut<'a>
    where
        Self: 'a;

    /// `true` while no other handle exists.
    ///
    /// # Safety
    ///
    /// As for [`raw_ref`](Self::raw_ref).
    #[inline]
    unsafe fn raw_is_exclusive(raw: NonNull<u8>) -> bool {
        // SAFETY: the pointer stands for a handle, so the chunk is in use.
        unsafe { Extent::refcount_of(raw) }.is_exclusive()
    }

    /// The arena that the counted thing lies in, or is.
    ///
    /// # Safety
    ///
    /// As for [`raw_ref`](Self::raw_ref).
    #[inline]
    unsafe fn raw_arena<'a>(raw: NonNull<u8>) -> ArenaRef<'a> {
        // SAFETY: the pointer stands for a handle for `'a`, so the chunk is in use.
        unsafe { ArenaRef::of(raw) }
    }

    /// Tells the processor that the count is changed next. Does nothing unless it is worth it.
    ///
    /// # Safety
    ///
    /// As for [`raw_ref`](Self::raw_ref).
    #[inline]
    unsafe fn raw_prefetch_count(_raw: NonNull<u8>) {}

    /// How many handles name the counted thing, and how large its chunk is.
    ///
    /// # Safety
    ///
    /// As for [`raw_ref`](Self::raw_ref).
    unsafe fn raw_usage(raw: NonNull<u8>) -> ChunkUsage {
        // SAFETY: the pointer stands for a handle, so the chunk is in use.
        unsafe { Extent::usage(raw) }
    }
}

/// What a chunk costs, and how many share it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChunkUsage {
    /// Handles to the chunk; other threads may change it at any time.
    pub handles: usize,
    /// Bytes of the chunk; zero for what is no chunk.
    pub bytes: usize,
}
