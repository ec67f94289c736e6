//! Arenas with a byte limit: a `try_` call that finds no chunk leaves everything as it was.

use std::collections::HashMap;

use cow_collections::{AllocError, Arena, CowHashMap, CowHashSet, hash_map::Entry};

use crate::{
    ballast::{Ballast, more},
    world::{element::Element, hasher::Spread},
};

/// Above what any call below needs.
const LIMIT: usize = 4 << 20;

type Map<T> = CowHashMap<T, T, Spread>;
type Model<T> = HashMap<T, T>;

/// Runs a call with room for no chunk, for 64 bytes, for 128, and so on until it succeeds: which it
/// must, and must not at first.
fn fails_well<T: Element>(
    spread: Spread,
    len: u16,
    shared: bool,
    call: impl Fn(&mut Map<T>) -> Result<(), AllocError>,
    expected: impl Fn(&mut Model<T>),
) {
    let arena = Arena::builder().byte_limit(LIMIT).build();
    let mut map = Map::with_hasher_in(spread, &arena);
    map.extend((0..len).map(|n| (T::new(n), T::new(n / 2))));
    let snapshot = if shared {
        map.clone()
    } else {
        Map::with_hasher_in(spread, &arena)
    };
    let mut model: Model<T> = map.clone().into();
    let check = |map: &Map<T>| {
        let mut chunks = map.assert_invariants();
        chunks.extend(snapshot.assert_invariants());
        assert_eq!(arena.stats().chunks_live(), chunks.len());
    };
    let mut spare = 0;
    let mut failures = 0;
    loop {
        let ballast = Ballast::new(&arena, LIMIT, spare);
        let outcome = call(&mut map);
        drop(ballast);
        check(&map);
        match outcome {
            Ok(()) => break,
            Err(error) => assert!(matches!(error, AllocError::Limit { .. })),
        }
        assert!(
            Model::from(map.clone()) == model,
            "as it was before the call"
        );
        failures += 1;
        spare = more(spare);
    }
    assert!(failures > 0, "it needed no chunk");
    if shared {
        assert!(
            Model::from(snapshot.clone()) == model,
            "the snapshot is as it was"
        );
    }
    expected(&mut model);
    assert!(Model::from(map.clone()) == model);
    drop((map, snapshot));
    assert_eq!(arena.stats().chunks_live(), 0);
}

/// The calls that can fail, for one type of keys and values.
fn calls_fail_well<T: Element>(len: u16, bucket: u16) {
    let new = || T::new(60_001);
    for spread in [Spread::Even(2), Spread::Constant] {
        // A poor hash makes a bucket that is larger than others.
        let len = if spread.is_poor() {
            2 * bucket + 2
        } else {
            len
        };
        fails_well::<T>(
            spread,
            len,
            true,
            |map| {
                map.try_get_mut(&T::new(5))?
                    .map(|to| *to = new())
                    .map_or(Ok(()), Ok)
            },
            |map| drop(map.insert(T::new(5), new())),
        );
        fails_well::<T>(
            spread,
            len,
            true,
            |map| map.try_insert(new(), new()).map(drop),
            |map| drop(map.insert(new(), new())),
        );
        fails_well::<T>(
            spread,
            len,
            true,
            |map| map.try_insert(T::new(3), new()).map(drop),
            |map| drop(map.insert(T::new(3), new())),
        );
        fails_well::<T>(
            spread,
            len,
            true,
            |map| map.try_remove(&T::new(5)).map(drop),
            |map| drop(map.remove(&T::new(5))),
        );
        fails_well::<T>(
            spread,
            len,
            true,
            |map| match map.entry(new()) {
                Entry::Vacant(entry) => entry.try_insert(T::new(1)).map(drop),
                Entry::Occupied(_) => panic!("it is not there"),
            },
            |map| drop(map.insert(new(), T::new(1))),
        );
        for shared in [false, true] {
            let more = || (0..3 * bucket).map(|n| (T::new(50_000 + n), T::new(n)));
            fails_well::<T>(
                spread,
                len,
                shared,
                |map| map.try_extend(more()),
                |map| map.extend(more()),
            );
        }
    }
    // Every length at which a bucket may be full.
    for len in 0..2 * bucket {
        let arena = Arena::builder().byte_limit(LIMIT).build();
        let mut map = Map::with_hasher_in(Spread::Constant, &arena);
        map.extend((0..len).map(|n| (T::new(n), T::new(n))));
        let ballast = Ballast::new(&arena, LIMIT, 0);
        let done = map.try_insert(new(), new()).is_ok();
        drop(ballast);
        assert_eq!(map.len(), usize::from(len) + usize::from(done));
        map.assert_invariants();
    }
}

#[test]
fn calls_on_words_fail_well() {
    calls_fail_well::<u64>(if cfg!(miri) { 70 } else { 500 }, 60);
}

#[test]
#[cfg_attr(miri, ignore = "much the same as words")]
fn calls_on_strings_fail_well() {
    calls_fail_well::<String>(200, 20);
}

#[test]
fn sets_fail_well() {
    let arena = Arena::builder().byte_limit(64).build();
    let mut set = CowHashSet::with_hasher_in(Spread::Even(1), &arena);
    assert_eq!(set.try_insert([0_u8; 40]), Ok(true));
    assert!(set.try_insert([1_u8; 40]).is_err());
    let snapshot = set.clone();
    assert!(
        set.try_remove(&[0; 40]).is_err(),
        "shared: no room for a copy"
    );
    drop(snapshot);
    assert_eq!(set.try_remove(&[0; 40]), Ok(true));
}
