//! What providers really send, item by item, taken in as a delivery is.
//!
//! The items are those of the checklist in the notes on feeds (section 4); each test names its own.
//!
//! | item | what | where it is tested |
//! |---|---|---|
//! | 1–9 | bytes, delimiters, quotes, headers, footers, archives | `item_01` to `item_09` here, `extract::tests` |
//! | 9 | the same bytes under a new name | not yet: `pipeline::taken` tells them by their hash |
//! | 10–17 | spellings and classes of NHS numbers | `item_10` to `item_17` in `cells`, `domain::nhs_number` |
//! | 18 | one number of two patients, two numbers of one | `link::tests::rules::strangers_under_one_number_never_meet_over_a_third_record`, `…::a_superseded_number_stands_for_its_successor` |
//! | 19 | a baby under its mother's number | `link::tests::rules`, by the birth date that the number does not share |
//! | 20 | one identity, one token, never for a blank | `item_20` in `cells`, `blanks_never_make_one_person_of_many` |
//! | 21 | no key, no identifier in errors, findings, quarantine | `no_value_reaches_an_error_a_finding_or_a_name`, `tests/it/privacy.rs`, `pseudonymise::master_key` |
//! | 22–25, 27, 28 | dates, times, ages | `item_22` to `item_28` in `cells`, `contract::date_format` |
//! | 26 | order of dates | `item_26` in `cells`; spells that overlap across trusts: `sql/tests/core/spell.slt`; days after death: not yet |
//! | 29–36 | codes and stand-ins | `item_29` to `item_36` in `cells`; ICD-10 spellings: `methods::icd10` |
//! | 37 | postcodes | `item_37` in `cells`, `pseudonymise::postcode` |
//! | 38 | vintages of small areas | shape alone: `item_38` in `cells`; a vintage that does not match: not yet |
//! | 39–43, 46 | replacement, late and cumulative files, order, crash, missing months | crash and repeats: `tests/it/flow.rs`; the rest belongs to deliveries |
//! | 41, 47 | deleted rows, test systems | `item_41_47` in `cells` |
//! | 44, 45 | columns and codes that change | `item_44_45` in `cells` |
//! | 48–51 | opt-outs, sensitive rows, restricted codes | rows that a value leaves out: `item_50` in `cells`; the rest belongs to purposes and opt-outs |
//! | 52 | identity withheld; names in files' names | `item_52` in `cells`, `no_value_reaches_an_error_a_finding_or_a_name` |
//! | 53 | small numbers, formulas on export | `disclosure::tests`, `report::csv_text` |

mod cells;
mod properties;

use std::io::Cursor;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

/// A contract with a key, some columns more, and keys of the file.
fn contract(keys: &str, columns: &str) -> &'static str {
    format!(
        "feed = \"f\"\nversion = \"1\"\ntitle = \"t\"\nsector = \"s\"\nsource = \"s\"\n{keys}\n\
         key = [\"K\"]\ncolumn = [{{ name = \"K\", as = \"k\", required = true }},\n{columns}]\n"
    )
    .leak()
}

const VALUE: &str = "{ name = \"V\", as = \"value\" }";

fn take_as(keys: &str, columns: &str, bytes: &[u8]) -> Result<Taken, IntakeError> {
    let setting = Setting { contract: contract(keys, columns), ..Setting::default() };
    take_under(&setting, bytes)
}

/// Takes a file of two columns, `K` and `V`.
fn take_values(keys: &str, bytes: &[u8]) -> Taken {
    take_as(keys, VALUE, bytes).unwrap()
}

const COMMA: &str = "delimiter = \",\"";

impl Taken {
    fn values(&self) -> Vec<Option<&str>> {
        self.texts("value")
    }

    fn lines(&self) -> Vec<i64> {
        self.ids("line").into_iter().flatten().collect()
    }
}

fn utf_16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn zipped(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.add_directory("2024", SimpleFileOptions::default()).unwrap();
    writer.start_file(name, SimpleFileOptions::default()).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap().into_inner()
}

#[test]
fn item_01_a_byte_order_mark_loses_no_header() {
    let taken = take_values(COMMA, "\u{feff}K,V\nk1,x\n".as_bytes());
    assert_eq!((taken.texts("k"), taken.found("undeclared_column")), (vec![Some("k1")], None));
    let quoted = take_values(COMMA, "\u{feff}\"K\",\"V\"\r\nk1,x\r\n".as_bytes());
    assert_eq!(quoted.texts("k"), [Some("k1")]);
}

#[test]
fn item_02_windows_1252_and_unicode_text_give_their_characters() {
    let text = "K,V\nk1,O’Brien £5 Zoë\n";
    let expected = vec![Some("O’Brien £5 Zoë")];
    assert_eq!(take_values(COMMA, text.as_bytes()).values(), expected);
    let windows = b"K,V\nk1,O\x92Brien \xa35 Zo\xeb\n";
    let declared = "delimiter = \",\"\nencoding = \"windows-1252\"";
    assert_eq!(take_values(declared, windows).values(), expected);
    let utf_16 = utf_16(&format!("\u{feff}{text}"));
    let marked = take_values("delimiter = \",\"\nencoding = \"utf-16\"", &utf_16);
    assert_eq!((marked.values(), marked.found("encoding_disagrees")), (expected.clone(), None));
    // The mark is believed against the contract, and that is told.
    for keys in [COMMA, declared] {
        let taken = take_values(keys, &utf_16);
        assert_eq!(taken.values(), expected);
        assert_eq!(taken.found("encoding_disagrees"), Some((1, 1)));
    }
    // Bytes that are no text of the declared encoding are no character: the cell is blank.
    let undeclared = take_values(COMMA, windows);
    assert_eq!((undeclared.values(), undeclared.found("encoding")), (vec![None], Some((1, 2))));
}

#[test]
fn item_03_line_ends_and_marks_at_the_end_make_no_rows() {
    for text in [
        "K,V\r\nk1,x\nk2,y\rk3,z\r\n",
        "K,V\nk1,x\n\n\r\nk2,y\n   \nk3,z",
        "K,V\nk1,x\nk2,y\nk3,z\n\u{1a}",
        "K,V\nk1,x\0\nk2,y\nk3,z\n\0\0\0\0",
        "K,V\nk1,x\nk2,y\nk3,z\u{1a}",
    ] {
        let taken = take_values(COMMA, text.as_bytes());
        assert_eq!(taken.values(), [Some("x"), Some("y"), Some("z")], "{text:?}");
        assert_eq!(taken.counts(), [3, 3, 0, 0, 0], "{text:?}");
    }
}

#[test]
fn item_04_every_delimiter_and_delimiters_within_quotes() {
    for delimiter in ["|", "\\t", ";", ","] {
        let keys = format!("delimiter = \"{delimiter}\"");
        let byte = delimiter.replace("\\t", "\t");
        let text = format!("K{byte}V\nk1{byte}\"F321{byte} G35X\"\nk2{byte}plain\n");
        let quoted = format!("F321{byte} G35X");
        assert_eq!(
            take_values(&keys, text.as_bytes()).values(),
            [Some(quoted.as_str()), Some("plain")]
        );
    }
}

#[test]
fn item_05_newlines_in_quotes_stay_and_an_unclosed_quote_swallows_nothing() {
    let rest: String = (0..5_000).map(|i| format!("r{i},x\n")).collect();
    let text = format!("K,V\nk1,\"two\nlines\"\nk2,\"open\n{rest}");
    let taken = take_values(COMMA, text.as_bytes());
    assert_eq!(taken.counts(), [5_002, 5_001, 1, 0, 0]);
    assert_eq!(taken.values()[0], Some("two\nlines"));
    assert_eq!(taken.quarantine, [(4, String::new(), "unclosed_quote".to_owned())]);
    assert_eq!(taken.lines()[1], 5);
}

#[test]
fn item_06_a_phantom_column_is_none_and_ragged_rows_are_refused() {
    let taken = take_values(COMMA, b"K,V,\nk1,x,\nk2,y,\n");
    assert_eq!((taken.counts(), taken.found("undeclared_column")), ([2, 2, 0, 0, 0], None));
    let taken = take_values(COMMA, b"K,V\nk1,x,\nk2\nk3,y,z\n");
    assert_eq!((taken.counts(), taken.found("ragged_row")), ([3, 1, 2, 0, 0], Some((2, 3))));
}

#[test]
fn item_07_headers_repeated_missing_double_and_footers() {
    let joined = take_values(COMMA, "K,V\nk1,x\n\u{feff}K,V\nk2,y\n".as_bytes());
    assert_eq!((joined.counts(), joined.found("repeated_header")), ([3, 2, 1, 0, 0], Some((1, 3))));
    let none = take_values("delimiter = \",\"\nheader = \"none\"", b"k1,x\nk2,y\n");
    assert_eq!((none.values(), none.lines()), (vec![Some("x"), Some("y")], vec![1, 2]));
    let two = take_values(
        "delimiter = \",\"\nheader_rows = 2",
        b"K,V\nkey of the row,\"value,\nor none\"\nk1,x\n",
    );
    assert_eq!((two.values(), two.lines()), (vec![Some("x")], vec![4]));
    let titled = take_values(
        "delimiter = \",\"\nheader_first_cell = \"K\"",
        b"Extract of March\n\nK,V\nk1,x\n",
    );
    assert_eq!((titled.values(), titled.lines()), (vec![Some("x")], vec![4]));
}

#[test]
fn item_07_a_footer_is_no_row_and_its_count_is_held_against_the_rows() {
    let keys = "delimiter = \",\"\nfooter = [\"Total rows\"]";
    let taken = take_values(keys, b"K,V\nk1,x\nk1,again\nk3\nTotal rows: 3\n");
    assert_eq!(taken.counts(), [3, 1, 1, 0, 1]);
    assert_eq!((taken.found("footer"), taken.found("row_count_disagrees")), (Some((1, 5)), None));
    let short = take_values(keys, b"K,V\nk1,x\nTotal rows: 1,234\n");
    assert_eq!(short.counts(), [1, 1, 0, 0, 0]);
    assert_eq!(short.found("row_count_disagrees"), Some((1, 3)));
    let severity = short.intake.found.iter().find(|f| f.rule == "row_count_disagrees").unwrap();
    assert_eq!(severity.severity, "warn");
    // Two files with their footers, one behind the other.
    let joined = take_values(keys, b"K,V\nk1,x\nTotal rows: 1\nK,V\nk2,x\nk3,y\nTotal rows: 2\n");
    assert_eq!(joined.counts(), [4, 3, 1, 0, 0]);
    assert_eq!(joined.found("row_count_disagrees"), None);
}

#[test]
fn item_08_odd_names_in_the_header() {
    let columns = "{ name = \"[rejected_service_reason\", as = \"value\" }";
    let header = "\" k \",[Rejected_Service_Reason,iuc_adc_-_clinical_dx_group,note,NOTE";
    let taken = take_as(COMMA, columns, format!("{header}\nk1,x,1,2,3\n").as_bytes()).unwrap();
    assert_eq!(taken.values(), [Some("x")]);
    let places: Vec<_> = taken
        .intake
        .found
        .iter()
        .filter(|f| f.rule == "undeclared_column")
        .filter_map(|f| f.column.as_deref())
        .collect();
    assert_eq!(places, ["column 3", "column 4", "column 5"]);
    let columns = "{ name = \"Client Name\", as = \"value\" }";
    let taken = take_as(COMMA, columns, b"K,\"Client\nName \"\nk1,x\n").unwrap();
    assert_eq!(taken.values(), [Some("x")]);
    let twice = take_as(COMMA, VALUE, b"K,V,v \nk1,x,y\n").err().unwrap();
    assert!(twice.to_string().ends_with("more than one column `V`"), "{twice}");
}

#[test]
fn item_09_nothing_little_and_half_of_a_file() {
    for empty in [&b""[..], b"\n\n", b"\xef\xbb\xbf"] {
        assert!(take_as(COMMA, VALUE, empty).err().unwrap().is_the_files_fault());
    }
    let header = take_values(COMMA, b"K,V\n");
    assert_eq!((header.counts(), header.found("no_rows")), ([0; 5], Some((0, 0))));
    let cut = take_values(COMMA, b"K,V\nk1,x\nk2");
    assert_eq!((cut.counts(), cut.found("cut_short")), ([2, 1, 1, 0, 0], Some((1, 3))));
    let whole = take_values(COMMA, b"K,V\nk1,x\nk2,y");
    assert_eq!((whole.counts(), whole.found("cut_short")), ([2, 2, 0, 0, 0], None));
}

#[test]
fn item_09_a_folder_in_an_archive_is_walked_and_half_an_archive_refused() {
    let rows: String = (0..3_000).map(|i| format!("k{i},{}\n", i * 7919 % 10_007)).collect();
    let text = format!("K,V\n{rows}");
    let plain = take_values(COMMA, text.as_bytes());
    let packed = zipped("2024/extract.csv", text.as_bytes());
    let taken = take_values(COMMA, &packed);
    assert_eq!((taken.counts(), taken.records), (plain.counts(), plain.records));
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(text.as_bytes()).unwrap();
    let gz = gz.finish().unwrap();
    for half in [&packed[..packed.len() / 2], &gz[..gz.len() / 2]] {
        let error = take_as(COMMA, VALUE, half).err().unwrap();
        assert!(error.is_the_files_fault(), "{error}");
    }
}

#[test]
fn item_09_xml_is_a_table_by_its_declared_paths() {
    let keys = "xml = { row = \"Message/Children/Child/CINdetails\" }";
    let contract = format!(
        "feed = \"f\"\nversion = \"1\"\ntitle = \"t\"\nsector = \"s\"\nsource = \"s\"\n{keys}\n\
         key = [\"K\", \"On\"]\ncolumn = [\n\
         {{ name = \"K\", as = \"k\", path = \"../ChildIdentifiers/LAchildID\", required = true }},\n\
         {{ name = \"On\", as = \"on_date\", type = \"date\", format = \"%Y-%m-%d\", path = \"CINreferralDate\" }}]\n"
    );
    let setting = Setting { contract: contract.leak(), ..Setting::default() };
    let child = |id: &str, dates: &[&str]| {
        let details = dates.iter().map(|date| {
            format!("<CINdetails><CINreferralDate>{date}</CINreferralDate></CINdetails>\n")
        });
        format!(
            "<Child><ChildIdentifiers><LAchildID>{id}</LAchildID></ChildIdentifiers>\n{}</Child>\n",
            details.collect::<String>()
        )
    };
    let text = format!(
        "<?xml version=\"1.0\"?>\n<Message><Children>\n{}{}{}</Children></Message>",
        child("A1", &["2024-03-01", "2024-03-01"]),
        child("A2", &["2024-02-30"]),
        child("", &["2024-03-01"]),
    );
    let taken = take_under(&setting, text.as_bytes()).unwrap();
    assert_eq!(taken.counts(), [4, 2, 1, 0, 1]);
    assert_eq!(taken.texts("k"), [Some("A1"), Some("A2")]);
    let expected = [(5, "", "duplicate_key"), (11, "K", "required")]
        .map(|(line, column, rule)| (line, column.to_owned(), rule.to_owned()));
    assert_eq!(taken.quarantine, expected);
    assert_eq!(taken.found("not_a_date"), Some((1, 8)));
}
