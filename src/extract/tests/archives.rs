//! Zip archives: one file is read out of them, the rest is refused by name.

use std::io::Cursor;
use std::time::{Duration, Instant};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;

/// An archive of files, and of folders where the name ends with a slash.
pub(super) fn zipped(files: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, bytes) in files {
        if name.ends_with('/') {
            writer.add_directory(*name, options).unwrap();
        } else {
            writer.start_file(*name, options).unwrap();
            writer.write_all(bytes).unwrap();
        }
    }
    writer.finish().unwrap().into_inner()
}

fn deflated(files: &[(&str, &[u8])]) -> Vec<u8> {
    zipped(files, CompressionMethod::Deflated)
}

fn read_zip(bytes: &[u8], member: Option<&str>) -> Result<Read, ExtractError> {
    let format = Format { member: member.map(str::to_owned), ..COMMA };
    read_within(bytes, format, Limits::default())
}

const CSV: &[u8] = b"a,b\n1,x\n2,y\n";

#[test]
fn the_one_file_of_an_archive_is_read_wherever_it_lies() {
    let plain = read("a,b\n1,x\n2,y\n");
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        for files in [
            &[("extract.csv", CSV)][..],
            &[("2024/", b""), ("2024/March/", b""), ("2024/March/extract.csv", CSV)],
            &[("extract.csv", CSV), ("__MACOSX/._extract.csv", b"x"), (".DS_Store", b"x")],
            &[("../../etc/extract.csv", CSV)],
        ] {
            assert_eq!(read_zip(&zipped(files, method), None).unwrap(), plain);
        }
    }
}

#[test]
fn of_several_files_the_declared_one_is_read() {
    let files: [(&str, &[u8]); 3] =
        [("d/readme.txt", b"hello"), ("d/Extract_1.CSV", CSV), ("other.xml", b"<a/>")];
    let plain = read("a,b\n1,x\n2,y\n");
    for member in ["*.csv", "extract_*", "Extract_1.csv"] {
        assert_eq!(read_zip(&deflated(&files), Some(member)).unwrap(), plain, "{member}");
    }
    for (member, what) in [
        (None, "several files"),
        (Some("*.txt.csv"), "without a file"),
        (Some("*"), "several files"),
    ] {
        let error = read_zip(&deflated(&files), member).unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
        assert!(!error.to_string().contains("readme"), "{error}");
    }
}

#[test]
fn archives_in_archives_and_other_kinds_are_refused_by_name() {
    let inner = deflated(&[("extract.csv", CSV)]);
    let mut tar = vec![b'x'; 512];
    tar[257..262].copy_from_slice(b"ustar");
    for (bytes, what) in [
        (inner.clone(), "within an archive"),
        (gzip(CSV), "within an archive"),
        (b"7z\xbc\xaf\x27\x1c".to_vec(), "7z"),
        (b"%PDF-1.7".to_vec(), "PDF"),
        (b"<!DOCTYPE html><html>".to_vec(), "HTML"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(), "xls"),
        (tar, "tar archive"),
    ] {
        for packed in [deflated(&[("extract.csv", &bytes)]), gzip(&bytes)] {
            let error = read_zip(&packed, None).unwrap_err();
            assert!(error.to_string().contains(what), "{error}");
        }
    }
    let error = read_zip(&deflated(&[("folder/", b"")]), None).unwrap_err();
    assert!(error.to_string().contains("without a file"), "{error}");
}

#[test]
fn an_archive_with_a_password_is_refused_as_that() {
    let mut packed = deflated(&[("extract.csv", CSV)]);
    // Bit 0 of the flags, in the local header and in the directory. Source: APPNOTE 4.4.4.
    let directory = packed.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    packed[6] |= 1;
    packed[directory + 8] |= 1;
    let error = read_zip(&packed, None).unwrap_err();
    assert!(error.to_string().contains("password"), "{error}");
}

#[test]
fn a_damaged_or_cut_archive_is_an_error() {
    let rows: String = (0..50_000).map(|i| format!("{i},{}\n", i * 7919 % 10_007)).collect();
    let whole = deflated(&[("extract.csv", format!("a,b\n{rows}").as_bytes())]);
    assert_eq!(read_zip(&whole, None).unwrap().rows.len(), 50_000);
    assert!(read_zip(&whole[..whole.len() / 2], None).is_err());
    // Stored bytes that are not what the checksum says.
    let mut changed = zipped(&[("extract.csv", CSV)], CompressionMethod::Stored);
    let at = changed.windows(3).position(|w| w == b"2,y").unwrap();
    changed[at] = b'3';
    let error = read_zip(&changed, None).unwrap_err();
    assert!(matches!(error, ExtractError::Unreadable { .. }), "{error}");
}

#[test]
fn a_bomb_stops_at_the_cap() {
    let rows = b"1,x\n".repeat(16 << 20);
    let bomb = deflated(&[("extract.csv", &rows)]);
    assert!(bomb.len() < 1 << 20);
    let start = Instant::now();
    let error = read_zip(&bomb, None).unwrap_err();
    assert!(matches!(error, ExtractError::TooLarge { .. }), "{error}");
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

#[test]
fn progress_counts_the_bytes_of_the_archive() {
    let rows: String = (0..50_000).map(|i| format!("{i},{}\n", i * 7919 % 10_007)).collect();
    let (_folder, path) = file(&deflated(&[("e.csv", format!("a,b\n{rows}").as_bytes())]));
    let mut reader = ExtractReader::open(&path, &COMMA, Limits::default()).unwrap();
    let mut last = 0;
    while let Some(block) = reader.next_block().unwrap() {
        assert!(block.n_bytes_read >= last);
        last = block.n_bytes_read;
    }
    let size = path.metadata().unwrap().len();
    assert!(last > size / 2 && last <= size, "{last} of {size}");
}
