//! One night: from extracts to a report that readers can open.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::built::{BuiltModels, Files, People, build_all};
use super::checked::Checked;
use super::declaration::Pipeline;
use super::error::PipelineError;
use super::forget::{hand_on, records};
use super::governance::{Declared, Held};
use super::left_out::LeftOut;
use super::linked::{LEDGER_IDENTITY, LinkedParts, REPLAYED, link_all};
use super::nicknames::NicknameFile;
use super::opening::Opening;
use super::opt_out_list::tonights_list;
use super::opt_outs::{Counts, Exclusion, Known};
use super::outputs;
use super::quality::quality_report;
use super::released::{board_report, release_all};
use super::retention::Retention;
use super::rotation::{Keying, zone_key_before};
use super::standing::settle;
use super::taken::{Desk, Taken};
use super::zone::{FILTER, IDENTITY, PURGED, RECEIVED_IDENTITY, store_of, with_former_keys};
use crate::domain::Sensitivity;
use crate::link::LinkReport;
use crate::printer::Printer;
use crate::pseudonymise::{Encoder, MasterKey};
use crate::store::{AuditEntry, Governance, Manifest, Store, TableEntry, Zone};

/// Records as they were received. No query reads this table: its parts differ in their columns.
pub(super) const RECEIVED: &str = "received.record";

/// What a rotation says that has no way into the zone of before.
const WITHOUT_OLD_KEY: &str = "the old key was not given (--old-key): what runs of before have in the identity zone stays \
     sealed, and nobody can be forgotten until `hub store gc` has let go of them";

/// A stage of a run, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Read, check, pseudonymise.
    Extract,
    /// Identities to persons.
    Link,
    /// SQL models.
    Models,
    /// Disclosure control, report, open data.
    Report,
}

impl FromStr for Stage {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "extract" => Ok(Self::Extract),
            "link" => Ok(Self::Link),
            "models" => Ok(Self::Models),
            "report" => Ok(Self::Report),
            _ => Err("a stage is one of extract, link, models, report".to_owned()),
        }
    }
}

/// How a pipeline is run.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// Folder of the store.
    pub store: PathBuf,
    /// Folder of the outputs.
    pub out: PathBuf,
    /// Stop after this stage; no run becomes visible.
    pub until: Option<Stage>,
    /// Redo this stage and those after it.
    pub from: Option<Stage>,
}

impl RunOptions {
    fn redoes(&self, stage: Stage) -> bool {
        self.from.is_some_and(|from| from <= stage)
    }

    fn stops_after(&self, stage: Stage) -> bool {
        self.until == Some(stage)
    }
}

/// What a run did.
#[derive(Debug, Clone, Default)]
pub struct RunSummary {
    /// The visible run's id; `None` if the run was stopped before.
    pub run_id: Option<String>,
    /// Rows by feed: read, accepted, quarantined, filtered, duplicates.
    pub rows: BTreeMap<String, [u64; 5]>,
    /// What linkage did.
    pub linkage: LinkReport,
    /// What of linkage fell since the run before, and decisions that part nobody any more, in words.
    pub alarms: Vec<String>,
    /// Persons by their opt-outs; `None` if none applies to the purpose.
    pub opt_outs: Option<Counts>,
    /// Models made anew, and all.
    pub models: (usize, usize),
    /// Where the outputs are.
    pub outputs: Option<PathBuf>,
    /// Whether the run's identities are destroyed once it is visible.
    pub is_purged: bool,
    /// Deliveries whose retention had ended, and that are destroyed now.
    pub n_destroyed: usize,
    /// Files left out, and why.
    pub refused: Vec<String>,
    /// Files that no rule names.
    pub unexpected: Vec<PathBuf>,
    /// Expected files that are missing or came late now, and files that came unasked.
    pub expected: Vec<String>,
    /// Whether everything was found done.
    pub is_nothing_new: bool,
}

/// Runs a checked pipeline.
///
/// # Errors
/// Whatever keeps a stage from ending. The last visible run is then still visible.
pub fn run(
    checked: &Checked,
    options: &RunOptions,
    printer: &Printer,
) -> Result<RunSummary, PipelineError> {
    let store = store_of(&checked.pipeline, &checked.key, &options.store)?;
    night(checked, options, printer, &store, Keying::AsBefore)
}

/// Runs a checked pipeline whose key is not the store's, and goes on from the last run of its purpose
/// under the pipeline's key. `None` if the store's key it is already. With the old key, what earlier runs
/// have in the identity zone can still be read by this one and those after it.
///
/// # Errors
/// As [`run`]; [`PipelineError::OtherKey`] if what was given is not the old key; [`PipelineError::NoRun`] where nothing was made for the purpose.
pub fn rotate(
    checked: &Checked,
    options: &RunOptions,
    old_key: Option<&MasterKey>,
    printer: &Printer,
) -> Result<Option<RunSummary>, PipelineError> {
    let store = Store::open_existing(&options.store)?;
    let before = store.last_for(&checked.pipeline.purpose)?;
    if before.as_ref().is_some_and(|run| run.key_id == checked.key.id()) {
        return Ok(None);
    }
    let mut store = store_of(&checked.pipeline, &checked.key, &options.store)?;
    let zone_before = match &before {
        Some(before) => zone_key_before(before, &checked.key, old_key)?,
        None => None,
    };
    if let Some(key) = &zone_before {
        let runs = store.history()?;
        store = with_former_keys(store.with_zone_key(key), &runs)?;
    } else if before.is_some() {
        printer.note(WITHOUT_OLD_KEY);
    }
    night(checked, options, printer, &store, Keying::Rotate(zone_before.as_ref())).map(Some)
}

fn night(
    checked: &Checked,
    options: &RunOptions,
    printer: &Printer,
    store: &Store,
    keying: Keying<'_>,
) -> Result<RunSummary, PipelineError> {
    let pipeline = &checked.pipeline;
    let Opening { command, lock, mut before, visible, encoder } =
        Opening::of(checked, store, keying)?;
    let list = tonights_list(checked, &encoder, store, &lock)?;
    let retention = Retention::new(checked, store)?;

    let mut summary =
        RunSummary { is_purged: pipeline.identity_zone.purges(), ..RunSummary::default() };
    printer.stage(&format!("extract   {} files", checked.files.len()));
    let redo = options.redoes(Stage::Extract);
    let desk = Desk { checked, encoder: &encoder, store, printer, retention: &retention, redo };
    let (mut taken, mut left_out) = desk.take_all()?;
    let destroyed = retention.destroy(&mut taken, &mut left_out)?;
    settle(checked, store, &mut taken)?;
    if let Keying::Rotate(zone_before) = keying {
        before.rotate(&encoder, store, &taken, zone_before)?;
    }
    summary.refused = left_out.iter().map(LeftOut::in_words).collect();
    let told: Vec<String> =
        left_out.iter().filter(|one| !one.is_over()).map(LeftOut::in_words).collect();
    summary.unexpected.clone_from(&checked.unexpected);
    summary.rows = rows(&taken);
    if options.stops_after(Stage::Extract) {
        return Ok(summary);
    }

    printer.stage("link      identities to persons");
    let redo = options.redoes(Stage::Link);
    let linked = link_all(checked, &encoder, store, &taken, &before, redo)?;
    summary.linkage = linked.report.clone();
    if options.stops_after(Stage::Link) {
        return Ok(summary);
    }

    let taken_in = &taken;
    let known = Known { checked, store, taken: taken_in, linked: &linked, list: list.as_ref() };
    let exclusion = known.exclusion()?;
    summary.opt_outs = exclusion.entry.is_some().then_some(exclusion.counts);

    printer.stage(&format!("models    {} tables", checked.build_order.len()));
    let redo = options.redoes(Stage::Models);
    let engine = checked.engine(Some(store.spill_folder(&lock)?))?;
    let files = Files { taken: &taken, left_out: &left_out, retention: &retention };
    let people = People { linked: &linked, exclusion: &exclusion };
    let built = build_all(checked, store, files, people, engine, printer, redo)?;
    summary.models = (built.n_new, built.n_models);
    summary.expected = built.expected.clone();
    summary.is_nothing_new =
        built.n_new == 0 && !linked.is_new && taken.iter().all(|one| !one.is_new);
    if options.stops_after(Stage::Models) {
        return Ok(summary);
    }

    printer.stage("report    disclosure control, charts, open data");
    let released = release_all(checked, store, &taken, &built)?;
    let mut files = board_report(checked, &taken, &linked.report, &told, released)?;
    summary.alarms = super::drift::alarms(checked, store, &linked, &built)?;
    summary.alarms.extend(linked.report.decisions.alarm());
    files.extend(quality_report(checked, store, &built, &summary.alarms)?);
    if linked.is_replayed {
        summary.alarms.push(REPLAYED.to_owned());
    }
    let held = Held {
        deliveries: taken.iter().map(|one| one.entry.clone()).collect(),
        destroyed: destroyed.clone(),
        forgotten: records(visible.as_ref()).to_vec(),
        list_of: exclusion.entry.as_ref().and_then(|entry| entry.as_of.clone()),
        key_id: Some(encoder.key_id().to_owned()),
    };
    let Checked { contracts, catalogue, .. } = checked;
    files.extend(super::governance::page(Declared { pipeline, contracts, catalogue }, &held)?);
    let mut manifest = Manifest {
        governance: Some(Governance {
            run_on: pipeline.day_of_run().to_string(),
            agreements: super::live::entries(pipeline),
            destroyed,
            identities_purged: summary.is_purged,
            forgotten: Vec::new(),
        }),
        ..manifest(checked, &encoder, &taken, &linked, &built, &exclusion, &files)
    };
    manifest.tables.extend(before.crosswalks(store)?);
    if summary.is_purged {
        manifest.tables.retain(|name, _| !PURGED.contains(&name.as_str()));
    }
    hand_on(visible.as_ref(), &mut manifest);
    let decisions = pipeline.link.decisions_sha256.clone();
    let (manifest, is_new) = record(store, manifest, &command, decisions)?;
    let folder = outputs::write(&options.out, &pipeline.name, &manifest.run_id, &files)?;
    if is_new {
        store.publish(&lock, &manifest)?;
    }
    summary.n_destroyed = store.finish_destruction(&lock)?;
    summary.outputs = Some(outputs::show(&options.out, &pipeline.name, &folder)?);
    summary.run_id = Some(manifest.run_id);
    Ok(summary)
}

/// The encoder of a pipeline: its key, purpose and policy on numbers.
pub(super) fn encoder(pipeline: &Pipeline, key: &MasterKey) -> Encoder {
    let encoder = Encoder::new(key, &pipeline.purpose, pipeline.numbers.policy());
    match &pipeline.nicknames {
        Some(NicknameFile { table, .. }) => encoder.knowing(table.clone()),
        None => encoder,
    }
}

/// Two keys' pseudonyms never join, so a store keeps to the one that made it.
pub(super) fn refuse_other_key(store: &Store, given: &str) -> Result<(), PipelineError> {
    match store.current()? {
        Some(manifest) if manifest.key_id != given => {
            Err(PipelineError::OtherKey { given: given.to_owned(), expected: manifest.key_id })
        }
        _ => Ok(()),
    }
}

/// Rows by feed.
pub(super) fn rows(taken: &[Taken]) -> BTreeMap<String, [u64; 5]> {
    let mut rows: BTreeMap<String, [u64; 5]> = BTreeMap::new();
    for Taken { entry, .. } in taken {
        let counts =
            [entry.read, entry.accepted, entry.quarantined, entry.filtered, entry.duplicates];
        let sums = rows.entry(entry.feed.clone()).or_default();
        for (sum, count) in sums.iter_mut().zip(counts) {
            *sum += count;
        }
    }
    rows
}

fn manifest(
    checked: &Checked,
    encoder: &Encoder,
    taken: &[Taken],
    linked: &LinkedParts,
    built: &BuiltModels,
    exclusion: &Exclusion,
    files: &outputs::Files,
) -> Manifest {
    let pipeline = &checked.pipeline;
    let mut tables = built.tables.clone();
    let grain = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let of_link = |part: &crate::store::Part, names: &[&str]| TableEntry {
        zone: Zone::Parts,
        parts: vec![part.clone()],
        recipe: linked.recipe.clone(),
        sensitivity: Sensitivity::Person,
        grain: grain(names),
    };
    tables.insert("link.person_index".into(), of_link(&linked.person_index, &["identity_id"]));
    tables.insert("link.ledger".into(), of_link(&linked.ledger, &["person_id", "on"]));
    tables.insert(LEDGER_IDENTITY.into(), of_link(&linked.ledger_identity, &["identity_id"]));
    tables.insert(
        IDENTITY.into(),
        TableEntry {
            zone: Zone::Identities,
            parts: taken.iter().filter_map(|one| one.standing.identities.clone()).collect(),
            recipe: String::new(),
            sensitivity: Sensitivity::Person,
            grain: grain(&["identity_id"]),
        },
    );
    tables.extend(received(taken));
    Manifest {
        run_id: String::new(),
        pipeline: pipeline.name.clone(),
        purpose: pipeline.purpose.clone(),
        as_at: pipeline.as_at.to_string(),
        key_id: encoder.key_id().to_owned(),
        binary: env!("CARGO_PKG_VERSION").to_owned(),
        parameters: checked
            .parameters
            .iter()
            .map(|(name, value)| (name.to_owned(), value.canonical()))
            .collect(),
        deliveries: taken.iter().map(|one| one.entry.clone()).collect(),
        tables,
        opt_out: exclusion.entry.clone(),
        governance: None,
        origins: super::area::origins(checked, taken),
        outputs: outputs::hashes(files),
        audit_head: String::new(),
    }
}

/// Everything as it came, replaced or not: what stands is made from it again when more comes.
fn received(taken: &[Taken]) -> [(String, TableEntry); 3] {
    let entry = |zone, parts| TableEntry {
        zone,
        parts,
        recipe: String::new(),
        sensitivity: Sensitivity::Person,
        grain: Vec::new(),
    };
    let parts = taken.iter().flat_map(|one| [one.records.clone(), one.deletions.clone()]);
    let identities = taken.iter().map(|one| one.identities.clone());
    let filters = taken.iter().map(|one| one.filters.clone());
    [
        (RECEIVED.to_owned(), entry(Zone::Parts, parts.collect())),
        (RECEIVED_IDENTITY.to_owned(), entry(Zone::Identities, identities.collect())),
        (FILTER.to_owned(), entry(Zone::Identities, filters.collect())),
    ]
}

/// Puts the run into the audit log, unless the visible run is the very same: then that one stands.
fn record(
    store: &Store,
    mut manifest: Manifest,
    command: &str,
    decisions: Option<String>,
) -> Result<(Manifest, bool), PipelineError> {
    if let Some(current) = store.current()?
        && current.content_hash()? == manifest.content_hash()?
    {
        return Ok((current, false));
    }
    let mut entry = AuditEntry::new(command, &manifest.purpose);
    entry.inputs = manifest.deliveries.iter().map(|d| (d.file.clone(), d.sha256.clone())).collect();
    entry.inputs.extend(decisions.map(|hash| ("decisions of linkage".to_owned(), hash)));
    entry.outputs = manifest.outputs.clone();
    manifest.audit_head = store.audit(entry)?;
    manifest.run_id = store.next_run_id(&manifest)?;
    Ok((manifest, true))
}

/// What a run would do, as text.
#[must_use]
pub fn plan(checked: &Checked, store: &Path) -> String {
    let mut lines = vec![
        format!("pipeline  {} as at {}", checked.pipeline.name, checked.pipeline.as_at),
        format!("store     {}", store.display()),
        format!("key       {}", checked.key.id()),
    ];
    for file in &checked.files {
        lines.push(format!("extract   {}", file.name));
    }
    lines.push("link      identities to persons".to_owned());
    lines.extend(checked.build_order.iter().map(|name| format!("model     {name}")));
    let releases = checked.catalogue.models().filter(|model| model.header.release.is_some());
    lines.extend(releases.map(|model| format!("release   {}", model.name)));
    lines.join("\n")
}
