//! What somebody who knows has said of ids: which stands for which, and which is whose.
//!
//! Only what is declared counts. A pseudonym that is said to be two different people's is nobody's.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::clusters::Clusters;
use super::compare::Agreement;
use super::decision::DecidedPair;
use super::dictionary::Dictionary;
use super::exclusion::Exclusion;
use super::field::Field;
use super::identities::Identities;
use super::step::Step;
use super::superseded::{Successors, unequivocal};

/// Pairs of tokens that stand for one person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SaidSame {
    /// NHS numbers and their successors.
    pub superseded: Vec<(u64, u64)>,
    /// Pseudonyms and the NHS numbers that they were put in place of, be they superseded.
    pub numbers: Vec<(u64, u64)>,
    /// Pseudonyms of one issuer, or key, and those of another.
    pub pseudonyms: Vec<(u64, u64)>,
    /// Pairs of identities of which reviewers have decided.
    pub decided: Vec<DecidedPair>,
}

impl SaidSame {
    /// The same without what is decided of these identities.
    pub(crate) fn not_of(&self, identities: &BTreeSet<i64>) -> Cow<'_, Self> {
        let is_left = |one: &DecidedPair| {
            !one.identities.iter().flatten().any(|identity| identities.contains(identity))
        };
        if self.decided.iter().all(is_left) {
            return Cow::Borrowed(self);
        }
        let mut said = self.clone();
        said.decided.retain(is_left);
        Cow::Owned(said)
    }
}

/// What a crosswalk brought about.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Crossed {
    /// How many clusters were joined.
    pub(crate) n_joined: u64,
    /// Rows whose pseudonym is of somebody who was born in another year and month: the number that it
    /// stands for was theirs by mistake.
    pub(crate) conflicts: Vec<u32>,
}

/// Joins identities that a crosswalk says are one person.
///
/// `present` are the numbers that identities stand for, 0 for a dummy. A number that several clusters
/// carry is that of the one which it is trusted in, if there is one such.
pub(crate) fn cross(
    identities: &Identities,
    said: &SaidSame,
    present: &[u32],
    clusters: &mut Clusters,
) -> Crossed {
    let mut crossed = Crossed::default();
    if said.numbers.is_empty() && said.pseudonyms.is_empty() {
        return crossed;
    }
    let bearers = Rows::of(identities, Field::Local);
    let locals = identities.locals();
    let holders = Rows::of(identities, Field::Nhs);
    let successors = Successors::of(&said.superseded);
    let numbers: Vec<(u64, u64)> =
        said.numbers.iter().map(|(own, number)| (*own, successors.last(*number))).collect();
    let exclusion = Exclusion { identities, clusters, guards: &[] };
    let is_other =
        |one, row| exclusion.best(one, row, |pair| pair.coarse_birth()) == Agreement::Differ;
    let mut same = Vec::new();
    for (pseudonym, number) in unequivocal(&numbers) {
        let all = successors.with_former(number);
        let of_number: Vec<u32> =
            all.iter().flat_map(|one| holders.with(identities.numbers(), *one)).copied().collect();
        let Some(holder) = holder(&of_number, identities, present, clusters) else { continue };
        for &row in bearers.with(locals, pseudonym) {
            if is_other(holder, row) {
                crossed.conflicts.push(row);
            } else {
                same.push((holder, row));
            }
        }
    }
    for (one, other) in unequivocal(&said.pseudonyms) {
        let Some(first) = bearers.with(locals, other).first().copied() else { continue };
        same.extend(bearers.with(locals, one).iter().map(|&row| (first, row)));
        // The others have the same id: the next rung joins them, or says why not.
    }
    for (one, row) in same {
        crossed.n_joined += u64::from(clusters.join(one, row, Step::Crosswalk));
    }
    crossed
}

/// A row of the one cluster that a number belongs to.
///
/// A row that says nothing but the number, as an ambulance's may, is no second person who carries it.
fn holder(
    rows: &[u32],
    identities: &Identities,
    present: &[u32],
    clusters: &Clusters,
) -> Option<u32> {
    let carrying: Vec<u32> =
        rows.iter().copied().filter(|row| present[*row as usize] != 0).collect();
    let is_trusted = |row: &u32| clusters.number(*row) == present[*row as usize];
    let is_described = |row: &u32| DESCRIBING.iter().any(|f| identities.code(*f, *row) != 0);
    let rows = narrowed(narrowed(carrying, is_trusted), is_described);
    let first = rows.first().copied()?;
    let is_his = |row: &u32| clusters.root(*row) == clusters.root(first);
    rows.iter().all(is_his).then_some(first)
}

/// What tells who a row is about besides its number.
const DESCRIBING: [Field; 3] = [Field::BirthYear, Field::Family, Field::Given];

/// The rows of which it holds, or all if it holds of none.
fn narrowed(rows: Vec<u32>, holds: impl Fn(&u32) -> bool) -> Vec<u32> {
    let (kept, others): (Vec<u32>, Vec<u32>) = rows.into_iter().partition(holds);
    if kept.is_empty() { others } else { kept }
}

/// The rows with each code of a field.
struct Rows {
    by_code: BTreeMap<u32, Vec<u32>>,
}

impl Rows {
    fn of(identities: &Identities, field: Field) -> Self {
        let mut by_code: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (row, &code) in identities.rows().zip(identities.column(field)) {
            if code != 0 {
                by_code.entry(code).or_default().push(row);
            }
        }
        Self { by_code }
    }

    fn with(&self, dictionary: &Dictionary, token: u64) -> &[u32] {
        let rows = dictionary.code(token).and_then(|code| self.by_code.get(&code));
        rows.map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::tests::{TODAY, identities, person_of, persons, token};
    use crate::link::{Previous, Settings, link};

    /// Who is together with whom, as identity ids.
    fn linked(lines: &[&str], said: &SaidSame) -> String {
        let (identities, previous) = (identities(lines), Previous::default());
        let linked = link(&identities, said, &previous, &Settings::default(), &person_of, TODAY);
        persons(&linked.expect("it links"))
    }

    fn local(id: &str) -> u64 {
        token("local", id)
    }

    const LINES: [&str; 4] = [
        "1 nhs=a born=1950-03-02 name=ann,smith",
        "2 nhs=b born=1960-01-01 name=bob,brown",
        "3 local=hub:p1",
        "4 local=hes:q1",
    ];

    #[test]
    fn ids_of_several_issuers_meet_where_a_crosswalk_says_so_and_nowhere_else() {
        assert_eq!(linked(&LINES, &SaidSame::default()), "1 | 2 | 3 | 4");
        let numbers = vec![(local("hub:p1"), token("nhs", "a"))];
        let said = SaidSame { numbers: numbers.clone(), ..SaidSame::default() };
        assert_eq!(linked(&LINES, &said), "1 3 | 2 | 4");
        let pseudonyms = vec![(local("hes:q1"), local("hub:p1"))];
        let said = SaidSame { numbers, pseudonyms, ..SaidSame::default() };
        assert_eq!(linked(&LINES, &said), "1 3 4 | 2");
    }

    #[test]
    fn a_pseudonym_of_two_people_and_a_number_of_two_people_tell_nobody() {
        let both = ["a", "b"].map(|number| (local("hub:p1"), token("nhs", number)));
        let said = SaidSame { numbers: both.to_vec(), ..SaidSame::default() };
        assert_eq!(linked(&LINES, &said), "1 | 2 | 3 | 4");
        // Two unlike people carry the number, neither of them trusted.
        let lines = [
            "1 nhs=a untrusted born=1950-03-02 name=ann,smith",
            "2 nhs=a untrusted born=1980-11-30 name=joe,green",
            "3 local=hub:p1",
        ];
        let numbers = vec![(local("hub:p1"), token("nhs", "a"))];
        let said = SaidSame { numbers, ..SaidSame::default() };
        assert_eq!(linked(&lines, &said), "1 | 2 | 3");
        // A row that says nothing but the number is nobody else.
        let bare = [LINES[0], "2 nhs=a", "3 local=hub:p1"];
        let linked_with_it = linked(&bare, &said);
        assert!(linked_with_it.contains("1 3"), "{linked_with_it}");
        // One of them is: the number is theirs.
        let lines = [lines[0], "2 nhs=a born=1980-11-30 name=joe,green", lines[2]];
        assert_eq!(linked(&lines, &said), "1 | 2 3");
    }

    #[test]
    fn pseudonyms_of_an_old_number_and_of_its_successor_are_one_persons() {
        let pair = |pseudonym, number| (local(pseudonym), token("nhs", number));
        let superseded = vec![(token("nhs", "a"), token("nhs", "c"))];
        let numbers = vec![pair("hub:p1", "a"), pair("hes:q1", "c")];
        let said = SaidSame { superseded: superseded.clone(), numbers, ..SaidSame::default() };
        // Whichever of the two numbers the list has; the other it may never have had.
        assert_eq!(linked(&LINES, &said), "1 3 4 | 2");
        let new = ["1 nhs=c born=1950-03-02 name=ann,smith", LINES[1], LINES[2], LINES[3]];
        assert_eq!(linked(&new, &said), "1 3 4 | 2");
        // Both numbers are said of one pseudonym: one person all the same.
        let numbers = vec![pair("hub:p1", "a"), pair("hub:p1", "c"), pair("hes:q1", "b")];
        let said = SaidSame { superseded, numbers, ..SaidSame::default() };
        assert_eq!(linked(&new, &said), "1 3 | 2 4");
        // Without the table of superseded numbers they are two people's.
        let said = SaidSame { superseded: Vec::new(), ..said };
        assert_eq!(linked(&new, &said), "1 | 2 4 | 3");
    }

    #[test]
    fn a_pseudonym_of_somebody_elses_number_joins_nobody_who_was_born_at_another_time() {
        let lines = [
            "1 nhs=a born=1950-03-02 name=ann,smith",
            "2 local=hub:p1 month=1950-03",
            // Day and month of birth the wrong way round: the year is the same.
            "3 local=hub:p1 month=1950-02",
            // Another patient, for whom the provider has the first one's number by mistake.
            "4 local=hub:p1 month=1981-11",
            // Two patients under a number that nobody has.
            "5 local=hub:p2 month=1960-05",
            "6 local=hub:p2 month=1990-12",
            "7 local=hub:p2 month=1960-05 sex=f",
        ];
        let numbers = vec![(local("hub:p1"), token("nhs", "a"))];
        let said = SaidSame { numbers, ..SaidSame::default() };
        assert_eq!(linked(&lines, &said), "1 2 3 | 4 | 5 7 | 6");
    }

    #[test]
    fn two_trusted_numbers_never_meet_by_way_of_a_pseudonym() {
        let said = SaidSame {
            numbers: vec![
                (local("hub:p1"), token("nhs", "a")),
                (local("hes:q1"), token("nhs", "b")),
            ],
            pseudonyms: vec![(local("hub:p1"), local("hes:q1"))],
            ..SaidSame::default()
        };
        assert_eq!(linked(&LINES, &said), "1 3 | 2 4");
    }
}
