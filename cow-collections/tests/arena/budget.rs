//! What a drop frees is known before.

use std::{
    sync::{Arc, Mutex},
    thread,
};

use cow_collections::{Arena, CowVec, PagePolicy, SnapshotRegistry};

use crate::history::{Random, SLOW, versions};

/// Drops versions one by one, and some together, and compares with what was foretold.
fn foretells<T: Clone + Send + Sync + 'static>(value: impl Fn(u64) -> T + Copy) {
    let rounds = if SLOW { 1 } else { 8 };
    for seed in 1..=rounds {
        let random = &mut Random(seed * 0x9e37_79b9);
        // Under `Huge`, and with chunks that are small, some of the values lie in huge ones.
        let policy = [PagePolicy::Huge, PagePolicy::Base][usize::from(seed % 2 == 1)];
        let arena = Arena::builder().page_policy(policy).build();
        let used = || arena.stats().bytes_used;
        let versions = versions(&arena, random, 20, value);
        let registry = SnapshotRegistry::new();
        for (number, version) in versions.into_iter().enumerate() {
            assert!(registry.insert(number.to_string(), version));
        }
        while !registry.is_empty() {
            let list = registry.list();
            assert_eq!(list.len(), registry.len());
            assert!(list.is_sorted_by(|a, b| a.memory.bytes_exclusive >= b.memory.bytes_exclusive));
            let chosen: Vec<_> = (0..=random.below(3))
                .map(|_| &*list[random.below(list.len())].name)
                .collect();
            let foretold = registry.would_free(chosen.iter().copied());
            let all_before = used();
            let pinned = list.iter().find(|pinned| pinned.name == chosen[0]).unwrap();
            assert_eq!(
                registry.would_free([chosen[0]]),
                pinned.memory.bytes_exclusive
            );
            for name in chosen {
                let before = used();
                let released = registry.release(name);
                assert_eq!(released.unwrap_or(0), before - used());
            }
            assert_eq!(all_before - used(), foretold);
        }
        assert_eq!(used(), 0);
    }
}

#[test]
fn what_any_set_of_versions_frees_is_known() {
    foretells(|n| n);
    foretells(|n| n.to_string());
}

#[test]
fn memory_counts_every_chunk_once() {
    let arena = Arena::builder().build();
    for version in versions(&arena, &mut Random(7), if SLOW { 5 } else { 30 }, |n| n) {
        let alone = Arena::builder().build();
        let mut copy = CowVec::new_in(&alone);
        copy.extend(version.iter().copied());
        copy.append(&mut copy.clone());
        let memory = copy.memory();
        assert_eq!(memory.bytes_exclusive, alone.stats().bytes_used);
        assert_eq!(memory.chunks_exclusive, alone.stats().chunks_live());
        assert_eq!(memory.bytes_shared, 0);
        let snapshot = copy.clone();
        assert_eq!(snapshot.memory().bytes_shared, memory.bytes_exclusive);
        assert_eq!(snapshot.memory().bytes_exclusive, 0);
    }
}

#[test]
fn a_registry_gives_back_what_it_was_given() {
    let registry = SnapshotRegistry::new();
    let words: CowVec<String> = ["a", "b"].map(String::from).into();
    assert!(registry.insert("words", words.clone()));
    assert!(registry.insert("numbers", CowVec::from([1, 2, 3])));
    assert_eq!(registry.get("words"), Some(words));
    assert_eq!(registry.get::<CowVec<u8>>("words"), None);
    assert_eq!(registry.get::<CowVec<String>>("nothing"), None);
    assert!(!registry.insert("numbers", CowVec::from([4])));
    assert_eq!(registry.get("numbers"), Some(CowVec::from([4])));
    assert_eq!(format!("{registry:?}"), r#"{"words", "numbers"}"#);
    assert_eq!(registry.would_free(["nothing"]), 0);
    assert_eq!(registry.release("nothing"), None);
    assert!(registry.release_until(usize::MAX) > 0);
    assert!(registry.is_empty());
}

#[test]
fn what_pins_most_goes_first() {
    let registry = SnapshotRegistry::new();
    let many = if SLOW { 100 } else { 10_000 };
    for (name, len) in [("small", 10), ("large", many), ("middle", many / 3)] {
        registry.insert(name, (0..len).collect::<CowVec<usize>>());
    }
    let twin = (0..2 * many).collect::<CowVec<usize>>();
    registry.insert("twin", twin.clone());
    registry.insert("other twin", twin);
    let freed = registry.release_until(many * size_of::<usize>());
    assert!(freed >= many * size_of::<usize>());
    let names: Vec<_> = registry.list().into_iter().map(|p| p.name).collect();
    assert_eq!(names, ["middle", "small", "twin", "other twin"]);
    registry.release_until(many);
    registry.release_until(1);
    let names: Vec<_> = registry.list().into_iter().map(|p| p.name).collect();
    assert_eq!(names, ["twin", "other twin"]);
    // Neither frees anything alone: the older one goes, and then the other one is worth something.
    registry.release_until(1);
    assert!(registry.is_empty());
}

#[test]
fn a_writer_goes_on_while_its_history_makes_room() {
    let history = Arc::new(SnapshotRegistry::new());
    let victims = Arc::clone(&history);
    let told = Arc::new(Mutex::new(0));
    let count = Arc::clone(&told);
    let page = if cfg!(cow_tiny) { 64 } else { 4096 };
    let arena = Arena::builder()
        .byte_limit(60 * page)
        .soft_mark(40 * page)
        .on_pressure(move |_| {
            *count.lock().unwrap() += 1;
            victims.release_until(10 * page);
        })
        .build();
    let mut state = CowVec::new_in(&arena);
    let per_page = page / size_of::<usize>();
    state.extend(0..10 * per_page);
    for version in 0..200 {
        history.insert(version.to_string(), state.snapshot());
        for place in 0..3 {
            let value = state.try_get_mut((version * 7 + place * 3) % 10 * per_page);
            *value.expect("room is made").expect("in bounds") += 1;
        }
    }
    assert!(*told.lock().unwrap() > 10);
    assert!((1..20).contains(&history.len()));
    assert_eq!(
        state.iter().sum::<usize>(),
        (0..10 * per_page).sum::<usize>() + 600
    );
}

#[test]
fn readers_of_a_registry_and_its_writer_do_not_meet() {
    let registry = SnapshotRegistry::new();
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut state: CowVec<usize> = (0..500).collect();
            for version in 0..if SLOW { 10 } else { 300 } {
                state[version % 500] += 1;
                registry.insert((version % 5).to_string(), state.snapshot());
            }
        });
        for _ in 0..if SLOW { 5 } else { 100 } {
            for pinned in registry.list() {
                if let Some(version) = registry.get::<CowVec<usize>>(&pinned.name) {
                    assert!(version.iter().sum::<usize>() > 500 * 499 / 2);
                }
            }
            registry.release_until(1);
        }
    });
}
