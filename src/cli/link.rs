//! `hub link`: how linkage went, and how good it is against a truth.

use super::ExitStatus;
use super::arguments::{Format, Global, Link, LinkAction};
use super::failure::UsageError;
use crate::pipeline::{VisibleRun, check_use, evaluate_linkage};
use crate::printer::Printer;

pub(super) fn link(args: &Link, global: &Global, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let run = VisibleRun::open(&global.store)?;
    check_use(&run.store, &run.manifest, None, None)?;
    let text = match &args.action {
        LinkAction::Report { format } => {
            let report = run
                .link_report()
                .ok_or_else(|| UsageError::new("the run keeps no linkage report", None))?;
            match text_or_json(*format)? {
                Shape::Text => report.to_text(),
                Shape::Json => serde_json::to_string_pretty(&report)?,
            }
        }
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
