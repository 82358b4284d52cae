//! `hub contract`: what a provider is to send, and a draft of it.

use std::path::Path;

use super::ExitStatus;
use super::arguments::{Contract, ContractAction, Page};
use super::mistakes;
use crate::contract::{
    Contract as Declared, Facts, Markup, infer, json_schema, sheet_for_provider,
};
use crate::printer::Printer;

pub(super) fn contract(args: &Contract, printer: &Printer) -> anyhow::Result<ExitStatus> {
    match &args.action {
        ContractAction::Show { feed, contracts, provider, page } => {
            let path = contracts.join(format!("{feed}.toml"));
            let Some(contract) = read(&path, printer)? else { return Ok(ExitStatus::Usage) };
            let contract = contract.for_delivery(provider.as_deref(), Facts::default());
            let markup = match page {
                Page::Markdown => Markup::Markdown,
                Page::Html => Markup::Html,
            };
            printer.data(&sheet_for_provider(&contract, markup));
        }
        ContractAction::Infer { file, feed } => {
            let feed = feed.clone().unwrap_or_else(|| feed_of(file));
            printer.data(&infer(file, &feed)?);
        }
        ContractAction::Schema => printer.data(&json_schema()),
    }
    Ok(ExitStatus::Done)
}

/// A contract; `None` if it is wrong, which has then been said.
fn read(path: &Path, printer: &Printer) -> anyhow::Result<Option<Declared>> {
    let mistakes = mistakes::of_contract(path);
    if mistakes.is_empty() {
        return Ok(Some(Declared::load(path)?));
    }
    mistakes::show(&mistakes, printer);
    Ok(None)
}

/// A feed's name from that of a file.
fn feed_of(file: &Path) -> String {
    let stem = file.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let stem = stem.split('.').next().unwrap_or_default();
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let name: String = stem.chars().map(plain).collect();
    let name = name.trim_matches(|c: char| !c.is_ascii_lowercase()).to_owned();
    if name.is_empty() { "feed".to_owned() } else { name }
}
