//! `hub completions`: a completion script for a shell.

use super::ExitStatus;
use super::arguments::{Completions, command_line};
use crate::printer::Printer;

pub(super) fn completions(args: &Completions, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command_line(), "hub", &mut script);
    printer.bytes(&script);
    Ok(ExitStatus::Done)
}
