//! True numbers of events, after double counting is taken out.

use std::collections::BTreeMap;
use std::ops::Range;

use super::calendar::{Day, financial_year, year_label};
use super::city::City;
use super::feeds::Event;

/// What is counted: a feed and a measure with its definition.
const MEASURES: [(&str, &str, &str); 28] = [
    ("gp_registration", "persons", "persons registered and alive on at least one day of the year"),
    (
        "gp_registration",
        "person_days",
        "days registered and alive: from registration to the earlier of deregistration and death, half-open",
    ),
    (
        "gp_registration",
        "persons_on_last_day",
        "persons registered and alive on the last day of the year",
    ),
    ("apc", "episodes", "finished and unfinished episodes of spells admitted in the year"),
    ("apc", "spells", "provider spells by date of admission"),
    (
        "apc",
        "continuous_spells",
        "spells joined where patients were transferred (method 81, source and destination 51, at most one day between), by first admission",
    ),
    ("apc", "emergency_continuous_spells", "those whose first admission method begins with 2"),
    ("apc", "planned_continuous_spells", "those whose first admission method is 11, 12 or 13"),
    ("apc", "maternity_continuous_spells", "those whose first admission method begins with 3"),
    ("apc", "birth_continuous_spells", "those whose first admission method is 82"),
    ("op", "appointments", "all appointments, attended or not"),
    ("op", "attendances", "appointments with status 5 or 6"),
    ("op", "not_attended", "appointments with status 3 or 7"),
    (
        "ecds",
        "attendances",
        "an attendance that the trust sent twice (streamed, then seen) counts once",
    ),
    ("csds", "contacts", "all contacts, attended or not"),
    ("csds", "contacts_attended", "contacts with status 5 or 6"),
    ("mhsds", "contacts", "all contacts but those of a referral that is a pathway in iapt"),
    ("mhsds", "contacts_attended", "those with status 5 or 6"),
    ("iapt", "pathways", "pathways by date of referral, each once however often it was sent"),
    ("gp_appointment", "appointments", "all appointments, attended or not"),
    (
        "gp_event",
        "events",
        "coded events in the extract (thinned), deleted ones apart; year `before`: dated before the window",
    ),
    ("gp_prescription", "issues", "issues in the extract (thinned)"),
    (
        "asc",
        "requests",
        "requests by date of start, each once however often it was sent; `before`: begun before the window",
    ),
    ("asc", "services", "services by date of start, each once"),
    (
        "csc",
        "episodes",
        "placements of children looked after by date of start; `before`: begun before the window",
    ),
    ("ambulance", "incidents", "calls with an ambulance sent, however many vehicles"),
    ("nhs111", "calls", "calls"),
    ("death", "deaths", "deaths registered by the as-at date, by date of death"),
];

const MORE_MEASURES: [(&str, &str, &str); 3] = [
    ("third_sector", "contacts", "all contacts, attended or not"),
    ("asc", "assessments", "assessments by date of start, each once"),
    ("asc", "reviews", "reviews by date of start, each once"),
];

/// The financial year in which every city begins.
const FIRST_YEAR: i16 = 2023;

/// Sums by year, the first for what comes before the window: for all, and for the registered.
type Years = Vec<[(u64, u64); 2]>;

fn add_to_year(years: &mut Years, city: &City, person: usize, on: Day, is_readable: bool) {
    let year =
        if on < city.start { 0 } else { (financial_year(on) - FIRST_YEAR + 1).max(0) as usize };
    if years.len() <= year {
        years.resize(year + 1, Default::default());
    }
    // Whoever died registered is counted so on the day of death, which is no day at risk.
    let someone = &city.people[person];
    let is_registered =
        someone.is_registered(on) || someone.died == Some(on) && someone.is_registered(on - 1);
    for (sum, is_in) in years[year].iter_mut().zip([true, is_registered]) {
        *sum = (sum.0 + u64::from(is_in), sum.1 + u64::from(is_in && is_readable));
    }
}

/// Whom a count is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Basis {
    All,
    Registered,
}

/// Feed, measure, year, and whom it is about; all of them, and those with a readable row.
type Totals = BTreeMap<(&'static str, &'static str, String, Basis), (u64, u64)>;

/// The counts so far.
#[derive(Default)]
pub(crate) struct Counts {
    totals: Totals,
    /// Events of the feed at hand: measure (by its address), year, basis. Events are many, texts
    /// are slow.
    events: BTreeMap<(&'static str, &'static str), Years>,
}

impl Counts {
    /// Counts events of a feed: for all, and for the registered if they were so that day.
    pub(crate) fn add_events<'e>(
        &mut self,
        city: &City,
        feed: &'static str,
        events: impl Iterator<Item = (&'e Event, bool)>,
    ) {
        let mut sums: Vec<(&'static [&'static str], Years)> = Vec::new();
        for (event, is_readable) in events {
            let at = sums.iter().position(|(m, _)| std::ptr::eq(*m, event.measures));
            let at = at.unwrap_or_else(|| {
                sums.push((event.measures, Years::new()));
                sums.len() - 1
            });
            add_to_year(&mut sums[at].1, city, event.person, event.on, is_readable);
        }
        for (measures, years) in sums {
            for measure in measures {
                self.add_years((feed, measure), &years);
            }
        }
    }

    /// Counts one event of a person: for all, and for the registered if they were so that day.
    pub(crate) fn add(
        &mut self,
        city: &City,
        at: (&'static str, &'static str),
        person: usize,
        on: Day,
        is_readable: bool,
    ) {
        let years = self.events.entry(at).or_default();
        add_to_year(years, city, person, on, is_readable);
    }

    fn add_years(&mut self, at: (&'static str, &'static str), years: &Years) {
        let mine = self.events.entry(at).or_default();
        mine.resize(mine.len().max(years.len()), Default::default());
        for (mine, theirs) in mine.iter_mut().zip(years) {
            for (mine, theirs) in mine.iter_mut().zip(theirs) {
                *mine = (mine.0 + theirs.0, mine.1 + theirs.1);
            }
        }
    }

    /// Adds another batch's counts.
    pub(crate) fn merge(&mut self, other: Self) {
        for (at, years) in other.events {
            self.add_years(at, &years);
        }
        for (at, (n, n_readable)) in other.totals {
            let mine = self.totals.entry(at).or_default();
            *mine = (mine.0 + n, mine.1 + n_readable);
        }
    }

    /// All counts, in order.
    fn all(&self) -> Totals {
        let mut totals = self.totals.clone();
        for ((feed, measure), years) in &self.events {
            for (year, sums) in years.iter().enumerate() {
                let label = match year {
                    0 => "before".to_owned(),
                    _ => year_label(FIRST_YEAR + year as i16 - 1),
                };
                for (basis, sum) in [Basis::All, Basis::Registered].into_iter().zip(sums) {
                    if sum.0 > 0 {
                        totals.insert((feed, measure, label.clone(), basis), *sum);
                    }
                }
            }
        }
        totals
    }

    /// Counts the registered population of each year of the window.
    pub(crate) fn add_population(&mut self, city: &City, people: Range<usize>) {
        for year in financial_year(city.start)..=financial_year(city.end - 1) {
            let from = super::calendar::day(year, 4, 1).max(city.start);
            let to = super::calendar::day(year + 1, 4, 1).min(city.end);
            let label = year_label(year);
            let mut add = |measure, n| {
                self.add_to("gp_registration", measure, &label, Basis::Registered, n, n);
            };
            let (mut n, mut n_days, mut n_last) = (0, 0, 0);
            for person in &city.people[people.clone()] {
                let Some((first, end)) = person.at_risk(from, to) else { continue };
                n += 1;
                n_days += (end - first) as u64;
                n_last += u64::from(person.is_registered(to - 1));
            }
            if n > 0 {
                add("persons", n);
                add("person_days", n_days);
                add("persons_on_last_day", n_last);
            }
        }
    }

    /// A count, for tests and the summary; years together.
    pub(crate) fn n(&self, feed: &str, measure: &str) -> u64 {
        let is_one = |f: &str, m: &str, basis: Basis| {
            f == feed && m == measure && basis == Basis::Registered
        };
        self.all().iter().filter(|((f, m, _, b), _)| is_one(f, m, *b)).map(|(_, (n, _))| n).sum()
    }

    /// The rows of `truth/counts.csv`.
    pub(crate) fn rows(&self) -> impl Iterator<Item = [String; 7]> {
        self.all().into_iter().map(|((feed, measure, year, basis), (n, n_readable))| {
            let basis = if basis == Basis::All { "all" } else { "registered" };
            let note = MEASURES
                .iter()
                .chain(&MORE_MEASURES)
                .find(|(f, m, _)| *f == feed && *m == measure)
                .map_or("", |(_, _, note)| note);
            [
                measure.to_owned(),
                feed.to_owned(),
                year,
                basis.to_owned(),
                n.to_string(),
                n_readable.to_string(),
                note.to_owned(),
            ]
        })
    }

    fn add_to(
        &mut self,
        feed: &'static str,
        measure: &'static str,
        year: &str,
        basis: Basis,
        n: u64,
        n_readable: u64,
    ) {
        let entry = self.totals.entry((feed, measure, year.to_owned(), basis)).or_default();
        entry.0 += n;
        entry.1 += n_readable;
    }
}
