//! `hub model`: the catalogue of models, and their tests.

use std::path::Path;

use super::ExitStatus;
use super::arguments::{Model, ModelAction};
use crate::models::{Catalogue, Drawing, lineage, list, run_test_files, show};
use crate::pipeline::Pipeline;
use crate::printer::Printer;

pub(super) fn model(args: &Model, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let catalogue = Catalogue::read(&args.models)?;
    let text = match &args.action {
        ModelAction::List => list(&catalogue),
        ModelAction::Show { name } => show(&catalogue, name)?,
        ModelAction::Lineage { name: Some(name) } => {
            lineage(&catalogue, Some(name), Drawing::Tree)?
        }
        ModelAction::Lineage { name: None } => lineage(&catalogue, None, Drawing::Mermaid)?,
        ModelAction::Test { folder, pipeline } => {
            return test(&catalogue, folder, &Pipeline::load(pipeline)?, printer);
        }
    };
    printer.data(&text);
    Ok(ExitStatus::Done)
}

fn test(
    catalogue: &Catalogue,
    folder: &Path,
    pipeline: &Pipeline,
    printer: &Printer,
) -> anyhow::Result<ExitStatus> {
    let register = &crate::methods::sql::register;
    let report = run_test_files(folder, catalogue, register, &pipeline.parameters())?;
    let (n_files, n_passed, n_failed) = (report.n_files, report.n_passed, report.failures.len());
    for failure in report.failures {
        printer.note(&failure.to_string());
    }
    printer.data(&format!("{n_files} files: {n_passed} records passed, {n_failed} files failed"));
    Ok(if n_failed == 0 { ExitStatus::Done } else { ExitStatus::CheckFailed })
}
