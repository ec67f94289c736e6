//! `diff`, `apply`, `==` and the maps made of two, against brute force.

use std::collections::BTreeMap;
#[cfg(not(miri))]
use std::collections::HashMap;

use cow_collections::{Change, CowHashMap, MapDiff};
use quickcheck::QuickCheck;
#[cfg(not(miri))]
use quickcheck::quickcheck;

use crate::world::hasher::Spread;

type Map = CowHashMap<u16, u8, Spread>;
type Model = BTreeMap<u16, u8>;

fn brute_force(new: &Map, old: &Map) -> BTreeMap<u16, Change<u16, u8>> {
    let (new, old): (Model, Model) = (
        new.clone().into_iter().collect(),
        old.clone().into_iter().collect(),
    );
    let mut changes = BTreeMap::new();
    for (&key, &value) in &new {
        match old.get(&key) {
            None => drop(changes.insert(key, Change::Added { key, value })),
            Some(&old) if old != value => {
                changes.insert(
                    key,
                    Change::Updated {
                        key,
                        old,
                        new: value,
                    },
                );
            }
            Some(_) => {}
        }
    }
    for (&key, &value) in &old {
        if !new.contains_key(&key) {
            changes.insert(key, Change::Removed { key, value });
        }
    }
    changes
}

fn by_key(diff: MapDiff<u16, u8>) -> BTreeMap<u16, Change<u16, u8>> {
    let len = diff.len();
    let changes: BTreeMap<_, _> = diff
        .into_changes()
        .into_iter()
        .map(|change| (*change.key(), change))
        .collect();
    assert_eq!(changes.len(), len, "a change for each key");
    changes
}

fn check(new: &Map, old: &Map) {
    let diff = new.diff(old);
    let expected = brute_force(new, old);
    assert_eq!(diff.is_empty(), expected.is_empty());
    assert_eq!(new == old, expected.is_empty());
    let mut patched = old.clone();
    patched.apply(&diff).expect("it fits");
    assert!(patched == *new);
    patched.assert_invariants();
    assert_eq!(by_key(diff), expected);
    let changed: Vec<u16> = old.symmetric_difference(new).into_keys().collect();
    let added_or_removed = expected
        .values()
        .filter(|change| !matches!(change, Change::Updated { .. }));
    assert_eq!(changed.len(), added_or_removed.count());
}

/// Versions of one map, edited on either side.
#[test]
fn of_two_versions_is_what_brute_force_finds() {
    fn run(
        base: Vec<(u16, u8)>,
        here: Vec<(u16, u8)>,
        there: Vec<(u16, u8)>,
        spread: Spread,
        many: u8,
    ) {
        let keys = 40 * (u16::from(many) + 1);
        let mut old = Map::with_hasher(spread);
        if !spread.is_poor() {
            old.extend((0..keys / 4).map(|n| (n * 3, 1)));
        }
        old.extend(base);
        let mut new = old.clone();
        let edit = |map: &mut Map, edits: Vec<(u16, u8)>| {
            for (key, value) in edits {
                if value % 3 == 0 {
                    map.remove(&(key % keys));
                } else {
                    map.insert(key % keys, value);
                }
            }
        };
        edit(&mut new, here);
        check(&new, &old);
        check(&old, &new);
        edit(&mut old, there);
        check(&new, &old);
        // Of other shapes, though of one family.
        new.retain(|key, _| key % 16 == 0);
        check(&new, &old);
        check(&old, &new);
        old.clear();
        check(&old, &new);
        check(&new, &old);
    }
    type Edits = Vec<(u16, u8)>;
    let tests = if cfg!(miri) {
        3
    } else if cfg!(cow_heap) {
        40
    } else {
        150
    };
    QuickCheck::new()
        .tests(tests)
        .quickcheck(run as fn(Edits, Edits, Edits, Spread, u8));
}

#[cfg(not(miri))]
quickcheck! {
    fn of_strangers_is_what_brute_force_finds(a: HashMap<u16, u8>, b: HashMap<u16, u8>, spread: Spread) -> bool {
        let mut here = Map::with_hasher(Spread::Even(1));
        here.extend(a);
        let mut there = Map::with_hasher(spread);
        there.extend(b);
        check(&here, &there);
        true
    }

    fn arbitrary_maps_shrink_to_smaller_ones(map: HashMap<u16, u8>) -> bool {
        let cow: CowHashMap<u16, u8> = map.clone().into();
        HashMap::from(cow) == map
    }
}

#[test]
fn maps_without_a_state_in_their_hasher_are_compared_by_subtree() {
    use std::hash::{BuildHasherDefault, DefaultHasher};
    type Fixed = BuildHasherDefault<DefaultHasher>;
    let len = if cfg!(miri) { 60 } else { 500 };
    let a: CowHashMap<u16, u16, Fixed> = (0..len).map(|n| (n, n)).collect();
    let mut b: CowHashMap<u16, u16, Fixed> = (0..len).rev().map(|n| (n, n)).collect();
    assert!(a == b);
    b.insert(7, 8);
    b.remove(&9);
    assert_eq!(a.diff(&b).len(), 2);
}

#[test]
fn a_diff_that_does_not_fit_changes_nothing() {
    let old = CowHashMap::from([(1, "a"), (2, "b"), (3, "c")]);
    let mut new = old.clone();
    new.insert(1, "A");
    new.remove(&2);
    new.insert(4, "d");
    let diff = new.diff(&old);
    let spoilers: [fn(&mut CowHashMap<i32, &str>); 4] = [
        |map| assert!(map.insert(1, "x").is_some()),
        |map| assert!(map.remove(&1).is_some()),
        |map| assert!(map.insert(2, "x").is_some()),
        |map| assert!(map.insert(4, "x").is_none()),
    ];
    for spoil in spoilers {
        let mut other = old.clone();
        spoil(&mut other);
        let before = other.clone();
        let error = other.apply(&diff).unwrap_err();
        assert!(error.change < diff.len());
        assert!(
            error
                .to_string()
                .contains("another value than the map holds")
        );
        assert!(other.ptr_eq(&before));
    }
    let mut other = old.clone();
    other.insert(5, "e");
    other.apply(&diff).expect("other keys do not matter");
    assert_eq!(other.len(), 4);
}

/// The changes are found without a look at what both versions share.
#[test]
fn equality_and_diff_pass_over_shared_chunks() {
    use std::cell::Cell;
    thread_local! {
        static LOOKS: Cell<usize> = const { Cell::new(0) };
    }
    #[derive(Clone, Debug)]
    struct Watched(u64);
    impl PartialEq for Watched {
        fn eq(&self, other: &Self) -> bool {
            LOOKS.set(LOOKS.get() + 1);
            self.0 == other.0
        }
    }
    const LEN: u64 = if cfg!(miri) { 80 } else { 20_000 };
    let old: CowHashMap<u64, Watched> = (0..LEN).map(|n| (n, Watched(n))).collect();
    let mut new = old.clone();
    assert!(new == old && new.diff(&old).is_empty());
    assert_eq!(LOOKS.get(), 0);
    new.insert(3, Watched(4));
    assert_eq!(new.diff(&old).len(), 1);
    assert!(new != old);
    assert!(
        (1..=200).contains(&LOOKS.get()),
        "{} comparisons",
        LOOKS.get()
    );
}

#[test]
fn every_key_of_two_versions_is_merged_wherever_it_lies() {
    let len = if cfg!(miri) { 100 } else { 2_000 };
    let old: CowHashMap<u32, u32> = (0..len).map(|n| (n, n)).collect();
    let mut new = old.clone();
    new.insert(1, 0);
    new.insert(len, len);
    new.remove(&2);
    // All chunks but those of a few keys are shared, and the sums are due all the same.
    let sum = |n| match n {
        1 => 1,
        2 => 2,
        n if n == len => len,
        n => 2 * n,
    };
    let union = old.union_with(&new, |_, x, y| x + y);
    assert_eq!(union, (0..=len).map(|n| (n, sum(n))).collect());
    let both = old.intersection_with(&new, |_, x, y| x + y);
    let common = (0..len).filter(|&n| n != 2);
    assert_eq!(both, common.map(|n| (n, sum(n))).collect());
    let twice = old.union_with(&old, |_, x, y| x + y);
    assert_eq!(twice, (0..len).map(|n| (n, 2 * n)).collect());
    assert_eq!(old.get(&7), Some(&7), "a snapshot");
    for map in [union, both, twice] {
        map.assert_invariants();
    }
}

#[test]
fn unions_and_intersections_of_versions_copy_what_differs() {
    let arena = cow_collections::Arena::builder().build();
    let mut old = CowHashMap::new_in(&arena);
    old.extend((0..5_000_u32).map(|n| (n, n)));
    let mut new = old.clone();
    new.insert(1, 0);
    new.insert(5_000, 0);
    new.remove(&2);
    let copies = arena.stats().copies;
    let (union, both) = (old.union(&new), old.intersection(&new));
    assert_eq!(union.len(), 5_001);
    assert_eq!((both.len(), both.get(&1)), (4_999, Some(&1)));
    let copied = arena.stats().copies - copies;
    assert!((2..=24).contains(&copied), "{copied} chunks for two paths");
}
