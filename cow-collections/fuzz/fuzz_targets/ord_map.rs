//! Calls to `CowOrdMap`, made of any bytes, against `BTreeMap`.
//!
//! ```text
//! cargo +nightly fuzz run ord_map -- -max_total_time=60
//! ```
//!
//! `tests/ord/corpus.rs` replays what lies in `corpus/ord_map`.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/ord/world/mod.rs"]
mod world;

fuzz_target!(|bytes: &[u8]| world::replay(bytes));
