//! Searches files and folders, each by what it is.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::hit::Findings;
use super::searcher::{Look, Searcher};
use super::{Canaries, Hit, Rules, ScanError, content};
use crate::store::sealed::PartFile;

/// Searches files, and folders with all that is in them, for canaries and for what the rules name.
///
/// Hits come in order of path, place and kind. Names of files are searched too.
///
/// # Errors
/// A file that cannot be read or is not what it says: then nothing can be said of it.
pub fn scan(paths: &[PathBuf], canaries: &Canaries, rules: &Rules) -> Result<Vec<Hit>, ScanError> {
    let searcher = Searcher::new(canaries, rules);
    let mut files = Vec::new();
    for path in paths {
        let base = if path.is_dir() { path.as_path() } else { path.parent().unwrap_or(path) };
        gather(&searcher, path, base, &mut files)?;
    }
    let hits: Result<Vec<Vec<Hit>>, ScanError> =
        files.par_iter().map(|(path, name)| scan_file(&searcher, path, name)).collect();
    let mut hits: Vec<Hit> = hits?.into_iter().flatten().collect();
    hits.sort();
    Ok(hits)
}

/// Searches a part that is open, whether or not its file is sealed; its name is searched, too.
///
/// # Errors
/// As [`scan`].
pub(in super::super) fn scan_part(
    path: &Path,
    part: &PartFile,
    canaries: &Canaries,
    rules: &Rules,
) -> Result<Vec<Hit>, ScanError> {
    let searcher = Searcher::new(canaries, rules);
    let mut findings = Findings::default();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    searcher.text(name.as_bytes(), Look::Text, |kind, _| findings.add("file name", kind));
    let searched = content::parquet(&searcher, part, &mut findings);
    searched.map_err(|source| file_error(&searcher, path, source))?;
    Ok(findings.into_hits(&searcher.blanked(&path.to_string_lossy())))
}

/// Every file under `path` with its name under `base`.
fn gather(
    searcher: &Searcher,
    path: &Path,
    base: &Path,
    files: &mut Vec<(PathBuf, String)>,
) -> Result<(), ScanError> {
    let failed = |source| file_error(searcher, path, source);
    if !path.metadata().map_err(failed)?.is_dir() {
        let name = path.strip_prefix(base).unwrap_or(path).to_string_lossy().into_owned();
        files.push((path.to_path_buf(), name));
        return Ok(());
    }
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        entries.push(entry.map_err(failed)?.path());
    }
    entries.sort();
    entries.iter().try_for_each(|entry| gather(searcher, entry, base, files))
}

fn scan_file(searcher: &Searcher, path: &Path, name: &str) -> Result<Vec<Hit>, ScanError> {
    let mut findings = Findings::default();
    searcher.text(name.as_bytes(), Look::Text, |kind, _| findings.add("file name", kind));
    let failed = |source| file_error(searcher, path, source);
    let file = File::open(path).map_err(failed)?;
    content::search(searcher, file, name, &mut findings).map_err(failed)?;
    Ok(findings.into_hits(&searcher.blanked(&path.to_string_lossy())))
}

/// Invalid data is the file's fault, anything else the file system's.
fn file_error(searcher: &Searcher, path: &Path, source: io::Error) -> ScanError {
    let path = searcher.blanked(&path.to_string_lossy());
    match source.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => {
            ScanError::Undecodable { path, reason: source.to_string() }
        }
        _ => ScanError::File { path, source },
    }
}
