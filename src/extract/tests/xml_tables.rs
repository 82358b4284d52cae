//! XML as a table: the shape of the children-in-need census, and what no honest file holds.

use super::*;

fn names(path: &str) -> Vec<String> {
    path.split('/').map(str::to_owned).collect()
}

fn column(name: &str, element: &str, attribute: Option<&str>, n_shared: usize) -> XmlColumn {
    XmlColumn {
        name: name.to_owned(),
        element: names(element),
        attribute: attribute.map(str::to_owned),
        n_shared,
        join: None,
    }
}

fn census() -> XmlTable {
    const ROW: &str = "Message/Children/Child/CINdetails";
    let child = "Message/Children/Child/ChildIdentifiers/LAchildID";
    XmlTable {
        row: names(ROW),
        columns: vec![
            column("child", child, None, 3),
            column("year", "Message/Header/Collection/Year", None, 1),
            column("number", ROW, Some("no"), 4),
            column("referred", &format!("{ROW}/CINreferralDate"), None, 4),
            XmlColumn {
                join: Some(";".to_owned()),
                ..column("factors", &format!("{ROW}/Assessments/Factors/Factor"), None, 4)
            },
        ],
    }
}

fn read_table(text: &[u8], encoding: Encoding, table: XmlTable) -> Result<Read, ExtractError> {
    let format = Format { xml: Some(table), ..Format::delimited(encoding, b',') };
    read_within(text, format, Limits::default())
}

fn read_census(text: &str) -> Result<Read, ExtractError> {
    read_table(text.as_bytes(), Encoding::Utf8, census())
}

const CENSUS: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<Message>
  <Header><Collection><Year>2024</Year></Collection></Header>
  <Children>
    <Child>
      <ChildIdentifiers><LAchildID>A&amp;1</LAchildID></ChildIdentifiers>
      <CINdetails no="1">
        <CINreferralDate> 2024-03-01 </CINreferralDate>
        <Assessments><Factors><Factor>1A</Factor><Factor>2B, "x"</Factor></Factors></Assessments>
      </CINdetails>
      <!-- a second
           need -->
      <CINdetails
          no='2'/>
    </Child>
    <Child>
      <ChildIdentifiers><LAchildID><![CDATA[B<2]]></LAchildID></ChildIdentifiers>
      <CINdetails><CINreferralDate>2024-04-01</CINreferralDate><CINreferralDate>2024-05-01</CINreferralDate></CINdetails>
    </Child>
    <Child><CINdetails/></Child>
  </Children>
</Message>
"#;

#[test]
fn elements_at_a_path_are_rows_with_what_contains_them() {
    let read = read_census(CENSUS).unwrap();
    assert_eq!(read.header, ["child", "year", "number", "referred", "factors"]);
    let expected = [
        row(7, &["A&1", "2024", "1", "2024-03-01", "1A;2B, \"x\""]),
        row(13, &["A&1", "2024", "2", "", ""]),
        row(18, &["B<2", "2024", "", "2024-04-01", ""]),
        row(20, &["", "2024", "", "", ""]),
    ];
    assert_eq!(read.rows, expected);
    assert_eq!(read.refused, []);
    assert_eq!(read.remarks(), [(18, Some(3), About::RepeatedElement)]);
}

#[test]
fn prefixes_encodings_and_archives_change_nothing() {
    let plain = read_census(CENSUS).unwrap();
    let prefixed = CENSUS
        .replace("</", "</n:")
        .replace("<", "<n:")
        .replace("<n:/n:", "</n:")
        .replace("<n:?", "<?")
        .replace("<n:!", "<!")
        .replace("B<n:2", "B<2")
        .replace("<n:Message>", "<n:Message xmlns:n=\"urn:n\">");
    assert_eq!(read_census(&prefixed).unwrap(), plain);
    let utf_16: Vec<u8> = "\u{feff}"
        .encode_utf16()
        .chain(CENSUS.replace("utf-8", "UTF-16").encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(read_table(&utf_16, Encoding::Utf16, census()).unwrap(), plain);
    assert_eq!(read_table(&gzip(CENSUS.as_bytes()), Encoding::Utf8, census()).unwrap(), plain);
    let stated = CENSUS.replace("utf-8", "windows-1252");
    let error = read_census(&stated).unwrap_err();
    assert!(error.to_string().contains("another encoding"), "{error}");
    let latin = read_table(
        stated.replace("A&amp;1", "\u{e9}").replace('\u{e9}', "~").as_bytes(),
        Encoding::Windows1252,
        census(),
    );
    assert_eq!(latin.unwrap().rows[0].1[0], "~");
}

#[test]
fn documents_that_define_things_are_refused() {
    let laughs =
        "<?xml version=\"1.0\"?><!DOCTYPE Message [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]>";
    for (text, what) in [
        (format!("{laughs}<Message>&b;</Message>"), "document type"),
        (CENSUS.replace("A&amp;1", "&lol;"), "reference"),
        (CENSUS.replace("no=\"1\"", "no=\"&lol;\""), "reference"),
        (CENSUS.replace("2024-03-01", &"9".repeat(3 << 20)), "not well formed"),
        (format!("<Message>{}", "<a>".repeat(100)), "64 elements"),
        (CENSUS.replace("</Child>", "</Kind>"), "not well formed"),
        (CENSUS[..CENSUS.len() / 2].to_owned(), "cut short"),
        ("<Other/>".to_owned(), "root element"),
        (String::new(), "cut short"),
        ("no XML".to_owned(), "cut short"),
    ] {
        let error = read_census(&text).unwrap_err();
        let message = error.to_string();
        assert!(matches!(error, ExtractError::Malformed { .. }), "{message}");
        assert!(message.contains(what), "{what}: {message}");
    }
}

#[test]
fn a_value_that_comes_after_its_rows_is_refused_not_missed() {
    let late = "<Message><Children><Child><CINdetails/><ChildIdentifiers><LAchildID>1</LAchildID>\
                </ChildIdentifiers></Child></Children></Message>";
    let error = read_census(late).unwrap_err();
    assert!(error.to_string().contains("rows before it"), "{error}");
}

#[test]
fn xml_without_a_declared_table_is_refused_by_name() {
    let error = read_within(CENSUS.as_bytes(), COMMA, Limits::default()).unwrap_err();
    assert!(error.to_string().contains("XML"), "{error}");
}

#[test]
fn a_long_document_comes_in_blocks_and_may_be_left_unread() {
    let child = |i| {
        format!(
            "<Child><ChildIdentifiers><LAchildID>{i}</LAchildID></ChildIdentifiers>\n<CINdetails no=\"{i}\"/></Child>\n"
        )
    };
    let children: String = (0..20_000).map(child).collect();
    let text = format!("<Message>\n<Children>\n{children}</Children></Message>");
    let (_folder, path) = file(text.as_bytes());
    let format = Format { xml: Some(census()), ..COMMA };
    let limits = Limits { block_bytes: 1_000, ..Limits::default() };
    let read = read_file(&path, &format, limits).unwrap();
    assert_eq!(read.rows.len(), 20_000);
    assert_eq!(read.rows[19_999], row(40_002, &["19999", "", "19999", "", ""]));
    let mut reader = ExtractReader::open(&path, &format, limits).unwrap();
    assert!(reader.next_block().unwrap().is_some());
}

#[test]
fn the_end_of_utf_16_may_be_asked_for_twice() {
    // The parser looks again for what might follow the end, and a decoder that has finished panics.
    let read =
        |bytes: &[u8]| read_table(bytes, Encoding::Utf16, census()).map(|read| read.rows.len());
    let utf_16 = |text: &str| -> Vec<u8> {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect()
    };
    for text in ["", "x", "<Message>", "<Message/>", "<Message/>\n"] {
        let message = read(&utf_16(text)).map_or_else(|error| error.to_string(), |n| n.to_string());
        assert!(!message.contains("gave up"), "{text:?}: {message}");
    }
}
