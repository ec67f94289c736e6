//! `CowString`, seen from outside.

#[path = "../support/ballast.rs"]
mod ballast;
mod copy_budget;
mod corpus;
mod limits;
mod model;
mod panic_safety;
mod slices;
mod std_parity;
mod streams;
mod threads;
mod traces;
mod world;
