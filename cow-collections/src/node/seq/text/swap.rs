//! Leaves of a text in the places of others with the same text.

use cow_core::{AllocError, Gap};

use super::{FANOUT, Text, metrics::Metrics};
use crate::node::seq::swap::{Site, TreeMemo};

/// Nodes that were gone through.
pub(crate) type TextMemo<M> = TreeMemo<Gap<M>, <M as super::metrics::Measured>::Sums, FANOUT>;

/// A leaf, as it is shown to whoever may know an equal one.
pub(crate) type TextSite<'a, M> = Site<'a, Gap<M>, <M as super::metrics::Measured>::Sums, FANOUT>;

impl<M: Metrics> Text<M> {
    /// Shows the leaves from the one at `from` on to `swap` and puts what it returns in their places:
    /// leaves of the same arena with the same text. Returns from where to go on, once `most` were shown
    /// or a few more, and where the end is.
    ///
    /// Both are places of the tree: what is pending at the finger is told to no node, since nothing of
    /// that changes. When the call fails, the leaves before were swapped.
    pub(crate) fn swap_leaves(
        &mut self,
        from: usize,
        most: usize,
        memo: &mut TextMemo<M>,
        swap: &mut dyn FnMut(TextSite<'_, M>) -> Option<Gap<M>>,
    ) -> Result<(usize, usize), AllocError> {
        // Others may get handles to any leaf, and that of the finger may go.
        self.finger.share();
        let (mut at, mut left) = (from, most);
        while at < self.tree.len() && left > 0 {
            let plan = self.tree.plan(at, true, memo, swap);
            (at, left) = (plan.end, left.saturating_sub(plan.leaves));
            if plan.is_needed() {
                self.tree.apply(plan, memo)?;
            }
        }
        Ok((at, self.tree.len()))
    }

    /// Shows all leaves, each once, to whoever may want handles to them.
    pub(crate) fn show_leaves(&self, show: &mut dyn FnMut(TextSite<'_, M>)) {
        self.finger.share();
        let memo = &mut TextMemo::<M>::default();
        let mut at = 0;
        while at < self.tree.len() {
            let plan = self.tree.plan(at, true, memo, &mut |site| {
                show(site);
                None
            });
            at = plan.end;
        }
    }
}
