//! Walking two trees side by side: equality, order, changes, and set algebra.
//!
//! None looks below a chunk that both have. The trees may have different shapes: each walk keeps what
//! lies ahead as a stack of subtrees, opens the higher one of two that differ, and passes over both when
//! they are one chunk. So the work is proportional to what differs, times the height.

use std::cmp::Ordering;

use cow_core::{AllocError, PairsRef, View};

use super::{Builder, Child, Tree, first_leaf, walk::Slices};

/// What of a tree lies ahead.
struct Ahead<'a, K, V> {
    /// Subtrees in order, the first ones on top, and their heights.
    stack: Vec<(&'a [Child<K, V>], u8)>,
    /// Pairs of the first leaf that were passed already.
    at: usize,
}

impl<'a, K, V> Ahead<'a, K, V> {
    fn new(tree: &'a Tree<K, V>) -> Self {
        Self {
            stack: vec![(tree.subtrees(), tree.height)],
            at: 0,
        }
    }

    /// The first subtree, and its height.
    fn first(&mut self) -> Option<(&'a Child<K, V>, u8)> {
        while let Some(&(children, height)) = self.stack.last() {
            if let Some(first) = children.first() {
                return Some((first, height));
            }
            self.stack.pop();
        }
        None
    }

    /// Passes over the first subtree.
    fn pass(&mut self) {
        self.at = 0;
        if let Some((children, _)) = self.stack.last_mut() {
            *children = &children[1..];
        }
    }

    /// Puts the children of the first subtree, which is an inner node, in its place.
    fn open(&mut self) {
        let Some((first, height)) = self.first() else {
            return;
        };
        self.pass();
        if let View::B(node) = first.view() {
            self.stack.push((node.children(), height - 1));
        }
    }

    /// Passes over `count` pairs of the first leaf.
    fn pass_pairs(&mut self, count: usize, leaf: PairsRef<'_, K, V>) {
        self.at += count;
        if self.at >= leaf.len() {
            self.pass();
        }
    }

    /// The pairs ahead in a leaf, which is the first subtree.
    fn slices(&self, leaf: PairsRef<'a, K, V>) -> Slices<'a, K, V> {
        (&leaf.keys()[self.at..], &leaf.values()[self.at..])
    }

    /// The first key of the first subtree.
    fn first_key(&self, first: &'a Child<K, V>) -> Option<&'a K> {
        first_leaf(first)?.keys().get(self.at)
    }
}

/// What two walks have in front of them.
enum Meeting<'a, K, V> {
    /// The same chunk.
    Same,
    /// Two leaves.
    Leaves(PairsRef<'a, K, V>, PairsRef<'a, K, V>),
    /// One walk has come to its end, or both.
    End,
}

/// Goes down until both walks have the same chunk in front of them, or a leaf each.
fn meet<'a, K, V>(a: &mut Ahead<'a, K, V>, b: &mut Ahead<'a, K, V>) -> Meeting<'a, K, V> {
    loop {
        let (Some((x, x_height)), Some((y, y_height))) = (a.first(), b.first()) else {
            return Meeting::End;
        };
        if a.at == 0 && b.at == 0 && x.ptr_eq(y) {
            return Meeting::Same;
        }
        if let (View::A(x), View::A(y)) = (x.view(), y.view()) {
            return Meeting::Leaves(x, y);
        }
        open_higher(a, b, x_height, y_height);
    }
}

/// Opens the higher of two inner nodes, or both.
fn open_higher<K, V>(a: &mut Ahead<'_, K, V>, b: &mut Ahead<'_, K, V>, a_height: u8, b_height: u8) {
    if a_height >= b_height {
        a.open();
    }
    if b_height >= a_height {
        b.open();
    }
}

/// Pairs of two trees at the same ranks, runs of one length.
pub(crate) struct Runs<'a, K, V> {
    left: Ahead<'a, K, V>,
    right: Ahead<'a, K, V>,
}

impl<'a, K, V> Iterator for Runs<'a, K, V> {
    type Item = (Slices<'a, K, V>, Slices<'a, K, V>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match meet(&mut self.left, &mut self.right) {
                Meeting::End => return None,
                Meeting::Same => {
                    self.left.pass();
                    self.right.pass();
                }
                Meeting::Leaves(x, y) => {
                    let (left, right) = (self.left.slices(x), self.right.slices(y));
                    let count = left.0.len().min(right.0.len());
                    self.left.pass_pairs(count, x);
                    self.right.pass_pairs(count, y);
                    return Some((
                        (&left.0[..count], &left.1[..count]),
                        (&right.0[..count], &right.1[..count]),
                    ));
                }
            }
        }
    }
}

/// One key that two trees do not agree on.
pub(crate) enum Difference<'a, K, V> {
    /// Only the left tree has it.
    Left(&'a K, &'a V),
    /// Only the right tree has it.
    Right(&'a K, &'a V),
    /// Both have it, with different values.
    Both(&'a K, &'a V, &'a V),
}

impl<K, V> Tree<K, V> {
    /// The pairs of both trees at the same ranks, but for those in chunks that both have; up to the end
    /// of the shorter one.
    pub(crate) fn runs<'a>(&'a self, other: &'a Self) -> Runs<'a, K, V> {
        Runs {
            left: Ahead::new(self),
            right: Ahead::new(other),
        }
    }

    /// Tells the differences to another tree, in the order of their keys.
    pub(crate) fn differences<'a>(
        &'a self,
        other: &'a Self,
        mut tell: impl FnMut(Difference<'a, K, V>),
    ) where
        K: Ord,
        V: PartialEq,
    {
        let (mut left, mut right) = (Ahead::new(self), Ahead::new(other));
        loop {
            match meet(&mut left, &mut right) {
                Meeting::End => break,
                Meeting::Same => {
                    left.pass();
                    right.pass();
                }
                Meeting::Leaves(x, y) => {
                    let (a, b) = (left.slices(x), right.slices(y));
                    let (mut i, mut j) = (0, 0);
                    while i < a.0.len() && j < b.0.len() {
                        let order = a.0[i].cmp(&b.0[j]);
                        match order {
                            Ordering::Less => tell(Difference::Left(&a.0[i], &a.1[i])),
                            Ordering::Greater => tell(Difference::Right(&b.0[j], &b.1[j])),
                            Ordering::Equal if a.1[i] != b.1[j] => {
                                tell(Difference::Both(&a.0[i], &a.1[i], &b.1[j]));
                            }
                            Ordering::Equal => {}
                        }
                        i += usize::from(order.is_le());
                        j += usize::from(order.is_ge());
                    }
                    left.pass_pairs(i, x);
                    right.pass_pairs(j, y);
                }
            }
        }
        rest(&mut left, |key, value| tell(Difference::Left(key, value)));
        rest(&mut right, |key, value| tell(Difference::Right(key, value)));
    }
}

/// Tells all pairs that are ahead.
fn rest<'a, K, V>(ahead: &mut Ahead<'a, K, V>, mut tell: impl FnMut(&'a K, &'a V)) {
    while let Some((first, _)) = ahead.first() {
        match first.view() {
            View::A(leaf) => {
                let (keys, values) = ahead.slices(leaf);
                keys.iter().zip(values).for_each(|(k, v)| tell(k, v));
                ahead.pass();
            }
            _ => ahead.open(),
        }
    }
}

/// What becomes of pairs when two trees are combined.
pub(crate) struct Rules<F> {
    /// Whether pairs stay whose key only the left tree has.
    pub(crate) left: bool,
    /// Whether pairs stay whose key only the right tree has.
    pub(crate) right: bool,
    /// Whether pairs stay in chunks that both have; `None` when `both` is to say for each.
    pub(crate) shared: Option<bool>,
    /// The value for a key that both have, if it stays.
    pub(crate) both: F,
}

/// Combines two trees of one arena into a third, which shares the chunks of both where it can.
pub(crate) fn combine<K, V, F>(
    left: &Tree<K, V>,
    right: &Tree<K, V>,
    rules: Rules<F>,
) -> Result<Tree<K, V>, AllocError>
where
    K: Clone + Ord,
    V: Clone,
    F: FnMut(&K, &V, &V) -> Option<V>,
{
    let mut to = Builder::new(Tree::new_in(left.arena()));
    let (mut a, mut b) = (Ahead::new(left), Ahead::new(right));
    let mut both = rules.both;
    while let (Some((x, x_height)), Some((y, y_height))) = (a.first(), b.first()) {
        if let Some(stay) = rules.shared
            && a.at == 0
            && b.at == 0
            && x.ptr_eq(y)
        {
            if stay {
                to.push_subtree(x.clone(), x_height)?;
            }
            a.pass();
            b.pass();
            continue;
        }
        // Subtrees that lie apart are taken whole.
        if last_key(x) < b.first_key(y) {
            move_first(&mut a, rules.left, &mut to)?;
            continue;
        }
        if last_key(y) < a.first_key(x) {
            move_first(&mut b, rules.right, &mut to)?;
            continue;
        }
        let (View::A(x), View::A(y)) = (x.view(), y.view()) else {
            open_higher(&mut a, &mut b, x_height, y_height);
            continue;
        };
        let ((keys, values), (other_keys, other_values)) = (a.slices(x), b.slices(y));
        let (mut i, mut j) = (0, 0);
        while i < keys.len() && j < other_keys.len() {
            let order = keys[i].cmp(&other_keys[j]);
            match order {
                Ordering::Less if rules.left => to.push(keys[i].clone(), values[i].clone())?,
                Ordering::Greater if rules.right => {
                    to.push(other_keys[j].clone(), other_values[j].clone())?;
                }
                Ordering::Equal => {
                    if let Some(value) = both(&keys[i], &values[i], &other_values[j]) {
                        to.push(keys[i].clone(), value)?;
                    }
                }
                Ordering::Less | Ordering::Greater => {}
            }
            i += usize::from(order.is_le());
            j += usize::from(order.is_ge());
        }
        a.pass_pairs(i, x);
        b.pass_pairs(j, y);
    }
    while a.first().is_some() {
        move_first(&mut a, rules.left, &mut to)?;
    }
    while b.first().is_some() {
        move_first(&mut b, rules.right, &mut to)?;
    }
    to.finish()
}

/// The last key of a subtree.
fn last_key<K, V>(mut child: &Child<K, V>) -> Option<&K> {
    while let View::B(node) = child.view() {
        child = node.children().last()?;
    }
    match child.view() {
        View::A(leaf) => leaf.keys().last(),
        _ => None,
    }
}

/// Passes over the first subtree, and adds it to a tree if it stays.
fn move_first<K: Clone, V: Clone>(
    from: &mut Ahead<'_, K, V>,
    stays: bool,
    to: &mut Builder<K, V>,
) -> Result<(), AllocError> {
    if let Some((first, height)) = from.first()
        && stays
    {
        match first.view() {
            View::A(leaf) if from.at > 0 => {
                let (keys, values) = from.slices(leaf);
                for (key, value) in keys.iter().zip(values) {
                    to.push(key.clone(), value.clone())?;
                }
            }
            _ => to.push_subtree(first.clone(), height)?,
        }
    }
    from.pass();
    Ok(())
}
