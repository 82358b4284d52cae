//! From a file's bytes to parts, and from identities to persons.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use hub::extract::{ExtractReader, Limits};
use hub::link::{Identities, Previous, SaidSame, Settings, link};
use hub::store::Zone;

use super::rows;
use super::scratch::{Scratch, encoder};

const N_GP_EVENT: u64 = 500_000;
const N_APC: u64 = 200_000;

pub(super) fn benches(criterion: &mut Criterion) {
    let gp_event = Scratch::new("gp_event", &rows::gp_event(N_GP_EVENT));
    let apc = Scratch::new("apc", &rows::apc(N_APC));
    for (feed, scratch, n_rows) in [("gp_event", &gp_event, N_GP_EVENT), ("apc", &apc, N_APC)] {
        extract(criterion, feed, scratch);
        validate(criterion, feed, scratch, n_rows);
        whole(criterion, feed, scratch, n_rows);
    }
    persons(criterion, &apc);
}

/// Bytes to cells, on one thread.
fn extract(criterion: &mut Criterion, feed: &str, scratch: &Scratch) {
    let mut group = criterion.benchmark_group("extract");
    group.sample_size(10).throughput(Throughput::Bytes(scratch.n_bytes));
    group.bench_function(feed, |bencher| {
        bencher.iter(|| {
            let mut n_rows = 0;
            each_block(scratch, |rows, _| n_rows += rows.len());
            n_rows
        });
    });
    group.finish();
}

/// Cells to checked Arrow columns, on one thread; parting is timed too, and has its own line.
fn validate(criterion: &mut Criterion, feed: &str, scratch: &Scratch, n_rows: u64) {
    let mut group = criterion.benchmark_group("extract and validate");
    group.sample_size(10).throughput(Throughput::Elements(n_rows));
    group.bench_function(feed, |bencher| {
        bencher.iter(|| {
            each_block(scratch, |rows, binding| {
                black_box(scratch.contract.check(rows, binding));
            });
        });
    });
    group.finish();
}

fn each_block(
    scratch: &Scratch,
    mut take: impl FnMut(&hub::extract::Rows, &hub::contract::Binding),
) {
    let format = &scratch.contract.format;
    let mut reader = ExtractReader::open(&scratch.path, format, Limits::default())
        .expect("the extract was written above");
    let binding = scratch.contract.bind(&scratch.path, reader.header());
    let binding = binding.expect("the header is the contract's");
    let layout = reader.layout();
    while let Some(block) = reader.next_block().expect("the extract is whole") {
        take(&layout.rows(block).expect("the extract parts"), &binding);
    }
}

/// Parsed, validated, pseudonymised and written as Parquet, on all processors.
fn whole(criterion: &mut Criterion, feed: &str, scratch: &Scratch, n_rows: u64) {
    let encoder = encoder();
    let mut group = criterion.benchmark_group("intake");
    group.sample_size(10).throughput(Throughput::Elements(n_rows));
    group.bench_function(feed, |bencher| bencher.iter(|| scratch.take(&encoder)));
    group.finish();
}

/// Identities to persons.
fn persons(criterion: &mut Criterion, apc: &Scratch) {
    let encoder = encoder();
    let part = apc.take(&encoder).identities;
    let batches = apc.store().read(Zone::Identities, &part).expect("the part was written above");
    let as_at = jiff::civil::date(2026, 4, 1);
    let mut group = criterion.benchmark_group("link");
    group.sample_size(10).throughput(Throughput::Elements(part.n_rows));
    group.bench_function("apc identities", |bencher| {
        bencher.iter(|| {
            let identities = Identities::from_batches(&batches).expect("the columns are there");
            let person_id = |founder| encoder.person_id(founder);
            let (previous, settings) = (Previous::default(), Settings::default());
            let said = SaidSame::default();
            link(&identities, &said, &previous, &settings, &person_id, as_at).expect("it links")
        });
    });
    group.finish();
}
