//! Every function against its vectors, through SQL as an analyst writes it.
//!
//! A vector is one file, `tests/vectors/**/*.sql`: its `--!` header says which function it holds
//! against what, its statement gives pairs of columns `x` and `x_expected`. Nothing else lists it.
//! `HUB_VECTORS=FOLDER` compares with the tables of that folder, where it has them, instead of the
//! excerpts beside the statements.

mod comparison;
mod page;
mod vector;

use std::path::PathBuf;
use std::sync::LazyLock;

pub(crate) use page::markdown;

use comparison::Outcome;
use vector::Vector;

/// Where the whole vectors lie, if that is said.
const WHOLE: &str = "HUB_VECTORS";

/// Every vector with what came of it, from the committed tables.
static COMMITTED: LazyLock<Vec<(Vector, Outcome)>> = LazyLock::new(|| outcomes(None));

fn outcomes(whole: Option<&PathBuf>) -> Vec<(Vector, Outcome)> {
    let run = |vector: Vector| {
        let outcome = Outcome::of(&vector, whole);
        (vector, outcome)
    };
    vector::read_all().into_iter().map(run).collect()
}

fn faults(outcomes: &[(Vector, Outcome)]) -> Vec<&str> {
    outcomes.iter().flat_map(|(_, outcome)| &outcome.faults).map(String::as_str).collect()
}

#[test]
fn every_function_agrees_with_its_vectors() {
    let faults = faults(&COMMITTED);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

// Those without a vector, each with the reason.
const WITHOUT: [(&str, &str); 0] = [];

#[test]
fn every_function_has_a_vector() {
    let excused: Vec<&str> = WITHOUT.iter().map(|(name, _)| *name).collect();
    assert_eq!(page::without_vectors(), excused);
}

#[test]
fn every_function_agrees_with_the_whole_vectors_where_they_are() {
    let Some(folder) = std::env::var_os(WHOLE).map(PathBuf::from) else { return };
    assert!(folder.is_dir(), "{WHOLE}: {}: no such folder", folder.display());
    let outcomes = outcomes(Some(&folder));
    for (vector, outcome) in outcomes.iter().filter(|(_, outcome)| outcome.is_whole) {
        let Outcome { n_rows, n_cells, deviation, .. } = outcome;
        println!("{}: {n_rows} rows, {n_cells} figures, {deviation:.1e}", vector.name);
    }
    assert!(outcomes.iter().any(|(_, outcome)| outcome.is_whole), "no vector has whole tables");
    let faults = faults(&outcomes);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
