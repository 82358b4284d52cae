//! For which months each feed is complete, and over which months each figure is counted.
//!
//! The definitions, as `quality.trend`, `quality.complete_month`, `quality.register_month` and
//! `core.indicator_month` state them: a month that one provider has not sent, or not coded, is
//! complete for nobody; a list that nobody joins any more has ended; an indicator counts the months
//! that are complete in all of its feeds, and its last year ends with the last of them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::calendar::{AS_AT, DATA_FROM, Month};
use super::extracts::{Extracts, Fate, Row};
use super::formulas::{most_of_a_count, most_of_a_share};

/// A month is missing below this share of the median of up to twelve, at least six, months with rows
/// before it.
const MISSING_SHARE: f64 = 0.6;
const HISTORY: usize = 12;
const LEAST_HISTORY: usize = 6;
/// The share of a month's rows that should have a primary diagnosis.
const CODED_SHARE: f64 = 0.9;

/// Feed, columns that name its provider, columns that hold the day of the event.
const FEEDS: [(&str, &str, &str); 15] = [
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
    ("iapt", "OrgID_Provider", "ReferralRequestReceivedDate"),
    ("mhsds", "OrgIDProv", "CareContDate"),
    ("nhs111", "provider", "call_commenced_date_time"),
    ("op", "PROCODE3", "APPTDATE"),
    ("third_sector", "Organisation", "Contact Date"),
];

/// The list of who is registered.
const LIST: &str = "gp_registration";

/// The feeds that an indicator rests on, beside the list.
fn feeds_of(indicator: &str) -> &'static [&'static str] {
    match indicator {
        "emergency_admission" => &["apc"],
        "a_and_e" => &["ecds"],
        "outpatient" => &["op"],
        "community" => &["csds"],
        // Contacts of a pathway count as the pathway.
        "mental_health" => &["mhsds", "iapt"],
        "adult_social_care" => &["asc"],
        "death" => &["death"],
        other => panic!("no feed counts {other}"),
    }
}

/// The feeds that a sector's care comes from.
fn feeds_of_sector(sector: &str) -> &'static [&'static str] {
    match sector {
        "acute" => &["apc", "ecds", "op"],
        "ambulance" => &["ambulance"],
        "community" => &["csds"],
        "mental_health" => &["iapt", "mhsds"],
        "nhs111" => &["nhs111"],
        "primary_care" => &["gp_appointment", "gp_prescription"],
        "social_care" => &["asc", "csc"],
        "third_sector" => &["third_sector"],
        other => panic!("no feed holds care of {other}"),
    }
}

/// The complete months of each feed.
pub(crate) struct Complete(BTreeMap<&'static str, BTreeSet<Month>>);

impl Complete {
    pub(crate) fn new(extracts: &Extracts) -> Self {
        let mut complete: BTreeMap<_, _> =
            FEEDS.iter().map(|feed| (feed.0, of_feed(extracts, feed))).collect();
        complete.insert(LIST, of_list(extracts));
        Self(complete)
    }

    /// The complete months of a feed.
    pub(crate) fn of_feed(&self, feed: &str) -> &BTreeSet<Month> {
        &self.0[feed]
    }

    /// Every complete month of every feed.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&'static str, Month)> {
        self.0.iter().flat_map(|(feed, months)| months.iter().map(|month| (*feed, *month)))
    }

    fn of_all(&self, feeds: &[&str]) -> BTreeSet<Month> {
        let every = |month: &&Month| feeds.iter().all(|feed| self.0[feed].contains(month));
        self.0[LIST].iter().filter(every).copied().collect()
    }

    /// The months that an indicator is counted over.
    pub(crate) fn months(&self, indicator: &str) -> BTreeSet<Month> {
        self.of_all(feeds_of(indicator))
    }

    /// Of the twelve months to the last complete one, those that are complete.
    pub(crate) fn last_year(&self, indicator: &str) -> BTreeSet<Month> {
        let mut months = self.months(indicator);
        let last = months.last().copied().unwrap_or(Month(0));
        months.retain(|month| month.0 > last.0 - 12);
        months
    }

    /// The months of a sector that are drawn: complete in all of its feeds, and before the first of
    /// all sectors' feeds stops.
    pub(crate) fn of_sector(&self, sector: &str, sectors: &[&str]) -> BTreeSet<Month> {
        let feeds = sectors.iter().flat_map(|sector| feeds_of_sector(sector)).chain([&LIST]);
        let last = feeds.map(|feed| self.0[feed].last().copied().unwrap_or(Month(0))).min();
        let mut months = self.of_all(feeds_of_sector(sector));
        months.retain(|month| Some(*month) <= last);
        months
    }
}

/// Events by provider and month: what several rows report, or several files repeat, is one.
fn events(
    extracts: &Extracts,
    (feed, provider, day): &(&'static str, &str, &str),
) -> BTreeMap<String, BTreeMap<Month, i64>> {
    let mut once: BTreeMap<&str, (&str, Date)> = BTreeMap::new();
    let mut counts: BTreeMap<String, BTreeMap<Month, i64>> = BTreeMap::new();
    let mut count = |provider: &str, on: Date| {
        let months = counts.entry(provider.to_owned()).or_default();
        *months.entry(Month::of(on)).or_default() += 1;
    };
    for row in extracts.of(feed) {
        let Some(on) = row.day(day) else { continue };
        let event = match *feed {
            "ambulance" => row.text("CallNumber"),
            "asc" | "iapt" | "mhsds" => row.event.as_str(),
            _ => {
                count(row.text(provider), on);
                continue;
            }
        };
        let first = once.entry(event).or_insert((row.text(provider), on));
        first.1 = first.1.min(on);
    }
    once.into_values().for_each(|(provider, on)| count(provider, on));
    counts
}

fn of_feed(extracts: &Extracts, feed: &(&'static str, &str, &str)) -> BTreeSet<Month> {
    let all: Vec<Month> = Month::over(DATA_FROM, AS_AT).collect();
    let uncoded = if feed.0 == "apc" { uncoded(extracts, feed) } else { BTreeSet::new() };
    let (mut seen, mut wanting) = (BTreeSet::new(), BTreeSet::new());
    let mut providers = events(extracts, feed);
    // The feed as a whole is judged like a provider: many small ones may stop at once.
    let mut whole: BTreeMap<Month, i64> = BTreeMap::new();
    for (month, n) in providers.values().flatten() {
        *whole.entry(*month).or_default() += n;
    }
    providers.insert("all".to_owned(), whole);
    for (provider, counts) in providers {
        let has_begun = |month: &&Month| counts.range(all[0]..=**month).next().is_some();
        let series: Vec<Month> = all.iter().filter(has_begun).copied().collect();
        let n = |month: &Month| counts.get(month).copied().unwrap_or(0);
        for (at, month) in series.iter().enumerate() {
            let mut before: Vec<i64> = series[..at].iter().map(n).filter(|n| *n > 0).collect();
            before.drain(..before.len().saturating_sub(HISTORY));
            before.sort_unstable();
            if is_missing(n(month), &before) || uncoded.contains(&(provider.clone(), *month)) {
                wanting.insert(*month);
            }
        }
        seen.extend(series);
    }
    seen.difference(&wanting).copied().collect()
}

/// Far below the months before, and further than chance goes.
fn is_missing(n: i64, before: &[i64]) -> bool {
    if before.len() < LEAST_HISTORY {
        return false;
    }
    let middle = before.len() / 2;
    let median = match before.len() % 2 {
        0 => (before[middle - 1] + before[middle]) as f64 / 2.0,
        _ => before[middle] as f64,
    };
    (n as f64) < MISSING_SHARE * median && most_of_a_count(n as f64) < MISSING_SHARE * median
}

/// Providers' months of which too few rows have a primary diagnosis, and more than chance takes.
fn uncoded(
    extracts: &Extracts,
    (feed, provider, day): &(&'static str, &str, &str),
) -> BTreeSet<(String, Month)> {
    let mut counts: BTreeMap<(String, Month), [f64; 2]> = BTreeMap::new();
    // Rows as sent: refused and repeated ones too, unless nobody could part them.
    let sent =
        |row: &&Row| row.feed == *feed && row.fate != Fate::Filtered && row.planted != "ragged";
    for row in extracts.rows.iter().filter(sent) {
        let is_day = row.holds_day(day);
        let Some(on) = is_day.then(|| row.day(day)).flatten() else { continue };
        let of = counts.entry((row.text(provider).to_owned(), Month::of(on))).or_default();
        of[0] += f64::from(u8::from(!["", "R69X", "-", "&"].contains(&row.text("DIAG_01"))));
        of[1] += 1.0;
    }
    let is_low = |[coded, all]: [f64; 2]| most_of_a_share(coded, all) < CODED_SHARE;
    counts.into_iter().filter(|(_, of)| is_low(*of)).map(|(place, _)| place).collect()
}

/// The list's months, to the last in which somebody joined if the silence since is no chance.
fn of_list(extracts: &Extracts) -> BTreeSet<Month> {
    let joined = extracts.of(LIST).filter_map(|row| row.day("DateOfRegistration"));
    let joined: Vec<Month> = joined.filter(|on| *on < AS_AT).map(Month::of).collect();
    let last = *joined.iter().max().expect("somebody joined");
    let recent = joined.iter().filter(|month| month.0 > last.0 - HISTORY as i32).count();
    let n_silent = f64::from(Month::of(AS_AT).0 - last.0 - 1);
    let expected = recent as f64 / HISTORY as f64 * n_silent;
    let is_old = most_of_a_count(0.0) < MISSING_SHARE * expected;
    let end = if is_old { last.next().first() } else { AS_AT };
    Month::over(DATA_FROM, end).collect()
}
