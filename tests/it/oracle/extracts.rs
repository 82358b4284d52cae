//! The extracts as they lie in `sample-data/`, row by row, each with what the truth says of it.
//!
//! What became of a row is read from the truth too: it names the defect that was planted in it.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use jiff::civil::Date;

/// The feeds with the character between two fields.
const FEEDS: [(&str, char); 16] = [
    ("ambulance", ','),
    ("apc", ','),
    ("asc", ','),
    ("csc", ','),
    ("csds", ','),
    ("death", ','),
    ("ecds", '|'),
    ("gp_appointment", ','),
    ("gp_event", ','),
    ("gp_prescription", ','),
    ("gp_registration", ','),
    ("iapt", ','),
    ("mhsds", ','),
    ("nhs111", ','),
    ("op", ','),
    ("third_sector", ';'),
];

/// What becomes of a row at intake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    Accepted,
    /// It breaks its contract.
    Quarantined,
    /// It says of itself that it is deleted, or a test patient.
    Filtered,
    /// The same row again.
    Duplicate,
}

/// One row of an extract.
pub(crate) struct Row {
    pub(crate) feed: &'static str,
    pub(crate) file: Arc<str>,
    pub(crate) line: usize,
    /// The true person: `P…`, people from outside `O…`, dummies blank.
    pub(crate) person: String,
    /// The true event: rows of one event share it.
    pub(crate) event: String,
    /// The defect that was planted in it, if any.
    pub(crate) planted: String,
    pub(crate) fate: Fate,
    header: Arc<BTreeMap<String, usize>>,
    cells: Vec<String>,
}

/// All extracts.
pub(crate) struct Extracts {
    pub(crate) rows: Vec<Row>,
    /// Files of each feed.
    pub(crate) n_files: BTreeMap<&'static str, usize>,
}

impl Row {
    /// The first of the columns that the file has, without the blanks around it.
    pub(crate) fn any(&self, columns: &[&str]) -> &str {
        let place = columns.iter().find_map(|column| self.header.get(*column));
        self.cells[*place.unwrap_or_else(|| panic!("{}: no column {columns:?}", self.file))].trim()
    }

    /// A cell without the blanks around it.
    pub(crate) fn text(&self, column: &str) -> &str {
        self.any(&[column])
    }

    /// A cell if it is one of the codes.
    pub(crate) fn code(&self, column: &str, codes: &[&str]) -> Option<&str> {
        Some(self.text(column)).filter(|cell| codes.contains(cell))
    }

    /// A day in one of the ways that the extracts write days; `None` if blank or long before.
    pub(crate) fn day(&self, column: &str) -> Option<Date> {
        let text = self.text(column);
        let numbers: Vec<i16> = match text.find(['-', '/']) {
            Some(_) => {
                let day = text.split(' ').next().unwrap_or_default();
                day.split(['-', '/']).map(|part| part.parse().expect("digits")).collect()
            }
            None if text.len() == 8 => [&text[..4], &text[4..6], &text[6..]]
                .map(|part| part.parse().expect("digits"))
                .into(),
            None => return None,
        };
        let (year, day) =
            if numbers[0] > 31 { (numbers[0], numbers[2]) } else { (numbers[2], numbers[0]) };
        let date = Date::new(year, numbers[1] as i8, day as i8).ok()?;
        // Dates that stand for "not known" where a field may not be blank.
        let is_sentinel =
            date.month() == 1 && date.day() == 1 && [1800, 1801, 1900].contains(&year);
        (!is_sentinel).then_some(date)
    }

    /// Whether a cell holds a day that there is.
    pub(crate) fn holds_day(&self, column: &str) -> bool {
        let text = self.text(column).split([' ', 'T']).next().unwrap_or_default();
        let parts: Vec<Option<i16>> =
            text.split(['-', '/']).map(|part| part.parse().ok()).collect();
        let [Some(a), Some(b), Some(c)] = parts[..] else { return false };
        let (year, day) = if a > 31 { (a, c) } else { (c, a) };
        i8::try_from(b)
            .ok()
            .zip(i8::try_from(day).ok())
            .is_some_and(|(month, day)| Date::new(year, month, day).is_ok())
    }

    /// A number that must be there.
    pub(crate) fn number(&self, column: &str) -> Option<f64> {
        let text = self.text(column);
        (!text.is_empty()).then(|| text.parse().expect("a number"))
    }

    /// Pounds as whole pence.
    pub(crate) fn pence(&self, column: &str) -> Option<i64> {
        self.number(column).map(|pounds| (pounds * 100.0).round() as i64)
    }
}

impl Extracts {
    /// Reads everything under `sample-data/`.
    pub(crate) fn read(sample_data: &Path) -> Self {
        let mut truth = truth(sample_data);
        let mut all = Self { rows: Vec::new(), n_files: BTreeMap::new() };
        for (feed, delimiter) in FEEDS {
            let folder = sample_data.join("extracts").join(feed);
            let mut files: Vec<_> = std::fs::read_dir(folder)
                .expect("a folder for each feed")
                .map(|entry| entry.expect("an entry").path())
                .collect();
            files.sort();
            all.n_files.insert(feed, files.len());
            for path in files {
                let name = path.file_name().expect("a name").to_string_lossy().into_owned();
                let file: Arc<str> = format!("{feed}/{name}").into();
                let mut lines = records(&text_of(&path), delimiter).into_iter();
                let (_, header) = lines.next().expect("a header");
                let header = header.into_iter().enumerate().map(|(at, name)| (name, at));
                let header = Arc::new(header.collect::<BTreeMap<_, _>>());
                for (line, mut cells) in lines {
                    let key = (file.to_string(), line);
                    let (person, event, planted) =
                        truth.remove(&key).unwrap_or_else(|| panic!("{key:?} is not in the truth"));
                    let fate = fate(&planted);
                    // A row with a field too few or too many is refused; nobody looks into it.
                    cells.resize(header.len(), String::new());
                    let (file, header) = (file.clone(), header.clone());
                    all.rows.push(Row {
                        feed,
                        file,
                        line,
                        person,
                        event,
                        planted,
                        fate,
                        header,
                        cells,
                    });
                }
            }
        }
        assert!(truth.is_empty(), "the truth has rows that no extract has");
        all
    }

    /// The accepted rows of a feed.
    pub(crate) fn of(&self, feed: &str) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.feed == feed && row.fate == Fate::Accepted)
    }
}

fn fate(planted: &str) -> Fate {
    match planted {
        "bad_date" | "end_before_start" | "bad_required_code" | "ragged" => Fate::Quarantined,
        "deleted" | "dummy" => Fate::Filtered,
        "duplicate" => Fate::Duplicate,
        // Rows that a second feed reports too, or whose optional code is lost, are kept.
        "" | "bad_optional_code" | "sent_twice" | "also_in_iapt" => Fate::Accepted,
        other => panic!("unknown defect {other}"),
    }
}

/// Person, event and planted defect by file and line.
fn truth(sample_data: &Path) -> BTreeMap<(String, usize), (String, String, String)> {
    let text = text_of(&sample_data.join("truth/records.csv.gz"));
    let rows = records(&text, ',').into_iter().skip(1);
    let entry = |(_, cells): (usize, Vec<String>)| {
        let [_, file, line, person, event, planted] =
            <[String; 6]>::try_from(cells).expect("six columns");
        ((file, line.parse().expect("a line")), (person, event, planted))
    };
    rows.map(entry).collect()
}

/// A CSV as rows of cells by column name.
pub(crate) fn table(path: &Path) -> Vec<BTreeMap<String, String>> {
    let text = text_of(path);
    let remarks = text.lines().take_while(|line| line.starts_with('#')).count();
    let text: Vec<&str> = text.lines().skip(remarks).collect();
    let mut rows = records(&text.join("\n"), ',').into_iter();
    let (_, header) = rows.next().expect("a header");
    // A name may carry its type, as in `position:int`.
    let names: Vec<String> =
        header.iter().map(|name| name.split(':').next().unwrap_or_default().to_owned()).collect();
    rows.map(|(_, cells)| names.iter().cloned().zip(cells).collect()).collect()
}

/// A file's text: unpacked, without a byte order mark, Windows-1252 where it is not UTF-8.
fn text_of(path: &Path) -> String {
    let mut bytes = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(bytes.as_slice()).read_to_end(&mut unpacked).expect("gzip");
        bytes = unpacked;
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        // The letters of names are where Latin-1 has them; what lies between is punctuation.
        Err(error) => error.into_bytes().iter().map(|byte| char::from(*byte)).collect(),
    };
    text.trim_start_matches('\u{feff}').to_owned()
}

/// The rows of a CSV, each with the line that it begins on; blank lines are left out.
fn records(text: &str, delimiter: char) -> Vec<(usize, Vec<String>)> {
    let mut rows = Vec::new();
    let (mut line, mut start) = (1, 1);
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        line += usize::from(c == '\n');
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            c if quoted => cell.push(c),
            c if c == delimiter => cells.push(std::mem::take(&mut cell)),
            '\r' => {}
            '\n' => {
                cells.push(std::mem::take(&mut cell));
                let row = std::mem::take(&mut cells);
                if row.len() > 1 || !row[0].is_empty() {
                    rows.push((start, row));
                }
                start = line;
            }
            c => cell.push(c),
        }
    }
    if !cell.is_empty() || !cells.is_empty() {
        cells.push(cell);
        rows.push((start, cells));
    }
    rows
}
