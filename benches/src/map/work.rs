//! What the maps are asked to do.

use crate::suite::{Phase, Work};

/// Insert every entry into an empty map without capacity.
pub const BUILD: Work = Work::per_element("build", "build by insert");

/// Get the values of keys that are there and do not depend on each other.
pub const HIT: Work = Work::operation("hit", "get, hit");

/// Ask for keys that are not there and do not depend on each other.
pub const MISS: Work = Work::operation("miss", "get, miss");

/// Get the values of keys each of which depends on the value read before.
pub const HIT_CHAIN: Work = Work::operation("chain_hit", "get, hit, dependent chain");

/// Visit every entry.
pub const ITER: Work = Work::per_element("iter", "iterate");

/// Visit 100 entries from a key on.
pub const RANGE: Work = Work::operation("range_100", "range of 100 entries");

/// Insert a key that is there, into a map that shares nothing.
pub const OVERWRITE: Work = Work::operation("overwrite", "overwrite, unshared");

/// Take a snapshot and drop it.
pub const SNAPSHOT: Work = Work::operation("snapshot", "snapshot + drop").when(Phase::Snapshots);

/// Take a snapshot, overwrite one value, drop the snapshot.
pub const SNAPSHOT_WRITE: Work =
    Work::operation("snapshot_write", "snapshot + 1 write").when(Phase::Snapshots);

/// The write alone of [`SNAPSHOT_WRITE`].
pub const FIRST_WRITE: Work =
    Work::operation("first_write", "first write after a snapshot, alone").when(Phase::Snapshots);

/// Take a snapshot, overwrite 1000 values, drop the snapshot.
pub const SNAPSHOT_WRITE_1000: Work =
    Work::operation("snapshot_write_1000", "snapshot + 1000 writes").when(Phase::Snapshots);

/// Find the changes between two versions that are 100 writes apart.
pub const DIFF: Work =
    Work::operation("diff_100", "diff of versions 100 writes apart").when(Phase::Snapshots);

/// Remove keys that are there, from a map that shares nothing.
pub const REMOVE: Work = Work::operation("remove", "remove").when(Phase::Edits);

/// Cut the map at a random key and join the parts again.
pub const SPLIT_APPEND: Work = Work::operation("split_append", "split_off + append")
    .when(Phase::Edits)
    .between(0, 1_000_000);

/// The bytes copied by one write after a snapshot.
pub const BYTES_COPIED: Work =
    Work::bytes("bytes_copied", "bytes copied by one write after a snapshot");

/// The bytes by which memory grows with each snapshot kept, when one write follows it.
pub const BYTES_KEPT: Work =
    Work::bytes("bytes_kept", "memory per snapshot kept and write").between(1000, 1_000_000);

/// The bytes of a map as built, handle included, for each of its entries.
pub const BYTES_PER_ENTRY: Work =
    Work::bytes("bytes_per_entry", "memory per entry").between(1000, 4_000_000);

/// The bytes of a map of one entry, handle included.
pub const BYTES_OF_ONE: Work =
    Work::bytes("bytes_of_one", "memory of a map of one entry").between(0, 1_000_000);

/// The longest that a single insert took while a map was built.
pub const LONGEST_INSERT: Work = Work::operation("longest_insert", "longest single insert");

/// The time that 1 of 10,000 inserts exceeded while a map was built.
pub const SLOW_INSERT: Work = Work::operation("slow_insert", "single insert, 99.99th percentile");

/// The work of maps by hash, in the order of the report.
pub const HASH: &[Work] = &[
    BUILD,
    LONGEST_INSERT,
    SLOW_INSERT,
    HIT,
    MISS,
    HIT_CHAIN,
    ITER,
    OVERWRITE,
    REMOVE,
    SNAPSHOT,
    SNAPSHOT_WRITE,
    FIRST_WRITE,
    SNAPSHOT_WRITE_1000,
    DIFF,
    BYTES_COPIED,
    BYTES_KEPT,
    BYTES_PER_ENTRY,
    BYTES_OF_ONE,
];

/// The work of maps in order, in the order of the report.
pub const ORD: &[Work] = &[
    BUILD,
    HIT,
    MISS,
    HIT_CHAIN,
    ITER,
    RANGE,
    OVERWRITE,
    REMOVE,
    SPLIT_APPEND,
    SNAPSHOT,
    SNAPSHOT_WRITE,
    FIRST_WRITE,
    SNAPSHOT_WRITE_1000,
    DIFF,
    BYTES_COPIED,
    BYTES_KEPT,
    BYTES_PER_ENTRY,
    BYTES_OF_ONE,
];
