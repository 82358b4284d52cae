//! One pair in full: its weight part by part, which steps apply, and what came of it.

use std::fmt::Write as _;

use serde::Serialize;

use super::levels::{FieldLevel, levels};
use super::standing::Standing;
use super::whole_bits;
use crate::link::settings::Settings;
use crate::link::weighed::{Bar, Comparisons, Rows, Scale, Waterfall, Weight, probability_of};

/// One part of a pair's weight.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WeightStep {
    /// What adds it: `prior`, a comparison, or `household`.
    pub name: String,
    /// The level in words; empty where a side lacks the field.
    pub level: String,
    /// Bits of the level, whole.
    pub bits: f64,
    /// Bits more, or fewer, because the value is rarer or commoner than the usual one;
    /// whole, so that nobody reads from them how many people have the value.
    pub rarity_bits: f64,
    /// Bits up to here.
    pub sum_bits: f64,
}

/// Why two identities are one person or are not.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// Whether they are one person.
    pub is_one_person: bool,
    /// In which feeds each of them comes.
    pub feeds: [Vec<String>; 2],
    /// How many records each of them has.
    pub n_records: [u64; 2],
    /// How each of them stands in the person index.
    pub statuses: [String; 2],
    /// By which step each of them was linked; empty if by none.
    pub steps: [String; 2],
    /// What they agree and differ in.
    pub levels: Vec<FieldLevel>,
    /// The weight, part by part; empty without a model.
    pub waterfall: Vec<WeightStep>,
    /// Bits that speak for one person.
    pub weight: Option<f64>,
    /// The probability that they are one person's.
    pub probability: Option<f64>,
    /// Probability from which a pair is linked, and from which it is a potential match.
    pub thresholds: [f64; 2],
    /// The model's version.
    pub model_version: Option<String>,
    /// Steps that the pair by itself would be joined by.
    pub applies: Vec<String>,
    /// Why they are one person or are not.
    pub reasons: Vec<String>,
}

/// What an explanation is made from.
pub(super) struct Explained<'a> {
    pub(super) standing: &'a Standing<'a>,
    pub(super) rows: &'a Rows<'a>,
    pub(super) scale: Option<&'a Scale<'a>>,
    pub(super) settings: &'a Settings,
    pub(super) pair: (u32, u32),
}

impl Explained<'_> {
    /// The weight of the pair.
    pub(super) fn weight(&self) -> Option<Weight> {
        self.scale.map(|scale| scale.weight(self.pair.0, self.pair.1))
    }

    pub(super) fn explanation(&self, model_version: Option<String>) -> Explanation {
        let (standing, (left, right)) = (self.standing, self.pair);
        let rows = [left, right];
        let text = |of: &[&str]| rows.map(|row| of[row as usize].to_owned());
        let weighed = &self.settings.weighed;
        let comparisons = Comparisons::new(&weighed.comparison, self.rows);
        let waterfall = self.scale.map(|scale| Waterfall::of(scale, left, right));
        let weight = waterfall.as_ref().map(Waterfall::total);
        Explanation {
            is_one_person: standing.clusters.root(left) == standing.clusters.root(right),
            feeds: rows.map(|row| standing.feeds(row)),
            n_records: rows.map(|row| standing.n_records[row as usize]),
            statuses: text(&standing.statuses),
            steps: text(&standing.steps),
            levels: levels(&comparisons, self.rows, left, right),
            waterfall: waterfall.as_ref().map(steps).unwrap_or_default(),
            weight: weight.map(|weight| f64::from(whole_bits(weight))),
            probability: weight.map(|weight| probability_of(whole_bits(weight) * 1000)),
            thresholds: [weighed.probability, weighed.potential],
            model_version,
            applies: self.steps(),
            reasons: self.reasons(),
        }
    }
}

/// The parts with their running sum; fields that a side lacks add nothing, and stand there too.
///
/// The sums are rounded, and a part is what it moves the rounded sum by: so parts add up.
fn steps(waterfall: &Waterfall) -> Vec<WeightStep> {
    let mut sum = 0;
    let mut step = |name: &str, level: &str, weight: Weight, rarity: Weight| {
        let ends = [sum, sum + weight, sum + weight + rarity];
        sum = ends[2];
        let [from, middle, to] = ends.map(whole_bits);
        WeightStep {
            name: name.to_owned(),
            level: level.to_owned(),
            bits: f64::from(middle - from),
            rarity_bits: f64::from(to - middle),
            sum_bits: f64::from(to),
        }
    };
    let mut steps = vec![step("prior", "a pair at random", waterfall.prior, 0)];
    for &Bar { name, level, weight, rarity } in &waterfall.bars {
        steps.push(step(name, level.unwrap_or_default(), weight, rarity));
    }
    steps.push(step("household", "people under one roof are alike, too", waterfall.roof, 0));
    steps
}

impl Explanation {
    /// The explanation as plain text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = match self.is_one_person {
            true => "One person\n".to_owned(),
            false => "Two persons\n".to_owned(),
        };
        for (at, name) in ["one", "other"].into_iter().enumerate() {
            let step = if self.steps[at].is_empty() { "none" } else { &self.steps[at] };
            let _ = writeln!(
                text,
                "  {name:<5}  {} records in {}; status {}, step {step}",
                self.n_records[at],
                self.feeds[at].join(", "),
                self.statuses[at],
            );
        }
        self.write_waterfall(&mut text);
        let lists = [("Steps that apply to the pair", &self.applies), ("Why", &self.reasons)];
        for (title, lines) in lists {
            let _ = writeln!(text, "\n{title}");
            let none = ["none".to_owned()];
            let lines = if lines.is_empty() { none.as_slice() } else { lines.as_slice() };
            for line in lines {
                let _ = writeln!(text, "  {line}");
            }
        }
        text
    }

    fn write_waterfall(&self, text: &mut String) {
        let (Some(weight), Some(probability)) = (self.weight, self.probability) else {
            let levels: Vec<String> =
                self.levels.iter().map(|one| format!("{}: {}", one.field, one.level)).collect();
            let _ = writeln!(text, "\nNot weighed. {}", levels.join("; "));
            return;
        };
        let _ = writeln!(
            text,
            "\n{:<20} {:<38} {:>9} {:>9} {:>9}",
            "Weight", "level", "bits", "rarity", "sum"
        );
        for step in &self.waterfall {
            let level = if step.level.is_empty() { "missing" } else { &step.level };
            let _ = writeln!(
                text,
                "{:<20} {level:<38} {:>+9.0} {:>+9.0} {:>+9.0}",
                step.name, step.bits, step.rarity_bits, step.sum_bits
            );
        }
        let [linked, potential] = self.thresholds;
        let _ = writeln!(
            text,
            "{weight:+.0} bits: probability {probability:.6}; linked from {linked}, potential from \
             {potential}; model {}",
            self.model_version.as_deref().unwrap_or("none"),
        );
    }
}
