//! What the types promise at compile time. What must not compile is in the doc tests of `bounds` in the
//! library.

use std::panic::{RefUnwindSafe, UnwindSafe};

use cow_collections::{CowHashMap, CowHashSet, MapDiff, SetDiff, SnapshotCell, hash_map, hash_set};

const fn thread_safe<T: Send + Sync + Unpin>() {}
const fn unwind_safe<T: UnwindSafe + RefUnwindSafe>() {}

const _: () = {
    thread_safe::<CowHashMap<String, String>>();
    thread_safe::<CowHashSet<String>>();
    thread_safe::<hash_map::Iter<'static, String, String>>();
    thread_safe::<hash_map::IterMut<'static, String, String>>();
    thread_safe::<hash_map::IntoIter<String, String>>();
    thread_safe::<hash_map::Chunks<'static, String, String>>();
    thread_safe::<hash_map::IntoChunks<String, String>>();
    thread_safe::<hash_map::Chunk<String, String>>();
    thread_safe::<hash_map::Drain<'static, String, String>>();
    thread_safe::<hash_map::Entry<'static, String, String, hash_map::DefaultHashBuilder>>();
    thread_safe::<hash_set::Iter<'static, String>>();
    thread_safe::<hash_set::Drain<'static, String>>();
    thread_safe::<MapDiff<String, String>>();
    thread_safe::<SetDiff<String>>();
    thread_safe::<SnapshotCell<CowHashMap<String, String>>>();
    unwind_safe::<CowHashMap<String, String>>();
    unwind_safe::<CowHashSet<String>>();
    unwind_safe::<hash_map::Iter<'static, String, String>>();
    assert!(size_of::<CowHashMap<u8, u8>>() == 32);
    assert!(size_of::<CowHashMap<[String; 9], u8, ()>>() == 24);
};

/// A map of long-lived keys is one of short-lived keys.
fn shorter<'a>(
    long: CowHashMap<&'static str, &'static str>,
    short: &'a str,
) -> CowHashMap<&'a str, &'a str> {
    let mut map: CowHashMap<&'a str, &'a str> = long;
    map.insert(short, short);
    map
}

#[test]
fn maps_are_covariant() {
    let long = CowHashMap::from([("a", "b"), ("c", "d")]);
    let text = String::from("c");
    let short = shorter(long.clone(), &text);
    assert_eq!(short.len(), 2);
    assert_eq!(short["c"], "c");
    drop(short);
    drop(text);
    assert_eq!(long["c"], "d");
}

/// Neither `Clone` nor anything else but what a key must be.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Plain(u32);

#[test]
fn reading_and_collecting_ask_nothing_of_the_entries() {
    let map: CowHashMap<Plain, Plain> = (0..100).map(|n| (Plain(n), Plain(n + 1))).collect();
    let mut snapshot = map.clone();
    assert_eq!(snapshot.get(&Plain(99)), Some(&Plain(100)));
    assert!(map == snapshot);
    assert_eq!(map.keys().map(|key| key.0).sum::<u32>(), 4_950);
    snapshot.clear();
    assert!(snapshot.is_empty());
    let sum: u32 = map
        .into_chunks()
        .flat_map(|chunk| chunk.iter().map(|(_, v)| v.0).collect::<Vec<_>>())
        .sum();
    assert_eq!(sum, 5_050);
    let set: CowHashSet<Plain> = (0..10).map(Plain).collect();
    assert!(set.contains(&Plain(3)) && set.is_subset(&set.clone()));
}

#[test]
fn maps_without_bounds_can_be_named_and_emptied() {
    struct NotAKey;
    let mut map: CowHashMap<NotAKey, NotAKey, ()> = CowHashMap::with_hasher(());
    assert!(map.is_empty() && map.iter().next().is_none());
    map.clear();
    assert!(map.clone().ptr_eq(&map));
}
