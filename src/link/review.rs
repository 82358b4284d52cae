//! What a reviewer is shown: pairs that linkage is in doubt about, and why two identities are one
//! person or are not.
//!
//! It looks at a night that is over, by its identities and its person index, and changes nothing. It
//! shows levels, weights and counts; a token or a value never.

mod explain;
mod levels;
mod queue;
mod reasons;
mod standing;
#[cfg(test)]
mod tests;

use arrow::array::RecordBatch;

use super::crosswalk::SaidSame;
use super::error::LinkError;
use super::identities::Identities;
use super::settings::Settings;
use super::weighed::{Model, Rows, Scale, Weight, train};

pub use explain::{Explanation, WeightStep};
pub use levels::{FieldLevel, Likeness};
pub use queue::DoubtfulPair;
use standing::Standing;

/// A night that is over.
#[derive(Debug, Clone, Copy)]
pub struct Reviewed<'a> {
    /// Its identities.
    pub identities: &'a Identities,
    /// Its person index.
    pub person_index: &'a [RecordBatch],
    /// What was said of numbers, and what reviewers have decided since.
    pub said: &'a SaidSame,
    /// How it was linked.
    pub settings: &'a Settings,
}

/// A weight in whole bits: with thousandths, a reader could tell from them how many people have a value.
fn whole_bits(weight: Weight) -> i32 {
    (weight + 500).div_euclid(1000)
}

impl Reviewed<'_> {
    /// The model by which step 6 weighed, if it was taken and there was one.
    fn model(&self) -> Option<Model> {
        let weighed = &self.settings.weighed;
        if !weighed.enabled {
            return None;
        }
        self.settings.frozen.clone().or_else(|| train(self.identities, weighed))
    }
}

/// The pairs of persons that linkage is in doubt about, of each the surest pair of identities: the
/// surest first.
///
/// # Errors
/// The person index is not that of the identities.
pub fn queue(night: Reviewed<'_>) -> Result<Vec<DoubtfulPair>, LinkError> {
    let standing = Standing::of(night)?;
    let (rows, model) = (Rows::of(night.identities), night.model());
    let weighed = &night.settings.weighed;
    let scale = model.as_ref().map(|model| Scale::new(&rows, weighed, model));
    Ok(queue::Queue::new(&standing, &rows, scale.as_ref(), night.settings).pairs())
}

/// Why two identities are one person or are not; `None` if one of them is not there.
///
/// # Errors
/// The person index is not that of the identities.
pub fn explain(
    night: Reviewed<'_>,
    identities: [i64; 2],
) -> Result<Option<Explanation>, LinkError> {
    let standing = Standing::of(night)?;
    let row = |identity| night.identities.ids().binary_search(&identity).ok();
    let row = |identity| row(identity).and_then(|row| u32::try_from(row).ok());
    let [Some(left), Some(right)] = identities.map(row) else { return Ok(None) };
    let (rows, model) = (Rows::of(night.identities), night.model());
    let weighed = &night.settings.weighed;
    let scale = model.as_ref().map(|model| Scale::new(&rows, weighed, model));
    let version = model.as_ref().map(Model::version);
    let explained = explain::Explained {
        standing: &standing,
        rows: &rows,
        scale: scale.as_ref(),
        settings: night.settings,
        pair: (left, right),
    };
    Ok(Some(explained.explanation(version)))
}
