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

impl Parameters {
    pub(crate) fn of(decided: &Decided, settings: &Weighed, is_frozen: bool) -> Option<Self> {
        let model = decided.model.as_ref()?;
        let levels = model.slot.iter().zip(&decided.slots).flat_map(|(shares, slot)| {
            slot.levels.iter().enumerate().map(|(at, level)| {
                let share = |of: &[f64]| of.get(at).copied().unwrap_or_default();
                let (m, u) = (share(&shares.m), share(&shares.u));
                LevelParameters {
                    field: shares.name.clone(),
                    level: (*level).to_owned(),
                    m,
                    u,
                    roof: share(&shares.roof),
                    bits: (m > 0.0 && u > 0.0).then(|| (m / u).log2()),
                }
            })
        });
        Some(Self {
            version: Model::version(model),
            is_frozen,
            prior: model.prior,
            roof: model.roof,
            probability: settings.probability,
            potential: settings.potential,
            advantage: settings.advantage,
            levels: levels.collect(),
        })
    }
}
