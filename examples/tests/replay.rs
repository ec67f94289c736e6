//! The `replay` program from outside: what it prints, what it refuses, and how it exits.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;

const HELLO: &str = r#"{"startContent":"","endContent":"héllo, wörld!","txns":[
    {"time":"2024-01-01T00:00:00Z","patches":[[0,0,"h"],[1,0,"e"],[2,0,"llo, wörld"]]},
    {"patches":[[12,0,"?"],[1,1,"é"]]},
    {"patches":[[12,1,""],[12,0,"!"]]}]}"#;

/// What the program left behind.
struct Outcome {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

fn replay<A: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = A>) -> Outcome {
    let mut command = Command::new(env!("CARGO_BIN_EXE_replay"));
    // Not where the bundled traces are.
    let output = command
        .current_dir(std::env::temp_dir())
        .args(args)
        .output();
    let output = output.expect("the program starts");
    let utf8 = |bytes| String::from_utf8(bytes).expect("it prints UTF-8");
    Outcome {
        code: output.status.code(),
        stdout: utf8(output.stdout),
        stderr: utf8(output.stderr),
    }
}

/// A file that goes with its folder.
struct File {
    _folder: TempDir,
    path: PathBuf,
}

fn file(bytes: &[u8]) -> File {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join("trace");
    fs::write(&path, bytes).expect("the folder is writable");
    File {
        _folder: folder,
        path,
    }
}

fn gzip(json: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(json.as_bytes()).expect("a Vec takes all");
    encoder.finish().expect("a Vec takes all")
}

/// Asserts that the trace is refused with exit code 1 and one line that names the file and `why`.
fn refused(path: &Path, why: &str) {
    let Outcome {
        code,
        stdout,
        stderr,
    } = replay([path]);
    assert_eq!(code, Some(1), "{stderr}");
    assert_eq!(stdout, "");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(
        stderr.starts_with(&format!("replay: {}: ", path.display())),
        "{stderr}"
    );
    assert!(stderr.contains(why), "{why:?} in {stderr}");
}

#[test]
fn a_good_trace_is_replayed_and_checked() {
    for bytes in [gzip(HELLO), HELLO.into()] {
        let file = file(&bytes);
        let Outcome {
            code,
            stdout,
            stderr,
        } = replay(["--every".as_ref(), "2".as_ref(), file.path.as_os_str()]);
        assert_eq!((code, stderr.as_str()), (Some(0), ""));
        for part in [
            "trace: 7 edits, 13 characters at the end",
            "3 snapshots",
            "time in edits ",
            "time in snapshots ",
            "total time ",
            "peak memory ",
            "bytes copied ",
            "3 snapshots of the CowVec",
            "memory held, trace, a snapshot every 2 edits",
            "\nbase ",
            "\ntransparent ",
            "the same in all pages",
        ] {
            assert!(stdout.contains(part), "{part:?} in\n{stdout}");
        }
    }
}

#[test]
fn eager_clones_copy_every_character_at_every_snapshot() {
    // Lengths 2, 13 and 12 after edits 2, 4 and 6, of 4 bytes each.
    let file = file(HELLO.as_bytes());
    let Outcome { stdout, .. } = replay(["--every=2".as_ref(), file.path.as_os_str()]);
    let row = stdout
        .lines()
        .find(|line| line.starts_with("bytes copied"))
        .expect("the row");
    assert!(row.contains("108 B"), "{row}");
}

#[test]
fn a_start_content_is_kept() {
    let file = file(
        br#"{"startContent":"0123456789","endContent":"0456789","txns":[{"patches":[[1,3,""]]}]}"#,
    );
    let Outcome { code, stderr, .. } = replay([&file.path]);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
}

#[test]
fn a_trace_without_edits_has_no_snapshots() {
    let file = file(br#"{"startContent":"","endContent":"","txns":[]}"#);
    let Outcome {
        code,
        stdout,
        stderr,
    } = replay([&file.path]);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert!(stdout.contains("0 snapshots"), "{stdout}");
}

#[test]
fn the_bundled_trace_is_found_from_anywhere() {
    let Outcome {
        code,
        stdout,
        stderr,
    } = replay(["--every", "1000000"]);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert!(
        stdout.contains("automerge-paper.json.gz: 259,778 edits"),
        "{stdout}"
    );
}

#[test]
fn the_plot_can_be_written_as_svg() {
    let trace = file(HELLO.as_bytes());
    let svg = trace.path.with_extension("svg");
    let args = ["--svg".as_ref(), svg.as_os_str(), trace.path.as_os_str()];
    let Outcome { code, stderr, .. } = replay(args);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    let svg = fs::read_to_string(svg).expect("the plot was written");
    assert!(
        svg.starts_with("<svg") && svg.contains("CowVec&lt;char&gt;"),
        "{svg}"
    );
}

#[test]
fn a_file_that_cannot_be_read_is_refused() {
    let file = file(b"");
    refused(&file.path.with_extension("missing"), "cannot read the file");
    refused(
        file.path.parent().expect("it is in a folder"),
        "cannot read the file",
    );
}

#[test]
fn damaged_gzip_is_refused() {
    let whole = gzip(HELLO);
    for len in [2, 5, 12, whole.len() / 2, whole.len() - 1] {
        refused(&file(&whole[..len]).path, "damaged gzip data");
    }
    let mut wrong_checksum = whole.clone();
    wrong_checksum[whole.len() - 8] ^= 1;
    refused(&file(&wrong_checksum).path, "damaged gzip data");
    refused(
        &file(&[whole.as_slice(), b"and more"].concat()).path,
        "damaged gzip data",
    );
}

#[test]
fn what_is_not_a_trace_is_refused() {
    for (bytes, why) in [
        (&b""[..], "EOF"),
        (b"\xff\xfe\x00\x01", "expected value"),
        (b"PK\x03\x04 a zip", "expected value"),
        (b"[1, 2", "expected"),
        (b"[]", "expected an object with startContent"),
        (b"{}", "missing field `startContent`"),
        (
            br#"{"startContent":"","endContent":""}"#,
            "missing field `txns`",
        ),
        (
            br#"{"startContent":"","endContent":7,"txns":[]}"#,
            "expected a string",
        ),
        (
            br#"{"startContent":"","endContent":"","txns":[{}]}"#,
            "missing field `patches`",
        ),
        (&HELLO.as_bytes()[..HELLO.len() - 1], "EOF"),
    ] {
        refused(&file(bytes).path, "not an editing trace in JSON");
        refused(&file(bytes).path, why);
    }
    for patch in [
        "[0,0]",
        r#"[0,0,"a",1]"#,
        r#"[-1,0,"a"]"#,
        r#"[0.5,0,"a"]"#,
        "[0,0,null]",
        "7",
    ] {
        let json =
            format!(r#"{{"startContent":"","endContent":"","txns":[{{"patches":[{patch}]}}]}}"#);
        refused(&file(json.as_bytes()).path, "not an editing trace in JSON");
    }
}

#[test]
fn an_edit_out_of_range_is_named() {
    for (patches, why) in [
        (
            r#"[1,0,"a"]"#,
            "edit 1 is out of range: it removes 0 characters at 1 from a text of 0",
        ),
        (
            r#"[0,0,"ab"],[1,2,""]"#,
            "edit 2 is out of range: it removes 2 characters at 1",
        ),
        (
            r#"[0,0,"é"],[0,1,""],[18446744073709551615,1,""]"#,
            "edit 3 is out of range",
        ),
    ] {
        let json =
            format!(r#"{{"startContent":"","endContent":"","txns":[{{"patches":[{patches}]}}]}}"#);
        refused(&file(json.as_bytes()).path, why);
    }
}

#[test]
fn a_wrong_end_is_noticed() {
    let json = HELLO.replace("wörld!", "world!");
    refused(
        &file(json.as_bytes()).path,
        "differs from endContent at character 8",
    );
}

#[test]
fn clones_beyond_the_memory_limit_are_refused() {
    let long = "a".repeat(300_000);
    let json = format!(
        r#"{{"startContent":"","endContent":"{long}b","txns":[{{"patches":[[0,0,"{long}"],[300000,0,"b"]]}}]}}"#
    );
    let file = file(json.as_bytes());
    let run = |limit: &str| replay(["--every=1".as_ref(), limit.as_ref(), file.path.as_os_str()]);
    let refused = run("--max-memory=1");
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.stderr.contains("need 2.3 MiB"),
        "{}",
        refused.stderr
    );
    assert_eq!(run("--max-memory=3").code, Some(0));
}

#[test]
fn a_plot_that_cannot_be_written_is_refused_before_the_work() {
    let trace = file(HELLO.as_bytes());
    let svg = trace.path.join("plot.svg");
    let Outcome {
        code,
        stdout,
        stderr,
    } = replay(["--svg".as_ref(), svg.as_os_str(), trace.path.as_os_str()]);
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    assert!(
        stderr.starts_with(&format!("replay: {}: cannot write", svg.display())),
        "{stderr}"
    );
}

#[test]
fn bad_usage_exits_with_2() {
    for args in [
        &["--bogus"][..],
        &["-x"],
        &["--every"],
        &["--every", "0"],
        &["--every", "-1"],
        &["--every", "many"],
        &["--max-memory", "1.5"],
        &["--pages", "small"],
        &["--svg"],
        &["one", "two"],
    ] {
        let Outcome {
            code,
            stdout,
            stderr,
        } = replay(args);
        assert_eq!((code, stdout.as_str()), (Some(2), ""), "{args:?}");
        assert!(
            stderr.starts_with("replay: ") && stderr.lines().count() == 1,
            "{stderr}"
        );
    }
}

#[test]
fn help_tells_every_option() {
    for arg in ["-h", "--help"] {
        let Outcome {
            code,
            stdout,
            stderr,
        } = replay([arg]);
        assert_eq!((code, stderr.as_str()), (Some(0), ""));
        for option in [
            "--every",
            "--svg",
            "--max-memory",
            "--pages",
            "--help",
            "TRACE",
        ] {
            assert!(stdout.contains(option), "{option} in\n{stdout}");
        }
    }
}
