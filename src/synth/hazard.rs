//! How often a person uses each kind of care: their relative risk times a base that makes the
//! city's rate come out as stated.

use std::ops::Range;

use rayon::prelude::*;

use super::batch::Batch;
use super::calendar::{Day, YEAR, age_exact, day, financial_year};
use super::chance::exp;
use super::city::City;
use super::evaluation::Arm;
use super::health::{Condition, Sex};
use super::people::Person;
use super::settings::{FEWER_OUTPATIENTS, MORE_EMERGENCIES, RATE_RATIO};

/// A kind of care with a rate of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Care {
    /// Emergency admissions (continuous spells).
    Emergency = 0,
    /// Attendances at emergency departments that do not end in admission.
    Attendance,
    /// Ambulances that do not convey.
    Incident,
    /// Calls to 111 that lead to neither.
    Call,
    Elective,
    Outpatient,
    /// Referrals to community services.
    Community,
    /// Referrals to mental-health services.
    MentalHealth,
    /// Referrals to talking therapies.
    Talking,
    GpAppointment,
    GpEvent,
    GpPrescription,
    /// Requests for adult social care.
    SocialRequest,
    /// People who begin to use a third-sector service.
    ThirdSector,
}

/// Each kind of care and its rate per 1,000 persons and year.
pub(crate) const RATES: [(Care, f64); 14] = [
    (Care::Emergency, 94.0),
    (Care::Attendance, 290.0),
    (Care::Incident, 42.0),
    (Care::Call, 190.0),
    (Care::Elective, 115.0),
    (Care::Outpatient, 1500.0),
    (Care::Community, 140.0),
    (Care::MentalHealth, 52.0),
    (Care::Talking, 34.0),
    (Care::GpAppointment, 6000.0),
    (Care::GpEvent, 35_000.0),
    (Care::GpPrescription, 20_000.0),
    (Care::SocialRequest, 32.0),
    (Care::ThirdSector, 9.0),
];

/// Base rates of a city, per person and year at relative risk 1.
pub(crate) struct Hazards([f64; RATES.len()]);

impl Hazards {
    /// Bases such that the people of the first day use care at the stated rates.
    pub(crate) fn calibrated(city: &City) -> Self {
        // Sums of batches are added in their order, so that threads change nothing.
        let batches = Batch::all(city.people.len());
        let parts: Vec<_> =
            batches.into_par_iter().map(|batch| relative_risks(city, batch.people)).collect();
        let mut sums = [0.0; RATES.len()];
        let mut n = 0.0;
        for (n_in_batch, part) in parts {
            n += n_in_batch;
            sums.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        }
        Self(std::array::from_fn(|i| RATES[i].1 / 1000.0 * n / sums[i]))
    }

    /// A person's events per year on a day, seasons and the planted effect apart.
    pub(crate) fn rate(&self, city: &City, person: usize, on: Day, care: Care) -> f64 {
        let profile = Profile::of(city, person, on);
        self.0[care as usize]
            * profile.relative(care)
            * habit(&city.people[person], care)
            * planted(city, person, on, care)
    }

    /// The chance of at least one emergency admission in the year from the as-at date on, if the
    /// person stays: two competing hazards, admission and death, constant over the year. A death
    /// in hospital ends an admission, so half of the deaths are admissions as well.
    pub(crate) fn admission_probability(&self, city: &City, person: usize, arm: Arm) -> f64 {
        let on = city.end;
        let someone = &city.people[person];
        let left = if arm == Arm::Enrolled { RATE_RATIO } else { 1.0 };
        let in_home = city.places.dwellings[someone.dwelling(on)].is_care_home;
        let death = someone.health.mortality(on, in_home);
        let in_hospital = if in_home { 0.25 } else { 0.5 } * left;
        let admission = self.rate(city, person, on, Care::Emergency) * left + in_hospital * death;
        let either = admission + (1.0 - in_hospital) * death;
        admission / either * (1.0 - exp(-either))
    }
}

/// How many of these people are there on the first day, and the sums of their relative risks.
fn relative_risks(city: &City, people: Range<usize>) -> (f64, [f64; RATES.len()]) {
    let mut sums = [0.0; RATES.len()];
    let mut n = 0.0;
    for i in people {
        if !city.people[i].is_registered(city.start) {
            continue;
        }
        n += 1.0;
        let profile = Profile::of(city, i, city.start);
        for (care, _) in RATES {
            sums[care as usize] += profile.relative(care);
        }
    }
    (n, sums)
}

/// What of a person drives their use of care on a day.
struct Profile<'a> {
    person: &'a Person,
    on: Day,
    age: f64,
    frailty: f64,
    /// 4.5 for the most deprived tenth, −4.5 for the least.
    poverty: f64,
    in_care_home: bool,
}

impl<'a> Profile<'a> {
    fn of(city: &'a City, person: usize, on: Day) -> Self {
        let someone = &city.people[person];
        Self {
            person: someone,
            on,
            age: age_exact(someone.birth(), on),
            frailty: someone.health.frailty(on),
            poverty: 5.5 - f64::from(someone.decile),
            in_care_home: city.places.dwellings[someone.dwelling(on)].is_care_home,
        }
    }

    fn has(&self, condition: Condition) -> bool {
        self.person.health.has(condition, self.on)
    }

    fn n_conditions(&self) -> f64 {
        self.person.health.n_conditions(self.on) as f64
    }

    fn is_mother_to_be(&self) -> bool {
        self.person.deliveries.iter().any(|(on, _)| (self.on..self.on + 250).contains(on))
    }

    fn times(&self, factors: &[(Condition, f64)]) -> f64 {
        factors.iter().filter(|(c, _)| self.has(*c)).map(|(_, factor)| factor).product()
    }

    fn relative(&self, care: Care) -> f64 {
        match care {
            Care::Emergency => self.emergency(),
            Care::Attendance => self.attendance(),
            Care::Incident => self.emergency() * 0.5 + self.attendance() * 0.3,
            Care::Call => {
                self.by_age(&[3.2, 0.9, 1.0, 0.75, 0.8, 1.2]) * (1.0 + 0.06 * self.poverty)
            }
            Care::Elective => self.elective(),
            Care::Outpatient => self.outpatient(),
            Care::Community => self.community(),
            Care::MentalHealth => self.mental_health(),
            Care::Talking => self.talking(),
            Care::GpAppointment => {
                self.by_age(&[1.3, 0.5, 0.7, 1.0, 1.4, 1.6]) * (1.0 + 0.16 * self.n_conditions())
            }
            Care::GpEvent => {
                self.by_age(&[0.8, 0.3, 0.6, 1.0, 1.4, 1.5]) * (1.0 + 0.35 * self.n_conditions())
            }
            Care::GpPrescription => {
                self.by_age(&[0.15, 0.12, 0.25, 0.6, 1.2, 1.4]) * (1.0 + 1.2 * self.n_conditions())
            }
            Care::SocialRequest => self.social(),
            Care::ThirdSector => {
                self.by_age(&[0.0, 0.1, 0.5, 0.9, 1.5, 2.5])
                    * exp(3.0 * self.frailty)
                    * self.times(&[(Condition::Cancer, 2.5)])
            }
        }
    }

    /// The factor for ages 0–4, 5–14, 15–34, 35–64, 65–79, 80 and over.
    fn by_age(&self, factors: &[f64; 6]) -> f64 {
        let band = [5.0, 15.0, 35.0, 65.0, 80.0].iter().filter(|&&edge| self.age >= edge).count();
        factors[band]
    }

    fn emergency(&self) -> f64 {
        use Condition::{
            Asthma, Cancer, Copd, Dementia, Depression, Diabetes, HeartDisease, HeartFailure,
            KidneyDisease, SevereMentalIllness, Stroke,
        };
        self.by_age(&[1.15, 0.42, 0.62, 0.72, 1.0, 1.3])
            * exp(2.6 * self.frailty)
            * (1.0 + 0.075 * self.poverty)
            * if self.in_care_home { 1.35 } else { 1.0 }
            * self.times(&[
                (Copd, 1.55),
                (HeartFailure, 1.6),
                (HeartDisease, 1.3),
                (Stroke, 1.3),
                (Diabetes, 1.25),
                (KidneyDisease, 1.2),
                (Dementia, 1.25),
                (SevereMentalIllness, 1.7),
                (Cancer, 1.4),
                (Depression, 1.25),
                (Asthma, 1.15),
            ])
    }

    fn attendance(&self) -> f64 {
        use Condition::{Asthma, Depression, SevereMentalIllness};
        self.by_age(&[1.75, 1.05, 1.15, 0.8, 0.85, 1.1])
            * (1.0 + 0.5 * self.frailty)
            * (1.0 + 0.08 * self.poverty)
            * self.times(&[(SevereMentalIllness, 1.8), (Depression, 1.3), (Asthma, 1.1)])
    }

    fn elective(&self) -> f64 {
        self.by_age(&[0.25, 0.2, 0.45, 1.0, 1.9, 1.5])
            * (1.0 - 0.02 * self.poverty)
            * (1.0 + 0.1 * self.n_conditions())
            * self.times(&[(Condition::Cancer, 1.8)])
    }

    fn outpatient(&self) -> f64 {
        self.by_age(&[0.7, 0.55, 0.65, 1.0, 1.6, 1.5])
            * (1.0 + 0.22 * self.n_conditions())
            * self.times(&[(Condition::Cancer, 1.9)])
            * if self.is_mother_to_be() { 4.0 } else { 1.0 }
    }

    fn community(&self) -> f64 {
        self.by_age(&[2.2, 0.8, 0.3, 0.6, 1.5, 3.2])
            * exp(3.0 * self.frailty)
            * (1.0 + 0.03 * self.poverty)
            * if self.in_care_home { 1.3 } else { 1.0 }
    }

    fn mental_health(&self) -> f64 {
        use Condition::{Dementia, Depression, SevereMentalIllness};
        self.by_age(&[0.0, 0.9, 1.4, 1.0, 0.6, 0.9])
            * (1.0 + 0.09 * self.poverty)
            * self.times(&[(SevereMentalIllness, 14.0), (Depression, 2.2), (Dementia, 3.0)])
    }

    fn talking(&self) -> f64 {
        if self.age < 18.0 {
            return 0.0;
        }
        let by_sex = if self.person.sex() == Sex::Female { 1.3 } else { 0.7 };
        self.by_age(&[0.0, 0.0, 1.6, 1.0, 0.45, 0.15])
            * by_sex
            * self.times(&[(Condition::Depression, 3.0)])
    }

    fn social(&self) -> f64 {
        if self.age < 18.0 {
            return 0.0;
        }
        self.by_age(&[0.0, 0.0, 0.35, 0.6, 2.0, 7.0])
            * exp(4.0 * self.frailty)
            * (1.0 + 0.06 * self.poverty)
            * self.times(&[(Condition::Dementia, 1.8), (Condition::SevereMentalIllness, 3.0)])
    }
}

/// A stretch of a financial year in which a person is there, with the day that stands for it.
pub(crate) struct Stretch {
    pub(crate) from: Day,
    pub(crate) to: Day,
    pub(crate) middle: Day,
}

impl Stretch {
    /// Its length in years.
    pub(crate) fn years(&self) -> f64 {
        f64::from(self.to - self.from) / YEAR
    }
}

/// The time that a person is there, cut at each 1 April: rates are taken at the middle of each.
pub(crate) fn stretches(city: &City, person: usize) -> Vec<Stretch> {
    let Some((from, to)) = city.people[person].present(city.start, city.end) else {
        return Vec::new();
    };
    let mut cuts = vec![from];
    cuts.extend(
        (financial_year(from) + 1..=financial_year(to)).map(|y| day(y, 4, 1)).filter(|&d| d < to),
    );
    cuts.push(to);
    cuts.windows(2)
        .map(|w| Stretch { from: w[0], to: w[1], middle: w[0] + (w[1] - w[0]) / 2 })
        .collect()
}

fn habit(person: &Person, care: Care) -> f64 {
    match care {
        Care::Emergency | Care::Call => person.propensity.urgent,
        Care::Attendance | Care::Incident => person.propensity.urgent * person.propensity.attender,
        Care::Elective | Care::Outpatient => person.propensity.planned,
        Care::GpAppointment | Care::GpEvent | Care::GpPrescription => person.propensity.gp,
        _ => person.propensity.community,
    }
}

/// The variation between neighbourhoods that health does not explain.
fn planted(city: &City, person: usize, on: Day, care: Care) -> f64 {
    let (place, factor) = match care {
        Care::Emergency => MORE_EMERGENCIES,
        Care::Outpatient => FEWER_OUTPATIENTS,
        _ => return 1.0,
    };
    if city.neighbourhood(person, on) == Some(place) { factor } else { 1.0 }
}
