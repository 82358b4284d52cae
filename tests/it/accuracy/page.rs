//! `docs/accuracy.md`: what each function was held against, and how far off it was.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::COMMITTED;
use super::comparison::Outcome;
use super::vector::Vector;

/// Deviations are told as being below one of these, a fifth of it left for other machines, whose
/// last digits may differ.
const CLASSES: [(f64, &str); 6] =
    [(1e-12, "1e-12"), (1e-9, "1e-9"), (1e-6, "1e-6"), (1e-4, "1e-4"), (1e-2, "1e-2"), (1.0, "1")];

const INTRODUCTION: &str = "# Accuracy

Every function is run through SQL on the vectors in `tests/vectors` and compared with what another
program, or the formula written out in one, gives. Deviations are relative to the expected value,
absolute where that is nought; texts, flags, counts and what is missing are equal. Where a table is an
excerpt of a larger set, `.ci/run` compares the whole set too, if it lies beside the repository.

| function | vectors | made by | rows | figures | largest deviation | tolerance |
|---|---|---|---|---|---|---|
";

/// The page, as it must be.
pub(crate) fn markdown() -> String {
    let mut page = INTRODUCTION.to_owned();
    let mut by_function: Vec<&(Vector, Outcome)> = COMMITTED.iter().collect();
    by_function.sort_by_key(|(vector, _)| (&vector.declared.function, &vector.name));
    for (vector, outcome) in &by_function {
        let declared = &vector.declared;
        let _ = writeln!(
            page,
            "| `{}` | `{}` | {} | {} | {} | {} | {} |",
            declared.function,
            vector.name,
            declared.made_by,
            outcome.n_rows,
            outcome.n_cells,
            class(outcome, declared.tolerance),
            if declared.tolerance == 0.0 {
                "none".to_owned()
            } else {
                format!("{:e}", declared.tolerance)
            },
        );
    }
    page.push_str("\n## How they are compared, and where ours differ on purpose\n\n");
    for (vector, _) in &by_function {
        if let Some(remark) = &vector.declared.remark {
            let _ = writeln!(page, "- `{}`: {remark}", vector.name);
        }
    }
    let without = without_vectors();
    if !without.is_empty() {
        let _ = writeln!(
            page,
            "\n## Without vectors of their own\n\n`{}`: their tests are with their code.",
            without.join("`, `")
        );
    }
    page
}

fn class(outcome: &Outcome, tolerance: f64) -> String {
    if !outcome.has_numbers || (tolerance == 0.0 && outcome.faults.is_empty()) {
        return "equal".to_owned();
    }
    let is_below = |(bound, _): &&(f64, &str)| outcome.deviation * 1.25 <= *bound;
    CLASSES.iter().find(is_below).map_or("1 or more".to_owned(), |(_, name)| format!("< {name}"))
}

/// The functions of the reference page that no vector is about.
pub(super) fn without_vectors() -> Vec<String> {
    let about: BTreeSet<&str> =
        COMMITTED.iter().map(|(vector, _)| vector.declared.function.as_str()).collect();
    let reference = hub::methods::sql::reference_markdown(&|_| String::new());
    let names = reference.lines().filter_map(|line| line.strip_prefix("### `")?.split('(').next());
    let mut names: Vec<String> =
        names.filter(|name| !about.contains(name)).map(str::to_owned).collect();
    names.sort_unstable();
    names
}
