//! What `Vec` does that the model does not show: panics, the laws of iterators, the traits.

use std::{
    collections::hash_map::DefaultHasher,
    fmt::Debug,
    hash::{Hash, Hasher},
    panic::{AssertUnwindSafe, catch_unwind},
    slice::GetDisjointMutError,
};

use cow_collections::CowVec;

/// Several leaves of words.
const LEN: usize = if cfg!(any(cow_tiny, miri)) { 60 } else { 2_000 };

fn numbers() -> CowVec<u64> {
    (0..LEN as u64).collect()
}

fn message<R>(call: impl FnOnce() -> R) -> String {
    let Err(payload) = catch_unwind(AssertUnwindSafe(call)) else {
        panic!("a panic was expected")
    };
    match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => payload.downcast_ref::<&str>().unwrap().to_string(),
    }
}

/// Asserts that two calls panic, with one message.
macro_rules! panics_alike {
    ($vec:ident => $($call:expr),* $(,)?) => {
        $({
            let ours = message(|| { let mut $vec = CowVec::from([1, 2, 3]); let _ = $call; });
            let theirs = message(|| { let mut $vec = Vec::from([1, 2, 3]); let _ = $call; });
            assert_eq!(ours, theirs, "{}", stringify!($call));
        })*
    };
}

#[test]
#[expect(unused_mut, reason = "some of the calls only read")]
#[expect(clippy::reversed_empty_ranges, reason = "a caller's mistake")]
fn panics_are_those_of_vec() {
    panics_alike!(v =>
        v[3],
        v[usize::MAX],
        { v[3] = 0 },
        v.insert(4, 0),
        v.remove(3),
        v.swap_remove(3),
        v.split_off(4),
        v.swap(0, 3),
    );
    // For ranges, std's words change from version to version.
    let mut v = CowVec::from([1, 2, 3]);
    let backwards = message(|| drop(v.drain(2..1)));
    assert_eq!(backwards, "slice index starts at 2 but ends at 1");
    let behind = message(|| v.range(4..).len());
    assert_eq!(
        behind,
        "range start index 4 out of range for slice of length 3"
    );
    for message in [
        message(|| v.slice(..4).len()),
        message(|| drop(v.drain(1..4))),
        message(|| drop(v.drain(..=4))),
        message(|| drop(v.splice(2..4, [1]))),
        message(|| v.prefault(2..4)),
    ] {
        assert_eq!(
            message,
            "range end index 4 out of range for slice of length 3"
        );
    }
    message(|| v.rotate_left(4));
    message(|| v.rotate_right(4));
    message(|| v.set(3, 3));
    message(|| drop(v.drain(..=usize::MAX)));
    assert_eq!(v, [1, 2, 3]);
}

#[test]
fn a_panic_names_its_caller() {
    use std::sync::{Arc, Mutex};
    let line = Arc::new(Mutex::new(None));
    let before = std::panic::take_hook();
    let seen = Arc::clone(&line);
    let thread = std::thread::current().id();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() == thread {
            *seen.lock().unwrap() = info.location().map(|place| place.file().to_owned());
        }
    }));
    let mut v = CowVec::from([1]);
    let calls: [&mut dyn FnMut(); 4] = [
        &mut || assert_eq!(v.remove(7), 0),
        &mut || assert_ne!(numbers()[LEN], 0),
        &mut || drop(numbers().drain(LEN + 1..)),
        &mut || drop(numbers().split_off(LEN + 1)),
    ];
    let mut files = Vec::new();
    for call in calls {
        let _ = catch_unwind(AssertUnwindSafe(call));
        files.push(line.lock().unwrap().take());
    }
    std::panic::set_hook(before);
    for file in files {
        assert_eq!(file.as_deref(), Some(file!()));
    }
}

#[test]
fn overlapping_places_are_an_error() {
    let mut v = CowVec::from([1, 2, 3]);
    assert_eq!(
        v.get_disjoint_mut([1, 1]),
        Err(GetDisjointMutError::OverlappingIndices)
    );
    assert_eq!(
        v.get_disjoint_mut([1, 3]),
        Err(GetDisjointMutError::IndexOutOfBounds)
    );
    assert_eq!(v.get_disjoint_mut([2, 0]), Ok([&mut 3, &mut 1]));
    assert_eq!(v.get_disjoint_mut([]), Ok([]));
}

/// Walks an iterator and `Vec`'s side by side: the hints, `nth` from both ends, clones, and the end.
fn obeys_the_laws<I, J>(make: impl Fn() -> I, expected: impl Fn() -> J)
where
    I: ExactSizeIterator<Item: PartialEq + Debug> + DoubleEndedIterator,
    J: ExactSizeIterator<Item = I::Item> + DoubleEndedIterator,
{
    for step in [0, 1, 7, LEN / 3, LEN - 1, LEN, LEN + 1] {
        let (mut a, mut b) = (make(), expected());
        for turn in 0..LEN {
            assert_eq!(a.size_hint(), (b.len(), Some(b.len())));
            let (x, y) = match turn % 4 {
                0 => (a.nth(step), b.nth(step)),
                1 => (a.nth_back(step), b.nth_back(step)),
                2 => (a.next(), b.next()),
                _ => (a.next_back(), b.next_back()),
            };
            assert_eq!(x, y);
            if x.is_none() && b.len() == 0 {
                break;
            }
        }
        let left = a.len();
        assert_eq!(a.by_ref().count(), left);
        assert!(
            a.next().is_none() && a.next_back().is_none() && a.next().is_none(),
            "fused"
        );
    }
    assert_eq!(make().count(), LEN);
    assert_eq!(make().last(), expected().last());
    assert!(make().eq(expected()));
    assert!(make().rev().eq(expected().rev()));
    assert!(
        make()
            .rfold(Vec::new(), |mut all, value| {
                all.push(value);
                all
            })
            .into_iter()
            .eq(expected().rev())
    );
    // From the middle of a leaf on, with both ends open.
    let (mut a, mut b) = (make(), expected());
    assert_eq!((a.next(), a.next_back()), (b.next(), b.next_back()));
    let collect = |mut all: Vec<_>, value| {
        all.push(value);
        all
    };
    assert_eq!(a.fold(Vec::new(), collect), b.fold(Vec::new(), collect));
    let (mut a, mut b) = (make(), expected());
    assert_eq!((a.next(), a.next_back()), (b.next(), b.next_back()));
    assert_eq!(a.rfold(Vec::new(), collect), b.rfold(Vec::new(), collect));
}

#[test]
fn iterators_obey_the_laws() {
    let (ours, theirs) = (numbers(), numbers().to_vec());
    obeys_the_laws(|| ours.iter(), || theirs.iter());
    obeys_the_laws(|| ours.clone().into_iter(), || theirs.clone().into_iter());
    obeys_the_laws(|| numbers().into_iter(), || theirs.clone().into_iter());
    let mut wider = numbers();
    wider.append(&mut numbers());
    wider.append(&mut numbers());
    wider.remove(3);
    let range = LEN / 2..LEN / 2 + LEN;
    let expected = wider.to_vec();
    obeys_the_laws(
        || wider.range(range.clone()),
        || expected[range.clone()].iter(),
    );
}

#[test]
fn mutable_iterators_obey_the_laws() {
    let (mut ours, mut theirs) = (numbers(), numbers().to_vec());
    let snapshot = ours.clone();
    for turn in 0..20 {
        let (mut a, mut b) = (ours.iter_mut(), theirs.iter_mut());
        assert_eq!(a.nth(turn), b.nth(turn));
        assert_eq!(a.nth_back(2 * turn), b.nth_back(2 * turn));
        assert_eq!(a.len(), b.len());
        a.zip(b).for_each(|(a, b)| {
            *a += 1;
            *b += 1;
        });
    }
    assert_eq!(ours, theirs);
    assert_eq!(snapshot, numbers());
}

#[test]
fn a_cloned_iterator_goes_on_by_itself() {
    let v = numbers();
    let mut first = v.iter();
    first.nth(LEN / 2);
    first.next_back();
    let second = first.clone();
    assert!(
        first
            .by_ref()
            .copied()
            .eq(LEN as u64 / 2 + 1..LEN as u64 - 1)
    );
    assert!(second.copied().eq(LEN as u64 / 2 + 1..LEN as u64 - 1));
    assert_eq!(first.next(), None);
}

#[test]
fn chunks_are_one_after_the_other_from_both_ends() {
    let v = numbers();
    let all: Vec<u64> = v.chunks().flatten().copied().collect();
    assert_eq!(v, all);
    let mut chunks = v.chunks();
    let (first, last) = (chunks.next().unwrap(), chunks.next_back().unwrap());
    assert_eq!((first[0], last.last()), (0, v.last()));
    let between: usize = chunks.clone().map(<[u64]>::len).sum();
    assert_eq!(first.len() + between + last.len(), LEN);
    assert!(chunks.size_hint().0 <= chunks.clone().count());
    assert!(chunks.size_hint().1 >= Some(chunks.count()));
    assert!(
        v.chunks()
            .rev()
            .flat_map(|chunk| chunk.iter().rev())
            .eq(v.iter().rev())
    );
}

#[test]
fn stable_sorts_are_stable() {
    let mut v: CowVec<(u64, u64)> = (0..LEN as u64).map(|n| (n * 7_919 % 10, n)).collect();
    let snapshot = v.clone();
    v.sort_by_key(|pair| pair.0);
    assert!(v.iter().is_sorted());
    v.clone_from(&snapshot);
    v.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(v.iter().is_sorted());
    v.clone_from(&snapshot);
    v.sort_by_cached_key(|pair| pair.0);
    assert!(v.iter().is_sorted());
}

#[test]
fn searches_find_a_place_in_sorted_values() {
    let v: CowVec<u64> = numbers().iter().map(|n| n * 2).collect();
    for n in [
        0,
        1,
        2,
        LEN as u64 - 1,
        LEN as u64,
        2 * LEN as u64,
        u64::MAX,
    ] {
        let expected = v.to_vec().binary_search(&n);
        assert_eq!(v.binary_search(&n), expected);
        assert_eq!(v.binary_search_by(|probe| probe.cmp(&n)), expected);
        if n < u64::MAX {
            assert_eq!(
                v.binary_search_by_key(&(n + 1), |probe| probe + 1),
                expected
            );
        }
        assert_eq!(
            v.partition_point(|&probe| probe < n),
            expected.unwrap_or_else(|at| at)
        );
    }
    // A predicate that lies gets some answer.
    let mut turn = 0_u32;
    let point = v.partition_point(|_| {
        turn = turn.wrapping_mul(3).wrapping_add(7);
        turn & 4 == 0
    });
    assert!(point <= LEN);
    assert_eq!(CowVec::<u64>::new().partition_point(|_| true), 0);
}

#[test]
fn debug_hash_and_order_are_those_of_the_values() {
    let hash = |value: &dyn Fn(&mut DefaultHasher)| {
        let mut hasher = DefaultHasher::new();
        value(&mut hasher);
        hasher.finish()
    };
    let (a, b) = (numbers(), numbers().to_vec());
    assert_eq!(format!("{a:?}"), format!("{b:?}"));
    assert_eq!(
        format!("{:#?}", CowVec::from(["x"])),
        format!("{:#?}", ["x"])
    );
    assert_eq!(format!("{:?}", a.range(..2)), "[0, 1]");
    assert_eq!(hash(&|h| a.hash(h)), hash(&|h| b.hash(h)));
    // However the values are spread over chunks.
    let mut c = a.clone();
    c.rotate_left(LEN / 3);
    c.rotate_right(LEN / 3);
    assert_eq!(hash(&|h| a.hash(h)), hash(&|h| c.hash(h)));
    assert_eq!(a, c);
    let ascending = [CowVec::new(), CowVec::from([0]), a, CowVec::from([1])];
    assert!(ascending.windows(2).all(|pair| pair[0] < pair[1]));
    let nan = CowVec::from([1.0, f64::NAN]);
    assert_eq!(nan.partial_cmp(&CowVec::from([1.0, f64::NAN])), None);
    assert_ne!(nan, CowVec::from([1.0, f64::NAN]));
    assert_eq!(nan, nan.clone(), "one and the same chunk");
}

#[test]
fn conversions_go_both_ways() {
    let v = CowVec::from([1, 2, 3]);
    assert_eq!(CowVec::from(vec![1, 2, 3]), v);
    assert_eq!(CowVec::from(&[1, 2, 3][..]), v);
    assert_eq!(CowVec::from(&mut [1, 2, 3][..]), v);
    assert_eq!(CowVec::from(&vec![1, 2, 3]), v);
    assert_eq!(CowVec::from(vec![1, 2, 3].into_boxed_slice()), v);
    assert_eq!(CowVec::from("abc"), *b"abc");
    assert_eq!(Vec::from(v.clone()), [1, 2, 3]);
    assert_eq!(*Box::<[i32]>::from(v.clone()), [1, 2, 3]);
    assert_eq!(vec![1, 2, 3], v);
    assert_eq!(v, &[1, 2, 3][..]);
    let mut w = CowVec::<i32>::new();
    w.extend(v.iter());
    w.extend(&[4]);
    assert_eq!(w, [1, 2, 3, 4]);
    assert!(CowVec::<u8>::default().is_empty() && CowVec::<u8>::with_capacity(9).is_empty());
    assert_eq!(v.iter().copied().collect::<CowVec<_>>(), v);
    let mut sum = 0;
    for n in &v {
        sum += n;
    }
    for n in &mut w {
        *n += sum;
    }
    assert_eq!(w.into_iter().collect::<Vec<_>>(), [7, 8, 9, 10]);
}

#[test]
fn empty_vectors_are_one_version() {
    let (a, b) = (CowVec::<u8>::new(), CowVec::new());
    assert!(a.ptr_eq(&b));
    let c = CowVec::from([1]);
    assert!(c.ptr_eq(&c.clone()) && !c.ptr_eq(&CowVec::from([1])) && !c.ptr_eq(&a));
}

#[cfg(feature = "serde")]
#[test]
fn serde_writes_and_reads_what_vec_does() {
    let words: CowVec<String> = (0..300).map(|n| n.to_string()).collect();
    let json = serde_json::to_string(&words).unwrap();
    assert_eq!(json, serde_json::to_string(&words.to_vec()).unwrap());
    assert_eq!(
        serde_json::from_str::<CowVec<String>>(&json).unwrap(),
        words
    );
    assert_eq!(
        serde_json::from_str::<CowVec<u8>>("[]").unwrap(),
        CowVec::new()
    );
    assert!(serde_json::from_str::<CowVec<u8>>("[1, 2, 999]").is_err());
    assert!(serde_json::from_str::<CowVec<u8>>("[1, 2").is_err());
    let wrong = serde_json::from_str::<CowVec<u8>>("7").unwrap_err();
    assert!(wrong.to_string().contains("expected a sequence"));
}
