//! One slot of a node: empty, or one of several kinds of counted handles, in a single word.

use std::{
    fmt,
    marker::PhantomData,
    ptr::{self, NonNull},
    sync::atomic::{AtomicPtr, Ordering},
};

use crate::{
    arena::ArenaRef,
    counted::{ChunkUsage, Counted},
};

/// The low bits of the word. Handles are multiples of 8.
const EXCLUSIVE: usize = 0b001;
const KIND: usize = 0b110;
const KIND_A: usize = 0b000;
const KIND_B: usize = 0b010;
const KIND_C: usize = 0b100;

/// An entry of a node: empty, or a handle of type `A`, `B` or `C`.
///
/// Besides the handle it remembers that the handle was found exclusive, so that walking down a path
/// that nobody shares looks no count up. This is what a writable page-table entry is to the kernel:
/// permission to write without asking again.
///
/// # Invariants
///
/// 1. The word is zero, or a handle's raw pointer with its kind in the low bits.
/// 2. The `EXCLUSIVE` bit says that this entry is the only handle. It is set under `&mut Entry` and
///    read under `&mut Entry`. Whoever makes a second handle of the entry, under `&Entry`, clears it
///    first.
///
/// An entry inside a shared node keeps its bit: the bit says that the *node* is the only one to name
/// its child, and nobody can act on it before the node itself turned exclusive.
///
/// # Examples
///
/// ```
/// use cow_core::{Entry, Shared, View};
///
/// type Slot = Entry<Shared<u64>, Shared<String>>;
/// let slot = Slot::b(Shared::new("page".to_string()));
/// assert!(matches!(slot.view(), View::B(text) if text == "page"));
/// assert!(matches!(Slot::default().view(), View::Empty));
/// assert_eq!(size_of::<Slot>(), 8);
/// ```
pub struct Entry<A: Counted, B: Counted, C: Counted = B> {
    word: AtomicPtr<u8>,
    owns: PhantomData<(A, B, C)>,
}

/// What an [`Entry`] holds, lent for reading.
pub enum View<'a, A: Counted + 'a, B: Counted + 'a, C: Counted + 'a = B> {
    /// Nothing.
    Empty,
    /// A handle of the first kind.
    A(A::Ref<'a>),
    /// A handle of the second kind.
    B(B::Ref<'a>),
    /// A handle of the third kind.
    C(C::Ref<'a>),
}

/// What an exclusive [`Entry`] holds, lent for writing.
pub enum ViewMut<'a, A: Counted + 'a, B: Counted + 'a, C: Counted + 'a = B> {
    /// Nothing.
    Empty,
    /// A handle of the first kind.
    A(A::Mut<'a>),
    /// A handle of the second kind.
    B(B::Mut<'a>),
    /// A handle of the third kind.
    C(C::Mut<'a>),
}

/// The handle that an [`Entry`] held.
#[derive(Debug)]
pub enum Handle<A, B, C = B> {
    /// None.
    Empty,
    /// A handle of the first kind.
    A(A),
    /// A handle of the second kind.
    B(B),
    /// A handle of the third kind.
    C(C),
}

impl<A: Counted, B: Counted, C: Counted> Entry<A, B, C> {
    /// An empty entry.
    #[inline]
    #[must_use]
    pub const fn empty() -> Self {
        Self {
            word: AtomicPtr::new(ptr::null_mut()),
            owns: PhantomData,
        }
    }

    /// An entry with a handle of the first kind.
    #[inline]
    #[must_use]
    pub fn a(handle: A) -> Self {
        Self::pack(handle, KIND_A)
    }

    /// An entry with a handle of the second kind.
    #[inline]
    #[must_use]
    pub fn b(handle: B) -> Self {
        Self::pack(handle, KIND_B)
    }

    /// An entry with a handle of the third kind.
    #[inline]
    #[must_use]
    pub fn c(handle: C) -> Self {
        Self::pack(handle, KIND_C)
    }

    #[inline]
    fn pack<H: Counted>(handle: H, kind: usize) -> Self {
        let raw = handle.into_raw();
        // SAFETY: the pointer just came from a handle of this type.
        let exclusive = unsafe { H::raw_is_exclusive(raw) };
        let bits = kind | if exclusive { EXCLUSIVE } else { 0 };
        debug_assert!(raw.addr().get().is_multiple_of(8));
        Self {
            word: AtomicPtr::new(raw.as_ptr().map_addr(|addr| addr | bits)),
            owns: PhantomData,
        }
    }

    /// The word as it stands.
    #[inline]
    fn load(&self) -> *mut u8 {
        // Relaxed: the word changes only under `&mut`, but for the bit that invariant 2 speaks of.
        self.word.load(Ordering::Relaxed)
    }

    #[inline]
    fn split(word: *mut u8) -> (Option<NonNull<u8>>, usize) {
        let raw = word.map_addr(|addr| addr & !(KIND | EXCLUSIVE));
        (NonNull::new(raw), word.addr() & KIND)
    }

    /// `true` when there is no handle.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.load().is_null()
    }

    /// Lends what the entry holds.
    #[inline]
    #[must_use]
    pub fn view(&self) -> View<'_, A, B, C> {
        let (Some(raw), kind) = Self::split(self.load()) else {
            return View::Empty;
        };
        match kind {
            // SAFETY: the kind says that the word came from an `A` (invariant 1), and the entry
            // keeps it while it is borrowed.
            KIND_A => View::A(unsafe { A::raw_ref(raw) }),
            // SAFETY: as above, for `B`.
            KIND_B => View::B(unsafe { B::raw_ref(raw) }),
            // SAFETY: as above, for `C`.
            _ => View::C(unsafe { C::raw_ref(raw) }),
        }
    }

    /// Lends the handle of the first kind without looking.
    ///
    /// # Safety
    ///
    /// The entry holds one.
    #[inline]
    #[must_use]
    pub unsafe fn a_unchecked(&self) -> A::Ref<'_> {
        // SAFETY: not null by the caller's word.
        let raw = unsafe { NonNull::new_unchecked(self.raw()) };
        // SAFETY: an `A` by the caller's word, which the entry keeps while it is borrowed.
        unsafe { A::raw_ref(raw) }
    }

    /// Lends the handle of the second kind without looking.
    ///
    /// # Safety
    ///
    /// The entry holds one.
    #[inline]
    #[must_use]
    pub unsafe fn b_unchecked(&self) -> B::Ref<'_> {
        // SAFETY: not null by the caller's word.
        let raw = unsafe { NonNull::new_unchecked(self.raw()) };
        // SAFETY: a `B` by the caller's word, which the entry keeps while it is borrowed.
        unsafe { B::raw_ref(raw) }
    }

    /// Lends the handle if it is of the second kind: one look at the word.
    #[inline]
    #[must_use]
    pub fn as_b(&self) -> Option<B::Ref<'_>> {
        // No other kind has the bit.
        const { assert!((KIND_A | KIND_C) & KIND_B == 0) };
        let word = self.load();
        if word.addr() & KIND_B == 0 {
            return None;
        }
        let (raw, _) = Self::split(word);
        // SAFETY: a null word is of the first kind (invariant 1).
        let raw = unsafe { raw.unwrap_unchecked() };
        // SAFETY: a `B` by its kind (invariant 1), which the entry keeps while it is borrowed.
        Some(unsafe { B::raw_ref(raw) })
    }

    /// `true` when the entry holds a handle of the second kind that is known to be exclusive.
    #[inline]
    #[must_use]
    pub fn is_known_b(&self) -> bool {
        self.load().addr() & (KIND | EXCLUSIVE) == KIND_B | EXCLUSIVE
    }

    /// Lends the handle for writing if it is of the first kind and known to be exclusive: one look at
    /// the word, none at the count.
    #[inline]
    pub fn known_a_mut(&mut self) -> Option<A::Mut<'_>> {
        let raw = self.known(KIND_A)?;
        // SAFETY: an `A` by its kind (invariant 1), exclusive (invariant 2), and borrowed mutably.
        Some(unsafe { A::raw_mut(raw) })
    }

    /// Lends the handle for writing if it is of the second kind and known to be exclusive: one look at
    /// the word, none at the count.
    #[inline]
    pub fn known_b_mut(&mut self) -> Option<B::Mut<'_>> {
        let raw = self.known(KIND_B)?;
        // SAFETY: a `B` by its kind (invariant 1), exclusive (invariant 2), and borrowed mutably.
        Some(unsafe { B::raw_mut(raw) })
    }

    /// Lends the handle for writing if it is of the third kind and known to be exclusive: one look at
    /// the word, none at the count.
    #[inline]
    pub fn known_c_mut(&mut self) -> Option<C::Mut<'_>> {
        let raw = self.known(KIND_C)?;
        // SAFETY: a `C` by its kind (invariant 1), exclusive (invariant 2), and borrowed mutably.
        Some(unsafe { C::raw_mut(raw) })
    }

    /// `true` when the entry holds a handle of the third kind that is known to be exclusive.
    #[inline]
    #[must_use]
    pub fn is_known_c(&self) -> bool {
        self.load().addr() & (KIND | EXCLUSIVE) == KIND_C | EXCLUSIVE
    }

    #[inline]
    fn known(&mut self, kind: usize) -> Option<NonNull<u8>> {
        let word = *self.word.get_mut();
        if word.addr() & (KIND | EXCLUSIVE) != kind | EXCLUSIVE {
            return None;
        }
        let (raw, _) = Self::split(word);
        // SAFETY: a null word is no handle, and has no bit that says it is the only one (invariant 2).
        Some(unsafe { raw.unwrap_unchecked() })
    }

    /// The handle's raw pointer, or null.
    #[inline]
    fn raw(&self) -> *mut u8 {
        self.load().map_addr(|addr| addr & !(KIND | EXCLUSIVE))
    }

    /// `true` when this entry is remembered to be the only handle; looks nothing up.
    ///
    /// `false` means "not known": see [`is_exclusive`](Self::is_exclusive).
    #[inline]
    #[must_use]
    pub fn is_known_exclusive(&self) -> bool {
        self.load().addr() & EXCLUSIVE != 0
    }

    /// `true` when this entry is the only handle. What other handles did happens before.
    ///
    /// The answer is remembered; while it is `true` no count is looked up again. A handle that is
    /// found to have turned exclusive since the last call counts as a copy-on-write fault resolved
    /// by reuse.
    ///
    /// # Examples
    ///
    /// ```
    /// use cow_core::{Entry, Shared, ViewMut};
    ///
    /// let mut slot = Entry::<Shared<u64>, Shared<String>>::a(Shared::new(1));
    /// let snapshot = slot.clone();
    /// assert!(!slot.is_exclusive());
    /// drop(snapshot);
    /// assert!(slot.is_exclusive());
    /// if let Some(ViewMut::A(value)) = slot.view_mut() {
    ///     *value = 2;
    /// }
    /// ```
    #[inline]
    pub fn is_exclusive(&mut self) -> bool {
        let word = *self.word.get_mut();
        word.addr() & EXCLUSIVE != 0 || self.look_up_exclusive(word)
    }

    #[cold]
    #[inline(never)]
    fn look_up_exclusive(&mut self, word: *mut u8) -> bool {
        let (Some(raw), kind) = Self::split(word) else {
            return false;
        };
        let exclusive = match kind {
            // SAFETY: an `A` by its kind (invariant 1).
            KIND_A => unsafe { A::raw_is_exclusive(raw) },
            // SAFETY: as above, for `B`.
            KIND_B => unsafe { B::raw_is_exclusive(raw) },
            // SAFETY: as above, for `C`.
            _ => unsafe { C::raw_is_exclusive(raw) },
        };
        if exclusive {
            *self.word.get_mut() = word.map_addr(|addr| addr | EXCLUSIVE);
            if let Some(arena) = self.arena() {
                arena.count_reuse();
            }
        }
        exclusive
    }

    /// Lends what the entry holds for writing, or `None` unless it is exclusive.
    #[inline]
    pub fn view_mut(&mut self) -> Option<ViewMut<'_, A, B, C>> {
        if !self.is_exclusive() {
            return self.is_empty().then_some(ViewMut::Empty);
        }
        let (Some(raw), kind) = Self::split(*self.word.get_mut()) else {
            return None;
        };
        Some(match kind {
            // SAFETY: an `A` by its kind (invariant 1); the only handle (invariant 2), and borrowed
            // mutably.
            KIND_A => ViewMut::A(unsafe { A::raw_mut(raw) }),
            // SAFETY: as above, for `B`.
            KIND_B => ViewMut::B(unsafe { B::raw_mut(raw) }),
            // SAFETY: as above, for `C`.
            _ => ViewMut::C(unsafe { C::raw_mut(raw) }),
        })
    }

    /// Takes the handle out and leaves the entry empty.
    #[inline]
    pub fn take(&mut self) -> Handle<A, B, C> {
        let word = std::mem::replace(self.word.get_mut(), ptr::null_mut());
        let (Some(raw), kind) = Self::split(word) else {
            return Handle::Empty;
        };
        match kind {
            // SAFETY: an `A` by its kind (invariant 1), which the entry gives up.
            KIND_A => Handle::A(unsafe { A::from_raw(raw) }),
            // SAFETY: as above, for `B`.
            KIND_B => Handle::B(unsafe { B::from_raw(raw) }),
            // SAFETY: as above, for `C`.
            _ => Handle::C(unsafe { C::from_raw(raw) }),
        }
    }

    /// Makes a handle to the same thing.
    ///
    /// # Examples
    ///
    /// ```
    /// use cow_core::{Entry, Handle, Shared};
    ///
    /// let slot = Entry::<Shared<u64>, Shared<String>>::a(Shared::new(1));
    /// assert!(matches!(slot.handle(), Handle::A(node) if node.handle_count() == 2));
    /// ```
    #[inline]
    #[must_use]
    pub fn handle(&self) -> Handle<A, B, C> {
        self.clone().take()
    }

    /// `true` when both entries hold a handle to the same thing, or none.
    #[inline]
    #[must_use]
    pub fn ptr_eq(&self, other: &Self) -> bool {
        Self::split(self.load()) == Self::split(other.load())
    }

    /// The arena of what the entry holds, or `None` when it is empty.
    #[inline]
    #[must_use]
    pub fn arena(&self) -> Option<ArenaRef<'_>> {
        let (Some(raw), kind) = Self::split(self.load()) else {
            return None;
        };
        Some(match kind {
            // SAFETY: the kind says that the word came from an `A` (invariant 1), and the entry
            // keeps it while it is borrowed.
            KIND_A => unsafe { A::raw_arena(raw) },
            // SAFETY: as above, for `B`.
            KIND_B => unsafe { B::raw_arena(raw) },
            // SAFETY: as above, for `C`.
            _ => unsafe { C::raw_arena(raw) },
        })
    }

    /// Tells the processor that the count is changed next.
    ///
    /// For who is about to clone or drop several entries: an atomic increment waits for the one before
    /// it, and each would wait for its count besides.
    #[inline]
    pub fn prefetch_count(&self) {
        let (Some(raw), kind) = Self::split(self.load()) else {
            return;
        };
        match kind {
            // SAFETY: the kind says that the word came from an `A` (invariant 1), and the entry
            // keeps it while it is borrowed.
            KIND_A => unsafe { A::raw_prefetch_count(raw) },
            // SAFETY: as above, for `B`.
            KIND_B => unsafe { B::raw_prefetch_count(raw) },
            // SAFETY: as above, for `C`.
            _ => unsafe { C::raw_prefetch_count(raw) },
        }
    }

    /// What the chunk behind the entry costs, and how many share it.
    #[must_use]
    pub fn usage(&self) -> ChunkUsage {
        let (Some(raw), kind) = Self::split(self.load()) else {
            return ChunkUsage::default();
        };
        match kind {
            // SAFETY: the kind says that the word came from an `A` (invariant 1), and the entry
            // keeps it while it is borrowed.
            KIND_A => unsafe { A::raw_usage(raw) },
            // SAFETY: as above, for `B`.
            KIND_B => unsafe { B::raw_usage(raw) },
            // SAFETY: as above, for `C`.
            _ => unsafe { C::raw_usage(raw) },
        }
    }

    /// An address that tells one thing from another while both live; null when empty.
    #[inline]
    #[must_use]
    pub fn as_ptr(&self) -> *const u8 {
        Self::split(self.load())
            .0
            .map_or(ptr::null(), |raw| raw.as_ptr().cast_const())
    }
}

impl<A: Counted, B: Counted, C: Counted> Clone for Entry<A, B, C> {
    /// Makes a second handle. Both entries forget that they were exclusive.
    #[inline]
    fn clone(&self) -> Self {
        let word = self.load();
        let (Some(raw), kind) = Self::split(word) else {
            return Self::empty();
        };
        let shared = word.map_addr(|addr| addr & !EXCLUSIVE);
        if shared != word {
            // Relaxed: others may store the same value at the same time, and nobody reads the bit
            // before it has `&mut`, which synchronises.
            self.word.store(shared, Ordering::Relaxed);
        }
        match kind {
            // SAFETY: the kind says that the word came from an `A` (invariant 1).
            KIND_A => unsafe { A::raw_retain(raw) },
            // SAFETY: as above, for `B`.
            KIND_B => unsafe { B::raw_retain(raw) },
            // SAFETY: as above, for `C`.
            _ => unsafe { C::raw_retain(raw) },
        }
        Self {
            word: AtomicPtr::new(shared),
            owns: PhantomData,
        }
    }
}

impl<A: Counted, B: Counted, C: Counted> Drop for Entry<A, B, C> {
    #[inline]
    fn drop(&mut self) {
        drop(self.take());
    }
}

impl<A: Counted, B: Counted, C: Counted> Default for Entry<A, B, C> {
    fn default() -> Self {
        Self::empty()
    }
}

impl<A: Counted, B: Counted, C: Counted> fmt::Debug for Entry<A, B, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.view() {
            View::Empty => "Empty",
            View::A(_) => "A",
            View::B(_) => "B",
            View::C(_) => "C",
        };
        f.debug_tuple(kind).field(&self.as_ptr()).finish()
    }
}
