//! What can be wrong with a position, and with an edit.

use std::{error::Error, fmt};

use cow_core::AllocError;

/// A position is not one of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PositionError {
    /// It lies behind the end.
    OutOfRange {
        /// The position that was given, in the unit of the call.
        at: usize,
        /// The last one that there is.
        end: usize,
    },
    /// It lies inside a character.
    InsideChar {
        /// The position that was given, in the unit of the call.
        at: usize,
    },
    /// A range ends in front of its start.
    Reversed {
        /// Where it starts.
        start: usize,
        /// Where it ends.
        end: usize,
    },
}

impl PositionError {
    /// Panics, as the std-shaped calls do.
    #[cold]
    #[inline(never)]
    #[track_caller]
    pub(super) fn raise(self) -> ! {
        panic!("{self}")
    }
}

impl fmt::Display for PositionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfRange { at, end } => {
                write!(f, "position {at} is out of range: the last one is {end}")
            }
            Self::InsideChar { at } => {
                write!(
                    f,
                    "position {at} is not a char boundary: it is inside a character"
                )
            }
            Self::Reversed { start, end } => {
                write!(f, "the range starts at {start} but ends at {end}")
            }
        }
    }
}

impl Error for PositionError {}

/// A text was not edited; it is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TextError {
    /// A position is not one of the text.
    Position(PositionError),
    /// A chunk could not be had.
    Alloc(AllocError),
    /// A diff starts from another text.
    OtherText {
        /// The length that the diff starts from.
        expected_len: usize,
        /// The length that was found.
        found_len: usize,
    },
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Position(_) => f.write_str("no such position in the text"),
            Self::Alloc(_) => f.write_str("no memory for the edit"),
            Self::OtherText {
                expected_len,
                found_len,
            } => write!(
                f,
                "the diff starts from {expected_len} bytes, but there are {found_len}"
            ),
        }
    }
}

impl Error for TextError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Position(error) => Some(error),
            Self::Alloc(error) => Some(error),
            Self::OtherText { .. } => None,
        }
    }
}

impl From<PositionError> for TextError {
    fn from(error: PositionError) -> Self {
        Self::Position(error)
    }
}

impl From<AllocError> for TextError {
    fn from(error: AllocError) -> Self {
        Self::Alloc(error)
    }
}

/// Unwraps for the calls that panic at a bad position, and end the process when memory is out.
pub(super) trait OrPanic<T> {
    fn or_panic(self) -> T;
}

impl<T> OrPanic<T> for Result<T, TextError> {
    #[inline]
    #[track_caller]
    fn or_panic(self) -> T {
        match self {
            Ok(value) => value,
            Err(TextError::Position(error)) => error.raise(),
            Err(TextError::Alloc(error)) => error.abort(),
            Err(error @ TextError::OtherText { .. }) => panic!("{error}"),
        }
    }
}

impl<T> OrPanic<T> for Result<T, PositionError> {
    #[inline]
    #[track_caller]
    fn or_panic(self) -> T {
        match self {
            Ok(value) => value,
            Err(error) => error.raise(),
        }
    }
}
