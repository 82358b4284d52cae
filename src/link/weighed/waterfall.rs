//! A pair's weight taken apart: what each field adds to it, and what is taken off.

use super::comparison::level;
use super::score::{Scale, Weight, over_strangers};

/// What one field says of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bar {
    /// What is compared.
    pub(crate) name: &'static str,
    /// The level in words; `None` where a side lacks the field.
    pub(crate) level: Option<&'static str>,
    /// What the level is worth.
    pub(crate) weight: Weight,
    /// What the rarity of the value that both share adds.
    pub(crate) rarity: Weight,
}

/// A pair's weight, from what is known before anything is compared to the sum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waterfall {
    /// How few pairs are one person's.
    pub(crate) prior: Weight,
    /// Each field in turn.
    pub(crate) bars: Vec<Bar>,
    /// What is taken off because people under one roof agree like this, too.
    pub(crate) roof: Weight,
}

impl Waterfall {
    /// The weight of a pair of rows, part by part.
    pub(crate) fn of(scale: &Scale<'_>, left: u32, right: u32) -> Self {
        let (one, other) = (scale.rows.row(left), scale.rows.row(right));
        let pattern = scale.comparisons.pattern(one, other);
        let mut roof = scale.roof_prior;
        let mut bars = Vec::new();
        let slots = scale.slots.iter().zip(&scale.comparisons.slots);
        for (at, (slot, about)) in slots.enumerate() {
            let level = level(pattern, at);
            let [weight, shared] = slot.weights[level];
            let rarity = match slot.is_same[level] {
                true => slot.rarity[one[slot.frequent] as usize],
                false => 0,
            };
            roof += shared + if slot.shared { rarity } else { 0 };
            let word = level.checked_sub(1).and_then(|at| about.levels.get(at).copied());
            bars.push(Bar { name: about.name, level: word, weight, rarity });
        }
        Self { prior: scale.prior, bars, roof: -over_strangers(roof) }
    }

    /// The sum.
    pub(crate) fn total(&self) -> Weight {
        let bars: Weight = self.bars.iter().map(|bar| bar.weight + bar.rarity).sum();
        self.prior + bars + self.roof
    }
}
