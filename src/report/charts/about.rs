//! What a chart says below its drawing: whom it is about, and which months.

use std::collections::BTreeSet;

use crate::disclosure::Released;

/// Whom a table is about, and over which months where its rows say so; empty if neither is known.
pub(super) fn about(released: &Released) -> String {
    let population = released.population();
    let population = (!population.is_empty()).then(|| format!("Population: {population}"));
    let period = months(released, "period").map(|period| format!("Period: {period}"));
    population.into_iter().chain(period).collect::<Vec<_>>().join(". ")
}

/// The months that a column names, in words: those of every row, or that rows differ; `None` if no
/// row says.
pub(super) fn months(released: &Released, column: &str) -> Option<String> {
    if !released.has(column) {
        return None;
    }
    let rows = 0..released.n_rows();
    let periods: BTreeSet<String> = rows.filter_map(|row| released.text(row, column)).collect();
    match periods.len() {
        0 | 1 => periods.into_iter().next(),
        _ => Some("not the same for every kind of care; the table says which".to_owned()),
    }
}
