//! Making equal chunks one: what the kernel's KSM does with pages, for chunks of plain data.

mod table;

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use cow_core::{AllocError, SnapshotCell};

use crate::graph::Collection;

pub(crate) use table::{Met, Table};

/// A collection of plain data, whose chunks can be merged. Sealed.
///
/// | collection | two chunks are equal when they hold |
/// |---|---|
/// | [`CowVec`](crate::CowVec) | the same values, byte for byte |
/// | [`CowString`](crate::CowString) | the same text |
/// | [`CowOrdMap`](crate::CowOrdMap), [`CowOrdSet`](crate::CowOrdSet) | the same keys and values, byte for byte |
/// | [`CowHashMap`](crate::CowHashMap), [`CowHashSet`](crate::CowHashSet) | the same keys and values in one order, byte for byte, for the same hashes in maps that hash alike |
///
/// Keys and values are plain data, which is what `bytemuck::NoUninit` says: copied by copying their
/// bytes, and equal where those are. Hash maps hash alike when one is a clone of the other, both are
/// clones of a third that had an entry, or their hasher is of no size. Others have a seed each, and
/// nothing in common: see [`CowHashMap::rebase`](crate::CowHashMap::rebase), which gives one the seed of
/// the other.
pub trait Merge: Collection {
    /// A handle to a chunk of values.
    #[doc(hidden)]
    type Leaf: Clone;
    /// What became of the nodes that several collections share.
    #[doc(hidden)]
    type Nodes: Default;

    /// Offers the chunks from position `from` on, about `max_chunks` of them, and takes over equal ones.
    /// Returns where to go on, or `None` at the end. The first position is zero; what the others are is
    /// the collection's business.
    #[doc(hidden)]
    fn merge_from(
        &mut self,
        from: u64,
        max_chunks: usize,
        nodes: &mut Self::Nodes,
        table: &mut Table<Self::Leaf>,
    ) -> Result<Option<u64>, AllocError>;
}

/// A position that is an index, for collections that count.
pub(crate) fn index(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

/// The position of an index, unless it is that of the end.
pub(crate) fn position(index: usize, end: usize) -> Option<u64> {
    (index < end).then_some(index as u64)
}

/// What merging came to, under the names that the kernel has for it in `/sys/kernel/mm/ksm`.
///
/// A page is a chunk of values, entries or text here. The first three are those of the last full scan, or of the present
/// one while that is the first; they grow stale when chunks are written, as the kernel's do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MergeStats {
    /// Chunks that stand for several.
    pub pages_shared: u64,
    /// Places that are served by those besides the first: what merging saves, in chunks.
    pub pages_sharing: u64,
    /// Chunks that have no equal.
    pub pages_unshared: u64,
    /// How often all collections were gone through.
    pub full_scans: u64,
    /// Chunks looked at, ever.
    pub pages_scanned: u64,
    /// Chunks given up for an equal one, ever.
    pub pages_merged: u64,
}

impl fmt::Display for MergeStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "pages_shared {} pages_sharing {} pages_unshared {} full_scans {}",
            self.pages_shared, self.pages_sharing, self.pages_unshared, self.full_scans
        )
    }
}

/// Goes through collections and makes equal chunks one.
///
/// For many states that have much in common without having come of one another: images of machines,
/// caches that were filled separately, versions that were loaded from files. They are collections of one
/// type, any that is [`Merge`]. Each chunk is hashed, equal hashes are compared byte by byte, and an equal
/// chunk is given up for the one that was met first. A write to it copies it again, as one to a chunk that
/// a snapshot shares. Collections may have live snapshots: those that are scanned too stay shared with
/// them, node for node; in others, what they keep of the old chunks goes when they do.
///
/// A scan goes on where the last call stopped, so that a program can spend some microseconds on it now
/// and then; [`MergeThread`] does that in the background. While a scan is not at its end the merger keeps
/// each chunk that it met: one that is written meanwhile is copied first. At the end it keeps nothing.
///
/// To merge one version with another that is known to be like it, use `rebase`, which each of the
/// collections has. A vector's chunks of 2 MiB are passed over: what is to be merged is better kept in an
/// arena without them.
///
/// # Examples
///
/// ```
/// use cow_collections::{CowVec, Merger};
///
/// let mut a: CowVec<u64> = (0..100_000).collect();
/// let mut b: CowVec<u64> = (0..100_000).collect();
/// b[5] = 0;
///
/// let mut merger = Merger::new();
/// merger.scan(&mut [&mut a, &mut b], usize::MAX)?;
/// assert_eq!(merger.stats().pages_sharing, 195); // of 196 chunks
/// assert_eq!(merger.stats().pages_unshared, 2);
/// assert!(b.memory().bytes_exclusive < 16 << 10);
///
/// b[99_999] = 1; // splits what was merged
/// assert_eq!(a[99_999], 99_999);
/// # Ok::<(), cow_collections::AllocError>(())
/// ```
///
/// Hash maps, of which one has the seed of the other:
///
/// ```
/// use cow_collections::{CowHashMap, Merger};
///
/// let mut a: CowHashMap<u32, u64> = (0..10_000).map(|n| (n, 1)).collect();
/// let mut b = a.clone();
/// b.clear();
/// b.extend((0..10_000).map(|n| (n, if n == 5 { 2 } else { 1 })));
/// assert_eq!(b.memory().bytes_shared, 0);
///
/// let mut merger = Merger::new();
/// merger.scan(&mut [&mut a, &mut b], usize::MAX)?;
/// assert_eq!(merger.stats().pages_unshared, 2); // where the two differ
/// assert_eq!((a[&5], b[&5]), (1, 2));
/// # Ok::<(), cow_collections::AllocError>(())
/// ```
pub struct Merger<C: Merge> {
    table: Table<C::Leaf>,
    nodes: C::Nodes,
    /// The collection whose turn it is, and the position in it.
    cursor: (usize, u64),
    /// Of the full scans so far.
    stats: MergeStats,
}

impl<C: Merge> Merger<C> {
    /// Makes a merger that met no chunk yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            table: Table::default(),
            nodes: C::Nodes::default(),
            cursor: (0, 0),
            stats: MergeStats::default(),
        }
    }

    /// Goes on with the scan: looks at about `max_chunks` chunks, and no further than to the end of the
    /// last collection, with which the scan ends. Returns `true` then.
    ///
    /// The calls of one scan are to name the same collections in the same order; what was written between
    /// them does no harm.
    ///
    /// # Complexity
    ///
    /// O(bytes of those chunks). A chunk that was met before is not looked into again.
    ///
    /// # Errors
    ///
    /// When an arena has no chunk for the copy of a shared node. The scan can go on there.
    pub fn scan(
        &mut self,
        collections: &mut [&mut C],
        max_chunks: usize,
    ) -> Result<bool, AllocError> {
        let mut left = max_chunks;
        while let Some(collection) = collections.get_mut(self.cursor.0) {
            if left == 0 {
                return Ok(false);
            }
            let before = self.table.stats.pages_scanned;
            self.step(collection, left)?;
            let done = usize::try_from(self.table.stats.pages_scanned - before).unwrap_or(left);
            // A step without a chunk is one, too: empty collections are not to be gone through for ever.
            left = left.saturating_sub(done.max(1));
        }
        self.end_scan();
        Ok(true)
    }

    /// Goes on with the collection whose turn it is.
    fn step(&mut self, collection: &mut C, max_chunks: usize) -> Result<(), AllocError> {
        let (number, from) = self.cursor;
        let next = collection.merge_from(from, max_chunks, &mut self.nodes, &mut self.table)?;
        self.cursor = next.map_or((number + 1, 0), |position| (number, position));
        Ok(())
    }

    fn end_scan(&mut self) {
        self.stats = MergeStats {
            full_scans: self.stats.full_scans + 1,
            ..self.with_ever(self.table.stats)
        };
        // What is kept across scans is the figures alone.
        self.table = Table::default();
        self.nodes = C::Nodes::default();
        self.cursor = (0, 0);
    }

    /// The figures.
    #[must_use]
    pub fn stats(&self) -> MergeStats {
        self.with_ever(if self.stats.full_scans == 0 {
            self.table.stats
        } else {
            self.stats
        })
    }

    /// The figures of one scan, with those that are counted over all scans.
    fn with_ever(&self, scan: MergeStats) -> MergeStats {
        let (now, former) = (&self.table.stats, &self.stats);
        MergeStats {
            full_scans: former.full_scans,
            pages_scanned: former.pages_scanned + now.pages_scanned,
            pages_merged: former.pages_merged + now.pages_merged,
            ..scan
        }
    }
}

impl<C: Merge> Default for Merger<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: Merge> fmt::Debug for Merger<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Merger")
            .field("cursor", &self.cursor)
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}

/// Where the current version of a collection is to be found, for a thread that merges in the background.
pub trait Published<C>: Send + Sync {
    /// Lends the collection for changing it. What is done to it is to be what others see next.
    fn with(&self, work: &mut dyn FnMut(&mut C));
}

impl<C: Send> Published<C> for Mutex<C> {
    fn with(&self, work: &mut dyn FnMut(&mut C)) {
        // A collection is valid also after a panic of who held the lock.
        work(&mut self.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl<C: Clone + Send + Sync> Published<C> for SnapshotCell<C> {
    /// Other writers wait; readers do not.
    fn with(&self, work: &mut dyn FnMut(&mut C)) {
        let mut fork = self.write();
        work(&mut fork);
        fork.commit();
    }
}

/// A thread that merges the chunks of published collections at a pace.
///
/// It keeps none of them: a collection that everybody else has dropped is passed over.
///
/// # Examples
///
/// ```
/// use std::{sync::{Arc, Mutex}, time::Duration};
/// use cow_collections::{CowVec, MergeThread};
///
/// let states: Vec<_> = (0..4)
///     .map(|_| Arc::new(Mutex::new((0..10_000).collect::<CowVec<u64>>())))
///     .collect();
///
/// // At most 256 chunks, then a pause of a millisecond.
/// let merger = MergeThread::new(256, Duration::from_millis(1));
/// states.iter().for_each(|state| merger.watch(state));
/// let scans = merger.stats().full_scans; // which may have missed some of them
/// while merger.stats().full_scans < scans + 3 {
///     states[0].lock().unwrap()[17] += 1; // the states are in use all the while
/// }
/// merger.stop();
/// let memory = states[3].lock().unwrap().memory();
/// assert!(memory.bytes_shared > memory.bytes_exclusive);
/// ```
pub struct MergeThread<C: Merge> {
    shared: Arc<Mutex<Watched<C>>>,
    running: Option<(Sender<()>, JoinHandle<()>)>,
}

struct Watched<C> {
    sources: Vec<Weak<dyn Published<C>>>,
    stats: MergeStats,
}

impl<C> MergeThread<C>
where
    C: Merge<Leaf: Send, Nodes: Send> + 'static,
{
    /// Starts the thread. It looks at `max_chunks` chunks, holding on to one collection after the other
    /// meanwhile, and pauses. If the system has no thread to give, nothing is ever merged.
    #[must_use]
    pub fn new(max_chunks: usize, pause: Duration) -> Self {
        let shared = Arc::new(Mutex::new(Watched {
            sources: Vec::new(),
            stats: MergeStats::default(),
        }));
        let watched = Arc::clone(&shared);
        let (stop, stopped) = mpsc::channel();
        let work = move || {
            let mut merger = Merger::new();
            while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                merger.round(&watched, max_chunks);
                lock(&watched).stats = merger.stats();
            }
        };
        let thread = thread::Builder::new().name("cow-merger".into()).spawn(work);
        Self {
            shared,
            running: thread.ok().map(|thread| (stop, thread)),
        }
    }

    /// Adds a collection to those that are gone through.
    pub fn watch<P: Published<C> + 'static>(&self, source: &Arc<P>) {
        let source: Weak<P> = Arc::downgrade(source);
        lock(&self.shared).sources.push(source);
    }

    /// The figures, as they were at the last pause.
    #[must_use]
    pub fn stats(&self) -> MergeStats {
        lock(&self.shared).stats
    }

    /// Ends the thread, after what it is at. So does a drop.
    pub fn stop(self) {}
}

impl<C: Merge> Drop for MergeThread<C> {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            drop(stop);
            let _ = thread.join();
        }
    }
}

impl<C: Merge> fmt::Debug for MergeThread<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MergeThread")
            .field("stats", &lock(&self.shared).stats)
            .finish_non_exhaustive()
    }
}

impl<C: Merge> Merger<C> {
    /// One round of a thread: up to `max_chunks` chunks, and at most one end of a scan.
    fn round(&mut self, watched: &Mutex<Watched<C>>, max_chunks: usize) {
        let mut left = max_chunks;
        while left > 0 {
            let Some(source) = lock(watched).sources.get(self.cursor.0).cloned() else {
                lock(watched)
                    .sources
                    .retain(|source| source.strong_count() > 0);
                // With nothing to go through there is no scan.
                if self.cursor != (0, 0) {
                    self.end_scan();
                }
                return;
            };
            let before = self.table.stats.pages_scanned;
            if let Some(source) = source.upgrade() {
                source.with(&mut |collection| {
                    if self.step(collection, left).is_err() {
                        // The arena is full: the rest of this one has its turn in the next scan.
                        self.cursor = (self.cursor.0 + 1, 0);
                    }
                });
            } else {
                self.cursor = (self.cursor.0 + 1, 0);
            }
            let done = usize::try_from(self.table.stats.pages_scanned - before).unwrap_or(left);
            left = left.saturating_sub(done.max(1));
        }
    }
}

fn lock<C>(watched: &Mutex<Watched<C>>) -> std::sync::MutexGuard<'_, Watched<C>> {
    watched.lock().unwrap_or_else(PoisonError::into_inner)
}
