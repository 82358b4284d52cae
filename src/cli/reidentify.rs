//! `hub reidentify`: sealed lists for practices, and a practice's own look into one.

use super::ExitStatus;
use super::arguments::{Global, Reidentify, ReidentifyAction};
use super::run::date;
use crate::pipeline::{Pipeline, Request, open_list, reidentify as make_lists};
use crate::printer::Printer;

pub(super) fn reidentify(
    args: &Reidentify,
    global: &Global,
    printer: &Printer,
) -> anyhow::Result<ExitStatus> {
    if let Some(ReidentifyAction::Open { list, secret_key, numbers }) = &args.action {
        printer.data(&open_list(list, secret_key, numbers)?);
        return Ok(ExitStatus::Done);
    }
    let mut pipeline = Pipeline::load(&args.pipeline.clone().unwrap_or_default())?;
    if let Some(text) = &args.run_on {
        pipeline.run_on = Some(date("--run-on", text)?);
    }
    let request = Request {
        sql: args.sql.clone().unwrap_or_default(),
        approvers: args.approvers.clone(),
        reason: args.reason.clone().unwrap_or_default(),
    };
    let made = make_lists(pipeline, &global.store, &global.out, &request)?;
    for file in &made.files {
        printer.data(&file.display().to_string());
    }
    printer.note(&format!("{} lists: {made}", made.files.len()));
    Ok(ExitStatus::Done)
}
