//! The page policies of an arena by name, and the same work under each of them.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant};

use cow_core::{Arena, ArenaStats, PagePolicy};

use crate::heap::CountingHeap;
use crate::units::{bytes, count, counted, time};

/// A page policy with its name on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pages {
    name: &'static str,
    policy: PagePolicy,
}

impl Pages {
    /// All there are.
    pub const ALL: &[Self] = &[
        Self::new("base", PagePolicy::Base),
        Self::new("transparent", PagePolicy::Transparent),
        Self::new("huge", PagePolicy::Huge),
    ];

    const fn new(name: &'static str, policy: PagePolicy) -> Self {
        Self { name, policy }
    }

    /// Returns the names of all, as help has them.
    #[must_use]
    pub fn names() -> String {
        let names: Vec<&str> = Self::ALL.iter().map(|pages| pages.name).collect();
        names.join("|")
    }

    /// Returns an arena with this policy.
    #[must_use]
    pub fn arena(self) -> Arena {
        Arena::builder().page_policy(self.policy).build()
    }

    /// Returns an arena with the policy that was chosen, or with that of an arena for which none is.
    #[must_use]
    pub fn arena_of(chosen: Option<Self>) -> Arena {
        chosen.map_or_else(|| Arena::builder().build(), Self::arena)
    }
}

impl fmt::Display for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name)
    }
}

impl FromStr for Pages {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|pages| pages.name == name);
        found
            .copied()
            .ok_or_else(|| format!("pages are {}", Self::names()))
    }
}

/// What work took.
#[derive(Clone, Debug)]
pub struct Took {
    /// The time of it.
    pub time: Duration,
    /// The most heap bytes that it held at once.
    pub peak_bytes: usize,
    /// The arena's figures when it was done, and nothing was dropped yet.
    pub stats: ArenaStats,
}

/// Measures work in an arena.
pub fn measure<R>(arena: &Arena, heap: &CountingHeap, work: impl FnOnce() -> R) -> (R, Took) {
    let ((result, time), peak_bytes) = heap.peak_of(|| {
        let start = Instant::now();
        let result = work();
        (result, start.elapsed())
    });
    let took = Took {
        time,
        peak_bytes,
        stats: arena.stats(),
    };
    (result, took)
}

/// Does the same work in an arena of each policy, and returns a table of what it took.
///
/// `work` checks what comes of it, and drops it.
///
/// # Errors
///
/// What `work` found wrong, under which policy; and when chunks are left after it.
pub fn under_each(mut work: impl FnMut(&Arena) -> Result<Took, String>) -> Result<String, String> {
    let mut table = row("pages", &HEAD.map(str::to_owned));
    for pages in Pages::ALL {
        let arena = pages.arena();
        let under = |problem| format!("with --pages {pages}, {problem}");
        let took = work(&arena).map_err(under)?;
        let left = arena.stats().chunks_live();
        if left != 0 {
            let left = counted(left, "chunk");
            return Err(under(format!("{left} left when all is dropped")));
        }
        table += &row(pages.name, &cells(&took));
    }
    Ok(table)
}

const HEAD: [&str; 7] = [
    "time",
    "peak memory",
    "chunks",
    "faults",
    "copied",
    "split",
    "collapsed",
];

fn cells(took: &Took) -> [String; 7] {
    let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let stats = &took.stats;
    [
        time(took.time),
        bytes(took.peak_bytes),
        count(stats.chunks_live()),
        count(number(stats.faults())),
        bytes(number(stats.bytes_copied)),
        count(number(stats.thp_split)),
        count(number(stats.thp_collapse)),
    ]
}

fn row(label: &str, cells: &[String; 7]) -> String {
    let [time, peak, chunks, faults, copied, split, collapsed] = cells;
    format!(
        "{label:<12} {time:>9} {peak:>11} {chunks:>8} {faults:>8} {copied:>9} {split:>6} {collapsed:>9}\n"
    )
}

#[cfg(test)]
mod tests {
    use cow_collections::CowVec;

    use super::*;

    static HEAP: CountingHeap = CountingHeap::new();

    #[test]
    fn each_policy_has_a_name_that_finds_it() {
        for &pages in Pages::ALL {
            assert_eq!(pages.to_string().parse(), Ok(pages));
            assert!(Pages::names().contains(pages.name));
        }
        let error = Pages::from_str("small").expect_err("there are no such pages");
        assert!(error.contains("base|transparent"), "{error}");
    }

    #[test]
    fn work_is_done_under_each_policy() {
        let table = under_each(|arena| {
            let (vec, took) = measure(arena, &HEAP, || {
                let mut vec = CowVec::new_in(arena);
                vec.extend(0..1000_u32);
                let old = vec.snapshot();
                vec[500] = 0;
                (vec, old)
            });
            drop(vec);
            Ok(took)
        });
        let table = table.expect("the work is good");
        let rows: Vec<&str> = table.lines().collect();
        assert_eq!(rows.len(), 1 + Pages::ALL.len());
        assert!(rows[0].starts_with("pages ") && rows[0].ends_with("collapsed"));
        assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{table}");
    }

    #[test]
    fn a_policy_with_another_result_is_named() {
        let mut done = 0;
        let error = under_each(|arena| {
            done += 1;
            if done == 2 {
                return Err("day 7 is another".to_owned());
            }
            Ok(measure(arena, &HEAP, || ()).1)
        });
        let error = error.expect_err("the second one fails");
        assert_eq!(error, "with --pages transparent, day 7 is another");
    }

    #[test]
    fn chunks_that_are_left_are_found() {
        let mut kept = Vec::new();
        let error = under_each(|arena| {
            let mut vec = CowVec::new_in(arena);
            vec.push(1);
            kept.push(vec);
            Ok(measure(arena, &HEAP, || ()).1)
        });
        let error = error.expect_err("a vector is left");
        assert_eq!(error, "with --pages base, 1 chunk left when all is dropped");
    }
}
