//! The simulator against Linux: scripts of operations run on both, step by step.
//!
//! After every operation its result, its minor faults, what it read and the fate of the written
//! frame must agree; every few operations the contents, the sharing of frames, their map counts
//! and the areas' accounts of all processes. Frame numbers need root: without it the rest is
//! compared, and the test says so.
//!
//! A script that fails is shortened and saved. To run it again:
//! `COW_PAGES_REPLAY=<file> cargo test -p cow-pages --test differential replay`.

#[path = "../common/mod.rs"]
mod common;

mod campaign;
mod compare;
mod drills;
mod probe;
mod real;
mod settings;
mod shrink;
mod worker;

use std::fs;
use std::process::ExitCode;

use campaign::{REPLAY, Verdict, rigor, run_scripts, run_until_sure};
use common::generate::{Flavor, generate};
use common::on_sim::OnSim;
use common::script::{Kind, Op, Script};
use compare::{Rigor, Tally};
use cow_pages::account::Observer;
use drills::{Answer, Drill, Picture};
use probe::huge_pages_unusual;
use settings::Settings;

struct Test {
    name: &'static str,
    run: fn() -> Verdict,
    /// Runs only when asked for with `--ignored`.
    long: bool,
}

const TESTS: [Test; 10] = [
    Test {
        name: "base_pages",
        run: base_pages,
        long: false,
    },
    Test {
        name: "huge_pages",
        run: huge_pages,
        long: false,
    },
    Test {
        name: "merged_pages",
        run: merged_pages,
        long: false,
    },
    Test {
        name: "hugetlb_pages",
        run: hugetlb_pages,
        long: false,
    },
    Test {
        name: "a_difference_is_noticed_and_shrunk",
        run: planted,
        long: false,
    },
    Test {
        name: "a_script_survives_its_text_form",
        run: text_form,
        long: false,
    },
    Test {
        name: "drills",
        run: drills,
        long: false,
    },
    Test {
        name: "an_observer_follows_a_fork",
        run: observer_after_fork,
        long: false,
    },
    Test {
        name: "replay",
        run: replay,
        long: false,
    },
    Test {
        name: "a_million_operations",
        run: million,
        long: true,
    },
];

fn main() -> ExitCode {
    if let Ok(socket) = std::env::var(worker::SOCKET) {
        return match worker::run(socket) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("worker: {error}");
                ExitCode::FAILURE
            }
        };
    }
    let args: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| args.iter().any(|arg| arg == flag);
    let names: Vec<&String> = args.iter().filter(|arg| !arg.starts_with('-')).collect();
    let (only_long, also_long) = (has("--ignored"), has("--include-ignored"));
    stay_on_one_cpu();
    let mut failed = false;
    for test in &TESTS {
        let wanted = names.is_empty() || names.iter().any(|name| test.name.contains(name.as_str()));
        if !wanted {
            continue;
        }
        if has("--list") {
            println!("{}: test", test.name);
        } else if (test.long && !only_long && !also_long) || (!test.long && only_long) {
            println!("test {} ... ignored", test.name);
        } else {
            let verdict = probe::faults_not_ours().map_or_else(test.run, |why| Ok(Some(why)));
            match verdict {
                Ok(None) => println!("test {} ... ok", test.name),
                Ok(Some(reason)) => println!("test {} ... skipped: {reason}", test.name),
                Err(what) => {
                    println!("test {} ... FAILED\n{what}", test.name);
                    failed = true;
                }
            }
        }
    }
    if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

/// Workers take turns, so they lose nothing by sharing a processor; and a page that waits in
/// another processor's list of fresh pages would be copied where it could be reused.
fn stay_on_one_cpu() {
    // SAFETY: takes no pointers.
    let cpu = unsafe { libc::sched_getcpu() };
    let Ok(cpu) = usize::try_from(cpu) else {
        return;
    };
    // SAFETY: all zeros is a valid, empty set.
    let mut set: libc::cpu_set_t = unsafe { std::mem::zeroed() };
    // SAFETY: the set is a value of its own, and out of range numbers are ignored.
    unsafe { libc::CPU_SET(cpu, &mut set) };
    // SAFETY: the set has the size given.
    unsafe { libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const set) };
}

fn base_pages() -> Verdict {
    run_scripts("base_pages", Flavor::Base, 50, 400)
}

fn huge_pages() -> Verdict {
    if let Some(reason) = huge_pages_unusual() {
        return Ok(Some(reason));
    }
    run_scripts("huge_pages", Flavor::Huge, 50, 400)
}

fn merged_pages() -> Verdict {
    let _settings = match Settings::for_merging() {
        Ok(settings) => settings,
        Err(reason) => return Ok(Some(reason)),
    };
    run_scripts("merged_pages", Flavor::Merge, 10, 200)
}

fn hugetlb_pages() -> Verdict {
    let _settings = match Settings::for_hugetlb(32) {
        Ok(settings) => settings,
        Err(reason) => return Ok(Some(reason)),
    };
    run_scripts("hugetlb_pages", Flavor::Hugetlb, 10, 200)
}

fn million() -> Verdict {
    run_scripts("a_million_operations", Flavor::Base, 2500, 400)
}

/// Real processes that write something else than they are told must be found out, and the script
/// cut down to the one operation that matters.
fn planted() -> Verdict {
    let lie = |op| match op {
        Op::Write {
            process,
            span,
            value: 100..,
        } => Op::Write {
            process,
            span,
            value: 99,
        },
        other => other,
    };
    let rigor = Rigor {
        tell: lie,
        ..rigor(1)
    };
    let script = generate(Flavor::Base, 7, 60);
    let Err(mismatch) = compare::run(&script, rigor, &mut Tally::default()) else {
        return Err(String::from("the difference went unnoticed"));
    };
    if !mismatch.what.contains("holds 63") && !mismatch.what.contains("read") {
        return Err(format!("something else was noticed: {}", mismatch.what));
    }
    let fails = |script: &Script| compare::run(script, rigor, &mut Tally::default()).is_err();
    let short = shrink::shrink(&script, fails);
    match short.ops[..] {
        [Op::Write { value: 100.., .. }] => Ok(None),
        _ => Err(format!("not as short as it could be:\n{short}")),
    }
}

fn text_form() -> Verdict {
    for flavor in [Flavor::Base, Flavor::Huge, Flavor::Merge, Flavor::Hugetlb] {
        let script = generate(flavor, 3, 500);
        if script.to_string().parse() != Ok(script) {
            return Err(format!(
                "{flavor:?}: reading what was written gave something else"
            ));
        }
    }
    match "region nonsense 3".parse::<Script>() {
        Ok(_) => Err(String::from("nonsense was accepted")),
        Err(_) => Ok(None),
    }
}

/// The drills at a small size: the simulator gives the answer, and Linux does as the simulator.
fn drills() -> Verdict {
    for drill in drills::drills(4 * 512) {
        let huge = drill
            .script
            .regions
            .iter()
            .any(|region| region.kind == Kind::Huge);
        if let Some(reason) = huge_pages_unusual().filter(|_| huge) {
            println!("drills: skipped: {}: {reason}", drill.question);
            continue;
        }
        let found = answer(&drill);
        if found != drill.answer {
            return Err(format!(
                "{}: {found:?}, not {:?}",
                drill.question, drill.answer
            ));
        }
        let rigor = rigor(usize::MAX);
        if let Err(mismatch) = run_until_sure(&drill.script, rigor, &mut Tally::default()) {
            return Err(format!("{}: {}", drill.question, mismatch.what));
        }
    }
    Ok(None)
}

/// Runs a drill on the simulator.
fn answer(drill: &Drill) -> Answer {
    let mut sim = OnSim::new(&drill.script.regions);
    let (preparation, rest) = drill.script.ops.split_at(drill.preparation);
    preparation.iter().for_each(|op| drop(sim.apply(op)));
    let frames = sim.machine.used_pages();
    let faults = rest.iter().map(|op| sim.apply(op).minor_faults).sum();
    let picture = |number| {
        let pid = sim.process(number).expect("nobody ends in a drill");
        Picture::from(sim.machine.usage(pid))
    };
    let new_frames = sim.machine.used_pages() - frames;
    Answer {
        faults,
        new_frames,
        parent: picture(0),
        child: picture(1),
    }
}

/// An observer made before a fork shows the child its own memory: a page that only the child
/// wrote is in the child's page map alone.
fn observer_after_fork() -> Verdict {
    // Large enough to be fresh memory, which nothing has touched.
    let mut fresh: Vec<u8> = Vec::with_capacity(4 << 20);
    let page = (fresh.as_ptr().addr() as u64).next_multiple_of(4096) + 4096;
    let mut observer = Observer::myself();
    let mut is_present = || {
        let entries = observer.pages(page..page + 4096);
        entries.is_ok_and(|entries| entries[0].is_present())
    };
    if is_present() {
        return Err(String::from("fresh memory is present"));
    }
    // SAFETY: this program has one thread, so the child may go on like any process.
    let child = unsafe { libc::fork() };
    if child == 0 {
        fresh.resize(4 * 4096, 1);
        let seen = is_present();
        // SAFETY: takes no pointers; the child has nothing to put in order.
        unsafe { libc::_exit(i32::from(!seen)) };
    }
    let mut status = -1;
    // SAFETY: the call fills one integer.
    unsafe { libc::waitpid(child, &raw mut status, 0) };
    if status != 0 {
        return Err(format!("the child did not see its own page: {status:#x}"));
    }
    if is_present() {
        Err(String::from("the parent sees the child's page"))
    } else {
        Ok(None)
    }
}

fn replay() -> Verdict {
    let Ok(path) = std::env::var(REPLAY) else {
        return Ok(Some(format!("set {REPLAY} to a file with a script")));
    };
    let text = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    let script: Script = text.parse().map_err(|error| format!("{path}: {error}"))?;
    let merges = script.ops.iter().any(|op| matches!(op, Op::Merge));
    let pool = script
        .regions
        .iter()
        .any(|region| region.kind == Kind::Hugetlb);
    let _merging = merges.then(Settings::for_merging).transpose()?;
    let _pool = pool.then(|| Settings::for_hugetlb(32)).transpose()?;
    let rigor = rigor(1);
    match run_until_sure(&script, rigor, &mut Tally::default()) {
        Ok(()) => Ok(None),
        Err(mismatch) => Err(format!("operation {}: {}", mismatch.at, mismatch.what)),
    }
}
