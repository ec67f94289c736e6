//! The `flights` program from outside: what it prints, what it refuses, and how it exits.

use std::ffi::OsStr;
use std::fs;
use std::process::Command;

const HEAD: &str = "month,day,dep_time,sched_dep_time,dep_delay,arr_time,arr_delay,carrier,flight,\
    tailnum,origin,dest,air_time,distance\n";

const LINES: &str = "\
2,7,605,600,5,800,5,UA,1,N1,EWR,IAH,,
2,7,610,600,10,900,20,UA,2,N2,EWR,MIA,,
2,7,,900,,,,UA,4,,EWR,IAH,,
2,8,1,2359,2,,,UA,5,N3,JFK,BQN,,
2,9,700,700,-5,900,-9,UA,6,N2,JFK,BOS,,
";

/// What the program left behind.
struct Outcome {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

fn flights<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Outcome {
    let output = Command::new(env!("CARGO_BIN_EXE_flights"))
        // Not where the bundled file is.
        .current_dir(std::env::temp_dir())
        .args(args)
        .output()
        .expect("the program starts");
    let utf8 = |bytes| String::from_utf8(bytes).expect("it prints UTF-8");
    Outcome {
        code: output.status.code(),
        stdout: utf8(output.stdout),
        stderr: utf8(output.stderr),
    }
}

/// Runs the program on a file of these lines.
fn flights_of(lines: &str, args: &[&str]) -> Outcome {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join("departures.csv");
    fs::write(&path, format!("{HEAD}{lines}")).expect("the folder is writable");
    let path = [path.as_os_str()];
    flights(args.iter().map(AsRef::as_ref).chain(path))
}

#[test]
fn snapshots_answer_across_days() {
    let Outcome {
        code,
        stdout,
        stderr,
    } = flights_of(LINES, &[]);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    for part in [
        "departures.csv: 5 flights from 2013-02-07 to 2013-02-09",
        "3 aircraft, 4 routes, 4 departures",
        "3 snapshots",
        "peak memory ",
        "1 of 2, besides 1 seen for the first time",
        "N2      MIA -> BOS",
        "2013-02-09         4          1   3.0 min    10 min",
        "Which of the 2 departures between 6:00 and 7:00 on 2013-02-07",
        "6:10 UA 2     EWR to MIA, 10 min late",
        "\nbase ",
        "\ntransparent ",
        "the same in all pages",
    ] {
        assert!(stdout.contains(part), "{part:?} in\n{stdout}");
    }
}

#[test]
fn pages_that_are_asked_for_are_the_only_ones() {
    let Outcome {
        code,
        stdout,
        stderr,
    } = flights_of(LINES, &["--pages", "base"]);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert!(stdout.contains("3 snapshots"), "{stdout}");
    assert!(!stdout.contains("in all pages"), "{stdout}");
}

#[test]
fn the_plot_is_written_where_it_is_asked_for() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let plot = folder.path().join("plot.svg");
    let shown = plot.to_str().expect("a plain name");
    let Outcome { code, stderr, .. } = flights_of(LINES, &["--svg", shown]);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    let svg = fs::read_to_string(plot).expect("the plot was written");
    assert!(svg.starts_with("<svg") && svg.contains("days"), "{svg}");
}

#[test]
fn bad_usage_exits_with_2_and_bad_input_with_1() {
    for (args, lines, code, named) in [
        (&["--fast"][..], LINES, 2, "--fast"),
        (&["--from", "yesterday"], LINES, 2, "yesterday"),
        (&["--pages", "small"], LINES, 2, "small"),
        (
            &["--from", "2013-02-09", "--to", "2013-02-07"],
            LINES,
            2,
            "after",
        ),
        (&["--from", "2013-02-06"], LINES, 1, "2013-02-06"),
        (
            &["--svg", "no/such/folder/x.svg"],
            LINES,
            1,
            "no/such/folder",
        ),
        (&[], "", 1, "no flights"),
        (&[], "2,30,,,,,,UA,1,,EWR,IAH,,\n", 1, "line 2"),
    ] {
        let outcome = flights_of(lines, args);
        assert_eq!(outcome.code, Some(code), "{args:?}: {}", outcome.stderr);
        assert_eq!(outcome.stdout, "");
        assert!(
            outcome.stderr.starts_with("flights: "),
            "{}",
            outcome.stderr
        );
        assert!(
            outcome.stderr.contains(named),
            "{args:?}: {}",
            outcome.stderr
        );
    }
    assert_eq!(flights(["no such file"]).code, Some(1));
}

#[test]
fn the_bundled_file_is_found_from_anywhere() {
    let Outcome {
        code,
        stdout,
        stderr,
    } = flights(["--help"]);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert!(stdout.contains("--from"), "{stdout}");

    let outcome = flights::<&str>([]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""));
    for part in ["80,789 flights", "90 snapshots", "78,146 departures"] {
        assert!(
            outcome.stdout.contains(part),
            "{part:?} in\n{}",
            outcome.stdout
        );
    }
}
