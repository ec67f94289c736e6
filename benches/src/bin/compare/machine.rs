//! What a figure is worth depends on where it was taken.

use std::env::consts;
use std::fmt;
use std::fs;
use std::thread;
use std::time::SystemTime;

/// The machine, the compiler and the moment of a run.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    cpu: String,
    cores: usize,
    kernel: String,
    huge_pages: String,
    rustc: &'static str,
    date: String,
}

impl Machine {
    /// Returns what can be found out about this machine; what cannot is named as unknown.
    pub(crate) fn of_this_run() -> Self {
        let unknown = || "unknown".to_owned();
        Self {
            cpu: cpu_model().unwrap_or_else(|| consts::ARCH.to_owned()),
            cores: thread::available_parallelism().map_or(1, Into::into),
            kernel: line_of("/proc/sys/kernel/osrelease").map_or_else(
                || consts::OS.to_owned(),
                |release| format!("Linux {release}"),
            ),
            huge_pages: line_of("/sys/kernel/mm/transparent_hugepage/enabled")
                .and_then(|modes| chosen(&modes).map(str::to_owned))
                .unwrap_or_else(unknown),
            rustc: option_env!("RUSTC_VERSION").unwrap_or("rustc unknown"),
            date: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            cpu,
            cores,
            kernel,
            huge_pages,
            rustc,
            date,
        } = self;
        write!(
            f,
            "{cpu}, {cores} cores, {kernel}, THP {huge_pages}, {rustc}, {date}"
        )
    }
}

/// Returns the memory that programs can still get, where the system says so.
pub(crate) fn available_bytes() -> Option<u64> {
    let meminfo = fs::read_to_string("/proc/meminfo").ok()?;
    let line = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

fn cpu_model() -> Option<String> {
    let info = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = info.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn line_of(path: &str) -> Option<String> {
    Some(fs::read_to_string(path).ok()?.trim().to_owned())
}

/// Returns the word in brackets, as in `always [madvise] never`.
fn chosen(modes: &str) -> Option<&str> {
    Some(modes.split_once('[')?.1.split_once(']')?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bracketed_mode_is_the_chosen_one() {
        assert_eq!(chosen("always [madvise] never"), Some("madvise"));
        assert_eq!(chosen("always madvise"), None);
    }
}
