//! std's maps, whose snapshots are eager clones.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use super::{Changed, Departure, Map, Maps, OrderedMap, Punctuality, Sighting, Slot};
use crate::flights::Route;

/// Maps whose snapshot is an eager clone.
#[derive(Clone, Default)]
pub struct StdMaps {
    aircraft: HashMap<String, Sighting>,
    routes: HashMap<Route, Punctuality>,
    departures: BTreeMap<Slot, Departure>,
}

impl Maps for StdMaps {
    const NAME: &'static str = "std's maps";

    type Aircraft = HashMap<String, Sighting>;
    type Routes = HashMap<Route, Punctuality>;
    type Departures = BTreeMap<Slot, Departure>;

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

impl<K: Clone + Eq + Hash + 'static, V: Clone + PartialEq + 'static> Map<K, V> for HashMap<K, V> {
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
        changes_by_look_up(self.iter(), |key| old.get(key))
    }
}

impl<K: Clone + Ord + 'static, V: Clone + PartialEq + 'static> Map<K, V> for BTreeMap<K, V> {
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
        changes_by_look_up(self.iter(), |key| old.get(key))
    }
}

/// Finds changes the only way there is without a `diff`: every entry is looked up.
fn changes_by_look_up<'a, K: Clone + 'a, V: Clone + PartialEq + 'a>(
    new: impl Iterator<Item = (&'a K, &'a V)>,
    old: impl Fn(&K) -> Option<&'a V>,
) -> Vec<Changed<K, V>> {
    let changed = new.filter(|(key, value)| old(key) != Some(value));
    let found = changed.map(|(key, value)| Changed {
        key: key.clone(),
        old: old(key).cloned(),
        new: value.clone(),
    });
    found.collect()
}

impl<K: Clone + Ord + 'static, V: Clone + PartialEq + 'static> OrderedMap<K, V> for BTreeMap<K, V> {
    fn range(&self, from: K, to: K) -> impl Iterator<Item = (&K, &V)> {
        self.range(from..to)
    }
}
