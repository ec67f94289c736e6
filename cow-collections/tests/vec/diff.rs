//! What changed from one version to another, and what looking for it costs.

use std::{cell::Cell, cmp::Ordering};

use cow_collections::{CowVec, PatchError};
use quickcheck::{Gen, QuickCheck};

use crate::world::{World, element::Element, op::Op};

/// Asserts that the diff of two versions is right.
fn check<T: Element>((old, old_model): (&CowVec<T>, &[T]), (new, new_model): (&CowVec<T>, &[T])) {
    let diff = new.diff(old);
    assert_eq!((diff.old_len(), diff.new_len()), (old.len(), new.len()));
    assert_eq!(diff.is_empty(), old_model == new_model);

    // Between two edits lie values, as many in one version as in the other, and the same ones.
    let (mut old_end, mut new_end) = (0, 0);
    for (i, edit) in diff.edits().iter().enumerate() {
        let (old_gap, new_gap) = (old_end..edit.old.start, new_end..edit.new.start);
        assert!(i == 0 || !old_gap.is_empty(), "edits touch");
        assert!(old_model[old_gap] == new_model[new_gap]);
        assert!(!edit.old.is_empty() || !edit.new.is_empty());
        assert!(edit.values == new_model[edit.new.clone()]);
        assert!(edit.values.arena() == new.arena());
        edit.values.assert_invariants();
        (old_end, new_end) = (edit.old.end, edit.new.end);
    }
    assert!(old_model[old_end..] == new_model[new_end..]);

    let mut patched = old.clone();
    assert_eq!(patched.apply(&diff), Ok(()));
    assert!(patched == new_model);
    patched.assert_invariants();
    assert!(
        *old == old_model && *new == new_model,
        "the versions are as they were"
    );
}

fn between_any_two<T: Element>() {
    fn run<T: Element>(ops: Vec<Op>, fraction: u8) {
        let mut world = World::<T>::new(T::MANY / 2 * usize::from(fraction) / 255);
        ops.into_iter().for_each(|op| world.step(op));
        let versions: Vec<_> = world.versions().collect();
        let unrelated: Vec<CowVec<T>> = versions.iter().map(|(_, model)| (*model).into()).collect();
        for (i, &old) in versions.iter().enumerate() {
            for &new in &versions {
                check(old, new);
            }
            check(old, (&unrelated[i], old.1));
            check((&unrelated[i], old.1), versions[(i + 1) % versions.len()]);
        }
    }
    let (tests, size) = if cfg!(miri) { (1, 10) } else { (25, 50) };
    QuickCheck::new()
        .rng(Gen::new(size))
        .tests(tests)
        .quickcheck(run::<T> as fn(Vec<Op>, u8));
}

#[test]
fn between_versions_of_words() {
    between_any_two::<u64>();
}

#[test]
fn between_versions_of_strings() {
    between_any_two::<String>();
}

#[test]
fn between_versions_of_values_without_size() {
    between_any_two::<()>();
}

thread_local! {
    static COMPARISONS: Cell<usize> = const { Cell::new(0) };
}

/// A number that counts how often it is compared.
#[derive(Clone, Copy, Debug)]
struct Counted(u64);

impl PartialEq for Counted {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Counted {}

impl PartialOrd for Counted {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Counted {
    fn cmp(&self, other: &Self) -> Ordering {
        COMPARISONS.set(COMPARISONS.get() + 1);
        self.0.cmp(&other.0)
    }
}

/// Comparisons that `call` makes.
fn comparisons<R>(call: impl FnOnce() -> R) -> usize {
    let before = COMPARISONS.get();
    call();
    COMPARISONS.get() - before
}

const LEN: usize = if cfg!(miri) {
    400
} else if cfg!(cow_tiny) {
    5_000
} else {
    300_000
};

fn numbers() -> (CowVec<Counted>, usize) {
    let vec: CowVec<_> = (0..LEN as u64).map(Counted).collect();
    let leaf = vec.chunks().next().map_or(0, <[Counted]>::len);
    (vec, leaf)
}

#[test]
fn what_is_shared_is_not_compared() {
    let (old, _) = numbers();
    let new = old.clone();
    assert_eq!(
        comparisons(|| assert!(old == new && old.cmp(&new).is_eq())),
        0
    );
    assert_eq!(comparisons(|| assert!(new.diff(&old).is_empty())), 0);
}

#[test]
fn writes_cost_the_leaves_that_they_hit() {
    for count in [1, 3, 10] {
        let (old, leaf) = numbers();
        let mut new = old.clone();
        for i in 0..count {
            new[i * LEN / count + 1] = Counted(u64::MAX);
        }
        let most = count * 2 * leaf;
        assert!(comparisons(|| assert_eq!(new.diff(&old).edits().len(), count)) <= most);
        assert!(comparisons(|| assert!(new != old)) <= most);
        assert!(comparisons(|| assert!(new > old)) <= most);
        // With the first values as before, all leaves that were hit are looked at.
        for i in 0..count {
            new[i * LEN / count + 1] = old[i * LEN / count + 1];
        }
        assert!(comparisons(|| assert!(new == old)) <= most);
    }
}

#[test]
fn insertions_and_removals_cost_a_few_leaves() {
    for count in [1, 4] {
        let (old, leaf) = numbers();
        let mut new = old.clone();
        for i in 0..count {
            new.insert(i * LEN / count + 1, Counted(0));
            drop(new.drain(i * LEN / count + leaf / 2..i * LEN / count + leaf / 2 + 3));
        }
        new.append(&mut CowVec::from([Counted(1); 3]));
        let mut edits = Vec::new();
        let spent = comparisons(|| edits = new.diff(&old).edits().to_vec());
        assert!(
            spent <= (count + 1) * 8 * leaf,
            "{spent} comparisons, leaves of {leaf}"
        );
        let changed: usize = edits
            .iter()
            .map(|edit| edit.old.len().max(edit.new.len()))
            .sum();
        assert!(
            changed <= (count + 1) * leaf,
            "{changed} values changed by {count} edits"
        );
    }
}

#[test]
fn edits_share_chunks_with_the_new_version() {
    let (old, leaf) = numbers();
    let mut new = old.clone();
    let mut more: CowVec<Counted> = (0..10 * leaf as u64)
        .map(|n| Counted(n + 1_000_000))
        .collect();
    let (more_start, more_len) = (LEN / 2, more.len());
    let mut back = new.split_off(more_start);
    new.append(&mut more);
    new.append(&mut back);
    let diff = new.diff(&old);
    let added: usize = diff.edits().iter().map(|edit| edit.new.len()).sum();
    assert!(more_len <= added && added <= more_len + 3 * leaf);
    let shared = diff
        .edits()
        .iter()
        .map(|edit| edit.values.memory().bytes_shared)
        .max();
    assert!(shared.unwrap() >= 6 * leaf * size_of::<Counted>());
}

#[test]
fn a_diff_fits_versions_of_one_length_only() {
    let old = CowVec::from([1, 2, 3]);
    let new = CowVec::from([1, 5, 3, 4]);
    let diff = new.diff(&old);
    let mut other = CowVec::from([1, 2]);
    let error = other.apply(&diff).unwrap_err();
    assert!(matches!(
        error,
        PatchError {
            expected_len: 3,
            found_len: 2,
            ..
        }
    ));
    assert_eq!(
        error.to_string(),
        "the diff starts from 3 values, but there are 2"
    );
    assert_eq!(other, [1, 2]);
    // Another version of the same length takes what replaced the old values.
    let mut other = CowVec::from([7, 8, 9]);
    assert_eq!(other.apply(&diff), Ok(()));
    assert_eq!(other, [7, 5, 3, 4]);
    assert_eq!(format!("{diff:?}"), "[1..3 -> 1..4: [5, 3, 4]]");
}
