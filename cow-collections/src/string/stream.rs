//! Texts as checksummed streams.

use std::io::{self, Read, Write};

use cow_core::Arena;

use super::{CowString, IntoTextChunks};
use crate::{
    Metrics,
    node::seq::text::{MAX_LEN, Text},
    stream::{FrameReader, FrameWriter, Shape, StreamError},
};

/// What is gathered before it is added to a text, which then builds trees of it.
const BLOCK: usize = 128 << 10;

impl<M: Metrics> IntoTextChunks<M> {
    /// Writes the chunks as a stream that can be verified, and lets go of each before the next is
    /// opened. Returns the bytes written.
    ///
    /// The original can be edited all the while, and an edit of what was passed copies nothing. Besides
    /// the text the stream takes 12 bytes for each chunk, and 44 for its ends. The text alone is written
    /// by [`CowString::write_to`].
    ///
    /// # Examples
    ///
    /// ```
    /// use cow_collections::CowString;
    ///
    /// let mut text = CowString::from("as it was when the save began");
    /// let mut saved = Vec::new();
    /// text.snapshot().into_chunks().write_to(&mut saved)?;
    /// text.clear();
    ///
    /// let loaded = CowString::<cow_collections::Lines>::read_from(&saved[..])?;
    /// assert_eq!(loaded, "as it was when the save began");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write_to(self, out: impl Write) -> io::Result<u64> {
        let mut writer = FrameWriter::new(out, Shape::TEXT);
        for chunk in self {
            writer.frame(chunk.len(), |bytes| {
                for piece in chunk.pieces() {
                    bytes.extend_from_slice(piece.as_bytes());
                }
            })?;
        }
        writer.finish().map(|(_, bytes)| bytes)
    }
}

impl<M: Metrics> CowString<M> {
    /// Reads a text from a stream that [`IntoTextChunks::write_to`] wrote, and verifies all of it. Which
    /// metrics the text had that was written does not matter.
    ///
    /// A reader that makes a system call for each `read` wants a `BufReader` around it. To keep what can
    /// be read of a damaged stream, see [`TextChunkReader`](crate::TextChunkReader); to read a plain
    /// text, [`from_reader`](Self::from_reader).
    ///
    /// # Errors
    ///
    /// When it is no such stream, not what was written, or no text of less than 4 GiB; with the place.
    pub fn read_from(input: impl Read) -> Result<Self, StreamError> {
        Self::read_from_in(&Arena::global(), input)
    }

    /// As [`read_from`](Self::read_from), into a text in the given arena.
    ///
    /// # Errors
    ///
    /// As for [`read_from`](Self::read_from); besides, when the arena has not enough chunks.
    pub fn read_from_in(arena: &Arena, input: impl Read) -> Result<Self, StreamError> {
        let mut text: Text<M> = Text::new_in(arena.into());
        let mut block = String::new();
        let mut frames = FrameReader::new(input, Shape::TEXT);
        loop {
            let frame = frames.next_frame()?;
            let is_end = frame.is_none();
            if let Some(frame) = frame {
                block.push_str(frame.text()?);
            }
            if block.len() >= BLOCK || is_end {
                let offset = frames.offset();
                if block.len() > MAX_LEN - text.len() {
                    return Err(StreamError::TooLong { offset });
                }
                text.insert(text.len(), &block)
                    .map_err(|source| frames.no_memory(source))?;
                block.clear();
            }
            if is_end {
                return Ok(Self { text });
            }
        }
    }
}
