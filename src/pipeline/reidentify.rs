//! The one way back to care: for each practice a sealed list of the persons it must act on.
//!
//! The hub holds no number. The numbers of those on a list are looked for in the extracts once more, by
//! their tokens, and stand in the list as marks under a key that is drawn for it and sealed with it: who
//! opens the list compares its own numbers, and has no key of the hub. Nothing of this is kept.

mod approval;
mod list;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

pub use self::approval::Reidentify;
use self::approval::{approved, practice_keys};
pub use self::list::open_list;
use self::list::{Listed, PracticeList};
use super::checked::{Checked, invalid};
use super::crosswalk::for_each_number;
use super::declaration::Pipeline;
use super::error::PipelineError;
use super::linked::previous;
use super::live::check_use;
use super::query::VisibleRun;
use super::run::{Stage, encoder, refuse_other_key};
use crate::models::{Format, Limits as QueryLimits, Parameters, render};
use crate::pseudonymise::{Encoder, ListKey, Tokens, seal};
use crate::store::{AuditEntry, Zone, sha256_hex, write_atomic};

/// The only purpose for which anybody may be told to those who care for them.
const CARE: &str = "individual_care";
/// Persons on all lists at most.
const MOST_PERSONS: usize = 1_000_000;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// A query of `person_id`, `practice_code` and whatever the practice must know.
    pub sql: String,
    /// Who approves.
    pub approvers: Vec<String>,
    /// Why.
    pub reason: String,
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reidentified {
    /// The lists' files.
    pub files: Vec<PathBuf>,
    /// Persons on all lists.
    pub n_persons: usize,
    /// Persons asked for whose number is in no extract: they are on no list.
    pub n_without_number: usize,
}

/// Writes the sealed lists under `out/reidentify`.
///
/// # Errors
/// [`PipelineError::NotForCare`] for any other purpose than individual care; [`PipelineError::Invalid`]
/// without two approvers, a reason or a practice's key; no live agreement; the wrong key; what the query
/// or the store says. No list is then written.
pub fn reidentify(
    pipeline: Pipeline,
    root: &Path,
    out: &Path,
    request: &Request,
) -> Result<Reidentified, PipelineError> {
    if pipeline.purpose != CARE {
        return Err(PipelineError::NotForCare { purpose: pipeline.purpose });
    }
    let approvers = approved(&pipeline, request)?;
    let run = VisibleRun::open(root)?;
    check_use(&run.store, &run.manifest, Some(CARE), pipeline.run_on)?;
    let checked = Checked::reaching(pipeline, Stage::Extract)?;
    refuse_other_key(&run.store, &checked.key.id())?;
    let keys = practice_keys(&checked.pipeline)?;
    let asked = asked(&checked.pipeline, &run, &request.sql)?;
    let missing: BTreeSet<&str> = asked
        .rows
        .iter()
        .map(|row| row.practice_code.as_str())
        .filter(|code| !keys.contains_key(*code))
        .collect();
    if !missing.is_empty() {
        let missing: Vec<&str> = missing.into_iter().collect();
        let what = format!("no public key of practice {}", missing.join(", "));
        return Err(invalid(&checked.pipeline, what));
    }
    let encoder = encoder(&checked.pipeline, &checked.key);
    let wanted = tokens(&run, &asked)?;
    let lists = Lists::draw(&asked)?.filled(&checked, &encoder, &wanted)?;
    let mut made = Reidentified::default();
    let mut files = BTreeMap::new();
    for (practice_code, (key, persons)) in lists.by_practice {
        if persons.is_empty() {
            continue;
        }
        made.n_persons += persons.len();
        let list = PracticeList {
            practice_code: practice_code.clone(),
            run_id: run.manifest.run_id.clone(),
            reason: request.reason.clone(),
            approved_by: approvers.clone(),
            list_key: key.to_hex().to_string(),
            columns: asked.columns.clone(),
            persons: persons.into_values().collect(),
        };
        let sealed = seal(&list.to_json()?, &keys[&practice_code])?;
        files.insert(format!("reidentify/{}/{practice_code}.age", run.manifest.run_id), sealed);
    }
    made.n_without_number = asked.rows.len() - made.n_persons;
    record(&run, request, &approvers, &keys, &files)?;
    for (name, sealed) in files {
        let path = out.join(name);
        write_atomic(&path, &sealed)?;
        made.files.push(path);
    }
    Ok(made)
}

/// The answer to the query.
struct Asked {
    /// Columns but for person and practice.
    columns: Vec<String>,
    rows: Vec<AskedRow>,
}

struct AskedRow {
    person_id: i64,
    practice_code: String,
    cells: Vec<String>,
}

fn asked(pipeline: &Pipeline, run: &VisibleRun, sql: &str) -> Result<Asked, PipelineError> {
    let limits = QueryLimits { rows: MOST_PERSONS, seconds: 3_600, ..QueryLimits::default() };
    let parameters = Parameters::from_canonical(&run.manifest.parameters);
    let answer = run.engine()?.query(sql, &parameters, &limits)?;
    let refuse = |what: &str| invalid(pipeline, what.to_owned());
    if answer.is_cut {
        return Err(refuse("the query has more rows than can be on lists"));
    }
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

/// Places of the rows asked for, by each token of a number of the person's.
type Wanted = HashMap<u64, Vec<usize>>;

/// The numbers that stand on a person's rows.
#[derive(Default)]
struct Numbers {
    trusted: BTreeSet<u64>,
    others: BTreeSet<u64>,
}

impl Numbers {
    /// Those that are the person's: the trusted ones, or else the only one there is. Another may have
    /// been typed on a row by mistake, and its bearer would get this person's care.
    fn own(&self) -> Vec<u64> {
        match (self.trusted.is_empty(), self.others.len()) {
            (false, _) => self.trusted.iter().copied().collect(),
            (true, 1) => self.others.iter().copied().collect(),
            (true, _) => Vec::new(),
        }
    }
}

/// The numbers that are each person's and nobody else's.
fn own_numbers(numbers: &HashMap<i64, Numbers>) -> HashMap<i64, Vec<u64>> {
    let mut n_bearers: HashMap<u64, usize> = HashMap::new();
    for token in numbers.values().flat_map(|numbers| &numbers.trusted) {
        *n_bearers.entry(*token).or_default() += 1;
    }
    let own = numbers.iter().map(|(person, numbers)| {
        let is_own = |token: &u64| {
            let n_others = usize::from(!numbers.trusted.contains(token));
            n_bearers.get(token).copied().unwrap_or(0) + n_others <= 1
        };
        (*person, numbers.own().into_iter().filter(is_own).collect())
    });
    own.collect()
}

fn tokens(run: &VisibleRun, asked: &Asked) -> Result<Wanted, PipelineError> {
    let mut rows_of: HashMap<i64, Vec<usize>> = HashMap::new();
    for (i, row) in asked.rows.iter().enumerate() {
        rows_of.entry(row.person_id).or_default().push(i);
    }
    let index = previous(&run.store, Some(&run.manifest))?.index;
    let person_of: HashMap<i64, i64> = index.into_iter().collect();
    let mut numbers: HashMap<i64, Numbers> = HashMap::new();
    let table = run.manifest.tables.get("identity");
    for part in table.into_iter().flat_map(|table| &table.parts) {
        for batch in run.store.stream(Zone::Identities, part)? {
            for (identity, tokens) in Tokens::of_rows(&batch?) {
                let (Some(token), Some(person)) = (tokens.get("nhs"), person_of.get(&identity))
                else {
                    continue;
                };
                let own = numbers.entry(*person).or_default();
                let own = if tokens.nhs_trusted { &mut own.trusted } else { &mut own.others };
                own.insert(token);
            }
        }
    }
    let own = own_numbers(&numbers);
    let mut wanted = Wanted::new();
    for (person, rows) in rows_of {
        for token in own.get(&person).into_iter().flatten() {
            wanted.entry(*token).or_default().extend(&rows);
        }
    }
    for rows in wanted.values_mut() {
        rows.sort_unstable();
        rows.dedup();
    }
    Ok(wanted)
}

/// Lists in the making: the key of each, and the persons on it by their place among those asked for.
struct Lists<'a> {
    asked: &'a Asked,
    by_practice: BTreeMap<String, (ListKey, BTreeMap<usize, Listed>)>,
}

impl<'a> Lists<'a> {
    fn draw(asked: &'a Asked) -> Result<Self, PipelineError> {
        let mut by_practice = BTreeMap::new();
        for row in &asked.rows {
            if !by_practice.contains_key(&row.practice_code) {
                let key = ListKey::draw().map_err(|source| PipelineError::Unreadable {
                    path: PathBuf::from("/dev/urandom"),
                    source,
                })?;
                by_practice.insert(row.practice_code.clone(), (key, BTreeMap::new()));
            }
        }
        Ok(Self { asked, by_practice })
    }

    /// Looks through the extracts for the numbers that are wanted.
    fn filled(
        mut self,
        checked: &Checked,
        encoder: &Encoder,
        wanted: &Wanted,
    ) -> Result<Self, PipelineError> {
        let mut left: BTreeSet<u64> = wanted.keys().copied().collect();
        for file in &checked.files {
            if left.is_empty() {
                break;
            }
            for_each_number(checked, file, |number| {
                let token = encoder.nhs_token(number).ok().flatten();
                let token = token.filter(|token| left.remove(token));
                if let Some(token) = token {
                    self.add(number, &wanted[&token]);
                }
            })?;
        }
        Ok(self)
    }

    fn add(&mut self, number: &str, places: &[usize]) {
        for place in places {
            let row = &self.asked.rows[*place];
            let Some((key, persons)) = self.by_practice.get_mut(&row.practice_code) else {
                continue;
            };
            let listed = persons
                .entry(*place)
                .or_insert_with(|| Listed { marks: Vec::new(), cells: row.cells.clone() });
            listed.marks.extend(key.mark(number));
        }
    }
}

/// Records it before a list is written, so that none leaves without a word.
fn record(
    run: &VisibleRun,
    request: &Request,
    approvers: &[String],
    practice_keys: &BTreeMap<String, String>,
    files: &BTreeMap<String, Vec<u8>>,
) -> Result<(), PipelineError> {
    let purpose =
        format!("{CARE}: {}; approved by {}", request.reason.trim(), approvers.join(" and "));
    let mut entry = AuditEntry::new("hub reidentify", &purpose);
    entry.inputs.insert("sql".to_owned(), sha256_hex(request.sql.as_bytes()));
    let keys = practice_keys.iter().map(|(code, key)| format!("{code} {key}\n"));
    let keys = sha256_hex(keys.collect::<String>().as_bytes());
    entry.inputs.insert("practice keys".to_owned(), keys);
    entry.inputs.insert(format!("run {}", run.manifest.run_id), run.manifest.content_hash()?);
    entry.outputs = files.iter().map(|(name, sealed)| (name.clone(), sha256_hex(sealed))).collect();
    run.store.audit(entry)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_may_be_anothers_gets_nobody_this_persons_care() {
        let numbers = |trusted: &[u64], others: &[u64]| Numbers {
            trusted: trusted.iter().copied().collect(),
            others: others.iter().copied().collect(),
        };
        let persons = HashMap::from([
            // On one of their rows stands the number of the second person.
            (1, numbers(&[10], &[20])),
            (2, numbers(&[20], &[])),
            // Nothing but the second person's number, never traced.
            (3, numbers(&[], &[20])),
            // One number that nobody else has, though never traced; and two of which one is wrong.
            (4, numbers(&[], &[40])),
            (5, numbers(&[], &[50, 51])),
            // Two persons with one traced number: either may be meant.
            (6, numbers(&[60, 61], &[])),
            (7, numbers(&[60], &[])),
        ]);
        let own = own_numbers(&persons);
        let expected: [(i64, &[u64]); 7] =
            [(1, &[10]), (2, &[20]), (3, &[]), (4, &[40]), (5, &[]), (6, &[61]), (7, &[])];
        for (person, expected) in expected {
            assert_eq!(own[&person], expected, "person {person}");
        }
    }
}
