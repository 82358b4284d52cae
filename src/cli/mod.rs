//! The command line: what may be typed, and one file per command.
//!
//! The only place that knows clap, and the only one that turns errors into exit statuses.

mod arguments;
mod check;
mod completions;
mod contract;
mod exit;
mod failure;
mod governance;
mod key;
mod link;
mod mistakes;
mod model;
mod panics;
mod prompt;
mod pseudonymise;
mod query;
mod reidentify;
mod run;
mod store;
mod synth;

use clap::Parser;

pub use self::arguments::command_line;
use self::arguments::{Arguments, Command};
pub use self::exit::ExitStatus;
use crate::printer::{Printer, Verbosity};

/// Runs the command that was typed and says how it ended.
#[must_use]
pub fn main() -> ExitStatus {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let printer = Printer::new(Verbosity::Normal);
            if error.use_stderr() {
                printer.note(&error.render().to_string());
                return ExitStatus::Usage;
            }
            printer.data(&error.render().to_string());
            return ExitStatus::Done;
        }
    };
    let printer = Printer::new(arguments.global.verbosity());
    panics::hush(printer);
    match dispatch(&arguments, &printer) {
        Ok(status) => status,
        Err(error) => failure::explain(&error, &printer),
    }
}

fn dispatch(arguments: &Arguments, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let global = &arguments.global;
    match &arguments.command {
        Command::Run(args) => run::run(args, global, printer),
        Command::Check(args) => check::check(args, &arguments.global, printer),
        Command::Synth(args) => synth::synth(args, global, printer),
        Command::Query(args) => query::query(args, global, printer),
        Command::Contract(args) => contract::contract(args, printer),
        Command::Link(args) => link::link(args, global, printer),
        Command::Model(args) => model::model(args, printer),
        Command::Pseudonymise(args) => pseudonymise::pseudonymise(args, global, printer),
        Command::Key(args) => key::key(args, global, printer),
        Command::Store(args) => store::store(args, global, printer),
        Command::Reidentify(args) => reidentify::reidentify(args, global, printer),
        Command::Governance(args) => governance::governance(args, global, printer),
        Command::Completions(args) => completions::completions(args, printer),
    }
}
