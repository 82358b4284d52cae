//! `hub contract`: what a provider is to send.

use std::fmt::Write;
use std::path::Path;

use super::ExitStatus;
use super::arguments::{Contract, ContractAction};
use crate::contract::Contract as Declared;
use crate::printer::Printer;

pub(super) fn contract(args: &Contract, printer: &Printer) -> anyhow::Result<ExitStatus> {
    match &args.action {
        ContractAction::Show { feed, contracts } => printer.data(&show(feed, contracts)?),
    }
    Ok(ExitStatus::Done)
}

fn show(feed: &str, folder: &Path) -> anyhow::Result<String> {
    let contract = Declared::load(&folder.join(format!("{feed}.toml")))?;
    let mut text = format!("{}\n{}\n\n", contract.title, contract.source);
    let _ = writeln!(text, "{:<32} {:<10} {:<9} {:<18} stored as", "column", "type", "", "role");
    for column in &contract.columns {
        let _ = writeln!(
            text,
            "{:<32} {:<10} {:<9} {:<18} {}",
            column.name,
            column.kind.to_string(),
            if column.required { "required" } else { "" },
            column.role.map(|role| role.to_string()).unwrap_or_default(),
            column.stored_as().unwrap_or("(not stored)"),
        );
    }
    for rule in &contract.rules {
        let _ = writeln!(text, "rule {}: {}", rule.name, rule.text);
    }
    Ok(text)
}
