//! Which numbers are whose: those of the persons asked for, and nobody else's.

use std::collections::{BTreeSet, HashMap};

use super::asked::Asked;
use super::{PipelineError, VisibleRun};
use crate::pipeline::linked::previous;
use crate::pipeline::zone::IDENTITY;
use crate::pseudonymise::Tokens;
use crate::store::Zone;

/// Places of the rows asked for, by each token of a number of the person's.
pub(super) type Wanted = HashMap<u64, Vec<usize>>;

/// The numbers that stand on a person's rows.
#[derive(Default)]
struct Numbers {
    trusted: BTreeSet<u64>,
    others: BTreeSet<u64>,
}

impl Numbers {
    /// Those that are the person's: the trusted ones, or else the only one there is. Another may have
    /// been typed on a row by mistake, and its bearer would get this person's care.
    fn own(&self) -> Vec<u64> {
        match (self.trusted.is_empty(), self.others.len()) {
            (false, _) => self.trusted.iter().copied().collect(),
            (true, 1) => self.others.iter().copied().collect(),
            (true, _) => Vec::new(),
        }
    }
}

/// The numbers that are each person's and nobody else's.
fn own_numbers(numbers: &HashMap<i64, Numbers>) -> HashMap<i64, Vec<u64>> {
    let mut n_bearers: HashMap<u64, usize> = HashMap::new();
    for token in numbers.values().flat_map(|numbers| &numbers.trusted) {
        *n_bearers.entry(*token).or_default() += 1;
    }
    let own = numbers.iter().map(|(person, numbers)| {
        let is_own = |token: &u64| {
            let n_others = usize::from(!numbers.trusted.contains(token));
            n_bearers.get(token).copied().unwrap_or(0) + n_others <= 1
        };
        (*person, numbers.own().into_iter().filter(is_own).collect())
    });
    own.collect()
}

/// The tokens by which those who are asked for are looked for.
///
/// # Errors
/// A part that cannot be read.
pub(super) fn tokens(run: &VisibleRun, asked: &Asked) -> Result<Wanted, PipelineError> {
    let mut rows_of: HashMap<i64, Vec<usize>> = HashMap::new();
    for (i, row) in asked.rows.iter().enumerate() {
        rows_of.entry(row.person_id).or_default().push(i);
    }
    let index = previous(&run.store, Some(&run.manifest))?.0.index;
    let person_of: HashMap<i64, i64> = index.into_iter().collect();
    let mut numbers: HashMap<i64, Numbers> = HashMap::new();
    let table = run.manifest.tables.get(IDENTITY);
    for part in table.into_iter().flat_map(|table| &table.parts) {
        for batch in run.store.stream(Zone::Identities, part)? {
            for (identity, tokens) in Tokens::of_rows(&batch?) {
                let (Some(token), Some(person)) = (tokens.get("nhs"), person_of.get(&identity))
                else {
                    continue;
                };
                let own = numbers.entry(*person).or_default();
                let own = if tokens.nhs_trusted { &mut own.trusted } else { &mut own.others };
                own.insert(token);
            }
        }
    }
    let own = own_numbers(&numbers);
    let mut wanted = Wanted::new();
    for (person, rows) in rows_of {
        for token in own.get(&person).into_iter().flatten() {
            wanted.entry(*token).or_default().extend(&rows);
        }
    }
    for rows in wanted.values_mut() {
        rows.sort_unstable();
        rows.dedup();
    }
    Ok(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_may_be_anothers_gets_nobody_this_persons_care() {
        let numbers = |trusted: &[u64], others: &[u64]| Numbers {
            trusted: trusted.iter().copied().collect(),
            others: others.iter().copied().collect(),
        };
        let persons = HashMap::from([
            // On one of their rows stands the number of the second person.
            (1, numbers(&[10], &[20])),
            (2, numbers(&[20], &[])),
            // Nothing but the second person's number, never traced.
            (3, numbers(&[], &[20])),
            // One number that nobody else has, though never traced; and two of which one is wrong.
            (4, numbers(&[], &[40])),
            (5, numbers(&[], &[50, 51])),
            // Two persons with one traced number: either may be meant.
            (6, numbers(&[60, 61], &[])),
            (7, numbers(&[60], &[])),
        ]);
        let own = own_numbers(&persons);
        let expected: [(i64, &[u64]); 7] =
            [(1, &[10]), (2, &[20]), (3, &[]), (4, &[40]), (5, &[]), (6, &[61]), (7, &[])];
        for (person, expected) in expected {
            assert_eq!(own[&person], expected, "person {person}");
        }
    }
}
