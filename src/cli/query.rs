//! `hub query`: read-only SQL over the visible run.

use super::ExitStatus;
use super::arguments::{Format, Global, Query};
use super::failure::UsageError;
use super::run::date;
use crate::models::{Format as Rendering, Limits, Parameters, render};
use crate::pipeline::{VisibleRun, check_use};
use crate::printer::Printer;
use crate::store::AuditEntry;

pub(super) fn query(
    args: &Query,
    global: &Global,
    printer: &Printer,
) -> anyhow::Result<ExitStatus> {
    let run = VisibleRun::open(&global.store)?;
    let on = args.run_on.as_deref().map(|text| date("--run-on", text)).transpose()?;
    check_use(&run.store, &run.manifest, args.purpose.as_deref(), on)?;
    let sql = match (&args.sql, &args.file) {
        (Some(sql), _) => sql.clone(),
        (None, Some(file)) => std::fs::read_to_string(file).map_err(|error| {
            UsageError::new(format!("{}: cannot be read: {error}", file.display()), None)
        })?,
        (None, None) => String::new(),
    };
    let mut engine = run.engine()?;
    for table in &args.tables {
        engine.add_local_table(table, &global.store)?;
    }
    let limits = Limits { rows: args.rows, seconds: args.seconds, ..Limits::default() };
    let parameters = parameters(&run.manifest.parameters);
    let answer = engine.query(&sql, &parameters, &limits)?;
    let mut entry = AuditEntry::new("hub query", &run.manifest.purpose);
    let read = answer.tables.iter().filter_map(|name| {
        let table = run.manifest.tables.get(name)?;
        Some((name.clone(), table.parts.first()?.sha256.clone()))
    });
    entry.inputs = read.collect();
    entry.outputs.insert("sql".into(), crate::store::sha256_hex(sql.as_bytes()));
    run.store.audit(entry)?;
    printer.bytes(&render(&answer, rendering(args.format))?);
    if answer.is_cut {
        printer.note(&format!("cut off at {} rows: --rows shows more", args.rows));
    }
    Ok(ExitStatus::Done)
}

fn rendering(format: Format) -> Rendering {
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
