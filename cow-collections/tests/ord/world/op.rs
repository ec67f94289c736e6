//! One call to a map.

#[path = "../../support/op.rs"]
#[macro_use]
pub(crate) mod support;

pub(crate) type Op = support::Op<Call>;

calls! {
    Snapshot Switch
    Insert TryInsert InsertRun InsertScattered Extend TryExtend Collect
    Remove RemoveEntry TryRemove RemoveRun RemoveScattered PopFirst PopLast PopMany Clear
    GetMut TryGetMut RangeMut IterMut ValuesMut IterMutFromBothEnds
    EntryOrInsert EntryModify EntryInsert EntryRemove FirstEntry LastEntry
    Append TryAppend AppendBehind AppendInFront SplitOff TrySplitOff KeepBack
    RemoveRange TryRemoveRange Retain ExtractIf ExtractInPart
    Union UnionWith MergeWith Intersection IntersectionWith Difference SymmetricDifference
    Apply Search Range Cursor Rank IntoIter IntoChunks
}
