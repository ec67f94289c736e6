//! Copy-on-write collections: snapshots cost nanoseconds, writes clone only the touched chunks.
//!
//! `clone()` takes a snapshot (it is also called [`snapshot`](CowVec::snapshot)). It is O(1) whatever
//! the size and needs no `T: Clone`; both sides can be read, written, sent to other threads and dropped
//! in any order. The first write to a chunk that a snapshot shares copies that chunk and the path to
//! it; later writes there go in place.
//!
//! | type | behaves like | read | snapshot | first write after one | later writes |
//! |---|---|---|---|---|---|
//! | [`CowVec<T>`] | `Vec<T>` | O(log n), a few loads | O(1) | one path: a leaf of up to 4 KiB and its nodes | in place |
//! | [`CowString`] | `String` | O(log n) | O(1) | one path: a leaf of up to 2 KiB and its nodes | in place |
//! | [`CowHashMap<K, V>`], [`CowHashSet<T>`] | `HashMap<K, V>`, `HashSet<T>` | O(1), a load per 4 bits of the hash | O(1) | one path: a bucket of up to 1 KiB and its nodes | in place |
//! | [`CowOrdMap<K, V>`] | `BTreeMap<K, V>` | O(log n) | O(1) | one path: a leaf of about 1 KiB and its nodes | in place |
//! | [`CowOrdSet<T>`] | `BTreeSet<T>` | O(log n) | O(1) | the same | in place |
//! | [`CowStr`] | `String`, short ones: 16 bytes, up to 15 of text inline | O(1), as `str` | O(1) | appending copies nothing while there is room; else all of the text | in place |
//! | [`CowBytes`] | `Vec<u8>`, the same | O(1), as a slice | O(1) | as `CowStr` | in place |
//!
//! ```
//! use cow_collections::CowVec;
//!
//! let mut state: CowVec<u64> = (0..1_000_000).collect();
//! let snapshot = state.clone();       // one count
//! state[123_456] = 0;                 // copies one chunk of 512 values, and the path to it
//! assert_eq!(snapshot[123_456], 123_456);
//! assert_eq!(state.diff(&snapshot).edits().len(), 1);
//! ```
//!
//! # When not to use it
//!
//! A plain `Vec` is smaller and faster where no snapshot is taken, or where `T` is so large and so few
//! that `Vec<Arc<T>>` copies little. A collection of a few dozen values is copied as fast as it is
//! shared. And a snapshot that every reader takes and drops for a single look changes one atomic
//! counter twice, which threads contend for: give each reader one to keep, or see [`SnapshotCell`].
//!
//! # Features
//!
//! - `graphemes`: a text's cursor moves by grapheme clusters.
//! - `plain`: what reads values as bytes, by the traits of `bytemuck`: checksummed streams of chunks, and
//!   merging of equal chunks.
//! - `quickcheck`: `Arbitrary`, for property tests.
//! - `rayon`: parallel iterators.
//! - `regex`: a text's cursor is one that `regex-cursor` searches with.
//! - `serde`: `Serialize` and `Deserialize`.

#![deny(unsafe_code)]

#[cfg(doctest)]
mod bounds;
mod budget;
mod bytes;
mod diff;
mod drops;
mod graph;
pub mod hash_map;
pub mod hash_set;
mod memory;
#[cfg(feature = "plain")]
mod merge;
mod node;
pub mod ord_map;
pub mod ord_set;
mod slices;
mod str;
#[cfg(feature = "plain")]
mod stream;
mod string;
mod vec;

pub use budget::{Pinned, SnapshotRegistry};
pub use bytes::{BytesIntoIter, CowBytes};
pub use cow_core::{AllocError, Arena, ArenaStats, PagePolicy, Pressure, SnapshotCell};
pub use diff::{Change, Edit, MapDiff, MapPatchError, PatchError, SetDiff, VecDiff};
pub use drops::{DropSteps, Dropper};
pub use graph::Collection;
pub use hash_map::{CowHashMap, DefaultHashBuilder};
pub use hash_set::CowHashSet;
pub use memory::Memory;
#[cfg(feature = "plain")]
pub use merge::{Merge, MergeStats, MergeThread, Merger, Published};
pub use ord_map::CowOrdMap;
pub use ord_set::CowOrdSet;
pub use slices::Slices;
pub use str::{CowStr, FromUtf8Error, StrPattern, ToCowStr};
#[cfg(feature = "plain")]
pub use stream::{ChunkReader, ChunkWriter, PairReader, StreamError, StreamKind, TextChunkReader};
pub use string::{
    AllMetrics, Bytes, Column, CountsBreaks, CountsChars, CountsLines, CountsUtf16, CowString,
    IntoTextChunks, LineBreak, Lines, Metrics, Pattern, Position, PositionError, ReadError,
    TextBytes, TextCharIndices, TextChars, TextChunk, TextChunks, TextCursor, TextDiff, TextEdit,
    TextError, TextLines, TextReader, TextSlice, Utf16Lines,
};
pub use vec::{Chunk, Chunks, ChunksMut, CowVec, Drain, IntoChunks, IntoIter, Iter, IterMut};
#[cfg(feature = "rayon")]
pub use vec::{ParIntoIter, ParIter, ParIterMut};
