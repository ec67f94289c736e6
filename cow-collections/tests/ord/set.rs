//! `CowOrdSet` beside `BTreeSet`.

use std::collections::{BTreeSet, HashSet};

use cow_collections::{Arena, CowOrdSet};
use quickcheck::{Gen, QuickCheck};

/// Both kinds of sets, of the same numbers.
fn pairs(values: &[u16]) -> (CowOrdSet<u16>, BTreeSet<u16>) {
    (
        values.iter().copied().collect(),
        values.iter().copied().collect(),
    )
}

#[test]
fn algebra_agrees_with_btree_set() {
    fn agrees(a: Vec<u16>, b: Vec<u16>, shared: u16) {
        let common: Vec<u16> = (0..shared % 700).collect();
        let ((mut x, mut x_model), (mut y, mut y_model)) = (pairs(&common), pairs(&common));
        // Chunks in common, if the common part is more than a few values.
        y.clone_from(&x);
        x.extend(&a);
        x_model.extend(&a);
        y.extend(&b);
        y_model.extend(&b);
        assert!(x.union(&y).eq(x_model.union(&y_model)));
        assert!(x.intersection(&y).eq(x_model.intersection(&y_model)));
        assert!(x.difference(&y).eq(x_model.difference(&y_model)));
        assert!(
            x.symmetric_difference(&y)
                .eq(x_model.symmetric_difference(&y_model))
        );
        for (set, model) in [
            (&x | &y, &x_model | &y_model),
            (&x & &y, &x_model & &y_model),
            (&x - &y, &x_model - &y_model),
            (&x ^ &y, &x_model ^ &y_model),
        ] {
            assert!(set.iter().eq(&model));
            set.assert_invariants();
        }
        assert_eq!(x.is_subset(&y), x_model.is_subset(&y_model));
        assert_eq!(x.is_superset(&y), x_model.is_superset(&y_model));
        assert_eq!(x.is_disjoint(&y), x_model.is_disjoint(&y_model));
        assert_eq!(x == y, x_model == y_model);
        assert_eq!(x.cmp(&y), x_model.cmp(&y_model));
        let (union, model) = (x.union(&y), x_model.union(&y_model));
        assert!(union.size_hint().0 <= model.clone().count());
        assert!(union.size_hint().1 >= Some(model.count()));
        let mut patched = y.clone();
        patched.apply(&x.diff(&y)).unwrap();
        assert_eq!(patched, x);
    }
    let tests = if cfg!(miri) { 2 } else { 200 };
    QuickCheck::new()
        .rng(Gen::new(if cfg!(miri) { 10 } else { 200 }))
        .tests(tests)
        .quickcheck(agrees as fn(Vec<u16>, Vec<u16>, u16));
}

#[test]
fn the_calls_of_btree_set() {
    let arena = Arena::builder().build();
    let (mut set, mut model) = (CowOrdSet::new_in(&arena), BTreeSet::new());
    for n in 0..500_u32 {
        let n = n * 173 % 300;
        assert_eq!(set.insert(n), model.insert(n));
        assert_eq!(set.len(), model.len());
    }
    let snapshot = set.snapshot();
    for n in (0..300).step_by(7) {
        assert_eq!(set.remove(&n), model.remove(&n));
        assert_eq!(set.take(&(n + 1)), model.take(&(n + 1)));
        assert_eq!(set.replace(n + 2), model.replace(n + 2));
        assert_eq!(set.contains(&n), model.contains(&n));
        assert_eq!(set.get(&(n + 3)), model.get(&(n + 3)));
    }
    assert_eq!((set.first(), set.last()), (model.first(), model.last()));
    assert!(set.range(20..200).eq(model.range(20..200)));
    assert!(set.range(20..200).rev().eq(model.range(20..200).rev()));
    assert!(set.chunks().flatten().eq(&model));
    assert_eq!(set.index_of(set.get_index(40).unwrap()), Some(40));
    assert_eq!(set.floor(&299), model.range(..=299).next_back());
    assert_eq!(set.ceil(&0), model.range(0..).next());
    assert_eq!(
        (set.pop_first(), set.pop_last()),
        (model.pop_first(), model.pop_last())
    );
    let (mut back, mut model_back) = (set.split_off(&150), model.split_off(&150));
    assert!(back.iter().eq(&model_back));
    back.retain(|n| n % 2 == 0);
    model_back.retain(|n| n % 2 == 0);
    let taken: Vec<u32> = set.extract_if(10..90, |n| n % 3 == 0).collect();
    assert!(
        taken
            .into_iter()
            .eq(model.extract_if(10..90, |n| n % 3 == 0))
    );
    set.append(&mut back);
    model.append(&mut model_back);
    assert!(back.is_empty() && set.iter().eq(&model));
    assert_eq!(set.remove_range(..50).len(), model.range(..50).count());
    model = model.split_off(&50);
    assert!(set.iter().eq(&model));
    assert_eq!(format!("{set:?}"), format!("{model:?}"));
    assert_eq!(snapshot.len(), 300);
    assert!(snapshot.into_iter().rev().eq((0..300).rev()));
    let chunks: Vec<u32> = set
        .clone()
        .into_chunks()
        .flat_map(|chunk| chunk.to_vec())
        .collect();
    assert!(chunks.iter().eq(&model));
    set.assert_invariants();
    set.clear();
    assert_eq!(arena.stats().chunks_live(), 0);
}

#[test]
fn conversions() {
    let set = CowOrdSet::from([3, 1, 2, 3]);
    assert_eq!(Vec::from(set.clone()), [1, 2, 3]);
    assert_eq!(BTreeSet::from(set.clone()), BTreeSet::from([1, 2, 3]));
    assert_eq!(HashSet::<i32>::from(set.clone()), HashSet::from([1, 2, 3]));
    assert_eq!(CowOrdSet::from(BTreeSet::from([1, 2, 3])), set);
    assert_eq!(CowOrdSet::from(HashSet::<i32>::from([1, 2, 3])), set);
    assert_eq!(CowOrdSet::from(vec![3, 2, 1]), set);
}

/// Two spellings of one value are told apart by what is kept.
#[test]
fn insert_keeps_the_old_value_and_replace_the_new_one() {
    #[derive(Clone, Debug)]
    struct Spelled(&'static str);
    impl PartialEq for Spelled {
        fn eq(&self, other: &Self) -> bool {
            self.0.eq_ignore_ascii_case(other.0)
        }
    }
    impl Eq for Spelled {}
    impl PartialOrd for Spelled {
        fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
            Some(self.cmp(other))
        }
    }
    impl Ord for Spelled {
        fn cmp(&self, other: &Self) -> std::cmp::Ordering {
            self.0.to_lowercase().cmp(&other.0.to_lowercase())
        }
    }
    let mut set = CowOrdSet::from([Spelled("a")]);
    assert!(!set.insert(Spelled("A")));
    assert_eq!(set.first().unwrap().0, "a");
    assert_eq!(set.replace(Spelled("A")).unwrap().0, "a");
    assert_eq!(set.first().unwrap().0, "A");
    set.append(&mut CowOrdSet::from([Spelled("a")]));
    assert_eq!(set.first().unwrap().0, "a", "what is appended stays");
}
