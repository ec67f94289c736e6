//! Adding a leaf behind all others, and taking the last one off.

use cow_core::{AllocError, ArenaRef, Entry, Shared, View};

use super::tree::{
    Child, Dense, FANOUT, InnerMut, Relaxed, Tree, capacity, dense_child_len, dense_count, fresh,
    full, inner_mut, relaxed_mut,
};

impl<T> Tree<T> {
    /// Adds a leaf with `leaf_len` values behind all others and takes it out of `leaf`.
    ///
    /// When that fails, `leaf` keeps it and the tree holds what it held.
    pub(super) fn push_leaf(
        &mut self,
        arena: ArenaRef<'_>,
        leaf: &mut Child<T>,
        leaf_len: usize,
    ) -> Result<(), AllocError> {
        if self.len == 0 {
            *self = Self {
                root: std::mem::take(leaf),
                height: 0,
                len: leaf_len,
            };
            return Ok(());
        }
        if has_room(&self.root, self.height, self.len) {
            push(arena, &mut self.root, self.height, self.len, leaf, leaf_len)?;
        } else {
            self.push_under_new_root(arena, leaf, leaf_len)?;
        }
        self.len += leaf_len;
        Ok(())
    }

    #[cold]
    fn push_under_new_root(
        &mut self,
        arena: ArenaRef<'_>,
        leaf: &mut Child<T>,
        leaf_len: usize,
    ) -> Result<(), AllocError> {
        let is_full =
            self.len == capacity::<T>(self.height) && !matches!(self.root.view(), View::C(_));
        let chain = |leaf| chain(arena, self.height, leaf, leaf_len);
        self.root = if is_full && leaf_len == full::<T>() {
            let mut node = Shared::try_new_in(arena, Dense::new())?;
            let top = fresh(&mut node);
            top.children[1] = chain(leaf)?;
            top.children[0] = std::mem::take(&mut self.root);
            Entry::b(node)
        } else {
            let mut node = Shared::try_new_in(arena, Relaxed::new())?;
            let top = fresh(&mut node);
            let last = chain(leaf)?;
            top.push(std::mem::take(&mut self.root), self.len);
            top.push(last, leaf_len);
            Entry::c(node)
        };
        self.height += 1;
        Ok(())
    }

    /// Takes the last leaf off the tree, which has one. Returns it with its length.
    ///
    /// When that fails the tree holds what it held.
    pub(super) fn pop_leaf(&mut self) -> Result<(Child<T>, usize), AllocError> {
        let (leaf, leaf_len) = pop(&mut self.root, self.height, self.len)?;
        self.len -= leaf_len;
        self.lower();
        Ok((leaf, leaf_len))
    }
}

/// `true` when one more leaf can be added at the end without making the tree higher.
fn has_room<T>(child: &Child<T>, height: u8, len: usize) -> bool {
    match child.view() {
        View::A(_) | View::Empty => false,
        View::B(_) => len < capacity::<T>(height),
        View::C(node) => {
            let count = node.count();
            count < FANOUT
                || has_room(
                    &node.children[count - 1],
                    height - 1,
                    node.child_len(count - 1),
                )
        }
    }
}

/// Adds the leaf below `child`, which has room for it.
fn push<T>(
    arena: ArenaRef<'_>,
    child: &mut Child<T>,
    height: u8,
    len: usize,
    leaf: &mut Child<T>,
    leaf_len: usize,
) -> Result<(), AllocError> {
    if leaf_len != full::<T>() {
        relaxed_mut(child, height, len)?;
    }
    match inner_mut(child)? {
        InnerMut::Dense(node) => {
            let count = dense_count::<T>(height, len);
            let last_len = dense_child_len::<T>(height, len, count - 1);
            let last = &mut node.children[count - 1];
            if has_room(last, height - 1, last_len) {
                return push(arena, last, height - 1, last_len, leaf, leaf_len);
            }
            node.children[count] = chain(arena, height - 1, leaf, leaf_len)?;
        }
        InnerMut::Relaxed(node) => {
            let count = node.count();
            let last_len = node.child_len(count - 1);
            let last = &mut node.children[count - 1];
            if has_room(last, height - 1, last_len) {
                push(arena, last, height - 1, last_len, leaf, leaf_len)?;
                node.ends[count - 1] += leaf_len;
            } else {
                node.push(chain(arena, height - 1, leaf, leaf_len)?, leaf_len);
            }
        }
    }
    Ok(())
}

/// A tree of the given height with nothing but the leaf, which is taken once nothing can fail.
fn chain<T>(
    arena: ArenaRef<'_>,
    height: u8,
    leaf: &mut Child<T>,
    leaf_len: usize,
) -> Result<Child<T>, AllocError> {
    if height == 0 {
        return Ok(std::mem::take(leaf));
    }
    if leaf_len == full::<T>() {
        let mut node = Shared::try_new_in(arena, Dense::new())?;
        let to = fresh(&mut node);
        to.children[0] = chain(arena, height - 1, leaf, leaf_len)?;
        return Ok(Entry::b(node));
    }
    let mut node = Shared::try_new_in(arena, Relaxed::new())?;
    let to = fresh(&mut node);
    to.push(chain(arena, height - 1, leaf, leaf_len)?, leaf_len);
    Ok(Entry::c(node))
}

/// Takes the last leaf out from below `child`.
fn pop<T>(child: &mut Child<T>, height: u8, len: usize) -> Result<(Child<T>, usize), AllocError> {
    if height == 0 {
        return Ok((std::mem::take(child), len));
    }
    match inner_mut(child)? {
        InnerMut::Dense(node) => {
            let last = dense_count::<T>(height, len) - 1;
            let last_len = dense_child_len::<T>(height, len, last);
            let popped = pop(&mut node.children[last], height - 1, last_len)?;
            if popped.1 == last_len {
                node.children[last] = Entry::empty();
            }
            Ok(popped)
        }
        InnerMut::Relaxed(node) => {
            let last = node.count() - 1;
            let last_len = node.child_len(last);
            let popped = pop(&mut node.children[last], height - 1, last_len)?;
            if popped.1 == last_len {
                node.remove(last);
            } else {
                node.ends[last] -= popped.1;
            }
            Ok(popped)
        }
    }
}
