//! What does not compile, each beside a twin that does and differs in one type.
//!
//! A vector goes to another thread only when its values may be used from both: a clone stays behind
//! and shares them.
//!
//! ```
//! fn needs_send<T: Send>() {}
//! needs_send::<cow_collections::CowVec<String>>();
//! needs_send::<cow_collections::IterMut<'static, String>>();
//! needs_send::<cow_collections::ChunksMut<'static, String>>();
//! ```
//!
//! ```compile_fail,E0277
//! fn needs_send<T: Send>() {}
//! needs_send::<cow_collections::CowVec<std::rc::Rc<str>>>();
//! ```
//!
//! ```compile_fail,E0277
//! fn needs_send<T: Send>() {}
//! needs_send::<cow_collections::CowVec<std::cell::Cell<u8>>>();
//! ```
//!
//! ```compile_fail,E0277
//! fn needs_send<T: Send>() {}
//! needs_send::<cow_collections::IterMut<'static, std::rc::Rc<str>>>();
//! ```
//!
//! ```compile_fail,E0277
//! fn needs_send<T: Send>() {}
//! needs_send::<cow_collections::ChunksMut<'static, std::cell::Cell<u8>>>();
//! ```
//!
//! ```
//! fn needs_sync<T: Sync>() {}
//! needs_sync::<cow_collections::CowVec<std::sync::atomic::AtomicU8>>();
//! ```
//!
//! ```compile_fail,E0277
//! fn needs_sync<T: Sync>() {}
//! needs_sync::<cow_collections::CowVec<std::cell::Cell<u8>>>();
//! ```
//!
//! Values that were lent for writing are not to be given a shorter lifetime, or what is written might
//! not live as long as the vector:
//!
//! ```
//! use cow_collections::Iter;
//! fn shorter<'a>(long: Iter<'a, &'static str>) -> Iter<'a, &'a str> {
//!     long
//! }
//! ```
//!
//! ```compile_fail
//! use cow_collections::IterMut;
//! fn shorter<'a>(long: IterMut<'a, &'static str>) -> IterMut<'a, &'a str> {
//!     long
//! }
//! ```
//!
//! ```compile_fail
//! use cow_collections::ChunksMut;
//! fn shorter<'a>(long: ChunksMut<'a, &'static str>) -> ChunksMut<'a, &'a str> {
//!     long
//! }
//! ```
//!
//! What an iterator lends does not outlive the vector, and nothing is lent for writing twice:
//!
//! ```
//! let mut vec = cow_collections::CowVec::from([1, 2]);
//! let first = vec.iter_mut().next();
//! assert_eq!(first, Some(&mut 1));
//! vec.push(3);
//! ```
//!
//! ```compile_fail,E0499
//! let mut vec = cow_collections::CowVec::from([1, 2]);
//! let first = vec.iter_mut().next();
//! vec.push(3);
//! assert_eq!(first, Some(&mut 1));
//! ```
//!
//! ```compile_fail,E0505
//! let vec = cow_collections::CowVec::from([1, 2]);
//! let first = vec.chunks().next();
//! drop(vec);
//! assert_eq!(first, Some(&[1, 2][..]));
//! ```
//!
//! A drained range keeps the vector borrowed, as `Vec`'s does:
//!
//! ```
//! let mut vec = cow_collections::CowVec::from([1, 2]);
//! let drained = vec.drain(..1);
//! drop(drained);
//! vec.push(3);
//! ```
//!
//! ```compile_fail,E0499
//! let mut vec = cow_collections::CowVec::from([1, 2]);
//! let drained = vec.drain(..1);
//! vec.push(3);
//! drop(drained);
//! ```
//!
//! The same holds of maps and sets:
//!
//! ```
//! fn needs_send<T: Send>() {}
//! needs_send::<cow_collections::CowHashMap<String, String>>();
//! needs_send::<cow_collections::hash_map::IterMut<'static, String, String>>();
//! ```
//!
//! ```compile_fail,E0277
//! fn needs_send<T: Send>() {}
//! needs_send::<cow_collections::CowHashMap<String, std::rc::Rc<str>>>();
//! ```
//!
//! ```compile_fail,E0277
//! fn needs_send<T: Send>() {}
//! needs_send::<cow_collections::CowHashMap<String, std::cell::Cell<u8>>>();
//! ```
//!
//! ```compile_fail,E0277
//! fn needs_send<T: Send>() {}
//! needs_send::<cow_collections::hash_map::IterMut<'static, String, std::rc::Rc<str>>>();
//! ```
//!
//! ```
//! fn needs_sync<T: Sync>() {}
//! needs_sync::<cow_collections::CowHashMap<String, std::sync::atomic::AtomicU8>>();
//! ```
//!
//! ```compile_fail,E0277
//! fn needs_sync<T: Sync>() {}
//! needs_sync::<cow_collections::CowHashMap<String, std::cell::Cell<u8>>>();
//! ```
//!
//! ```
//! use cow_collections::hash_map::Iter;
//! fn shorter<'a>(long: Iter<'a, u8, &'static str>) -> Iter<'a, u8, &'a str> {
//!     long
//! }
//! ```
//!
//! ```compile_fail
//! use cow_collections::hash_map::IterMut;
//! fn shorter<'a>(long: IterMut<'a, u8, &'static str>) -> IterMut<'a, u8, &'a str> {
//!     long
//! }
//! ```
//!
//! ```compile_fail
//! use cow_collections::hash_map::{DefaultHashBuilder, OccupiedEntry};
//! type Entry<'a, V> = OccupiedEntry<'a, u8, V, DefaultHashBuilder>;
//! fn shorter<'a>(long: Entry<'a, &'static str>) -> Entry<'a, &'a str> {
//!     long
//! }
//! ```
//!
//! ```
//! let mut map = cow_collections::CowHashMap::from([(1, 2)]);
//! let first = map.values_mut().next();
//! assert_eq!(first, Some(&mut 2));
//! map.insert(3, 4);
//! ```
//!
//! ```compile_fail,E0499
//! let mut map = cow_collections::CowHashMap::from([(1, 2)]);
//! let first = map.values_mut().next();
//! map.insert(3, 4);
//! assert_eq!(first, Some(&mut 2));
//! ```
//!
//! ```compile_fail,E0505
//! let map = cow_collections::CowHashMap::from([(1, 2)]);
//! let first = map.chunks().next();
//! drop(map);
//! assert_eq!(first, Some(&[(1, 2)][..]));
//! ```
//!
//! And of those in order:
//!
//! ```
//! fn needs_send<T: Send>() {}
//! needs_send::<cow_collections::CowOrdMap<String, String>>();
//! needs_send::<cow_collections::ord_map::IterMut<'static, String, String>>();
//! ```
//!
//! ```compile_fail,E0277
//! fn needs_send<T: Send>() {}
//! needs_send::<cow_collections::CowOrdMap<std::rc::Rc<str>, String>>();
//! ```
//!
//! ```compile_fail,E0277
//! fn needs_send<T: Send>() {}
//! needs_send::<cow_collections::CowOrdMap<String, std::cell::Cell<u8>>>();
//! ```
//!
//! ```compile_fail,E0277
//! fn needs_send<T: Send>() {}
//! needs_send::<cow_collections::ord_map::IterMut<'static, String, std::cell::Cell<u8>>>();
//! ```
//!
//! ```
//! use cow_collections::ord_map::Iter;
//! fn shorter<'a>(long: Iter<'a, u8, &'static str>) -> Iter<'a, u8, &'a str> {
//!     long
//! }
//! ```
//!
//! ```compile_fail
//! use cow_collections::ord_map::IterMut;
//! fn shorter<'a>(long: IterMut<'a, u8, &'static str>) -> IterMut<'a, u8, &'a str> {
//!     long
//! }
//! ```
//!
//! ```compile_fail
//! use cow_collections::ord_map::OccupiedEntry;
//! fn shorter<'a>(
//!     long: OccupiedEntry<'a, u8, &'static str>,
//! ) -> OccupiedEntry<'a, u8, &'a str> {
//!     long
//! }
//! ```
//!
//! ```
//! let mut map = cow_collections::CowOrdMap::from([(1, 2)]);
//! let first = map.iter_mut().next();
//! assert_eq!(first, Some((&1, &mut 2)));
//! map.insert(3, 4);
//! ```
//!
//! ```compile_fail,E0499
//! let mut map = cow_collections::CowOrdMap::from([(1, 2)]);
//! let first = map.iter_mut().next();
//! map.insert(3, 4);
//! assert_eq!(first, Some((&1, &mut 2)));
//! ```
