//! The node engines under the collections; nothing here is public.

pub(crate) mod btree;
#[cfg(feature = "plain")]
mod memo;
pub(crate) mod seq;
pub(crate) mod trie;
