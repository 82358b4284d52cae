//! The SQL models on small tables: rows in, rows out, as `sql/tests/` says.

use std::path::{Path, PathBuf};

use hub::models::{Catalogue, Fixture, ModelError, Parameters, TestOutput, Value};
use jiff::civil::date;
use sqllogictest::{DB, DBOutput, DefaultColumnType, Runner, strict_column_validator};

use crate::support::root;

/// A fixture as the sqllogictest runner wants to see it.
struct Connection<'a>(Fixture<'a>);

impl DB for Connection<'_> {
    type Error = ModelError;
    type ColumnType = DefaultColumnType;

    fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, ModelError> {
        Ok(match self.0.execute(sql)? {
            TestOutput::Done => DBOutput::StatementComplete(0),
            TestOutput::Rows { types, rows } => {
                DBOutput::Rows { types: types.into_iter().map(column_type).collect(), rows }
            }
        })
    }
}

fn column_type(letter: char) -> DefaultColumnType {
    match letter {
        'T' => DefaultColumnType::Text,
        'I' => DefaultColumnType::Integer,
        'R' => DefaultColumnType::FloatingPoint,
        _ => DefaultColumnType::Any,
    }
}

fn parameters() -> Parameters {
    Parameters::new()
        .with("as_at", Value::Date(date(2026, 4, 1)))
        .with("from", Value::Date(date(2023, 4, 1)))
}

fn test_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder of tests");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("readable").path())
        .flat_map(|path| if path.is_dir() { test_files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "slt"))
        .collect();
    files.sort();
    files
}

#[test]
fn models_give_the_rows_that_their_tests_state() {
    let catalogue = Catalogue::read(&root().join("sql/models")).expect("models");
    let files = test_files(&root().join("sql/tests"));
    assert!(!files.is_empty(), "no tests under sql/tests");
    for file in files {
        let mut runner = Runner::new(|| async {
            Fixture::new(&catalogue, &hub::methods::register, parameters()).map(Connection)
        });
        runner.with_column_validator(strict_column_validator);
        if let Err(error) = runner.run_file(&file) {
            panic!("{error}");
        }
    }
}
