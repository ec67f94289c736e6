//! Arenas with a byte limit: a `try_` call that finds no chunk leaves everything as it was.

use std::collections::BTreeMap;

use cow_collections::{AllocError, Arena, CowOrdMap};

use crate::{
    ballast::{Ballast, more},
    world::element::{Element, Texts, Words},
};

/// Above what any call below needs.
const LIMIT: usize = 8 << 20;

type Map<E> = CowOrdMap<<E as Element>::Key, <E as Element>::Value>;
type Model<E> = BTreeMap<<E as Element>::Key, <E as Element>::Value>;

/// How the map came about, and who shares it.
#[derive(Clone, Copy, Debug)]
enum Shape {
    Exclusive,
    Shared,
    /// Every node full.
    Full,
    /// Every leaf as empty as it may be.
    Thin,
}

/// Pairs in a map: a few levels of nodes.
const fn len<E: Element>() -> usize {
    E::MANY / 2 + 31
}

fn subject<E: Element>(arena: &Arena, shape: Shape) -> (Map<E>, Map<E>) {
    let mut map = Map::<E>::new_in(arena);
    let pair = |n: usize| {
        let n = u16::try_from(4 * n).unwrap();
        (E::key(n), E::value(n))
    };
    match shape {
        Shape::Full => map.extend((0..len::<E>()).map(pair)),
        Shape::Thin => {
            map.extend((0..len::<E>()).map(pair));
            map.retain(|key, _| *key == E::key(0));
            map.extend((0..len::<E>()).map(|n| pair(n * 1_237 % len::<E>())));
            let mut n = 0;
            map.retain(|_, _| {
                n += 1;
                n % 3 == 0
            });
        }
        Shape::Exclusive | Shape::Shared => {
            map.extend((0..len::<E>()).map(|n| pair(n * 1_237 % len::<E>())));
        }
    }
    let snapshot = match shape {
        Shape::Exclusive => Map::<E>::new_in(arena),
        Shape::Shared | Shape::Full | Shape::Thin => map.clone(),
    };
    (map, snapshot)
}

/// Runs a call with room for no chunk, for 64 bytes, for 128, and so on until it succeeds.
fn fails_well<E: Element>(
    call: impl Fn(&mut Map<E>, &mut Map<E>) -> Result<(), AllocError>,
    expected: impl Fn(&mut Model<E>, &mut Model<E>),
) {
    let mut failures = 0;
    for shape in [Shape::Exclusive, Shape::Shared, Shape::Full, Shape::Thin] {
        let arena = Arena::builder().byte_limit(LIMIT).build();
        let (mut map, snapshot) = subject::<E>(&arena, shape);
        let mut other = map.clone();
        let middle = map.get_index(map.len() / 2).unwrap().0.clone();
        other.remove_range(..&middle);
        let (model, other_model) = (
            Model::<E>::from(map.clone()),
            Model::<E>::from(other.clone()),
        );
        let before: Model<E> = snapshot.clone().into();
        let check = |map: &Map<E>, other: &Map<E>| {
            let mut chunks = map.assert_invariants();
            chunks.extend(snapshot.assert_invariants());
            chunks.extend(other.assert_invariants());
            assert!(snapshot.iter().eq(&before), "the snapshot is as it was");
            assert_eq!(arena.stats().chunks_live(), chunks.len());
        };
        let mut spare = 0;
        loop {
            let ballast = Ballast::new(&arena, LIMIT, spare);
            let outcome = call(&mut map, &mut other);
            drop(ballast);
            check(&map, &other);
            match outcome {
                Ok(()) => break,
                Err(error) => assert!(matches!(error, AllocError::Limit { .. })),
            }
            failures += 1;
            assert!(
                map.iter().eq(&model) && other.iter().eq(&other_model),
                "as it was before the call"
            );
            spare = more(spare);
        }
        let (mut model_after, mut other_after) = (model.clone(), other_model.clone());
        expected(&mut model_after, &mut other_after);
        assert!(map.iter().eq(&model_after) && other.iter().eq(&other_after));
        drop((map, snapshot, other));
        assert_eq!(arena.stats().chunks_live(), 0);
    }
    assert!(
        failures > 0,
        "there was always room: the call was not tested"
    );
}

/// The calls that can fail, for one kind of pairs.
fn calls_fail_well<E: Element>() {
    let (there, absent) = (E::key(4 * 30), E::key(4 * 30 + 1));
    let value = || E::value(9);
    fails_well::<E>(|map, _| map.try_get_mut(&there).map(drop), |_, _| {});
    fails_well::<E>(
        |map, _| map.try_insert(absent.clone(), value()).map(drop),
        |map, _| drop(map.insert(absent.clone(), value())),
    );
    fails_well::<E>(
        |map, _| map.try_insert(E::key(u16::MAX), value()).map(drop),
        |map, _| drop(map.insert(E::key(u16::MAX), value())),
    );
    fails_well::<E>(
        |map, _| map.try_remove(&there).map(drop),
        |map, _| drop(map.remove(&there)),
    );
    fails_well::<E>(
        |map, _| map.try_pop_first().map(drop),
        |map, _| drop(map.pop_first()),
    );
    fails_well::<E>(
        |map, _| map.try_pop_last().map(drop),
        |map, _| drop(map.pop_last()),
    );
    let more = || (0..90).map(|n| (E::key(7 * n + 1), E::value(n)));
    fails_well::<E>(|map, _| map.try_extend(more()), |map, _| map.extend(more()));
    fails_well::<E>(
        |map, other| map.try_append(other),
        |map, other| map.append(other),
    );
    fails_well::<E>(
        |map, other| {
            *other = map.try_split_off(&there)?;
            Ok(())
        },
        |map, other| *other = map.split_off(&there),
    );
    fails_well::<E>(
        |map, other| {
            *other = map.try_remove_range(&there..&E::key(4 * 60))?;
            Ok(())
        },
        |map, other| {
            let mut back = map.split_off(&there);
            map.append(&mut back.split_off(&E::key(4 * 60)));
            *other = back;
        },
    );
}

#[test]
#[cfg_attr(miri, ignore = "takes an interpreter too long")]
fn calls_on_words_fail_well() {
    calls_fail_well::<Words>();
}

#[test]
#[cfg_attr(miri, ignore = "takes an interpreter too long")]
fn calls_on_texts_fail_well() {
    calls_fail_well::<Texts>();
}

#[test]
fn a_full_arena_can_be_emptied() {
    let arena = Arena::builder().byte_limit(16 << 10).build();
    let mut map = CowOrdMap::new_in(&arena);
    while map.try_insert(map.len(), map.len()).is_ok() {}
    let full = map.len();
    assert!(full > 100);
    for n in (0..full).rev() {
        assert_eq!(map.try_pop_last(), Ok(Some((n, n))));
    }
    assert_eq!(map.try_pop_last(), Ok(None));
    assert_eq!(arena.stats().bytes_used, 0);
}
