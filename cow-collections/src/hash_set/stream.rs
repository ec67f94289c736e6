//! Hash sets of plain data as checksummed streams. What writes them is a map's
//! [`IntoChunks`](crate::hash_map::IntoChunks).

use std::{
    hash::{BuildHasher, Hash},
    io::Read,
};

use bytemuck::Pod;
use cow_core::Arena;

use super::CowHashSet;
use crate::{CowHashMap, DefaultHashBuilder, StreamError};

impl<T: Pod + Eq + Hash> CowHashSet<T, DefaultHashBuilder> {
    /// Reads a set from a stream that its [`into_chunks`](Self::into_chunks) wrote, or that of an
    /// ordered set, and verifies all of it.
    ///
    /// A reader that makes a system call for each `read` wants a `BufReader` around it.
    ///
    /// # Examples
    ///
    /// ```
    /// use cow_collections::CowHashSet;
    ///
    /// let set: CowHashSet<u64> = (0..1_000).collect();
    /// let mut saved = Vec::new();
    /// set.snapshot().into_chunks().write_to(&mut saved)?;
    /// assert_eq!(CowHashSet::read_from(&saved[..])?, set);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When it is no such stream, not one of `T`s, or not what was written, or when a value is there
    /// twice; with the place.
    pub fn read_from(input: impl Read) -> Result<Self, StreamError> {
        CowHashMap::read_from(input).map(|map| Self { map })
    }

    /// As [`read_from`](Self::read_from), into a set in the given arena.
    ///
    /// # Errors
    ///
    /// As for [`read_from`](Self::read_from); besides, when the arena has not enough chunks.
    pub fn read_from_in(arena: &Arena, input: impl Read) -> Result<Self, StreamError> {
        CowHashMap::read_from_in(arena, input).map(|map| Self { map })
    }
}

impl<T: Pod + Eq + Hash, S: BuildHasher> CowHashSet<T, S> {
    /// As [`read_from`](CowHashSet::read_from), into a set that hashes with `hasher`.
    ///
    /// # Errors
    ///
    /// As for [`read_from`](CowHashSet::read_from).
    pub fn read_from_with_hasher(hasher: S, input: impl Read) -> Result<Self, StreamError> {
        CowHashMap::read_from_with_hasher(hasher, input).map(|map| Self { map })
    }

    /// As [`read_from`](CowHashSet::read_from), into a set that hashes with `hasher`, in the given arena.
    ///
    /// # Errors
    ///
    /// As for [`read_from`](CowHashSet::read_from); besides, when the arena has not enough chunks.
    pub fn read_from_with_hasher_in(
        hasher: S,
        arena: &Arena,
        input: impl Read,
    ) -> Result<Self, StreamError> {
        CowHashMap::read_from_with_hasher_in(hasher, arena, input).map(|map| Self { map })
    }
}
