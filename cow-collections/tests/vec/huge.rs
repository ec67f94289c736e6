//! Vectors whose first values lie in huge chunks: what they copy, split and join.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use cow_collections::{Arena, Collection, CowVec, PagePolicy, SnapshotRegistry};
use cow_core::Huge;

const CHUNK: usize = Huge::<u32>::CAPACITY;
const PAGE: usize = Huge::<u32>::PAGE;
const PAGE_BYTES: u64 = (PAGE * size_of::<u32>()) as u64;

fn numbers(len: usize) -> Vec<u32> {
    (0..u32::try_from(len).unwrap()).collect()
}

fn arena() -> Arena {
    Arena::builder()
        .page_policy(PagePolicy::Transparent)
        .build()
}

fn loaded(arena: &Arena, len: usize) -> CowVec<u32> {
    let mut vec = CowVec::new_in(arena);
    vec.extend_from_slice(&numbers(len));
    vec
}

/// Numbers that look random.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap() % end.max(1)
    }
}

#[test]
fn a_bulk_load_lies_in_huge_chunks_where_the_policy_says_so() {
    let len = 2 * CHUNK + PAGE / 2;
    for (policy, expected) in [
        (None, 0),
        (Some(PagePolicy::Base), 0),
        (Some(PagePolicy::Transparent), 2 * CHUNK),
        (Some(PagePolicy::Huge), 2 * CHUNK),
    ] {
        let builder = Arena::builder();
        let arena = match policy {
            Some(policy) => builder.page_policy(policy).build(),
            None => builder.build(),
        };
        let vec = loaded(&arena, len);
        assert_eq!(vec.huge_len(), expected, "{policy:?}");
        assert_eq!(vec.split_pages(), 0);
        assert!(vec == numbers(len));
        vec.assert_invariants();
    }
    let global: CowVec<u32> = numbers(len).into();
    assert_eq!(global.huge_len(), 0);

    // Exactly as many as fill chunks; and one fewer.
    let arena = arena();
    for len in [CHUNK, 2 * CHUNK] {
        let mut vec = loaded(&arena, len);
        assert_eq!(vec.huge_len(), len);
        vec.push(1);
        assert_eq!((vec.huge_len(), vec.pop()), (len, Some(1)));
        assert!(vec == numbers(len));
        vec.assert_invariants();
        let mut vec = loaded(&arena, len - 1);
        assert_eq!(vec.huge_len(), len - CHUNK);
        vec.push(1);
        assert_eq!(vec.huge_len(), len - CHUNK);
        assert_eq!((vec.collapse(), vec.huge_len()), (1, len));
        vec.assert_invariants();
    }
}

#[test]
fn pushes_fill_huge_chunks_under_the_policy_for_that() {
    for (policy, expected) in [(PagePolicy::Transparent, 0), (PagePolicy::Huge, CHUNK)] {
        let arena = Arena::builder().page_policy(policy).build();
        let mut vec = CowVec::new_in(&arena);
        numbers(2 * CHUNK + PAGE + 1)
            .into_iter()
            .for_each(|n| vec.push(n));
        assert_eq!(vec.huge_len(), expected, "{policy:?}");
        assert!(vec == numbers(2 * CHUNK + PAGE + 1));
        vec.assert_invariants();
    }
}

#[test]
fn pushes_and_pops_about_the_end_of_a_chunk_join_and_demote_once() {
    for policy in [PagePolicy::Transparent, PagePolicy::Huge] {
        let arena = Arena::builder().page_policy(policy).build();
        let mut vec = loaded(&arena, 2 * CHUNK + 1);
        let joined = arena.stats().thp_collapse;
        assert_eq!((joined, vec.huge_len()), (2, 2 * CHUNK));
        for _ in 0..10 {
            for _ in 0..PAGE + 2 {
                vec.pop();
            }
            assert_eq!(vec.huge_len(), CHUNK);
            vec.extend(numbers(PAGE + 2));
        }
        assert_eq!(arena.stats().thp_collapse, joined);
    }
}

#[cfg(feature = "plain")]
#[test]
fn streams_pass_on_huge_chunks_and_are_loaded_into_such() {
    let arena = arena();
    let len = 2 * CHUNK + PAGE + 1;
    let mut vec = loaded(&arena, len);
    let mut model = numbers(len);
    let snapshot = vec.clone();
    vec[CHUNK + 1] = 0;
    model[CHUNK + 1] = 0;
    assert_eq!(vec.split_pages(), 1);
    let mut saved = Vec::new();
    vec.into_chunks().write_to(&mut saved).unwrap();
    let loaded = CowVec::<u32>::read_from_in(&arena, &saved[..]).unwrap();
    assert!(loaded == model);
    assert_eq!(loaded.huge_len(), 2 * CHUNK);
    assert!(snapshot == numbers(len));
    drop((loaded, snapshot));
    assert_eq!(arena.stats().chunks_live(), 0);
}

#[test]
fn values_are_taken_from_both_ends_of_huge_chunks() {
    let arena = arena();
    let len = 2 * CHUNK + PAGE + 1;
    let model = numbers(len);
    let vec = loaded(&arena, len);
    let snapshot = vec.clone();
    // Of a vector that somebody shares, and of one that nobody does.
    let taken: Vec<u32> = snapshot.clone().into_iter().rev().collect();
    assert!(taken.iter().rev().copied().eq(numbers(len)));
    drop(snapshot);
    let mut values = vec.into_iter();
    assert_eq!(values.nth(CHUNK - 1), Some(model[CHUNK - 1]));
    assert_eq!(values.nth_back(CHUNK), Some(model[len - 1 - CHUNK]));
    assert!(values.eq(model[CHUNK..len - 1 - CHUNK].iter().copied()));
    assert_eq!(arena.stats().chunks_live(), 0);
}

#[test]
fn values_that_do_not_fit_stay_in_leaves() {
    fn load<T: Clone>(value: T) -> CowVec<T> {
        let mut vec = CowVec::new_in(&Arena::builder().page_policy(PagePolicy::Huge).build());
        vec.resize(if cfg!(miri) { 100 } else { 100_000 }, value);
        assert_eq!(vec.collapse(), 0);
        vec
    }
    assert_eq!(load(String::new()).huge_len(), 0);
    assert_eq!(load([0_u8; 3]).huge_len(), 0);
    assert_eq!(load(()).huge_len(), 0);
}

#[test]
fn a_write_after_a_snapshot_copies_a_page_and_its_nodes() {
    let arena = arena();
    let mut vec = loaded(&arena, 3 * CHUNK + 1);
    let collapses = arena.stats().thp_collapse;
    let snapshot = vec.clone();
    let before = arena.stats();
    vec[CHUNK + 5] = 0;
    let after = arena.stats();
    assert_eq!(after.thp_split - before.thp_split, 1);
    // The body, a node to the chunks, the chunk's head, and the page.
    assert!(after.copies - before.copies <= 4);
    assert!(after.bytes_copied - before.bytes_copied <= PAGE_BYTES + 64 + 512 + 256);
    vec[CHUNK + 6] = 0;
    assert_eq!(arena.stats().copies, after.copies);
    // A chunk that is written whole is not split.
    vec.write(2 * CHUNK, &vec![7; CHUNK]);
    assert_eq!(arena.stats().thp_split, after.thp_split);
    assert_eq!(arena.stats().bytes_copied, after.bytes_copied);
    assert_eq!(vec.split_pages(), 1);
    assert!(snapshot == numbers(3 * CHUNK + 1));
    // Both read what lies on both sides of the page from the same memory.
    assert_eq!(vec.diff(&snapshot).edits().len(), 2);
    drop(snapshot);
    assert_eq!(vec.collapse(), 1);
    assert_eq!(arena.stats().thp_collapse, collapses + 1);
    assert_eq!(vec.chunks().count(), 4);
}

#[test]
fn huge_memory_goes_with_its_last_reader() {
    let arena = arena();
    let mut vec = loaded(&arena, CHUNK + 1);
    let whole = arena.stats().bytes_used;
    let snapshot = vec.clone();
    for page in 0..CHUNK / PAGE {
        vec[page * PAGE] = 1;
    }
    assert!(arena.stats().bytes_used > 2 * CHUNK * size_of::<u32>());
    drop(snapshot);
    // The pages are all there is.
    assert!(arena.stats().bytes_used < whole + whole / 4);
    assert_eq!(vec.collapse(), 1);
    assert_eq!(arena.stats().bytes_used, whole);
}

#[test]
fn collapsing_joins_exclusive_leaves_in_any_arena() {
    let arena = Arena::builder().build();
    let mut vec = loaded(&arena, 2 * CHUNK + 3 * PAGE + 1);
    assert_eq!(vec.huge_len(), 0);
    let snapshot = vec.clone();
    assert_eq!(vec.collapse(), 0, "leaves that others share stay");
    drop(snapshot);
    assert_eq!(vec.collapse(), 2);
    assert_eq!(arena.stats().thp_collapse, 2);
    assert_eq!((vec.huge_len(), vec.collapse()), (2 * CHUNK, 0));
    vec.assert_invariants();
    assert!(vec == numbers(2 * CHUNK + 3 * PAGE + 1));
}

#[test]
fn a_change_of_length_inside_demotes_what_is_behind() {
    let arena = arena();
    let len = 3 * CHUNK + 5;
    let whole = loaded(&arena, len);
    let mut model = numbers(len);
    let mut vec = whole.clone();
    vec.insert(CHUNK + 7, 0);
    model.insert(CHUNK + 7, 0);
    assert_eq!(vec.huge_len(), CHUNK);
    assert!(vec == model);
    assert_eq!(vec.remove(1), model.remove(1));
    assert_eq!(vec.huge_len(), 0);
    assert!(vec == model);

    // At the borders of chunks nothing is.
    let mut front = whole.clone();
    let back = front.split_off(CHUNK);
    assert_eq!((front.huge_len(), back.huge_len()), (CHUNK, 2 * CHUNK));
    assert!(back == numbers(len)[CHUNK..]);
    front.append(&mut back.clone());
    assert_eq!(front.huge_len(), 3 * CHUNK);
    assert!(front == whole);
    front.truncate(CHUNK);
    assert_eq!((front.len(), front.huge_len()), (CHUNK, CHUNK));
    front.truncate(CHUNK - 1);
    assert_eq!((front.len(), front.huge_len()), (CHUNK - 1, 0));
    let mut popped = whole.clone();
    popped.truncate(2 * CHUNK);
    assert_eq!(popped.pop(), numbers(2 * CHUNK).pop());
    assert_eq!(popped.huge_len(), CHUNK);
    for vec in [&front, &back, &popped, &whole] {
        vec.assert_invariants();
    }
    assert!(whole == numbers(len));
}

#[test]
fn versions_agree_with_vectors() {
    let mut random = Random(21);
    for len in [CHUNK, 2 * CHUNK + PAGE / 2] {
        let arena = arena();
        let mut versions = vec![(loaded(&arena, len), numbers(len))];
        for step in 0..if cfg!(miri) { 10 } else { 60 } {
            let count = versions.len();
            let (vec, model) = &mut versions[random.below(count)];
            let at = random.below(model.len());
            match step % 7 {
                0 | 1 if count < 8 => {
                    let pair = (vec.snapshot(), model.clone());
                    versions.push(pair);
                }
                2 => {
                    let written = vec![step; random.below(model.len() - at + 1)];
                    vec.write(at, &written);
                    model[at..at + written.len()].copy_from_slice(&written);
                }
                3 => {
                    vec.collapse();
                    assert_eq!(vec.split_pages(), 0);
                }
                4 if step % 3 == 0 => {
                    vec.insert(at, step);
                    model.insert(at, step);
                }
                5 => {
                    for (n, chunk) in vec.chunks_mut().enumerate().filter(|(n, _)| n % 5 == 0) {
                        chunk[0] = u32::try_from(n).unwrap();
                    }
                    *model = vec.to_vec();
                }
                _ => {
                    let old = std::mem::replace(&mut model[at], step);
                    assert_eq!(vec.set(at, step), old);
                }
            }
            for (vec, model) in &versions {
                vec.assert_invariants();
                assert!(*vec == *model);
            }
            let (a, b) = (random.below(versions.len()), random.below(versions.len()));
            let ((a, model_a), (b, model_b)) = (&versions[a], &versions[b]);
            assert_eq!(a == b, model_a == model_b);
            let mut patched = a.clone();
            patched.apply(&b.diff(a)).unwrap();
            assert!(patched == *model_b);
        }
        // What each frees is known before, also by a registry that keeps them.
        let registry = SnapshotRegistry::new();
        for (number, (vec, _)) in versions.drain(4..).enumerate() {
            registry.insert(number.to_string(), vec);
        }
        let names: Vec<String> = registry.list().into_iter().map(|kept| kept.name).collect();
        let foretold = registry.would_free(names.iter().map(|name| &**name));
        let before = arena.stats().bytes_used;
        for name in names {
            let before = arena.stats().bytes_used;
            let freed = registry.release(&name).unwrap();
            assert_eq!(before - arena.stats().bytes_used, freed);
        }
        assert_eq!(before - arena.stats().bytes_used, foretold);
        while !versions.is_empty() {
            let (vec, _) = versions.swap_remove(random.below(versions.len()));
            let foretold = vec.memory().bytes_exclusive;
            let before = arena.stats().bytes_used;
            let mut rest = vec.into_drop_steps();
            while !rest.drop_step(1) {}
            drop(rest);
            assert_eq!(before - arena.stats().bytes_used, foretold);
        }
        assert_eq!(arena.stats().chunks_live(), 0);
    }
}

#[test]
fn a_full_arena_is_told_and_costs_no_value() {
    let bytes = CHUNK * size_of::<u32>();
    let arena = Arena::builder()
        .page_policy(PagePolicy::Huge)
        .byte_limit(4 * bytes)
        .build();
    let vec = loaded(&arena, 2 * CHUNK);
    let mut copy = vec.clone();
    assert!(copy.try_write(0, &vec![1; 2 * CHUNK]).is_err());
    assert!(copy.try_insert(0, 1).is_err());
    assert!(copy.try_remove(2).is_err());
    assert!(copy.try_split_off(PAGE + 1).is_err());
    assert!(vec == numbers(2 * CHUNK));
    drop((vec, copy));
    assert_eq!(arena.stats().bytes_used, 0);
    // Leaves for which there is no huge chunk stay leaves.
    let mut vec = loaded(&arena, CHUNK);
    vec.extend_from_slice(&numbers(CHUNK + CHUNK / 2));
    assert!(vec.try_extend_from_slice(&numbers(2 * CHUNK)).is_err());
    assert_eq!(vec.len(), 2 * CHUNK + CHUNK / 2);
    vec.assert_invariants();
}

thread_local! {
    /// Clones that are left before one panics.
    static CLONES: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// Plain, and yet its clones may panic.
#[derive(Debug, PartialEq)]
struct Shy(u32);

impl Clone for Shy {
    fn clone(&self) -> Self {
        CLONES.set(CLONES.get().checked_sub(1).expect("a clone was asked for"));
        Self(self.0)
    }
}

#[test]
fn a_panic_in_a_clone_leaves_all_values_there() {
    let arena = arena();
    let len = u32::try_from(2 * CHUNK + 1).unwrap();
    let mut vec = CowVec::new_in(&arena);
    vec.extend((0..len).map(Shy));
    assert_eq!(vec.huge_len(), 2 * CHUNK);
    let snapshot = vec.clone();
    let calls: [fn(&mut CowVec<Shy>); 5] = [
        |vec| vec[PAGE] = Shy(0),
        |vec| vec.insert(CHUNK + 1, Shy(0)),
        |vec| assert_eq!(vec.remove(3), Shy(3)),
        |vec| vec.retain(|value| value.0 % 2 == 0),
        |vec| vec.write(0, &[const { Shy(1) }; PAGE]),
    ];
    for call in calls {
        for clones in [0, 1, PAGE + 1, CHUNK] {
            let mut fork = vec.clone();
            CLONES.set(clones);
            let result = catch_unwind(AssertUnwindSafe(|| call(&mut fork)));
            CLONES.set(usize::MAX);
            fork.assert_invariants();
            if result.is_err() {
                assert!(fork.len() == vec.len());
            }
        }
    }
    // Into chunks of its own, too.
    let mut fork = vec.clone();
    fork[5] = Shy(1);
    CLONES.set(CHUNK / 2);
    let result = catch_unwind(AssertUnwindSafe(|| fork.collapse()));
    CLONES.set(usize::MAX);
    assert!(result.is_err() && fork.split_pages() == 1);
    assert_eq!(fork[5], Shy(1));
    fork[5] = Shy(5);
    assert!(fork == snapshot && vec == snapshot);
}

#[test]
fn versions_are_written_and_dropped_on_several_threads() {
    let arena = arena();
    let len = 2 * CHUNK + 1;
    let base = loaded(&arena, len);
    thread::scope(|scope| {
        for number in 0..4 {
            let mut fork = base.clone();
            scope.spawn(move || {
                for page in 0..len / PAGE / if cfg!(miri) { 8 } else { 1 } {
                    fork[page * PAGE + 1 + number] = u32::MAX;
                    if page % 16 == number {
                        let kept = fork.clone();
                        fork[page * PAGE] = 7;
                        assert_ne!(kept[page * PAGE], 7);
                    }
                }
                fork.collapse();
                assert_eq!(fork[1 + number], u32::MAX);
            });
        }
    });
    assert!(base == numbers(len));
    drop(base);
    assert_eq!(arena.stats().chunks_live(), 0);
}
