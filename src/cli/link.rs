//! `hub link`: how linkage went, what it is in doubt about and why, and how good it is against a truth.

use std::path::Path;

use super::ExitStatus;
use super::arguments::{Format, Global, Link, LinkAction};
use super::failure::UsageError;
use super::query::rendering;
use crate::link::Chances;
use crate::models::{self, Limits, Parameters, render};
use crate::pipeline::{
    Checked, Explanation, PairOf, Pipeline, VisibleRun, check_use, draw_links, evaluate_linkage,
    explain_pair, linkage_page, master_key, resolve_person, review_queue, train_linkage,
};
use crate::printer::Printer;
use crate::store::write_atomic;

pub(super) fn link(args: &Link, global: &Global, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let run = VisibleRun::open(&global.store)?;
    check_use(&run.store, &run.manifest, None, None)?;
    let text = match &args.action {
        LinkAction::Report { format, html } => {
            let none = || UsageError::new("the run keeps no linkage report", None);
            let report = run.link_report().ok_or_else(none)?;
            if let Some(file) = html {
                write_atomic(file, linkage_page(&run, &report)?.as_bytes())?;
                printer.note(&format!("page in {}", file.display()));
            }
            match text_or_json(*format)? {
                Shape::Text => report.to_text() + &changes(&run)?,
                Shape::Json => serde_json::to_string_pretty(&report)?,
            }
        }
        LinkAction::Train { pipeline, file } => return train(pipeline, file, run, printer),
        LinkAction::Review { pipeline, format, rows } => {
            return review(pipeline, run, (*format, *rows), printer);
        }
        LinkAction::Resolve { person, format } => {
            let answer = resolve_person(&run, *person)?;
            if answer.batches.iter().all(|batch| batch.num_rows() == 0) {
                let what = "ID: none that the ledger of the visible run knows";
                return Err(UsageError::new(what, None).into());
            }
            printer.bytes(&render(&answer, rendering(*format))?);
            return Ok(ExitStatus::Done);
        }
        LinkAction::Draws { pipeline, draws, seed, format } => {
            let checked = Checked::new(Pipeline::load(pipeline)?)?;
            let drawn = draw_links(&checked, &global.store, (*draws, *seed), printer)?;
            printer.bytes(&render(&drawn.answer, rendering(*format))?);
            printer.note(&left_to_chance(drawn.chances));
            return Ok(ExitStatus::Done);
        }
        LinkAction::Explain { pipeline, pair, format, svg } => {
            let explained = explain(pipeline, run, pair)?;
            if let Some(file) = svg {
                write_atomic(file, explained.svg()?.as_bytes())?;
            }
            match text_or_json(*format)? {
                Shape::Text => explained.to_text(),
                Shape::Json => serde_json::to_string_pretty(&explained)?,
            }
        }
        LinkAction::Evaluate { truth, column, apart, format } => {
            let evaluation = evaluate_linkage(&run, truth, column.as_deref(), apart.as_deref())?;
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

/// Prints the pairs that linkage is in doubt about.
fn review(
    pipeline: &Path,
    run: VisibleRun,
    (format, rows): (Format, usize),
    printer: &Printer,
) -> anyhow::Result<ExitStatus> {
    let pipeline = Pipeline::load(pipeline)?;
    let key = master_key(&pipeline)?;
    let answer = review_queue(&run.unlocked(&key)?, pipeline, &key, rows)?;
    printer.bytes(&render(&answer, rendering(format))?);
    if answer.is_cut {
        printer.note(&format!("cut off at {rows} pairs: --rows shows more"));
    }
    Ok(ExitStatus::Done)
}

fn left_to_chance(Chances { n_pairs, expected }: Chances) -> String {
    format!("{n_pairs} pairs of persons left to chance, of which {expected:.0} are one on average")
}

fn explain(pipeline: &Path, run: VisibleRun, pair: &[String]) -> anyhow::Result<Explanation> {
    let wrong = || {
        UsageError::new(
            "PAIR: one pair as `hub link review` prints it, or two numbers of `identity_id`",
            None,
        )
    };
    let pair = match pair {
        [token] => PairOf::Token(token.parse().map_err(|()| wrong())?),
        [one, other] => {
            let id = |text: &String| text.parse().map_err(|_| wrong());
            PairOf::Identities([id(one)?, id(other)?])
        }
        _ => return Err(wrong().into()),
    };
    let pipeline = Pipeline::load(pipeline)?;
    let key = master_key(&pipeline)?;
    let explained = explain_pair(&run.unlocked(&key)?, pipeline, &key, pair)?;
    let gone = || UsageError::new("no such pair in the visible run", None);
    Ok(explained.ok_or_else(gone)?)
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
