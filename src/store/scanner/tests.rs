//! The scanner against planted identifiers.

#![allow(clippy::disallowed_methods, reason = "these tests write what no store would")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BinaryArray, Date32Array, Decimal128Array, DictionaryArray, Float64Array,
    Int32Array, Int64Array, LargeStringArray, ListArray, RecordBatch, StringArray, StringViewArray,
    StructArray, UInt64Array,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Int32Type, Schema};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use jiff::civil::date;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use super::super::tests::next;
use super::*;
use crate::domain::days_since_epoch;

// 999 000 0018 is a valid number of the range set aside for tests; the rest is made up.
const NUMBER: u64 = 9_990_000_018;
const NAME: &str = "Quillfeather";
const ADDRESS: &str = "17 Zephyrine Crescent";

fn canaries() -> Canaries {
    Canaries {
        nhs_numbers: vec!["999 000 0018".to_owned()],
        names: vec![NAME.to_owned(), "Wyx".to_owned(), "O'Möhring".to_owned()],
        address_lines: vec![ADDRESS.to_owned()],
        postcodes: vec!["QX7 3ZB".to_owned()],
        local_ids: vec!["RR8/0047215".to_owned(), "700412345678".to_owned()],
        birth_dates: vec![date(1931, 2, 27)],
    }
}

fn kinds(paths: &[PathBuf], rules: &Rules) -> Vec<Kind> {
    let hits = scan(paths, &canaries(), rules).unwrap();
    for hit in &hits {
        // The name of the folder is random, and may hold what looks like one of them.
        let (folder, _) = hit.path.rsplit_once('/').unwrap_or_default();
        let shown = format!("{hit} {hit:?}").replace(folder, "").to_lowercase();
        for secret in ["0018", "quillfeather", "zephyrine", "3zb", "0047215", "1931"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
    let mut kinds: Vec<Kind> = hits.iter().map(|hit| hit.kind).collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

fn in_text(name: &str, text: &[u8]) -> Vec<Kind> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), text).unwrap();
    kinds(&[folder.path().to_path_buf()], &Rules::none())
}

fn write_parquet(path: &Path, name: &str, column: ArrayRef, properties: WriterProperties) {
    let field = Field::new(name, column.data_type().clone(), true);
    let batch = RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![column]).unwrap();
    let file = fs::File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn compressed() -> WriterProperties {
    let level = parquet::basic::ZstdLevel::try_new(1).unwrap();
    WriterProperties::builder()
        .set_compression(parquet::basic::Compression::ZSTD(level))
        .set_statistics_enabled(EnabledStatistics::None)
        .build()
}

/// Hits by place in a Parquet file with one column.
fn in_column(column: ArrayRef) -> Vec<(String, Kind)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("part.parquet");
    write_parquet(&path, "x", column, compressed());
    let hits = scan(&[path], &canaries(), &Rules::none()).unwrap();
    hits.into_iter().map(|hit| (hit.place, hit.kind)).collect()
}

fn finds(column: impl Array + 'static, kind: Kind) {
    let hits = in_column(Arc::new(column));
    assert!(hits.contains(&("column `x`".to_owned(), kind)), "{hits:?}");
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A zip archive's members, without the directory that the scanner does not rely on.
fn zipped(members: &[(&str, &[u8], bool)]) -> Vec<u8> {
    let mut zip = Vec::new();
    for (name, content, sizes_follow) in members {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content).unwrap();
        let packed = encoder.finish().unwrap();
        let size = if *sizes_follow { 0 } else { packed.len() as u32 };
        zip.extend_from_slice(b"PK\x03\x04\x14\x00");
        zip.extend_from_slice(&u16::to_le_bytes(if *sizes_follow { 8 } else { 0 }));
        zip.extend_from_slice(b"\x08\x00\0\0\0\0\0\0\0\0");
        zip.extend_from_slice(&size.to_le_bytes());
        zip.extend_from_slice(&(content.len() as u32).to_le_bytes());
        zip.extend_from_slice(&u16::to_le_bytes(name.len() as u16));
        zip.extend_from_slice(b"\0\0");
        zip.extend_from_slice(name.as_bytes());
        zip.extend_from_slice(&packed);
    }
    zip
}

#[test]
fn a_number_is_found_in_every_shape_of_text() {
    for text in [
        "9990000018",
        "999 000 0018",
        "999-000-0018",
        "999\u{a0}000\u{a0}0018",
        "9990000018.0",
        "9.990000018E+09",
        "9,990,000,018",
        "id=999%20000%200018",
        "999&nbsp;000&nbsp;0018",
        "nhs9990000018x",
        "999.000.0018",
        "{\"n\":9990000018}",
    ] {
        let text = format!("before {text} after\n");
        assert_eq!(in_text("a.txt", text.as_bytes()), [Kind::NhsNumber], "{text}");
    }
    assert_eq!(in_text("a.txt", b"19990000018 99900000181"), []);
    let utf_16: Vec<u8> = "9990000018".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(in_text("a.bin", &utf_16), [Kind::NhsNumber]);
}

#[test]
fn names_addresses_postcodes_and_ids_are_found_in_every_shape_of_text() {
    let found = [
        ("QUILLFEATHER", Kind::Name),
        ("quillfeather's", Kind::Name),
        ("Mr Wyx,", Kind::Name),
        ("o'möhring", Kind::Name),
        ("O'MÖHRING", Kind::Name),
        ("O&#39;Möhring", Kind::Name),
        ("\"O'M\\u00f6hring\"", Kind::Name),
        ("O%27M%C3%B6hring", Kind::Name),
        ("O''MÖHRING", Kind::Name),
        ("17  ZEPHYRINE  CRESCENT", Kind::AddressLine),
        ("17-zephyrine-crescent", Kind::AddressLine),
        ("17, Zephyrine, Crescent", Kind::AddressLine),
        ("17+Zephyrine+Crescent", Kind::AddressLine),
        ("QX7 3ZB", Kind::Postcode),
        ("qx73zb", Kind::Postcode),
        ("QX7%203ZB", Kind::Postcode),
        ("rr8/0047215", Kind::LocalId),
        ("700412345678", Kind::LocalId),
        ("27/02/1931", Kind::BirthDate),
        ("1931-02-27T00:00:00", Kind::BirthDate),
        ("born 27 Feb 1931", Kind::BirthDate),
        ("19310227", Kind::BirthDate),
    ];
    for (text, kind) in found {
        assert_eq!(in_text("page.html", format!("<p>{text}</p>").as_bytes()), [kind], "{text}");
    }
    for text in
        ["Wyxham", "AQX73ZBC", "1700412345678", "1931-02-28", "RR8/00472159", "quill feather"]
    {
        assert_eq!(in_text("page.html", format!("<p>{text}</p>").as_bytes()), [], "{text}");
    }
    let latin_1 = b"name O'M\xf6hring here";
    assert_eq!(in_text("a.txt", latin_1), [Kind::Name]);
}

#[test]
fn file_names_are_searched_and_blanked() {
    for (name, kind) in [
        ("apc_9990000018.csv", Kind::NhsNumber),
        ("999-000-0018.txt", Kind::NhsNumber),
        ("letter QUILLFEATHER.txt", Kind::Name),
        ("17-zephyrine-crescent.svg", Kind::AddressLine),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("sub")).unwrap();
        fs::write(folder.path().join("sub").join(name), "nothing").unwrap();
        let hits = scan(&[folder.path().to_path_buf()], &canaries(), &Rules::none()).unwrap();
        assert_eq!((hits[0].place.as_str(), hits[0].kind), ("file name", kind));
        assert!(hits[0].path.contains("***") && !hits[0].path.contains(name));
    }
}

#[test]
fn hits_in_csv_name_their_column_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let csv =
        "id,note,cost_pence\n1,\"a, b\",4010232137\n2,\"see, 9990000018\",5\n3,999 000 0018,5\n";
    fs::write(folder.path().join("a.csv"), csv).unwrap();
    let hits = scan(&[folder.path().to_path_buf()], &canaries(), &Rules::default()).unwrap();
    let places: Vec<(&str, Kind, u64)> =
        hits.iter().map(|hit| (hit.place.as_str(), hit.kind, hit.n)).collect();
    let place = "column `note`, line 3";
    assert_eq!(places, [(place, Kind::NhsNumber, 2), (place, Kind::NhsNumberShape, 2)]);
}

#[test]
fn archives_are_opened_however_deep() {
    let csv = format!("a,b\n1,{NAME}\n");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.parquet");
    write_parquet(&path, "x", Arc::new(Int64Array::from(vec![NUMBER as i64])), compressed());
    let parquet = fs::read(path).unwrap();
    let inner = zipped(&[("plain.txt", b"nothing", false), ("deep.csv", csv.as_bytes(), true)]);
    assert_eq!(in_text("a.csv.gz", &gzipped(csv.as_bytes())), [Kind::Name]);
    assert_eq!(in_text("a.zip", &inner), [Kind::Name]);
    assert_eq!(in_text("a.xlsx", &zipped(&[("z.zip", &inner, false)])), [Kind::Name]);
    assert_eq!(in_text("a.zip", &zipped(&[("x.parquet", &parquet, true)])), [Kind::NhsNumber]);
    assert_eq!(in_text("a.zip", &zipped(&[("9990000018.txt", b"x", true)])), [Kind::NhsNumber]);
    let twice = [gzipped(b"nothing\n"), gzipped(csv.as_bytes())].concat();
    assert_eq!(in_text("a.csv.gz", &gzipped(&twice)), [Kind::Name]);
    let mut named = flate2::GzBuilder::new()
        .filename("Quillfeather.csv")
        .write(Vec::new(), Compression::fast());
    named.write_all(b"nothing").unwrap();
    assert_eq!(in_text("a.gz", &named.finish().unwrap()), [Kind::Name]);
}

#[test]
fn what_cannot_be_decoded_is_an_error_and_not_a_pass() {
    let folder = tempfile::tempdir().unwrap();
    let mut gzip = gzipped(NAME.repeat(500).as_bytes());
    gzip.truncate(gzip.len() / 2);
    let mut locked = zipped(&[("a.txt", b"x", false)]);
    locked[6] |= 1;
    let mut bombs = b"x".to_vec();
    for _ in 0..8 {
        bombs = gzipped(&bombs);
    }
    for (name, bytes) in [
        ("cut.gz", gzip),
        ("locked.zip", locked),
        ("deep.gz", bombs),
        ("cut.parquet", b"PAR1 and nothing more".to_vec()),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let error = scan(&[path], &canaries(), &Rules::none()).unwrap_err();
        assert!(matches!(error, ScanError::Undecodable { .. }), "{name}: {error}");
    }
}

#[test]
fn values_are_found_in_columns_of_every_type() {
    let n = NUMBER as i64;
    finds(Int64Array::from(vec![None, Some(5), Some(n)]), Kind::NhsNumber);
    finds(UInt64Array::from(vec![NUMBER]), Kind::NhsNumber);
    finds(Float64Array::from(vec![1.5, NUMBER as f64]), Kind::NhsNumber);
    let decimal = Decimal128Array::from(vec![i128::from(n) * 100]);
    finds(decimal.with_precision_and_scale(20, 2).unwrap(), Kind::NhsNumber);
    finds(StringArray::from(vec!["a", "999 000 0018"]), Kind::NhsNumber);
    finds(LargeStringArray::from(vec![ADDRESS]), Kind::AddressLine);
    finds(StringViewArray::from(vec!["qx7 3zb"]), Kind::Postcode);
    finds(BinaryArray::from(vec![NAME.as_bytes()]), Kind::Name);
    let words: DictionaryArray<Int32Type> = ["a", NAME, "a"].into_iter().collect();
    finds(words, Kind::Name);
    finds(Date32Array::from(vec![days_since_epoch(date(1931, 2, 27))]), Kind::BirthDate);
    finds(Int32Array::from(vec![19_310_227]), Kind::BirthDate);
    let item = Arc::new(Field::new("item", DataType::Int64, true));
    let list = ListArray::new(
        Arc::clone(&item),
        OffsetBuffer::from_lengths([1, 1]),
        Arc::new(Int64Array::from(vec![1, n])),
        None,
    );
    let pair = StructArray::from(vec![(
        Arc::new(Field::new("inner", list.data_type().clone(), true)),
        Arc::new(list) as ArrayRef,
    )]);
    finds(pair, Kind::NhsNumber);
}

#[test]
fn two_values_beside_each_other_are_not_one() {
    assert_eq!(
        in_column(Arc::new(StringArray::from(vec!["99900", "00018", "Quill", "feather"]))),
        []
    );
}

#[test]
fn names_metadata_statistics_and_dictionaries_of_parquet_are_searched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("part.parquet");
    let find = |path: &Path| -> Vec<String> {
        let hits = scan(&[path.to_path_buf()], &canaries(), &Rules::none()).unwrap();
        hits.into_iter().map(|hit| hit.place).collect()
    };
    let ones = || Arc::new(Int64Array::from(vec![1])) as ArrayRef;
    write_parquet(&path, "QUILLFEATHER", ones(), compressed());
    assert!(find(&path).contains(&"column name".to_owned()));

    let note = parquet::file::metadata::KeyValue::new("note".to_owned(), Some(NAME.to_owned()));
    let properties = WriterProperties::builder().set_key_value_metadata(Some(vec![note])).build();
    write_parquet(&path, "x", ones(), properties);
    assert!(find(&path).contains(&"metadata".to_owned()));

    let noted =
        Field::new("x", DataType::Int64, true).with_metadata([("by".into(), "Wyx".into())].into());
    let batch = RecordBatch::try_new(Arc::new(Schema::new(vec![noted])), vec![ones()]).unwrap();
    let mut writer =
        ArrowWriter::try_new(fs::File::create(&path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    assert_eq!(find(&path), ["metadata of a column"]);

    let numbers = || Arc::new(Int64Array::from(vec![5, NUMBER as i64, 7])) as ArrayRef;
    let properties = || WriterProperties::builder().set_write_page_header_statistics(true);
    write_parquet(&path, "x", numbers(), properties().build());
    let places = find(&path);
    for place in [
        "column `x`",
        "dictionary of column `x`",
        "page statistics of column `x`",
        "statistics of column `x`",
    ] {
        assert!(places.contains(&place.to_owned()), "{place}: {places:?}");
    }
    let texts = Arc::new(StringArray::from(vec!["Aaa", "Wyx"]));
    write_parquet(&path, "x", texts, properties().build());
    assert_eq!(find(&path).len(), 4);
}

#[test]
fn pseudonyms_digests_and_sums_of_money_are_let_through() {
    let folder = tempfile::tempdir().unwrap();
    let mut state = 1;
    let ids: Vec<i64> = (0..200_000).map(|_| (next(&mut state) >> 1) as i64).collect();
    let texts: Vec<String> = ids.iter().map(|id| format!("{:016x} {id}", id ^ 77)).collect();
    let csv = format!("person_id,run\n{}\n", texts.join("\n").replace(' ', ","));
    let digests: Vec<String> =
        (0..2_000).map(|i: u32| super::super::sha256_hex(&i.to_le_bytes())).collect();
    fs::write(folder.path().join("a.csv"), csv).unwrap();
    fs::write(folder.path().join("digests.json"), digests.join("\",\"")).unwrap();
    let scores: Vec<String> =
        ids.iter().map(|id| (*id as f64 / i64::MAX as f64).to_string()).collect();
    fs::write(folder.path().join("chart.svg"), scores.join(",")).unwrap();
    let write = |name: &str, column: ArrayRef| {
        write_parquet(&folder.path().join(format!("{name}.parquet")), name, column, compressed());
    };
    write("person_id", Arc::new(Int64Array::from(ids)));
    write("digest", Arc::new(StringArray::from(texts)));
    let pounds =
        Decimal128Array::from(vec![4_010_232_137]).with_precision_and_scale(18, 2).unwrap();
    write("cost", Arc::new(pounds));
    for name in ["cost_pence", "quantity_thousandths"] {
        write(name, Arc::new(Int64Array::from(vec![4_010_232_137])));
    }
    let hits = scan(&[folder.path().to_path_buf()], &canaries(), &Rules::default()).unwrap();
    assert_eq!(hits, []);
}

#[test]
fn shapes_are_found_without_canaries() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("part.parquet");
    write_parquet(&path, "x", Arc::new(Int64Array::from(vec![4_010_232_137])), compressed());
    let found = |canaries: &Canaries| -> Vec<Kind> {
        let hits = scan(std::slice::from_ref(&path), canaries, &Rules::default()).unwrap();
        hits.into_iter().map(|hit| hit.kind).collect()
    };
    assert!(found(&Canaries::default()).contains(&Kind::NhsNumberShape));
    write_parquet(&path, "x", Arc::new(StringArray::from(vec!["ls1 4dy"])), compressed());
    assert!(found(&Canaries::default()).contains(&Kind::PostcodeShape));
}

#[test]
fn many_canaries_are_searched_for_at_once() {
    let mut state = 9;
    let mut word = |n: usize| -> String {
        (0..n).map(|_| char::from(b'a' + (next(&mut state) % 26) as u8)).collect()
    };
    let canaries = Canaries {
        names: (0..3_000).map(|_| word(9)).collect(),
        address_lines: (0..500).map(|_| format!("{} {}", word(7), word(6))).collect(),
        ..Canaries::default()
    };
    let mut text = word(2_000_000);
    text.push_str(&canaries.names[1_234].to_uppercase());
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.txt"), text).unwrap();
    let hits = scan(&[folder.path().to_path_buf()], &canaries, &Rules::none()).unwrap();
    assert_eq!((hits.len(), hits[0].kind, hits[0].n), (1, Kind::Name, 1));
}
