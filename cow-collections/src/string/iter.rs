//! Iterators over a text: chunks, bytes, characters, lines.

use std::{fmt, iter::FusedIterator, slice, str};

use cow_core::Gap;

use super::TextSlice;
use crate::{
    Lines, Metrics,
    node::seq::text::{IntoLeaves, Text, read::Chunks},
};

/// The pieces of a text that lie in a row. See [`CowString::chunks`](crate::CowString::chunks).
pub struct TextChunks<'a, M: Metrics = Lines> {
    chunks: Chunks<'a, M>,
    /// The only piece, where that is known from the start.
    whole: Option<&'a str>,
}

impl<'a, M: Metrics> TextChunks<'a, M> {
    #[inline]
    pub(super) fn new(slice: &TextSlice<'a, M>) -> Self {
        let whole = slice.piece.filter(|piece| !piece.is_empty());
        let end = if slice.piece.is_some() {
            slice.start
        } else {
            slice.end
        };
        Self {
            chunks: slice.text.chunks(slice.start..end),
            whole,
        }
    }

    /// The number of bytes in the pieces not yet taken.
    #[inline]
    #[must_use]
    pub fn bytes_left(&self) -> usize {
        self.whole.map_or(self.chunks.range().len(), str::len)
    }
}

impl<M: Metrics> Clone for TextChunks<'_, M> {
    fn clone(&self) -> Self {
        Self {
            chunks: self.chunks.clone(),
            whole: self.whole,
        }
    }
}

impl<M: Metrics> fmt::Debug for TextChunks<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<'a, M: Metrics> Iterator for TextChunks<'a, M> {
    type Item = &'a str;

    #[inline]
    fn next(&mut self) -> Option<&'a str> {
        match self.whole.take() {
            None => self.chunks.next(),
            whole => whole,
        }
    }
}

impl<'a, M: Metrics> DoubleEndedIterator for TextChunks<'a, M> {
    #[inline]
    fn next_back(&mut self) -> Option<&'a str> {
        match self.whole.take() {
            None => self.chunks.next_back(),
            whole => whole,
        }
    }
}

impl<M: Metrics> FusedIterator for TextChunks<'_, M> {}

/// The bytes of a text. See [`CowString::bytes`](crate::CowString::bytes).
#[derive(Clone)]
pub struct TextBytes<'a, M: Metrics = Lines> {
    front: slice::Iter<'a, u8>,
    chunks: TextChunks<'a, M>,
    back: slice::Iter<'a, u8>,
}

impl<'a, M: Metrics> TextBytes<'a, M> {
    pub(super) fn new(chunks: TextChunks<'a, M>) -> Self {
        Self {
            front: [].iter(),
            chunks,
            back: [].iter(),
        }
    }
}

impl<M: Metrics> fmt::Debug for TextBytes<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<M: Metrics> Iterator for TextBytes<'_, M> {
    type Item = u8;

    #[inline]
    fn next(&mut self) -> Option<u8> {
        loop {
            if let Some(&byte) = self.front.next() {
                return Some(byte);
            }
            match self.chunks.next() {
                Some(chunk) => self.front = chunk.as_bytes().iter(),
                None => return self.back.next().copied(),
            }
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = self.front.len() + self.chunks.bytes_left() + self.back.len();
        (len, Some(len))
    }

    fn fold<B, F: FnMut(B, u8) -> B>(self, init: B, mut f: F) -> B {
        let mut sum = self.front.copied().fold(init, &mut f);
        for chunk in self.chunks {
            sum = chunk.bytes().fold(sum, &mut f);
        }
        self.back.copied().fold(sum, f)
    }
}

impl<M: Metrics> DoubleEndedIterator for TextBytes<'_, M> {
    #[inline]
    fn next_back(&mut self) -> Option<u8> {
        loop {
            if let Some(&byte) = self.back.next_back() {
                return Some(byte);
            }
            match self.chunks.next_back() {
                Some(chunk) => self.back = chunk.as_bytes().iter(),
                None => return self.front.next_back().copied(),
            }
        }
    }
}

impl<M: Metrics> ExactSizeIterator for TextBytes<'_, M> {}
impl<M: Metrics> FusedIterator for TextBytes<'_, M> {}

/// The characters of a text. See [`CowString::chars`](crate::CowString::chars).
#[derive(Clone)]
pub struct TextChars<'a, M: Metrics = Lines> {
    front: str::Chars<'a>,
    chunks: TextChunks<'a, M>,
    back: str::Chars<'a>,
}

impl<'a, M: Metrics> TextChars<'a, M> {
    pub(super) fn new(chunks: TextChunks<'a, M>) -> Self {
        Self {
            front: "".chars(),
            chunks,
            back: "".chars(),
        }
    }

    /// The number of bytes in the characters not yet taken.
    #[inline]
    fn bytes_left(&self) -> usize {
        self.front.as_str().len() + self.chunks.bytes_left() + self.back.as_str().len()
    }
}

impl<M: Metrics> fmt::Debug for TextChars<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<M: Metrics> Iterator for TextChars<'_, M> {
    type Item = char;

    #[inline]
    fn next(&mut self) -> Option<char> {
        loop {
            if let Some(char) = self.front.next() {
                return Some(char);
            }
            match self.chunks.next() {
                Some(chunk) => self.front = chunk.chars(),
                None => return self.back.next(),
            }
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let bytes = self.bytes_left();
        (bytes.div_ceil(4), Some(bytes))
    }

    fn fold<B, F: FnMut(B, char) -> B>(self, init: B, mut f: F) -> B {
        let mut sum = self.front.fold(init, &mut f);
        for chunk in self.chunks {
            sum = chunk.chars().fold(sum, &mut f);
        }
        self.back.fold(sum, f)
    }
}

impl<M: Metrics> DoubleEndedIterator for TextChars<'_, M> {
    #[inline]
    fn next_back(&mut self) -> Option<char> {
        loop {
            if let Some(char) = self.back.next_back() {
                return Some(char);
            }
            match self.chunks.next_back() {
                Some(chunk) => self.back = chunk.chars(),
                None => return self.front.next_back(),
            }
        }
    }
}

impl<M: Metrics> FusedIterator for TextChars<'_, M> {}

/// The characters of a text with their places. See
/// [`CowString::char_indices`](crate::CowString::char_indices).
#[derive(Clone)]
pub struct TextCharIndices<'a, M: Metrics = Lines> {
    chars: TextChars<'a, M>,
    /// Where the characters not yet taken begin.
    start: usize,
}

impl<'a, M: Metrics> TextCharIndices<'a, M> {
    pub(super) fn new(chars: TextChars<'a, M>, _len: usize) -> Self {
        Self { chars, start: 0 }
    }

    /// Where the next character is, or the end.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.start
    }
}

impl<M: Metrics> fmt::Debug for TextCharIndices<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<M: Metrics> Iterator for TextCharIndices<'_, M> {
    type Item = (usize, char);

    #[inline]
    fn next(&mut self) -> Option<(usize, char)> {
        let char = self.chars.next()?;
        let at = self.start;
        self.start += char.len_utf8();
        Some((at, char))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.chars.size_hint()
    }
}

impl<M: Metrics> DoubleEndedIterator for TextCharIndices<'_, M> {
    #[inline]
    fn next_back(&mut self) -> Option<(usize, char)> {
        let char = self.chars.next_back()?;
        Some((self.start + self.chars.bytes_left(), char))
    }
}

impl<M: Metrics> FusedIterator for TextCharIndices<'_, M> {}

/// The lines of a text. See [`CowString::lines`](crate::CowString::lines).
pub struct TextLines<'a, M: Metrics = Lines> {
    text: &'a Text<M>,
    /// Pieces behind `piece`.
    chunks: TextChunks<'a, M>,
    /// What is left of the piece that was reached.
    piece: &'a str,
    start: usize,
    end: usize,
}

impl<M: Metrics> Clone for TextLines<'_, M> {
    fn clone(&self) -> Self {
        Self {
            chunks: self.chunks.clone(),
            ..*self
        }
    }
}

impl<M: Metrics> fmt::Debug for TextLines<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<'a, M: Metrics> TextLines<'a, M> {
    pub(super) fn new(slice: &TextSlice<'a, M>) -> Self {
        Self {
            text: slice.text,
            chunks: slice.chunks(),
            piece: "",
            start: slice.start,
            end: slice.end,
        }
    }

    /// The line from `start` to `end`, which is where its LF begins if it has one.
    fn line(&self, start: usize, end: usize, has_lf: bool) -> TextSlice<'a, M> {
        let line = TextSlice::new(self.text, start, end);
        if has_lf && line.ends_with('\r') {
            return TextSlice::new(self.text, start, end - 1);
        }
        line
    }

    /// The next line, which does not end in the piece that was reached.
    #[inline(never)]
    fn next_across(&mut self) -> Option<TextSlice<'a, M>> {
        let start = self.start;
        self.start += self.piece.len();
        while self.start < self.end {
            // Whatever `next_back` took from the other end is not to be looked at.
            let piece = self.chunks.next()?;
            let piece = &piece[..piece.len().min(self.end - self.start)];
            if let Some(at) = memchr::memchr(b'\n', piece.as_bytes()) {
                let line = self.line(start, self.start + at, true);
                self.piece = &piece[at + 1..];
                self.start += at + 1;
                return Some(line);
            }
            self.start += piece.len();
        }
        self.piece = "";
        (start < self.end).then(|| self.line(start, self.end, false))
    }
}

impl<'a, M: Metrics> Iterator for TextLines<'a, M> {
    type Item = TextSlice<'a, M>;

    #[inline]
    fn next(&mut self) -> Option<TextSlice<'a, M>> {
        let Some(at) = memchr::memchr(b'\n', self.piece.as_bytes()) else {
            return self.next_across();
        };
        let (line, rest) = self.piece.split_at(at);
        let line = line.strip_suffix('\r').unwrap_or(line);
        let slice = TextSlice {
            text: self.text,
            start: self.start,
            end: self.start + line.len(),
            piece: Some(line),
        };
        self.piece = &rest[1..];
        self.start += at + 1;
        Some(slice)
    }
}

impl<'a, M: Metrics> DoubleEndedIterator for TextLines<'a, M> {
    fn next_back(&mut self) -> Option<TextSlice<'a, M>> {
        if self.start >= self.end {
            return None;
        }
        let rest = TextSlice::new(self.text, self.start, self.end);
        let has_lf = rest.byte(rest.len() - 1) == Some(b'\n');
        let end = self.end - usize::from(has_lf);
        let start = TextSlice::new(self.text, self.start, end)
            .rfind('\n')
            .map_or(self.start, |at| self.start + at + 1);
        self.end = start;
        let piece = self.piece.len().min(self.end - self.start);
        self.piece = &self.piece[..piece];
        Some(self.line(start, end, has_lf))
    }
}

impl<M: Metrics> FusedIterator for TextLines<'_, M> {}

/// The chunks of a text that is taken apart. See
/// [`CowString::into_chunks`](crate::CowString::into_chunks).
pub struct IntoTextChunks<M: Metrics = Lines> {
    leaves: IntoLeaves<M>,
}

impl<M: Metrics> IntoTextChunks<M> {
    pub(super) fn new(leaves: IntoLeaves<M>) -> Self {
        Self { leaves }
    }
}

impl<M: Metrics> fmt::Debug for IntoTextChunks<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoTextChunks").finish_non_exhaustive()
    }
}

impl<M: Metrics> Iterator for IntoTextChunks<M> {
    type Item = TextChunk<M>;

    fn next(&mut self) -> Option<TextChunk<M>> {
        self.leaves.next().map(|(leaf, _)| TextChunk { leaf })
    }
}

impl<M: Metrics> DoubleEndedIterator for IntoTextChunks<M> {
    fn next_back(&mut self) -> Option<TextChunk<M>> {
        self.leaves.next_back().map(|(leaf, _)| TextChunk { leaf })
    }
}

impl<M: Metrics> FusedIterator for IntoTextChunks<M> {}

/// One chunk of a text that was taken apart.
pub struct TextChunk<M: Metrics = Lines> {
    leaf: Gap<M>,
}

impl<M: Metrics> TextChunk<M> {
    /// The text: left of the gap, and right of it. One of the two may be empty.
    #[must_use]
    pub fn pieces(&self) -> [&str; 2] {
        self.leaf.as_gap().pieces()
    }

    /// The number of bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.leaf.as_gap().len()
    }

    /// `false`: there are no empty chunks.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<M: Metrics> fmt::Debug for TextChunk<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.pieces().concat(), f)
    }
}

impl<M: Metrics> fmt::Display for TextChunk<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces()
            .iter()
            .try_for_each(|piece| f.write_str(piece))
    }
}
