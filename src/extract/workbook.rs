//! Sheets of workbooks as records, with the numbers that their rows have on the sheet.

mod ods;
mod text;
mod xlsx;

use std::fs::File;
use std::io;

use zip::ZipArchive;

use super::bytes::check_size;
use super::container::Workbook;
use super::table::{Stop, TableReader};
use super::{ExtractError, Format, Layout, Sheet};

/// Columns that a sheet can have.
const MOST_COLUMNS: usize = 16_384;

/// Opens a workbook at the sheet that was declared.
pub(super) fn open(
    kind: Workbook,
    mut archive: ZipArchive<File>,
    layout: Layout,
    format: &Format,
) -> Result<TableReader, ExtractError> {
    let Some(sheet) = format.sheet.clone() else {
        let found = "a workbook, for which its contract declares no `sheet`";
        return Err(ExtractError::Unexpected { path: layout.path, found });
    };
    check_parts(&mut archive, &layout)?;
    let header = format.header.clone();
    let footers = format.footers.clone();
    let most_bytes = layout.limits.workbook_bytes;
    TableReader::start(layout, header, footers, most_bytes, move |sink| match kind {
        Workbook::Xlsx => xlsx::read(archive, &sheet, sink),
        Workbook::Ods => ods::read(archive, &sheet, sink),
    })
}

/// Unpacks every part once and keeps nothing: sizes that an archive states are not believed.
fn check_parts(archive: &mut ZipArchive<File>, layout: &Layout) -> Result<(), ExtractError> {
    let limits = layout.limits;
    let damaged = || {
        let found = "a workbook that is damaged, cut short or has a password";
        ExtractError::Unexpected { path: layout.path.clone(), found }
    };
    let (mut n_out, mut n_packed) = (0, 0);
    for place in 0..archive.len() {
        let mut part = archive.by_index(place).map_err(|_| damaged())?;
        n_packed += part.compressed_size();
        let mut counting = Counting { n_out, n_packed, limits, failure: None };
        let copied = io::copy(&mut part, &mut counting);
        n_out = counting.n_out;
        if let Some(error) = counting.failure {
            return Err(error.at(&layout.path, 1));
        }
        copied.map_err(|_| damaged())?;
    }
    Ok(())
}

/// Counts bytes until they are too many.
struct Counting {
    n_out: u64,
    n_packed: u64,
    limits: super::Limits,
    failure: Option<super::bytes::BytesError>,
}

impl io::Write for Counting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.n_out += bytes.len() as u64;
        let super::Limits { workbook_bytes, ratio, .. } = self.limits;
        match check_size(self.n_out, self.n_packed, workbook_bytes, ratio) {
            Ok(()) => Ok(bytes.len()),
            Err(error) => {
                self.failure = Some(error);
                Err(io::Error::other("too large"))
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The place of a sheet among those of a workbook, given with their names and whether they are shown.
fn place_of(sheet: &Sheet, sheets: &[(String, bool)], layout: &Layout) -> Result<usize, Stop> {
    let folded = |name: &str| name.trim().to_lowercase();
    let found = match sheet {
        Sheet::Named(name) => sheets.iter().position(|(other, _)| folded(other) == folded(name)),
        Sheet::Place(place) => {
            let mut shown = sheets.iter().enumerate().filter(|(_, (_, is_shown))| *is_shown);
            shown.nth(*place).map(|(place, _)| place)
        }
    };
    found.ok_or_else(|| {
        let sheet = match sheet {
            Sheet::Named(name) => format!("`{name}`"),
            Sheet::Place(place) => (place + 1).to_string(),
        };
        Stop::File(ExtractError::NoSheet { path: layout.path.clone(), sheet })
    })
}
