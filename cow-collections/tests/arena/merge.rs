//! Equal chunks become one, and nobody notices but by the memory.

mod every;
mod hash;
mod ord;
mod subject;
mod text;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use cow_collections::{Arena, CowVec, Merge, MergeThread, Merger, SnapshotCell};

use crate::history::{Random, SLOW, versions};

/// Where a leaf is as small as a node, what merging saves may be less than the nodes that it copies.
const NODES_ARE_SMALL: bool = !cfg!(cow_tiny);

/// Values in a leaf.
const LEAF: usize = if cfg!(cow_tiny) { 64 } else { 4096 } / size_of::<u32>();

fn narrow(n: usize) -> u32 {
    u32::try_from(n).unwrap()
}

/// A vector of `leaves` leaves, the contents of which are told by one number each.
fn image(arena: &Arena, leaves: impl IntoIterator<Item = u32>) -> CowVec<u32> {
    let mut vec = CowVec::new_in(arena);
    for number in leaves {
        vec.extend((0..narrow(LEAF)).map(|n| number.wrapping_mul(0x9e37_79b9) ^ n));
    }
    vec
}

fn check<T: PartialEq + std::fmt::Debug>(vecs: &[CowVec<T>], expected: &[Vec<T>]) {
    for (vec, expected) in vecs.iter().zip(expected) {
        assert!(vec == expected);
        vec.assert_invariants();
    }
}

fn scan<C: Merge>(merger: &mut Merger<C>, all: &mut [C], max_chunks: usize) {
    let mut all: Vec<_> = all.iter_mut().collect();
    while !merger.scan(&mut all, max_chunks).unwrap() {}
}

#[test]
fn equal_chunks_become_one() {
    let arena = Arena::builder().build();
    let leaves = 40;
    let mut images: Vec<_> = (0..10)
        .map(|i| {
            image(
                &arena,
                (0..leaves).map(|n| if n == i { 1000 + i } else { n }),
            )
        })
        .collect();
    let expected: Vec<_> = images.iter().map(CowVec::to_vec).collect();
    let mut merger = Merger::new();
    scan(&mut merger, &mut images, usize::MAX);
    check(&images, &expected);
    let stats = merger.stats();
    assert_eq!(
        (
            stats.pages_shared,
            stats.pages_sharing,
            stats.pages_unshared
        ),
        (40, 10 * 39 - 40, 10)
    );
    assert_eq!((stats.full_scans, stats.pages_scanned), (1, 400));
    let class = size_of::<u32>() * LEAF;
    let live = |bytes| {
        let stats = arena.stats();
        let class = stats
            .classes
            .iter()
            .find(|class| class.chunk_bytes == bytes);
        class.unwrap().live
    };
    if NODES_ARE_SMALL {
        assert_eq!(live(class), 50);
    }
    // A second scan finds the same, and has nothing to do.
    scan(&mut merger, &mut images, usize::MAX);
    let again = merger.stats();
    assert_eq!(again.pages_merged, stats.pages_merged);
    assert_eq!(
        (
            again.pages_shared,
            again.pages_sharing,
            again.pages_unshared
        ),
        (40, 10 * 39 - 40, 10)
    );
    // Writes part what was merged.
    for (i, image) in images.iter_mut().enumerate() {
        image[7] = narrow(i);
        image.push(1);
        image[LEAF * 39 + 1] = 5;
    }
    for (i, (image, expected)) in images.iter().zip(&expected).enumerate() {
        let mut expected = expected.clone();
        expected[7] = narrow(i);
        expected.push(1);
        expected[LEAF * 39 + 1] = 5;
        assert!(*image == expected);
    }
    drop(images);
    assert_eq!(arena.stats().chunks_live(), 0, "the merger keeps nothing");
}

#[test]
fn versions_of_all_kinds_stay_what_they_are() {
    for seed in 1..if SLOW { 3 } else { 12 } {
        let arena = Arena::builder().build();
        let random = &mut Random(seed);
        let value = |n: u64| u32::from(n.to_le_bytes()[0]) / 250;
        let mut vecs = versions(&arena, random, 15, value);
        vecs.extend(versions(&arena, &mut Random(seed), 5, value));
        vecs.push(CowVec::new_in(&arena));
        let expected: Vec<_> = vecs.iter().map(CowVec::to_vec).collect();
        // Some of them are not given.
        let given = vecs.len() - 4;
        let mut merger = Merger::new();
        let before = arena.stats().bytes_used;
        for _ in 0..2 {
            scan(&mut merger, &mut vecs[..given], 1 + random.below(20));
            check(&vecs, &expected);
        }
        assert!(merger.stats().pages_merged > 0);
        assert!(arena.stats().bytes_used < before || !NODES_ARE_SMALL);
        // All go on as independent vectors.
        let mut models = expected;
        for (vec, model) in vecs.iter_mut().zip(&mut models) {
            for step in 0..20 {
                let at = random.below(model.len());
                match step % 4 {
                    0 => {
                        vec.insert(at, step);
                        model.insert(at, step);
                    }
                    1 => {
                        vec.push(step);
                        model.push(step);
                    }
                    2 if at < model.len() => assert_eq!(vec.remove(at), model.remove(at)),
                    _ if at < model.len() => {
                        vec[at] = step;
                        model[at] = step;
                    }
                    _ => {}
                }
            }
        }
        check(&vecs, &models);
        drop((vecs, merger));
        assert_eq!(arena.stats().chunks_live(), 0);
    }
}

#[test]
fn versions_that_share_nodes_share_them_after() {
    let arena = Arena::builder().build();
    let base = image(&arena, 0..200);
    let mut vecs = vec![base, image(&arena, (0..200).rev())];
    for _ in 0..20 {
        vecs.push(vecs[1].clone());
    }
    let expected: Vec<_> = vecs.iter().map(CowVec::to_vec).collect();
    scan(&mut Merger::new(), &mut vecs, usize::MAX);
    check(&vecs, &expected);
    // Each of the 21 versions has its own body and upper nodes at most.
    let all = vecs[0].memory().bytes() * 2;
    assert!(
        arena.stats().bytes_used < all || !NODES_ARE_SMALL,
        "{}",
        arena.stats().bytes_used
    );
    let parents = 200 / 4;
    assert!(arena.stats().chunks_live() < 200 + 2 * parents + 21 * 20);
}

#[test]
fn what_others_keep_is_copied_only_where_it_pays() {
    let arena = Arena::builder().build();
    let mut vecs = [image(&arena, 0..100), image(&arena, 0..100)];
    let _snapshot = vecs[1].clone();
    let before = arena.stats();
    scan(&mut Merger::new(), &mut vecs, usize::MAX);
    let after = arena.stats();
    // The snapshot keeps the old chunks: nothing is freed, and only nodes are copied.
    let nodes = after.bytes_used - before.bytes_used;
    assert!(
        nodes <= vecs[0].memory().bytes() / 2,
        "{nodes} bytes of nodes"
    );
    drop(_snapshot);
    assert!(arena.stats().bytes_used < before.bytes_used * 3 / 4 || !NODES_ARE_SMALL);
}

#[test]
fn arenas_are_not_mixed() {
    let (a, b) = (Arena::builder().build(), Arena::builder().build());
    let mut vecs = [image(&a, 0..10), image(&b, 0..10)];
    let mut merger = Merger::new();
    scan(&mut merger, &mut vecs, usize::MAX);
    assert_eq!(merger.stats().pages_merged, 0);
    let [mut one, other] = vecs;
    assert_eq!(one.rebase(&other), 0);
    drop((merger, one));
    assert_eq!(a.stats().chunks_live(), 0);
}

#[test]
fn a_pace_is_kept() {
    let arena = Arena::builder().build();
    let mut vecs = [image(&arena, 0..300), image(&arena, 0..300)];
    let mut merger = Merger::new();
    let mut calls = 0;
    loop {
        let before = merger.stats().pages_scanned;
        let [a, b] = &mut vecs;
        let done = merger.scan(&mut [a, b], 10).unwrap();
        // The leaves of one node are looked at together.
        assert!(merger.stats().pages_scanned - before <= 10 + 32);
        calls += 1;
        if done {
            break;
        }
    }
    assert!(calls >= 600 / 42);
    assert!(!merger.scan(&mut [&mut vecs[0]], 1).unwrap());
    assert!(Merger::<CowVec<u32>>::new().scan(&mut [], 1).unwrap());
}

#[test]
fn a_full_arena_stops_a_scan_and_nothing_is_lost() {
    let arena = Arena::builder().byte_limit(1 << 20).build();
    let leaves = narrow((1 << 20) / 3 / (4 * LEAF));
    let mut vecs = [image(&arena, 0..leaves), image(&arena, 0..leaves)];
    let snapshots = vecs.clone();
    let expected: Vec<_> = vecs.iter().map(CowVec::to_vec).collect();
    let mut ballast = CowVec::new_in(&arena);
    while ballast.try_push([0_u8; 64]).is_ok() {}
    let mut merger = Merger::new();
    let [a, b] = &mut vecs;
    assert!(merger.scan(&mut [&mut *a, &mut *b], usize::MAX).is_err());
    check(&vecs, &expected);
    drop((ballast, snapshots));
    let [a, b] = &mut vecs;
    assert!(merger.scan(&mut [a, b], usize::MAX).unwrap());
    check(&vecs, &expected);
    drop(merger);
    assert!(arena.stats().bytes_used < (1 << 20) / 2 || !NODES_ARE_SMALL);
}

#[test]
fn rebasing_shares_what_is_equal_and_changes_nothing() {
    let arena = Arena::builder().build();
    let mut random = Random(11);
    let vecs = versions(&arena, &mut random, 30, |n| {
        u32::try_from(n / 2).unwrap_or(7)
    });
    for i in 0..vecs.len() {
        let (mut vec, onto) = (vecs[i].clone(), &vecs[random.below(vecs.len())]);
        let expected = vec.to_vec();
        vec.rebase(onto);
        assert!(vec == expected);
        vec.assert_invariants();
        // A copy of the same made anew becomes a snapshot, if it has the same leaves.
        let mut copy = CowVec::new_in(&arena);
        copy.extend(onto.iter().copied());
        copy.rebase(onto);
        assert!(copy == *onto);
        copy.push(1);
        assert_eq!(copy.len(), onto.len() + 1);
    }
    let base = image(&arena, 0..100);
    let mut equal = image(&arena, 0..100);
    assert_eq!(equal.rebase(&base), 100);
    assert!(equal.ptr_eq(&base));
    assert_eq!(equal.rebase(&base), 0);
    let mut other = image(&arena, (0..100).map(|n| if n == 50 { 500 } else { n }));
    assert_eq!(other.rebase(&base), 99);
    assert_eq!(other.diff(&base).edits().len(), 1);
}

#[test]
fn a_thread_merges_while_the_collections_are_written() {
    let arena = Arena::builder().build();
    let boxes: Vec<_> = (0..4)
        .map(|_| Arc::new(Mutex::new(image(&arena, 0..50))))
        .collect();
    let cell = Arc::new(SnapshotCell::new(image(&arena, 0..50)));
    let before = arena.stats().bytes_used;
    let merger = MergeThread::new(100, Duration::from_micros(100));
    boxes.iter().for_each(|source| merger.watch(source));
    merger.watch(&cell);
    merger.watch(&Arc::new(Mutex::new(image(&arena, 0..3)))); // gone at once
    let mut writes = 0;
    // A scan that has begun may end without the last.
    let scans = merger.stats().full_scans;
    while merger.stats().full_scans < scans + 3 {
        for source in &boxes {
            source.lock().unwrap()[5] += 1;
        }
        let mut fork = cell.write();
        fork[5] += 1;
        fork.commit();
        writes += 1;
    }
    assert!(merger.stats().pages_merged > 100);
    assert!(format!("{}", merger.stats()).starts_with("pages_shared "));
    merger.stop();
    assert!(arena.stats().bytes_used < before / 2);
    let mut expected = image(&arena, 0..50);
    expected[5] += writes;
    for source in boxes {
        assert!(*source.lock().unwrap() == expected);
    }
    assert!(*cell.load() == expected);
}
