//! A collection as a stream of checksummed chunks, and back.
//!
//! ```text
//! header   "cowchnk2"   byte order, 4 B   kind, 4 B    bytes of an item or key, 4 B   of a value, 4 B
//! frame    items, 4 B   checksum, 8 B     the items           as often as there are chunks
//! end      0, 4 B       checksum, 8 B     all items, 8 B
//! ```
//!
//! | kind | is | the items of a frame |
//! |---|---|---|
//! | 1 | a sequence | its values |
//! | 2 | a map, or a set, whose values are nothing | all keys, then all values |
//! | 3 | a text | bytes of UTF-8, which begin and end with a character |
//!
//! Numbers of the format are little-endian; the items are as they lie in memory, and the header says in
//! which byte order that is. A checksum is XXH3 of what follows it, seeded with the number of the frame
//! and of its items: frames that were lost, doubled or swapped do not match either. A frame is at most
//! 64 KiB of items, or one item: a wrong count asks for no more memory than that.
//!
//! [`frames`] writes and reads frames, whatever is in them. Each collection has a file `stream.rs` that
//! says what that is; `write.rs` and `read.rs` are for streams put together or taken apart by hand.

mod error;
mod frames;
mod read;
mod write;

pub use error::{StreamError, StreamKind};
pub(crate) use frames::{FrameReader, FrameWriter, Shape};
pub use read::{ChunkReader, PairReader, TextChunkReader};
pub use write::ChunkWriter;
