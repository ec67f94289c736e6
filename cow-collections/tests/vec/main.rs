//! `CowVec`, seen from outside.

mod bounds;
mod copy_budget;
mod corpus;
mod diff;
mod limits;
mod model;
mod panic_safety;
mod probe;
#[cfg(feature = "rayon")]
mod rayon;
mod std_parity;
mod threads;
mod world;
