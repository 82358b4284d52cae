//! Reviewers' decisions about pairs of identities: a CSV that the pipeline file names.
//!
//! Who decided, and when, is asked for and stays in that file: neither reaches the store but as the
//! file's hash.

use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::checked::hash_of;
use super::declaration::Pipeline;
use super::error::PipelineError;
use crate::extract::lines_of;
use crate::link::{
    DecidedPair, Decision, Identities, PairToken, Verdict, contradiction, resolve_decisions,
};
use crate::pseudonymise::Encoder;

const COLUMNS: [&str; 4] = ["pair", "decision", "decided_by", "decided_on"];

fn path_of(pipeline: &Pipeline) -> Option<PathBuf> {
    pipeline.link.decisions.as_ref().map(|path| pipeline.resolve(path))
}

/// The decisions as they were written; none if no file is named.
///
/// # Errors
/// A file that cannot be read; [`PipelineError::Invalid`] with the line that is no decision, or that
/// others contradict.
pub(super) fn read(pipeline: &Pipeline) -> Result<Vec<Decision>, PipelineError> {
    let Some(path) = path_of(pipeline) else { return Ok(Vec::new()) };
    let lines = lines_of(&path, COLUMNS)?;
    let decisions: Vec<Decision> = lines
        .iter()
        .map(|(line, cells)| decision(&path, *line, cells))
        .collect::<Result<_, _>>()?;
    match contradiction(&decisions) {
        Some(found) => Err(wrong(&path, found.different, &found.to_string())),
        None => Ok(decisions),
    }
}

fn decision(path: &Path, line: u64, cells: &[String; 4]) -> Result<Decision, PipelineError> {
    let [pair, decision, decided_by, decided_on] = cells.each_ref().map(|cell| cell.trim());
    let pair: PairToken = pair
        .parse()
        .map_err(|()| wrong(path, line, "`pair` is none that `hub link review` prints"))?;
    let verdict: Verdict =
        decision.parse().map_err(|()| wrong(path, line, "`decision` is `same` or `different`"))?;
    if decided_by.is_empty() {
        return Err(wrong(path, line, "`decided_by` is blank"));
    }
    if decided_on.parse::<Date>().is_err() {
        return Err(wrong(path, line, "`decided_on` is no date: write it as 2026-04-01"));
    }
    Ok(Decision { line, pair, verdict })
}

fn wrong(path: &Path, line: u64, what: &str) -> PipelineError {
    PipelineError::Invalid { path: path.to_owned(), what: format!("line {line}: {what}") }
}

/// What is decided of these identities.
pub(super) fn about(
    pipeline: &Pipeline,
    identities: &Identities,
    encoder: &Encoder,
) -> Vec<DecidedPair> {
    let handle = |identity| encoder.review_handle(identity);
    resolve_decisions(&pipeline.link.decided, identities.ids(), &handle)
}

/// The hash of the file, if one is named.
///
/// # Errors
/// It cannot be read.
pub(super) fn hash(pipeline: &Pipeline) -> Result<Option<String>, PipelineError> {
    path_of(pipeline).map(|path| hash_of(&path)).transpose()
}
