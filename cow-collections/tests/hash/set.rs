//! `CowHashSet` against `HashSet`.

use std::collections::HashSet;

use cow_collections::{Arena, CowHashSet};
use quickcheck::QuickCheck;
#[cfg(not(miri))]
use quickcheck::quickcheck;

use crate::world::hasher::Spread;

type Set = CowHashSet<u16, Spread>;
type Model = HashSet<u16>;

/// Pairs of versions that went through the same calls.
#[test]
fn agrees_with_hash_set() {
    fn run(ops: Vec<(u8, u16, u8)>, spread: Spread) {
        let arena = Arena::builder().build();
        let first = (Set::with_hasher_in(spread, &arena), Model::new());
        let mut versions = vec![first; 4];
        for (call, value, other) in ops {
            let (other_set, other_model) = versions[usize::from(other) % 4].clone();
            let (set, model) = &mut versions[usize::from(call) % 3];
            let value = value % 300;
            match call / 4 % 16 {
                0 | 1 => assert_eq!(set.insert(value), model.insert(value)),
                2 => assert_eq!(set.replace(value), model.replace(value)),
                3 => assert_eq!(set.remove(&value), model.remove(&value)),
                4 => assert_eq!(set.take(&value), model.take(&value)),
                5 => {
                    set.extend(value..value + 40);
                    model.extend(value..value + 40);
                }
                6 => {
                    set.retain(|n| n % 3 != value % 3);
                    model.retain(|n| n % 3 != value % 3);
                }
                7 => {
                    let here: Model = set.extract_if(|n| n % 2 == value % 2).collect();
                    assert_eq!(here, model.extract_if(|n| n % 2 == value % 2).collect());
                }
                8 => (*set, *model) = (&*set | &other_set, &*model | &other_model),
                9 => (*set, *model) = (&*set & &other_set, &*model & &other_model),
                10 => (*set, *model) = (&*set - &other_set, &*model - &other_model),
                11 => (*set, *model) = (&*set ^ &other_set, &*model ^ &other_model),
                12 => assert_eq!(set.drain().collect::<Model>(), std::mem::take(model)),
                13 => set.shrink_to_fit(),
                14 => {
                    let diff = set.diff(&other_set);
                    let mut applied = other_set.clone();
                    applied.apply(&diff).unwrap();
                    assert!(applied == *set);
                }
                _ => (*set, *model) = (other_set, other_model),
            }
            for (set, model) in &versions {
                set.assert_invariants();
                assert_eq!(set.iter().copied().collect::<Model>(), *model);
                assert_eq!(set.len(), model.len());
                assert!(
                    model
                        .iter()
                        .all(|n| set.contains(n) && set.get(n) == Some(n))
                );
            }
        }
        drop(versions);
        assert_eq!(arena.stats().chunks_live(), 0);
    }
    let tests = if cfg!(miri) { 2 } else { 100 };
    QuickCheck::new()
        .tests(tests)
        .quickcheck(run as fn(Vec<(u8, u16, u8)>, Spread));
}

#[cfg(not(miri))]
quickcheck! {
    fn algebra_is_that_of_hash_set(a: Model, b: Model, forked: bool, spread: Spread) -> bool {
        let mut here = Set::with_hasher(Spread::Even(1));
        here.extend(&a);
        let mut there = if forked { here.clone() } else { Set::with_hasher(spread) };
        there.retain(|n| b.contains(n));
        there.extend(&b);
        assert_eq!(here.union(&there).copied().collect::<Model>(), &a | &b);
        assert_eq!(here.union(&there).count(), (&a | &b).len());
        assert_eq!(here.intersection(&there).copied().collect::<Model>(), &a & &b);
        assert_eq!(here.difference(&there).copied().collect::<Model>(), &a - &b);
        assert_eq!(here.symmetric_difference(&there).copied().collect::<Model>(), &a ^ &b);
        assert_eq!(Model::from(&here | &there), &a | &b);
        assert_eq!(Model::from(&here & &there), &a & &b);
        assert_eq!(Model::from(&here - &there), &a - &b);
        assert_eq!(Model::from(&here ^ &there), &a ^ &b);
        assert_eq!(here.is_subset(&there), a.is_subset(&b));
        assert_eq!(here.is_superset(&there), a.is_superset(&b));
        assert_eq!(here.is_disjoint(&there), a.is_disjoint(&b));
        assert_eq!(here == there, a == b);
        true
    }
}
