//! Calls to `CowHashMap`, made of any bytes, against `HashMap`.
//!
//! ```text
//! cargo +nightly fuzz run hash_map -- -max_total_time=60
//! ```
//!
//! `tests/hash/corpus.rs` replays what lies in `corpus/hash_map`.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/hash/world/mod.rs"]
mod world;

fuzz_target!(|bytes: &[u8]| world::replay(bytes));
