//! A chunk with an array of keys and an array of values side by side: a leaf of an ordered map.

use std::{
    iter::FusedIterator,
    marker::PhantomData,
    mem::{ManuallyDrop, needs_drop},
    ops::Range,
    ptr::{self, NonNull},
    slice,
};

use crate::{
    arena::{ArenaRef, FreeOnDrop},
    counted::Counted,
    error::AllocError,
    extent::Extent,
    layout::{ChunkLayout, narrow},
    prefetch::prefetch,
    refcount::Refcount,
};

/// How many pairs of zero-sized types count as one full chunk.
const ZERO_SIZED_CAPACITY: usize = 1 << 10;

/// A shared handle to a chunk of pairs, keys and values apart, so that a search touches keys alone.
///
/// ```text
/// +-----+----------+--------------------+-----------------------+
/// | len | capacity | keys, `capacity`   | values, `capacity`    |
/// +-----+----------+--------------------+-----------------------+
/// 0     4          8 or an alignment
/// ```
///
/// Unlike [`Slots`](crate::Slots) the chunk itself says how many pairs it holds, and nothing can be
/// added while it is shared: whoever has a handle sees them all.
///
/// # Invariants
///
/// 1. `chunk` is a chunk in use, made with room for `capacity` pairs; its refcount counts this handle.
/// 2. The first `len` keys and values are initialised, the others are not.
/// 3. Everything in the chunk is written only while the refcount is one.
///
/// # Examples
///
/// ```
/// use cow_core::{ArenaRef, Pairs};
///
/// let mut leaf = Pairs::try_with_capacity_in(ArenaRef::global(), 3)?;
/// let mut pairs = leaf.get_mut().unwrap();
/// pairs.push("a", 1);
/// pairs.insert(0, "b", 2);
///
/// let snapshot = leaf.clone();
/// assert!(leaf.get_mut().is_none()); // shared
/// assert_eq!(snapshot.as_pairs().keys(), ["b", "a"]);
/// assert_eq!(snapshot.as_pairs().values(), [2, 1]);
/// # Ok::<(), cow_core::AllocError>(())
/// ```
#[repr(transparent)]
pub struct Pairs<K, V> {
    chunk: NonNull<Head>,
    owns: PhantomData<(K, V)>,
}

/// What stands in front of the keys.
#[repr(C)]
struct Head {
    len: u32,
    capacity: u32,
}

// SAFETY: as for `Shared`.
unsafe impl<K: Send + Sync, V: Send + Sync> Send for Pairs<K, V> {}
// SAFETY: as for `Shared`.
unsafe impl<K: Send + Sync, V: Send + Sync> Sync for Pairs<K, V> {}

/// Where the parts of a chunk lie.
struct Plan<K, V>(PhantomData<(K, V)>);

impl<K, V> Plan<K, V> {
    const KEYS_AT: usize = size_of::<Head>().next_multiple_of(align_of::<K>());
    const ALIGN: usize = {
        let (head, key, value) = (align_of::<Head>(), align_of::<K>(), align_of::<V>());
        let most = if key > value { key } else { value };
        if most > head { most } else { head }
    };
    const PAIR_BYTES: usize = size_of::<K>() + size_of::<V>();

    /// Where the values start. The capacity is one that [`bytes`](Self::bytes) has an answer for.
    #[inline]
    const fn values_at(capacity: usize) -> usize {
        (Self::KEYS_AT + capacity * size_of::<K>()).next_multiple_of(align_of::<V>())
    }

    /// Bytes of a chunk of that capacity, or `None` when there can be no such chunk.
    const fn bytes(capacity: usize) -> Option<usize> {
        let most = match (usize::MAX / 2 - 2 * Self::ALIGN).checked_div(Self::PAIR_BYTES) {
            Some(most) => most,
            None => ZERO_SIZED_CAPACITY,
        };
        if capacity > u32::MAX as usize || capacity > most {
            return None;
        }
        Some(Self::values_at(capacity) + capacity * size_of::<V>())
    }

    /// How many pairs have room in a chunk of so many bytes.
    const fn capacity_in(bytes: usize) -> usize {
        if Self::PAIR_BYTES == 0 {
            return ZERO_SIZED_CAPACITY;
        }
        let mut capacity = (bytes - Self::KEYS_AT) / Self::PAIR_BYTES;
        while Self::values_at(capacity) + capacity * size_of::<V>() > bytes {
            capacity -= 1;
        }
        capacity
    }
}

/// See [`Pairs::LEAF_CAPACITY`].
const fn leaf_capacity<K, V>() -> usize {
    /// A leaf of fewer could not be split and joined at will.
    const LEAST: usize = 4;
    /// Most pairs that have to be cloned one by one.
    const MOST_WITH_DROP_GLUE: usize = 32;

    let Some(least) = Plan::<K, V>::bytes(LEAST) else {
        panic!("the pair is too large for any chunk")
    };
    let clones = needs_drop::<K>() || needs_drop::<V>();
    let usual = match (cfg!(cow_tiny), clones) {
        (true, _) => 64,
        (false, false) => 1 << 10,
        (false, true) => 512,
    };
    let bytes = ChunkLayout::new(
        if least > usual { least } else { usual },
        Plan::<K, V>::ALIGN,
    )
    .bytes;
    let capacity = Plan::<K, V>::capacity_in(bytes);
    let clones = needs_drop::<K>() || needs_drop::<V>();
    if clones && capacity > MOST_WITH_DROP_GLUE {
        MOST_WITH_DROP_GLUE
    } else {
        capacity
    }
}

impl<K, V> Pairs<K, V> {
    /// How many pairs the leaf of a tree should hold, so that copying one stays cheap.
    ///
    /// About 1 KiB of them, or half that and at most 32 of a type with drop glue; at least 4.
    pub const LEAF_CAPACITY: usize = leaf_capacity::<K, V>();

    /// Takes a chunk with room for at least `capacity` pairs.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk left.
    ///
    /// # Panics
    ///
    /// If `capacity` does not fit in `u32`, or the bytes of so many pairs not in `usize`; and if it is
    /// above 2^10 for pairs without size.
    #[inline]
    pub fn try_with_capacity_in(arena: ArenaRef<'_>, capacity: usize) -> Result<Self, AllocError> {
        let bytes = Plan::<K, V>::bytes(capacity).expect("capacity overflow");
        let layout = ChunkLayout::new(bytes, Plan::<K, V>::ALIGN);
        let chunk = arena.allocate(layout)?.cast::<Head>();
        let capacity = Plan::<K, V>::capacity_in(layout.bytes);
        let head = Head {
            len: 0,
            capacity: narrow(capacity),
        };
        // SAFETY: the chunk is ours, and larger than the head.
        unsafe { chunk.write(head) };
        Ok(Self {
            chunk,
            owns: PhantomData,
        })
    }

    #[inline]
    fn layout(&self) -> ChunkLayout {
        // SAFETY: the chunk is in use while this handle lives (invariant 1).
        unsafe { Extent::layout_of(self.chunk.cast()) }
    }

    #[inline]
    fn refcount(&self) -> &Refcount {
        // SAFETY: the chunk is in use while this handle lives (invariant 1).
        unsafe { Extent::refcount_of(self.chunk.cast()) }
    }

    /// `true` while this is the only handle. What other handles did happens before.
    #[inline]
    #[must_use]
    pub fn is_exclusive(&self) -> bool {
        self.refcount().is_exclusive()
    }

    /// Lends the pairs for reading.
    #[inline]
    #[must_use]
    pub fn as_pairs(&self) -> PairsRef<'_, K, V> {
        PairsRef {
            raw: Raw::new(self.chunk),
            life: PhantomData,
        }
    }

    /// Lends the pairs for writing, or `None` while another handle shares them.
    #[inline]
    pub fn get_mut(&mut self) -> Option<PairsMut<'_, K, V>> {
        self.is_exclusive().then_some(PairsMut {
            raw: Raw::new(self.chunk),
            life: PhantomData,
        })
    }

    /// Takes the pairs out, if this is the only handle.
    ///
    /// # Errors
    ///
    /// The handle itself, while it is shared.
    pub fn try_into_pairs(mut self) -> Result<IntoPairs<K, V>, Self> {
        let Some(mut pairs) = self.get_mut() else {
            return Err(self);
        };
        let end = pairs.len();
        // The pairs in `live` belong to the iterator.
        pairs.set_len(0);
        Ok(IntoPairs {
            pairs: self,
            live: 0..end,
        })
    }

    #[cold]
    #[inline(never)]
    unsafe fn drop_slow(&mut self) {
        // SAFETY: the last handle is being dropped, and what the chunk holds with it.
        let _free = unsafe { FreeOnDrop::new(self.chunk.cast(), self.layout()) };
        let raw = Raw::<K, V>::new(self.chunk);
        // SAFETY: the first `len` pairs are initialised (invariant 2), and nobody else has the chunk.
        unsafe { raw.drop_pairs(0..raw.len()) };
    }
}

impl<K, V> Clone for Pairs<K, V> {
    #[inline]
    fn clone(&self) -> Self {
        self.refcount().retain();
        Self {
            chunk: self.chunk,
            owns: PhantomData,
        }
    }
}

impl<K, V> Drop for Pairs<K, V> {
    #[inline]
    fn drop(&mut self) {
        if self.refcount().release() {
            // SAFETY: this was the last handle.
            unsafe { self.drop_slow() };
        }
    }
}

/// The chunk as places of keys and values. Whoever makes one keeps the chunk in use meanwhile.
struct Raw<K, V> {
    chunk: NonNull<Head>,
    pairs: PhantomData<(K, V)>,
}

impl<K, V> Clone for Raw<K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Raw<K, V> {}

impl<K, V> Raw<K, V> {
    #[inline]
    fn new(chunk: NonNull<Head>) -> Self {
        Self {
            chunk,
            pairs: PhantomData,
        }
    }

    #[inline]
    fn head(self) -> *mut Head {
        self.chunk.as_ptr()
    }

    #[inline]
    fn len(self) -> usize {
        // SAFETY: the chunk is in use, and its head initialised.
        unsafe { (*self.head()).len as usize }
    }

    #[inline]
    fn capacity(self) -> usize {
        // SAFETY: as in `len`.
        unsafe { (*self.head()).capacity as usize }
    }

    /// The place of the first key.
    #[inline]
    fn keys(self) -> NonNull<K> {
        // SAFETY: inside the chunk, which is no smaller.
        unsafe { self.chunk.cast::<u8>().add(Plan::<K, V>::KEYS_AT) }.cast()
    }

    /// The place of the first value.
    #[inline]
    fn values(self) -> NonNull<V> {
        let offset = Plan::<K, V>::values_at(self.capacity());
        // SAFETY: inside the chunk or, for zero-sized values, at its end.
        unsafe { self.chunk.cast::<u8>().add(offset) }.cast()
    }

    /// Moves pairs to the places from `to` on, in the same or another chunk, without regard to the
    /// lengths.
    ///
    /// # Safety
    ///
    /// Both ranges are inside their chunks, which the caller has for itself, and what is written over
    /// is not a pair any more.
    #[inline]
    unsafe fn move_pairs(self, from: Range<usize>, target: Self, to: usize) {
        // SAFETY: inside the chunk by the caller's word.
        let key = unsafe { self.keys().add(from.start) };
        // SAFETY: as above.
        let key_place = unsafe { target.keys().add(to) };
        // SAFETY: as above; nobody else has the chunks.
        unsafe { key_place.copy_from(key, from.len()) };
        // SAFETY: as above.
        let value = unsafe { self.values().add(from.start) };
        // SAFETY: as above.
        let value_place = unsafe { target.values().add(to) };
        // SAFETY: as above.
        unsafe { value_place.copy_from(value, from.len()) };
    }

    /// Writes a pair, without regard to the length.
    ///
    /// # Safety
    ///
    /// The place is inside the chunk, which the caller has for itself, and holds no pair.
    #[inline]
    unsafe fn write(self, index: usize, key: K, value: V) {
        // SAFETY: inside the chunk by the caller's word.
        let key_place = unsafe { self.keys().add(index) };
        // SAFETY: as above; nobody else has the chunk.
        unsafe { key_place.write(key) };
        // SAFETY: as above.
        let value_place = unsafe { self.values().add(index) };
        // SAFETY: as above.
        unsafe { value_place.write(value) };
    }

    /// Reads a pair out, without regard to the length.
    ///
    /// # Safety
    ///
    /// The place holds a pair, which is used no more.
    #[inline]
    unsafe fn read(self, index: usize) -> (K, V) {
        // SAFETY: inside the chunk by the caller's word.
        let key_place = unsafe { self.keys().add(index) };
        // SAFETY: as above.
        let value_place = unsafe { self.values().add(index) };
        // SAFETY: the place holds a key by the caller's word.
        let key = unsafe { key_place.read() };
        // SAFETY: the place holds a value by the caller's word.
        let value = unsafe { value_place.read() };
        (key, value)
    }

    /// Drops pairs, without regard to the length: the values too when the `drop` of a key panics.
    ///
    /// # Safety
    ///
    /// The places hold pairs, which are used no more, and the caller has the chunk for itself.
    unsafe fn drop_pairs(self, range: Range<usize>) {
        struct DropAll<T>(NonNull<[T]>);
        impl<T> Drop for DropAll<T> {
            fn drop(&mut self) {
                // SAFETY: passed on from `drop_pairs`.
                unsafe { self.0.drop_in_place() };
            }
        }
        // SAFETY: inside the chunk by the caller's word.
        let first = unsafe { self.values().add(range.start) };
        let _values = DropAll(NonNull::slice_from_raw_parts(first, range.len()));
        // SAFETY: inside the chunk by the caller's word.
        let first = unsafe { self.keys().add(range.start) };
        let _keys = DropAll(NonNull::slice_from_raw_parts(first, range.len()));
    }
}

/// The pairs of a chunk, lent for reading.
pub struct PairsRef<'a, K, V> {
    raw: Raw<K, V>,
    life: PhantomData<(&'a K, &'a V)>,
}

// SAFETY: it lends `&K` and `&V`.
unsafe impl<K: Sync, V: Sync> Send for PairsRef<'_, K, V> {}
// SAFETY: as above.
unsafe impl<K: Sync, V: Sync> Sync for PairsRef<'_, K, V> {}

impl<K, V> Clone for PairsRef<'_, K, V> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for PairsRef<'_, K, V> {}

impl<'a, K, V> PairsRef<'a, K, V> {
    /// The number of pairs.
    #[inline]
    #[must_use]
    pub fn len(self) -> usize {
        self.raw.len()
    }

    /// `true` when there is no pair.
    #[inline]
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// How many pairs the chunk has room for.
    #[inline]
    #[must_use]
    pub fn capacity(self) -> usize {
        self.raw.capacity()
    }

    /// The keys.
    #[inline]
    #[must_use]
    pub fn keys(self) -> &'a [K] {
        // SAFETY: the first `len` keys are initialised, and not written while they are lent.
        unsafe { slice::from_raw_parts(self.raw.keys().as_ptr(), self.len()) }
    }

    /// The values, in the order of their keys.
    #[inline]
    #[must_use]
    pub fn values(self) -> &'a [V] {
        // SAFETY: the first `len` values are initialised, and not written while they are lent.
        unsafe { slice::from_raw_parts(self.raw.values().as_ptr(), self.len()) }
    }

    /// Pair number `index`, or `None` when there are fewer.
    #[inline]
    #[must_use]
    pub fn get(self, index: usize) -> Option<(&'a K, &'a V)> {
        Some((self.keys().get(index)?, self.values().get(index)?))
    }

    /// The chunk's address, for telling chunks apart.
    #[inline]
    #[must_use]
    pub fn as_ptr(self) -> *const u8 {
        self.raw.chunk.as_ptr().cast_const().cast()
    }

    /// The arena that the chunk lies in.
    #[inline]
    #[must_use]
    pub fn arena(self) -> ArenaRef<'a> {
        // SAFETY: the chunk is in use for `'a`.
        unsafe { ArenaRef::of(self.raw.chunk.cast()) }
    }

    /// Copies the pairs in `range` into a chunk of the same arena with room for `capacity`: the copy of
    /// a copy-on-write fault.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk left.
    ///
    /// # Panics
    ///
    /// If the range is not inside the pairs.
    pub fn try_copy(self, range: Range<usize>, capacity: usize) -> Result<Pairs<K, V>, AllocError>
    where
        K: Clone,
        V: Clone,
    {
        let (keys, values) = (&self.keys()[range.clone()], &self.values()[range]);
        let copy = Pairs::try_with_capacity_in(self.arena(), capacity.max(keys.len()))?;
        let raw = Raw::new(copy.chunk);
        let mut pairs = PairsMut {
            raw,
            life: PhantomData,
        };
        pairs.extend_from_slices(keys, values);
        self.arena().count_copy(copy.layout().bytes);
        Ok(copy)
    }
}

/// The pairs of an exclusive chunk, lent for writing: two vectors of one length and a fixed capacity.
///
/// # Examples
///
/// ```
/// use cow_core::{ArenaRef, Pairs};
///
/// let mut leaf = Pairs::try_with_capacity_in(ArenaRef::global(), 4)?;
/// let mut pairs = leaf.get_mut().expect("the only handle");
/// pairs.extend_from_slices(&["a", "c"], &[1, 3]);
/// pairs.insert(1, "b", 2);
/// assert_eq!(pairs.remove(0), ("a", 1));
/// let (keys, values) = pairs.into_slices();
/// values[1] = 30;
/// assert_eq!((keys, values), (&["b", "c"][..], &mut [2, 30][..]));
/// # Ok::<(), cow_core::AllocError>(())
/// ```
pub struct PairsMut<'a, K, V> {
    raw: Raw<K, V>,
    life: PhantomData<(&'a mut K, &'a mut V)>,
}

// SAFETY: it stands for `&mut` to the pairs.
unsafe impl<K: Send, V: Send> Send for PairsMut<'_, K, V> {}
// SAFETY: as above.
unsafe impl<K: Sync, V: Sync> Sync for PairsMut<'_, K, V> {}

impl<'a, K, V> PairsMut<'a, K, V> {
    #[inline]
    fn set_len(&mut self, len: usize) {
        // SAFETY: the chunk is in use, and nobody else has it.
        unsafe { (*self.raw.head()).len = narrow(len) };
    }

    /// The pairs for reading.
    #[inline]
    #[must_use]
    pub fn as_pairs(&self) -> PairsRef<'_, K, V> {
        PairsRef {
            raw: self.raw,
            life: PhantomData,
        }
    }

    /// The number of pairs.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.raw.len()
    }

    /// `true` when there is no pair.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many pairs the chunk has room for.
    #[inline]
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.raw.capacity()
    }

    /// The keys.
    #[inline]
    #[must_use]
    pub fn keys(&self) -> &[K] {
        self.as_pairs().keys()
    }

    /// The keys, and the values for writing.
    #[inline]
    #[must_use]
    pub fn into_slices(self) -> (&'a [K], &'a mut [V]) {
        let len = self.len();
        // SAFETY: the first `len` keys are initialised, and lent for `'a`.
        let keys = unsafe { slice::from_raw_parts(self.raw.keys().as_ptr(), len) };
        // SAFETY: the first `len` values are initialised, and nobody else has the chunk for `'a`.
        let values = unsafe { slice::from_raw_parts_mut(self.raw.values().as_ptr(), len) };
        (keys, values)
    }

    /// Pair number `index`, with the value for writing. Touches no other value: they may be lent too.
    ///
    /// # Panics
    ///
    /// If there are fewer.
    #[inline]
    #[must_use]
    pub fn into_pair(self, index: usize) -> (&'a K, &'a mut V) {
        let len = self.len();
        assert!(index < len, "pair {index} of {len}");
        // SAFETY: the place is inside the chunk.
        let key = unsafe { self.raw.keys().add(index) };
        // SAFETY: as above.
        let mut value = unsafe { self.raw.values().add(index) };
        // SAFETY: it holds a key, which is lent for `'a`.
        let key = unsafe { key.as_ref() };
        // SAFETY: it holds a value, and nobody else has the chunk for `'a`.
        let value = unsafe { value.as_mut() };
        (key, value)
    }

    /// Adds a pair behind the others.
    ///
    /// # Panics
    ///
    /// If the chunk is full.
    #[inline]
    pub fn push(&mut self, key: K, value: V) {
        let len = self.len();
        assert!(len < self.capacity(), "push to a full chunk of {len} pairs");
        // SAFETY: inside the chunk, and no pair is there.
        unsafe { self.raw.write(len, key, value) };
        self.set_len(len + 1);
    }

    /// Puts a pair in front of pair number `index`.
    ///
    /// # Complexity
    ///
    /// O(pairs behind `index`).
    ///
    /// # Panics
    ///
    /// If the chunk is full or `index` above its length.
    #[inline]
    pub fn insert(&mut self, index: usize, key: K, value: V) {
        let (len, capacity) = (self.len(), self.capacity());
        assert!(
            index <= len && len < capacity,
            "insert at {index} of {len} in a chunk of {capacity} pairs"
        );
        // SAFETY: inside the chunk, and there is no pair at `len`.
        unsafe { self.raw.move_pairs(index..len, self.raw, index + 1) };
        // SAFETY: inside the chunk; the pair there was moved away.
        unsafe { self.raw.write(index, key, value) };
        self.set_len(len + 1);
    }

    /// Takes pair number `index` out and closes the hole.
    ///
    /// # Complexity
    ///
    /// O(pairs behind `index`).
    ///
    /// # Panics
    ///
    /// If `index` is not below the length.
    #[inline]
    pub fn remove(&mut self, index: usize) -> (K, V) {
        let len = self.len();
        assert!(index < len, "remove at {index} of {len}");
        // SAFETY: there is a pair; what follows writes over it.
        let pair = unsafe { self.raw.read(index) };
        // SAFETY: moves pairs down over the one just taken.
        unsafe { self.raw.move_pairs(index + 1..len, self.raw, index) };
        self.set_len(len - 1);
        pair
    }

    /// Takes the last pair off.
    #[inline]
    pub fn pop(&mut self) -> Option<(K, V)> {
        let last = self.len().checked_sub(1)?;
        Some(self.remove(last))
    }

    /// Moves the pairs from number `index` on to the front of those of `to`.
    ///
    /// # Panics
    ///
    /// If `index` is above the length or `to` has no room for them.
    pub fn move_tail(&mut self, index: usize, to: &mut PairsMut<'_, K, V>) {
        let (len, there) = (self.len(), to.len());
        assert!(
            index <= len && there + (len - index) <= to.capacity(),
            "no room to move {index}..{len}"
        );
        let count = len - index;
        self.set_len(index);
        // SAFETY: `to` has room for all.
        unsafe { to.raw.move_pairs(0..there, to.raw, count) };
        // SAFETY: pairs here, and none any more there.
        unsafe { self.raw.move_pairs(index..len, to.raw, 0) };
        to.set_len(there + count);
    }

    /// Moves the first `count` pairs behind those of `to`.
    ///
    /// # Panics
    ///
    /// If there are fewer, or `to` has no room for them.
    pub fn move_head(&mut self, count: usize, to: &mut PairsMut<'_, K, V>) {
        let (len, there) = (self.len(), to.len());
        assert!(
            count <= len && there + count <= to.capacity(),
            "no room to move {count} of {len}"
        );
        // SAFETY: pairs here, and none there.
        unsafe { self.raw.move_pairs(0..count, to.raw, there) };
        // SAFETY: closes the gap that they left.
        unsafe { self.raw.move_pairs(count..len, self.raw, 0) };
        self.set_len(len - count);
        to.set_len(there + count);
    }

    /// Adds clones of keys and values behind the pairs.
    ///
    /// # Panics
    ///
    /// If the slices differ in length or the chunk has no room for them.
    pub fn extend_from_slices(&mut self, keys: &[K], values: &[V])
    where
        K: Clone,
        V: Clone,
    {
        let start = self.len();
        assert!(
            keys.len() == values.len() && keys.len() <= self.capacity() - start,
            "no room for {} pairs",
            keys.len()
        );
        if needs_drop::<K>() || needs_drop::<V>() {
            for (key, value) in keys.iter().zip(values) {
                self.push(key.clone(), value.clone());
            }
            return;
        }
        // Nothing to drop when a clone panics, and so plain loops: a `memcpy` each where `clone` is one.
        // SAFETY: `start` is at most the capacity.
        let place = unsafe { self.raw.keys().add(start) };
        // SAFETY: there is room, and no key.
        unsafe { fill(place, keys) };
        // SAFETY: `start` is at most the capacity.
        let place = unsafe { self.raw.values().add(start) };
        // SAFETY: there is room, and no value.
        unsafe { fill(place, values) };
        self.set_len(start + keys.len());
    }
}

/// Writes clones of the values to the places from `first` on.
///
/// # Safety
///
/// The caller has the places for itself, and they hold no values.
unsafe fn fill<T: Clone>(first: NonNull<T>, values: &[T]) {
    for (offset, value) in values.iter().enumerate() {
        let value = value.clone();
        // SAFETY: one of the places.
        let place = unsafe { first.add(offset) };
        // SAFETY: as above.
        unsafe { place.write(value) };
    }
}

// SAFETY: a chunk is a multiple of 64 and never null; the rest are the type's own operations.
unsafe impl<K, V> Counted for Pairs<K, V> {
    type Ref<'a>
        = PairsRef<'a, K, V>
    where
        Self: 'a;
    type Mut<'a>
        = PairsMut<'a, K, V>
    where
        Self: 'a;

    #[inline]
    fn into_raw(self) -> NonNull<u8> {
        ManuallyDrop::new(self).chunk.cast()
    }

    #[inline]
    unsafe fn from_raw(raw: NonNull<u8>) -> Self {
        Self {
            chunk: raw.cast(),
            owns: PhantomData,
        }
    }

    #[inline]
    unsafe fn raw_ref<'a>(raw: NonNull<u8>) -> PairsRef<'a, K, V>
    where
        Self: 'a,
    {
        PairsRef {
            raw: Raw::new(raw.cast()),
            life: PhantomData,
        }
    }

    #[inline]
    unsafe fn raw_mut<'a>(raw: NonNull<u8>) -> PairsMut<'a, K, V>
    where
        Self: 'a,
    {
        PairsMut {
            raw: Raw::new(raw.cast()),
            life: PhantomData,
        }
    }

    #[inline]
    unsafe fn raw_prefetch_count(raw: NonNull<u8>) {
        // SAFETY: the pointer stands for a handle.
        let handle = ManuallyDrop::new(unsafe { Self::from_raw(raw) });
        prefetch(ptr::from_ref(handle.refcount()).cast(), 1);
    }
}

/// The pairs of an exclusive chunk, by value.
pub struct IntoPairs<K, V> {
    /// The chunk, whose length is zero: the pairs in `live` belong to the iterator.
    pairs: Pairs<K, V>,
    live: Range<usize>,
}

impl<K, V> IntoPairs<K, V> {
    #[inline]
    fn raw(&self) -> Raw<K, V> {
        Raw::new(self.pairs.chunk)
    }

    /// The pairs not yet taken.
    #[must_use]
    pub fn as_slices(&self) -> (&[K], &[V]) {
        // SAFETY: `live` is inside the chunk.
        let keys = unsafe { self.raw().keys().add(self.live.start) };
        // SAFETY: as above.
        let values = unsafe { self.raw().values().add(self.live.start) };
        // SAFETY: the places in `live` hold keys.
        let keys = unsafe { slice::from_raw_parts(keys.as_ptr(), self.live.len()) };
        // SAFETY: the places in `live` hold values.
        let values = unsafe { slice::from_raw_parts(values.as_ptr(), self.live.len()) };
        (keys, values)
    }
}

impl<K, V> Iterator for IntoPairs<K, V> {
    type Item = (K, V);

    #[inline]
    fn next(&mut self) -> Option<(K, V)> {
        let index = self.live.next()?;
        // SAFETY: there is a pair, which is not in `live` any more.
        Some(unsafe { self.raw().read(index) })
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.live.size_hint()
    }
}

impl<K, V> DoubleEndedIterator for IntoPairs<K, V> {
    #[inline]
    fn next_back(&mut self) -> Option<(K, V)> {
        let index = self.live.next_back()?;
        // SAFETY: there is a pair, which is not in `live` any more.
        Some(unsafe { self.raw().read(index) })
    }
}

impl<K, V> ExactSizeIterator for IntoPairs<K, V> {}
impl<K, V> FusedIterator for IntoPairs<K, V> {}

impl<K, V> Drop for IntoPairs<K, V> {
    fn drop(&mut self) {
        // SAFETY: the pairs in `live` were not taken; the chunk itself goes after.
        unsafe { self.raw().drop_pairs(self.live.clone()) };
    }
}

const _: () = assert!(size_of::<Option<Pairs<u64, u64>>>() == 8);
