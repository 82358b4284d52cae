//! `hub pseudonymise`: at a provider, pseudonyms in place of persons before anything is sent.

use super::ExitStatus;
use super::arguments::{Global, Pseudonymise};
use crate::contract::{Contract, Facts};
use crate::pipeline::{AtProvider, PipelineError, Pseudonymised};
use crate::printer::Printer;
use crate::pseudonymise::{Places, SourceKey};

pub(super) fn pseudonymise(
    args: &Pseudonymise,
    global: &Global,
    printer: &Printer,
) -> anyhow::Result<ExitStatus> {
    let contract = Contract::load(&args.contracts.join(format!("{}.toml", args.feed)))
        .map_err(PipelineError::from)?;
    let key = SourceKey::from_file(&args.key, &contract.feed, args.provider.as_deref())?;
    let provider = args.provider.as_deref().or(key.issuer().provider());
    let contract = contract.for_delivery(provider, Facts::default());
    let places = args.postcodes.as_ref().map(|path| Places::load(path, Vec::new()));
    let places = places.transpose().map_err(PipelineError::from)?;
    let at =
        AtProvider { contract: &contract, key: &key, places: places.as_ref(), out: &global.out };
    let (path, done, unchecked) = at.pseudonymise(&args.files)?;
    for one in &done {
        printer.note(&line(one));
    }
    if !unchecked.is_empty() {
        let rules = unchecked.join(", ");
        printer.note(&format!("rules that the hub can no longer hold the rows against: {rules}"));
    }
    printer.note(&format!("{}: the contract of these files, for the hub", path.display()));
    Ok(ExitStatus::Done)
}

fn line(done: &Pseudonymised) -> String {
    let path = done.path.display();
    let mut line = format!("{path}: {} rows", done.n_rows);
    for (n, what) in [
        (done.n_without_pseudonym, "of them about nobody who can be told apart"),
        (done.n_left_out, "left out"),
        (done.n_unreadable, "that could not be parted"),
    ] {
        if n > 0 {
            line.push_str(&format!(", {n} {what}"));
        }
    }
    line
}
