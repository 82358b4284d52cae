//! `hub check`: what can be found wrong without reading a row.

use super::ExitStatus;
use super::arguments::{Check, Global};
use super::mistakes;
use crate::pipeline::{Checked, Pipeline, PipelineError, check_list, notices};
use crate::printer::Printer;

pub(super) fn check(
    args: &Check,
    global: &Global,
    printer: &Printer,
) -> anyhow::Result<ExitStatus> {
    let pipeline = match Pipeline::load(&args.pipeline) {
        Ok(pipeline) => pipeline,
        Err(error) => return refused(error, printer),
    };
    let found = mistakes::of_contracts(&pipeline.resolve(&pipeline.contracts));
    if !found.is_empty() {
        mistakes::show(&found, printer);
        return Ok(ExitStatus::Usage);
    }
    let checked = match Checked::new(pipeline) {
        Ok(checked) => checked,
        Err(error) => return refused(error, printer),
    };
    check_list(&checked, &global.store)?;
    for warning in &checked.warnings {
        printer.note(&format!("warning: {warning}"));
    }
    for notice in notices(&checked.pipeline) {
        printer.note(&notice);
    }
    printer.data(&format!(
        "{}: {} files, {} contracts, {} models, key {}: no error, {} warnings",
        args.pipeline.display(),
        checked.files.len(),
        checked.contracts.len(),
        checked.build_order.len(),
        checked.key.id(),
        checked.warnings.len(),
    ));
    Ok(ExitStatus::Done)
}

/// A mistake at a place of the pipeline file, shown there; any other error as it is.
fn refused(error: PipelineError, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let Some(mistake) = mistakes::of_pipeline(&error) else { return Err(error.into()) };
    mistakes::show(&[mistake], printer);
    Ok(ExitStatus::Usage)
}
