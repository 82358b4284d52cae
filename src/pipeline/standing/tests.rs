//! Keys that come again, held against a plain reading of the rule.

use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use proptest::prelude::*;

use super::overtaken::{Sent, overtaken};
use crate::store::{Part, Store, Zone};

/// A delivery: keys of its rows, keys that it takes back.
type Delivery = (Vec<i64>, Vec<i64>);

fn part(store: &Store, ids: &[i64]) -> Part {
    let schema = Arc::new(Schema::new(vec![Field::new("record_id", DataType::Int64, false)]));
    let mut writer = store.writer(Zone::Parts, Arc::clone(&schema)).unwrap();
    let ids = Arc::new(Int64Array::from(ids.to_vec()));
    writer.write(&RecordBatch::try_new(schema, vec![ids]).unwrap()).unwrap();
    writer.finish().unwrap()
}

fn found(deliveries: &[Delivery]) -> Vec<Vec<u32>> {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let parts: Vec<(Part, Part)> = deliveries
        .iter()
        .map(|(rows, deletions)| (part(&store, rows), part(&store, deletions)))
        .collect();
    let sent: Vec<Sent<'_>> =
        parts.iter().map(|(r, d)| Sent { records: Some(r), deletions: Some(d) }).collect();
    overtaken(&store, &sent).unwrap()
}

/// The rule as it is told: a row stands unless its key comes in a later delivery, or is taken back in
/// the same or a later one.
fn expected(deliveries: &[Delivery]) -> Vec<Vec<u32>> {
    let is_overtaken = |i: usize, key: &i64| {
        deliveries[i + 1..].iter().any(|(rows, _)| rows.contains(key))
            || deliveries[i..].iter().any(|(_, deletions)| deletions.contains(key))
    };
    let of = |(i, (rows, _)): (usize, &Delivery)| {
        let rows = rows.iter().enumerate().filter(|(_, key)| is_overtaken(i, key));
        rows.map(|(row, _)| row as u32).collect()
    };
    deliveries.iter().enumerate().map(of).collect()
}

#[test]
fn the_last_of_a_key_stands() {
    let deliveries = [(vec![7, 8, 9], vec![]), (vec![8, -1], vec![9]), (vec![-1, 10], vec![])];
    assert_eq!(found(&deliveries), [vec![1, 2], vec![1], vec![]]);
}

#[test]
fn what_was_taken_back_may_come_again() {
    assert_eq!(
        found(&[(vec![1], vec![]), (vec![], vec![1]), (vec![1], vec![])]),
        [vec![0], vec![], vec![]]
    );
}

fn delivery() -> impl Strategy<Value = Delivery> {
    let keys = || proptest::collection::btree_set(-20i64..20, 0..12);
    (keys(), keys())
        .prop_map(|(rows, deletions)| (rows.into_iter().collect(), deletions.into_iter().collect()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rows_stand_as_the_rule_says(deliveries in proptest::collection::vec(delivery(), 0..6)) {
        prop_assert_eq!(found(&deliveries), expected(&deliveries));
    }
}
