//! What each call may copy, by the arena's own count.

use cow_collections::{Arena, Collection, CowOrdMap};

const LEN: u64 = if cfg!(miri) {
    300
} else if cfg!(cow_tiny) {
    3_000
} else {
    60_000
};

/// A map of its own arena, and what the tests need to know of its shape.
struct Subject {
    arena: Arena,
    map: CowOrdMap<u64, u64>,
    /// Chunks on the way from the handle to a leaf.
    path: u64,
}

impl Subject {
    /// Keys `0, 2, 4, ..`, inserted out of order.
    fn new() -> Self {
        let arena = Arena::builder().build();
        let mut map = CowOrdMap::new_in(&arena);
        // A step that has no divisor in common with the length.
        map.extend((0..LEN).map(|n| (n * 7_919 % LEN * 2, n)));
        assert_eq!(map.len() as u64, LEN);
        // One write after a snapshot copies a path, whatever it leads to.
        let snapshot = map.clone();
        let before = arena.stats().copies;
        *map.get_mut(&0).unwrap() = 0;
        let path = arena.stats().copies - before;
        drop(snapshot);
        assert!(path >= 3, "deep enough to tell a path from a leaf");
        Self { arena, map, path }
    }

    /// Copies that `call` makes.
    fn copies<R>(&mut self, call: impl FnOnce(&mut CowOrdMap<u64, u64>) -> R) -> u64 {
        let before = self.arena.stats().copies;
        call(&mut self.map);
        self.arena.stats().copies - before
    }

    /// Chunks in use that `call` adds.
    fn chunks(&mut self, call: impl FnOnce(&mut CowOrdMap<u64, u64>)) -> u64 {
        let before = self.arena.stats().chunks_live();
        call(&mut self.map);
        self.arena.stats().chunks_live().saturating_sub(before) as u64
    }
}

#[test]
fn a_write_after_a_snapshot_copies_one_path_and_the_next_one_nothing() {
    let mut subject = Subject::new();
    let path = subject.path;
    for round in 0..3 {
        let snapshot = subject.map.clone();
        let before = snapshot[&LEN];
        assert_eq!(subject.copies(|map| map.insert(LEN, round)), path);
        assert_eq!(subject.copies(|map| map.insert(LEN, round + 1)), 0);
        assert_eq!(subject.copies(|map| *map.entry(LEN).or_insert(0) += 1), 0);
        assert_eq!(snapshot[&LEN], before);
        assert!(
            subject.copies(|map| map.insert(0, round)) < path,
            "the root is ours"
        );
    }
}

#[test]
fn a_new_key_after_a_snapshot_copies_one_path_and_no_border() {
    let mut subject = Subject::new();
    let path = subject.path;
    let keys: Vec<u64> = (0..50).map(|n| n * 7_919 % LEN * 2 + 1).collect();
    let mut fitted = 0;
    for key in keys {
        let snapshot = subject.map.clone();
        let leaves = snapshot.chunks().count();
        let copies = subject.copies(|map| map.insert(key, 0));
        // Where a leaf has to be split, a copy of the borders and of what is split comes on top.
        if subject.map.chunks().count() == leaves {
            assert_eq!(copies, path);
            fitted += 1;
        } else {
            assert!(copies <= 3 * path);
        }
    }
    assert!(fitted > 0);
}

#[test]
fn a_removal_after_a_snapshot_copies_one_path_and_neighbours_that_are_mended() {
    let mut subject = Subject::new();
    let path = subject.path;
    let mut alone = 0;
    for n in 0..50 {
        let snapshot = subject.map.clone();
        let copies = subject.copies(|map| map.remove(&(n * 7_919 % LEN * 2)));
        assert!(copies >= path && copies <= 5 * path, "{copies} copies");
        alone += usize::from(copies == path);
        assert_eq!(snapshot.len(), subject.map.len() + 1);
    }
    assert!(alone > 0);
}

#[test]
fn snapshots_copy_nothing() {
    let mut subject = Subject::new();
    let chunks = subject.chunks(|map| {
        let versions: Vec<_> = (0..100).map(|_| map.clone()).collect();
        assert!(versions.iter().all(|version| version.ptr_eq(map)));
    });
    assert_eq!(chunks, 0);
    assert_eq!(subject.copies(|map| drop(map.snapshot())), 0);
    assert_eq!(
        subject.copies(|map| map.insert(8, 8)),
        0,
        "all snapshots are gone"
    );
}

#[test]
fn reading_copies_nothing() {
    let mut subject = Subject::new();
    let snapshot = subject.map.clone();
    let copies = subject.copies(|map| {
        assert_eq!(map.iter().count() as u64, LEN);
        assert!(map.range(7..).next().is_some() && map.get(&4).is_some());
        assert!(map.get_mut(&5).is_none() && map.remove(&7).is_none());
        assert_eq!(map.entry(9).key(), &9);
        assert!(map.first_entry().is_some_and(|entry| *entry.key() == 0));
        map.append(&mut CowOrdMap::new());
        assert_eq!(*map, snapshot);
    });
    assert_eq!(copies, 0);
    assert!(subject.map.ptr_eq(&snapshot));
}

#[test]
fn joining_and_splitting_touch_the_seam_alone() {
    let mut subject = Subject::new();
    // On either side of the seam, at each level: a node, its borders, a neighbour with its own.
    let seam = 8 * subject.path;
    let snapshot = subject.map.clone();
    for at in [LEN, LEN / 3, 3, 2 * LEN - 5] {
        let mut back = CowOrdMap::new();
        let chunks = subject.chunks(|map| back = map.split_off(&at));
        assert!(chunks <= seam, "{chunks} chunks for a split at {at}");
        let chunks = subject.chunks(|map| map.append(&mut back));
        assert!(chunks <= seam, "{chunks} chunks for a join at {at}");
        assert_eq!(subject.map, snapshot);
    }
    let mut middle = CowOrdMap::new();
    let chunks = subject.chunks(|map| middle = map.remove_range(LEN / 2..LEN));
    assert!(chunks <= 2 * seam, "{chunks} chunks for a range");
    assert_eq!(middle.len() + subject.map.len(), snapshot.len());
}

#[test]
fn small_maps_are_small() {
    let arena = Arena::builder().build();
    let mut map = CowOrdMap::new_in(&arena);
    assert_eq!(
        arena.stats().bytes_used,
        0,
        "an empty map allocates nothing"
    );
    map.insert(1_u64, 1_u64);
    assert_eq!(arena.stats().bytes_used, 64);
    map.extend([(2, 2), (3, 3)]);
    assert!(size_of_val(&map) + arena.stats().bytes_used <= 128);
    let chunks = |map: &CowOrdMap<u64, u64>| map.memory().chunks_exclusive;
    assert_eq!(chunks(&map), 1);
    map.clear();
    assert_eq!(arena.stats().bytes_used, 0);
}

#[test]
fn large_maps_are_dense() {
    let bytes_each = |map: &CowOrdMap<u64, u64>| map.memory().bytes() as f64 / map.len() as f64;
    let (most, most_in_order) = if cfg!(cow_tiny) {
        (80.0, 50.0)
    } else {
        (32.0, 19.0)
    };
    let mut subject = Subject::new();
    let each = bytes_each(&subject.map);
    assert!(
        each <= most,
        "{each} bytes for a pair that came out of order"
    );
    assert_eq!(
        subject.map.memory().bytes(),
        subject.arena.stats().bytes_used
    );
    subject.map.clear();
    subject.map.extend((0..LEN).map(|n| (n, n)));
    let each = bytes_each(&subject.map);
    assert!(
        each <= most_in_order,
        "{each} bytes for a pair that came in order"
    );
    let collected: CowOrdMap<u64, u64> = (0..LEN).map(|n| (n, n)).collect();
    let each = bytes_each(&collected);
    assert!(
        each <= most_in_order,
        "{each} bytes for a pair of a collected map"
    );
}

#[test]
fn removing_gives_chunks_back() {
    let mut subject = Subject::new();
    let before = subject.arena.stats().bytes_used;
    subject.map.retain(|key, _| key % 32 == 0);
    subject.map.assert_invariants();
    let after = subject.arena.stats().bytes_used;
    assert!(
        after < before / 4,
        "{after} of {before} bytes for a sixteenth of the pairs"
    );
}

#[test]
fn memory_says_what_is_shared() {
    let mut subject = Subject::new();
    let whole = subject.map.memory();
    assert_eq!(whole.bytes_shared, 0);
    assert_eq!(whole.chunks_exclusive, subject.arena.stats().chunks_live());
    let snapshot = subject.map.clone();
    assert_eq!(snapshot.memory().bytes_exclusive, 0);
    subject.map.insert(LEN, 0);
    let after = subject.map.memory();
    assert_eq!(after.chunks_exclusive as u64, subject.path);
    assert_eq!(after.bytes_exclusive, snapshot.memory().bytes_exclusive);
    if !cfg!(any(cow_tiny, miri)) {
        assert!(after.bytes_exclusive <= 2 << 10, "{after}");
    }
}

#[test]
fn a_chunk_walk_lets_go_of_what_it_passed() {
    let mut subject = Subject::new();
    let mut walk = subject.map.snapshot().into_chunks();
    let mut passed = Vec::new();
    for _ in 0..5 {
        passed.extend(walk.next().unwrap().keys().iter().copied());
    }
    assert_eq!(walk.pairs_left() + passed.len(), subject.map.len());
    let path = subject.path;
    // The walk has opened the nodes on the way; the leaves that it passed are shared no more.
    let copies = subject.copies(|map| map.extend(passed.iter().map(|key| (*key, 7))));
    assert!(copies < path, "{copies} copies");
    drop(walk);
    assert_eq!(subject.copies(|map| map.insert(2 * LEN - 2, 7)), 0);
}

#[test]
fn a_map_is_dropped_in_steps() {
    let Subject { arena, map, path } = Subject::new();
    let snapshot = map.clone();
    let chunks = arena.stats().chunks_live();
    let mut rest = map.into_drop_steps();
    assert!(rest.drop_step(1), "a snapshot keeps all of it");
    assert_eq!(arena.stats().chunks_live(), chunks);
    let mut rest = snapshot.into_drop_steps();
    let mut last = chunks;
    while !rest.drop_step(10) {
        let left = arena.stats().chunks_live();
        // With a node go its borders.
        assert!(left < last && last - left <= 20);
        last = left;
    }
    assert!(last as u64 <= 20 + path);
    assert_eq!(arena.stats().chunks_live(), 0);
}
