//! The Hospital Frailty Risk Score.

use std::collections::BTreeSet;

use super::icd10::Icd10;
use super::reference::FRAILTY_TENTHS;

/// Youngest age in completed years at which the score was validated.
const YOUNGEST: i64 = 75;

/// A score, or why there is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frailty {
    /// Sum of points, in tenths.
    tenths: Option<i64>,
    /// Why there is no score.
    pub reason: Option<&'static str>,
}

impl Frailty {
    /// The score in points.
    #[must_use]
    pub fn score(&self) -> Option<f64> {
        self.tenths.map(|tenths| tenths as f64 / 10.0)
    }

    /// `Low` below 5, `Intermediate` from 5 to 15, `High` above 15.
    #[must_use]
    pub fn category(&self) -> Option<&'static str> {
        self.tenths.map(|tenths| match tenths {
            ..50 => "Low",
            50..=150 => "Intermediate",
            151.. => "High",
        })
    }
}

/// Hospital Frailty Risk Score of a person's ICD-10 codes (Gilbert and others 2018): the sum of the
/// points of each three-character category, each counted once.
pub fn frailty<'a>(codes: impl IntoIterator<Item = &'a str>) -> Frailty {
    let codes: Vec<Icd10> = codes.into_iter().filter_map(Icd10::parse).collect();
    let categories: BTreeSet<&str> = codes.iter().map(Icd10::category).collect();
    let points = categories.iter().filter_map(|category| FRAILTY_TENTHS.get(category));
    Frailty { tenths: Some(points.sum()), reason: None }
}

/// As [`frailty`], only for those the score is meant for: 75 and over with an emergency admission.
pub(crate) fn frailty_of<'a>(
    codes: impl IntoIterator<Item = &'a str>,
    age_years: Option<i64>,
    has_emergency: Option<bool>,
) -> Frailty {
    let refuse = |reason| Frailty { tenths: None, reason: Some(reason) };
    match (age_years, has_emergency) {
        (None, _) => refuse("age is missing"),
        (Some(..YOUNGEST), _) => refuse("under 75"),
        (_, None | Some(false)) => refuse("no emergency admission"),
        (Some(YOUNGEST..), Some(true)) => frailty(codes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Points of the published table: F00 7.1, I69 3.7, R29 3.6, R31 3.0, R33 1.3, F03 2.1.
    #[test]
    fn a_score_of_exactly_five_is_intermediate() {
        // 3.7 + 1.3
        let five = frailty(["I69.3", "R33"]);
        assert_eq!(five.score(), Some(5.0));
        assert_eq!(five.category(), Some("Intermediate"));
    }

    #[test]
    fn a_code_in_two_fields_or_two_spellings_counts_once() {
        assert_eq!(frailty(["F00", "f00.1", "F009"]).score(), Some(7.1));
    }

    #[test]
    fn only_those_of_seventy_five_and_over_with_an_emergency_are_scored() {
        assert_eq!(frailty_of(["F00"], Some(74), Some(true)).reason, Some("under 75"));
        let planned = frailty_of(["F00"], Some(80), Some(false));
        assert_eq!(planned.reason, Some("no emergency admission"));
        assert_eq!(planned.category(), None);
        assert_eq!(frailty_of(["F00"], None, Some(true)).reason, Some("age is missing"));
        assert_eq!(frailty_of(["F00"], Some(75), Some(true)).score(), Some(7.1));
    }
}
