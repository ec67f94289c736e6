//! [`CowStr`]: the calls that change it.

use std::ops::RangeBounds;

use cow_core::{AllocError, OrAbort};

use super::CowStr;
use crate::bytes::{bounds, locate};

impl CowStr {
    /// Adds a text.
    ///
    /// # Complexity
    ///
    /// O(new bytes) amortised. Copies nothing else while there is room and the text is exclusive, or
    /// shared and nobody else added to it yet.
    ///
    /// # Panics
    ///
    /// If the text would be longer than [`MAX_LEN`](Self::MAX_LEN).
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowStr;
    /// let mut log = CowStr::from("a text that is not inline");
    /// let snapshot = log.clone();
    /// log.push_str(" and grows");
    /// assert_eq!(log.as_ptr(), snapshot.as_ptr()); // in place: nothing was copied
    /// assert_eq!(snapshot, "a text that is not inline");
    /// ```
    #[inline]
    pub fn push_str(&mut self, text: &str) {
        self.try_push_str(text).or_abort();
    }

    /// As [`push_str`](Self::push_str).
    ///
    /// # Errors
    ///
    /// When memory is out, or the text would be longer than [`MAX_LEN`](Self::MAX_LEN); all is as it
    /// was then.
    #[inline]
    pub fn try_push_str(&mut self, text: &str) -> Result<(), AllocError> {
        self.utf8.try_push_str(text)
    }

    /// Adds a character, as [`push_str`](Self::push_str).
    ///
    /// # Panics
    ///
    /// If the text would be longer than [`MAX_LEN`](Self::MAX_LEN).
    #[inline]
    pub fn push(&mut self, char: char) {
        self.try_push(char).or_abort();
    }

    /// As [`push`](Self::push).
    ///
    /// # Errors
    ///
    /// As for [`try_push_str`](Self::try_push_str).
    #[inline]
    pub fn try_push(&mut self, char: char) -> Result<(), AllocError> {
        self.utf8.try_push(char)
    }

    /// Takes the last character off.
    #[inline]
    pub fn pop(&mut self) -> Option<char> {
        let last = self.chars().next_back()?;
        self.utf8.truncate(self.len() - last.len_utf8());
        Some(last)
    }

    /// Makes room for `additional` more bytes that is this handle's alone.
    ///
    /// # Panics
    ///
    /// If the text would be longer than [`MAX_LEN`](Self::MAX_LEN).
    pub fn reserve(&mut self, additional: usize) {
        self.try_reserve(additional).or_abort();
    }

    /// As [`reserve`](Self::reserve).
    ///
    /// # Errors
    ///
    /// As for [`try_push_str`](Self::try_push_str).
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), AllocError> {
        self.utf8.try_reserve(additional)
    }

    /// Lends the text for writing. Copies it first if it is shared or static.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowStr;
    /// let mut text = CowStr::from_static("static");
    /// text.as_mut_str().make_ascii_uppercase();
    /// assert_eq!(text, "STATIC");
    /// ```
    #[inline]
    pub fn as_mut_str(&mut self) -> &mut str {
        self.try_as_mut_str().or_abort()
    }

    /// As [`as_mut_str`](Self::as_mut_str).
    ///
    /// # Errors
    ///
    /// When memory is out.
    #[inline]
    pub fn try_as_mut_str(&mut self) -> Result<&mut str, AllocError> {
        self.utf8.try_as_mut_str()
    }

    /// Puts a character in front of byte number `index`.
    ///
    /// # Panics
    ///
    /// If `index` is behind the end, or inside a character.
    #[track_caller]
    pub fn insert(&mut self, index: usize, char: char) {
        self.insert_str(index, char.encode_utf8(&mut [0; 4]));
    }

    /// Puts a text in front of byte number `index`.
    ///
    /// # Panics
    ///
    /// If `index` is behind the end, or inside a character.
    #[track_caller]
    pub fn insert_str(&mut self, index: usize, text: &str) {
        self.replace_range(index..index, text);
    }

    /// Takes the character at byte number `index` out.
    ///
    /// # Panics
    ///
    /// If `index` is at or behind the end, or inside a character.
    #[track_caller]
    pub fn remove(&mut self, index: usize) -> char {
        let Some(char) = self[index..].chars().next() else {
            panic!("cannot remove a char from the end of a string")
        };
        self.replace_range(index..index + char.len_utf8(), "");
        char
    }

    /// Puts a text in the place of a part.
    ///
    /// # Complexity
    ///
    /// O(bytes behind the range + new ones); O(all bytes) when the text is shared.
    ///
    /// # Panics
    ///
    /// If the range is not inside the text, or would cut a character.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowStr;
    /// let mut text = CowStr::from("copy of a text");
    /// text.replace_range(..4, "snapshot");
    /// assert_eq!(text, "snapshot of a text");
    /// ```
    #[track_caller]
    pub fn replace_range(&mut self, range: impl RangeBounds<usize>, with: &str) {
        self.try_replace_range(range, with).or_abort();
    }

    /// As [`replace_range`](Self::replace_range).
    ///
    /// # Errors
    ///
    /// As for [`try_push_str`](Self::try_push_str).
    ///
    /// # Panics
    ///
    /// As for [`replace_range`](Self::replace_range).
    #[track_caller]
    pub fn try_replace_range(
        &mut self,
        range: impl RangeBounds<usize>,
        with: &str,
    ) -> Result<(), AllocError> {
        let text = self.as_str();
        let range = locate(text.as_bytes(), text[bounds(&range)].as_bytes());
        self.utf8.try_splice(range, with)
    }

    /// Shortens the text to `len` bytes, if it is longer. The room stays.
    ///
    /// # Panics
    ///
    /// If `len` is inside a character.
    #[inline]
    #[track_caller]
    pub fn truncate(&mut self, len: usize) {
        if len < self.len() {
            self.utf8.truncate(len);
        }
    }

    /// Takes all text away. The room stays if it is not shared.
    pub fn clear(&mut self) {
        self.utf8.clear();
    }

    /// Takes the text from `at` on away and returns it. Both share the chunk.
    ///
    /// # Complexity
    ///
    /// O(1).
    ///
    /// # Panics
    ///
    /// If `at` is behind the end, or inside a character.
    #[must_use = "use `truncate` if the rest is not needed"]
    #[track_caller]
    pub fn split_off(&mut self, at: usize) -> Self {
        let rest = self.slice(at..);
        self.utf8.truncate(at);
        rest
    }

    /// Takes the text up to `at` away and returns it. Both share the chunk.
    ///
    /// # Complexity
    ///
    /// O(1).
    ///
    /// # Panics
    ///
    /// If `at` is behind the end, or inside a character.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowStr;
    /// let mut rest = CowStr::from("first of many words");
    /// assert_eq!(rest.split_to(6), "first ");
    /// assert_eq!(rest, "of many words");
    /// ```
    #[must_use = "the text is taken away"]
    #[track_caller]
    pub fn split_to(&mut self, at: usize) -> Self {
        let first = self.slice(..at);
        self.utf8.try_advance(at).or_abort();
        first
    }

    /// Keeps the characters that `keep` picks.
    ///
    /// Should `keep` panic, all of them stay.
    pub fn retain(&mut self, mut keep: impl FnMut(char) -> bool) {
        let Some((first, dropped)) = self.char_indices().find(|&(_, char)| !keep(char)) else {
            return;
        };
        let mut kept = Self::with_capacity(self.len());
        kept.push_str(&self[..first]);
        let rest = self[first + dropped.len_utf8()..].chars();
        kept.extend(rest.filter(|&char| keep(char)));
        *self = kept;
    }

    /// The text `count` times.
    ///
    /// # Panics
    ///
    /// If that is longer than [`MAX_LEN`](Self::MAX_LEN).
    #[must_use]
    pub fn repeat(&self, count: usize) -> Self {
        if self.is_empty() {
            return Self::new();
        }
        let mut all = Self::with_capacity(self.len().saturating_mul(count));
        (0..count).for_each(|_| all.push_str(self));
        all
    }

    /// The text in lower case, as `str::to_lowercase`; shares the chunk if it is so already.
    #[must_use]
    pub fn to_lowercase(&self) -> Self {
        self.mapped(self.as_str().to_lowercase())
    }

    /// The text in upper case, as `str::to_uppercase`; shares the chunk if it is so already.
    #[must_use]
    pub fn to_uppercase(&self) -> Self {
        self.mapped(self.as_str().to_uppercase())
    }

    /// The text with `with` in the place of each match of `from`; shares the chunk if there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowStr;
    /// let text = CowStr::from("a text without tabs");
    /// assert!(text.replace("\t", "    ").ptr_eq(&text));
    /// assert_eq!(text.replace(" ", "\u{b7}"), "a·text·without·tabs");
    /// ```
    #[must_use]
    pub fn replace(&self, from: &str, with: &str) -> Self {
        if !self.contains(from) {
            return self.clone();
        }
        self.mapped(self.as_str().replace(from, with))
    }

    fn mapped(&self, text: String) -> Self {
        if text == *self {
            self.clone()
        } else {
            text.into()
        }
    }

    /// The texts one behind the other.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowStr;
    /// assert_eq!(CowStr::concat(["one ", "behind ", "the other"]), "one behind the other");
    /// ```
    #[must_use]
    pub fn concat(texts: impl IntoIterator<Item: AsRef<str>>) -> Self {
        Self::join(texts, "")
    }

    /// The texts one behind the other, with a separator between them.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowStr;
    /// let path = CowStr::join(["", "usr", "share"], "/");
    /// assert_eq!(path, "/usr/share");
    /// ```
    #[must_use]
    pub fn join(texts: impl IntoIterator<Item: AsRef<str>>, separator: &str) -> Self {
        let mut all = Self::new();
        for (number, text) in texts.into_iter().enumerate() {
            if number > 0 {
                all.push_str(separator);
            }
            all.push_str(text.as_ref());
        }
        all
    }
}
