//! The nightly trial held against a truth.

use serde::{Deserialize, Serialize};

/// What the trial says of a group: precision and recall, each as value, lower and upper 95 % limit;
/// `None` without a case.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Of those linked with a numbered person, the share that are right.
    pub precision: Option<[f64; 3]>,
    /// Of those with somebody to be found, the share that are.
    pub recall: Option<[f64; 3]>,
}

/// How identities without a number are linked in truth, and what the trial says of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnnumberedScore {
    /// What the group is a group of: `all`, `feed`, `imd_quintile_city`.
    pub dimension: String,
    /// The group.
    pub category: String,
    /// Identities judged, each once for every true person that has it.
    pub n_identities: u64,
    /// Of those in a cluster that stands for somebody, the share whose true person it is.
    pub precision: Option<f64>,
    /// Of those that could be linked with an anchor of their true person, the share that are.
    pub recall: Option<f64>,
    /// What the trial says; `None` if it says nothing of the group.
    pub trial: Option<Trial>,
}

/// The scores as plain text, a line for each group; empty without any.
#[must_use]
pub fn unnumbered_text(scores: &[UnnumberedScore]) -> String {
    let shown = |value: Option<f64>| value.map_or("-".to_owned(), |v| format!("{v:.4}"));
    let limits = |of: Option<[f64; 3]>| {
        of.map_or("-".to_owned(), |[value, lower, upper]| {
            format!("{value:.4} ({lower:.4} to {upper:.4})")
        })
    };
    let line = |score: &UnnumberedScore| {
        format!(
            "{:<18} {:<16} {:>8} {:>9} {:>26} {:>9} {:>26}\n",
            score.dimension,
            score.category,
            score.n_identities,
            shown(score.precision),
            limits(score.trial.and_then(|trial| trial.precision)),
            shown(score.recall),
            limits(score.trial.and_then(|trial| trial.recall)),
        )
    };
    if scores.is_empty() {
        return String::new();
    }
    let head = format!(
        "\nIdentities without a number\n{:<18} {:<16} {:>8} {:>9} {:>26} {:>9} {:>26}\n",
        "group", "", "judged", "precision", "in the trial", "recall", "in the trial"
    );
    scores.iter().map(line).fold(head, |text, line| text + &line)
}
