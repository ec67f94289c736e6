//! Copy-on-write memory by the MMU of Linux x86-64, and an exact software model of it.
//!
//! The kernel copies a page when it is first written after it was shared. This crate makes that
//! usable without forking: flat memory, `&[T]` and `&mut [T]`, whose copies cost microseconds
//! whatever their size. Elements are plain data ([`bytemuck::Pod`]).
//!
//! | module | is | a copy of 1 GiB | first write to a page | later writes |
//! |---|---|---|---|---|
//! | [`image`] | a frozen array, and private views of it | 0.014 ms | a page fault | free |
//! | [`live`], barrier | an array written in place, with snapshots | 0.015 ms | a page fault | 4 ns |
//! | [`live`], trap | the same for code that writes through `&mut [T]` | the same, and 0.1 µs per page written before (alone: 2 µs) | 1.5 page faults in sequence, 3 scattered | free |
//! | [`forked`] | a real `fork` that runs a closure on frozen memory | 30 ms, or 1 ms in huge pages | a page fault | free |
//! | [`track`] | an array that knows which pages were written | 1 ms for the list of them | half a page fault | free |
//!
//! The figures are medians of `cargo run --release -p cow-pages --example pages_bench` on a virtual
//! machine with two Zen 3 processors and Linux 6.18, where a page fault that copies takes 2.3 µs. The
//! rest is for looking and for teaching:
//!
//! | module | is |
//! |---|---|
//! | [`sim`] | frames, page tables, huge pages and address spaces in pure Rust, under the kernel's own rules |
//! | [`account`] | what the kernel says about a process: smaps, page map, counters |
//! | [`advise`] | private memory with `madvise`, merging of equal pages, NUMA policy |
//! | [`source`] | memory files, huge pages and disk files as the source of an arena |
//!
//! # Which one
//!
//! - One template, many forks of it; or memory for foreign code and system calls: [`image`].
//! - One array, written for hours, with a snapshot now and then: [`live`] with the barrier; with
//!   traps, if the writers cannot be changed.
//! - A dump of the whole process: [`forked`], with the data in huge pages.
//! - Incremental backup, live migration: [`track`].
//!
//! # When not to use it
//!
//! Where there are many snapshots, scattered writes or several writing threads, the collections of
//! `cow-collections` are better: they share by a page table in software, so that a first write
//! costs no page fault (0.4-1 µs), no other thread has to be interrupted for it, and a history of a
//! thousand versions is nothing special. A page fault of one thread costs several times more where
//! another thread of the process is running, because that one's processor has to forget the old
//! page. Flat memory reads faster than any tree, though: after some hundred random reads for each
//! page written the MMU has won.
//!
//! # What is mirrored from Linux, and what is not
//!
//! [`sim`] follows the kernel page for page: contents, which frames are shared, page faults, and
//! what smaps says, checked against real processes by generated scripts. Not modelled are swap,
//! NUMA, memory cgroups, and references that the kernel itself holds for a moment, on account of
//! which a real kernel may copy a page that the model reuses, though never the reverse.
//!
//! # Platforms
//!
//! Everything but [`sim`] needs Linux on x86-64, and the feature `mmu`, which is on by default.
//! Elsewhere, and under Miri, build with `default-features = false`. Features that a kernel may
//! lack are probed when they are used, and have a fallback or end in an [`Error`].

#![deny(unsafe_code)]

#[cfg(all(feature = "mmu", not(all(target_os = "linux", target_arch = "x86_64"))))]
compile_error!(
    "the `mmu` feature of cow-pages needs Linux on x86-64; build with `default-features = false` for `sim` alone"
);

#[cfg(feature = "mmu")]
pub mod account;
#[cfg(feature = "mmu")]
pub mod advise;
pub mod error;
#[cfg(feature = "mmu")]
pub mod forked;
#[cfg(feature = "mmu")]
pub mod image;
#[cfg(feature = "mmu")]
pub mod live;
mod page_set;
pub mod sim;
#[cfg(feature = "mmu")]
#[expect(unsafe_code, reason = "implements an unsafe trait of cow-core")]
pub mod source;
#[cfg(feature = "mmu")]
pub mod track;

#[cfg(feature = "mmu")]
#[expect(
    unsafe_code,
    reason = "makes the system calls and owns the mapped memory"
)]
mod sys;

pub use error::Error;
pub use page_set::PageSet;
