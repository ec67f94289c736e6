//! The node engines under the collections; nothing here is public.

pub(crate) mod seq;
pub(crate) mod trie;
