//! Urgent journeys: a call, an ambulance, an attendance, an admission, each where it belongs.
//!
//! One journey reaches several feeds, which is how the same need is recorded more than once.

use std::ops::Range;

use super::calendar::{Day, SEASON_PEAK, age, season};
use super::chance::{Chance, Stream};
use super::city::City;
use super::clinical::{diagnoses, draw_cause};
use super::england::code;
use super::evaluation::{Arm, assign, eligible_on, index_on, look_back};
use super::hazard::{Care, Hazards, stretches};
use super::settings::RATE_RATIO;
use super::spells::{Admission, Beds, Spell, Trust, births, choose_trust, plain, planned};

/// An ambulance sent.
pub(crate) struct Dispatch {
    pub(crate) is_conveyed: bool,
    pub(crate) n_vehicles: i32,
    pub(crate) priority: &'static str,
}

/// An attendance at an emergency department.
pub(crate) struct Attendance {
    pub(crate) trust: Trust,
    pub(crate) department: &'static str,
    pub(crate) is_admitted: bool,
    /// Sent twice by the trust: streamed at the door, then seen in the department.
    pub(crate) is_sent_twice: bool,
    pub(crate) minutes: i32,
}

/// What one urgent need leads to.
pub(crate) struct Journey {
    pub(crate) person: usize,
    pub(crate) on: Day,
    /// Minute of the day at which it begins.
    pub(crate) minute: i32,
    pub(crate) has_call: bool,
    pub(crate) dispatch: Option<Dispatch>,
    pub(crate) attendance: Option<Attendance>,
}

/// All urgent and hospital care of some people, who follow on each other.
pub(crate) struct HospitalCare {
    /// In order of time.
    pub(crate) journeys: Vec<Journey>,
    /// In order of person.
    pub(crate) spells: Vec<Spell>,
    /// In order of person.
    pub(crate) arms: Vec<Arm>,
    /// Whose death ended a spell.
    died_in_hospital: Vec<bool>,
    first: usize,
}

/// What a day may bring; a death in hospital is an admission that must happen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Need {
    Attendance,
    Admission,
    LastAdmission,
}

impl HospitalCare {
    /// Everything that happens to these people in hospital and on the way there.
    pub(crate) fn plan(city: &City, hazards: &Hazards, people: &Range<usize>) -> Self {
        let mut beds = Beds::empty(people.clone());
        let mut care = Self {
            journeys: Vec::new(),
            spells: Vec::new(),
            arms: Vec::with_capacity(people.len()),
            died_in_hospital: vec![false; people.len()],
            first: people.start,
        };
        births(city, people, &mut beds, &mut care.spells);
        for person in people.clone() {
            let mut course = Course {
                city,
                chance: city.chance(Stream::Urgent, person),
                person,
                beds: &mut beds,
                care: &mut care,
            };
            let arm = course.run(hazards);
            care.arms.push(arm);
        }
        planned(city, hazards, people, &mut beds, &mut care.spells);
        care.spells.sort_by_key(|s| (s.person, s.admitted, s.chain));
        code(city, &mut care.spells);
        care.journeys.sort_by_key(|j| (j.on, j.minute, j.person));
        care
    }

    /// Which arm of the evaluations one of the people is in.
    pub(crate) fn arm(&self, person: usize) -> Arm {
        self.arms[person - self.first]
    }

    /// Whether a death ended a spell of one of the people.
    pub(crate) fn has_died_in_hospital(&self, person: usize) -> bool {
        self.died_in_hospital[person - self.first]
    }
}

/// One person's urgent care as time goes by.
struct Course<'a> {
    city: &'a City,
    chance: Chance,
    person: usize,
    beds: &'a mut Beds,
    care: &'a mut HospitalCare,
}

impl Course<'_> {
    fn run(&mut self, hazards: &Hazards) -> Arm {
        let mut needs = self.draw_needs(hazards);
        needs.sort_unstable();
        let mut arm = None;
        let mut had_event = false;
        let (from, to) = look_back();
        for (on, need) in needs {
            if arm.is_none() && on >= eligible_on() {
                arm = Some(assign(self.city, self.person, had_event));
            }
            let is_cut = need != Need::Attendance && on >= index_on() && arm == Some(Arm::Enrolled);
            if is_cut && !self.chance.happens(RATE_RATIO) {
                continue;
            }
            if self.beds.is_taken(self.person, on, on) && need != Need::LastAdmission {
                continue;
            }
            match need {
                Need::Attendance => self.attend(on),
                Need::Admission => self.admit(on, None),
                Need::LastAdmission => self.admit(on, self.city.people[self.person].died),
            }
            had_event |= (from..to).contains(&on);
        }
        self.minor_needs(hazards);
        arm.unwrap_or_else(|| assign(self.city, self.person, had_event))
    }

    /// Days of need, thinned so that winters have more; the last admission of those who die in hospital.
    fn draw_needs(&mut self, hazards: &Hazards) -> Vec<(Day, Need)> {
        let mut needs = Vec::new();
        for stretch in stretches(self.city, self.person) {
            for (care, need) in
                [(Care::Emergency, Need::Admission), (Care::Attendance, Need::Attendance)]
            {
                let rate = hazards.rate(self.city, self.person, stretch.middle, care);
                for on in self.days(rate, stretch.from, stretch.to) {
                    needs.push((on, need));
                }
            }
        }
        let someone = &self.city.people[self.person];
        if let Some(died) = someone.died.filter(|_| someone.dies_in_hospital) {
            let nights = 1 + self.city.chance(Stream::Terminal, self.person).days(8.0);
            let first = someone.registrations[0].from.max(self.city.start);
            if died > first {
                needs.push(((died - nights).max(first), Need::LastAdmission));
            }
        }
        needs
    }

    fn days(&mut self, rate: f64, from: Day, to: Day) -> Vec<Day> {
        let n =
            self.chance.poisson(rate * f64::from(to - from) / super::calendar::YEAR * SEASON_PEAK);
        let mut days: Vec<Day> = (0..n)
            .filter_map(|_| {
                let on = self.chance.between(from, to - 1);
                self.chance.happens(season(on) / SEASON_PEAK).then_some(on)
            })
            .collect();
        days.sort_unstable();
        days
    }

    fn attend(&mut self, on: Day) {
        let trust = choose_trust(&mut self.chance, self.city, self.person, on);
        let minute = self.minute(1439);
        let has_call = self.chance.happens(0.1);
        let by_ambulance = self.chance.happens(if self.years(on) >= 75 { 0.5 } else { 0.14 });
        let department = if by_ambulance {
            "01"
        } else {
            ["01", "03", "02"][self.chance.weighted(&[0.55, 0.41, 0.04])]
        };
        let dispatch = by_ambulance.then(|| self.dispatch(true));
        let minutes = 40 + self.chance.days(130.0).min(700);
        let is_sent_twice = trust == Trust::City && department == "01" && self.chance.happens(0.06);
        let attendance =
            Attendance { trust, department, is_admitted: false, is_sent_twice, minutes };
        self.journey(on, minute, has_call, dispatch, Some(attendance));
    }

    /// An emergency admission, in eight of ten through the emergency department.
    fn admit(&mut self, on: Day, dies: Option<Day>) {
        let Some((on, nights)) = self.stay(on, dies) else { return };
        let years = self.years(on);
        let trust = choose_trust(&mut self.chance, self.city, self.person, on);
        let by_department = self.chance.happens(0.8);
        let by_ambulance = self.chance.happens(if years >= 65 { 0.68 } else { 0.34 });
        if by_department {
            let has_call = self.chance.happens(0.14);
            let dispatch = by_ambulance.then(|| self.dispatch(true));
            let is_sent_twice = trust == Trust::City && self.chance.happens(0.05);
            let attendance = Attendance {
                trust,
                department: "01",
                is_admitted: true,
                is_sent_twice,
                minutes: 90 + self.chance.days(80.0).min(130),
            };
            let minute = self.minute(1200);
            self.journey(on, minute, has_call, dispatch, Some(attendance));
        }
        let health = &self.city.people[self.person].health;
        let cause = draw_cause(&mut self.chance, health, on);
        let chain = self.care.spells.len();
        let mut spell = plain(self.person, trust, Admission::Emergency, on, on + nights, chain);
        spell.method = if by_department {
            "21"
        } else {
            ["22", "24", "28", "2A"][self.chance.weighted(&[0.6, 0.2, 0.1, 0.1])]
        };
        spell.diagnoses = diagnoses(&mut self.chance, cause.diagnosis, health, on, 0.75);
        spell.specialty = if years < 16 {
            "420"
        } else if years >= 80 && cause.specialty == "300" {
            "430"
        } else {
            cause.specialty
        };
        spell.hrg = cause.hrg[usize::from(nights < 2)];
        spell.n_episodes =
            if nights == 0 { 1 } else { 1 + self.chance.weighted(&[0.55, 0.33, 0.12]) as i32 };
        spell.n_episodes = spell.n_episodes.min(nights + 1);
        if self.city.places.dwellings[self.city.people[self.person].dwelling(on)].is_care_home {
            spell.source = "54";
            spell.destination = "54";
        }
        if dies.is_some() {
            spell.discharge_method = "4";
            spell.destination = "79";
            let at = self.person - self.care.first;
            self.care.died_in_hospital[at] = true;
        }
        self.beds.take(self.person, on, on + nights);
        self.transfer(spell, nights);
    }

    /// The day of admission and the nights that a stay may last: it ends before what comes next.
    fn stay(&mut self, on: Day, dies: Option<Day>) -> Option<(Day, i32)> {
        let years = self.years(on);
        let (zero, mean) = match years {
            ..16 => (0.6, 1.5),
            16..65 => (0.42, 3.5),
            65..80 => (0.27, 6.0),
            _ => (0.18, 8.5),
        };
        let drawn = if self.chance.happens(zero) { 0 } else { 1 + self.chance.days(mean).min(90) };
        if let Some(died) = dies {
            let mut on = on;
            while self.beds.is_taken(self.person, on, on) {
                on += 1;
            }
            return (on < died).then_some((on, died - on));
        }
        let someone = &self.city.people[self.person];
        let before_birth = self.beds.next(self.person, on).map(|next| next - 4);
        let before_death = someone.died.map(|died| died - 1);
        let last = before_birth.into_iter().chain(before_death).min().unwrap_or(i32::MAX);
        Some((on, drawn.min(last - on).max(0)))
    }

    /// Four in a hundred longer stays go on at the other trust, and a third of those come back.
    fn transfer(&mut self, mut spell: Spell, nights: i32) {
        let other = if spell.trust == Trust::City { Trust::Neighbour } else { Trust::City };
        let goes =
            nights >= 3 && !self.city.people[self.person].is_outsider && self.chance.happens(0.07);
        if !goes {
            self.care.spells.push(spell);
            return;
        }
        let (home, end, destination, way) =
            (spell.trust, spell.discharged, spell.destination, spell.discharge_method);
        let leg = |trust, from: Day, to: Day| {
            let mut leg = plain(spell.person, trust, Admission::Transfer, from, to, spell.chain);
            leg.method = "81";
            leg.source = "51";
            leg.specialty = spell.specialty;
            leg.diagnoses.clone_from(&spell.diagnoses);
            leg.hrg = spell.hrg;
            leg
        };
        let first_cut = spell.admitted + 1 + self.chance.between(0, (nights - 2) / 2);
        let delay = i32::from(nights > 4 && self.chance.happens(0.3));
        let mut legs = vec![leg(other, first_cut + delay, end)];
        if nights >= 6 && self.chance.happens(0.33) {
            let second_cut = (first_cut + delay + 1).max(end - 2);
            legs[0].discharged = second_cut;
            legs.push(leg(home, second_cut, end));
        }
        for leg in legs.iter_mut().rev().skip(1) {
            leg.destination = "51";
        }
        if let Some(last) = legs.last_mut() {
            last.destination = destination;
            last.discharge_method = way;
        }
        spell.discharged = first_cut;
        spell.destination = "51";
        spell.discharge_method = "1";
        spell.n_episodes = spell.n_episodes.min(first_cut - spell.admitted + 1);
        self.care.spells.push(spell);
        self.care.spells.extend(legs);
    }

    /// Ambulances that leave the patient at home, and calls to 111 that lead to neither.
    fn minor_needs(&mut self, hazards: &Hazards) {
        if self.city.people[self.person].is_outsider {
            return;
        }
        for stretch in stretches(self.city, self.person) {
            for care in [Care::Incident, Care::Call] {
                let rate = hazards.rate(self.city, self.person, stretch.middle, care);
                for on in self.days(rate, stretch.from, stretch.to) {
                    if self.beds.is_taken(self.person, on, on) {
                        continue;
                    }
                    let minute = self.minute(1439);
                    let dispatch = (care == Care::Incident).then(|| self.dispatch(false));
                    let has_call = care == Care::Call || self.chance.happens(0.15);
                    self.journey(on, minute, has_call, dispatch, None);
                }
            }
        }
    }

    fn journey(
        &mut self,
        on: Day,
        minute: i32,
        has_call: bool,
        dispatch: Option<Dispatch>,
        attendance: Option<Attendance>,
    ) {
        let person = self.person;
        self.care.journeys.push(Journey { person, on, minute, has_call, dispatch, attendance });
    }

    fn dispatch(&mut self, is_conveyed: bool) -> Dispatch {
        let n_vehicles = 1 + i32::from(self.chance.happens(0.15));
        let weights = if is_conveyed { [0.1, 0.62, 0.25, 0.03] } else { [0.05, 0.45, 0.38, 0.12] };
        Dispatch {
            is_conveyed,
            n_vehicles,
            priority: ["1", "2", "3", "4"][self.chance.weighted(&weights)],
        }
    }

    /// A minute of the day up to a last one: afternoons are busier than nights.
    fn minute(&mut self, last: i32) -> i32 {
        const BY_HOUR: [f64; 24] = [
            2.2, 1.8, 1.5, 1.3, 1.2, 1.3, 1.7, 2.6, 4.0, 5.6, 6.6, 6.6, 6.3, 6.0, 5.9, 5.9, 5.9,
            6.0, 6.1, 5.8, 5.3, 4.6, 3.8, 3.0,
        ];
        let hour = self.chance.weighted(&BY_HOUR) as i32;
        (hour * 60 + self.chance.between(0, 59)).min(last)
    }

    fn years(&self, on: Day) -> i32 {
        age(self.city.people[self.person].birth(), on)
    }
}
