//! Several versions of a `CowStr`, or of a `CowBytes`, each beside a std one that went through the same
//! calls. The fuzz target runs the same.

pub(crate) mod op;
mod runs;
#[path = "../../string/world/text.rs"]
mod text;
mod texts;

use std::fmt::Debug;

use self::op::{Call, Op};
pub(crate) use self::{runs::Runs, texts::Texts};

/// Above this a text has a buffer of its own.
pub(crate) const CLASS: usize = if cfg!(cow_tiny) { 4 << 10 } else { 64 << 10 };

/// How many versions live at most.
const VERSIONS: usize = 10;

/// Makes of any bytes a kind of versions, and calls; and runs them.
pub(crate) fn replay(bytes: &[u8]) {
    fn run<K: Kind>(ops: &[u8]) {
        let mut world = World::<K>::new();
        for op in Op::all_from(ops).take(100) {
            world.step(op);
            world.check();
        }
        world.end(ops.len());
    }
    match bytes {
        [] => {}
        [kind, ops @ ..] if kind % 2 == 0 => run::<Texts>(ops),
        [_, ops @ ..] => run::<Runs>(ops),
    }
}

/// What the versions are.
pub(crate) trait Kind: Sized + 'static {
    type Cow: Clone + Default + Debug;
    type Model: Clone + Default + Debug;

    /// Carries out one call, and returns a new version if the call makes one. `others` are all versions
    /// but this one.
    fn step(version: &mut Version<Self>, op: Op, others: &[Version<Self>])
    -> Option<Version<Self>>;

    /// Asserts that a version is what it should be.
    fn check(cow: &Self::Cow, model: &Self::Model);
}

/// One version and what it should be.
#[derive(Clone, Debug, Default)]
pub(crate) struct Version<K: Kind> {
    cow: K::Cow,
    model: K::Model,
}

/// The versions. Each call goes to the last one.
pub(crate) struct World<K: Kind> {
    versions: Vec<Version<K>>,
}

impl<K: Kind> World<K> {
    /// Starts with an empty text.
    pub(crate) fn new() -> Self {
        let first = Version {
            cow: K::Cow::default(),
            model: K::Model::default(),
        };
        Self {
            versions: vec![first],
        }
    }

    /// Asserts that every version is what it should be.
    pub(crate) fn check(&self) {
        for Version { cow, model } in &self.versions {
            K::check(cow, model);
        }
    }

    /// Drops the versions in an order that `seed` stands for, and checks those that are left.
    pub(crate) fn end(mut self, seed: usize) {
        while !self.versions.is_empty() {
            self.versions.swap_remove(seed % self.versions.len());
            self.check();
        }
    }

    /// Carries out one call on the last version and on its model.
    pub(crate) fn step(&mut self, op: Op) {
        let last = self.versions.len() - 1;
        let index = usize::from(op.a) % self.versions.len();
        match op.call {
            Call::Snapshot => {
                let Version { cow, model } = &self.versions[last];
                let (cow, model) = (cow.clone(), model.clone());
                self.versions.push(Version { cow, model });
            }
            Call::Switch => self.versions.swap(index, last),
            Call::Drop if last > 0 => drop(self.versions.remove(index)),
            Call::Drop => {}
            _ => {
                let (current, others) = self.versions.split_last_mut().expect("at least one");
                let more = K::step(current, op, others);
                self.versions.extend(more);
            }
        }
        if self.versions.len() > VERSIONS {
            self.versions.remove(usize::from(op.b) % VERSIONS);
        }
    }
}

/// Two places up to `len`, in order.
fn places(op: Op, len: usize) -> (usize, usize) {
    let fraction = |n: u16| (usize::from(n) * (len + 1)) >> 16;
    (fraction(op.a.min(op.b)), fraction(op.a.max(op.b)))
}

/// The text a call adds to one of this length: mostly some bytes, now and then more than a chunk has.
fn new_text(op: Op, len: usize) -> String {
    let steps = usize::from(op.n).saturating_sub(239);
    let bytes = if steps == 0 || len > 2 * CLASS || cfg!(miri) {
        usize::from(op.n) % 48
    } else {
        steps * CLASS / 8
    };
    text::sample(op.b.to_le_bytes()[0], bytes)
}
