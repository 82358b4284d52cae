//! Analysts' own files as tables: `--table NAME=PATH`.

use std::path::{Path, PathBuf};

use super::catalogue::is_plain_name;
use super::inferred::read_inferred;
use super::tables::table_error;
use super::{Engine, ModelError};
use crate::domain::Sensitivity;
use crate::store::Zone;

impl Engine {
    /// Offers a CSV or Parquet file as a table, treated as rows about persons, since nobody says
    /// otherwise.
    ///
    /// `option` is `NAME=PATH`. A CSV header cell may be `name:type`; without a type the column's cells
    /// decide.
    ///
    /// # Errors
    /// [`ModelError::Table`] if the name is no plain name or is taken, the file is no CSV or
    /// Parquet file, or it lies under a store.
    pub fn add_local_table(&mut self, option: &str, store_root: &Path) -> Result<(), ModelError> {
        let (name, path) = option
            .split_once('=')
            .ok_or_else(|| table_error(option, "write NAME=PATH".to_owned()))?;
        let refuse = |message: String| table_error(name, message);
        if !is_plain_name(name) {
            return Err(refuse("a table's name is lower-case letters, digits and `_`".to_owned()));
        }
        if self.table(name).is_some() {
            return Err(refuse("there is a table of that name".to_owned()));
        }
        let path =
            Path::new(path).canonicalize().map_err(|error| refuse(format!("{path}: {error}")))?;
        if is_under_a_store(&path, store_root) {
            return Err(refuse(format!("{}: lies under a store", path.display())));
        }
        let extension =
            path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
        match extension.as_str() {
            "csv" => {
                let batch = read_inferred(&path).map_err(|error| refuse(error.to_string()))?;
                self.add_batches(name, Sensitivity::Person, &batch.schema(), vec![batch])?;
            }
            "parquet" => drop(self.add_parts(name, Sensitivity::Person, &[path])?),
            _ => return Err(refuse(format!("{}: neither .csv nor .parquet", path.display()))),
        }
        Ok(())
    }
}

/// Whether a real path lies under the named store, wherever its identity zone lies, or under any folder
/// that is laid out like one.
fn is_under_a_store(path: &Path, store_root: &Path) -> bool {
    let zone = store_root.join(Zone::Identities.folder());
    let roots: [Option<PathBuf>; 2] = [store_root, &zone].map(|root| root.canonicalize().ok());
    path.ancestors().any(|folder| {
        roots.iter().any(|root| root.as_deref() == Some(folder))
            || (folder.join("parts").is_dir()
                && (folder.join("runs").is_dir() || folder.join("identities").is_dir()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::{Limits, Parameters, Settings};

    #[test]
    fn a_file_is_a_table_unless_it_lies_under_a_store() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = crate::store::Store::open(&folder.path().join("store")).expect("a store");
        let csv = folder.path().join("beds.csv");
        crate::store::write_atomic(&csv, b"ward,beds:int\na,3\nb,4\n").expect("written");
        let inside = store.root().join("parts/x.csv");
        crate::store::write_atomic(&inside, b"a\n1\n").expect("written");
        let mut engine = Engine::new(&Settings::default(), &|_| Ok(())).expect("an engine");
        let mut add = |name: &str, path: &Path| {
            engine
                .add_local_table(&format!("{name}={}", path.display()), store.root())
                .map_err(|error| error.to_string())
        };
        assert_eq!(add("beds", &csv), Ok(()));
        assert_eq!(add("beds", &csv), Err("beds: there is a table of that name".to_owned()));
        assert!(add("inside", &inside).expect_err("under a store").ends_with("lies under a store"));
        let round = folder.path().join("store/../store/parts/x.csv");
        assert!(add("inside", &round).is_err());
        assert!(add("Bad Name", &csv).is_err());
        assert!(add("other", folder.path()).is_err());
        #[cfg(unix)]
        {
            let link = folder.path().join("link.csv");
            std::os::unix::fs::symlink(&inside, &link).expect("linked");
            assert!(add("inside", &link).is_err());
        }
        let answer = engine
            .query("select sum(beds) as n from beds", &Parameters::new(), &Limits::default())
            .expect("allowed");
        assert_eq!(answer.batches[0].num_rows(), 1);
    }

    #[test]
    fn another_store_is_recognised_by_its_folders() {
        let folder = tempfile::tempdir().expect("a folder");
        let other = crate::store::Store::open(&folder.path().join("old")).expect("a store");
        let file = other.root().join("runs/x.csv");
        crate::store::write_atomic(&file, b"a\n1\n").expect("written");
        let mut engine = Engine::new(&Settings::default(), &|_| Ok(())).expect("an engine");
        let option = format!("x={}", file.display());
        assert!(engine.add_local_table(&option, &folder.path().join("store")).is_err());
    }
}
