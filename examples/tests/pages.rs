//! The same work on real data in arenas of each page policy. What comes of it is compared with std's types
//! and so with each other: the policy may change what things cost, and nothing else.

use std::path::Path;

use cow_collections::{Arena, CowString, CowVec, Utf16Lines};
use cow_examples::flights::feed::Fed;
use cow_examples::flights::maps::{CowMaps, StdMaps};
use cow_examples::flights::{self, Flight, questions};
use cow_examples::heap::CountingHeap;
use cow_examples::pages::{Pages, measure, under_each};
use cow_examples::trace::Trace;
use jiff::civil::date;

#[global_allocator]
static HEAP: CountingHeap = CountingHeap::new();

/// Does work under each policy, which panics where it finds something wrong.
fn each(work: impl Fn(&Arena)) {
    let table = under_each(|arena| Ok(measure(arena, &HEAP, || work(arena)).1));
    let table = table.expect("no chunk is left");
    println!("{table}");
    assert_eq!(table.lines().count(), 1 + Pages::ALL.len());
}

fn flights() -> Vec<Flight> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/data/flights/flights-2013q1.csv.gz"
    );
    flights::read(path.as_ref()).expect("the file is bundled")
}

#[test]
fn maps_are_the_same_in_all_pages() {
    let flights = flights();
    let eager = Fed::run(StdMaps::default, &flights, &HEAP);
    let [from, to] = [date(2013, 2, 7), date(2013, 2, 9)];
    let [old, new] = [from, to].map(|date| eager.at_end_of(date).expect("there are flights"));
    each(|arena| {
        let cow = Fed::run(|| CowMaps::new_in(arena), &flights, &HEAP);
        assert_eq!(cow.days.len(), eager.days.len());
        for (ours, theirs) in cow.days.iter().zip(&eager.days).step_by(8) {
            questions::agree(&ours.maps, &theirs.maps).expect("the snapshots are the same");
        }
        let [our_old, our_new] = [from, to].map(|date| cow.at_end_of(date).expect("the same days"));
        assert_eq!(
            questions::moves(our_old, our_new),
            questions::moves(old, new)
        );
        assert_eq!(questions::delays(our_new, 100), questions::delays(new, 100));
        let morning = [6 * 60, 7 * 60];
        assert_eq!(
            questions::departures(our_old, from, morning),
            questions::departures(old, from, morning)
        );
    });
}

/// A flight as plain words.
fn row(flight: &Flight) -> [u32; 8] {
    let delay = |minutes: Option<i16>| minutes.map_or(u32::MAX, |m| i32::from(m).cast_unsigned());
    [
        flight.date.day_of_year().unsigned_abs().into(),
        flight.departed.map_or(u32::MAX, u32::from),
        delay(flight.departure_delay),
        delay(flight.arrival_delay),
        flight.number.number.into(),
        u32::from(flight.aircraft.is_some()),
        0,
        0,
    ]
}

#[test]
fn vectors_are_the_same_in_all_pages() {
    // More than 2 MiB of them.
    let loaded: Vec<[u32; 8]> = flights().iter().map(row).collect();
    assert!(size_of_val(loaded.as_slice()) > 2 << 20);
    each(|arena| {
        let mut rows = CowVec::new_in(arena);
        rows.extend_from_slice(&loaded);
        let mut model = loaded.clone();
        let mut kept = vec![(rows.snapshot(), model.clone())];
        for day in (10..=90).step_by(20) {
            // What is corrected lies beside each other; what is marked, all over the vector.
            for i in 0..model.len() {
                if model[i][0] == day || (model[i][4] + day).is_multiple_of(997) {
                    rows[i][6] += day;
                    model[i][6] += day;
                }
            }
            kept.push((rows.snapshot(), model.clone()));
            // Cancelled flights of the day go, and come in again at the end.
            let is_gone = |row: &[u32; 8]| row[0] == day && row[1] == u32::MAX;
            let gone: Vec<[u32; 8]> = model.iter().copied().filter(is_gone).collect();
            rows.retain(|row| !is_gone(row));
            model.retain(|row| !is_gone(row));
            rows.extend(gone.iter().copied());
            model.extend(gone);
            let half = rows.split_off(rows.len() / 2);
            rows.append(&mut half.snapshot());
            rows.truncate(rows.len() - 1);
            model.pop();
        }
        kept.push((rows, model));
        for (number, (rows, model)) in kept.iter().enumerate() {
            assert!(rows == model, "version {number}");
        }
        let (last, model) = kept.swap_remove(0);
        drop(kept);
        let mut saved = Vec::new();
        let stream = last.into_chunks().write_to(&mut saved);
        stream.expect("a Vec takes all");
        let read = CowVec::<[u32; 8]>::read_from_in(arena, &saved[..]);
        assert!(read.expect("it is what was written") == model);
    });
}

#[test]
fn texts_are_the_same_in_all_pages() {
    const EDITS: usize = 60_000;
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/data/editing-traces/automerge-paper.json.gz"
    );
    let trace = Trace::read(Path::new(path)).expect("the trace is bundled");
    let mut model: Vec<char> = trace.start().to_vec();
    let mut states: Vec<String> = Vec::new();
    for edits in trace.edits()[..EDITS].chunks(1000) {
        for edit in edits {
            let range = edit.at..edit.at + edit.removed;
            model.splice(range, edit.inserted.iter().copied());
        }
        states.push(model.iter().collect());
    }
    each(|arena| {
        let mut text = CowString::<Utf16Lines>::with_metrics_in(arena);
        text.extend(trace.start());
        let mut chars = CowVec::new_in(arena);
        chars.extend_from_slice(trace.start());
        let mut snapshots = Vec::new();
        for edits in trace.edits()[..EDITS].chunks(1000) {
            for edit in edits {
                let inserted: String = edit.inserted.iter().collect();
                let range = edit.at..edit.at + edit.removed;
                let bytes = text.char_to_byte(range.start)..text.char_to_byte(range.end);
                text.replace_range(bytes, &inserted);
                chars.splice(range, edit.inserted.iter().copied());
            }
            snapshots.push((text.snapshot(), chars.snapshot()));
        }
        assert_eq!(snapshots.len(), states.len());
        for ((text, chars), state) in snapshots.iter().zip(&states) {
            assert!(*text == **state && chars.iter().copied().eq(state.chars()));
        }
        let mut saved = Vec::new();
        let stream = text.into_chunks().write_to(&mut saved);
        stream.expect("a Vec takes all");
        let read = CowString::<Utf16Lines>::read_from_in(arena, &saved[..]);
        let read = read.expect("it is what was written");
        assert!(Some(&String::from(&read)) == states.last());
    });
}
