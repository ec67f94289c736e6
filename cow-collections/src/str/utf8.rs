//! Bytes that are UTF-8, and the calls that keep them so.

use std::{ops::Range, str::Utf8Error};

use cow_core::{AllocError, Bytes};

use crate::bytes::locate;

/// A run of UTF-8.
///
/// INVARIANT: `run` is UTF-8. Every call below adds whole texts, or cuts at borders of characters, which
/// it looks for first.
#[derive(Clone, Default, PartialEq)]
pub(super) struct Utf8 {
    run: Bytes,
}

impl Utf8 {
    #[inline]
    pub(super) const fn new() -> Self {
        Self { run: Bytes::new() }
    }

    #[inline]
    pub(super) const fn from_static(text: &'static str) -> Self {
        Self {
            run: Bytes::from_static(text.as_bytes()),
        }
    }

    #[inline]
    pub(super) fn try_from_str(text: &str) -> Result<Self, AllocError> {
        let run = Bytes::try_from_slice(text.as_bytes())?;
        Ok(Self { run })
    }

    pub(super) fn try_with_capacity(capacity: usize) -> Result<Self, AllocError> {
        let run = Bytes::try_with_capacity(capacity)?;
        Ok(Self { run })
    }

    /// Looks whether the bytes are UTF-8.
    pub(super) fn from_run(run: Bytes) -> Result<Self, (Bytes, Utf8Error)> {
        match str::from_utf8(run.as_slice()) {
            Ok(_) => Ok(Self { run }),
            Err(error) => Err((run, error)),
        }
    }

    #[inline]
    pub(super) const fn run(&self) -> &Bytes {
        &self.run
    }

    #[inline]
    pub(super) fn into_run(self) -> Bytes {
        self.run
    }

    #[inline]
    pub(super) fn as_str(&self) -> &str {
        // SAFETY: the run is UTF-8 (INVARIANT).
        unsafe { str::from_utf8_unchecked(self.run.as_slice()) }
    }

    #[inline]
    pub(super) fn try_as_mut_str(&mut self) -> Result<&mut str, AllocError> {
        let bytes = self.run.try_make_mut()?;
        // SAFETY: the run is UTF-8 (INVARIANT), and a `&mut str` keeps it so.
        Ok(unsafe { str::from_utf8_unchecked_mut(bytes) })
    }

    /// Adds a text. UTF-8 behind UTF-8 is UTF-8.
    #[inline]
    pub(super) fn try_push_str(&mut self, text: &str) -> Result<(), AllocError> {
        self.run.try_extend_from_slice(text.as_bytes())
    }

    /// Adds a character.
    #[inline]
    pub(super) fn try_push(&mut self, char: char) -> Result<(), AllocError> {
        match u8::try_from(char) {
            // One byte, so that the compiler knows the length.
            Ok(byte) if byte.is_ascii() => self.run.try_extend_from_slice(&[byte]),
            _ => self.try_push_str(char.encode_utf8(&mut [0; 4])),
        }
    }

    /// A part of the text, by its place in memory. It is UTF-8 like every `str`.
    ///
    /// # Panics
    ///
    /// If it lies elsewhere.
    #[inline]
    #[track_caller]
    pub(super) fn try_slice_ref(&self, part: &str) -> Result<Self, AllocError> {
        let range = locate(self.run.as_slice(), part.as_bytes());
        let run = self.run.try_slice(range)?;
        Ok(Self { run })
    }

    /// Puts a text in the place of a part.
    pub(super) fn try_splice(&mut self, range: Range<usize>, with: &str) -> Result<(), AllocError> {
        self.check(range.start);
        self.check(range.end);
        self.run.try_splice(range, with.as_bytes())
    }

    #[inline]
    pub(super) fn truncate(&mut self, len: usize) {
        self.check(len);
        self.run.truncate(len);
    }

    pub(super) fn try_advance(&mut self, count: usize) -> Result<(), AllocError> {
        self.check(count);
        self.run.try_advance(count)
    }

    pub(super) fn clear(&mut self) {
        self.run.clear();
    }

    pub(super) fn try_reserve(&mut self, additional: usize) -> Result<(), AllocError> {
        self.run.try_reserve(additional)
    }

    pub(super) fn try_compact(&mut self) -> Result<(), AllocError> {
        self.run.try_compact()
    }

    /// # Panics
    ///
    /// If a character would be cut at `index`.
    #[inline]
    fn check(&self, index: usize) {
        let text = self.as_str();
        assert!(
            text.is_char_boundary(index),
            "byte index {index} is not a char boundary in a text of {} bytes",
            text.len()
        );
    }
}
