//! [`CowStr`]: owned slices, by the names that `str` has for borrowed ones.

use std::{ops::RangeBounds, str};

use cow_core::OrAbort;

use super::{CowStr, StrPattern};
use crate::{Slices, bytes::bounds};

impl CowStr {
    /// An owned slice that shares the chunk.
    ///
    /// Up to 15 bytes are copied into the slice, so that they do not keep the chunk. A longer slice
    /// keeps all of it: see [`compact`](Self::compact).
    ///
    /// # Complexity
    ///
    /// O(1): at most one atomic increment; above 64 KiB also a chunk of 64 B.
    ///
    /// # Panics
    ///
    /// If the range is not inside the text, or would cut a character.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowStr;
    /// let text = CowStr::from("the part that is to stay, and the rest");
    /// let part = text.slice(..24);
    /// drop(text);
    /// assert_eq!(part, "the part that is to stay");
    /// ```
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn slice(&self, range: impl RangeBounds<usize>) -> Self {
        let part = &self.as_str()[bounds(&range)];
        self.slice_ref(part)
    }

    /// As [`slice`](Self::slice), or `None` when the range is not inside the text or would cut a
    /// character.
    #[inline]
    #[must_use]
    pub fn get_slice(&self, range: impl RangeBounds<usize>) -> Option<Self> {
        let part = self.as_str().get(bounds(&range))?;
        Some(self.slice_ref(part))
    }

    /// The owned slice of this text that a borrowed one stands for.
    ///
    /// # Complexity
    ///
    /// As for [`slice`](Self::slice).
    ///
    /// # Panics
    ///
    /// If `part` is not a part of this text, by its place in memory; an empty one always is.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowStr;
    /// let line = CowStr::from("name: somebody with a long name");
    /// let name = line.find(':').map(|at| line.slice_ref(line[at + 1..].trim_start()));
    /// assert_eq!(name.unwrap(), "somebody with a long name");
    /// ```
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn slice_ref(&self, part: &str) -> Self {
        Self::from_checked(self.utf8.try_slice_ref(part).or_abort())
    }

    /// The parts that an iterator over borrowed slices yields, as owned slices.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowStr;
    /// let text = CowStr::from("to be, or not to be: that is the question");
    /// let words: Vec<CowStr> = text.slices(|text| text.rmatches("to be")).collect();
    /// assert_eq!(words, ["to be", "to be"]);
    /// ```
    pub fn slices<'a, I>(&'a self, parts: impl FnOnce(&'a str) -> I) -> Slices<'a, Self, I>
    where
        I: Iterator<Item = &'a str>,
    {
        Slices::new(self, parts(self.as_str()))
    }

    /// The lines as owned slices, without their ends, as `str::lines`.
    pub fn lines(&self) -> Slices<'_, Self, str::Lines<'_>> {
        self.slices(str::lines)
    }

    /// The words as owned slices, as `str::split_whitespace`.
    pub fn split_whitespace(&self) -> Slices<'_, Self, str::SplitWhitespace<'_>> {
        self.slices(str::split_whitespace)
    }

    /// The owned slices between the matches of a pattern, as `str::split`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowStr;
    /// let path = CowStr::from("/usr/share/a directory with a long name/");
    /// let parts: Vec<CowStr> = path.split('/').rev().collect();
    /// assert_eq!(parts, ["", "a directory with a long name", "share", "usr", ""]);
    /// ```
    pub fn split<P: StrPattern>(&self, pattern: P) -> Slices<'_, Self, P::Split<'_>> {
        self.slices(|text| P::split(pattern, text))
    }

    /// As [`split`](Self::split) from the end, as `str::rsplit`.
    pub fn rsplit<P: StrPattern>(&self, pattern: P) -> Slices<'_, Self, P::RSplit<'_>> {
        self.slices(|text| P::rsplit(pattern, text))
    }

    /// As [`split`](Self::split) into at most `n` slices, as `str::splitn`.
    pub fn splitn<P: StrPattern>(&self, n: usize, pattern: P) -> Slices<'_, Self, P::SplitN<'_>> {
        self.slices(|text| P::splitn(pattern, text, n))
    }

    /// As [`split`](Self::split), each slice with the match behind it, as `str::split_inclusive`.
    pub fn split_inclusive<P: StrPattern>(
        &self,
        pattern: P,
    ) -> Slices<'_, Self, P::SplitInclusive<'_>> {
        self.slices(|text| P::split_inclusive(pattern, text))
    }

    /// What is before and behind the first match of a pattern, as owned slices.
    #[must_use]
    pub fn split_once<P: StrPattern>(&self, pattern: P) -> Option<(Self, Self)> {
        self.both(P::split_once(pattern, self))
    }

    /// What is before and behind the last match of a pattern, as owned slices.
    #[must_use]
    pub fn rsplit_once<P: StrPattern>(&self, pattern: P) -> Option<(Self, Self)> {
        self.both(P::rsplit_once(pattern, self))
    }

    fn both(&self, parts: Option<(&str, &str)>) -> Option<(Self, Self)> {
        parts.map(|(first, second)| (self.slice_ref(first), self.slice_ref(second)))
    }

    /// The text up to a byte and from it on, as owned slices.
    ///
    /// # Panics
    ///
    /// If `at` is behind the end, or inside a character.
    #[must_use]
    #[track_caller]
    pub fn split_at(&self, at: usize) -> (Self, Self) {
        (self.slice(..at), self.slice(at..))
    }

    /// The text without white space at its ends, as an owned slice.
    #[inline]
    #[must_use]
    pub fn trim(&self) -> Self {
        self.slice_ref(self.as_str().trim())
    }

    /// The text without white space at its start, as an owned slice.
    #[inline]
    #[must_use]
    pub fn trim_start(&self) -> Self {
        self.slice_ref(self.as_str().trim_start())
    }

    /// The text without white space at its end, as an owned slice.
    #[inline]
    #[must_use]
    pub fn trim_end(&self) -> Self {
        self.slice_ref(self.as_str().trim_end())
    }

    /// The text without the matches of a pattern at its start, as an owned slice.
    #[must_use]
    pub fn trim_start_matches<P: StrPattern>(&self, pattern: P) -> Self {
        self.slice_ref(P::trim_start_matches(pattern, self))
    }

    /// The text without the matches of a pattern at its end, as an owned slice.
    #[must_use]
    pub fn trim_end_matches<P: StrPattern>(&self, pattern: P) -> Self {
        self.slice_ref(P::trim_end_matches(pattern, self))
    }

    /// The text behind a pattern that it starts with, as an owned slice.
    #[must_use]
    pub fn strip_prefix<P: StrPattern>(&self, pattern: P) -> Option<Self> {
        let part = P::strip_prefix(pattern, self)?;
        Some(self.slice_ref(part))
    }

    /// The text before a pattern that it ends with, as an owned slice.
    #[must_use]
    pub fn strip_suffix<P: StrPattern>(&self, pattern: P) -> Option<Self> {
        let part = P::strip_suffix(pattern, self)?;
        Some(self.slice_ref(part))
    }
}
