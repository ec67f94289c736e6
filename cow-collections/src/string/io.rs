//! Reading a text from a stream, and as a stream.

use std::{
    error::Error,
    fmt,
    io::{self, BufRead, Read, Write},
    str,
};

use cow_core::{AllocError, Arena, ArenaRef};

use super::CowString;
use crate::{Lines, Metrics, node::seq::text::Text};

/// Bytes that are read at once.
const BLOCK: usize = 128 << 10;

/// A text could not be read from a stream.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadError {
    /// The stream failed.
    Io(io::Error),
    /// What it gave is not UTF-8.
    InvalidUtf8 {
        /// How many bytes of text there were before.
        at: usize,
    },
    /// A chunk could not be had.
    Alloc(AllocError),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(_) => f.write_str("the stream failed"),
            Self::InvalidUtf8 { at } => write!(f, "the bytes from {at} on are not UTF-8"),
            Self::Alloc(_) => f.write_str("no memory for the text"),
        }
    }
}

impl Error for ReadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::InvalidUtf8 { .. } => None,
            Self::Alloc(error) => Some(error),
        }
    }
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<AllocError> for ReadError {
    fn from(error: AllocError) -> Self {
        Self::Alloc(error)
    }
}

impl<M: Metrics> CowString<M> {
    /// Reads a text to the end of a stream. UTF-8 is checked while it comes in.
    ///
    /// # Errors
    ///
    /// When the stream fails, or gives something that is not UTF-8; the error says from which byte on.
    /// What was read until then is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::{CowString, ReadError};
    /// let text: CowString = CowString::from_reader(&b"from anywhere"[..])?;
    /// assert_eq!(text, "from anywhere");
    ///
    /// let error = CowString::<cow_collections::Lines>::from_reader(&b"broken \xff"[..]).unwrap_err();
    /// assert!(matches!(error, ReadError::InvalidUtf8 { at: 7 }));
    /// # Ok::<(), ReadError>(())
    /// ```
    pub fn from_reader(reader: impl Read) -> Result<Self, ReadError> {
        read(reader, ArenaRef::global())
    }

    /// Reads a text to the end of a stream, into the given arena.
    ///
    /// # Errors
    ///
    /// As [`from_reader`](Self::from_reader), and when the arena has no chunk left.
    pub fn from_reader_in(reader: impl Read, arena: &Arena) -> Result<Self, ReadError> {
        read(reader, arena.into())
    }

    /// Writes the text out, chunk by chunk.
    ///
    /// # Errors
    ///
    /// What the writer reports.
    pub fn write_to(&self, writer: impl Write) -> io::Result<()> {
        self.as_slice().write_to(writer)
    }

    /// A reader of a snapshot: the text may be edited meanwhile, or dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowString;
    /// let mut text = CowString::from("saved");
    /// let mut reader = text.reader();
    /// text.clear();
    /// assert_eq!(std::io::read_to_string(&mut reader)?, "saved");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn reader(&self) -> TextReader<M> {
        TextReader {
            text: self.clone(),
            at: 0,
        }
    }
}

fn read<M: Metrics>(mut reader: impl Read, arena: ArenaRef<'_>) -> Result<CowString<M>, ReadError> {
    let mut text = Text::new_in(arena);
    let mut block = vec![0; BLOCK];
    // Bytes at the start of the block that may begin a character.
    let mut kept = 0;
    loop {
        let got = match reader.read(&mut block[kept..]) {
            Ok(got) => got,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        };
        let end = kept + got;
        let whole = match str::from_utf8(&block[..end]) {
            Ok(_) => end,
            // Cut off inside a character, whose rest is to come.
            Err(error) if error.error_len().is_none() && got > 0 => error.valid_up_to(),
            Err(error) => {
                let at = text.len() + error.valid_up_to();
                return Err(ReadError::InvalidUtf8 { at });
            }
        };
        let part = str::from_utf8(&block[..whole]).unwrap_or_default();
        text.insert(text.len(), part)?;
        block.copy_within(whole..end, 0);
        kept = end - whole;
        if got == 0 {
            return Ok(CowString { text });
        }
    }
}

impl<M: Metrics> Write for CowString<M> {
    /// Adds text at the end: as much of `bytes` as is whole characters.
    ///
    /// A writer that cuts characters in two gets an error of the kind `InvalidData`.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let whole = match str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) if error.valid_up_to() > 0 => {
                str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
            }
            Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
        };
        self.try_push_str(whole)
            .map_err(|error| io::Error::new(io::ErrorKind::OutOfMemory, error))?;
        Ok(whole.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads the bytes of a snapshot. Made by [`CowString::reader`].
#[derive(Clone, Debug)]
pub struct TextReader<M: Metrics = Lines> {
    text: CowString<M>,
    at: usize,
}

impl<M: Metrics> BufRead for TextReader<M> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let chunk = self.text.chunk_at(self.at);
        Ok(chunk.map_or(&[], |(chunk, start)| &chunk.as_bytes()[self.at - start..]))
    }

    fn consume(&mut self, amount: usize) {
        self.at = (self.at + amount).min(self.text.len());
    }
}

impl<M: Metrics> Read for TextReader<M> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let chunk = self.fill_buf()?;
        let len = chunk.len().min(buffer.len());
        buffer[..len].copy_from_slice(&chunk[..len]);
        self.consume(len);
        Ok(len)
    }
}
