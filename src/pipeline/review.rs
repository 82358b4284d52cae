//! A night that is over, opened for reviewers: what linkage is in doubt about, and why two identities
//! are one person or are not.
//!
//! It opens the identity zone, as linkage does, and lets nothing out of it but levels, weights and
//! counts. Each look is in the audit log.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use serde::Serialize;

use super::built::rows_of;
use super::decisions;
use super::declaration::Pipeline;
use super::error::PipelineError;
use super::linked::{settle, superseded};
use super::query::VisibleRun;
use super::run::encoder;
use super::zone::{FILTER, IDENTITY};
use crate::domain::Sensitivity;
use crate::link::{
    self, DoubtfulPair, FieldLevel, Identities, Likeness, LinkError, PairToken, Reviewed, SaidSame,
};
use crate::models::Answer;
use crate::pseudonymise::{Encoder, MasterKey};
use crate::report::ReportError;
use crate::report::charts::{WaterfallBar, WaterfallInput, waterfall};
use crate::store::AuditEntry;

/// Which pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairOf {
    /// By its token.
    Token(PairToken),
    /// By its identities.
    Identities([i64; 2]),
}

/// Why two identities are one person or are not.
#[derive(Debug, Clone, Serialize)]
pub struct Explanation {
    /// The pair's token.
    pub pair: String,
    /// What there is to say.
    #[serde(flatten)]
    pub told: link::Explanation,
}

/// What reviewers may look at.
struct Night {
    identities: Identities,
    person_index: Vec<RecordBatch>,
    said: SaidSame,
    pipeline: Pipeline,
    encoder: Encoder,
}

impl Night {
    fn of(
        run: &VisibleRun,
        mut pipeline: Pipeline,
        key: &MasterKey,
    ) -> Result<Self, PipelineError> {
        if run.manifest.is_purged() {
            let run_id = run.manifest.run_id.clone();
            return Err(PipelineError::IdentitiesPurged { run_id });
        }
        if run.manifest.pipeline != pipeline.name {
            let what = format!("the store holds runs of `{}`, not of this", run.manifest.pipeline);
            return Err(PipelineError::Invalid { path: pipeline.path, what });
        }
        settle(&mut pipeline)?;
        pipeline.purpose.clone_from(&run.manifest.purpose);
        let encoder = encoder(&pipeline, key);
        let read = |name: &str| {
            let entry = run.manifest.tables.get(name);
            entry.map_or_else(|| Ok(Vec::new()), |entry| rows_of(&run.store, entry))
        };
        let identities = Identities::with_filters(read(IDENTITY)?, &read(FILTER)?)?;
        let superseded = superseded(&pipeline, &encoder)?;
        let decided = decisions::about(&pipeline, &identities, &encoder);
        let said = SaidSame { superseded, decided, ..SaidSame::default() };
        let person_index = read("link.person_index")?;
        Ok(Self { identities, person_index, said, pipeline, encoder })
    }

    fn reviewed(&self) -> Reviewed<'_> {
        Reviewed {
            identities: &self.identities,
            person_index: &self.person_index,
            said: &self.said,
            settings: &self.pipeline.link,
        }
    }

    fn token(&self, [one, other]: [i64; 2]) -> PairToken {
        PairToken::of(self.encoder.review_handle(one), self.encoder.review_handle(other))
    }

    /// The identities of a token, if they are there.
    fn identities_of(&self, pair: PairToken) -> Option<[i64; 2]> {
        let handle = |identity| self.encoder.review_handle(identity);
        link::identities_of(pair, self.identities.ids(), &handle)
    }
}

/// The pairs that linkage is in doubt about, the surest first, at most so many of them.
///
/// # Errors
/// Declarations that are wrong; a part that cannot be read; identities that were destroyed.
pub fn review_queue(
    run: &VisibleRun,
    pipeline: Pipeline,
    key: &MasterKey,
    most: usize,
) -> Result<Answer, PipelineError> {
    let night = Night::of(run, pipeline, key)?;
    let mut pairs = link::queue(night.reviewed())?;
    let is_cut = pairs.len() > most;
    pairs.truncate(most);
    audit(run, "hub link review")?;
    let batch = night.table(&pairs)?;
    Ok(Answer {
        schema: batch.schema(),
        batches: vec![batch],
        is_cut,
        sensitivity: Sensitivity::Person,
        tables: vec!["link.person_index".to_owned()],
    })
}

/// Why two identities are one person or are not; `None` if one of them is not there.
///
/// # Errors
/// As [`review_queue`].
pub fn explain_pair(
    run: &VisibleRun,
    pipeline: Pipeline,
    key: &MasterKey,
    pair: PairOf,
) -> Result<Option<Explanation>, PipelineError> {
    let night = Night::of(run, pipeline, key)?;
    let identities = match pair {
        PairOf::Token(token) => night.identities_of(token),
        PairOf::Identities(identities) => Some(identities),
    };
    // Who asks in vain has looked, too.
    audit(run, "hub link explain")?;
    let Some(identities) = identities.filter(|[one, other]| one != other) else { return Ok(None) };
    let told = link::explain(night.reviewed(), identities)?;
    let pair = night.token(identities).to_string();
    Ok(told.map(|told| Explanation { pair, told }))
}

fn audit(run: &VisibleRun, command: &str) -> Result<(), PipelineError> {
    let mut entry = AuditEntry::new(command, &run.manifest.purpose);
    let tables = ["link.person_index", IDENTITY].into_iter();
    entry.inputs = tables
        .filter_map(|name| {
            let part = run.manifest.tables.get(name)?.parts.first()?;
            Some((name.to_owned(), part.sha256.clone()))
        })
        .collect();
    run.store.audit(entry)?;
    Ok(())
}

impl Night {
    fn table(&self, pairs: &[DoubtfulPair]) -> Result<RecordBatch, PipelineError> {
        let texts = |of: &dyn Fn(&DoubtfulPair) -> String| -> ArrayRef {
            Arc::new(StringArray::from_iter_values(pairs.iter().map(of)))
        };
        let counts = |at: usize| -> ArrayRef {
            let count = |pair: &DoubtfulPair| i64::try_from(pair.n_records[at]).unwrap_or(i64::MAX);
            Arc::new(Int64Array::from_iter_values(pairs.iter().map(count)))
        };
        let numbers = |of: fn(&DoubtfulPair) -> Option<f64>| -> ArrayRef {
            Arc::new(pairs.iter().map(of).collect::<Float64Array>())
        };
        let fields = |likeness| texts(&move |pair| fields(&pair.levels, likeness));
        let columns: [(&str, ArrayRef); 14] = [
            ("pair", texts(&|pair| self.token(pair.identities).to_string())),
            ("doubt", texts(&|pair| pair.doubt.to_owned())),
            ("feeds", texts(&|pair| pair.feeds[0].join(" "))),
            ("other_feeds", texts(&|pair| pair.feeds[1].join(" "))),
            ("agrees", fields(Likeness::Agrees)),
            ("close", fields(Likeness::Close)),
            ("differs", fields(Likeness::Differs)),
            ("missing", fields(Likeness::Missing)),
            ("weight_bits", numbers(|pair| pair.weight)),
            ("probability", numbers(|pair| pair.probability)),
            ("n_records", counts(0)),
            ("n_other_records", counts(1)),
            ("nhs_number", texts(&|pair| side(pair.has_number).to_owned())),
            ("joined", texts(&joined)),
        ];
        let columns = columns.map(|(name, column)| (name, column, true));
        Ok(RecordBatch::try_from_iter_with_nullable(columns).map_err(LinkError::from)?)
    }
}

/// The fields of a pair that are so much alike.
fn fields(levels: &[FieldLevel], likeness: Likeness) -> String {
    let alike = levels.iter().filter(|one| one.likeness == likeness);
    alike.map(FieldLevel::to_text).collect::<Vec<_>>().join(", ")
}

/// On which side an NHS number is known.
fn side(has_number: [bool; 2]) -> &'static str {
    match has_number {
        [true, true] => "both",
        [true, false] => "one",
        [false, true] => "other",
        [false, false] => "none",
    }
}

/// What joining the pair would do.
fn joined(pair: &DoubtfulPair) -> String {
    let n = pair.n_records[0] + pair.n_records[1];
    match pair.has_number {
        [false, false] => format!("one person of {n} records, no number"),
        [true, true] => format!("one person of {n} records under one number"),
        [true, false] => format!("{} records come under a number, {n} in all", pair.n_records[1]),
        [false, true] => format!("{} records come under a number, {n} in all", pair.n_records[0]),
    }
}

impl Explanation {
    /// The explanation as plain text.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{}: {}", self.pair, self.told.to_text())
    }

    /// The parts of the weight as a chart.
    ///
    /// # Errors
    /// The drawing fails.
    pub fn svg(&self) -> Result<String, PipelineError> {
        let bar = |step: &link::WeightStep| WaterfallBar {
            name: step.name.clone(),
            note: step.level.clone(),
            bits: step.bits,
            rarity_bits: step.rarity_bits,
        };
        let input = WaterfallInput {
            pair: self.pair.clone(),
            is_one_person: self.told.is_one_person,
            bars: self.told.waterfall.iter().map(bar).collect(),
            probability: self.told.probability,
            thresholds: self.told.thresholds,
            reasons: self.told.reasons.clone(),
        };
        Ok(waterfall(&input).map_err(ReportError::from)?.svg)
    }
}
