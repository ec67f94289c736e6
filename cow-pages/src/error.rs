//! What can go wrong: [`Error`].

use std::fmt;
use std::io;

/// Why a call of this crate failed. Whatever the call worked on is as it was before.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The kernel refused a system call.
    Os {
        /// The call, under its manual page's name.
        call: &'static str,
        /// What the kernel answered.
        source: io::Error,
    },
    /// This kernel, or its configuration, lacks a feature.
    Unsupported {
        /// The missing feature.
        what: &'static str,
    },
    /// The memory limit is reached.
    OutOfMemory,
    /// A file does not hold a whole number of elements.
    Length {
        /// Length of the file.
        file_bytes: u64,
        /// Size of one element.
        element_bytes: usize,
    },
    /// A file is shorter than it was, or than it has to be.
    Truncated {
        /// Length the file must have.
        expected_bytes: u64,
        /// Length it has.
        found_bytes: u64,
    },
    /// A memory file handed in lacks the seals that make it immutable.
    NotSealed,
    /// As many snapshots as the region allows are open.
    TooManySnapshots {
        /// How many may be open.
        limit: usize,
    },
    /// As many regions as the process allows are in trap mode.
    TooManyRegions {
        /// How many may be.
        limit: usize,
    },
    /// Open snapshots hold as many copied pages as the region's budget allows.
    Budget {
        /// Pages the call would have had them hold.
        wanted_pages: usize,
        /// Pages they may hold.
        budget_pages: usize,
    },
    /// Another part of the process has replaced the fault handler that traps rely on.
    HandlerReplaced {
        /// The signal whose handler was replaced.
        signal: &'static str,
    },
    /// The process has more than one thread, so that forking it is not safe.
    Threads {
        /// How many it has.
        count: usize,
    },
    /// The closure panicked in the forked child.
    ChildPanicked {
        /// The panic's message.
        message: String,
    },
    /// A signal killed the forked child.
    ChildKilled {
        /// The signal's number.
        signal: i32,
    },
    /// The forked child ended without leaving a result.
    ChildExited {
        /// Its exit code.
        code: i32,
    },
    /// The forked child had not finished in time; it has been killed.
    ChildTimedOut,
}

/// `Result` with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    #[cfg(feature = "mmu")]
    pub(crate) fn os(call: &'static str, source: impl Into<io::Error>) -> Self {
        Self::Os {
            call,
            source: source.into(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Os { call, .. } => write!(f, "{call} failed"),
            Self::Unsupported { what } => write!(f, "this kernel does not offer {what}"),
            Self::OutOfMemory => f.write_str("the memory limit is reached"),
            Self::Length {
                file_bytes,
                element_bytes,
            } => write!(
                f,
                "a file of {file_bytes} bytes does not hold a whole number of {element_bytes}-byte elements"
            ),
            Self::Truncated {
                expected_bytes,
                found_bytes,
            } => write!(
                f,
                "the file has {found_bytes} bytes where {expected_bytes} are needed"
            ),
            Self::NotSealed => {
                f.write_str("the memory file is not sealed against writing and resizing")
            }
            Self::TooManySnapshots { limit } => {
                write!(f, "{limit} snapshots are open, which is the limit")
            }
            Self::TooManyRegions { limit } => {
                write!(f, "{limit} regions are in trap mode, which is the limit")
            }
            Self::Budget {
                wanted_pages,
                budget_pages,
            } => write!(
                f,
                "open snapshots would hold {wanted_pages} copied pages and may hold {budget_pages}"
            ),
            Self::HandlerReplaced { signal } => {
                write!(f, "the {signal} handler that traps need was replaced")
            }
            Self::Threads { count } => {
                write!(
                    f,
                    "forking safely needs a single thread and there are {count}"
                )
            }
            Self::ChildPanicked { message } => write!(f, "the forked child panicked: {message}"),
            Self::ChildKilled { signal } => {
                write!(f, "the forked child was killed by signal {signal}")
            }
            Self::ChildExited { code } => {
                write!(
                    f,
                    "the forked child exited with code {code} and left no result"
                )
            }
            Self::ChildTimedOut => f.write_str("the forked child did not finish in time"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Os { source, .. } => Some(source),
            _ => None,
        }
    }
}
