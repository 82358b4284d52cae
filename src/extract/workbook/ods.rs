//! OpenDocument: the sheet streams out of its one large part.

use std::fs::File;
use std::io::{BufRead, BufReader};

use zip::ZipArchive;

use super::super::notes::About;
use super::super::table::{Sink, Stop};
use super::super::xml_events::{Part, XmlEvents};
use super::{MOST_COLUMNS, Sheet, place_of, text};

/// Rows that a sheet can have: repeats beyond are the sheet's empty rest.
const MOST_ROWS: u64 = 1_048_576;
const CONTENT: &str = "content.xml";
const NOT_READ: &str = "a workbook that cannot be read";

pub(super) fn read(
    mut archive: ZipArchive<File>,
    sheet: &Sheet,
    sink: &mut Sink,
) -> Result<(), Stop> {
    let most = sink.layout().limits.record_bytes;
    let sheets = {
        let part = archive.by_name(CONTENT).map_err(|_| sink.malformed(1, NOT_READ))?;
        sheets(&mut XmlEvents::new(BufReader::new(part), most), sink)?
    };
    let place = place_of(sheet, &sheets, sink.layout())?;
    let part = archive.by_name(CONTENT).map_err(|_| sink.malformed(1, NOT_READ))?;
    let events = XmlEvents::new(BufReader::new(part), most);
    Reading { events, row: Row::default(), n_above: 0 }.read(place, sink)
}

type Attributes = Vec<(String, String)>;

fn attribute<'a>(attributes: &'a Attributes, name: &str) -> Option<&'a str> {
    attributes.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
}

fn repeats(attributes: &Attributes, name: &str) -> Result<u64, &'static str> {
    attribute(attributes, name).map_or(Ok(1), |n| n.parse().map_err(|_| NOT_READ))
}

/// The sheets, with their names; a hidden one is hidden by its style, so all count as shown.
fn sheets<R: BufRead>(events: &mut XmlEvents<R>, sink: &Sink) -> Result<Vec<(String, bool)>, Stop> {
    let mut sheets = Vec::new();
    loop {
        match events.next().map_err(|what| sink.malformed(1, what))? {
            Part::Start { name, attributes, .. } if name == "table" => {
                let name = attribute(&attributes, "name").unwrap_or_default();
                sheets.push((name.to_owned(), true));
            }
            Part::Eof => return Ok(sheets),
            Part::Start { .. } | Part::Text(_) | Part::End => {}
        }
    }
}

/// A row in the making.
#[derive(Default)]
struct Row {
    cells: Vec<String>,
    errors: Vec<usize>,
    merged: Vec<usize>,
    /// Cells so far, blank ones at the end among them.
    n_cells: usize,
}

struct Reading<R> {
    events: XmlEvents<R>,
    row: Row,
    /// Rows above the one at hand.
    n_above: u64,
}

impl<R: BufRead> Reading<R> {
    fn read(mut self, place: usize, sink: &mut Sink) -> Result<(), Stop> {
        let mut n_sheets = 0;
        loop {
            match self.next(sink)? {
                Part::Start { name, .. } if name == "table" => {
                    n_sheets += 1;
                    if n_sheets == place + 1 {
                        return self.read_sheet(sink);
                    }
                }
                Part::Eof => return Ok(()),
                Part::Start { .. } | Part::Text(_) | Part::End => {}
            }
        }
    }

    fn next(&mut self, sink: &Sink) -> Result<Part, Stop> {
        let line = self.n_above + 1;
        self.events.next().map_err(|what| sink.malformed(line, what))
    }

    fn read_sheet(&mut self, sink: &mut Sink) -> Result<(), Stop> {
        let mut depth = 1;
        while depth > 0 {
            match self.next(sink)? {
                Part::Start { name, attributes, .. } if name == "table-row" => {
                    self.read_row(&attributes, sink)?;
                }
                Part::Start { .. } => depth += 1,
                Part::End => depth -= 1,
                Part::Eof => return Ok(()),
                Part::Text(_) => {}
            }
        }
        Ok(())
    }

    fn read_row(&mut self, attributes: &Attributes, sink: &mut Sink) -> Result<(), Stop> {
        let line = self.n_above + 1;
        let n = repeats(attributes, "number-rows-repeated")
            .map_err(|what| sink.malformed(line, what))?;
        self.row = Row::default();
        loop {
            match self.next(sink)? {
                Part::Start { name, attributes, .. }
                    if matches!(name.as_str(), "table-cell" | "covered-table-cell") =>
                {
                    self.read_cell(&attributes, sink)?;
                }
                Part::Start { .. } => self.skip(sink)?,
                Part::End => break,
                Part::Eof | Part::Text(_) => {}
            }
        }
        if self.row.cells.is_empty() {
            self.n_above = self.n_above.saturating_add(n);
            return Ok(());
        }
        for _ in 0..n.min(MOST_ROWS.saturating_sub(self.n_above)) {
            self.n_above += 1;
            let line = self.n_above;
            let Row { errors, merged, cells, .. } = &self.row;
            errors.iter().for_each(|at| sink.remark(line, Some(*at), About::FormulaError));
            merged.iter().for_each(|at| sink.remark(line, Some(*at), About::MergedCells));
            sink.record(line, cells)?;
        }
        Ok(())
    }

    fn read_cell(&mut self, attributes: &Attributes, sink: &Sink) -> Result<(), Stop> {
        let line = self.n_above + 1;
        let n = repeats(attributes, "number-columns-repeated")
            .map_err(|what| sink.malformed(line, what))?;
        let spans = |name| attribute(attributes, name).is_some_and(|n| n != "1");
        let is_merged = spans("number-columns-spanned") || spans("number-rows-spanned");
        let is_error =
            attributes.iter().any(|(name, value)| name == "value-type" && value == "error");
        let shown = self.read_text(sink)?;
        let value = if is_error { String::new() } else { value(attributes, shown) };
        let first = self.row.n_cells;
        self.row.n_cells = first.saturating_add(usize::try_from(n).unwrap_or(usize::MAX));
        if is_merged {
            self.row.merged.push(first);
        }
        if is_error {
            self.row.errors.push(first);
        }
        if value.trim().is_empty() {
            return Ok(());
        }
        if self.row.n_cells > MOST_COLUMNS {
            return Err(sink.malformed(line, "a workbook of more columns than one can have"));
        }
        self.row.cells.resize(first, String::new());
        self.row.cells.resize(self.row.n_cells, value);
        Ok(())
    }

    /// The text of the cell at hand: its paragraphs as lines, without notes.
    fn read_text(&mut self, sink: &Sink) -> Result<String, Stop> {
        let (mut shown, mut depth, mut n_paragraphs) = (String::new(), 1, 0);
        while depth > 0 {
            match self.next(sink)? {
                Part::Start { name, .. } if name == "annotation" => self.skip(sink)?,
                Part::Start { name, attributes, .. } => {
                    depth += 1;
                    match name.as_str() {
                        "p" if n_paragraphs > 0 => shown.push('\n'),
                        "line-break" => shown.push('\n'),
                        "tab" => shown.push('\t'),
                        "s" => {
                            let n = repeats(&attributes, "c").unwrap_or(1).min(1_000) as usize;
                            shown.push_str(&" ".repeat(n));
                        }
                        _ => {}
                    }
                    n_paragraphs += usize::from(name == "p");
                }
                Part::End => depth -= 1,
                Part::Text(text) if depth > 1 => shown.push_str(&text),
                Part::Text(_) => {}
                Part::Eof => break,
            }
            if shown.len() > sink.layout().limits.record_bytes {
                return Err(sink.malformed(self.n_above + 1, "a cell longer than any honest one"));
            }
        }
        Ok(shown)
    }

    /// Goes on behind the element at hand.
    fn skip(&mut self, sink: &Sink) -> Result<(), Stop> {
        let mut depth = 1;
        while depth > 0 {
            match self.next(sink)? {
                Part::Start { .. } => depth += 1,
                Part::End => depth -= 1,
                Part::Eof => return Ok(()),
                Part::Text(_) => {}
            }
        }
        Ok(())
    }
}

/// What a cell holds, by its type; what it shows if it is text.
fn value(attributes: &Attributes, shown: String) -> String {
    let of = |name| attribute(attributes, name).unwrap_or_default();
    match of("value-type") {
        "float" | "currency" | "percentage" => {
            of("value").parse().map_or_else(|_| of("value").to_owned(), text::of_number)
        }
        "date" => text::of_iso(of("date-value")),
        "time" => time(of("time-value")).unwrap_or(shown),
        "boolean" => of("boolean-value").to_owned(),
        _ => shown,
    }
}

/// `PT10H30M05S` as `10:30:05`.
fn time(duration: &str) -> Option<String> {
    let rest = duration.strip_prefix("PT")?;
    let (hours, rest) = rest.split_once('H')?;
    let (minutes, rest) = rest.split_once('M')?;
    let seconds: f64 = rest.strip_suffix('S')?.replace(',', ".").parse().ok()?;
    let whole = hours.parse::<u64>().ok()?.checked_mul(3_600)?;
    Some(text::of_seconds(
        whole.checked_add(minutes.parse::<u64>().ok()?.checked_mul(60)?)? + seconds as u64,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_times_of_day() {
        assert_eq!(time("PT10H30M05S").as_deref(), Some("10:30:05"));
        assert_eq!(time("PT08H00M00.5S").as_deref(), Some("08:00:00"));
        assert_eq!(time("P1D"), None);
    }
}
