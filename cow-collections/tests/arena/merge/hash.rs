//! Hash maps: a bucket is worth something only where the same hashes lead.

use std::{
    cell::Cell,
    hash::{BuildHasher, Hash, Hasher},
};

use cow_collections::{Arena, CowHashMap, CowHashSet, Merger};

use super::{
    scan,
    subject::{Fixed, HashMap, HashSet},
};
use crate::history::{Random, SLOW};

const MANY: u32 = if SLOW { 300 } else { 3000 };

type Seeded = CowHashMap<u32, u64>;

fn fill<K: Copy + Eq + Hash + From<u16>, S: BuildHasher>(map: &mut CowHashMap<K, u64, S>) {
    for n in 0..u16::try_from(MANY).unwrap() {
        map.insert(n.into(), u64::from(n));
    }
}

fn seeded(arena: &Arena) -> Seeded {
    let mut map = Seeded::new_in(arena);
    fill(&mut map);
    map
}

fn buckets<K, V, S>(map: &CowHashMap<K, V, S>) -> u64 {
    u64::try_from(map.chunks().count()).unwrap()
}

fn is_filled(map: &Seeded) -> bool {
    map.assert_invariants();
    map.len() == MANY as usize && (0..MANY).all(|n| map.get(&n) == Some(&u64::from(n)))
}

#[test]
fn maps_with_different_seeds_share_nothing() {
    let arena = Arena::builder().build();
    let mut all = [seeded(&arena), seeded(&arena)];
    // Single entries have the same tag now and then, with whatever seed.
    let mut small: Vec<_> = (0..2000)
        .map(|_| {
            let mut map = Seeded::new_in(&arena);
            map.insert(1, 1);
            map
        })
        .collect();
    let mut merger = Merger::new();
    scan(&mut merger, &mut all, usize::MAX);
    assert_eq!(merger.stats().pages_merged, 0);
    assert_eq!(
        merger.stats().pages_unshared,
        buckets(&all[0]) + buckets(&all[1])
    );
    assert!(all.iter().all(is_filled));
    let mut merger = Merger::new();
    scan(&mut merger, &mut small, usize::MAX);
    assert_eq!(merger.stats().pages_merged, 0);
}

#[test]
fn maps_of_one_seed_share_and_are_found_by_their_hashes() {
    let arena = Arena::builder().build();
    let first = seeded(&arena);
    let mut all = vec![first.clone(), first.clone(), seeded(&arena)];
    for map in &mut all[1..] {
        map.clear();
        fill(map);
    }
    let mut merger = Merger::new();
    scan(&mut merger, &mut all, 7);
    // Of the first two, which hash alike.
    assert_eq!(merger.stats().pages_merged, buckets(&first));
    all.push(first);
    assert!(all.iter().all(is_filled));
    for (i, map) in all.iter_mut().enumerate() {
        map.insert(MANY, i as u64);
        assert_eq!(map.remove(&3), Some(3));
        map.assert_invariants();
    }
    assert!(
        all.iter()
            .enumerate()
            .all(|(i, map)| map[&MANY] == i as u64)
    );
}

#[test]
fn a_map_with_another_seed_takes_over_that_of_the_one_it_is_rebased_on() {
    let arena = Arena::builder().build();
    let onto = seeded(&arena);
    let mut new = seeded(&arena);
    new.insert(1, 70);
    new.insert(MANY, 5);
    new.remove(&2);
    assert!(new.rebase(&onto) + 9 > onto.chunks().count());
    new.assert_invariants();
    assert_eq!(new.diff(&onto).changes().len(), 3);
    new.insert(1, 1);
    new.insert(2, 2);
    new.remove(&MANY);
    assert!(new.rebase(&onto) < 9, "what is shared is not given up");
    assert!(new.ptr_eq(&onto) && is_filled(&new));

    // An order of its own, and a history: the entries are the same.
    let mut shuffled = Seeded::new_in(&arena);
    let random = &mut Random(6);
    for _ in 0..2 * MANY {
        let key = u32::try_from(random.below(2 * MANY as usize)).unwrap();
        shuffled.insert(key, 1);
    }
    shuffled.retain(|&key, _| key < MANY);
    shuffled.extend((0..MANY).map(|n| (n, n.into())));
    shuffled.rebase(&onto);
    assert!(shuffled.ptr_eq(&onto));
    shuffled.extend((MANY..4 * MANY).map(|n| (n, 1)));
    shuffled.retain(|&key, _| key < MANY);
    shuffled.rebase(&onto);
    assert!(shuffled.ptr_eq(&onto));
    let mut set = CowHashSet::new_in(&arena);
    set.extend(0..MANY);
    let mut other = CowHashSet::new_in(&arena);
    other.extend((0..MANY).rev());
    set.rebase(&other);
    assert!(set.ptr_eq(&other) && set.assert_invariants().len() > 1);
}

#[test]
fn a_map_that_cannot_be_moved_is_as_before() {
    let arena = Arena::builder().build();
    let limited = {
        let (_a, _b) = (seeded(&arena), seeded(&arena));
        arena.stats().bytes_used
    };
    let arena = Arena::builder().byte_limit(limited + limited / 4).build();
    let (mut new, onto) = (seeded(&arena), seeded(&arena));
    assert!(new.try_rebase(&onto).is_err());
    assert!(is_filled(&new) && is_filled(&onto));
    assert_eq!(
        arena.stats().bytes_used,
        new.memory().bytes() + onto.memory().bytes()
    );
}

thread_local! {
    /// Where `Placed` puts all keys.
    static PLACE: Cell<u64> = const { Cell::new(0) };
}

/// A hasher of no size that puts the same keys, with the same tags, to places of its choice.
#[derive(Clone, Copy, Default)]
struct Placed;

struct PlacedHasher(u64);

impl BuildHasher for Placed {
    type Hasher = PlacedHasher;

    fn build_hasher(&self) -> PlacedHasher {
        PlacedHasher(0)
    }
}

impl Hasher for PlacedHasher {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0 << 8 | u64::from(byte);
        }
    }

    /// The first 24 bits say where a key lies, the byte from bit 24 on is its tag; undoes the
    /// multiplication by which maps spread hashes.
    fn finish(&self) -> u64 {
        const UNSPREAD: u64 = 0xf1de_83e1_9937_733d;
        const { assert!(UNSPREAD.wrapping_mul(0x9e37_79b9_7f4a_7c15) == 1) };
        let (group, number) = (self.0 >> 8 & 1, self.0 & 0xff);
        let place = PLACE.get() ^ group << 20 ^ (group * number) << 8;
        (place << 40 | number << 24).wrapping_mul(UNSPREAD)
    }
}

#[test]
fn equal_buckets_at_different_places_stay_where_they_are() {
    type Map = CowHashMap<[u8; 2], u64, Placed>;
    // Three keys at one place, and next to it so many others that those get a bucket of their own.
    let build = |arena: &Arena, place: u64| {
        PLACE.set(place);
        let mut map = Map::with_hasher_in(Placed, arena);
        map.extend((1..4).map(|n| ([0, n], u64::from(n))));
        map.extend((0..200).map(|n| ([1, n], u64::from(n))));
        map.assert_invariants();
        map
    };
    let merged = |places: [u64; 2]| {
        let arena = Arena::builder().build();
        let mut all = places.map(|place| build(&arena, place));
        let mut merger = Merger::new();
        scan(&mut merger, &mut all, usize::MAX);
        for (map, place) in all.iter_mut().zip(places) {
            PLACE.set(place);
            map.assert_invariants();
            assert!((0..200).all(|n| map.get(&[1, n]) == Some(&u64::from(n))));
            assert_eq!(map.remove(&[0, 2]), Some(2));
            assert_eq!((map[&[0, 1]], map[&[0, 3]]), (1, 3));
        }
        merger.stats().pages_merged
    };
    let buckets = buckets(&build(&Arena::builder().build(), 5 << 20));
    // At one place all is equal; at others nothing is, though all bytes and tags are.
    assert_eq!(merged([5 << 20, 5 << 20]), buckets);
    assert_eq!(merged([5 << 20, 6 << 20]), 0);
    assert_eq!(merged([0, 1 << 22]), 0);
}

#[test]
fn clones_are_one_version_after() {
    let arena = Arena::builder().build();
    let first = seeded(&arena);
    let mut other = first.clone();
    other.clear();
    fill(&mut other);
    let mut all = vec![first, other];
    (0..5).for_each(|_| all.push(all[1].clone()));
    scan(&mut Merger::new(), &mut all, usize::MAX);
    assert!(all[2..].iter().all(|clone| clone.ptr_eq(&all[1])));
    assert!(!all[0].ptr_eq(&all[1]));
    assert!(all.iter().all(is_filled));
}

#[test]
fn an_order_of_its_own_is_kept_by_a_scan() {
    let arena = Arena::builder().build();
    let mut all = [(); 2].map(|()| HashSet::with_hasher_in(Fixed::default(), &arena));
    all[0].extend(0..MANY);
    all[1].extend((0..MANY).rev());
    let orders = all
        .each_ref()
        .map(|set| set.iter().copied().collect::<Vec<_>>());
    scan(&mut Merger::new(), &mut all, usize::MAX);
    for (set, order) in all.iter().zip(&orders) {
        assert!(set.iter().eq(order));
    }
    let [mut set, onto] = all;
    set.rebase(&onto);
    assert!(set.ptr_eq(&onto) && set.iter().eq(&orders[1]));
}

#[test]
fn what_was_emptied_merges_and_fills_again() {
    let arena = Arena::builder().build();
    let mut all: Vec<HashMap> = (0..3)
        .map(|_| {
            let mut map = HashMap::with_hasher_in(Fixed::default(), &arena);
            map.extend((0..u16::try_from(MANY).unwrap()).map(|n| (n, 1)));
            // Not all: some buckets are empty, or joined.
            map.retain(|key, _| key % 64 == 5);
            map
        })
        .collect();
    scan(&mut Merger::new(), &mut all, 2);
    for map in &mut all {
        map.assert_invariants();
        map.extend((0..u16::try_from(MANY).unwrap()).map(|n| (n, 2)));
        map.assert_invariants();
        assert!(map.values().all(|&value| value == 2));
        assert_eq!(map.len(), MANY as usize);
    }
}
