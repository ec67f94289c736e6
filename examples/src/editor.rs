//! An editing session: a text with its past, its undone future, and checkpoints by name.
//!
//! Every state is a whole text that shares with its neighbours what did not change. Beside it runs a
//! `String`, which is given the same edits: what it was at each state is kept as a fingerprint, and
//! every way back and forth is held against that.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::ops::Range;

use cow_collections::{CowString, Utf16Lines};

/// A text that counts characters and lines, as editors do.
pub type Text = CowString<Utf16Lines>;

/// A text that can go back and forth.
#[derive(Debug)]
pub struct Session {
    text: Text,
    model: String,
    undo: Vec<State>,
    redo: Vec<State>,
    checkpoints: Vec<Checkpoint>,
    edits: usize,
}

/// A text as it was, and what the model said of it.
#[derive(Clone, Debug)]
struct State {
    text: Text,
    edits: usize,
    fingerprint: u64,
}

/// A state with a name.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// What the user called it.
    pub name: String,
    /// The text.
    pub text: Text,
    /// How many edits led to it.
    pub edits: usize,
}

impl Session {
    /// Begins with a text, whose arena all states stay in.
    #[must_use]
    pub fn open(text: Text) -> Self {
        let mut session = Self {
            model: String::from(&text),
            text,
            undo: Vec::new(),
            redo: Vec::new(),
            checkpoints: Vec::new(),
            edits: 0,
        };
        session.commit();
        session
    }

    /// The text as it is.
    #[must_use]
    pub fn text(&self) -> &Text {
        &self.text
    }

    /// How many edits were made.
    #[must_use]
    pub fn edits(&self) -> usize {
        self.edits
    }

    /// How many states lie behind, and how many ahead.
    #[must_use]
    pub fn states(&self) -> (usize, usize) {
        (self.undo.len() - 1, self.redo.len())
    }

    /// The checkpoints, oldest first.
    #[must_use]
    pub fn checkpoints(&self) -> &[Checkpoint] {
        &self.checkpoints
    }

    /// Bytes that copies of all states and checkpoints would take.
    #[must_use]
    pub fn bytes_of_copies(&self) -> usize {
        let states = self.undo.iter().chain(&self.redo);
        let lens = states.map(|state| state.text.len());
        lens.chain(self.checkpoints.iter().map(|point| point.text.len()))
            .sum()
    }

    /// Puts `with` in the place of some characters.
    ///
    /// # Panics
    ///
    /// If there are no such characters.
    pub fn replace(&mut self, chars: Range<usize>, with: &str) {
        let bytes = self.text.char_to_byte(chars.start)..self.text.char_to_byte(chars.end);
        self.text.replace_range(bytes.clone(), with);
        self.model.replace_range(bytes, with);
        self.edits += 1;
    }

    /// Ends a step: undo goes from here to the state before it. What was undone is gone.
    pub fn commit(&mut self) {
        self.redo.clear();
        self.undo.push(State {
            text: self.text.snapshot(),
            edits: self.edits,
            fingerprint: fingerprint(self.model.as_bytes()),
        });
    }

    /// Keeps the last state under a name.
    pub fn checkpoint(&mut self, name: impl Into<String>) {
        self.checkpoints.push(Checkpoint {
            name: name.into(),
            text: self.text.snapshot(),
            edits: self.edits,
        });
    }

    /// Goes back by a step, if there is one.
    ///
    /// # Errors
    ///
    /// When the text is not what it was.
    pub fn undo(&mut self) -> Result<bool, String> {
        if self.undo.len() < 2 {
            return Ok(false);
        }
        self.redo.extend(self.undo.pop());
        self.restore()?;
        Ok(true)
    }

    /// Goes forth by a step that was undone, if there is one.
    ///
    /// # Errors
    ///
    /// When the text is not what it was.
    pub fn redo(&mut self) -> Result<bool, String> {
        let Some(state) = self.redo.pop() else {
            return Ok(false);
        };
        self.undo.push(state);
        self.restore()?;
        Ok(true)
    }

    /// Makes the last state the text, and looks whether it is what the model was.
    fn restore(&mut self) -> Result<(), String> {
        let Some(state) = self.undo.last() else {
            return Ok(());
        };
        self.text = state.text.snapshot();
        self.edits = state.edits;
        self.model = String::from(&self.text);
        if fingerprint(self.model.as_bytes()) != state.fingerprint {
            return Err(format!("the state after {} edits has changed", state.edits));
        }
        Ok(())
    }

    /// Lets go of all states but the last: there is nothing to undo and redo any more.
    pub fn forget(&mut self) {
        self.undo.drain(..self.undo.len() - 1);
        self.redo.clear();
    }

    /// Compares the text with the model.
    ///
    /// # Errors
    ///
    /// When they differ.
    pub fn check(&self) -> Result<(), String> {
        if self.text != *self.model {
            return Err(format!("after {} edits the text is wrong", self.edits));
        }
        Ok(())
    }
}

fn fingerprint(bytes: &[u8]) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_back_and_forth() {
        let mut text = Text::with_metrics();
        text.push_str("größer");
        let mut session = Session::open(text);
        session.replace(2..4, "");
        session.replace(0..0, "viel ");
        session.check().unwrap();
        session.commit();
        session.checkpoint("much");
        session.replace(0..5, "");
        session.commit();
        assert_eq!(*session.text(), "grer");
        assert_eq!(session.states(), (2, 0));

        assert_eq!(session.undo(), Ok(true));
        assert_eq!(*session.text(), "viel grer");
        assert_eq!(session.undo(), Ok(true));
        assert_eq!(*session.text(), "größer");
        assert_eq!(session.undo(), Ok(false));
        assert_eq!(session.redo(), Ok(true));
        session.replace(9..9, "!");
        session.commit();
        assert_eq!(session.redo(), Ok(false), "the other future is gone");
        assert_eq!(*session.text(), "viel grer!");
        assert_eq!(session.checkpoints()[0].text, "viel grer");
    }
}
