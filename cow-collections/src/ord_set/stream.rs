//! Ordered sets of plain data as checksummed streams.

use std::io::{self, Read, Write};

use bytemuck::{NoUninit, Pod};
use cow_core::Arena;

use super::{CowOrdSet, IntoChunks};
use crate::{CowOrdMap, StreamError};

impl<T: NoUninit> IntoChunks<T> {
    /// Writes the chunks as a stream that can be verified, and lets go of each before the next is
    /// opened. Returns the bytes written.
    ///
    /// # Examples
    ///
    /// ```
    /// use cow_collections::CowOrdSet;
    ///
    /// let set: CowOrdSet<u64> = (0..1_000).collect();
    /// let mut saved = Vec::new();
    /// set.snapshot().into_chunks().write_to(&mut saved)?;
    /// assert_eq!(CowOrdSet::read_from(&saved[..])?, set);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write_to(self, out: impl Write) -> io::Result<u64> {
        self.chunks.write_to(out)
    }
}

impl<T: Pod + Ord> CowOrdSet<T> {
    /// Reads a set from a stream that [`IntoChunks::write_to`] wrote, and verifies all of it, also that
    /// its values are in order: the stream of a hash set is refused.
    ///
    /// A reader that makes a system call for each `read` wants a `BufReader` around it.
    ///
    /// # Errors
    ///
    /// When it is no such stream, not one of `T`s, or not what was written, or when a value is not above
    /// the one before it; with the place.
    pub fn read_from(input: impl Read) -> Result<Self, StreamError> {
        CowOrdMap::read_from(input).map(|map| Self { map })
    }

    /// As [`read_from`](Self::read_from), into a set in the given arena.
    ///
    /// # Errors
    ///
    /// As for [`read_from`](Self::read_from); besides, when the arena has not enough chunks.
    pub fn read_from_in(arena: &Arena, input: impl Read) -> Result<Self, StreamError> {
        CowOrdMap::read_from_in(arena, input).map(|map| Self { map })
    }
}
