//! How a contract says its feed's files are written.

use super::declaration::{ColumnToml, ContractToml, SheetToml, XmlToml};
use super::placed::Placed;
use super::validate::{Mistake, mistake};
use crate::extract::{Format, Header, Sheet, XmlColumn, XmlTable};

/// Records that a header can be made of.
const MOST_HEADER_ROWS: usize = 10;

/// The format of a contract's files.
pub(super) fn format(declared: &ContractToml) -> Result<Format, Mistake> {
    let delimiter = match &declared.delimiter {
        Some(text) => delimiter(text)?,
        None if declared.sheet.is_some() || declared.xml.is_some() => b',',
        None => {
            let what = "a contract needs a `delimiter`, a `sheet` or `xml`";
            return Err(mistake(&declared.feed, what));
        }
    };
    if let Some(blank) = declared.footer.iter().find(|text| text.get_ref().trim().is_empty()) {
        return Err(mistake(blank, "a footer begins with some text"));
    }
    if let Some(member) = &declared.member
        && (member.get_ref().matches('*').count() > 1 || member.get_ref().contains(['/', '\\']))
    {
        return Err(mistake(member, "a `member` is a file's name with at most one `*`"));
    }
    Ok(Format {
        encoding: declared.encoding,
        delimiter,
        header: header(declared)?,
        footers: declared.footer.iter().map(|text| text.get_ref().trim().to_owned()).collect(),
        member: declared.member.as_ref().map(|member| member.get_ref().clone()),
        sheet: declared.sheet.as_ref().map(sheet).transpose()?,
        xml: xml(declared)?,
    })
}

fn delimiter(declared: &Placed<String>) -> Result<u8, Mistake> {
    match declared.get_ref().as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Ok(*byte),
        _ => Err(mistake(declared, "a delimiter is one ASCII character, no quote and no line end")),
    }
}

fn header(declared: &ContractToml) -> Result<Header, Mistake> {
    let n_rows = declared.header_rows.as_ref().map_or(1, |n| *n.get_ref());
    let names_row = declared.names_row.as_ref().map_or(1, |n| *n.get_ref());
    if let Some(at) =
        declared.header_rows.as_ref().filter(|_| n_rows == 0 || n_rows > MOST_HEADER_ROWS)
    {
        return Err(mistake(at, "`header_rows` is 1 to 10; without a header, `header = \"none\"`"));
    }
    if let Some(at) = declared.names_row.as_ref().filter(|_| names_row == 0 || names_row > n_rows) {
        return Err(mistake(at, "`names_row` is one of the `header_rows`, counted from 1"));
    }
    let header = Header {
        skip_lines: declared.skip_lines.as_ref().map_or(0, |n| *n.get_ref()),
        first_cell: declared.header_first_cell.as_ref().map(|text| text.get_ref().clone()),
        n_rows,
        names_row: names_row - 1,
        names: Vec::new(),
    };
    match &declared.header {
        None => Ok(header),
        Some(text) if text.get_ref() != "none" => {
            Err(mistake(text, "a `header` is `none`, or is not mentioned"))
        }
        Some(text) if declared.header_rows.is_some() || header.first_cell.is_some() => Err(
            mistake(text, "a file without a header has no `header_rows` or `header_first_cell`"),
        ),
        Some(_) => {
            let columns = declared.column.iter().filter_map(|c| c.get_ref().name.as_ref());
            let names = columns.map(|name| name.get_ref().clone()).collect();
            Ok(Header { n_rows: 0, names, ..header })
        }
    }
}

fn sheet(declared: &Placed<SheetToml>) -> Result<Sheet, Mistake> {
    match declared.get_ref() {
        SheetToml::Name(name) if !name.trim().is_empty() => Ok(Sheet::Named(name.clone())),
        SheetToml::Place(place) if *place > 0 => Ok(Sheet::Place(place - 1)),
        _ => Err(mistake(declared, "a `sheet` is a name, or a place counted from 1")),
    }
}

fn xml(declared: &ContractToml) -> Result<Option<XmlTable>, Mistake> {
    let Some(xml) = &declared.xml else {
        let stray = |c: &Placed<ColumnToml>| {
            let c = c.get_ref();
            c.path.as_ref().or(c.join.as_ref()).map(Placed::span)
        };
        return match declared.column.iter().find_map(stray) {
            Some(span) => Err((span, "a `path` or `join` goes with `xml`".to_owned())),
            None => Ok(None),
        };
    };
    let header = declared.header.as_ref().or(declared.header_first_cell.as_ref()).map(Placed::span);
    let header = header.or(declared.header_rows.as_ref().map(Placed::span));
    if let Some(span) = header.or(declared.skip_lines.as_ref().map(Placed::span)) {
        return Err((span, "XML has no header".to_owned()));
    }
    if let Some(sheet) = &declared.sheet {
        return Err(mistake(sheet, "a file is a workbook or XML, not both"));
    }
    let row = row_path(xml.get_ref())?;
    let columns = declared.column.iter().filter(|column| column.get_ref().derive.is_none());
    let columns = columns.map(|column| xml_column(column, &row));
    Ok(Some(XmlTable { columns: columns.collect::<Result<_, _>>()?, row }))
}

fn row_path(xml: &XmlToml) -> Result<Vec<String>, Mistake> {
    let row: Vec<String> =
        xml.row.get_ref().trim_matches('/').split('/').map(str::to_owned).collect();
    if row.iter().all(|name| is_name(name)) {
        Ok(row)
    } else {
        Err(mistake(&xml.row, "a `row` is names of elements from the root, with `/` between"))
    }
}

/// A name without prefix; what is no name matches nothing, so that only slips are caught.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || ":@*[]().".contains(c))
}

fn xml_column(placed: &Placed<ColumnToml>, row: &[String]) -> Result<XmlColumn, Mistake> {
    let column = placed.get_ref();
    let (Some(path), Some(name)) = (&column.path, &column.name) else {
        return Err(mistake(placed, "a column of XML needs a `name` and a `path`"));
    };
    let refuse = || {
        mistake(
            path,
            "a `path` is `../` as often as needed, then names of elements, then perhaps `@` and the name of an attribute; `.` is the row",
        )
    };
    let (mut n_up, mut rest) = (0, path.get_ref().as_str());
    while let Some(up) = rest.strip_prefix("../") {
        (n_up, rest) = (n_up + 1, up);
    }
    let n_shared = row.len().checked_sub(n_up).filter(|n| *n > 0).ok_or_else(refuse)?;
    let (elements, attribute) = match rest.rsplit_once('@') {
        Some((elements, name))
            if is_name(name) && (elements.is_empty() || elements.ends_with('/')) =>
        {
            (elements.trim_end_matches('/'), Some(name.to_owned()))
        }
        Some(_) => return Err(refuse()),
        None => (rest, None),
    };
    let names = elements.split('/').filter(|_| !elements.is_empty() && elements != ".");
    let names: Vec<String> = names.map(str::to_owned).collect();
    let is_nothing = names.is_empty() && attribute.is_none() && elements != ".";
    if is_nothing || !names.iter().all(|name| is_name(name)) {
        return Err(refuse());
    }
    Ok(XmlColumn {
        name: name.get_ref().clone(),
        element: row[..n_shared].iter().cloned().chain(names).collect(),
        attribute,
        n_shared,
        join: column.join.as_ref().map(|join| join.get_ref().clone()),
    })
}

/// The section of the page on contracts about how files are written.
pub(super) const REFERENCE: &str = "
## How files are written

Gzip, zip archives, workbooks and byte-order marks are known by a file's first bytes, whatever its
name says. A mark goes before the declared encoding, and the finding `encoding_disagrees` says so.

| key | meaning |
|---|---|
| `delimiter` | one character; needless beside `sheet` or `xml` |
| `encoding` | `utf-8` (default), `windows-1252`, `utf-16` (with byte-order mark), `utf-16le`, `utf-16be` |
| `header` | `none`: the file does not name its columns, which are those of the contract in its order |
| `skip_lines` | physical lines above the header that are not read |
| `header_first_cell` | the header is the first record that begins with this cell, among the first thousand lines |
| `header_rows`, `names_row` | records that make up the header (1 unless given), and which of them holds the names, from 1 |
| `footer` | texts that the first cell of a footer begins with. A record that does and does not fill the columns is no row: the finding `footer` counts it, and `row_count_disagrees` says where it states another number of rows than were read |
| `member` | the file in a zip archive that holds several: its name without folders, with at most one `*` |
| `sheet` | the sheet of a workbook (xlsx, ods) by name, or by place from 1. Rows keep their numbers, dates come as `%Y-%m-%d`, with a time behind it unless it is midnight, numbers without `.0`. Merged cells have their value in the first (`merged_cells`), a formula's error is blank (`formula_error`) |
| `xml` | `{ row = \"Message/Children/Child\" }`: each element at this path from the root is a row, on the line of its tag. Names are without prefixes. Each column has a `path` from the row: `Name/Part`, `@attribute`, `../Identifiers/ID`, `.`; of repeated elements the first is read (`repeated_element`), or all with `join = \";\"` between |

A file that ends within a record is told by `cut_short`. Refused by name: archives within archives,
archives and workbooks with a password, xls and xlsb, XML that defines its own entities, and whatever
unpacks to more than 200 times its size or, if a workbook, to more than 512 MiB.
";

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::contract::{Contract, ContractError};
    use crate::extract::Encoding;

    fn read(keys: &str, columns: &str) -> Result<Contract, ContractError> {
        let text = format!(
            "feed = \"f\"\nversion = \"1\"\ntitle = \"t\"\nsector = \"s\"\nsource = \"s\"\n\
             key = [\"K\"]\n{keys}\ncolumn = [{{ name = \"K\", as = \"k\"{columns} }}]\n"
        );
        Contract::read(Path::new("f.toml"), text)
    }

    fn mistake(keys: &str, columns: &str) -> String {
        match read(keys, columns) {
            Err(ContractError::Declaration { line, what, .. }) => format!("{line}: {what}"),
            other => panic!("{keys}: {other:?}"),
        }
    }

    #[test]
    fn every_key_reaches_the_format() {
        let format = read(
            "delimiter = \"\\t\"\nencoding = \"utf-16\"\nskip_lines = 2\nheader_rows = 2\n\
             names_row = 2\nheader_first_cell = \"K\"\nfooter = [\"Total\"]\nmember = \"*.csv\"\n\
             sheet = \"Referrals\"",
            "",
        )
        .unwrap()
        .format;
        let header = Header {
            skip_lines: 2,
            first_cell: Some("K".to_owned()),
            n_rows: 2,
            names_row: 1,
            names: Vec::new(),
        };
        assert_eq!(format.header, header);
        assert_eq!((format.encoding, format.delimiter), (Encoding::Utf16, b'\t'));
        assert_eq!(format.footers, ["Total"]);
        assert_eq!(format.member.as_deref(), Some("*.csv"));
        assert_eq!(format.sheet, Some(Sheet::Named("Referrals".to_owned())));
        let plain = read("delimiter = \",\"", "").unwrap().format;
        assert_eq!(plain, Format::delimited(Encoding::Utf8, b','));
        let none = read("delimiter = \",\"\nheader = \"none\"", "").unwrap().format;
        assert_eq!((none.header.n_rows, none.header.names), (0, vec!["K".to_owned()]));
        assert_eq!(read("sheet = 2", "").unwrap().format.sheet, Some(Sheet::Place(1)));
    }

    #[test]
    fn paths_of_xml_are_resolved_against_the_row() {
        let column = |path: &str| {
            let path = format!(", path = \"{path}\"");
            let xml = read("xml = { row = \"A/B/C\" }", &path).unwrap().format.xml.unwrap();
            assert_eq!(xml.row, ["A", "B", "C"]);
            let column = xml.columns[0].clone();
            (column.element.join("/"), column.attribute, column.n_shared)
        };
        assert_eq!(column("D/E"), ("A/B/C/D/E".to_owned(), None, 3));
        assert_eq!(column("@d"), ("A/B/C".to_owned(), Some("d".to_owned()), 3));
        assert_eq!(column("."), ("A/B/C".to_owned(), None, 3));
        assert_eq!(column("../D"), ("A/B/D".to_owned(), None, 2));
        assert_eq!(column("../../D/@e"), ("A/D".to_owned(), Some("e".to_owned()), 1));
    }

    #[test]
    fn each_mistake_is_named_with_its_line() {
        let xml = "xml = { row = \"A/B\" }";
        for (keys, column, what) in [
            ("", "", "1: a contract needs a `delimiter`"),
            ("delimiter = \",,\"", "", "7: a delimiter is one ASCII"),
            ("delimiter = \",\"\nheader = \"some\"", "", "8: a `header` is `none`"),
            ("delimiter = \",\"\nheader = \"none\"\nheader_rows = 2", "", "8: a file without"),
            ("delimiter = \",\"\nheader_rows = 0", "", "8: `header_rows`"),
            ("delimiter = \",\"\nheader_rows = 2\nnames_row = 3", "", "9: `names_row`"),
            ("delimiter = \",\"\nfooter = [\" \"]", "", "8: a footer"),
            ("delimiter = \",\"\nmember = \"a/*.csv\"", "", "8: a `member`"),
            ("sheet = 0", "", "7: a `sheet`"),
            ("delimiter = \",\"", ", path = \"D\"", "8: a `path` or `join` goes with `xml`"),
            ("xml = { row = \"A//B\" }", ", path = \"D\"", "7: a `row`"),
            ("xml = { row = \"A/B\" }\nskip_lines = 1", ", path = \"D\"", "8: XML has no header"),
            (xml, "", "8: a column of XML needs a `name` and a `path`"),
            (xml, ", path = \"../../D\"", "8: a `path` is"),
            (xml, ", path = \"D[1]\"", "8: a `path` is"),
            (xml, ", path = \"\"", "8: a `path` is"),
            (xml, ", path = \"D@e\"", "8: a `path` is"),
        ] {
            let found = mistake(keys, column);
            assert!(found.starts_with(what), "{keys} {column}: {found}");
        }
    }
}
