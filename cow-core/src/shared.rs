//! A counted pointer to a node in a chunk.

use std::{
    borrow::Borrow,
    cmp, fmt,
    hash::{Hash, Hasher},
    marker::PhantomData,
    mem::{self, ManuallyDrop},
    ops::Deref,
    ptr::{self, NonNull},
};

use crate::{
    arena::{self, ArenaRef, FreeOnDrop},
    counted::{ChunkUsage, Counted},
    error::{AllocError, OrAbort},
    extent::Extent,
    layout::ChunkLayout,
    prefetch::prefetch,
    refcount::Refcount,
};

/// A shared handle to a node, in a chunk of the arena.
///
/// Like `triomphe::Arc`, with the count out of line: the node has its chunk to itself, and the counts
/// of neighbouring chunks lie side by side. One pointer wide, with room for `None`.
///
/// # Invariants
///
/// 1. `node` points at a chunk in use, made with `Self::LAYOUT`, that holds an initialised `N`; its
///    refcount counts this handle.
/// 2. The node is written only through `&mut Shared` while the refcount is one.
///
/// # Examples
///
/// ```
/// use cow_core::Shared;
///
/// let mut page = Shared::new([0_u8; 4096]);
/// let snapshot = page.clone();          // O(1): counts, copies nothing
/// page.make_mut()[0] = 1;               // shared: copies the node first
/// page.make_mut()[1] = 1;               // exclusive now: writes in place
/// assert_eq!((snapshot[0], page[0]), (0, 1));
/// ```
#[repr(transparent)]
pub struct Shared<N> {
    node: NonNull<N>,
    owns: PhantomData<N>,
}

// SAFETY: as for `Arc`: a handle gives `&N` to every thread that has a clone of it, and the last one,
// wherever it is, drops the node.
unsafe impl<N: Send + Sync> Send for Shared<N> {}
// SAFETY: as above; `&Shared` can be cloned.
unsafe impl<N: Send + Sync> Sync for Shared<N> {}

impl<N> Shared<N> {
    const LAYOUT: ChunkLayout = ChunkLayout::of::<N>();

    /// Puts a node into a chunk of the global arena.
    ///
    /// # Complexity
    ///
    /// O(size of the node).
    #[inline]
    #[must_use]
    pub fn new(node: N) -> Self {
        Self::try_new_in(ArenaRef::global(), node).or_abort()
    }

    /// Puts a node into a chunk of the given arena.
    #[inline]
    #[must_use]
    pub fn new_in<'a>(arena: impl Into<ArenaRef<'a>>, node: N) -> Self {
        Self::try_new_in(arena, node).or_abort()
    }

    /// Puts a node into a chunk of the given arena.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk left; the node is dropped.
    #[inline]
    pub fn try_new_in<'a>(arena: impl Into<ArenaRef<'a>>, node: N) -> Result<Self, AllocError> {
        let place = arena.into().allocate(Self::LAYOUT)?.cast::<N>();
        // SAFETY: the chunk is ours, and as large and aligned as its layout says.
        unsafe { place.write(node) };
        Ok(Self {
            node: place,
            owns: PhantomData,
        })
    }

    #[inline]
    fn refcount(&self) -> &Refcount {
        // SAFETY: the chunk is in use while this handle lives, and has this layout (invariant 1).
        unsafe { Extent::refcount(self.node.cast(), Self::LAYOUT.shift) }
    }

    /// `true` when both handles name one node.
    #[inline]
    #[must_use]
    pub fn ptr_eq(&self, other: &Self) -> bool {
        self.node == other.node
    }

    /// The node's address, for telling nodes apart.
    #[inline]
    #[must_use]
    pub fn as_ptr(&self) -> *const N {
        self.node.as_ptr()
    }

    /// `true` while this is the only handle. What other handles did happens before.
    #[inline]
    #[must_use]
    pub fn is_exclusive(&self) -> bool {
        self.refcount().is_exclusive()
    }

    /// The number of handles; other threads may change it at any time.
    #[inline]
    #[must_use]
    pub fn handle_count(&self) -> usize {
        self.refcount().get() as usize
    }

    /// What the node's chunk costs, and how many handles share it.
    #[must_use]
    pub fn usage(&self) -> ChunkUsage {
        // SAFETY: the chunk is in use while this handle lives.
        unsafe { Extent::usage(self.node.cast()) }
    }

    /// The arena that the node lies in.
    #[inline]
    #[must_use]
    pub fn arena(&self) -> ArenaRef<'_> {
        // SAFETY: the chunk is in use while this handle lives.
        unsafe { ArenaRef::of(self.node.cast()) }
    }

    /// Returns the node for writing, or `None` while another handle shares it.
    #[inline]
    pub fn get_mut(&mut self) -> Option<&mut N> {
        if !self.is_exclusive() {
            return None;
        }
        // SAFETY: the count is one and `&mut self` borrows that one handle, so no other reference to
        // the node exists (invariant 2) and none can appear while this one lives.
        Some(unsafe { self.node.as_mut() })
    }

    /// Returns the node if this is the only handle, else gives the handle back.
    ///
    /// # Examples
    ///
    /// ```
    /// use cow_core::Shared;
    ///
    /// let a = Shared::new(String::from("node"));
    /// let b = a.clone();
    /// let b = b.into_inner().unwrap_err();
    /// drop(a);
    /// assert_eq!(b.into_inner().unwrap(), "node");
    /// ```
    ///
    /// # Errors
    ///
    /// The handle itself, while it is shared.
    pub fn into_inner(self) -> Result<N, Self> {
        if !self.is_exclusive() {
            return Err(self);
        }
        let this = ManuallyDrop::new(self);
        // SAFETY: the only handle, given up: the node is moved out once and the chunk freed.
        let node = unsafe { this.node.read() };
        let last = this.refcount().release();
        debug_assert!(last);
        // SAFETY: as above.
        unsafe { arena::free(this.node.cast(), Self::LAYOUT) };
        Ok(node)
    }

    /// Gives the handle up, unless it is the last one: that is returned, and is exclusive.
    ///
    /// Of all handles to a node exactly one comes back, on whichever threads they are given up. To take
    /// a tree apart in steps this is what `drop` is otherwise: it never begins to drop a node.
    ///
    /// # Examples
    ///
    /// ```
    /// use cow_core::Shared;
    ///
    /// let a = Shared::new(String::from("node"));
    /// let b = a.clone();
    /// assert!(a.into_last().is_none());
    /// assert!(b.into_last().is_some_and(|last| last.is_exclusive()));
    /// ```
    #[inline]
    #[must_use = "dropping the last handle drops the node"]
    pub fn into_last(self) -> Option<Self> {
        let this = ManuallyDrop::new(self);
        // The last release leaves a count of one, and so a handle that is whole.
        this.refcount()
            .release()
            .then(|| ManuallyDrop::into_inner(this))
    }

    #[cold]
    #[inline(never)]
    unsafe fn drop_slow(&mut self) {
        // SAFETY: the last handle is being dropped, and the chunk is one for an `N`.
        let _free = unsafe { FreeOnDrop::new(self.node.cast(), Self::LAYOUT) };
        // SAFETY: as above, so the node is nobody else's.
        unsafe { self.node.drop_in_place() };
    }
}

impl<N: Clone> Shared<N> {
    /// Returns the node for writing, copying it into a new chunk of its arena first while another
    /// handle shares it: a copy-on-write fault.
    ///
    /// # Complexity
    ///
    /// Exclusive: O(1). Shared: one `N::clone`.
    #[inline]
    pub fn make_mut(&mut self) -> &mut N {
        self.try_make_mut().or_abort()
    }

    /// As [`make_mut`](Self::make_mut), for arenas that may be full.
    ///
    /// # Examples
    ///
    /// ```
    /// use cow_core::{Arena, Shared};
    ///
    /// let arena = Arena::builder().byte_limit(64).build();
    /// let mut node = Shared::new_in(&arena, 1);
    /// *node.try_make_mut()? = 2; // exclusive: in place
    /// let snapshot = node.clone();
    /// assert!(node.try_make_mut().is_err()); // shared: no room for a copy
    /// drop(snapshot);
    /// *node.try_make_mut()? = 3;
    /// # Ok::<(), cow_core::AllocError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the node is shared and the arena has no chunk left; the handle stays as it was.
    #[inline]
    pub fn try_make_mut(&mut self) -> Result<&mut N, AllocError> {
        if !self.is_exclusive() {
            self.copy()?;
        }
        // SAFETY: the handle is exclusive now; see `get_mut`.
        Ok(unsafe { self.node.as_mut() })
    }

    /// Copies a node into a new chunk: the copy of a copy-on-write fault, and counted as one.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk left.
    #[inline]
    pub fn try_copy_in(arena: ArenaRef<'_>, node: &N) -> Result<Self, AllocError> {
        let place = arena.allocate(Self::LAYOUT)?.cast::<N>();
        // SAFETY: the chunk is ours; it is a handle's, and the guard forgotten, once there is a node.
        let free = unsafe { FreeOnDrop::new(place.cast(), Self::LAYOUT) };
        // The chunk comes first, so that the clone is made where it is to stay.
        // SAFETY: the chunk is ours, and as large and aligned as its layout says.
        unsafe { place.write(node.clone()) };
        mem::forget(free);
        arena.count_copy(Self::LAYOUT.bytes);
        Ok(Self {
            node: place,
            owns: PhantomData,
        })
    }

    /// Resolves a copy-on-write fault by a copy.
    #[inline(never)]
    fn copy(&mut self) -> Result<(), AllocError> {
        *self = Self::try_copy_in(self.arena(), self)?;
        Ok(())
    }
}

impl<N> Clone for Shared<N> {
    /// Makes another handle to the same node.
    ///
    /// # Complexity
    ///
    /// O(1), one atomic increment.
    #[inline]
    fn clone(&self) -> Self {
        self.refcount().retain();
        Self {
            node: self.node,
            owns: PhantomData,
        }
    }
}

impl<N> Drop for Shared<N> {
    #[inline]
    fn drop(&mut self) {
        if self.refcount().release() {
            // SAFETY: this was the last handle.
            unsafe { self.drop_slow() };
        }
    }
}

// SAFETY: a chunk is a multiple of 64 and never null; the rest are the type's own operations.
unsafe impl<N> Counted for Shared<N> {
    type Ref<'a>
        = &'a N
    where
        Self: 'a;
    type Mut<'a>
        = &'a mut N
    where
        Self: 'a;

    #[inline]
    fn into_raw(self) -> NonNull<u8> {
        ManuallyDrop::new(self).node.cast()
    }

    #[inline]
    unsafe fn from_raw(raw: NonNull<u8>) -> Self {
        Self {
            node: raw.cast(),
            owns: PhantomData,
        }
    }

    #[inline]
    unsafe fn raw_ref<'a>(raw: NonNull<u8>) -> &'a N
    where
        Self: 'a,
    {
        // SAFETY: the pointer stands for a handle for `'a`, which keeps the node.
        unsafe { raw.cast().as_ref() }
    }

    #[inline]
    unsafe fn raw_mut<'a>(raw: NonNull<u8>) -> &'a mut N
    where
        Self: 'a,
    {
        // SAFETY: as `raw_ref`, and the caller has the only handle.
        unsafe { raw.cast().as_mut() }
    }

    #[inline]
    unsafe fn raw_is_exclusive(raw: NonNull<u8>) -> bool {
        // SAFETY: the pointer stands for a handle, so the chunk is in use with this layout.
        unsafe { Extent::refcount(raw, Self::LAYOUT.shift) }.is_exclusive()
    }

    #[inline]
    unsafe fn raw_prefetch_count(raw: NonNull<u8>) {
        // SAFETY: the pointer stands for a handle, so the chunk is in use with this layout.
        let count = unsafe { Extent::refcount(raw, Self::LAYOUT.shift) };
        prefetch(ptr::from_ref(count).cast(), 1);
    }
}

impl<N> Deref for Shared<N> {
    type Target = N;

    #[inline]
    fn deref(&self) -> &N {
        // SAFETY: the node is initialised while a handle lives (invariant 1), and written only when
        // no `&` to it can exist (invariant 2).
        unsafe { self.node.as_ref() }
    }
}

impl<N> AsRef<N> for Shared<N> {
    fn as_ref(&self) -> &N {
        self
    }
}

impl<N> Borrow<N> for Shared<N> {
    fn borrow(&self) -> &N {
        self
    }
}

impl<N> From<N> for Shared<N> {
    fn from(node: N) -> Self {
        Self::new(node)
    }
}

impl<N: Default> Default for Shared<N> {
    fn default() -> Self {
        Self::new(N::default())
    }
}

impl<N: fmt::Debug> fmt::Debug for Shared<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        N::fmt(self, f)
    }
}

impl<N: fmt::Display> fmt::Display for Shared<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        N::fmt(self, f)
    }
}

impl<N: PartialEq> PartialEq for Shared<N> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<N: Eq> Eq for Shared<N> {}

impl<N: PartialOrd> PartialOrd for Shared<N> {
    fn partial_cmp(&self, other: &Self) -> Option<cmp::Ordering> {
        N::partial_cmp(self, other)
    }
}

impl<N: Ord> Ord for Shared<N> {
    fn cmp(&self, other: &Self) -> cmp::Ordering {
        N::cmp(self, other)
    }
}

impl<N: Hash> Hash for Shared<N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        N::hash(self, state);
    }
}

const _: () = assert!(size_of::<Option<Shared<u64>>>() == 8);
