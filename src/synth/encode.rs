//! Rows as bytes: cells with their quotation marks, keys, line ends, packing.

use flate2::{Compression, GzBuilder, write::GzEncoder};

use super::damage::Edits;
use super::rows::{Rows, digits};

/// How the lines of one file look.
pub(crate) struct Shape {
    pub(crate) delimiter: u8,
    pub(crate) end: &'static [u8],
    /// A space after every cell of one letter.
    pub(crate) is_padded: bool,
}

/// How many cells a line has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    /// As many as the header.
    Right,
    /// The last is missing.
    Short,
    /// There is one more.
    Long,
}

impl Shape {
    /// Adds a header.
    pub(crate) fn header<'a>(&self, out: &mut Vec<u8>, names: impl Iterator<Item = &'a str>) {
        for (i, name) in names.enumerate() {
            if i > 0 {
                out.push(self.delimiter);
            }
            self.cell(out, name.as_bytes(), false);
        }
        out.extend_from_slice(self.end);
    }

    /// Adds a row; returns how many line breaks lie within its cells.
    pub(crate) fn row(
        &self,
        out: &mut Vec<u8>,
        (rows, row): (&Rows, usize),
        edits: &Edits,
        width: Width,
        unclosed: Option<usize>,
    ) -> u32 {
        let mut n_breaks = 0;
        let n = rows.n_cells(row) - usize::from(width == Width::Short);
        for (i, cell) in rows.cells(row).take(n).enumerate() {
            if i > 0 {
                out.push(self.delimiter);
            }
            if unclosed == Some(i) {
                out.push(b'"');
                out.extend_from_slice(cell);
                continue;
            }
            match edits.get(i) {
                Some(edited) => n_breaks += self.cell(out, edited, false),
                None => n_breaks += self.cell(out, cell, self.is_padded && cell.len() == 1),
            }
        }
        if width == Width::Long {
            out.push(self.delimiter);
            out.push(b'x');
        }
        out.extend_from_slice(self.end);
        n_breaks
    }

    /// Adds a cell, in quotation marks if it needs them; returns the line breaks in it.
    fn cell(&self, out: &mut Vec<u8>, cell: &[u8], is_padded: bool) -> u32 {
        let is_special = |b: &u8| *b == self.delimiter || matches!(*b, b'"' | b'\n' | b'\r');
        if !cell.iter().any(is_special) {
            out.extend_from_slice(cell);
            if is_padded {
                out.push(b' ');
            }
            return 0;
        }
        let mut n_breaks = 0;
        out.push(b'"');
        for &b in cell {
            n_breaks += u32::from(b == b'\n');
            if b == b'"' {
                out.push(b'"');
            }
            out.push(b);
        }
        out.push(b'"');
        n_breaks
    }
}

/// A key as the feed's senders write it.
pub(crate) fn key(text: &mut Vec<u8>, feed: &str, n: u64) {
    let (before, width, after) = match feed {
        "apc" => ("5", 19, ""),
        "op" => ("7", 19, ""),
        "ecds" => ("EC", 10, ""),
        "csds" => ("CC", 9, ""),
        "mhsds" => ("MH", 9, ""),
        "gp_appointment" => ("{A0000000-0000-4000-8000-", 12, "}"),
        "gp_event" => ("{B0000000-0000-4000-8000-", 12, "}"),
        "gp_prescription" => ("{C0000000-0000-4000-8000-", 12, "}"),
        "nhs111" => ("U", 8, ""),
        "death" => ("D", 7, ""),
        _ => ("", 1, ""),
    };
    text.extend_from_slice(before.as_bytes());
    digits(text, n, width);
    text.extend_from_slice(after.as_bytes());
}

/// Text in Windows-1252, as far as a city's names need it.
pub(crate) fn western(text: &str) -> Vec<u8> {
    text.chars()
        .map(|c| match c {
            '\u{2019}' => 0x92,
            '£' => 0xa3,
            c => u8::try_from(u32::from(c)).unwrap_or(b'?'),
        })
        .collect()
}

/// A gzip writer whose bytes depend on nothing but what is written.
pub(crate) fn gzip(level: u32) -> GzEncoder<Vec<u8>> {
    GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::new(level))
}

#[cfg(test)]
mod tests {
    use super::super::calendar::Style;
    use super::super::sheet::Planted;
    use super::*;

    const SHAPE: Shape = Shape { delimiter: b';', end: b"\r\n", is_padded: false };

    fn rows() -> Rows {
        let mut rows = Rows::new();
        rows.line().text("a;b").text("say \"x\"\nthen").text("").date(0, Style::Iso).end(
            0,
            0,
            0,
            0,
            Planted::Nothing,
        );
        rows
    }

    #[test]
    fn rows_are_written_as_the_csv_crate_writes_them() {
        let rows = rows();
        let mut out = Vec::new();
        let n = SHAPE.row(&mut out, (&rows, 0), &Edits::default(), Width::Right, None);
        let mut writer = csv::WriterBuilder::new()
            .delimiter(b';')
            .terminator(csv::Terminator::CRLF)
            .from_writer(Vec::new());
        writer.write_record(rows.cells(0)).expect("a row");
        assert_eq!(out, writer.into_inner().expect("bytes"));
        assert_eq!(n, 1);
    }

    #[test]
    fn rows_are_too_short_or_too_long_or_never_closed() {
        let rows = rows();
        let write = |width, unclosed| {
            let mut out = Vec::new();
            SHAPE.row(&mut out, (&rows, 0), &Edits::default(), width, unclosed);
            String::from_utf8(out).expect("text")
        };
        assert!(write(Width::Short, None).ends_with(";\r\n"));
        assert!(write(Width::Long, None).ends_with(";1970-01-01;x\r\n"));
        assert!(write(Width::Right, Some(3)).ends_with(";\"1970-01-01\r\n"));
    }

    #[test]
    fn windows_1252_has_one_byte_a_letter() {
        assert_eq!(western("é\u{2019}a"), [0xe9, 0x92, b'a']);
    }
}
