//! `CowStr` beside `String`.

use cow_collections::CowStr;

use super::{
    CLASS, Kind, Version, new_text,
    op::{Call, Op},
    places,
};

/// Versions that are `CowStr`s.
pub(crate) struct Texts;

impl Kind for Texts {
    type Cow = CowStr;
    type Model = String;

    fn step(
        version: &mut Version<Self>,
        op: Op,
        others: &[Version<Self>],
    ) -> Option<Version<Self>> {
        let Version { cow, model } = version;
        let (a, b) = places(op, model.len());
        let (a, b) = (model.floor_char_boundary(a), model.floor_char_boundary(b));
        let new = new_text(op, model.len());
        let new = new.as_str();
        let char = new.chars().next().unwrap_or('ü');
        let n = usize::from(op.n);
        let other = others.get(n % others.len().max(1));
        match op.call {
            Call::Snapshot | Call::Switch | Call::Drop => {}
            Call::Push => {
                cow.push(char);
                model.push(char);
            }
            Call::Pop => assert_eq!(cow.pop(), model.pop()),
            Call::Append => {
                cow.push_str(new);
                model.push_str(new);
            }
            Call::TryAppend => {
                cow.try_push_str(new).unwrap();
                model.push_str(new);
            }
            Call::Extend => {
                cow.extend(new.chars());
                model.push_str(new);
            }
            Call::AppendOther => {
                if let Some(other) = other.filter(|_| model.len() < 2 * CLASS) {
                    *cow += other.cow.as_str();
                    *model += &other.model;
                }
            }
            Call::Insert => {
                cow.insert(a, char);
                model.insert(a, char);
            }
            Call::InsertMany => {
                cow.insert_str(a, new);
                model.insert_str(a, new);
            }
            Call::Remove if a < model.len() => assert_eq!(cow.remove(a), model.remove(a)),
            Call::Remove => {}
            Call::Replace => {
                cow.replace_range(a..b, new);
                model.replace_range(a..b, new);
            }
            Call::TryReplace => {
                cow.try_replace_range(a..b, new).unwrap();
                model.replace_range(a..b, new);
            }
            Call::Truncate => {
                cow.truncate(b);
                model.truncate(b);
            }
            Call::Clear => {
                cow.clear();
                model.clear();
            }
            Call::SplitOff => {
                return Some(Version {
                    cow: cow.split_off(a),
                    model: model.split_off(a),
                });
            }
            Call::SplitTo => {
                let rest = model.split_off(a);
                return Some(Version {
                    cow: cow.split_to(a),
                    model: std::mem::replace(model, rest),
                });
            }
            Call::KeepBack => {
                *cow = cow.split_off(a);
                *model = model.split_off(a);
            }
            Call::Slice => {
                return Some(Version {
                    cow: cow.slice(a..b),
                    model: model[a..b].to_owned(),
                });
            }
            Call::SliceRef => {
                return Some(Version {
                    cow: cow.slice_ref(&cow[a..b]),
                    model: model[a..b].to_owned(),
                });
            }
            Call::Parts => {
                assert!(cow.lines().eq(model.lines()));
                assert!(cow.rsplit('\n').eq(model.rsplit('\n')));
                let nth = n % 8;
                return Some(Version {
                    cow: cow.split_inclusive(' ').nth(nth)?,
                    model: model.split_inclusive(' ').nth(nth)?.to_owned(),
                });
            }
            Call::Trim => {
                *cow = cow.trim();
                *model = model.trim().to_owned();
            }
            Call::Retain => {
                cow.retain(|other| other != char);
                model.retain(|other| other != char);
            }
            Call::Overwrite => {
                cow.make_ascii_uppercase();
                model.make_ascii_uppercase();
            }
            Call::Reserve => {
                cow.reserve(n * 8);
                assert!(cow.capacity() >= cow.len() + n * 8 && cow.is_exclusive());
            }
            Call::TryReserve => {
                cow.try_reserve(n * 8).unwrap();
                assert!(cow.capacity() >= cow.len() + n * 8 && cow.is_exclusive());
            }
            Call::Compact => cow.compact(),
            Call::Repeat => {
                let count = n % 4;
                if model.len() * count < 3 * CLASS {
                    *cow = cow.repeat(count);
                    *model = model.repeat(count);
                }
            }
            Call::Convert => {
                let bytes = std::mem::take(cow).into_bytes();
                *cow = CowStr::from_utf8(bytes).unwrap();
            }
            Call::Compare => {
                let range = usize::from(op.a) % 100..usize::from(op.b) % 100;
                assert_eq!(cow.get_slice(range.clone()).as_deref(), model.get(range));
                if let Some(other) = other {
                    assert_eq!(*cow == other.cow, *model == other.model);
                    assert_eq!((*cow).cmp(&other.cow), (*model).cmp(&other.model));
                }
            }
        }
        None
    }

    fn check(cow: &CowStr, model: &String) {
        assert_eq!(cow, model);
        assert_eq!((cow.len(), cow.is_empty()), (model.len(), model.is_empty()));
        assert!(cow.capacity() >= cow.len());
    }
}
