//! The core of the cow crates: chunks with their counts out of line, and what is built right on them.
//!
//! State that lives in memory is kept in *chunks* of 64 B to 64 KiB. A chunk has a *refcount*: how many
//! handles name it. A snapshot is one more handle to the root of a tree of chunks, so it costs
//! nanoseconds whatever the size; a write to a chunk that is *shared* copies that chunk and the path to
//! it first, a write to an *exclusive* one goes in place. This is what the kernel does with the pages
//! of a process after `fork(2)`, in software.
//!
//! | type | is | clone | first write, shared | later writes |
//! |---|---|---|---|---|
//! | [`Shared<N>`] | a node in a chunk, like `triomphe::Arc` | O(1) | one `N::clone` | in place |
//! | [`Slots<T>`] | a chunk of slots of `T`, filled from the front | O(1) | one clone of each value | in place |
//! | [`Huge<T>`] | up to 2 MiB of plain values | O(1) | a page of 4 KiB and two nodes | in place |
//! | [`Bucket<T>`] | a chunk of values that are found by a byte of their hash | O(1) | one clone of each value | in place |
//! | [`Directory<T>`] | a node that digits of a hash lead through, to buckets | counts its children | | |
//! | [`Gap<M>`] | a chunk of text with a gap where it was edited last | O(1) | one copy of its text | in place |
//! | [`Pairs<K, V>`] | a chunk of keys and their values, side by side | O(1) | one clone of each pair | in place |
//! | [`Entry<A, B, C>`] | one word of a node: empty or one of three kinds of handles | O(1) | | |
//! | [`Bytes`] | a short run of bytes in two words, up to 15 of them inline | O(1) | one copy of the bytes | in place |
//! | [`SnapshotCell<T>`] | a place to publish snapshots and load them | | | |
//! | [`Arena`] | where chunks come from: pools, a byte limit, statistics | O(1) | | |
//!
//! Most programs want the collections of `cow-collections`. Come here to build a node engine of your
//! own, to give collections an arena with a limit, or to publish snapshots across threads.
//!
//! # What is where
//!
//! - `layout`, `extent`, `source`: 2 MiB extents of chunks of one class, with all counts in the header.
//! - `arena`: pools of free chunks, per-thread caches, limits, [`ArenaStats`].
//! - `refcount`: the count protocol and the claiming of slots, each `Ordering` with its reason.
//! - `shared`, `slots`, `bucket`, `pairs`, `bytes`, `gap`, `huge`, `entry`, `directory`: the handles.
//! - `prefetch`: telling the processor what comes next.
//! - `cell`: [`SnapshotCell`].
//!
//! # Unsafe code
//!
//! The modules marked below own memory and hold all unsafe code of the crate, each with its invariants
//! on the type.

#![deny(unsafe_code)]

#[expect(
    unsafe_code,
    reason = "hands out and takes back chunks of extents it owns"
)]
mod arena;
#[cfg(doctest)]
mod bounds;
#[expect(unsafe_code, reason = "a counted pointer to values and their tags")]
mod bucket;
#[expect(
    unsafe_code,
    reason = "bytes inline, or a pointer into a counted chunk of them"
)]
mod bytes;
mod cell;
#[expect(
    unsafe_code,
    reason = "the contract between an entry and the handles it packs"
)]
mod counted;
#[expect(
    unsafe_code,
    reason = "packs counted handles in words, several of which may name one"
)]
mod directory;
#[expect(
    unsafe_code,
    reason = "packs a counted handle and two facts about it in a word"
)]
mod entry;
mod error;
#[expect(unsafe_code, reason = "owns the header and the counts of every chunk")]
mod extent;
#[expect(unsafe_code, reason = "a counted pointer to text with a gap in it")]
mod gap;
#[expect(
    unsafe_code,
    reason = "reads slots below the length that a huge chunk records"
)]
mod huge;
mod layout;
#[expect(unsafe_code, reason = "a counted pointer to keys and values")]
mod pairs;
#[cfg_attr(
    all(target_arch = "x86_64", not(miri)),
    expect(unsafe_code, reason = "calls an intrinsic")
)]
mod prefetch;
#[cfg_attr(
    not(loom),
    expect(unreachable_pub, reason = "public to the models in tests/loom.rs")
)]
mod refcount;
#[expect(unsafe_code, reason = "a counted pointer to a node")]
mod shared;
#[expect(
    unsafe_code,
    reason = "a counted pointer to slots, filled from the front"
)]
mod slots;
#[expect(unsafe_code, reason = "takes blocks from the system's allocator")]
mod source;
mod stats;
mod sync;

pub use arena::{Arena, ArenaBuilder, ArenaRef, Home, Pressure};
pub use bucket::{Bucket, BucketMut, BucketRef, IntoBucketValues, Marks, Tag};
pub use bytes::Bytes;
pub use cell::{Loaded, SnapshotCell, WriteGuard};
pub use counted::{ChunkUsage, Counted};
pub use directory::{Bottom, Child, ChildMut, Directory, Subtree};
pub use entry::{Entry, Handle, View, ViewMut};
pub use error::{AllocError, OrAbort};
pub use gap::{Gap, GapMut, GapRef};
pub use huge::{Huge, HugeMut, HugeRef};
pub use layout::CLASS_COUNT;
pub use pairs::{IntoPairs, Pairs, PairsMut, PairsRef};
pub use prefetch::prefetch;
#[cfg(loom)]
pub use refcount::{Fill, Refcount};
pub use shared::Shared;
pub use slots::{IntoValues, Slots, SlotsMut, SlotsRef};
pub use source::{ChunkSource, Grain, HeapSource, PagePolicy, SystemSource};
pub use stats::{ArenaStats, ClassStats};
