//! Asks for what must not stand in an argument, where every user of the machine could read it.

use std::io::{BufRead, IsTerminal};

use console::Term;
use zeroize::Zeroizing;

use super::failure::UsageError;
use crate::printer::Printer;

/// One line that is not shown while it is typed; from standard input if that is no terminal.
pub(super) fn secret(what: &str, printer: &Printer) -> anyhow::Result<Zeroizing<String>> {
    let stdin = std::io::stdin();
    let line = if stdin.is_terminal() {
        printer.ask(&format!("{what}: "));
        Term::stderr().read_secure_line()?
    } else {
        let mut line = String::new();
        stdin.lock().read_line(&mut line)?;
        line
    };
    let line = Zeroizing::new(line);
    if line.trim().is_empty() {
        return Err(UsageError::new(format!("no {what} was given"), None).into());
    }
    Ok(Zeroizing::new(line.trim().to_owned()))
}
