//! `CowStr` and `CowBytes`, seen from outside.

mod claims;
mod corpus;
mod handle;
mod model;
mod slices;
mod std_parity;
mod traits;
mod world;

use world::CLASS;

/// Lengths around every border.
const LENGTHS: [usize; 13] = [0, 1, 7, 8, 14, 15, 16, 17, 63, 64, 65, CLASS, CLASS + 1];

/// Runs `f`, which must panic, and returns the message.
fn panics<R>(f: impl FnOnce() -> R) -> String {
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(f));
    let Err(payload) = outcome else {
        panic!("a panic was expected")
    };
    match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => payload.downcast_ref::<&str>().unwrap().to_string(),
    }
}

/// A text of so many bytes, with characters of one to four bytes.
fn text(len: usize) -> String {
    let mut text = String::new();
    for char in ['a', 'ß', '\n', '中', ' ', '\u{301}', '😀', 'z']
        .iter()
        .cycle()
    {
        if text.len() + char.len_utf8() > len {
            break;
        }
        text.push(*char);
    }
    while text.len() < len {
        text.push('.');
    }
    text
}
