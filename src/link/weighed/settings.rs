//! What a pipeline may set about step 6.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::comparison::Comparison;
use super::score::Weight;
use crate::link::field::Field;

/// Levels of a pair at most.
const MOST_SLOTS: usize = 16;
/// Feeds in which each person appears once, at most.
const MOST_FEEDS: usize = 64;
/// Parts of a rule at most.
pub(crate) const MOST_PARTS: usize = 8;
/// Ways in which the fields of a rule can stand in each other's place, at most.
pub(crate) const MOST_WAYS: usize = 8;

/// Step 6 as declared; what is not declared is that of `default.toml` beside this file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, from = "Declared")]
pub struct Weighed {
    /// Whether the step is taken at all.
    pub enabled: bool,
    /// A frozen model, as `hub link train` writes it; without one, each run learns its own.
    pub model: Option<PathBuf>,
    /// Probability from which a pair is linked.
    pub probability: f64,
    /// Probability from which a pair that is not linked is told as a potential match.
    pub potential: f64,
    /// Bits by which the best candidate must beat the next.
    pub advantage: f64,
    /// Feeds in which each person appears once.
    pub one_per_feed: Vec<String>,
    /// A block with more identities is split, and what cannot be split is left out and counted.
    pub max_block: usize,
    /// The comparisons.
    pub comparison: Vec<Comparison>,
    /// The rules: a pair is looked at if any of them brings it together.
    pub block: Vec<Rule>,
}

/// A blocking rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What must be the same: fields, or several that may stand in each other's place.
    pub same: Vec<Part>,
    /// Fields of which one more must be the same for the pair to be looked at; none: no more.
    #[serde(default)]
    pub and_any: Vec<Field>,
}

/// One part of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Part {
    /// A field.
    Field(Field),
    /// Fields in each other's place.
    AnyOf(Vec<Field>),
}

impl Part {
    pub(crate) fn fields(&self) -> &[Field] {
        match self {
            Self::Field(field) => std::slice::from_ref(field),
            Self::AnyOf(fields) => fields,
        }
    }
}

impl Weighed {
    /// `advantage` as weights are: in thousandths of a bit.
    #[expect(clippy::cast_possible_truncation, reason = "bits of advantage are few")]
    pub(crate) fn least_advantage(&self) -> Weight {
        (self.advantage * 1000.0) as Weight
    }

    /// What is wrong with the settings.
    ///
    /// # Errors
    /// In words.
    pub fn check(&self) -> Result<(), String> {
        let is_share = |share: f64| share > 0.0 && share < 1.0;
        if !is_share(self.probability) || !is_share(self.potential) {
            return Err("`probability` and `potential` lie between 0 and 1".to_owned());
        }
        if self.potential > self.probability {
            return Err("`potential` is not above `probability`".to_owned());
        }
        if !(0.0..=100.0).contains(&self.advantage) {
            return Err("`advantage` is a number of bits from 0 to 100".to_owned());
        }
        if self.max_block < 2 {
            return Err("`max_block` is 2 or more".to_owned());
        }
        let n_slots: usize = self.comparison.iter().map(|one| one.slots().len()).sum();
        if n_slots == 0 || n_slots > MOST_SLOTS {
            return Err(format!(
                "`comparison` gives 1 to {MOST_SLOTS} levels a pair; names and address two each"
            ));
        }
        if self.one_per_feed.len() > MOST_FEEDS {
            return Err(format!("`one_per_feed` names {MOST_FEEDS} feeds at most"));
        }
        let is_rule = |rule: &Rule| {
            (1..=MOST_PARTS).contains(&rule.same.len()) && (1..=MOST_WAYS).contains(&rule.n_ways())
        };
        match self.block.iter().all(is_rule) {
            true => Ok(()),
            false => Err(format!(
                "a `block` has 1 to {MOST_PARTS} parts, and its fields 1 to {MOST_WAYS} ways of standing in \
                 each other's place"
            )),
        }
    }
}

impl Rule {
    /// Every field that it asks for.
    pub(crate) fn fields(&self) -> impl Iterator<Item = Field> {
        self.same.iter().flat_map(|part| part.fields().iter().copied())
    }

    /// In how many ways its fields can stand in each other's place.
    pub(crate) fn n_ways(&self) -> usize {
        self.same.iter().map(|part| part.fields().len()).product()
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Declared {
    enabled: Option<bool>,
    model: Option<PathBuf>,
    probability: Option<f64>,
    potential: Option<f64>,
    advantage: Option<f64>,
    one_per_feed: Option<Vec<String>>,
    max_block: Option<usize>,
    comparison: Option<Vec<Comparison>>,
    block: Option<Vec<Rule>>,
}

#[derive(Deserialize)]
struct Defaults {
    probability: f64,
    potential: f64,
    advantage: f64,
    max_block: usize,
    comparison: Vec<Comparison>,
    block: Vec<Rule>,
}

impl From<Declared> for Weighed {
    fn from(declared: Declared) -> Self {
        let defaults: Defaults =
            toml::from_str(include_str!("default.toml")).expect("a test reads this file");
        Self {
            enabled: declared.enabled.unwrap_or(true),
            model: declared.model,
            probability: declared.probability.unwrap_or(defaults.probability),
            potential: declared.potential.unwrap_or(defaults.potential),
            advantage: declared.advantage.unwrap_or(defaults.advantage),
            one_per_feed: declared.one_per_feed.unwrap_or_default(),
            max_block: declared.max_block.unwrap_or(defaults.max_block),
            comparison: declared.comparison.unwrap_or(defaults.comparison),
            block: declared.block.unwrap_or(defaults.block),
        }
    }
}

impl Default for Weighed {
    fn default() -> Self {
        Declared::default().into()
    }
}
