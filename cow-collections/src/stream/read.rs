//! Reading a stream chunk by chunk: what can be read of a damaged one is not lost.

use std::{io::Read, marker::PhantomData};

use bytemuck::Pod;

use super::{FrameReader, Shape, StreamError};

/// Reads the stream of a vector, and verifies each chunk before it is handed out.
///
/// An iterator of chunks, which ends with the end of the stream, or with the first error. What came
/// before the error is intact. What follows the stream in the reader is not looked at.
///
/// Those of maps, sets and texts are read by [`PairReader`] and [`TextChunkReader`].
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
/// assert!(matches!(damage, Some(StreamError::Corrupt { offset: 49_320 })));
/// assert!(rescued.iter().copied().eq(0..6144)); // all chunks in front of that one
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct ChunkReader<T, R> {
    frames: FrameReader<R>,
    what: PhantomData<fn() -> T>,
}

impl<T: Pod, R: Read> ChunkReader<T, R> {
    /// Begins to read. A reader that makes a system call for each `read` wants a `BufReader` around it.
    pub fn new(input: R) -> Self {
        Self {
            frames: FrameReader::new(input, Shape::sequence::<T>()),
            what: PhantomData,
        }
    }
}

impl<T, R> ChunkReader<T, R> {
    /// The number of bytes read so far: where the next frame begins.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.frames.offset()
    }

    /// Gives the reader below back.
    pub fn into_inner(self) -> R {
        self.frames.into_inner()
    }
}

impl<T: Pod, R: Read> Iterator for ChunkReader<T, R> {
    type Item = Result<Vec<T>, StreamError>;

    fn next(&mut self) -> Option<Self::Item> {
        let frame = self.frames.next_frame().transpose()?;
        Some(frame.map(|frame| frame.items()))
    }
}

/// Reads the stream of a map or a set, and verifies each chunk before it is handed out: as
/// [`ChunkReader`], in chunks of keys with their values. Those of a set are `()`.
///
/// Whether keys are in order, or there twice, is not looked at.
///
/// # Examples
///
/// ```
/// use cow_collections::{CowHashMap, CowOrdMap, PairReader};
///
/// let mut saved = Vec::new();
/// let state: CowOrdMap<u64, f64> = (0..10_000).map(|n| (n, 0.5)).collect();
/// state.into_chunks().write_to(&mut saved)?;
/// saved.truncate(80_000);
///
/// let mut rescued = CowHashMap::new();
/// for pairs in PairReader::<u64, f64, _>::new(&saved[..]).flatten() {
///     rescued.extend(pairs);
/// }
/// assert!((4_900..5_000).contains(&rescued.len()));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct PairReader<K, V, R> {
    frames: FrameReader<R>,
    what: PhantomData<fn() -> (K, V)>,
}

impl<K: Pod, V: Pod, R: Read> PairReader<K, V, R> {
    /// Begins to read. A reader that makes a system call for each `read` wants a `BufReader` around it.
    pub fn new(input: R) -> Self {
        Self {
            frames: FrameReader::new(input, Shape::map::<K, V>()),
            what: PhantomData,
        }
    }
}

impl<K, V, R> PairReader<K, V, R> {
    /// The number of bytes read so far: where the next frame begins.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.frames.offset()
    }

    /// Gives the reader below back.
    pub fn into_inner(self) -> R {
        self.frames.into_inner()
    }
}

impl<K: Pod, V: Pod, R: Read> Iterator for PairReader<K, V, R> {
    type Item = Result<Vec<(K, V)>, StreamError>;

    fn next(&mut self) -> Option<Self::Item> {
        let frame = self.frames.next_frame().transpose()?;
        Some(frame.map(|frame| frame.pairs().collect()))
    }
}

/// Reads the stream of a text, and verifies each chunk before it is handed out: as [`ChunkReader`], in
/// pieces of the text.
#[derive(Debug)]
pub struct TextChunkReader<R> {
    frames: FrameReader<R>,
    is_broken: bool,
}

impl<R: Read> TextChunkReader<R> {
    /// Begins to read. A reader that makes a system call for each `read` wants a `BufReader` around it.
    pub fn new(input: R) -> Self {
        Self {
            frames: FrameReader::new(input, Shape::TEXT),
            is_broken: false,
        }
    }
}

impl<R> TextChunkReader<R> {
    /// The number of bytes read so far: where the next frame begins.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.frames.offset()
    }

    /// Gives the reader below back.
    pub fn into_inner(self) -> R {
        self.frames.into_inner()
    }
}

impl<R: Read> Iterator for TextChunkReader<R> {
    type Item = Result<String, StreamError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_broken {
            return None;
        }
        let frame = self.frames.next_frame().transpose()?;
        let text = frame.and_then(|frame| frame.text().map(str::to_owned));
        self.is_broken = text.is_err();
        Some(text)
    }
}
