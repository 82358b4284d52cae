//! True numbers of events, after double counting is taken out.

use std::collections::BTreeMap;

use super::calendar::{Day, financial_year, year_label};
use super::city::City;

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

/// Whom a count is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Basis {
    All,
    Registered,
}

/// The counts so far.
#[derive(Default)]
pub(crate) struct Counts(BTreeMap<(&'static str, &'static str, String, Basis), (u64, u64)>);

impl Counts {
    /// Counts one event of a person: for all, and for the registered if they were so that day.
    pub(crate) fn add(
        &mut self,
        city: &City,
        (feed, measure): (&'static str, &'static str),
        person: usize,
        on: Day,
        is_readable: bool,
    ) {
        let year =
            if on < city.start { "before".to_owned() } else { year_label(financial_year(on)) };
        self.add_to(feed, measure, &year, Basis::All, 1, u64::from(is_readable));
        // Whoever died registered is counted so on the day of death, which is no day at risk.
        let someone = &city.people[person];
        if someone.is_registered(on) || someone.died == Some(on) && someone.is_registered(on - 1) {
            self.add_to(feed, measure, &year, Basis::Registered, 1, u64::from(is_readable));
        }
    }

    /// Counts the registered population of each year of the window.
    pub(crate) fn add_population(&mut self, city: &City) {
        for year in financial_year(city.start)..=financial_year(city.end - 1) {
            let from = super::calendar::day(year, 4, 1).max(city.start);
            let to = super::calendar::day(year + 1, 4, 1).min(city.end);
            let label = year_label(year);
            let mut add = |measure, n| {
                self.add_to("gp_registration", measure, &label, Basis::Registered, n, n);
            };
            for person in &city.people {
                let Some((first, end)) = person.at_risk(from, to) else { continue };
                add("persons", 1);
                add("person_days", (end - first) as u64);
                add("persons_on_last_day", u64::from(person.is_registered(to - 1)));
            }
        }
    }

    /// A count, for tests and the summary; years together.
    pub(crate) fn n(&self, feed: &str, measure: &str) -> u64 {
        let is_one = |f: &str, m: &str, basis: Basis| {
            f == feed && m == measure && basis == Basis::Registered
        };
        self.0.iter().filter(|((f, m, _, b), _)| is_one(f, m, *b)).map(|(_, (n, _))| n).sum()
    }

    /// The rows of `truth/counts.csv`.
    pub(crate) fn rows(&self) -> impl Iterator<Item = [String; 7]> + '_ {
        self.0.iter().map(|((feed, measure, year, basis), (n, n_readable))| {
            let basis = if *basis == Basis::All { "all" } else { "registered" };
            let note = MEASURES
                .iter()
                .chain(&MORE_MEASURES)
                .find(|(f, m, _)| f == feed && m == measure)
                .map_or("", |(_, _, note)| note);
            [
                (*measure).to_owned(),
                (*feed).to_owned(),
                year.clone(),
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
        let entry = self.0.entry((feed, measure, year.to_owned(), basis)).or_default();
        entry.0 += n;
        entry.1 += n_readable;
    }
}
