//! What changed from one version to another, and what looking for it costs.

use std::{cell::Cell, cmp::Ordering, collections::BTreeMap};

use cow_collections::{Change, CowOrdMap};
use quickcheck::{Gen, QuickCheck};

use crate::world::{
    World,
    element::{Element, Keys, Texts, Words},
    op::Op,
};

/// The changes, found by looking at every key.
fn brute_force<K: Ord + Clone, V: Clone + PartialEq>(
    old: &BTreeMap<K, V>,
    new: &BTreeMap<K, V>,
) -> Vec<Change<K, V>> {
    let mut changes = BTreeMap::new();
    for (key, value) in old {
        let (key, old) = (key.clone(), value.clone());
        match new.get(&key) {
            None => {
                let change = Change::Removed {
                    key: key.clone(),
                    value: old,
                };
                changes.insert(key, change);
            }
            Some(new) if *new != old => {
                let change = Change::Updated {
                    key: key.clone(),
                    old,
                    new: new.clone(),
                };
                changes.insert(key, change);
            }
            Some(_) => {}
        }
    }
    for (key, value) in new {
        if !old.contains_key(key) {
            let (key, value) = (key.clone(), value.clone());
            changes.insert(key.clone(), Change::Added { key, value });
        }
    }
    changes.into_values().collect()
}

fn diffs_are_right<E: Element>() {
    fn run<E: Element>(ops: Vec<Op>, fraction: u8) {
        let mut world = World::<E>::new(E::MANY * usize::from(fraction) / 255);
        ops.into_iter().for_each(|op| world.step(op));
        for (old, old_model) in world.versions() {
            for (new, new_model) in world.versions() {
                let diff = new.diff(old);
                assert_eq!(diff.changes(), brute_force(old_model, new_model));
                let mut patched = old.clone();
                patched.apply(&diff).unwrap();
                assert!(patched == *new && patched.iter().eq(new_model));
                patched.assert_invariants();
                assert_eq!(diff.is_empty(), old == new);
            }
        }
    }
    let (tests, size) = if cfg!(miri) { (1, 8) } else { (30, 40) };
    QuickCheck::new()
        .rng(Gen::new(size))
        .tests(tests)
        .quickcheck(run::<E> as fn(Vec<Op>, u8));
}

#[test]
fn of_words() {
    diffs_are_right::<Words>();
}

#[test]
fn of_texts() {
    diffs_are_right::<Texts>();
}

#[test]
fn of_keys() {
    diffs_are_right::<Keys>();
}

#[test]
fn a_diff_that_does_not_fit_changes_nothing() {
    let old: CowOrdMap<u32, u32> = (0..100).map(|n| (n, n)).collect();
    let mut new = old.clone();
    new.insert(3, 30);
    new.remove(&50);
    let diff = new.diff(&old);
    let mut other = old.clone();
    other.insert(50, 7);
    let before = other.clone();
    let error = other.apply(&diff).unwrap_err();
    assert_eq!(error.change, 1);
    assert!(other.ptr_eq(&before));
}

thread_local! {
    static COMPARISONS: Cell<usize> = const { Cell::new(0) };
}

/// A number that counts how often it is compared.
#[derive(Clone, Copy, Debug)]
struct Counting(usize);

impl PartialEq for Counting {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Counting {}

impl PartialOrd for Counting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Counting {
    fn cmp(&self, other: &Self) -> Ordering {
        COMPARISONS.set(COMPARISONS.get() + 1);
        self.0.cmp(&other.0)
    }
}

fn comparisons<R>(call: impl FnOnce() -> R) -> (R, usize) {
    let before = COMPARISONS.get();
    let result = call();
    (result, COMPARISONS.get() - before)
}

const LEN: usize = if cfg!(miri) { 300 } else { 20_000 };

fn numbers() -> CowOrdMap<Counting, usize> {
    (0..LEN).map(|n| (Counting(n), n)).collect()
}

#[test]
fn clones_are_equal_without_a_look() {
    let map = numbers();
    let copy = map.clone();
    assert_eq!(comparisons(|| map == copy), (true, 0));
    assert_eq!(comparisons(|| map.cmp(&copy)), (Ordering::Equal, 0));
    assert_eq!(comparisons(|| map.diff(&copy).len()), (0, 0));
}

#[test]
fn a_few_changes_are_found_without_a_look_at_the_rest() {
    let old = numbers();
    let mut new = old.clone();
    for n in (0..10).map(|n| n * LEN / 10) {
        new.insert(Counting(n), 0);
        new.remove(&Counting(n + 1));
        new.insert(Counting(LEN + n), n);
    }
    let (diff, looks) = comparisons(|| new.diff(&old));
    // The first one had the value zero already.
    assert_eq!(diff.len(), 29);
    // Twice a leaf for each place, and the neighbours that a removal may have mended.
    let leaf = old.chunks().next().map_or(0, |(keys, _)| keys.len());
    assert!(looks <= 10 * 8 * leaf, "{looks} comparisons");
    assert!(!comparisons(|| new == old).0);
    let ((), looks) = comparisons(|| assert!(new != old));
    assert!(looks <= 2 * leaf, "the first change is near the start");
}

#[test]
fn a_tree_that_was_cut_and_joined_still_shares() {
    let old = numbers();
    let mut new = old.clone();
    for at in [LEN / 7, LEN / 2, LEN - 3] {
        let mut back = new.split_off(&Counting(at));
        new.append(&mut back);
        new.assert_invariants();
    }
    let leaf = old.chunks().next().map_or(0, |(keys, _)| keys.len());
    let (is_same, looks) = comparisons(|| new == old);
    assert!(is_same);
    assert!(looks <= 3 * 6 * leaf, "{looks} comparisons");
    let (diff, looks) = comparisons(|| new.diff(&old));
    assert!(
        diff.is_empty() && looks <= 3 * 6 * leaf,
        "{looks} comparisons"
    );
}

#[test]
fn maps_built_in_different_orders_are_equal() {
    let up: CowOrdMap<u32, u32> = (0..2_000).map(|n| (n, n)).collect();
    let mut down = CowOrdMap::new();
    down.extend((0..2_000).rev().map(|n| (n, n)));
    let mut scattered = CowOrdMap::new();
    scattered.extend((0..2_000).map(|n| n * 1_237 % 2_000).map(|n| (n, n)));
    let mut thinned: CowOrdMap<u32, u32> = (0..9_000).map(|n| (n, n)).collect();
    thinned.retain(|key, _| *key < 2_000);
    for other in [down, scattered, thinned] {
        assert_eq!(up, other);
        assert_eq!(up.cmp(&other), Ordering::Equal);
        assert!(up.diff(&other).is_empty());
        assert!(!up.ptr_eq(&other));
    }
}

#[test]
fn set_algebra_does_not_look_into_what_is_shared() {
    let old = numbers();
    let mut new = old.clone();
    new.insert(Counting(LEN / 2), 0);
    new.insert(Counting(LEN + 5), 0);
    let leaf = old.chunks().next().map_or(0, |(keys, _)| keys.len());
    let most = 16 * leaf;
    let (union, looks) = comparisons(|| new.union(&old));
    assert!(union == new && looks <= most, "{looks} comparisons");
    let (both, looks) = comparisons(|| new.intersection(&old));
    assert!(both.len() == LEN && looks <= most, "{looks} comparisons");
    let (only, looks) = comparisons(|| new.difference(&old));
    assert!(only.len() == 1 && looks <= most, "{looks} comparisons");
    let (either, looks) = comparisons(|| new.symmetric_difference(&old));
    assert!(either.len() == 1 && looks <= most, "{looks} comparisons");
}
