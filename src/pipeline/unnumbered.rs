//! How good linkage truly is where there is no NHS number, beside what the nightly trial says of it.
//!
//! What is judged is an identity, once for each true person that has it. A fifth is that of the true
//! person: where they lived in the last month in which they were registered.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Float64Type, Int64Type};

use super::error::PipelineError;
use super::query::{ANCHOR, Judged, OF_EVERYBODY, VisibleRun};
use crate::link::{JudgedRecord, Trial, UnnumberedScore, evaluate};
use crate::models::{Engine, Parameters};

const TRIALS: &str = "select dimension, category, precision_value, precision_lower_95, precision_upper_95, \
    recall_value, recall_lower_95, recall_upper_95 from quality.linkage_holdout";

const HOMES: &str = "select person_id, cast(first_value(imd_quintile_city order by month desc) as varchar) \
    from core.person_month group by person_id";

/// The scores of identities without a number, overall, by feed and by deprivation fifth; none if the
/// run's models make no trial.
///
/// # Errors
/// A part that cannot be read.
pub(super) fn unnumbered(
    run: &VisibleRun,
    judged: &[Judged<'_>],
) -> Result<Vec<UnnumberedScore>, PipelineError> {
    let needed = ["quality.linkage_holdout", "core.person_month"];
    if !needed.iter().all(|name| run.manifest.tables.contains_key(*name)) {
        return Ok(Vec::new());
    }
    let engine = run.engine()?;
    let (trials, homes) = (trials(&engine)?, homes(&engine)?);
    let (anchors, others): (Vec<&Judged<'_>>, Vec<&Judged<'_>>) =
        judged.iter().partition(|one| one.feed == ANCHOR);
    let without: Vec<&Judged<'_>> = others.into_iter().filter(|one| !one.has_number).collect();
    let person_of: HashMap<&str, i64> =
        anchors.iter().filter_map(|one| Some((one.true_person, one.person_id?))).collect();
    let fifth = |one: &Judged<'_>| homes.get(person_of.get(one.true_person)?).map(String::as_str);
    let mut scores = scored("all", &anchors, &without, &trials, &|_| Some("all"));
    scores.extend(scored("feed", &anchors, &without, &trials, &|one| Some(one.feed)));
    scores.extend(scored("imd_quintile_city", &anchors, &without, &trials, &fifth));
    Ok(scores)
}

type Trials = BTreeMap<(String, String), Trial>;

fn scored<'a>(
    dimension: &str,
    anchors: &[&Judged<'a>],
    without: &[&Judged<'a>],
    trials: &Trials,
    category: &dyn Fn(&Judged<'a>) -> Option<&'a str>,
) -> Vec<UnnumberedScore> {
    let placed: BTreeSet<(&str, Option<i64>, Option<i64>, &str)> = without
        .iter()
        .filter_map(|one| Some((category(one)?, one.identity_id, one.person_id, one.true_person)))
        .collect();
    let anchors = anchors.iter().map(|one| (ANCHOR, one.person_id, one.true_person));
    let placed = placed.into_iter().map(|(category, _, person, truly)| (category, person, truly));
    let records: Vec<JudgedRecord<'_>> = anchors
        .chain(placed)
        .map(|(feed, person_id, true_person)| JudgedRecord { feed, person_id, true_person })
        .collect();
    let by_category = evaluate(&records, ANCHOR).feeds.into_iter();
    let score = |truth: crate::link::FeedScore| {
        let key = (dimension.to_owned(), truth.feed.clone());
        UnnumberedScore {
            dimension: key.0.clone(),
            category: key.1.clone(),
            n_identities: truth.n_records,
            precision: truth.precision_value,
            recall: truth.recall_value,
            trial: trials.get(&key).copied(),
        }
    };
    by_category.filter(|truth| truth.feed != ANCHOR).map(score).collect()
}

fn trials(engine: &Engine) -> Result<Trials, PipelineError> {
    let mut trials = Trials::new();
    for batch in engine.query(TRIALS, &Parameters::new(), &OF_EVERYBODY)?.batches {
        let (dimensions, categories) = (texts(&batch, 0), texts(&batch, 1));
        let limits = |row: usize, first: usize| {
            let number = |column: usize| {
                let column = batch.column(column).as_primitive::<Float64Type>();
                column.is_valid(row).then(|| column.value(row))
            };
            Some([number(first)?, number(first + 1)?, number(first + 2)?])
        };
        for (row, key) in dimensions.into_iter().zip(categories).enumerate() {
            let trial = Trial { precision: limits(row, 2), recall: limits(row, 5) };
            trials.insert(key, trial);
        }
    }
    Ok(trials)
}

fn homes(engine: &Engine) -> Result<HashMap<i64, String>, PipelineError> {
    let mut homes = HashMap::new();
    for batch in engine.query(HOMES, &Parameters::new(), &OF_EVERYBODY)?.batches {
        let persons = batch.column(0).as_primitive::<Int64Type>().values().iter().copied();
        let known = persons.zip(texts(&batch, 1)).filter(|(_, fifth)| !fifth.is_empty());
        homes.extend(known);
    }
    Ok(homes)
}

/// A column of words, empty for null.
fn texts(batch: &RecordBatch, column: usize) -> Vec<String> {
    let column = batch.column(column).as_string::<i32>();
    column.iter().map(|text| text.unwrap_or_default().to_owned()).collect()
}
