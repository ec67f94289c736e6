//! What the programs in `src/bin` share.
//!
//! | program | shows |
//! |---|---|
//! | `replay` | a real editing history with thousands of snapshots, against `Vec` and eager clones |
//! | `undo_history` | undo, redo and branches of a large text |
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
//! The modules here serve `replay`: [`trace`] reads the history, [`text`] names what a contender
//! must do, [`mod@replay`] runs it, [`heap`] counts its memory, and [`plot`], [`side_by_side`] and
//! [`units`] show it.
#![deny(unsafe_code)]

#[expect(unsafe_code, reason = "implements the allocator it counts for")]
pub mod heap;
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
