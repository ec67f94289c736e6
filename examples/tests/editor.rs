//! The program `editor`: its command line, and a session of a text.

use std::fs;
use std::process::{Command, Output};

fn editor(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_editor"))
        .args(args)
        .output()
        .expect("the program starts")
}

#[test]
fn a_text_is_edited_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text.md");
    fs::write(&path, "# Größer\n\na line of the text\n".repeat(200)).unwrap();
    let output = editor(&["--step", "1000", "--lines", "5", path.to_str().unwrap()]);
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{stdout}");
    assert!(stdout.contains("every state is what String says"));
    assert!(stdout.contains("\nbase ") && stdout.contains("the same, in all pages"));
    assert!(stdout.contains("--- almost\n+++ the end\n@@ "));
}

#[test]
fn a_short_session_has_all_its_checkpoints() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("session.json");
    let json = r#"{ "startContent": "ho", "endContent": "hi!",
                    "txns": [{ "patches": [[1, 1, "i"], [2, 0, "!"]] }] }"#;
    fs::write(&path, json).unwrap();
    let output = editor(&[path.to_str().unwrap()]);
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{stdout}");
    assert!(
        stdout.ends_with("-hi\n\\ No newline at end of file\n+hi!\n\\ No newline at end of file\n"),
        "{stdout}"
    );
}

#[test]
fn what_cannot_be_opened_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bytes.txt");
    fs::write(&path, b"text\xff").unwrap();
    for (args, code, named) in [
        (&["no/such/file"][..], 1, "no/such/file"),
        (&[path.to_str().unwrap()], 1, "index 4"),
        (&["--step", "0"], 2, "--step"),
        (&["--pages", "small"], 2, "small"),
        (&["--fast"], 2, "--fast"),
    ] {
        let output = editor(args);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {stderr}");
        assert!(
            stderr.starts_with("editor: ") && stderr.contains(named),
            "{stderr}"
        );
    }
}
