//! Settings of the whole system that some tests need for a while: KSM, and a pool of huge pages.

use std::fs;
use std::io;
use std::thread::sleep;
use std::time::{Duration, Instant};

const KSM: &str = "/sys/kernel/mm/ksm";
const POOL: &str = "/proc/sys/vm/nr_hugepages";

/// Set to anything to allow tests that change settings of the whole system for a while.
pub(crate) const PERMISSION: &str = "COW_PAGES_SYSFS";

/// Settings that were changed, which are put back when this value goes.
pub(crate) struct Settings(Vec<(String, String)>);

impl Settings {
    /// Makes KSM fast and lets it stand still, or tells why it cannot.
    pub(crate) fn for_merging() -> Result<Self, String> {
        if read(&ksm("run"))? != "0" {
            return Err(String::from("KSM is running already, for someone else"));
        }
        let mut saved = Self(Vec::new());
        for (name, value) in [
            ("run", "0"),
            ("smart_scan", "0"),
            ("sleep_millisecs", "0"),
            ("pages_to_scan", "10000"),
        ] {
            saved.set(ksm(name), value)?;
        }
        Ok(saved)
    }

    /// Adds `pages` to the pool of huge pages, or tells why it cannot.
    pub(crate) fn for_hugetlb(pages: u64) -> Result<Self, String> {
        let before: u64 = read(POOL)?
            .parse()
            .map_err(|error| format!("{POOL}: {error}"))?;
        let wanted = before + pages;
        let mut saved = Self(Vec::new());
        saved.set(String::from(POOL), &wanted.to_string())?;
        if read(POOL)? != wanted.to_string() {
            return Err(String::from("there is no memory for a pool of huge pages"));
        }
        Ok(saved)
    }

    fn set(&mut self, path: String, value: &str) -> Result<(), String> {
        if std::env::var_os(PERMISSION).is_none() {
            return Err(format!("it changes {path}; allow it with {PERMISSION}=1"));
        }
        let before = read(&path)?;
        fs::write(&path, value).map_err(|error| format!("{path}: {error}"))?;
        self.0.push((path, before));
        Ok(())
    }
}

impl Drop for Settings {
    fn drop(&mut self) {
        for (path, value) in self.0.iter().rev() {
            if let Err(error) = fs::write(path, value) {
                println!("{path} could not be set back to {value}: {error}");
            }
        }
    }
}

/// Lets KSM scan everything until it has merged what there is to merge: a page is merged once two
/// scans found it unchanged.
pub(crate) fn merge() -> io::Result<()> {
    let start = full_scans()?;
    let deadline = Instant::now() + Duration::from_secs(20);
    fs::write(ksm("run"), "1")?;
    let mut outcome = Ok(());
    while outcome.is_ok() && full_scans()? < start + 4 {
        if Instant::now() > deadline {
            outcome = Err(io::Error::other("KSM did not finish its scans"));
        }
        sleep(Duration::from_millis(1));
    }
    fs::write(ksm("run"), "0")?;
    outcome
}

fn full_scans() -> io::Result<u64> {
    let scans = read(&ksm("full_scans")).map_err(io::Error::other)?;
    scans.parse().map_err(io::Error::other)
}

fn ksm(name: &str) -> String {
    format!("{KSM}/{name}")
}

fn read(path: &str) -> Result<String, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    Ok(text.trim().to_owned())
}
