//! XML as a table: each element at a declared path is a row, its columns are elements and attributes
//! in it or in what contains it.

use std::io::{self, BufRead, Read};

use super::bytes::{Bytes, BytesError};
use super::notes::About;
use super::table::{Sink, Stop, TableReader};
use super::xml_events::{Part, XmlEvents};
use super::{Encoding, ExtractError, Header, Layout, XmlColumn, XmlTable};

/// Opens a file of XML.
pub(super) fn open(
    bytes: Bytes,
    layout: Layout,
    table: &XmlTable,
) -> Result<TableReader, ExtractError> {
    let names = table.columns.iter().map(|column| column.name.clone()).collect();
    let header = Header { n_rows: 0, names, ..Header::FIRST_LINE };
    let table = table.clone();
    let most_bytes = layout.limits.total_bytes;
    TableReader::start(layout, header, Vec::new(), most_bytes, move |sink| {
        Reading::new(bytes, &table, sink.layout().limits.record_bytes).read(sink)
    })
}

/// The bytes of a file as [`BufRead`]; why they end early is kept.
struct Decoded {
    bytes: Bytes,
    buffer: Vec<u8>,
    at: usize,
    failure: Option<BytesError>,
}

impl Read for Decoded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.fill_buf()?.read(buffer)?;
        self.consume(n);
        Ok(n)
    }
}

impl BufRead for Decoded {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.at == self.buffer.len() {
            self.buffer.clear();
            self.at = 0;
            match self.bytes.append_to(&mut self.buffer) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    self.failure = Some(error);
                    return Err(io::Error::other("no more bytes"));
                }
            }
        }
        Ok(&self.buffer[self.at..])
    }

    fn consume(&mut self, n: usize) {
        self.at += n;
    }
}

/// What a column holds at the moment.
#[derive(Default)]
struct Value {
    text: Option<String>,
    /// A row has gone without it.
    is_missed: bool,
}

/// A document in the reading.
struct Reading<'a> {
    events: XmlEvents<Decoded>,
    table: &'a XmlTable,
    /// The elements from the root to the one at hand.
    stack: Vec<String>,
    values: Vec<Value>,
    /// Texts that are being read, with the depth of their element.
    texts: Vec<(usize, String)>,
    row_line: u64,
    most_bytes: usize,
}

impl<'a> Reading<'a> {
    fn new(bytes: Bytes, table: &'a XmlTable, most_bytes: usize) -> Self {
        let source = Decoded { bytes, buffer: Vec::new(), at: 0, failure: None };
        Self {
            events: XmlEvents::new(source, most_bytes),
            table,
            stack: Vec::new(),
            values: table.columns.iter().map(|_| Value::default()).collect(),
            texts: Vec::new(),
            row_line: 1,
            most_bytes,
        }
    }

    fn read(mut self, sink: &mut Sink) -> Result<(), Stop> {
        if self.events.inner_mut().bytes.is_of_other_encoding() {
            sink.remark(1, None, About::Encoding);
        }
        loop {
            let part = match self.events.next() {
                Ok(part) => part,
                Err(what) => return Err(self.failed(sink, what)),
            };
            match part {
                Part::Start { name, attributes, line } => {
                    self.start(sink, name, &attributes, line)?;
                }
                Part::Text(text) => {
                    if let Some((depth, whole)) = self.texts.last_mut()
                        && *depth == self.stack.len()
                    {
                        whole.push_str(&text);
                        if whole.len() > self.most_bytes {
                            return Err(self.too_long(sink));
                        }
                    }
                }
                Part::End => self.end(sink)?,
                Part::Eof => return Ok(()),
            }
        }
    }

    fn start(
        &mut self,
        sink: &mut Sink,
        name: String,
        attributes: &[(String, String)],
        line: u64,
    ) -> Result<(), Stop> {
        let row = &self.table.row;
        if self.stack.is_empty() && row.first() != Some(&name) {
            let what = "the root element is not the one that the contract's `row` begins with";
            return Err(sink.malformed(line, what));
        }
        if self.stack.is_empty() {
            self.check_encoding(sink)?;
        }
        self.stack.push(name);
        let depth = self.stack.len();
        if row.get(..depth) == Some(self.stack.as_slice()) {
            let of_this = self.table.columns.iter().zip(&mut self.values);
            of_this.filter(|(c, _)| c.n_shared >= depth).for_each(|(_, v)| *v = Value::default());
            if depth == row.len() {
                self.row_line = line;
            }
        }
        let mut has_text = false;
        for place in self.columns_here() {
            match &self.table.columns[place].attribute {
                None => has_text = true,
                Some(wanted) => {
                    if let Some((_, value)) = attributes.iter().find(|(name, _)| name == wanted) {
                        self.set(sink, place, value)?;
                    }
                }
            }
        }
        if has_text {
            self.texts.push((depth, String::new()));
        }
        Ok(())
    }

    fn end(&mut self, sink: &mut Sink) -> Result<(), Stop> {
        let depth = self.stack.len();
        if self.texts.last().is_some_and(|(of, _)| *of == depth) {
            let (_, text) = self.texts.pop().unwrap_or_default();
            let has_text = |place: &usize| self.table.columns[*place].attribute.is_none();
            for place in self.columns_here().into_iter().filter(has_text).collect::<Vec<_>>() {
                self.set(sink, place, text.trim())?;
            }
        }
        if self.stack == self.table.row {
            let cell = |value: &Value| value.text.clone().unwrap_or_default();
            let cells: Vec<String> = self.values.iter().map(cell).collect();
            sink.has_read(self.events.inner_mut().bytes.n_read());
            sink.record(self.row_line, &cells)?;
            self.values.iter_mut().for_each(|value| value.is_missed = value.text.is_none());
        }
        self.stack.pop();
        Ok(())
    }

    /// Places of the columns whose element is the one at hand.
    fn columns_here(&self) -> Vec<usize> {
        let is_here = |column: &XmlColumn| {
            column.element.len() == self.stack.len() && column.element == self.stack
        };
        let columns = self.table.columns.iter().enumerate();
        columns.filter(|(_, column)| is_here(column)).map(|(place, _)| place).collect()
    }

    fn set(&mut self, sink: &mut Sink, place: usize, text: &str) -> Result<(), Stop> {
        let line = self.events.line();
        let value = &mut self.values[place];
        if value.is_missed {
            let what = "a value that belongs to rows before it: it must come first";
            return Err(sink.malformed(line, what));
        }
        match (&mut value.text, &self.table.columns[place].join) {
            (None, _) => value.text = Some(text.to_owned()),
            (Some(whole), Some(join)) => {
                whole.push_str(join);
                whole.push_str(text);
                if whole.len() > self.most_bytes {
                    return Err(self.too_long(sink));
                }
            }
            (Some(_), None) => sink.remark(line, Some(place), About::RepeatedElement),
        }
        Ok(())
    }

    /// What the document says of its encoding must be what it is read in.
    fn check_encoding(&mut self, sink: &Sink) -> Result<(), Stop> {
        let fits: &[&str] = match self.events.inner_mut().bytes.encoding() {
            Encoding::Utf8 => &["utf-8", "us-ascii"],
            Encoding::Windows1252 => &["windows-1252", "iso-8859-1", "us-ascii"],
            _ => &["utf-16", "utf-16le", "utf-16be"],
        };
        match &self.events.stated_encoding {
            Some(stated) if !fits.contains(&stated.as_str()) => {
                Err(sink.malformed(1, "XML that states another encoding than its contract"))
            }
            _ => Ok(()),
        }
    }

    fn too_long(&self, sink: &Sink) -> Stop {
        sink.malformed(self.events.line(), "a value that is longer than any honest record")
    }

    /// Why no part came: the bytes ended early, or they are no XML.
    fn failed(&mut self, sink: &Sink, what: &'static str) -> Stop {
        let line = self.events.line();
        match self.events.inner_mut().failure.take() {
            Some(error) => Stop::File(error.at(&sink.layout().path, line)),
            None => sink.malformed(line, what),
        }
    }
}
