//! Five questions about copy-on-write, and their answers: as scripts, with what must come out.

use cow_pages::account::Usage;
use cow_pages::sim::PAGES_PER_HUGE;

use crate::common::random::Random;
use crate::common::script::{Kind, Op, Region, Script, Span};

/// A question, a script that puts it to the test, and the answer.
pub(crate) struct Drill {
    pub(crate) question: &'static str,
    pub(crate) script: Script,
    /// Operations that only prepare: process 0 fills its memory and forks process 1.
    pub(crate) preparation: usize,
    pub(crate) answer: Answer,
}

/// What the operations after the preparation cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) faults: u64,
    /// Frames that were not in use before.
    pub(crate) new_frames: u64,
    pub(crate) parent: Picture,
    pub(crate) child: Picture,
}

/// What a process's account shows, in KiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) rss: u64,
    pub(crate) pss: u64,
    pub(crate) shared: u64,
    pub(crate) private: u64,
    pub(crate) huge: u64,
}

impl From<Usage> for Picture {
    fn from(usage: Usage) -> Self {
        Self {
            rss: usage.rss_kib,
            pss: usage.pss_kib,
            shared: usage.shared_dirty_kib,
            private: usage.private_dirty_kib,
            huge: usage.anon_huge_pages_kib,
        }
    }
}

/// Returns the drills, on `pages` base pages: a multiple of 512.
pub(crate) fn drills(pages: u64) -> [Drill; 5] {
    [
        read_all(pages),
        touch_all(pages),
        touch_half(pages),
        touch_huge(pages),
        worst_case(pages),
    ]
}

fn read_all(pages: u64) -> Drill {
    let picture = picture(pages, 0, 0);
    Drill {
        question: "the child reads all of the memory",
        answer: Answer {
            faults: 0,
            new_frames: 0,
            parent: picture,
            child: picture,
        },
        ..base(
            pages,
            vec![Op::Read {
                process: 1,
                span: span(0, pages),
            }],
        )
    }
}

fn touch_all(pages: u64) -> Drill {
    let picture = picture(pages, pages, 0);
    Drill {
        question: "the child writes one byte in every page",
        answer: Answer {
            faults: pages,
            new_frames: pages,
            parent: picture,
            child: picture,
        },
        ..base(
            pages,
            vec![Op::Write {
                process: 1,
                span: span(0, pages),
                value: 2,
            }],
        )
    }
}

fn touch_half(pages: u64) -> Drill {
    let half = pages / 2;
    let picture = picture(pages, half, 0);
    Drill {
        question: "the child writes half of the memory",
        answer: Answer {
            faults: half,
            new_frames: half,
            parent: picture,
            child: picture,
        },
        ..base(
            pages,
            vec![Op::Write {
                process: 1,
                span: span(0, half),
                value: 2,
            }],
        )
    }
}

fn touch_huge(pages: u64) -> Drill {
    let region = Region {
        kind: Kind::Huge,
        pages,
    };
    let fill = (0..pages).step_by(512).map(|first| Op::Write {
        process: 0,
        span: span(first, 1),
        value: 1,
    });
    let mut ops: Vec<Op> = fill.collect();
    ops.push(Op::Fork {
        process: 0,
        child: 1,
    });
    let preparation = ops.len();
    ops.push(Op::Write {
        process: 1,
        span: span(7, 1),
        value: 2,
    });
    Drill {
        question: "the child writes one byte into a huge page",
        script: Script {
            regions: vec![region],
            ops,
        },
        preparation,
        answer: Answer {
            faults: 1,
            new_frames: 1,
            parent: picture(pages, 1, pages),
            child: picture(pages, 1, pages - PAGES_PER_HUGE),
        },
    }
}

/// A tenth of the objects is updated, at random; an object has 100 bytes.
fn worst_case(pages: u64) -> Drill {
    let objects = pages * 4096 / 100;
    let mut random = Random(2);
    let mut written = vec![false; usize::try_from(pages).expect("a 64-bit target")];
    let mut ops = Vec::new();
    for _ in 0..objects / 10 {
        let first = random.below(objects) * 100 / 4096;
        written[usize::try_from(first).expect("a 64-bit target")] = true;
        ops.push(Op::Write {
            process: 1,
            span: span(first, 1),
            value: 2,
        });
    }
    let distinct = written.into_iter().filter(|&written| written).count() as u64;
    let picture = picture(pages, distinct, 0);
    Drill {
        question: "the child updates a tenth of its 100-byte objects, at random",
        answer: Answer {
            faults: distinct,
            new_frames: distinct,
            parent: picture,
            child: picture,
        },
        ..base(pages, ops)
    }
}

/// Process 0 writes every page and forks process 1, which then does `ops`.
fn base(pages: u64, ops: Vec<Op>) -> Drill {
    let mut script = Script {
        regions: vec![Region {
            kind: Kind::Private,
            pages,
        }],
        ops: Vec::new(),
    };
    script.ops.push(Op::Write {
        process: 0,
        span: span(0, pages),
        value: 1,
    });
    script.ops.push(Op::Fork {
        process: 0,
        child: 1,
    });
    let preparation = script.ops.len();
    script.ops.extend(ops);
    let nothing = picture(pages, 0, 0);
    let answer = Answer {
        faults: 0,
        new_frames: 0,
        parent: nothing,
        child: nothing,
    };
    Drill {
        question: "",
        script,
        preparation,
        answer,
    }
}

fn span(first: u64, count: u64) -> Span {
    Span {
        region: 0,
        first,
        count,
    }
}

/// The account of one of two processes that have `pages` each, of which `own` are not shared.
fn picture(pages: u64, own: u64, huge: u64) -> Picture {
    let shared = pages - own;
    Picture {
        rss: pages * 4,
        pss: own * 4 + shared * 2,
        shared: shared * 4,
        private: own * 4,
        huge: huge * 4,
    }
}
