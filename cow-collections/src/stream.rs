//! A collection as a stream of checksummed chunks, and back.
//!
//! ```text
//! header   "cowchnk1"   byte order, 4 B   bytes of an item, 4 B
//! frame    items, 4 B   checksum, 8 B     the items           as often as there are chunks
//! end      0, 4 B       checksum, 8 B     all items, 8 B
//! ```
//!
//! Numbers of the format are little-endian; the items are as they lie in memory, and the header says in
//! which byte order that is. A checksum is XXH3 of what follows it, seeded with the number of the frame
//! and of its items: frames that were lost, doubled or swapped do not match either.

use std::{
    error::Error,
    fmt,
    io::{self, Read, Write},
    marker::PhantomData,
    mem,
};

use bytemuck::{NoUninit, Pod};
use cow_core::AllocError;
use xxhash_rust::xxh3::xxh3_64_with_seed;

const MAGIC: [u8; 8] = *b"cowchnk1";
const HEADER_BYTES: usize = 16;
const LITTLE: u32 = 1;
const BIG: u32 = 2;
const ORDER: u32 = if cfg!(target_endian = "little") {
    LITTLE
} else {
    BIG
};

/// How much is gathered before it is written, and read before more memory is taken for it.
const BUFFER_BYTES: usize = 64 << 10;

/// Seeds the checksum of a frame.
fn checksum(bytes: &[u8], frame: u64, items: u32) -> u64 {
    xxh3_64_with_seed(bytes, frame ^ (u64::from(items) << 32))
}

/// Writes chunks of items as a checksummed stream.
///
/// A collection does all of it by [`IntoChunks::write_to`](crate::IntoChunks::write_to). This is for a
/// stream that is put together by hand.
///
/// What is written is gathered to blocks of 64 KiB, so that no further buffer is of use.
#[derive(Debug)]
pub struct ChunkWriter<T, W> {
    out: W,
    buffer: Vec<u8>,
    frames: u64,
    items: u64,
    written: u64,
    what: PhantomData<fn(T)>,
}

impl<T: NoUninit, W: Write> ChunkWriter<T, W> {
    /// Starts a stream. Nothing is written yet.
    ///
    /// # Panics
    ///
    /// If an item takes 4 GiB or more.
    pub fn new(out: W) -> Self {
        let item_bytes = u32::try_from(size_of::<T>()).expect("items below 4 GiB");
        let mut buffer = Vec::with_capacity(2 * BUFFER_BYTES);
        buffer.extend(MAGIC);
        buffer.extend(ORDER.to_le_bytes());
        buffer.extend(item_bytes.to_le_bytes());
        Self {
            out,
            buffer,
            frames: 0,
            items: 0,
            written: 0,
            what: PhantomData,
        }
    }

    /// Adds a chunk of items; an empty one adds nothing. When it returns, `items` is used no more.
    ///
    /// # Errors
    ///
    /// Those of the writer below. The stream is of no use afterwards.
    pub fn write(&mut self, items: &[T]) -> io::Result<()> {
        for items in items.chunks(u32::MAX as usize) {
            let bytes: &[u8] = bytemuck::cast_slice(items);
            let count = u32::try_from(items.len()).unwrap_or(u32::MAX);
            self.buffer.extend(count.to_le_bytes());
            self.buffer
                .extend(checksum(bytes, self.frames, count).to_le_bytes());
            self.frames += 1;
            self.items += u64::from(count);
            if bytes.len() > BUFFER_BYTES {
                self.flush()?;
                self.out.write_all(bytes)?;
                self.written += bytes.len() as u64;
                continue;
            }
            self.buffer.extend_from_slice(bytes);
            if self.buffer.len() > BUFFER_BYTES {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Ends the stream and flushes the writer below. Returns the writer, and the bytes that the stream
    /// has.
    ///
    /// # Errors
    ///
    /// Those of the writer below.
    pub fn finish(mut self) -> io::Result<(W, u64)> {
        let items = self.items.to_le_bytes();
        self.buffer.extend(0_u32.to_le_bytes());
        self.buffer
            .extend(checksum(&items, self.frames, 0).to_le_bytes());
        self.buffer.extend(items);
        self.flush()?;
        self.out.flush()?;
        Ok((self.out, self.written))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(&self.buffer)?;
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }
}

/// Reads a stream of chunks, and verifies each before it is handed out.
///
/// An iterator of chunks, which ends with the end of the stream, or with the first error. What came
/// before the error is intact. What follows the stream in the reader is not looked at.
///
/// # Examples
///
/// To save what can be saved of a damaged stream:
///
/// ```
/// use cow_collections::{ChunkReader, CowVec, StreamError};
///
/// let mut saved = Vec::new();
/// let state: CowVec<u64> = (0..10_000).collect();
/// state.into_chunks().write_to(&mut saved)?;
/// saved[50_000] ^= 1;
///
/// let mut rescued = CowVec::new();
/// let mut damage = None;
/// for chunk in ChunkReader::<u64, _>::new(&saved[..]) {
///     match chunk {
///         Ok(values) => rescued.extend_from_slice(&values),
///         Err(error) => damage = Some(error),
///     }
/// }
/// assert!(matches!(damage, Some(StreamError::Corrupt { offset: 49_312 })));
/// assert!(rescued.iter().copied().eq(0..6144)); // all chunks in front of that one
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct ChunkReader<T, R> {
    input: R,
    /// Bytes read so far.
    offset: u64,
    frames: u64,
    items: u64,
    state: State,
    what: PhantomData<fn() -> T>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Header,
    Frames,
    Done,
}

impl<T: Pod, R: Read> ChunkReader<T, R> {
    /// Begins to read. A reader that makes a system call for each `read` wants a `BufReader` around it.
    pub fn new(input: R) -> Self {
        Self {
            input,
            offset: 0,
            frames: 0,
            items: 0,
            state: State::Header,
            what: PhantomData,
        }
    }

    /// The number of bytes read so far: where the next frame begins.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Gives the reader below back.
    pub fn into_inner(self) -> R {
        self.input
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), StreamError> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.input.read(&mut buffer[filled..]) {
                Ok(0) => {
                    return Err(StreamError::Truncated {
                        offset: self.offset,
                    });
                }
                Ok(count) => {
                    filled += count;
                    self.offset += count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => {
                    return Err(StreamError::Io {
                        offset: self.offset,
                        source,
                    });
                }
            }
        }
        Ok(())
    }

    fn number<const N: usize>(&mut self) -> Result<[u8; N], StreamError> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn header(&mut self) -> Result<(), StreamError> {
        let header = self.number::<HEADER_BYTES>()?;
        let word = |at: usize| {
            let mut word = [0; 4];
            word.copy_from_slice(&header[at..at + 4]);
            u32::from_le_bytes(word)
        };
        if header[..8] != MAGIC || ![LITTLE, BIG].contains(&word(8)) {
            return Err(StreamError::NotAStream);
        }
        if word(8) != ORDER {
            return Err(StreamError::ByteOrder);
        }
        if word(12) as usize != size_of::<T>() {
            return Err(StreamError::ItemBytes {
                expected: size_of::<T>(),
                found: word(12) as usize,
            });
        }
        Ok(())
    }

    /// The items of the next frame, or `None` at the end.
    fn frame(&mut self) -> Result<Option<Vec<T>>, StreamError> {
        let corrupt = StreamError::Corrupt {
            offset: self.offset,
        };
        let count = u32::from_le_bytes(self.number()?);
        let expected = u64::from_le_bytes(self.number()?);
        if count == 0 {
            let items = self.number::<8>()?;
            let is_whole = u64::from_le_bytes(items) == self.items;
            if !is_whole || checksum(&items, self.frames, 0) != expected {
                return Err(corrupt);
            }
            return Ok(None);
        }
        // A wrong count must not ask for memory that the stream cannot fill.
        let step = (BUFFER_BYTES / size_of::<T>().max(1)).max(1);
        let mut items = Vec::new();
        while items.len() < count as usize {
            let start = items.len();
            items.resize((count as usize).min(start + step), T::zeroed());
            self.fill(bytemuck::cast_slice_mut(&mut items[start..]))?;
        }
        if checksum(bytemuck::cast_slice(&items), self.frames, count) != expected {
            return Err(corrupt);
        }
        self.frames += 1;
        self.items += u64::from(count);
        Ok(Some(items))
    }
}

impl<T: Pod, R: Read> Iterator for ChunkReader<T, R> {
    type Item = Result<Vec<T>, StreamError>;

    fn next(&mut self) -> Option<Self::Item> {
        // Whatever goes wrong is the end.
        let frame = match mem::replace(&mut self.state, State::Done) {
            State::Done => return None,
            State::Header => self.header().and_then(|()| self.frame()),
            State::Frames => self.frame(),
        };
        if matches!(frame, Ok(Some(_))) {
            self.state = State::Frames;
        }
        frame.transpose()
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
    /// The items are of another size.
    ItemBytes {
        /// Bytes of the items that were asked for.
        expected: usize,
        /// Bytes of the items in the stream.
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
            Self::ItemBytes { .. } => 12,
            Self::Truncated { offset }
            | Self::Corrupt { offset }
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
            Self::ItemBytes { expected, found } => {
                write!(
                    f,
                    "the stream has items of {found} bytes, not of {expected}"
                )
            }
            Self::Truncated { offset } => write!(f, "the stream breaks off at byte {offset}"),
            Self::Corrupt { offset } => {
                write!(f, "the frame at byte {offset} is not what was written")
            }
            Self::Io { offset, .. } => write!(f, "the stream could not be read at byte {offset}"),
            Self::Alloc { offset, .. } => write!(f, "no memory for the frame before byte {offset}"),
        }
    }
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
