//! Office Open XML, by `calamine`: shared strings lie in memory, the cells of the sheet stream.

use std::fs::File;
use std::io::{BufReader, Seek};

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx};
use zip::ZipArchive;

use super::super::notes::About;
use super::super::table::{Sink, Stop};
use super::{MOST_COLUMNS, Sheet, place_of, text};

/// The day after the last that a workbook has a number for.
const END_OF_DAYS: f64 = 2_958_466.0;
const NOT_READ: &str = "a workbook that cannot be read";

pub(super) fn read(archive: ZipArchive<File>, sheet: &Sheet, sink: &mut Sink) -> Result<(), Stop> {
    let mut file = archive.into_inner();
    file.rewind().map_err(|_| sink.malformed(1, NOT_READ))?;
    let n_bytes = file.metadata().map_or(0, |metadata| metadata.len());
    let mut workbook = Xlsx::new(BufReader::new(file)).map_err(|_| sink.malformed(1, NOT_READ))?;
    let name = name_of(&workbook, sheet, sink)?;
    let merged =
        workbook.merge_cells_by_sheet_name(&name).map_err(|_| sink.malformed(1, NOT_READ))?;
    let mut merged: Vec<(u32, u32)> = merged.iter().map(|region| region.start).collect();
    merged.sort_unstable();
    sink.has_read(n_bytes);
    let mut cells =
        workbook.worksheet_cells_reader(&name).map_err(|_| sink.malformed(1, NOT_READ))?;
    let mut row = Row { place: 0, cells: Vec::new(), errors: Vec::new(), merged };
    loop {
        let next = cells.next_cell().map_err(|_| sink.malformed(row.line(), NOT_READ))?;
        let Some(cell) = next else { return row.hand_on(sink) };
        let (place, column) = cell.get_position();
        if place < row.place || column as usize >= MOST_COLUMNS {
            return Err(sink.malformed(row.line(), NOT_READ));
        }
        if place > row.place {
            row.hand_on(sink)?;
            row.place = place;
        }
        row.set(column as usize, cell.get_value());
    }
}

/// The name of the declared sheet, as the workbook spells it.
fn name_of(workbook: &Xlsx<BufReader<File>>, sheet: &Sheet, sink: &Sink) -> Result<String, Stop> {
    let sheets = workbook.sheets_metadata().iter().filter(|s| s.typ == SheetType::WorkSheet);
    let sheets: Vec<(String, bool)> =
        sheets.map(|s| (s.name.clone(), s.visible == SheetVisible::Visible)).collect();
    let place = place_of(sheet, &sheets, sink.layout())?;
    Ok(sheets[place].0.clone())
}

/// A row of the sheet in the making.
struct Row {
    place: u32,
    cells: Vec<String>,
    /// Columns whose formulas came to errors.
    errors: Vec<usize>,
    /// Row and column of the first cell of each merged region, in order.
    merged: Vec<(u32, u32)>,
}

impl Row {
    fn line(&self) -> u64 {
        u64::from(self.place) + 1
    }

    fn set(&mut self, column: usize, value: &DataRef<'_>) {
        let cell = match value {
            DataRef::Empty => return,
            DataRef::Error(_) => {
                self.errors.push(column);
                return;
            }
            DataRef::Int(number) => number.to_string(),
            DataRef::Float(number) => text::of_number(*number),
            DataRef::String(text) => text.clone(),
            DataRef::SharedString(text) => (*text).to_owned(),
            DataRef::Bool(is) => is.to_string(),
            DataRef::DateTime(moment) => of_moment(*moment),
            DataRef::DateTimeIso(text) => text::of_iso(text),
            DataRef::DurationIso(text) => text.clone(),
        };
        if self.cells.len() <= column {
            self.cells.resize(column + 1, String::new());
        }
        self.cells[column] = cell;
    }

    fn hand_on(&mut self, sink: &mut Sink) -> Result<(), Stop> {
        let line = self.line();
        for column in self.errors.drain(..) {
            sink.remark(line, Some(column), About::FormulaError);
        }
        let n_above = self.merged.partition_point(|(row, _)| *row <= self.place);
        for (row, column) in self.merged.drain(..n_above) {
            sink.remark(u64::from(row) + 1, Some(column as usize), About::MergedCells);
        }
        sink.record(line, &self.cells)?;
        self.cells.clear();
        Ok(())
    }
}

/// A date, a date and time, or a time, by what of it there is.
fn of_moment(moment: ExcelDateTime) -> String {
    let serial = moment.as_f64();
    if !(0.0..END_OF_DAYS).contains(&serial) {
        return text::of_number(serial);
    }
    if moment.is_duration() || serial < 1.0 {
        return text::of_seconds((serial * 86_400.0).round() as u64);
    }
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    match (hour, minute, second) {
        (0, 0, 0) => date,
        _ => format!("{date} {hour:02}:{minute:02}:{second:02}"),
    }
}
