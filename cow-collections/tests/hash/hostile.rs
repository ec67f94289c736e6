//! Keys that are out to make a map slow, or that break their promises.

use std::{
    cell::Cell,
    hash::{BuildHasher, Hash, Hasher},
};

use cow_collections::{Arena, CowHashMap};

use crate::world::hasher::Spread;

const LEN: u64 = if cfg!(miri) { 60 } else { 1_200 };

#[test]
fn every_kind_of_hashes_finds_every_key() {
    for spread in Spread::ALL {
        let arena = Arena::builder().build();
        let mut map = CowHashMap::with_hasher_in(spread, &arena);
        for key in 0..LEN {
            map.insert(key, key);
        }
        map.assert_invariants();
        let snapshot = map.clone();
        for key in (0..LEN).filter(|key| key % 3 != 0) {
            assert_eq!(map.remove(&key), Some(key));
        }
        map.assert_invariants();
        assert!((0..LEN).all(|key| map.contains_key(&key) == (key % 3 == 0)));
        assert!((0..LEN).all(|key| snapshot[&key] == key));
        assert_eq!(map.diff(&snapshot).len(), snapshot.len() - map.len());
        drop((map, snapshot));
        assert_eq!(arena.stats().chunks_live(), 0);
    }
}

/// Sequential numbers, and numbers whose low bits are equal, are as good as random ones.
#[test]
fn plain_numbers_fill_their_buckets() {
    for step in [1, 1 << 12, 1 << 33] {
        let arena = Arena::builder().build();
        let mut map = CowHashMap::with_hasher_in(Spread::Identity, &arena);
        for key in 0..20 * LEN {
            map.insert(key * step, ());
        }
        let chunks = arena.stats().chunks_live() as u64;
        let chunk_entries = if cfg!(cow_tiny) { 1 } else { 15 };
        assert!(
            chunks < 20 * LEN / chunk_entries,
            "{chunks} chunks for steps of {step}"
        );
    }
}

/// A bucket of one hash does not make the way to others longer.
#[test]
fn equal_hashes_are_slow_for_themselves_alone() {
    /// Every second key has hash 0.
    #[derive(Clone)]
    struct Half;
    impl BuildHasher for Half {
        type Hasher = HalfHasher;
        fn build_hasher(&self) -> HalfHasher {
            HalfHasher(0)
        }
    }
    struct HalfHasher(u64);
    impl Hasher for HalfHasher {
        fn write(&mut self, _: &[u8]) {}
        fn write_u64(&mut self, n: u64) {
            let even = Spread::Even(3).hash_one(n) | 1;
            self.0 = if n.is_multiple_of(2) { 0 } else { even };
        }
        fn finish(&self) -> u64 {
            self.0
        }
    }
    let compared = Cell::new(0_u64);
    #[derive(Clone)]
    struct Key<'a>(u64, &'a Cell<u64>);
    impl PartialEq for Key<'_> {
        fn eq(&self, other: &Self) -> bool {
            self.1.set(self.1.get() + 1);
            self.0 == other.0
        }
    }
    impl Eq for Key<'_> {}
    impl Hash for Key<'_> {
        fn hash<H: Hasher>(&self, state: &mut H) {
            state.write_u64(self.0);
        }
    }
    let mut map = CowHashMap::with_hasher(Half);
    for n in 0..LEN {
        map.insert(Key(n, &compared), ());
    }
    compared.set(0);
    let odd = (0..LEN).filter(|n| n % 2 == 1);
    assert!(odd.clone().all(|n| map.contains_key(&Key(n, &compared))));
    // A byte of the hash tells nearly all of them apart.
    assert!(compared.get() < 2 * odd.count() as u64 + 20);
    map.assert_invariants();
}

/// A key whose hash is another one every time.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fickle(u64);

thread_local! {
    static TURN: Cell<u64> = const { Cell::new(0) };
}

impl Hash for Fickle {
    fn hash<H: Hasher>(&self, state: &mut H) {
        TURN.set(
            TURN.get()
                .wrapping_mul(0x5851_f42d_4c95_7f2d)
                .wrapping_add(self.0 | 1),
        );
        state.write_u64(TURN.get() >> 7);
    }
}

#[test]
fn keys_that_change_their_hashes_are_not_lost() {
    let arena = Arena::builder().build();
    let mut map = CowHashMap::with_hasher_in(Spread::Even(1), &arena);
    for n in 0..LEN {
        map.insert(Fickle(n), n.to_string());
    }
    let len = map.len();
    let snapshot = map.clone();
    for n in 0..LEN {
        map.remove(&Fickle(n));
        *map.entry(Fickle(n)).or_default() += "!";
        if let Some(text) = map.get_mut(&Fickle(n)) {
            text.push('?');
        }
    }
    let diff = map.diff(&snapshot);
    let _ = map.apply(&diff);
    let _ = snapshot.union(&map).intersection(&snapshot) == map;
    assert_eq!(snapshot.iter().count(), len);
    assert_eq!(map.iter().count(), map.len());
    map.retain(|key, _| key.0 % 2 == 0);
    assert_eq!(map.iter().count(), map.len());
    assert_eq!(map.clone().into_iter().count(), map.len());
    drop((map, snapshot));
    assert_eq!(arena.stats().chunks_live(), 0);
}

/// A key that is equal to nothing, or to all.
#[derive(Clone, Debug)]
struct Contrary(u64, bool);

impl PartialEq for Contrary {
    fn eq(&self, _: &Self) -> bool {
        self.1
    }
}

impl Eq for Contrary {}

impl Hash for Contrary {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0);
    }
}

#[test]
fn keys_that_are_equal_to_nothing_are_all_kept() {
    let mut map = CowHashMap::with_hasher(Spread::Truncated);
    for n in 0..LEN / 4 {
        map.insert(Contrary(n % 9, false), n.to_string());
    }
    assert_eq!(map.len() as u64, LEN / 4);
    assert!(map.remove(&Contrary(1, false)).is_none());
    assert_eq!(map.drain().count() as u64, LEN / 4);
}

#[test]
fn keys_that_are_equal_to_all_are_lent_once() {
    let mut map = CowHashMap::with_hasher(Spread::Constant);
    map.insert(Contrary(1, true), String::new());
    let (a, b) = (Contrary(2, true), Contrary(3, true));
    let lent = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        map.get_disjoint_mut([&a, &b]).map(|value| value.is_some())
    }));
    assert!(lent.is_err(), "both are the same entry");
}
