//! Departures, read from a file, and the maps they are fed into.
//!
//! [`Flight`] is one line of the file. [`maps`] names what a contender's maps must do, [`feed`]
//! fills them and keeps a snapshot of every day, and [`questions`] asks the snapshots.

pub mod feed;
pub mod maps;
pub mod questions;

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use jiff::civil::Date;
use serde::Deserialize;

/// The year of the flights, which the file does not say.
const YEAR: i16 = 2013;

/// One departure, or one that was cancelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flight {
    /// The day of the departure.
    pub date: Date,
    /// Minutes after midnight, local time, or `None` where the flight was cancelled.
    pub departed: Option<u16>,
    /// Minutes by which the departure was late; negative when it was early.
    pub departure_delay: Option<i16>,
    /// Minutes by which the arrival was late, where the flight arrived as planned.
    pub arrival_delay: Option<i16>,
    /// The airline and its number of the flight.
    pub number: FlightNumber,
    /// The aircraft's registration.
    pub aircraft: Option<String>,
    /// Where the flight starts and where it leads.
    pub route: Route,
}

/// A code of letters and digits, such as an airport's `JFK`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code<const N: usize>([u8; N]);

/// An airport, by its code.
pub type Airport = Code<3>;

/// The number of a flight, such as `UA 1545`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FlightNumber {
    /// The airline.
    pub carrier: Code<2>,
    /// The airline's number.
    pub number: u16,
}

/// A pair of airports, by departure and destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Route {
    /// Where flights depart.
    pub from: Airport,
    /// Where they are to arrive.
    pub to: Airport,
}

/// A line as it stands in the file.
#[derive(Deserialize)]
struct Line {
    month: i8,
    day: i8,
    dep_time: Option<u16>,
    dep_delay: Option<i16>,
    arr_delay: Option<i16>,
    carrier: String,
    flight: u16,
    tailnum: Option<String>,
    origin: String,
    dest: String,
}

/// Reads a file of departures, plain or gzipped.
///
/// # Errors
///
/// Where the file cannot be read, and which line makes no sense.
pub fn read(path: &Path) -> Result<Vec<Flight>, String> {
    const GZIP: [u8; 2] = [0x1f, 0x8b];
    let text = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(path)?.read_to_end(&mut bytes)?;
        if bytes.starts_with(&GZIP) {
            let mut plain = Vec::new();
            MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut plain)?;
            bytes = plain;
        }
        Ok(bytes)
    };
    parse(&text().map_err(|error| error.to_string())?)
}

/// Parses departures in time order.
///
/// # Errors
///
/// Which line makes no sense, or is not in order.
pub fn parse(csv: &[u8]) -> Result<Vec<Flight>, String> {
    let mut flights: Vec<Flight> = Vec::new();
    let mut reader = csv::Reader::from_reader(csv);
    let columns = reader.headers().map_err(|error| error.to_string())?.clone();
    let mut record = csv::StringRecord::new();
    while reader
        .read_record(&mut record)
        .map_err(|error| error.to_string())?
    {
        let number = record.position().map_or(0, csv::Position::line);
        let at_line = |problem: &dyn fmt::Display| format!("line {number}: {problem}");
        let line: Line = record
            .deserialize(Some(&columns))
            .map_err(|error| at_line(&cause(&error, &columns)))?;
        let flight = line.flight().map_err(|problem| at_line(&problem))?;
        if flights
            .last()
            .is_some_and(|last| last.day_and_time() > flight.day_and_time())
        {
            return Err(at_line(&"departs before the line above it"));
        }
        flights.push(flight);
    }
    Ok(flights)
}

/// Returns what is wrong with a record, by the name of its column; the line number says its place.
fn cause(error: &csv::Error, columns: &csv::StringRecord) -> String {
    let csv::ErrorKind::Deserialize { err, .. } = error.kind() else {
        return error.to_string();
    };
    let field = err.field().and_then(|field| usize::try_from(field).ok());
    match field.and_then(|field| columns.get(field)) {
        Some(column) => format!("{column}: {}", err.kind()),
        None => err.to_string(),
    }
}

impl Flight {
    /// Returns what the flights are ordered by: cancelled ones come last on their day.
    fn day_and_time(&self) -> (Date, u16) {
        (self.date, self.departed.unwrap_or(u16::MAX))
    }
}

impl Line {
    fn flight(self) -> Result<Flight, String> {
        Ok(Flight {
            date: Date::new(YEAR, self.month, self.day).map_err(|error| error.to_string())?,
            departed: self.dep_time.map(minutes).transpose()?,
            departure_delay: self.dep_delay,
            arrival_delay: self.arr_delay,
            number: FlightNumber {
                carrier: Code::new(&self.carrier)?,
                number: self.flight,
            },
            aircraft: self.tailnum,
            route: Route {
                from: Code::new(&self.origin)?,
                to: Code::new(&self.dest)?,
            },
        })
    }
}

/// Returns the minutes after midnight of a time like 1545, or 2400 for the end of the day.
fn minutes(hhmm: u16) -> Result<u16, String> {
    let (hours, minutes) = (hhmm / 100, hhmm % 100);
    if minutes >= 60 || hhmm > 2400 {
        return Err(format!("{hhmm} is no time of day"));
    }
    Ok(hours * 60 + minutes)
}

impl<const N: usize> Code<N> {
    fn new(text: &str) -> Result<Self, String> {
        match text.as_bytes().try_into() {
            Ok(code) if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) => Ok(Self(code)),
            _ => Err(format!("'{text}' is no code of {N} letters or digits")),
        }
    }
}

impl<const N: usize> fmt::Display for Code<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(str::from_utf8(&self.0).unwrap_or_default())
    }
}

impl<const N: usize> fmt::Debug for Code<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} to {}", self.from, self.to))
    }
}

impl fmt::Display for FlightNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} {}", self.carrier, self.number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "month,day,dep_time,sched_dep_time,dep_delay,arr_time,arr_delay,carrier,\
        flight,tailnum,origin,dest,air_time,distance\n";

    fn parsed(lines: &str) -> Result<Vec<Flight>, String> {
        parse(format!("{HEAD}{lines}").as_bytes())
    }

    #[test]
    fn a_line_is_a_flight() {
        let flights = parsed(
            "1,2,544,545,-1,1004,-18,B6,725,N804JB,JFK,BQN,183,1576\n\
             1,2,,1630,,,,EV,4308,,EWR,RDU,,416\n",
        )
        .expect("both lines are good");
        assert_eq!(
            flights[0],
            Flight {
                date: Date::constant(2013, 1, 2),
                departed: Some(5 * 60 + 44),
                departure_delay: Some(-1),
                arrival_delay: Some(-18),
                number: FlightNumber {
                    carrier: Code(*b"B6"),
                    number: 725,
                },
                aircraft: Some("N804JB".to_owned()),
                route: Route {
                    from: Code(*b"JFK"),
                    to: Code(*b"BQN"),
                },
            }
        );
        assert_eq!(flights[1].departed, None);
        assert_eq!(flights[1].aircraft, None);
        assert_eq!(flights[1].route.to_string(), "EWR to RDU");
        assert_eq!(flights[1].number.to_string(), "EV 4308");
    }

    #[test]
    fn what_makes_no_sense_is_named_with_its_line() {
        const GOOD: &str = "1,2,544,545,-1,1004,-18,B6,725,N804JB,JFK,BQN,183,1576\n";
        for (line, named) in [
            ("2,30,544,,,,,B6,1,,JFK,BQN,,\n", "day"),
            ("1,2,2401,,,,,B6,1,,JFK,BQN,,\n", "2401"),
            ("1,2,1260,,,,,B6,1,,JFK,BQN,,\n", "1260"),
            ("1,2,600,,soon,,,B6,1,,JFK,BQN,,\n", "dep_delay"),
            ("1,2,600,,,,,B6,1,,Kennedy,BQN,,\n", "Kennedy"),
            ("1,2,543,,,,,B6,1,,JFK,BQN,,\n", "before"),
            ("1,2,600\n", "3 fields"),
        ] {
            let error = parsed(&format!("{GOOD}{line}")).expect_err(line);
            assert!(error.contains(named), "{line}: {error}");
            assert!(
                error.contains("line 3") || error.contains("line: 3"),
                "{error}"
            );
        }
        assert!(
            parse(b"month,day\n1,1\n")
                .expect_err("columns")
                .contains("missing field")
        );
    }

    #[test]
    fn the_bundled_file_is_whole() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/data/flights/flights-2013q1.csv.gz"
        );
        let flights = read(path.as_ref()).expect("the file is bundled");
        assert_eq!(flights.len(), 80_789);
        let cancelled = flights.iter().filter(|flight| flight.departed.is_none());
        assert_eq!(cancelled.count(), 2643);
    }
}
