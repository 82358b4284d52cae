//! How good linkage is where there is no NHS number, seen where there is one.
//!
//! Of one identity in twenty that carry a trusted number the number is hidden, the ladder is climbed
//! once more, and the person that each of them then belongs to is held against the person of its
//! number. What is drawn hangs on the identity alone (its id is a keyed hash), so that two nights
//! hide the same ones and a change from one to the other is not a change of the draw.

use std::collections::BTreeMap;

use super::crosswalk::SaidSame;
use super::error::LinkError;
use super::identities::Identities;
use super::ladder::{Partition, climb};
use super::settings::Settings;
use super::step::Status;

/// One identity in this many.
const ONE_IN: u64 = 20;

/// Whether the identity's number is hidden in the trial.
pub(crate) fn is_drawn(identity: i64) -> bool {
    identity.unsigned_abs().is_multiple_of(ONE_IN)
}

/// Where an identity whose number was hidden ended up.
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

/// Links once more without the numbers of the identities that are `drawn`: an outcome for each of
/// those, `None` for all others.
///
/// Hidden are numbers that are trusted and their person's own; one in conflict says nothing of whom
/// it should be linked with.
///
/// # Errors
/// Blocking failed.
pub(crate) fn hold_out(
    identities: &Identities,
    said: &SaidSame,
    settings: &Settings,
    partition: &Partition,
    drawn: &dyn Fn(i64) -> bool,
) -> Result<Vec<Option<Outcome>>, LinkError> {
    let number = |row: u32| partition.numbers.present[row as usize];
    let is_own = |row: u32| {
        number(row) != 0
            && identities.trusted(row)
            && partition.clusters.number(row) == number(row)
            && partition.statuses[row as usize] != Status::Conflict
    };
    let hidden: Vec<u32> = identities
        .rows()
        .zip(identities.ids())
        .filter(|&(row, &identity)| drawn(identity) && is_own(row))
        .map(|(row, _)| row)
        .collect();
    let mut outcomes = vec![None; identities.len()];
    if hidden.is_empty() {
        return Ok(outcomes);
    }
    let mut n_hidden: BTreeMap<u32, u32> = BTreeMap::new();
    for &row in &hidden {
        *n_hidden.entry(partition.clusters.root(row)).or_insert(0) += 1;
    }
    let again = climb(&identities.without_numbers(&hidden), said, settings)?;
    for &row in &hidden {
        let others = partition.clusters.carriers(row) - n_hidden[&partition.clusters.root(row)];
        let found = again.clusters.number(row);
        outcomes[row as usize] = Some(match (again.statuses[row as usize], others > 0) {
            (Status::TooLittleData, _) => Outcome::TooLittleData,
            (_, true) if found == number(row) => Outcome::Found,
            (_, true) if found == 0 => Outcome::Missed,
            (_, true) => Outcome::Wrong,
            (_, false) if found == 0 => Outcome::Alone,
            (_, false) => Outcome::Mistaken,
        });
    }
    Ok(outcomes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::tests::identities;

    fn outcomes(lines: &[&str], drawn: &[i64]) -> Vec<Option<Outcome>> {
        let identities = identities(lines);
        let (said, settings) = (SaidSame::default(), Settings::default());
        let partition = climb(&identities, &said, &settings).unwrap();
        hold_out(&identities, &said, &settings, &partition, &|id| drawn.contains(&id)).unwrap()
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
    fn the_draw_takes_one_in_twenty_of_what_is_hashed() {
        // Multiples of an odd constant modulo 2^63, as good as hashes for this purpose.
        let drawn = (1..=20_000_i64)
            .filter(|n| is_drawn(n.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64 as i64) & i64::MAX))
            .count();
        // Binomial: 1,000 with a standard deviation of 31.
        assert!((850..=1150).contains(&drawn), "{drawn}");
    }
}
