//! What [`CowStr::from_utf8`](crate::CowStr::from_utf8) returns for bytes that are no text.

use std::{error::Error, fmt, str::Utf8Error};

use crate::CowBytes;

/// Bytes that are not UTF-8, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FromUtf8Error {
    bytes: CowBytes,
    error: Utf8Error,
}

impl FromUtf8Error {
    pub(super) fn new(bytes: CowBytes, error: Utf8Error) -> Self {
        Self { bytes, error }
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Gives the bytes back.
    #[must_use]
    pub fn into_bytes(self) -> CowBytes {
        self.bytes
    }

    /// Where the bytes stop to be UTF-8.
    #[must_use]
    pub fn utf8_error(&self) -> Utf8Error {
        self.error
    }
}

impl fmt::Display for FromUtf8Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl Error for FromUtf8Error {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}
