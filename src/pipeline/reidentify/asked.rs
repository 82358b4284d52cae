//! What is asked for, and of whom it may be told: each practice of those who are on its list.

use std::collections::{BTreeSet, HashMap, HashSet};

use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use jiff::civil::Date;

use super::{Pipeline, PipelineError, VisibleRun, invalid};
use crate::models::{Answer, Format, Limits, Parameters, Value, render};

/// Persons on all lists at most.
const MOST_PERSONS: usize = 1_000_000;

/// Who is on which practice's list.
const LIST: &str = "core.registration";
/// On a day, the newest registration last.
const REGISTERED: &str = include_str!("registered.sql");

/// The answer to the query.
pub(super) struct Asked {
    /// Columns but for person and practice.
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<AskedRow>,
}

pub(super) struct AskedRow {
    pub(super) person_id: i64,
    pub(super) practice_code: String,
    pub(super) cells: Vec<String>,
}

/// Asks the query.
///
/// # Errors
/// [`PipelineError::Invalid`] for one without person and practice, or with a person twice.
pub(super) fn asked(
    pipeline: &Pipeline,
    run: &VisibleRun,
    sql: &str,
) -> Result<Asked, PipelineError> {
    let parameters = Parameters::from_canonical(&run.manifest.parameters);
    let answer = ask(pipeline, run, sql, &parameters)?;
    let refuse = |what: &str| invalid(pipeline, what.to_owned());
    let bytes = render(&answer, Format::Csv)?;
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let needs = || refuse("the query must give `person_id`, a number, and `practice_code`");
    let names: Vec<String> =
        reader.headers().map_err(|_| needs())?.iter().map(str::to_owned).collect();
    let place = |name: &str| names.iter().position(|column| column == name).ok_or_else(needs);
    let (person, practice) = (place("person_id")?, place("practice_code")?);
    let is_other = |i: &usize| *i != person && *i != practice;
    let mut rows = Vec::new();
    let mut seen = BTreeSet::new();
    for row in reader.records() {
        let row = row.map_err(|_| needs())?;
        let person_id = row.get(person).and_then(|id| id.parse().ok()).ok_or_else(needs)?;
        let practice_code = row.get(practice).unwrap_or_default().to_owned();
        if !seen.insert((person_id, practice_code.clone())) {
            return Err(refuse("the query gives a person more than once to a practice"));
        }
        let cells = (0..row.len()).filter(is_other).map(|i| row[i].to_owned()).collect();
        rows.push(AskedRow { person_id, practice_code, cells });
    }
    // Beside numbers they would tell whose every row of the store is.
    let ids: HashSet<i64> = seen.iter().map(|(person_id, _)| *person_id).collect();
    let is_id = |cell: &String| cell.parse().is_ok_and(|id| ids.contains(&id));
    if rows.iter().any(|row: &AskedRow| row.cells.iter().any(is_id)) {
        return Err(refuse("a further column of the query holds pseudonyms"));
    }
    let columns = (0..names.len()).filter(is_other).map(|i| names[i].clone()).collect();
    Ok(Asked { columns, rows })
}

impl Asked {
    /// Leaves out whom the registration list does not have, on that day, at the practice that the query
    /// names; how many they are.
    ///
    /// # Errors
    /// [`PipelineError::Invalid`] if the run holds no such list.
    pub(super) fn keep_registered(
        &mut self,
        pipeline: &Pipeline,
        run: &VisibleRun,
        on: Date,
    ) -> Result<usize, PipelineError> {
        let practices = registered(pipeline, run, on)?;
        let n_asked = self.rows.len();
        self.rows.retain(|row| practices.get(&row.person_id) == Some(&row.practice_code));
        Ok(n_asked - self.rows.len())
    }
}

/// The practice at which each person is registered on a day.
fn registered(
    pipeline: &Pipeline,
    run: &VisibleRun,
    on: Date,
) -> Result<HashMap<i64, String>, PipelineError> {
    let no_list = || {
        let what =
            format!("the run has no `{LIST}`: at which practice anybody is cannot be checked");
        invalid(pipeline, what)
    };
    if !run.manifest.tables.contains_key(LIST) {
        return Err(no_list());
    }
    let parameters = Parameters::new().with("on", Value::Date(on));
    let answer = ask(pipeline, run, REGISTERED, &parameters)?;
    let mut practices = HashMap::new();
    for batch in &answer.batches {
        let codes = cast(batch.column(1), &DataType::Utf8).map_err(|_| no_list())?;
        let codes = codes.as_string::<i32>();
        let persons = batch.column(0).as_primitive_opt::<Int64Type>().ok_or_else(no_list)?;
        for (person, code) in persons.iter().zip(codes) {
            // The newest comes last.
            practices.extend(person.zip(code.map(str::to_owned)));
        }
    }
    Ok(practices)
}

fn ask(
    pipeline: &Pipeline,
    run: &VisibleRun,
    sql: &str,
    parameters: &Parameters,
) -> Result<Answer, PipelineError> {
    let limits = Limits { rows: MOST_PERSONS, seconds: 3_600, ..Limits::default() };
    let answer = run.engine()?.query(sql, parameters, &limits)?;
    if answer.is_cut {
        let what = "the query, or the registration list, has more rows than can be on lists";
        return Err(invalid(pipeline, what.to_owned()));
    }
    Ok(answer)
}
