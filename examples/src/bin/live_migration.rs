//! Moves memory that is being written to another process, and stops the writing only at the end.
//!
//! Pre-copy, as virtual machines are moved: everything is sent once, then again and again what was
//! written meanwhile, until that is little; then the writer stops for the rest. The receiver is a
//! process of its own at the other end of a local socket, and its checksum has to be the same.
//!
//! `live_migration [MiB] [thousand writes per second]`

use std::error::Error;
use std::io::{BufReader, BufWriter, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cow_pages::PageSet;
use cow_pages::track::Tracked;

const WORDS_PER_PAGE: usize = 512;
/// A remainder that is sent with the writer stopped: 4 MiB.
const SMALL_PAGES: usize = 1024;
/// Where the rounds do not get smaller, because more is written than can be sent.
const MAX_ROUNDS: usize = 20;
/// In place of a page number: everything was sent.
const END: u64 = u64::MAX;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let first = arguments.next();
    if first.as_deref() == Some("receive") {
        return receive(&arguments.next().ok_or("receive <socket>")?);
    }
    let mib = first.map_or(Ok(256), |mib| mib.parse::<usize>())?;
    let rate = arguments
        .next()
        .map_or(Ok(50), |rate| rate.parse::<u64>())?;
    println!("{mib} MiB, written at {rate} thousand random places per second");

    let path = std::env::temp_dir().join(format!("live_migration.{}", std::process::id()));
    let listener = UnixListener::bind(&path)?;
    let mut receiver = Command::new(std::env::current_exe()?)
        .arg("receive")
        .arg(&path)
        .spawn()?;
    let (stream, _) = listener.accept()?;
    std::fs::remove_file(&path)?;
    let result = send(stream, mib, rate);
    let status = receiver.wait()?;
    result?;
    if !status.success() {
        return Err("the receiver failed".into());
    }
    Ok(())
}

fn send(stream: UnixStream, mib: usize, rate: u64) -> Result<(), Box<dyn Error>> {
    let mut tracked = Tracked::<u64>::new(mib << 17)?;
    for (word, i) in tracked.iter_mut().zip(1..) {
        *word = i;
    }
    let (words, dirty) = tracked.share();
    let mut link = Link {
        stream: BufWriter::with_capacity(1 << 18, stream),
        bytes: 0,
    };
    link.stream.write_all(&(words.len() as u64).to_ne_bytes())?;
    // What was written so far, and all there is, goes in the first round.
    dirty.take_dirty()?;
    let everything = PageSet::from(0..words.len() / WORDS_PER_PAGE);

    let stop = AtomicBool::new(false);
    let (rounds, stopped, written) = thread::scope(|scope| -> Result<_, Box<dyn Error>> {
        let writer = scope.spawn(|| write_steadily(words, rate, &stop));
        let mut set = everything;
        let mut rounds = 0;
        let result = loop {
            if rounds > 0 && (set.page_count() <= SMALL_PAGES || rounds == MAX_ROUNDS) {
                break Ok(());
            }
            rounds += 1;
            let start = Instant::now();
            if let Err(error) = link.send_pages(words, &set) {
                break Err(error);
            }
            println!(
                "round {rounds:>2}: {:>8} pages, {:>9} KiB, {:>8.1?}",
                set.page_count(),
                set.page_count() * 4,
                start.elapsed()
            );
            match dirty.take_dirty() {
                Ok(next) => set = next,
                Err(error) => break Err(error.into()),
            }
        };
        // The stop: from here until the receiver has everything nobody writes.
        let stopped = Instant::now();
        stop.store(true, Ordering::Relaxed);
        let written = writer.join().map_err(|_| "the writer panicked")?;
        result?;
        link.send_pages(words, &set)?;
        let last = dirty.take_dirty()?;
        link.send_pages(words, &last)?;
        println!(
            "stop    : {:>8} pages",
            set.page_count() + last.page_count()
        );
        Ok((rounds, stopped, written))
    })?;
    link.stream.write_all(&END.to_ne_bytes())?;
    link.stream.flush()?;
    let mut arrived = [0];
    link.stream.get_mut().read_exact(&mut arrived)?;
    let downtime = stopped.elapsed();

    let mut theirs = [0; 8];
    link.stream.get_mut().read_exact(&mut theirs)?;
    let ours = checksum(words.iter().map(|word| word.load(Ordering::Relaxed)));
    println!(
        "{rounds} rounds, {:.1} MiB sent for {mib} MiB of memory, {written} writes meanwhile",
        link.bytes as f64 / f64::from(1 << 20)
    );
    println!("downtime {downtime:.1?}");
    if u64::from_ne_bytes(theirs) != ours {
        return Err("the receiver's checksum differs".into());
    }
    println!("the receiver's checksum is the same: {ours:016x}");
    Ok(())
}

/// Writes at random places, a portion every millisecond, and returns how many.
fn write_steadily(words: &[AtomicU64], rate: u64, stop: &AtomicBool) -> u64 {
    let start = Instant::now();
    let (mut written, mut state) = (0, 0x9e37_79b9_7f4a_7c15_u64);
    while !stop.load(Ordering::Relaxed) {
        let due = start.elapsed().as_micros() * u128::from(rate) / 1000;
        while u128::from(written) < due && !stop.load(Ordering::Relaxed) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            // Nine writes of ten go to a tenth of the memory, as programs do.
            let span = if state % 10 == 0 {
                words.len()
            } else {
                words.len() / 10
            };
            let place = ((state >> 8) as u128 * span as u128) >> 56;
            words[place as usize].store(state, Ordering::Relaxed);
            written += 1;
        }
        thread::sleep(Duration::from_millis(1));
    }
    written
}

/// The sender's end of the socket.
struct Link {
    stream: BufWriter<UnixStream>,
    bytes: u64,
}

impl Link {
    fn send_pages(&mut self, words: &[AtomicU64], set: &PageSet) -> Result<(), Box<dyn Error>> {
        let mut page_bytes = Vec::with_capacity(4096);
        for page in set.iter() {
            page_bytes.clear();
            for word in &words[page * WORDS_PER_PAGE..(page + 1) * WORDS_PER_PAGE] {
                page_bytes.extend(word.load(Ordering::Relaxed).to_ne_bytes());
            }
            self.stream.write_all(&(page as u64).to_ne_bytes())?;
            self.stream.write_all(&page_bytes)?;
            self.bytes += 8 + page_bytes.len() as u64;
        }
        self.stream.flush()?;
        Ok(())
    }
}

fn receive(path: &str) -> Result<(), Box<dyn Error>> {
    let mut stream = BufReader::with_capacity(1 << 18, UnixStream::connect(path)?);
    let len = usize::try_from(read_word(&mut stream)?)?;
    let mut memory = vec![0_u64; len];
    loop {
        let page = read_word(&mut stream)?;
        if page == END {
            break;
        }
        let start = usize::try_from(page)? * WORDS_PER_PAGE;
        let page = memory
            .get_mut(start..start + WORDS_PER_PAGE)
            .ok_or("a page beyond the end")?;
        stream.read_exact(bytemuck::cast_slice_mut(page))?;
    }
    stream.get_mut().write_all(&[1])?;
    stream
        .get_mut()
        .write_all(&checksum(memory.into_iter()).to_ne_bytes())?;
    Ok(())
}

fn read_word(stream: &mut impl Read) -> std::io::Result<u64> {
    let mut bytes = [0; 8];
    stream.read_exact(&mut bytes)?;
    Ok(u64::from_ne_bytes(bytes))
}

/// FNV-1a over words: any change and any exchange of two shows.
fn checksum(words: impl Iterator<Item = u64>) -> u64 {
    words.fold(0xcbf2_9ce4_8422_2325, |hash, word| {
        (hash ^ word).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
