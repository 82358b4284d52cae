//! Taking in deliveries: each file once, and found again if nothing about it changed.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::civil::Date;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::ahead::{Ahead, Begun};
use super::checked::{Checked, hash_of};
use super::declaration::OnBrokenFile;
use super::declared_files::DeclaredFile;
use super::error::PipelineError;
use super::intake::{AwaitedHash, Delivery, Intake, IntakeError, intake};
use super::left_out::LeftOut;
use super::retention::Retention;
use super::standing::Standing;
use crate::contract::Facts;
use crate::domain::{Period, days_since_epoch};
use crate::printer::{Bar, Printer};
use crate::pseudonymise::Encoder;
use crate::store::{DeliveryEntry, Part, Recipe, Store, Zone, sha256_hex};

/// One delivery that is in the store.
#[derive(Debug, Clone)]
pub(super) struct Taken {
    pub(super) file: DeclaredFile,
    pub(super) entry: DeliveryEntry,
    pub(super) records: Part,
    pub(super) identities: Part,
    /// Filters of the identities' values.
    pub(super) filters: Part,
    pub(super) quarantine: Part,
    pub(super) findings: Part,
    /// Ids of records that the delivery takes back.
    pub(super) deletions: Part,
    /// The analysis date of the first run that read these bytes.
    pub(super) first_read_as_at: Date,
    /// What of it stands.
    pub(super) standing: Standing,
    pub(super) profile: Part,
    pub(super) is_new: bool,
}

/// How identifiers are encoded. Whatever changes a token, an identity's id or a filter has another number
/// here, so that every delivery is taken in anew; persons keep their ids (`same_rows`).
const ENCODING: &str = "encoding 2";

/// What a recipe remembers of a delivery besides its parts.
#[derive(Serialize, Deserialize)]
struct Summary {
    entry: DeliveryEntry,
}

/// What every delivery is taken in with.
pub(super) struct Desk<'a> {
    pub(super) checked: &'a Checked,
    pub(super) encoder: &'a Encoder,
    pub(super) store: &'a Store,
    pub(super) printer: &'a Printer,
    pub(super) retention: &'a Retention<'a>,
    pub(super) redo: bool,
}

impl Desk<'_> {
    /// Takes in every file of the pipeline, in order; and says which it left out.
    ///
    /// # Errors
    /// A file that breaks its contract as a whole, unless the pipeline goes on without it.
    pub(super) fn take_all(&self) -> Result<(Vec<Taken>, Vec<LeftOut>), PipelineError> {
        let files = &self.checked.files;
        let sizes: Vec<u64> = files.iter().map(size_of).collect();
        let bar = self.printer.bar("extract", sizes.iter().sum());
        let is_known = self.known_files()?;
        let ahead = Ahead::of(&sizes, |i| !is_known(&files[i]));
        // Before the first byte is hashed or read.
        let states =
            files.iter().map(|file| State::of(&file.path)).collect::<Result<Vec<_>, _>>()?;
        let taken = std::thread::scope(|threads| {
            let begun = ahead.as_ref().map(|ahead| {
                let file = &files[ahead.place];
                let advance = |bytes: u64| {
                    ahead.n_bytes.fetch_add(bytes, Ordering::Relaxed);
                    bar.inc(bytes);
                };
                ahead.begin(threads, move || self.read(file, &ahead.sha256, &advance))
            });
            self.take_each(&bar, begun, &states)
        })?;
        bar.finish_and_clear();
        Ok(taken)
    }

    /// Which files the visible run names, or may not be kept any more.
    fn known_files(&self) -> Result<impl Fn(&DeclaredFile) -> bool, PipelineError> {
        let deliveries = self.store.current()?.map(|run| run.deliveries).unwrap_or_default();
        let named: BTreeSet<_> = deliveries.into_iter().map(|one| (one.feed, one.file)).collect();
        Ok(move |file: &DeclaredFile| {
            named.contains(&(file.feed.clone(), file.name.clone()))
                || self.retention.leaves_out(file, "").is_some()
        })
    }

    fn take_each(
        &self,
        bar: &Bar,
        begun: Option<Begun<'_>>,
        states: &[State],
    ) -> Result<(Vec<Taken>, Vec<LeftOut>), PipelineError> {
        let files = &self.checked.files;
        let (mut taken, mut left_out) = (Vec::new(), Vec::new());
        let hashes: Vec<String> =
            files.par_iter().map(|file| hash_of(&file.path)).collect::<Result<_, _>>()?;
        let originals = originals(files, &hashes);
        // Said before anything else is taken in: nothing may wait for a hash that waits for it.
        let mut begun = begun.and_then(|begun| {
            let i = begun.ahead.place;
            let is_wanted = originals[i] == i && self.is_to_be_read(&files[i], &hashes[i]);
            is_wanted.then(|| begun.with_hash(&hashes[i]))
        });
        for (i, (file, sha256)) in files.iter().zip(&hashes).enumerate() {
            bar.set_message(file.feed.clone());
            let begun = begun.take_if(|begun| begun.ahead.place == i);
            if let Some(over) = self.retention.leaves_out(file, sha256) {
                left_out.push(over);
                continue;
            }
            let original = originals[i];
            if original != i {
                left_out.push(LeftOut::same_bytes(file, &files[original]));
                continue;
            }
            let own = AtomicU64::new(0);
            let progress = begun.as_ref().map_or(&own, |begun| &begun.ahead.n_bytes);
            let advance = |bytes: u64| {
                progress.fetch_add(bytes, Ordering::Relaxed);
                bar.inc(bytes);
            };
            match self.take(file, (sha256, &states[i]), begun, &advance) {
                Ok(mut one) => {
                    one.first_read_as_at = self.first_read(sha256)?;
                    self.printer.detail(&line(&one));
                    taken.push(one);
                }
                Err(PipelineError::Intake(error))
                    if error.is_the_files_fault()
                        && self.checked.pipeline.on_broken_file == OnBrokenFile::Continue =>
                {
                    left_out.push(LeftOut::broken_contract(file, error.to_string()));
                }
                Err(error) => return Err(error),
            }
            bar.inc(size_of(file).saturating_sub(progress.load(Ordering::Relaxed)));
        }
        Ok((taken, left_out))
    }

    /// The analysis date of the first run of this store that read these bytes.
    fn first_read(&self, sha256: &str) -> Result<Date, PipelineError> {
        let as_at = self.checked.pipeline.as_at;
        let recipe = sha256_hex(format!("first read\n{sha256}").as_bytes());
        let known = self.store.recall(&recipe).and_then(|made| {
            made.summary["as_at"].as_str().and_then(|text| text.parse::<Date>().ok())
        });
        match known {
            Some(known) if known <= as_at => Ok(known),
            _ => {
                let summary = serde_json::json!({ "as_at": as_at.to_string() });
                self.store.remember(&recipe, &Recipe { outputs: BTreeMap::new(), summary })?;
                Ok(as_at)
            }
        }
    }

    fn take(
        &self,
        file: &DeclaredFile,
        (sha256, state): (&str, &State),
        begun: Option<Begun<'_>>,
        advance: &(dyn Fn(u64) + Sync),
    ) -> Result<Taken, PipelineError> {
        let as_at = self.checked.pipeline.as_at;
        if let Some(taken) = self.known(file, sha256) {
            return Ok(taken);
        }
        let made = match begun.and_then(Begun::finish) {
            Some(made) => made,
            None => self.read(file, &AwaitedHash::from(Some(sha256.to_owned())), advance),
        };
        // Rows that are not those of the hash must not be found under it ever after.
        if State::of(&file.path)? != *state {
            return Err(PipelineError::FileChanged { path: file.path.clone() });
        }
        let taken = taken(made?, file, as_at);
        self.store.remember(&self.recipe(file, sha256), &to_recipe(&taken)?)?;
        Ok(taken)
    }

    /// What came of a file that was taken in before.
    fn known(&self, file: &DeclaredFile, sha256: &str) -> Option<Taken> {
        let made = self.store.recall(&self.recipe(file, sha256)).filter(|_| !self.redo)?;
        remembered(&made, file, self.checked.pipeline.as_at)
    }

    fn is_to_be_read(&self, file: &DeclaredFile, sha256: &str) -> bool {
        self.retention.leaves_out(file, sha256).is_none() && self.known(file, sha256).is_none()
    }

    /// Reads a file, whose hash may not be known yet.
    fn read(
        &self,
        file: &DeclaredFile,
        sha256: &AwaitedHash,
        advance: &(dyn Fn(u64) + Sync),
    ) -> Result<Intake, IntakeError> {
        let (contract, _) = self.checked.contract(file);
        let scope = file.scope();
        let (path, name, sender) = (&file.path, &file.name, &file.sender);
        let delivery = Delivery { path, sha256, name, scope: &scope, sender };
        let places = &self.checked.places.0;
        let facts = Facts { delivered_on: file.delivered_on.map(days_since_epoch) };
        let contract = contract.for_delivery(file.sender(), facts);
        intake(&delivery, &contract, self.encoder, places, self.store, advance)
    }

    /// Everything that the records of a file depend on.
    fn recipe(&self, file: &DeclaredFile, sha256: &str) -> String {
        let (_, contract) = self.checked.contract(file);
        let numbers = format!("{:?}", self.checked.pipeline.numbers);
        let delivered_on = file.delivered_on.map(|day| day.to_string()).unwrap_or_default();
        let scope = file.scope();
        let mut parts = vec![
            "intake",
            ENCODING,
            env!("CARGO_PKG_VERSION"),
            sha256,
            contract,
            self.encoder.key_id(),
            &self.checked.places.1,
            &self.checked.pipeline.purpose,
            &numbers,
            &file.name,
            &scope,
            &delivered_on,
        ];
        parts.extend(self.checked.pipeline.nicknames.as_ref().map(|table| table.sha256.as_str()));
        sha256_hex(parts.join("\n").as_bytes())
    }
}

/// What tells that a file is still the one it was: device, inode, length, times of change.
#[derive(Debug, PartialEq, Eq)]
struct State([u64; 3], [i64; 4]);

impl State {
    fn of(path: &Path) -> Result<Self, PipelineError> {
        let found = std::fs::metadata(path);
        let found =
            found.map_err(|source| PipelineError::Unreadable { path: path.to_owned(), source })?;
        let times = [found.mtime(), found.mtime_nsec(), found.ctime(), found.ctime_nsec()];
        Ok(Self([found.dev(), found.ino(), found.len()], times))
    }
}

fn size_of(file: &DeclaredFile) -> u64 {
    std::fs::metadata(&file.path).map_or(0, |found| found.len())
}

/// For each file the place of the one that is read for it: itself, or of several with the same bytes
/// about the same period the last of its feed.
///
/// Files about several periods may well be alike: of nothing there is one file only.
fn originals(files: &[DeclaredFile], hashes: &[String]) -> Vec<usize> {
    let mut by_bytes: BTreeMap<(&str, Option<Period>), Vec<usize>> = BTreeMap::new();
    let mut originals: Vec<usize> = (0..files.len()).collect();
    for (i, (file, sha256)) in files.iter().zip(hashes).enumerate() {
        by_bytes.entry((sha256, file.period)).or_default().push(i);
    }
    for same in by_bytes.into_values() {
        for i in &same {
            let file = &files[*i];
            let is_later = |j: &&usize| {
                let other = &files[**j];
                other.feed == file.feed
                    && other.sender == file.sender
                    && other.order() > file.order()
            };
            let later = same.iter().filter(is_later).max_by_key(|j| files[**j].order());
            let elsewhere = same.iter().find(|j| **j < *i && files[**j].feed != file.feed);
            originals[*i] = *later.or(elsewhere).unwrap_or(i);
        }
    }
    originals
}

fn taken(made: Intake, file: &DeclaredFile, as_at: Date) -> Taken {
    Taken {
        file: file.clone(),
        standing: Standing::whole(&made.records, &made.identities),
        entry: of_file(made.entry, file),
        records: made.records,
        identities: made.identities,
        filters: made.filters,
        quarantine: made.quarantine,
        findings: made.findings,
        deletions: made.deletions,
        first_read_as_at: as_at,
        profile: made.profile,
        is_new: true,
    }
}

/// The entry with what the file's name says.
fn of_file(mut entry: DeliveryEntry, file: &DeclaredFile) -> DeliveryEntry {
    entry.generation = file.generation.clone().unwrap_or_default();
    entry
}

fn to_recipe(taken: &Taken) -> Result<Recipe, PipelineError> {
    let outputs = [
        ("records", Zone::Parts, &taken.records),
        ("identities", Zone::Identities, &taken.identities),
        ("filters", Zone::Identities, &taken.filters),
        ("quarantine", Zone::Parts, &taken.quarantine),
        ("findings", Zone::Parts, &taken.findings),
        ("deletions", Zone::Parts, &taken.deletions),
        ("profile", Zone::Parts, &taken.profile),
    ];
    let summary = serde_json::to_value(Summary { entry: taken.entry.clone() })
        .map_err(|error| IntakeError::Summary { reason: error.to_string() })?;
    let outputs = outputs.map(|(role, zone, part)| (role.to_owned(), (zone, part.clone())));
    Ok(Recipe { outputs: BTreeMap::from(outputs), summary })
}

fn remembered(made: &Recipe, file: &DeclaredFile, as_at: Date) -> Option<Taken> {
    let part = |role| made.outputs.get(role).map(|(_, part)| part.clone());
    let summary: Summary = serde_json::from_value(made.summary.clone()).ok()?;
    let (records, identities) = (part("records")?, part("identities")?);
    Some(Taken {
        file: file.clone(),
        standing: Standing::whole(&records, &identities),
        entry: of_file(summary.entry, file),
        records,
        identities,
        filters: part("filters")?,
        quarantine: part("quarantine")?,
        findings: part("findings")?,
        deletions: part("deletions")?,
        first_read_as_at: as_at,
        profile: part("profile")?,
        is_new: false,
    })
}

fn line(taken: &Taken) -> String {
    let entry = &taken.entry;
    format!(
        "  {}: {} read = {} accepted + {} quarantined + {} filtered + {} duplicates{}",
        entry.file,
        entry.read,
        entry.accepted,
        entry.quarantined,
        entry.filtered,
        entry.duplicates,
        if taken.is_new { "" } else { " (as before)" },
    )
}
