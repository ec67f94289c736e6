//! What a child finds in memory that its parent marked: all of it, zeroes, or nothing.

use std::error::Error;
use std::process::Command;

use cow_pages::advise::{Advice, Region};
use cow_pages::forked::fork_snapshot;

fn main() -> Result<(), Box<dyn Error>> {
    // A child that dies of SIGSEGV is part of the show, and runs as a program of its own.
    if std::env::args().nth(1).as_deref() == Some("touch-absent") {
        let mut region = secret()?;
        region.advise(Advice::DontFork)?;
        println!("{:?}", sum_in_child(&region));
        return Ok(());
    }

    println!("claim:    a forked child sees the memory of its parent");
    let mut region = secret()?;
    println!("observed: the child's sum is {}", sum_in_child(&region)?);

    println!("claim:    after WIPEONFORK it sees zeroes, and the parent keeps its data");
    region.advise(Advice::WipeOnFork)?;
    println!("observed: the child's sum is {}", sum_in_child(&region)?);
    println!(
        "          the parent's sum is {}",
        region.iter().sum::<u64>()
    );

    println!("claim:    after KEEPONFORK everything is as before");
    region.advise(Advice::KeepOnFork)?;
    println!("observed: the child's sum is {}", sum_in_child(&region)?);

    println!("claim:    after DONTFORK the memory is absent, and touching it kills the child");
    let output = Command::new(std::env::current_exe()?)
        .arg("touch-absent")
        .output()?;
    print!("observed: {}", String::from_utf8_lossy(&output.stdout));
    Ok(())
}

/// A key, say, that no child process should inherit.
fn secret() -> Result<Region<u64>, cow_pages::Error> {
    let mut region = Region::new(4 * 512)?;
    region.fill(1);
    Ok(region)
}

fn sum_in_child(region: &Region<u64>) -> Result<u64, cow_pages::Error> {
    let child = fork_snapshot(&region[..], |words| vec![words.iter().sum()])?;
    Ok(child.wait()?[0])
}
