//! `imbl::HashMap`, a hash array mapped trie, here over `triomphe`'s pointers.

use foldhash::fast::RandomState;
use imbl::GenericHashMap;
use imbl::shared_ptr::DefaultSharedPtr;

pub(super) type HashMap<T> = GenericHashMap<T, T, RandomState, DefaultSharedPtr>;

named_as_std!(HashMap<T>, "imbl", "imbl");
