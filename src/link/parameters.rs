//! The model that a night applied, as it is shown: shares and bits of each level, no value and no token.

use serde::{Deserialize, Serialize};

use super::weighed::{Decided, Model, Weighed};

/// A model of step 6 as it was applied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parameters {
    /// Its version.
    pub version: String,
    /// Whether it was read from a file, or learned in this very run.
    pub is_frozen: bool,
    /// Share of all pairs that are one person's.
    pub prior: f64,
    /// Share of all pairs that are people's under one roof.
    pub roof: f64,
    /// Probability from which a pair is linked.
    pub probability: f64,
    /// Probability from which a pair is a potential match.
    pub potential: f64,
    /// Bits by which the best candidate must beat the next.
    pub advantage: f64,
    /// The levels of each comparison, in order.
    pub levels: Vec<LevelParameters>,
}

/// What one level is worth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LevelParameters {
    /// What is compared.
    pub field: String,
    /// The level in words.
    pub level: String,
    /// Its share among pairs of one person.
    pub m: f64,
    /// Its share among pairs of strangers.
    pub u: f64,
    /// Its share among pairs of people under one roof.
    pub roof: f64,
    /// log2(m/u); `None` for a level that was never seen.
    pub bits: Option<f64>,
}

/// Seven digits are more than any sample supports, and are read from JSON as they were written: the
/// recipe that keeps them is known by its bytes.
fn rounded(value: f64) -> f64 {
    format!("{value:.6e}").parse().unwrap_or(value)
}

impl Parameters {
    pub(crate) fn of(decided: &Decided, settings: &Weighed, is_frozen: bool) -> Option<Self> {
        let model = decided.model.as_ref()?;
        let levels = model.slot.iter().zip(&decided.slots).flat_map(|(shares, slot)| {
            slot.levels.iter().enumerate().map(|(at, level)| {
                let share = |of: &[f64]| rounded(of.get(at).copied().unwrap_or_default());
                let (m, u) = (share(&shares.m), share(&shares.u));
                LevelParameters {
                    field: shares.name.clone(),
                    level: (*level).to_owned(),
                    m,
                    u,
                    roof: share(&shares.roof),
                    bits: (m > 0.0 && u > 0.0).then(|| rounded((m / u).log2())),
                }
            })
        });
        Some(Self {
            version: Model::version(model),
            is_frozen,
            prior: rounded(model.prior),
            roof: rounded(model.roof),
            probability: rounded(settings.probability),
            potential: rounded(settings.potential),
            advantage: rounded(settings.advantage),
            levels: levels.collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::link::LinkReport;
    use crate::link::weighed::tests::city;
    use crate::link::weighed::{Rows, train};

    #[test]
    fn a_report_with_a_model_is_read_as_it_was_written() {
        let (identities, settings) = city();
        let settings = Weighed { probability: 1.0 - 1.0 / 3.0, advantage: 0.1 + 0.2, ..settings };
        let decided = Decided {
            model: train(&identities, &settings),
            slots: crate::link::weighed::Comparisons::new(
                &settings.comparison,
                &Rows::of(&identities),
            )
            .slots,
            ..Decided::default()
        };
        let model = Parameters::of(&decided, &settings, false);
        let parameters = model.as_ref().expect("enough to learn from");
        // log2(m/u), by hand, of the model itself.
        let sex = parameters.levels.iter().find(|one| one.field == "sex").expect("a level");
        assert!((sex.bits.expect("seen") - (sex.m / sex.u).log2()).abs() < 1e-5);
        let report = LinkReport { model, ..LinkReport::default() };
        let text = serde_json::to_string(&report).expect("JSON");
        let read: LinkReport = serde_json::from_str(&text).expect("a report");
        assert_eq!(serde_json::to_string(&read).expect("JSON"), text);
    }

    proptest! {
        #[test]
        fn what_is_rounded_is_read_as_it_was_written(value in -1e6_f64..1e6, power in -12_i32..1) {
            let value = rounded(value * 10_f64.powi(power));
            let text = serde_json::to_string(&value).unwrap();
            prop_assert_eq!(serde_json::from_str::<f64>(&text).unwrap(), value, "{}", text);
        }
    }
}
