//! Runs one script on the simulator and on real processes, step by step, and compares.

use std::collections::HashMap;
use std::io;

use cow_pages::account::Usage;
use cow_pages::sim::{Event, FolioKind, FrameId, PAGE_SIZE, Pmd};

use crate::common::on_sim::{OnSim, Outcome, addresses};
use crate::common::script::{Op, Script, Span};
use crate::real::{self, OnReal};
use crate::settings;

/// What was compared.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) scripts: u64,
    /// Scripts that differed once, and not when run again.
    pub(crate) disturbed: u64,
    pub(crate) operations: u64,
    /// Comparisons of whole processes.
    pub(crate) process_checks: u64,
    /// Pages whose frames were compared.
    pub(crate) frames: u64,
    /// Writes whose frame before and after was compared.
    pub(crate) decisions: u64,
    /// Writes that the kernel copied and the simulator did not, which the kernel may.
    pub(crate) spurious_copies: u64,
    /// What the simulator copied.
    pub(crate) copies: u64,
    pub(crate) huge_copies: u64,
    pub(crate) copies_at_fork: u64,
    /// Huge mappings split and base pages collapsed, by the simulator.
    pub(crate) splits: u64,
    pub(crate) collapses: u64,
    pub(crate) merges: u64,
}

/// Where and how a script went wrong.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mismatch {
    /// How many of the operations had been started.
    pub(crate) at: usize,
    pub(crate) what: String,
}

/// How thoroughly to compare.
#[derive(Clone, Copy)]
pub(crate) struct Rigor {
    /// Operations between comparisons of whole processes.
    pub(crate) check_every: usize,
    /// Whether frame numbers can be read.
    pub(crate) frames: bool,
    /// Whether pages can be pinned.
    pub(crate) pins: bool,
    /// What the real processes are told instead of an operation: the operation, except in the test
    /// that shows a difference would be noticed.
    pub(crate) tell: fn(Op) -> Op,
}

/// Runs a script; a mismatch is reported with the operation it was noticed at.
pub(crate) fn run(script: &Script, rigor: Rigor, tally: &mut Tally) -> Result<(), Mismatch> {
    let fail = |at| {
        move |error: io::Error| Mismatch {
            at,
            what: format!("the run broke: {error}"),
        }
    };
    let mut sim = OnSim::new(&script.regions);
    let mut real = OnReal::new(&script.regions).map_err(fail(0))?;
    for (index, op) in script.ops.iter().enumerate() {
        let needs_pins = matches!(op, Op::Pin { .. });
        if !is_possible(&sim, op) || (needs_pins && !rigor.pins) {
            continue;
        }
        let at = index + 1;
        let expected = sim.apply(op);
        let found = match op {
            Op::Merge => settings::merge().map(|()| None),
            _ => real.apply(&(rigor.tell)(*op)).map(Some),
        };
        if let Some(found) = found.map_err(fail(at))? {
            let compared = compare_outcomes(op, &expected, &found, tally);
            compared.map_err(|what| Mismatch {
                at,
                what: format!("{op}: {what}"),
            })?;
        }
        tally.operations += 1;
        if at.is_multiple_of(rigor.check_every) || matches!(op, Op::Merge) {
            let checked = check(script, &sim, &mut real, rigor, tally).map_err(fail(at))?;
            checked.map_err(|what| Mismatch {
                at,
                what: format!("after {op}: {what}"),
            })?;
        }
    }
    let at = script.ops.len();
    let checked = check(script, &sim, &mut real, rigor, tally).map_err(fail(at))?;
    checked.map_err(|what| Mismatch { at, what })?;
    let counters = sim.machine.counters();
    tally.scripts += 1;
    tally.copies += counters.wp_page_copy;
    tally.huge_copies += counters.hugetlb_wp;
    tally.copies_at_fork += counters.copy_present_page;
    tally.splits += counters.thp_split_pmd;
    tally.collapses += counters.thp_collapse_alloc;
    tally.merges += counters.ksm_merged;
    Ok(())
}

/// Returns whether the operation makes sense now: a shortened script may name processes that were
/// never started.
fn is_possible(sim: &OnSim, op: &Op) -> bool {
    let fresh = match op {
        Op::Fork { child, .. } => sim.process(*child).is_none(),
        _ => true,
    };
    fresh
        && op
            .process()
            .is_none_or(|number| sim.process(number).is_some())
}

fn compare_outcomes(
    op: &Op,
    expected: &Outcome,
    found: &real::Outcome,
    tally: &mut Tally,
) -> Result<(), String> {
    if expected.result != found.result {
        return Err(format!(
            "{:?} expected, {:?} found",
            expected.result, found.result
        ));
    }
    let faults = i64::try_from(expected.minor_faults).unwrap_or(i64::MAX);
    if !matches!(op, Op::Fork { .. } | Op::Exit { .. } | Op::Pin { .. })
        && faults != found.minor_faults
    {
        let found = found.minor_faults;
        return Err(format!(
            "{faults} faults expected, {found} found; {:?}",
            expected.events
        ));
    }
    if expected.value != found.value {
        return Err(format!(
            "read {:#x}, not {:#x}",
            found.value, expected.value
        ));
    }
    if matches!(op, Op::Write { .. } | Op::KernelWrite { .. }) && found.frame_before != 0 {
        return compare_decisions(expected, found, tally);
    }
    Ok(())
}

/// Compares what a write to a single page did to its frame.
fn compare_decisions(
    expected: &Outcome,
    found: &real::Outcome,
    tally: &mut Tally,
) -> Result<(), String> {
    let moved = found.frame_before != found.frame_after;
    let expected_move = expected.events.iter().any(|event| {
        use Event::{Copy, CopyHuge, ZeroFill, ZeroFillHuge};
        matches!(
            event,
            Copy { .. } | CopyHuge { .. } | ZeroFill { .. } | ZeroFillHuge { .. }
        )
    });
    tally.decisions += 1;
    match (expected_move, moved) {
        (true, false) => Err(format!("the kernel kept the frame; {:?}", expected.events)),
        (false, true) => {
            tally.spurious_copies += 1;
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Compares everything about every process.
fn check(
    script: &Script,
    sim: &OnSim,
    real: &mut OnReal,
    rigor: Rigor,
    tally: &mut Tally,
) -> io::Result<Result<(), String>> {
    let mut pairs = Pairs::default();
    for number in 0..sim.processes.len() {
        if sim.process(number).is_none() {
            continue;
        }
        tally.process_checks += 1;
        let mut differences = Differences::default();
        compare_usage(script, sim, real, number, &mut differences)?;
        for (region, shape) in script.regions.iter().enumerate() {
            let span = Span {
                region,
                first: 0,
                count: shape.pages,
            };
            // The first byte of each page that is present, as hexadecimal text.
            let seen = real.ask(number, &format!("peek {region} {}", shape.pages))?;
            compare_pages(
                sim,
                real,
                number,
                &span,
                &seen,
                &mut pairs,
                &mut differences,
            )?;
        }
        if differences.count > 0 {
            let Differences { count, first } = differences;
            return Ok(Err(format!("process {number}: {first}{count} differences")));
        }
    }
    if rigor.frames {
        tally.frames += pairs.real_of.len() as u64;
        return Ok(pairs.compare_counts(sim, real));
    }
    Ok(Ok(()))
}

/// The first few differences in words, and how many there were.
#[derive(Default)]
struct Differences {
    count: u64,
    first: String,
}

impl Differences {
    fn note(&mut self, what: impl Fn() -> String) {
        self.count += 1;
        if self.count <= 8 {
            self.first.push_str(&what());
            self.first.push_str("; ");
        }
    }
}

/// Frames of the simulator and of the machine that were seen behind the same page.
#[derive(Default)]
struct Pairs {
    real_of: HashMap<FrameId, u64>,
    sim_of: HashMap<u64, FrameId>,
}

impl Pairs {
    /// Notes that two frames are one; returns false if either was paired with another before.
    fn insert(&mut self, sim: FrameId, real: u64) -> bool {
        *self.real_of.entry(sim).or_insert(real) == real
            && *self.sim_of.entry(real).or_insert(sim) == sim
    }

    /// Compares how often each frame is mapped.
    fn compare_counts(&self, sim: &OnSim, real: &mut OnReal) -> Result<(), String> {
        let observer = real
            .processes
            .iter_mut()
            .flatten()
            .next()
            .map(|p| &mut p.observer);
        let Some(observer) = observer else {
            return Ok(());
        };
        for (&frame, &number) in &self.real_of {
            let Some(folio) = sim.machine.folio(frame).filter(|f| f.kind().is_normal()) else {
                continue;
            };
            let expected = u64::from(sim.machine.mapcount(frame));
            let Some(found) = observer.frame(number) else {
                continue;
            };
            if found.mapcount != expected {
                return Err(format!(
                    "frame {frame:?} is mapped {} times, not {expected}",
                    found.mapcount
                ));
            }
            if found.is_ksm() != (folio.kind() == FolioKind::Ksm) {
                return Err(format!(
                    "frame {frame:?}: merged by KSM: {}",
                    found.is_ksm()
                ));
            }
        }
        Ok(())
    }
}

fn compare_usage(
    script: &Script,
    sim: &OnSim,
    real: &OnReal,
    number: usize,
    differences: &mut Differences,
) -> io::Result<()> {
    let (Some(pid), Some(process)) = (sim.process(number), real.processes[number].as_ref()) else {
        return Ok(());
    };
    let areas = process.observer.areas().map_err(io::Error::other)?;
    let smaps = sim.machine.smaps(pid);
    for (region, shape) in script.regions.iter().enumerate() {
        let range = addresses(&Span {
            region,
            first: 0,
            count: shape.pages,
        });
        let found: Usage = areas
            .iter()
            .filter(|(at, _)| range.contains(&at.start))
            .map(|(_, u)| *u)
            .sum();
        let inside = |page: u64| range.contains(&(page * PAGE_SIZE as u64));
        let expected: Usage = smaps
            .iter()
            .filter(|(v, _)| inside(v.first_page()))
            .map(|(_, u)| *u)
            .sum();
        for ((name, expected), (_, found)) in expected.entries().into_iter().zip(found.entries()) {
            if expected != found {
                differences.note(|| format!("region {region} {name} {found}, not {expected}"));
            }
        }
    }
    Ok(())
}

fn compare_pages(
    sim: &OnSim,
    real: &mut OnReal,
    number: usize,
    span: &Span,
    seen: &str,
    pairs: &mut Pairs,
    differences: &mut Differences,
) -> io::Result<()> {
    let (Some(pid), Some(process)) = (sim.process(number), real.processes[number].as_mut()) else {
        return Ok(());
    };
    let entries = process
        .observer
        .pages(addresses(span))
        .map_err(io::Error::other)?;
    let Some(space) = sim.machine.space(pid) else {
        return Ok(());
    };
    let first = addresses(span).start / PAGE_SIZE as u64;
    for ((page, entry), byte) in (first..).zip(entries).zip(seen.as_bytes().chunks(2)) {
        let expected = space.translate(page);
        let at = page - first;
        let region = span.region;
        if expected.is_some() != entry.is_present() {
            let found = entry.is_present();
            differences.note(|| format!("page {at} of {region}: present {found}"));
            continue;
        }
        let Some(pte) = expected else { continue };
        let content = sim
            .machine
            .frame(pte.frame)
            .map_or(0, |frame| frame.byte(0));
        if byte != format!("{content:02x}").as_bytes() {
            let found = String::from_utf8_lossy(byte);
            differences.note(|| format!("page {at} of {region} holds {found}, not {content:02x}"));
        }
        let kind = sim
            .machine
            .folio(pte.frame)
            .map_or(FolioKind::Zero, |folio| folio.kind());
        // For a huge mapping the page map answers with what is true of its first page.
        let judged = match space.pmd(page) {
            Some(Pmd::Huge(huge)) => huge.frame,
            _ => pte.frame,
        };
        let sole = kind.is_normal() && sim.machine.mapcount(judged) == 1;
        // The page map calls the huge zero page a file's, but not the zero page.
        let file =
            kind == FolioKind::File || (kind == FolioKind::Zero && pte.frame != FrameId::ZERO);
        if sole != entry.is_exclusive() || file != entry.is_file() {
            let found = (entry.is_exclusive(), entry.is_file());
            differences.note(|| {
                format!(
                    "page {at} of {region} (exclusive, file): {found:?}, not {:?}",
                    (sole, file)
                )
            });
        }
        if let Some(found) = entry.frame()
            && !pairs.insert(pte.frame, found)
        {
            differences.note(|| format!("page {at} of {region} shares its frame differently"));
        }
    }
    Ok(())
}
