//! What every feed writes from and to.

use std::collections::BTreeMap;
use std::ops::Range;

use super::super::SynthError;
use super::super::batch::Batch;
use super::super::by_arrival::Span;
use super::super::calendar::{Day, financial_year, year_label};
use super::super::chance::{Chance, Stream};
use super::super::city::City;
use super::super::counts::Counts;
use super::super::extracts::Extracts;
use super::super::hazard::Hazards;
use super::super::identity::{Desk, Shown, show};
use super::super::layouts::Layout;
use super::super::monthly::Life;
use super::super::rows::Rows;
use super::super::settings::Deliveries;
use super::super::sheet::{Placed, Planted, Quirk, Row, Sheet};
use super::super::urgent::HospitalCare;

/// Writes one feed.
pub(crate) type Feed = fn(&mut Context) -> Result<(), SynthError>;

/// The truth, and where its traces go.
pub(crate) struct Context<'a> {
    pub(crate) city: &'a City,
    pub(crate) hazards: &'a Hazards,
    pub(crate) care: &'a HospitalCare,
    /// The people whose rows these are.
    pub(crate) batch: &'a Batch,
    pub(crate) extracts: Extracts<'a>,
    pub(crate) counts: Counts,
}

/// An event that a feed counts: whose, when, and as what.
pub(crate) struct Event {
    pub(crate) person: usize,
    pub(crate) on: Day,
    pub(crate) measures: &'static [&'static str],
}

impl Context<'_> {
    /// Chance for the rows of a person in a feed.
    pub(crate) fn row_chance(&self, feed: u64, person: usize) -> Chance {
        Chance::new(self.city.settings.seed, Stream::Row, feed << 32 | person as u64)
    }

    /// Shows a person as a desk knows them.
    pub(crate) fn show(
        &mut self,
        person: usize,
        on: Day,
        desk: &Desk,
        chance: &mut Chance,
    ) -> Shown {
        show(self.city, person, on, desk, chance, &mut self.extracts.tally)
    }

    /// The people of the batch.
    pub(crate) fn people(&self) -> Range<usize> {
        self.batch.people.clone()
    }

    /// Those of them who live here.
    pub(crate) fn residents(&self) -> impl Iterator<Item = usize> + use<> {
        let first_outsider = self.city.first_outsider;
        self.people().filter(move |person| *person < first_outsider)
    }

    /// Whether files come month by month.
    pub(crate) fn is_monthly(&self) -> bool {
        self.city.settings.deliveries == Deliveries::Monthly
    }

    /// Writes rows as one file for each financial year; earlier rows go into the first, later
    /// ones into the last. Month by month, they come as the feed's deliveries do. `quirk` belongs
    /// to the first file.
    pub(crate) fn publish_by_period(
        &mut self,
        layout: &'static Layout,
        provider: &str,
        rows: &Rows,
        quirk: Quirk,
    ) -> Result<(), SynthError> {
        if self.is_monthly() {
            return self.deliver(layout, provider, rows, quirk);
        }
        let first = financial_year(self.city.start);
        let last = financial_year(self.city.end - 1);
        let mut by_year: Vec<Vec<Placed>> = (first..=last).map(|_| Vec::new()).collect();
        for (i, told) in rows.told().iter().enumerate() {
            let year = financial_year(told.filed).clamp(first, last) - first;
            by_year[year as usize].push(Placed::plain(i));
        }
        for (i, placed) in by_year.into_iter().enumerate() {
            let quirk = if i == 0 { quirk } else { Quirk::None };
            let period = year_label(first + i as i16);
            let delivery = None;
            self.extracts.publish(Sheet {
                layout,
                provider,
                period,
                rows,
                placed,
                quirk,
                delivery,
            })?;
        }
        Ok(())
    }

    /// Finds out which events have a row that holds, once all of a feed's files are written.
    pub(crate) fn settle(&mut self, feed: &'static str) {
        if self.is_monthly() {
            let mut readable = std::mem::take(&mut self.extracts.readable);
            self.extracts.log.settle(feed, &mut readable);
            self.extracts.readable = readable;
        }
    }

    /// Counts a feed's events, those with a readable row as such; and month by month the rows that tell
    /// of them.
    pub(crate) fn count(&mut self, feed: &'static str, events: &[Event]) {
        self.count_as(feed, events, |life| life.key, |event, _| event.measures);
    }

    /// The same, month by month counting each of what `unit` tells apart, as what `measures` says.
    pub(crate) fn count_as(
        &mut self,
        feed: &'static str,
        events: &[Event],
        unit: fn(&Life) -> u32,
        measures: fn(&Event, &Life) -> &'static [&'static str],
    ) {
        self.settle(feed);
        if self.is_monthly() {
            let mut spans: BTreeMap<&'static str, Vec<Span>> = BTreeMap::new();
            for life in &self.extracts.log.lives {
                let Some(event) = events.get(life.event as usize) else { continue };
                for measure in measures(event, life) {
                    spans.entry(measure).or_default().push((unit(life), life.from, life.until));
                }
            }
            for (measure, spans) in spans {
                self.extracts.log.by_arrival.add((feed, measure), spans);
            }
        }
        let extracts = &self.extracts;
        let counted = (0..events.len())
            .filter(|i| !extracts.is_retracted(*i))
            .map(|i| (&events[i], extracts.readable[i]));
        self.counts.add_events(self.city, feed, counted);
    }

    /// True if the person is there that day, within the window.
    pub(crate) fn is_present(&self, person: usize, on: Day) -> bool {
        (self.city.start..self.city.end).contains(&on)
            && self.city.people[person].present(on, on + 1).is_some()
    }
}

/// A row without a fault.
pub(crate) fn row(person: usize, on: Day, event: usize, fields: Vec<String>) -> Row {
    Row { person: Some(person), on, event, planted: Planted::Nothing, fields }
}

/// A provider's own number for a patient: letters, then digits that tell nothing.
pub(crate) fn local_id(letters: &str, person: usize, system: u64) -> String {
    let scrambled = (person as u64 * 7_919_317 + system * 1_300_021 + 4_242_421) % 9_999_991;
    format!("{letters}{scrambled:07}")
}

/// The measures of a planned contact by its attendance status.
pub(crate) fn contact_measures(status: &str) -> &'static [&'static str] {
    if matches!(status, "5" | "6") { &["contacts", "contacts_attended"] } else { &["contacts"] }
}

/// The status of a planned contact: attended, late, did not attend, cancelled by either side.
pub(crate) fn draw_status(chance: &mut Chance) -> &'static str {
    ["5", "6", "3", "7", "2", "4"][chance.weighted(&[0.84, 0.03, 0.05, 0.01, 0.04, 0.03])]
}
