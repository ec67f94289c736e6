//! Resolving the copies of a range on several threads.

use std::ops::Range;

use cow_core::{AllocError, Slots};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::{
    FANOUT, Seq, VecChild, VecSums,
    sums::{Sums, Weigh},
    tree::{InnerMut, capacity, dense_child_len, dense_count, inner_mut, leaf_mut},
};

impl<T: Clone + Send + Sync> Seq<T> {
    /// Makes the leaves with the values in `range`, and the nodes on the way, exclusive.
    ///
    /// When that fails, some of them are.
    pub(crate) fn par_prefault(&mut self, range: Range<usize>) -> Result<(), AllocError> {
        if range.is_empty() {
            return Ok(());
        }
        let prefix_len = self.prefix_len();
        let mut at = range.start;
        while at < range.end.min(prefix_len) {
            let (values, first) = self.huge_page_mut(at)?;
            at = first + values.len();
        }
        if at < range.end.min(self.inner_len) {
            let range = at - prefix_len..range.end.min(self.inner_len) - prefix_len;
            let tree = &mut self.body_in_place()?.tree;
            let (height, len) = (tree.height, tree.len());
            fault_in(&mut tree.root, height, len, range)?;
        }
        if range.end > self.inner_len {
            self.tail_mut()?;
        }
        Ok(())
    }
}

/// Makes what leads to the values in `range`, which is not empty, exclusive. Positions are counted from
/// the start of `child`, which has `len` values.
fn fault_in<T: Clone + Send + Sync>(
    child: &mut VecChild<T>,
    height: u8,
    len: usize,
    range: Range<usize>,
) -> Result<(), AllocError> {
    if height == 0 {
        return leaf_mut(child, len).map(drop);
    }
    let part = |child_start: usize, child_len: usize| {
        let start = range.start.saturating_sub(child_start);
        let end = range.end.saturating_sub(child_start).min(child_len);
        (start < end).then_some((child_len, start..end))
    };
    let parts: Vec<_> = match inner_mut(child)? {
        InnerMut::Dense(node) => {
            let each = capacity::<Slots<T>, VecSums, FANOUT>(height - 1);
            let count = dense_count::<Slots<T>, VecSums, FANOUT>(height, len);
            let child_len = |i| dense_child_len::<Slots<T>, VecSums, FANOUT>(height, len, i);
            let children = node.children[..count].iter_mut().enumerate();
            children
                .filter_map(|(i, child)| Some((child, part(i * each, child_len(i))?)))
                .collect()
        }
        InnerMut::Relaxed(node) => {
            let (count, ends) = (node.count(), node.ends);
            let weigh = |i| node_part(&ends, i);
            let children = node.children[..count].iter_mut().enumerate();
            children
                .filter_map(|(i, child)| {
                    let (start, len) = weigh(i);
                    Some((child, part(start, len)?))
                })
                .collect()
        }
    };
    let fault_in =
        |(child, (len, range)): (&mut VecChild<T>, _)| fault_in(child, height - 1, len, range);
    if height == 1 {
        // As many leaves as a node has are too few to wake a thread for.
        return parts.into_iter().try_for_each(fault_in);
    }
    parts.into_par_iter().try_for_each(fault_in)
}

/// Where child `i` starts, and how many values it has.
fn node_part(ends: &VecSums, i: usize) -> (usize, usize) {
    let start = ends.start(i).len();
    (start, ends.end(i).len() - start)
}
