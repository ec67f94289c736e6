//! Inserting and removing values inside the tree.

use cow_core::{AllocError, Entry, Shared, Slots, View, ViewMut};

use super::{
    leaf,
    tree::{
        Child, FANOUT, Relaxed, Tree, arena, dense_count, fresh, full, leaf_mut_with_room,
        relaxed_mut,
    },
};

impl<T: Clone> Tree<T> {
    /// Puts a value in front of value number `index`; at the tree's length, behind all.
    ///
    /// Full nodes on the way are split on the way down, so that each step leaves a whole tree: when
    /// a chunk is not to be had, the values are as before.
    pub(super) fn insert(&mut self, index: usize, value: T) -> Result<(), AllocError> {
        let splits = match self.root.view() {
            View::A(_) => self.len == full::<T>(),
            View::B(node) => !node.children[FANOUT - 1].is_empty(),
            View::C(node) => node.count() == FANOUT,
            View::Empty => unreachable!("insert into an empty tree"),
        };
        if splits {
            let mut node = Shared::try_new_in(arena(&self.root), Relaxed::new())?;
            let top = fresh(&mut node);
            top.push(std::mem::take(&mut self.root), self.len);
            self.root = Entry::c(node);
            self.height += 1;
        }
        if let Err(error) = insert(&mut self.root, self.height, self.len, index, value) {
            self.lower();
            return Err(error);
        }
        self.len += 1;
        Ok(())
    }

    /// Takes value number `index` out.
    ///
    /// When a chunk is not to be had, the values are as before.
    pub(super) fn remove(&mut self, index: usize) -> Result<T, AllocError> {
        let mut removed = Removed {
            value: None,
            leaf_len: 0,
            was_last: false,
        };
        remove(&mut self.root, self.height, self.len, index, &mut removed)?;
        self.len -= 1;
        if removed.leaf_len < (full::<T>() / 4).max(1) && self.len > 0 {
            let mut mend = |index| mend(&mut self.root, self.height, self.len, index);
            // The leaf, or its parent if it is gone, lies at `index` or ends in front of it.
            if !removed.was_last || removed.leaf_len == 0 {
                mend(index.min(self.len - 1));
            }
            if removed.was_last {
                mend(index.saturating_sub(1));
            }
        }
        self.lower();
        removed
            .value
            .map_or_else(|| unreachable!("a value was removed"), Ok)
    }
}

/// Inserts below `child`, which is a leaf that is not full or a node with room for one more child.
fn insert<T: Clone>(
    child: &mut Child<T>,
    height: u8,
    len: usize,
    index: usize,
    value: T,
) -> Result<(), AllocError> {
    if height == 0 {
        leaf_mut_with_room(child, len, len + 1)?.insert(index, value);
        return Ok(());
    }
    let node = relaxed_mut(child, height, len)?;
    // An index on the border belongs to the left child, whose leaf may have room.
    let mut i = node.find(index.saturating_sub(1));
    if splits(&node.children[i], height - 1, node.child_len(i)) {
        split_child(node, i, height - 1)?;
        i = node.find(index.saturating_sub(1));
    }
    let (start, child_len) = (node.start(i), node.child_len(i));
    insert(
        &mut node.children[i],
        height - 1,
        child_len,
        index - start,
        value,
    )?;
    node.grow(i, 1);
    Ok(())
}

/// `true` when the child must be split before something is inserted below it.
fn splits<T>(child: &Child<T>, height: u8, len: usize) -> bool {
    match child.view() {
        View::B(node) => !node.children[FANOUT - 1].is_empty(),
        View::C(node) => node.count() == FANOUT,
        View::A(_) | View::Empty => height == 0 && len == full::<T>(),
    }
}

/// Moves half of child `i` into a new child behind it. There is room for one.
fn split_child<T: Clone>(node: &mut Relaxed<T>, i: usize, height: u8) -> Result<(), AllocError> {
    let len = node.child_len(i);
    let child = &mut node.children[i];
    let (right, right_len) = if height == 0 {
        let keep = len / 2;
        (split_leaf(child, len, keep)?, len - keep)
    } else {
        let mut right = Shared::try_new_in(arena(child), Relaxed::new())?;
        let to = fresh(&mut right);
        relaxed_mut(child, height, len)?.move_tail(FANOUT / 2, to);
        let right_len = to.len();
        (Entry::c(right), right_len)
    };
    node.shrink(i, right_len);
    node.insert(i + 1, right, right_len);
    Ok(())
}

/// Makes a leaf of the values of `child` from number `keep` on.
///
/// A shared leaf stays as it is, for its handle to know the first `keep` values of; of an exclusive
/// one the rest is moved.
pub(super) fn split_leaf<T: Clone>(
    child: &mut Child<T>,
    len: usize,
    keep: usize,
) -> Result<Child<T>, AllocError> {
    let mut right = Slots::try_with_capacity_in(arena(child), full::<T>())?;
    let Some(mut to) = right.get_mut() else {
        unreachable!("a new leaf is exclusive")
    };
    if child.is_exclusive()
        && let Some(ViewMut::A(mut slots)) = child.view_mut()
    {
        slots.truncate(len);
        slots.move_tail(keep, &mut to);
    } else if let View::A(slots) = child.view() {
        to.extend_from_slice(&leaf::values(slots, len)[keep..]);
    }
    Ok(Entry::a(right))
}

/// What [`remove`] brings up from the leaf.
struct Removed<T> {
    value: Option<T>,
    /// The number of values that are left in the leaf.
    leaf_len: usize,
    /// None of them lies behind the value.
    was_last: bool,
}

/// Takes value number `index` out from below `child`.
fn remove<T: Clone>(
    child: &mut Child<T>,
    height: u8,
    len: usize,
    index: usize,
    removed: &mut Removed<T>,
) -> Result<(), AllocError> {
    if height == 0 {
        removed.value = Some(leaf_mut_with_room(child, len, len)?.remove(index));
        removed.leaf_len = len - 1;
        removed.was_last = index == len - 1;
        return Ok(());
    }
    let node = relaxed_mut(child, height, len)?;
    let i = node.find(index);
    let (start, child_len) = (node.start(i), node.child_len(i));
    remove(
        &mut node.children[i],
        height - 1,
        child_len,
        index - start,
        removed,
    )?;
    node.shrink(i, 1);
    if child_len == 1 {
        drop(node.remove(i));
    }
    Ok(())
}

/// Joins small children on the way to value number `index` with their neighbours where both fit into
/// one.
///
/// Only for good shape, and a pass of its own: it moves values about but changes no length that a
/// node further up records, so that it may stop anywhere, by a clone that panics or for want of a
/// chunk.
fn mend<T: Clone>(child: &mut Child<T>, height: u8, len: usize, index: usize) {
    if height == 0 {
        return;
    }
    let Ok(node) = relaxed_mut(child, height, len) else {
        return;
    };
    let i = node.find(index);
    let (start, child_len) = (node.start(i), node.child_len(i));
    mend(&mut node.children[i], height - 1, child_len, index - start);
    if is_small(&node.children[i], child_len) {
        for left in [Some(i), i.checked_sub(1)].into_iter().flatten() {
            if left + 1 < node.count()
                && !matches!(join_neighbours(node, left, height - 1), Ok(false))
            {
                // Joined, or no chunk for it: the values are the same.
                return;
            }
        }
    }
}

fn is_small<T>(child: &Child<T>, len: usize) -> bool {
    match child.view() {
        View::A(_) => len < full::<T>() / 4,
        View::C(node) => node.count() <= FANOUT / 4,
        View::B(_) | View::Empty => false,
    }
}

/// Moves all of child `left + 1` into child `left`, if there is room for it.
fn join_neighbours<T: Clone>(
    node: &mut Relaxed<T>,
    left: usize,
    height: u8,
) -> Result<bool, AllocError> {
    let (len, right_len) = (node.child_len(left), node.child_len(left + 1));
    let (head, tail) = node.children.split_at_mut(left + 1);
    let (a, b) = (&mut head[left], &mut tail[0]);
    let joined = if height == 0 {
        join_leaves(a, len, b, right_len)?
    } else {
        join_nodes(a, len, b, right_len, height)?
    };
    if joined {
        // The right child holds nothing any more.
        node.ends[left] = node.ends[left + 1];
        drop(node.remove(left + 1));
    }
    Ok(joined)
}

/// Moves all values of leaf `b` behind those of leaf `a`, if there is room for them.
pub(super) fn join_leaves<T: Clone>(
    a: &mut Child<T>,
    a_len: usize,
    b: &mut Child<T>,
    b_len: usize,
) -> Result<bool, AllocError> {
    if a_len + b_len > full::<T>() {
        return Ok(false);
    }
    let mut to = leaf_mut_with_room(a, a_len, a_len + b_len)?;
    if b.is_exclusive()
        && let Some(ViewMut::A(mut slots)) = b.view_mut()
    {
        slots.truncate(b_len);
        slots.move_tail(0, &mut to);
    } else if let View::A(slots) = b.view() {
        to.extend_from_slice(leaf::values(slots, b_len));
    }
    Ok(true)
}

/// Moves all children of node `b` behind those of node `a`, if there is room for them.
fn join_nodes<T>(
    a: &mut Child<T>,
    a_len: usize,
    b: &mut Child<T>,
    b_len: usize,
    height: u8,
) -> Result<bool, AllocError> {
    if child_count(a, height, a_len) + child_count(b, height, b_len) > FANOUT {
        return Ok(false);
    }
    let to = relaxed_mut(a, height, a_len)?;
    relaxed_mut(b, height, b_len)?.move_tail(0, to);
    Ok(true)
}

/// The number of children of an inner node.
fn child_count<T>(child: &Child<T>, height: u8, len: usize) -> usize {
    match child.view() {
        View::C(node) => node.count(),
        _ => dense_count::<T>(height, len),
    }
}
