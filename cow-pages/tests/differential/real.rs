//! Runs scripts on real processes.

use std::io::{self, BufRead, BufReader, Write as _};
use std::os::fd::AsRawFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use cow_pages::account::Observer;
use cow_pages::sim::Errno;

use crate::common::script::{Op, Region};
use crate::worker;

/// How long a worker may take to answer.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a real operation did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) result: Result<(), Errno>,
    pub(crate) minor_faults: i64,
    /// The digest of what was read.
    pub(crate) value: u64,
    /// The frame behind a single page before and after; zero if there was none or it is secret.
    pub(crate) frame_before: u64,
    pub(crate) frame_after: u64,
}

/// A worker and the eyes on it.
pub(crate) struct Process {
    pid: i32,
    stream: BufReader<UnixStream>,
    pub(crate) observer: Observer,
}

/// The processes of one script, which end with this value.
pub(crate) struct OnReal {
    listener: UnixListener,
    /// By the numbers that the script uses.
    pub(crate) processes: Vec<Option<Process>>,
}

impl OnReal {
    /// Starts process 0 and maps the regions.
    pub(crate) fn new(regions: &[Region]) -> io::Result<Self> {
        static RUNS: AtomicU32 = AtomicU32::new(0);
        // Relaxed: the numbers only have to differ.
        let run = RUNS.fetch_add(1, Ordering::Relaxed);
        let name = format!("cow-pages-{}-{run}", std::process::id());
        let listener = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name)?)?;
        let mut command = Command::new(std::env::current_exe()?);
        let child = command
            .env(worker::SOCKET, &name)
            .stdin(Stdio::null())
            .spawn()?;
        let mut real = Self {
            listener,
            processes: Vec::new(),
        };
        let pid = i32::try_from(child.id()).map_err(io::Error::other)?;
        real.admit(pid)?;
        for region in regions {
            let script = crate::common::script::Script {
                regions: vec![*region],
                ops: Vec::new(),
            };
            let text = script.to_string();
            let line = text.lines().last().unwrap_or_default();
            real.ask(0, line)?;
        }
        Ok(real)
    }

    /// Carries out an operation of a process that runs.
    pub(crate) fn apply(&mut self, op: &Op) -> io::Result<Outcome> {
        let done = Outcome {
            result: Ok(()),
            minor_faults: 0,
            value: 0,
            frame_before: 0,
            frame_after: 0,
        };
        match *op {
            Op::Exit { process } => {
                let worker = self.processes[process].take();
                let worker = worker.ok_or_else(|| io::Error::other("no such process"))?;
                writeln!(worker.stream.get_ref(), "{op}")?;
                wait(worker.pid);
                Ok(done)
            }
            Op::Fork { process, .. } => {
                let pid = self.ask(process, &op.to_string())?;
                self.admit(pid.trim().parse().map_err(io::Error::other)?)?;
                Ok(done)
            }
            _ => {
                let process = op
                    .process()
                    .ok_or_else(|| io::Error::other("not for a process"))?;
                let answer = self.ask(process, &op.to_string())?;
                parse(&answer).ok_or_else(|| io::Error::other(format!("answered {answer:?}")))
            }
        }
    }

    /// Sends a worker a line and returns its answer.
    pub(crate) fn ask(&mut self, process: usize, line: &str) -> io::Result<String> {
        let worker = self.processes.get_mut(process).and_then(Option::as_mut);
        let worker = worker.ok_or_else(|| io::Error::other("no such process"))?;
        writeln!(worker.stream.get_ref(), "{line}")?;
        let mut answer = String::new();
        worker.stream.read_line(&mut answer)?;
        if answer.is_empty() {
            return Err(io::Error::other(format!(
                "process {process} died of {line:?}"
            )));
        }
        answer.truncate(answer.trim_end().len());
        Ok(answer)
    }

    /// Waits for a new worker to call.
    fn admit(&mut self, pid: i32) -> io::Result<()> {
        let mut waiting = libc::pollfd {
            fd: self.listener.as_raw_fd(),
            events: libc::POLLIN,
            revents: 0,
        };
        let patience = i32::try_from(PATIENCE.as_millis()).expect("a short time");
        // SAFETY: the one descriptor is described by a struct that outlives the call.
        if unsafe { libc::poll(&raw mut waiting, 1, patience) } != 1 {
            return Err(io::Error::other("a worker did not start"));
        }
        let (stream, _) = self.listener.accept()?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut stream = BufReader::new(stream);
        let mut number = String::new();
        stream.read_line(&mut number)?;
        let number: usize = number.trim().parse().map_err(io::Error::other)?;
        if self.processes.len() <= number {
            self.processes.resize_with(number + 1, || None);
        }
        let observer = Observer::of(u32::try_from(pid).map_err(io::Error::other)?);
        self.processes[number] = Some(Process {
            pid,
            stream,
            observer,
        });
        Ok(())
    }
}

impl Drop for OnReal {
    fn drop(&mut self) {
        for process in self.processes.iter().flatten() {
            // SAFETY: takes no pointers; the process is a child that was not waited for.
            unsafe { libc::kill(process.pid, libc::SIGKILL) };
            wait(process.pid);
        }
    }
}

/// Waits until a child has ended and given back its memory.
fn wait(pid: i32) {
    let mut status = 0;
    // SAFETY: the call fills one integer.
    unsafe { libc::waitpid(pid, &raw mut status, 0) };
}

fn parse(answer: &str) -> Option<Outcome> {
    let mut words = answer.split_whitespace();
    let errno: i32 = words.next()?.parse().ok()?;
    let result = match errno {
        0 => Ok(()),
        libc::EFAULT => Err(Errno::SegFault),
        libc::ENOMEM => Err(Errno::OutOfMemory),
        libc::EINVAL => Err(Errno::Invalid),
        libc::EACCES => Err(Errno::Access),
        libc::EAGAIN => Err(Errno::Again),
        _ => return None,
    };
    Some(Outcome {
        result,
        minor_faults: words.next()?.parse().ok()?,
        value: words.next()?.parse().ok()?,
        frame_before: words.next()?.parse().ok()?,
        frame_after: words.next()?.parse().ok()?,
    })
}
