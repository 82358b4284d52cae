//! Tables of two hubs that gave the same persons other ids.

use std::collections::BTreeMap;

use super::receiving::Hub;
use crate::support::{hub, stderr};

/// A hub's tables with persons called by the first of their identities.
pub(super) struct Named<'a> {
    hub: &'a Hub<'a>,
    pub(super) persons: BTreeMap<String, String>,
}

impl<'a> Named<'a> {
    pub(super) fn of(hub: &'a Hub<'a>) -> Self {
        let first = "select person_id, min(identity_id) from link.person_index group by person_id";
        let named = |row: Vec<String>| (row[0].clone(), row[1].clone());
        Self { hub, persons: hub.query(first).into_iter().map(named).collect() }
    }

    /// The rows of a table that has persons' ids, in order.
    pub(super) fn rows(&self, table: &str) -> Vec<Vec<String>> {
        let sql = format!("select * from {table}");
        let args = ["query", "--format", "csv", "--rows", "10000000", sql.as_str()];
        let output = hub(&args, self.hub.folder.path());
        assert!(output.status.success(), "{sql}: {}", stderr(&output));
        let mut reader = csv::Reader::from_reader(output.stdout.as_slice());
        let headers = reader.headers().expect("a header").clone();
        let is_person = |name: &str| name == "person_id" || name.ends_with("_person_id");
        let ids: Vec<usize> = (0..headers.len()).filter(|i| is_person(&headers[*i])).collect();
        assert!(!ids.is_empty(), "{table} holds no persons and differs");
        let mut rows: Vec<Vec<String>> = reader
            .records()
            .map(|row| row.expect("a row").iter().map(str::to_owned).collect::<Vec<_>>())
            .collect();
        for row in &mut rows {
            for id in &ids {
                if let Some(name) = self.persons.get(&row[*id]) {
                    row[*id].clone_from(name);
                }
            }
        }
        rows.sort();
        rows
    }
}
