//! Reviewers' decisions about pairs of identities: a CSV that the pipeline file names.
//!
//! Who decided, and when, is asked for and stays in that file: neither reaches the store but as the
//! file's hash.

use std::collections::HashSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::declaration::Pipeline;
use super::error::PipelineError;
use crate::extract::{ExtractError, lines_in};
use crate::link::{
    DecidedPair, Decision, Identities, PairToken, Verdict, contradiction, resolve_decisions,
};
use crate::pseudonymise::Encoder;
use crate::store::sha256_hex;

const COLUMNS: [&str; 4] = ["pair", "decision", "decided_by", "decided_on"];

fn path_of(pipeline: &Pipeline) -> Option<PathBuf> {
    pipeline.link.decisions.as_ref().map(|path| pipeline.resolve(path))
}

/// The decisions as they were written, with the hash of what was read; none if no file is named.
///
/// The file is read once: somebody may be writing it, and recipe and audit log are to name what was
/// carried out.
///
/// # Errors
/// A file that cannot be read; [`PipelineError::Invalid`] with the line that is no decision, or that
/// others contradict.
pub(super) fn read(pipeline: &Pipeline) -> Result<(Vec<Decision>, Option<String>), PipelineError> {
    let Some(path) = path_of(pipeline) else { return Ok((Vec::new(), None)) };
    let text = std::fs::read(&path).map_err(|source| match source.kind() {
        ErrorKind::NotFound => ExtractError::NoFile { path: path.clone() }.into(),
        _ => PipelineError::Unreadable { path: path.clone(), source },
    })?;
    let hash = sha256_hex(&text);
    let lines = lines_in(&path, text, COLUMNS)?;
    let decisions: Vec<Decision> = lines
        .iter()
        .map(|(line, cells)| decision(&path, *line, cells))
        .collect::<Result<_, _>>()?;
    match contradiction(&decisions) {
        Some(found) => Err(wrong(&path, found.different, &found.to_string())),
        None => Ok((decisions, Some(hash))),
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

/// The lines that name one of these identities.
///
/// # Errors
/// As [`read`].
pub(super) fn lines_about(
    pipeline: &Pipeline,
    identities: &HashSet<i64>,
    encoder: &Encoder,
) -> Result<Vec<u64>, PipelineError> {
    let (decisions, _) = read(pipeline)?;
    let handle = |identity: &i64| PairToken::names_of(encoder.review_handle(*identity));
    let names: HashSet<u64> = identities.iter().flat_map(handle).collect();
    let is_about = |one: &&Decision| one.pair.handles().iter().any(|name| names.contains(name));
    Ok(decisions.iter().filter(is_about).map(|one| one.line).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_the_text_that_was_parsed() {
        let folder = tempfile::tempdir().unwrap();
        let text = "pair,decision,decided_by,decided_on,note\n";
        crate::store::write_atomic(&folder.path().join("d.csv"), text.as_bytes()).unwrap();
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/sample.toml");
        let mut pipeline = Pipeline::load(&sample).unwrap();
        assert_eq!(read(&pipeline).unwrap(), (Vec::new(), None));
        pipeline.link.decisions = Some(folder.path().join("d.csv"));
        super::super::linked::settle(&mut pipeline).unwrap();
        // Whoever writes the file afterwards changes nothing of what was carried out.
        crate::store::write_atomic(&folder.path().join("d.csv"), b"pair\n").unwrap();
        assert_eq!(pipeline.link.decisions_sha256, Some(sha256_hex(text.as_bytes())));
        pipeline.link.decisions = Some(folder.path().join("none.csv"));
        assert!(matches!(read(&pipeline), Err(PipelineError::Extract(_))));
    }
}
