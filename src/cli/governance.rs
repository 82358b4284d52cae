//! `hub governance`: who shares what with whom, as a data-protection officer asks for it.

use super::ExitStatus;
use super::arguments::{Global, Governance, GovernancePage};
use super::run::date;
use crate::pipeline::{Pipeline, governance as of_pipeline};
use crate::printer::Printer;
use crate::report::governance::{governance_text, render_governance};

pub(super) fn governance(
    args: &Governance,
    global: &Global,
    printer: &Printer,
) -> anyhow::Result<ExitStatus> {
    let mut pipeline = Pipeline::load(&args.pipeline)?;
    if let Some(text) = &args.run_on {
        pipeline.run_on = Some(date("--run-on", text)?);
    }
    let input = of_pipeline(pipeline, &global.store)?;
    printer.data(&match args.page {
        GovernancePage::Text => governance_text(&input)?,
        GovernancePage::Html => render_governance(&input)?,
    });
    Ok(ExitStatus::Done)
}
