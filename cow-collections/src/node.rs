//! The node engines under the collections; nothing here is public.

pub(crate) mod btree;
pub(crate) mod seq;
pub(crate) mod trie;
