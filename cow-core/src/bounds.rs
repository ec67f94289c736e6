//! What does not compile, each beside a twin that does and differs in one type.
//!
//! A handle goes to another thread only when its contents may be used from both:
//!
//! ```
//! fn needs_send<T: Send>() {}
//! needs_send::<cow_core::Shared<String>>();
//! needs_send::<cow_core::Slots<String>>();
//! needs_send::<cow_core::Entry<cow_core::Shared<String>, cow_core::Slots<u8>>>();
//! needs_send::<cow_core::SnapshotCell<String>>();
//! ```
//!
//! ```compile_fail,E0277
//! fn needs_send<T: Send>() {}
//! needs_send::<cow_core::Shared<std::rc::Rc<str>>>();
//! ```
//!
//! ```compile_fail,E0277
//! fn needs_send<T: Send>() {}
//! needs_send::<cow_core::Slots<std::rc::Rc<str>>>();
//! ```
//!
//! ```compile_fail,E0277
//! fn needs_send<T: Send>() {}
//! needs_send::<cow_core::Entry<cow_core::Shared<std::rc::Rc<str>>, cow_core::Slots<u8>>>();
//! ```
//!
//! ```compile_fail,E0277
//! fn needs_send<T: Send>() {}
//! needs_send::<cow_core::SnapshotCell<std::rc::Rc<str>>>();
//! ```
//!
//! `Send` alone is not enough, since a clone stays behind and reads at the same time:
//!
//! ```compile_fail,E0277
//! fn needs_send<T: Send>() {}
//! needs_send::<cow_core::Shared<std::cell::Cell<u8>>>();
//! ```
//!
//! ```compile_fail,E0277
//! fn needs_send<T: Send>() {}
//! needs_send::<cow_core::Slots<std::cell::Cell<u8>>>();
//! ```
//!
//! ```
//! fn needs_sync<T: Sync>() {}
//! needs_sync::<cow_core::Shared<std::sync::atomic::AtomicU8>>();
//! needs_sync::<cow_core::Slots<std::sync::atomic::AtomicU8>>();
//! needs_sync::<cow_core::SnapshotCell<std::sync::atomic::AtomicU8>>();
//! ```
//!
//! ```compile_fail,E0277
//! fn needs_sync<T: Sync>() {}
//! needs_sync::<cow_core::Shared<std::cell::Cell<u8>>>();
//! ```
//!
//! ```compile_fail,E0277
//! fn needs_sync<T: Sync>() {}
//! needs_sync::<cow_core::Slots<std::cell::Cell<u8>>>();
//! ```
//!
//! ```compile_fail,E0277
//! fn needs_sync<T: Sync>() {}
//! needs_sync::<cow_core::SnapshotCell<std::cell::Cell<u8>>>();
//! ```
//!
//! The turn of a writer stays on its thread:
//!
//! ```
//! let cell = cow_core::SnapshotCell::new(0);
//! std::thread::scope(|scope| {
//!     scope.spawn(|| cell.write().commit());
//! });
//! ```
//!
//! ```compile_fail,E0277
//! let cell = cow_core::SnapshotCell::new(0);
//! std::thread::scope(|scope| {
//!     let writer = cell.write();
//!     scope.spawn(|| writer.commit());
//! });
//! ```
//!
//! What a cell gives to one thread may have been stored by another, so its lifetime is not to be
//! shortened:
//!
//! ```
//! use cow_core::Shared;
//! fn shorter<'a>(long: Shared<&'static str>) -> Shared<&'a str> {
//!     long
//! }
//! ```
//!
//! ```compile_fail
//! use cow_core::SnapshotCell;
//! fn shorter<'a>(long: &'a SnapshotCell<&'static str>) -> &'a SnapshotCell<&'a str> {
//!     long
//! }
//! ```
//!
//! A lent node does not outlive its handle, and is not lent for writing twice:
//!
//! ```
//! let mut node = cow_core::Shared::new(1);
//! let lent = node.make_mut();
//! *lent = 2;
//! drop(node);
//! ```
//!
//! ```compile_fail,E0505
//! let mut node = cow_core::Shared::new(1);
//! let lent = node.make_mut();
//! drop(node);
//! *lent = 2;
//! ```
//!
//! ```compile_fail,E0499
//! let mut node = cow_core::Shared::new(1);
//! let lent = node.make_mut();
//! let twice = node.make_mut();
//! *lent = 2;
//! ```
