//! What a relaxed node records of its children: where each ends, in one measure or in several.

use std::{
    fmt::Debug,
    ops::{Add, AddAssign, Sub, SubAssign},
};

/// A number that is summed up.
pub(crate) trait Number: Copy + Ord + Debug + Default + Send + Sync + 'static {
    const ZERO: Self;
    /// Above every sum.
    const UNUSED: Self;

    fn of(value: usize) -> Self;
    fn get(self) -> usize;
    fn plus(self, by: Self) -> Self;
    fn minus(self, by: Self) -> Self;
    /// The number where the mask has all bits, zero where it has none.
    fn masked(self, mask: u32) -> Self;
}

/// Most children of a node whose sums are narrow.
const MOST: usize = 32;

/// Masks without bits, then as many with all. From `MOST - i` on: one for each child, those from child `i` on
/// with all bits. Loading them takes a third of the instructions of comparing places.
static BEHIND: [u32; 2 * MOST] = {
    let mut masks = [0; 2 * MOST];
    let mut i = MOST;
    while i < 2 * MOST {
        masks[i] = u32::MAX;
        i += 1;
    }
    masks
};

impl Number for usize {
    const ZERO: Self = 0;
    const UNUSED: Self = Self::MAX;

    #[inline]
    fn of(value: usize) -> Self {
        value
    }

    #[inline]
    fn get(self) -> usize {
        self
    }

    #[inline]
    fn plus(self, by: Self) -> Self {
        self.wrapping_add(by)
    }

    #[inline]
    fn minus(self, by: Self) -> Self {
        self.wrapping_sub(by)
    }

    #[inline]
    fn masked(self, mask: u32) -> Self {
        if mask == 0 { 0 } else { self }
    }
}

impl Number for u32 {
    const ZERO: Self = 0;
    const UNUSED: Self = Self::MAX;

    #[inline]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "who sums in 32 bits keeps the length of a tree below that"
    )]
    fn of(value: usize) -> Self {
        value as Self
    }

    #[inline]
    fn get(self) -> usize {
        self as usize
    }

    #[inline]
    fn plus(self, by: Self) -> Self {
        self.wrapping_add(by)
    }

    #[inline]
    fn minus(self, by: Self) -> Self {
        self.wrapping_sub(by)
    }

    #[inline]
    fn masked(self, mask: u32) -> Self {
        self & mask
    }
}

/// What a part of a sequence weighs: its length, and whatever else is summed up.
///
/// Weights are added and subtracted modulo their numbers' range, so that a difference may be negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Weight<E, const N: usize>(pub(crate) [E; N]);

impl<E: Number, const N: usize> Weight<E, N> {
    /// No weight.
    pub(crate) const ZERO: Self = Self([E::ZERO; N]);
}

impl<E: Number, const N: usize> Add for Weight<E, N> {
    type Output = Self;

    #[inline]
    fn add(mut self, by: Self) -> Self {
        self += by;
        self
    }
}

impl<E: Number, const N: usize> Sub for Weight<E, N> {
    type Output = Self;

    #[inline]
    fn sub(mut self, by: Self) -> Self {
        self -= by;
        self
    }
}

impl<E: Number, const N: usize> AddAssign for Weight<E, N> {
    #[inline]
    fn add_assign(&mut self, by: Self) {
        for lane in 0..N {
            self.0[lane] = self.0[lane].plus(by.0[lane]);
        }
    }
}

impl<E: Number, const N: usize> SubAssign for Weight<E, N> {
    #[inline]
    fn sub_assign(&mut self, by: Self) {
        for lane in 0..N {
            self.0[lane] = self.0[lane].minus(by.0[lane]);
        }
    }
}

/// What the engine asks of a [`Weight`].
pub(crate) trait Weigh:
    Copy + Eq + Debug + Add<Output = Self> + Sub<Output = Self> + AddAssign + SubAssign
{
    /// No weight.
    const NOTHING: Self;

    /// The weight of `len` values that weigh nothing but their number.
    fn of_len(len: usize) -> Self;

    /// The length: how many positions there are.
    fn len(self) -> usize;

    /// A weight that is nothing but the given number in one lane.
    fn of_lane(lane: usize, value: usize) -> Self;

    /// The number in the given lane. The length is lane zero.
    fn lane(self, lane: usize) -> usize;
}

impl<E: Number, const N: usize> Weigh for Weight<E, N> {
    const NOTHING: Self = Self::ZERO;

    #[inline]
    fn of_len(len: usize) -> Self {
        Self::of_lane(0, len)
    }

    #[inline]
    fn len(self) -> usize {
        self.lane(0)
    }

    #[inline]
    fn of_lane(lane: usize, value: usize) -> Self {
        let mut weight = Self::ZERO;
        weight.0[lane] = E::of(value);
        weight
    }

    #[inline]
    fn lane(self, lane: usize) -> usize {
        self.0[lane].get()
    }
}

/// The sums that a relaxed node keeps.
pub(crate) trait Sums: Copy {
    type Weight: Weigh;

    /// Those of a node without children.
    const NONE: Self;

    /// The number of children.
    fn count(&self) -> usize;
    /// The child that holds position `at`; the number of children, if none does.
    fn find(&self, at: usize) -> usize;
    /// The child in which the number of the given lane passes `sought`.
    fn find_in(&self, lane: usize, sought: usize) -> usize;
    /// What the children in front of child `i` weigh.
    fn start(&self, i: usize) -> Self::Weight;
    /// What the children up to child `i` weigh.
    fn end(&self, i: usize) -> Self::Weight;
    /// Records what the children up to child `i` weigh.
    fn set_end(&mut self, i: usize, end: Self::Weight);
    /// Forgets child `i`, the last one.
    fn clear(&mut self, i: usize);
    /// Adds to the ends from child `i` on.
    fn grow(&mut self, i: usize, by: Self::Weight);
    /// Takes from the ends from child `i` on.
    fn shrink(&mut self, i: usize, by: Self::Weight);
    /// Puts a child without weight in front of child `i`. There is room for it.
    fn open(&mut self, i: usize);
    /// Forgets child `i`, which has no weight.
    fn close(&mut self, i: usize);
}

/// Prefix sums: `N` measures of `F` children, each measure in a row of its own.
///
/// Finding a child compares one row, which is one cache line of `u32`, or four of `usize`.
#[derive(Clone, Copy)]
pub(crate) struct Ends<E, const N: usize, const F: usize>(pub(crate) [[E; F]; N]);

impl<E: Number, const N: usize, const F: usize> Sums for Ends<E, N, F> {
    type Weight = Weight<E, N>;

    const NONE: Self = Self([[E::UNUSED; F]; N]);

    #[inline]
    fn count(&self) -> usize {
        self.find_in(0, E::UNUSED.get() - 1)
    }

    #[inline]
    fn find(&self, at: usize) -> usize {
        self.find_in(0, at)
    }

    /// Counts the children that end at or before it, without a branch. A row of 32 bit numbers is a few
    /// vectors; of wider ones first in steps of a quarter of the node, then inside the quarter.
    #[inline]
    fn find_in(&self, lane: usize, sought: usize) -> usize {
        let (ends, sought) = (&self.0[lane], E::of(sought));
        if size_of::<E>() < 8 {
            return ends
                .iter()
                .map(|&end| u32::from(end <= sought))
                .sum::<u32>() as usize;
        }
        let step: usize = if F < 8 { F } else { 8 };
        let (mut first, steps) = (0, F / step);
        for i in 1..steps {
            first += usize::from(ends[i * step - 1] <= sought) * step;
        }
        let mut i = first;
        for &end in &ends[first..first + step] {
            i += usize::from(end <= sought);
        }
        i
    }

    #[inline]
    fn start(&self, i: usize) -> Weight<E, N> {
        if i == 0 {
            Weight::ZERO
        } else {
            self.end(i - 1)
        }
    }

    #[inline]
    fn end(&self, i: usize) -> Weight<E, N> {
        Weight(std::array::from_fn(|lane| self.0[lane][i]))
    }

    #[inline]
    fn set_end(&mut self, i: usize, end: Weight<E, N>) {
        for lane in 0..N {
            self.0[lane][i] = end.0[lane];
        }
    }

    #[inline]
    fn clear(&mut self, i: usize) {
        self.set_end(i, Weight([E::UNUSED; N]));
    }

    #[inline]
    fn grow(&mut self, i: usize, by: Weight<E, N>) {
        for (ends, by) in self.0.iter_mut().zip(by.0) {
            if size_of::<E>() < 8 {
                // All of the row without a branch, which is a few vectors; most rows do not change.
                if by == E::ZERO {
                    continue;
                }
                const { assert!(F <= MOST || size_of::<E>() >= 8) };
                let behind = &BEHIND[MOST - i..][..F];
                for (end, &mask) in ends.iter_mut().zip(behind) {
                    let by = if *end == E::UNUSED { E::ZERO } else { by };
                    *end = end.plus(by.masked(mask));
                }
                continue;
            }
            for end in &mut ends[i..] {
                if *end != E::UNUSED {
                    *end = end.plus(by);
                }
            }
        }
    }

    #[inline]
    fn shrink(&mut self, i: usize, by: Weight<E, N>) {
        self.grow(i, Weight::ZERO - by);
    }

    fn open(&mut self, i: usize) {
        let start = self.start(i);
        for ends in &mut self.0 {
            ends.copy_within(i..F - 1, i + 1);
        }
        self.set_end(i, start);
    }

    fn close(&mut self, i: usize) {
        for ends in &mut self.0 {
            ends.copy_within(i + 1.., i);
        }
        self.clear(F - 1);
    }
}
