//! An inner node of a hash trie: an array of words that several in a row may point to one child.
//!
//! ```text
//! digit     0   1   2   3   4   5   6   7  ...          a full child splits in two, each with half of
//!         +---+---+---+---+---+---+---+---+-- -         its run of words (Fagin et al., "Extendible
//! word    | A | A | A | A | B | B | C | D |             hashing", 1979)
//!         +---+---+---+---+---+---+---+---+-- -
//! run       4, owned by     2       1   1
//!           the first word
//! ```
//!
//! So a digit of the hash leads to its child by one load, however few children there are.

use std::{
    fmt,
    marker::PhantomData,
    ops::Range,
    ptr::{self, NonNull},
    sync::atomic::{AtomicPtr, Ordering},
};

use crate::{
    bucket::{Bucket, BucketMut, BucketRef},
    counted::{ChunkUsage, Counted},
    error::AllocError,
    shared::Shared,
};

/// The low bits of a word. Chunks are multiples of 64.
const EXCLUSIVE: usize = 0b00_0001;
const NODE: usize = 0b00_0010;
const RUN: usize = 0b01_1100;
const RUN_SHIFT: u32 = RUN.trailing_zeros();
const GROWN: usize = 0b10_0000;
const LOW_BITS: usize = 0b11_1111;

/// An inner node of a hash trie, led through by a digit of [`BITS`](Self::BITS) bits of the hash.
///
/// # Invariants
///
/// 1. The words fall into *runs*: 2^r in a row, the first at a multiple of 2^r. All words of a run are
///    alike: the raw pointer of a handle, or null, with r and the handle's kind in the low bits. A run
///    owns one handle.
/// 2. The `EXCLUSIVE` bit says that this run is the only handle. It is set under `&mut Directory` and
///    read under `&mut Directory`. Whoever makes a second handle of the run, under `&Directory`, clears
///    it in all words first.
/// 3. The `GROWN` bit says that the handle is that of a bucket of the grown class.
///
/// As in an [`Entry`](crate::Entry), the bit in a shared node says that the *node* alone names the child.
///
/// # Examples
///
/// ```
/// use cow_core::{ArenaRef, Bucket, Child, Directory, Subtree, Tag};
///
/// let mut bucket = Bucket::try_with_capacity_in(ArenaRef::global(), 1)?;
/// bucket.get_mut().unwrap().push(Tag::new(1), "one");
///
/// let mut node = Directory::new(Subtree::Bucket(bucket));
/// assert_eq!(node.run(1), 0..Directory::<&str>::FANOUT);
/// let whole = node.take(1);
/// node.split(1, whole, Subtree::Empty);
/// assert!(matches!(node.get(1), Child::Bucket(bucket) if bucket.values() == ["one"]));
/// assert!(matches!(node.get(Directory::<&str>::FANOUT - 1), Child::Empty));
/// # Ok::<(), cow_core::AllocError>(())
/// ```
pub struct Directory<T> {
    words: [AtomicPtr<u8>; FANOUT],
    owns: PhantomData<Subtree<T>>,
}

/// Bits of a digit.
const BITS: u32 = if cfg!(cow_tiny) { 2 } else { 4 };
const FANOUT: usize = 1 << BITS;

/// What a digit leads to, lent for reading.
pub enum Child<'a, T> {
    /// Nothing.
    Empty,
    /// Values.
    Bucket(BucketRef<'a, T>),
    /// A node that the next digit leads through.
    Node(&'a Directory<T>),
}

impl<T> Clone for Child<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Child<'_, T> {}

/// What all digits of a hash lead to, lent for reading.
pub enum Bottom<'a, T> {
    /// Nothing.
    Empty,
    /// Values, in a chunk of the [grown](Bucket::GROWN_CAPACITY) class: of all buckets but those of more
    /// values with one hash than that.
    Grown(BucketRef<'a, T>),
    /// Values, in a chunk of another class.
    Other(BucketRef<'a, T>),
}

impl<'a, T> Bottom<'a, T> {
    /// The bucket, whatever its class.
    #[inline]
    #[must_use]
    pub fn bucket(self) -> Option<BucketRef<'a, T>> {
        match self {
            Self::Empty => None,
            Self::Grown(bucket) | Self::Other(bucket) => Some(bucket),
        }
    }
}

/// What a digit leads to, exclusive and lent for writing.
pub enum ChildMut<'a, T> {
    /// Nothing.
    Empty,
    /// Values.
    Bucket(BucketMut<'a, T>),
    /// A node that the next digit leads through.
    Node(&'a mut Directory<T>),
}

/// The handle of what a digit leads to.
#[derive(Clone)]
pub enum Subtree<T> {
    /// None.
    Empty,
    /// Values.
    Bucket(Bucket<T>),
    /// A node that the next digit leads through.
    Node(Shared<Directory<T>>),
}

impl<T> Subtree<T> {
    /// The word of the handle, which it stands for.
    fn into_word(self) -> *mut u8 {
        let (raw, bits) = match self {
            Self::Empty => return ptr::without_provenance_mut(EXCLUSIVE),
            Self::Bucket(bucket) => {
                let exclusive = if bucket.is_exclusive() { EXCLUSIVE } else { 0 };
                let grown = if bucket.as_bucket().is_grown() {
                    GROWN
                } else {
                    0
                };
                (bucket.into_raw(), exclusive | grown)
            }
            Self::Node(node) => {
                let exclusive = node.is_exclusive();
                (
                    node.into_raw(),
                    NODE | if exclusive { EXCLUSIVE } else { 0 },
                )
            }
        };
        debug_assert!(raw.addr().get() & LOW_BITS == 0);
        raw.as_ptr().map_addr(|addr| addr | bits)
    }

    /// The handle of a word.
    ///
    /// # Safety
    ///
    /// The word stands for a handle of this type, which is given up.
    unsafe fn from_word(word: *mut u8) -> Self {
        let Some(raw) = pointer(word) else {
            return Self::Empty;
        };
        if is_node(word) {
            // SAFETY: a node by its kind.
            Self::Node(unsafe { Shared::from_raw(raw) })
        } else {
            // SAFETY: a bucket by its kind.
            Self::Bucket(unsafe { Bucket::from_raw(raw) })
        }
    }
}

#[inline]
fn pointer(word: *mut u8) -> Option<NonNull<u8>> {
    NonNull::new(word.map_addr(|addr| addr & !LOW_BITS))
}

/// The pointer of a word.
///
/// # Safety
///
/// It is not null.
#[inline]
unsafe fn pointer_unchecked(word: *mut u8) -> NonNull<u8> {
    let pointer = if cfg!(miri) {
        word.map_addr(|addr| addr & !LOW_BITS)
    } else {
        // The same thing. Of `map_addr` the compiler makes three instructions instead of one, and there
        // is one at each level of each look-up.
        ptr::with_exposed_provenance_mut(word.expose_provenance() & !LOW_BITS)
    };
    // SAFETY: by the caller's word.
    unsafe { NonNull::new_unchecked(pointer) }
}

#[inline]
fn is_node(word: *mut u8) -> bool {
    word.addr() & NODE != 0
}

/// log2 of the words in the run of a word.
#[inline]
fn run_bits(word: *mut u8) -> u32 {
    const _: () = assert!(BITS as usize <= RUN >> RUN_SHIFT);
    #[expect(clippy::cast_possible_truncation, reason = "three bits")]
    {
        ((word.addr() & RUN) >> RUN_SHIFT) as u32
    }
}

impl<T> Directory<T> {
    /// Bits of the hash that a node takes.
    pub const BITS: u32 = BITS;
    /// Words of a node.
    pub const FANOUT: usize = FANOUT;

    /// A node whose every digit leads to `child`.
    #[must_use]
    pub fn new(child: Subtree<T>) -> Self {
        let mut node = Self {
            words: [const { AtomicPtr::new(ptr::null_mut()) }; FANOUT],
            owns: PhantomData,
        };
        node.fill(0, BITS, child);
        node
    }

    /// The digit that comes first in the bits of a hash.
    #[inline]
    #[must_use]
    pub const fn digit(rest: u64) -> usize {
        (rest >> (u64::BITS - BITS)) as usize
    }

    #[inline]
    fn word(&self, digit: usize) -> *mut u8 {
        // Relaxed: a word changes only under `&mut`, but for the bit that invariant 2 speaks of.
        self.words[digit].load(Ordering::Relaxed)
    }

    /// Gives a run to a child, over words that own nothing any more.
    fn fill(&mut self, first: usize, bits: u32, child: Subtree<T>) {
        let word = child
            .into_word()
            .map_addr(|addr| addr | (bits as usize) << RUN_SHIFT);
        for place in &mut self.words[first..first + (1 << bits)] {
            *place.get_mut() = word;
        }
    }

    /// The digits that lead to the same child as this one.
    #[inline]
    #[must_use]
    pub fn run(&self, digit: usize) -> Range<usize> {
        let bits = self.run_bits(digit);
        let first = digit >> bits << bits;
        first..first + (1 << bits)
    }

    /// The runs, in order.
    #[inline]
    pub fn runs(&self) -> impl Iterator<Item = Range<usize>> {
        let mut next = 0;
        std::iter::from_fn(move || {
            let run = (next < FANOUT).then(|| self.run(next))?;
            next = run.end;
            Some(run)
        })
    }

    /// log2 of the number of digits that lead to the same child as this one.
    #[inline]
    #[must_use]
    pub fn run_bits(&self, digit: usize) -> u32 {
        run_bits(self.word(digit))
    }

    /// Lends the child of a digit.
    #[inline]
    #[must_use]
    pub fn get(&self, digit: usize) -> Child<'_, T> {
        let word = self.word(digit);
        // The kind first, so that a walk down asks but one thing at each node.
        if is_node(word) {
            // SAFETY: a null word is of no kind (invariant 1).
            let raw = unsafe { pointer_unchecked(word) };
            // SAFETY: a node by its kind, which the run keeps while it is borrowed (invariant 1).
            return Child::Node(unsafe { Shared::raw_ref(raw) });
        }
        match pointer(word) {
            // SAFETY: as above, for a bucket.
            Some(raw) => Child::Bucket(unsafe { Bucket::raw_ref(raw) }),
            None => Child::Empty,
        }
    }

    /// The word that all digits of a hash lead to, which is that of no node; and the bits that all words
    /// on the way have.
    #[inline]
    fn leaf_word(&self, hash: u64) -> (*mut u8, usize) {
        let mut node = self;
        let mut rest = hash;
        let mut common = usize::MAX;
        loop {
            let word = node.word(Self::digit(rest));
            common &= word.addr();
            if !is_node(word) {
                return (word, common);
            }
            // SAFETY: a null word is of no kind (invariant 1).
            let raw = unsafe { pointer_unchecked(word) };
            // SAFETY: a node by its kind, which the run keeps while it is borrowed (invariant 1).
            node = unsafe { Shared::raw_ref(raw) };
            rest <<= BITS;
        }
    }

    /// Lends what the bits of a hash lead to, from the highest on.
    #[inline]
    #[must_use]
    pub fn bottom(&self, hash: u64) -> Bottom<'_, T> {
        let (word, _) = self.leaf_word(hash);
        if word.addr() & GROWN != 0 {
            // SAFETY: a null word is of no class (invariant 3).
            let raw = unsafe { pointer_unchecked(word) };
            // SAFETY: a bucket by its class, which the run keeps while it is borrowed (invariant 1).
            let bucket: BucketRef<'_, T> = unsafe { Bucket::raw_ref(raw) };
            // SAFETY: by the bit (invariant 3).
            unsafe { bucket.assume_grown() };
            return Bottom::Grown(bucket);
        }
        match pointer(word) {
            // SAFETY: a bucket by its kind, which the run keeps while it is borrowed (invariant 1).
            Some(raw) => Bottom::Other(unsafe { Bucket::raw_ref(raw) }),
            None => Bottom::Empty,
        }
    }

    /// Lends the bucket that the bits of a hash lead to for writing, if it is of the
    /// [grown](Bucket::GROWN_CAPACITY) class and all below this node is known to be exclusive on the way
    /// there: no count is looked up.
    ///
    /// # Errors
    ///
    /// The node, if not.
    #[inline]
    pub fn grown_mut(&mut self, hash: u64) -> Result<BucketMut<'_, T>, &mut Self> {
        let (word, common) = self.leaf_word(hash);
        if common & EXCLUSIVE == 0 || word.addr() & GROWN == 0 {
            return Err(self);
        }
        // SAFETY: a null word is of no class (invariant 3).
        let raw = unsafe { pointer_unchecked(word) };
        // SAFETY: a bucket by its class (invariant 3). Each run on the way is the only handle of its child
        // (invariant 2), and the first is borrowed mutably.
        let bucket: BucketMut<'_, T> = unsafe { Bucket::raw_mut(raw) };
        // SAFETY: by the bit (invariant 3).
        unsafe { bucket.as_bucket().assume_grown() };
        Ok(bucket)
    }

    /// Lends the child of a digit for writing if it is known to be exclusive: one look at the word,
    /// none at the count.
    #[inline]
    pub fn known_mut(&mut self, digit: usize) -> Option<ChildMut<'_, T>> {
        let word = *self.words[digit].get_mut();
        if word.addr() & (EXCLUSIVE | NODE) == EXCLUSIVE | NODE {
            // SAFETY: a null word is of no kind (invariant 1).
            let raw = unsafe { pointer_unchecked(word) };
            // SAFETY: a node by its kind (invariant 1), exclusive (invariant 2), borrowed mutably.
            return Some(ChildMut::Node(unsafe { Shared::raw_mut(raw) }));
        }
        if word.addr() & EXCLUSIVE == 0 {
            return None;
        }
        Some(match pointer(word) {
            // SAFETY: as above, for a bucket.
            Some(raw) => ChildMut::Bucket(unsafe { Bucket::raw_mut(raw) }),
            None => ChildMut::Empty,
        })
    }

    /// `true` when the run of this digit is the only handle of its child, or has none. What other
    /// handles did happens before.
    ///
    /// The answer is remembered, as [`Entry::is_exclusive`](crate::Entry::is_exclusive) does.
    #[inline]
    pub fn is_exclusive(&mut self, digit: usize) -> bool {
        self.word(digit).addr() & EXCLUSIVE != 0 || self.look_up_exclusive(digit)
    }

    #[inline(never)]
    fn look_up_exclusive(&mut self, digit: usize) -> bool {
        let word = self.word(digit);
        let Some(raw) = pointer(word) else {
            return true;
        };
        let exclusive = if is_node(word) {
            // SAFETY: a node by its kind (invariant 1).
            unsafe { Shared::<Self>::raw_is_exclusive(raw) }
        } else {
            // SAFETY: as above, for a bucket.
            unsafe { Bucket::<T>::raw_is_exclusive(raw) }
        };
        if exclusive {
            let marked = word.map_addr(|addr| addr | EXCLUSIVE);
            let run = self.run(digit);
            for place in &mut self.words[run] {
                *place.get_mut() = marked;
            }
            // SAFETY: the run keeps the chunk.
            unsafe { Bucket::<T>::raw_arena(raw) }.count_reuse();
        }
        exclusive
    }

    /// Lends the child of a digit for writing, or `None` while it is shared.
    #[inline]
    pub fn get_mut(&mut self, digit: usize) -> Option<ChildMut<'_, T>> {
        if self.is_exclusive(digit) {
            self.known_mut(digit)
        } else {
            None
        }
    }

    /// Copies the child of a digit, if it is shared: a copy-on-write fault.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk left.
    #[inline]
    pub fn try_make_exclusive(
        &mut self,
        digit: usize,
        copy: impl FnOnce(BucketRef<'_, T>) -> Result<Bucket<T>, AllocError>,
    ) -> Result<(), AllocError> {
        if self.is_exclusive(digit) {
            return Ok(());
        }
        let Some(raw) = pointer(self.word(digit)) else {
            return Ok(());
        };
        // SAFETY: the run keeps the chunk.
        let arena = unsafe { Bucket::<T>::raw_arena(raw) };
        let copy = match self.get(digit) {
            Child::Empty => Subtree::Empty,
            Child::Bucket(bucket) => Subtree::Bucket(copy(bucket)?),
            Child::Node(node) => Subtree::Node(Shared::try_copy_in(arena, node)?),
        };
        drop(self.replace(digit, copy));
        Ok(())
    }

    /// Takes the child of a digit out, and leaves its run empty.
    #[inline]
    pub fn take(&mut self, digit: usize) -> Subtree<T> {
        self.replace(digit, Subtree::Empty)
    }

    /// Puts a child in the place of another. Returns that.
    pub fn replace(&mut self, digit: usize, child: Subtree<T>) -> Subtree<T> {
        let old = self.word(digit);
        self.fill(self.run(digit).start, run_bits(old), child);
        // SAFETY: the word stood for a handle (invariant 1), and all words of its run were written
        // over.
        unsafe { Subtree::from_word(old) }
    }

    /// Splits the run of a digit into two halves, for two children. Returns the child it had.
    ///
    /// # Panics
    ///
    /// If the run is a single word.
    pub fn split(&mut self, digit: usize, low: Subtree<T>, high: Subtree<T>) -> Subtree<T> {
        let run = self.run(digit);
        let old = self.word(digit);
        let bits = run_bits(old)
            .checked_sub(1)
            .expect("a run of one word cannot be split");
        self.fill(run.start, bits, low);
        self.fill(run.start + (1 << bits), bits, high);
        // SAFETY: as in `replace`.
        unsafe { Subtree::from_word(old) }
    }

    /// A digit that leads to the other half of what this one's run was split from, if that half is
    /// whole.
    #[must_use]
    pub fn buddy(&self, digit: usize) -> Option<usize> {
        let bits = self.run_bits(digit);
        let buddy = digit ^ 1 << bits;
        (buddy < FANOUT && self.run_bits(buddy) == bits).then_some(buddy)
    }

    /// Joins the run of a digit and that of its buddy to one, for `child`. Returns what they had: the
    /// digit's child, and its buddy's.
    ///
    /// # Panics
    ///
    /// If there is no [`buddy`](Self::buddy).
    pub fn join(&mut self, digit: usize, child: Subtree<T>) -> (Subtree<T>, Subtree<T>) {
        let buddy = self.buddy(digit).expect("a run without a buddy");
        let (old, other) = (self.word(digit), self.word(buddy));
        let first = self.run(digit).start.min(self.run(buddy).start);
        self.fill(first, run_bits(old) + 1, child);
        // SAFETY: as in `replace`.
        let old = unsafe { Subtree::from_word(old) };
        // SAFETY: as in `replace`.
        let other = unsafe { Subtree::from_word(other) };
        (old, other)
    }

    /// Makes a handle to the child of a digit.
    #[must_use]
    pub fn handle(&self, digit: usize) -> Subtree<T> {
        let word = self.retain(self.run(digit));
        // SAFETY: a handle was just counted for it.
        unsafe { Subtree::from_word(word) }
    }

    /// Counts one more handle for a run, and forgets that it was the only one. Returns its word.
    #[inline]
    fn retain(&self, run: Range<usize>) -> *mut u8 {
        let word = self.word(run.start);
        let Some(raw) = pointer(word) else {
            return word;
        };
        let shared = word.map_addr(|addr| addr & !EXCLUSIVE);
        if shared != word {
            for place in &self.words[run] {
                // Relaxed: others may store the same value at the same time, and nobody reads the bit
                // before it has `&mut`, which synchronises.
                place.store(shared, Ordering::Relaxed);
            }
        }
        if is_node(word) {
            // SAFETY: a node by its kind (invariant 1).
            unsafe { Shared::<Self>::raw_retain(raw) };
        } else {
            // SAFETY: as above, for a bucket.
            unsafe { Bucket::<T>::raw_retain(raw) };
        }
        shared
    }

    /// An address that tells one child from another while both live; null when there is none.
    #[inline]
    #[must_use]
    pub fn child_ptr(&self, digit: usize) -> *const u8 {
        pointer(self.word(digit)).map_or(ptr::null(), |raw| raw.as_ptr().cast_const())
    }

    /// What the chunk of the child of a digit costs, and how many share it.
    #[must_use]
    pub fn usage(&self, digit: usize) -> ChunkUsage {
        match pointer(self.word(digit)) {
            // SAFETY: the run keeps the chunk.
            Some(raw) => unsafe { Bucket::<T>::raw_usage(raw) },
            None => ChunkUsage::default(),
        }
    }

    /// Asserts the invariants that can be seen.
    #[doc(hidden)]
    pub fn assert_runs(&self) {
        for run in self.runs() {
            let digit = run.start;
            assert_eq!(
                run,
                self.run(digit),
                "a run starts at a multiple of its length"
            );
            assert!(run.end <= FANOUT, "a run ends inside the node");
            for other in run.clone() {
                assert_eq!(
                    self.word(other),
                    self.word(digit),
                    "words of a run are alike"
                );
            }
            let grown = matches!(self.get(digit), Child::Bucket(bucket) if bucket.is_grown());
            assert_eq!(self.word(digit).addr() & GROWN != 0, grown, "the class");
            if self.word(digit).addr() & EXCLUSIVE != 0 && !self.child_ptr(digit).is_null() {
                assert_eq!(self.usage(digit).handles, 1, "known to be exclusive");
            }
        }
    }
}

impl<T> Clone for Directory<T> {
    /// Makes a second handle to each child. Both nodes forget that theirs were exclusive.
    fn clone(&self) -> Self {
        let mut copy = Self {
            words: [const { AtomicPtr::new(ptr::null_mut()) }; FANOUT],
            owns: PhantomData,
        };
        for run in self.runs() {
            let word = self.retain(run.clone());
            for place in &mut copy.words[run] {
                *place.get_mut() = word;
            }
        }
        copy
    }
}

impl<T> Drop for Directory<T> {
    fn drop(&mut self) {
        /// The runs from a digit on. Those behind one whose drop panics are dropped all the same.
        struct Rest<'a, T> {
            node: &'a Directory<T>,
            digit: usize,
        }
        impl<T> Rest<'_, T> {
            #[inline]
            fn release(&mut self) {
                while self.digit < FANOUT {
                    let digit = self.digit;
                    self.digit = self.node.run(digit).end;
                    // SAFETY: the word stands for a handle (invariant 1), which nobody uses again.
                    drop(unsafe { Subtree::<T>::from_word(self.node.word(digit)) });
                }
            }
        }
        impl<T> Drop for Rest<'_, T> {
            #[inline]
            fn drop(&mut self) {
                self.release();
            }
        }
        Rest {
            node: self,
            digit: 0,
        }
        .release();
    }
}

impl<T> fmt::Debug for Directory<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let children = self
            .runs()
            .map(|run| (run.clone(), self.child_ptr(run.start)));
        f.debug_map().entries(children).finish()
    }
}

#[cfg(not(cow_tiny))]
const _: () = assert!(size_of::<Directory<u64>>() == 128);
