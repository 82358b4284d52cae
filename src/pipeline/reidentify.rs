//! The one way back to care: for each practice a sealed list of the persons it must act on.
//!
//! The hub holds no number. The numbers of those on a list are looked for in the extracts once more, by
//! their tokens, and stand in the list as marks under a key that is drawn for it and sealed with it: who
//! opens the list compares its own numbers, and has no key of the hub. Nothing of this is kept.

mod approval;
mod asked;
mod list;
mod numbers;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

pub use self::approval::Reidentify;
use self::approval::{approved, practice_keys};
use self::asked::{Asked, asked};
pub use self::list::open_list;
use self::list::{Listed, PracticeList};
use self::numbers::{Wanted, tokens};
use super::checked::{Checked, invalid};
use super::crosswalk::for_each_number;
use super::declaration::Pipeline;
use super::error::PipelineError;
use super::live::check_use;
use super::query::VisibleRun;
use super::run::{Stage, encoder};
use super::zone::need_identities;
use crate::pseudonymise::{Encoder, ListKey, seal};
use crate::store::{AuditEntry, sha256_hex, write_atomic};

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
    let run = run.unlocked(&checked.key)?;
    need_identities(&run.store, std::slice::from_ref(&run.manifest))?;
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
