//! Persons who must never be joined, though they are one to the eye: a new life under a new number.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// What became of pairs of true persons who must be kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct KeptApart {
    /// Pairs of whom both are known by rows with a number.
    pub n_pairs: u64,
    /// Those of them whose rows with a number are one person's: joined, or bridged by rows without one.
    pub n_joined: u64,
    /// Pairs, known by numbers or not, of whom some row of the one, with a number or without, came to the
    /// other: nothing tells such a row from one with a changed name.
    pub n_strayed: u64,
}

/// A record to be judged: its true person, the person that linkage makes of it, whether it has a number.
pub(crate) type Shown<'a> = (&'a str, Option<i64>, bool);

/// The persons that linkage makes of a true one: of all rows, and of those with a number.
#[derive(Default)]
struct Made {
    all: BTreeSet<i64>,
    numbered: BTreeSet<i64>,
}

impl KeptApart {
    /// Holds the records against the pairs; a pair of whom one has no linked record is passed over.
    #[must_use]
    pub(crate) fn of<'a>(records: impl Iterator<Item = Shown<'a>>, pairs: &[[String; 2]]) -> Self {
        let wanted: BTreeSet<&str> = pairs.iter().flatten().map(String::as_str).collect();
        let mut made: BTreeMap<&str, Made> = BTreeMap::new();
        for (who, person, has_number) in records.filter(|(who, ..)| wanted.contains(who)) {
            let made = made.entry(who).or_default();
            made.all.extend(person);
            made.numbered.extend(person.filter(|_| has_number));
        }
        let mut counts = Self::default();
        for [one, other] in pairs {
            let (Some(one), Some(other)) = (made.get(one.as_str()), made.get(other.as_str()))
            else {
                continue;
            };
            let are_known = !one.numbered.is_empty() && !other.numbered.is_empty();
            counts.n_pairs += u64::from(are_known);
            counts.n_joined += u64::from(!one.numbered.is_disjoint(&other.numbered));
            counts.n_strayed += u64::from(!one.all.is_disjoint(&other.all));
        }
        counts
    }

    /// The counts in words.
    pub(crate) fn to_text(self) -> String {
        format!(
            "{} pairs of persons who must be kept apart, {} of them with both numbers in one person, {} with \
             some row that came to the other\n",
            self.n_pairs, self.n_joined, self.n_strayed
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_joined_if_any_record_of_the_one_is_with_any_of_the_other() {
        let records = [
            ("a", Some(1), true),
            ("a", Some(2), false),
            ("b", Some(2), true),
            ("c", Some(3), true),
            ("d", Some(4), true),
            ("e", None, true),
            ("f", Some(3), false),
        ];
        let pairs = [["a", "b"], ["c", "d"], ["c", "e"], ["c", "f"]];
        let pairs = pairs.map(|pair| pair.map(str::to_owned));
        let counts = KeptApart::of(records.into_iter(), &pairs);
        assert_eq!(counts, KeptApart { n_pairs: 2, n_joined: 0, n_strayed: 2 });
        let records = [("a", Some(1), true), ("b", Some(1), true)];
        let counts = KeptApart::of(records.into_iter(), &pairs);
        assert_eq!(counts, KeptApart { n_pairs: 1, n_joined: 1, n_strayed: 1 });
    }
}
