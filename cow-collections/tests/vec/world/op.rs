//! One call to a vector.

#[path = "../../support/op.rs"]
#[macro_use]
pub(crate) mod support;

pub(crate) type Op = support::Op<Call>;

calls! {
    Snapshot Switch
    Push TryPush Extend ExtendFromSlice TryExtendFromSlice Resize ResizeWith
    Pop PopIf Truncate Clear
    Insert TryInsert Remove TryRemove SwapRemove
    Set GetMut FirstMut LastMut Swap GetDisjointMut Fill
    Append AppendSelf TryAppend Prepend Concat SplitOff TrySplitOff KeepBack Slice
    Splice Drain DrainInPart RotateLeft RotateRight
    Retain RetainMut Dedup DedupBy DedupByKey
    Reverse Sort SortBy SortByKey SortByCachedKey SortUnstable SortUnstableBy SortUnstableByKey
    IterMut IterMutFromBothEnds ChunksMut ChunksMutFromTheBack Prefault
    IntoIter IntoChunks ToVec Apply Search
    Write Collapse
}
