//! [`TextSlice`]: a part of a text, lent; and the calls that look at one place of it.

mod convert;

use std::{
    io::{self, Write},
    ops::{Bound, Range, RangeBounds},
};

use super::{
    error::{OrPanic, PositionError},
    iter::{TextBytes, TextCharIndices, TextChars, TextChunks, TextLines},
    pattern::{self, Pattern},
};
use crate::node::seq::text::{
    Text,
    metrics::{Lines, Metrics},
};

/// A part of a [`CowString`](crate::CowString), lent: what `&str` is to `String`.
///
/// Made by [`CowString::slice`](crate::CowString::slice) and [`lines`](crate::CowString::lines). It
/// copies nothing and counts nothing. Positions are bytes from its own start; lines, characters and UTF-16
/// units are those of its own text, as if that stood alone. `CowString::from` makes a text of it that shares
/// the chunks.
///
/// # Examples
///
/// ```
/// use cow_collections::CowString;
///
/// let text = CowString::from("copy on write");
/// let slice = text.slice(5..);
/// assert_eq!(slice, "on write");
/// assert_eq!(slice.find("write"), Some(3));
/// assert_eq!(slice.slice(..2).to_string(), "on");
/// ```
pub struct TextSlice<'a, M: Metrics = Lines> {
    pub(super) text: &'a Text<M>,
    pub(super) start: usize,
    pub(super) end: usize,
    /// The whole part, if it is known to lie in a row.
    pub(super) piece: Option<&'a str>,
}

impl<M: Metrics> Clone for TextSlice<'_, M> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Metrics> Copy for TextSlice<'_, M> {}

impl<'a, M: Metrics> TextSlice<'a, M> {
    #[inline]
    pub(super) fn new(text: &'a Text<M>, start: usize, end: usize) -> Self {
        Self {
            text,
            start,
            end,
            piece: None,
        }
    }

    /// The number of bytes.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.end - self.start
    }

    /// `true` when there is no character.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// `true` when byte `at` is the first of a character, or the end.
    ///
    /// # Complexity
    ///
    /// O(log n).
    #[must_use]
    pub fn is_char_boundary(&self, at: usize) -> bool {
        match self.piece {
            Some(piece) => piece.is_char_boundary(at),
            None => at <= self.len() && self.text.is_char_boundary(self.start + at),
        }
    }

    /// The largest boundary of a character that is not above `at`.
    #[must_use]
    pub fn floor_char_boundary(&self, at: usize) -> usize {
        self.text
            .floor_char_boundary(self.start + at.min(self.len()))
            - self.start
    }

    /// The smallest boundary of a character that is not below `at`; the end, if `at` is behind it.
    #[must_use]
    pub fn ceil_char_boundary(&self, at: usize) -> usize {
        let mut at = at.min(self.len());
        while !self.is_char_boundary(at) {
            at += 1;
        }
        at
    }

    /// The part of it in `range`.
    ///
    /// # Complexity
    ///
    /// O(log n), to look at the characters' boundaries. Copies nothing.
    ///
    /// # Panics
    ///
    /// If the range is out of bounds or starts or ends inside a character.
    #[must_use]
    #[track_caller]
    pub fn slice(&self, range: impl RangeBounds<usize>) -> Self {
        self.try_slice(range).or_panic()
    }

    /// As [`slice`](Self::slice), for ranges from elsewhere.
    ///
    /// # Errors
    ///
    /// When the range is out of bounds or starts or ends inside a character.
    pub fn try_slice(&self, range: impl RangeBounds<usize>) -> Result<Self, PositionError> {
        let range = self.resolve(range)?;
        Ok(Self {
            text: self.text,
            start: self.start + range.start,
            end: self.start + range.end,
            piece: self.piece.map(|piece| &piece[range]),
        })
    }

    /// The part of it in `range`, or `None` if there is no such part: as `str::get`.
    #[must_use]
    pub fn get(&self, range: impl RangeBounds<usize>) -> Option<Self> {
        self.try_slice(range).ok()
    }

    /// Checks a range.
    pub(super) fn resolve(
        &self,
        range: impl RangeBounds<usize>,
    ) -> Result<Range<usize>, PositionError> {
        let range = self.bounds(range)?;
        self.check(range.end)?;
        if !range.is_empty() {
            self.check(range.start)?;
        }
        Ok(range)
    }

    /// Checks a range, but not whether its ends are characters' boundaries.
    pub(super) fn bounds(
        &self,
        range: impl RangeBounds<usize>,
    ) -> Result<Range<usize>, PositionError> {
        let start = match range.start_bound() {
            Bound::Included(&at) => at,
            Bound::Excluded(&at) => at.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let end = match range.end_bound() {
            Bound::Included(&at) => at.saturating_add(1),
            Bound::Excluded(&at) => at,
            Bound::Unbounded => self.len(),
        };
        if start > end {
            return Err(PositionError::Reversed { start, end });
        }
        if end > self.len() {
            let at = end;
            let end = self.len();
            return Err(PositionError::OutOfRange { at, end });
        }
        Ok(start..end)
    }

    /// Checks a position.
    pub(super) fn check(&self, at: usize) -> Result<(), PositionError> {
        let end = self.len();
        if at > end {
            Err(PositionError::OutOfRange { at, end })
        } else if at != 0 && at != end && !self.is_char_boundary(at) {
            Err(PositionError::InsideChar { at })
        } else {
            Ok(())
        }
    }

    /// The byte at `at`, or `None` behind the end.
    #[must_use]
    pub fn byte(&self, at: usize) -> Option<u8> {
        let (piece, start) = self.chunk_at(at)?;
        Some(piece.as_bytes()[at - start])
    }

    /// The piece of text that lies in a row around byte `at`, and where it starts; `None` behind the
    /// end.
    ///
    /// # Complexity
    ///
    /// O(log n).
    #[must_use]
    pub fn chunk_at(&self, at: usize) -> Option<(&'a str, usize)> {
        if at >= self.len() {
            return None;
        }
        if let Some(piece) = self.piece {
            return Some((piece, 0));
        }
        let (piece, start) = self.text.piece_at(self.start + at);
        let front = self.start.saturating_sub(start);
        let back = piece.len().min(self.end - start);
        Some((&piece[front..back], (start + front) - self.start))
    }

    /// The whole part as one `&str`, if it lies in a row.
    #[must_use]
    pub fn as_str(&self) -> Option<&'a str> {
        if self.is_empty() {
            return Some("");
        }
        let (piece, _) = self.chunk_at(0)?;
        (piece.len() == self.len()).then_some(piece)
    }

    /// The text, a `&str` for each piece that lies in a row. No piece is empty, none splits a character.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowString;
    /// let text: CowString = "ten bytes ".repeat(1_000).into();
    /// let mut bytes = 0;
    /// for chunk in text.chunks() {
    ///     bytes += chunk.len();
    /// }
    /// assert_eq!(bytes, text.len());
    /// ```
    #[inline]
    #[must_use]
    pub fn chunks(&self) -> TextChunks<'a, M> {
        TextChunks::new(self)
    }

    /// The bytes.
    #[inline]
    #[must_use]
    pub fn bytes(&self) -> TextBytes<'a, M> {
        TextBytes::new(self.chunks())
    }

    /// The characters.
    #[inline]
    #[must_use]
    pub fn chars(&self) -> TextChars<'a, M> {
        TextChars::new(self.chunks())
    }

    /// The characters, each with the place of its first byte.
    #[inline]
    #[must_use]
    pub fn char_indices(&self) -> TextCharIndices<'a, M> {
        TextCharIndices::new(self.chars(), self.len())
    }

    /// The lines, without their LF or CRLF: as `str::lines`.
    #[inline]
    #[must_use]
    pub fn lines(&self) -> TextLines<'a, M> {
        TextLines::new(self)
    }

    /// Writes it out, chunk by chunk.
    ///
    /// # Errors
    ///
    /// What the writer reports.
    pub fn write_to(&self, mut writer: impl Write) -> io::Result<()> {
        self.chunks()
            .try_for_each(|chunk| writer.write_all(chunk.as_bytes()))
    }

    /// Where the first match of `pattern`, a `&str` or a `char`, starts.
    ///
    /// # Complexity
    ///
    /// O(n).
    #[must_use]
    pub fn find(&self, pattern: impl Pattern) -> Option<usize> {
        pattern.with(&mut |needle| pattern::find(*self, needle))
    }

    /// Where the last match of `pattern`, a `&str` or a `char`, starts.
    #[must_use]
    pub fn rfind(&self, pattern: impl Pattern) -> Option<usize> {
        pattern.with(&mut |needle| pattern::rfind(*self, needle))
    }

    /// `true` when `pattern` occurs.
    #[must_use]
    pub fn contains(&self, pattern: impl Pattern) -> bool {
        self.find(pattern).is_some()
    }

    /// `true` when the text begins with `pattern`.
    #[must_use]
    pub fn starts_with(&self, pattern: impl Pattern) -> bool {
        pattern
            .with(&mut |needle| pattern::is_at(*self, 0, needle).then_some(0))
            .is_some()
    }

    /// `true` when the text ends with `pattern`.
    #[must_use]
    pub fn ends_with(&self, pattern: impl Pattern) -> bool {
        let mut ends = |needle: &str| {
            let at = self.len().checked_sub(needle.len())?;
            pattern::is_at(*self, at, needle).then_some(at)
        };
        pattern.with(&mut ends).is_some()
    }
}
