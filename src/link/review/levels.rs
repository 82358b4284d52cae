//! What a pair agrees and differs in, field by field, in words.

use serde::Serialize;

use crate::link::weighed::{Comparisons, Rows, Slot, level};

/// How alike a field of two identities is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Likeness {
    /// It is the same.
    Agrees,
    /// It is alike, or the same in part.
    Close,
    /// It is another.
    Differs,
    /// One of the two lacks it.
    Missing,
}

/// A field of a pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldLevel {
    /// What is compared.
    pub field: &'static str,
    /// How alike it is.
    pub likeness: Likeness,
    /// The level as the model has it; `missing` where a side lacks the field.
    pub level: &'static str,
}

impl FieldLevel {
    /// The field, with the level where that says more than how alike it is.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self.level {
            "exact" | "differs" | "missing" => self.field.to_owned(),
            level => format!("{} ({level})", self.field),
        }
    }
}

/// How alike a level is.
fn likeness(level: &str) -> Likeness {
    match level {
        "exact" | "same month" | "house" | "postcode" | "postcode and house" => Likeness::Agrees,
        "differs"
        | "other month"
        | "house differs"
        | "postcode differs"
        | "postcode and house differ" => Likeness::Differs,
        _ => Likeness::Close,
    }
}

/// The levels of a pair of rows.
pub(super) fn levels(
    comparisons: &Comparisons<'_>,
    rows: &Rows<'_>,
    left: u32,
    right: u32,
) -> Vec<FieldLevel> {
    let pattern = comparisons.pattern(rows.row(left), rows.row(right));
    let of_slot = |(at, slot): (usize, &Slot)| {
        let word = level(pattern, at).checked_sub(1).and_then(|at| slot.levels.get(at).copied());
        FieldLevel {
            field: slot.name,
            likeness: word.map_or(Likeness::Missing, likeness),
            level: word.unwrap_or("missing"),
        }
    };
    comparisons.slots.iter().enumerate().map(of_slot).collect()
}
