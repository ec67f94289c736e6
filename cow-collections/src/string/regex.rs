//! Searching with regular expressions, chunk by chunk, by `regex-cursor`.

use regex_cursor::{Cursor, IntoCursor};

use super::{CowString, TextCursor, TextSlice};
use crate::Metrics;

impl<M: Metrics> Cursor for TextCursor<'_, M> {
    fn chunk(&self) -> &[u8] {
        self.chunk.as_bytes()
    }

    fn advance(&mut self) -> bool {
        let next = self.chunk_start + self.chunk.len();
        if next >= self.text.len() {
            return false;
        }
        self.seek(next);
        true
    }

    fn backtrack(&mut self) -> bool {
        let Some(before) = self.chunk_start.checked_sub(1) else {
            return false;
        };
        let Some((_, start)) = self.text.chunk_at(before) else {
            return false;
        };
        self.seek(start);
        true
    }

    fn total_bytes(&self) -> Option<usize> {
        Some(self.text.len())
    }

    fn offset(&self) -> usize {
        self.chunk_start
    }
}

/// For `regex_cursor::Input::new`.
///
/// # Examples
///
/// ```
/// use cow_collections::CowString;
/// use regex_cursor::{Input, engines::meta::Regex};
///
/// let text: CowString = "fn one() {}\nfn two() {}\n".repeat(500).into();
/// let regex = Regex::new(r"fn \w+\(\)").unwrap();
/// assert_eq!(regex.find_iter(Input::new(&text)).count(), 1_000);
/// ```
impl<'a, M: Metrics> IntoCursor for &'a CowString<M> {
    type Cursor = TextCursor<'a, M>;

    fn into_cursor(self) -> TextCursor<'a, M> {
        self.cursor(0)
    }
}

impl<'a, M: Metrics> IntoCursor for TextSlice<'a, M> {
    type Cursor = TextCursor<'a, M>;

    fn into_cursor(self) -> TextCursor<'a, M> {
        self.cursor(0)
    }
}
