//! Step 6: pairs that no exact key brings together, weighed by all that they agree and differ in
//! (Fellegi and Sunter 1969).
//!
//! Declared comparisons give every pair a pattern of levels; declared rules say which pairs are
//! looked at. What a level is worth is learned without labels, or read from a frozen model. People
//! under one roof agree in all that a household shares: they are a class of their own beside
//! strangers, or else family name, postcode and house would count three times.

mod assign;
mod block;
mod comparison;
mod estimate;
mod learn;
mod model;
mod rest;
mod roof;
mod score;
mod settings;
#[cfg(test)]
pub(crate) mod tests;
mod waterfall;

use super::clusters::Clusters;
use super::field::Field;
use super::filters::ValueFilters;
use super::identities::Identities;

pub(crate) use assign::{Decided, Evidence, is_bridge};
pub use comparison::Comparison;
pub(crate) use comparison::{Comparisons, Slot, level};
pub use model::Model;
pub(crate) use rest::join_rest;
pub(crate) use score::{Edge, Scale, Weight, edges, probability_of, weight_of};
pub use settings::{Rule, Weighed};
pub(crate) use waterfall::{Bar, Waterfall};

/// The codes of one identity, by field.
pub(crate) type Row = [u32; Field::ALL.len()];

/// The identities row by row, as pairs are compared.
pub(crate) struct Rows<'a> {
    rows: Vec<Row>,
    identities: &'a Identities,
}

impl<'a> Rows<'a> {
    pub(crate) fn of(identities: &'a Identities) -> Self {
        let mut rows = vec![[0; Field::ALL.len()]; identities.len()];
        for field in Field::ALL {
            for (row, &code) in rows.iter_mut().zip(identities.column(field)) {
                row[field as usize] = code;
            }
        }
        Self { rows, identities }
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// How many rows there are.
    pub(crate) fn n_rows(&self) -> u32 {
        u32::try_from(self.rows.len()).expect("identities are fewer than 2^31")
    }

    pub(crate) fn row(&self, at: u32) -> &Row {
        &self.rows[at as usize]
    }

    pub(crate) fn filters(&self, field: Field) -> Option<&ValueFilters> {
        self.identities.filters(field)
    }
}

/// Joins what the evidence says is one person; `None` if there is too little to learn from.
pub(crate) fn pass(
    identities: &Identities,
    clusters: &mut Clusters,
    settings: &Weighed,
    model: Option<&Model>,
) -> Option<Decided> {
    let rows = Rows::of(identities);
    let model = match model {
        Some(model) => model.clone(),
        None => estimate::train(&rows, settings)?,
    };
    clusters.flatten();
    let scale = Scale::new(&rows, settings, &model);
    let edges = edges(&rows, clusters, settings, &scale);
    Some(assign::assign(clusters, settings, &scale, edges, model))
}

/// A model learned from the identities; `None` if there is too little to learn from.
#[must_use]
pub fn train(identities: &Identities, settings: &Weighed) -> Option<Model> {
    estimate::train(&Rows::of(identities), settings)
}
