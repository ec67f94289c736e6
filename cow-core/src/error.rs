//! The one way in which the arena can fail.

use std::{
    alloc::Layout,
    error::Error,
    fmt,
    io::{self, Write},
};

/// A chunk could not be had.
///
/// The `try_` calls return it; the collection that asked is as it was before the call. The calls
/// without `try_` end the process instead, as the ones of std do when memory is out.
///
/// # Examples
///
/// ```
/// use cow_core::{Arena, Shared};
///
/// let arena = Arena::builder().byte_limit(100).build();
/// let error = Shared::try_new_in(&arena, [0_u8; 100]).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the arena's limit of 100 bytes is reached: 0 in use, 128 requested"
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AllocError {
    /// The arena's byte limit would be passed.
    Limit {
        /// Bytes of the chunk that was asked for.
        requested: usize,
        /// Bytes in use when it was asked for.
        used: usize,
        /// The arena's limit in bytes.
        limit: usize,
    },
    /// The chunk source had no memory left.
    Source {
        /// Bytes that were asked of the source.
        requested: usize,
    },
    /// More was asked for than one such thing can hold, however much memory there is.
    Capacity {
        /// How many it was to hold.
        requested: usize,
        /// How many it can hold.
        most: usize,
    },
}

impl AllocError {
    /// Ends the process, as `std::alloc::handle_alloc_error` does.
    ///
    /// # Panics
    ///
    /// On [`Capacity`](Self::Capacity), as `Vec` does when its capacity overflows.
    #[cold]
    pub fn abort(self) -> ! {
        let requested = match self {
            Self::Capacity { .. } => panic!("{self}"),
            Self::Limit { requested, .. } => {
                // Not `eprintln`, which panics when the stream is closed.
                let _ = writeln!(io::stderr(), "{self}");
                requested
            }
            Self::Source { requested } => requested,
        };
        let layout = Layout::array::<u8>(requested).unwrap_or(Layout::new::<u8>());
        std::alloc::handle_alloc_error(layout)
    }
}

impl fmt::Display for AllocError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limit {
                requested,
                used,
                limit,
            } => write!(
                f,
                "the arena's limit of {limit} bytes is reached: {used} in use, {requested} requested"
            ),
            Self::Source { requested } => {
                write!(f, "the chunk source has no {requested} bytes left")
            }
            Self::Capacity { requested, most } => {
                write!(
                    f,
                    "a capacity of {requested} is above the most there can be, {most}"
                )
            }
        }
    }
}

impl Error for AllocError {}

/// Unwraps the result of an allocation for the calls that end the process when memory is out.
pub trait OrAbort<T> {
    /// Returns the value, or ends the process ([`AllocError::abort`]).
    fn or_abort(self) -> T;
}

impl<T> OrAbort<T> for Result<T, AllocError> {
    #[inline]
    fn or_abort(self) -> T {
        match self {
            Ok(value) => value,
            Err(error) => error.abort(),
        }
    }
}
