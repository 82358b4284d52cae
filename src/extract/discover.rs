//! Finds the files of a delivery rule.

use std::path::{Path, PathBuf};

use super::ExtractError;

/// The files that a path names, in order of name; its last part may hold one `*`.
///
/// The `*` stands for any characters within a name; hidden files never match.
///
/// # Errors
/// [`ExtractError::NoFile`] if nothing is there, [`ExtractError::Pattern`] if the path holds more
/// than one `*` or one outside its last part.
pub fn discover(pattern: &Path) -> Result<Vec<PathBuf>, ExtractError> {
    let refuse = || ExtractError::Pattern { path: pattern.to_owned() };
    let none = || ExtractError::NoFile { path: pattern.to_owned() };
    let name = pattern.file_name().and_then(|name| name.to_str()).ok_or_else(none)?;
    let folder = pattern.parent().unwrap_or(Path::new(""));
    if folder.to_string_lossy().contains('*') {
        return Err(refuse());
    }
    let Some((start, end)) = name.split_once('*') else {
        return if pattern.is_file() { Ok(vec![pattern.to_owned()]) } else { Err(none()) };
    };
    if end.contains('*') {
        return Err(refuse());
    }
    let matches = |name: &str| {
        name.len() >= start.len() + end.len()
            && name.starts_with(start)
            && name.ends_with(end)
            && !name.starts_with('.')
    };
    let here = if folder == Path::new("") { Path::new(".") } else { folder };
    let entries = std::fs::read_dir(here)
        .map_err(|source| ExtractError::Unreadable { path: here.to_owned(), source })?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_str().is_some_and(matches))
        .map(|entry| folder.join(entry.file_name()))
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    if files.is_empty() { Err(none()) } else { Ok(files) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            crate::store::write_atomic(&folder.path().join(name), b"x").unwrap();
        }
        folder
    }

    #[test]
    fn files_come_in_order_of_name() {
        let folder = folder(&["apc_2.csv", "apc_10.csv", "apc_1.csv.gz", "op_1.csv", ".apc_0.csv"]);
        let found = discover(&folder.path().join("apc_*")).unwrap();
        let names: Vec<_> =
            found.iter().map(|p| p.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["apc_1.csv.gz", "apc_10.csv", "apc_2.csv"]);
        assert_eq!(discover(&folder.path().join("op_1.csv")).unwrap().len(), 1);
    }

    #[test]
    fn nothing_and_too_much_are_refused() {
        let folder = folder(&["apc.csv"]);
        for (pattern, is_pattern) in
            [("gp*", false), ("gp.csv", false), ("a*c*", true), ("a*/apc.csv", true)]
        {
            let error = discover(&folder.path().join(pattern)).unwrap_err();
            assert_eq!(matches!(error, ExtractError::Pattern { .. }), is_pattern, "{pattern}");
        }
    }
}
