//! `hub store`: history, verification, clearing up, forgetting.

use std::fmt::Write;
use std::path::Path;

use super::ExitStatus;
use super::arguments::{Global, Store, StoreAction};
use super::prompt;
use super::run::date;
use crate::pipeline::{Pipeline, VisibleRun, forget, master_key};
use crate::printer::Printer;
use crate::store::{Canaries, Fault, Rules, scan};

pub(super) fn store(
    args: &Store,
    global: &Global,
    printer: &Printer,
) -> anyhow::Result<ExitStatus> {
    let open = || VisibleRun::open(&global.store);
    match &args.action {
        StoreAction::History => printer.data(&history(&open()?)?),
        StoreAction::Verify { pipeline } => {
            let run = match pipeline {
                Some(path) => open()?.unlocked(&master_key(&Pipeline::load(path)?)?)?,
                None => open()?,
            };
            return verify(&run, &global.out, printer);
        }
        StoreAction::Gc { nightly, monthly } => {
            let run = open()?;
            let lock = run.store.lock("hub store gc")?;
            let collected = run.store.gc(&lock, *nightly, *monthly)?;
            printer.data(&collected.to_string());
        }
        StoreAction::Forget { pipeline, reason, run_on } => {
            forget_person(pipeline, reason, run_on.as_deref(), global, printer)?;
        }
    }
    Ok(ExitStatus::Done)
}

fn forget_person(
    path: &Path,
    reason: &str,
    run_on: Option<&str>,
    global: &Global,
    printer: &Printer,
) -> anyhow::Result<()> {
    let mut pipeline = Pipeline::load(path)?;
    if let Some(text) = run_on {
        pipeline.run_on = Some(date("--run-on", text)?);
    }
    let number = prompt::secret("NHS number", printer)?;
    let done = forget(&pipeline, &global.store, &number, reason)?;
    printer.data(&format!(
        "forgotten: {} records of {} persons gone from the visible run, {} runs amended; later rows are \
         filtered",
        done.n_records, done.n_persons, done.n_runs
    ));
    if let Some(note) = decisions_left(&pipeline, done.decision_lines.as_deref()) {
        printer.note(&note);
    }
    printer.note("figures that counted the person stand until the next `hub run`");
    Ok(())
}

/// What the reviewers' file still has of who was forgotten; `None` if nothing.
fn decisions_left(pipeline: &Pipeline, lines: Option<&[u64]>) -> Option<String> {
    let file = pipeline.resolve(pipeline.link.decisions.as_ref()?);
    let file = file.display();
    match lines {
        None => Some(format!(
            "{file} could not be read: it may still name pairs of theirs, as keyed hashes"
        )),
        Some([]) => None,
        Some(lines) => {
            let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
            Some(format!(
                "{file} is not the hub's to change and names pairs of theirs, as keyed hashes, in lines {}: \
                 take them out, and of its copies",
                lines.join(", ")
            ))
        }
    }
}

fn history(run: &VisibleRun) -> anyhow::Result<String> {
    let mut text = String::new();
    for manifest in run.store.history()? {
        let read: u64 = manifest.deliveries.iter().map(|delivery| delivery.read).sum();
        let visible = if manifest.run_id == run.manifest.run_id { "  visible" } else { "" };
        let _ = writeln!(
            text,
            "{}  {}  as at {}  {} files  {read} rows  {} tables{visible}",
            manifest.run_id,
            manifest.pipeline,
            manifest.as_at,
            manifest.deliveries.len(),
            manifest.tables.len(),
        );
    }
    Ok(text)
}

fn verify(run: &VisibleRun, out: &Path, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let mut faults = run.store.verify()?;
    if out.is_dir() {
        let hits = scan(&[out.to_owned()], &Canaries::default(), &Rules::default())?;
        faults.extend(hits.into_iter().map(Fault::Identifier));
    }
    for fault in &faults {
        printer.data(&fault.to_string());
    }
    let n_closed = run.store.n_closed()?;
    if n_closed > 0 {
        printer.note(&format!(
            "{n_closed} files of the identity zone are sealed and were looked at from outside: `hub store \
             verify PIPELINE` opens those of the pipeline's key"
        ));
    }
    if faults.is_empty() {
        printer
            .data("every part, manifest and audit line is as it was written; no identifier found");
        return Ok(ExitStatus::Done);
    }
    printer.error(&format!("{} faults", faults.len()), None);
    Ok(ExitStatus::Failed)
}
