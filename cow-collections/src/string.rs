//! [`CowString`]: making one, editing it, and what is particular to copy-on-write.

mod convert;
mod cursor;
mod diff;
mod error;
mod io;
mod iter;
#[cfg(feature = "plain")]
mod merge;
mod pattern;
#[cfg(feature = "quickcheck")]
mod quickcheck;
#[cfg(feature = "regex")]
mod regex;
#[cfg(feature = "serde")]
mod serde;
mod slice;
#[cfg(feature = "plain")]
mod stream;
mod traits;

use std::ops::{Range, RangeBounds};

use cow_core::{AllocError, Arena, ArenaRef, OrAbort};

use crate::{
    Memory,
    drops::Dismantle,
    graph::{self, Edge, Graph},
    node::seq::text::{Text, TextRubble},
};

pub use crate::node::seq::text::metrics::{
    AllMetrics, Bytes, CountsBreaks, CountsChars, CountsLines, CountsUtf16, Lines, Metrics,
    Utf16Lines,
};
pub use convert::{Column, LineBreak, Position};
pub use cursor::TextCursor;
pub use diff::{TextDiff, TextEdit};
pub use error::{PositionError, TextError};
pub use io::{ReadError, TextReader};
pub use iter::{
    IntoTextChunks, TextBytes, TextCharIndices, TextChars, TextChunk, TextChunks, TextLines,
};
pub use pattern::Pattern;
pub use slice::TextSlice;

use error::OrPanic;

/// A text whose snapshots cost nanoseconds, however long it is.
///
/// `CowString` has `String`'s calls under `String`'s names, with its argument order, return values and
/// panics. Positions are bytes. `Clone` takes a snapshot.
///
/// The text lies in chunks of up to 2 KiB, each with a gap where it was edited last. A tree of narrow
/// nodes leads to them, and the handle keeps a finger on the chunk that was edited last, so that typing
/// costs tens of nanoseconds wherever it happens. What the nodes sum up is chosen by `M` (see
/// [`Metrics`]): bytes and lines, unless told otherwise.
///
/// # Complexity
///
/// | call | exclusive | after a snapshot |
/// |---|---|---|
/// | `clone`, `snapshot` | O(1) | |
/// | `insert`, `remove`, `push` beside the last edit | O(1) | the first one copies one path |
/// | `insert`, `remove`, `replace_range` elsewhere | O(log n) | copies one path |
/// | `append`, `split_off`, `truncate`, `snapshot_range` | O(log n) | copies the nodes along the seam |
/// | byte <-> line, character, UTF-16 unit | O(log n) | |
/// | `chunks`, `chars`, `lines` | O(1) an item | |
/// | `==`, `cmp`, `diff` | O(n) | O(changes × log n): what is shared is not looked at |
///
/// The base of the logarithm is 16; a path is 4 nodes at 100 MiB.
///
/// # Positions from elsewhere
///
/// At a position inside a character or out of range the calls panic, as `String`'s do. Those with `try_`
/// return a [`PositionError`]; `floor_char_boundary` and the `clamp_` calls take the nearest place.
///
/// # Length
///
/// A text is shorter than 4 GiB: a call that would make it longer panics with "capacity overflow".
///
/// # Examples
///
/// ```
/// use cow_collections::CowString;
///
/// let mut text = CowString::from("hello world");
/// let before = text.snapshot();
/// text.insert_str(5, ", copy-on-write");
/// text.remove_range(..1);
/// text.insert(0, 'H');
///
/// assert_eq!(text, "Hello, copy-on-write world");
/// assert_eq!(before, "hello world");
/// ```
pub struct CowString<M: Metrics = Lines> {
    text: Text<M>,
}

impl CowString {
    /// Makes an empty text in the global arena. It allocates nothing before a character comes.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowString;
    /// const EMPTY: CowString = CowString::new();
    /// assert!(EMPTY.is_empty());
    /// ```
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self { text: Text::new() }
    }

    /// Makes an empty text in the given arena, in which all of its clones and parts stay.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::{Arena, CowString};
    /// let arena = Arena::builder().byte_limit(64 << 10).build();
    /// let mut log = CowString::new_in(&arena);
    /// while log.try_push_str("one more line\n").is_ok() {}
    /// assert!(log.len() > 32 << 10);
    /// assert!(arena.stats().bytes_used <= 64 << 10);
    /// ```
    #[inline]
    #[must_use]
    pub fn new_in(arena: &Arena) -> Self {
        Self::with_metrics_in(arena)
    }
}

impl<M: Metrics> CowString<M> {
    /// Makes an empty text that sums up the metrics `M`. Allocates nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::{CowString, Utf16Lines};
    /// let mut text = CowString::<Utf16Lines>::with_metrics();
    /// text.push_str("\u{e9}t\u{e9}");
    /// assert_eq!((text.len(), text.char_count()), (5, 3));
    /// ```
    #[inline]
    #[must_use]
    pub const fn with_metrics() -> Self {
        Self { text: Text::new() }
    }

    /// Makes an empty text that sums up the metrics `M`, in the given arena.
    #[inline]
    #[must_use]
    pub fn with_metrics_in(arena: &Arena) -> Self {
        Self {
            text: Text::new_in(arena.into()),
        }
    }

    /// Makes a text that sums up the metrics `M`. With the usual ones, `From` does it.
    ///
    /// # Complexity
    ///
    /// O(bytes).
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::{CowString, Utf16Lines};
    /// let text = CowString::<Utf16Lines>::from_text("na\u{ef}ve");
    /// assert_eq!(text.byte_to_char(4), 3);
    /// ```
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        let text = Text::try_from_str(ArenaRef::global(), text).or_abort();
        Self { text }
    }

    /// Makes a text of `text` in the given arena.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk left.
    pub fn try_from_str_in(text: &str, arena: &Arena) -> Result<Self, AllocError> {
        Text::try_from_str(arena.into(), text).map(|text| Self { text })
    }

    /// An empty text in the same arena.
    fn empty_here(&self) -> Self {
        Self {
            text: Text::new_in(self.text.arena()),
        }
    }

    /// The arena that the chunks come from.
    #[inline]
    #[must_use]
    pub fn arena(&self) -> ArenaRef<'_> {
        self.text.arena()
    }

    /// The number of bytes.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// `true` when there is no character.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes a snapshot: another text with the same characters. The same as `clone`, said aloud.
    ///
    /// # Complexity
    ///
    /// O(1): one atomic increment.
    #[inline]
    #[must_use]
    pub fn snapshot(&self) -> Self {
        self.clone()
    }

    /// Takes a snapshot of a part: an owned text that shares the chunks.
    ///
    /// # Complexity
    ///
    /// O(log n). Copies the nodes and leaves at both ends.
    ///
    /// # Panics
    ///
    /// If the range is out of bounds or starts or ends inside a character.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowString;
    /// let text: CowString = "0123456789".repeat(1_000).into();
    /// let part = text.snapshot_range(15..9_000);
    /// assert_eq!(part, text.slice(15..9_000));
    /// assert!(part.memory().bytes_shared > 0);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn snapshot_range(&self, range: impl RangeBounds<usize>) -> Self {
        self.try_snapshot_range(range).or_panic()
    }

    /// As [`snapshot_range`](Self::snapshot_range), for ranges from elsewhere and full arenas.
    ///
    /// # Errors
    ///
    /// When there is no such range, or no chunk left.
    pub fn try_snapshot_range(&self, range: impl RangeBounds<usize>) -> Result<Self, TextError> {
        let range = self.as_slice().resolve(range)?;
        let text = self.text.part(range)?;
        Ok(Self { text })
    }

    /// `true` when both are the same version: they share every chunk.
    ///
    /// Equal texts that came about separately are `==`, but not this. Empty ones are all the same.
    ///
    /// # Complexity
    ///
    /// O(1).
    #[inline]
    #[must_use]
    pub fn ptr_eq(&self, other: &Self) -> bool {
        self.text.ptr_eq(&other.text)
    }

    /// What the text costs, and what of that snapshots share.
    ///
    /// # Complexity
    ///
    /// O(chunks).
    #[must_use]
    pub fn memory(&self) -> Memory {
        graph::memory(self)
    }

    /// The whole text, lent.
    #[inline]
    #[must_use]
    pub fn as_slice(&self) -> TextSlice<'_, M> {
        TextSlice::new(&self.text, 0, self.len())
    }

    /// The text as one `&str`, if it lies in a row: it is short, and was not edited in the middle.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        self.as_slice().as_str()
    }

    /// Adds a character at the end.
    ///
    /// # Complexity
    ///
    /// O(1) amortised. Shared: the first one copies a path.
    #[inline]
    pub fn push(&mut self, char: char) {
        self.push_str(char.encode_utf8(&mut [0; 4]));
    }

    /// Adds a text at the end.
    ///
    /// # Complexity
    ///
    /// O(bytes) amortised. Shared: the first one copies a path.
    #[inline]
    pub fn push_str(&mut self, text: &str) {
        self.try_push_str(text).or_abort();
    }

    /// As [`push_str`](Self::push_str), for arenas that may be full.
    ///
    /// # Errors
    ///
    /// When there is no chunk left.
    #[inline]
    pub fn try_push_str(&mut self, text: &str) -> Result<(), AllocError> {
        self.text.insert(self.len(), text)
    }

    /// Takes the last character off.
    ///
    /// # Complexity
    ///
    /// O(1) amortised. Shared: copies a path.
    pub fn pop(&mut self) -> Option<char> {
        let last = self.chars().next_back()?;
        let len = self.len();
        self.text.remove(len - last.len_utf8()..len).or_abort();
        Some(last)
    }

    /// Puts a character in front of byte `at`.
    ///
    /// # Complexity
    ///
    /// O(1) beside the last edit, else O(log n). Shared: the first one copies a path.
    ///
    /// # Panics
    ///
    /// If `at` is out of bounds or inside a character.
    #[inline]
    #[track_caller]
    pub fn insert(&mut self, at: usize, char: char) {
        self.insert_str(at, char.encode_utf8(&mut [0; 4]));
    }

    /// Puts a text in front of byte `at`.
    ///
    /// # Complexity
    ///
    /// O(bytes) beside the last edit, else O(bytes + log n). Shared: the first one copies a path.
    ///
    /// # Panics
    ///
    /// If `at` is out of bounds or inside a character.
    #[inline]
    #[track_caller]
    pub fn insert_str(&mut self, at: usize, text: &str) {
        self.try_insert_str(at, text).or_panic();
    }

    /// As [`insert_str`](Self::insert_str), for positions from elsewhere and full arenas.
    ///
    /// # Errors
    ///
    /// When there is no such position, or no chunk left; the text is as it was.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::{CowString, PositionError, TextError};
    /// let mut text = CowString::from("\u{e9}");
    /// let inside = TextError::Position(PositionError::InsideChar { at: 1 });
    /// assert_eq!(text.try_insert_str(1, "x"), Err(inside));
    /// assert_eq!(text.try_insert_str(2, "x"), Ok(()));
    /// ```
    #[inline]
    pub fn try_insert_str(&mut self, at: usize, text: &str) -> Result<(), TextError> {
        if self.text.insert_here(at, text) {
            return Ok(());
        }
        self.insert_slow(at, text)
    }

    #[inline(never)]
    fn insert_slow(&mut self, at: usize, text: &str) -> Result<(), TextError> {
        let end = self.len();
        if at > end {
            return Err(PositionError::OutOfRange { at, end }.into());
        }
        // The leaf is looked for once: to see whether `at` is a boundary, and to write.
        if !self.text.point_for_insert(at, text.len())? {
            return Err(PositionError::InsideChar { at }.into());
        }
        Ok(self.text.insert_slow(at, text)?)
    }

    /// Takes the character that starts at byte `at` out.
    ///
    /// # Complexity
    ///
    /// O(1) beside the last edit, else O(log n). Shared: the first one copies a path.
    ///
    /// # Panics
    ///
    /// If there is no character, or `at` is inside one.
    #[track_caller]
    pub fn remove(&mut self, at: usize) -> char {
        let rest = self.as_slice().slice(at..);
        let Some(char) = rest.chars().next() else {
            panic!("cannot remove a char from the end of a text of {at} bytes")
        };
        self.text.remove(at..at + char.len_utf8()).or_abort();
        char
    }

    /// Takes the text in `range` out. (`String` calls it `drain`, and gives it back.)
    ///
    /// # Complexity
    ///
    /// O(1) beside the last edit, else O(log n). Shared: copies the paths at both ends.
    ///
    /// # Panics
    ///
    /// If the range is out of bounds or starts or ends inside a character.
    #[inline]
    #[track_caller]
    pub fn remove_range(&mut self, range: impl RangeBounds<usize>) {
        self.try_remove_range(range).or_panic();
    }

    /// As [`remove_range`](Self::remove_range), for ranges from elsewhere and full arenas: where chunks
    /// are shared, removing copies some.
    ///
    /// # Errors
    ///
    /// When there is no such range, or no chunk left; the text is as it was.
    #[inline]
    pub fn try_remove_range(&mut self, range: impl RangeBounds<usize>) -> Result<(), TextError> {
        let range = self.as_slice().bounds(range)?;
        if self.text.remove_here(&range) {
            return Ok(());
        }
        self.remove_slow(range)
    }

    #[inline(never)]
    fn remove_slow(&mut self, range: Range<usize>) -> Result<(), TextError> {
        if range.is_empty() {
            return Ok(self.as_slice().check(range.start)?);
        }
        // The leaf is looked for once: to see whether the ends are boundaries, and to write.
        match self.text.point_for_remove(&range)? {
            Some(true) => {}
            Some(false) | None => {
                self.as_slice().check(range.start)?;
                self.as_slice().check(range.end)?;
            }
        }
        Ok(self.text.remove_slow(range)?)
    }

    /// Replaces the text in `range`.
    ///
    /// # Complexity
    ///
    /// As [`insert_str`](Self::insert_str) and [`remove_range`](Self::remove_range).
    ///
    /// # Panics
    ///
    /// If the range is out of bounds or starts or ends inside a character.
    #[track_caller]
    pub fn replace_range(&mut self, range: impl RangeBounds<usize>, with: &str) {
        self.try_replace_range(range, with).or_panic();
    }

    /// As [`replace_range`](Self::replace_range), for ranges from elsewhere and full arenas.
    ///
    /// # Errors
    ///
    /// When there is no such range, or no chunk left; the text is as it was.
    pub fn try_replace_range(
        &mut self,
        range: impl RangeBounds<usize>,
        with: &str,
    ) -> Result<(), TextError> {
        let range = self.as_slice().resolve(range)?;
        Ok(self.text.replace(range, with)?)
    }

    /// Keeps the first `len` bytes. Does nothing if there are not more.
    ///
    /// # Complexity
    ///
    /// O(log n).
    ///
    /// # Panics
    ///
    /// If `len` is inside a character.
    #[track_caller]
    pub fn truncate(&mut self, len: usize) {
        if len < self.len() {
            self.remove_range(len..);
        }
    }

    /// Empties the text. Snapshots keep theirs.
    #[inline]
    pub fn clear(&mut self) {
        self.text.clear();
    }

    /// Keeps the first `at` bytes and returns the others.
    ///
    /// # Complexity
    ///
    /// O(log n). Copies the nodes along the seam.
    ///
    /// # Panics
    ///
    /// If `at` is out of bounds or inside a character.
    #[must_use = "use `truncate` if the rest is not needed"]
    #[track_caller]
    pub fn split_off(&mut self, at: usize) -> Self {
        self.try_split_off(at).or_panic()
    }

    /// As [`split_off`](Self::split_off), for positions from elsewhere and full arenas.
    ///
    /// # Errors
    ///
    /// When there is no such position, or no chunk left; the text is as it was.
    pub fn try_split_off(&mut self, at: usize) -> Result<Self, TextError> {
        self.as_slice().check(at)?;
        if at == 0 {
            let empty = self.empty_here();
            return Ok(std::mem::replace(self, empty));
        }
        let text = self.text.split_off(at)?;
        Ok(Self { text })
    }

    /// Moves the text of `other` behind this one, which takes its chunks over; `other` is empty then.
    ///
    /// # Complexity
    ///
    /// O(log n) within one arena, else O(bytes of `other`).
    pub fn append(&mut self, other: &mut Self) {
        self.try_append(other).or_abort();
    }

    /// As [`append`](Self::append), for arenas that may be full.
    ///
    /// # Errors
    ///
    /// When there is no chunk left; both texts are as they were.
    pub fn try_append(&mut self, other: &mut Self) -> Result<(), AllocError> {
        let more = if self.arena() == other.arena() {
            other.text.clone()
        } else {
            let mut here = Text::new_in(self.arena());
            other
                .chunks()
                .try_for_each(|chunk| here.insert(here.len(), chunk))?;
            here
        };
        self.text.append(more)?;
        other.clear();
        Ok(())
    }

    /// Keeps the characters for which `keep` says so.
    ///
    /// # Complexity
    ///
    /// O(n).
    ///
    /// # Panics in `keep`
    ///
    /// The text is as it was.
    pub fn retain(&mut self, mut keep: impl FnMut(char) -> bool) {
        let mut kept = Text::new_in(self.text.arena());
        let mut run = String::new();
        for char in self.chars() {
            if keep(char) {
                run.push(char);
            }
            if run.len() >= RUN {
                kept.insert(kept.len(), &run).or_abort();
                run.clear();
            }
        }
        kept.insert(kept.len(), &run).or_abort();
        self.text = kept;
    }

    /// Takes the text apart: its chunks, each of which is let go of once it was looked at. Those that no
    /// snapshot shares are free again then, so that saving a text needs no room for a second one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowString;
    /// let text: CowString = "saved chunk by chunk ".repeat(500).into();
    /// let mut saved = String::new();
    /// for chunk in text.into_chunks() {
    ///     saved.extend(chunk.pieces());
    /// }
    /// assert_eq!(saved.len(), 10_500);
    /// ```
    #[must_use]
    pub fn into_chunks(self) -> IntoTextChunks<M> {
        IntoTextChunks::new(self.text.into_leaves())
    }

    /// Asserts what holds of every text inside, and returns the addresses of its chunks. For tests: no
    /// part of the stable interface.
    #[doc(hidden)]
    pub fn assert_invariants(&self) -> std::collections::HashSet<*const u8> {
        self.text.assert_invariants()
    }
}

/// Bytes that are gathered before they are added.
const RUN: usize = 1 << 10;

/// Reading: the same calls as a [`TextSlice`]'s, where they are explained.
impl<M: Metrics> CowString<M> {
    /// `true` when byte `at` is the first of a character, or the end.
    #[must_use]
    pub fn is_char_boundary(&self, at: usize) -> bool {
        self.text.is_char_boundary(at)
    }

    /// The largest boundary of a character that is not above `at`.
    #[must_use]
    pub fn floor_char_boundary(&self, at: usize) -> usize {
        self.as_slice().floor_char_boundary(at)
    }

    /// The smallest boundary of a character that is not below `at`; the end, if `at` is behind it.
    #[must_use]
    pub fn ceil_char_boundary(&self, at: usize) -> usize {
        self.as_slice().ceil_char_boundary(at)
    }

    /// The part of the text in `range`, lent.
    ///
    /// # Panics
    ///
    /// If the range is out of bounds or starts or ends inside a character.
    #[must_use]
    #[track_caller]
    pub fn slice(&self, range: impl RangeBounds<usize>) -> TextSlice<'_, M> {
        self.as_slice().slice(range)
    }

    /// As [`slice`](Self::slice), for ranges from elsewhere.
    ///
    /// # Errors
    ///
    /// When the range is out of bounds or starts or ends inside a character.
    pub fn try_slice(
        &self,
        range: impl RangeBounds<usize>,
    ) -> Result<TextSlice<'_, M>, PositionError> {
        self.as_slice().try_slice(range)
    }

    /// The part of the text in `range`, or `None` if there is no such part: as `str::get`.
    #[must_use]
    pub fn get(&self, range: impl RangeBounds<usize>) -> Option<TextSlice<'_, M>> {
        self.as_slice().get(range)
    }

    /// The byte at `at`, or `None` behind the end.
    #[must_use]
    pub fn byte(&self, at: usize) -> Option<u8> {
        self.as_slice().byte(at)
    }

    /// The piece of text that lies in a row around byte `at`, and where it starts.
    #[must_use]
    pub fn chunk_at(&self, at: usize) -> Option<(&str, usize)> {
        self.as_slice().chunk_at(at)
    }

    /// The text, a `&str` for each piece that lies in a row.
    #[inline]
    #[must_use]
    pub fn chunks(&self) -> TextChunks<'_, M> {
        self.as_slice().chunks()
    }

    /// The bytes.
    #[inline]
    #[must_use]
    pub fn bytes(&self) -> TextBytes<'_, M> {
        self.as_slice().bytes()
    }

    /// The characters.
    #[inline]
    #[must_use]
    pub fn chars(&self) -> TextChars<'_, M> {
        self.as_slice().chars()
    }

    /// The characters, each with the place of its first byte.
    #[inline]
    #[must_use]
    pub fn char_indices(&self) -> TextCharIndices<'_, M> {
        self.as_slice().char_indices()
    }

    /// The lines, without their LF or CRLF: as `str::lines`.
    #[inline]
    #[must_use]
    pub fn lines(&self) -> TextLines<'_, M> {
        self.as_slice().lines()
    }

    /// Where the first match of `pattern`, a `&str` or a `char`, starts.
    #[must_use]
    pub fn find(&self, pattern: impl Pattern) -> Option<usize> {
        self.as_slice().find(pattern)
    }

    /// Where the last match of `pattern`, a `&str` or a `char`, starts.
    #[must_use]
    pub fn rfind(&self, pattern: impl Pattern) -> Option<usize> {
        self.as_slice().rfind(pattern)
    }

    /// `true` when `pattern` occurs.
    #[must_use]
    pub fn contains(&self, pattern: impl Pattern) -> bool {
        self.as_slice().contains(pattern)
    }

    /// `true` when the text begins with `pattern`.
    #[must_use]
    pub fn starts_with(&self, pattern: impl Pattern) -> bool {
        self.as_slice().starts_with(pattern)
    }

    /// `true` when the text ends with `pattern`.
    #[must_use]
    pub fn ends_with(&self, pattern: impl Pattern) -> bool {
        self.as_slice().ends_with(pattern)
    }
}

impl<M: Metrics> Clone for CowString<M> {
    /// Takes a snapshot. O(1): one atomic increment.
    #[inline]
    fn clone(&self) -> Self {
        Self {
            text: self.text.clone(),
        }
    }
}

impl<M: Metrics> Graph for CowString<M> {
    fn edges(&self, visit: &mut dyn FnMut(Edge) -> bool) {
        self.text.edges(visit);
    }
}

impl<M: Metrics> Dismantle for CowString<M> {
    type Rubble = TextRubble<M>;

    fn dismantle(self) -> TextRubble<M> {
        self.text.into_rubble()
    }
}

impl<M: Metrics> Default for CowString<M> {
    fn default() -> Self {
        Self::with_metrics()
    }
}
