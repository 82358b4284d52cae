//! How good linkage is where there is no NHS number, seen where there is one.
//!
//! Of one record in twenty that carry a trusted number the number is hidden, the ladder is climbed
//! once more, and the person that each of them then belongs to is held against the person of its
//! number. Records are drawn, not identities: who lacks a number on one form often gave it on the
//! next, and what linkage can lean on is what is left. What is drawn hangs on the identity alone (its
//! id is a keyed hash), so that two nights draw alike and a change from one to the other is no change
//! of the draw.

use std::collections::{BTreeMap, BTreeSet};

use super::blocking::mix;
use super::crosswalk::SaidSame;
use super::error::LinkError;
use super::identities::Identities;
use super::ladder::{Partition, climb};
use super::settings::Settings;
use super::step::Status;

/// One record in this many.
const ONE_IN: u64 = 20;

/// How many of an identity's records are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Drawn {
    /// None.
    None,
    /// Some: its description stands with the number and without.
    Some,
    /// All: its description stands without the number.
    All,
}

/// Draws from the records of an identity.
pub(crate) fn draw(identity: i64, n_records: u64) -> Drawn {
    let n_records = u32::try_from(n_records).unwrap_or(u32::MAX);
    let [high, low] = [identity.unsigned_abs() >> 32, identity.unsigned_abs() & 0xFFFF_FFFF]
        .map(|half| u32::try_from(half).unwrap_or_default());
    let is_drawn = |record: u32| mix([high, low, record]).is_multiple_of(ONE_IN);
    if n_records == 0 {
        Drawn::None
    } else if (0..n_records).all(is_drawn) {
        Drawn::All
    } else if (0..n_records).any(is_drawn) {
        Drawn::Some
    } else {
        Drawn::None
    }
}

/// Where a description without its number ended up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// In the person of its number.
    Found,
    /// In the person of another number, while somebody else carries its own.
    Wrong,
    /// In the person of another number, while nobody else carries its own.
    Mistaken,
    /// In no numbered person, while somebody else carries its number.
    Missed,
    /// In no numbered person, as it should be: nobody else carries its number.
    Alone,
    /// It carries too little to be linked without its number.
    TooLittleData,
}

impl Outcome {
    /// The word in the person index.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Wrong => "wrong",
            Self::Mistaken => "mistaken",
            Self::Missed => "missed",
            Self::Alone => "alone",
            Self::TooLittleData => Status::TooLittleData.word(),
        }
    }
}

/// Links once more without the numbers of the records that are `drawn`: an outcome for each identity
/// with such records, `None` for all others.
///
/// Hidden are numbers that are trusted and their person's own; one in conflict says nothing of whom
/// it should be linked with, nor does one whose bearers a decision has parted.
///
/// # Errors
/// Blocking failed.
pub(crate) fn hold_out(
    identities: &Identities,
    said: &SaidSame,
    settings: &Settings,
    partition: &Partition,
    drawn: &dyn Fn(i64, u64) -> Drawn,
) -> Result<Vec<Option<Outcome>>, LinkError> {
    let number = |row: u32| partition.numbers.present[row as usize];
    let is_own = |row: u32| {
        number(row) != 0
            && identities.trusted(row)
            && partition.clusters.number(row) == number(row)
            && partition.statuses[row as usize] != Status::Conflict
    };
    let parted = parted_numbers(partition, identities.rows().filter(|&row| is_own(row)));
    let mut n_records = vec![0; identities.len()];
    for seen in identities.occurrences() {
        n_records[seen.row as usize] += seen.n_records;
    }
    let (mut bare, mut doubled) = (Vec::new(), Vec::new());
    for (row, &identity) in identities.rows().zip(identities.ids()) {
        if is_own(row) && !parted.contains(&number(row)) {
            match drawn(identity, n_records[row as usize]) {
                Drawn::None => {}
                Drawn::Some => doubled.push(row),
                Drawn::All => bare.push(row),
            }
        }
    }
    let mut outcomes = vec![None; identities.len()];
    if bare.is_empty() && doubled.is_empty() {
        return Ok(outcomes);
    }
    let mut n_bare: BTreeMap<u32, u32> = BTreeMap::new();
    for &row in &bare {
        *n_bare.entry(partition.clusters.root(row)).or_insert(0) += 1;
    }
    // What was learned with the numbers is what a night without them would apply.
    let frozen = partition.evidence.model.clone();
    let settings = Settings { frozen, ..settings.clone() };
    // A form without its number is another identity, of which nobody has decided anything.
    let said = said.not_of(&bare.iter().map(|&row| identities.ids()[row as usize]).collect());
    let again = climb(&identities.without_numbers(&bare, &doubled), &said, &settings)?;
    let outcome = |row: u32, stand_in: u32| {
        let root = partition.clusters.root(row);
        let others = partition.clusters.carriers(row) - n_bare.get(&root).copied().unwrap_or(0);
        let found = again.clusters.number(stand_in);
        match (again.statuses[stand_in as usize], others > 0) {
            (Status::TooLittleData, _) => Outcome::TooLittleData,
            (_, true) if found == number(row) => Outcome::Found,
            (_, true) if found == 0 => Outcome::Missed,
            (_, true) => Outcome::Wrong,
            (_, false) if found == 0 => Outcome::Alone,
            (_, false) => Outcome::Mistaken,
        }
    };
    for &row in &bare {
        outcomes[row as usize] = Some(outcome(row, row));
    }
    for (&row, stand_in) in doubled.iter().zip(identities.rows().end..) {
        outcomes[row as usize] = Some(outcome(row, stand_in));
    }
    Ok(outcomes)
}

/// The numbers of which two clusters are kept apart, by rows with numbers of their own.
fn parted_numbers(partition: &Partition, rows: impl Iterator<Item = u32>) -> BTreeSet<u32> {
    let clusters = &partition.clusters;
    let mut roots: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for row in rows {
        let number = partition.numbers.present[row as usize];
        roots.entry(number).or_default().insert(clusters.root(row));
    }
    let is_parted = |roots: &BTreeSet<u32>| {
        let mut pairs =
            roots.iter().flat_map(|one| roots.range(one + 1..).map(move |o| (*one, *o)));
        pairs.any(|(one, other)| clusters.kept_apart(one, other))
    };
    roots.into_iter().filter(|(_, roots)| is_parted(roots)).map(|(number, _)| number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::decision::{DecidedPair, Verdict};
    use crate::link::tests::identities;

    #[test]
    fn a_number_whose_bearers_a_decision_parts_is_no_yardstick() {
        let forms = [1, 2, 3].map(|id| format!("{id} nhs=a {SMITH} house={id}"));
        let other = "4 nhs=b born=1987-11-20 name=bob,jones sex=m pc=LS9-9ZZ".to_owned();
        let lines: Vec<&str> = forms.iter().chain([&other]).map(String::as_str).collect();
        let (identities, settings) = (identities(&lines), Settings::default());
        let apart = DecidedPair { line: 2, verdict: Verdict::Different, identities: Some([1, 2]) };
        let said = SaidSame { decided: vec![apart], ..SaidSame::default() };
        let partition = climb(&identities, &said, &settings).unwrap();
        let all = |_, _| Drawn::All;
        let outcomes = hold_out(&identities, &said, &settings, &partition, &all).unwrap();
        assert_eq!(outcomes, [None, None, None, Some(Outcome::Alone)]);
    }

    fn outcomes(lines: &[&str], drawn: &[i64]) -> Vec<Option<Outcome>> {
        let identities = identities(lines);
        let (said, settings) = (SaidSame::default(), Settings::default());
        let partition = climb(&identities, &said, &settings).unwrap();
        let all = |id: i64, _| if drawn.contains(&id) { Drawn::All } else { Drawn::None };
        hold_out(&identities, &said, &settings, &partition, &all).unwrap()
    }

    const SMITH: &str = "born=1950-03-02 name=ann,smith sex=f pc=LS1-1AA";

    #[test]
    fn who_is_described_as_the_others_of_the_number_is_found() {
        let lines = [format!("1 nhs=a {SMITH}"), format!("2 nhs=a {SMITH} house=1")];
        let lines =
            [lines[0].as_str(), lines[1].as_str(), "3 nhs=b born=1987-11-20 name=bob,jones"];
        assert_eq!(outcomes(&lines, &[2]), [None, Some(Outcome::Found), None]);
    }

    #[test]
    fn who_carries_a_number_as_the_only_one_is_left_alone_or_mistaken() {
        let twin = format!("2 nhs=b {SMITH} house=1");
        let lines = [format!("1 nhs=a {SMITH}"), twin];
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        assert_eq!(outcomes(&lines, &[2]), [None, Some(Outcome::Mistaken)]);
        let lines = [lines[0], "2 nhs=b born=1987-11-20 name=bob,jones sex=m pc=LS9-9ZZ"];
        assert_eq!(outcomes(&lines, &[2]), [None, Some(Outcome::Alone)]);
    }

    #[test]
    fn who_is_described_as_somebody_else_is_wrong_and_as_nobody_missed() {
        let smith = format!("1 nhs=a {SMITH}");
        let married = "2 nhs=a born=1950-03-02 name=ann,jones sex=f pc=LS9-9ZZ";
        let jones = "3 nhs=c born=1950-03-02 name=ann,jones sex=f pc=LS9-9ZZ house=2";
        assert_eq!(outcomes(&[&smith, married], &[2]), [None, Some(Outcome::Missed)]);
        let all = [&smith, married, jones];
        assert_eq!(outcomes(&all, &[2]), [None, Some(Outcome::Wrong), None]);
    }

    #[test]
    fn who_has_little_but_a_number_cannot_be_linked_without_it() {
        let lines = ["1 nhs=a born=1950-03-02 name=ann,smith sex=f", "2 nhs=a born=1950-03-02"];
        assert_eq!(outcomes(&lines, &[2]), [None, Some(Outcome::TooLittleData)]);
    }

    #[test]
    fn a_number_that_is_not_trusted_or_in_conflict_is_no_yardstick() {
        let smith = format!("1 nhs=a {SMITH}");
        let untrusted = format!("2 nhs=a {SMITH} house=1 untrusted");
        let stranger = "3 nhs=a born=1987-11-20 name=bob,jones sex=m pc=LS9-9ZZ";
        let lines = [smith.as_str(), untrusted.as_str(), stranger];
        assert_eq!(outcomes(&lines, &[2, 3]), [None, None, None]);
    }

    #[test]
    fn a_form_without_the_number_leans_on_the_forms_with_it() {
        let identities =
            identities(&["1 nhs=a born=1950-03-02 name=ann,smith local=T:7", "2 nhs=b"]);
        let (said, settings) = (SaidSame::default(), Settings::default());
        let partition = climb(&identities, &said, &settings).unwrap();
        let outcomes = |drawn: Drawn| {
            hold_out(&identities, &said, &settings, &partition, &|_, _| drawn).unwrap()
        };
        assert_eq!(outcomes(Drawn::Some), [Some(Outcome::Found), Some(Outcome::TooLittleData)]);
        assert_eq!(outcomes(Drawn::All), [Some(Outcome::Alone), Some(Outcome::TooLittleData)]);
        assert_eq!(outcomes(Drawn::None), [None, None]);
    }

    #[test]
    fn one_record_in_twenty_is_drawn() {
        let share = |n_records: u64, of: Drawn| {
            let drawn = (1..=20_000_i64).filter(|&id| draw(id, n_records) == of).count();
            drawn as f64 / 20_000.0
        };
        // Binomial with p = 1/20; four standard deviations of 20,000 draws.
        let near = |share: f64, p: f64| (share - p).abs() < 4.0 * (p * (1.0 - p) / 2e4).sqrt();
        assert!(near(share(1, Drawn::All), 0.05), "{}", share(1, Drawn::All));
        assert_eq!(share(1, Drawn::Some), 0.0);
        let some = 1.0 - 0.95_f64.powi(10) - 0.05_f64.powi(10);
        assert!(near(share(10, Drawn::Some), some), "{}", share(10, Drawn::Some));
        assert_eq!(share(0, Drawn::None), 1.0);
    }
}
