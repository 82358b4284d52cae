//! `hub query`: read-only SQL over the visible run, or over an analyst's own files alone.

use super::ExitStatus;
use super::arguments::{Format, Global, Query};
use super::failure::UsageError;
use super::run::date;
use crate::models::{Answer, Engine, Format as Rendering, Limits, Parameters, render};
use crate::pipeline::{VisibleRun, bare_engine, check_use};
use crate::printer::Printer;
use crate::store::AuditEntry;

pub(super) fn query(
    args: &Query,
    global: &Global,
    printer: &Printer,
) -> anyhow::Result<ExitStatus> {
    let sql = match (&args.sql, &args.file) {
        (Some(sql), _) => sql.clone(),
        (None, Some(file)) => std::fs::read_to_string(file).map_err(|error| {
            UsageError::new(format!("{}: cannot be read: {error}", file.display()), None)
        })?,
        (None, None) => String::new(),
    };
    let own = with_tables(bare_engine()?, args, global)?;
    let asks_about_run = args.purpose.is_some() || args.run_on.is_some();
    let answer = if own.suffices(&sql)? && !asks_about_run {
        own.query(&sql, &Parameters::new(), &limits(args))?
    } else {
        answer_of_run(&sql, args, global)?
    };
    printer.bytes(&render(&answer, rendering(args.format))?);
    if answer.is_cut {
        printer.note(&format!("cut off at {} rows: --rows shows more", args.rows));
    }
    Ok(ExitStatus::Done)
}

fn with_tables(mut engine: Engine, args: &Query, global: &Global) -> anyhow::Result<Engine> {
    for table in &args.tables {
        engine.add_local_table(table, &global.store)?;
    }
    Ok(engine)
}

fn limits(args: &Query) -> Limits {
    Limits { rows: args.rows, seconds: args.seconds, ..Limits::default() }
}

/// What the visible run answers, if it may, with an entry in the audit log.
fn answer_of_run(sql: &str, args: &Query, global: &Global) -> anyhow::Result<Answer> {
    let run = VisibleRun::open(&global.store)?;
    let on = args.run_on.as_deref().map(|text| date("--run-on", text)).transpose()?;
    check_use(&run.store, &run.manifest, args.purpose.as_deref(), on)?;
    let engine = with_tables(run.engine()?, args, global)?;
    let parameters = parameters(&run.manifest.parameters);
    let answer = engine.query(sql, &parameters, &limits(args))?;
    let mut entry = AuditEntry::new("hub query", &run.manifest.purpose);
    let read = answer.tables.iter().filter_map(|name| {
        let table = run.manifest.tables.get(name)?;
        Some((name.clone(), table.parts.first()?.sha256.clone()))
    });
    entry.inputs = read.collect();
    entry.outputs.insert("sql".into(), crate::store::sha256_hex(sql.as_bytes()));
    run.store.audit(entry)?;
    Ok(answer)
}

pub(super) fn rendering(format: Format) -> Rendering {
    match format {
        Format::Table => Rendering::Table,
        Format::Csv => Rendering::Csv,
        Format::Json => Rendering::Json,
        Format::Parquet => Rendering::Parquet,
    }
}

/// The run's own parameters, so that a model's SQL gives the model's rows.
fn parameters(written: &std::collections::BTreeMap<String, String>) -> Parameters {
    Parameters::from_canonical(written)
}
