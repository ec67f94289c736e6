//! Calls to `CowStr` and `CowBytes`, made of any bytes, against `String` and `Vec`.
//!
//! ```text
//! cargo +nightly fuzz run str -- -max_total_time=60
//! ```
//!
//! `tests/str/corpus.rs` replays what lies in `corpus/str`.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/str/world/mod.rs"]
mod world;

fuzz_target!(|bytes: &[u8]| world::replay(bytes));
