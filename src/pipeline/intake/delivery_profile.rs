//! The profile of a delivery, counted in parts that add up, and the table `quality.profile`.

use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{ArrayRef, Date32Builder, Int64Builder, RecordBatch, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;

use super::block::{KeptRow, NONE};
use super::months::{NO_MONTH, month_of};
use super::profile::{CellCounts, Group, Places, RowCounts};
use super::providers::Providers;
use super::roles::NO_DAY;
use crate::contract::{Binding, Column, Contract, days_of};

/// Counts of cells that are told apart, 16 bytes each: no honest delivery has as many providers and
/// months, and a file of nothing but wrong codes must not fill the memory. Where there are more,
/// months are no longer told apart, and if that does not do, providers neither.
const MOST_CELLS: usize = 2_000_000;

/// Names of the counts of rows, which the columns' own rows lack.
const OF_ROWS: [&str; 9] = [
    "n_read",
    "n_accepted",
    "n_quarantined",
    "n_filtered",
    "n_duplicates",
    "n_linkable",
    "n_verified",
    "n_dated",
    "sum_event_day",
];

/// Names of the counts of cells, which the row as a whole lacks.
const OF_CELLS: [&str; 6] = ["n_rows", "n_valid", "n_other", "n_default", "n_invalid", "n_missing"];

/// Columns of `quality.profile`: by provider and month of the event, a row for the rows as a whole,
/// in which `column_name` is null, and one for each column of the contract.
#[must_use]
pub fn profile_schema() -> SchemaRef {
    let texts = ["provider_code", "column_name", "field_name", "role"];
    let mut fields = vec![
        Field::new("delivery", DataType::Utf8, false),
        Field::new("feed", DataType::Utf8, false),
        Field::new("month", DataType::Date32, true),
    ];
    fields.extend(texts.map(|name| Field::new(name, DataType::Utf8, true)));
    let counts = OF_CELLS.into_iter().chain(OF_ROWS);
    fields.extend(counts.map(|name| Field::new(name, DataType::Int64, true)));
    Arc::new(Schema::new(fields))
}

/// What is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Detail {
    ProviderAndMonth,
    Provider,
    Nothing,
}

impl Detail {
    fn of(self, group: Group) -> Group {
        match self {
            Self::ProviderAndMonth => group,
            Self::Provider => Group { month: NO_MONTH, ..group },
            Self::Nothing => Group::NOWHERE,
        }
    }

    fn less(self) -> Self {
        match self {
            Self::ProviderAndMonth => Self::Provider,
            Self::Provider | Self::Nothing => Self::Nothing,
        }
    }
}

/// The counts of some blocks of a delivery. Which blocks they are makes no difference to the sum.
pub(super) struct DeliveryProfile {
    n_columns: usize,
    most_cells: usize,
    detail: Detail,
    pub(super) providers: Providers,
    places: Places,
    groups: Vec<(Group, RowCounts)>,
    /// By group, then by column.
    cells: Vec<CellCounts>,
    /// Records that could not be parted into cells, so that nobody knows whose they are.
    pub(super) n_unreadable: i64,
}

/// Profiles that blocks are counted in, as many as blocks are counted at once.
pub(super) struct Profiles {
    n_columns: usize,
    idle: Mutex<Vec<DeliveryProfile>>,
}

impl Profiles {
    pub(super) fn new(contract: &Contract) -> Self {
        Self { n_columns: contract.columns.len(), idle: Mutex::default() }
    }

    /// Lends a profile to a block.
    pub(super) fn lend<T>(&self, count: impl FnOnce(&mut DeliveryProfile) -> T) -> T {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let lent = idle().pop();
        let mut profile = lent.unwrap_or_else(|| DeliveryProfile::new(self.n_columns, MOST_CELLS));
        let counted = count(&mut profile);
        idle().push(profile);
        counted
    }

    /// What all blocks come to, with what was counted beside them.
    pub(super) fn sum(&self, mut beside: DeliveryProfile) -> DeliveryProfile {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.drain(..).for_each(|profile| beside.add(&profile));
        beside
    }
}

impl DeliveryProfile {
    fn new(n_columns: usize, most_cells: usize) -> Self {
        Self {
            n_columns,
            most_cells,
            detail: Detail::ProviderAndMonth,
            providers: Providers::default(),
            places: Places::default(),
            groups: Vec::new(),
            cells: Vec::new(),
            n_unreadable: 0,
        }
    }

    /// Nothing counted.
    pub(super) fn of(contract: &Contract) -> Self {
        Self::new(contract.columns.len(), MOST_CELLS)
    }

    /// What is told apart by now.
    pub(super) fn detail(&self) -> Detail {
        self.detail
    }

    /// The counts of a group's rows.
    pub(super) fn rows_of(&mut self, place: u32) -> &mut RowCounts {
        &mut self.groups[place as usize].1
    }

    /// The counts of a group's cells, by column.
    pub(super) fn cells_of(&mut self, place: u32) -> &mut [CellCounts] {
        let at = place as usize * self.n_columns;
        &mut self.cells[at..at + self.n_columns]
    }

    /// Takes back a row that repeats an earlier one.
    pub(super) fn repeat(&mut self, row: &KeptRow, provider: Option<&str>) {
        let month = month_of(row.event.unwrap_or(NO_DAY));
        let provider = provider.map_or(NONE, |code| self.providers.place_of(code));
        let place = self.place_of(Group { provider, month });
        self.groups[place].1.repeat(row);
    }

    /// Adds what was counted in other blocks.
    ///
    /// The sum tells as much apart as it has room for, whatever the parts had room for: where a part
    /// had not, nor has the sum.
    fn add(&mut self, other: &Self) {
        while self.detail < other.detail {
            self.coarsen();
        }
        self.n_unreadable += other.n_unreadable;
        for (i, (group, counts)) in other.groups.iter().enumerate() {
            let code = other.providers.code(group.provider);
            let provider = code.map_or(NONE, |code| self.providers.place_of(code));
            let cells = &other.cells[i * self.n_columns..(i + 1) * self.n_columns];
            self.add_group(Group { provider, ..*group }, counts, cells);
        }
    }

    /// Adds the counts of a group, by column.
    fn add_group(&mut self, group: Group, counts: &RowCounts, cells: &[CellCounts]) {
        let place = self.place_of(group);
        self.groups[place].1.add(counts);
        for (sum, cells) in self.cells_of(place as u32).iter_mut().zip(cells) {
            sum.add(*cells);
        }
    }

    /// The place of a group; groups that were placed before may lose their places.
    pub(super) fn place_of(&mut self, group: Group) -> usize {
        let group = self.detail.of(group);
        if let Some(place) = self.places.get(&group.key()) {
            return *place as usize;
        }
        let is_full = self.cells.len() + self.n_columns > self.most_cells;
        if is_full && self.detail != Detail::Nothing {
            self.coarsen();
            return self.place_of(group);
        }
        let place = self.groups.len();
        self.places.insert(group.key(), place as u32);
        self.groups.push((group, RowCounts::default()));
        self.cells.resize(self.cells.len() + self.n_columns, CellCounts::default());
        place
    }

    /// Tells less apart from now on.
    fn coarsen(&mut self) {
        let fine = (std::mem::take(&mut self.groups), std::mem::take(&mut self.cells));
        self.places.clear();
        self.detail = self.detail.less();
        for (i, (group, counts)) in fine.0.into_iter().enumerate() {
            let cells = &fine.1[i * self.n_columns..(i + 1) * self.n_columns];
            self.add_group(group, &counts, cells);
        }
    }

    /// Gives the groups without a provider to this one.
    fn bring_home(&mut self, home: u32) {
        for i in 0..self.groups.len() {
            let (group, counts) = self.groups[i];
            if group.provider != NONE || home == NONE {
                continue;
            }
            let to = self.place_of(Group { provider: home, ..group });
            if to == i {
                continue;
            }
            self.groups[to].1.add(&counts);
            self.groups[i].1 = RowCounts::default();
            for column in 0..self.n_columns {
                let cells = std::mem::take(&mut self.cells[i * self.n_columns + column]);
                self.cells[to * self.n_columns + column].add(cells);
            }
        }
    }

    /// The rows of `quality.profile`, in order of provider, month and column. Rows that do not name
    /// a provider are those of the only one there is, if there is one.
    pub(super) fn into_batch(
        mut self,
        delivery: &str,
        contract: &Contract,
        binding: &Binding,
        sole_provider: Option<&str>,
    ) -> Result<RecordBatch, ArrowError> {
        // Nothing more is counted: the groups there are keep their places.
        self.most_cells = usize::MAX;
        let home = sole_provider.map_or(NONE, |code| self.providers.place_of(code));
        self.bring_home(home);
        let nobody = self.place_of(Group { provider: home, month: NO_MONTH });
        self.groups[nobody].1.n_quarantined += self.n_unreadable;
        let mut order: Vec<usize> = (0..self.groups.len()).collect();
        order.sort_by_key(|i| {
            let group = self.groups[*i].0;
            (self.providers.code(group.provider), group.month)
        });
        let mut table = Table::new(delivery, contract);
        for i in order {
            let (group, counts) = self.groups[i];
            let n_unreadable = if i == nobody { self.n_unreadable } else { 0 };
            let n_checked = counts.n_checked() - n_unreadable;
            let is_empty = n_checked + n_unreadable + counts.n_filtered == 0;
            if is_empty {
                continue;
            }
            let code = self.providers.code(group.provider);
            table.rows(code, group.month, &counts);
            let cells = &self.cells[i * self.n_columns..(i + 1) * self.n_columns];
            for (place, column) in
                contract.columns.iter().enumerate().filter(|(_, c)| !c.is_dropped)
            {
                let is_absent = binding.places[place].is_none();
                table.cells(code, group.month, column, n_checked, is_absent, cells[place]);
            }
        }
        table.finish()
    }
}

/// The table in the making.
struct Table<'a> {
    delivery: &'a str,
    feed: &'a str,
    /// Whether anybody is in the rows, who could be linked.
    is_about_persons: bool,
    deliveries: StringBuilder,
    feeds: StringBuilder,
    months: Date32Builder,
    texts: [StringBuilder; 4],
    counts: [Int64Builder; OF_CELLS.len() + OF_ROWS.len()],
}

impl<'a> Table<'a> {
    fn new(delivery: &'a str, contract: &'a Contract) -> Self {
        Self {
            delivery,
            feed: &contract.feed,
            is_about_persons: !contract.kind.is_area(),
            deliveries: StringBuilder::new(),
            feeds: StringBuilder::new(),
            months: Date32Builder::new(),
            texts: std::array::from_fn(|_| StringBuilder::new()),
            counts: std::array::from_fn(|_| Int64Builder::new()),
        }
    }

    /// The row about the rows of a group as a whole.
    fn rows(&mut self, provider: Option<&str>, month: i32, counts: &RowCounts) {
        self.name(provider, month, [None; 3]);
        let of_persons = |n: i64| Some(n).filter(|_| self.is_about_persons);
        let values = [
            Some(counts.n_checked() + counts.n_filtered),
            Some(counts.n_accepted),
            Some(counts.n_quarantined),
            Some(counts.n_filtered),
            Some(counts.n_duplicates),
            of_persons(counts.n_linkable),
            of_persons(counts.n_verified),
            Some(counts.n_dated),
            Some(counts.sum_event_day),
        ];
        self.count([None; OF_CELLS.len()].into_iter().chain(values));
    }

    /// The row about one column in the rows of a group.
    fn cells(
        &mut self,
        provider: Option<&str>,
        month: i32,
        column: &Column,
        n_rows: i64,
        is_absent: bool,
        mut cells: CellCounts,
    ) {
        let role = column.role.map(crate::contract::Role::as_str);
        self.name(provider, month, [Some(&column.name), column.stored_as(), role]);
        let n_missing = if is_absent { n_rows } else { i64::from(cells.n_missing) };
        cells.n_missing = 0;
        let n_valid = n_rows - n_missing - cells.sum();
        let counts = [cells.n_other, cells.n_default, cells.n_invalid].map(i64::from);
        let values = [n_rows, n_valid, counts[0], counts[1], counts[2], n_missing];
        self.count(values.map(Some).into_iter().chain([None; OF_ROWS.len()]));
    }

    fn name(&mut self, provider: Option<&str>, month: i32, column: [Option<&str>; 3]) {
        self.deliveries.append_value(self.delivery);
        self.feeds.append_value(self.feed);
        let first = |month: i32| days_of(month.div_euclid(12), month.rem_euclid(12) as u32 + 1, 1);
        self.months.append_option(if month == NO_MONTH { None } else { first(month) });
        for (builder, text) in self.texts.iter_mut().zip(std::iter::once(provider).chain(column)) {
            builder.append_option(text);
        }
    }

    fn count(&mut self, values: impl Iterator<Item = Option<i64>>) {
        for (builder, value) in self.counts.iter_mut().zip(values) {
            builder.append_option(value);
        }
    }

    fn finish(mut self) -> Result<RecordBatch, ArrowError> {
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(self.deliveries.finish()),
            Arc::new(self.feeds.finish()),
            Arc::new(self.months.finish()),
        ];
        columns.extend(self.texts.each_mut().map(|b| Arc::new(b.finish()) as ArrayRef));
        columns.extend(self.counts.each_mut().map(|b| Arc::new(b.finish()) as ArrayRef));
        RecordBatch::try_new(profile_schema(), columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Profiles of rows of (provider, month), with room for so many groups of two columns.
    fn counted(rows: &[(&str, i32)], most_groups: usize) -> DeliveryProfile {
        let mut profile = DeliveryProfile::new(2, most_groups * 2);
        for (provider, month) in rows {
            let provider = profile.providers.place_of(provider);
            let place = profile.place_of(Group { provider, month: *month }) as u32;
            profile.rows_of(place).n_accepted += 1;
            profile.cells_of(place)[1].n_missing += 1;
        }
        profile
    }

    fn told(profile: &DeliveryProfile) -> Vec<(Option<&str>, i32, i64, u32)> {
        let cells = profile.cells.chunks(2).map(|cells| cells[1].n_missing);
        let mut told: Vec<_> = profile
            .groups
            .iter()
            .zip(cells)
            .map(|((group, rows), n_missing)| {
                (profile.providers.code(group.provider), group.month, rows.n_accepted, n_missing)
            })
            .collect();
        told.sort_unstable();
        told
    }

    #[test]
    fn the_sum_is_the_same_however_rows_were_parted() {
        let rows: Vec<(&str, i32)> =
            (0..300).map(|i| (["A", "B", "C"][i % 3], (i * i % 5) as i32)).collect();
        for most_groups in [100, 15, 14, 4, 3, 2] {
            let whole = counted(&rows, most_groups);
            for n in [1, 2, 7, 150] {
                let mut sum = counted(&[], most_groups);
                rows.chunks(n).rev().for_each(|part| sum.add(&counted(part, most_groups)));
                assert_eq!(told(&sum), told(&whole), "{n} rows, {most_groups} groups");
            }
        }
    }

    #[test]
    fn months_go_before_providers_do() {
        let rows = [("A", 1), ("B", 1), ("A", 2), ("B", 2), ("A", 1)];
        let all = vec![
            (Some("A"), 1, 2, 2),
            (Some("A"), 2, 1, 1),
            (Some("B"), 1, 1, 1),
            (Some("B"), 2, 1, 1),
        ];
        assert_eq!(told(&counted(&rows, 4)), all);
        let by_provider = vec![(Some("A"), NO_MONTH, 3, 3), (Some("B"), NO_MONTH, 2, 2)];
        assert_eq!(told(&counted(&rows, 3)), by_provider);
        assert_eq!(told(&counted(&rows, 1)), [(None, NO_MONTH, 5, 5)]);
    }
}
