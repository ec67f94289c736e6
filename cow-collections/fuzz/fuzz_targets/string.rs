//! Calls to `CowString`, made of any bytes, against `String`.
//!
//! ```text
//! cargo +nightly fuzz run string -- -max_total_time=60
//! ```
//!
//! `tests/string/corpus.rs` replays what lies in `corpus/string`.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/string/world/mod.rs"]
mod world;

fuzz_target!(|bytes: &[u8]| world::replay(bytes));
