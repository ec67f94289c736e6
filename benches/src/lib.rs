//! What the benches of the cow crates share: contenders, workloads and the counting heap.
//!
//! A *contender* is a collection under test. All contenders implement one small trait, and every
//! workload is written once against that trait, so that all of them run the same work on the same
//! elements. Two programs drive the workloads:
//!
//! - `cargo bench -p cow-benches` runs them under criterion, one file per type;
//! - `cargo run --release -p cow-benches --bin compare` runs all contenders side by side in one
//!   process, prints a table of medians and ratios, and writes a report with plots.
//!
//! | module | holds |
//! |---|---|
//! | [`suite`] | what a comparison is made of |
//! | [`mod@vec`] | the vectors and what they are asked to do |
//! | [`map`] | the maps, by hash and in order, and what they are asked to do |
//! | [`set`] | the sets, by hash and in order, and what is made of two of them |
//! | [`text`] | the large texts, editing sessions, and what they are asked to do |
//! | [`mod@str`] | the short strings and what they are asked to do |
//! | [`element`] | the element types, and how a workload makes, reads and writes one |
//! | [`rng`] | indices at random, for about a nanosecond each |
//! | [`clock`] | the time that the working thread had a processor |
//! | [`heap`] | an allocator that counts bytes on request |
//! | [`bytes`] | what a piece of work copies and keeps, on the heap and in the arena |

pub mod bytes;
pub mod clock;
pub mod element;
pub mod heap;
pub mod map;
pub mod rng;
pub mod set;
pub mod str;
pub mod suite;
pub mod text;
pub mod vec;
