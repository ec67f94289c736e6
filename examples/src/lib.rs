//! What the programs in `src/bin` share.
//!
//! | program | shows |
//! |---|---|
//! | `replay` | a real editing history with thousands of snapshots, against `Vec` and eager clones |
//! | `flights` | three maps fed with a quarter of a year of departures, a snapshot a day, against std's |
//! | `undo_history` | undo, redo and branches of a large text |
//! | `editor` | an editing session of a text: undo, redo, named checkpoints, and diffs between them |
//! | `readers_and_writer` | snapshots published to readers on other threads |
//! | `background_save` | a save to disk that does not stop the writer |
//! | `fork_cost` | `fork`, image views, live snapshots and a `CowVec`'s snapshot, by size |
//! | `smaps_watch` | which pages parent and child share, before and after writes |
//! | `fault_storm` | what the first writes after a fork cost, on one and two threads |
//! | `ksm`, `thp`, `wipe_on_fork` | one claim each about the kernel, and the observation |
//! | `live_migration` | a region sent to another process while it is being written |
//!
//! Those from `fork_cost` on need Linux on x86-64 (feature `mmu`, on by default).
//!
//! Of the modules here, [`trace`], [`text`] and [`mod@replay`] serve `replay`: they read the history,
//! name what a contender must do, and run it. [`flights`] and its parts do that for `flights`,
//! and [`mod@editor`] is the session that `editor` runs.
//! All three read their command line by [`command`] and do their work under each page policy by
//! [`mod@pages`]. [`heap`] counts the memory, and [`plot`], [`side_by_side`] and [`units`] show it.
#![deny(unsafe_code)]

pub mod command;
pub mod editor;
pub mod flights;
#[expect(unsafe_code, reason = "implements the allocator it counts for")]
pub mod heap;
pub mod pages;
pub mod plot;
pub mod replay;
pub mod side_by_side;
pub mod text;
pub mod trace;
pub mod units;

/// The examples of the README, which must run.
#[cfg(all(doctest, feature = "mmu", target_os = "linux", target_arch = "x86_64"))]
#[doc = include_str!("../../README.md")]
struct Readme;
