//! Statistics and disclosure control.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use criterion::{Criterion, Throughput};
use hub::disclosure::{ReleaseSpec, RulePack, release};
use hub::domain::ESP2013_BANDS;
use hub::methods::{Band, Confidence, dsr, esp2013};

const N_AREAS: usize = 10_000;

pub(super) fn benches(criterion: &mut Criterion) {
    let bands = bands();
    let mut group = criterion.benchmark_group("methods");
    group.throughput(Throughput::Elements(N_AREAS as u64));
    group.bench_function("dsr of areas by 19 age bands", |bencher| {
        bencher.iter(|| {
            let rates = bands.iter().map(|bands| dsr(bands, 100_000.0, Confidence::P95));
            rates.filter_map(|rate| rate.value).sum::<f64>()
        });
    });
    group.finish();

    let (table, spec, pack) = (table(&bands), spec(), RulePack::hes());
    let mut group = criterion.benchmark_group("disclosure");
    group.throughput(Throughput::Elements(N_AREAS as u64));
    group.bench_function("areas with counts and a rate", |bencher| {
        let batches = std::slice::from_ref(&table);
        bencher.iter(|| release("release.speed", batches, &spec, &pack).expect("it is declared"));
    });
    group.finish();
}

/// Events and persons of every area and band, none empty.
fn bands() -> Vec<Vec<Band>> {
    let band = |area: usize, band: usize| Band {
        n_events: ((area * 31 + band * 7) % 23) as f64,
        population: (400 + (area * 17 + band * 13) % 300) as f64,
        standard_population: esp2013(ESP2013_BANDS[band]).expect("a band of the population"),
    };
    let areas = 0..N_AREAS;
    areas.map(|area| (0..ESP2013_BANDS.len()).map(|i| band(area, i)).collect()).collect()
}

fn table(bands: &[Vec<Band>]) -> RecordBatch {
    let whole = |of: fn(&Band) -> f64| -> ArrayRef {
        let sums = bands.iter().map(|bands| bands.iter().map(of).sum::<f64>() as i64);
        Arc::new(Int64Array::from_iter_values(sums))
    };
    let areas = (0..bands.len()).map(|area| format!("E{area:08}"));
    let rates = bands.iter().map(|bands| dsr(bands, 100_000.0, Confidence::P95).value);
    let columns: [(&str, ArrayRef); 4] = [
        ("area", Arc::new(StringArray::from_iter_values(areas))),
        ("n_persons", whole(|band| band.population)),
        ("n_events", whole(|band| band.n_events)),
        ("rate", Arc::new(rates.collect::<Float64Array>())),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true)))
        .expect("columns of one length")
}

fn spec() -> ReleaseSpec {
    toml::from_str(
        "title = \"Events by area\"\nunit = \"events\"\ndimensions = [\"area\"]\n\
         persons = \"n_persons\"\ncounts = [\"n_persons\", \"n_events\"]\n\
         rates = [{ columns = [\"rate\"], per = 100000, denominator = \"n_persons\", \
         numerator = \"n_events\" }]",
    )
    .expect("a declaration")
}
