//! What levels are worth: a model, learned once and applied nightly.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::comparison::{N_LEVELS, Slot};
use super::settings::Weighed;

/// Shares of levels among pairs of one person, of strangers, and of people under one roof.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Share of all pairs that are one person's.
    pub prior: f64,
    /// Share of all pairs that are people's under one roof.
    pub roof: f64,
    /// The slots of the comparisons, in order.
    pub slot: Vec<Levels>,
}

/// The shares of one slot's levels, from level 1; a pair without the field is in none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Levels {
    /// What is compared.
    pub name: String,
    /// Among pairs of one person.
    pub m: Vec<f64>,
    /// Among pairs of strangers.
    pub u: Vec<f64>,
    /// Among pairs of people under one roof.
    pub roof: Vec<f64>,
}

/// Shares by level, the missing one in front.
pub(crate) type Shares = [f64; N_LEVELS];

impl Model {
    pub(crate) fn new(prior: f64, roof: f64, slots: &[Slot], shares: &[[Shares; 3]]) -> Self {
        // Six digits are more than any sample supports, and the same on every machine.
        let rounded = |share: &f64| format!("{share:.6e}").parse().unwrap_or(*share);
        let part = |shares: &Shares, n: usize| shares[1..=n].iter().map(rounded).collect();
        let slot = |(slot, [m, u, roof]): (&Slot, &[Shares; 3])| {
            let n = slot.levels.len();
            let name = slot.name.to_owned();
            Levels { name, m: part(m, n), u: part(u, n), roof: part(roof, n) }
        };
        Self {
            prior: rounded(&prior),
            roof: rounded(&roof),
            slot: slots.iter().zip(shares).map(slot).collect(),
        }
    }

    /// What tells this model from any other: a hash of its numbers.
    #[must_use]
    pub fn version(&self) -> String {
        let text = toml::to_string(self).unwrap_or_default();
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        format!("{hash:016x}")
    }

    /// Whether it was learned with these settings' comparisons.
    #[must_use]
    pub fn suits(&self, settings: &Weighed) -> bool {
        let slots: Vec<Slot> = settings.comparison.iter().flat_map(|one| one.slots()).collect();
        let same = |(levels, slot): (&Levels, &Slot)| {
            let parts = [&levels.m, &levels.u, &levels.roof];
            levels.name == slot.name && parts.iter().all(|part| part.len() == slot.levels.len())
        };
        self.slot.len() == slots.len() && self.slot.iter().zip(&slots).all(same)
    }

    /// The model as a file.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(
            text,
            "# What agreements are worth in step 6 of linkage: shares of each level among pairs of one\n\
             # person (m), of strangers (u) and of people under one roof. Learned without labels; no value\n\
             # and no token is in it. Version {}.\n",
            self.version()
        );
        text + &toml::to_string(self).unwrap_or_default()
    }
}
