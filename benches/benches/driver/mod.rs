//! Runs a suite under criterion: group `<suite>_<work>`, benchmark `<contender>/<length>`.

use std::env;
use std::time::{Duration, Instant};

use cow_benches::suite::{Kind, Lane, Suite, Unit, Work};
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};

/// Runs all work of `suite` that can be repeated, at the lengths that the command line asks for.
pub(crate) fn run(suite: &Suite) {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(500))
        .configure_from_args();
    for kind in suite.kinds {
        bench(suite, kind, &mut criterion);
    }
    criterion.final_summary();
}

fn bench(suite: &Suite, kind: &Kind, criterion: &mut Criterion) {
    let mut all: Vec<(usize, Vec<Box<dyn Lane>>)> = lengths()
        .iter()
        .map(|&len| (len, (kind.lanes)(len)))
        .collect();
    for &work in suite.works {
        let mut group = criterion.benchmark_group(suite.benchmark(kind, work));
        group.sampling_mode(SamplingMode::Flat);
        for (len, lanes) in &mut all {
            if work.unit == Unit::Element {
                group.throughput(Throughput::Elements(*len as u64));
            }
            for lane in lanes.iter_mut().filter(|lane| lane.repeats(work)) {
                group.bench_function(BenchmarkId::new(lane.name(), *len), |bencher| {
                    bencher.iter_custom(|iters| time(lane.as_mut(), work, iters));
                });
            }
        }
        group.finish();
    }
}

/// Returns the lengths to run: small ones where criterion only tries every benchmark out once.
fn lengths() -> &'static [usize] {
    let asked = |flag| env::args().any(|arg| arg == flag);
    if asked("--bench") && !asked("--test") {
        &[1_000, 1_000_000]
    } else {
        &[1_000]
    }
}

/// Does `work` and returns the time of `iters` iterations.
///
/// Criterion asks for iterations by the time it is told, but some work spends far more on
/// preparations, outside that time: an eager clone before each timed write, for one. What does
/// not fit is extrapolated.
fn time(lane: &mut dyn Lane, work: Work, iters: u64) -> Duration {
    const ENOUGH: Duration = Duration::from_millis(50);
    let started = Instant::now();
    let mut took = Duration::ZERO;
    let mut done = 0;
    let mut batch = 1;
    while done < iters && started.elapsed() < ENOUGH {
        batch = batch.min(iters - done);
        took += lane
            .run(work, batch)
            .expect("lanes that cannot do the work are left out");
        done += batch;
        batch *= 2;
    }
    took.mul_f64(iters as f64 / done as f64)
}
