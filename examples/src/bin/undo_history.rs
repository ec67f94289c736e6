//! Undo and redo for a large text: every state in the history is a whole `CowVec<char>`, and costs
//! only the chunks in which it differs from its neighbours.
//!
//! ```text
//! cargo run --release -p cow-examples --bin undo_history
//! ```

use cow_collections::CowVec;
use cow_core::Arena;
use cow_examples::units::{bytes, count};

/// A text with its past, and with the future that was undone.
struct Editor {
    text: CowVec<char>,
    undo: Vec<CowVec<char>>,
    redo: Vec<CowVec<char>>,
}

impl Editor {
    fn open(text: CowVec<char>) -> Self {
        Self {
            text,
            undo: Vec::new(),
            redo: Vec::new(),
        }
    }

    /// Changes the text by any call a `Vec` has; the state before it can come back.
    fn edit(&mut self, change: impl FnOnce(&mut CowVec<char>)) {
        self.undo.push(self.text.snapshot());
        self.redo.clear();
        change(&mut self.text);
    }

    fn undo(&mut self) -> bool {
        let Some(earlier) = self.undo.pop() else {
            return false;
        };
        self.redo.push(std::mem::replace(&mut self.text, earlier));
        true
    }

    fn redo(&mut self) -> bool {
        let Some(later) = self.redo.pop() else {
            return false;
        };
        self.undo.push(std::mem::replace(&mut self.text, later));
        true
    }
}

fn main() {
    // An arena of its own tells what this program's text holds.
    let arena = Arena::builder().build();
    let mut text = CowVec::new_in(&arena);
    for line in 1..=20_000 {
        text.extend(format!("{line:>6}: all work and no play makes for a long file\n").chars());
    }
    let opened = text.snapshot();
    let mut editor = Editor::open(text);
    print_header();
    print_state("open the file", &editor, &arena);

    editor.edit(|text| {
        text.splice(500_000..500_000, "copy-on-write ".chars());
    });
    print_state("type a word in the middle", &editor, &arena);

    editor.edit(|text| {
        text.drain(100_000..200_000);
    });
    print_state("delete 100,000 characters", &editor, &arena);

    editor.edit(|text| {
        let mut swapped = text.split_off(text.len() / 2);
        swapped.append(text);
        *text = swapped;
    });
    print_state("swap the halves", &editor, &arena);

    editor.edit(|text| text.retain(|c| !c.is_ascii_digit()));
    print_state("remove every digit", &editor, &arena);

    editor.undo();
    print_state("undo", &editor, &arena);
    editor.undo();
    print_state("undo", &editor, &arena);
    editor.redo();
    print_state("redo", &editor, &arena);

    for i in 0..10_000 {
        let at = (i * 7_919) % editor.text.len();
        editor.edit(|text| text.insert(at, '*'));
    }
    print_state("10,000 single insertions", &editor, &arena);

    let states = editor.undo.iter().chain([&editor.text]);
    let eager: usize = states.map(|state| state.len() * size_of::<char>()).sum();
    println!(
        "\n{} states hold {} in all; clones of them would take {}",
        count(editor.undo.len() + 1),
        bytes(arena.stats().bytes_used),
        bytes(eager),
    );

    while editor.undo() {}
    assert!(
        editor.text == opened,
        "undoing everything leads back to the file as it was opened"
    );
    println!("undone to the start: the text is the file as it was opened");
    while editor.redo() {}
    assert_eq!(editor.text.iter().filter(|&&c| c == '*').count(), 10_000);
    println!("redone to the end: all 10,000 insertions are back");
}

fn print_header() {
    println!(
        "{:<27} {:>6} {:>5} {:>10}   of its memory, shared and",
        "", "", "", ""
    );
    println!(
        "{:<27} {:>6} {:>5} {:>10} {:>10} {:>10} {:>10}",
        "step", "undo", "redo", "characters", "shared", "its own", "all states"
    );
}

/// Prints what the text shares with the states around it, and what is its alone.
fn print_state(step: &str, editor: &Editor, arena: &Arena) {
    let memory = editor.text.memory();
    println!(
        "{step:<27} {:>6} {:>5} {:>10} {:>10} {:>10} {:>10}",
        count(editor.undo.len()),
        count(editor.redo.len()),
        count(editor.text.len()),
        bytes(memory.bytes_shared),
        bytes(memory.bytes_exclusive),
        bytes(arena.stats().bytes_used),
    );
}
