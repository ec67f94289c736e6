//! What is promised to be as std has it, beyond what the model tests compare.

use std::collections::{HashMap, HashSet};

use cow_collections::{
    CowHashMap, CowHashSet, DefaultHashBuilder,
    hash_map::{self, Entry, Iter},
};

#[test]
fn debug_is_that_of_std() {
    let map = CowHashMap::from([("a", 1)]);
    let std = HashMap::from([("a", 1)]);
    assert_eq!(format!("{map:?}"), format!("{std:?}"));
    assert_eq!(format!("{map:#?}"), format!("{std:#?}"));
    assert_eq!(format!("{:?}", map.iter()), format!("{:?}", std.iter()));
    assert_eq!(format!("{:?}", map.keys()), format!("{:?}", std.keys()));
    assert_eq!(format!("{:?}", map.values()), format!("{:?}", std.values()));
    assert_eq!(
        format!("{:?}", CowHashSet::from([1])),
        format!("{:?}", HashSet::from([1]))
    );
    assert_eq!(
        format!("{:?}", map.clone().entry("b")),
        format!("{:?}", std.clone().entry("b"))
    );
    assert!(format!("{:?}", map.clone().entry("a")).starts_with("Entry(OccupiedEntry"));
}

#[test]
#[should_panic(expected = "no entry found for key")]
fn indexing_what_is_not_there_panics() {
    let _ = CowHashMap::from([(1, 1)])[&2];
}

#[test]
#[should_panic(expected = "duplicate keys found")]
fn lending_a_value_twice_panics() {
    CowHashMap::from([(1, 1)]).get_disjoint_mut([&1, &1]);
}

#[test]
fn small_maps_lend_values_of_one_bucket_at_once() {
    // Whoever lends the second one must not look at the first one any more: Miri knows.
    let mut map: CowHashMap<u32, String> = (0..8).map(|n| (n, n.to_string())).collect();
    let snapshot = map.clone();
    let mut values = map.get_disjoint_mut([&1, &2, &3, &9]);
    for value in values.iter_mut().flatten() {
        value.push('!');
    }
    if let [Some(a), _, Some(c), None] = values {
        std::mem::swap(a, c);
    }
    assert_eq!([&map[&1], &map[&2], &map[&3]], ["3!", "2!", "1!"]);
    assert_eq!(snapshot[&1], "1");
}

#[test]
fn keys_are_looked_up_in_borrowed_form() {
    let mut map: CowHashMap<String, u32> = CowHashMap::new();
    map.insert("one".to_owned(), 1);
    assert_eq!(map.get("one"), Some(&1));
    assert_eq!(map.get_key_value("one"), Some((&"one".to_owned(), &1)));
    assert!(map.contains_key("one"));
    *map.get_mut("one").unwrap() += 1;
    assert_eq!(map["one"], 2);
    assert_eq!(map.remove_entry("one"), Some(("one".to_owned(), 2)));
    assert_eq!(map.remove("one"), None);
}

#[test]
fn a_key_that_is_there_stays() {
    /// Equal by the number alone.
    #[derive(Clone, Debug)]
    struct Key(u32, &'static str);
    impl PartialEq for Key {
        fn eq(&self, other: &Self) -> bool {
            self.0 == other.0
        }
    }
    impl Eq for Key {}
    impl std::hash::Hash for Key {
        fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
            self.0.hash(state);
        }
    }
    let mut map = CowHashMap::from([(Key(1, "first"), 1)]);
    assert_eq!(map.insert(Key(1, "second"), 2), Some(1));
    let snapshot = map.clone();
    assert_eq!(map.insert(Key(1, "third"), 3), Some(2));
    assert_eq!(map.keys().next().unwrap().1, "first");
    assert_eq!(map.entry(Key(1, "fourth")).key().1, "first");
    assert_eq!(snapshot[&Key(1, "")], 2);

    let mut set = CowHashSet::from([Key(1, "first")]);
    assert!(!set.insert(Key(1, "second")));
    assert_eq!(set.get(&Key(1, "")).unwrap().1, "first");
    assert_eq!(set.replace(Key(1, "third")).unwrap().1, "first");
    assert_eq!(set.take(&Key(1, "")).unwrap().1, "third");
    assert!(set.replace(Key(2, "new")).is_none());
}

#[test]
fn entries_are_what_those_of_std_are() {
    let mut map: CowHashMap<&str, Vec<u32>> = CowHashMap::default();
    map.entry("a").or_default().push(1);
    map.entry("a").or_default().push(2);
    assert_eq!(map["a"], [1, 2]);
    match map.entry("b") {
        Entry::Vacant(entry) => assert_eq!(entry.into_key(), "b"),
        Entry::Occupied(_) => unreachable!("it was never inserted"),
    }
    assert_eq!(map.len(), 1);
    let mut entry = map.entry("b").insert_entry(vec![7]);
    entry.get_mut().push(8);
    assert_eq!(entry.insert(vec![9]), [7, 8]);
    assert_eq!(entry.into_mut(), &mut [9]);
}

#[test]
fn capacities_and_hashers_are_taken() {
    let hasher = DefaultHashBuilder::default();
    let mut map = CowHashMap::with_capacity_and_hasher(100, hasher);
    map.reserve(10);
    map.extend([(1, 2), (3, 4)]);
    map.extend(&HashMap::from([(5, 6)]));
    assert!(map.capacity() >= map.len());
    map.shrink_to(0);
    assert_eq!(map.into_values().sum::<i32>(), 12);
    assert!(CowHashMap::<u8, u8>::with_capacity(9).is_empty());
    assert!(CowHashSet::<u8>::with_capacity(9).is_empty());
}

#[test]
fn iterators_know_how_much_is_left() {
    let map: CowHashMap<u32, u32> = (0..500).map(|n| (n, n)).collect();
    let mut iter = map.iter();
    let mut values = map.clone().into_iter();
    let mut writing = map.clone();
    let mut writing = writing.iter_mut();
    for left in (0..500).rev() {
        assert!(iter.next().is_some() && values.next().is_some() && writing.next().is_some());
        assert_eq!(
            (iter.len(), values.len(), writing.len()),
            (left, left, left)
        );
    }
    assert!(iter.next().is_none() && values.next().is_none() && writing.next().is_none());
    assert_eq!(map.iter().skip(100).count(), 400);
    assert_eq!(map.iter().fold(0, |n, _| n + 1), 500);
}

#[test]
fn each_clone_of_an_iterator_goes_on_from_where_it_was_made() {
    for len in [0, 1, 7, 61, 130, 700, 3_000] {
        if cfg!(miri) && len > 130 {
            continue;
        }
        let mut map: CowHashMap<u32, u32> = (0..len).map(|n| (n, n)).collect();
        map.retain(|key, _| key % 8 < 5);
        let all: Vec<_> = map.iter().collect();
        let mut keys: Vec<u32> = all.iter().map(|(key, _)| **key).collect();
        keys.sort_unstable();
        assert!(keys.into_iter().eq((0..len).filter(|key| key % 8 < 5)));
        let (mut iter, mut chunks) = (map.iter(), map.chunks());
        let mut at = 0;
        while let Some(chunk) = chunks.next() {
            assert!(iter.clone().eq(all[at..].iter().copied()));
            at += chunk.len();
            assert_eq!(iter.nth(chunk.len() - 1), Some(all[at - 1]));
            assert_eq!(
                chunks.clone().flatten().count(),
                all.len() - at,
                "{at} of {len}"
            );
        }
        assert!(iter.next().is_none() && iter.next().is_none());
        assert_eq!(at, all.len());
    }
    assert!(Iter::<u32, u32>::default().next().is_none());
}

#[test]
fn seeds_differ_from_map_to_map_and_clones_inherit_them() {
    use std::hash::BuildHasher;
    let (a, b) = (CowHashMap::<u32, u32>::new(), CowHashMap::<u32, u32>::new());
    assert_ne!(a.hasher().hash_one(1_u32), b.hasher().hash_one(1_u32));
    assert_eq!(
        a.hasher().hash_one(1_u32),
        a.clone().hasher().hash_one(1_u32)
    );
}

#[test]
fn small_iterators_over_nothing_can_be_made_as_those_of_std() {
    fn is_over_nothing<I: Default + ExactSizeIterator>() {
        let mut iter = I::default();
        assert!(iter.len() == 0 && iter.next().is_none() && iter.next().is_none());
    }
    is_over_nothing::<Iter<'_, u8, String>>();
    is_over_nothing::<hash_map::IterMut<'_, u8, String>>();
    is_over_nothing::<hash_map::IntoIter<u8, String>>();
    is_over_nothing::<hash_map::Keys<'_, u8, String>>();
    is_over_nothing::<hash_map::IntoKeys<u8, String>>();
    is_over_nothing::<hash_map::Values<'_, u8, String>>();
    is_over_nothing::<hash_map::ValuesMut<'_, u8, String>>();
    is_over_nothing::<hash_map::IntoValues<u8, String>>();
    assert_eq!(
        hash_map::IterMut::<u8, u8>::default().fold(0, |n, _| n + 1),
        0
    );
}

#[test]
#[deny(unused_must_use)]
fn what_an_entry_returns_may_be_left_lying() {
    let mut map = CowHashMap::from([(1, "a")]);
    map.entry(1).and_modify(|value| *value = "b");
    if let Entry::Occupied(entry) = map.entry(1) {
        assert_eq!(entry.get(), &"b");
        entry.remove();
    }
    assert!(map.is_empty());
}

#[test]
fn keys_without_a_size_may_be_aligned_to_a_page() {
    #[derive(Clone, PartialEq, Eq, Hash, Debug)]
    #[repr(align(4096))]
    struct Unit;
    let mut map = CowHashMap::new();
    for _ in 0..3 {
        map.insert(Unit, Unit);
    }
    assert_eq!((map.len(), map.remove(&Unit)), (1, Some(Unit)));
    map.assert_invariants();
}

#[test]
fn sets_and_maps_turn_into_each_other() {
    let set = CowHashSet::from(["a", "b"]);
    let map: CowHashMap<&str, ()> = set.clone().into();
    assert_eq!(CowHashSet::from(map), set);
    assert_eq!(HashSet::<_>::from(set), HashSet::from(["a", "b"]));
}

#[cfg(feature = "serde")]
#[test]
fn serde_has_the_form_of_std() {
    let map: CowHashMap<String, u32> = (0..100).map(|n| (n.to_string(), n)).collect();
    let text = serde_json::to_string(&map).unwrap();
    assert_eq!(
        serde_json::from_str::<HashMap<String, u32>>(&text).unwrap(),
        map.clone().into()
    );
    assert_eq!(
        serde_json::from_str::<CowHashMap<String, u32>>(&text).unwrap(),
        map
    );
    assert!(serde_json::from_str::<CowHashMap<u32, u32>>("[1]").is_err());

    let set: CowHashSet<u32> = (0..100).collect();
    let text = serde_json::to_string(&set).unwrap();
    assert_eq!(serde_json::from_str::<CowHashSet<u32>>(&text).unwrap(), set);
    assert!(serde_json::from_str::<CowHashSet<u32>>("{}").is_err());
}
