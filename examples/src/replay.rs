//! Replaying a trace into one contender.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use crate::heap::CountingHeap;
use crate::text::Text;
use crate::trace::{Edit, Trace};

/// What one contender ended with, and what it took.
pub struct Replay<T> {
    /// The text after the last edit.
    pub text: T,
    /// The text after every `every`-th edit.
    pub snapshots: Vec<T>,
    /// Time spent in the edits, the first writes after a snapshot among them.
    pub editing: Duration,
    /// Time spent taking snapshots.
    pub snapshotting: Duration,
    /// Heap bytes held by text and snapshots after every `every` edits and at the end.
    pub held_bytes: Vec<usize>,
    /// The most heap bytes that text and snapshots held at once.
    pub peak_bytes: usize,
}

impl<T: Text> Replay<T> {
    /// Replays `trace` into the text that `create` makes of its start, and keeps a snapshot every
    /// `every` edits.
    ///
    /// `progress` hears how many edits are done after each timed stretch; neither it nor the
    /// sampling of the heap is timed.
    pub fn run(
        create: impl FnOnce(&[char]) -> T,
        trace: &Trace,
        every: NonZeroUsize,
        heap: &CountingHeap,
        mut progress: impl FnMut(usize),
    ) -> Self {
        let every = every.get();
        let mut held_bytes = Vec::with_capacity(trace.edits().len().div_ceil(every));
        let mut editing = Duration::ZERO;
        let mut snapshotting = Duration::ZERO;
        let mut done = 0;

        let start_bytes = heap.live_bytes();
        let ((text, snapshots), peak_bytes) = heap.peak_of(|| {
            let mut text = create(trace.start());
            let mut snapshots = Vec::with_capacity(trace.edits().len() / every);
            for edits in trace.edits().chunks(every) {
                let start = Instant::now();
                for edit in edits {
                    apply(&mut text, edit);
                }
                let edited = Instant::now();
                editing += edited - start;
                if edits.len() == every {
                    snapshots.push(text.snapshot());
                    snapshotting += edited.elapsed();
                }
                held_bytes.push(heap.live_bytes().saturating_sub(start_bytes));
                done += edits.len();
                progress(done);
            }
            (text, snapshots)
        });
        Self {
            text,
            snapshots,
            editing,
            snapshotting,
            held_bytes,
            peak_bytes,
        }
    }

    /// Returns the time of the whole replay.
    pub fn total(&self) -> Duration {
        self.editing + self.snapshotting
    }

    /// Checks that the last edit left the text that the trace says.
    ///
    /// # Errors
    ///
    /// Where the texts differ.
    pub fn check_end(&self, trace: &Trace) -> Result<(), String> {
        match self.text.first_difference(trace.end()) {
            None => Ok(()),
            Some(at) => {
                let name = T::NAME;
                Err(format!(
                    "the text in the {name} differs from endContent at character {at}"
                ))
            }
        }
    }

    /// Checks that each snapshot, after all the edits that followed it, still reads as the clone
    /// that was taken at the same edit.
    ///
    /// # Errors
    ///
    /// Which snapshot does not, or is missing.
    pub fn check_snapshots(&self, clones: &[Vec<char>]) -> Result<(), String> {
        let (ours, theirs) = (self.snapshots.len(), clones.len());
        if ours != theirs {
            return Err(format!("{ours} snapshots but {theirs} clones were kept"));
        }
        for (number, (snapshot, clone)) in (1..).zip(self.snapshots.iter().zip(clones)) {
            if let Some(at) = snapshot.first_difference(clone) {
                return Err(format!(
                    "snapshot {number} differs from its clone at character {at}"
                ));
            }
        }
        Ok(())
    }
}

/// Applies one edit by the call that an editor would make for it.
fn apply<T: Text>(text: &mut T, edit: &Edit) {
    match (edit.removed, &*edit.inserted) {
        (0, &[c]) => text.insert(edit.at, c),
        (1, []) => text.remove(edit.at),
        (removed, inserted) => text.splice(edit.at..edit.at + removed, inserted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static HEAP: CountingHeap = CountingHeap::new();

    fn replay(every: usize) -> (Trace, Replay<Vec<char>>) {
        let json = br#"{"startContent":"ab","endContent":"axyd!","txns":[
            {"patches":[[2,0,"c"],[1,1,""],[1,1,"xyz"],[3,1,"d"],[4,0,"!"]]}]}"#;
        let trace = Trace::parse(json).expect("a trace");
        let every = NonZeroUsize::new(every).expect("not zero");
        let replay = Replay::run(<[char]>::to_vec, &trace, every, &HEAP, |_| ());
        (trace, replay)
    }

    fn chars(texts: &[&str]) -> Vec<Vec<char>> {
        texts.iter().map(|text| text.chars().collect()).collect()
    }

    #[test]
    fn a_snapshot_is_kept_after_every_second_edit() {
        let (trace, replay) = replay(2);
        assert_eq!(replay.snapshots, chars(&["ac", "axyd"]));
        assert_eq!(replay.held_bytes.len(), 3);
        assert_eq!(replay.check_end(&trace), Ok(()));
    }

    #[test]
    fn a_snapshot_that_moved_is_found() {
        let (_, mut replay) = replay(1);
        let clones = replay.snapshots.clone();
        assert_eq!(replay.check_snapshots(&clones), Ok(()));
        replay.snapshots[3][1] = '?';
        let error = replay
            .check_snapshots(&clones)
            .expect_err("one character changed");
        assert_eq!(error, "snapshot 4 differs from its clone at character 1");
        assert!(replay.check_snapshots(&clones[1..]).is_err());
    }

    #[test]
    fn a_text_that_ends_otherwise_is_found() {
        let (trace, mut replay) = replay(1);
        replay.text.push('?');
        let error = replay
            .check_end(&trace)
            .expect_err("one character too many");
        assert!(error.ends_with("at character 5"), "{error}");
    }
}
