//! The command line.

use std::env;
use std::path::{Path, PathBuf};

use lexopt::prelude::*;

pub(crate) const USAGE: &str = "\
Usage: compare [--quick] [--filter TEXT] [--out FILE]
Try --help for what these do.";

pub(crate) const HELP: &str = "\
Runs each collection and its contenders side by side: prints tables of medians
with ratios, and writes a report with plots. Takes some minutes.

Usage: compare [--quick] [--filter TEXT] [--out FILE]

  --quick        fewer sizes and less time for each, in well under a minute
  --filter TEXT  only what has TEXT in its name, such as vec_,
                 vec_string_snapshot or get_random/1000000
  --out FILE     where to write the report, an HTML file that needs no other
                 (default: compare.html beside this program)
  --help         print this
";

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Request {
    Help,
    Run(Args),
}

/// How to run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Args {
    pub(crate) quick: bool,
    pub(crate) filter: Option<String>,
    pub(crate) out: PathBuf,
}

/// Reads the command line.
pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Request, lexopt::Error> {
    let mut args = Args {
        quick: false,
        filter: None,
        out: default_out(),
    };
    while let Some(arg) = parser.next()? {
        match arg {
            Long("quick") => args.quick = true,
            Long("filter") => args.filter = Some(parser.value()?.string()?),
            Long("out") => args.out = parser.value()?.into(),
            Short('h') | Long("help") => return Ok(Request::Help),
            _ => return Err(arg.unexpected()),
        }
    }
    check_out(&args.out)?;
    Ok(Request::Run(args))
}

fn default_out() -> PathBuf {
    let program = env::current_exe().unwrap_or_default();
    program.with_file_name("compare.html")
}

/// Finds out before the measurements, not after them, that the report has no place to go.
fn check_out(out: &Path) -> Result<(), lexopt::Error> {
    let shown = out.display();
    if out.as_os_str().is_empty() || out.is_dir() {
        return Err(format!("--out needs the name of a file, but '{shown}' is a directory").into());
    }
    match out.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => Err(format!(
            "--out '{shown}': there is no directory '{}'",
            folder.display()
        )
        .into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(args: &[&str]) -> Result<Request, String> {
        parse(lexopt::Parser::from_args(args)).map_err(|error| error.to_string())
    }

    #[test]
    fn options_are_read_in_both_forms() {
        let expected = Request::Run(Args {
            quick: true,
            filter: Some("get".to_owned()),
            out: PathBuf::from("x.html"),
        });
        let apart = parsed(&["--quick", "--filter", "get", "--out", "x.html"]);
        let joined = parsed(&["--out=x.html", "--filter=get", "--quick"]);
        assert_eq!(apart.as_ref(), Ok(&expected));
        assert_eq!(joined.as_ref(), Ok(&expected));
        assert_eq!(parsed(&["--quick", "-h"]), Ok(Request::Help));
    }

    #[test]
    fn bad_arguments_are_named() {
        for (args, named) in [
            (&["--fast"][..], "--fast"),
            (&["more"], "more"),
            (&["--quick=yes"], "--quick"),
            (&["--filter"], "--filter"),
            (&["--out", "."], "directory"),
            (&["--out", ""], "file"),
            (&["--out", "no/such/folder/x.html"], "no/such/folder"),
        ] {
            let error = parsed(args).unwrap_err();
            assert!(error.contains(named), "{args:?}: {error}");
        }
    }
}
