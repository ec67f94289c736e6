//! What this machine and this user allow.

use std::fs;

use cow_pages::account::Observer;
use cow_pages::sim::PAGE_SIZE;

use crate::worker;

/// Frame numbers read as zero without `CAP_SYS_ADMIN`.
pub(crate) fn can_read_frames() -> bool {
    let probe = Box::new(1_u8);
    let page = (&raw const *probe).addr() as u64 & !4095;
    let entries = Observer::myself().pages(page..page + 4096);
    entries.is_ok_and(|entries| entries[0].frame().is_some())
}

/// Returns why pages cannot be pinned here, if so.
pub(crate) fn why_no_pins() -> Option<String> {
    let page = Box::new([0_u8; 2 * PAGE_SIZE]);
    let start = (page.as_ptr().expose_provenance() as u64).next_multiple_of(PAGE_SIZE as u64);
    let pinned = worker::pin(start);
    pinned.err().map(|error| format!("io_uring: {error}"))
}

/// The scripts expect huge pages where they ask for them, in one size, and nowhere else.
pub(crate) fn huge_pages_unusual() -> Option<String> {
    let root = "/sys/kernel/mm/transparent_hugepage";
    let read = |file: &str| fs::read_to_string(format!("{root}/{file}")).unwrap_or_default();
    if !read("enabled").contains("[madvise]") {
        return Some(format!("{root}/enabled is not madvise"));
    }
    if read("use_zero_page").trim() != "1" {
        return Some(format!("{root}/use_zero_page is not 1"));
    }
    for entry in fs::read_dir(root).ok()?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let enabled = read(&format!("{name}/enabled"));
        let off = enabled.is_empty() || enabled.contains("[never]");
        if name.starts_with("hugepages-") && name != "hugepages-2048kB" && !off {
            return Some(format!("{root}/{name} is enabled"));
        }
    }
    None
}

/// Returns why faults cannot be counted in this program, if so.
pub(crate) fn faults_not_ours() -> Option<String> {
    // A sanitizer reserves terabytes for its shadow of the memory, and looks there at each access.
    let statm = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split_whitespace().next()?.parse::<u64>().ok()?;
    let shadowed = pages * PAGE_SIZE as u64 > 1 << 40;
    shadowed.then(|| String::from("a sanitizer's own faults would be counted"))
}

/// Returns how many huge pages khugepaged has made and how many pages were migrated: what the
/// kernel does to memory on its own.
pub(crate) fn moved_by_itself() -> [u64; 2] {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let made = read("/sys/kernel/mm/transparent_hugepage/khugepaged/pages_collapsed");
    let vmstat = read("/proc/vmstat");
    let migrated = vmstat
        .lines()
        .find_map(|line| line.strip_prefix("pgmigrate_success "));
    [made.as_str(), migrated.unwrap_or_default()].map(|text| text.trim().parse().unwrap_or(0))
}
