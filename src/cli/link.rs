//! `hub link`: how linkage went, and how good it is against a truth.

use std::path::Path;

use super::ExitStatus;
use super::arguments::{Format, Global, Link, LinkAction};
use super::failure::UsageError;
use crate::models::{self, Limits, Parameters, render};
use crate::pipeline::{
    Pipeline, VisibleRun, check_use, evaluate_linkage, master_key, train_linkage,
};
use crate::printer::Printer;
use crate::store::write_atomic;

pub(super) fn link(args: &Link, global: &Global, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let run = VisibleRun::open(&global.store)?;
    check_use(&run.store, &run.manifest, None, None)?;
    let text = match &args.action {
        LinkAction::Report { format } => {
            let report = run
                .link_report()
                .ok_or_else(|| UsageError::new("the run keeps no linkage report", None))?;
            match text_or_json(*format)? {
                Shape::Text => report.to_text() + &changes(&run)?,
                Shape::Json => serde_json::to_string_pretty(&report)?,
            }
        }
        LinkAction::Train { pipeline, file } => return train(pipeline, file, run, printer),
        LinkAction::Evaluate { truth, column, format } => {
            let evaluation = evaluate_linkage(&run, truth, column.as_deref())?;
            match text_or_json(*format)? {
                Shape::Text => evaluation.to_text(),
                Shape::Json => serde_json::to_string_pretty(&evaluation)?,
            }
        }
    };
    printer.data(&text);
    Ok(ExitStatus::Done)
}

/// Learns a model and writes it where it is to be kept.
fn train(
    pipeline: &Path,
    file: &Path,
    run: VisibleRun,
    printer: &Printer,
) -> anyhow::Result<ExitStatus> {
    let pipeline = Pipeline::load(pipeline)?;
    let key = master_key(&pipeline)?;
    let run = run.unlocked(&key)?;
    let model = train_linkage(&run, &pipeline)?;
    write_atomic(file, model.to_toml().as_bytes())?;
    printer.note(&format!("model {} in {}", model.version(), file.display()));
    Ok(ExitStatus::Done)
}

/// Who became whom tonight; empty if nobody did.
fn changes(run: &VisibleRun) -> anyhow::Result<String> {
    let as_at = &run.manifest.as_at;
    let sql = format!(
        "select change, person_id, became_person_id from link.ledger \
         where \"on\" = date '{as_at}' and change <> 'new' order by change, person_id, became_person_id"
    );
    let answer = run.engine()?.query(&sql, &Parameters::new(), &Limits::default())?;
    let is_empty = answer.batches.iter().all(|batch| batch.num_rows() == 0);
    if is_empty {
        return Ok(String::new());
    }
    Ok(format!("\n{}", String::from_utf8_lossy(&render(&answer, models::Format::Table)?)))
}

enum Shape {
    Text,
    Json,
}

fn text_or_json(format: Format) -> anyhow::Result<Shape> {
    match format {
        Format::Table => Ok(Shape::Text),
        Format::Json => Ok(Shape::Json),
        Format::Csv | Format::Parquet => {
            Err(UsageError::new("--format: table or json", None).into())
        }
    }
}
