//! Putting other buckets in the places of some: buckets that hold the same, for the same hashes.
//!
//! Nodes that nobody shares are changed in place, some buckets of one node at a time. What hangs on a
//! shared node is gone through for reading, and the nodes that lead to a changed bucket are made anew; a
//! [`Memo`] knows them while it lives, so that other versions take them over, whole subtrees at a time.
//!
//! Where a bucket lies is told by hashes, so who swaps has to know that the tries hash alike, and that
//! both buckets are for the same [`Interval`].

use cow_core::{
    AllocError, Bucket, BucketRef, Child, Directory, Entry, Handle, Shared, Subtree, View, ViewMut,
};

use super::{HASH_BITS, Top, Trie, walk::behind};
use crate::node::memo::Memo;

type Node<T> = Shared<Directory<T>>;

/// Nodes that were gone through.
pub(crate) type TrieMemo<T> = Memo<Node<T>>;

/// The hashes that lead to a bucket or a node: those with the same first `depth` bits as `start`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Interval {
    /// The first of them.
    pub(crate) start: u64,
    pub(crate) depth: u32,
}

impl Interval {
    const ALL: Self = Self { start: 0, depth: 0 };

    /// The first hash behind these, unless they are the last.
    fn behind(self) -> Option<u64> {
        behind(self.start, self.depth)
    }

    /// The part that the run of a digit stands for, of a node for this interval.
    fn of_run<T>(self, node: &Directory<T>, digit: usize) -> Self {
        let first = node.run(digit).start as u64;
        Self {
            start: self.start | first << (HASH_BITS - Directory::<T>::BITS) >> self.depth,
            depth: self.depth + Directory::<T>::BITS - node.run_bits(digit),
        }
    }

    /// The digit that a hash of this interval has next.
    fn digit<T>(self, hash: u64) -> usize {
        Directory::<T>::digit(hash.checked_shl(self.depth).unwrap_or(0))
    }
}

/// A bucket, as it is shown to whoever may know an equal one.
pub(crate) struct Site<'a, T> {
    pub(crate) bucket: BucketRef<'a, T>,
    /// The hashes that the bucket is for.
    pub(crate) interval: Interval,
    place: Place<'a, T>,
}

/// What leads to a bucket.
enum Place<'a, T> {
    Top(&'a Top<T>),
    Run(&'a Directory<T>, usize),
}

impl<T> Site<'_, T> {
    /// Makes a handle to the bucket.
    pub(crate) fn handle(&self) -> Bucket<T> {
        let handle = match self.place {
            Place::Top(top) => match top.handle() {
                Handle::A(bucket) => Some(bucket),
                _ => None,
            },
            Place::Run(node, digit) => match node.handle(digit) {
                Subtree::Bucket(bucket) => Some(bucket),
                _ => None,
            },
        };
        match handle {
            Some(bucket) => bucket,
            None => unreachable!("a bucket was expected"),
        }
    }
}

/// Knows buckets to take the places of others.
type Swap<'a, T> = dyn FnMut(Site<'_, T>) -> Option<Bucket<T>> + 'a;

/// What is to become of some children of an exclusive node.
struct Plan<T> {
    /// A hash that leads to the node, and how many bits of it do.
    interval: Interval,
    /// By the first digits of their runs.
    changes: Vec<(usize, Subtree<T>)>,
    /// The first hash behind what was looked at.
    next: Option<u64>,
}

impl<T> Trie<T> {
    /// Shows the buckets from the one for the hash `from` on to `swap` and puts what it returns in their
    /// places: buckets of the same arena and size, with the same values and tags, for the same hashes.
    /// Returns the hash from which to go on, once `most` were shown or a few more; `None` at the end.
    ///
    /// When that fails, the buckets before were swapped.
    pub(crate) fn swap_buckets(
        &mut self,
        from: u64,
        most: usize,
        memo: &mut TrieMemo<T>,
        swap: &mut Swap<'_, T>,
    ) -> Result<Option<u64>, AllocError> {
        let mut sweep = Sweep {
            memo,
            swap,
            left: most,
        };
        let mut next = Some(from);
        while let Some(at) = next
            && sweep.left > 0
        {
            next = sweep.step(self, at)?;
        }
        Ok(next)
    }

    /// The bucket for a hash.
    pub(crate) fn site(&self, hash: u64) -> Option<Site<'_, T>> {
        let mut node = match self.top.view() {
            View::A(bucket) => {
                return Some(Site {
                    bucket,
                    interval: Interval::ALL,
                    place: Place::Top(&self.top),
                });
            }
            View::B(node) => node,
            View::C(_) | View::Empty => return None,
        };
        let mut interval = Interval::ALL;
        loop {
            let digit = interval.digit::<T>(hash);
            interval = interval.of_run(node, digit);
            match node.get(digit) {
                Child::Node(child) => node = child,
                Child::Bucket(bucket) => {
                    return Some(Site {
                        bucket,
                        interval,
                        place: Place::Run(node, digit),
                    });
                }
                Child::Empty => return None,
            }
        }
    }

    /// The node for an interval. All nodes on the way there are exclusive.
    fn node_mut(&mut self, interval: Interval) -> &mut Directory<T> {
        let Some(ViewMut::B(mut node)) = self.top.view_mut() else {
            unreachable!("an exclusive directory")
        };
        let mut rest = interval.start;
        for _ in 0..interval.depth / Directory::<T>::BITS {
            node = match node.get_mut(Directory::<T>::digit(rest)) {
                Some(cow_core::ChildMut::Node(child)) => child,
                _ => unreachable!("an exclusive directory"),
            };
            rest <<= Directory::<T>::BITS;
        }
        node
    }
}

/// A walk through a trie in which buckets are swapped.
struct Sweep<'a, 'b, T> {
    memo: &'a mut TrieMemo<T>,
    swap: &'a mut Swap<'b, T>,
    /// How many buckets are still to be looked at.
    left: usize,
}

impl<T> Sweep<'_, '_, T> {
    /// Looks at what lies from the hash `at` on: at the highest shared node on the way there, or at some
    /// buckets of one node. Returns the first hash behind.
    fn step(&mut self, trie: &mut Trie<T>, at: u64) -> Result<Option<u64>, AllocError> {
        match trie.top.view() {
            View::C(_) | View::Empty => Ok(None),
            View::A(bucket) => {
                let new = self.show(Site {
                    bucket,
                    interval: Interval::ALL,
                    place: Place::Top(&trie.top),
                });
                if let Some(new) = new {
                    trie.top = Entry::a(new);
                }
                Ok(None)
            }
            View::B(_) if trie.top.usage().handles > 1 => {
                let Handle::B(node) = trie.top.handle() else {
                    unreachable!("a directory was expected")
                };
                let (new, next) = self.subtree(node, Interval::ALL, at)?;
                if let Some(new) = new {
                    trie.top = Entry::b(new);
                }
                Ok(next)
            }
            View::B(node) => {
                let plan = self.plan(node, at)?;
                if !plan.changes.is_empty() {
                    let node = trie.node_mut(plan.interval);
                    for (digit, new) in plan.changes {
                        drop(node.replace(digit, new));
                    }
                }
                Ok(plan.next)
            }
        }
    }

    /// Looks at what lies from the hash `at` on, below a top that is exclusive.
    fn plan(&mut self, top: &Directory<T>, at: u64) -> Result<Plan<T>, AllocError> {
        let (mut node, mut interval) = (top, Interval::ALL);
        let mut digit = interval.digit::<T>(at);
        while let Child::Node(child) = node.get(digit) {
            let below = interval.of_run(node, digit);
            if node.usage(digit).handles > 1 {
                let (new, next) = self.subtree(node_at(node, digit), below, at)?;
                let new = new.map(|new| (digit, Subtree::Node(new)));
                return Ok(Plan {
                    interval,
                    changes: new.into_iter().collect(),
                    next,
                });
            }
            (node, interval) = (child, below);
            digit = interval.digit::<T>(at);
        }
        let mut plan = Plan {
            interval,
            changes: Vec::new(),
            next: Some(at),
        };
        digit = node.run(digit).start;
        while digit < Directory::<T>::FANOUT && !matches!(node.get(digit), Child::Node(_)) {
            let (new, below) = self.run(node, interval, digit);
            plan.changes.extend(new.map(|new| (digit, new)));
            plan.next = below.behind();
            digit = node.run(digit).end;
        }
        Ok(plan)
    }

    fn show(&mut self, site: Site<'_, T>) -> Option<Bucket<T>> {
        self.left = self.left.saturating_sub(1);
        (self.swap)(site)
    }

    /// Shows the bucket of a run, if there is one. Returns what is to take its place, and its interval.
    fn run(
        &mut self,
        node: &Directory<T>,
        interval: Interval,
        digit: usize,
    ) -> (Option<Subtree<T>>, Interval) {
        let interval = interval.of_run(node, digit);
        let Child::Bucket(bucket) = node.get(digit) else {
            return (None, interval);
        };
        let new = self.show(Site {
            bucket,
            interval,
            place: Place::Run(node, digit),
        });
        (new.map(Subtree::Bucket), interval)
    }

    /// Looks at what lies below a node that others may share, from the hash `from` on, which leads there.
    /// Returns what is to take its place, if anything, and the first hash behind what was looked at.
    fn subtree(
        &mut self,
        shared: Node<T>,
        interval: Interval,
        from: u64,
    ) -> Result<(Option<Node<T>>, Option<u64>), AllocError> {
        let (node, place): (&Directory<T>, _) = (&shared, shared.as_ptr().addr());
        if let Some(known) = self.memo.get(place) {
            self.left = self.left.saturating_sub(1);
            return Ok((known.cloned(), interval.behind()));
        }
        let (mut changes, mut next) = (Vec::new(), Some(from));
        let (mut saved, mut has_new_nodes) = (0, false);
        let mut digit = node.run(interval.digit::<T>(from)).start;
        while digit < Directory::<T>::FANOUT {
            if !matches!(node.get(digit), Child::Node(_)) {
                let (new, below) = self.run(node, interval, digit);
                if let Some(new) = new {
                    saved += node.usage(digit).bytes;
                    changes.push((digit, new));
                }
                next = below.behind();
            } else if self.left > 0 {
                let below = interval.of_run(node, digit);
                let child = node_at(node, digit);
                let (new, end) = self.subtree(child, below, from.max(below.start))?;
                if let Some(new) = new {
                    has_new_nodes = true;
                    changes.push((digit, Subtree::Node(new)));
                }
                next = end;
                if next != below.behind() {
                    break;
                }
            } else {
                break;
            }
            digit = node.run(digit).end;
        }
        // Others keep the buckets, so that a new node has to save more than it costs.
        let pays = has_new_nodes || saved > shared.usage().bytes;
        let new = if changes.is_empty() || !pays {
            None
        } else {
            let mut copy = Shared::try_copy_in(shared.arena(), node)?;
            let Some(to) = copy.get_mut() else {
                unreachable!("a new node is exclusive")
            };
            for (digit, new) in changes {
                drop(to.replace(digit, new));
            }
            Some(copy)
        };
        if from == interval.start && next == interval.behind() {
            self.memo.put(place, shared, new.clone());
        }
        Ok((new, next))
    }
}

/// A handle to the node that a digit leads to.
fn node_at<T>(node: &Directory<T>, digit: usize) -> Node<T> {
    match node.handle(digit) {
        Subtree::Node(child) => child,
        _ => unreachable!("a directory was expected"),
    }
}
