//! `CowVec`, seen from outside.

#[path = "../support/ballast.rs"]
mod ballast;
mod bounds;
mod copy_budget;
mod corpus;
mod diff;
mod huge;
mod limits;
mod model;
mod panic_safety;
#[path = "../support/probe.rs"]
mod probe;
#[cfg(feature = "rayon")]
mod rayon;
mod std_parity;
mod threads;
mod world;
