//! `CowString`, seen from outside.

mod copy_budget;
mod limits;
mod model;
mod panic_safety;
mod std_parity;
mod streams;
mod threads;
mod traces;
mod world;
