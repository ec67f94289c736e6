//! From one measure to another in a part of a text: by differences of two places in the whole.
//!
//! A slice is asked about its own text, as if that stood alone. Of what is summed up over characters that is
//! the difference of two sums. Of line breaks that CR and LF make together it is not quite: the pair counts
//! at its LF, so that a slice which ends between the two ends with a break that the text has behind it.

use std::ops::Range;

use super::TextSlice;
use crate::{
    Column, CountsBreaks, CountsChars, CountsLines, CountsUtf16, LineBreak, Metrics, Position,
    PositionError, node::seq::text::measure::Measure, string::error::OrPanic,
};

/// What all of the calls below stand on.
impl<'a, M: Metrics> TextSlice<'a, M> {
    /// How many of `measure` the text has in front of the slice.
    #[inline]
    fn in_front(&self, measure: Measure) -> usize {
        let count = self.text.count_before(self.start, measure);
        count.unwrap_or_default()
    }

    /// `true` when the slice ends with a CR that the text counts at the LF behind it.
    fn parts_crlf(&self, measure: Measure) -> bool {
        measure.joins_crlf()
            && !self.is_empty()
            && self.text.byte_at(self.end) == b'\n'
            && self.text.byte_at(self.end - 1) == b'\r'
    }

    /// How many of `measure` there are.
    fn total(&self, measure: Measure) -> usize {
        if let Some(piece) = self.piece {
            return measure.count(piece.as_bytes(), 0);
        }
        if self.len() == self.text.len() {
            return self.text.total(measure);
        }
        let count = self.text.count_between(self.start..self.end, measure);
        count + usize::from(self.parts_crlf(measure))
    }

    /// How many of `measure` there are in front of `at`, which is at most the length; `None` if it is
    /// inside a character.
    #[inline]
    fn count_before(&self, at: usize, measure: Measure) -> Option<usize> {
        if let Some(piece) = self.piece {
            let (front, behind) = piece.split_at_checked(at)?;
            let next = behind.as_bytes().first().copied().unwrap_or(0);
            return Some(measure.count(front.as_bytes(), next));
        }
        let count = self.text.count_before(self.start + at, measure)? - self.in_front(measure);
        let is_at_end = at > 0 && at == self.len();
        Some(count + usize::from(is_at_end && self.parts_crlf(measure)))
    }

    /// Where number `nth` of `measure` ends; `None` if there are not so many.
    #[inline]
    fn end_of(&self, nth: usize, measure: Measure) -> Option<usize> {
        if let Some(piece) = self.piece {
            return measure.end_of(piece.as_bytes(), 0, nth).ok();
        }
        let nth = self.in_front(measure).checked_add(nth)?;
        let end = self.text.end_of(nth, measure)?;
        if end <= self.end {
            return Some(end - self.start);
        }
        (end == self.end + 1 && self.parts_crlf(measure)).then(|| self.len())
    }

    #[inline]
    fn count_at(&self, at: usize, measure: Measure) -> Result<usize, PositionError> {
        let end = self.len();
        if at > end {
            return Err(PositionError::OutOfRange { at, end });
        }
        let count = self.count_before(at, measure);
        count.ok_or(PositionError::InsideChar { at })
    }

    /// Where number `nth` of `measure` starts: the byte, or why there is none.
    #[inline]
    fn start_of(&self, nth: usize, measure: Measure) -> Result<usize, PositionError> {
        if nth == 0 {
            return Ok(0);
        }
        match self.end_of(nth - 1, measure) {
            // The first UTF-16 unit of two ends inside a character.
            Some(at) if measure != Measure::Utf16 => Ok(at),
            Some(at) if self.count_before(at, measure) == Some(nth) => Ok(at),
            Some(_) => Err(PositionError::InsideChar { at: nth }),
            None => Err(PositionError::OutOfRange {
                at: nth,
                end: self.total(measure),
            }),
        }
    }

    /// As [`start_of`](Self::start_of), with the nearest place in front for what there is not.
    fn start_of_clamped(&self, nth: usize, measure: Measure) -> usize {
        match self.start_of(nth, measure) {
            Ok(at) => at,
            Err(PositionError::OutOfRange { .. }) => self.len(),
            Err(_) => self.start_of_clamped(nth - 1, measure),
        }
    }

    /// Where line number `line` starts; the end, for the one behind the last.
    #[inline]
    fn line_start(&self, line: usize, measure: Measure) -> Result<usize, PositionError> {
        let error = match self.start_of(line, measure) {
            Ok(at) => return Ok(at),
            Err(error) => error,
        };
        let end = self.total(measure) + 1;
        match error {
            PositionError::OutOfRange { .. } if line == end => Ok(self.len()),
            _ => Err(PositionError::OutOfRange { at: line, end }),
        }
    }

    /// Line number `line`, without what breaks it.
    #[inline]
    fn line_at(&self, line: usize, measure: Measure) -> Result<Self, PositionError> {
        match self.line_in_leaf(line, measure) {
            Some(line) => Ok(line),
            None => self.line_across(line, measure),
        }
    }

    /// Line number `line`, if it lies with its LF in one leaf in a row: most do, and are found by going
    /// there once.
    #[inline]
    fn line_in_leaf(&self, line: usize, measure: Measure) -> Option<Self> {
        if measure != Measure::Lf || self.piece.is_some() {
            return None;
        }
        let (rest, start) = if line == 0 {
            self.text.rest_of_piece(self.start)?
        } else {
            let nth = self.in_front(measure).checked_add(line - 1)?;
            self.text.rest_of_piece_behind(nth, measure)?
        };
        let at = memchr::memchr(b'\n', rest.as_bytes())?;
        if start + at >= self.end {
            return None;
        }
        let (line, _) = rest.split_at(at);
        let line = line.strip_suffix('\r').unwrap_or(line);
        Some(Self {
            text: self.text,
            start,
            end: start + line.len(),
            piece: Some(line),
        })
    }

    #[inline(never)]
    fn line_across(&self, line: usize, measure: Measure) -> Result<Self, PositionError> {
        let start = self.start_of(line, measure)?;
        let Some(end) = self.end_of(line, measure) else {
            return Ok(self.part(start..self.len()));
        };
        let mut back = self.part(start..end).chars().rev();
        let break_len = match (back.next(), back.next()) {
            (Some('\n'), Some('\r')) => 2,
            (broken_by, _) => broken_by.map_or(0, char::len_utf8),
        };
        Ok(self.part(start..end - break_len))
    }

    fn position_at(
        &self,
        at: usize,
        column: Column,
        measure: Measure,
    ) -> Result<Position, PositionError> {
        let line = self.count_at(at, measure)?;
        let start = self.start_of(line, measure)?;
        let column = column.measure();
        let column = match self.piece {
            Some(piece) => column.count(&piece.as_bytes()[start..at], 0),
            None => {
                let range = self.start + start..self.start + at;
                self.text.count_between(range, column)
            }
        };
        Ok(Position { line, column })
    }

    /// Where column number `nth` of a line is.
    fn column_at(&self, nth: usize, column: Column) -> Result<usize, PositionError> {
        let measure = column.measure();
        let at = match (nth, self.piece) {
            (0, _) => Some(0),
            (_, Some(piece)) => measure.end_of(piece.as_bytes(), 0, nth - 1).ok(),
            (_, None) => {
                let end = self.text.end_behind(self.start..self.end, nth - 1, measure);
                end.map(|end| end - self.start)
            }
        };
        let Some(at) = at else {
            let end = self.total(measure);
            return Err(PositionError::OutOfRange { at: nth, end });
        };
        let is_place = match column {
            Column::Bytes => self.is_char_boundary(at),
            Column::Chars => true,
            Column::Utf16 => self.part(0..at).total(measure) == nth,
        };
        if is_place {
            Ok(at)
        } else {
            Err(PositionError::InsideChar { at: nth })
        }
    }

    fn byte_of(
        &self,
        position: Position,
        column: Column,
        measure: Measure,
    ) -> Result<usize, PositionError> {
        let line = self.line_at(position.line, measure)?;
        let at = line.column_at(position.column, column)?;
        Ok(line.start - self.start + at)
    }

    fn byte_of_clamped(&self, position: Position, column: Column, measure: Measure) -> usize {
        let Ok(line) = self.line_at(position.line, measure) else {
            return self.len();
        };
        let mut nth = position.column;
        let at = loop {
            match line.column_at(nth, column) {
                Ok(at) => break at,
                Err(PositionError::InsideChar { .. }) if nth > 0 => nth -= 1,
                Err(_) => break line.len(),
            }
        };
        line.start - self.start + at
    }

    /// A part whose ends are known to be characters' boundaries.
    fn part(&self, range: Range<usize>) -> Self {
        Self {
            text: self.text,
            start: self.start + range.start,
            end: self.start + range.end,
            piece: self.piece.map(|piece| &piece[range]),
        }
    }
}

/// Lines that end with LF, or CRLF: as [`CowString`](crate::CowString)'s, of the slice's own text.
///
/// What is asked is answered as if the text of the slice stood alone. A slice that starts inside a line has
/// its first line there; one that starts between a CR and its LF has an empty first line, and one that ends
/// there ends with a CR.
///
/// The calls take O(log n), those of a slice that is known to lie in one chunk O(bytes of it).
impl<'a, M: CountsLines> TextSlice<'a, M> {
    /// The number of lines: one more than there are LFs.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowString;
    /// let text = CowString::from("one\ntwo\nthree\n");
    /// let slice = text.slice(5..12);
    /// assert_eq!(slice, "wo\nthre");
    /// assert_eq!(slice.line_count(), 2);
    /// assert_eq!(slice.line(0), "wo");
    /// assert_eq!(slice.line_to_byte(1), 3);
    /// ```
    #[must_use]
    pub fn line_count(&self) -> usize {
        self.total(Measure::Lf) + 1
    }

    /// The line that byte `at` is in.
    ///
    /// # Panics
    ///
    /// If `at` is out of bounds or inside a character.
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn byte_to_line(&self, at: usize) -> usize {
        self.try_byte_to_line(at).or_panic()
    }

    /// As [`byte_to_line`](Self::byte_to_line), for positions from elsewhere.
    ///
    /// # Errors
    ///
    /// When `at` is out of bounds or inside a character.
    #[inline]
    pub fn try_byte_to_line(&self, at: usize) -> Result<usize, PositionError> {
        self.count_at(at, Measure::Lf)
    }

    /// Where line number `line` starts; the end of the slice, for the one behind the last.
    ///
    /// # Panics
    ///
    /// If there are not so many lines.
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn line_to_byte(&self, line: usize) -> usize {
        self.try_line_to_byte(line).or_panic()
    }

    /// As [`line_to_byte`](Self::line_to_byte), for numbers from elsewhere.
    ///
    /// # Errors
    ///
    /// When there are not so many lines.
    #[inline]
    pub fn try_line_to_byte(&self, line: usize) -> Result<usize, PositionError> {
        self.line_start(line, Measure::Lf)
    }

    /// Line number `line`, without its LF or CRLF.
    ///
    /// # Panics
    ///
    /// If there is no such line.
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn line(&self, line: usize) -> Self {
        self.line_at(line, Measure::Lf).or_panic()
    }

    /// Line number `line`, without its LF or CRLF; `None` if there is no such line.
    #[inline]
    #[must_use]
    pub fn get_line(&self, line: usize) -> Option<Self> {
        self.line_at(line, Measure::Lf).ok()
    }

    /// Line and column of byte `at`.
    ///
    /// # Complexity
    ///
    /// O(log n), if the column's unit is summed up or the line is in one leaf; else O(length of the
    /// line).
    ///
    /// # Panics
    ///
    /// If `at` is out of bounds or inside a character.
    #[must_use]
    #[track_caller]
    pub fn byte_to_position(&self, at: usize, column: Column) -> Position {
        self.try_byte_to_position(at, column).or_panic()
    }

    /// As [`byte_to_position`](Self::byte_to_position), for positions from elsewhere.
    ///
    /// # Errors
    ///
    /// When `at` is out of bounds or inside a character.
    pub fn try_byte_to_position(
        &self,
        at: usize,
        column: Column,
    ) -> Result<Position, PositionError> {
        self.position_at(at, column, Measure::Lf)
    }

    /// The byte at a line and column. The end of a line is a place in it, its LF or CRLF is none.
    ///
    /// # Complexity
    ///
    /// As [`byte_to_position`](Self::byte_to_position).
    ///
    /// # Panics
    ///
    /// If there is no such line or column, or the column is inside a character.
    #[must_use]
    #[track_caller]
    pub fn position_to_byte(&self, position: Position, column: Column) -> usize {
        self.try_position_to_byte(position, column).or_panic()
    }

    /// As [`position_to_byte`](Self::position_to_byte), for positions from elsewhere.
    ///
    /// # Errors
    ///
    /// When there is no such line or column, or the column is inside a character.
    pub fn try_position_to_byte(
        &self,
        position: Position,
        column: Column,
    ) -> Result<usize, PositionError> {
        self.byte_of(position, column, Measure::Lf)
    }

    /// As [`position_to_byte`](Self::position_to_byte), with the nearest place in front for what there is
    /// not: the end of the line, of the slice, or the start of the character.
    #[must_use]
    pub fn clamp_position(&self, position: Position, column: Column) -> usize {
        self.byte_of_clamped(position, column, Measure::Lf)
    }
}

/// Lines of any kind, chosen at each call. What the calls do is said at those without `_by`.
///
/// A slice that ends between a CR and its LF ends with a line break, and one that starts there begins with
/// another: by its own text each of the two is one.
impl<'a, M: CountsBreaks> TextSlice<'a, M> {
    /// The number of lines.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::{AllMetrics, CowString, LineBreak};
    /// let text = CowString::<AllMetrics>::from_text("a\r\nb");
    /// assert_eq!(text.slice(..2).line_count_by(LineBreak::Any), 2);
    /// assert_eq!(text.slice(2..).line_count_by(LineBreak::Any), 2);
    /// assert_eq!(text.line_count_by(LineBreak::Any), 2);
    /// ```
    #[must_use]
    pub fn line_count_by(&self, kind: LineBreak) -> usize {
        self.total(kind.measure()) + 1
    }

    /// The line that byte `at` is in. Between CR and LF it is the one in front.
    ///
    /// # Errors
    ///
    /// When `at` is out of bounds or inside a character.
    pub fn byte_to_line_by(&self, at: usize, kind: LineBreak) -> Result<usize, PositionError> {
        self.count_at(at, kind.measure())
    }

    /// Where line number `line` starts; the end of the slice, for the one behind the last.
    ///
    /// # Errors
    ///
    /// When there are not so many lines.
    pub fn line_to_byte_by(&self, line: usize, kind: LineBreak) -> Result<usize, PositionError> {
        self.line_start(line, kind.measure())
    }

    /// Line number `line`, without what breaks it.
    ///
    /// # Errors
    ///
    /// When there is no such line.
    pub fn line_by(&self, line: usize, kind: LineBreak) -> Result<Self, PositionError> {
        self.line_at(line, kind.measure())
    }

    /// Line and column of byte `at`.
    ///
    /// # Errors
    ///
    /// When `at` is out of bounds or inside a character.
    pub fn byte_to_position_by(
        &self,
        at: usize,
        column: Column,
        kind: LineBreak,
    ) -> Result<Position, PositionError> {
        self.position_at(at, column, kind.measure())
    }

    /// The byte at a line and column.
    ///
    /// # Errors
    ///
    /// When there is no such line or column, or the column is inside a character.
    pub fn position_to_byte_by(
        &self,
        position: Position,
        column: Column,
        kind: LineBreak,
    ) -> Result<usize, PositionError> {
        self.byte_of(position, column, kind.measure())
    }

    /// The byte at a line and column, or the nearest place in front.
    #[must_use]
    pub fn clamp_position_by(&self, position: Position, column: Column, kind: LineBreak) -> usize {
        self.byte_of_clamped(position, column, kind.measure())
    }
}

/// Characters: as [`CowString`](crate::CowString)'s, counted from the start of the slice.
///
/// The calls take O(log n), those of a slice that is known to lie in one chunk O(bytes of it).
impl<'a, M: CountsChars> TextSlice<'a, M> {
    /// The number of characters.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::{CowString, Utf16Lines};
    /// let text = CowString::<Utf16Lines>::from_text("\u{e9}t\u{e9} \u{1f600}!");
    /// let slice = text.slice(2..);
    /// assert_eq!((slice.char_count(), slice.utf16_len()), (5, 6));
    /// assert_eq!(slice.byte_to_char(4), 3);
    /// assert_eq!(slice.char_to_byte(4), 8);
    /// ```
    #[must_use]
    pub fn char_count(&self) -> usize {
        self.total(Measure::Chars)
    }

    /// How many characters there are in front of byte `at`.
    ///
    /// # Panics
    ///
    /// If `at` is out of bounds or inside a character.
    #[must_use]
    #[track_caller]
    pub fn byte_to_char(&self, at: usize) -> usize {
        self.try_byte_to_char(at).or_panic()
    }

    /// As [`byte_to_char`](Self::byte_to_char), for positions from elsewhere.
    ///
    /// # Errors
    ///
    /// When `at` is out of bounds or inside a character.
    pub fn try_byte_to_char(&self, at: usize) -> Result<usize, PositionError> {
        self.count_at(at, Measure::Chars)
    }

    /// Where character number `nth` starts; the end, for the one behind the last.
    ///
    /// # Panics
    ///
    /// If there are not so many characters.
    #[must_use]
    #[track_caller]
    pub fn char_to_byte(&self, nth: usize) -> usize {
        self.try_char_to_byte(nth).or_panic()
    }

    /// As [`char_to_byte`](Self::char_to_byte), for numbers from elsewhere.
    ///
    /// # Errors
    ///
    /// When there are not so many characters.
    pub fn try_char_to_byte(&self, nth: usize) -> Result<usize, PositionError> {
        self.start_of(nth, Measure::Chars)
    }

    /// As [`char_to_byte`](Self::char_to_byte), with the end for what lies behind it.
    #[must_use]
    pub fn clamp_char(&self, nth: usize) -> usize {
        self.start_of_clamped(nth, Measure::Chars)
    }
}

/// UTF-16 units: as [`CowString`](crate::CowString)'s, counted from the start of the slice.
///
/// The calls take O(log n), those of a slice that is known to lie in one chunk O(bytes of it).
impl<'a, M: CountsUtf16> TextSlice<'a, M> {
    /// The number of UTF-16 units.
    #[must_use]
    pub fn utf16_len(&self) -> usize {
        self.total(Measure::Utf16)
    }

    /// How many UTF-16 units there are in front of byte `at`.
    ///
    /// # Panics
    ///
    /// If `at` is out of bounds or inside a character.
    #[must_use]
    #[track_caller]
    pub fn byte_to_utf16(&self, at: usize) -> usize {
        self.try_byte_to_utf16(at).or_panic()
    }

    /// As [`byte_to_utf16`](Self::byte_to_utf16), for positions from elsewhere.
    ///
    /// # Errors
    ///
    /// When `at` is out of bounds or inside a character.
    pub fn try_byte_to_utf16(&self, at: usize) -> Result<usize, PositionError> {
        self.count_at(at, Measure::Utf16)
    }

    /// Where UTF-16 unit number `nth` starts; the end, for the one behind the last.
    ///
    /// # Panics
    ///
    /// If there are not so many units, or it is the second one of a character.
    #[must_use]
    #[track_caller]
    pub fn utf16_to_byte(&self, nth: usize) -> usize {
        self.try_utf16_to_byte(nth).or_panic()
    }

    /// As [`utf16_to_byte`](Self::utf16_to_byte), for numbers from elsewhere.
    ///
    /// # Errors
    ///
    /// When there are not so many units, or it is the second one of a character.
    pub fn try_utf16_to_byte(&self, nth: usize) -> Result<usize, PositionError> {
        self.start_of(nth, Measure::Utf16)
    }

    /// As [`utf16_to_byte`](Self::utf16_to_byte), with the nearest place in front for what there is not.
    #[must_use]
    pub fn clamp_utf16(&self, nth: usize) -> usize {
        self.start_of_clamped(nth, Measure::Utf16)
    }
}
