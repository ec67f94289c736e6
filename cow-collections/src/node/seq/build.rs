//! Making a tree of leaves that come in order.

use cow_core::{AllocError, ArenaRef, Entry, Shared};

use super::{
    kind::LeafKind,
    sums::{Sums, Weigh},
    tree::{Child, Relaxed, Tree},
};

/// A tree in the making, without dense nodes: of each height one node, which is filled from the front.
///
/// Adding a leaf behind a whole tree takes a way down and new sums all the way up. Here a leaf is written
/// into its parent, and only a full node is told to the one above.
pub(super) struct Builder<'a, L: LeafKind<S>, S: Sums, const F: usize> {
    arena: ArenaRef<'a>,
    /// The nodes that are being filled, from the leaves' parent upwards.
    open: Vec<Open<L, S, F>>,
}

struct Open<L: LeafKind<S>, S: Sums, const F: usize> {
    node: Relaxed<L, S, F>,
    count: usize,
    weight: S::Weight,
}

impl<L: LeafKind<S>, S: Sums, const F: usize> Open<L, S, F> {
    fn new() -> Self {
        Self {
            node: Relaxed::new(),
            count: 0,
            weight: S::Weight::NOTHING,
        }
    }
}

impl<'a, L: LeafKind<S>, S: Sums, const F: usize> Builder<'a, L, S, F> {
    pub(super) fn new(arena: ArenaRef<'a>) -> Self {
        Self {
            arena,
            open: Vec::new(),
        }
    }

    /// Adds a leaf behind the others.
    ///
    /// # Errors
    ///
    /// When there is no chunk left; the builder is good for nothing then.
    #[inline]
    pub(super) fn push(&mut self, leaf: L, weight: S::Weight) -> Result<(), AllocError> {
        self.add(0, Entry::a(leaf), weight)
    }

    /// Adds a child to the open node whose children have this height.
    #[inline]
    fn add(
        &mut self,
        height: usize,
        child: Child<L, S, F>,
        weight: S::Weight,
    ) -> Result<(), AllocError> {
        if self.open.get(height).is_none_or(|open| open.count == F) {
            self.open_next(height)?;
        }
        let open = &mut self.open[height];
        open.weight += weight;
        open.node.children[open.count] = child;
        open.node.ends.set_end(open.count, open.weight);
        open.count += 1;
        Ok(())
    }

    /// Closes the open node at this height, if there is one, and opens another.
    #[inline(never)]
    fn open_next(&mut self, height: usize) -> Result<(), AllocError> {
        let Some(open) = self.open.get_mut(height) else {
            self.open.push(Open::new());
            return Ok(());
        };
        let full = std::mem::replace(open, Open::new());
        self.close(height, full)
    }

    /// Adds a node to the open one above it.
    fn close(&mut self, height: usize, open: Open<L, S, F>) -> Result<(), AllocError> {
        let node = Shared::try_new_in(self.arena, open.node)?;
        self.add(height + 1, Entry::c(node), open.weight)
    }

    /// The tree of all leaves.
    ///
    /// # Errors
    ///
    /// When there is no chunk left.
    pub(super) fn finish(mut self) -> Result<Tree<L, S, F>, AllocError> {
        let mut height = 0;
        while height < self.open.len() {
            let mut open = std::mem::replace(&mut self.open[height], Open::new());
            if height + 1 == self.open.len() {
                // The top: a node, or its only child.
                let root = match open.count {
                    1 => std::mem::take(&mut open.node.children[0]),
                    _ => {
                        height += 1;
                        Entry::c(Shared::try_new_in(self.arena, open.node)?)
                    }
                };
                return Ok(Tree {
                    root,
                    height: u8::try_from(height).unwrap_or(u8::MAX),
                    weight: open.weight,
                });
            }
            self.close(height, open)?;
            height += 1;
        }
        Ok(Tree::empty())
    }
}
