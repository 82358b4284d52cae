//! The Cambridge Multimorbidity Score.

use std::collections::BTreeSet;

use super::reference::CAMBRIDGE_HUNDREDTHS;

/// A person's score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Multimorbidity {
    /// How many of the 20 conditions the person has.
    pub n_conditions: usize,
    /// Sum of weights, in hundredths.
    hundredths: i64,
}

impl Multimorbidity {
    /// The score.
    #[must_use]
    pub fn score(&self) -> f64 {
        self.hundredths as f64 / 100.0
    }
}

/// Cambridge Multimorbidity Score, general outcome, of the named conditions, each counted once
/// (Payne and others 2020, the version of 20 conditions).
///
/// # Errors
/// When a name is none of the 20: a score without it would be too low, and nobody would see why.
pub fn cambridge_multimorbidity<'a>(
    conditions: impl IntoIterator<Item = &'a str>,
) -> Result<Multimorbidity, &'static str> {
    let conditions: BTreeSet<&str> = conditions.into_iter().map(str::trim).collect();
    let weight = |condition: &&str| {
        let weight = CAMBRIDGE_HUNDREDTHS.get(condition).copied();
        weight.ok_or("a condition is none of the 20")
    };
    let hundredths = conditions.iter().map(weight).sum::<Result<i64, _>>()?;
    Ok(Multimorbidity { n_conditions: conditions.len(), hundredths })
}

#[cfg(test)]
mod tests {
    use super::*;

    // By hand from the published weights: dementia 2.50, heart failure 1.18, hypertension 0.08.
    #[test]
    fn weights_are_added_each_once() {
        let names = ["dementia", "heart_failure", "hypertension", "dementia"];
        let score = cambridge_multimorbidity(names).expect("known conditions");
        assert_eq!((score.score(), score.n_conditions), (3.76, 3));
        assert_eq!(cambridge_multimorbidity([]).expect("nothing").score(), 0.0);
        assert!(cambridge_multimorbidity(["dementia", "gout"]).is_err());
    }
}
