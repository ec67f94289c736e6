//! What the type promises at compile time. What must not compile is in the doc tests of `bounds` in the
//! library.

use std::panic::{RefUnwindSafe, UnwindSafe};

use cow_collections::{
    Chunk, Chunks, ChunksMut, CowVec, Drain, IntoChunks, IntoIter, Iter, IterMut, SnapshotCell,
    VecDiff,
};

const fn thread_safe<T: Send + Sync + Unpin>() {}
const fn unwind_safe<T: UnwindSafe + RefUnwindSafe>() {}

const _: () = {
    thread_safe::<CowVec<String>>();
    thread_safe::<Iter<'static, String>>();
    thread_safe::<IterMut<'static, String>>();
    thread_safe::<IntoIter<String>>();
    thread_safe::<Chunks<'static, String>>();
    thread_safe::<ChunksMut<'static, String>>();
    thread_safe::<IntoChunks<String>>();
    thread_safe::<Chunk<String>>();
    thread_safe::<Drain<'static, String>>();
    thread_safe::<VecDiff<String>>();
    thread_safe::<SnapshotCell<CowVec<String>>>();
    unwind_safe::<CowVec<String>>();
    unwind_safe::<Iter<'static, String>>();
    unwind_safe::<VecDiff<String>>();
    assert!(size_of::<CowVec<u8>>() == 32);
    assert!(size_of::<CowVec<[String; 9]>>() == 32);
};

/// A vector of long-lived values is one of short-lived values.
fn shorter<'a>(long: CowVec<&'static str>, short: &'a str) -> CowVec<&'a str> {
    let mut vec: CowVec<&'a str> = long;
    vec.push(short);
    vec
}

#[test]
fn vectors_are_covariant() {
    let long = CowVec::from(["a", "b"]);
    let text = String::from("c");
    assert_eq!(shorter(long.clone(), &text), ["a", "b", "c"]);
    drop(text);
    assert_eq!(long, ["a", "b"]);
}

/// Neither `Clone` nor anything else.
#[derive(Debug, PartialEq)]
struct Plain(u32);

#[test]
fn reading_and_collecting_ask_nothing_of_the_values() {
    let vec: CowVec<Plain> = (0..1_000).map(Plain).collect();
    let mut snapshot = vec.clone();
    assert!(vec.iter().eq(snapshot.iter().rev().rev()));
    assert_eq!(snapshot.get(999), Some(&Plain(999)));
    snapshot.clear();
    let values: Vec<u32> = vec
        .into_chunks()
        .flat_map(|chunk| chunk.iter().map(|value| value.0).collect::<Vec<_>>())
        .collect();
    assert!(values.into_iter().eq(0..1_000));
}
