//! Shares of rows beyond which a delivery is warned of or refused as a whole.

use std::path::Path;

use super::{Contract, ContractError, Rule, Severity};

/// A share of rows beyond which a delivery is warned of or refused.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// The column that the faults are about; every column if `None`.
    pub column: Option<usize>,
    /// The rule that is broken; every rule that warns or refuses if `None`.
    pub rule: Option<Rule>,
    /// The provider whose deliveries it holds for; all if `None`.
    pub provider: Option<String>,
    /// The share beyond which there is a finding.
    pub warn: Option<f64>,
    /// The share beyond which the delivery is refused.
    pub refuse: Option<f64>,
}

/// A threshold that a delivery has passed, and is warned of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// What it is about: column and rule, as the contract names them.
    pub subject: String,
    /// Rows with such a fault, each once.
    pub n_rows: u64,
}

impl Contract {
    /// The thresholds that a delivery of `n_read` rows has passed but may pass; `n_rows` are the rows
    /// that each counts, in the order of the thresholds.
    ///
    /// A threshold of the delivery's provider goes before one of all providers about the same column
    /// and rule: of the provider that the pipeline declares, else of the only one in the rows.
    ///
    /// # Errors
    /// [`ContractError::Threshold`] if one is passed beyond which the delivery is refused.
    pub fn passed_thresholds(
        &self,
        path: &Path,
        of_rows: Option<&str>,
        n_read: u64,
        n_rows: &[u64],
    ) -> Result<Vec<Passed>, ContractError> {
        let provider = self.provider.as_deref().or(of_rows);
        let mut passed = Vec::new();
        let counted = self.thresholds.iter().zip(n_rows.iter().copied());
        for (threshold, n_rows) in counted.filter(|(t, _)| self.applies(t, provider)) {
            let share = n_rows as f64 / n_read.max(1) as f64;
            let subject = self.subject(threshold);
            if let Some(limit) = threshold.refuse.filter(|limit| share > *limit) {
                let path = path.to_owned();
                return Err(ContractError::Threshold { path, subject, n_rows, n_read, limit });
            }
            if threshold.warn.is_some_and(|limit| share > limit) {
                passed.push(Passed { subject, n_rows });
            }
        }
        Ok(passed)
    }

    fn applies(&self, threshold: &Threshold, provider: Option<&str>) -> bool {
        let is_own = |t: &Threshold| t.provider.is_some() && t.provider.as_deref() == provider;
        let is_same = |t: &&Threshold| (t.column, t.rule) == (threshold.column, threshold.rule);
        is_own(threshold)
            || threshold.provider.is_none() && !self.thresholds.iter().filter(is_same).any(is_own)
    }

    /// Whether a threshold counts rows that break a rule in a column.
    #[must_use]
    pub fn is_about(&self, threshold: &Threshold, rule: Rule, column: Option<u16>) -> bool {
        let is_column = threshold.column.is_none_or(|place| column.map(usize::from) == Some(place));
        let is_rule = match threshold.rule {
            Some(counted) => rule == counted,
            None => self.severity(rule, column) >= Severity::Warn,
        };
        is_column && is_rule
    }

    fn subject(&self, threshold: &Threshold) -> String {
        let column = threshold.column.map(|i| format!("column `{}`", self.columns[i].name));
        let rule = threshold.rule.map(|rule| format!("rule `{}`", self.rule_name(rule)));
        match (column, rule) {
            (Some(column), Some(rule)) => format!("{column}, {rule}"),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => "all columns and rules".to_owned(),
        }
    }
}
