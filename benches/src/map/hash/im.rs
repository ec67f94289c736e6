//! `im::HashMap`, a hash array mapped trie, from which `imbl` descends.

use foldhash::fast::RandomState;
use im::HashMap;

named_as_std!(HashMap<T, T, RandomState>, "im", "im");
