//! What the vectors are asked to do.

use std::time::Duration;

/// One kind of work, the same for every contender.
///
/// The order is that of the report: making, reading, writing, snapshots, editing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Workload {
    /// Collect an iterator of known length.
    Collect,
    /// Push every element onto an empty vector without capacity.
    Push,
    /// Drop a vector that shares nothing.
    Drop,
    /// Read at random indices that do not depend on each other.
    GetRandom,
    /// Read at indices each of which depends on the element read before.
    GetChain,
    /// Sum by `iter().map(..).sum()`.
    IterSum,
    /// Sum by a `for` loop over `iter()`.
    IterFor,
    /// Sum by contiguous slices.
    Chunks,
    /// Write at random indices of a vector that shares nothing.
    Write,
    /// Take a snapshot and drop it.
    Snapshot,
    /// Take a snapshot, write at one random index, drop the snapshot.
    SnapshotWrite,
    /// The write alone of [`Workload::SnapshotWrite`].
    FirstWrite,
    /// Take a snapshot, write at 1000 random indices, drop the snapshot.
    SnapshotWrite1000,
    /// Take a snapshot, push one element, drop the snapshot.
    SnapshotPush,
    /// Insert at a random index and remove at another.
    InsertRemove,
    /// Split at a random index and join the parts again.
    ConcatSplit,
}

/// What one reported time is the time of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// One element out of a pass over all of them.
    Element,
    /// One operation.
    Operation,
}

/// When a workload may run on a vector that others use too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// On a vector as it was collected.
    Fresh,
    /// After that, since it leaves chunks of the vector in other places.
    Snapshots,
    /// Last, since it changes the shape of the vector.
    Edits,
}

impl Phase {
    /// The phases in their order.
    pub const ALL: [Self; 3] = [Self::Fresh, Self::Snapshots, Self::Edits];
}

impl Workload {
    /// All workloads, in the order of the report.
    pub const ALL: [Self; 16] = [
        Self::Collect,
        Self::Push,
        Self::Drop,
        Self::GetRandom,
        Self::GetChain,
        Self::IterSum,
        Self::IterFor,
        Self::Chunks,
        Self::Write,
        Self::Snapshot,
        Self::SnapshotWrite,
        Self::FirstWrite,
        Self::SnapshotWrite1000,
        Self::SnapshotPush,
        Self::InsertRemove,
        Self::ConcatSplit,
    ];

    /// Returns the workload in benchmark names.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Collect => "collect",
            Self::Push => "push",
            Self::Drop => "drop",
            Self::GetRandom => "get_random",
            Self::GetChain => "get_chain",
            Self::IterSum => "iter_sum",
            Self::IterFor => "iter_for",
            Self::Chunks => "chunks",
            Self::Write => "write",
            Self::Snapshot => "snapshot",
            Self::SnapshotWrite => "snapshot_write",
            Self::FirstWrite => "first_write",
            Self::SnapshotWrite1000 => "snapshot_write_1000",
            Self::SnapshotPush => "snapshot_push",
            Self::InsertRemove => "insert_remove",
            Self::ConcatSplit => "concat_split",
        }
    }

    /// Returns the workload in words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Collect => "collect",
            Self::Push => "push from empty",
            Self::Drop => "drop of the whole vector",
            Self::GetRandom => "get, independent",
            Self::GetChain => "get, dependent chain",
            Self::IterSum => "iter().sum()",
            Self::IterFor => "for loop over iter()",
            Self::Chunks => "sum by chunks()",
            Self::Write => "random write, unshared",
            Self::Snapshot => "snapshot + drop",
            Self::SnapshotWrite => "snapshot + 1 random write",
            Self::FirstWrite => "first write after a snapshot, alone",
            Self::SnapshotWrite1000 => "snapshot + 1000 random writes",
            Self::SnapshotPush => "snapshot + push",
            Self::InsertRemove => "insert + remove in the middle",
            Self::ConcatSplit => "split + concat",
        }
    }

    /// Returns what a time of this workload is the time of.
    #[must_use]
    pub const fn unit(self) -> Unit {
        match self {
            Self::Collect | Self::Push | Self::IterSum | Self::IterFor | Self::Chunks => {
                Unit::Element
            }
            _ => Unit::Operation,
        }
    }

    /// Returns when the workload may run.
    #[must_use]
    pub const fn phase(self) -> Phase {
        match self {
            Self::Snapshot
            | Self::SnapshotWrite
            | Self::FirstWrite
            | Self::SnapshotWrite1000
            | Self::SnapshotPush => Phase::Snapshots,
            Self::InsertRemove | Self::ConcatSplit => Phase::Edits,
            _ => Phase::Fresh,
        }
    }

    /// Returns nanoseconds per [`unit`](Self::unit), given the time of `iters` iterations on a
    /// vector of `len` elements.
    #[must_use]
    pub fn nanos_per_unit(self, took: Duration, iters: u64, len: usize) -> f64 {
        let per_iteration = took.as_secs_f64() * 1e9 / iters as f64;
        match self.unit() {
            Unit::Element => per_iteration / len as f64,
            Unit::Operation => per_iteration,
        }
    }
}
