//! A process with real memory, which does what it is told over a socket.
//!
//! The first worker is this program run anew, so that it starts with little memory of its own;
//! the others are forks of it. All are children of the test program (`CLONE_PARENT`), whichever of
//! them forked: it can wait for each of them, and each dies with it.
//!
//! Faults are counted around the access alone. The same code runs on a page of no interest first,
//! so that the code, the stack and the variables it touches fault before the count begins.

use std::io::{self, BufRead, BufReader, Write as _};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::FileExt;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::{fs::File, mem, process, ptr};

use cow_pages::sim::PAGE_SIZE;

use crate::common::on_sim::{address, addresses, digest, file_byte};
use crate::common::script::{Kind, Op, Region, Span};

/// Set to the socket's name in the environment of a worker.
pub(crate) const SOCKET: &str = "COW_PAGES_WORKER";

/// A page that is never mapped: below `vm.mmap_min_addr`.
const UNMAPPED: *mut u8 = ptr::without_provenance_mut(PAGE_SIZE);

/// What is done to pages.
#[derive(Clone, Copy)]
enum Action {
    Load,
    Store(u8),
    /// The kernel reads the byte, which it refuses with `EFAULT` where a load would trap.
    KernelLoad,
    KernelStore(u8),
    DontNeed,
    Protect(i32),
    Collapse,
}

/// What came of it: an error number or zero, minor faults, the digest of what was read.
#[derive(Clone, Copy)]
struct Done {
    errno: i32,
    faults: i64,
    value: u64,
}

struct Worker {
    controller: i32,
    socket_name: String,
    input: BufReader<UnixStream>,
    output: UnixStream,
    pipe: Pipe,
    pagemap: File,
    regions: Vec<Mapped>,
    scratch: *mut u8,
    /// What holds the pins: they go when the last copy of a descriptor is closed.
    rings: Vec<OwnedFd>,
}

struct Mapped {
    kind: Kind,
    present: bool,
    read_only: bool,
}

struct Pipe {
    read: i32,
    write: i32,
}

/// Serves the controller until it says exit, or dies.
pub(crate) fn run(socket_name: String) -> io::Result<()> {
    // SAFETY: takes no pointers.
    let controller = unsafe { libc::getppid() };
    die_with(controller);
    let mut worker = Worker::new(controller, socket_name, 0)?;
    let mut line = String::new();
    loop {
        line.clear();
        if worker.input.read_line(&mut line)? == 0 {
            return Ok(());
        }
        if let Some(region) = line.strip_prefix("region ") {
            let region = region.parse().map_err(io::Error::other)?;
            worker.map(&region)?;
            worker.reply("ok")?;
        } else if let Some(region) = line.strip_prefix("peek ") {
            let span: Vec<u64> = region.split_whitespace().flat_map(str::parse).collect();
            let seen = worker.peek(span[0], span[1])?;
            worker.reply(&seen)?;
        } else {
            let op = line.parse().map_err(io::Error::other)?;
            worker.serve(&op)?;
        }
    }
}

/// Has the kernel kill this process when the controller ends.
fn die_with(controller: i32) {
    // SAFETY: this request takes a signal number and no pointers.
    unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
    // SAFETY: takes no pointers.
    if unsafe { libc::getppid() } != controller {
        process::exit(1);
    }
}

impl Worker {
    fn new(controller: i32, socket_name: String, number: usize) -> io::Result<Self> {
        let stream = connect(&socket_name, number)?;
        Ok(Self {
            controller,
            socket_name,
            input: BufReader::new(stream.try_clone()?),
            output: stream,
            pipe: Pipe::new()?,
            pagemap: File::open("/proc/self/pagemap")?,
            regions: Vec::new(),
            rings: Vec::new(),
            scratch: map_pages(0, 1, -1, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS)?,
        })
    }

    fn reply(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.output, "{line}")
    }

    fn map(&mut self, region: &Region) -> io::Result<()> {
        let at = address(self.regions.len());
        let anonymous = libc::MAP_ANONYMOUS | libc::MAP_FIXED_NOREPLACE;
        let start = match region.kind {
            Kind::Shared => map_pages(at, region.pages, -1, libc::MAP_SHARED | anonymous)?,
            Kind::View => map_view(at, region.pages)?,
            Kind::Hugetlb => {
                let flags = libc::MAP_PRIVATE | libc::MAP_HUGETLB | anonymous;
                map_pages(at, region.pages, -1, flags)?
            }
            _ => map_pages(at, region.pages, -1, libc::MAP_PRIVATE | anonymous)?,
        };
        let advice = match region.kind {
            Kind::DontFork => Some(libc::MADV_DONTFORK),
            Kind::WipeOnFork => Some(libc::MADV_WIPEONFORK),
            Kind::Mergeable => Some(libc::MADV_MERGEABLE),
            Kind::Huge => Some(libc::MADV_HUGEPAGE),
            _ => None,
        };
        if let Some(advice) = advice {
            let len = len_of(region.pages);
            // SAFETY: these advices change no contents, and the range was mapped just now.
            check(unsafe { libc::madvise(start.cast(), len, advice) })?;
        }
        self.regions.push(Mapped {
            kind: region.kind,
            present: true,
            read_only: false,
        });
        Ok(())
    }

    fn serve(&mut self, op: &Op) -> io::Result<()> {
        match *op {
            Op::Write { span, value, .. } => self.act(Action::Store(value), &span),
            Op::KernelWrite { span, value, .. } => self.act(Action::KernelStore(value), &span),
            Op::Read { span, .. } => self.act(Action::Load, &span),
            Op::DontNeed { span, .. } => self.act(Action::DontNeed, &span),
            Op::ReadOnly { span, .. } => self.act(Action::Protect(libc::PROT_READ), &span),
            Op::ReadWrite { span, .. } => {
                self.act(Action::Protect(libc::PROT_READ | libc::PROT_WRITE), &span)
            }
            Op::Collapse { span, .. } => self.act(Action::Collapse, &span),
            Op::Pin { span, .. } => {
                let errno = match pin(addresses(&span).start) {
                    Ok(ring) => {
                        self.rings.push(ring);
                        0
                    }
                    Err(error) => error.raw_os_error().unwrap_or(-1),
                };
                self.reply(&format!("{errno} 0 0 0 0"))
            }
            Op::Fork { child, .. } => self.fork(child),
            Op::Exit { .. } => {
                self.rings.iter().for_each(unpin);
                // SAFETY: takes no pointers; nothing of this process needs an orderly end.
                unsafe { libc::_exit(0) }
            }
            Op::Merge => Err(io::Error::other("merging is nothing a process does")),
        }
    }

    fn act(&mut self, action: Action, span: &Span) -> io::Result<()> {
        let region = &mut self.regions[span.region];
        // An access that must be refused is made by the kernel, which answers instead of killing.
        let action = match action {
            Action::Store(value) if !region.present || region.read_only => {
                Action::KernelStore(value)
            }
            Action::Load if !region.present => Action::KernelLoad,
            other => other,
        };
        let start = ptr::with_exposed_provenance_mut(index_of(addresses(span).start));
        perform(action, self.scratch, 1, &self.pipe);
        if !matches!(action, Action::Load | Action::Store(_)) {
            // Being refused runs code of its own.
            perform(action, UNMAPPED, 1, &self.pipe);
        }
        let before = self.frame(span);
        let done = perform(action, start, index_of(span.count), &self.pipe);
        let after = self.frame(span);
        let region = &mut self.regions[span.region];
        if let (Action::Protect(prot), 0) = (action, done.errno) {
            region.read_only = prot == libc::PROT_READ;
        }
        // The scratch page must be writable and present again for the next rehearsal.
        perform(
            Action::Protect(libc::PROT_READ | libc::PROT_WRITE),
            self.scratch,
            1,
            &self.pipe,
        );
        perform(Action::Store(1), self.scratch, 1, &self.pipe);
        let Done {
            errno,
            faults,
            value,
        } = done;
        self.reply(&format!("{errno} {faults} {value} {before} {after}"))
    }

    /// Returns the frame number behind a single page, zero if unknown.
    fn frame(&self, span: &Span) -> u64 {
        if span.count != 1 {
            return 0;
        }
        let entry = self.page_entry(addresses(span).start / PAGE_SIZE as u64);
        if entry >> 63 == 1 {
            entry & ((1 << 55) - 1)
        } else {
            0
        }
    }

    fn page_entry(&self, page: u64) -> u64 {
        let mut entry = [0; 8];
        let read = self.pagemap.read_exact_at(&mut entry, page * 8);
        read.map_or(0, |()| u64::from_ne_bytes(entry))
    }

    /// Returns the first byte of each page of a region that is present, two hexadecimal digits
    /// each, and `--` for the others: a look that faults nothing in.
    fn peek(&self, region: u64, pages: u64) -> io::Result<String> {
        let mut seen = String::new();
        let first = address(index_of(region)) / PAGE_SIZE as u64;
        for page in first..first + pages {
            if self.page_entry(page) >> 63 == 0 {
                seen.push_str("--");
                continue;
            }
            let at = ptr::with_exposed_provenance::<u8>(index_of(page) * PAGE_SIZE);
            // SAFETY: the page is present, so it is mapped, and no protection hides it from reads.
            let byte = unsafe { at.read_volatile() };
            seen.push_str(&format!("{byte:02x}"));
        }
        Ok(seen)
    }

    fn fork(&mut self, number: usize) -> io::Result<()> {
        let flags = libc::CLONE_PARENT | libc::SIGCHLD;
        // SAFETY: without CLONE_VM this is fork(2); the process has one thread, so the child may
        // go on as if nothing had happened.
        let pid =
            unsafe { libc::syscall(libc::SYS_clone, flags, 0_usize, 0_usize, 0_usize, 0_usize) };
        if pid < 0 {
            return Err(io::Error::last_os_error());
        }
        if pid > 0 {
            return self.reply(&pid.to_string());
        }
        die_with(self.controller);
        let name = mem::take(&mut self.socket_name);
        let mut child = Self::new(self.controller, name, number)?;
        child.regions = mem::take(&mut self.regions);
        for region in &mut child.regions {
            region.present &= region.kind != Kind::DontFork;
        }
        // Drops what was inherited: the parent's end of the socket, its pipe, its page map, its
        // rings.
        *self = child;
        Ok(())
    }
}

impl Pipe {
    fn new() -> io::Result<Self> {
        let mut ends = [0; 2];
        // SAFETY: the call fills two descriptors.
        check(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) })?;
        Ok(Self {
            read: ends[0],
            write: ends[1],
        })
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        for end in [self.read, self.write] {
            // SAFETY: the descriptor is this pipe's own and is not used again.
            unsafe { libc::close(end) };
        }
    }
}

/// Pins the page at an address as a buffer that a device may write: one of an io_uring.
pub(crate) fn pin(address: u64) -> io::Result<OwnedFd> {
    const REGISTER_BUFFERS: usize = 0;
    let mut parameters = [0_u32; 30];
    // SAFETY: the kernel reads and fills `struct io_uring_params`, which has 120 bytes.
    let ring = unsafe { libc::syscall(libc::SYS_io_uring_setup, 1, parameters.as_mut_ptr()) };
    let ring = check(i32::try_from(ring).map_err(io::Error::other)?)?;
    // SAFETY: the descriptor is new and nobody else's.
    let ring = unsafe { OwnedFd::from_raw_fd(ring) };
    let start = ptr::with_exposed_provenance_mut(index_of(address));
    let buffer = libc::iovec {
        iov_base: start,
        iov_len: PAGE_SIZE,
    };
    let (number, one) = (ring.as_raw_fd(), 1_usize);
    let call = libc::SYS_io_uring_register;
    // SAFETY: the kernel reads one buffer's description and checks the address in it; it writes to
    // the buffer only if asked to by a request, and there is none.
    let done = unsafe { libc::syscall(call, number, REGISTER_BUFFERS, &raw const buffer, one) };
    check(i32::try_from(done).map_err(io::Error::other)?)?;
    Ok(ring)
}

/// Takes a pin back at once: the end of a process does so too, but some time later, and a page that
/// is still pinned is copied where it could be reused.
fn unpin(ring: &OwnedFd) {
    const UNREGISTER_BUFFERS: usize = 1;
    let nothing: *const u8 = ptr::null();
    let call = libc::SYS_io_uring_register;
    // SAFETY: this request takes no argument beside the ring.
    unsafe { libc::syscall(call, ring.as_raw_fd(), UNREGISTER_BUFFERS, nothing, 0_usize) };
}

fn connect(socket_name: &str, number: usize) -> io::Result<UnixStream> {
    let mut stream = UnixStream::connect_addr(&SocketAddr::from_abstract_name(socket_name)?)?;
    writeln!(stream, "{number}")?;
    Ok(stream)
}

fn map_pages(at: u64, pages: u64, file: i32, flags: i32) -> io::Result<*mut u8> {
    let hint = ptr::with_exposed_provenance_mut(index_of(at));
    let prot = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: no flag replaces an existing mapping.
    let start = unsafe { libc::mmap(hint, len_of(pages), prot, flags, file, 0) };
    if start == libc::MAP_FAILED {
        Err(io::Error::last_os_error())
    } else {
        Ok(start.cast())
    }
}

/// Maps a private view of a file whose every page was written.
fn map_view(at: u64, pages: u64) -> io::Result<*mut u8> {
    // SAFETY: the name is a C string.
    let file = check(unsafe { libc::memfd_create(c"view".as_ptr(), libc::MFD_CLOEXEC) })?;
    for page in 0..pages {
        let byte = [file_byte(page)];
        let offset = i64::try_from(page).expect("a small file") * 4096;
        // SAFETY: one byte is there to be written.
        let written = unsafe { libc::pwrite(file, byte.as_ptr().cast(), 1, offset) };
        if written != 1 {
            return Err(io::Error::last_os_error());
        }
    }
    let len = i64::try_from(pages).expect("a small file") * 4096;
    // SAFETY: takes no pointers.
    check(unsafe { libc::ftruncate(file, len) })?;
    map_pages(
        at,
        pages,
        file,
        libc::MAP_PRIVATE | libc::MAP_FIXED_NOREPLACE,
    )
}

/// Does something to each of `pages` pages from `start`, and counts the faults it takes.
///
/// One function, never inlined, so that rehearsal and performance run the same code on the same
/// piece of stack.
#[inline(never)]
fn perform(action: Action, start: *mut u8, pages: usize, pipe: &Pipe) -> Done {
    let len = pages * PAGE_SIZE;
    let mut errno = 0;
    let mut value = 0;
    let before = minor_faults();
    match action {
        Action::DontNeed => {
            // SAFETY: the regions belong to the script; no reference points into them.
            errno = errno_of(unsafe { libc::madvise(start.cast(), len, libc::MADV_DONTNEED) });
        }
        Action::Collapse => {
            // SAFETY: collapsing changes no contents.
            errno = errno_of(unsafe { libc::madvise(start.cast(), len, libc::MADV_COLLAPSE) });
        }
        Action::Protect(prot) => {
            // SAFETY: the regions are accessed as their protection allows, or by the kernel.
            errno = errno_of(unsafe { libc::mprotect(start.cast(), len, prot) });
        }
        Action::Load | Action::Store(_) | Action::KernelLoad | Action::KernelStore(_) => {
            for page in 0..pages {
                let at = start.wrapping_add(page * PAGE_SIZE);
                errno = touch(action, at, pipe, &mut value);
                if errno != 0 {
                    break;
                }
            }
        }
    }
    let faults = minor_faults() - before;
    Done {
        errno,
        faults,
        value,
    }
}

/// Accesses one byte; returns an error number or zero.
#[inline(never)]
fn touch(action: Action, at: *mut u8, pipe: &Pipe, value: &mut u64) -> i32 {
    match action {
        Action::Load => {
            // SAFETY: the region is present and readable, or the action would be the kernel's.
            *value = digest(*value, unsafe { at.read_volatile() });
            0
        }
        Action::Store(byte) => {
            // SAFETY: the region is present and writable, or the action would be the kernel's.
            unsafe { at.write_volatile(byte) };
            0
        }
        Action::KernelLoad => {
            // SAFETY: the kernel checks the address.
            let sent = unsafe { libc::write(pipe.write, at.cast(), 1) };
            if sent != 1 {
                return errno_of(-1);
            }
            let mut drained = 0_u8;
            // SAFETY: there is room for the byte.
            unsafe { libc::read(pipe.read, (&raw mut drained).cast(), 1) };
            *value = digest(*value, drained);
            0
        }
        Action::KernelStore(byte) => {
            let mut drained = byte;
            // SAFETY: one byte is there to be read.
            let sent = unsafe { libc::write(pipe.write, (&raw const drained).cast(), 1) };
            assert_eq!(sent, 1, "the pipe is empty");
            // SAFETY: the kernel checks the address, which is the script's to write.
            let stored = unsafe { libc::read(pipe.read, at.cast(), 1) };
            if stored == 1 {
                return 0;
            }
            let errno = errno_of(-1);
            // SAFETY: there is room for the byte that was not taken.
            unsafe { libc::read(pipe.read, (&raw mut drained).cast(), 1) };
            errno
        }
        Action::DontNeed | Action::Protect(_) | Action::Collapse => 0,
    }
}

fn minor_faults() -> i64 {
    // SAFETY: all zeros is a valid value of this plain struct.
    let mut usage: libc::rusage = unsafe { mem::zeroed() };
    // SAFETY: the call fills the struct.
    unsafe { libc::getrusage(libc::RUSAGE_SELF, &raw mut usage) };
    usage.ru_minflt
}

fn check(result: i32) -> io::Result<i32> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}

fn errno_of(result: i32) -> i32 {
    if result == 0 {
        0
    } else {
        io::Error::last_os_error().raw_os_error().unwrap_or(-1)
    }
}

fn index_of(number: u64) -> usize {
    usize::try_from(number).expect("a 64-bit target")
}

fn len_of(pages: u64) -> usize {
    index_of(pages) * PAGE_SIZE
}
