//! One call to a map.

#[path = "../../support/op.rs"]
#[macro_use]
pub(crate) mod support;

pub(crate) type Op = support::Op<Call>;

calls! {
    Snapshot Switch
    Insert InsertMany TryInsert Extend GetMut TryGetMut GetDisjointMut
    Remove RemoveMany RemoveEntry TryRemove Clear
    OrInsert OrInsertWithKey AndModify InsertEntry OccupiedInsert OccupiedRemove VacantInsert
    Retain ExtractIf ExtractInPart Drain DrainInPart ShrinkToFit
    IterMut IterMutInPart ValuesMut
    IntoIter IntoKeys IntoValues IntoChunks Apply
    Union UnionWith Intersection Difference SymmetricDifference
    Rebuild OtherHasher
}
