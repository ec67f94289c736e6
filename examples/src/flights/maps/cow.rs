//! Copy-on-write maps.

use std::hash::Hash;

use cow_collections::{Arena, Change, CowHashMap, CowOrdMap, MapDiff};

use super::{Changed, Departure, Map, Maps, OrderedMap, Punctuality, Sighting, Slot};
use crate::flights::Route;

/// Maps whose snapshots share what did not change.
#[derive(Clone)]
pub struct CowMaps {
    aircraft: CowHashMap<String, Sighting>,
    routes: CowHashMap<Route, Punctuality>,
    departures: CowOrdMap<Slot, Departure>,
}

impl CowMaps {
    /// Returns empty maps whose chunks come from `arena`.
    #[must_use]
    pub fn new_in(arena: &Arena) -> Self {
        Self {
            aircraft: CowHashMap::new_in(arena),
            routes: CowHashMap::new_in(arena),
            departures: CowOrdMap::new_in(arena),
        }
    }
}

impl Maps for CowMaps {
    const NAME: &'static str = "cow maps";

    type Aircraft = CowHashMap<String, Sighting>;
    type Routes = CowHashMap<Route, Punctuality>;
    type Departures = CowOrdMap<Slot, Departure>;

    fn aircraft(&self) -> &Self::Aircraft {
        &self.aircraft
    }

    fn routes(&self) -> &Self::Routes {
        &self.routes
    }

    fn departures(&self) -> &Self::Departures {
        &self.departures
    }

    fn all_mut(
        &mut self,
    ) -> (
        &mut Self::Aircraft,
        &mut Self::Routes,
        &mut Self::Departures,
    ) {
        (&mut self.aircraft, &mut self.routes, &mut self.departures)
    }
}

impl<K: Clone + Eq + Hash + 'static, V: Clone + PartialEq + 'static> Map<K, V>
    for CowHashMap<K, V>
{
    fn insert(&mut self, key: K, value: V) {
        self.insert(key, value);
    }

    fn or_default(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        self.entry(key).or_default()
    }

    fn get(&self, key: &K) -> Option<&V> {
        self.get(key)
    }

    fn len(&self) -> usize {
        self.len()
    }

    fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.iter()
    }

    fn changes(&self, old: &Self) -> Vec<Changed<K, V>> {
        changed(self.diff(old))
    }
}

impl<K: Clone + Ord + 'static, V: Clone + PartialEq + 'static> Map<K, V> for CowOrdMap<K, V> {
    fn insert(&mut self, key: K, value: V) {
        self.insert(key, value);
    }

    fn or_default(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        self.entry(key).or_default()
    }

    fn get(&self, key: &K) -> Option<&V> {
        self.get(key)
    }

    fn len(&self) -> usize {
        self.len()
    }

    fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.iter()
    }

    fn changes(&self, old: &Self) -> Vec<Changed<K, V>> {
        changed(self.diff(old))
    }
}

/// Leaves out what was removed.
fn changed<K, V>(diff: MapDiff<K, V>) -> Vec<Changed<K, V>> {
    let changes = diff.into_changes().into_iter();
    let kept = changes.filter_map(|change| match change {
        Change::Added { key, value } => Some((key, None, value)),
        Change::Updated { key, old, new } => Some((key, Some(old), new)),
        Change::Removed { .. } => None,
    });
    kept.map(|(key, old, new)| Changed { key, old, new })
        .collect()
}

impl<K: Clone + Ord + 'static, V: Clone + PartialEq + 'static> OrderedMap<K, V>
    for CowOrdMap<K, V>
{
    fn range(&self, from: K, to: K) -> impl Iterator<Item = (&K, &V)> {
        self.range(from..to)
    }
}
