//! Where in a declaration something stands: file, line, column and byte.

use std::fmt;
use std::path::{Path, PathBuf};

use datafusion::sql::sqlparser::tokenizer::Location;

/// A point in a text file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file as it was named.
    pub path: PathBuf,
    /// Byte from the start of the file, for tools that underline.
    pub offset: usize,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Place {
    /// The place of byte `offset` in `text`; past the end counts as the end.
    #[must_use]
    pub fn of_offset(path: &Path, text: &str, offset: usize) -> Self {
        let offset = text.floor_char_boundary(offset.min(text.len()));
        let before = &text[..offset];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self {
            path: path.to_owned(),
            offset,
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    /// The place of a parser's line and column; the parser's empty location is the file's start.
    pub(crate) fn of_location(path: &Path, text: &str, location: Location) -> Self {
        let line = usize::try_from(location.line).unwrap_or(usize::MAX).max(1);
        let column = usize::try_from(location.column).unwrap_or(usize::MAX).max(1);
        Self { path: path.to_owned(), offset: offset_of(text, line, column), line, column }
    }
}

fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let line_start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let rest = &text[line_start..];
    line_start + rest.char_indices().nth(column - 1).map_or(rest.len(), |(at, _)| at)
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.path.display(), self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_and_a_location_name_the_same_place() {
        let text = "one\ntwö three\n";
        let place = Place::of_offset(Path::new("a.sql"), text, 9);
        assert_eq!((place.line, place.column), (2, 5));
        let back = Place::of_location(Path::new("a.sql"), text, Location { line: 2, column: 5 });
        assert_eq!(back, place);
        assert_eq!(place.to_string(), "a.sql:2:5");
    }

    #[test]
    fn places_past_the_end_are_the_end() {
        let place = Place::of_offset(Path::new("a.sql"), "ab", 99);
        assert_eq!((place.offset, place.line, place.column), (2, 1, 3));
        let far = Place::of_location(Path::new("a.sql"), "ab", Location { line: 9, column: 9 });
        assert_eq!(far.offset, 2);
    }
}
