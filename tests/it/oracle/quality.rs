//! Rows delivered, rows linked, and the figures that sentences are made of.

use std::collections::{BTreeMap, BTreeSet};

use super::World;
use super::calendar::Month;
use super::extracts::Fate;
use super::shown::{Figures, exact, fives, is_small, rounded};

/// What became of every row.
pub(crate) fn deliveries(world: &World, figures: &mut Figures) {
    for (feed, n_files) in &world.extracts.n_files {
        let rows = || world.extracts.rows.iter().filter(|row| row.feed == *feed);
        let n = |fate: Fate| exact(rows().filter(|row| row.fate == fate).count() as f64);
        figures.row(
            &format!("deliveries/{feed}"),
            false,
            vec![
                ("n_deliveries", exact(*n_files as f64)),
                ("read", exact(rows().count() as f64)),
                ("accepted", n(Fate::Accepted)),
                ("quarantined", n(Fate::Quarantined)),
                ("filtered", n(Fate::Filtered)),
                ("duplicates", n(Fate::Duplicate)),
            ],
        );
    }
}

/// Columns that a planted bad date is put into.
const DATES: [(&str, &str); 14] = [
    ("ambulance", "TimeStampT0"),
    ("apc", "ADMIDATE"),
    ("asc", "Event_Start_Date"),
    ("csds", "CareContactDate"),
    ("death", "REG_DATE_OF_DEATH"),
    ("ecds", "ARRIVAL_DATE"),
    ("gp_appointment", "AppointmentDate"),
    ("gp_event", "EffectiveDate"),
    ("gp_prescription", "EffectiveDate"),
    ("iapt", "ReferralRequestReceivedDate"),
    ("mhsds", "CareContDate"),
    ("nhs111", "call_commenced_date_time"),
    ("op", "APPTDATE"),
    ("third_sector", "Contact Date"),
];

/// Why rows were refused or left out: the column, as the contract names it, and the rule.
pub(crate) fn reasons(world: &World, figures: &mut Figures) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for row in world.extracts.rows.iter().filter(|row| row.fate != Fate::Accepted) {
        let date = || DATES.iter().find(|(feed, _)| *feed == row.feed).expect("a date").1;
        let (column, rule) = match (row.planted.as_str(), row.feed) {
            ("bad_date", _) => {
                assert!(!row.holds_day(date()), "{} line {}", row.file, row.line);
                (date(), "not_a_date")
            }
            ("end_before_start", "apc") => ("DISDATE", "discharged_after_admission"),
            ("end_before_start", "ecds") => ("DEPARTURE_DATE", "departed_after_arrival"),
            ("end_before_start", "iapt") => ("ServDischDate", "discharged_after_referral"),
            ("bad_required_code", "apc") => ("ADMIMETH", "unknown_code"),
            ("bad_required_code", "csds") => ("AttendanceStatus", "unknown_code"),
            ("bad_required_code", "mhsds") => ("AttendStatus", "unknown_code"),
            ("bad_required_code", "op") => ("ATTENDED", "unknown_code"),
            ("ragged", _) => ("", "ragged_row"),
            ("duplicate", _) => ("", "duplicate_key"),
            ("deleted", _) => ("Deleted", "filtered"),
            ("dummy", _) => ("DummyType", "filtered"),
            (planted, feed) => panic!("{feed}: no rule refuses `{planted}`"),
        };
        let column = if column.is_empty() { String::new() } else { format!(", {column}") };
        *counts.entry(format!("reasons/{}{column}: {rule}", row.feed)).or_default() += 1;
    }
    for (reason, n) in counts {
        figures.row(&reason, false, vec![("n_rows", exact(n as f64))]);
    }
}

/// Units of care that each feed holds in its complete months, by financial year.
pub(crate) fn held(world: &World, figures: &mut Figures) {
    let mut years: BTreeMap<(&str, i16), Vec<&str>> = BTreeMap::new();
    for (feed, on, person) in &world.activity.of_everybody {
        if world.complete.of_feed(feed).contains(&Month::of(*on)) {
            let year = on.year() - i16::from(on.month() < 4);
            years.entry((feed, year)).or_default().push(person);
        }
    }
    for ((feed, year), of) in years {
        let (n, persons) = (of.len() as i64, BTreeSet::from_iter(of).len() as i64);
        let place = format!("release.open_data_activity/{feed}/{year}/{:02}", (year + 1) % 100);
        figures.row(
            &place,
            is_small(n) || is_small(persons),
            vec![
                ("n_persons", rounded(fives(persons) as f64)),
                ("n_events", rounded(fives(n) as f64)),
            ],
        );
    }
}

/// How many records are linked.
pub(crate) fn linkage(world: &World, figures: &mut Figures) {
    for (feed, [records, linked, too_little]) in &world.linkage.by_feed {
        let percent = (*linked as f64 / *records as f64 * 1000.0).round() / 10.0;
        figures.row(
            &format!("linkage/{feed}"),
            false,
            vec![
                ("n_records", exact(*records as f64)),
                ("n_linked", exact(*linked as f64)),
                ("n_unlinkable", exact(*too_little as f64)),
                ("percent_linked", exact(percent)),
            ],
        );
    }
}

/// Figures in sentences: made of figures that are shown.
pub(crate) fn messages(figures: &mut Figures) {
    let ids: Vec<String> = figures.all.keys().cloned().collect();
    for id in ids.iter().filter(|id| id.starts_with("release.effect/")) {
        let Some(place) = id.strip_suffix("/all_controls/rate_ratio") else { continue };
        let evaluation = place.split('/').nth(1).expect("an evaluation");
        let of = |design: &str, column: &str| figures.number(&format!("{place}/{design}/{column}"));
        let ratio = |column: &str| of("all_controls", column).expect("shown");
        let percent = |ratio: f64| exact(((ratio - 1.0).abs() * 100.0).round());
        let (effect, limits) = (ratio("rate_ratio"), [ratio("lower_95"), ratio("upper_95")]);
        let mut said = vec![
            ("percent", effect),
            ("percent_naive", of("before_after", "rate_ratio").expect("shown")),
        ];
        said.extend(of("weighted_controls", "rate_ratio").map(|ratio| ("percent_weighted", ratio)));
        // What chance can explain is said without limits.
        if limits[0] > 1.0 || limits[1] < 1.0 {
            let (near, far) =
                if effect < 1.0 { (limits[1], limits[0]) } else { (limits[0], limits[1]) };
            said.extend([("percent_near", near), ("percent_far", far)]);
        }
        let said = said.into_iter().map(|(name, ratio)| (name, percent(ratio))).collect();
        figures.row(&format!("messages/effect/{evaluation}"), false, said);
    }
    let mut trends: BTreeMap<String, [f64; 3]> = BTreeMap::new();
    for id in ids.iter().filter(|id| id.starts_with("release.trend/")) {
        let Some(place) = id.strip_suffix("/n_events") else { continue };
        let number = |column: &str| figures.number(&format!("{place}/{column}"));
        let (Some(n), Some(lower), Some(upper)) =
            (number("n_events"), number("lower_95"), number("upper_95"))
        else {
            continue;
        };
        let indicator = place.rsplit('/').next().expect("an indicator");
        let counts = trends.entry(indicator.to_owned()).or_default();
        counts[0] += 1.0;
        counts[1] += f64::from(u8::from(n < lower));
        counts[2] += f64::from(u8::from(n > upper));
    }
    for (indicator, [months, below, above]) in trends {
        figures.row(
            &format!("messages/trend/{indicator}"),
            false,
            vec![("n_months", exact(months)), ("n_below", exact(below)), ("n_above", exact(above))],
        );
    }
}
