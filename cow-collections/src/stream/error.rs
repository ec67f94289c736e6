//! What can be wrong with a stream.

use std::{error::Error, fmt, io};

use cow_core::AllocError;

/// What a stream of chunks is a stream of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StreamKind {
    /// Values one behind the other: a vector.
    Sequence,
    /// Keys with their values: a map, or a set, whose values are nothing.
    Map,
    /// UTF-8.
    Text,
}

impl fmt::Display for StreamKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sequence => "a sequence",
            Self::Map => "a map or a set",
            Self::Text => "a text",
        })
    }
}

/// Why a stream could not be read, and where.
#[derive(Debug)]
#[non_exhaustive]
pub enum StreamError {
    /// The first bytes are not those of a stream of chunks.
    NotAStream,
    /// The stream was written on a machine with another byte order.
    ByteOrder,
    /// The stream is of another kind of collection.
    Kind {
        /// The kind that was asked for.
        expected: StreamKind,
        /// The kind of the stream.
        found: StreamKind,
    },
    /// The items are of another size.
    ItemBytes {
        /// Bytes of the items that were asked for.
        expected: usize,
        /// Bytes of the items in the stream.
        found: usize,
    },
    /// The keys are of another size.
    KeyBytes {
        /// Bytes of the keys that were asked for.
        expected: usize,
        /// Bytes of the keys in the stream.
        found: usize,
    },
    /// The values of the keys are of another size.
    ValueBytes {
        /// Bytes of the values that were asked for.
        expected: usize,
        /// Bytes of the values in the stream.
        found: usize,
    },
    /// The stream ends before its end was read.
    Truncated {
        /// Where it ends.
        offset: u64,
    },
    /// A frame does not match its checksum, or is not the next one.
    Corrupt {
        /// Where the frame begins.
        offset: u64,
    },
    /// A key is not above the one before it, as those of an ordered map are.
    KeyOrder {
        /// Where the frame with the key begins.
        offset: u64,
    },
    /// A key was there before.
    DuplicateKey {
        /// Where the frame with the key begins.
        offset: u64,
    },
    /// A text is not UTF-8.
    InvalidUtf8 {
        /// The first byte that is not.
        offset: u64,
    },
    /// A text is longer than texts may be.
    TooLong {
        /// How many bytes were read.
        offset: u64,
    },
    /// The reader failed.
    Io {
        /// How many bytes it gave before.
        offset: u64,
        /// Its error.
        source: io::Error,
    },
    /// The arena had no chunk for what was read.
    Alloc {
        /// How many bytes were read.
        offset: u64,
        /// The arena's error.
        source: AllocError,
    },
}

impl StreamError {
    /// The byte of the stream that the error is about.
    #[must_use]
    pub fn offset(&self) -> u64 {
        match self {
            Self::NotAStream => 0,
            Self::ByteOrder => 8,
            Self::Kind { .. } => 12,
            Self::ItemBytes { .. } | Self::KeyBytes { .. } => 16,
            Self::ValueBytes { .. } => 20,
            Self::Truncated { offset }
            | Self::Corrupt { offset }
            | Self::KeyOrder { offset }
            | Self::DuplicateKey { offset }
            | Self::InvalidUtf8 { offset }
            | Self::TooLong { offset }
            | Self::Io { offset, .. }
            | Self::Alloc { offset, .. } => *offset,
        }
    }
}

impl fmt::Display for StreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAStream => f.write_str("this is no stream of chunks"),
            Self::ByteOrder => f.write_str("the stream has another byte order than this machine"),
            Self::Kind { expected, found } => write!(f, "the stream is {found}, not {expected}"),
            Self::ItemBytes { expected, found } => sizes(f, "items", *expected, *found),
            Self::KeyBytes { expected, found } => sizes(f, "keys", *expected, *found),
            Self::ValueBytes { expected, found } => sizes(f, "values", *expected, *found),
            Self::Truncated { offset } => write!(f, "the stream breaks off at byte {offset}"),
            Self::Corrupt { offset } => {
                write!(f, "the frame at byte {offset} is not what was written")
            }
            Self::KeyOrder { offset } => {
                write!(f, "the keys in the frame at byte {offset} do not ascend")
            }
            Self::DuplicateKey { offset } => {
                write!(f, "a key in the frame at byte {offset} was there before")
            }
            Self::InvalidUtf8 { offset } => write!(f, "the text is not UTF-8 at byte {offset}"),
            Self::TooLong { offset } => {
                write!(
                    f,
                    "the text up to byte {offset} is longer than texts may be"
                )
            }
            Self::Io { offset, .. } => write!(f, "the stream could not be read at byte {offset}"),
            Self::Alloc { offset, .. } => write!(f, "no memory for the frame before byte {offset}"),
        }
    }
}

fn sizes(f: &mut fmt::Formatter<'_>, what: &str, expected: usize, found: usize) -> fmt::Result {
    write!(
        f,
        "the stream has {what} of {found} bytes, not of {expected}"
    )
}

impl Error for StreamError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::Alloc { source, .. } => Some(source),
            _ => None,
        }
    }
}
