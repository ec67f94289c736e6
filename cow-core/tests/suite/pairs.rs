//! `Pairs`: what is put in comes out once, also when a clone or a drop panics.

use std::panic::{AssertUnwindSafe, catch_unwind};

use cow_core::{Arena, ArenaRef, Pairs};

use crate::probe::panics;

fn pairs(arena: &Arena, count: usize) -> Pairs<String, Vec<usize>> {
    let mut pairs = Pairs::try_with_capacity_in(arena.into(), count).unwrap();
    let mut to = pairs.get_mut().unwrap();
    for n in 0..count {
        to.push(n.to_string(), vec![n]);
    }
    pairs
}

fn numbers(pairs: &Pairs<String, Vec<usize>>) -> Vec<usize> {
    let pairs = pairs.as_pairs();
    let (keys, values) = (pairs.keys(), pairs.values());
    for (key, value) in keys.iter().zip(values) {
        assert_eq!(*key, value[0].to_string());
    }
    values.iter().map(|value| value[0]).collect()
}

#[test]
fn pairs_move_together() {
    let arena = Arena::builder().build();
    let (mut a, mut b) = (pairs(&arena, 6), pairs(&arena, 6));
    let (mut from, mut to) = (a.get_mut().unwrap(), b.get_mut().unwrap());
    assert_eq!(to.remove(2), ("2".into(), vec![2]));
    while to.len() > 2 {
        assert!(to.pop().is_some());
    }
    from.move_tail(4, &mut to);
    from.move_head(1, &mut to);
    to.insert(0, "9".into(), vec![9]);
    assert_eq!(numbers(&a), [1, 2, 3]);
    assert_eq!(numbers(&b), [9, 4, 5, 0, 1, 0]);
    drop((a, b));
    assert_eq!(arena.stats().chunks_live(), 0);
}

#[test]
fn a_shared_chunk_is_copied_in_part_or_whole() {
    let arena = Arena::builder().build();
    let mut a = pairs(&arena, 6);
    let b = a.clone();
    assert!(a.get_mut().is_none());
    let a = a.try_into_pairs().err().expect("shared");
    let copy = a.as_pairs().try_copy(2..5, 0).unwrap();
    assert_eq!(numbers(&copy), [2, 3, 4]);
    assert_eq!(arena.stats().copies, 1);
    drop(b);
    let mut values = a.try_into_pairs().ok().expect("the only handle");
    assert_eq!(values.next(), Some(("0".into(), vec![0])));
    assert_eq!(values.next_back(), Some(("5".into(), vec![5])));
    assert_eq!(values.as_slices().0, ["1", "2", "3", "4"]);
    drop((values, copy));
    assert_eq!(arena.stats().chunks_live(), 0);
}

#[test]
fn any_sizes_and_alignments_fit() {
    #[derive(Clone, Debug, PartialEq)]
    #[repr(align(128))]
    struct Aligned(u8);
    fn check<K: Clone + PartialEq, V: Clone + PartialEq>(key: K, value: V) {
        let arena = Arena::builder().build();
        for capacity in [1, 2, 3, 7, 60, Pairs::<K, V>::LEAF_CAPACITY] {
            let mut pairs = Pairs::try_with_capacity_in((&arena).into(), capacity).unwrap();
            let mut to = pairs.get_mut().unwrap();
            assert!(to.capacity() >= capacity);
            for _ in 0..to.capacity() {
                to.push(key.clone(), value.clone());
            }
            let (keys, values) = to.into_slices();
            assert!(keys.iter().all(|k| *k == key) && values.iter().all(|v| *v == value));
            assert!(keys.as_ptr().is_aligned() && values.as_ptr().is_aligned());
        }
        assert_eq!(arena.stats().chunks_live(), 0);
        assert!(Pairs::<K, V>::LEAF_CAPACITY >= 4);
    }
    check(1_u8, 2_u64);
    check(1_u64, 2_u8);
    check((), 7_u16);
    check(7_u16, ());
    check((), ());
    check(Aligned(1), 1_u8);
    check(1_u8, Aligned(1));
    check([1_u64; 40], String::from("value"));
}

#[test]
fn a_capacity_beyond_all_memory_panics() {
    fn asked<K, V>(capacity: usize) -> String {
        panics(|| Pairs::<K, V>::try_with_capacity_in(ArenaRef::global(), capacity))
    }
    assert_eq!(asked::<u64, u64>(usize::MAX), "capacity overflow");
    assert_eq!(asked::<u64, ()>(1 << 32), "capacity overflow");
    let most = Pairs::<(), ()>::LEAF_CAPACITY;
    assert_eq!(asked::<(), ()>(most + 1), "capacity overflow");
}

/// Panics when it is dropped, if it says so.
struct Bomb(bool);

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(!self.0, "bomb");
    }
}

#[test]
fn a_panic_in_a_drop_loses_nothing_else() {
    let arena = Arena::builder().build();
    let shared = std::sync::Arc::new(());
    let mut pairs = Pairs::try_with_capacity_in((&arena).into(), 3).unwrap();
    let mut to = pairs.get_mut().unwrap();
    for n in 0..3 {
        to.push(Bomb(n == 1), std::sync::Arc::clone(&shared));
    }
    assert!(catch_unwind(AssertUnwindSafe(|| drop(pairs))).is_err());
    assert_eq!(std::sync::Arc::strong_count(&shared), 1);
    assert_eq!(arena.stats().chunks_live(), 0);
}
