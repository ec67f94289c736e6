//! `CowStr` and its contenders under criterion.

mod driver;

fn main() {
    driver::run(&cow_benches::str::SUITE);
}
