//! Ordered maps: what is particular to leaves that are found by key.

use cow_collections::{Arena, CowOrdMap, Merger};

use super::scan;
use crate::history::{Random, SLOW};

const MANY: u32 = if SLOW { 400 } else { 4000 };

fn map(arena: &Arena, keys: impl IntoIterator<Item = u32>) -> CowOrdMap<u32, u32> {
    let mut map = CowOrdMap::new_in(arena);
    map.extend(keys.into_iter().map(|key| (key, key / 3)));
    map
}

#[test]
fn clones_are_one_version_after() {
    let arena = Arena::builder().build();
    let mut all = vec![map(&arena, 0..MANY), map(&arena, 0..MANY)];
    (0..5).for_each(|_| all.push(all[1].clone()));
    scan(&mut Merger::new(), &mut all, usize::MAX);
    assert!(all[2..].iter().all(|clone| clone.ptr_eq(&all[1])));
    assert!(!all[0].ptr_eq(&all[1]));
    all.iter().for_each(|map| drop(map.assert_invariants()));
}

#[test]
fn equal_maps_of_another_shape_are_rebased_as_a_whole() {
    let arena = Arena::builder().build();
    let onto = map(&arena, 0..MANY);
    let random = &mut Random(4);
    let mut keys: Vec<_> = (0..MANY).collect();
    for i in 0..keys.len() {
        keys.swap(i, random.below(i + 1));
    }
    let mut shuffled = CowOrdMap::new_in(&arena);
    for key in keys {
        shuffled.insert(key, key / 3);
    }
    let leaves = shuffled.chunks().count();
    assert_eq!(shuffled.rebase(&onto), leaves);
    assert!(shuffled.ptr_eq(&onto));
}

#[test]
fn what_lies_behind_an_insertion_is_found_by_its_keys() {
    let arena = Arena::builder().build();
    let onto = map(&arena, 1..MANY);
    let mut new = map(&arena, 1..MANY);
    new.insert(0, 0);
    let leaves = new.chunks().count();
    // The first leaf is split.
    assert!(new.rebase(&onto) >= leaves - 2);
    assert_eq!(new.len(), MANY as usize);
    assert_eq!(new.diff(&onto).len(), 1);
    new.assert_invariants();
}

#[test]
fn values_that_differ_by_a_bit_stay_apart() {
    let arena = Arena::builder().build();
    let mut all = [0.0, -0.0].map(|zero: f64| {
        let mut map = CowOrdMap::new_in(&arena);
        map.extend((0..MANY).map(|n| (n, if n == 7 { zero } else { f64::from(n) })));
        map
    });
    let leaves = u64::try_from(all[0].chunks().count()).unwrap();
    let mut merger = Merger::new();
    scan(&mut merger, &mut all, usize::MAX);
    assert_eq!(merger.stats().pages_merged, leaves - 1);
    assert_eq!(all.map(|map| map[&7].is_sign_negative()), [false, true]);
}

#[test]
fn keys_and_values_do_not_flow_into_each_other() {
    let arena = Arena::builder().build();
    // The same bytes in a row: one entry more or less, other borders between keys and values.
    let mut all = [vec![(1, 2), (3, 4)], vec![(1, 3), (2, 4)], vec![(1, 2)]].map(|entries| {
        let mut map: CowOrdMap<u32, u32> = CowOrdMap::new_in(&arena);
        map.extend(entries);
        map
    });
    let mut merger = Merger::new();
    scan(&mut merger, &mut all, usize::MAX);
    assert_eq!(merger.stats().pages_merged, 0);
    assert_eq!(merger.stats().pages_unshared, 3);
}
