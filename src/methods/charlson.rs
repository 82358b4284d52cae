//! Charlson comorbidity from ICD-10 codes.

use super::icd10::Icd10;
use super::reference::{CHARLSON, CHARLSON_PREFIXES};

/// Number of conditions.
pub(crate) const N_CONDITIONS: usize = 17;

/// A severe form and the mild form whose weight it replaces.
const REPLACES: [(&str, &str); 3] = [("diabwc", "diab"), ("msld", "mld"), ("metacanc", "canc")];

/// A person's conditions and scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charlson {
    /// Which of the 17 conditions has a code, in the order of the table of weights.
    pub has_condition: [bool; N_CONDITIONS],
    /// Score with the weights of Charlson 1987.
    pub score_charlson: i64,
    /// Score with the weights of Quan 2011.
    pub score_quan2011: i64,
}

/// Conditions and scores of a person with these codes (coding of Quan 2005).
///
/// Each condition counts once; where both forms are coded, only the severe one of diabetes, liver
/// disease and cancer is scored, while both are flagged. What is not a code is left out.
pub fn charlson<'a>(codes: impl IntoIterator<Item = &'a str>) -> Charlson {
    let mut has_condition = [false; N_CONDITIONS];
    for code in codes.into_iter().filter_map(Icd10::parse) {
        for at in code.prefixes().filter_map(|prefix| CHARLSON_PREFIXES.get(prefix)) {
            has_condition[*at] = true;
        }
    }
    let has = |condition: &str| {
        CHARLSON.iter().zip(has_condition).any(|(weight, has)| has && weight.condition == condition)
    };
    let is_replaced =
        |condition: &str| REPLACES.iter().any(|(severe, mild)| *mild == condition && has(severe));
    let (mut score_charlson, mut score_quan2011) = (0, 0);
    for (weight, has) in CHARLSON.iter().zip(has_condition) {
        if has && !is_replaced(weight.condition) {
            score_charlson += weight.charlson_1987;
            score_quan2011 += weight.quan_2011;
        }
    }
    Charlson { has_condition, score_charlson, score_quan2011 }
}

/// The conditions' short names, in the order of the flags.
#[cfg(test)]
pub(crate) fn charlson_conditions() -> Vec<&'static str> {
    CHARLSON.iter().map(|weight| weight.condition).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_severe_form_replaces_the_weight_of_the_mild_one() {
        let both = charlson(["E11.9", "E112"]);
        assert_eq!(both.has_condition.iter().filter(|has| **has).count(), 2);
        assert_eq!(both.score_charlson, 2);
        assert_eq!(both.score_quan2011, 1);
    }

    #[test]
    fn a_code_given_twice_counts_once() {
        assert_eq!(charlson(["I21", "i21.0", "I219"]).score_charlson, 1);
    }

    #[test]
    fn nobody_without_codes_has_a_score_above_zero() {
        let none: [&str; 0] = [];
        assert_eq!(charlson(none).score_charlson, 0);
    }
}
