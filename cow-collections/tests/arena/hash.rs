//! Hash maps, as far as they are chunks like any other collection's.

use cow_collections::{Arena, Collection, CowHashMap, SnapshotRegistry};

use crate::history::Random;

#[test]
fn what_a_hash_map_frees_is_known_and_freed_in_steps() {
    let arena = Arena::builder().build();
    let random = &mut Random(9);
    let mut map: CowHashMap<usize, String> = CowHashMap::new_in(&arena);
    (0..2000).for_each(|n| drop(map.insert(n, n.to_string())));
    let registry = SnapshotRegistry::new();
    for version in 0..15 {
        registry.insert(version.to_string(), map.clone());
        for _ in 0..5 {
            map.insert(random.below(3000), version.to_string());
            map.remove(&random.below(3000));
        }
    }
    while let Some(pinned) = registry.list().first() {
        let name = pinned.name.clone();
        let foretold = pinned.memory.bytes_exclusive;
        let version = registry.get::<CowHashMap<usize, String>>(&name).unwrap();
        let before = arena.stats().bytes_used;
        assert_eq!(registry.release(&name), Some(0), "we have another handle");
        let mut rest = version.into_drop_steps();
        while !rest.drop_step(2) {}
        assert_eq!(before - arena.stats().bytes_used, foretold);
    }
    assert_eq!(map.memory().bytes_exclusive, arena.stats().bytes_used);
    drop(map);
    assert_eq!(arena.stats().chunks_live(), 0);
}
