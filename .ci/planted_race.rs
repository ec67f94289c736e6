//! Two threads that write one word at the same time: ThreadSanitizer has to find it, whatever
//! `tsan.supp` tells it to pass over.

use std::{cell::UnsafeCell, sync::Arc, thread};

struct Word(UnsafeCell<u64>);

// SAFETY: there is none: this is the race.
unsafe impl Sync for Word {}

fn main() {
    let word = Arc::new(Word(UnsafeCell::new(0)));
    let threads = [1, 2].map(|value| {
        let word = Arc::clone(&word);
        thread::spawn(move || {
            // SAFETY: there is none.
            unsafe { word.0.get().write(value) }
        })
    });
    for thread in threads {
        thread.join().expect("the thread only writes");
    }
}
