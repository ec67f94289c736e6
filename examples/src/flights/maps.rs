//! What the maps of a contender must do, what they hold, and the two that do it.

mod cow;
mod eager;

pub use cow::CowMaps;
pub use eager::StdMaps;

use jiff::civil::Date;

use super::{Airport, FlightNumber, Route};

/// The three maps of a contender.
pub trait Maps: Clone {
    /// The contender's name in the report.
    const NAME: &'static str;

    /// By registration: where an aircraft was last headed.
    type Aircraft: Map<String, Sighting>;
    /// By pair of airports: how punctual the flights were.
    type Routes: Map<Route, Punctuality>;
    /// By time of departure: every flight that left.
    type Departures: OrderedMap<Slot, Departure>;

    /// Returns the first map.
    fn aircraft(&self) -> &Self::Aircraft;

    /// Returns the second map.
    fn routes(&self) -> &Self::Routes;

    /// Returns the third map.
    fn departures(&self) -> &Self::Departures;

    /// Returns all of them for writing.
    fn all_mut(
        &mut self,
    ) -> (
        &mut Self::Aircraft,
        &mut Self::Routes,
        &mut Self::Departures,
    );
}

/// A map that can be asked what changed.
pub trait Map<K: 'static, V: 'static> {
    /// Inserts a key or gives it another value.
    fn insert(&mut self, key: K, value: V);

    /// Returns the value of a key for writing, a default one where there was none.
    fn or_default(&mut self, key: K) -> &mut V
    where
        V: Default;

    /// Returns the value of a key.
    fn get(&self, key: &K) -> Option<&V>;

    /// Returns the number of entries.
    fn len(&self) -> usize;

    /// Returns whether there is none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns all entries.
    fn iter(&self) -> impl Iterator<Item = (&K, &V)>;

    /// Returns what was added to `old`, or has another value there. Nothing is ever removed.
    fn changes(&self, old: &Self) -> Vec<Changed<K, V>>;
}

/// A map in the order of its keys.
pub trait OrderedMap<K: 'static, V: 'static>: Map<K, V> {
    /// Returns the entries from one key to before another.
    fn range(&self, from: K, to: K) -> impl Iterator<Item = (&K, &V)>;
}

/// One entry that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed<K, V> {
    /// The key.
    pub key: K,
    /// Its value in the older map.
    pub old: Option<V>,
    /// Its value in the newer map.
    pub new: V,
}

/// Where an aircraft was last headed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// When it departed.
    pub at: Slot,
    /// The airport that it flew to.
    pub place: Airport,
    /// Minutes by which it was late there, or at its departure where the arrival is not known.
    pub delay: Option<i16>,
}

/// A departure's place in time, different for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot {
    /// The day.
    pub date: Date,
    /// Minutes after midnight.
    pub minute: u16,
    /// The departure's number, over all days.
    pub nth: u32,
}

/// A flight that left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Departure {
    /// The airline's name for the flight.
    pub number: FlightNumber,
    /// Where it went.
    pub route: Route,
    /// Minutes by which it left late.
    pub delay: Option<i16>,
}

/// How punctual the flights of a route were so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Punctuality {
    /// Flights that left.
    pub departed: u32,
    /// Flights that did not.
    pub cancelled: u32,
    /// The sum of all delays at departure, in minutes.
    pub minutes_late: i64,
    /// The longest delay at departure, in minutes.
    pub longest: i16,
}

impl Punctuality {
    /// Returns the mean delay at departure, in minutes.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.minutes_late as f64 / f64::from(self.departed.max(1))
    }

    /// Takes in another route.
    pub fn add(&mut self, other: &Self) {
        self.departed += other.departed;
        self.cancelled += other.cancelled;
        self.minutes_late += other.minutes_late;
        self.longest = self.longest.max(other.longest);
    }
}
