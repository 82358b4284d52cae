//! The folder that readers open: whole or not at all.
//!
//! A run's files lie in a folder of their own; `out/<pipeline>` is a link that one rename swaps.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::error::PipelineError;
use crate::store::{sha256_hex, write_atomic};

/// Files by their path under the output folder.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// The hash of each file, for the manifest.
pub(super) fn hashes(files: &Files) -> BTreeMap<String, String> {
    files.iter().map(|(name, bytes)| (name.clone(), sha256_hex(bytes))).collect()
}

/// Writes a run's files beside those of earlier runs. Nobody sees them yet.
pub(super) fn write(
    out: &Path,
    pipeline: &str,
    run_id: &str,
    files: &Files,
) -> Result<PathBuf, PipelineError> {
    let folder = out.join(".runs").join(format!("{pipeline}-{run_id}"));
    for (name, bytes) in files {
        let path = folder.join(name);
        // The same run may have been written before a crash.
        if std::fs::read(&path).is_ok_and(|found| found == *bytes) {
            continue;
        }
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(unwritable(parent))?;
        }
        write_atomic(&path, bytes)?;
    }
    Ok(folder)
}

/// Makes a run's files the visible ones, and removes those that are neither these nor the ones
/// before.
pub(super) fn show(out: &Path, pipeline: &str, folder: &Path) -> Result<PathBuf, PipelineError> {
    let link = out.join(pipeline);
    let target = PathBuf::from(".runs").join(folder.file_name().unwrap_or_default());
    let before = std::fs::read_link(&link).ok();
    if before.as_ref() == Some(&target) {
        return Ok(link);
    }
    let new = out.join(format!(".{pipeline}.new"));
    let _ = std::fs::remove_file(&new);
    std::os::unix::fs::symlink(&target, &new).map_err(unwritable(&new))?;
    std::fs::rename(&new, &link).map_err(unwritable(&link))?;
    remove_older(out, pipeline, &[Some(target), before]);
    Ok(link)
}

/// Clears away the folders of older runs; what cannot be removed is left for the next time.
fn remove_older(out: &Path, pipeline: &str, kept: &[Option<PathBuf>]) {
    let prefix = format!("{pipeline}-");
    let Ok(entries) = std::fs::read_dir(out.join(".runs")) else { return };
    for entry in entries.filter_map(Result::ok) {
        let name = entry.file_name();
        let is_of_pipeline = name
            .to_string_lossy()
            .strip_prefix(&prefix)
            .is_some_and(|run_id| run_id.bytes().next().is_some_and(|b| b.is_ascii_digit()));
        let path = PathBuf::from(".runs").join(&name);
        if is_of_pipeline && !kept.iter().flatten().any(|kept| *kept == path) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

fn unwritable(path: &Path) -> impl FnOnce(std::io::Error) -> PipelineError {
    let path = path.to_owned();
    move |source| PipelineError::Unwritable { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(text: &str) -> Files {
        Files::from([("report/index.html".to_owned(), text.as_bytes().to_vec())])
    }

    #[test]
    fn a_reader_sees_one_run_or_the_other_and_older_ones_go() {
        let out = tempfile::tempdir().unwrap();
        let page = out.path().join("sample/report/index.html");
        for (run_id, text) in [("0001-a", "first"), ("0002-b", "second"), ("0003-c", "third")] {
            let folder = write(out.path(), "sample", run_id, &files(text)).unwrap();
            if run_id != "0001-a" {
                assert_ne!(std::fs::read_to_string(&page).unwrap(), text, "not yet visible");
            }
            show(out.path(), "sample", &folder).unwrap();
            assert_eq!(std::fs::read_to_string(&page).unwrap(), text);
        }
        let kept = std::fs::read_dir(out.path().join(".runs")).unwrap().count();
        assert_eq!(kept, 2, "the visible run and the one before");
    }

    #[test]
    fn another_pipelines_outputs_are_left_alone() {
        let out = tempfile::tempdir().unwrap();
        write(out.path(), "sample-city", "0001-a", &files("other")).unwrap();
        for run_id in ["0001-a", "0002-b", "0003-c"] {
            let folder = write(out.path(), "sample", run_id, &files(run_id)).unwrap();
            show(out.path(), "sample", &folder).unwrap();
        }
        assert!(out.path().join(".runs/sample-city-0001-a").exists());
    }
}
