//! What the tests share: children to die in, files, and reasons to skip.

#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "each test program uses a part of it"
)]

use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output};

use cow_pages::Error;

const CHILD: &str = "COW_PAGES_TEST_CHILD";

/// How a test's child process ended, and what it printed.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) text: String,
}

impl Ended {
    /// Asserts that the child came to its end without a failure.
    pub(crate) fn succeeded(self) {
        assert!(self.status.success(), "{}: {}", self.status, self.text);
    }

    /// Asserts that a signal killed the child.
    pub(crate) fn died_by(self, signal: i32) {
        let killed = self.status.signal();
        assert_eq!(killed, Some(signal), "{}: {}", self.status, self.text);
    }

    /// Asserts that the child exited with this code.
    pub(crate) fn exited_with(self, code: i32) {
        let exited = self.status.code();
        assert_eq!(exited, Some(code), "{}: {}", self.status, self.text);
    }
}

/// Runs `body` in a process of its own, which is this test program running the calling test alone.
///
/// `test` is the calling test's name.
pub(crate) fn in_child(test: &str, body: impl FnOnce()) -> Ended {
    if std::env::var_os(CHILD).is_some_and(|name| name == test) {
        body();
        std::process::exit(0);
    }
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(CHILD, test)
        // A sanitizer would turn the deaths that the tests are about into its own.
        .env("ASAN_OPTIONS", "handle_segv=0:handle_sigbus=0")
        .env("TSAN_OPTIONS", "handle_segv=0:handle_sigbus=0")
        .output()
        .expect("a child process");
    let text = String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned();
    Ended { status, text }
}

/// Prints why a test cannot run here, if that is what `result` says.
pub(crate) fn or_skip<T>(result: Result<T, Error>, what: &str) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(error) => {
            println!("skipped: {what}: {error} ({error:?})");
            None
        }
    }
}

/// A path for a file of a test, removed on drop.
pub(crate) struct TempFile(PathBuf);

impl TempFile {
    pub(crate) fn new(name: &str) -> Self {
        let name = format!("cow-pages-{}-{name}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    pub(crate) fn with_contents(name: &str, contents: &[u8]) -> Self {
        let file = Self::new(name);
        std::fs::write(&file.0, contents).expect("a temporary file");
        file
    }
}

impl AsRef<Path> for TempFile {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        // It may never have been made.
        let _removed = std::fs::remove_file(&self.0);
    }
}

/// Has a signal kill this process, and nothing else.
pub(crate) fn set_default_action(signal: i32) {
    // SAFETY: no handler of ours is needed after this.
    unsafe { libc::signal(signal, libc::SIG_DFL) };
}

/// Lowers a limit of this process.
pub(crate) fn set_limit(resource: libc::__rlimit_resource_t, value: u64) {
    let limit = libc::rlimit {
        rlim_cur: value,
        rlim_max: value,
    };
    // SAFETY: a valid limit.
    let rc = unsafe { libc::setrlimit(resource, &raw const limit) };
    assert_eq!(rc, 0, "setrlimit");
}

/// Returns the size of this process's address space in bytes.
pub(crate) fn address_space() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").expect("statm");
    let pages = text.split(' ').next().expect("a first field");
    pages.parse::<u64>().expect("a number") * 4096
}

/// A small generator of numbers, good enough to scatter accesses and the same in every run.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn next(&mut self) -> u64 {
        // xorshift64
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).expect("below a usize")
    }
}
