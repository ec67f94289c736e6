//! Adding a leaf behind all others, and taking the last one off.

use cow_core::{AllocError, ArenaRef, Entry, Shared, View};

use super::{
    kind::LeafKind,
    sums::{Sums, Weigh},
    tree::{
        Child, Dense, InnerMut, Relaxed, Tree, capacity, dense_child_len, dense_count, fresh,
        inner_mut, relaxed_mut,
    },
};

impl<L: LeafKind<S>, S: Sums, const F: usize> Tree<L, S, F> {
    /// Adds a leaf that weighs `weight` behind all others and takes it out of `leaf`.
    ///
    /// When that fails, `leaf` keeps it and the tree holds what it held.
    pub(super) fn push_leaf(
        &mut self,
        arena: ArenaRef<'_>,
        leaf: &mut Child<L, S, F>,
        weight: S::Weight,
    ) -> Result<(), AllocError> {
        if self.len() == 0 {
            *self = Self {
                root: std::mem::take(leaf),
                height: 0,
                weight,
            };
            return Ok(());
        }
        if has_room(&self.root, self.height, self.len()) {
            let len = self.len();
            push(arena, &mut self.root, self.height, len, leaf, weight)?;
        } else {
            self.push_under_new_root(arena, leaf, weight)?;
        }
        self.weight += weight;
        Ok(())
    }

    #[cold]
    fn push_under_new_root(
        &mut self,
        arena: ArenaRef<'_>,
        leaf: &mut Child<L, S, F>,
        weight: S::Weight,
    ) -> Result<(), AllocError> {
        let is_full = self.len() == capacity::<L, S, F>(self.height)
            && !matches!(self.root.view(), View::C(_));
        let chain = |leaf| chain(arena, self.height, leaf, weight);
        self.root = if is_full && weight.len() == L::FULL {
            let mut node = Shared::try_new_in(arena, Dense::new())?;
            let top = fresh(&mut node);
            top.children[1] = chain(leaf)?;
            top.children[0] = std::mem::take(&mut self.root);
            Entry::b(node)
        } else {
            let mut node = Shared::try_new_in(arena, Relaxed::new())?;
            let top = fresh(&mut node);
            let last = chain(leaf)?;
            top.push(std::mem::take(&mut self.root), self.weight);
            top.push(last, weight);
            Entry::c(node)
        };
        self.height += 1;
        Ok(())
    }

    /// Takes the last leaf off the tree, which has one. Returns it with its weight.
    ///
    /// When that fails the tree holds what it held.
    pub(super) fn pop_leaf(&mut self) -> Result<(Child<L, S, F>, S::Weight), AllocError> {
        let (leaf, weight) = pop(&mut self.root, self.height, self.weight)?;
        self.weight -= weight;
        self.lower();
        Ok((leaf, weight))
    }
}

/// `true` when one more leaf can be added at the end without making the tree higher.
fn has_room<L: LeafKind<S>, S: Sums, const F: usize>(
    child: &Child<L, S, F>,
    height: u8,
    len: usize,
) -> bool {
    match child.view() {
        View::A(_) | View::Empty => false,
        View::B(_) => len < capacity::<L, S, F>(height),
        View::C(node) => {
            let count = node.count();
            count < F
                || has_room(
                    &node.children[count - 1],
                    height - 1,
                    node.child_len(count - 1),
                )
        }
    }
}

/// Adds the leaf below `child`, which has room for it.
fn push<L: LeafKind<S>, S: Sums, const F: usize>(
    arena: ArenaRef<'_>,
    child: &mut Child<L, S, F>,
    height: u8,
    len: usize,
    leaf: &mut Child<L, S, F>,
    weight: S::Weight,
) -> Result<(), AllocError> {
    if weight.len() != L::FULL {
        relaxed_mut(child, height, len)?;
    }
    match inner_mut(child)? {
        InnerMut::Dense(node) => {
            let count = dense_count::<L, S, F>(height, len);
            let last_len = dense_child_len::<L, S, F>(height, len, count - 1);
            let last = &mut node.children[count - 1];
            if has_room(last, height - 1, last_len) {
                return push(arena, last, height - 1, last_len, leaf, weight);
            }
            node.children[count] = chain(arena, height - 1, leaf, weight)?;
        }
        InnerMut::Relaxed(node) => {
            let count = node.count();
            let last_len = node.child_len(count - 1);
            let last = &mut node.children[count - 1];
            if has_room(last, height - 1, last_len) {
                push(arena, last, height - 1, last_len, leaf, weight)?;
                node.ends.grow(count - 1, weight);
            } else {
                node.push(chain(arena, height - 1, leaf, weight)?, weight);
            }
        }
    }
    Ok(())
}

/// A tree of the given height with nothing but the leaf, which is taken once nothing can fail.
fn chain<L: LeafKind<S>, S: Sums, const F: usize>(
    arena: ArenaRef<'_>,
    height: u8,
    leaf: &mut Child<L, S, F>,
    weight: S::Weight,
) -> Result<Child<L, S, F>, AllocError> {
    if height == 0 {
        return Ok(std::mem::take(leaf));
    }
    if weight.len() == L::FULL {
        let mut node = Shared::try_new_in(arena, Dense::new())?;
        let to = fresh(&mut node);
        to.children[0] = chain(arena, height - 1, leaf, weight)?;
        return Ok(Entry::b(node));
    }
    let mut node = Shared::try_new_in(arena, Relaxed::new())?;
    let to = fresh(&mut node);
    to.push(chain(arena, height - 1, leaf, weight)?, weight);
    Ok(Entry::c(node))
}

/// Takes the last leaf out from below `child`.
fn pop<L: LeafKind<S>, S: Sums, const F: usize>(
    child: &mut Child<L, S, F>,
    height: u8,
    weight: S::Weight,
) -> Result<(Child<L, S, F>, S::Weight), AllocError> {
    if height == 0 {
        return Ok((std::mem::take(child), weight));
    }
    match inner_mut(child)? {
        InnerMut::Dense(node) => {
            let last = dense_count::<L, S, F>(height, weight.len()) - 1;
            let last_len = dense_child_len::<L, S, F>(height, weight.len(), last);
            let last_weight = S::Weight::of_len(last_len);
            let popped = pop(&mut node.children[last], height - 1, last_weight)?;
            if popped.1 == last_weight {
                node.children[last] = Entry::empty();
            }
            Ok(popped)
        }
        InnerMut::Relaxed(node) => {
            let last = node.count() - 1;
            let last_weight = node.child_weight(last);
            let popped = pop(&mut node.children[last], height - 1, last_weight)?;
            if popped.1 == last_weight {
                node.remove(last);
            } else {
                node.ends.shrink(last, popped.1);
            }
            Ok(popped)
        }
    }
}
