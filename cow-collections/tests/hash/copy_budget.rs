//! What each call may copy, by the arena's own count.

use cow_collections::{Arena, CowHashMap};

use crate::world::hasher::Spread;

const FANOUT: usize = if cfg!(cow_tiny) { 4 } else { 16 };
const LEN: u64 = if cfg!(miri) {
    200
} else if cfg!(cow_tiny) {
    2_000
} else {
    100_000
};

type Map = CowHashMap<u64, u64, Spread>;

fn numbers(arena: &Arena) -> Map {
    let mut map = Map::with_hasher_in(Spread::Even(4), arena);
    map.extend((0..LEN).map(|n| (n, n)));
    map
}

/// Copies that `call` makes, and their bytes.
fn copies(arena: &Arena, call: impl FnOnce()) -> (u64, u64) {
    let before = arena.stats();
    call();
    let after = arena.stats();
    (
        after.copies - before.copies,
        after.bytes_copied - before.bytes_copied,
    )
}

/// Nodes on the longest way to a bucket.
fn height(map: &Map) -> u64 {
    let mut nodes = map.chunks().count();
    let mut height = 0;
    while nodes > 1 {
        nodes = nodes.div_ceil(FANOUT);
        height += 1;
    }
    // Hashes are not spread as evenly as could be.
    height + if cfg!(cow_tiny) { 4 } else { 1 }
}

#[test]
fn a_write_after_a_snapshot_copies_one_path_and_the_next_one_nothing() {
    let arena = Arena::builder().build();
    let mut map = numbers(&arena);
    let path = height(&map) + 1;
    for key in (0..LEN).step_by(7).take(50) {
        let snapshot = map.clone();
        let (count, bytes) = copies(&arena, || assert!(map.insert(key, 1).is_some()));
        assert!(
            (2..=path).contains(&count),
            "{count} chunks of a path of {path}"
        );
        let bucket = if cfg!(cow_tiny) { 64 } else { 1 << 10 };
        let node = (FANOUT as u64 * 8).max(64);
        assert_eq!(bytes, bucket + (count - 1) * node);
        assert!(cfg!(cow_tiny) || bytes <= 2 << 10);
        assert_eq!(
            copies(&arena, || assert_eq!(map.insert(key, 2), Some(1))).0,
            0
        );
        assert_eq!(
            copies(&arena, || assert_eq!(map.remove(&key), Some(2))).0,
            0
        );
        assert_eq!(snapshot[&key], key);
    }
}

#[test]
fn looking_copies_nothing() {
    let arena = Arena::builder().build();
    let mut map = numbers(&arena);
    let snapshot = map.clone();
    let (count, _) = copies(&arena, || {
        assert_eq!(map.remove(&LEN), None);
        assert_eq!(map.get_mut(&LEN), None);
        assert_eq!(map.entry(3).key(), &3);
        assert_eq!(map.get_disjoint_mut([&LEN]), [None]);
        assert!(map == snapshot && map.diff(&snapshot).is_empty());
        assert_eq!(map.iter_mut().len(), snapshot.len());
        assert!(map.union(&snapshot).ptr_eq(&map));
        assert!(map.intersection(&snapshot).ptr_eq(&map));
        assert!(map.difference(&snapshot).is_empty());
    });
    assert_eq!(count, 0);
}

#[test]
fn snapshots_take_no_chunk() {
    let arena = Arena::builder().build();
    let map = numbers(&arena);
    let before = arena.stats().chunks_live();
    let versions: Vec<Map> = (0..100).map(|_| map.clone()).collect();
    assert!(versions.iter().all(|version| version.ptr_eq(&map)));
    assert_eq!(arena.stats().chunks_live(), before);
}

#[test]
fn small_maps_are_small() {
    let arena = Arena::builder().build();
    let mut map = CowHashMap::new_in(&arena);
    assert_eq!(
        arena.stats().bytes_used,
        0,
        "an empty map allocates nothing"
    );
    map.insert(1_u64, 1_u64);
    assert_eq!(arena.stats().bytes_used, 64);
    assert!(size_of_val(&map) + 64 <= 256);
    let mut most = 64;
    for n in 2..50 {
        map.insert(n, n);
        most = most.max(arena.stats().bytes_used);
    }
    assert!(cfg!(cow_tiny) || most <= 1 << 10);
    map.clear();
    assert_eq!(arena.stats().bytes_used, 0);
}

#[test]
#[cfg_attr(any(miri, cow_tiny), ignore = "about chunks of the usual size")]
fn an_entry_costs_a_third_more_than_itself_or_twice_at_most() {
    let arena = Arena::builder().build();
    let mut map = Map::with_hasher_in(Spread::Even(9), &arena);
    for n in 0..LEN {
        map.insert(n, n);
        if n > 4_000 && n.is_multiple_of(997) {
            let bytes = arena.stats().bytes_used as u64 / (n + 1);
            assert!(bytes <= 40, "{bytes} bytes per entry of 16 at {n}");
        }
    }
}

#[test]
fn room_comes_back() {
    let arena = Arena::builder().build();
    let mut map = numbers(&arena);
    let full = arena.stats().chunks_live();
    for key in 0..LEN * 9 / 10 {
        map.remove(&key);
    }
    let left = arena.stats().chunks_live();
    assert!(left < full / 3, "{left} of {full} chunks for a tenth");
    for key in LEN * 9 / 10..LEN {
        map.remove(&key);
    }
    assert!(arena.stats().chunks_live() <= 1);
    drop(map);

    let mut map = numbers(&arena);
    map.retain(|key, _| key % 100 == 0);
    let left = arena.stats().chunks_live();
    assert!(left < full / 5, "{left} of {full} chunks for a hundredth");
    map.retain(|key, _| *key == 0);
    map.shrink_to_fit();
    assert_eq!(arena.stats().bytes_used, 64);
}

#[test]
fn a_consumed_snapshot_gives_its_chunks_back_as_it_goes() {
    let arena = Arena::builder().build();
    let map = numbers(&arena);
    let all = arena.stats().chunks_live();
    for (i, chunk) in map.into_chunks().enumerate() {
        assert!(
            arena.stats().chunks_live() <= all - i,
            "what was passed is gone"
        );
        drop(chunk);
    }
    assert_eq!(arena.stats().chunks_live(), 0);
}
