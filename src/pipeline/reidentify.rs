//! The one way back to care: for each practice a sealed list of the persons it must act on.
//!
//! The hub holds no number. The numbers of those on a list are looked for in the extracts once more, by
//! their tokens, and stand in the list as marks under a key that is drawn for it and sealed with it: who
//! opens the list compares its own numbers, and has no key of the hub. Nothing of this is kept.

mod approval;
mod asked;
mod list;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

pub use self::approval::Reidentify;
use self::approval::{approved, practice_keys};
use self::asked::{Asked, asked};
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
use crate::pseudonymise::{Encoder, ListKey, Tokens, seal};
use crate::store::{AuditEntry, Zone, sha256_hex, write_atomic};

/// The only purpose for which anybody may be told to those who care for them.
const CARE: &str = "individual_care";

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
    /// Persons asked for whom the registration list does not have at the practice that the query names on
    /// the day of the run: they are on no list.
    pub n_elsewhere: usize,
    /// Persons asked for whose number is in no extract: they are on no list.
    pub n_without_number: usize,
}

impl std::fmt::Display for Reidentified {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { n_persons, n_elsewhere, n_without_number, .. } = self;
        write!(
            f,
            "{n_persons} persons on lists; on none {n_elsewhere} who are not registered where the query \
             says, and {n_without_number} whose number no extract holds"
        )
    }
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
    let mut asked = asked(&checked.pipeline, &run, &request.sql)?;
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
    let on = checked.pipeline.day_of_run();
    let n_elsewhere = asked.keep_registered(&checked.pipeline, &run, on)?;
    let encoder = encoder(&checked.pipeline, &checked.key);
    let wanted = tokens(&run, &asked)?;
    let lists = Lists::draw(&asked)?.filled(&checked, &encoder, &wanted)?;
    let mut made = Reidentified { n_elsewhere, ..Reidentified::default() };
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
    record(&run, request, &approvers, &keys, &made, &files)?;
    for (name, sealed) in files {
        let path = out.join(name);
        write_atomic(&path, &sealed)?;
        made.files.push(path);
    }
    Ok(made)
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
    made: &Reidentified,
    files: &BTreeMap<String, Vec<u8>>,
) -> Result<(), PipelineError> {
    let purpose = format!(
        "{CARE}: {}; approved by {}; {made}",
        request.reason.trim(),
        approvers.join(" and ")
    );
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
