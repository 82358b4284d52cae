//! The course of adult social care: a request, an assessment, a service, reviews.

use super::super::calendar::{Day, age};
use super::super::chance::{Chance, Stream};
use super::super::hazard::{Care, stretches};
use super::super::health::Condition;
use super::context::Context;

/// A kind of service and what it costs.
pub(super) struct Service {
    pub(super) kind: &'static str,
    pub(super) component: &'static str,
    pub(super) mechanism: &'static str,
    pub(super) pounds: f64,
    pub(super) frequency: &'static str,
    /// Mean units a week; `None` where the cost is weekly.
    pub(super) units: Option<f64>,
    /// Mean days that it lasts.
    days: f64,
}

pub(super) const SERVICES: [Service; 5] = [
    Service {
        kind: "Long term support: Community",
        component: "Home support",
        mechanism: "CASSR managed personal budget",
        pounds: 25.40,
        frequency: "Hourly",
        units: Some(12.0),
        days: 620.0,
    },
    Service {
        kind: "Long term support: Community",
        component: "Direct payment",
        mechanism: "Direct payment",
        pounds: 410.0,
        frequency: "Weekly",
        units: None,
        days: 900.0,
    },
    Service {
        kind: "Long term support: Residential care",
        component: "Residential care",
        mechanism: "CASSR commissioned support only",
        pounds: 890.0,
        frequency: "Weekly",
        units: None,
        days: 800.0,
    },
    Service {
        kind: "Long term support: Nursing care",
        component: "Nursing care",
        mechanism: "CASSR commissioned support only",
        pounds: 1020.0,
        frequency: "Weekly",
        units: None,
        days: 600.0,
    },
    Service {
        kind: "Short term support: ST-Max",
        component: "Reablement",
        mechanism: "CASSR commissioned support only",
        pounds: 38.0,
        frequency: "Per session",
        units: Some(9.0),
        days: 35.0,
    },
];

/// What kind of event it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Request,
    Assessment,
    Service(usize),
    Review,
}

/// One event of adult social care.
pub(super) struct SocialEvent {
    pub(super) person: usize,
    pub(super) kind: Kind,
    pub(super) start: Day,
    /// May lie after the window: then nobody knows it yet.
    pub(super) end: Day,
    pub(super) outcome: &'static str,
    pub(super) pounds: f64,
    pub(super) units: f64,
}

/// Every event of the city, in order of person.
pub(super) fn plan(context: &Context) -> Vec<SocialEvent> {
    let mut events = Vec::new();
    for person in context.residents() {
        let chance = context.city.chance(Stream::AdultSocialCare, person);
        let mut course = Course {
            context,
            chance,
            person,
            events: &mut events,
            busy_until: i32::MIN,
            asked_on: i32::MIN,
        };
        course.run();
    }
    events
}

struct Course<'a> {
    context: &'a Context<'a>,
    chance: Chance,
    person: usize,
    events: &'a mut Vec<SocialEvent>,
    /// The end of the long-term service that the person has.
    busy_until: Day,
    /// The day of the latest request.
    asked_on: Day,
}

impl Course<'_> {
    fn run(&mut self) {
        let city = self.context.city;
        let someone = &city.people[self.person];
        let stretches = stretches(city, self.person);
        let Some(first) = stretches.first() else { return };
        let is_adult = age(someone.birth(), first.from) >= 18;
        let has_been_here = someone.registrations[0].from < city.start;
        let rate = self.context.hazards.rate(city, self.person, first.from, Care::SocialRequest);
        let in_home = city.places.dwellings[someone.dwelling(first.from)].is_care_home;
        let had = if in_home { 0.55 } else { (rate * 0.33).min(0.8) };
        if is_adult && has_been_here && self.chance.happens(had) {
            let start = city.start - 1 - self.chance.days(500.0);
            let start = start.max(someone.registrations[0].from);
            self.serve(start, true);
        }
        for stretch in stretches {
            let rate =
                self.context.hazards.rate(city, self.person, stretch.middle, Care::SocialRequest);
            for _ in 0..self.chance.poisson(rate * stretch.years()) {
                let on = self.chance.between(stretch.from, stretch.to - 1);
                if on > self.busy_until.max(self.asked_on)
                    && age(city.people[self.person].birth(), on) >= 18
                {
                    self.request(on);
                }
            }
        }
    }

    fn request(&mut self, on: Day) {
        self.asked_on = on;
        let ends = on + self.chance.between(0, 7);
        let goes_on = self.chance.happens(0.55);
        let outcome = if goes_on {
            "Progress to Assessment"
        } else {
            "Information and Advice / Signposting only"
        };
        self.add(Kind::Request, on, ends, outcome);
        if !goes_on {
            return;
        }
        let start = ends + self.chance.between(1, 25);
        let ends = start + self.chance.between(0, 21);
        let is_served = self.chance.happens(0.62);
        let outcome =
            if is_served { "Progress to Support Planning / Services" } else { "No further action" };
        if self.is_here(start) {
            self.add(Kind::Assessment, start, ends, outcome);
            let begins = ends + self.chance.between(1, 14);
            if is_served && self.is_here(begins) {
                self.serve(begins, false);
            }
        }
    }

    fn serve(&mut self, start: Day, is_long_term: bool) {
        let someone = &self.context.city.people[self.person];
        let in_home = self.context.city.places.dwellings
            [someone.dwelling(start.max(self.context.city.start))]
        .is_care_home;
        let is_frail =
            someone.health.frailty(start) > 0.3 || someone.health.has(Condition::Dementia, start);
        let weights = match (in_home, is_frail) {
            (true, _) => [0.0, 0.0, 0.6, 0.4, 0.0],
            (false, true) => [0.6, 0.05, 0.0, 0.0, 0.35],
            _ => [0.4, 0.3, 0.0, 0.0, 0.3],
        };
        let weights = if is_long_term {
            [weights[0], weights[1], weights[2], weights[3], 0.0]
        } else {
            weights
        };
        let service = self.chance.weighted(&weights);
        let length = if service == 4 {
            self.chance.between(14, 42)
        } else {
            30 + self.chance.days(SERVICES[service].days)
        };
        // A service that ran when the window opened lasts into it.
        let end = (start + length).max(if is_long_term {
            self.context.city.start + self.chance.between(20, 900)
        } else {
            0
        });
        let end = self.last_day().min(end);
        self.add(Kind::Service(service), start, end, "");
        if service != 4 {
            self.busy_until = end;
            let mut on = start + self.chance.between(300, 400);
            while on < end {
                if on >= self.context.city.start {
                    let ends = on + self.chance.between(0, 10);
                    self.add(Kind::Review, on, ends, "No change in package");
                }
                on += self.chance.between(330, 420);
            }
        }
    }

    fn add(&mut self, kind: Kind, start: Day, end: Day, outcome: &'static str) {
        let (pounds, units) = match kind {
            Kind::Service(i) => {
                let service = &SERVICES[i];
                let pounds = service.pounds * (0.85 + 0.3 * self.chance.unit());
                let units = service.units.map_or(0.0, |mean| {
                    (mean * (0.4 + 1.2 * self.chance.unit()) * 2.0).round() / 2.0
                });
                (pounds, units)
            }
            _ => (0.0, 0.0),
        };
        let end = end.max(start).min(self.last_day().max(start));
        self.events.push(SocialEvent {
            person: self.person,
            kind,
            start,
            end,
            outcome,
            pounds,
            units,
        });
    }

    fn is_here(&self, on: Day) -> bool {
        self.context.is_present(self.person, on)
    }

    /// Services end with death and with leaving the city.
    fn last_day(&self) -> Day {
        let someone = &self.context.city.people[self.person];
        let left = someone.registrations.last().and_then(|r| r.to);
        someone.died.or(left).unwrap_or(i32::MAX)
    }
}
