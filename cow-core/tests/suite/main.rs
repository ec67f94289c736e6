//! What the crate promises, through its public calls alone.

#![cfg(not(loom))]

mod arena;
mod bounds;
mod bucket;
mod budget;
mod bytes;
mod cell;
mod directory;
mod entry;
mod home;
mod huge;
mod pairs;
mod probe;
mod shared;
mod slots;
