//! Texts, merged leaf by leaf.

use cow_core::{AllocError, ArenaRef, Gap, GapRef, Home, OrAbort};
use xxhash_rust::xxh3::xxh3_64;

use super::{CowString, Metrics};
use crate::{
    merge::{Merge, Met, Table, index, position},
    node::seq::text::{TextMemo, TextSite},
};

/// What became of shared nodes.
pub struct Nodes<M: Metrics>(TextMemo<M>);

impl<M: Metrics> Default for Nodes<M> {
    fn default() -> Self {
        Self(TextMemo::<M>::default())
    }
}

/// A hash of a chunk's text, wherever its gap is.
fn hash(leaf: GapRef<'_>) -> u64 {
    match leaf.pieces() {
        [text, ""] | ["", text] => xxh3_64(text.as_bytes()),
        pieces => xxh3_64(pieces.concat().as_bytes()),
    }
}

/// `true` when two chunks hold the same text, wherever their gaps are.
fn is_same(a: GapRef<'_>, b: GapRef<'_>) -> bool {
    let ([left, right], [long_left, short_right]) =
        (a.pieces().map(str::as_bytes), b.pieces().map(str::as_bytes));
    if left.len() > long_left.len() {
        return is_same(b, a);
    }
    let (start, middle) = long_left.split_at(left.len());
    a.len() == b.len()
        && left == start
        && right.starts_with(middle)
        && right[middle.len()..] == *short_right
}

/// Looks for a chunk in a table, or offers it there, as `ask` does.
fn with_leaf<M: Metrics, R>(
    site: &TextSite<'_, M>,
    arena: ArenaRef<'_>,
    ask: impl FnOnce((usize, usize), &dyn Fn() -> u64, &dyn Fn(&Gap<M>) -> bool) -> R,
) -> R {
    let leaf = site.leaf_ref();
    let place = (leaf.chunk().as_ptr().addr(), leaf.len());
    let is_equal = |other: &Gap<M>| other.arena() == arena && is_same(other.as_gap(), leaf);
    ask(place, &|| hash(leaf), &is_equal)
}

impl<M: Metrics> Merge for CowString<M> {
    type Leaf = Gap<M>;
    type Nodes = Nodes<M>;

    fn merge_from(
        &mut self,
        from: u64,
        max_chunks: usize,
        nodes: &mut Nodes<M>,
        table: &mut Table<Gap<M>>,
    ) -> Result<Option<u64>, AllocError> {
        let home = self.arena().to_home();
        let arena = home.as_ref().map_or_else(ArenaRef::global, Home::arena);
        let (next, end) =
            self.text
                .swap_leaves(index(from), max_chunks, &mut nodes.0, &mut |site| {
                    with_leaf(&site, arena, |place, hash, is_equal| {
                        table.offer(place, hash, is_equal, || site.handle())
                    })
                })?;
        Ok(position(next, end))
    }
}

impl<M: Metrics> CowString<M> {
    /// Shares chunks with another text wherever both hold the same. Returns the number of chunks that
    /// were given up for one of `onto`.
    ///
    /// For versions that came about separately and hold much the same, such as a file that was loaded
    /// anew: rebased onto the former version it costs what differs, and `==` and `diff` pass over the
    /// rest. When all is equal the text becomes a snapshot of `onto`. Else chunks are shared wherever they
    /// are: what lies behind an insertion is found. But they are compared as wholes, and of two texts
    /// that were loaded the second may be cut elsewhere behind the first difference. Texts of different
    /// arenas share nothing.
    ///
    /// # Complexity
    ///
    /// O(n) bytes hashed and compared, of both. Copies the nodes that lead to a changed chunk, where
    /// others share them.
    ///
    /// # Examples
    ///
    /// ```
    /// use cow_collections::CowString;
    ///
    /// let file: String = (0..10_000).map(|n| format!("line {n}\n")).collect();
    /// let (old, mut new) = (CowString::from(&file), CowString::from(&file));
    /// new.insert_str(7, "?");
    /// assert_eq!(new.memory().bytes_shared, 0);
    /// new.rebase(&old);
    /// assert!(new.memory().bytes_shared > 10 * new.memory().bytes_exclusive);
    ///
    /// new.remove_range(7..8);
    /// new.rebase(&old);
    /// assert!(new.ptr_eq(&old));
    /// ```
    pub fn rebase(&mut self, onto: &Self) -> usize {
        self.try_rebase(onto).or_abort()
    }

    /// As [`rebase`](Self::rebase), for arenas that may be full.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk for the copy of a node; some chunks may be shared by then.
    pub fn try_rebase(&mut self, onto: &Self) -> Result<usize, AllocError> {
        let arena = onto.arena();
        if self.arena() != arena || self.ptr_eq(onto) {
            return Ok(0);
        }
        let mut theirs = Table::default();
        onto.text.show_leaves(&mut |site| {
            with_leaf(&site, arena, |place, hash, is_equal| {
                drop(theirs.offer(place, hash, is_equal, || site.handle()));
            });
        });
        let (mut given_up, mut own) = (0, 0);
        let memo = &mut TextMemo::<M>::default();
        self.text.swap_leaves(0, usize::MAX, memo, &mut |site| {
            with_leaf(&site, arena, |place, hash, is_equal| {
                match theirs.look_up(place, hash, is_equal) {
                    Met::Itself => None,
                    Met::Equal(leaf) => {
                        given_up += 1;
                        Some(leaf.clone())
                    }
                    Met::Nothing => {
                        own += 1;
                        None
                    }
                }
            })
        })?;
        if self == onto {
            self.clone_from(onto);
            given_up += own;
        }
        Ok(given_up)
    }
}
