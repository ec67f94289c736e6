//! Parallel iterators agree with those that are not.

use cow_collections::{Arena, CowOrdMap, CowOrdSet};
use rayon::prelude::*;

const LEN: u64 = if cfg!(cow_tiny) { 2_000 } else { 20_000 };

#[test]
fn pairs_come_in_order() {
    let map: CowOrdMap<u64, u64> = (0..LEN).map(|n| (n, 2 * n)).collect();
    let pairs: Vec<_> = map.par_iter().collect();
    assert!(pairs.into_iter().eq(&map));
    assert_eq!(map.par_iter().map(|(_, n)| n).sum::<u64>(), LEN * (LEN - 1));
    let snapshot = map.clone();
    let pairs: Vec<_> = map.into_par_iter().with_max_len(97).collect();
    assert!(pairs.into_iter().eq(snapshot));
}

#[test]
fn what_is_taken_apart_gives_its_chunks_back() {
    let arena = Arena::builder().build();
    let mut map = CowOrdMap::new_in(&arena);
    map.extend((0..LEN / 10).map(|n| (n.to_string(), n)));
    let snapshot = map.clone();
    map.insert(String::new(), 0);
    let count = map.into_par_iter().with_max_len(11).count();
    assert_eq!(count, snapshot.len() + 1);
    snapshot.assert_invariants();
    drop(snapshot);
    assert_eq!(arena.stats().chunks_live(), 0);
}

#[test]
fn collecting_sorts() {
    let map: CowOrdMap<u64, u64> = (0..LEN)
        .into_par_iter()
        .map(|n| (n * 7_919 % LEN, n))
        .collect();
    assert!(map.keys().copied().eq(0..LEN));
    let mut set: CowOrdSet<u64> = (0..LEN).into_par_iter().map(|n| LEN - 1 - n).collect();
    assert!(set.iter().copied().eq(0..LEN));
    set.par_extend((LEN..LEN + 10).into_par_iter());
    assert_eq!(set.par_iter().max(), Some(&(LEN + 9)));
    assert_eq!(
        set.into_par_iter().filter(|n| n % 2 == 0).count() as u64,
        LEN / 2 + 5
    );
}
