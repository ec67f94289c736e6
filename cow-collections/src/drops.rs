//! Getting rid of large collections without stopping: in steps, or on another thread.

use std::{
    fmt,
    panic::{self, AssertUnwindSafe},
    sync::{
        OnceLock,
        mpsc::{self, Receiver, Sender},
    },
    thread::{self, JoinHandle},
};

use crate::graph::Collection;

/// What a collection becomes when it is to be dropped in steps. Sealed, as [`Collection`] is.
pub trait Dismantle {
    #[doc(hidden)]
    type Rubble: Rubble;

    #[doc(hidden)]
    fn dismantle(self) -> Self::Rubble;
}

/// The rest of a collection that is being dropped.
pub trait Rubble {
    /// Drops up to so many chunks; `true` when nothing is left.
    #[doc(hidden)]
    fn step(&mut self, max_chunks: usize) -> bool;
}

/// A collection that is being dropped, some chunks at a time. Made by [`Collection::into_drop_steps`].
///
/// What is left when this itself is dropped goes at once. A chunk of 2 MiB counts as one, with the pages that
/// were split off it.
///
/// # Examples
///
/// ```
/// use cow_collections::{Arena, Collection, CowVec};
///
/// let arena = Arena::builder().build();
/// let mut state = CowVec::new_in(&arena);
/// state.extend(0..100_000_u64);
///
/// let mut rest = state.into_drop_steps();
/// let mut ticks = 1;
/// while !rest.drop_step(50) {
///     ticks += 1; // here the program does what must not wait
/// }
/// assert_eq!(arena.stats().chunks_live(), 0);
/// assert_eq!(ticks, 5); // 196 leaves of 512 values, 8 nodes, and where the looking ends
/// ```
#[must_use = "the collection is dropped at once when this is"]
pub struct DropSteps<C: Collection> {
    rubble: C::Rubble,
}

impl<C: Collection> DropSteps<C> {
    pub(crate) fn new(collection: C) -> Self {
        Self {
            rubble: collection.dismantle(),
        }
    }

    /// Gives up the handles to at most `max_chunks` chunks, and frees those chunks that nobody else has.
    /// Returns `true` when nothing is left.
    ///
    /// # Complexity
    ///
    /// O(`max_chunks`), and the `drop`s of the values in that many chunks: 1 KiB of values in each, if
    /// they have drop glue. What snapshots share costs one step for all that lies below.
    #[must_use = "tells whether it is done"]
    pub fn drop_step(&mut self, max_chunks: usize) -> bool {
        self.rubble.step(max_chunks)
    }
}

impl<C: Collection> fmt::Debug for DropSteps<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DropSteps").finish_non_exhaustive()
    }
}

/// A thread that drops what it is given, in that order.
///
/// [`Collection::drop_in_background`] uses one for the whole process. One of your own can be waited for.
///
/// A panic in a value's `drop` ends that drop alone. What the process-wide thread has not dropped when
/// the process ends is never dropped.
///
/// # Examples
///
/// ```
/// use cow_collections::{Arena, CowVec, Dropper};
///
/// let arena = Arena::builder().build();
/// let mut state = CowVec::new_in(&arena);
/// state.extend(0..100_000_u64);
///
/// let dropper = Dropper::new();
/// dropper.drop_later(state); // returns at once
/// dropper.flush();
/// assert_eq!(arena.stats().chunks_live(), 0);
/// ```
#[derive(Debug)]
pub struct Dropper {
    /// `None` when no thread was to be had: then everything is dropped right here.
    running: Option<(Sender<Job>, JoinHandle<()>)>,
}

enum Job {
    Drop(Box<dyn Send>),
    Tell(Sender<()>),
}

static SHARED: OnceLock<Dropper> = OnceLock::new();

impl Dropper {
    /// Starts a thread. If the system has none to give, values are dropped where they are handed over.
    #[must_use]
    pub fn new() -> Self {
        let (sender, jobs) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("cow-dropper".into())
            .spawn(move || work(&jobs));
        Self {
            running: thread.ok().map(|thread| (sender, thread)),
        }
    }

    /// The one of the whole process; its thread starts with the first call.
    #[must_use]
    pub fn shared() -> &'static Self {
        SHARED.get_or_init(Self::new)
    }

    /// Hands a value over to be dropped.
    pub fn drop_later(&self, value: impl Send + 'static) {
        if let Some((sender, _)) = &self.running {
            // The thread ends with the sender, so there is someone to receive it.
            let _ = sender.send(Job::Drop(Box::new(value)));
        }
    }

    /// Waits until all that was handed over before is dropped.
    ///
    /// The drop of a value, on the thread itself, has nothing to wait for: what else was handed over waits
    /// for that value.
    pub fn flush(&self) {
        if let Some((sender, thread)) = &self.running
            && !is_current(thread)
        {
            let (done, wait) = mpsc::channel();
            let _ = sender.send(Job::Tell(done));
            let _ = wait.recv();
        }
    }
}

impl Default for Dropper {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Dropper {
    /// Waits until all is dropped, and ends the thread. When a value that it drops owns it, the thread ends
    /// by itself.
    fn drop(&mut self) {
        if let Some((sender, thread)) = self.running.take() {
            drop(sender);
            if !is_current(&thread) {
                let _ = thread.join();
            }
        }
    }
}

fn is_current(thread: &JoinHandle<()>) -> bool {
    thread.thread().id() == thread::current().id()
}

fn work(jobs: &Receiver<Job>) {
    for job in jobs {
        match job {
            // The panic was reported by the hook of std, and is nobody's else.
            Job::Drop(value) => drop(panic::catch_unwind(AssertUnwindSafe(|| drop(value)))),
            Job::Tell(done) => drop(done.send(())),
        }
    }
}
