//! Takes the samples: contenders in turn, work by work, round after round.

use std::hint::black_box;
use std::ptr;
use std::time::{Duration, Instant};

use cow_benches::clock::thread_time;
use cow_benches::suite::{Lane, Phase, Work};

use crate::format;
use crate::machine::{self, Machine};
use crate::plan::{GroupPlan, Plan};
use crate::progress::Progress;
use crate::results::{Cell, Contender, Group, Part, Results};

/// The samples that a work gets, unless it is slow.
const ROUNDS: u32 = 15;

/// Runs the whole plan.
pub(crate) fn run(plan: &Plan, machine: Machine) -> Results {
    let started = Instant::now();
    let mut progress = Progress::new(plan.groups.len(), plan.budget());
    let mut parts: Vec<Part> = Vec::new();
    let mut skipped = Vec::new();
    for group in &plan.groups {
        let title = group.title();
        progress.begin(&title, group.budget);
        if let Some(missing) = missing_memory(group) {
            progress.say(&format!("skipped {title}: {missing}"));
            skipped.push(format!("{title}: {missing}"));
            continue;
        }
        let measured = run_group(group, &title, &progress);
        match parts.last_mut() {
            Some(part) if ptr::eq(part.section, group.section) => part.groups.push(measured),
            _ => parts.push(Part {
                section: group.section,
                groups: vec![measured],
            }),
        }
    }
    progress.finish();
    Results {
        machine,
        parts,
        skipped,
        seconds: started.elapsed().as_secs_f64(),
    }
}

fn missing_memory(group: &GroupPlan) -> Option<String> {
    let available = machine::available_bytes()?;
    (available < group.bytes_needed()).then(|| {
        format!(
            "needs about {} of memory, and {} are available",
            format::bytes(group.bytes_needed() as f64),
            format::bytes(available as f64)
        )
    })
}

fn run_group(group: &GroupPlan, title: &str, progress: &Progress) -> Group {
    let announce = |work: Work| progress.step(&format!("{title}: {}", work.title));
    let mut lanes = (group.kind.lanes)(group.len);
    let mut contenders: Vec<Contender> = lanes
        .iter()
        .map(|lane| Contender {
            name: lane.name(),
            title: lane.title(),
            cells: Vec::new(),
        })
        .collect();
    let slice = slice_of(group, &lanes);
    for phase in Phase::ALL {
        let works = || group.works.iter().filter(|work| work.phase == phase);
        for sampling in take_samples(works(), &mut lanes, group.len, slice, announce) {
            let cell = Cell::new(sampling.work, sampling.samples);
            contenders[sampling.lane].cells.push(cell);
        }
        for &work in works() {
            announce(work);
            for (lane, contender) in lanes.iter_mut().zip(&mut contenders) {
                if let Some(figure) = lane.figure(work) {
                    contender.cells.push(Cell::new(work, vec![figure]));
                }
            }
        }
    }
    Group {
        kind: group.kind.name,
        len: group.len,
        contenders,
    }
}

/// Returns the time for one sample.
fn slice_of(group: &GroupPlan, lanes: &[Box<dyn Lane>]) -> Duration {
    let works = || group.works.iter();
    let cells: usize = lanes
        .iter()
        .map(|lane| works().filter(|&&work| lane.repeats(work)).count())
        .sum();
    let samples = u32::try_from(cells)
        .unwrap_or(u32::MAX)
        .saturating_mul(ROUNDS);
    group.budget / samples.max(1)
}

/// One work of one contender, and its samples so far.
struct Sampling {
    work: Work,
    lane: usize,
    /// The iterations that make one sample.
    iters: u64,
    /// Takes part in every so many rounds: slow work sits out in proportion to what it costs.
    every: u32,
    samples: Vec<f64>,
}

/// Samples work of one phase, and stops early when it took far longer than planned.
fn take_samples<'a>(
    works: impl Iterator<Item = &'a Work>,
    lanes: &mut [Box<dyn Lane>],
    len: usize,
    slice: Duration,
    announce: impl Fn(Work),
) -> Vec<Sampling> {
    let mut cells: Vec<Sampling> = works
        .flat_map(|&work| {
            let able = lanes
                .iter()
                .enumerate()
                .filter(move |(_, lane)| lane.repeats(work));
            able.map(move |(lane, _)| Sampling::new(work, lane))
        })
        .collect();
    for cell in &mut cells {
        announce(cell.work);
        cell.calibrate(lanes[cell.lane].as_mut(), len, slice);
    }
    let budget = slice * ROUNDS * u32::try_from(cells.len()).unwrap_or(u32::MAX);
    let deadline = Instant::now() + budget;
    for round in 0..ROUNDS {
        for cell in cells.iter_mut().filter(|cell| round % cell.every == 0) {
            // Slow work has its first sample already.
            if round > 0 || cell.samples.is_empty() {
                announce(cell.work);
                cell.sample(lanes[cell.lane].as_mut(), len);
            }
        }
        if Instant::now() > deadline {
            break;
        }
    }
    cells
}

impl Sampling {
    fn new(work: Work, lane: usize) -> Self {
        Self {
            work,
            lane,
            iters: 1,
            every: 1,
            samples: Vec::new(),
        }
    }

    /// Finds the number of iterations that take about one `slice`, preparations included.
    ///
    /// The very first run only warms up: it may have to ask the system for memory. A run that is
    /// longer than a slice all the same is the first sample.
    fn calibrate(&mut self, lane: &mut dyn Lane, len: usize, slice: Duration) {
        self.run(lane, len);
        loop {
            let started = thread_time();
            let sample = self.run(lane, len);
            let took = thread_time() - started;
            if took > slice {
                let slices = took.div_duration_f64(slice).ceil().min(f64::from(ROUNDS));
                self.every = rounded(slices);
                self.samples.push(sample);
                return;
            }
            if took * 4 > slice {
                let grown = self.iters as f64 * slice.div_duration_f64(took);
                self.iters = u64::from(rounded(grown));
                return;
            }
            self.iters *= 2;
        }
    }

    fn sample(&mut self, lane: &mut dyn Lane, len: usize) {
        let sample = self.run(lane, len);
        self.samples.push(sample);
    }

    fn run(&self, lane: &mut dyn Lane, len: usize) -> f64 {
        settle();
        let took = lane
            .run(self.work, self.iters)
            .expect("lanes that cannot do the work are left out");
        self.work.nanos_per_unit(took, self.iters, len)
    }
}

/// Has the allocator tidy up now, so that what one contender freed is not the next one's to sort.
///
/// Small blocks that were freed wait in a list until a large block is asked for.
fn settle() {
    const LARGE: usize = 100 << 10;
    drop(black_box(Vec::<u8>::with_capacity(LARGE)));
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, and only numbers of rounds and iterations come here"
)]
fn rounded(number: f64) -> u32 {
    number.round().max(1.0) as u32
}
