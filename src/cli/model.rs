//! `hub model`: the catalogue of models.

use super::ExitStatus;
use super::arguments::{Model, ModelAction};
use crate::models::{Catalogue, Drawing, lineage, list, show};
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
    };
    printer.data(&text);
    Ok(ExitStatus::Done)
}
