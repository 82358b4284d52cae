//! Methods of series, through SQL.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch};
use criterion::{Criterion, Throughput};
use datafusion::prelude::{SessionConfig, SessionContext};
use tokio::runtime::Runtime;

const N_POINTS: usize = 60;

pub(super) fn benches(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let mut group = criterion.benchmark_group("methods");
    group.sample_size(10);
    for (name, n_series, sql) in [
        (
            "spc of series of 60 points",
            10_000,
            "select count(c) from (select spc(month, value, 'decrease') over (partition by series) \
             as c from s)",
        ),
        (
            "its of series of 60 points",
            5_000,
            "select count(r) from (select its(month, value, is_after, 'quasi_poisson', exposure, 1, \
             'newey_west', 6) as r from s group by series)",
        ),
    ] {
        let ctx = context(n_series);
        group.throughput(Throughput::Elements(n_series as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let answer = async { ctx.sql(sql).await?.collect().await };
                runtime.block_on(answer).expect("an answer").len()
            });
        });
    }
    group.finish();
}

/// A session on two threads with a table of so many series.
fn context(n_series: usize) -> SessionContext {
    let ctx = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(2));
    hub::methods::sql::register(&ctx).expect("a fresh session");
    let rows = || (0..n_series * N_POINTS).map(|at| (at / N_POINTS, at % N_POINTS));
    let value = |(series, month): (usize, usize)| {
        (200 + (series * 31 + month * month * 7) % 43 + month / 2) as f64
    };
    let columns: [(&str, ArrayRef); 5] = [
        ("series", Arc::new(rows().map(|(series, _)| series as i64).collect::<Int64Array>())),
        ("month", Arc::new(rows().map(|(_, month)| month as i64).collect::<Int64Array>())),
        ("value", Arc::new(rows().map(value).map(Some).collect::<Float64Array>())),
        (
            "is_after",
            Arc::new(rows().map(|(_, month)| Some(month >= 36)).collect::<BooleanArray>()),
        ),
        (
            "exposure",
            Arc::new(
                rows().map(|(_, month)| Some((9_000 + month * 3) as f64)).collect::<Float64Array>(),
            ),
        ),
    ];
    let batch = RecordBatch::try_from_iter(columns).expect("columns of one length");
    ctx.register_batch("s", batch).expect("a new table");
    ctx
}
