//! Shows how far the run is, on standard error.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// A bar on a terminal, one line per group elsewhere.
///
/// The run has a budget of time, so progress is the share of it that is spent.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    groups: usize,
    groups_begun: usize,
    /// The budget of all groups before the one that runs, and of that one.
    before: Duration,
    current: Duration,
    began: Instant,
}

impl Progress {
    pub(crate) fn new(groups: usize, budget: Duration) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{bar:32} {percent:>3}% {elapsed} {wide_msg}")
                .expect("the template is well-formed");
            ProgressBar::new(millis(budget)).with_style(style)
        });
        Self {
            bar,
            groups,
            groups_begun: 0,
            before: Duration::ZERO,
            current: Duration::ZERO,
            began: Instant::now(),
        }
    }

    /// Begins a group that may take `budget`.
    pub(crate) fn begin(&mut self, group: &str, budget: Duration) {
        self.groups_begun += 1;
        self.before += self.current;
        self.current = budget;
        self.began = Instant::now();
        match &self.bar {
            Some(_) => self.step(&format!("{group}: preparing")),
            None => eprintln!("[{}/{}] {group}", self.groups_begun, self.groups),
        }
    }

    /// Shows what runs now.
    pub(crate) fn step(&self, work: &str) {
        if let Some(bar) = &self.bar {
            bar.set_position(millis(self.before + self.began.elapsed().min(self.current)));
            bar.set_message(work.to_owned());
        }
    }

    /// Says something that should stay on the screen.
    pub(crate) fn say(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{line}")),
            None => eprintln!("{line}"),
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
