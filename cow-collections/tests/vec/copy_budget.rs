//! What each call may copy, by the arena's own count.

use cow_collections::{Arena, CowVec};

const FANOUT: usize = if cfg!(cow_tiny) { 4 } else { 32 };
const LEN: usize = if cfg!(miri) {
    300
} else if cfg!(cow_tiny) {
    3_003
} else {
    200_000
};

/// A vector of its own arena, and what the tests need to know of its shape.
struct Subject<T> {
    arena: Arena,
    vec: CowVec<T>,
    /// Values in a leaf.
    leaf: usize,
    /// Chunks on the way from the handle to a leaf: the body, inner nodes, the leaf.
    path: u64,
}

impl<T: Clone> Subject<T> {
    fn new(values: impl Iterator<Item = T>) -> Self {
        let arena = Arena::builder().build();
        let mut vec = CowVec::new_in(&arena);
        vec.extend(values);
        let leaf = vec.chunks().next().map_or(0, <[T]>::len);
        // The last leaf hangs on the body, and the tree of all others too.
        let mut nodes = (vec.len() - 1) / leaf;
        let mut path = 2;
        while nodes > 1 {
            nodes = nodes.div_ceil(FANOUT);
            path += 1;
        }
        Self {
            arena,
            vec,
            leaf,
            path,
        }
    }

    /// Copies that `call` makes.
    fn copies<R>(&mut self, call: impl FnOnce(&mut CowVec<T>) -> R) -> u64 {
        let before = self.arena.stats().copies;
        call(&mut self.vec);
        self.arena.stats().copies - before
    }

    /// Chunks in use that `call` adds.
    fn chunks(&mut self, call: impl FnOnce(&mut CowVec<T>)) -> usize {
        let before = self.arena.stats().chunks_live();
        call(&mut self.vec);
        self.arena.stats().chunks_live().saturating_sub(before)
    }
}

fn words() -> Subject<u64> {
    Subject::new(0..LEN as u64)
}

fn strings() -> Subject<String> {
    Subject::new((0..LEN / 10).map(|n| n.to_string()))
}

#[test]
fn a_write_after_a_snapshot_copies_one_path_and_the_next_one_nothing() {
    let mut subject = words();
    let path = subject.path;
    assert!(path >= 4, "deep enough to tell a path from a leaf");
    for round in 0..3 {
        let (snapshot, before) = (subject.vec.clone(), subject.vec[LEN / 2]);
        let bytes = subject.arena.stats().bytes_copied;
        assert_eq!(subject.copies(|vec| vec[LEN / 2] = round), path);
        let bytes = subject.arena.stats().bytes_copied - bytes;
        let body_and_nodes = 64 + (path - 2) * (FANOUT as u64 * 8).max(64);
        assert_eq!(bytes, subject.leaf as u64 * 8 + body_and_nodes);
        assert_eq!(subject.copies(|vec| vec[LEN / 2 + 1] = round), 0);
        assert_eq!(snapshot[LEN / 2], before);
        // A leaf beside it under the same nodes, then one far off under the same root.
        assert!(subject.copies(|vec| vec[LEN / 2 + subject_leaf()] = round) <= path);
        assert!(subject.copies(|vec| vec[0] = round) < path);
    }
}

/// Values in a leaf of words.
fn subject_leaf() -> usize {
    CowVec::<u64>::from_iter(0..600)
        .chunks()
        .next()
        .map_or(0, <[u64]>::len)
}

#[test]
fn snapshots_copy_nothing() {
    let mut subject = strings();
    let chunks = subject.chunks(|vec| {
        let versions: Vec<_> = (0..100).map(|_| vec.clone()).collect();
        assert!(versions.iter().all(|version| version.ptr_eq(vec)));
    });
    assert_eq!(chunks, 0);
    assert_eq!(subject.copies(|vec| drop(vec.snapshot())), 0);
    assert_eq!(
        subject.copies(|vec| vec.set(3, String::new())),
        0,
        "all snapshots are gone"
    );
}

#[test]
fn a_push_behind_a_snapshot_claims_its_slot() {
    let mut subject = words();
    let mut snapshots = Vec::new();
    let copies = subject.copies(|vec| {
        for n in 0..2 * subject_leaf() as u64 {
            snapshots.push(vec.clone());
            vec.push(n);
        }
    });
    // No leaf: only the body and the nodes down to where a leaf is added, each time one is full.
    let spills = (LEN - 1) % subject.leaf + 2 * subject.leaf;
    assert!(0 < copies && copies <= (spills / subject.leaf) as u64 * (subject.path - 1));
    assert!(
        snapshots
            .iter()
            .enumerate()
            .all(|(i, snapshot)| snapshot.len() == LEN + i)
    );
}

#[test]
fn the_second_of_two_that_push_copies_the_last_leaf() {
    let mut subject = words();
    let mut other = subject.vec.clone();
    assert_eq!(subject.copies(|vec| vec.push(1)), 0);
    assert_eq!(
        subject.copies(|_| other.push(2)),
        2,
        "the body and the leaf"
    );
    assert_eq!(subject.copies(|vec| vec.push(3)), 0);
    assert_eq!(subject.copies(|_| other.push(4)), 0);
    assert_eq!(
        subject.vec.range(LEN..).copied().collect::<Vec<_>>(),
        [1, 3]
    );
    assert_eq!(other.range(LEN..).copied().collect::<Vec<_>>(), [2, 4]);
}

#[test]
fn a_push_of_values_with_drop_glue_copies_one_leaf_at_most() {
    let mut subject = strings();
    let leaf = subject.leaf;
    for _ in 0..3 {
        let snapshot = subject.vec.clone();
        // The body and the leaf; or, where that is full, the body and the nodes down to it.
        let most = if snapshot.len().is_multiple_of(leaf) {
            subject.path - 1
        } else {
            2
        };
        assert!(subject.copies(|vec| vec.push("new".into())) <= most);
        // Until the leaf is full, and goes into the tree.
        let room = leaf - 1 - snapshot.len() % leaf;
        assert_eq!(
            subject.copies(|vec| vec.extend(vec![String::new(); room.saturating_sub(1)])),
            0
        );
    }
}

#[test]
fn pop_copies_nothing() {
    let mut subject = words();
    let leaf = subject.leaf;
    let snapshot = subject.vec.clone();
    // Leaves leave the tree whole: only the nodes above them are copied.
    let copies = subject.copies(|vec| (0..leaf).for_each(|_| assert!(vec.pop().is_some())));
    assert!(copies < subject.path);
    assert_eq!(snapshot.len(), LEN);
}

#[test]
fn joining_and_splitting_copy_along_the_seam() {
    let mut subject = words();
    let height = usize::try_from(subject.path).unwrap();
    let seam = 2 * height + 6;
    let mut parts = Vec::new();
    for at in [LEN / 2, LEN / 3, 1, LEN - 1] {
        let snapshot = subject.vec.clone();
        let chunks = subject.chunks(|vec| parts.push(vec.split_off(at)));
        assert!(chunks <= seam, "{chunks} chunks for a split at {at}");
        let chunks = subject.chunks(|vec| vec.append(&mut parts[0].clone()));
        assert!(chunks <= seam, "{chunks} chunks for a join at {at}");
        assert_eq!(subject.vec, snapshot);
        parts.clear();
    }
    let chunks = subject.chunks(|vec| vec.append(&mut vec.clone()));
    assert!(chunks <= seam);
    let mut part = CowVec::new();
    let chunks = subject.chunks(|vec| part = vec.slice(LEN / 5..LEN));
    assert!(chunks <= 2 * seam);
    assert_eq!(part[0], LEN as u64 / 5);
}

#[test]
fn a_chunk_walk_lets_go_of_what_it_passed() {
    let mut subject = words();
    let mut walk = subject.vec.snapshot().into_chunks();
    let (leaf, path) = (subject.leaf, subject.path);
    let mut passed = 0;
    for _ in 0..5 {
        passed += walk.next().map_or(0, |chunk| chunk.len());
    }
    assert_eq!(walk.values_left(), LEN - passed);
    // The walk has opened the nodes on the way: they were shared, and are copied by whoever writes
    // first; the leaves that it passed are not.
    let copies = subject.copies(|vec| (0..passed).for_each(|i| vec[i] = 7));
    assert!(copies < path, "{copies} copies");
    assert_eq!(
        subject.copies(|vec| vec[passed + leaf] = 7),
        1,
        "ahead of the walk"
    );
    drop(walk);
    assert_eq!(subject.copies(|vec| vec[passed + 2 * leaf] = 7), 0);
}

#[test]
fn prefault_resolves_every_fault() {
    let mut subject = words();
    let snapshot = subject.vec.clone();
    subject.vec.prefault(LEN / 4..LEN / 2);
    assert_eq!(
        subject.copies(|vec| (LEN / 4..LEN / 2).for_each(|i| vec[i] = 0)),
        0
    );
    assert!(subject.copies(|vec| vec[0] = 1) > 0);
    assert_eq!(snapshot[LEN / 4], LEN as u64 / 4);
}

#[test]
fn what_changes_nothing_copies_nothing() {
    let mut subject = words();
    let snapshot = subject.vec.clone();
    let copies = subject.copies(|vec| {
        vec.sort();
        vec.sort_unstable();
        vec.sort_by_key(|&n| n);
        vec.truncate(LEN);
        vec.append(&mut CowVec::new());
        assert!(vec.binary_search(&3).is_ok() && vec.get_mut(LEN).is_none());
    });
    assert_eq!(copies, 0);
    assert!(subject.vec.ptr_eq(&snapshot));
}

#[test]
fn retain_keeps_whole_leaves_shared() {
    let mut subject = words();
    let leaf = subject.leaf as u64;
    let snapshot = subject.vec.clone();
    let before = subject.arena.stats().bytes_used;
    subject.vec.retain(|&n| n != leaf / 2);
    let more = subject.arena.stats().bytes_used - before;
    // New nodes, and the one leaf that changed.
    let nodes = 2 * 16 * FANOUT * (LEN / subject.leaf / FANOUT + 2);
    assert!(more <= nodes + 16 * subject.leaf, "{more} bytes more");
    assert_eq!(snapshot.len(), subject.vec.len() + 1);
}

#[test]
fn small_vectors_are_small() {
    let arena = Arena::builder().build();
    let mut vec = CowVec::new_in(&arena);
    assert_eq!(
        arena.stats().bytes_used,
        0,
        "an empty vector allocates nothing"
    );
    vec.extend([1_u64, 2, 3]);
    assert!(size_of_val(&vec) + arena.stats().bytes_used <= 128);
    vec.clear();
    assert_eq!(arena.stats().bytes_used, 0);
}

#[test]
fn large_vectors_are_dense() {
    let subject = words();
    let bytes = subject.arena.stats().bytes_used;
    let most = if cfg!(cow_tiny) { 16.0 } else { 8.3 };
    let each = bytes as f64 / LEN as f64;
    assert!(each <= most, "{each} bytes for a value");
    assert_eq!(subject.vec.memory().bytes(), bytes);
}

#[test]
fn memory_says_what_is_shared() {
    let mut subject = words();
    let whole = subject.vec.memory();
    assert_eq!(whole.bytes_shared, 0);
    assert_eq!(whole.bytes_exclusive, subject.arena.stats().bytes_used);
    assert_eq!(whole.chunks_exclusive, subject.arena.stats().chunks_live());
    let snapshot = subject.vec.clone();
    assert_eq!(snapshot.memory().bytes_exclusive, 0);
    subject.vec[LEN / 2] = 0;
    let after = subject.vec.memory();
    assert_eq!(after.chunks_exclusive as u64, subject.path);
    assert_eq!(after.bytes(), whole.bytes());
    assert_eq!(after.bytes_exclusive, snapshot.memory().bytes_exclusive);
}

#[test]
#[cfg_attr(miri, ignore = "an interpreter has time for too few leaves to show it")]
fn removing_from_left_to_right_gives_chunks_back() {
    let mut subject = words();
    let (leaf, before) = (subject.leaf, subject.arena.stats().bytes_used);
    // One value of every leaf stays.
    for at in 0..LEN / leaf / 2 {
        (1..leaf).for_each(|_| assert!(subject.vec.remove(at) < LEN as u64));
    }
    subject.vec.assert_invariants();
    let after = subject.arena.stats().bytes_used;
    assert!(
        after < before * 2 / 3,
        "{after} of {before} bytes for half of the values"
    );
}

#[test]
#[cfg_attr(miri, ignore = "an interpreter has time for too few leaves to show it")]
fn draining_from_left_to_right_gives_chunks_back() {
    let mut subject = words();
    let (leaf, before) = (subject.leaf, subject.arena.stats().bytes_used);
    for at in 0..LEN / leaf / 2 {
        drop(subject.vec.drain(at + 1..at + leaf));
    }
    subject.vec.assert_invariants();
    let after = subject.arena.stats().bytes_used;
    assert!(
        after < before * 2 / 3,
        "{after} of {before} bytes for half of the values"
    );
}
