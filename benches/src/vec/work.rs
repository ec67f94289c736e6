//! What the vectors are asked to do.

use crate::suite::{Phase, Work};

/// Collect an iterator of known length.
pub const COLLECT: Work = Work::per_element("collect", "collect");

/// Push every element onto an empty vector without capacity.
pub const PUSH: Work = Work::per_element("push", "push from empty");

/// Drop a vector that shares nothing.
pub const DROP: Work = Work::operation("drop", "drop of the whole vector");

/// Read at random indices that do not depend on each other.
pub const GET_RANDOM: Work = Work::operation("get_random", "get, independent");

/// Read at indices each of which depends on the element read before.
pub const GET_CHAIN: Work = Work::operation("get_chain", "get, dependent chain");

/// Sum by `iter().map(..).sum()`.
pub const ITER_SUM: Work = Work::per_element("iter_sum", "iter().sum()");

/// Sum by a `for` loop over `iter()`.
pub const ITER_FOR: Work = Work::per_element("iter_for", "for loop over iter()");

/// Sum by contiguous slices.
pub const CHUNKS: Work = Work::per_element("chunks", "sum by chunks()");

/// Write at random indices of a vector that shares nothing.
pub const WRITE: Work = Work::operation("write", "random write, unshared");

/// Take a snapshot and drop it.
pub const SNAPSHOT: Work = Work::operation("snapshot", "snapshot + drop").when(Phase::Snapshots);

/// Take a snapshot, write at one random index, drop the snapshot.
pub const SNAPSHOT_WRITE: Work =
    Work::operation("snapshot_write", "snapshot + 1 random write").when(Phase::Snapshots);

/// The write alone of [`SNAPSHOT_WRITE`].
pub const FIRST_WRITE: Work =
    Work::operation("first_write", "first write after a snapshot, alone").when(Phase::Snapshots);

/// Take a snapshot, write at 1000 random indices, drop the snapshot.
pub const SNAPSHOT_WRITE_1000: Work =
    Work::operation("snapshot_write_1000", "snapshot + 1000 random writes").when(Phase::Snapshots);

/// Take a snapshot, push one element, drop the snapshot.
pub const SNAPSHOT_PUSH: Work =
    Work::operation("snapshot_push", "snapshot + push").when(Phase::Snapshots);

/// Insert at a random index and remove at another.
pub const INSERT_REMOVE: Work =
    Work::operation("insert_remove", "insert + remove in the middle").when(Phase::Edits);

/// Split at a random index and join the parts again.
pub const CONCAT_SPLIT: Work = Work::operation("concat_split", "split + concat").when(Phase::Edits);

/// The bytes copied by one write after a snapshot.
pub const BYTES_COPIED: Work =
    Work::bytes("bytes_copied", "bytes copied by one write after a snapshot");

/// The bytes by which memory grows with each snapshot kept, when one write follows it.
pub const BYTES_KEPT: Work =
    Work::bytes("bytes_kept", "memory per snapshot kept and write").between(1000, 1_000_000);

/// The bytes of a vector as collected, handle included, for each of its elements.
pub const BYTES_PER_ELEMENT: Work =
    Work::bytes("bytes_per_element", "memory per element").between(1000, 1_000_000);

/// The bytes of a vector of three elements, handle included.
pub const BYTES_OF_THREE: Work =
    Work::bytes("bytes_of_three", "memory of a 3-element vector").between(0, 1_000_000);

/// All of them, in the order of the report: making, reading, writing, snapshots, editing, memory.
pub const ALL: &[Work] = &[
    COLLECT,
    PUSH,
    DROP,
    GET_RANDOM,
    GET_CHAIN,
    ITER_SUM,
    ITER_FOR,
    CHUNKS,
    WRITE,
    SNAPSHOT,
    SNAPSHOT_WRITE,
    FIRST_WRITE,
    SNAPSHOT_WRITE_1000,
    SNAPSHOT_PUSH,
    INSERT_REMOVE,
    CONCAT_SPLIT,
    BYTES_COPIED,
    BYTES_KEPT,
    BYTES_PER_ELEMENT,
    BYTES_OF_THREE,
];
