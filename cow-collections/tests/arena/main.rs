//! What the collections make of their arena: budgets, drops, streams, merging.

#[cfg(feature = "plain")]
#[path = "../support/ballast.rs"]
mod ballast;
mod budget;
mod drops;
mod hash;
mod history;
#[cfg(feature = "plain")]
mod merge;
#[cfg(feature = "plain")]
mod stream;
