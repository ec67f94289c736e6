//! Size classes, extents and the arithmetic between them. Everything here is `const` and safe.
//!
//! ```text
//! extent, 2 MiB, aligned to 2 MiB, one size class
//! +-----------+--------+-----------------+----------------+---------+-- ... --+---------+
//! | colour    | header | refcounts, u32  | fills, u32     | chunk k |         | chunk n |
//! +-----------+--------+-----------------+----------------+---------+-- ... --+---------+
//! 0           c        c + 128
//! ```
//!
//! The header starts at the extent's *colour*, a multiple of 4 KiB taken from the extent's address:
//! counts of neighbouring extents then fall into different sets of the processor's caches. A chunk
//! that the header overlaps is never handed out; its number and count stay unused, so that a chunk's
//! number is its offset divided by the class size.
//!
//! The chunks of one class are *staggered*: each starts up to 15 lines of the processor's cache behind
//! the multiple of its size, and every 16 chunks another number of lines. For a chunk whose first line
//! is looked at more often than the others: of chunks at multiples of 1 KiB, all the first lines fall
//! into one sixteenth of the cache's sets, and that is the cache they get. The chunk that would run
//! into the next round of lines is never handed out.

use std::alloc::Layout;

/// Bytes of an extent, and its alignment.
///
/// Tiny ones are small enough for checkers of memory: AddressSanitizer maps and unmaps each block that
/// is aligned to more.
pub(crate) const EXTENT_BYTES: usize = if cfg!(cow_tiny) { 32 << 10 } else { 2 << 20 };

/// log2 of the smallest chunk.
const MIN_SHIFT: u32 = 6;
/// log2 of the largest chunk that shares its extent with others.
const MAX_SHIFT: u32 = if cfg!(cow_tiny) { 12 } else { 16 };
/// Bytes of the largest chunk that shares its extent with others.
pub(crate) const MAX_CLASS_BYTES: usize = 1 << MAX_SHIFT;
/// The shift of a chunk that has an extent of its own: every offset becomes chunk number zero.
pub(crate) const LARGE_SHIFT: u32 = 31;

/// The number of size classes: powers of two from 64 B to 64 KiB, and 1 KiB once more for chunks that
/// are staggered over the lines of the processor's cache.
pub const CLASS_COUNT: usize = STAGGERED_CLASS + 1;

/// The class whose chunks are staggered, behind those of the powers of two.
const STAGGERED_CLASS: usize = (MAX_SHIFT - MIN_SHIFT + 1) as usize;
/// log2 of a staggered chunk.
const STAGGERED_SHIFT: u32 = 10;
/// The lines that a staggered chunk may start at, and so their alignment.
const LINE_BYTES: usize = 64;
const LINES: usize = (1 << STAGGERED_SHIFT) / LINE_BYTES;
/// How many chunks in a row start at the same line. Few, so that small collections use all lines; not
/// one, since a chunk of each round is lost.
const CHUNKS_PER_LINE: usize = if cfg!(cow_tiny) { 2 } else { 16 };

/// Bytes that the header proper takes, in front of the counts.
pub(crate) const HEADER_BYTES: usize = 128;
/// Bytes that a chunk costs in the header: a refcount and a fill.
pub(crate) const META_BYTES: usize = 8;

/// A power of two.
const COLOURS: usize = if cfg!(any(cow_tiny, miri)) { 1 } else { 16 };
const COLOUR_BYTES: usize = 4 << 10;

/// The size and alignment of a chunk, and the class that serves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ChunkLayout {
    /// Bytes of the chunk; the class size when there is a class.
    pub(crate) bytes: usize,
    /// The class size when there is a class, but for staggered chunks.
    pub(crate) align: usize,
    /// log2 of the class size, or [`LARGE_SHIFT`].
    pub(crate) shift: u32,
}

impl ChunkLayout {
    /// The smallest chunk with at least `bytes` bytes at a multiple of `align`.
    ///
    /// # Panics
    ///
    /// If `align` is above half an extent (1 MiB).
    pub(crate) const fn new(bytes: usize, align: usize) -> Self {
        assert!(
            align <= EXTENT_BYTES / 2,
            "alignments above 1 MiB are not supported"
        );
        let need = if bytes > align { bytes } else { align };
        if need > 1 << MAX_SHIFT {
            return Self {
                bytes,
                align,
                shift: LARGE_SHIFT,
            };
        }
        let shift = need.next_power_of_two().trailing_zeros();
        let shift = if shift < MIN_SHIFT { MIN_SHIFT } else { shift };
        Self {
            bytes: 1 << shift,
            align: 1 << shift,
            shift,
        }
    }

    /// The layout of a chunk that holds one `N`.
    pub(crate) const fn of<N>() -> Self {
        Self::new(size_of::<N>(), align_of::<N>())
    }

    /// As [`new`](Self::new), for a chunk whose first line is looked at more often than the others:
    /// staggered, if there is such a class for it.
    pub(crate) const fn staggered(bytes: usize, align: usize) -> Self {
        let layout = Self::new(bytes, align);
        if layout.shift == STAGGERED_SHIFT && align <= LINE_BYTES {
            return Self::of_class(STAGGERED_CLASS);
        }
        layout
    }

    /// Whether the chunks of the class start at different lines.
    #[inline]
    pub(crate) const fn is_staggered(self) -> bool {
        self.align < self.bytes && self.shift != LARGE_SHIFT
    }

    /// The class number, or `None` for a chunk with an extent of its own.
    #[inline]
    pub(crate) const fn class(self) -> Option<usize> {
        if self.shift == LARGE_SHIFT {
            None
        } else if self.is_staggered() {
            Some(STAGGERED_CLASS)
        } else {
            Some((self.shift - MIN_SHIFT) as usize)
        }
    }

    /// Where chunk number `number` of an extent of this class starts, behind the extent's base.
    ///
    /// Less than one chunk behind the multiple of the class size, so that the number is found by a shift.
    #[inline]
    pub(crate) const fn offset(self, number: usize) -> usize {
        let line = if self.is_staggered() {
            number / CHUNKS_PER_LINE % LINES
        } else {
            0
        };
        (number << self.shift) + line * LINE_BYTES
    }

    /// Whether a chunk would run into the one that starts the next round of lines, or over the end of
    /// the extent.
    #[inline]
    pub(crate) const fn is_gap(self, number: u32) -> bool {
        self.is_staggered() && (number as usize + 1).is_multiple_of(CHUNKS_PER_LINE * LINES)
    }

    /// How many of the first `count` chunks of an extent are gaps.
    pub(crate) const fn gaps(self, count: u32) -> u32 {
        if self.is_staggered() {
            count / narrow(CHUNKS_PER_LINE * LINES)
        } else {
            0
        }
    }

    /// The layout of class number `class`.
    pub(crate) const fn of_class(class: usize) -> Self {
        if class == STAGGERED_CLASS {
            return Self {
                bytes: 1 << STAGGERED_SHIFT,
                align: LINE_BYTES,
                shift: STAGGERED_SHIFT,
            };
        }
        let bytes = 1 << (class + MIN_SHIFT as usize);
        Self {
            bytes,
            align: bytes,
            shift: bytes.trailing_zeros(),
        }
    }
}

/// Offset of the header inside the extent that starts at `base`.
#[inline]
pub(crate) const fn colour(base: usize) -> usize {
    ((base / EXTENT_BYTES) & (COLOURS - 1)) * COLOUR_BYTES
}

/// Narrows a number of chunks, or of one chunk in its extent.
#[expect(
    clippy::cast_possible_truncation,
    reason = "an extent has at most 2^15 chunks"
)]
pub(crate) const fn narrow(number: usize) -> u32 {
    number as u32
}

/// Where the parts of an extent lie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExtentPlan {
    /// The whole block as it is asked of the source.
    pub(crate) block: Layout,
    /// Chunk numbers in use: the length of the count arrays.
    pub(crate) slots: u32,
}

impl ExtentPlan {
    /// A full extent of one class.
    pub(crate) const fn shared(chunk: ChunkLayout) -> Self {
        let Ok(block) = Layout::from_size_align(EXTENT_BYTES, EXTENT_BYTES) else {
            unreachable!()
        };
        Self {
            block,
            slots: narrow(EXTENT_BYTES >> chunk.shift),
        }
    }

    /// An extent that holds a single chunk, of any class or large; `None` when the size overflows.
    pub(crate) fn single(chunk: ChunkLayout) -> Option<Self> {
        let most_colour = (COLOURS - 1) * COLOUR_BYTES;
        let (slots, bytes) = if chunk.shift == LARGE_SHIFT {
            let start = (most_colour + HEADER_BYTES + META_BYTES).next_multiple_of(chunk.align);
            (1, start.checked_add(chunk.bytes)?)
        } else {
            // The number of the one chunk must have a count: grow the arrays until it does.
            let mut slots = 1;
            loop {
                let end = most_colour + HEADER_BYTES + slots * META_BYTES;
                let first = end.div_ceil(chunk.bytes);
                if first < slots {
                    break (narrow(slots), slots * chunk.bytes);
                }
                slots = first + 1;
            }
        };
        let block = Layout::from_size_align(bytes, EXTENT_BYTES).ok()?;
        Some(Self { block, slots })
    }

    /// End of the header with its arrays, as an offset from `base`.
    pub(crate) const fn header_end(self, base: usize) -> usize {
        colour(base) + HEADER_BYTES + self.slots as usize * META_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_powers_of_two_and_hold_what_was_asked() {
        for bytes in [0, 1, 63, 64, 65, 100, 128, 4000, 4096] {
            let layout = ChunkLayout::new(bytes, 8);
            assert!(layout.bytes >= bytes.max(64));
            assert!(layout.bytes < 2 * bytes.max(64));
            assert_eq!(ChunkLayout::of_class(layout.class().unwrap()), layout);
        }
    }

    #[test]
    fn alignment_raises_the_class() {
        assert_eq!(ChunkLayout::new(8, 256).bytes, 256);
    }

    #[test]
    fn staggered_chunks_start_at_every_line_and_overlap_nothing() {
        let layout = ChunkLayout::staggered(1000, 8);
        assert!(layout.is_staggered());
        assert_eq!(ChunkLayout::of_class(layout.class().unwrap()), layout);
        let slots = ExtentPlan::shared(layout).slots;
        let used: Vec<u32> = (0..slots).filter(|&n| !layout.is_gap(n)).collect();
        assert_eq!(slots - layout.gaps(slots), narrow(used.len()));
        let mut end = 0;
        let mut lines = [false; LINES];
        for number in used {
            let start = layout.offset(number as usize);
            assert!(start >= end && start.is_multiple_of(layout.align));
            assert_eq!(start >> layout.shift, number as usize);
            lines[start % layout.bytes / LINE_BYTES] = true;
            end = start + layout.bytes;
        }
        assert!(end <= EXTENT_BYTES);
        assert_eq!(lines, [true; LINES]);
    }

    #[test]
    fn what_is_aligned_to_more_than_a_line_is_not_staggered() {
        assert!(!ChunkLayout::staggered(1000, 128).is_staggered());
        assert!(!ChunkLayout::staggered(2000, 8).is_staggered());
        assert!(!ChunkLayout::new(1000, 8).is_staggered());
        assert!(!ChunkLayout::new(MAX_CLASS_BYTES + 1, 8).is_staggered());
    }

    #[test]
    fn large_chunks_have_an_extent_of_their_own() {
        let layout = ChunkLayout::new((1 << MAX_SHIFT) + 1, 8);
        assert_eq!(layout.class(), None);
        assert!(ExtentPlan::single(layout).unwrap().block.size() > layout.bytes);
    }

    #[test]
    fn a_size_that_overflows_has_no_plan() {
        let layout = ChunkLayout::new(isize::MAX as usize, 8);
        assert!(ExtentPlan::single(layout).is_none());
    }

    #[test]
    fn headers_leave_most_of_an_extent_to_chunks() {
        for class in 0..CLASS_COUNT {
            let layout = ChunkLayout::of_class(class);
            let plan = ExtentPlan::shared(layout);
            let lost = HEADER_BYTES + plan.slots as usize * META_BYTES;
            assert!(
                lost * 6 < EXTENT_BYTES,
                "class of {} bytes loses {lost}",
                layout.bytes
            );
        }
    }
}
