//! Changing a run of bytes: in place where that is allowed, else in a copy.

use std::{
    ops::Range,
    ptr::{self, NonNull},
    slice,
};

use super::{
    Bytes, Kind, Large, MAX_CLASS_BYTES, TAG_SHIFT, address, check, narrow, packed, stored,
};
use crate::{
    arena::ArenaRef, counted::Counted, error::AllocError, extent::Extent, layout::ChunkLayout,
    shared::Shared, slots::SlotsMut,
};

impl Bytes {
    /// Adds bytes behind the others: in place when there is room and the chunk is exclusive, or shared
    /// and nobody else added to it yet.
    ///
    /// # Complexity
    ///
    /// O(new bytes) amortised. Copies all bytes when another handle to the chunk was first.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk left, or the run would be longer than [`MAX_LEN`](Self::MAX_LEN);
    /// all is as it was then.
    #[inline]
    pub fn try_extend_from_slice(&mut self, bytes: &[u8]) -> Result<(), AllocError> {
        let done = match self.kind() {
            Kind::Chunk => self.extend_chunk(bytes),
            Kind::Static | Kind::Large => false,
            Kind::Inline => self.extend_inline(bytes),
        };
        if done {
            return Ok(());
        }
        self.extend_slow(bytes)
    }

    /// Adds bytes to those of an inline handle; `false` when it has no room for them.
    #[inline]
    fn extend_inline(&mut self, bytes: &[u8]) -> bool {
        let len = self.len();
        if bytes.len() > Self::INLINE - len {
            return false;
        }
        // In registers: bytes that were written one by one would be slow to read as a word.
        let [low, high] = packed(bytes);
        let more = (u128::from(low) | u128::from(high) << u64::BITS) << (8 * len);
        #[expect(clippy::cast_possible_truncation, reason = "taken apart again")]
        let [more_low, more_high] = [more as u64, (more >> u64::BITS) as u64];
        let [low, high] = self.numbers();
        self.pointer = address(low | more_low);
        self.word = stored((high | more_high) + ((bytes.len() as u64) << TAG_SHIFT));
        true
    }

    /// Adds bytes to those of a chunk in place; `false` when there is no room, or another handle has it.
    #[inline]
    fn extend_chunk(&mut self, bytes: &[u8]) -> bool {
        let chunk = self.chunk();
        let end = self.raw().addr().get() - chunk.addr().get() + self.len();
        if bytes.len() > (1 << self.shift()) - end {
            return false;
        }
        // SAFETY: the chunk is in use while this handle lives.
        let fill = unsafe { Extent::fill(Extent::of(chunk), chunk) };
        let (from, count) = (narrow(end), narrow(bytes.len()));
        if self.refcount().is_exclusive() {
            fill.set(from + count);
        } else if !fill.claim_many(from, count) {
            return false;
        }
        // SAFETY: `end` is at most the size of the chunk.
        let place = unsafe { chunk.add(end) };
        let bytes: NonNull<[u8]> = bytes.into();
        // SAFETY: there is room, and it is ours: by the claim, or since there is no other handle. Nobody
        // else looks behind the former fill, or behind our end.
        unsafe { place.copy_from_nonoverlapping(bytes.cast(), bytes.len()) };
        self.set_len(self.len() + bytes.len());
        true
    }

    /// Adds bytes to those of a large run in place if that can be done, else to a copy.
    #[inline(never)]
    fn extend_slow(&mut self, bytes: &[u8]) -> Result<(), AllocError> {
        let len = self.len();
        if self.kind() == Kind::Large && self.extend_large(bytes) {
            self.set_len(len + bytes.len());
            return Ok(());
        }
        self.replace(len..len, bytes)
    }

    fn extend_large(&mut self, bytes: &[u8]) -> bool {
        let (slots, start) = self.place();
        let end = start + self.len();
        if !self.is_exclusive() {
            // SAFETY: every handle truncates to its end before it writes through `SlotsMut`; and bytes
            // are bytes.
            return unsafe { slots.claim_slice(end, bytes) };
        }
        let fits = bytes.len() <= slots.capacity() - end;
        if fits {
            // SAFETY: this is the only handle, and it lends nothing else.
            let mut slots = unsafe { SlotsMut::from_first(slots.first()) };
            slots.truncate(end);
            slots.extend_from_slice(bytes);
        }
        fits
    }

    /// Puts `with` in the place of the bytes in `range`.
    ///
    /// # Complexity
    ///
    /// O(bytes behind the range + new ones); O(all bytes) when the run is shared or has to grow.
    ///
    /// # Errors
    ///
    /// As for [`try_extend_from_slice`](Self::try_extend_from_slice).
    ///
    /// # Panics
    ///
    /// If the range is not inside the bytes.
    pub fn try_splice(&mut self, range: Range<usize>, with: &[u8]) -> Result<(), AllocError> {
        let len = self.len();
        assert!(
            range.start <= range.end && range.end <= len,
            "splice {range:?} of {len} bytes"
        );
        if range.start == len {
            return self.try_extend_from_slice(with);
        }
        let new_len = len - range.len() + with.len();
        if !self.is_counted() || new_len > self.capacity() || !self.is_exclusive() {
            return self.replace(range, with);
        }
        let (slots, start) = self.place();
        let first = slots.first();
        // SAFETY: this is the only handle, and it lends nothing else.
        let mut slots = unsafe { SlotsMut::from_first(first) };
        let place = |index: usize| {
            // SAFETY: within the run as it was or is to be: inside the chunk.
            unsafe { first.add(start + index) }
        };
        let (hole, from) = (place(range.start), place(range.end));
        let to = place(range.start + with.len());
        // SAFETY: bytes of the run, moved to where the run has room for them.
        unsafe { to.copy_from(from, len - range.end) };
        let with: NonNull<[u8]> = with.into();
        // SAFETY: the hole is as long as `with`, which is no part of a chunk that is lent to us alone.
        unsafe { hole.copy_from_nonoverlapping(with.cast(), with.len()) };
        // SAFETY: they are, and bytes need no drop.
        unsafe { slots.assume_filled(start + new_len) };
        self.set_len(new_len);
        Ok(())
    }

    /// Builds the run anew with `with` in the place of the bytes in `range`.
    fn replace(&mut self, range: Range<usize>, with: &[u8]) -> Result<(), AllocError> {
        let new_len = self.len() - range.len() + with.len();
        let capacity = if new_len <= self.len() {
            new_len
        } else {
            self.grown(new_len)?
        };
        *self = self.rebuilt(capacity, range, with)?;
        Ok(())
    }

    /// The capacity to take for a run that grows to `new_len` bytes.
    ///
    /// Classes double by themselves.
    fn grown(&self, new_len: usize) -> Result<usize, AllocError> {
        check(new_len)?;
        if new_len <= MAX_CLASS_BYTES {
            return Ok(new_len);
        }
        Ok(new_len.max((2 * self.len()).min(Self::MAX_LEN)))
    }

    /// A copy with `with` in the place of the bytes in `range`, in the same arena.
    #[inline(never)]
    fn rebuilt(
        &self,
        capacity: usize,
        range: Range<usize>,
        with: &[u8],
    ) -> Result<Self, AllocError> {
        let bytes = self.as_slice();
        let parts = [&bytes[..range.start], with, &bytes[range.end..]];
        if !self.is_counted() {
            return Self::fresh(ArenaRef::global(), capacity, parts);
        }
        let arena = self.place().0.arena();
        let copy = Self::fresh(arena, capacity, parts)?;
        if !self.is_exclusive() {
            arena.count_copy(copy.capacity());
        }
        Ok(copy)
    }

    /// Makes room for `additional` more bytes in a chunk that is this handle's alone.
    ///
    /// # Complexity
    ///
    /// O(bytes) when that takes another chunk, else O(1).
    ///
    /// # Errors
    ///
    /// As for [`try_extend_from_slice`](Self::try_extend_from_slice).
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), AllocError> {
        let len = self.len();
        let new_len = len.saturating_add(additional);
        if new_len <= self.capacity() && self.is_exclusive() {
            return Ok(());
        }
        *self = self.rebuilt(self.grown(new_len)?, len..len, &[])?;
        Ok(())
    }

    /// Lends the bytes for writing. Copies them first while another handle shares them, or they are
    /// static.
    ///
    /// # Complexity
    ///
    /// Exclusive: O(1). Shared: O(bytes).
    ///
    /// # Errors
    ///
    /// When the arena has no chunk left.
    #[inline]
    pub fn try_make_mut(&mut self) -> Result<&mut [u8], AllocError> {
        let len = self.len();
        if !self.is_exclusive() {
            *self = self.rebuilt(len, len..len, &[])?;
        }
        let first = if self.is_inline() {
            ptr::from_mut(self).cast()
        } else {
            let (slots, start) = self.place();
            slots.first().as_ptr().wrapping_add(start)
        };
        // SAFETY: the bytes are initialised (invariants 1 and 3), and the handle is the only one, which
        // is borrowed for as long.
        Ok(unsafe { slice::from_raw_parts_mut(first, len) })
    }

    /// Shortens the run to `len` bytes, if it is longer. The chunk stays.
    ///
    /// # Complexity
    ///
    /// O(1).
    #[inline]
    pub fn truncate(&mut self, len: usize) {
        if len >= self.len() {
            return;
        }
        if self.is_inline() {
            *self = Self::inline(&self.as_slice()[..len]);
        } else {
            self.set_len(len);
        }
    }

    /// Takes all bytes away. The chunk stays if it is this handle's alone.
    ///
    /// # Complexity
    ///
    /// O(1).
    pub fn clear(&mut self) {
        if self.is_static() || !self.is_exclusive() {
            *self = Self::new();
            return;
        }
        self.truncate(0);
        if self.kind() == Kind::Chunk {
            self.pointer = self.chunk().as_ptr();
        } else if self.kind() == Kind::Large
            && let Some(large) = self.large_mut()
        {
            large.start = 0;
        }
    }

    /// Takes the first `count` bytes away.
    ///
    /// # Complexity
    ///
    /// O(1). The room in front is not used again before [`clear`](Self::clear).
    ///
    /// # Errors
    ///
    /// As for [`try_slice`](Self::try_slice).
    ///
    /// # Panics
    ///
    /// If there are fewer bytes.
    pub fn try_advance(&mut self, count: usize) -> Result<(), AllocError> {
        let len = self.len();
        assert!(count <= len, "advance by {count} of {len} bytes");
        match self.kind() {
            Kind::Static | Kind::Chunk => {
                // A byte behind the chunk is in the next one.
                if count == len {
                    self.clear();
                    return Ok(());
                }
                self.pointer = self.pointer.wrapping_add(count);
                self.set_len(len - count);
            }
            Kind::Large => match self.large_mut() {
                Some(large) => {
                    large.start += count;
                    self.set_len(len - count);
                }
                None if count > 0 => *self = self.large_from(count)?,
                None => {}
            },
            Kind::Inline => *self = Self::inline(&self.as_slice()[count..]),
        }
        Ok(())
    }

    /// The node of a large run for writing, or `None` while another handle shares it.
    fn large_mut(&mut self) -> Option<&mut Large> {
        debug_assert_eq!(self.kind(), Kind::Large);
        if !self.refcount().is_exclusive() {
            return None;
        }
        // SAFETY: the pointer stands for such a handle (invariant 2), and is the only one.
        Some(unsafe { Shared::raw_mut(self.raw()) })
    }

    /// Moves the bytes to the smallest chunk that holds them, or into the handle, if that is not where
    /// they are: so that they do not keep a larger one.
    ///
    /// # Complexity
    ///
    /// O(bytes) when they move, else O(1).
    ///
    /// # Errors
    ///
    /// When the arena has no chunk left.
    pub fn try_compact(&mut self) -> Result<(), AllocError> {
        if !self.is_counted() {
            return Ok(());
        }
        let (slots, _) = self.place();
        let len = self.len();
        if len > Self::INLINE && ChunkLayout::new(len, 1).bytes >= slots.capacity() {
            return Ok(());
        }
        *self = self.rebuilt(len, len..len, &[])?;
        Ok(())
    }
}
