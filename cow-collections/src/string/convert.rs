//! From one measure to another: bytes, characters, UTF-16 units, lines, lines with columns.

use super::{CowString, error::PositionError};
use crate::{
    CountsBreaks, CountsChars, CountsLines, CountsUtf16, TextSlice,
    node::seq::text::measure::Measure,
};

/// What ends a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LineBreak {
    /// LF alone, and so CRLF too.
    #[default]
    Lf,
    /// LF, CRLF, and CR alone: what language servers take for one.
    Any,
    /// Those, and VT, FF, NEL, LS and PS: what Unicode takes for one.
    Unicode,
}

impl LineBreak {
    pub(super) fn measure(self) -> Measure {
        match self {
            Self::Lf => Measure::Lf,
            Self::Any => Measure::Breaks,
            Self::Unicode => Measure::Unicode,
        }
    }
}

/// What columns of a line are counted in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Column {
    /// Bytes.
    #[default]
    Bytes,
    /// Characters.
    Chars,
    /// UTF-16 units: a character above U+FFFF is two.
    Utf16,
}

impl Column {
    pub(super) fn measure(self) -> Measure {
        match self {
            Self::Bytes => Measure::Bytes,
            Self::Chars => Measure::Chars,
            Self::Utf16 => Measure::Utf16,
        }
    }
}

/// A line, and a column in it. Both count from zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The number of the line.
    pub line: usize,
    /// The number of units in front, in the line.
    pub column: usize,
}

impl Position {
    /// A position.
    #[must_use]
    pub const fn new(line: usize, column: usize) -> Self {
        Self { line, column }
    }
}

/// Lines that end with LF, or CRLF.
///
/// Lines count from zero. There is one more of them than there are line breaks: behind the last break
/// there is a line, which may be empty. ([`lines`](CowString::lines) leaves that one out, as `str`'s.)
impl<M: CountsLines> CowString<M> {
    /// The number of lines: one more than there are LFs.
    ///
    /// # Complexity
    ///
    /// O(1).
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowString;
    /// let text = CowString::from("one\ntwo\n");
    /// assert_eq!(text.line_count(), 3);
    /// assert_eq!(text.lines().count(), 2);
    /// ```
    #[must_use]
    pub fn line_count(&self) -> usize {
        self.as_slice().line_count()
    }

    /// The line that byte `at` is in.
    ///
    /// # Complexity
    ///
    /// O(log n).
    ///
    /// # Panics
    ///
    /// If `at` is out of bounds or inside a character.
    #[must_use]
    #[track_caller]
    pub fn byte_to_line(&self, at: usize) -> usize {
        self.as_slice().byte_to_line(at)
    }

    /// As [`byte_to_line`](Self::byte_to_line), for positions from elsewhere.
    ///
    /// # Errors
    ///
    /// When `at` is out of bounds or inside a character.
    pub fn try_byte_to_line(&self, at: usize) -> Result<usize, PositionError> {
        self.as_slice().try_byte_to_line(at)
    }

    /// Where line number `line` starts; the end of the text, for the one behind the last.
    ///
    /// # Complexity
    ///
    /// O(log n).
    ///
    /// # Panics
    ///
    /// If there are not so many lines.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowString;
    /// let text = CowString::from("one\ntwo\nthree");
    /// assert_eq!(text.line_to_byte(2), 8);
    /// assert_eq!(text.byte_to_line(9), 2);
    /// assert_eq!(text.line(1), "two");
    /// ```
    #[must_use]
    #[track_caller]
    pub fn line_to_byte(&self, line: usize) -> usize {
        self.as_slice().line_to_byte(line)
    }

    /// As [`line_to_byte`](Self::line_to_byte), for numbers from elsewhere.
    ///
    /// # Errors
    ///
    /// When there are not so many lines.
    pub fn try_line_to_byte(&self, line: usize) -> Result<usize, PositionError> {
        self.as_slice().try_line_to_byte(line)
    }

    /// Line number `line`, without its LF or CRLF.
    ///
    /// # Complexity
    ///
    /// O(log n).
    ///
    /// # Panics
    ///
    /// If there is no such line.
    #[must_use]
    #[track_caller]
    pub fn line(&self, line: usize) -> TextSlice<'_, M> {
        self.as_slice().line(line)
    }

    /// Line number `line`, without its LF or CRLF; `None` if there is no such line.
    #[must_use]
    pub fn get_line(&self, line: usize) -> Option<TextSlice<'_, M>> {
        self.as_slice().get_line(line)
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
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::{Column, CowString, Position};
    /// let text = CowString::from("one\nt\u{1f600}wo");
    /// let at = text.find("wo").unwrap();
    /// assert_eq!(text.byte_to_position(at, Column::Bytes), Position::new(1, 5));
    /// assert_eq!(text.byte_to_position(at, Column::Chars), Position::new(1, 2));
    /// assert_eq!(text.byte_to_position(at, Column::Utf16), Position::new(1, 3));
    /// assert_eq!(text.position_to_byte(Position::new(1, 3), Column::Utf16), at);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn byte_to_position(&self, at: usize, column: Column) -> Position {
        self.as_slice().byte_to_position(at, column)
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
        self.as_slice().try_byte_to_position(at, column)
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
        self.as_slice().position_to_byte(position, column)
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
        self.as_slice().try_position_to_byte(position, column)
    }

    /// As [`position_to_byte`](Self::position_to_byte), with the nearest place in front for what there is
    /// not: the end of the line, of the text, or the start of the character.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::{Column, CowString, Position};
    /// let text = CowString::from("one\ntwo");
    /// let clamp = |line, column| text.clamp_position(Position::new(line, column), Column::Utf16);
    /// assert_eq!(clamp(0, 99), 3);
    /// assert_eq!(clamp(99, 0), 7);
    /// ```
    #[must_use]
    pub fn clamp_position(&self, position: Position, column: Column) -> usize {
        self.as_slice().clamp_position(position, column)
    }
}

/// Lines of any kind, chosen at each call. What the calls do is said at those without `_by`.
impl<M: CountsBreaks> CowString<M> {
    /// The number of lines.
    #[must_use]
    pub fn line_count_by(&self, kind: LineBreak) -> usize {
        self.as_slice().line_count_by(kind)
    }

    /// The line that byte `at` is in. Between CR and LF it is the one in front.
    ///
    /// # Errors
    ///
    /// When `at` is out of bounds or inside a character.
    pub fn byte_to_line_by(&self, at: usize, kind: LineBreak) -> Result<usize, PositionError> {
        self.as_slice().byte_to_line_by(at, kind)
    }

    /// Where line number `line` starts; the end of the text, for the one behind the last.
    ///
    /// # Errors
    ///
    /// When there are not so many lines.
    pub fn line_to_byte_by(&self, line: usize, kind: LineBreak) -> Result<usize, PositionError> {
        self.as_slice().line_to_byte_by(line, kind)
    }

    /// Line number `line`, without what breaks it.
    ///
    /// # Errors
    ///
    /// When there is no such line.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::{AllMetrics, CowString, LineBreak};
    /// let text = CowString::<AllMetrics>::from_text("a\rb\r\nc\u{2028}d");
    /// assert_eq!(text.line_by(1, LineBreak::Any)?, "b");
    /// assert_eq!(text.line_by(2, LineBreak::Unicode)?, "c");
    /// assert_eq!(text.line_count_by(LineBreak::Lf), 2);
    /// # Ok::<(), cow_collections::PositionError>(())
    /// ```
    pub fn line_by(&self, line: usize, kind: LineBreak) -> Result<TextSlice<'_, M>, PositionError> {
        self.as_slice().line_by(line, kind)
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
        self.as_slice().byte_to_position_by(at, column, kind)
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
        self.as_slice().position_to_byte_by(position, column, kind)
    }

    /// The byte at a line and column, or the nearest place in front.
    #[must_use]
    pub fn clamp_position_by(&self, position: Position, column: Column, kind: LineBreak) -> usize {
        self.as_slice().clamp_position_by(position, column, kind)
    }
}

/// Characters.
impl<M: CountsChars> CowString<M> {
    /// The number of characters.
    ///
    /// # Complexity
    ///
    /// O(1).
    #[must_use]
    pub fn char_count(&self) -> usize {
        self.as_slice().char_count()
    }

    /// How many characters there are in front of byte `at`.
    ///
    /// # Complexity
    ///
    /// O(log n).
    ///
    /// # Panics
    ///
    /// If `at` is out of bounds or inside a character.
    #[must_use]
    #[track_caller]
    pub fn byte_to_char(&self, at: usize) -> usize {
        self.as_slice().byte_to_char(at)
    }

    /// As [`byte_to_char`](Self::byte_to_char), for positions from elsewhere.
    ///
    /// # Errors
    ///
    /// When `at` is out of bounds or inside a character.
    pub fn try_byte_to_char(&self, at: usize) -> Result<usize, PositionError> {
        self.as_slice().try_byte_to_char(at)
    }

    /// Where character number `nth` starts; the end, for the one behind the last.
    ///
    /// # Complexity
    ///
    /// O(log n).
    ///
    /// # Panics
    ///
    /// If there are not so many characters.
    #[must_use]
    #[track_caller]
    pub fn char_to_byte(&self, nth: usize) -> usize {
        self.as_slice().char_to_byte(nth)
    }

    /// As [`char_to_byte`](Self::char_to_byte), for numbers from elsewhere.
    ///
    /// # Errors
    ///
    /// When there are not so many characters.
    pub fn try_char_to_byte(&self, nth: usize) -> Result<usize, PositionError> {
        self.as_slice().try_char_to_byte(nth)
    }

    /// As [`char_to_byte`](Self::char_to_byte), with the end for what lies behind it.
    #[must_use]
    pub fn clamp_char(&self, nth: usize) -> usize {
        self.as_slice().clamp_char(nth)
    }
}

/// UTF-16 units.
impl<M: CountsUtf16> CowString<M> {
    /// The number of UTF-16 units.
    ///
    /// # Complexity
    ///
    /// O(1).
    #[must_use]
    pub fn utf16_len(&self) -> usize {
        self.as_slice().utf16_len()
    }

    /// How many UTF-16 units there are in front of byte `at`.
    ///
    /// # Complexity
    ///
    /// O(log n).
    ///
    /// # Panics
    ///
    /// If `at` is out of bounds or inside a character.
    #[must_use]
    #[track_caller]
    pub fn byte_to_utf16(&self, at: usize) -> usize {
        self.as_slice().byte_to_utf16(at)
    }

    /// As [`byte_to_utf16`](Self::byte_to_utf16), for positions from elsewhere.
    ///
    /// # Errors
    ///
    /// When `at` is out of bounds or inside a character.
    pub fn try_byte_to_utf16(&self, at: usize) -> Result<usize, PositionError> {
        self.as_slice().try_byte_to_utf16(at)
    }

    /// Where UTF-16 unit number `nth` starts; the end, for the one behind the last.
    ///
    /// # Complexity
    ///
    /// O(log n).
    ///
    /// # Panics
    ///
    /// If there are not so many units, or it is the second one of a character.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::{CowString, PositionError, Utf16Lines};
    /// let text = CowString::<Utf16Lines>::from_text("a\u{1f600}b");
    /// assert_eq!(text.utf16_to_byte(3), 5);
    /// assert_eq!(text.try_utf16_to_byte(2), Err(PositionError::InsideChar { at: 2 }));
    /// assert_eq!(text.clamp_utf16(2), 1);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn utf16_to_byte(&self, nth: usize) -> usize {
        self.as_slice().utf16_to_byte(nth)
    }

    /// As [`utf16_to_byte`](Self::utf16_to_byte), for numbers from elsewhere.
    ///
    /// # Errors
    ///
    /// When there are not so many units, or it is the second one of a character.
    pub fn try_utf16_to_byte(&self, nth: usize) -> Result<usize, PositionError> {
        self.as_slice().try_utf16_to_byte(nth)
    }

    /// As [`utf16_to_byte`](Self::utf16_to_byte), with the nearest place in front for what there is not.
    #[must_use]
    pub fn clamp_utf16(&self, nth: usize) -> usize {
        self.as_slice().clamp_utf16(nth)
    }
}
