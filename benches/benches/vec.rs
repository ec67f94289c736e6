//! `CowVec` and its contenders under criterion: group `vec_<operation>` for `u64` and
//! `vec_string_<operation>` for `String`, benchmark `<contender>/<size>`.

use std::env;
use std::time::{Duration, Instant};

use cow_benches::element::Element;
use cow_benches::vec::{Lane, Unit, Workload, lanes};
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(500))
        .configure_from_args();
    bench::<u64>(&mut criterion);
    bench::<String>(&mut criterion);
    criterion.final_summary();
}

fn bench<T: Element>(criterion: &mut Criterion) {
    let mut vectors: Vec<(usize, Vec<Box<dyn Lane>>)> = sizes()
        .iter()
        .map(|&size| (size, lanes::<T>(size)))
        .collect();
    for workload in Workload::ALL {
        let mut group = criterion.benchmark_group(format!("{}_{}", T::PREFIX, workload.id()));
        group.sampling_mode(SamplingMode::Flat);
        for (size, lanes) in &mut vectors {
            if workload.unit() == Unit::Element {
                group.throughput(Throughput::Elements(*size as u64));
            }
            for lane in lanes.iter_mut().filter(|lane| lane.offers(workload)) {
                group.bench_function(BenchmarkId::new(lane.name(), *size), |bencher| {
                    bencher.iter_custom(|iters| run(lane.as_mut(), workload, iters));
                });
            }
        }
        group.finish();
    }
}

/// Returns the sizes to run: small ones where criterion only tries every benchmark out once.
fn sizes() -> &'static [usize] {
    let asked = |flag| env::args().any(|arg| arg == flag);
    if asked("--bench") && !asked("--test") {
        &[1_000, 1_000_000]
    } else {
        &[1_000]
    }
}

/// Runs `workload` and returns the time of `iters` iterations.
///
/// Criterion asks for iterations by the time it is told, but some workloads spend far more on
/// preparations, outside that time: an eager clone before each timed write, for one. What does
/// not fit is extrapolated.
fn run(lane: &mut dyn Lane, workload: Workload, iters: u64) -> Duration {
    const ENOUGH: Duration = Duration::from_millis(50);
    let started = Instant::now();
    let mut took = Duration::ZERO;
    let mut done = 0;
    let mut batch = 1;
    while done < iters && started.elapsed() < ENOUGH {
        batch = batch.min(iters - done);
        took += lane
            .run(workload, batch)
            .expect("lanes without the workload are left out");
        done += batch;
        batch *= 2;
    }
    took.mul_f64(iters as f64 / done as f64)
}
