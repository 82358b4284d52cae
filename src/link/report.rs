//! What linkage did, in counts: no identity and no token appears here.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::decision::DecisionCounts;
use super::ledger::Change;
use super::parameters::Parameters;

/// The report of one night's linkage.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LinkReport {
    /// Distinct identities.
    pub n_identities: u64,
    /// Records that carry them.
    pub n_records: u64,
    /// Persons found.
    pub n_persons: u64,
    /// Each feed, by name.
    pub feeds: Vec<FeedCounts>,
    /// Each exact key, strongest first.
    pub keys: Vec<KeyCounts>,
    /// What was found about NHS numbers.
    pub numbers: NumberCounts,
    /// Lines that tonight adds to the ledger, by change.
    pub changes: BTreeMap<String, u64>,
    /// What became of reviewers' decisions.
    #[serde(default)]
    pub decisions: DecisionCounts,
    /// Records that carry too little to be linked, by what they lack.
    #[serde(default)]
    pub unlinkable: BTreeMap<String, u64>,
    /// The model of step 6; `None` if nothing was weighed.
    #[serde(default)]
    pub model: Option<Parameters>,
}

/// One feed's identities and records.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FeedCounts {
    /// The feed.
    pub feed: String,
    /// Distinct identities in it.
    pub n_identities: u64,
    /// Records in it.
    pub n_records: u64,
    /// Its records by the step that linked their identity; those not linked are not here.
    pub records_by_step: BTreeMap<String, u64>,
    /// Its records by status.
    pub records_by_status: BTreeMap<String, u64>,
}

/// What one exact key did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct KeyCounts {
    /// The step, as in the person index.
    pub step: String,
    /// Clusters joined to another.
    pub n_joined: u64,
    /// Clusters that fitted several persons and were left alone.
    pub n_ambiguous: u64,
    /// Values shared by too many clusters to look at.
    pub n_oversize: u64,
}

/// What was found about NHS numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NumberCounts {
    /// Identities with a number.
    pub n_identities: u64,
    /// Distinct numbers that too many unlike people carry.
    pub n_dummy_numbers: u64,
    /// Identities whose number was therefore taken as missing.
    pub n_dummy_identities: u64,
    /// Distinct numbers whose bearers differ in birth date and name.
    pub n_conflicting_numbers: u64,
    /// Identities that bear another's number.
    pub n_conflicting_identities: u64,
    /// Identities whose superseded number was replaced by its successor.
    pub n_superseded_identities: u64,
    /// Trusted numbers that one identity alone carries, while everything else says it is somebody
    /// with a better supported number.
    pub n_uncorroborated_numbers: u64,
}

impl FeedCounts {
    /// Share of the records whose identity was linked to another; `None` without records.
    #[must_use]
    pub fn linked_share(&self) -> Option<f64> {
        self.share("match")
    }

    /// Share of the records that carry too little to be linked; `None` without records.
    #[must_use]
    pub fn unlinkable_share(&self) -> Option<f64> {
        self.share("too_little_data")
    }

    #[expect(clippy::cast_precision_loss, reason = "a share is shown to a tenth of a per cent")]
    fn share(&self, status: &str) -> Option<f64> {
        let n = self.records_by_status.get(status).copied().unwrap_or(0);
        (self.n_records > 0).then(|| n as f64 / self.n_records as f64)
    }
}

impl LinkReport {
    /// The report as plain text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!(
            "{} records · {} identities · {} persons\n\n",
            self.n_records, self.n_identities, self.n_persons
        );
        let mut feeds = vec![words(&[
            "feed",
            "records",
            "linked",
            "potential",
            "single",
            "many",
            "conflict",
            "too little",
            "by step",
        ])];
        feeds.extend(self.feeds.iter().map(feed_line));
        text.push_str(&aligned(&feeds, 8));
        let mut keys = vec![words(&["key", "joined", "in doubt", "too common"])];
        keys.extend(self.keys.iter().map(key_line));
        let _ = write!(text, "\n{}\n{}", aligned(&keys, 4), self.numbers_text());
        let _ = writeln!(text, "Persons: {}", self.changes_text());
        let decisions = self.decisions.to_text();
        if !decisions.is_empty() {
            let _ = writeln!(text, "Decisions: {decisions}");
        }
        text
    }

    /// What became of persons since the night before, as `3 new, 1 merged, 0 split`.
    #[must_use]
    pub fn changes_text(&self) -> String {
        let counted = Change::ALL.map(|change| {
            let n = self.changes.get(change.word()).copied().unwrap_or(0);
            format!("{n} {}", change.word())
        });
        counted.join(", ")
    }

    fn numbers_text(&self) -> String {
        let numbers = &self.numbers;
        format!(
            "NHS numbers: {} identities carry one; {} dummy numbers (on {} identities); \
             {} numbers in conflict ({} identities); {} superseded; {} uncorroborated\n",
            numbers.n_identities,
            numbers.n_dummy_numbers,
            numbers.n_dummy_identities,
            numbers.n_conflicting_numbers,
            numbers.n_conflicting_identities,
            numbers.n_superseded_identities,
            numbers.n_uncorroborated_numbers,
        )
    }
}

fn feed_line(feed: &FeedCounts) -> Vec<String> {
    let statuses = ["match", "potential", "single", "many_matches", "conflict", "too_little_data"];
    let percent = |status: &&str| {
        feed.share(status).map_or_else(|| "–".to_owned(), |share| format!("{:.1} %", share * 100.0))
    };
    let steps: Vec<String> =
        feed.records_by_step.iter().map(|(step, n)| format!("{step}: {n}")).collect();
    let mut line = vec![feed.feed.clone(), feed.n_records.to_string()];
    line.extend(statuses.iter().map(percent));
    line.push(steps.join(", "));
    line
}

fn key_line(key: &KeyCounts) -> Vec<String> {
    let counts = [key.n_joined, key.n_ambiguous, key.n_oversize];
    std::iter::once(key.step.clone()).chain(counts.map(|n| n.to_string())).collect()
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

/// Lines with columns of equal width: the first to the left, others to the right up to `right`.
fn aligned(lines: &[Vec<String>], right: usize) -> String {
    let width = |at: usize| lines.iter().map(|line| line[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..lines[0].len()).map(width).collect();
    let mut text = String::new();
    for line in lines {
        let cells = line.iter().zip(&widths).enumerate().map(|(at, (cell, &width))| match at {
            0 => format!("{cell:<width$}"),
            at if at < right => format!("{cell:>width$}"),
            _ => cell.clone(),
        });
        let cells: Vec<String> = cells.collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_lines_up_and_shows_shares() {
        let feed = FeedCounts {
            feed: "apc".to_owned(),
            n_identities: 3,
            n_records: 8,
            records_by_step: BTreeMap::from([("1".to_owned(), 6)]),
            records_by_status: BTreeMap::from([
                ("match".to_owned(), 6),
                ("too_little_data".to_owned(), 2),
            ]),
        };
        assert_eq!(feed.linked_share(), Some(0.75));
        assert_eq!(FeedCounts::default().unlinkable_share(), None);
        let report = LinkReport { feeds: vec![feed], n_records: 8, ..LinkReport::default() };
        let text = report.to_text();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[2],
            "feed  records  linked  potential  single   many  conflict  too little  by step"
        );
        assert_eq!(
            lines[3],
            "apc         8  75.0 %      0.0 %   0.0 %  0.0 %     0.0 %      25.0 %  1: 6"
        );
        let changes = BTreeMap::from([("merged".to_owned(), 2), ("new".to_owned(), 5)]);
        let report = LinkReport { changes, ..report };
        assert!(report.to_text().ends_with("Persons: 5 new, 2 merged, 0 split\n"));
    }
}
