//! Runs all contenders side by side, prints the table and writes the report.
//!
//! Contenders take turns within each work, several rounds over, so that whatever else the
//! machine does meets all of them alike; every figure is the median of the rounds.

mod args;
mod console;
mod format;
mod machine;
mod measure;
mod plan;
mod plot;
mod progress;
mod report;
mod results;
mod sections;
mod targets;

use std::fs;
use std::io::{self, Write};
use std::process::ExitCode;

use args::{Args, Request};
use cow_benches::heap::CountingHeap;
use machine::Machine;
use plan::Plan;

#[global_allocator]
static HEAP: CountingHeap = CountingHeap;

fn main() -> ExitCode {
    let request = match args::parse(lexopt::Parser::from_env()) {
        Ok(request) => request,
        Err(error) => return usage_error(&error.to_string()),
    };
    match request {
        Request::Help => finish(write_stdout(args::HELP)),
        Request::Run(args) => {
            let plan = Plan::new(args.quick, args.filter.as_deref());
            if plan.groups.is_empty() {
                return usage_error(&plan::nothing_matches(args.filter.as_deref()));
            }
            finish(run(&args, &plan))
        }
    }
}

fn run(args: &Args, plan: &Plan) -> Result<(), String> {
    if cfg!(debug_assertions) {
        eprintln!("warning: built without --release; these figures say nothing");
    }
    let machine = Machine::of_this_run();
    let results = measure::run(plan, machine);
    write_stdout(&console::render(&results))?;
    let out = args.out.display();
    fs::write(&args.out, report::render(&results))
        .map_err(|error| format!("cannot write the report to {out}: {error}"))?;
    write_stdout(&format!("report: {out}\n"))
}

fn usage_error(message: &str) -> ExitCode {
    eprintln!("error: {message}\n\n{}", args::USAGE);
    ExitCode::from(2)
}

fn finish(outcome: Result<(), String>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Prints `text`; a reader that has seen enough, such as `head`, is no failure.
fn write_stdout(text: &str) -> Result<(), String> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(format!("cannot print: {error}"))
        }
        _ => Ok(()),
    }
}
