//! A feed's rows as the monthly files that bring them.

use super::super::SynthError;
use super::super::calendar::{month_start, months_between};
use super::super::defects::Defect;
use super::super::delivery::{Delivery, Scheme, generations};
use super::super::layouts::Layout;
use super::super::monthly::chance;
use super::super::rows::Rows;
use super::super::settings::Arrivals;
use super::super::sheet::{Placed, Planted, Quirk, Sheet, Version};
use super::context::Context;

/// How often what happens to a row between deliveries.
struct Shares {
    late: f64,
    uncoded: f64,
    corrected: f64,
    withdrawn: f64,
    tombstone: f64,
    /// Lost of one month.
    lost: f64,
}

impl Context<'_> {
    /// Writes rows as the monthly files of a feed.
    pub(crate) fn deliver(
        &mut self,
        layout: &'static Layout,
        provider: &str,
        rows: &Rows,
        quirk: Quirk,
    ) -> Result<(), SynthError> {
        let scheme = Scheme::of(layout.feed);
        let files = match scheme {
            Scheme::Refresh => self.refreshed(layout, rows),
            Scheme::Delta => self.changed(layout, rows),
            _ => self.appended(layout, rows),
        };
        for (at, placed) in files.into_iter().enumerate() {
            let n_generations = if scheme == Scheme::Refresh { 2 } else { 1 };
            let month = (at / n_generations) as i32;
            let generation = match scheme {
                Scheme::Refresh => generations(layout.feed)[at % 2],
                Scheme::Delta if month == 0 => "full",
                Scheme::Delta => "delta",
                _ => "append",
            };
            let due = month + 1 + (at % n_generations) as i32;
            let covers = (month, month + 1);
            let quirk = if month == 0 { quirk } else { Quirk::None };
            let file = File { layout, provider, month, generation, covers, due, quirk };
            self.send(&file, rows, placed)?;
        }
        Ok(())
    }

    /// Writes one monthly file.
    pub(crate) fn send(
        &mut self,
        file: &File,
        rows: &Rows,
        placed: Vec<Placed>,
    ) -> Result<(), SynthError> {
        let delivery = Delivery {
            feed: file.layout.feed,
            provider: file.provider.to_owned(),
            month: file.month,
            generation: file.generation,
            covers: file.covers,
            due: file.due,
            arrives: file.due,
        };
        let period = delivery.period(self.city.start);
        let number = self.extracts.log.expect(self.city, delivery);
        let expected = &self.extracts.log.deliveries[number];
        let is_in_order = self.city.settings.arrivals == Arrivals::InOrder;
        if is_in_order && expected.arrives > expected.due && self.batch.index == 0 {
            self.extracts.tally.add(file.layout.feed, Defect::LateFile.name());
        }
        let delivery = Some(number);
        let (layout, provider, quirk) = (file.layout, file.provider, file.quirk);
        self.extracts.publish(Sheet { layout, provider, period, rows, placed, quirk, delivery })
    }

    fn shares(&self, layout: &Layout) -> Shares {
        let rate = |defect| self.city.settings.defects.rate(defect);
        let is_apc = layout.feed == "apc";
        Shares {
            late: rate(Defect::LateRow),
            uncoded: if is_apc { rate(Defect::Uncoded) } else { 0.0 },
            corrected: rate(Defect::Corrected),
            withdrawn: rate(Defect::Withdrawn),
            tombstone: rate(Defect::Tombstone),
            lost: if layout.feed == "csds" { rate(Defect::LowMonth) } else { 0.0 },
        }
    }

    fn month_of(&self, rows: &Rows, row: usize) -> usize {
        let month = months_between(self.city.start, rows.told()[row].filed);
        month.clamp(0, self.city.settings.n_months as i32 - 1) as usize
    }

    /// Two generations of each month: some rows come with the second only, some are not coded or
    /// will be corrected, and some are not in the second any more.
    fn refreshed(&mut self, layout: &Layout, rows: &Rows) -> Vec<Vec<Placed>> {
        let shares = self.shares(layout);
        let mut chance = chance(self.city, self.batch, self.extracts.log.deliveries.len());
        let mut files = vec![Vec::new(); 2 * self.city.settings.n_months as usize];
        for row in 0..rows.len() {
            let month = self.month_of(rows, row);
            let draws: [f64; 5] = std::array::from_fn(|_| chance.unit());
            let is_low = month == self.city.settings.n_months as usize / 2;
            if is_low && draws[4] < shares.lost {
                self.extracts.tally.add(layout.feed, Defect::LowMonth.name());
                continue;
            }
            let key = self.extracts.next_key();
            let placed = |version, key| Placed { row: row as u32, version, key };
            let (first, second) = if draws[0] < shares.late {
                (None, Version::Late)
            } else if draws[1] < shares.uncoded {
                (Some(Version::Uncoded), Version::Full)
            } else if draws[2] < shares.corrected {
                (Some(Version::Provisional), Version::Corrected)
            } else {
                (Some(Version::Full), Version::Full)
            };
            files[2 * month].extend(first.map(|version| placed(version, key)));
            files[2 * month + 1].push(placed(second, key));
            if draws[3] < shares.withdrawn && rows.told()[row].planted == Planted::Nothing {
                let key = self.extracts.next_key();
                files[2 * month].push(placed(Version::Withdrawn, key));
            }
        }
        files
    }

    /// New rows each month, rows that change under their key, and tombstones.
    fn changed(&mut self, layout: &Layout, rows: &Rows) -> Vec<Vec<Placed>> {
        let shares = self.shares(layout);
        let mut chance = chance(self.city, self.batch, self.extracts.log.deliveries.len());
        let n_months = self.city.settings.n_months as usize;
        let mut files = vec![Vec::new(); n_months];
        for row in 0..rows.len() {
            let month = self.month_of(rows, row);
            let mut draw = chance.unit();
            let mut happens = |share: f64| {
                let is_so = (0.0..share).contains(&draw);
                draw -= share;
                is_so
            };
            let fates =
                [happens(shares.late), happens(shares.corrected), happens(shares.tombstone)];
            let key = self.extracts.next_key();
            let placed = |version| Placed { row: row as u32, version, key };
            let is_whole = rows.told()[row].planted == Planted::Nothing;
            let later = month + if fates.contains(&true) { 1 + chance.below(3) } else { 0 };
            if !is_whole || later == month || later >= n_months {
                files[month].push(placed(Version::Full));
                continue;
            }
            match fates {
                [true, ..] => files[later].push(placed(Version::Late)),
                [_, true, _] => {
                    files[month].push(placed(Version::Provisional));
                    files[later].push(placed(Version::Corrected));
                }
                _ => {
                    files[month].push(placed(Version::Full));
                    files[later].push(placed(Version::Tombstone));
                    self.extracts.retract(rows.told()[row].event);
                }
            }
        }
        files
    }

    /// Each row once, some of them months late.
    fn appended(&mut self, layout: &Layout, rows: &Rows) -> Vec<Vec<Placed>> {
        let shares = self.shares(layout);
        let mut chance = chance(self.city, self.batch, self.extracts.log.deliveries.len());
        let n_months = self.city.settings.n_months as usize;
        let mut files = vec![Vec::new(); n_months];
        for row in 0..rows.len() {
            let month = self.month_of(rows, row);
            let months_late = if chance.happens(shares.late) { 1 + chance.below(3) } else { 0 };
            let file = (month + months_late).min(n_months - 1);
            let version = if file > month { Version::Late } else { Version::Full };
            let key = self.extracts.next_key();
            files[file].push(Placed { row: row as u32, version, key });
        }
        files
    }
}

/// One monthly file.
pub(crate) struct File<'a> {
    pub(crate) layout: &'static Layout,
    pub(crate) provider: &'a str,
    pub(crate) month: i32,
    pub(crate) generation: &'static str,
    pub(crate) covers: (i32, i32),
    /// The month in which it is due.
    pub(crate) due: i32,
    pub(crate) quirk: Quirk,
}

/// The months at whose end a feed is sent, every so many: the last month, and the day after.
pub(super) fn ends(context: &Context, every: u32) -> Vec<(i32, i32)> {
    (1..)
        .map(|n| n * every)
        .take_while(|n| *n <= context.city.settings.n_months)
        .map(|n| (n as i32 - 1, month_start(context.city.start, n)))
        .collect()
}
