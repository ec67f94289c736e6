//! `CowString`, seen from outside.

mod model;
mod world;
