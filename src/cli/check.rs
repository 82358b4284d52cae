//! `hub check`: what can be found wrong without reading a row.

use super::ExitStatus;
use super::arguments::{Check, Global};
use crate::pipeline::{Checked, Pipeline, check_list};
use crate::printer::Printer;

pub(super) fn check(
    args: &Check,
    global: &Global,
    printer: &Printer,
) -> anyhow::Result<ExitStatus> {
    let checked = Checked::new(Pipeline::load(&args.pipeline)?)?;
    check_list(&checked, &global.store)?;
    for warning in &checked.warnings {
        printer.note(&format!("warning: {warning}"));
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
