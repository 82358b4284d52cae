//! Mistakes of declarations, each with its file, line, column and the line itself.

use std::path::{Path, PathBuf};

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, NamedSource, Report,
};

use crate::contract::{Contract, ContractError};
use crate::pipeline::PipelineError;
use crate::printer::Printer;

/// A mistake at a place of a file.
pub(super) struct Mistake {
    path: PathBuf,
    text: String,
    start: usize,
    length: usize,
    what: String,
    hint: Option<String>,
}

/// Everything that is wrong with a contract; nothing if it cannot be read, which is another error.
pub(super) fn of_contract(path: &Path) -> Vec<Mistake> {
    let Ok(text) = std::fs::read_to_string(path) else { return Vec::new() };
    let errors = Contract::read_all(path, text.clone()).err().unwrap_or_default();
    let mistake = |error| match error {
        ContractError::Declaration { path, span, what, .. } => {
            let length = span.len();
            Some(Mistake::new(path, text.clone(), span.start, length, &what))
        }
        _ => None,
    };
    errors.into_iter().filter_map(mistake).collect()
}

/// Everything that is wrong with the contracts of a folder, in the order of their names.
pub(super) fn of_contracts(folder: &Path) -> Vec<Mistake> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut paths: Vec<_> = paths.filter(|p| p.extension().is_some_and(|e| e == "toml")).collect();
    paths.sort();
    paths.iter().flat_map(|path| of_contract(path)).collect()
}

/// The mistake of a pipeline file, if that is what the error is about.
pub(super) fn of_pipeline(error: &PipelineError) -> Option<Mistake> {
    let PipelineError::Declaration { path, line, column, message } = error else { return None };
    let text = std::fs::read_to_string(path).ok()?;
    let before: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let rest = text.get(before..)?;
    let start = before + rest.char_indices().nth(column - 1).map_or(rest.len(), |(i, _)| i);
    // The place is a point: to the end of the word that stands there.
    let is_end = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-'));
    let length = text.get(start..)?.find(is_end).unwrap_or(0);
    Some(Mistake::new(path.clone(), text, start, length, message))
}

/// Says every mistake on standard error.
pub(super) fn show(mistakes: &[Mistake], printer: &Printer) {
    for mistake in mistakes {
        printer.error(&mistake.render(printer.has_colour()), None);
    }
}

impl Mistake {
    fn new(path: PathBuf, text: String, start: usize, length: usize, what: &str) -> Self {
        let start = text.floor_char_boundary(start.min(text.len()));
        // What spans lines is pointed at where it begins.
        let line = text[start..].find('\n').unwrap_or(text.len() - start);
        let length = length.min(line);
        let (what, hint) = match what.split_once(": did you mean ") {
            Some((what, near)) => (what.to_owned(), Some(format!("did you mean {near}"))),
            None => (what.to_owned(), serde_hint(what)),
        };
        Self { path, text, start, length, what, hint }
    }

    /// The message, and below it the line with the mistake underlined.
    fn render(&self, has_colour: bool) -> String {
        let theme = match has_colour {
            true => GraphicalTheme::unicode(),
            false => GraphicalTheme::unicode_nocolor(),
        };
        let label = LabeledSpan::at(self.start..self.start + self.length, "here");
        let mut diagnostic = MietteDiagnostic::new(self.what.clone()).with_label(label);
        diagnostic.help.clone_from(&self.hint);
        let source = NamedSource::new(self.path.display().to_string(), self.text.clone());
        let report = Report::new(diagnostic).with_source_code(source);
        let handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_width(100);
        let mut text = String::new();
        match handler.render_report(&mut text, report.as_ref()) {
            Ok(()) => self.place() + text.trim_end(),
            Err(_) => self.place() + &self.what,
        }
    }

    /// `file:line:column: `, for editors that jump to it.
    fn place(&self) -> String {
        let before = &self.text[..self.start];
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        format!("{}:{line}:{column}:\n", self.path.display())
    }
}

/// The nearest of the names that serde lists behind one that it does not know.
fn serde_hint(what: &str) -> Option<String> {
    let (typed, rest) = what.strip_prefix("unknown ")?.split_once("`, expected ")?;
    let typed = typed.split_once('`')?.1;
    let names = rest.split('`').skip(1).step_by(2);
    crate::contract::nearest(typed, names).map(|near| format!("did you mean `{near}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_shown_with_its_line_underlined_and_a_hint() {
        let text = "feed = \"f\"\ncolour = 1\n".to_owned();
        let what = "unknown field `colum`, expected one of `feed`, `column`";
        let mistake = Mistake::new(PathBuf::from("f.toml"), text, 11, 6, what);
        let shown = mistake.render(false);
        assert!(shown.starts_with("f.toml:2:1:\n"), "{shown}");
        for part in ["f.toml:2:1", "colour = 1", "──┬──", "did you mean `column`?"] {
            assert!(shown.contains(part), "{part}\n{shown}");
        }
        assert!(!shown.contains('\u{1b}'), "no colour");
        assert!(mistake.render(true).contains('\u{1b}'));
    }

    #[test]
    fn any_place_of_any_text_can_be_shown() {
        for (text, start, length) in [("", 0, 0), ("é", 1, 5), ("a\nb", 99, 9), ("a\n\n", 2, 1)] {
            let mistake = Mistake::new(PathBuf::from("f"), text.to_owned(), start, length, "w");
            assert!(mistake.render(false).contains('w'), "{text}");
        }
    }
}
