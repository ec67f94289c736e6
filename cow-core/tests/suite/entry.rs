//! One word for one of several handles.

use std::thread;

use cow_core::{Arena, ArenaRef, Entry, Handle, Shared, Slots, View, ViewMut};
use quickcheck::{Arbitrary, Gen};

use crate::probe::{Log, Probe, check};

type Slot = Entry<Shared<u64>, Slots<u8>, Shared<Probe>>;

/// A node of entries, as a tree has them.
#[derive(Clone, Default)]
struct Node {
    children: [Entry<Shared<Node>, Shared<u64>>; 4],
}

#[test]
fn an_entry_tells_its_kinds_apart() {
    let log = Log::new();
    let mut bytes = Slots::try_with_capacity_in(ArenaRef::global(), 4).unwrap();
    bytes.get_mut().unwrap().push(8);
    let mut slots = [
        Slot::a(Shared::new(7)),
        Slot::b(bytes),
        Slot::c(Shared::new(Probe::new(9, &log))),
        Slot::empty(),
    ];
    assert_eq!(size_of_val(&slots), 4 * size_of::<usize>());
    assert!(matches!(slots[0].view(), View::A(7)));
    let View::B(lent) = slots[1].view() else {
        panic!("slots were expected")
    };
    // SAFETY: one slot was filled.
    assert_eq!(unsafe { lent.as_slice(1) }, [8]);
    assert!(matches!(slots[2].view(), View::C(probe) if probe.id == 9));
    assert!(matches!(slots[3].view(), View::Empty));
    assert!(slots[3].is_empty() && !slots[0].is_empty());
    assert!(slots[3].as_ptr().is_null() && !slots[1].as_ptr().is_null());

    let shown = slots.each_ref().map(|slot| format!("{slot:?}"));
    for (text, kind) in shown.iter().zip(["A(", "B(", "C(", "Empty("]) {
        assert!(text.starts_with(kind), "{text}");
    }
    assert!(matches!(slots[3].view_mut(), Some(ViewMut::Empty)));
    assert!(matches!(slots[0].take(), Handle::A(node) if *node == 7));
    assert!(matches!(slots[1].take(), Handle::B(_)));
    assert!(matches!(slots[2].take(), Handle::C(probe) if probe.id == 9));
    assert!(slots.iter().all(Entry::is_empty));
    assert!(matches!(slots[2].take(), Handle::Empty));
    assert_eq!(log.live(), 0);
}

#[test]
fn a_kind_that_is_known_is_lent_without_looking() {
    let slots = [
        Entry::<Shared<u64>, Shared<u8>>::a(Shared::new(7)),
        Entry::b(Shared::new(8)),
    ];
    // SAFETY: an `A`.
    assert_eq!(unsafe { slots[0].a_unchecked() }, &7);
    // SAFETY: a `B`.
    assert_eq!(unsafe { slots[1].b_unchecked() }, &8);
}

#[test]
fn what_is_known_to_be_exclusive_is_lent_at_once() {
    let mut slot = Entry::<Shared<u64>, Shared<u8>>::a(Shared::new(7));
    *slot.known_a_mut().unwrap() = 8;
    assert!(slot.known_b_mut().is_none(), "of the other kind");
    let copy = slot.clone();
    assert!(slot.known_a_mut().is_none(), "shared");
    drop(copy);
    assert!(
        slot.known_a_mut().is_none(),
        "exclusive again, and not known to be"
    );
    assert!(slot.is_exclusive());
    assert_eq!(slot.known_a_mut(), Some(&mut 8));
    assert!(
        slot.as_b().is_none() && !slot.is_known_b(),
        "of the other kind"
    );
    slot = Entry::b(Shared::new(9));
    assert_eq!(slot.known_b_mut(), Some(&mut 9));
    assert!(slot.is_known_b());
    let copy = slot.clone();
    assert!(!slot.is_known_b(), "shared");
    assert_eq!((slot.as_b(), copy.as_b()), (Some(&9), Some(&9)));
    slot = Entry::empty();
    assert!(slot.as_b().is_none() && !slot.is_known_b());
    assert!(slot.known_a_mut().is_none());
}

#[test]
fn an_entry_keeps_what_it_holds_and_no_longer() {
    let log = Log::new();
    let slot = Slot::c(Shared::new(Probe::new(1, &log)));
    let copy = slot.clone();
    drop(slot);
    assert_eq!(log.live(), 1);
    drop(copy);
    assert_eq!(log.live(), 0);
}

#[test]
fn a_new_handle_is_remembered_as_exclusive() {
    let arena = Arena::builder().build();
    let mut slot = Slot::a(Shared::new_in(&arena, 1));
    assert!(slot.is_known_exclusive());
    let Some(ViewMut::A(value)) = slot.view_mut() else {
        panic!("exclusive")
    };
    *value = 2;
    assert!(matches!(slot.view(), View::A(2)));
    assert_eq!(arena.stats().faults(), 0, "nothing was shared");
}

#[test]
fn a_second_handle_ends_the_memory_of_being_exclusive() {
    let arena = Arena::builder().build();
    let mut slot = Slot::a(Shared::new_in(&arena, 1));
    let mut copy = slot.clone();
    assert!(!slot.is_known_exclusive() && !copy.is_known_exclusive());
    assert!(!slot.is_exclusive() && !copy.is_exclusive());
    assert!(slot.view_mut().is_none() && copy.view_mut().is_none());
    assert!(slot.ptr_eq(&copy));

    let third = slot.handle();
    drop(copy);
    assert!(!slot.is_exclusive());
    drop(third);
    assert_eq!(arena.stats().reuses, 0);
    assert!(slot.is_exclusive());
    assert!(slot.is_exclusive(), "remembered, and counted once");
    let stats = arena.stats();
    assert_eq!((stats.reuses, stats.copies), (1, 0));
}

#[test]
fn a_shared_handle_is_packed_as_shared() {
    let node = Shared::new(1);
    let mut slot = Slot::a(node.clone());
    assert!(!slot.is_exclusive());
    drop(node);
    assert!(slot.is_exclusive());
}

#[test]
fn a_copied_node_shares_its_children() {
    let mut old = Shared::new(Node::default());
    old.make_mut().children[0] = Entry::b(Shared::new(5));
    let mut new = old.clone();
    assert!(
        old.children[0].is_known_exclusive(),
        "two handles to the node, one to the child"
    );
    let child = &mut new.make_mut().children[0];
    assert!(!child.is_exclusive());
    drop(old);
    assert!(child.is_exclusive());
}

#[test]
fn the_last_owner_of_a_node_owns_its_children() {
    let mut old = Shared::new(Node::default());
    old.make_mut().children[0] = Entry::b(Shared::new(5));
    let mut new = old.clone();
    drop(old);
    let child = &mut new.get_mut().unwrap().children[0];
    let Some(ViewMut::B(value)) = child.view_mut() else {
        panic!("exclusive")
    };
    *value = 6;
    assert!(matches!(new.children[0].view(), View::B(6)));
}

#[test]
fn an_entry_leads_to_its_arena() {
    let arena = Arena::builder().build();
    let slot = Slot::a(Shared::new_in(&arena, 1));
    let child = Shared::new_in(slot.arena().unwrap(), 2_u8);
    assert_eq!(arena.stats().chunks_live(), 2);
    assert!(Slot::default().arena().is_none());
    drop(child);
}

#[test]
fn threads_copy_a_shared_node_at_once() {
    let mut root = Shared::new(Node::default());
    for (child, i) in root.make_mut().children.iter_mut().zip(0..) {
        *child = Entry::b(Shared::new(i));
    }
    for _ in 0..if cfg!(miri) { 2 } else { 200 } {
        thread::scope(|scope| {
            for _ in 0..3 {
                let mut mine = root.clone();
                scope.spawn(move || {
                    let child = &mut mine.make_mut().children[2];
                    assert!(matches!(child.view(), View::B(2)));
                    if let Some(ViewMut::B(value)) = child.view_mut() {
                        *value = 2;
                    }
                });
            }
        });
        assert!(root.is_exclusive());
        let child = &mut root.make_mut().children[2];
        assert!(child.is_exclusive());
    }
}

/// What one can do to a few trees that share nodes.
#[derive(Clone, Debug)]
enum Op {
    /// Writes through a tree, copying what is shared on the way.
    Write(u8, u8, u16),
    /// Replaces a tree by a clone of another one.
    Clone(u8, u8),
    /// Copies one entry of a tree to another tree.
    Graft(u8, u8, u8),
    Clear(u8, u8),
}

impl Arbitrary for Op {
    fn arbitrary(g: &mut Gen) -> Self {
        let (a, b, c) = (
            u8::arbitrary(g) % 3,
            u8::arbitrary(g) % 16,
            u8::arbitrary(g) % 4,
        );
        match u8::arbitrary(g) % 4 {
            0 | 1 => Self::Write(a, b, u16::arbitrary(g)),
            2 => Self::Clone(a, b % 3),
            _ if b % 2 == 0 => Self::Graft(a, b % 3, c),
            _ => Self::Clear(a, c),
        }
    }
}

type Child = Entry<Shared<Node>, Shared<u64>>;

/// The node in an entry, made when there is none, copied when it is shared.
fn node_mut(entry: &mut Child) -> &mut Node {
    if !entry.is_exclusive() {
        *entry = match entry.view() {
            View::A(node) => Entry::a(Shared::new(node.clone())),
            _ => Entry::a(Shared::new(Node::default())),
        };
    }
    match entry.view_mut() {
        Some(ViewMut::A(node)) => node,
        _ => unreachable!("just made exclusive"),
    }
}

fn write(entry: &mut Child, value: u64) {
    match entry.view_mut() {
        Some(ViewMut::B(place)) => *place = value,
        _ => *entry = Entry::b(Shared::new(value)),
    }
}

fn read(entry: &Child, at: usize) -> Option<u64> {
    match entry.view() {
        View::A(node) => match node.children[at].view() {
            View::B(value) => Some(*value),
            _ => None,
        },
        _ => None,
    }
}

fn agree_with_arrays(ops: Vec<Op>) -> bool {
    let mut trees: [Shared<Node>; 3] = [(); 3].map(|()| Shared::default());
    let mut arrays = [[None; 16]; 3];
    for op in ops {
        match op {
            Op::Write(tree, at, value) => {
                let (tree, at) = (usize::from(tree), usize::from(at));
                let child = &mut trees[tree].make_mut().children[at / 4];
                write(&mut node_mut(child).children[at % 4], u64::from(value));
                arrays[tree][at] = Some(u64::from(value));
            }
            Op::Clone(to, from) => {
                let (to, from) = (usize::from(to), usize::from(from));
                trees[to] = trees[from].clone();
                arrays[to] = arrays[from];
            }
            Op::Graft(to, from, child) => {
                let (to, from, child) = (usize::from(to), usize::from(from), usize::from(child));
                let entry = trees[from].children[child].clone();
                trees[to].make_mut().children[child] = entry;
                let slots = child * 4..child * 4 + 4;
                let values = arrays[from];
                arrays[to][slots.clone()].copy_from_slice(&values[slots]);
            }
            Op::Clear(tree, child) => {
                let (tree, child) = (usize::from(tree), usize::from(child));
                drop(trees[tree].make_mut().children[child].take());
                arrays[tree][child * 4..child * 4 + 4].fill(None);
            }
        }
        for (tree, array) in trees.iter().zip(&arrays) {
            for (at, value) in array.iter().enumerate() {
                assert_eq!(read(&tree.children[at / 4], at % 4), *value);
            }
        }
    }
    true
}

#[test]
fn trees_that_share_nodes_agree_with_arrays() {
    check(agree_with_arrays);
}
