//! The data-quality models, counted a second time from the extracts in `sample-data/`.
//!
//! What counts here reads the files themselves and the truth about them, and nothing of the hub. The
//! layouts' lists of codes and stand-ins are written out, as the agreed layouts state them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::LazyLock;

use crate::oracle::extracts::{Extracts, Fate, Row, table};
use crate::support::{changed_pipeline, root, run_pipeline, sample, stderr};

static EXTRACTS: LazyLock<Extracts> = LazyLock::new(|| Extracts::read(&root().join("sample-data")));

/// Feed, column of the provider, column of the event's day.
const FEEDS: [(&str, &str, &str); 16] = [
    ("ambulance", "Provider", "TimeStampT0"),
    ("apc", "PROCODE3", "ADMIDATE"),
    ("asc", "LA_Code", "Event_Start_Date"),
    ("csc", "LA", "DECOM"),
    ("csds", "OrgID_Provider", "CareContactDate"),
    ("death", "PROVIDER", "REG_DATE_OF_DEATH"),
    ("ecds", "PROVIDER_CODE", "ARRIVAL_DATE"),
    ("gp_appointment", "OrganisationCode", "AppointmentDate"),
    ("gp_event", "OrganisationCode", "EffectiveDate"),
    ("gp_prescription", "OrganisationCode", "EffectiveDate"),
    ("gp_registration", "OrganisationCode", "DateOfRegistration"),
    ("iapt", "OrgID_Provider", "ReferralRequestReceivedDate"),
    ("mhsds", "OrgIDProv", "CareContDate"),
    ("nhs111", "provider", "call_commenced_date_time"),
    ("op", "PROCODE3", "APPTDATE"),
    ("third_sector", "Organisation", "Contact Date"),
];

/// What a column may hold, besides nothing.
enum Holds {
    /// A number that passes the check (modulus 11).
    NhsNumber,
    /// A day; these stand for "not known".
    Day(&'static [&'static str]),
    /// One of the first codes; the second say nothing, the third stand for "not known".
    Codes(&'static [&'static str], &'static [&'static str], &'static [&'static str]),
    /// Any text; these stand for "not known".
    Text(&'static [&'static str]),
    /// A postcode; ZZ99 stands for "not known".
    Postcode,
}

const ETHNIC: &[&str] =
    &["A", "B", "C", "D", "E", "F", "G", "H", "J", "K", "L", "M", "N", "P", "R", "S", "Z"];
const ADMISSION: &[&str] = &[
    "11", "12", "13", "21", "22", "23", "24", "25", "28", "2A", "2B", "2C", "2D", "31", "32", "81",
    "82", "83", "84", "89",
];

/// Feed, column, what it holds.
const COLUMNS: [(&str, &str, Holds); 20] = [
    ("apc", "NHSNO", Holds::NhsNumber),
    ("apc", "DOB", Holds::Day(&["1800-01-01", "1801-01-01", "1900-01-01"])),
    ("apc", "SEX", Holds::Codes(&["1", "2", "9"], &[], &["0", "X"])),
    ("apc", "ETHNOS", Holds::Codes(ETHNIC, &[], &["X", "9", "0"])),
    ("apc", "HOMEADD", Holds::Postcode),
    ("apc", "ADMIDATE", Holds::Day(&["1800-01-01", "1801-01-01"])),
    ("apc", "DISDATE", Holds::Day(&["1800-01-01", "1801-01-01"])),
    ("apc", "ADMIMETH", Holds::Codes(ADMISSION, &[], &["98", "99"])),
    ("apc", "DIAG_01", Holds::Text(&["R69X", "-", "&"])),
    ("apc", "DIAG_02", Holds::Text(&["R69X", "-", "&"])),
    ("apc", "OPERTN_01", Holds::Text(&["-", "&"])),
    ("ambulance", "NHS Number", Holds::NhsNumber),
    ("ambulance", "MainPatientSex", Holds::Codes(&["M", "F"], &["U"], &[])),
    ("ambulance", "MainPatientSurname", Holds::Text(&[])),
    ("asc", "NHS_Number", Holds::NhsNumber),
    ("asc", "Gender", Holds::Codes(&["Male", "Female", "Other"], &["Unknown"], &[])),
    ("gp_event", "EffectiveDatePrecision", Holds::Codes(&["Y", "YM", "YMD"], &[], &[])),
    ("nhs111", "nhs_number", Holds::NhsNumber),
    ("op", "APPTDATE", Holds::Day(&["1800-01-01"])),
    ("iapt", "ServDischDate", Holds::Day(&[])),
];

/// A number of the range that is set aside for tests, as providers write numbers.
fn is_nhs_number(text: &str) -> bool {
    let kept = |c: &char| !matches!(c, ' ' | '-');
    let digits: Vec<u32> = text.chars().filter(kept).filter_map(|c| c.to_digit(10)).collect();
    let is_whole = text.chars().filter(kept).all(|c| c.is_ascii_digit()) && digits.len() == 10;
    if !is_whole || digits[..3] != [9, 9, 9] {
        return false;
    }
    let weighted: u32 = digits[..9].iter().zip((2..=10).rev()).map(|(digit, w)| digit * w).sum();
    let check = (11 - weighted % 11) % 11;
    check == digits[9]
}

/// Two to four characters, then a digit and two letters; spaces don't matter.
fn is_postcode(text: &str) -> bool {
    let kept: Vec<u8> = text.bytes().filter(u8::is_ascii_alphanumeric).collect();
    let [outward @ .., digit, a, b] = kept.as_slice() else { return false };
    (2..=4).contains(&outward.len())
        && outward[0].is_ascii_alphabetic()
        && digit.is_ascii_digit()
        && a.is_ascii_alphabetic()
        && b.is_ascii_alphabetic()
}

impl Holds {
    /// Place of a cell's category among valid, other, default, invalid, missing.
    fn category(&self, row: &Row, column: &str) -> usize {
        let [valid, other, default, invalid, missing] = [0, 1, 2, 3, 4];
        let text = row.text(column);
        let or_invalid = |is_valid: bool| if is_valid { valid } else { invalid };
        match self {
            _ if text.is_empty() => missing,
            Self::NhsNumber => or_invalid(is_nhs_number(text)),
            Self::Day(defaults) | Self::Text(defaults) if defaults.contains(&text) => default,
            Self::Day(_) => or_invalid(row.holds_day(column)),
            Self::Text(_) => valid,
            Self::Codes(_, _, defaults) if defaults.contains(&text) => default,
            Self::Codes(_, others, _) if others.contains(&text) => other,
            Self::Codes(codes, ..) => or_invalid(codes.contains(&text)),
            Self::Postcode if text.to_uppercase().starts_with("ZZ99") => default,
            Self::Postcode => or_invalid(is_postcode(text)),
        }
    }
}

/// The only provider that a file's accepted rows name.
fn sole_provider(file: &str, provider: &str) -> String {
    let rows = EXTRACTS.rows.iter().filter(|row| &*row.file == file && row.fate == Fate::Accepted);
    let named: BTreeSet<&str> = rows.map(|row| row.text(provider)).collect();
    match (named.len(), named.first()) {
        (1, Some(only)) => (*only).to_owned(),
        _ => "unknown".to_owned(),
    }
}

/// Provider and month of a row, as the models write them; a ragged row tells neither.
fn place(row: &Row, provider: &str, day: &str) -> (String, String) {
    if row.planted == "ragged" {
        return (sole_provider(&row.file, provider), "undated".to_owned());
    }
    let month = row.day(day).map(|on| on.strftime("%Y-%m").to_string());
    (row.text(provider).to_owned(), month.unwrap_or_else(|| "undated".to_owned()))
}

fn counts<const N: usize>(cells: &[String]) -> [u64; N] {
    std::array::from_fn(|i| cells[i].parse().expect("a count"))
}

#[test]
fn rows_by_feed_provider_and_month_are_those_of_the_extracts() {
    let mut expected: BTreeMap<(String, String, String), [u64; 5]> = BTreeMap::new();
    for (feed, provider, day) in FEEDS {
        for row in EXTRACTS.rows.iter().filter(|row| row.feed == feed) {
            let (provider, month) = place(row, provider, day);
            let counts = expected.entry((feed.to_owned(), provider, month)).or_default();
            counts[0] += 1;
            counts[1 + row.fate as usize] += 1;
        }
    }
    let rows = sample().query(
        "select feed, provider_code, period, n_read, n_accepted, n_quarantined, n_filtered, \
         n_duplicates from quality.feed_month",
    );
    let found = rows.into_iter().map(|row| {
        let [feed, provider, period] = [0, 1, 2].map(|i| row[i].clone());
        ((feed, provider, period), counts::<5>(&row[3..]))
    });
    assert_eq!(found.collect::<BTreeMap<_, _>>(), expected);
}

#[test]
fn cells_are_valid_other_default_invalid_and_missing_as_in_the_extracts() {
    type Cells = BTreeMap<(String, String, String, String), [u64; 5]>;
    let mut expected = Cells::new();
    for (feed, column, holds) in &COLUMNS {
        let (_, provider, day) = FEEDS.iter().find(|(name, ..)| name == feed).expect("a feed");
        for row in EXTRACTS.rows.iter().filter(|row| row.feed == *feed) {
            // Nobody looks into a row that is left out, or that cannot be parted.
            if row.fate == Fate::Filtered || row.planted == "ragged" {
                continue;
            }
            let (provider, month) = place(row, provider, day);
            let key = ((*feed).to_owned(), (*column).to_owned(), provider, month);
            expected.entry(key).or_default()[holds.category(row, column)] += 1;
        }
    }
    let totals = expected.values().fold([0; 5], |mut sums: [u64; 5], counts| {
        sums.iter_mut().zip(counts).for_each(|(sum, n)| *sum += n);
        sums
    });
    assert!(totals.iter().all(|n| *n > 0), "each category occurs: {totals:?}");
    let rows = sample().query(
        "select feed, column_name, provider_code, period, n_valid, n_other, n_default, n_invalid, \
         n_missing from quality.column_month",
    );
    let is_chosen =
        |row: &Vec<String>| COLUMNS.iter().any(|(f, c, _)| *f == row[0] && *c == row[1]);
    let found = rows.into_iter().filter(is_chosen).map(|row| {
        let [feed, column, provider, period] = [0, 1, 2, 3].map(|i| row[i].clone());
        ((feed, column, provider, period), counts::<5>(&row[4..]))
    });
    assert_eq!(found.collect::<Cells>(), expected);
}

/// The column that a defect is planted in, and the rule that it breaks.
const PLANTED: [(&str, &str, &str, &str); 26] = [
    ("ambulance", "bad_date", "TimeStampT0", "not_a_date"),
    ("ambulance", "bad_optional_code", "Priority", "unknown_code"),
    ("apc", "bad_date", "ADMIDATE", "not_a_date"),
    ("apc", "end_before_start", "DISDATE", "discharged_after_admission"),
    ("apc", "bad_required_code", "ADMIMETH", "unknown_code"),
    ("apc", "bad_optional_code", "ETHNOS", "unknown_code"),
    ("asc", "bad_date", "Event_Start_Date", "not_a_date"),
    ("asc", "bad_optional_code", "Client_Type", "unknown_code"),
    ("csds", "bad_date", "CareContactDate", "not_a_date"),
    ("csds", "bad_required_code", "AttendanceStatus", "unknown_code"),
    ("ecds", "bad_date", "ARRIVAL_DATE", "not_a_date"),
    ("ecds", "end_before_start", "DEPARTURE_DATE", "departed_after_arrival"),
    ("ecds", "bad_optional_code", "DEPARTMENT_TYPE", "unknown_code"),
    ("gp_appointment", "bad_date", "AppointmentDate", "not_a_date"),
    ("gp_event", "bad_date", "EffectiveDate", "not_a_date"),
    ("gp_event", "bad_optional_code", "EffectiveDatePrecision", "unknown_code"),
    ("gp_prescription", "bad_date", "EffectiveDate", "not_a_date"),
    ("iapt", "bad_date", "ReferralRequestReceivedDate", "not_a_date"),
    ("iapt", "end_before_start", "ServDischDate", "discharged_after_referral"),
    ("mhsds", "bad_date", "CareContDate", "not_a_date"),
    ("mhsds", "bad_required_code", "AttendStatus", "unknown_code"),
    ("mhsds", "bad_optional_code", "EthnicCategory", "unknown_code"),
    ("op", "bad_date", "APPTDATE", "not_a_date"),
    ("op", "bad_required_code", "ATTENDED", "unknown_code"),
    ("op", "bad_optional_code", "FIRSTATT", "unknown_code"),
    ("third_sector", "bad_date", "Contact Date", "not_a_date"),
];

#[test]
fn planted_defects_are_found_where_they_were_planted() {
    let defects = table(&root().join("sample-data/truth/defects.csv"));
    let findings = sample().query(
        "select finding.feed, delivery.file, finding.rule, coalesce(finding.column_name, ''), \
         finding.n_rows, coalesce(finding.first_lines, '') from quality.finding as finding \
         inner join quality.delivery as delivery on finding.delivery = delivery.delivery",
    );
    for (feed, defect, column, rule) in PLANTED {
        let stated = defects.iter().find(|row| row["feed"] == feed && row["defect"] == defect);
        let stated: u64 = stated.expect("a defect")["n"].parse().expect("a count");
        let of = findings.iter().filter(|f| f[0] == feed && f[2] == rule && f[3] == column);
        let n: u64 = of.clone().map(|finding| finding[4].parse::<u64>().expect("a count")).sum();
        assert_eq!(n, stated, "{feed}: {defect}");
        for finding in of {
            for line in finding[5].split(", ") {
                let line: usize = line.parse().expect("a line");
                let is_it = |row: &&Row| *row.file == finding[1] && row.line == line;
                let row = EXTRACTS.rows.iter().find(is_it).expect("the line of the finding");
                assert_eq!(row.planted, defect, "{} line {line}", finding[1]);
            }
        }
    }
}

#[test]
fn questions_count_the_rows_of_recent_files() {
    let rows = sample().query(
        "select provider_code, n_rows, n_of, sentence from quality.question \
         where feed = 'apc' and rule = 'unknown_code' and column_name = 'ETHNOS'",
    );
    // The last year's file of each trust is the one that reaches into the last twelve months.
    for trust in ["RR8", "RAE"] {
        let file = format!("apc/apc_{trust}_2025-26.csv");
        let all: Vec<&Row> = EXTRACTS.rows.iter().filter(|row| *row.file == *file).collect();
        let is_bad = |row: &&&Row| row.planted == "bad_optional_code";
        let bad: Vec<String> = all.iter().filter(is_bad).map(|row| row.line.to_string()).collect();
        let found = rows.iter().find(|row| row[0] == trust);
        assert_eq!(found.is_some(), !bad.is_empty(), "{trust}");
        let Some(found) = found else { continue };
        assert_eq!(found[1..3], [bad.len().to_string(), all.len().to_string()], "{trust}");
        let word = if bad.len() == 1 { "line" } else { "lines" };
        let place = format!("first in {file}, {word} {}.", bad[..bad.len().min(5)].join(", "));
        assert!(found[3].ends_with(&place), "{}", found[3]);
    }
    assert!(!rows.is_empty());
}

#[test]
fn a_month_that_was_not_sent_is_missing_and_asked_about() {
    let folder = tempfile::tempdir().expect("a folder");
    let extracts = folder.path().join("extracts");
    crate::support::copy_folder(&root().join("sample-data/extracts"), &extracts);
    // RR8 leaves October 2025 out of its outpatient file.
    let path = extracts.join("op/op_RR8_2025-26.csv.gz");
    let bytes = std::fs::read(&path).expect("the file");
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(bytes.as_slice()), &mut text)
        .expect("gzip");
    let kept: Vec<&str> = text.split_inclusive('\n').filter(|l| !l.contains(",2025-10-")).collect();
    assert!(kept.len() + 100 < text.lines().count(), "a month is gone");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(kept.concat().as_bytes()).expect("packed");
    crate::support::write(&path, packed.finish().expect("packed"));
    let pipeline = changed_pipeline(folder.path(), |text| {
        let before = format!("{}/sample-data/extracts", root().display());
        text.replace(&before, &extracts.to_string_lossy())
    });
    let output = run_pipeline(&pipeline, folder.path(), &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    let asked = "select provider_code, n_rows, n_of, sentence from quality.question \
                 where feed = 'op' and rule like 'missing_month%'";
    assert!(sample().query(asked).is_empty(), "nothing is missing from the sample itself");
    let output = crate::support::hub(&["query", "--format", "csv", asked], folder.path());
    let text = crate::support::stdout(&output);
    let rows: Vec<&str> = text.lines().skip(1).collect();
    assert_eq!(rows.len(), 1, "{text}");
    assert!(rows[0].starts_with("RR8,"), "{text}");
    assert!(rows[0].contains("rows (100.0 %) of op for 2025-10"), "{text}");
    let page = folder.path().join("out/sample/data-quality/questions/RR8.html");
    assert!(std::fs::read_to_string(page).expect("a page").contains("of op for 2025-10"));
}

#[test]
fn every_feed_that_has_a_base_model_stands_by_month() {
    let standing = root().join("sql/models/quality/standing_month.sql");
    let standing = std::fs::read_to_string(standing).expect("readable");
    for entry in std::fs::read_dir(root().join("sql/models/base")).expect("models") {
        let path = entry.expect("a model").path();
        let model = std::fs::read_to_string(&path).expect("readable");
        let feed = path.file_stem().expect("a name").to_string_lossy().into_owned();
        // A demographic index has no provider; codes, scores and lines belong to rows that stand
        // already, and to whom they belong or no longer do is no event.
        let parts = ["_line", "_diagnosis", "_procedure", "_cause", "_spell", "_code", "_score"];
        let of_persons = ["_referral", "_practice", "_removed"];
        let is_part = parts.iter().chain(&of_persons).any(|end| feed.ends_with(end));
        let is_event = model.contains("provider_code") && model.contains("person_id") && !is_part;
        assert_eq!(standing.contains(&format!("from base.{feed}\n")), is_event, "{feed}");
    }
}

#[test]
fn the_share_that_is_coded_is_that_of_the_extracts() {
    let mut expected: BTreeMap<(String, String), [u64; 2]> = BTreeMap::new();
    let (_, provider, day) = FEEDS.iter().find(|(feed, ..)| *feed == "apc").expect("a feed");
    for row in EXTRACTS.rows.iter().filter(|row| row.feed == "apc") {
        let counts = expected.entry(place(row, provider, day)).or_default();
        counts[0] += u64::from(!["", "R69X", "-", "&"].contains(&row.text("DIAG_01")));
        counts[1] += 1;
    }
    let sql =
        "select provider_code, period, share_coded from quality.feed_month where feed = 'apc'";
    let rows = sample().query(sql);
    assert_eq!(rows.len(), expected.len());
    for row in rows {
        let [n_coded, n_rows] = expected[&(row[0].clone(), row[1].clone())];
        let share: f64 = row[2].parse().expect("a share");
        assert!((share - n_coded as f64 / n_rows as f64).abs() < 1e-12, "{row:?}");
    }
}
