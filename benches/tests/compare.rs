//! The command line of `compare`, and what it leaves behind.

use std::env;
use std::fs;
use std::process::{Command, Output};

fn compare(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_compare"))
        .args(args)
        .output()
        .expect("the program starts")
}

#[test]
fn bad_arguments_exit_with_2_and_say_why() {
    for (args, named) in [
        (&["--fast"][..], "--fast"),
        (&["--filter"], "--filter"),
        (&["--filter", "no such work"], "no such work"),
        (&["--out", "no/such/folder/x.html"], "no/such/folder"),
    ] {
        let output = compare(args);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {stderr}");
        assert!(
            stderr.starts_with("error: ") && stderr.contains(named),
            "{args:?}: {stderr}"
        );
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn help_names_every_option() {
    let output = compare(&["--help"]);
    assert!(output.status.success());
    let stdout = String::from_utf8_lossy(&output.stdout);
    for option in ["--quick", "--filter", "--out", "--help"] {
        assert!(stdout.contains(option), "{option} is missing");
    }
}

#[test]
fn the_report_stands_alone_and_shows_what_was_asked_for() {
    let out = env::temp_dir().join(format!("compare-{}.html", std::process::id()));
    let shown = out
        .to_str()
        .expect("the temporary directory has a plain name");
    let output = compare(&[
        "--quick",
        "--filter",
        "vec_snapshot_write/1000",
        "--out",
        shown,
    ]);
    let page = fs::read_to_string(&out).expect("the report was written");
    fs::remove_file(&out).expect("the report can be removed");

    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    for contender in ["CowVec", "Vec", "Arc<Vec>", "imbl", "rpds", "ecow"] {
        assert!(
            stdout.contains(contender),
            "{contender} is missing:\n{stdout}"
        );
    }
    assert!(page.contains("<svg") && page.contains("snapshot + 1 random write"));
    assert!(!page.contains("get, dependent chain"));
    for outside in ["http:", "https:", "src=", "@import", "url("] {
        assert!(!page.contains(outside), "the page refers to {outside}");
    }
}
