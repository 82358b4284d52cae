//! Who was registered, for how long: as it was, and as the deliveries tell it month by month.

use std::collections::HashSet;

use super::super::SynthError;
use super::super::calendar::{Day, civil, month_start};
use super::super::people::Person;
use super::context::Context;

const FEED: &str = "gp_registration";

/// Counts the registered population.
pub(crate) fn count(context: &mut Context) -> Result<(), SynthError> {
    context.counts.add_population(context.city, context.batch.people.clone());
    if context.is_monthly() {
        for arrival in 1..=context.extracts.log.n_arrivals() {
            count_by_arrival(context, arrival);
        }
    }
    Ok(())
}

/// Counts whom the list at hand names, as its day knew them; a death is known to the list, and to
/// every row that tells of it.
fn count_by_arrival(context: &mut Context, arrival: i32) {
    let (city, log) = (context.city, &context.extracts.log);
    let lists = log.deliveries.iter().filter(|d| d.feed == FEED && d.arrives <= arrival);
    let Some(last) = lists.map(|d| d.month).max() else { return };
    let until = month_start(city.start, last as u32 + 1);
    let told: HashSet<usize> = log.deaths_told(arrival).collect();
    let (mut n_persons, mut n_days, mut n_newborn_days) = (0, 0, 0);
    for i in context.people() {
        let person = &city.people[i];
        let died = person.died.filter(|died| *died < until || told.contains(&i));
        let (days, newborn_days) = days(person, until, died, (city.start, city.end));
        n_persons += i64::from(days + newborn_days > 0);
        n_days += i64::from(days);
        n_newborn_days += i64::from(newborn_days);
    }
    let counts = &mut context.extracts.log.by_arrival;
    let mut add = |measure, n| counts.change((FEED, measure), (arrival, arrival + 1), n);
    add("persons", n_persons);
    add("person_days", n_days);
    add("newborn_person_days", n_newborn_days);
}

/// Days on the list within the window; and those of a registration from a birth within it, which count
/// from the 16th of the month of birth, for no more than the month may be kept.
fn days(person: &Person, until: Day, died: Option<Day>, (start, end): (Day, Day)) -> (i32, i32) {
    let listed: Vec<_> = person.registrations.iter().filter(|r| r.from < until).collect();
    let (mut days, mut newborn_days) = (0, 0);
    for (i, registration) in listed.iter().enumerate() {
        let next = listed.get(i + 1).map(|next| next.from);
        let known_end = registration.to.filter(|to| *to < until);
        let to = [known_end, next, died].into_iter().flatten().fold(end, Day::min);
        if registration.from == person.birth() && registration.from >= start {
            let sixteenth = registration.from - i32::from(civil(registration.from).day()) + 16;
            newborn_days += (to - sixteenth.max(start)).max(0);
        } else {
            days += (to - registration.from.max(start)).max(0);
        }
    }
    (days, newborn_days)
}
