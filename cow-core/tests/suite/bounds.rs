//! What may go to another thread. What may not is in the doc tests of `src/bounds.rs`.

use cow_core::{
    AllocError, Arena, ArenaRef, ArenaStats, Entry, Home, IntoValues, Loaded, Shared, Slots,
    SnapshotCell, View,
};

const fn send_and_sync<T: Send + Sync>() {}

const _: () = {
    send_and_sync::<AllocError>();
    send_and_sync::<Arena>();
    send_and_sync::<ArenaStats>();
    send_and_sync::<Home>();
    send_and_sync::<Shared<Vec<u8>>>();
    send_and_sync::<Slots<String>>();
    send_and_sync::<IntoValues<String>>();
    send_and_sync::<Entry<Shared<u8>, Slots<u8>, Home>>();
    send_and_sync::<SnapshotCell<Shared<u8>>>();
    send_and_sync::<Loaded<Shared<u8>>>();
};

/// Handles with a lifetime, of all kinds.
struct Handles<'a> {
    shared: Shared<&'a str>,
    slots: Slots<&'a str>,
    entry: Entry<Shared<&'a str>, Slots<&'a str>>,
}

/// Handles of a longer lifetime pass for handles of a shorter one.
fn shorter<'a>(long: Handles<'static>, _: &'a str) -> Handles<'a> {
    long
}

#[test]
fn a_lifetime_can_be_shortened() {
    let text = String::from("short");
    let shared = Shared::new("long");
    let mut handles = shorter(
        Handles {
            entry: Entry::a(shared.clone()),
            slots: Slots::try_with_capacity_in(ArenaRef::global(), 1).unwrap(),
            shared,
        },
        &text,
    );
    *handles.shared.make_mut() = &text;
    handles.slots.get_mut().unwrap().push(&text);
    assert_eq!(*handles.shared, "short");
    assert_eq!(handles.slots.get_mut().unwrap().pop(), Some("short"));
    assert!(matches!(handles.entry.view(), View::A(long) if *long == "long"));
}
