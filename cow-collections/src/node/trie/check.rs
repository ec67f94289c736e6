//! What holds of every trie, as assertions. For tests.

use std::collections::HashSet;

use cow_core::{Bucket, BucketRef, Child, Directory, View};

use super::{HASH_BITS, Trie, tag};

impl<T> Trie<T> {
    /// Asserts what holds of every trie whose hashes `hash` tells. Returns the addresses of its chunks.
    pub(crate) fn assert_invariants(&self, hash: impl Fn(&T) -> u64) -> HashSet<*const u8> {
        let mut check = Check {
            hash,
            chunks: HashSet::new(),
            values: 0,
        };
        match self.top.view() {
            View::Empty | View::C(_) => {}
            View::A(bucket) => {
                assert!(bucket.capacity() <= Bucket::<T>::GROWN_CAPACITY);
                check.bucket(bucket, 0, 0);
            }
            View::B(node) => check.node(node, 0, 0),
        }
        assert_eq!(check.values, self.len, "the length");
        assert!(self.len == 0 || self.family != 0, "values without a family");
        check.chunks
    }
}

struct Check<H> {
    hash: H,
    chunks: HashSet<*const u8>,
    values: usize,
}

impl<H> Check<H> {
    fn node<T>(&mut self, node: &Directory<T>, prefix: u64, depth: u32)
    where
        H: Fn(&T) -> u64,
    {
        assert!(self.chunks.insert(std::ptr::from_ref(node).cast()));
        node.assert_runs();
        for digit in node.runs().map(|run| run.start) {
            let below = depth + Directory::<T>::BITS;
            // Of the last digit some bits are behind the end of the hash.
            let prefix = prefix | (digit as u64) << (HASH_BITS - Directory::<T>::BITS) >> depth;
            match node.get(digit) {
                Child::Empty => {}
                Child::Bucket(bucket) => {
                    let depth = below - node.run_bits(digit);
                    assert!(
                        depth <= HASH_BITS,
                        "no bit is used that the hash does not have"
                    );
                    let grown = Bucket::<T>::GROWN_CAPACITY;
                    assert!(bucket.capacity() >= grown, "below a node buckets are grown");
                    assert!(bucket.capacity() == grown || depth == HASH_BITS);
                    self.bucket(bucket, prefix, depth);
                }
                Child::Node(child) => {
                    assert_eq!(node.run_bits(digit), 0, "a node has a word to itself");
                    self.node(child, prefix, below);
                }
            }
        }
    }

    fn bucket<T>(&mut self, bucket: BucketRef<'_, T>, prefix: u64, depth: u32)
    where
        H: Fn(&T) -> u64,
    {
        assert!(self.chunks.insert(bucket.as_ptr()));
        self.values += bucket.len();
        assert_eq!(bucket.tags().len(), bucket.values().len());
        for (value, &found) in bucket.values().iter().zip(bucket.tags()) {
            let hash = (self.hash)(value);
            assert_eq!(found, tag(hash), "the tag of a hash");
            let differ = (hash ^ prefix).checked_shr(HASH_BITS - depth).unwrap_or(0);
            assert_eq!(differ, 0, "a value lies where its hash leads");
        }
    }
}
