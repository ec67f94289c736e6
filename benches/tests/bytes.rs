//! What the arena holds and copies is counted beside the heap.

use cow_benches::bytes::measured;
use cow_collections::CowVec;

// One test, since the arena belongs to the whole process.
#[test]
fn chunks_are_held_and_copied() {
    let (mut vec, made) = measured(|| (0..100_000_u64).collect::<CowVec<_>>());
    assert!((800_000..840_000).contains(&made.held), "{made:?}");

    let snapshot = vec.clone();
    let ((), wrote) = measured(|| vec[50_000] = 7);
    assert!((4096..8192).contains(&wrote.copied), "{wrote:?}");
    assert!(wrote.held >= 4096, "{wrote:?}");

    let ((), freed) = measured(|| drop((vec, snapshot)));
    assert_eq!(freed.held, -made.held - wrote.held);
}
