//! Monthly deliveries read by a plain reader, month by month, against what the truth says is held.

use super::super::{Arrivals, Deliveries};
use super::*;

/// A row that a contract accepts, or a tombstone.
#[derive(Clone)]
struct Held {
    key: String,
    month: String,
    is_tombstone: bool,
}

/// One file and its rows.
struct Delivered {
    feed: String,
    provider: String,
    period: String,
    scheme: String,
    covers: (String, String),
    arrival: u32,
    rows: Vec<Held>,
}

/// The columns of a feed's key, its event date, and where year and month stand in that.
fn shape(feed: &str) -> (&'static [&'static str], &'static str, [std::ops::Range<usize>; 2]) {
    let iso = [0..4, 5..7];
    let slash = [6..10, 3..5];
    match feed {
        "apc" => (&["EPIKEY"], "ADMIDATE", iso),
        "op" => (&["ATTENDKEY"], "APPTDATE", iso),
        "ecds" => (&["ATTENDANCE_UNIQUE_IDENTIFIER"], "ARRIVAL_DATE", iso),
        "csds" => (&["CareContactId"], "CareContactDate", iso),
        "mhsds" => (&["UniqCareContID"], "CareContDate", iso),
        "iapt" => (&["PathwayID"], "ReferralRequestReceivedDate", iso),
        "asc" => (&["Event_Reference"], "Event_Start_Date", slash),
        "gp_registration" => {
            (&["PatientGuid", "DateOfRegistration", "AddressFrom"], "DateOfRegistration", iso)
        }
        "gp_appointment" => (&["SlotGuid"], "AppointmentDate", iso),
        "gp_event" => (&["ObservationGuid"], "EffectiveDate", iso),
        "gp_prescription" => (&["IssueRecordGuid"], "EffectiveDate", iso),
        "csc" => (&["CHILD", "DECOM", "PLACE"], "DECOM", slash),
        "ambulance" => (&["CallNumber", "Vehicle"], "TimeStampT0", iso),
        "nhs111" => (&["caseref"], "call_commenced_date_time", slash),
        "death" => (&["DEATH_ID"], "REG_DATE_OF_DEATH", [0..4, 4..6]),
        "third_sector" => (&["Client Ref", "Service", "Contact Date"], "Contact Date", slash),
        other => panic!("{other}"),
    }
}

/// Every file that truth/deliveries.csv lists, with the rows that its contract takes.
fn delivered(folder: &Path) -> Vec<Delivered> {
    let refused = [
        "bad_date",
        "end_before_start",
        "bad_required_code",
        "ragged",
        "deleted",
        "dummy",
        "date_sentinel",
        "unclosed_quote",
        "sensitive",
        "duplicate",
    ];
    let (_, records) = table(&folder.join("truth/records.csv.gz"));
    let mut planted: BTreeMap<(String, u64), String> = BTreeMap::new();
    for (_, mut record) in records {
        let line = record[2].parse().expect("a line");
        let what = record.pop().expect("planted");
        planted.insert((record.swap_remove(1), line), what);
    }
    let (_, deliveries) = table(&folder.join("truth/deliveries.csv"));
    let mut found = Vec::new();
    for (_, file) in deliveries.into_iter().filter(|(_, file)| file[12].is_empty()) {
        let (keys, date, [year, month]) = shape(&file[1]);
        let (header, rows) = table(&folder.join("extracts").join(&file[0]));
        assert_eq!(rows.len().to_string(), file[11], "{}", file[0]);
        let at = |name: &str| header.iter().position(|h| h == name).expect(name);
        let keys: Vec<usize> = keys.iter().map(|key| at(key)).collect();
        let (date, mut held) = (at(date), Vec::new());
        for (line, row) in rows {
            let what = &planted[&(file[0].clone(), line)];
            if refused.contains(&what.as_str()) {
                continue;
            }
            let key = keys.iter().map(|k| row[*k].as_str()).collect::<Vec<_>>().join("|");
            let is_tombstone = what == "tombstone";
            if is_tombstone {
                let n_filled = row.iter().filter(|cell| !cell.is_empty()).count();
                assert!(n_filled == 2 && row[at("Deleted")] == "true");
            }
            let on = &row[date];
            let month = if is_tombstone {
                String::new()
            } else {
                format!("{}-{}", &on[year.clone()], &on[month.clone()])
            };
            held.push(Held { key, month, is_tombstone });
        }
        found.push(Delivered {
            feed: file[1].clone(),
            provider: file[2].clone(),
            period: file[3].clone() + "_" + if file[4] == "freeze" { "z" } else { &file[4] },
            scheme: file[5].clone(),
            covers: (file[6].clone(), file[7].clone()),
            arrival: file[10].parse().expect("a month"),
            rows: held,
        });
    }
    // `final` comes before `primary` in the alphabet.
    for file in &mut found {
        file.period = file.period.replace("_final", "_z");
    }
    found.sort_by(|a, b| a.period.cmp(&b.period));
    found
}

/// What a provider's files come to, one after the other in the order of their periods.
fn hold(files: &[&Delivered]) -> Vec<Held> {
    let mut held: Vec<Held> = Vec::new();
    let mut month_of_held: Option<&str> = None;
    let mut of_this_month = 0;
    for file in files {
        let keys: BTreeSet<&str> = file.rows.iter().map(|row| row.key.as_str()).collect();
        match file.scheme.as_str() {
            "append" => {}
            "snapshot" => held.clear(),
            "delta" => held.retain(|row| !keys.contains(row.key.as_str())),
            "window" => held.retain(|row| {
                let is_covered = file.covers.0 <= row.month && row.month < file.covers.1;
                !is_covered && !keys.contains(row.key.as_str())
            }),
            "refresh" => {
                if month_of_held == Some(&file.period[..7]) {
                    held.truncate(of_this_month);
                }
                month_of_held = Some(&file.period[..7]);
                of_this_month = held.len();
            }
            other => panic!("{other}"),
        }
        held.extend(file.rows.iter().filter(|row| !row.is_tombstone).cloned());
    }
    held
}

fn monthly_city() -> tempfile::TempDir {
    monthly_city_with(Arrivals::InOrder)
}

fn monthly_city_with(arrivals: Arrivals) -> tempfile::TempDir {
    let mut settings = Settings::new(900, 13, 21);
    settings.deliveries = Deliveries::Monthly;
    settings.arrivals = arrivals;
    settings.gp_events_kept = 0.3;
    for (defect, rate) in [
        ("late_file", 0.15),
        ("repeated_file", 0.1),
        ("withdrawn", 0.02),
        ("tombstone", 0.03),
        ("low_month", 0.6),
        ("sensitive", 0.01),
        ("date_sentinel", 0.01),
        ("windows_1252", 0.0),
    ] {
        settings.defects.set(defect, rate).expect("a dial");
    }
    make_with(&settings)
}

#[test]
fn what_is_held_after_each_month_is_what_a_plain_reader_finds() {
    hold_against_a_plain_reader(&monthly_city(), 15);
}

#[test]
fn in_whatever_order_files_arrive() {
    let folder = monthly_city_with(Arrivals::Shuffled);
    hold_against_a_plain_reader(&folder, 13);
    // The files are those of the city whose files arrive in order.
    let in_order = monthly_city();
    let contents = |folder: &Path| -> Vec<Vec<u8>> {
        files(&folder.join("extracts")).iter().map(|path| bytes(path)).collect()
    };
    assert!(contents(folder.path()) == contents(in_order.path()));
    let (_, deliveries) = table(&folder.path().join("truth/deliveries.csv"));
    let n_early = deliveries.iter().filter(|(_, row)| row[9] < row[8]).count();
    assert!(n_early > deliveries.len() / 4, "{n_early} of {} early", deliveries.len());
}

fn hold_against_a_plain_reader(folder: &tempfile::TempDir, n_arrivals: u32) {
    let files = delivered(folder.path());
    let (_, stated) = table(&folder.path().join("truth/counts_by_arrival.csv"));
    let mut stated: BTreeMap<(String, u32, String), [i64; 4]> = stated
        .into_iter()
        .map(|(_, row)| {
            let n = std::array::from_fn(|i| row[4 + i].parse().expect("a count"));
            ((row[0].clone(), row[1].parse().expect("a month"), row[3].clone()), n)
        })
        .collect();
    let feeds: BTreeSet<&str> = files.iter().map(|f| f.feed.as_str()).collect();
    assert_eq!(feeds.len(), 16);
    let label = |month: &str| if month < "2023-04" { "before" } else { month }.to_owned();
    let mut n_seen = [0; 4];
    for arrival in 1..=n_arrivals {
        for feed in &feeds {
            let mut found: BTreeMap<String, [i64; 4]> = BTreeMap::new();
            let mut add = |month: &str, at: usize| {
                for month in [label(month), "all".to_owned()] {
                    found.entry(month).or_default()[at] += 1;
                }
                n_seen[at] += 1;
            };
            let here: Vec<&Delivered> =
                files.iter().filter(|f| f.feed == *feed && f.arrival <= arrival).collect();
            let providers: BTreeSet<&str> = here.iter().map(|f| f.provider.as_str()).collect();
            for provider in providers {
                let here: Vec<&Delivered> =
                    here.iter().copied().filter(|f| f.provider == provider).collect();
                let held = hold(&here);
                let mut current: BTreeMap<&str, i64> = BTreeMap::new();
                let mut held_by_month: BTreeMap<(&str, &str), i64> = BTreeMap::new();
                for row in &held {
                    add(&row.month, 1);
                    *current.entry(&row.key).or_default() += 1;
                    *held_by_month.entry((&row.key, &row.month)).or_default() += 1;
                }
                for row in here.iter().flat_map(|f| &f.rows).filter(|row| !row.is_tombstone) {
                    add(&row.month, 0);
                    let left = held_by_month.entry((&row.key, &row.month)).or_default();
                    if *left > 0 {
                        *left -= 1;
                    } else {
                        add(&row.month, if current.contains_key(row.key.as_str()) { 2 } else { 3 });
                    }
                }
            }
            for (month, found) in found {
                let stated = stated.remove(&((*feed).to_owned(), arrival, month.clone()));
                assert_eq!(stated, Some(found), "{feed} {arrival} {month}");
            }
        }
    }
    assert!(stated.values().all(|n| *n == [0; 4]), "{stated:?}");
    assert!(n_seen.iter().all(|n| *n > 500), "{n_seen:?}");
}

#[test]
fn files_arrive_as_their_names_say_and_some_late_and_some_twice() {
    let folder = monthly_city();
    let (_, deliveries) = table(&folder.path().join("truth/deliveries.csv"));
    let listed: BTreeSet<String> = deliveries.iter().map(|(_, row)| row[0].clone()).collect();
    let extracts = folder.path().join("extracts");
    let there: BTreeSet<String> = files(&extracts)
        .iter()
        .map(|path| path.strip_prefix(&extracts).expect("inside").display().to_string())
        .collect();
    assert_eq!(listed, there);
    assert!(there.contains("apc/apc_RR8_2023-04_flex.csv"));
    assert!(there.contains("csds/csds_RY6_2024-04_final.csv"));
    assert!(there.contains("iapt/iapt_RGD_2023-09_ytd.csv"));
    assert!(there.contains("asc/asc_E08000035_2023-06_rolling.csv"));
    assert!(there.contains("gp_event/gp_event_QWO_2023-04_full.csv"));
    assert!(there.contains("gp_event/gp_event_QWO_2023-05_delta.csv"));
    assert!(there.contains("gp_registration/gp_registration_QWO_2023-05_snapshot.csv"));
    assert!(there.contains("ambulance/ambulance_RX8_2023-06_append.csv"));
    let (mut n_late, mut n_again) = (0, 0);
    for (_, row) in &deliveries {
        n_late += usize::from(row[9] > row[8]);
        if !row[12].is_empty() {
            n_again += 1;
            assert!(bytes(&extracts.join(&row[0])) == bytes(&extracts.join(&row[12])));
        }
    }
    assert!(n_late > 10 && n_again > 10, "{n_late} late, {n_again} twice");
}

#[test]
fn a_month_is_low_where_rows_were_lost() {
    let folder = monthly_city();
    let n = |month: &str| {
        let path = format!("extracts/csds/csds_RY6_{month}_final.csv");
        table(&folder.path().join(path)).1.len() as f64
    };
    assert!(n("2023-10") < 0.6 * (n("2023-09") + n("2023-11")) / 2.0);
}
