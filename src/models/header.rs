//! The `--!` lines at the top of a model: TOML that says what the model is.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Place, Problem, Rule};
use crate::domain::Sensitivity;

/// What a model declares about itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// One sentence on what a row is.
    pub summary: String,
    /// Columns whose values, together, name one row; also the order in which rows are stored.
    /// Without any, the model has at most one row.
    pub grain: Vec<String>,
    /// The least level that the model is treated at.
    pub sensitivity: Sensitivity,
    /// What must hold of the finished rows.
    #[serde(default)]
    pub checks: Vec<String>,
    /// What disclosure control needs to know; read there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<toml::Table>,
}

const MARK: &str = "--!";

/// Reads the header of `text`.
///
/// # Errors
/// A problem at the place that TOML names, if there is no header, if it is not TOML, or if it
/// holds a key that models don't have.
pub(crate) fn parse_header(path: &Path, text: &str) -> Result<Header, Problem> {
    let problem = |offset, message: String| Problem {
        place: Place::of_offset(path, text, offset),
        rule: Rule::Header,
        message,
    };
    let end = header_end(text);
    if end == 0 {
        return Err(problem(0, "no `--!` header".to_owned()));
    }
    if let Some(stray) = stray_mark(&text[end..]) {
        return Err(problem(end + stray, "`--!` below the header".to_owned()));
    }
    // Blanks in place of the marks keep every byte where it is in the file.
    let toml = text[..end].replace(MARK, "   ");
    toml::from_str(&toml).map_err(|error: toml::de::Error| {
        let message = error.message().lines().next().unwrap_or("not TOML").to_owned();
        problem(error.span().map_or(0, |span| span.start), message)
    })
}

fn header_end(text: &str) -> usize {
    text.split_inclusive('\n').take_while(|line| line.starts_with(MARK)).map(str::len).sum()
}

fn stray_mark(rest: &str) -> Option<usize> {
    if rest.starts_with(MARK) {
        return Some(0);
    }
    rest.find("\n--!").map(|at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "--! summary = \"Persons.\"\n--! grain = [\"person_id\"]\n--! sensitivity = \"person\"\n--! [release]\n--! unit = \"persons\"\nselect 1";

    fn fault(text: &str) -> (usize, usize, String) {
        let problem = parse_header(Path::new("m.sql"), text).expect_err("refused");
        (problem.place.line, problem.place.column, problem.message)
    }

    #[test]
    fn a_header_is_read_with_its_release_table() {
        let header = parse_header(Path::new("m.sql"), GOOD).expect("good");
        assert_eq!(header.grain, ["person_id"]);
        assert_eq!(header.sensitivity, Sensitivity::Person);
        assert!(header.checks.is_empty());
        assert_eq!(header.release.expect("kept")["unit"].as_str(), Some("persons"));
    }

    #[test]
    fn a_fault_is_placed_where_it_stands_in_the_file() {
        let (line, column, message) = fault(&GOOD.replace("grain", "grian"));
        assert_eq!((line, column), (2, 5));
        assert!(message.contains("unknown field `grian`"), "{message}");
        assert_eq!(fault(&GOOD.replace("\"person\"", "\"secret\"")).0, 3);
        assert_eq!(fault(&GOOD.replace("\"Persons.\"", "\"Persons.")).0, 1);
    }

    #[test]
    fn a_model_without_a_header_or_with_a_second_one_is_refused() {
        assert_eq!(fault("select 1"), (1, 1, "no `--!` header".to_owned()));
        assert_eq!(fault(&format!("{GOOD}\n--! summary = \"x\"")).0, 7);
    }

    #[test]
    fn a_missing_key_is_named() {
        let text =
            GOOD.lines().filter(|line| !line.contains("grain")).collect::<Vec<_>>().join("\n");
        assert!(fault(&text).2.contains("missing field `grain`"));
    }
}
