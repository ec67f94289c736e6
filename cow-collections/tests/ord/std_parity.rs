//! Small things in which a map is like `BTreeMap`: panics, formats, conversions, hashes.

use std::{
    collections::{BTreeMap, HashMap},
    hash::{BuildHasher, RandomState},
    ops::Bound::{Excluded, Included},
    panic::{AssertUnwindSafe, catch_unwind},
};

use cow_collections::{
    CowOrdMap,
    ord_map::{self, Entry},
    ord_set,
};

fn both() -> (CowOrdMap<i32, &'static str>, BTreeMap<i32, &'static str>) {
    let pairs = [(3, "c"), (1, "a"), (2, "b"), (3, "z")];
    (pairs.into(), pairs.into())
}

fn panics<R>(call: impl FnOnce() -> R) -> bool {
    catch_unwind(AssertUnwindSafe(call)).is_err()
}

#[test]
fn of_equal_keys_the_last_one_stays() {
    let (map, model) = both();
    assert!(map.iter().eq(&model));
    assert_eq!(map[&3], "z");
}

#[test]
fn formats() {
    let (map, model) = both();
    assert_eq!(format!("{map:?}"), format!("{model:?}"));
    assert_eq!(format!("{map:#?}"), format!("{model:#?}"));
    assert_eq!(format!("{:?}", map.iter()), format!("{:?}", model.iter()));
    assert_eq!(format!("{:?}", map.keys()), format!("{:?}", model.keys()));
    assert_eq!(
        format!("{:?}", map.values()),
        format!("{:?}", model.values())
    );
    let (mut map, mut model) = (map, model);
    for key in [1, 9] {
        assert_eq!(
            format!("{:?}", map.entry(key)),
            format!("{:?}", model.entry(key))
        );
    }
}

#[test]
fn ranges_that_are_none_panic() {
    let (mut map, mut model) = both();
    for (range, expected) in [
        ((Included(3), Included(2)), true),
        ((Included(3), Excluded(2)), true),
        ((Excluded(2), Excluded(2)), true),
        ((Excluded(2), Included(2)), false),
        ((Included(2), Excluded(2)), false),
        ((Included(2), Included(2)), false),
    ] {
        assert_eq!(panics(|| map.range(range).count()), expected);
        assert_eq!(panics(|| model.range(range).count()), expected);
        assert_eq!(panics(|| map.range_mut(range).count()), expected);
        assert_eq!(panics(|| model.range_mut(range).count()), expected);
        assert_eq!(
            panics(|| map.extract_if(range, |_, _| false).count()),
            expected
        );
        assert_eq!(panics(|| map.clone().remove_range(range)), expected);
    }
}

#[test]
fn indexing_without_a_key_panics() {
    let (map, _) = both();
    assert!(panics(|| map[&7]));
    assert_eq!(map[&1], "a");
}

#[test]
fn hashes() {
    let hasher = RandomState::new();
    let (map, model) = both();
    assert_eq!(hasher.hash_one(&map), hasher.hash_one(map.clone()));
    assert_eq!(hasher.hash_one(&map), hasher.hash_one(&model));
}

#[test]
fn conversions() {
    let (map, model) = both();
    assert_eq!(BTreeMap::from(map.clone()), model);
    assert_eq!(CowOrdMap::from(model.clone()), map);
    let hashed: HashMap<i32, &str> = map.clone().into();
    assert_eq!(CowOrdMap::from(hashed), map);
    assert_eq!(Vec::from(map.clone()), [(1, "a"), (2, "b"), (3, "z")]);
    assert!(map.clone().into_keys().eq(model.clone().into_keys()));
    assert!(
        map.clone()
            .into_values()
            .rev()
            .eq(model.into_values().rev())
    );
    assert!(CowOrdMap::<i32, ()>::default().is_empty());
}

#[test]
fn order_is_lexicographic() {
    let map = |pairs: &[(i32, f64)]| -> CowOrdMap<i32, f64> { pairs.iter().copied().collect() };
    let model = |pairs: &[(i32, f64)]| -> BTreeMap<i32, f64> { pairs.iter().copied().collect() };
    let all: [&[(i32, f64)]; 6] = [
        &[],
        &[(1, 1.0)],
        &[(1, 2.0)],
        &[(1, 1.0), (2, 0.0)],
        &[(0, 9.0), (5, f64::NAN)],
        &[(1, f64::NAN)],
    ];
    for a in all {
        for b in all {
            assert_eq!(map(a).partial_cmp(&map(b)), model(a).partial_cmp(&model(b)));
            assert_eq!(map(a) == map(b), model(a) == model(b));
        }
    }
}

#[test]
fn iterators_end_and_stay_at_the_end() {
    let (map, _) = both();
    let mut pairs = map.iter();
    assert_eq!(pairs.by_ref().count(), 3);
    assert_eq!(
        (pairs.next(), pairs.next_back(), pairs.len()),
        (None, None, 0)
    );
    assert_eq!(map.iter().last(), map.last_key_value());
    assert_eq!(map.iter().max(), map.last_key_value());
    assert_eq!(map.keys().nth(1), Some(&2));
    assert_eq!(map.into_iter().nth(5), None);
}

#[test]
fn small_iterators_over_nothing_can_be_made_as_those_of_std() {
    fn is_over_nothing<I: Default + ExactSizeIterator + DoubleEndedIterator>() {
        let mut iter = I::default();
        assert!(iter.len() == 0 && iter.next().is_none() && iter.next_back().is_none());
    }
    is_over_nothing::<ord_map::Iter<'_, u8, String>>();
    is_over_nothing::<ord_map::IterMut<'_, u8, String>>();
    is_over_nothing::<ord_map::IntoIter<u8, String>>();
    is_over_nothing::<ord_map::Keys<'_, u8, String>>();
    is_over_nothing::<ord_map::IntoKeys<u8, String>>();
    is_over_nothing::<ord_map::Values<'_, u8, String>>();
    is_over_nothing::<ord_map::ValuesMut<'_, u8, String>>();
    is_over_nothing::<ord_map::IntoValues<u8, String>>();
    is_over_nothing::<ord_set::Iter<'_, String>>();
    is_over_nothing::<ord_set::IntoIter<String>>();
    assert_eq!(
        ord_map::IterMut::<u8, u8>::default().fold(0, |n, _| n + 1),
        0
    );
}

#[test]
#[deny(unused_must_use)]
fn what_an_entry_returns_may_be_left_lying() {
    let (mut map, _) = both();
    map.entry(1).and_modify(|value| *value = "x");
    assert_eq!(map[&1], "x");
    if let Entry::Occupied(entry) = map.entry(1) {
        entry.remove();
    }
    if let Some(entry) = map.first_entry() {
        entry.remove_entry();
    }
    assert!(map.keys().eq(&[3]));
}

#[test]
fn entries_lend_what_they_say() {
    let (mut map, _) = both();
    *map.entry(5).or_default() = "e";
    assert_eq!(map.entry(5).key(), &5);
    match map.entry(1) {
        Entry::Occupied(mut entry) => {
            assert_eq!((entry.key(), *entry.get()), (&1, "a"));
            *entry.get_mut() = "x";
            assert_eq!(entry.insert("y"), "x");
            *entry.into_mut() = "w";
        }
        Entry::Vacant(_) => panic!("there is such a key"),
    }
    assert_eq!(map[&1], "w");
    match map.entry(4) {
        Entry::Vacant(entry) => assert_eq!(*entry.try_insert("d").unwrap(), "d"),
        Entry::Occupied(_) => panic!("there is no such key"),
    }
    assert!(map.keys().eq(&[1, 2, 3, 4, 5]));
    while let Some(entry) = map.last_entry() {
        let (key, value) = entry.remove_entry();
        assert_eq!(key == 1, value == "w");
    }
    assert!(map.is_empty() && map.first_entry().is_none());
}

#[test]
fn borrowed_keys_look_up_owned_ones() {
    let mut map: CowOrdMap<String, u32> = (0..200).map(|n| (format!("{n:03}"), n)).collect();
    assert_eq!(map.get("107"), Some(&107));
    assert_eq!(map.remove("108"), Some(108));
    assert_eq!(
        map.range::<str, _>((Included("010"), Excluded("013")))
            .count(),
        3
    );
    assert_eq!(map.index_of("109"), Some(108));
    assert_eq!(map.split_off("150").len(), 50);
}

#[test]
fn appending_from_another_arena_copies() {
    let arena = cow_collections::Arena::builder().build();
    let mut here = CowOrdMap::new_in(&arena);
    here.extend((0..500).map(|n| (n, n)));
    let mut there: CowOrdMap<i32, i32> = (400..900).map(|n| (n, -n)).collect();
    let union = here.union(&there);
    assert!(union.arena() == (&arena).into() && union.len() == 900);
    here.append(&mut there);
    assert!(there.is_empty() && here.len() == 900 && here[&450] == -450);
    assert!(here.arena() == (&arena).into());
    here.assert_invariants();
    drop((here, union));
    assert_eq!(arena.stats().chunks_live(), 0);
}

#[cfg(feature = "serde")]
#[test]
fn serde_round_trips_in_the_form_of_std() {
    use cow_collections::CowOrdSet;
    let map: CowOrdMap<String, u32> = (0..300).map(|n| (n.to_string(), n)).collect();
    let text = serde_json::to_string(&map).unwrap();
    let model: BTreeMap<String, u32> = serde_json::from_str(&text).unwrap();
    assert_eq!(text, serde_json::to_string(&model).unwrap());
    assert_eq!(
        serde_json::from_str::<CowOrdMap<String, u32>>(&text).unwrap(),
        map
    );
    let set: CowOrdSet<u32> = (0..300).rev().collect();
    let text = serde_json::to_string(&set).unwrap();
    assert_eq!(serde_json::from_str::<CowOrdSet<u32>>(&text).unwrap(), set);
    assert!(serde_json::from_str::<CowOrdMap<String, u32>>("[1]").is_err());
}

#[cfg(feature = "quickcheck")]
#[test]
fn arbitrary_maps_are_whole_and_shrink() {
    use quickcheck::{Arbitrary, Gen};
    let mut g = Gen::new(60);
    let map = CowOrdMap::<u8, String>::arbitrary(&mut g);
    map.assert_invariants();
    let largest = (0..20).map(|_| cow_collections::CowOrdSet::<u16>::arbitrary(&mut g));
    let largest = largest.max_by_key(|set| set.len()).unwrap();
    assert!(
        largest
            .shrink()
            .any(|smaller| smaller.len() < largest.len())
    );
}
