//! A written city against what it says of itself.

mod dials;
mod monthly;
mod scale;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::{Settings, Summary, write};
use crate::domain::{NhsNumber, NhsNumberClass, NhsNumberFault};

fn make(n_people: u32, n_months: u32, seed: u64) -> (tempfile::TempDir, Summary) {
    let folder = tempfile::tempdir().expect("a folder");
    let summary = write(&Settings::new(n_people, n_months, seed), folder.path(), &|_| {});
    (folder, summary.expect("a city"))
}

fn make_with(settings: &Settings) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write(settings, folder.path(), &|_| {}).expect("a city");
    folder
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn bytes(path: &Path) -> Vec<u8> {
    let packed = std::fs::read(path).expect("a file");
    if path.extension().is_none_or(|e| e != "gz") {
        return packed;
    }
    let mut bytes = Vec::new();
    flate2::read::MultiGzDecoder::new(packed.as_slice()).read_to_end(&mut bytes).expect("gzip");
    bytes
}

/// Header and rows with the line on which each begins.
fn table(path: &Path) -> (Vec<String>, Vec<(u64, Vec<String>)>) {
    let bytes = bytes(path);
    let text: String = match String::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
        Err(other) => other.into_bytes().into_iter().map(char::from).collect(),
    };
    let first = text.lines().next().expect("a header");
    let delimiter =
        [b'|', b';', b','].into_iter().find(|d| first.contains(char::from(*d))).expect("one");
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().expect("a header").iter().map(str::to_owned).collect();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.expect("a row");
        let position = record.position().expect("a position");
        // The reader counts from the end of the row before: blank lines lie between.
        let at = usize::try_from(position.byte()).expect("small");
        let n_blank = text[at..].bytes().take_while(|b| *b == b'\n').count() as u64;
        rows.push((position.line() + n_blank, record.iter().map(str::to_owned).collect()));
    }
    (header, rows)
}

fn column(path: &Path, name: &str) -> Vec<String> {
    let (header, rows) = table(path);
    let at = header.iter().position(|h| h == name).expect("the column");
    rows.into_iter().map(|(_, mut row)| row.swap_remove(at)).collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_does_not() {
    let (one, _) = make(400, 24, 5);
    let (same, _) = make(400, 24, 5);
    let (other, _) = make(400, 24, 6);
    let list = files(one.path());
    assert!(list.len() > 50);
    let mut n_different = 0;
    for path in list {
        let name = path.strip_prefix(one.path()).expect("inside");
        let mine = std::fs::read(&path).expect("a file");
        assert!(
            mine == std::fs::read(same.path().join(name)).expect("the same file"),
            "{}",
            name.display()
        );
        n_different +=
            usize::from(std::fs::read(other.path().join(name)).is_ok_and(|theirs| theirs != mine));
    }
    assert!(n_different > 40);
}

#[test]
fn every_nhs_number_is_of_the_test_range_or_fails_its_check() {
    const NAMES: [&str; 6] =
        ["NHSNO", "NHS_NUMBER", "NHSNumber", "NhsNumber", "NHS Number", "DEC_NHS_NUMBER"];
    let (folder, _) = make(1500, 12, 9);
    let (mut n_valid, mut n_mistyped) = (0, 0);
    for path in files(&folder.path().join("extracts")) {
        let (header, rows) = table(&path);
        let is_number =
            |h: &String| NAMES.contains(&h.as_str()) || h.to_lowercase() == "nhs_number";
        let Some(at) = header.iter().position(is_number) else { continue };
        for (_, row) in rows.iter().filter(|(_, row)| !row[at].is_empty()) {
            match NhsNumber::parse(&row[at]) {
                Ok(number) => {
                    assert_eq!(number.class(), NhsNumberClass::Test);
                    n_valid += 1;
                }
                Err(fault) => {
                    assert_eq!(fault, NhsNumberFault::CheckDigit);
                    n_mistyped += 1;
                }
            }
        }
    }
    let share = f64::from(n_mistyped) / f64::from(n_valid);
    assert!((0.003..0.009).contains(&share), "{share}");
}

#[test]
fn the_truth_knows_every_line_and_no_other() {
    let (folder, summary) = make(800, 24, 3);
    let (header, records) = table(&folder.path().join("truth/records.csv.gz"));
    assert_eq!(header, ["feed", "file", "line", "person", "event", "planted"]);
    assert_eq!(records.len() as u64, summary.n_rows);
    let persons: BTreeSet<String> =
        column(&folder.path().join("truth/persons.csv"), "person").into_iter().collect();
    let mut lines: BTreeMap<String, BTreeMap<u64, String>> = BTreeMap::new();
    for (_, record) in records {
        assert!(record[3].is_empty() == (record[5] == "dummy"));
        assert!(record[3].is_empty() || persons.contains(&record[3]));
        let line = record[2].parse().expect("a line");
        let was = lines.entry(record[1].clone()).or_default().insert(line, record[3].clone());
        assert!(was.is_none());
    }
    let extracts = folder.path().join("extracts");
    let found = files(&extracts);
    for path in found {
        let name = path.strip_prefix(&extracts).expect("inside").display().to_string();
        let (header, rows) = table(&path);
        // A small city has files without a row.
        let known = lines.remove(&name).unwrap_or_default();
        let here: Vec<u64> = rows.iter().map(|(line, _)| *line).collect();
        assert_eq!(here, known.keys().copied().collect::<Vec<_>>(), "{name}");
        // A local number belongs to one person.
        let local = header
            .iter()
            .position(|h| matches!(h.as_str(), "LOPATID" | "PatientGuid" | "CHILD" | "Client Ref"));
        let mut owner: BTreeMap<&str, &str> = BTreeMap::new();
        for (line, row) in &rows {
            if let Some(at) = local {
                let person = known[line].as_str();
                assert_eq!(*owner.entry(row[at].as_str()).or_insert(person), person);
            }
        }
    }
    assert!(lines.is_empty(), "files that are not there");
}

#[test]
fn rates_are_those_of_a_real_city() {
    // Events per 1,000 registered person-years; three years of 3,000 people stray by chance.
    const EXPECTED: [(&str, f64, f64); 14] = [
        ("apc emergency_continuous_spells", 100.0, 0.15),
        ("apc planned_continuous_spells", 125.0, 0.2),
        ("ecds attendances", 380.0, 0.15),
        ("op appointments", 1500.0, 0.15),
        ("csds contacts", 1150.0, 0.25),
        ("mhsds contacts", 350.0, 0.3),
        ("iapt pathways", 30.0, 0.3),
        ("gp_appointment appointments", 6000.0, 0.1),
        ("gp_event events", 3700.0, 0.2),
        ("gp_prescription issues", 2000.0, 0.15),
        ("ambulance incidents", 130.0, 0.15),
        ("nhs111 calls", 240.0, 0.15),
        ("death deaths", 8.5, 0.3),
        ("third_sector contacts", 60.0, 0.35),
    ];
    let (_folder, summary) = make(3000, 36, 20_260_401);
    for (name, expected, tolerance) in EXPECTED {
        let (_, rate) = summary.rates.iter().find(|(n, _)| n == name).expect("a rate");
        assert!((rate / expected - 1.0).abs() < tolerance, "{name}: {rate}");
    }
}

#[test]
fn defects_come_as_often_as_stated() {
    let (folder, _) = make(4000, 24, 11);
    let (_, rows) = table(&folder.path().join("truth/defects.csv"));
    let mut sums: BTreeMap<String, (f64, f64, f64)> = BTreeMap::new();
    for (_, row) in rows.iter().filter(|(_, row)| !row[2].is_empty()) {
        let number = |i: usize| row[i].parse::<f64>().expect("a number");
        let sum = sums.entry(row[1].clone()).or_insert((number(2), 0.0, 0.0));
        sum.1 += number(3);
        sum.2 += number(4);
    }
    // Fewer rows than all can have a wrong number or name, and bad dates stand in for bad ends.
    for (defect, (stated, n, n_rows)) in sums {
        let ratio = n / n_rows / stated;
        assert!((0.5..2.1).contains(&ratio), "{defect}: {ratio}");
    }
    let missing: Vec<&Vec<String>> =
        rows.iter().map(|(_, row)| row).filter(|row| row[1] == "nhs_missing").collect();
    for (feed, share) in
        [("ambulance", 0.95), ("nhs111", 0.30), ("csc", 1.0), ("third_sector", 1.0), ("op", 0.02)]
    {
        let row = missing.iter().find(|row| row[0] == feed).expect("counted");
        let found = row[3].parse::<f64>().expect("n") / row[4].parse::<f64>().expect("rows");
        assert!((found / share - 1.0).abs() < 0.25, "{feed}: {found}");
    }
}

#[test]
fn settings_out_of_range_are_refused_with_the_limit() {
    let refused = |n_people, n_months| {
        let folder = tempfile::tempdir().expect("a folder");
        write(&Settings::new(n_people, n_months, 1), folder.path(), &|_| {})
            .expect_err("refused")
            .to_string()
    };
    assert_eq!(refused(10, 36), "people: 10 is too few, at least 200");
    assert_eq!(refused(300, 1), "months: 1 is too few, at least 3");
    assert_eq!(
        refused(9_000_000, 36),
        "people: 9000000 is too many, at most 1100000: postcodes run out"
    );
}
