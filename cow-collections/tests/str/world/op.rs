//! One call to a text or to a run of bytes.

#[path = "../../support/op.rs"]
#[macro_use]
pub(crate) mod support;

pub(crate) type Op = support::Op<Call>;

calls! {
    Snapshot Switch Drop
    Push Pop Append TryAppend Extend AppendOther
    Insert InsertMany Remove Replace TryReplace
    Truncate Clear SplitOff SplitTo KeepBack Slice SliceRef Parts Trim
    Retain Overwrite Reserve TryReserve Compact Repeat Convert Compare
}
