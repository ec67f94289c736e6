//! Frames: what every stream is made of, whatever its items are.

use std::{
    array,
    io::{self, Read, Write},
    mem, str,
};

use bytemuck::Pod;
use cow_core::AllocError;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::{StreamError, StreamKind};

const MAGIC: [u8; 8] = *b"cowchnk2";
/// Bytes of the header behind that.
const SHAPE_BYTES: usize = 16;
/// Bytes of a frame in front of its items.
const HEAD_BYTES: usize = 12;
const LITTLE: u32 = 1;
const BIG: u32 = 2;
const ORDER: u32 = if cfg!(target_endian = "little") {
    LITTLE
} else {
    BIG
};

/// How much is gathered before it is written, and what the items of a frame take at most, unless it is
/// a single one.
const BUFFER_BYTES: usize = 64 << 10;

/// What the items of a stream are: all that the header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    kind: StreamKind,
    /// Bytes of an item, or of a key.
    item_bytes: usize,
    value_bytes: usize,
}

impl Shape {
    pub(crate) const TEXT: Self = Self {
        kind: StreamKind::Text,
        item_bytes: 1,
        value_bytes: 0,
    };

    pub(crate) const fn sequence<T>() -> Self {
        Self {
            kind: StreamKind::Sequence,
            item_bytes: size_of::<T>(),
            value_bytes: 0,
        }
    }

    pub(crate) const fn map<K, V>() -> Self {
        Self {
            kind: StreamKind::Map,
            item_bytes: size_of::<K>(),
            value_bytes: size_of::<V>(),
        }
    }

    /// Bytes of an item, with its value.
    const fn bytes(self) -> usize {
        self.item_bytes + self.value_bytes
    }

    /// How many items a frame has at most.
    pub(crate) const fn most_items(self) -> usize {
        match BUFFER_BYTES.checked_div(self.bytes()) {
            Some(0) => 1,
            Some(most) => most,
            None => BUFFER_BYTES,
        }
    }

    /// What the header says behind the first bytes.
    ///
    /// # Panics
    ///
    /// If an item takes 4 GiB or more.
    fn to_bytes(self) -> [u8; SHAPE_BYTES] {
        let size = |bytes: usize| u32::try_from(bytes).expect("items below 4 GiB");
        let words = [
            ORDER,
            number_of(self.kind),
            size(self.item_bytes),
            size(self.value_bytes),
        ];
        let mut bytes = [0; SHAPE_BYTES];
        for (to, word) in bytes.chunks_exact_mut(4).zip(words) {
            to.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    /// Says how that of a stream differs from this.
    fn check(self, bytes: &[u8; SHAPE_BYTES]) -> Result<(), StreamError> {
        let words: [u32; 4] = array::from_fn(|i| u32_at(bytes, 4 * i));
        let [order, kind, item_bytes, value_bytes] = words;
        if ![LITTLE, BIG].contains(&order) {
            return Err(StreamError::NotAStream);
        }
        if order != ORDER {
            return Err(StreamError::ByteOrder);
        }
        let found = kind_of(kind).ok_or(StreamError::NotAStream)?;
        if found != self.kind {
            return Err(StreamError::Kind {
                expected: self.kind,
                found,
            });
        }
        let (expected, found) = (self.item_bytes, item_bytes as usize);
        if found != expected {
            return Err(match self.kind {
                StreamKind::Map => StreamError::KeyBytes { expected, found },
                _ => StreamError::ItemBytes { expected, found },
            });
        }
        let (expected, found) = (self.value_bytes, value_bytes as usize);
        if found != expected {
            return Err(StreamError::ValueBytes { expected, found });
        }
        Ok(())
    }
}

fn number_of(kind: StreamKind) -> u32 {
    match kind {
        StreamKind::Sequence => 1,
        StreamKind::Map => 2,
        StreamKind::Text => 3,
    }
}

fn kind_of(number: u32) -> Option<StreamKind> {
    let kinds = [StreamKind::Sequence, StreamKind::Map, StreamKind::Text];
    kinds.into_iter().find(|&kind| number_of(kind) == number)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(word)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(word)
}

/// The checksum of a frame.
fn checksum(bytes: &[u8], frame: u64, items: u32) -> u64 {
    xxh3_64_with_seed(bytes, frame ^ (u64::from(items) << 32))
}

/// Writes frames, gathered to blocks.
#[derive(Debug)]
pub(crate) struct FrameWriter<W> {
    out: W,
    shape: Shape,
    buffer: Vec<u8>,
    frames: u64,
    items: u64,
    written: u64,
}

impl<W: Write> FrameWriter<W> {
    /// Starts a stream. Nothing is written yet.
    ///
    /// # Panics
    ///
    /// If an item takes 4 GiB or more.
    pub(crate) fn new(out: W, shape: Shape) -> Self {
        let mut buffer = Vec::with_capacity(2 * BUFFER_BYTES);
        buffer.extend(MAGIC);
        buffer.extend(shape.to_bytes());
        Self {
            out,
            shape,
            buffer,
            frames: 0,
            items: 0,
            written: 0,
        }
    }

    /// Adds a frame of so many items, at least one and at most [`Shape::most_items`], whose bytes `fill`
    /// adds at the end of a buffer.
    pub(crate) fn frame(
        &mut self,
        items: usize,
        fill: impl FnOnce(&mut Vec<u8>),
    ) -> io::Result<()> {
        debug_assert!((1..=self.shape.most_items()).contains(&items));
        let count = u32::try_from(items).unwrap_or(u32::MAX);
        let start = self.buffer.len();
        let body = start + HEAD_BYTES;
        self.buffer.extend(count.to_le_bytes());
        self.buffer.extend([0; 8]);
        fill(&mut self.buffer);
        debug_assert_eq!(self.buffer.len() - body, items * self.shape.bytes());
        let sum = checksum(&self.buffer[body..], self.frames, count);
        self.buffer[start + 4..body].copy_from_slice(&sum.to_le_bytes());
        self.frames += 1;
        self.items += u64::from(count);
        if self.buffer.len() > BUFFER_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    /// Ends the stream and flushes the writer below. Returns the writer, and the bytes of the stream.
    pub(crate) fn finish(mut self) -> io::Result<(W, u64)> {
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

/// Reads frames, and verifies each before it is handed out.
#[derive(Debug)]
pub(crate) struct FrameReader<R> {
    input: R,
    shape: Shape,
    /// Bytes read so far.
    offset: u64,
    frames: u64,
    items: u64,
    state: State,
    /// The items of the last frame.
    body: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Header,
    Frames,
    Done,
}

/// One frame, which is what was written.
#[derive(Debug)]
pub(crate) struct Frame<'a> {
    /// Where it begins in the stream.
    pub(crate) start: u64,
    /// Where it ends.
    end: u64,
    items: usize,
    body: &'a [u8],
}

impl<R: Read> FrameReader<R> {
    pub(crate) fn new(input: R, shape: Shape) -> Self {
        Self {
            input,
            shape,
            offset: 0,
            frames: 0,
            items: 0,
            state: State::Header,
            body: Vec::new(),
        }
    }

    /// Reads the next frame; `None` at the end, and after an error.
    pub(crate) fn next_frame(&mut self) -> Result<Option<Frame<'_>>, StreamError> {
        // Whatever goes wrong is the end.
        match mem::replace(&mut self.state, State::Done) {
            State::Done => return Ok(None),
            State::Header => {
                if self.read()? != MAGIC {
                    return Err(StreamError::NotAStream);
                }
                self.shape.check(&self.read()?)?;
            }
            State::Frames => {}
        }
        let start = self.offset;
        let corrupt = StreamError::Corrupt { offset: start };
        let head: [u8; HEAD_BYTES] = self.read()?;
        let (count, expected) = (u32_at(&head, 0), u64_at(&head, 4));
        if count == 0 {
            let items: [u8; 8] = self.read()?;
            let is_whole = u64::from_le_bytes(items) == self.items;
            if !is_whole || checksum(&items, self.frames, 0) != expected {
                return Err(corrupt);
            }
            return Ok(None);
        }
        let items = count as usize;
        if items > self.shape.most_items() {
            return Err(corrupt);
        }
        let mut body = mem::take(&mut self.body);
        body.resize(items * self.shape.bytes(), 0);
        self.fill(&mut body)?;
        if checksum(&body, self.frames, count) != expected {
            return Err(corrupt);
        }
        self.frames += 1;
        self.items += u64::from(count);
        self.state = State::Frames;
        self.body = body;
        Ok(Some(Frame {
            start,
            end: self.offset,
            items,
            body: &self.body,
        }))
    }

    fn read<const N: usize>(&mut self) -> Result<[u8; N], StreamError> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), StreamError> {
        let mut filled = 0;
        while filled < buffer.len() {
            let offset = self.offset;
            match self.input.read(&mut buffer[filled..]) {
                Ok(0) => return Err(StreamError::Truncated { offset }),
                Ok(count) => {
                    filled += count;
                    self.offset += count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => return Err(StreamError::Io { offset, source }),
            }
        }
        Ok(())
    }
}

impl<R> FrameReader<R> {
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    pub(crate) fn into_inner(self) -> R {
        self.input
    }

    /// The error for an arena that has no chunk for what was read.
    pub(crate) fn no_memory(&self, source: AllocError) -> StreamError {
        let offset = self.offset;
        StreamError::Alloc { offset, source }
    }
}

impl Frame<'_> {
    /// The items of a sequence.
    pub(crate) fn items<T: Pod>(&self) -> Vec<T> {
        let mut items = vec![T::zeroed(); self.items];
        bytemuck::cast_slice_mut(&mut items).copy_from_slice(self.body);
        items
    }

    /// The pairs of a map.
    pub(crate) fn pairs<K: Pod, V: Pod>(&self) -> impl Iterator<Item = (K, V)> {
        let (keys, values) = self.body.split_at(self.items * size_of::<K>());
        (0..self.items).map(|i| (nth(keys, i), nth(values, i)))
    }

    /// The text, or an error that says where it is none.
    pub(crate) fn text(&self) -> Result<&str, StreamError> {
        str::from_utf8(self.body).map_err(|error| {
            let offset = self.start + (HEAD_BYTES + error.valid_up_to()) as u64;
            StreamError::InvalidUtf8 { offset }
        })
    }

    /// The error for an arena that has no chunk for this frame.
    pub(crate) fn no_memory(&self, source: AllocError) -> StreamError {
        let offset = self.end;
        StreamError::Alloc { offset, source }
    }
}

/// The nth value of a row of them.
fn nth<T: Pod>(bytes: &[u8], n: usize) -> T {
    bytemuck::pod_read_unaligned(&bytes[n * size_of::<T>()..][..size_of::<T>()])
}
