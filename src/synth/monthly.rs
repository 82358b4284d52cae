//! What a hub receives month by month, and what it must then hold.
//!
//! Which of two rows holds does not depend on the order in which files arrive, only on what they
//! say of themselves: feed, provider, period, generation. A row that a later delivery makes void
//! is *replaced* if another row of its key holds, else *deleted*.

use std::collections::BTreeMap;

use super::batch::Batch;
use super::calendar::{Day, month_start, months_between};
use super::chance::{Chance, Stream};
use super::city::City;
use super::defects::Defect;
use super::rows::Told;
use super::sheet::{Placed, Planted};

/// How a feed's files follow on each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// Each month comes twice; the second generation replaces the first, whole.
    Refresh,
    /// A full file, then changes: by key, the latest period's row holds, and a tombstone deletes.
    Delta,
    /// New rows only; nothing is ever replaced.
    Append,
    /// Each file covers a window of months: it makes void what earlier periods sent of events in
    /// the window, and of any key that it holds itself.
    Window,
    /// The whole list each month: it makes void all that earlier periods sent.
    Snapshot,
}

impl Scheme {
    /// That of a feed.
    pub(crate) fn of(feed: &str) -> Self {
        match feed {
            "apc" | "op" | "ecds" | "csds" | "mhsds" => Self::Refresh,
            "gp_event" | "gp_prescription" | "gp_appointment" => Self::Delta,
            "iapt" | "asc" => Self::Window,
            "gp_registration" => Self::Snapshot,
            _ => Self::Append,
        }
    }

    /// As the truth names it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Refresh => "refresh",
            Self::Delta => "delta",
            Self::Append => "append",
            Self::Window => "window",
            Self::Snapshot => "snapshot",
        }
    }
}

/// A month's two generations.
pub(crate) fn generations(feed: &str) -> [&'static str; 2] {
    if matches!(feed, "csds" | "mhsds") { ["primary", "final"] } else { ["flex", "freeze"] }
}

/// One file of a month. Months count from the window's first, which is 0.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) feed: &'static str,
    pub(crate) provider: String,
    /// The period's last month.
    pub(crate) month: i32,
    pub(crate) generation: &'static str,
    /// Months that it covers, half-open; a file that is not about a window covers its own.
    pub(crate) covers: (i32, i32),
    /// The month in which it is due, and in which it arrives.
    pub(crate) due: i32,
    pub(crate) arrives: i32,
}

impl Delivery {
    /// What stands behind the provider in the file's name.
    pub(crate) fn period(&self, start: Day) -> String {
        let month = month_start(start, self.month.max(0) as u32);
        format!("{}_{}", super::calendar::month_label(month), self.generation)
    }
}

/// A row that was sent and that a contract accepts, or a tombstone.
#[derive(Clone, Copy)]
struct Sent {
    key: u32,
    delivery: u32,
    event: u32,
    month: i32,
    is_tombstone: bool,
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
}

impl Log {
    /// Makes ready for a feed.
    pub(crate) fn begin(&mut self, city: &City) {
        self.start = city.start;
        self.n_arrivals = city.settings.n_months as i32 + 2;
        self.sent.clear();
    }

    /// Adds a delivery that is due some months after its period; late if chance has it so.
    pub(crate) fn expect(&mut self, city: &City, mut delivery: Delivery) -> usize {
        let number = self.deliveries.len();
        let mut chance = Chance::new(city.settings.seed, Stream::Delivery, 1 << 38 | number as u64);
        let is_late = chance.happens(city.settings.defects.rate(Defect::LateFile));
        delivery.arrives = delivery.due + i32::from(is_late);
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
            let holds = self.settle_key(feed, scheme, versions, &mut changes);
            if let Some(event) = holds
                && let Some(readable) = readable.get_mut(event as usize)
            {
                *readable = true;
            }
        }
        self.held.extend(changes);
    }

    /// The versions of one key; the event of the row that holds at the end.
    fn settle_key(
        &self,
        feed: &'static str,
        scheme: Scheme,
        versions: &[Sent],
        changes: &mut BTreeMap<(&'static str, i32, i32), Held>,
    ) -> Option<u32> {
        let lives: Vec<(Sent, i32, i32)> = versions
            .iter()
            .filter(|s| !s.is_tombstone)
            .map(|s| {
                let arrives = self.deliveries[s.delivery as usize].arrives;
                (*s, arrives, self.void_from(scheme, s, versions))
            })
            .collect();
        let mut at_end = None;
        let mut before: Vec<Held> = vec![[0; 4]; lives.len()];
        for month in 1..=self.n_arrivals {
            let is_held = |(_, from, until): &(Sent, i32, i32)| (*from..*until).contains(&month);
            let any = lives.iter().any(is_held);
            for (life, before) in lives.iter().zip(&mut before) {
                let has_come = life.1 <= month;
                let now =
                    [has_come, is_held(life), has_come && !is_held(life) && any, has_come && !any]
                        .map(i64::from);
                if now != *before {
                    let at = (feed, month, life.0.month.max(-1));
                    let change = changes.entry(at).or_insert([0; 4]);
                    for (i, change) in change.iter_mut().enumerate() {
                        *change += now[i] - before[i];
                    }
                    *before = now;
                }
                if month == self.n_arrivals && is_held(life) {
                    at_end = Some(life.0.event);
                }
            }
            if lives.len() == 1 && lives[0].2 == i32::MAX && lives[0].1 == month {
                return Some(lives[0].0.event);
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
