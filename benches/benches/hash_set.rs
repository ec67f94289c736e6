//! `CowHashSet` and its contenders under criterion.

mod driver;

fn main() {
    driver::run(&cow_benches::set::hash::SUITE);
}
