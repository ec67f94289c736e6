//! What several test programs share.

pub(crate) mod generate;
pub(crate) mod on_sim;
pub(crate) mod random;
pub(crate) mod script;
