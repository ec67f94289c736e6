//! Editing sessions, replayed keystroke by keystroke.

use std::hint::black_box;
use std::rc::Rc;
use std::time::Duration;

use cow_collections::CowString;
use jumprope::{JumpRope, JumpRopeBuf};
use ropey::Rope;

use super::{Contender, Edit, Persistent, stage, work};
use crate::clock::Stopwatch;
use crate::suite::Job::Timed;
use crate::suite::{self, Jobs, Kind, Lane, lane};

/// A paper in LaTeX.
pub static AUTOMERGE_PAPER: Kind = kind("automerge-paper", "_automerge", |len| {
    lanes("automerge-paper", len)
});

/// A program.
pub static RUSTCODE: Kind = kind("rustcode", "_rustcode", |len| lanes("rustcode", len));

/// An article in Markdown.
pub static SEPH_BLOG1: Kind = kind("seph-blog1", "_blog", |len| lanes("seph-blog1", len));

/// A web component.
pub static SVELTECOMPONENT: Kind = kind("sveltecomponent", "_svelte", |len| {
    lanes("sveltecomponent", len)
});

const fn kind(
    name: &'static str,
    suffix: &'static str,
    lanes: fn(usize) -> Vec<Box<dyn Lane>>,
) -> Kind {
    Kind {
        name,
        suffix,
        bytes_per_element: 10_000,
        lanes,
    }
}

/// A session, and what the last replay of it left.
struct Session<C> {
    start: Rc<str>,
    edits: Rc<[Edit]>,
    text: C,
}

impl<C: Contender> Session<C> {
    fn new(start: &Rc<str>, edits: &Rc<[Edit]>) -> Self {
        Self {
            start: Rc::clone(start),
            edits: Rc::clone(edits),
            text: C::new(start),
        }
    }
}

impl<C: Contender> suite::Stage for Session<C> {
    const NAME: &'static str = C::NAME;
    const TITLE: &'static str = C::TITLE;

    fn checksum(&self) -> u64 {
        stage::checksum(&self.text, 0)
    }
}

/// Returns all contenders, each with the first `len` edits of a session.
fn lanes(name: &str, len: usize) -> Vec<Box<dyn Lane>> {
    let (start, edits) = &session(name, len);
    vec![
        lane(
            Session::<CowString>::new(start, edits),
            [every(), persistent()],
        ),
        lane(
            Session::<::crop::Rope>::new(start, edits),
            [every(), persistent()],
        ),
        lane(
            Session::<::ropey2::Rope>::new(start, edits),
            [every(), persistent()],
        ),
        lane(Session::<Rope>::new(start, edits), [every(), persistent()]),
        lane(Session::<JumpRope>::new(start, edits), [every()]),
        lane(Session::<JumpRopeBuf>::new(start, edits), [every()]),
        lane(Session::<String>::new(start, edits), [every()]),
    ]
}

/// Reads a session and finds the places of its edits in bytes; those in the file are characters.
fn session(name: &str, len: usize) -> (Rc<str>, Rc<[Edit]>) {
    let trace = stage::trace(name);
    let start: String = trace.start().iter().collect();
    let mut text = Rope::from_str(&start);
    let edits = trace.edits().iter().take(len).map(|edit| {
        let chars = edit.at..edit.at + edit.removed;
        let edit = Edit {
            bytes: text.char_to_byte(chars.start)..text.char_to_byte(chars.end),
            chars,
            text: edit.inserted.iter().collect(),
        };
        text.edit(&edit);
        edit
    });
    (start.as_str().into(), edits.collect())
}

fn every<C: Contender>() -> Jobs<Session<C>> {
    vec![(work::REPLAY, Timed(replay))]
}

fn persistent<C: Persistent>() -> Jobs<Session<C>> {
    vec![
        (work::REPLAY_KEPT_100, Timed(replay_keeping::<C, 100>)),
        (work::REPLAY_KEPT_1, Timed(replay_keeping::<C, 1>)),
    ]
}

#[inline(never)]
fn replay<C: Contender>(session: &mut Session<C>, iters: u64) -> Duration {
    let mut took = Duration::ZERO;
    for _ in 0..iters {
        let watch = Stopwatch::start();
        let mut text = C::new(black_box(&session.start));
        for edit in &*session.edits {
            text.edit(edit);
        }
        // What was put off is a part of the work.
        black_box(text.len_bytes());
        took += watch.stop();
        session.text = text;
    }
    took
}

/// Replays the session, and takes a snapshot of each so many edits.
#[inline(never)]
fn replay_keeping<C: Persistent, const EACH: usize>(
    session: &mut Session<C>,
    iters: u64,
) -> Duration {
    let mut took = Duration::ZERO;
    for _ in 0..iters {
        let mut kept = Vec::with_capacity(session.edits.len() / EACH);
        let watch = Stopwatch::start();
        let mut text = C::new(black_box(&session.start));
        for edits in session.edits.chunks(EACH) {
            for edit in edits {
                text.edit(edit);
            }
            kept.push(text.clone());
        }
        took += watch.stop();
        session.text = text;
        drop(black_box(kept));
    }
    took
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_session_ends_with_its_text() {
        for name in [
            "automerge-paper",
            "rustcode",
            "seph-blog1",
            "sveltecomponent",
        ] {
            let (start, edits) = session(name, usize::MAX);
            let mut session = Session::<CowString>::new(&start, &edits);
            replay(&mut session, 1);
            let end: String = stage::trace(name).end().iter().collect();
            assert!(session.text == *end, "{name}");
        }
    }
}
