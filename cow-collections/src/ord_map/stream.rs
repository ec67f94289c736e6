//! Ordered maps of plain data as checksummed streams.

use std::{
    cmp::Ordering,
    io::{self, Read, Write},
};

use bytemuck::{NoUninit, Pod};
use cow_core::Arena;

use super::{CowOrdMap, IntoChunks};
use crate::{
    node::btree::Filler,
    stream::{FrameReader, FrameWriter, Shape, StreamError},
};

impl<K: NoUninit, V: NoUninit> IntoChunks<K, V> {
    /// Writes the chunks as a stream that can be verified, and lets go of each before the next is
    /// opened. Returns the bytes written.
    ///
    /// The original can be written all the while, and a write to what was passed copies nothing. Besides
    /// keys and values the stream takes 12 bytes for each chunk, and 44 for its ends. A
    /// [`PairReader`](crate::PairReader) reads it as well.
    ///
    /// # Examples
    ///
    /// ```
    /// use cow_collections::CowOrdMap;
    ///
    /// let mut state: CowOrdMap<u64, f32> = (0..1_000).map(|n| (n, 0.5)).collect();
    /// let mut saved = Vec::new();
    /// state.snapshot().into_chunks().write_to(&mut saved)?;
    /// state.clear();
    ///
    /// let loaded = CowOrdMap::<u64, f32>::read_from(&saved[..])?;
    /// assert_eq!((loaded.len(), loaded.last_key_value()), (1_000, Some((&999, &0.5))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write_to(self, out: impl Write) -> io::Result<u64> {
        let shape = Shape::map::<K, V>();
        let most = shape.most_items();
        let mut writer = FrameWriter::new(out, shape);
        for chunk in self {
            for (keys, values) in chunk.keys().chunks(most).zip(chunk.values().chunks(most)) {
                writer.frame(keys.len(), |bytes| {
                    bytes.extend_from_slice(bytemuck::cast_slice(keys));
                    bytes.extend_from_slice(bytemuck::cast_slice(values));
                })?;
            }
        }
        writer.finish().map(|(_, bytes)| bytes)
    }
}

impl<K: Pod + Ord, V: Pod> CowOrdMap<K, V> {
    /// Reads a map from a stream that [`IntoChunks::write_to`] wrote, and verifies all of it, also that
    /// its keys are in order: the stream of a hash map is refused.
    ///
    /// A reader that makes a system call for each `read` wants a `BufReader` around it. To keep what can
    /// be read of a damaged stream, or of a hash map's, see [`PairReader`](crate::PairReader).
    ///
    /// # Complexity
    ///
    /// O(pairs): full chunks are made of them, and nodes of those; one comparison is made for each key.
    ///
    /// # Errors
    ///
    /// When it is no such stream, not one of such keys and values, or not what was written, or when a
    /// key is not above the one before it; with the place.
    pub fn read_from(input: impl Read) -> Result<Self, StreamError> {
        Self::read_from_in(&Arena::global(), input)
    }

    /// As [`read_from`](Self::read_from), into a map in the given arena.
    ///
    /// # Errors
    ///
    /// As for [`read_from`](Self::read_from); besides, when the arena has not enough chunks.
    pub fn read_from_in(arena: &Arena, input: impl Read) -> Result<Self, StreamError> {
        let mut filler = Filler::new(arena.into());
        let mut pairs: Vec<(K, V)> = Vec::new();
        let mut last: Option<K> = None;
        let mut frames = FrameReader::new(input, Shape::map::<K, V>());
        while let Some(frame) = frames.next_frame()? {
            for (key, value) in frame.pairs() {
                if last.is_some_and(|last| last.cmp(&key) != Ordering::Less) {
                    return Err(StreamError::KeyOrder {
                        offset: frame.start,
                    });
                }
                last = Some(key);
                pairs.push((key, value));
            }
            // All that is enough for full leaves.
            let whole = pairs.len() - pairs.len() % Filler::<K, V>::FULL;
            filler
                .add(&mut pairs.drain(..whole))
                .map_err(|source| frame.no_memory(source))?;
        }
        let rest = filler.add(&mut pairs.into_iter());
        let tree = rest
            .and_then(|()| filler.finish())
            .map_err(|source| frames.no_memory(source))?;
        Ok(Self { tree })
    }
}
