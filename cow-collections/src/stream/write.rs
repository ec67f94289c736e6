//! Writing a stream by hand.

use std::{
    io::{self, Write},
    marker::PhantomData,
};

use bytemuck::NoUninit;

use super::{FrameWriter, Shape};

/// Writes chunks of items as a checksummed stream.
///
/// A collection does all of it by [`IntoChunks::write_to`](crate::IntoChunks::write_to). This is for the
/// stream of a vector that is put together by hand.
///
/// What is written is gathered to blocks of 64 KiB, so that no further buffer is of use.
#[derive(Debug)]
pub struct ChunkWriter<T, W> {
    frames: FrameWriter<W>,
    what: PhantomData<fn(T)>,
}

impl<T: NoUninit, W: Write> ChunkWriter<T, W> {
    /// Starts a stream. Nothing is written yet.
    ///
    /// # Panics
    ///
    /// If an item takes 4 GiB or more.
    pub fn new(out: W) -> Self {
        Self {
            frames: FrameWriter::new(out, Shape::sequence::<T>()),
            what: PhantomData,
        }
    }

    /// Adds a chunk of items, or several where it is larger than 64 KiB; an empty one adds nothing. When
    /// it returns, `items` is used no more.
    ///
    /// # Errors
    ///
    /// Those of the writer below. The stream is of no use afterwards.
    pub fn write(&mut self, items: &[T]) -> io::Result<()> {
        for items in items.chunks(Shape::sequence::<T>().most_items()) {
            self.frames.frame(items.len(), |bytes| {
                bytes.extend_from_slice(bytemuck::cast_slice(items));
            })?;
        }
        Ok(())
    }

    /// Ends the stream and flushes the writer below. Returns the writer, and the bytes that the stream
    /// has.
    ///
    /// # Errors
    ///
    /// Those of the writer below.
    pub fn finish(self) -> io::Result<(W, u64)> {
        self.frames.finish()
    }
}
