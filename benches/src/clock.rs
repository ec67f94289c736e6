//! Time that the working thread had a processor, so that other programs do not count.
//!
//! All workloads run on one thread, so this is their time as if they had the machine for
//! themselves, apart from the caches they share. Reading this clock takes some 400 ns: a
//! [`Stopwatch`] takes that off, and should still measure many operations at once.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Returns the time that this thread has had a processor so far.
///
/// Where the system does not say, this is the time that has passed.
#[must_use]
pub fn thread_time() -> Duration {
    #[cfg(target_os = "linux")]
    {
        use rustix::time::{ClockId, clock_gettime};
        let time = clock_gettime(ClockId::ThreadCPUTime);
        Duration::try_from(time).unwrap_or_default()
    }
    #[cfg(not(target_os = "linux"))]
    {
        static FIRST: OnceLock<Instant> = OnceLock::new();
        FIRST.get_or_init(Instant::now).elapsed()
    }
}

/// Measures the time of this thread between two moments.
#[derive(Debug)]
pub struct Stopwatch {
    started: Duration,
}

impl Stopwatch {
    /// Starts measuring.
    #[must_use]
    pub fn start() -> Self {
        Self {
            started: thread_time(),
        }
    }

    /// Returns the time since the start, less what reading the clock takes.
    #[must_use]
    pub fn stop(self) -> Duration {
        let took = thread_time().saturating_sub(self.started);
        took.saturating_sub(reading_cost())
    }
}

/// Returns what two readings with nothing between them are apart.
fn reading_cost() -> Duration {
    static COST: OnceLock<Duration> = OnceLock::new();
    *COST.get_or_init(|| {
        median((0..1001).map(|_| {
            let started = thread_time();
            thread_time().saturating_sub(started)
        }))
    })
}

/// Times operations one by one, each by itself.
///
/// It reads the clock that takes little to read, and counts each operation with the median: one
/// that was interrupted then does not count for a thousand.
#[derive(Debug, Default)]
pub struct OneByOne {
    times: Vec<Duration>,
    took: Duration,
}

impl OneByOne {
    /// Runs one operation.
    #[inline]
    pub fn time(&mut self, operation: impl FnOnce()) {
        const BATCH: usize = 1024;
        let started = Instant::now();
        operation();
        self.times.push(started.elapsed());
        if self.times.len() == BATCH {
            self.add_up();
        }
    }

    /// Returns what all operations took, less what reading the clock takes.
    #[must_use]
    pub fn total(mut self) -> Duration {
        self.add_up();
        self.took
    }

    fn add_up(&mut self) {
        if !self.times.is_empty() {
            let one = median(self.times.iter().copied()).saturating_sub(instant_cost());
            self.took += one.mul_f64(self.times.len() as f64);
            self.times.clear();
        }
    }
}

/// Returns what two readings of the clock are apart with nothing between them.
fn instant_cost() -> Duration {
    static COST: OnceLock<Duration> = OnceLock::new();
    *COST.get_or_init(|| median((0..1001).map(|_| Instant::now().elapsed())))
}

/// Returns the middle one of some times.
#[must_use]
pub fn median(times: impl Iterator<Item = Duration>) -> Duration {
    let mut times: Vec<Duration> = times.collect();
    let middle = times.len() / 2;
    *times.select_nth_unstable(middle).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn sleeping_takes_no_time_and_working_does() {
        let watch = Stopwatch::start();
        std::thread::sleep(Duration::from_millis(50));
        assert!(watch.stop() < Duration::from_millis(20));

        let watch = Stopwatch::start();
        let began = thread_time();
        while thread_time() - began < Duration::from_millis(5) {}
        assert!(watch.stop() > Duration::from_millis(4));
    }

    #[test]
    fn nothing_takes_next_to_no_time() {
        let nothing = median((0..101).map(|_| Stopwatch::start().stop()));
        assert!(nothing < Duration::from_micros(1), "{nothing:?}");
    }

    #[test]
    fn operations_count_with_their_median() {
        let mut timed = OneByOne::default();
        for slow in [false, true, false] {
            timed.time(|| {
                if slow {
                    std::thread::sleep(Duration::from_millis(50));
                }
            });
        }
        assert!(timed.total() < Duration::from_millis(1));
        assert_eq!(OneByOne::default().total(), Duration::ZERO);
    }

    #[test]
    fn the_median_is_not_moved_by_outliers() {
        let times = [1, 900, 2, 3, 800].map(Duration::from_nanos);
        assert_eq!(median(times.into_iter()), Duration::from_nanos(3));
    }
}
