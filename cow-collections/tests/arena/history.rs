//! Versions of one vector that share most of their chunks, in all kinds of ways.

use cow_collections::{Arena, CowVec};

/// Fewer rounds and values, where each takes long: under Miri, and where every chunk is a block of the
/// heap.
pub(crate) const SLOW: bool = cfg!(any(miri, cow_heap));

/// Numbers that look random, the same in every run.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).unwrap()
    }
}

/// Versions of a vector in an arena: each made of one before it by some writes.
pub(crate) fn versions<T: Clone>(
    arena: &Arena,
    random: &mut Random,
    count: usize,
    value: impl Fn(u64) -> T,
) -> Vec<CowVec<T>> {
    let most = if cfg!(miri) {
        60
    } else if SLOW {
        300
    } else {
        3000
    };
    let mut first = CowVec::new_in(arena);
    first.extend((0..most).map(&value));
    let mut versions = vec![first];
    while versions.len() < count {
        let mut next = versions[random.below(versions.len())].clone();
        let len = next.len();
        for _ in 0..random.below(4) {
            let at = random.below(next.len());
            match random.below(9) {
                0 => next.insert(at, value(1)),
                1 if at < next.len() => drop(next.remove(at)),
                2 if next.len() < 3 * len => next.append(&mut next.clone()),
                3 => drop(next.split_off(at)),
                4 => next = next.split_off(at),
                5 => next.rotate_left(at),
                6 => next.extend((0..most / 10).map(&value)),
                _ if at < next.len() => next[at] = value(random.next()),
                _ => next.push(value(2)),
            }
        }
        versions.push(next);
    }
    versions
}
