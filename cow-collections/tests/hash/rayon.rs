//! Parallel iterators, against the ones that are not.

use std::collections::HashMap;

use cow_collections::{Arena, CowHashMap, CowHashSet};
use rayon::prelude::*;

const LEN: u64 = if cfg!(miri) { 100 } else { 5_000 };

fn numbers(arena: &Arena) -> CowHashMap<u64, String> {
    let mut map = CowHashMap::new_in(arena);
    map.extend((0..LEN).map(|n| (n, n.to_string())));
    map
}

#[test]
fn all_entries_are_reached_once() {
    let arena = Arena::builder().build();
    let mut map = numbers(&arena);
    let snapshot = map.clone();
    let model: HashMap<u64, String> = snapshot.clone().into();

    let lent: HashMap<u64, String> = map.par_iter().map(|(&k, v)| (k, v.clone())).collect();
    assert_eq!(lent, model);
    map.par_iter_mut()
        .for_each(|(key, value)| *value += &key.to_string());
    assert!(
        map.iter()
            .all(|(key, value)| *value == format!("{key}{key}"))
    );
    assert_eq!(
        HashMap::from(snapshot.clone()),
        model,
        "the snapshot is as it was"
    );
    map.assert_invariants();

    // Shared, then not.
    assert_eq!(
        snapshot.clone().into_par_iter().collect::<HashMap<_, _>>(),
        model
    );
    assert_eq!(snapshot.into_par_iter().collect::<HashMap<_, _>>(), model);
    drop(map.into_par_iter());
    assert_eq!(arena.stats().chunks_live(), 0);
}

#[test]
fn maps_and_sets_are_collected_and_extended() {
    let map: CowHashMap<u64, u64> = (0..LEN).into_par_iter().map(|n| (n, n * n)).collect();
    let mut half: CowHashMap<u64, u64> = (0..LEN / 2).map(|n| (n, n * n)).collect();
    half.par_extend((LEN / 2..LEN).into_par_iter().map(|n| (n, n * n)));
    assert_eq!(map, half);
    half.clear();
    half.par_extend(map.par_iter());
    assert_eq!(map, half);

    let set: CowHashSet<u64> = (0..LEN).into_par_iter().collect();
    let mut other: CowHashSet<u64> = CowHashSet::new();
    other.par_extend((0..LEN / 2).into_par_iter());
    other.par_extend(set.par_iter());
    assert_eq!(set, other);
    assert_eq!(set.par_iter().sum::<u64>(), LEN * (LEN - 1) / 2);
    assert_eq!(set.into_par_iter().sum::<u64>(), LEN * (LEN - 1) / 2);
}
