//! A file that is being read, whatever it is written in.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::bytes::Bytes;
use super::container::{Opened, open};
use super::reader::TextReader;
use super::table::TableReader;
use super::{Block, ExtractError, Format, Layout, Limits, workbook, xml};

/// A file that is being read: its header, then blocks of records.
pub struct ExtractReader {
    source: Source,
}

enum Source {
    Text(Box<TextReader>),
    Table(TableReader),
}

impl ExtractReader {
    /// Opens a file and reads its header.
    ///
    /// Gzip, zip archives, workbooks and byte-order marks are known by their bytes.
    ///
    /// # Errors
    /// [`ExtractError`] if the file cannot be read, is of another kind, or is empty.
    pub fn open(path: &Path, format: &Format, limits: Limits) -> Result<Self, ExtractError> {
        let delimiter = format.delimiter;
        let layout = Layout { path: path.to_owned(), delimiter, header: Vec::new(), limits };
        let source = match open(path, format)? {
            Opened::Workbook { kind, archive } => {
                Source::Table(workbook::open(kind, archive, layout, format)?)
            }
            Opened::Stream { inner, n_read } => {
                let bytes = Bytes::open(path, inner, n_read, format, limits)?;
                match &format.xml {
                    Some(table) => Source::Table(xml::open(bytes, layout, table)?),
                    None => Source::Text(Box::new(TextReader::open(bytes, layout, format)?)),
                }
            }
        };
        Ok(Self { source })
    }

    /// The same for bytes that were read before, of a delimited text that is not packed.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn of_text(
        path: &Path,
        text: Vec<u8>,
        format: &Format,
        limits: Limits,
    ) -> Result<Self, ExtractError> {
        let delimiter = format.delimiter;
        let layout = Layout { path: path.to_owned(), delimiter, header: Vec::new(), limits };
        let n_read = Arc::new(AtomicU64::new(text.len() as u64));
        let inner = Box::new(std::io::Cursor::new(text));
        let bytes = Bytes::open(path, inner, n_read, format, limits)?;
        let text = TextReader::open(bytes, layout, format)?;
        Ok(Self { source: Source::Text(Box::new(text)) })
    }

    /// The names in the header, as they stand there apart from spaces around them.
    #[must_use]
    pub fn header(&self) -> &[String] {
        match &self.source {
            Source::Text(text) => &text.layout().header,
            Source::Table(table) => &table.layout().header,
        }
    }

    /// Takes names out of the header that no row has a field for; those that it lacks don't matter.
    ///
    /// To be called before the first block: a record that then fills the columns is a row. A workbook
    /// and XML have a cell for every name, so that nothing is taken out there.
    pub fn leave_out(&mut self, names: &[String]) {
        let Source::Text(text) = &mut self.source else { return };
        let is_left_out = |header: &String| {
            names.iter().any(|name| name.trim().eq_ignore_ascii_case(header.trim()))
        };
        if text.layout().header.iter().any(is_left_out) {
            Arc::make_mut(text.layout_mut()).header.retain(|header| !is_left_out(header));
        }
    }

    /// What parting blocks into rows needs.
    #[must_use]
    pub fn layout(&self) -> Arc<Layout> {
        match &self.source {
            Source::Text(text) => Arc::clone(text.layout()),
            Source::Table(table) => Arc::clone(table.layout()),
        }
    }

    /// The next block of records; `None` at the end of the file.
    ///
    /// # Errors
    /// [`ExtractError`] if the file cannot be read on or passes a cap.
    pub fn next_block(&mut self) -> Result<Option<Block>, ExtractError> {
        match &mut self.source {
            Source::Text(text) => text.next_block(),
            Source::Table(table) => table.next_block(),
        }
    }

    /// The next block of a text, record by record, whatever it looks like.
    #[cfg(test)]
    pub(super) fn block_of_records(&mut self) -> Result<Option<Block>, ExtractError> {
        match &mut self.source {
            Source::Text(text) => text.block_of_records(),
            Source::Table(table) => table.next_block(),
        }
    }
}
