//! How fast each part is, on rows made on the fly. `benches/README.md` says what each line measures.

mod floors;
mod intake;
mod pseudonyms;
mod release;
mod rows;
mod scratch;
mod sealed;
mod series;
mod statistics;

/// The allocator of the `hub` binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    if std::env::args().any(|argument| argument == "floors") {
        floors::print("gp_event", &rows::gp_event(2_000_000), 2_000_000);
        floors::print("apc", &rows::apc(500_000), 500_000);
        return;
    }
    let mut criterion = criterion::Criterion::default().configure_from_args();
    intake::benches(&mut criterion);
    pseudonyms::benches(&mut criterion);
    release::benches(&mut criterion);
    sealed::benches(&mut criterion);
    statistics::benches(&mut criterion);
    series::benches(&mut criterion);
    criterion.final_summary();
}
