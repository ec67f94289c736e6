//! Takes the samples: contenders in turn, workload by workload, round after round.

use std::hint::black_box;
use std::time::{Duration, Instant};

use cow_benches::clock::thread_time;
use cow_benches::vec::{Lane, Phase, Workload};

use crate::format;
use crate::machine::{self, Machine};
use crate::plan::{GroupPlan, Plan};
use crate::progress::Progress;
use crate::results::{Cell, Contender, Group, Results};

/// The samples that a workload gets, unless it is slow.
const ROUNDS: u32 = 15;

/// The size at which memory is reported.
const FOOTPRINT_LEN: usize = 1_000_000;

/// The snapshots kept at once to find out how memory grows with them.
const FOOTPRINT_SNAPSHOTS: u32 = 8;

/// Runs the whole plan.
pub(crate) fn run(plan: &Plan, machine: Machine) -> Results {
    let started = Instant::now();
    let mut progress = Progress::new(plan.groups.len(), plan.budget());
    let mut groups = Vec::new();
    let mut skipped = Vec::new();
    for group in &plan.groups {
        let name = format!("{}, {} elements", group.element, format::count(group.len));
        progress.begin(&name, group.budget);
        if let Some(missing) = missing_memory(group) {
            progress.say(&format!("skipped {name}: {missing}"));
            skipped.push(format!("{name}: {missing}"));
        } else {
            groups.push(run_group(group, &name, &progress));
        }
    }
    progress.finish();
    Results {
        machine,
        groups,
        skipped,
        seconds: started.elapsed().as_secs_f64(),
    }
}

fn missing_memory(group: &GroupPlan) -> Option<String> {
    let available = machine::available_bytes()?;
    (available < group.bytes_needed).then(|| {
        format!(
            "needs about {} of memory, and {} are available",
            format::bytes(group.bytes_needed as f64),
            format::bytes(available as f64)
        )
    })
}

fn run_group(group: &GroupPlan, name: &str, progress: &Progress) -> Group {
    let mut lanes = (group.lanes)(group.len);
    let mut contenders: Vec<Contender> = lanes
        .iter()
        .map(|lane| Contender::new(lane.name(), lane.title()))
        .collect();
    for phase in Phase::ALL {
        let mut phase_of_group = PhaseRun::new(group, phase, &lanes);
        phase_of_group.take_samples(&mut lanes, |work| {
            progress.step(&format!("{name}: {}", work.title()));
        });
        for cell in phase_of_group.cells {
            contenders[cell.lane]
                .cells
                .push(Cell::new(cell.workload, cell.samples));
        }
        // After the snapshots were timed, since this takes some, and before edits give the vector
        // a shape of its own.
        if phase == Phase::Snapshots && group.workloads.contains(&Workload::SnapshotWrite) {
            progress.step(&format!("{name}: memory"));
            for (lane, contender) in lanes.iter_mut().zip(&mut contenders) {
                weigh(lane.as_mut(), group.len, contender);
            }
        }
    }
    Group {
        element: group.element,
        len: group.len,
        workloads: group.workloads.clone(),
        contenders,
    }
}

/// Finds out how many bytes the contender copies and holds.
fn weigh(lane: &mut dyn Lane, len: usize, contender: &mut Contender) {
    let writes = (4 * FOOTPRINT_LEN / len).clamp(1, 100);
    let writes = u32::try_from(writes).expect("the number was just clamped");
    contender.bytes_copied_per_write = Some(lane.bytes_copied_per_write(writes));
    if len == FOOTPRINT_LEN {
        contender.footprint = Some(lane.footprint(FOOTPRINT_SNAPSHOTS));
    }
}

/// The workloads of one phase on one group.
struct PhaseRun {
    cells: Vec<Sampling>,
    len: usize,
    budget: Duration,
}

/// One workload of one contender, and its samples so far.
struct Sampling {
    workload: Workload,
    lane: usize,
    /// The iterations that make one sample.
    iters: u64,
    /// Takes part in every so many rounds: slow work sits out in proportion to what it costs.
    every: u32,
    samples: Vec<f64>,
}

impl PhaseRun {
    fn new(group: &GroupPlan, phase: Phase, lanes: &[Box<dyn Lane>]) -> Self {
        let share = match phase {
            Phase::Fresh => 0.5,
            Phase::Snapshots => 0.3,
            Phase::Edits => 0.2,
        };
        let mut cells = Vec::new();
        for &workload in group.workloads.iter().filter(|work| work.phase() == phase) {
            for (lane, _) in lanes
                .iter()
                .enumerate()
                .filter(|(_, lane)| lane.offers(workload))
            {
                cells.push(Sampling {
                    workload,
                    lane,
                    iters: 1,
                    every: 1,
                    samples: Vec::new(),
                });
            }
        }
        Self {
            cells,
            len: group.len,
            budget: group.budget.mul_f64(share),
        }
    }

    fn take_samples(&mut self, lanes: &mut [Box<dyn Lane>], announce: impl Fn(Workload)) {
        let Some(cells) = u32::try_from(self.cells.len())
            .ok()
            .filter(|&cells| cells > 0)
        else {
            return;
        };
        let slice = self.budget / (cells * ROUNDS);
        for cell in &mut self.cells {
            announce(cell.workload);
            cell.calibrate(lanes[cell.lane].as_mut(), self.len, slice);
        }
        let deadline = Instant::now() + self.budget;
        for round in 0..ROUNDS {
            for cell in self.cells.iter_mut().filter(|cell| round % cell.every == 0) {
                // Slow work has its first sample already.
                if round > 0 || cell.samples.is_empty() {
                    announce(cell.workload);
                    cell.sample(lanes[cell.lane].as_mut(), self.len);
                }
            }
            if Instant::now() > deadline {
                return;
            }
        }
    }
}

impl Sampling {
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
            .run(self.workload, self.iters)
            .expect("lanes without the workload are left out");
        self.workload.nanos_per_unit(took, self.iters, len)
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
