//! Hash maps of plain data as checksummed streams.

use std::{
    hash::{BuildHasher, Hash},
    io::{self, Read, Write},
};

use bytemuck::{NoUninit, Pod};
use cow_core::Arena;

use super::{CowHashMap, DefaultHashBuilder, IntoChunks};
use crate::{
    node::trie::never_shared,
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
    /// use cow_collections::{CowHashMap, CowHashSet};
    ///
    /// let mut state: CowHashMap<u64, f32> = (0..1_000).map(|n| (n, 0.5)).collect();
    /// let mut saved = Vec::new();
    /// state.snapshot().into_chunks().write_to(&mut saved)?;
    /// state.clear();
    ///
    /// let loaded = CowHashMap::<u64, f32>::read_from(&saved[..])?;
    /// assert_eq!((loaded.len(), loaded[&999]), (1_000, 0.5));
    ///
    /// let as_set = CowHashSet::<u64>::read_from(&saved[..]);
    /// assert_eq!(as_set.unwrap_err().to_string(), "the stream has values of 4 bytes, not of 0");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write_to(self, out: impl Write) -> io::Result<u64> {
        let shape = Shape::map::<K, V>();
        let mut writer = FrameWriter::new(out, shape);
        for chunk in self {
            for pairs in chunk.chunks(shape.most_items()) {
                writer.frame(pairs.len(), |bytes| {
                    for (key, _) in pairs {
                        bytes.extend_from_slice(bytemuck::bytes_of(key));
                    }
                    for (_, value) in pairs {
                        bytes.extend_from_slice(bytemuck::bytes_of(value));
                    }
                })?;
            }
        }
        writer.finish().map(|(_, bytes)| bytes)
    }
}

impl<K: Pod + Eq + Hash, V: Pod> CowHashMap<K, V, DefaultHashBuilder> {
    /// Reads a map from a stream that [`IntoChunks::write_to`] wrote, that of an ordered map or of this
    /// one, and verifies all of it.
    ///
    /// A reader that makes a system call for each `read` wants a `BufReader` around it. To keep what can
    /// be read of a damaged stream, see [`PairReader`](crate::PairReader).
    ///
    /// # Errors
    ///
    /// When it is no such stream, not one of such keys and values, or not what was written, or when a
    /// key is there twice; with the place.
    pub fn read_from(input: impl Read) -> Result<Self, StreamError> {
        Self::read_from_with_hasher(DefaultHashBuilder::default(), input)
    }

    /// As [`read_from`](Self::read_from), into a map in the given arena.
    ///
    /// # Errors
    ///
    /// As for [`read_from`](Self::read_from); besides, when the arena has not enough chunks.
    pub fn read_from_in(arena: &Arena, input: impl Read) -> Result<Self, StreamError> {
        Self::read_from_with_hasher_in(DefaultHashBuilder::default(), arena, input)
    }
}

impl<K: Pod + Eq + Hash, V: Pod, S: BuildHasher> CowHashMap<K, V, S> {
    /// As [`read_from`](CowHashMap::read_from), into a map that hashes with `hasher`.
    ///
    /// # Errors
    ///
    /// As for [`read_from`](CowHashMap::read_from).
    pub fn read_from_with_hasher(hasher: S, input: impl Read) -> Result<Self, StreamError> {
        Self::read_from_with_hasher_in(hasher, &Arena::global(), input)
    }

    /// As [`read_from`](CowHashMap::read_from), into a map that hashes with `hasher`, in the given arena.
    ///
    /// # Errors
    ///
    /// As for [`read_from`](CowHashMap::read_from); besides, when the arena has not enough chunks.
    pub fn read_from_with_hasher_in(
        hasher: S,
        arena: &Arena,
        input: impl Read,
    ) -> Result<Self, StreamError> {
        let mut map = Self::with_hasher_in(hasher, arena);
        let mut frames = FrameReader::new(input, Shape::map::<K, V>());
        while let Some(frame) = frames.next_frame()? {
            for (key, value) in frame.pairs() {
                let old = map
                    .insert_by(key, value, never_shared)
                    .map_err(|source| frame.no_memory(source))?;
                if old.is_some() {
                    return Err(StreamError::DuplicateKey {
                        offset: frame.start,
                    });
                }
            }
        }
        Ok(map)
    }
}
