//! XML as events with their physical lines, capped; what could make it more than it is, is refused.

use std::io::{self, BufRead, Read};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// Elements within elements: no honest file is deeper.
const MOST_DEEP: usize = 64;

/// Part of a document.
pub(super) enum Part {
    /// An element begins.
    Start {
        /// Its name without prefix.
        name: String,
        /// Names without prefix, and values.
        attributes: Vec<(String, String)>,
        /// The line on which its tag begins.
        line: u64,
    },
    /// Text of the element at hand.
    Text(String),
    /// The element at hand ends.
    End,
    /// The document ends.
    Eof,
}

/// Reads XML.
pub(super) struct XmlEvents<R> {
    reader: Reader<Counting<R>>,
    buffer: Vec<u8>,
    n_open: usize,
    has_begun: bool,
    /// The encoding that the document says it is in.
    pub(super) stated_encoding: Option<String>,
}

impl<R: BufRead> XmlEvents<R> {
    /// `most` is how many bytes a tag or a text may have.
    pub(super) fn new(inner: R, most: usize) -> Self {
        let mut reader = Reader::from_reader(Counting { inner, line: 1, n_since: 0, most });
        reader.config_mut().expand_empty_elements = true;
        Self { reader, buffer: Vec::new(), n_open: 0, has_begun: false, stated_encoding: None }
    }

    /// The line that reading came to.
    pub(super) fn line(&self) -> u64 {
        self.reader.get_ref().line
    }

    pub(super) fn inner_mut(&mut self) -> &mut R {
        &mut self.reader.get_mut().inner
    }

    /// The next part; the error is what is wrong with the document.
    pub(super) fn next(&mut self) -> Result<Part, &'static str> {
        loop {
            self.buffer.clear();
            self.reader.get_mut().n_since = 0;
            let line = self.line();
            let event = self.reader.read_event_into(&mut self.buffer);
            match event.map_err(|_| "XML that is not well formed, or cut short")? {
                Event::Start(tag) => {
                    self.n_open += 1;
                    self.has_begun = true;
                    if self.n_open > MOST_DEEP {
                        return Err("XML of more than 64 elements within each other");
                    }
                    let name = tag.local_name().as_ref().to_owned();
                    return Ok(Part::Start { name, attributes: attributes(&tag)?, line });
                }
                Event::End(_) => {
                    self.n_open = self.n_open.saturating_sub(1);
                    return Ok(Part::End);
                }
                Event::Text(text) => return Ok(Part::Text(text.xml10_content().into_owned())),
                Event::CData(text) => return Ok(Part::Text(text.xml10_content().into_owned())),
                Event::GeneralRef(reference) => {
                    let of_number = reference.resolve_char_ref().map_err(|_| BAD_REFERENCE)?;
                    let c = of_number.or_else(|| predefined(&reference)).ok_or(BAD_REFERENCE)?;
                    return Ok(Part::Text(c.to_string()));
                }
                Event::Decl(declaration) => {
                    let stated = declaration.encoding();
                    self.stated_encoding =
                        stated.and_then(|stated| Some(stated.ok()?.to_lowercase()));
                }
                Event::DocType(_) => return Err("XML with a document type, which is not read"),
                Event::Eof if self.n_open > 0 || !self.has_begun => {
                    return Err("XML that is cut short");
                }
                Event::Eof => return Ok(Part::Eof),
                Event::Comment(_) | Event::PI(_) | Event::Empty(_) => {}
            }
        }
    }
}

const BAD_REFERENCE: &str = "XML with a reference to something that XML itself does not define";

/// The characters that XML itself names. Source: Extensible Markup Language 1.0, section 4.6.
fn predefined(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => None,
    }
}

fn attributes(tag: &BytesStart<'_>) -> Result<Vec<(String, String)>, &'static str> {
    let read = |attribute: Result<quick_xml::events::attributes::Attribute<'_>, _>| {
        let attribute = attribute.map_err(|_| "XML with a malformed attribute")?;
        let value = attribute
            .normalized_value(quick_xml::XmlVersion::Explicit1_0)
            .map_err(|_| BAD_REFERENCE)?;
        Ok((attribute.key.local_name().as_ref().to_owned(), value.into_owned()))
    };
    tag.attributes().map(read).collect()
}

/// Counts the lines of what is read, and the bytes since the last event.
struct Counting<R> {
    inner: R,
    line: u64,
    n_since: usize,
    most: usize,
}

impl<R: BufRead> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.fill_buf()?.read(buffer)?;
        self.consume(n);
        Ok(n)
    }
}

impl<R: BufRead> BufRead for Counting<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.n_since > self.most {
            return Err(io::Error::other("too long"));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, n: usize) {
        if let Ok(bytes) = self.inner.fill_buf() {
            self.line += memchr::memchr_iter(b'\n', &bytes[..n]).count() as u64;
        }
        self.n_since += n;
        self.inner.consume(n);
    }
}
