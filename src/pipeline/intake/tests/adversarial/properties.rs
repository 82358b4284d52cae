//! Whatever a file holds and is packed in: every record is accounted for, and nothing panics.

use super::*;

/// How the same text can be written down.
#[derive(Debug, Clone, Copy)]
enum Written {
    Plain,
    Marked,
    Utf16,
    Gzip,
    Zip,
}

const EVERY: [Written; 5] =
    [Written::Plain, Written::Marked, Written::Utf16, Written::Gzip, Written::Zip];

fn written(text: &str, how: Written) -> Vec<u8> {
    match how {
        Written::Plain => text.as_bytes().to_vec(),
        Written::Marked => format!("\u{feff}{text}").into_bytes(),
        Written::Utf16 => utf_16(&format!("\u{feff}{text}")),
        Written::Zip => zipped("2024/extract.csv", text.as_bytes()),
        Written::Gzip => {
            let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gz.write_all(text.as_bytes()).unwrap();
            gz.finish().unwrap()
        }
    }
}

/// Contracts of every kind of file, with their keys and the path of a column.
fn settings() -> [Setting; 4] {
    let small =
        Limits { block_bytes: 100, record_bytes: 200, record_lines: 3, ..Limits::default() };
    let of = |contract| Setting { contract, limits: small, ..Setting::default() };
    let xml = "feed = \"f\"\nversion = \"1\"\ntitle = \"t\"\nsector = \"s\"\nsource = \"s\"\n\
               xml = { row = \"a/b\" }\nkey = [\"K\"]\ncolumn = [\
               { name = \"K\", as = \"k\", required = true, path = \"../@k\" },\
               { name = \"V\", as = \"value\", path = \"c\", join = \";\" }]";
    [
        of(contract("delimiter = \",\"\nfooter = [\"END\"]", VALUE)),
        of(contract("delimiter = \"|\"\nheader = \"none\"\nencoding = \"windows-1252\"", VALUE)),
        of(contract("sheet = 1\nheader_first_cell = \"K\"", VALUE)),
        of(xml),
    ]
}

fn holds(taken: &Taken) -> Result<(), TestCaseError> {
    let [read, accepted, quarantined, filtered, duplicates] = taken.counts();
    prop_assert_eq!(read, accepted + quarantined + filtered + duplicates);
    prop_assert_eq!(accepted, taken.records.num_rows() as u64);
    prop_assert_eq!(quarantined + duplicates, taken.quarantine.len() as u64);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// However a text is written down, the same comes of it.
    #[test]
    fn what_a_file_is_packed_in_changes_nothing(
        rows in proptest::collection::vec("(k[0-9]|END|K)[ ,|\"a£’é\u{1f600}\r\n]{0,12}", 0..20),
    ) {
        let text = format!("K,V\n{}", rows.join("\n"));
        let take = |how| {
            let setting = Setting {
                contract: contract("delimiter = \",\"\nencoding = \"utf-8\"\nfooter = [\"END\"]", VALUE),
                ..Setting::default()
            };
            take_under(&setting, &written(&text, how))
        };
        let plain = take(Written::Plain).unwrap();
        holds(&plain)?;
        for how in EVERY {
            let taken = take(how).unwrap();
            holds(&taken)?;
            prop_assert_eq!(taken.counts(), plain.counts(), "{:?}", how);
            prop_assert_eq!(&taken.quarantine, &plain.quarantine, "{:?}", how);
            prop_assert_eq!(&taken.records, &plain.records, "{:?}", how);
        }
    }

    /// No bytes make any reader panic or lose a record.
    #[test]
    fn bytes_of_any_kind_are_rows_or_an_error_of_the_file(
        start in proptest::sample::select(vec![
            &b""[..], b"K,V\n", b"\xff\xfeK\0,\0V\0\n\0", b"\xfe\xff\0K\0,\0V\0\n", b"\x1f\x8b\x08",
            b"PK\x03\x04", b"\xef\xbb\xbfK,V\n", b"<a k='1'><b><c>", b"<?xml version='1.0'?><a>",
        ]),
        pieces in proptest::collection::vec(
            prop_oneof![
                "[a-z0-9,\"\n\r;|<>/&= END-]{0,30}".prop_map(String::into_bytes),
                proptest::collection::vec(any::<u8>(), 0..20),
                Just(b"<b><c>1</c><c>2</c></b>".to_vec()),
                Just(b"</a>".to_vec()),
            ],
            0..15,
        ),
    ) {
        let bytes = [start, &pieces.concat()].concat();
        for setting in settings() {
            match take_under(&setting, &bytes) {
                Ok(taken) => holds(&taken)?,
                Err(error) => prop_assert!(error.is_the_files_fault(), "{}", error),
            }
        }
    }

    /// An archive or document of which a byte was changed or the end was cut.
    #[test]
    fn damage_is_an_error_of_the_file_or_costs_rows(
        at in any::<proptest::sample::Index>(),
        byte in any::<u8>(),
        is_cut in any::<bool>(),
        how in proptest::sample::select(EVERY.to_vec()),
    ) {
        let rows: String = (0..50).map(|i| format!("k{i},value {i}\n")).collect();
        let mut bytes = written(&format!("K,V\n{rows}END 50\n"), how);
        let place = at.index(bytes.len());
        if is_cut {
            bytes.truncate(place);
        } else {
            bytes[place] = byte;
        }
        for setting in settings() {
            match take_under(&setting, &bytes) {
                Ok(taken) => holds(&taken)?,
                Err(error) => prop_assert!(error.is_the_files_fault(), "{}", error),
            }
        }
    }
}
