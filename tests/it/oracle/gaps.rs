//! The same figures of a city whose feeds stop early, have gaps, or are not coded.
//!
//! Rows of the sample are left out (their lines are blank, so that the others keep their place) or
//! lose their diagnosis, the pipeline runs on what is left, and every figure of its report has to equal
//! the oracle's own.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use jiff::civil::{Date, date};
use tempfile::TempDir;

use super::compare::{differences, figures_in};
use super::extracts::Row;
use super::rates::admissions_by_year;
use super::{WORLD, World, sample_data};
use crate::support::{changed_pipeline, copy_folder, hub, run_pipeline, stderr, write};

/// What becomes of a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Gone,
    Uncoded,
}

/// Feed, column of the provider, provider, column of the day, the days from and to, what becomes of
/// the rows between.
type Rule = (&'static str, &'static str, &'static str, &'static str, Date, Date, Change);

const RULES: [Rule; 6] = [
    // The city's trust has not sent the emergency attendances of the last two months,
    (
        "ecds",
        "PROVIDER_CODE",
        "RR8",
        "ARRIVAL_DATE",
        date(2026, 2, 1),
        date(2026, 4, 1),
        Change::Gone,
    ),
    // has lost the admissions of a June,
    ("apc", "PROCODE3", "RR8", "ADMIDATE", date(2025, 6, 1), date(2025, 7, 1), Change::Gone),
    // has not coded those of the last month,
    ("apc", "PROCODE3", "RR8", "ADMIDATE", date(2026, 3, 1), date(2026, 4, 1), Change::Uncoded),
    // and has lost the appointments of an October.
    ("op", "PROCODE3", "RR8", "APPTDATE", date(2024, 10, 1), date(2024, 11, 1), Change::Gone),
    // A practice has sent no prescriptions for so long that its silence could pass for usual.
    (
        "gp_prescription",
        "OrganisationCode",
        "S99003",
        "EffectiveDate",
        date(2025, 5, 1),
        date(2026, 4, 1),
        Change::Gone,
    ),
    // The list was drawn two months ago, whatever the name of its file says.
    (
        "gp_registration",
        "DummyType",
        "false",
        "DateOfRegistration",
        date(2026, 2, 1),
        date(2026, 4, 1),
        Change::Gone,
    ),
];

/// The changed city: its folder, the run's outputs, and the oracle's view of it.
struct Gaps {
    folder: TempDir,
    world: World,
}

static GAPS: LazyLock<Gaps> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let city = folder.path().join("city");
    change_city(&city);
    let pipeline = changed_pipeline(folder.path(), |text| {
        text.replace(&sample_data().to_string_lossy().into_owned(), &city.to_string_lossy())
    });
    let output = run_pipeline(&pipeline, folder.path(), &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    Gaps { world: World::read(&city, folder.path()), folder }
});

impl Gaps {
    fn out(&self) -> PathBuf {
        self.folder.path().join("out/sample")
    }
}

fn change_of(row: &Row) -> Option<Change> {
    let rule = RULES.iter().find(|(feed, by, provider, day, from, to, _)| {
        let is_whole = row.feed == *feed && row.planted != "ragged";
        is_whole
            && row.text(by) == *provider
            && row.holds_day(day)
            && row.day(day).is_some_and(|on| (*from..*to).contains(&on))
    });
    rule.map(|rule| rule.6)
}

/// A copy of the sample with the changes, in its truth too.
fn change_city(city: &Path) {
    for part in ["extracts", "reference", "truth"] {
        copy_folder(&sample_data().join(part), &city.join(part));
    }
    let mut by_file: BTreeMap<&str, BTreeMap<usize, Change>> = BTreeMap::new();
    for row in &WORLD.extracts.rows {
        if let Some(change) = change_of(row) {
            by_file.entry(&row.file).or_default().insert(row.line, change);
        }
    }
    assert_eq!(by_file.len(), 5, "one file of each feed");
    for (file, changes) in &by_file {
        assert!(changes.len() > 20, "{file}: {} lines", changes.len());
        let path = city.join("extracts").join(file);
        let mut lines: Vec<String> = text_of(&path).split('\n').map(str::to_owned).collect();
        let diagnosis = lines[0].split(',').position(|column| column == "DIAG_01");
        for (line, change) in changes {
            let text = &mut lines[line - 1];
            match change {
                Change::Gone => text.clear(),
                Change::Uncoded => {
                    let mut cells: Vec<&str> = text.split(',').collect();
                    cells[diagnosis.expect("a column")] = "";
                    *text = cells.join(",");
                }
            }
        }
        put(&path, &lines.join("\n"));
    }
    let is_gone = |line: &str| {
        let mut cells = line.split(',').skip(1);
        let (file, line) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
        let change = by_file.get(file).and_then(|lines| lines.get(&line.parse().ok()?));
        change == Some(&Change::Gone)
    };
    let truth = city.join("truth/records.csv.gz");
    let kept: Vec<String> =
        text_of(&truth).split('\n').filter(|line| !is_gone(line)).map(str::to_owned).collect();
    put(&truth, &kept.join("\n"));
}

fn is_packed(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "gz")
}

fn text_of(path: &Path) -> String {
    let bytes = std::fs::read(path).expect("readable");
    let mut text = String::new();
    match is_packed(path) {
        true => flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text),
        false => bytes.as_slice().read_to_string(&mut text),
    }
    .expect("UTF-8");
    text
}

fn put(path: &Path, text: &str) {
    if !is_packed(path) {
        return write(path, text);
    }
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text.as_bytes()).expect("packed");
    write(path, packed.finish().expect("packed"));
}

#[test]
fn every_figure_of_a_city_with_gaps_equals_an_independent_computation() {
    let (mut report, oracle) = (figures_in(&GAPS.out()), GAPS.world.figures_of_use());
    let is_ranked = |id: &str| {
        ["release.risk_pyramid/", "release.top_risk/"].iter().any(|front| id.starts_with(front))
    };
    report.retain(|id, _| !is_ranked(id));
    assert!(report.len() > 5000, "{} figures", report.len());
    let lines = differences(&report, &oracle.all);
    let first: Vec<&String> = lines.iter().take(60).collect();
    assert!(lines.is_empty(), "{} of {} figures: {first:#?}", lines.len(), report.len());
}

#[test]
fn what_is_not_the_whole_is_said_on_the_page_and_in_the_files() {
    let page = std::fs::read_to_string(GAPS.out().join("report/index.html")).expect("a page");
    for said in [
        // A year from the feed's end, or the list's; what the gap takes out is named.
        "persons on the as-at date by lists that end on 31 January 2026",
        "attendances, 12 months to 31 January 2026",
        "continuous spells, 12 months to 31 January 2026 without June 2025",
        "April 2023 to January 2026 without October 2024",
        "ecds (Accident and emergency attendances) is complete to 31 January 2026 only",
        "op (Outpatient appointments): One earlier month is not complete and in no figure.",
        "gp_prescription (GP prescriptions) is complete to 30 April 2025 only",
        "not the same for every kind of care; the table says which",
    ] {
        assert!(page.contains(said), "{said}");
    }
    let open = GAPS.out().join("open-data/open_data_emergency.csv");
    let open = std::fs::read_to_string(open).expect("open data");
    assert!(open.contains(",April 2024 to March 2025,"));
    assert!(open.contains(",April 2025 to January 2026 without 1 month,"));
}

/// Which months the hub holds complete, against the oracle's.
fn complete_months_are_the_oracles(folder: &Path, world: &World) {
    let sql = "select feed, month from quality.complete_month where is_complete";
    let output = hub(&["query", "--format", "csv", "--rows", "10000", sql], folder);
    assert!(output.status.success(), "{}", stderr(&output));
    let text = String::from_utf8(output.stdout).expect("text");
    let found: BTreeSet<String> = text.lines().skip(1).map(str::to_owned).collect();
    let months = world.complete.all();
    let expected = months.map(|(feed, month)| format!("{feed},{}", month.first()));
    assert_eq!(found, expected.collect());
}

#[test]
fn which_months_are_complete_equals_an_independent_computation() {
    complete_months_are_the_oracles(crate::support::sample().folder.path(), &WORLD);
    complete_months_are_the_oracles(GAPS.folder.path(), &GAPS.world);
    // Two of attendances, a June and an uncoded March of admissions, an October of appointments, eleven
    // of prescriptions, two of the list.
    let n_lost = WORLD.complete.all().count() - GAPS.world.complete.all().count();
    assert_eq!(n_lost, 2 + 2 + 1 + 11 + 2);
}

/// What the open-data table holds before disclosure control, against a count of the oracle's.
fn open_data_is_the_oracles(folder: &Path, world: &World) {
    let sql = "select neighbourhood_code, age_group, sex, financial_year, n_persons, n_events, \
               round(person_years * 365.25) from release.open_data_emergency";
    let output = hub(&["query", "--format", "csv", "--rows", "10000", sql], folder);
    assert!(output.status.success(), "{}", stderr(&output));
    let text = String::from_utf8(output.stdout).expect("text");
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |at: usize| cells[at].parse::<f64>().expect("a number") as i64;
        (cells[..4].join("/"), [4, 5, 6].map(number))
    };
    let found: BTreeMap<String, [i64; 3]> = text.lines().skip(1).map(row).collect();
    assert_eq!(found, admissions_by_year(world));
}

#[test]
fn open_data_before_disclosure_control_equal_an_independent_computation() {
    open_data_is_the_oracles(crate::support::sample().folder.path(), &WORLD);
    open_data_is_the_oracles(GAPS.folder.path(), &GAPS.world);
}
