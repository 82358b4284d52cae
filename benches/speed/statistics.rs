//! Statistics as analysts ask for them, in SQL, on two threads.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use criterion::{Criterion, Throughput};
use datafusion::datasource::MemTable;
use datafusion::prelude::{SessionConfig, SessionContext};
use hub::domain::ESP2013_BANDS;
use hub::methods::esp2013;
use tokio::runtime::{Builder, Runtime};

const N_AREAS: usize = 10_000;
const N_THREADS: usize = 2;
const DSR: &str =
    "select area, dsr(n_events, persons, weight, 100000) as r from rates group by area";
const LIFE: &str = "select area, life_expectancy(age_from, age_to, n_events, persons) as r from lives \
                    group by area";

pub(super) fn benches(criterion: &mut Criterion) {
    let runtime = Builder::new_multi_thread().worker_threads(N_THREADS).build().expect("a runtime");
    let ctx =
        SessionContext::new_with_config(SessionConfig::new().with_target_partitions(N_THREADS));
    hub::methods::sql::register(&ctx).expect("a fresh session takes every function");
    add_table(&ctx, "rates", &rates());
    add_table(&ctx, "lives", &lives());
    let mut group = criterion.benchmark_group("sql");
    group.sample_size(20);
    group.throughput(Throughput::Elements(N_AREAS as u64));
    for (name, sql) in
        [("dsr of areas by 19 age bands", DSR), ("life expectancy of areas by 20", LIFE)]
    {
        group.bench_function(name, |bencher| bencher.iter(|| n_rows(&runtime, &ctx, sql)));
    }
    group.finish();
}

fn n_rows(runtime: &Runtime, ctx: &SessionContext, sql: &str) -> usize {
    runtime.block_on(async {
        let frame = ctx.sql(sql).await.expect("a query that can be planned");
        let batches = frame.collect().await.expect("a query that can be run");
        let n_rows = batches.iter().map(RecordBatch::num_rows).sum();
        assert_eq!(n_rows, N_AREAS);
        n_rows
    })
}

/// The table in as many parts as there are threads.
fn add_table(ctx: &SessionContext, name: &str, batch: &RecordBatch) {
    let n_rows = batch.num_rows() / N_THREADS;
    let parts = (0..N_THREADS).map(|at| vec![batch.slice(at * n_rows, n_rows)]).collect();
    let table = MemTable::try_new(batch.schema(), parts).expect("parts of one schema");
    ctx.register_table(name, Arc::new(table)).expect("a new table");
}

fn areas(n_bands: usize) -> ArrayRef {
    let areas = (0..N_AREAS * n_bands).map(|row| format!("E{:08}", row / n_bands));
    Arc::new(StringArray::from_iter_values(areas))
}

fn numbers(n_bands: usize, of: impl Fn(usize, usize) -> Option<f64>) -> ArrayRef {
    let rows = (0..N_AREAS * n_bands).map(|row| of(row / n_bands, row % n_bands));
    Arc::new(rows.collect::<Float64Array>())
}

fn rates() -> RecordBatch {
    let n_bands = ESP2013_BANDS.len();
    let events =
        (0..N_AREAS * n_bands).map(|row| (row / n_bands * 31 + row % n_bands * 7) as i64 % 23);
    let persons = |area: usize, band: usize| Some((400 + (area * 17 + band * 13) % 300) as f64);
    let columns: [(&str, ArrayRef); 4] = [
        ("area", areas(n_bands)),
        ("n_events", Arc::new(Int64Array::from_iter_values(events))),
        ("persons", numbers(n_bands, persons)),
        ("weight", numbers(n_bands, |_, band| esp2013(ESP2013_BANDS[band]))),
    ];
    RecordBatch::try_from_iter(columns).expect("columns of one length")
}

fn lives() -> RecordBatch {
    let n_bands = 20;
    let start = |band: usize| if band < 2 { band as f64 } else { 5.0 * (band - 1) as f64 };
    let deaths = |area: usize, band: usize| Some(((area * 31 + band * 7) % 5 + band) as f64);
    let persons = |area: usize, band: usize| Some((400 + (area * 17 + band * 13) % 300) as f64);
    let end = |_: usize, band: usize| (band + 1 < n_bands).then(|| start(band + 1));
    let columns: [(&str, ArrayRef); 5] = [
        ("area", areas(n_bands)),
        ("age_from", numbers(n_bands, |_, band| Some(start(band)))),
        ("age_to", numbers(n_bands, end)),
        ("n_events", numbers(n_bands, deaths)),
        ("persons", numbers(n_bands, persons)),
    ];
    RecordBatch::try_from_iter(columns).expect("columns of one length")
}
