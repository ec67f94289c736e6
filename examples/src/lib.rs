//! What the programs in `src/bin` share.
//!
//! | program | shows |
//! |---|---|
//! | `replay` | a real editing history with thousands of snapshots, against `Vec` and eager clones |
//! | `undo_history` | undo, redo and branches of a large text |
//! | `readers_and_writer` | snapshots published to readers on other threads |
//! | `background_save` | a save to disk that does not stop the writer |
//!
//! The modules here serve `replay`: [`trace`] reads the history, [`text`] names what a contender
//! must do, [`replay`] runs it, [`heap`] counts its memory, and [`plot`] and [`units`] show it.
#![deny(unsafe_code)]

#[expect(unsafe_code, reason = "implements the allocator it counts for")]
pub mod heap;
pub mod plot;
pub mod replay;
pub mod text;
pub mod trace;
pub mod units;

/// The examples of the README, which must run.
#[cfg(all(doctest, target_os = "linux", target_arch = "x86_64"))]
#[doc = include_str!("../../README.md")]
struct Readme;
