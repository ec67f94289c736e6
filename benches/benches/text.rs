//! `CowString` and its contenders under criterion.

mod driver;

fn main() {
    driver::run(&cow_benches::text::SUITE);
    driver::run(&cow_benches::text::REPLAYS);
}
