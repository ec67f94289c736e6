//! What the types promise at compile time. What must not compile is in the doc tests of `bounds` in the
//! library.

use std::panic::{RefUnwindSafe, UnwindSafe};

use cow_collections::{CowOrdMap, CowOrdSet, MapDiff, SnapshotCell, ord_map, ord_set};

const fn thread_safe<T: Send + Sync + Unpin>() {}
const fn unwind_safe<T: UnwindSafe + RefUnwindSafe>() {}

const _: () = {
    thread_safe::<CowOrdMap<String, String>>();
    thread_safe::<CowOrdSet<String>>();
    thread_safe::<ord_map::Iter<'static, String, String>>();
    thread_safe::<ord_map::IterMut<'static, String, String>>();
    thread_safe::<ord_map::ValuesMut<'static, String, String>>();
    thread_safe::<ord_map::IntoIter<String, String>>();
    thread_safe::<ord_map::Chunks<'static, String, String>>();
    thread_safe::<ord_map::IntoChunks<String, String>>();
    thread_safe::<ord_map::Cursor<'static, String, String>>();
    thread_safe::<ord_map::Entry<'static, String, String>>();
    thread_safe::<ord_set::Iter<'static, String>>();
    thread_safe::<MapDiff<String, String>>();
    thread_safe::<SnapshotCell<CowOrdMap<String, String>>>();
    unwind_safe::<CowOrdMap<String, String>>();
    unwind_safe::<CowOrdSet<String>>();
    unwind_safe::<ord_map::Iter<'static, String, String>>();
    assert!(size_of::<CowOrdMap<u8, [String; 9]>>() == 24);
    assert!(size_of::<CowOrdSet<u8>>() == 24);
};

/// A map of long-lived keys and values is one of short-lived ones.
fn shorter<'a>(
    long: CowOrdMap<&'static str, &'static str>,
    short: &'a str,
) -> CowOrdMap<&'a str, &'a str> {
    let mut map: CowOrdMap<&'a str, &'a str> = long;
    map.insert(short, short);
    map
}

#[test]
fn maps_are_covariant() {
    let long = CowOrdMap::from([("a", "b")]);
    let text = String::from("c");
    assert_eq!(shorter(long.clone(), &text).len(), 2);
    drop(text);
    assert_eq!(long, [("a", "b")].into());
}

/// Nothing but an order, and the clones that keys need.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Key(u32);

/// Neither `Clone` nor anything else.
#[derive(Debug, PartialEq)]
struct Plain(u32);

#[test]
fn reading_and_collecting_ask_nothing_of_the_values() {
    let map: CowOrdMap<Key, Plain> = (0..1_000).map(|n| (Key(n), Plain(n))).collect();
    let mut snapshot = map.clone();
    assert!(map.iter().eq(snapshot.iter().rev().rev()));
    assert_eq!(snapshot.get(&Key(999)), Some(&Plain(999)));
    assert_eq!(snapshot.range(Key(990)..).len(), 10);
    snapshot.clear();
    let values: Vec<u32> = map
        .into_chunks()
        .flat_map(|chunk| {
            chunk
                .values()
                .iter()
                .map(|value| value.0)
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(values.into_iter().eq(0..1_000));
}
