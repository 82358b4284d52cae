//! The table of short forms of given names that a pipeline names.

use super::checked::hash_of;
use super::declaration::Pipeline;
use super::error::PipelineError;
use crate::extract::lines_of;
use crate::link::Comparison;
use crate::pseudonymise::Nicknames;

/// The table, and the hash of its file.
#[derive(Clone)]
pub struct NicknameFile {
    pub(super) table: Nicknames,
    pub(super) sha256: String,
}

/// Without what is in it.
impl std::fmt::Debug for NicknameFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NicknameFile").field("sha256", &self.sha256).finish_non_exhaustive()
    }
}

/// Reads the table, if one is named; names are then compared by it, too.
///
/// # Errors
/// A file that cannot be read or lacks a column; [`PipelineError::Invalid`] with the line that is of no
/// names, or that gives a name a second canonical form.
pub(super) fn settle(pipeline: &mut Pipeline) -> Result<(), PipelineError> {
    let Some(path) = pipeline.link.nicknames.as_ref().map(|path| pipeline.resolve(path)) else {
        return Ok(());
    };
    let sha256 = hash_of(&path)?;
    let (lines, pairs): (Vec<u64>, Vec<[String; 2]>) =
        lines_of(&path, ["name", "canonical"])?.into_iter().unzip();
    let table = Nicknames::of(&pairs).map_err(|at| {
        let what = "a name and its canonical form, and of each name one form";
        PipelineError::Invalid { path: path.clone(), what: format!("line {}: {what}", lines[at]) }
    })?;
    pipeline.nicknames = Some(NicknameFile { table, sha256 });
    for comparison in &mut pipeline.link.weighed.comparison {
        if let Comparison::Names { nicknames } = comparison {
            *nicknames = true;
        }
    }
    Ok(())
}
