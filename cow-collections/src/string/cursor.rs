//! A place in a text that moves.

use super::{CowString, PositionError, TextSlice, error::OrPanic};
use crate::{Lines, Metrics};

/// A place in a text, which moves by bytes, characters, lines and chunks.
///
/// It keeps the chunk that it is in at hand, so that a step costs a few nanoseconds. Between two
/// characters it is where it was put; a step by bytes may leave it inside one.
///
/// # Examples
///
/// ```
/// use cow_collections::CowString;
///
/// let text = CowString::from("one\ntwo");
/// let mut cursor = text.cursor(0);
/// assert_eq!(cursor.next_char(), Some('o'));
/// assert_eq!(cursor.next_line(), Some(4));
/// assert_eq!(cursor.prev_char(), Some('\n'));
/// assert_eq!(cursor.position(), 3);
/// ```
pub struct TextCursor<'a, M: Metrics = Lines> {
    pub(super) text: TextSlice<'a, M>,
    at: usize,
    /// A piece that `at` is in, or at one end of.
    pub(super) chunk: &'a str,
    pub(super) chunk_start: usize,
}

impl<M: Metrics> Clone for TextCursor<'_, M> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<M: Metrics> std::fmt::Debug for TextCursor<'_, M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TextCursor").field("at", &self.at).finish()
    }
}

impl<M: Metrics> CowString<M> {
    /// A cursor at byte `at`.
    ///
    /// # Panics
    ///
    /// If `at` is out of bounds or inside a character.
    #[must_use]
    #[track_caller]
    pub fn cursor(&self, at: usize) -> TextCursor<'_, M> {
        self.as_slice().cursor(at)
    }
}

impl<'a, M: Metrics> TextSlice<'a, M> {
    /// A cursor at byte `at`.
    ///
    /// # Panics
    ///
    /// If `at` is out of bounds or inside a character.
    #[must_use]
    #[track_caller]
    pub fn cursor(&self, at: usize) -> TextCursor<'a, M> {
        let mut cursor = TextCursor {
            text: *self,
            at: 0,
            chunk: "",
            chunk_start: 0,
        };
        cursor.try_seek(at).or_panic();
        cursor
    }
}

impl<'a, M: Metrics> TextCursor<'a, M> {
    /// Where the cursor is, in bytes.
    #[inline]
    #[must_use]
    pub fn position(&self) -> usize {
        self.at
    }

    /// The text that the cursor moves in.
    #[must_use]
    pub fn text(&self) -> TextSlice<'a, M> {
        self.text
    }

    /// Moves to byte `at`.
    ///
    /// # Complexity
    ///
    /// O(1) within the chunk, else O(log n).
    ///
    /// # Panics
    ///
    /// If `at` is out of bounds or inside a character.
    #[track_caller]
    pub fn seek(&mut self, at: usize) {
        self.try_seek(at).or_panic();
    }

    /// As [`seek`](Self::seek), for positions from elsewhere.
    ///
    /// # Errors
    ///
    /// When `at` is out of bounds or inside a character; the cursor stays where it was.
    pub fn try_seek(&mut self, at: usize) -> Result<(), PositionError> {
        self.text.check(at)?;
        self.at = at;
        self.load(at);
        Ok(())
    }

    /// Makes `chunk` one that `at` is in, or that ends there if it is the end.
    fn load(&mut self, at: usize) {
        if at >= self.chunk_start && at < self.chunk_start + self.chunk.len() {
            return;
        }
        let at = at.min(self.text.len().saturating_sub(1));
        (self.chunk, self.chunk_start) = self.text.chunk_at(at).unwrap_or(("", 0));
    }

    /// The byte behind the cursor. Moves over it.
    #[inline]
    pub fn next_byte(&mut self) -> Option<u8> {
        self.load(self.at);
        let byte = *self.chunk.as_bytes().get(self.at - self.chunk_start)?;
        self.at += 1;
        Some(byte)
    }

    /// The byte in front of the cursor. Moves over it.
    #[inline]
    pub fn prev_byte(&mut self) -> Option<u8> {
        let at = self.at.checked_sub(1)?;
        self.load(at);
        self.at = at;
        self.chunk.as_bytes().get(at - self.chunk_start).copied()
    }

    /// The character behind the cursor, which stays; the one that it is in, if it is in one.
    #[must_use]
    pub fn peek_char(&mut self) -> Option<char> {
        self.load(self.at);
        let at = self.chunk.floor_char_boundary(self.at - self.chunk_start);
        self.chunk[at..].chars().next()
    }

    /// The character behind the cursor. Moves over it.
    #[inline]
    pub fn next_char(&mut self) -> Option<char> {
        self.load(self.at);
        let at = self.chunk.floor_char_boundary(self.at - self.chunk_start);
        let char = self.chunk[at..].chars().next()?;
        self.at = self.chunk_start + at + char.len_utf8();
        Some(char)
    }

    /// The character in front of the cursor. Moves over it.
    #[inline]
    pub fn prev_char(&mut self) -> Option<char> {
        let at = self.at.checked_sub(1)?;
        self.load(at);
        let end = self.chunk.ceil_char_boundary(self.at - self.chunk_start);
        let char = self.chunk[..end].chars().next_back()?;
        self.at = self.chunk_start + end - char.len_utf8();
        Some(char)
    }

    /// What is behind the cursor, as far as it lies in a row. Moves to the end of that.
    pub fn next_chunk(&mut self) -> Option<&'a str> {
        if self.at >= self.text.len() {
            return None;
        }
        self.load(self.at);
        let at = self.chunk.floor_char_boundary(self.at - self.chunk_start);
        self.at = self.chunk_start + self.chunk.len();
        Some(&self.chunk[at..])
    }

    /// What is in front of the cursor, as far as it lies in a row. Moves to the start of that.
    pub fn prev_chunk(&mut self) -> Option<&'a str> {
        self.load(self.at.checked_sub(1)?);
        let end = self.chunk.ceil_char_boundary(self.at - self.chunk_start);
        self.at = self.chunk_start;
        Some(&self.chunk[..end])
    }

    /// Moves to the start of the next line, behind the next LF, and returns where that is; `None`, and the
    /// end, if there is none.
    pub fn next_line(&mut self) -> Option<usize> {
        loop {
            let start = self.at;
            let chunk = self.next_chunk()?;
            if let Some(at) = memchr::memchr(b'\n', chunk.as_bytes()) {
                // A step by bytes may have left the cursor inside the first character.
                self.at = start.max(self.at - chunk.len() + at + 1);
                return Some(self.at);
            }
        }
    }

    /// Moves to the start of the line; from there, to the start of the one in front. Returns where that
    /// is; `None` at the start of the text.
    pub fn prev_line(&mut self) -> Option<usize> {
        if self.at == 0 {
            return None;
        }
        // The LF right in front ends the line that we want to come to the start of.
        self.prev_char();
        while let Some(chunk) = self.prev_chunk() {
            if let Some(at) = memchr::memrchr(b'\n', chunk.as_bytes()) {
                self.at += at + 1;
                return Some(self.at);
            }
        }
        Some(0)
    }
}

#[cfg(feature = "graphemes")]
mod graphemes {
    //! Steps by what a reader takes for one character.

    use unicode_segmentation::{GraphemeCursor, GraphemeIncomplete};

    use super::TextCursor;
    use crate::Metrics;

    impl<M: Metrics> TextCursor<'_, M> {
        /// Moves over the grapheme cluster behind the cursor, and returns where that leads; `None` at the
        /// end.
        ///
        /// # Examples
        ///
        /// ```
        /// # use cow_collections::CowString;
        /// let text = CowString::from("e\u{301}\u{1f1e9}\u{1f1ea}!");
        /// let mut cursor = text.cursor(0);
        /// assert_eq!(cursor.next_grapheme(), Some(3));
        /// assert_eq!(cursor.next_grapheme(), Some(11));
        /// assert_eq!(cursor.prev_grapheme(), Some(3));
        /// ```
        pub fn next_grapheme(&mut self) -> Option<usize> {
            self.load(self.at);
            let at = self.chunk.floor_char_boundary(self.at - self.chunk_start);
            let mut borders = self.borders_from(self.chunk_start + at);
            loop {
                match borders.next_boundary(self.chunk, self.chunk_start) {
                    Ok(at) => return self.arrive(at),
                    Err(GraphemeIncomplete::NextChunk) => {
                        // Anew: what was counted on the way would be counted again in the context.
                        borders = self.borders_from(self.chunk_start + self.chunk.len());
                        if self.cross(&mut borders) {
                            return self.arrive(Some(self.chunk_start));
                        }
                    }
                    Err(GraphemeIncomplete::PrevChunk) => self.load(self.chunk_start - 1),
                    Err(GraphemeIncomplete::PreContext(end)) => self.context(&mut borders, end),
                    Err(GraphemeIncomplete::InvalidOffset) => return None,
                }
            }
        }

        /// Moves over the grapheme cluster in front of the cursor, and returns where that leads; `None` at
        /// the start.
        pub fn prev_grapheme(&mut self) -> Option<usize> {
            self.load(self.at);
            let at = self.chunk.ceil_char_boundary(self.at - self.chunk_start);
            let mut borders = self.borders_from(self.chunk_start + at);
            loop {
                match borders.prev_boundary(self.chunk, self.chunk_start) {
                    Ok(at) => return self.arrive(at),
                    Err(GraphemeIncomplete::NextChunk) => {
                        self.load(self.chunk_start + self.chunk.len());
                    }
                    Err(GraphemeIncomplete::PrevChunk) => self.load(self.chunk_start - 1),
                    Err(GraphemeIncomplete::PreContext(end)) => self.context(&mut borders, end),
                    Err(GraphemeIncomplete::InvalidOffset) => return None,
                }
            }
        }

        /// Looks for borders of clusters from `at` on, which is a character's boundary.
        fn borders_from(&self, at: usize) -> GraphemeCursor {
            GraphemeCursor::new(at, self.text.len(), true)
        }

        /// Goes to the next chunk; `true` when a cluster ends in front of it.
        ///
        /// The two characters at the border are shown as one piece: of a piece that starts at the border
        /// it would not be seen that a line break is never in a cluster with what is in front of it.
        fn cross(&mut self, borders: &mut GraphemeCursor) -> bool {
            let last = self.chunk.chars().next_back();
            self.load(self.chunk_start + self.chunk.len());
            let pair: String = last.into_iter().chain(self.chunk.chars().next()).collect();
            let start = self.chunk_start - last.map_or(0, char::len_utf8);
            loop {
                match borders.is_boundary(&pair, start) {
                    Err(GraphemeIncomplete::PreContext(end)) => self.context(borders, end),
                    is_border => return is_border.unwrap_or(true),
                }
            }
        }

        fn arrive(&mut self, at: Option<usize>) -> Option<usize> {
            self.at = at?;
            at
        }

        /// Shows the piece that ends at `end`.
        fn context(&self, borders: &mut GraphemeCursor, end: usize) {
            if let Some((chunk, start)) = self.text.chunk_at(end - 1) {
                borders.provide_context(&chunk[..end - start], start);
            }
        }
    }
}
