//! [`CowBytes`]: the calls that change it.

use std::ops::RangeBounds;

use cow_core::{AllocError, OrAbort};

use super::{CowBytes, bounds, locate};

impl CowBytes {
    /// Adds a byte.
    ///
    /// # Complexity
    ///
    /// O(1) amortised. Copies nothing while there is room and the bytes are exclusive, or shared and
    /// nobody else added to them yet.
    #[inline]
    pub fn push(&mut self, byte: u8) {
        self.try_push(byte).or_abort();
    }

    /// As [`push`](Self::push).
    ///
    /// # Errors
    ///
    /// When memory is out, or there would be more than [`MAX_LEN`](Self::MAX_LEN) bytes; all is as it
    /// was then.
    #[inline]
    pub fn try_push(&mut self, byte: u8) -> Result<(), AllocError> {
        self.run.try_extend_from_slice(&[byte])
    }

    /// Adds bytes.
    ///
    /// # Complexity
    ///
    /// As for [`push`](Self::push), for all of them together.
    #[inline]
    pub fn extend_from_slice(&mut self, bytes: &[u8]) {
        self.try_extend_from_slice(bytes).or_abort();
    }

    /// As [`extend_from_slice`](Self::extend_from_slice).
    ///
    /// # Errors
    ///
    /// As for [`try_push`](Self::try_push).
    #[inline]
    pub fn try_extend_from_slice(&mut self, bytes: &[u8]) -> Result<(), AllocError> {
        self.run.try_extend_from_slice(bytes)
    }

    /// Takes the last byte off.
    #[inline]
    pub fn pop(&mut self) -> Option<u8> {
        let (&last, rest) = self.as_slice().split_last()?;
        let len = rest.len();
        self.run.truncate(len);
        Some(last)
    }

    /// Makes room for `additional` more bytes that is this handle's alone.
    ///
    /// # Panics
    ///
    /// If there would be more than [`MAX_LEN`](Self::MAX_LEN) bytes.
    pub fn reserve(&mut self, additional: usize) {
        self.try_reserve(additional).or_abort();
    }

    /// As [`reserve`](Self::reserve).
    ///
    /// # Errors
    ///
    /// As for [`try_push`](Self::try_push).
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), AllocError> {
        self.run.try_reserve(additional)
    }

    /// Lends the bytes for writing. Copies them first if they are shared or static.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowBytes;
    /// let mut bytes = CowBytes::from_static(b"static");
    /// bytes.as_mut_slice()[0] = b'S';
    /// assert_eq!(bytes, b"Static");
    /// ```
    #[inline]
    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        self.try_as_mut_slice().or_abort()
    }

    /// As [`as_mut_slice`](Self::as_mut_slice).
    ///
    /// # Errors
    ///
    /// When memory is out.
    #[inline]
    pub fn try_as_mut_slice(&mut self) -> Result<&mut [u8], AllocError> {
        self.run.try_make_mut()
    }

    /// Puts a byte in front of byte number `index`.
    ///
    /// # Panics
    ///
    /// If `index` is above the length.
    #[track_caller]
    pub fn insert(&mut self, index: usize, byte: u8) {
        let len = self.len();
        assert!(
            index <= len,
            "insertion index (is {index}) should be <= len (is {len})"
        );
        self.run.try_splice(index..index, &[byte]).or_abort();
    }

    /// Takes byte number `index` out.
    ///
    /// # Panics
    ///
    /// If `index` is not below the length.
    #[track_caller]
    pub fn remove(&mut self, index: usize) -> u8 {
        let len = self.len();
        assert!(
            index < len,
            "removal index (is {index}) should be < len (is {len})"
        );
        let byte = self.as_slice()[index];
        self.run.try_splice(index..index + 1, &[]).or_abort();
        byte
    }

    /// Puts bytes in the place of those in `range`.
    ///
    /// # Panics
    ///
    /// If the range is not inside the bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowBytes;
    /// let mut bytes = CowBytes::from(b"copy of a text".as_slice());
    /// bytes.replace_range(..4, b"snapshot");
    /// assert_eq!(bytes, b"snapshot of a text");
    /// ```
    #[track_caller]
    pub fn replace_range(&mut self, range: impl RangeBounds<usize>, with: &[u8]) {
        self.try_replace_range(range, with).or_abort();
    }

    /// As [`replace_range`](Self::replace_range).
    ///
    /// # Errors
    ///
    /// As for [`try_push`](Self::try_push).
    ///
    /// # Panics
    ///
    /// If the range is not inside the bytes.
    #[track_caller]
    pub fn try_replace_range(
        &mut self,
        range: impl RangeBounds<usize>,
        with: &[u8],
    ) -> Result<(), AllocError> {
        let bytes = self.as_slice();
        let range = locate(bytes, &bytes[bounds(&range)]);
        self.run.try_splice(range, with)
    }

    /// Shortens to `len` bytes, if there are more. The room stays.
    #[inline]
    pub fn truncate(&mut self, len: usize) {
        self.run.truncate(len);
    }

    /// Takes all bytes away. The room stays if it is not shared.
    pub fn clear(&mut self) {
        self.run.clear();
    }

    /// Makes `len` bytes of it: shortens it, or adds copies of `byte`.
    pub fn resize(&mut self, len: usize, byte: u8) {
        let more = len.saturating_sub(self.len());
        self.truncate(len);
        self.extend(std::iter::repeat_n(byte, more));
    }

    /// Keeps the bytes that `keep` picks.
    ///
    /// Should `keep` panic, all bytes stay.
    pub fn retain(&mut self, mut keep: impl FnMut(&u8) -> bool) {
        let Some(first) = self.as_slice().iter().position(|byte| !keep(byte)) else {
            return;
        };
        let mut kept = Self::with_capacity(self.len());
        kept.extend_from_slice(&self.as_slice()[..first]);
        let rest = self.as_slice()[first + 1..].iter();
        kept.extend(rest.copied().filter(|byte| keep(byte)));
        *self = kept;
    }

    /// Takes the bytes from `at` on away and returns them. Both share the chunk.
    ///
    /// # Complexity
    ///
    /// O(1).
    ///
    /// # Panics
    ///
    /// If `at` is above the length.
    #[must_use = "use `truncate` if the rest is not needed"]
    #[track_caller]
    pub fn split_off(&mut self, at: usize) -> Self {
        let rest = self.slice(at..);
        self.run.truncate(at);
        rest
    }

    /// Takes the bytes up to `at` away and returns them. Both share the chunk.
    ///
    /// # Complexity
    ///
    /// O(1).
    ///
    /// # Panics
    ///
    /// If `at` is above the length.
    #[must_use = "use `advance` if the first bytes are not needed"]
    #[track_caller]
    pub fn split_to(&mut self, at: usize) -> Self {
        let first = self.slice(..at);
        self.run.try_advance(at).or_abort();
        first
    }

    /// Takes the first `count` bytes away.
    ///
    /// # Complexity
    ///
    /// O(1).
    ///
    /// # Panics
    ///
    /// If there are fewer.
    #[track_caller]
    pub fn advance(&mut self, count: usize) {
        self.run.try_advance(count).or_abort();
    }
}
