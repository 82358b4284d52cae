//! Secondary suppression of the simplest kind: no cell is hidden alone beside its total.
//!
//! The cells that differ only in a dimension with a published total, and that total, are one
//! equation. If exactly one of them is hidden, it could be worked out from the others, so the
//! smallest of the others that holds anybody is hidden too. This goes on until no equation is left
//! with one hidden cell. Two hidden cells in every equation can still be solvable together, and
//! rounded neighbours can narrow a hidden cell: the attacker gate's business, not done here.

use std::collections::BTreeMap;

use arrow::array::Array;

use super::primary::Judged;
use super::spec::ReleaseSpec;
use super::table::Table;
use super::{DisclosureError, Status};

/// One equation: its parts add up to its total, all by row.
#[derive(Default)]
struct Equation {
    parts: Vec<usize>,
    total: Option<usize>,
}

/// Hides further cells of one group of measures; the number of them.
pub(super) fn hide_with_totals(
    table: &Table,
    spec: &ReleaseSpec,
    keys: &[String],
    judged: &mut Judged,
) -> Result<usize, DisclosureError> {
    let equations = equations(table, spec)?;
    let mut n_hidden = 0;
    // Every round hides at least one more cell, so this ends.
    while let Some(row) = equations.iter().find_map(|e| neighbour(e, keys, judged)) {
        judged.status[row] = Some(Status::Secondary);
        n_hidden += 1;
    }
    Ok(n_hidden)
}

fn equations(table: &Table, spec: &ReleaseSpec) -> Result<Vec<Equation>, DisclosureError> {
    let mut all = Vec::new();
    for total in &spec.totals {
        let others: Vec<String> =
            spec.dimensions.iter().filter(|d| **d != total.dimension).cloned().collect();
        let others = others.iter().map(|d| table.texts(d)).collect::<Result<Vec<_>, _>>()?;
        let along = table.texts(&total.dimension)?;
        let mut by_rest: BTreeMap<Vec<String>, Equation> = BTreeMap::new();
        for row in 0..table.n_rows() {
            let rest = others.iter().map(|c| c.value(row).to_owned()).collect();
            let equation = by_rest.entry(rest).or_default();
            if along.value(row) == total.value {
                equation.total = Some(row);
            } else {
                equation.parts.push(row);
            }
        }
        all.extend(by_rest.into_values().filter(|e| e.total.is_some()));
    }
    Ok(all)
}

/// The cell to hide with the only hidden one of an equation, if it has exactly one.
fn neighbour(equation: &Equation, keys: &[String], judged: &Judged) -> Option<usize> {
    let is_hidden =
        |row: &usize| matches!(judged.status[*row], Some(Status::Confidential | Status::Secondary));
    let cells = || equation.parts.iter().chain(equation.total.as_ref());
    if cells().filter(|row| is_hidden(row)).count() != 1 {
        return None;
    }
    let persons = |row: usize| match judged.persons.is_null(row) {
        true => 0,
        false => judged.persons.value(row),
    };
    let is_candidate = |row: &&usize| judged.status[**row].is_none() && persons(**row) > 0;
    // An empty cell protects nothing, so only the total is left if all the parts are empty.
    let smallest_part = equation.parts.iter().filter(is_candidate);
    smallest_part
        .min_by_key(|row| (persons(**row), &keys[**row]))
        .or_else(|| equation.total.as_ref().filter(is_candidate))
        .copied()
}
