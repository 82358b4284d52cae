//! `hub key`: a new master key, the id of one, a store that goes over to a new one.

use std::path::Path;

use super::ExitStatus;
use super::arguments::{Global, Key, KeyAction, Night};
use super::run::{closing, pipeline};
use crate::pipeline::{
    Checked, Pipeline, RunOptions, feed_key, master_key, rotate as rotate_store,
};
use crate::printer::Printer;
use crate::pseudonymise::MasterKey;

pub(super) fn key(args: &Key, global: &Global, printer: &Printer) -> anyhow::Result<ExitStatus> {
    match &args.action {
        KeyAction::New { file } => {
            let id = MasterKey::create(file)?.id();
            printer.note(&format!(
                "{}: a new key, id {id}; keep a copy where only you can",
                file.display()
            ));
        }
        KeyAction::Id { pipeline } => printer.data(&master_key(&Pipeline::load(pipeline)?)?.id()),
        KeyAction::Feed { pipeline, feed, file, provider } => {
            let key = feed_key(&Pipeline::load(pipeline)?, feed, provider.as_deref())?;
            key.write(file)?;
            printer.note(&format!(
                "{}: the key of feed `{}`, id {}, for its provider alone",
                file.display(),
                key.issuer(),
                key.id()
            ));
        }
        KeyAction::Rotate { night, old_key } => {
            rotate(night, old_key.as_deref(), global, printer)?;
        }
    }
    Ok(ExitStatus::Done)
}

fn rotate(
    night: &Night,
    old_key: Option<&Path>,
    global: &Global,
    printer: &Printer,
) -> anyhow::Result<()> {
    let old_key = old_key.map(MasterKey::from_file).transpose()?;
    let checked = Checked::new(pipeline(night)?)?;
    let id = checked.key.id();
    let options = RunOptions {
        store: global.store.clone(),
        out: global.out.clone(),
        until: None,
        from: None,
    };
    match rotate_store(&checked, &options, old_key.as_ref(), printer)? {
        Some(summary) => {
            printer.note(&closing(&summary));
            printer.note(&format!(
                "key       {id}; older runs keep the old key's pseudonyms until `hub store gc` \
                 removes them"
            ));
        }
        None => printer.note(&format!("key       {id} is the store's key already")),
    }
    Ok(())
}
