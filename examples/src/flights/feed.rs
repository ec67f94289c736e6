//! Feeding flights into maps, and keeping a snapshot of every day.

use std::time::{Duration, Instant};

use jiff::civil::Date;

use super::Flight;
use super::maps::{Departure, Map, Maps, Punctuality, Sighting, Slot};
use crate::heap::CountingHeap;

/// What one contender ended with, and what it took.
pub struct Fed<M> {
    /// The maps as they were at the end of each day.
    pub days: Vec<Day<M>>,
    /// Time spent writing, the first writes after a snapshot among them.
    pub feeding: Duration,
    /// Time spent taking snapshots.
    pub snapshotting: Duration,
    /// Heap bytes held by maps and snapshots at the end of each day.
    pub held_bytes: Vec<usize>,
    /// The most heap bytes that maps and snapshots held at once.
    pub peak_bytes: usize,
}

/// The maps as they were at the end of a day.
pub struct Day<M> {
    /// The day.
    pub date: Date,
    /// The maps.
    pub maps: M,
}

impl<M: Maps> Fed<M> {
    /// Feeds flights in time order into the maps that `create` makes.
    ///
    /// The sampling of the heap is not timed.
    pub fn run(create: impl FnOnce() -> M, flights: &[Flight], heap: &CountingHeap) -> Self {
        let of_a_day = || flights.chunk_by(|a, b| a.date == b.date);
        let mut held_bytes = Vec::with_capacity(of_a_day().count());
        let mut feeding = Duration::ZERO;
        let mut snapshotting = Duration::ZERO;
        let mut nth = 0;

        let start_bytes = heap.live_bytes();
        let (days, peak_bytes) = heap.peak_of(|| {
            let mut maps = create();
            let mut days = Vec::with_capacity(held_bytes.capacity());
            for flights in of_a_day() {
                let start = Instant::now();
                for flight in flights {
                    record(&mut maps, flight, nth);
                    nth += 1;
                }
                let fed = Instant::now();
                days.push(Day {
                    date: flights[0].date,
                    maps: maps.clone(),
                });
                snapshotting += fed.elapsed();
                feeding += fed - start;
                held_bytes.push(heap.live_bytes().saturating_sub(start_bytes));
            }
            days
        });
        Self {
            days,
            feeding,
            snapshotting,
            held_bytes,
            peak_bytes,
        }
    }

    /// Returns the time of writes and snapshots.
    pub fn total(&self) -> Duration {
        self.feeding + self.snapshotting
    }

    /// Returns the maps as they were at the end of a day, if there were flights.
    pub fn at_end_of(&self, date: Date) -> Option<&M> {
        let found = self.days.binary_search_by_key(&date, |day| day.date).ok()?;
        Some(&self.days[found].maps)
    }
}

/// Writes one flight into all three maps.
fn record(maps: &mut impl Maps, flight: &Flight, nth: u32) {
    let (aircraft, routes, departures) = maps.all_mut();
    let punctuality = routes.or_default(flight.route);
    let Some(minute) = flight.departed else {
        punctuality.cancelled += 1;
        return;
    };
    note_delay(punctuality, flight.departure_delay.unwrap_or(0));
    let at = Slot {
        date: flight.date,
        minute,
        nth,
    };
    let departure = Departure {
        number: flight.number,
        route: flight.route,
        delay: flight.departure_delay,
    };
    departures.insert(at, departure);
    if let Some(registration) = &flight.aircraft {
        let sighting = Sighting {
            at,
            place: flight.route.to,
            delay: flight.arrival_delay.or(flight.departure_delay),
        };
        aircraft.insert(registration.clone(), sighting);
    }
}

fn note_delay(punctuality: &mut Punctuality, delay: i16) {
    punctuality.departed += 1;
    punctuality.minutes_late += i64::from(delay);
    punctuality.longest = punctuality.longest.max(delay);
}
