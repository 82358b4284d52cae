//! What sealing costs: parts of tokens, which nothing makes shorter, in the identity zone and outside.

use std::hint::black_box;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, UInt64Array};
use criterion::{Criterion, Throughput};
use hub::pseudonymise::MasterKey;
use hub::store::{Part, Store, Zone};

const N_ROWS: u64 = 500_000;
const N_COLUMNS: u64 = 8;

pub(super) fn benches(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(&folder.path().join("store")).expect("a store can be made");
    let store = store.with_zone_key(&MasterKey::demonstration().zone_key());
    let tokens = tokens();
    let mut group = criterion.benchmark_group("zone");
    group.sample_size(20);
    for (name, zone) in [("sealed", Zone::Identities), ("unsealed", Zone::Parts)] {
        let part = write(&store, zone, &tokens);
        group.throughput(Throughput::Bytes(part.n_bytes));
        group.bench_function(format!("write {name}"), |bench| {
            bench.iter(|| write(&store, zone, &tokens));
        });
        group.bench_function(format!("read {name}"), |bench| {
            bench.iter(|| black_box(store.read(zone, &part).expect("the part was written above")));
        });
    }
    group.finish();
}

/// Columns of numbers without a pattern (SplitMix64's multipliers).
fn tokens() -> RecordBatch {
    let token = |i: u64| {
        let z = i.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z ^ (z >> 27)
    };
    let column = |c: u64| -> (String, ArrayRef) {
        let tokens = (0..N_ROWS).map(|row| token(row * N_COLUMNS + c));
        (format!("token_{c}"), Arc::new(UInt64Array::from_iter_values(tokens)))
    };
    RecordBatch::try_from_iter((0..N_COLUMNS).map(column)).expect("columns of one length")
}

fn write(store: &Store, zone: Zone, batch: &RecordBatch) -> Part {
    let mut writer = store.writer(zone, batch.schema()).expect("room in the store");
    writer.write(batch).expect("room in the store");
    writer.finish().expect("room in the store")
}
