//! Month by month: births, deaths, marriages, moves, who leaves and who joins.

use super::calendar::{Day, age, age_exact, civil, month_start};
use super::chance::{Chance, Stream};
use super::city::{City, Household};
use super::health::Sex;
use super::households::{Kind, Member, joining_kind};
use super::people::{Registration, Stay};
use super::reissue::reissue;

/// Lives the city's life from its first to its last day.
pub(crate) fn live(city: &mut City) {
    let mut chance = Chance::new(city.settings.seed, Stream::Life, 0);
    for month in 0..city.settings.n_months {
        let first = month_start(city.start, month);
        let n_days = month_start(city.start, month + 1) - first;
        for i in 0..city.households.len() {
            let is_quiet = bereave(city, &mut chance, i, first, n_days);
            if is_quiet && !city.households[i].members.is_empty() {
                change(city, &mut chance, i, first, n_days);
            }
        }
        welcome(city, &mut chance, first, n_days);
    }
    reissue(city);
    city.complete(&mut chance);
}

/// Lets people die; false if somebody did.
fn bereave(city: &mut City, chance: &mut Chance, i: usize, first: Day, n_days: i32) -> bool {
    let in_care_home = city.households[i].kind == Kind::CareHome;
    let mut is_quiet = true;
    for k in (0..city.households[i].members.len()).rev() {
        let id = city.households[i].members[k];
        let person = &mut city.people[id];
        if !chance.happens(person.health.mortality(first, in_care_home) / 12.0) {
            continue;
        }
        let died = (first + chance.between(0, n_days - 1)).max(person.birth() + 1);
        person.died = Some(died);
        person.dies_in_hospital = chance.happens(if in_care_home { 0.25 } else { 0.5 });
        person.close(died, died + chance.between(0, 20));
        city.households[i].members.remove(k);
        is_quiet = false;
    }
    if city.households[i].members.is_empty() && !is_quiet {
        city.places.move_out(city.households[i].dwelling);
    }
    is_quiet
}

/// One thing, at most, that changes a household in a month without a death.
fn change(city: &mut City, chance: &mut Chance, i: usize, first: Day, n_days: i32) {
    let on = first + chance.between(1, n_days - 1);
    let household = &city.households[i];
    let head = age_exact(city.people[household.members[0]].birth(), on);
    let moves = match (household.kind, head as i32) {
        (Kind::CareHome, _) => 0.0,
        (_, ..25) => 0.30,
        (_, 25..35) => 0.21,
        (_, 35..50) => 0.10,
        (_, 50..65) => 0.055,
        _ => 0.03,
    };
    if chance.happens(moves / 12.0) {
        let leaves = if head < 35.0 { 0.42 } else { 0.25 };
        return if chance.happens(leaves) {
            leave(city, i, on)
        } else {
            relocate(city, chance, i, on)
        };
    }
    if household.kind == Kind::Students && civil(first).month() == 7 && chance.happens(0.3) {
        return leave(city, i, on);
    }
    if marry(city, chance, i, on)
        || leave_home(city, chance, i, on)
        || enter_home(city, chance, i, on)
    {
        return;
    }
    give_birth(city, chance, i, on);
}

/// The household leaves the city.
fn leave(city: &mut City, i: usize, on: Day) {
    for id in std::mem::take(&mut city.households[i].members) {
        city.people[id].close(on, on);
    }
    city.places.move_out(city.households[i].dwelling);
}

/// The household moves within the city, half of the time to a neighbourhood of any kind.
fn relocate(city: &mut City, chance: &mut Chance, i: usize, on: Day) {
    let old = city.households[i].dwelling;
    let n = city.places.neighbourhoods.len();
    let here = city.places.neighbourhood(old).unwrap_or(0);
    let target = if chance.happens(0.5) { here } else { chance.below(n) };
    let new = city.places.move_in(chance, target);
    city.places.move_out(old);
    city.households[i].dwelling = new;
    let members = city.households[i].members.clone();
    rehouse(city, chance, &members, new, on);
}

/// Moves people to a dwelling; many change practice if it is in another neighbourhood.
fn rehouse(city: &mut City, chance: &mut Chance, members: &[usize], dwelling: usize, on: Day) {
    let new = city.places.neighbourhood(dwelling);
    let old = city.places.neighbourhood(city.people[members[0]].dwelling(on));
    let changes = chance.happens(if new == old { 0.06 } else { 0.6 });
    let practice = city.places.choose_practice(chance, new);
    let from = on + chance.between(0, 20);
    for &id in members {
        if let Some(last) = city.people[id].stays.last_mut() {
            last.to = Some(on);
        }
        city.people[id].stays.push(Stay { dwelling, from: on, to: None });
        if changes && from < city.end {
            change_practice(city, id, practice, from);
        }
    }
}

fn change_practice(city: &mut City, id: usize, practice: usize, from: Day) {
    let last =
        city.people[id].registrations.last().expect("everybody in a household is registered");
    if last.practice == practice || last.from >= from {
        return;
    }
    let guid = city.next_guid();
    let registrations = &mut city.people[id].registrations;
    if let Some(last) = registrations.last_mut() {
        last.to = Some(from);
    }
    registrations.push(Registration { practice, from, to: None, guid });
}

/// Couples with two names marry; she takes his. True if they did.
fn marry(city: &mut City, chance: &mut Chance, i: usize, on: Day) -> bool {
    let household = &city.households[i];
    if !matches!(household.kind, Kind::YoungCouple | Kind::Family) || household.members.len() < 2 {
        return false;
    }
    let (one, other) = (household.members[0], household.members[1]);
    let is_adult = |id: usize| age(city.people[id].birth(), on) >= 18;
    let name = city.people[one].family(on).to_owned();
    if !is_adult(one) || !is_adult(other) || city.people[other].family(on) == name {
        return false;
    }
    if !chance.happens(0.16 / 12.0) {
        return false;
    }
    city.people[other].family.push((on, name));
    true
}

/// A grown-up child moves out: out of the city, or into a home of their own.
fn leave_home(city: &mut City, chance: &mut Chance, i: usize, on: Day) -> bool {
    let household = &city.households[i];
    if !matches!(household.kind, Kind::Family | Kind::LoneParent | Kind::ThreeGenerations) {
        return false;
    }
    let grown = household
        .members
        .iter()
        .skip(1)
        .position(|&id| (18..27).contains(&age(city.people[id].birth(), on)));
    let Some(k) = grown.filter(|_| chance.happens(0.14 / 12.0)) else { return false };
    let id = city.households[i].members.remove(k + 1);
    if chance.happens(0.5) {
        city.people[id].close(on, on);
        return true;
    }
    let target = chance.below(city.places.neighbourhoods.len());
    let dwelling = city.places.move_in(chance, target);
    rehouse(city, chance, &[id], dwelling, on);
    city.households.push(Household { members: vec![id], dwelling, kind: Kind::YoungSingle });
    true
}

/// Somebody old and frail moves into a care home.
fn enter_home(city: &mut City, chance: &mut Chance, i: usize, on: Day) -> bool {
    let household = &city.households[i];
    if household.kind == Kind::CareHome {
        return false;
    }
    let oldest = household.members.iter().position(|&id| {
        let health = &city.people[id].health;
        age(health.birth, on) >= 78 && health.frailty(on) > 0.25
    });
    let Some(k) = oldest.filter(|_| chance.happens(0.07 / 12.0)) else { return false };
    let id = city.households[i].members.remove(k);
    if city.households[i].members.is_empty() {
        city.places.move_out(city.households[i].dwelling);
    }
    let dwelling = *chance.pick(&city.places.care_homes);
    rehouse(city, chance, &[id], dwelling, on);
    city.households.push(Household { members: vec![id], dwelling, kind: Kind::CareHome });
    true
}

/// Women have children; three in two hundred births are twins.
fn give_birth(city: &mut City, chance: &mut Chance, i: usize, on: Day) {
    if !matches!(
        city.households[i].kind,
        Kind::YoungCouple | Kind::Family | Kind::LoneParent | Kind::YoungSingle
    ) {
        return;
    }
    let mother = city.households[i].members.iter().copied().find(|&id| {
        let person = &city.people[id];
        let had = person.deliveries.last().is_some_and(|(last, _)| on - last < 400);
        person.sex() == Sex::Female && (18..43).contains(&age(person.birth(), on)) && !had
    });
    let Some(mother) = mother else { return };
    let rate = match age(city.people[mother].birth(), on) {
        ..25 => 0.06,
        25..35 => 0.115,
        _ => 0.045,
    };
    if !chance.happens(rate / 12.0) {
        return;
    }
    let registration = city.people[mother].registration(on).expect("registered");
    let (practice, dwelling) = (registration.practice, city.households[i].dwelling);
    let (ethnic, family) = (city.people[mother].ethnic, city.people[mother].family(on).to_owned());
    for _ in 0..1 + usize::from(chance.happens(0.015)) {
        let sex = if chance.happens(0.49) { Sex::Female } else { Sex::Male };
        let member = Member { birth: on, sex, shares_name: true, is_child: true };
        let child = city.add(chance, &member, ethnic, family.clone(), dwelling);
        city.register(child, practice, dwelling, on);
        city.people[mother].deliveries.push((on, child));
        city.households[i].members.push(child);
    }
    if city.households[i].kind == Kind::YoungCouple {
        city.households[i].kind = Kind::Family;
    } else if city.households[i].kind == Kind::YoungSingle {
        city.households[i].kind = Kind::LoneParent;
    }
}

/// Households join until the city is as large as it was.
fn welcome(city: &mut City, chance: &mut Chance, first: Day, n_days: i32) {
    let mut n: usize = city.households.iter().map(|h| h.members.len()).sum();
    while n < city.settings.n_people as usize {
        let kind = joining_kind(chance, civil(first).month());
        let target = chance.below(city.places.neighbourhoods.len());
        let home = city.places.move_in(chance, target);
        let on = first + chance.between(1, n_days - 1);
        city.settle(chance, kind, home, on, false);
        n += city.households.last().map_or(0, |h| h.members.len());
    }
}
