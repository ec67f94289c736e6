//! Nodes whose words name children in runs.

use cow_core::{Arena, Bottom, Bucket, Child, ChildMut, Directory, Shared, Subtree, Tag};

use crate::probe::{Log, Probe, panics};

const FANOUT: usize = Directory::<Probe>::FANOUT;

fn bucket(arena: &Arena, id: usize, log: &Shared<Log>) -> Subtree<Probe> {
    let mut bucket = Bucket::try_with_capacity_in(arena.into(), 1).unwrap();
    bucket
        .get_mut()
        .expect("the only handle")
        .push(Tag::new(1), Probe::new(id, log));
    Subtree::Bucket(bucket)
}

/// The bucket's value that a digit leads to.
fn id(node: &Directory<Probe>, digit: usize) -> Option<usize> {
    match node.get(digit) {
        Child::Empty => None,
        Child::Bucket(bucket) => Some(bucket.values()[0].id),
        Child::Node(child) => id(child, digit),
    }
}

/// A node with four children: 1 in half of its words, 2 in a quarter, none, and a node with 3.
fn node(arena: &Arena, log: &Shared<Log>) -> Directory<Probe> {
    let mut node = Directory::new(bucket(arena, 1, log));
    let low = node.take(0);
    assert!(matches!(
        node.split(0, low, bucket(arena, 2, log)),
        Subtree::Empty
    ));
    let low = node.take(FANOUT - 1);
    node.split(FANOUT - 1, low, Subtree::Empty);
    let inner = Directory::new(bucket(arena, 3, log));
    let inner = Subtree::Node(Shared::new_in(arena, inner));
    assert!(matches!(node.replace(FANOUT - 1, inner), Subtree::Empty));
    node.assert_runs();
    node
}

#[test]
fn every_word_of_a_run_leads_to_its_child() {
    let (arena, log) = (Arena::builder().build(), Log::new());
    let node = node(&arena, &log);
    for digit in 0..FANOUT {
        let expected = match digit * 4 / FANOUT {
            0 | 1 => 1,
            2 => 2,
            _ => 3,
        };
        assert_eq!(id(&node, digit), Some(expected));
        assert!(node.run(digit).contains(&digit));
    }
    assert_eq!(node.runs().count(), 3);
    drop(node);
    assert_eq!((log.live(), arena.stats().chunks_live()), (0, 0));
}

#[test]
fn a_run_counts_its_child_once_and_copies_share_it() {
    let (arena, log) = (Arena::builder().build(), Log::new());
    let mut node = node(&arena, &log);
    assert!((0..FANOUT).all(|digit| node.is_exclusive(digit)));
    assert_eq!(node.usage(0).handles, 1);
    let copy = node.clone();
    assert_eq!(node.usage(1).handles, 2);
    for digit in 0..FANOUT {
        assert_eq!(node.child_ptr(digit), copy.child_ptr(digit));
        assert!(!node.is_exclusive(digit) && node.get_mut(digit).is_none());
    }
    let handle = copy.handle(0);
    assert_eq!(node.usage(0).handles, 3);
    drop((copy, handle));
    assert!(node.is_exclusive(1) && node.known_mut(0).is_some());
    assert_eq!(arena.stats().reuses, 1);
    drop(node);
    assert_eq!((log.live(), arena.stats().chunks_live()), (0, 0));
}

/// A bucket of the class that buckets grow to.
fn grown(arena: &Arena, id: usize, log: &Shared<Log>) -> Subtree<Probe> {
    let capacity = Bucket::<Probe>::GROWN_CAPACITY;
    let mut bucket = Bucket::try_with_capacity_in(arena.into(), capacity).unwrap();
    let mut values = bucket.get_mut().expect("the only handle");
    values.push(Tag::new(1), Probe::new(id, log));
    Subtree::Bucket(bucket)
}

#[test]
fn the_bits_of_a_hash_lead_to_the_bottom() {
    let (arena, log) = (Arena::builder().build(), Log::new());
    let mut top = node(&arena, &log);
    let digits = |first: usize, second: usize| {
        let bits = Directory::<Probe>::BITS;
        (first as u64) << (64 - bits) | (second as u64) << (64 - 2 * bits)
    };
    let last = FANOUT - 1;
    let Some(ChildMut::Node(inner)) = top.get_mut(last) else {
        panic!("a node")
    };
    let whole = inner.take(0);
    assert!(matches!(
        inner.split(0, whole, grown(&arena, 4, &log)),
        Subtree::Empty
    ));
    let whole = top.take(0);
    top.split(0, whole, Subtree::Empty);
    top.assert_runs();

    let found = |hash| match top.bottom(hash) {
        Bottom::Empty => None,
        Bottom::Grown(bucket) => Some((bucket.values()[0].id, true)),
        Bottom::Other(bucket) => Some((bucket.values()[0].id, false)),
    };
    assert_eq!(found(digits(0, last)).map(|(id, _)| id), Some(1));
    assert_eq!(found(digits(FANOUT / 2 - 1, 0)), None);
    assert_eq!(found(digits(FANOUT / 2, 0)).map(|(id, _)| id), Some(2));
    assert_eq!(found(digits(last, 0)).map(|(id, _)| id), Some(3));
    assert_eq!(found(digits(last, last)), Some((4, true)));
    assert_eq!(
        top.bottom(digits(last, last))
            .bucket()
            .map(|bucket| bucket.len()),
        Some(1)
    );

    let hash = digits(last, last);
    let id_for_writing = |top: &mut Directory<Probe>| {
        let bucket = top.grown_mut(hash).ok()?;
        Some(bucket.into_values()[0].id)
    };
    assert_eq!(
        id_for_writing(&mut top),
        Some(4),
        "all is known to be exclusive"
    );
    assert!(top.grown_mut(digits(FANOUT / 2 - 1, 0)).is_err(), "nothing");
    let copy = top.clone();
    assert_eq!(id_for_writing(&mut top), None, "the inner node is shared");
    drop(copy);
    assert_eq!(
        id_for_writing(&mut top),
        None,
        "not yet known to be exclusive"
    );
    assert!(top.is_exclusive(last));
    assert_eq!(id_for_writing(&mut top), Some(4), "the bit below was kept");
    let Some(ChildMut::Node(inner)) = top.get_mut(last) else {
        panic!("a node")
    };
    let handle = inner.handle(last);
    assert_eq!(id_for_writing(&mut top), None, "the bucket is shared");
    drop((handle, top));
    assert_eq!((log.live(), arena.stats().chunks_live()), (0, 0));
}

#[test]
fn a_shared_child_is_copied_and_the_other_node_keeps_its_own() {
    let (arena, log) = (Arena::builder().build(), Log::new());
    let mut node = node(&arena, &log);
    let copy = node.clone();
    for digit in [0, FANOUT - 1] {
        let copied = node.try_make_exclusive(digit, |bucket| bucket.try_copy(1));
        assert_eq!(copied, Ok(()));
        assert_ne!(node.child_ptr(digit), copy.child_ptr(digit));
        assert!(node.known_mut(digit).is_some());
        let again = node.try_make_exclusive(digit, |_| panic!("it is exclusive"));
        assert_eq!(again, Ok(()));
    }
    if let Some(ChildMut::Bucket(bucket)) = node.get_mut(0) {
        bucket.into_values()[0].id = 9;
    }
    assert_eq!((id(&node, 0), id(&copy, 0)), (Some(9), Some(1)));
    node.assert_runs();
    copy.assert_runs();
}

#[test]
fn buddies_are_joined() {
    let (arena, log) = (Arena::builder().build(), Log::new());
    let mut node = node(&arena, &log);
    assert_eq!(node.buddy(0), None, "the other half is split further");
    let buddy = node.buddy(FANOUT - 1).expect("of the same length");
    assert_eq!(id(&node, buddy), Some(2));
    let (last, other) = node.join(FANOUT - 1, Subtree::Empty);
    assert!(matches!(
        (last, other),
        (Subtree::Node(_), Subtree::Bucket(_))
    ));
    node.assert_runs();
    assert_eq!(node.buddy(0), Some(FANOUT / 2));
    let whole = node.take(0);
    node.join(0, whole);
    assert_eq!((node.run(3), id(&node, 3)), (0..FANOUT, Some(1)));
    assert_eq!(log.live(), 1);
    panics(|| node.join(0, Subtree::Empty));
}

#[test]
fn a_run_of_one_word_cannot_be_split() {
    let (arena, log) = (Arena::builder().build(), Log::new());
    let mut node = Directory::new(bucket(&arena, 1, &log));
    while node.run_bits(0) > 0 {
        let whole = node.take(0);
        node.split(0, whole, Subtree::Empty);
    }
    panics(|| node.split(0, Subtree::Empty, Subtree::Empty));
    assert_eq!(id(&node, 0), Some(1));
}

#[test]
fn a_drop_that_panics_leaves_no_child_behind() {
    let (arena, log) = (Arena::builder().build(), Log::new());
    let node = node(&arena, &log);
    log.panic_on_drop_of(1);
    panics(|| drop(node));
    assert_eq!((log.live(), arena.stats().chunks_live()), (0, 0));
}
