//! `hub key`: a new master key, or the id of one.

use super::ExitStatus;
use super::arguments::{Key, KeyAction};
use crate::pipeline::{Pipeline, master_key};
use crate::printer::Printer;
use crate::pseudonymise::MasterKey;

pub(super) fn key(args: &Key, printer: &Printer) -> anyhow::Result<ExitStatus> {
    match &args.action {
        KeyAction::New { file } => {
            let id = MasterKey::create(file)?.id();
            printer.note(&format!(
                "{}: a new key, id {id}; keep a copy where only you can",
                file.display()
            ));
        }
        KeyAction::Id { pipeline } => printer.data(&master_key(&Pipeline::load(pipeline)?)?.id()),
    }
    Ok(ExitStatus::Done)
}
