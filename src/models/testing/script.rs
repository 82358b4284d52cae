//! Reads and runs `.slt` files: what `hub model test` does.
//!
//! The records understood are `statement ok`, `statement error [part of the message]` and
//! `query TYPES [rowsort]`; records are set apart by blank lines, `#` starts a comment.

use std::path::{Path, PathBuf};

use super::fixture::{Fixture, Register, TestOutput};
use crate::models::{Catalogue, ModelError, Parameters};

/// What running test files gave.
#[derive(Debug, Default)]
pub struct TestReport {
    /// Files run.
    pub n_files: usize,
    /// Records that did what they should.
    pub n_passed: usize,
    /// The first failure of each file that failed.
    pub failures: Vec<ModelError>,
}

/// Runs every `.slt` file under `folder`, each in a world of its own, in order of their paths.
///
/// # Errors
/// [`ModelError::Unreadable`] for a folder or file that cannot be read. A test that fails is no
/// error but a failure in the report.
pub fn run_test_files(
    folder: &Path,
    catalogue: &Catalogue,
    register: Register<'_>,
    parameters: &Parameters,
) -> Result<TestReport, ModelError> {
    let mut report = TestReport::default();
    for path in test_files(folder)? {
        let text = std::fs::read_to_string(&path)
            .map_err(|source| ModelError::Unreadable { path: path.clone(), source })?;
        let mut fixture = Fixture::new(catalogue, register, parameters.clone())?;
        report.n_files += 1;
        for record in records(&text) {
            match run_record(&mut fixture, &record) {
                Ok(()) => report.n_passed += 1,
                Err(message) => {
                    let line = record.line;
                    report.failures.push(ModelError::TestFailed {
                        path: path.clone(),
                        line,
                        message,
                    });
                    break;
                }
            }
        }
    }
    Ok(report)
}

fn test_files(folder: &Path) -> Result<Vec<PathBuf>, ModelError> {
    let unreadable = |source| ModelError::Unreadable { path: folder.to_owned(), source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            files.extend(test_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "slt") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// One record of a test file.
struct Record<'a> {
    line: usize,
    directive: &'a str,
    sql: String,
    expected: Vec<String>,
}

fn records(text: &str) -> Vec<Record<'_>> {
    let mut records = Vec::new();
    let mut lines = (1..).zip(text.lines());
    while let Some((line, directive)) = lines.next() {
        if directive.trim().is_empty() || directive.starts_with('#') {
            continue;
        }
        let body: Vec<&str> = lines
            .by_ref()
            .map(|(_, line)| line)
            .take_while(|line| !line.trim().is_empty())
            .collect();
        let split = body.iter().position(|line| *line == "----").unwrap_or(body.len());
        let expected = body.iter().skip(split + 1).map(|row| squeezed(row)).collect();
        records.push(Record { line, directive, sql: body[..split].join("\n"), expected });
    }
    records
}

fn run_record(fixture: &mut Fixture<'_>, record: &Record<'_>) -> Result<(), String> {
    let outcome = fixture.execute(&record.sql);
    let directive: Vec<&str> = record.directive.splitn(3, ' ').collect();
    match (directive.as_slice(), outcome) {
        (["statement", "ok"], Ok(_)) => Ok(()),
        (["statement", "error", rest @ ..], Err(error)) => {
            let (wanted, said) = (rest.first().copied().unwrap_or_default(), error.to_string());
            if said.contains(wanted) {
                Ok(())
            } else {
                Err(format!("expected an error with `{wanted}`, got: {said}"))
            }
        }
        (["statement", "error", ..], Ok(_)) => Err("an error was expected".to_owned()),
        (["query", types, rest @ ..], Ok(TestOutput::Rows { types: found, rows })) => {
            compare(types, &String::from_iter(found), &rows, record, rest.contains(&"rowsort"))
        }
        (["statement" | "query", ..], Err(error)) => Err(error.to_string()),
        (["query", ..], Ok(TestOutput::Done)) => Err("the statement gives no rows".to_owned()),
        _ => Err(format!("`{}` is no record", record.directive)),
    }
}

fn compare(
    types: &str,
    found: &str,
    rows: &[Vec<String>],
    record: &Record<'_>,
    sorted: bool,
) -> Result<(), String> {
    if types != found {
        return Err(format!("columns are {found}, not {types}"));
    }
    let mut actual: Vec<String> = rows.iter().map(|row| squeezed(&row.join(" "))).collect();
    let mut expected = record.expected.clone();
    if sorted {
        actual.sort();
        expected.sort();
    }
    if actual == expected {
        return Ok(());
    }
    Err(format!("expected\n{}\ngot\n{}", expected.join("\n"), actual.join("\n")))
}

fn squeezed(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const MODEL: &str = "--! summary = \"Counts.\"\n--! grain = [\"area\"]\n--! sensitivity = \"aggregate\"\n--! checks = [\"accepted_range(n, 1, $most)\"]\nselect\n  area, -- area\n  count(*) as n -- persons\nfrom core.person\ngroup by area";

    fn run(script: &str) -> TestReport {
        let catalogue = Catalogue::from_sources([(PathBuf::from("m/count.sql"), MODEL.to_owned())])
            .expect("a model");
        let folder = tempfile::tempdir().expect("a folder");
        let mut file =
            tempfile::Builder::new().suffix(".slt").tempfile_in(folder.path()).expect("a file");
        file.write_all(script.as_bytes()).expect("written");
        run_test_files(folder.path(), &catalogue, &|_| Ok(()), &Parameters::new())
            .expect("readable")
    }

    const TABLES: &str = "# people\nstatement ok\ncreate table core.person (person_id bigint, area text) as values\n  (1, 'b'), (2, 'a'), (3, 'b'), (4, null)\n\nstatement ok\nset most = 3\n\n";

    #[test]
    fn a_model_runs_over_the_tables_of_its_test() {
        let script = [TABLES, "statement error not_null(area)\nrun model m.count\n\nstatement ok\ncreate table core.other as values (1)\n\nquery II rowsort\nselect 2, 3 union all select 1, 2\n----\n1 2\n2 3\n"].concat();
        let report = run(&script);
        assert!(report.failures.is_empty(), "{}", report.failures[0]);
        assert_eq!((report.n_files, report.n_passed), (1, 5));
    }

    #[test]
    fn rows_come_in_the_order_of_the_grain() {
        let script = [&TABLES.replace(", (4, null)", ""), "statement ok\nrun model m.count\n\nquery TI\nselect area, n from m.count\n----\na 1\nb   2\n"].concat();
        assert!(run(&script).failures.is_empty());
    }

    #[test]
    fn a_wrong_expectation_fails_with_its_line() {
        for (record, message) in [
            ("query I\nselect 1\n----\n2\n", "expected\n2\ngot\n1"),
            ("query T\nselect 1\n----\n1\n", "columns are I, not T"),
            ("statement error\nselect 1\n", "an error was expected"),
            ("statement ok\nselect x from nowhere\n", "no table `nowhere`"),
            ("gibberish\nselect 1\n", "is no record"),
        ] {
            let report = run(&[TABLES, record].concat());
            let failure = report.failures[0].to_string();
            assert!(failure.contains(message) && failure.contains(".slt:9:"), "{failure}");
        }
    }

    #[test]
    fn a_check_that_fails_names_model_check_and_rows() {
        let script = [&TABLES.replace(", (4, null)", "").replace("most = 3", "most = 1"), "statement error m.count: check `accepted_range(n, 1, $most)` fails for 1 row(s)\nrun model m.count\n"].concat();
        assert!(run(&script).failures.is_empty());
    }
}
