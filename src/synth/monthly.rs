//! What a hub receives month by month, and what it must then hold.
//!
//! Which of two rows holds does not depend on the order in which files arrive, only on what they
//! say of themselves: feed, provider, period, generation. A row that a later delivery makes void
//! is *replaced* if another row of its key holds, else *deleted*.

use std::collections::BTreeMap;

use super::batch::Batch;
use super::by_arrival::ByArrival;
use super::calendar::{Day, months_between};
use super::chance::{Chance, Stream};
use super::city::City;
use super::defects::Defect;
use super::delivery::{Delivery, Scheme};
use super::rows::Told;
use super::settings::Arrivals;
use super::sheet::{Placed, Planted, Version};

/// A row that was sent and that a contract accepts, or a tombstone.
#[derive(Clone, Copy)]
struct Sent {
    key: u32,
    delivery: u32,
    event: u32,
    month: i32,
    is_tombstone: bool,
    is_provisional: bool,
}

/// A row that a contract accepts, and the months of arrival in which it holds: half-open.
#[derive(Clone, Copy)]
pub(crate) struct Life {
    pub(crate) key: u32,
    pub(crate) event: u32,
    pub(crate) delivery: u32,
    /// Month of the event.
    month: i32,
    /// A value in it will be corrected.
    pub(crate) is_provisional: bool,
    pub(crate) from: i32,
    pub(crate) until: i32,
}

impl Life {
    fn holds_in(&self, month: i32) -> bool {
        (self.from..self.until).contains(&month)
    }
}

/// Rows accepted, those that hold, those replaced, those deleted.
type Held = [i64; 4];

/// What one batch sent month by month.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) deliveries: Vec<Delivery>,
    sent: Vec<Sent>,
    start: Day,
    n_arrivals: i32,
    /// Change of what is held, by feed, month of arrival and month of the event (−1: before).
    held: BTreeMap<(&'static str, i32, i32), Held>,
    /// The rows of the feed at hand, in order of key.
    pub(crate) lives: Vec<Life>,
    /// What can be counted.
    pub(crate) by_arrival: ByArrival,
    /// Whose death rows tell, and the months of arrival in which they hold.
    deaths: Vec<(usize, i32, i32)>,
}

impl Log {
    /// Makes ready for a feed.
    pub(crate) fn begin(&mut self, city: &City) {
        self.start = city.start;
        self.n_arrivals = match city.settings.arrivals {
            // A second generation is due in the second month after its own, and may be late.
            Arrivals::InOrder => city.settings.n_months as i32 + 2,
            Arrivals::Shuffled => city.settings.n_months as i32,
        };
        self.by_arrival.begin(self.n_arrivals);
        self.sent.clear();
        self.lives.clear();
    }

    /// The months in which something may arrive.
    pub(crate) fn n_arrivals(&self) -> i32 {
        self.n_arrivals
    }

    /// Notes that a row tells of a person's death.
    pub(crate) fn tells_of_death(&mut self, person: usize, row: &Life) {
        self.deaths.push((person, row.from, row.until));
    }

    /// Whose deaths some row tells that holds in a month of arrival.
    pub(crate) fn deaths_told(&self, arrival: i32) -> impl Iterator<Item = usize> {
        let holds = move |(_, from, until): &&(usize, i32, i32)| (*from..*until).contains(&arrival);
        self.deaths.iter().filter(holds).map(|(person, ..)| *person)
    }

    /// Adds a delivery that is due some months after its period; late if chance has it so.
    pub(crate) fn expect(&mut self, city: &City, mut delivery: Delivery) -> usize {
        let number = self.deliveries.len();
        let mut chance = Chance::new(city.settings.seed, Stream::Delivery, 1 << 38 | number as u64);
        delivery.arrives = match city.settings.arrivals {
            Arrivals::InOrder => {
                let is_late = chance.happens(city.settings.defects.rate(Defect::LateFile));
                delivery.due + i32::from(is_late)
            }
            Arrivals::Shuffled => chance.between(1, self.n_arrivals),
        };
        self.deliveries.push(delivery);
        number
    }

    /// Notes a row of a delivery.
    pub(crate) fn note(&mut self, delivery: usize, told: &Told, placed: &Placed, planted: Planted) {
        let is_tombstone = planted == Planted::Tombstone;
        if planted == Planted::Duplicate || planted.is_unreadable() && !is_tombstone {
            return;
        }
        // A list of registrations is told by the day of registration.
        let is_list = self.deliveries[delivery].generation == "snapshot";
        let on = if is_list { told.filed } else { told.on };
        self.sent.push(Sent {
            key: placed.key,
            delivery: delivery as u32,
            event: told.event,
            month: months_between(self.start, on),
            is_tombstone,
            is_provisional: placed.version == Version::Provisional,
        });
    }

    /// Works out what holds of the feed after each month; marks events of which a row holds at
    /// the end.
    pub(crate) fn settle(&mut self, feed: &'static str, readable: &mut [bool]) {
        let mut sent = std::mem::take(&mut self.sent);
        sent.sort_unstable_by_key(|s| (s.key, s.delivery));
        let scheme = Scheme::of(feed);
        let mut changes = BTreeMap::new();
        for versions in sent.chunk_by(|a, b| a.key == b.key) {
            let lives = self.lives_of(scheme, versions);
            let holds = self.settle_key(feed, &lives, &mut changes);
            self.lives.extend(lives);
            if let Some(event) = holds
                && let Some(readable) = readable.get_mut(event as usize)
            {
                *readable = true;
            }
        }
        self.held.extend(changes);
    }

    /// The versions of one key, with the months in which each holds.
    fn lives_of(&self, scheme: Scheme, versions: &[Sent]) -> Vec<Life> {
        let life = |s: &Sent| Life {
            key: s.key,
            event: s.event,
            delivery: s.delivery,
            month: s.month,
            is_provisional: s.is_provisional,
            from: self.deliveries[s.delivery as usize].arrives,
            until: self.void_from(scheme, s, versions),
        };
        versions.iter().filter(|s| !s.is_tombstone).map(life).collect()
    }

    /// Adds what is held of one key; the event of the row that holds at the end.
    fn settle_key(
        &self,
        feed: &'static str,
        lives: &[Life],
        changes: &mut BTreeMap<(&'static str, i32, i32), Held>,
    ) -> Option<u32> {
        let mut at_end = None;
        let mut before: Vec<Held> = vec![[0; 4]; lives.len()];
        for month in 1..=self.n_arrivals {
            let any = lives.iter().any(|life| life.holds_in(month));
            for (life, before) in lives.iter().zip(&mut before) {
                let (has_come, is_held) = (life.from <= month, life.holds_in(month));
                let now = [has_come, is_held, has_come && !is_held && any, has_come && !any]
                    .map(i64::from);
                if now != *before {
                    let at = (feed, month, life.month.max(-1));
                    let change = changes.entry(at).or_insert([0; 4]);
                    for (i, change) in change.iter_mut().enumerate() {
                        *change += now[i] - before[i];
                    }
                    *before = now;
                }
                if month == self.n_arrivals && is_held {
                    at_end = Some(life.event);
                }
            }
            if let [only] = lives
                && only.until == i32::MAX
                && only.from == month
            {
                return Some(only.event);
            }
        }
        at_end
    }

    /// The month from which a row is void; the greatest number if it never is.
    fn void_from(&self, scheme: Scheme, row: &Sent, versions: &[Sent]) -> i32 {
        let mine = &self.deliveries[row.delivery as usize];
        let is_later = |d: &&Delivery| {
            d.feed == mine.feed && d.provider == mine.provider && d.month > mine.month
        };
        let arrival = |at: u32| self.deliveries[at as usize].arrives;
        let same_key = versions.iter().filter(|v| v.delivery > row.delivery);
        let by_key = same_key
            .filter(|v| scheme == Scheme::Delta || !v.is_tombstone)
            .map(|v| arrival(v.delivery))
            .min();
        let void = match scheme {
            Scheme::Append => None,
            Scheme::Delta => by_key,
            Scheme::Refresh => {
                let next = self.deliveries.get(row.delivery as usize + 1);
                next.filter(|n| {
                    n.feed == mine.feed && n.provider == mine.provider && n.month == mine.month
                })
                .map(|n| n.arrives)
            }
            Scheme::Snapshot => self.deliveries.iter().filter(is_later).map(|d| d.arrives).min(),
            Scheme::Window => {
                let covered = |d: &&Delivery| (d.covers.0..d.covers.1).contains(&row.month);
                let by_window = self
                    .deliveries
                    .iter()
                    .filter(is_later)
                    .filter(covered)
                    .map(|d| d.arrives)
                    .min();
                by_window.into_iter().chain(by_key).min()
            }
        };
        void.unwrap_or(i32::MAX)
    }

    /// Adds another batch's rows.
    pub(crate) fn merge(&mut self, other: Self) {
        if self.deliveries.is_empty() {
            self.deliveries = other.deliveries;
            self.start = other.start;
            self.n_arrivals = other.n_arrivals;
        }
        self.by_arrival.merge(other.by_arrival);
        for (at, change) in other.held {
            let mine = self.held.entry(at).or_insert([0; 4]);
            for (mine, change) in mine.iter_mut().zip(change) {
                *mine += change;
            }
        }
    }

    /// What is held after each month: feed, month of arrival, month of the event (−1 for those
    /// before the window, `None` for all), and the four numbers.
    pub(crate) fn held(&self) -> Vec<(&'static str, i32, Option<i32>, Held)> {
        let feeds: std::collections::BTreeSet<&'static str> =
            self.held.keys().map(|(feed, _, _)| *feed).collect();
        let mut found = Vec::new();
        for feed in feeds {
            let mut sums: BTreeMap<i32, Held> = BTreeMap::new();
            for arrival in 1..=self.n_arrivals {
                let here = (feed, arrival, i32::MIN)..=(feed, arrival, i32::MAX);
                for ((_, _, month), change) in self.held.range(here) {
                    let sum = sums.entry(*month).or_insert([0; 4]);
                    for (sum, change) in sum.iter_mut().zip(change) {
                        *sum += change;
                    }
                }
                let mut all = [0; 4];
                for sum in sums.values() {
                    for (all, sum) in all.iter_mut().zip(sum) {
                        *all += sum;
                    }
                }
                found.push((feed, arrival, None, all));
                found.extend(sums.iter().map(|(month, sum)| (feed, arrival, Some(*month), *sum)));
            }
        }
        found
    }
}

/// A batch's chance for the deliveries of one provider of a feed.
pub(crate) fn chance(city: &City, batch: &Batch, n_deliveries: usize) -> Chance {
    let index = 1 << 39 | (n_deliveries as u64) << 20 | batch.index as u64;
    Chance::new(city.settings.seed, Stream::Delivery, index)
}
