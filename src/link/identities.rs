//! The identities to link, as columns of codes in one canonical order.
//!
//! Rows are ordered by identity id on loading, so that everything after depends on the identities
//! and not on how they were stored. A row's number is from then on its name inside `link`.

#[cfg(test)]
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::RecordBatch;
use rayon::prelude::*;

use super::dictionary::Dictionary;
use super::error::LinkError;
use super::field::Field;
use super::filters::{FilterTable, ValueFilters};
use super::table::Table;

/// Distinct identities, each once, ordered by id.
#[derive(Debug, Clone)]
pub struct Identities {
    ids: Vec<i64>,
    trusted: Vec<bool>,
    codes: Vec<Vec<u32>>,
    numbers: Dictionary,
    locals: Dictionary,
    filters: Vec<Arc<ValueFilters>>,
    feeds: Vec<String>,
    occurrences: Vec<Occurrence>,
}

/// An identity's appearance in one feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Occurrence {
    /// The identity's row.
    pub(crate) row: u32,
    /// Which feed, by its place in the ordered list of feeds.
    pub(crate) feed: u16,
    /// How many records of that feed carry the identity.
    pub(crate) n_records: u64,
}

impl Identities {
    /// Reads the identities table; rows that repeat an identity (in another feed, file or month)
    /// become one.
    ///
    /// # Errors
    /// A column is missing or of another type, or two rows with one id differ in a token.
    pub fn from_batches(batches: &[RecordBatch]) -> Result<Self, LinkError> {
        Self::with_filters(batches.to_vec(), &[])
    }

    /// The same, with the filters of their values; rows that repeat a filter become one. Columns are let
    /// go as soon as they are encoded.
    ///
    /// # Errors
    /// The same, and of the filters' table.
    pub fn with_filters(
        mut batches: Vec<RecordBatch>,
        filters: &[RecordBatch],
    ) -> Result<Self, LinkError> {
        let table = Table::new("identities", &batches);
        let rows = Rows::of(&table.int64("identity_id")?)?;
        let trusted = rows.any(&table.flags("nhs_trusted")?);
        let (feeds, occurrences) = occurrences(table, &rows)?;
        let mut values = FilterTable::read(filters)?;
        let mut filters = Vec::with_capacity(Field::GROUPS.len());
        let mut codes = vec![Vec::new(); Field::ALL.len()];
        let (mut numbers, mut locals) = (Dictionary::default(), Dictionary::default());
        for group in Field::GROUPS {
            let table = Table::new("identities", &batches);
            let (dictionary, columns) = encode_group(table, group, &rows)?;
            for (&field, column) in group.iter().zip(columns) {
                codes[field as usize] = column;
                let_go(&mut batches, field.column());
            }
            let kind = group.first().and_then(|field| field.filtered_as());
            filters.push(Arc::new(values.of(kind, &dictionary)));
            if group.contains(&Field::Nhs) {
                numbers = dictionary;
            } else if group.contains(&Field::Local) {
                locals = dictionary;
            }
        }
        Ok(Self { ids: rows.ids, trusted, codes, numbers, locals, filters, feeds, occurrences })
    }

    /// How many distinct identities there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The identity ids, ascending.
    #[must_use]
    pub fn ids(&self) -> &[i64] {
        &self.ids
    }

    pub(crate) fn code(&self, field: Field, row: u32) -> u32 {
        self.codes[field as usize][row as usize]
    }

    pub(crate) fn column(&self, field: Field) -> &[u32] {
        &self.codes[field as usize]
    }

    /// The filters of a field's values, by code; `None` if none were made.
    pub(crate) fn filters(&self, field: Field) -> Option<&ValueFilters> {
        let filters = &self.filters[field.group()];
        let has_kind = field.filtered_as().is_some();
        (has_kind && !filters.is_empty()).then(|| filters.as_ref())
    }

    /// By row, a bit for each of these feeds that carries the identity; empty if none is named.
    pub(crate) fn feed_bits(&self, feeds: &[String]) -> Vec<u64> {
        if feeds.is_empty() {
            return Vec::new();
        }
        let bit = |feed: &String| feeds.iter().take(64).position(|one| one == feed);
        let bits: Vec<u64> =
            self.feeds.iter().map(|feed| bit(feed).map_or(0, |at| 1 << at)).collect();
        let mut rows = vec![0; self.len()];
        for seen in &self.occurrences {
            rows[seen.row as usize] |= bits[usize::from(seen.feed)];
        }
        rows
    }

    /// The same identities, of which the `bare` carry no number, and after them once more those of
    /// which some records carry none, without it.
    pub(crate) fn without_numbers(&self, bare: &[u32], doubled: &[u32]) -> Self {
        let mut all = self.clone();
        for column in &mut all.codes {
            let copies: Vec<u32> = doubled.iter().map(|&row| column[row as usize]).collect();
            column.extend(copies);
        }
        all.ids.extend(doubled.iter().map(|&row| self.ids[row as usize]));
        all.trusted.resize(all.ids.len(), false);
        let copies = self.rows().end..all.rows().end;
        for row in bare.iter().copied().chain(copies) {
            all.codes[Field::Nhs as usize][row as usize] = 0;
            all.trusted[row as usize] = false;
        }
        all
    }

    /// Puts filters in place of those of a field's group, by token.
    #[cfg(test)]
    pub(crate) fn set_filters(&mut self, field: Field, values: &BTreeMap<u64, [u64; 8]>) {
        let columns: Vec<Vec<u64>> = vec![values.keys().copied().collect()];
        let dictionary = Dictionary::of(&columns);
        assert_eq!(dictionary.len(), values.len(), "every value of the group is there");
        let bits = std::iter::once([0; 8]).chain(values.values().copied()).collect();
        self.filters[field.group()] = Arc::new(ValueFilters::new(bits));
    }

    pub(crate) fn trusted(&self, row: u32) -> bool {
        self.trusted[row as usize]
    }

    pub(crate) fn numbers(&self) -> &Dictionary {
        &self.numbers
    }

    pub(crate) fn locals(&self) -> &Dictionary {
        &self.locals
    }

    pub(crate) fn feeds(&self) -> &[String] {
        &self.feeds
    }

    pub(crate) fn occurrences(&self) -> &[Occurrence] {
        &self.occurrences
    }

    /// Every row number, in order.
    pub(crate) fn rows(&self) -> std::ops::Range<u32> {
        0..u32::try_from(self.ids.len()).expect("checked when they were read: fewer than 2^31 rows")
    }
}

/// Which rows of the batches make up which identity.
struct Rows {
    /// Distinct ids, ascending.
    ids: Vec<i64>,
    /// Rows of the batches, ordered by id.
    order: Vec<u32>,
    /// Where in `order` each identity starts, and the end.
    starts: Vec<u32>,
}

impl Rows {
    fn of(ids: &[i64]) -> Result<Self, LinkError> {
        let n = u32::try_from(ids.len()).ok().filter(|&n| n < 1 << 31);
        let mut order: Vec<u32> = (0..n.ok_or(LinkError::TooManyRows)?).collect();
        order.par_sort_unstable_by_key(|&row| (ids[row as usize], row));
        let mut distinct: Vec<i64> = Vec::new();
        let mut starts = Vec::new();
        for (at, &row) in (0_u32..).zip(&order) {
            let id = ids[row as usize];
            if distinct.last() != Some(&id) {
                distinct.push(id);
                starts.push(at);
            }
        }
        starts.push(n.unwrap_or_default());
        Ok(Self { ids: distinct, order, starts })
    }

    /// The rows of each identity in turn.
    fn each(&self) -> impl Iterator<Item = &[u32]> {
        self.starts.windows(2).map(|pair| &self.order[pair[0] as usize..pair[1] as usize])
    }

    fn any(&self, flags: &[bool]) -> Vec<bool> {
        self.each().map(|rows| rows.iter().any(|&row| flags[row as usize])).collect()
    }

    fn one(&self, tokens: &[u64], column: &'static str) -> Result<Vec<u64>, LinkError> {
        self.starts
            .par_windows(2)
            .map(|pair| {
                let rows = &self.order[pair[0] as usize..pair[1] as usize];
                let token = tokens[rows[0] as usize];
                let same = rows.iter().all(|&row| tokens[row as usize] == token);
                same.then_some(token).ok_or(LinkError::IdentityClash { column })
            })
            .collect()
    }
}

/// Takes a column out of all batches that have it.
fn let_go(batches: &mut [RecordBatch], column: &str) {
    for batch in batches {
        if let Ok(at) = batch.schema_ref().index_of(column) {
            batch.remove_column(at);
        }
    }
}

fn encode_group(
    table: Table,
    group: &[Field],
    rows: &Rows,
) -> Result<(Dictionary, Vec<Vec<u32>>), LinkError> {
    let columns = group
        .iter()
        .map(|field| {
            let tokens = match field.is_optional() {
                true => table.tokens_or_none(field.column())?,
                false => table.tokens(field.column())?,
            };
            rows.one(&tokens, field.column())
        })
        .collect::<Result<Vec<_>, _>>()?;
    let dictionary = Dictionary::of(&columns);
    let codes = columns.iter().map(|column| dictionary.encode(column)).collect();
    Ok((dictionary, codes))
}

fn occurrences(table: Table, rows: &Rows) -> Result<(Vec<String>, Vec<Occurrence>), LinkError> {
    let names = table.texts("feed")?;
    let n_records = table.int64("n_records")?;
    let feeds: Vec<String> =
        names.iter().copied().collect::<BTreeSet<_>>().into_iter().map(String::from).collect();
    let mut all = Vec::with_capacity(n_records.len());
    for (row, members) in (0_u32..).zip(rows.each()) {
        let from = all.len();
        for &member in members {
            let feed = feeds.partition_point(|feed| feed.as_str() < names[member as usize]);
            let feed = u16::try_from(feed).expect("a pipeline has far fewer than 65,536 feeds");
            let n_records = u64::try_from(n_records[member as usize]).unwrap_or(0);
            let same = |seen: &&mut Occurrence| seen.feed == feed;
            match all[from..].iter_mut().find(same) {
                Some(seen) => seen.n_records += n_records,
                None => all.push(Occurrence { row, feed, n_records }),
            }
        }
        all[from..].sort_unstable();
    }
    Ok((feeds, all))
}
