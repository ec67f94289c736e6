//! Vectors of plain data as checksummed streams.

use std::io::{self, Read, Write};

use bytemuck::{NoUninit, Pod};
use cow_core::Arena;

use super::{CowVec, IntoChunks};
use crate::stream::{ChunkWriter, FrameReader, Shape, StreamError};

impl<T: NoUninit> IntoChunks<T> {
    /// Writes the chunks as a stream that can be verified, and lets go of each before the next is
    /// opened. Returns the bytes written.
    ///
    /// The original can be written all the while, and a write to what was passed copies nothing. Besides
    /// the values the stream takes 12 bytes for each chunk, and 44 for its ends.
    ///
    /// # Examples
    ///
    /// ```
    /// use cow_collections::CowVec;
    ///
    /// let mut state: CowVec<u64> = (0..100_000).collect();
    /// let mut saved = Vec::new();
    /// let bytes = state.snapshot().into_chunks().write_to(&mut saved)?;
    /// state[0] = 1;
    /// assert_eq!(bytes, saved.len() as u64);
    ///
    /// let loaded = CowVec::<u64>::read_from(&saved[..])?;
    /// assert!(loaded.iter().copied().eq(0..100_000));
    ///
    /// let cut_off = CowVec::<u64>::read_from(&saved[..70_000]);
    /// assert_eq!(cut_off.unwrap_err().to_string(), "the stream breaks off at byte 70000");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write_to(self, out: impl Write) -> io::Result<u64> {
        let mut writer = ChunkWriter::new(out);
        for chunk in self {
            writer.write(&chunk)?;
        }
        writer.finish().map(|(_, bytes)| bytes)
    }
}

impl<T: Pod> CowVec<T> {
    /// Reads a vector from a stream that [`IntoChunks::write_to`] wrote, and verifies all of it.
    ///
    /// A reader that makes a system call for each `read` wants a `BufReader` around it. To keep what can
    /// be read of a damaged stream, see [`ChunkReader`](crate::ChunkReader).
    ///
    /// # Errors
    ///
    /// When it is no such stream, not one of `T`s, or not what was written; with the place.
    pub fn read_from(input: impl Read) -> Result<Self, StreamError> {
        Self::read_from_in(&Arena::global(), input)
    }

    /// As [`read_from`](Self::read_from), into a vector in the given arena.
    ///
    /// # Errors
    ///
    /// As for [`read_from`](Self::read_from); besides, when the arena has not enough chunks.
    pub fn read_from_in(arena: &Arena, input: impl Read) -> Result<Self, StreamError> {
        let mut vec = Self::new_in(arena);
        let mut frames = FrameReader::new(input, Shape::sequence::<T>());
        while let Some(frame) = frames.next_frame()? {
            vec.seq
                .extend_since(0, frame.items().into_iter())
                .map_err(|source| frame.no_memory(source))?;
        }
        Ok(vec)
    }
}
