//! What the snapshots are asked, the same for every contender.

use std::cmp::Reverse;
use std::fmt::Debug;

use jiff::civil::Date;

use super::maps::{Departure, Map, Maps, OrderedMap, Punctuality, Slot};
use super::{Airport, Route};

/// Which aircraft were elsewhere at the end of a later day.
#[derive(Debug, PartialEq, Eq)]
pub struct Moves {
    /// Those that were seen before, by registration.
    pub moved: Vec<Move>,
    /// How many were seen for the first time.
    pub first_seen: usize,
}

/// An aircraft that was elsewhere.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Move {
    /// Its registration.
    pub aircraft: String,
    /// Where it was headed last on the earlier day, or before.
    pub from: Airport,
    /// The same of the later day.
    pub to: Airport,
}

/// Finds the aircraft that moved from one version of the maps to another.
pub fn moves<M: Maps>(old: &M, new: &M) -> Moves {
    let (mut moved, mut first_seen) = (Vec::new(), 0);
    for change in new.aircraft().changes(old.aircraft()) {
        match change.old {
            None => first_seen += 1,
            Some(old) if old.place == change.new.place => {}
            Some(old) => moved.push(Move {
                aircraft: change.key,
                from: old.place,
                to: change.new.place,
            }),
        }
    }
    moved.sort_unstable();
    Moves { moved, first_seen }
}

/// How punctual the flights were up to some day.
#[derive(Debug, PartialEq, Eq)]
pub struct Delays {
    /// All flights together.
    pub all: Punctuality,
    /// The routes with enough flights, by falling mean delay.
    pub worst: Vec<(Route, Punctuality)>,
}

/// Sums up the routes, and ranks those with at least `enough` departures.
pub fn delays<M: Maps>(maps: &M, enough: u32) -> Delays {
    let mut all = Punctuality::default();
    let mut worst: Vec<(Route, Punctuality)> = Vec::new();
    for (&route, punctuality) in maps.routes().iter() {
        all.add(punctuality);
        if punctuality.departed >= enough {
            worst.push((route, *punctuality));
        }
    }
    worst.sort_unstable_by(|(a, of_a), (b, of_b)| {
        of_b.mean().total_cmp(&of_a.mean()).then(a.cmp(b))
    });
    Delays { all, worst }
}

/// Returns the departures of a day from one minute to before another, the latest first.
pub fn departures<M: Maps>(maps: &M, date: Date, minutes: [u16; 2]) -> Vec<(Slot, Departure)> {
    let [from, to] = minutes.map(|minute| Slot {
        date,
        minute,
        nth: 0,
    });
    let range = maps.departures().range(from, to);
    let mut found: Vec<_> = range.map(|(&slot, &departure)| (slot, departure)).collect();
    found.sort_by_key(|&(slot, departure)| (Reverse(departure.delay), slot));
    found
}

/// Checks that two contenders hold the same.
///
/// # Errors
///
/// Which map has which key that the other one lacks or gives another value.
pub fn agree<A: Maps, B: Maps>(a: &A, b: &B) -> Result<(), String> {
    same("aircraft", a.aircraft(), b.aircraft())?;
    same("route", a.routes(), b.routes())?;
    same("departure", a.departures(), b.departures())?;
    if !a.departures().iter().eq(b.departures().iter()) {
        return Err("the departures are in another order".to_owned());
    }
    Ok(())
}

fn same<K: Debug + 'static, V: Debug + PartialEq + 'static>(
    what: &str,
    a: &impl Map<K, V>,
    b: &impl Map<K, V>,
) -> Result<(), String> {
    if a.len() != b.len() {
        return Err(format!("{} and {} of {what}", a.len(), b.len()));
    }
    for (key, value) in a.iter() {
        let other = b.get(key);
        if other != Some(value) {
            return Err(format!("{what} {key:?}: {value:?} and {other:?}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flights::feed::Fed;
    use crate::flights::maps::StdMaps;
    use crate::flights::parse;
    use crate::heap::CountingHeap;

    static HEAP: CountingHeap = CountingHeap::new();

    const CSV: &[u8] = b"month,day,dep_time,sched_dep_time,dep_delay,arr_time,arr_delay,carrier,\
flight,tailnum,origin,dest,air_time,distance\n\
        1,1,600,600,0,800,5,UA,1,N1,EWR,IAH,,\n\
        1,1,610,600,10,900,20,UA,2,N2,EWR,MIA,,\n\
        1,1,2400,2200,120,100,99,UA,3,N1,EWR,IAH,,\n\
        1,1,,900,,,,UA,4,,EWR,IAH,,\n\
        1,3,1,2359,2,,,UA,5,N3,JFK,BQN,,\n\
        1,3,700,700,-5,900,-9,UA,6,N2,JFK,BOS,,\n";

    fn fed() -> Fed<StdMaps> {
        let flights = parse(CSV).expect("the lines are good");
        Fed::run(StdMaps::default, &flights, &HEAP)
    }

    fn day(day: i8) -> Date {
        Date::new(2013, 1, day).expect("a day of January")
    }

    #[test]
    fn each_day_with_flights_has_a_snapshot() {
        let fed = fed();
        let kept: Vec<Date> = fed.days.iter().map(|day| day.date).collect();
        assert_eq!(kept, [day(1), day(3)]);
        assert!(fed.at_end_of(day(2)).is_none());
        let first = fed.at_end_of(day(1)).expect("there were flights");
        let last = fed.at_end_of(day(3)).expect("there were flights");
        assert_eq!(first.departures().len(), 3);
        assert_eq!(last.departures().len(), 5);
        assert_eq!(agree(first, first), Ok(()));
        assert!(agree(first, last).is_err());
    }

    #[test]
    fn aircraft_that_stay_or_are_new_did_not_move() {
        let fed = fed();
        let moves = moves(&fed.days[0].maps, &fed.days[1].maps);
        assert_eq!(moves.first_seen, 1);
        let named: Vec<String> = moves
            .moved
            .iter()
            .map(|one| format!("{} {} {}", one.aircraft, one.from, one.to))
            .collect();
        assert_eq!(named, ["N2 MIA BOS"]);
    }

    #[test]
    fn delays_are_as_of_the_day() {
        let fed = fed();
        let first = delays(&fed.days[0].maps, 2);
        assert_eq!((first.all.departed, first.all.cancelled), (3, 1));
        assert_eq!((first.all.minutes_late, first.all.longest), (130, 120));
        assert_eq!(first.worst.len(), 1);
        assert_eq!(first.worst[0].1.mean(), 60.0);
        let last = delays(&fed.days[1].maps, 1);
        let ranked: Vec<String> = last
            .worst
            .iter()
            .map(|(route, _)| route.to_string())
            .collect();
        assert_eq!(
            ranked,
            ["EWR to IAH", "EWR to MIA", "JFK to BQN", "JFK to BOS"]
        );
    }

    #[test]
    fn departures_of_a_day_end_with_the_day() {
        let fed = fed();
        let maps = &fed.days[1].maps;
        let late = departures(maps, day(1), [361, 1441]);
        let delays: Vec<_> = late.iter().map(|(_, departure)| departure.delay).collect();
        assert_eq!(delays, [Some(120), Some(10)]);
        assert!(departures(maps, day(2), [0, 1441]).is_empty());
    }
}
