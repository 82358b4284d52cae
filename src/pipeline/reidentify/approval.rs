//! Who may approve that persons are told to their practices, and the keys that lists are sealed with.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Deserialize;

use super::{Pipeline, PipelineError, Request, invalid};
use crate::extract::columns_of;
use crate::pseudonymise::seal;
use crate::store::Rules;

/// Who may approve, and to whom lists are sealed: `[reidentify]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reidentify {
    /// Who may approve that persons are told to their practices; two of them must.
    pub approvers: Vec<String>,
    /// A CSV of `practice_code,public_key`, keys of the age format.
    pub practice_keys: PathBuf,
}

/// The two who approve, if they may and the reason tells of nobody.
pub(super) fn approved(
    pipeline: &Pipeline,
    request: &Request,
) -> Result<Vec<String>, PipelineError> {
    let Some(declared) = &pipeline.reidentify else {
        let what = "[reidentify] does not say who may approve and what the practices' keys are";
        return Err(invalid(pipeline, what.to_owned()));
    };
    let names: BTreeSet<&str> = request.approvers.iter().map(|name| name.trim()).collect();
    if let Some(name) = names.iter().find(|name| !declared.approvers.iter().any(|n| n == *name)) {
        let what = format!("`{name}` is not among the approvers of [reidentify]");
        return Err(invalid(pipeline, what));
    }
    if names.len() < 2 {
        return Err(invalid(pipeline, "two approvers are needed, each by name".to_owned()));
    }
    if request.reason.trim().is_empty() || Rules::default().are_broken_by(&request.reason) {
        let what = "the reason must say why, and hold nothing that tells who";
        return Err(invalid(pipeline, what.to_owned()));
    }
    Ok(names.into_iter().map(str::to_owned).collect())
}

/// Public keys by practice.
pub(super) fn practice_keys(
    pipeline: &Pipeline,
) -> Result<BTreeMap<String, String>, PipelineError> {
    let Some(declared) = &pipeline.reidentify else { return Ok(BTreeMap::new()) };
    let path = pipeline.resolve(&declared.practice_keys);
    let rows = columns_of(&path, ["practice_code", "public_key"])?;
    let mut keys = BTreeMap::new();
    for [code, key] in rows {
        // A code names a file.
        if code.is_empty() || !code.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            let what = "a practice's code has letters and digits alone".to_owned();
            return Err(PipelineError::Invalid { path, what });
        }
        seal(b"", &key)?;
        keys.insert(code, key);
    }
    Ok(keys)
}
