//! What intake cannot do without: splitting the file alone, writing the Parquet alone. Printed beside
//! the whole, in seconds of the processor, which a busy machine stretches least.

use std::time::Instant;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema};
use hub::extract::{ExtractReader, Limits};
use hub::store::{Part, Store, Zone};

use super::scratch::{Scratch, encoder};

/// Runs of which the fastest counts.
const N_RUNS: usize = 5;

/// Prints the floors of a feed.
pub(super) fn print(feed: &str, text: &str, n_rows: u64) {
    let scratch = Scratch::new(feed, text);
    let encoder = encoder();
    let intake = scratch.take(&encoder);
    let store = scratch.store();
    let (records, identities) = (&intake.records, &intake.identities);
    let records = listed(&store, Zone::Parts, records);
    let identities = listed(&store, Zone::Identities, identities);
    let split = fastest(|| split(&scratch));
    let write = fastest(|| {
        write(&store, Zone::Parts, &records);
        write(&store, Zone::Identities, &identities);
    });
    let whole = fastest(|| {
        scratch.take(&encoder);
    });
    let per_row = |seconds: f64| seconds * 1e9 / n_rows as f64;
    #[expect(clippy::print_stdout, reason = "a bench reports on the screen")]
    {
        println!(
            "{feed}: split {:.0} ns a row, write {:.0}, whole {:.0}: {:.2} times the sum of its floors",
            per_row(split),
            per_row(write),
            per_row(whole),
            whole / (split + write)
        );
    }
}

/// The rows of a part with texts that repeat themselves as lists and places, as intake hands them on.
fn listed(store: &Store, zone: Zone, part: &Part) -> Vec<RecordBatch> {
    let batches = store.read(zone, part).expect("the part was written above");
    batches.iter().map(listed_batch).collect()
}

fn listed_batch(batch: &RecordBatch) -> RecordBatch {
    let list_type = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let list = |column: &ArrayRef| {
        let listed = match column.data_type() {
            DataType::Utf8 => cast(column, &list_type).expect("texts can be listed"),
            _ => column.clone(),
        };
        let n_listed =
            listed.to_data().child_data().first().map_or(0, arrow::array::ArrayData::len);
        if n_listed * 2 > column.len() { column.clone() } else { listed }
    };
    let columns: Vec<ArrayRef> = batch.columns().iter().map(list).collect();
    let fields = batch.schema_ref().fields().iter().zip(&columns).map(|(field, column)| {
        Field::new(field.name(), column.data_type().clone(), field.is_nullable())
    });
    let schema = Schema::new(fields.collect::<Vec<_>>());
    RecordBatch::try_new(schema.into(), columns).expect("the columns are of one length")
}

fn split(scratch: &Scratch) {
    let mut reader =
        ExtractReader::open(&scratch.path, &scratch.contract.format, Limits::default())
            .expect("the extract was written above");
    let layout = reader.layout();
    while let Some(block) = reader.next_block().expect("the extract is whole") {
        std::hint::black_box(layout.rows(block).expect("the extract parts"));
    }
}

fn write(store: &Store, zone: Zone, batches: &[RecordBatch]) {
    let Some(first) = batches.first() else { return };
    let plain = first.schema_ref().fields().iter().map(|field| match field.data_type() {
        DataType::Dictionary(..) => Field::new(field.name(), DataType::Utf8, field.is_nullable()),
        _ => field.as_ref().clone(),
    });
    let schema = Schema::new(plain.collect::<Vec<_>>());
    let mut writer = store.writer(zone, schema.into()).expect("room in the store");
    batches.iter().for_each(|batch| writer.write(batch).expect("room in the store"));
    writer.finish().expect("room in the store");
}

/// The fewest seconds of the processor that some work took.
fn fastest(mut work: impl FnMut()) -> f64 {
    let mut seconds = f64::INFINITY;
    for _ in 0..N_RUNS {
        let (start, wall) = (processor_seconds(), Instant::now());
        work();
        let used = processor_seconds().zip(start).map(|(end, start)| end - start);
        seconds = seconds.min(used.unwrap_or_else(|| wall.elapsed().as_secs_f64()));
    }
    seconds
}

/// Seconds of the processor that this process has used; `None` where `/proc` does not tell.
fn processor_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    // User and system time are the 14th and 15th field; the second may hold spaces.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / 100.0)
}
