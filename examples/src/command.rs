//! What the programs do with a command line and with their report.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

/// Runs a program: reads its options, does its work, and prints the report that comes of it.
///
/// `parse` returns `None` when help was asked for. Exit codes: 0 done, 1 the work failed, 2 bad usage.
pub fn run<O>(
    name: &str,
    help: &str,
    parse: impl FnOnce(lexopt::Parser) -> Result<Option<O>, lexopt::Error>,
    work: impl FnOnce(&O) -> Result<String, Box<dyn Error>>,
) -> ExitCode {
    let options = match parse(lexopt::Parser::from_env()) {
        Ok(Some(options)) => options,
        Ok(None) => return print(name, help),
        Err(error) => {
            eprintln!("{name}: {error} (see --help)");
            return ExitCode::from(2);
        }
    };
    match work(&options) {
        Ok(report) => print(name, &report),
        Err(error) => {
            eprintln!("{name}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn print(name: &str, text: &str) -> ExitCode {
    match io::stdout().write_all(text.as_bytes()) {
        // A reader that has seen enough, such as `head`, is no failure.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            eprintln!("{name}: cannot write to standard output: {error}");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}
