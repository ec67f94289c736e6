//! Calls to `CowVec`, made of any bytes, against `Vec`.
//!
//! ```text
//! cargo +nightly fuzz run vec -- -max_total_time=60
//! ```
//!
//! `tests/vec/corpus.rs` replays what lies in `corpus/vec`.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/vec/world/mod.rs"]
mod world;

fuzz_target!(|bytes: &[u8]| world::replay(bytes));
