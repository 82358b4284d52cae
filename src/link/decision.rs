//! What reviewers decide of pairs: that two identities are one person's, or that they are not.
//!
//! A pair is named by a token alone, which hangs on its two identities and on the key: it is the same
//! every night on which both are there. No decision is ever made here.

mod bonds;
mod pair_token;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub(crate) use bonds::Bonds;
pub use pair_token::PairToken;

/// What was decided of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Its identities are one person's.
    Same,
    /// They are two people's.
    Different,
}

impl FromStr for Verdict {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "same" => Ok(Self::Same),
            "different" => Ok(Self::Different),
            _ => Err(()),
        }
    }
}

/// One decision as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decision {
    /// The line of the file that it stands in.
    pub line: u64,
    /// The pair.
    pub pair: PairToken,
    /// What was decided.
    pub verdict: Verdict,
}

/// A decision about tonight's identities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DecidedPair {
    /// The line of the file that it stands in.
    pub line: u64,
    /// What was decided.
    pub verdict: Verdict,
    /// The pair's identities; `None` if one of them is not there tonight, or more than one might be
    /// meant.
    pub identities: Option<[i64; 2]>,
}

/// Two decisions of which one at most can be right, or three and more of which not all can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// The line that says `different`.
    pub different: u64,
    /// The lines by which the pair is one person's all the same.
    pub same: Vec<u64>,
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.same.iter().map(ToString::to_string).collect();
        let noun = if lines.len() == 1 { "line" } else { "lines" };
        write!(f, "`different`, but by `same` in {noun} {} it is one person", lines.join(", "))
    }
}

/// What became of decisions in a night.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DecisionCounts {
    /// Decisions that a pair is one person's.
    pub n_same: u64,
    /// Decisions that it is two people's.
    pub n_different: u64,
    /// Decisions that hold tonight.
    pub n_applied: u64,
    /// Lines that name a pair which is not there tonight.
    pub gone_lines: Vec<u64>,
    /// Those of them that say `different`: nothing keeps the two apart any more.
    #[serde(default)]
    pub gone_different_lines: Vec<u64>,
    /// Lines that would join two trusted NHS numbers, or whom a further decision keeps apart.
    pub refused_lines: Vec<u64>,
}

impl DecisionCounts {
    /// What of decisions holds no more and may join two people, in words.
    #[must_use]
    pub fn alarm(&self) -> Option<String> {
        let lines: Vec<String> =
            self.gone_different_lines.iter().map(ToString::to_string).collect();
        let noun = if lines.len() == 1 { "line" } else { "lines" };
        (!lines.is_empty()).then(|| {
            format!(
                "decisions, {noun} {}: `different` of a pair that is not there any more keeps nobody \
                 apart; if its key or encoding has changed it must be made again",
                lines.join(", ")
            )
        })
    }

    /// In words; empty without a decision.
    #[must_use]
    pub fn to_text(&self) -> String {
        let n = self.n_same + self.n_different;
        if n == 0 {
            return String::new();
        }
        let lines = |lines: &[u64]| {
            let texts: Vec<String> = lines.iter().map(ToString::to_string).collect();
            match texts.is_empty() {
                true => String::new(),
                false => format!(" (line {})", texts.join(", ")),
            }
        };
        format!(
            "{n} ({} same, {} different): {} hold, {} of a pair that is not there{}, {} refused for \
             two trusted NHS numbers or another decision{}",
            self.n_same,
            self.n_different,
            self.n_applied,
            self.gone_lines.len(),
            lines(&self.gone_lines),
            self.refused_lines.len(),
            lines(&self.refused_lines),
        )
    }
}

/// Decisions about the identities that are there; `handle` names one.
#[must_use]
pub fn resolve_decisions(
    decisions: &[Decision],
    identities: &[i64],
    handle: &dyn Fn(i64) -> u64,
) -> Vec<DecidedPair> {
    let wanted: BTreeSet<u64> = decisions.iter().flat_map(|one| one.pair.handles()).collect();
    let mut found: BTreeMap<u64, Option<i64>> = BTreeMap::new();
    for &identity in identities.iter().filter(|_| !wanted.is_empty()) {
        for name in PairToken::names_of(handle(identity)) {
            if wanted.contains(&name) {
                let meant = found.entry(name).or_insert(Some(identity));
                if *meant != Some(identity) {
                    *meant = None;
                }
            }
        }
    }
    let meant = |handle| found.get(&handle).copied().flatten();
    let mut decided: Vec<DecidedPair> = decisions
        .iter()
        .map(|&Decision { line, pair, verdict }| {
            let [one, other] = pair.handles().map(meant);
            DecidedPair { line, verdict, identities: one.zip(other).map(|(a, b)| [a, b]) }
        })
        .collect();
    decided.sort_unstable();
    decided
}

/// The identities of a pair, if both are there and nobody else might be meant.
#[must_use]
pub fn identities_of(
    pair: PairToken,
    identities: &[i64],
    handle: &dyn Fn(i64) -> u64,
) -> Option<[i64; 2]> {
    let decision = Decision { line: 0, pair, verdict: Verdict::Same };
    resolve_decisions(&[decision], identities, handle).first().and_then(|one| one.identities)
}

/// The first `different` that other decisions contradict, directly or over further pairs.
#[must_use]
pub fn contradiction(decisions: &[Decision]) -> Option<Contradiction> {
    let mut same: BTreeMap<u64, Vec<(u64, u64)>> = BTreeMap::new();
    for one in decisions.iter().filter(|one| one.verdict == Verdict::Same) {
        let [a, b] = one.pair.handles();
        same.entry(a).or_default().push((b, one.line));
        same.entry(b).or_default().push((a, one.line));
    }
    let mut different: Vec<&Decision> =
        decisions.iter().filter(|one| one.verdict == Verdict::Different).collect();
    different.sort_unstable();
    different.into_iter().find_map(|one| {
        let [from, to] = one.pair.handles();
        path(&same, from, to).map(|same| Contradiction { different: one.line, same })
    })
}

/// The lines that lead from one identity to another.
fn path(same: &BTreeMap<u64, Vec<(u64, u64)>>, from: u64, to: u64) -> Option<Vec<u64>> {
    let mut came: BTreeMap<u64, (u64, u64)> = BTreeMap::new();
    let mut open = std::collections::VecDeque::from([from]);
    while let Some(at) = open.pop_front() {
        for &(next, line) in same.get(&at).into_iter().flatten() {
            if next != from && !came.contains_key(&next) {
                came.insert(next, (at, line));
                open.push_back(next);
            }
        }
    }
    let mut lines = Vec::new();
    let mut at = to;
    while at != from {
        let &(before, line) = came.get(&at)?;
        lines.push(line);
        at = before;
    }
    lines.sort_unstable();
    Some(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision(line: u64, [one, other]: [u64; 2], verdict: Verdict) -> Decision {
        Decision { line, pair: PairToken::of(one, other), verdict }
    }

    #[test]
    fn decisions_find_their_identities_and_say_who_is_gone_or_not_told_apart() {
        let decisions = [
            decision(2, [10, 20], Verdict::Same),
            decision(3, [10, 30], Verdict::Different),
            decision(4, [20, 40], Verdict::Same),
        ];
        // 7 and 8 have one name; nobody is called 30.
        let handle = |identity: i64| match identity {
            1 => 20,
            2 => 10,
            7 | 8 => 40,
            other => other.unsigned_abs() + 100,
        };
        let decided = resolve_decisions(&decisions, &[1, 2, 7, 8, 9], &handle);
        let identities: Vec<_> = decided.iter().map(|one| one.identities).collect();
        assert_eq!(identities, [Some([2, 1]), None, None]);
    }

    #[test]
    fn a_pair_is_not_one_person_and_two_be_it_over_further_pairs() {
        let same = |line, pair| decision(line, pair, Verdict::Same);
        let different = |line, pair| decision(line, pair, Verdict::Different);
        assert_eq!(contradiction(&[same(2, [1, 2]), different(3, [2, 3])]), None);
        let found = contradiction(&[same(2, [1, 2]), different(3, [2, 1])]);
        assert_eq!(found, Some(Contradiction { different: 3, same: vec![2] }));
        let found = contradiction(&[
            different(2, [1, 4]),
            same(3, [1, 2]),
            same(4, [4, 2]),
            same(5, [4, 9]),
        ]);
        let found = found.expect("a contradiction");
        assert_eq!(found, Contradiction { different: 2, same: vec![3, 4] });
        assert_eq!(found.to_string(), "`different`, but by `same` in lines 3, 4 it is one person");
    }
}
