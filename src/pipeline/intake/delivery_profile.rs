//! The profile of a whole delivery: its blocks added up, and the table `quality.profile`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Builder, Int64Builder, RecordBatch, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;

use super::block::{KeptRow, NONE};
use super::profile::{BlockProfile, CellCounts, Group, Months, NO_MONTH, Places, RowCounts};
use super::providers::Providers;
use crate::contract::{Binding, Column, Contract, days_of};

/// Counts of cells that are told apart, 16 bytes each: no honest delivery has as many providers and
/// months, and a file of nothing but wrong codes must not fill the memory. What is beyond is counted
/// without provider and month.
const MOST_CELLS: usize = 4_000_000;

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

/// The counts of a delivery so far.
pub(super) struct DeliveryProfile {
    n_columns: usize,
    places: Places,
    groups: Vec<(Group, RowCounts)>,
    /// By group, then by column.
    cells: Vec<CellCounts>,
    /// Records that could not be parted into cells, so that nobody knows whose they are.
    n_unreadable: u64,
}

impl DeliveryProfile {
    pub(super) fn new(contract: &Contract) -> Self {
        Self {
            n_columns: contract.columns.len(),
            places: Places::default(),
            groups: Vec::new(),
            cells: Vec::new(),
            n_unreadable: 0,
        }
    }

    /// Adds a block; `providers` are the delivery's places of the block's providers.
    pub(super) fn add(&mut self, block: &BlockProfile, n_read: u64, providers: &[u32]) {
        let mut n_rows = 0;
        let mut places = Vec::with_capacity(block.groups.len());
        for (group, counts) in &block.groups {
            let provider = providers.get(group.provider as usize).copied().unwrap_or(NONE);
            let place = self.place_of(Group { provider, ..*group });
            self.groups[place].1.add(counts);
            n_rows += counts.n_checked() + counts.n_filtered;
            places.push(place);
        }
        for (group, column, counts) in &block.cells {
            let at = places[*group as usize] * self.n_columns + usize::from(*column);
            self.cells[at].add(*counts);
        }
        self.n_unreadable += n_read - n_rows;
    }

    /// Takes back a row that repeats an earlier one; `provider` is its place in the delivery.
    pub(super) fn repeat(&mut self, row: &KeptRow, provider: u32) {
        let month = Months::default().of(row.event);
        let place = self.place_of(Group { provider, month });
        self.groups[place].1.repeat(row);
    }

    fn place_of(&mut self, group: Group) -> usize {
        if let Some(place) = self.places.get(&group.key()) {
            return *place as usize;
        }
        let is_full = self.cells.len() >= MOST_CELLS;
        let group = if is_full { Group { provider: NONE, month: NO_MONTH } } else { group };
        let place = *self.places.entry(group.key()).or_insert_with(|| {
            self.groups.push((group, RowCounts::default()));
            self.cells.resize(self.cells.len() + self.n_columns, CellCounts::default());
            self.groups.len() as u32 - 1
        });
        place as usize
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
        providers: &Providers,
        sole_provider: Option<u32>,
    ) -> Result<RecordBatch, ArrowError> {
        let home = sole_provider.unwrap_or(NONE);
        self.bring_home(home);
        let nobody = self.place_of(Group { provider: home, month: NO_MONTH });
        self.groups[nobody].1.n_quarantined += self.n_unreadable;
        let mut order: Vec<usize> = (0..self.groups.len()).collect();
        order.sort_by_key(|i| {
            let group = self.groups[*i].0;
            (providers.code(group.provider), group.month)
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
            let code = providers.code(group.provider);
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
        let count = |n: u64| Some(n.cast_signed());
        let of_persons = |n: u64| count(n).filter(|_| self.is_about_persons);
        let n_read = counts.n_checked() + counts.n_filtered;
        let values = [
            count(n_read),
            count(counts.n_accepted),
            count(counts.n_quarantined),
            count(counts.n_filtered),
            count(counts.n_duplicates),
            of_persons(counts.n_linkable),
            of_persons(counts.n_verified),
            count(counts.n_dated),
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
        n_rows: u64,
        is_absent: bool,
        mut cells: CellCounts,
    ) {
        let role = column.role.map(crate::contract::Role::as_str);
        self.name(provider, month, [Some(&column.name), column.stored_as(), role]);
        let n_missing = if is_absent { n_rows } else { u64::from(cells.n_missing) };
        cells.n_missing = 0;
        let n_valid = n_rows - n_missing - cells.sum();
        let counts = [cells.n_other, cells.n_default, cells.n_invalid].map(u64::from);
        let values = [n_rows, n_valid, counts[0], counts[1], counts[2], n_missing];
        let values = values.map(|n| Some(n.cast_signed()));
        self.count(values.into_iter().chain([None; OF_ROWS.len()]));
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
