//! The distinct identities of a delivery.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Int64Builder, RecordBatch, StringBuilder,
    UInt64Builder,
};
use arrow::error::ArrowError;

use rayon::prelude::*;

use super::block::{KeptRow, NONE, NewIdentity};
use super::providers::Providers;
use crate::pseudonymise::{FilterField, Tokens, identity_schema};

/// Identities of neighbouring places whose rows are counted together: what is known of them fits into a
/// processor's own memory.
const PLACES_TOGETHER: usize = 1 << 14;
/// Rows of such neighbours that wait to be counted together.
const ROWS_TOGETHER: usize = 512;
/// Identities that become Arrow at once.
pub(super) const ROWS_OF_A_BATCH: usize = 8 * 1024;
/// Batches that are made side by side.
const BATCHES_AT_ONCE: usize = 16;

/// The identities of a delivery: what identifies them, and what their rows say, by place in the memo.
///
/// Rows come in no order of place. They wait until there are many of neighbouring places, so that few of
/// them wait for memory.
#[derive(Default)]
pub(super) struct IdentityTable {
    /// As they came, block by block.
    identities: Vec<Vec<NewIdentity>>,
    seen: Vec<Seen>,
    /// Rows that are not counted yet, by the place of their identity.
    waiting: Vec<Vec<SeenRow>>,
}

/// What an accepted row says of its identity.
#[derive(Debug, Clone, Copy)]
struct SeenRow {
    place: u32,
    provider: u32,
    event: Option<i32>,
}

/// An identity that several spellings may have come to.
struct Merged<'a> {
    identity: &'a NewIdentity,
    is_trusted: bool,
    seen: Seen,
}

/// What accepted rows say of one identity.
#[derive(Debug, Clone, Copy)]
struct Seen {
    n_records: u32,
    provider: u32,
    /// Days since 1970-01-01; after `last` if no row has a day.
    first: i32,
    last: i32,
}

impl Default for Seen {
    fn default() -> Self {
        Self { n_records: 0, provider: NONE, first: i32::MAX, last: i32::MIN }
    }
}

impl Seen {
    /// Adds what other rows of the same identity say; the order does not matter.
    fn add(&mut self, other: &Self, providers: &Providers) {
        self.n_records += other.n_records;
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.name_provider(other.provider, providers);
    }

    /// The least code stands for several, so that the order of rows does not matter.
    fn name_provider(&mut self, provider: u32, providers: &Providers) {
        if self.provider != provider
            && let Some(code) = providers.code(provider)
            && providers.code(self.provider).is_none_or(|own| code < own)
        {
            self.provider = provider;
        }
    }

    fn add_row(&mut self, row: SeenRow, providers: &Providers) {
        self.n_records += 1;
        self.first = self.first.min(row.event.unwrap_or(i32::MAX));
        self.last = self.last.max(row.event.unwrap_or(i32::MIN));
        self.name_provider(row.provider, providers);
    }

    fn days(&self) -> (Option<i32>, Option<i32>) {
        if self.first > self.last { (None, None) } else { (Some(self.first), Some(self.last)) }
    }
}

impl IdentityTable {
    /// Adds identities that a block was the first to encode.
    pub(super) fn add(&mut self, identities: Vec<NewIdentity>) {
        if !identities.is_empty() {
            self.identities.push(identities);
        }
    }

    /// Adds accepted rows, each with the place of its provider in the delivery's list.
    pub(super) fn see<'a>(
        &mut self,
        rows: impl Iterator<Item = (&'a KeptRow, u32)>,
        providers: &Providers,
    ) {
        for (row, provider) in rows.filter(|(row, _)| row.identity != NONE) {
            let neighbours = row.identity as usize / PLACES_TOGETHER;
            if neighbours >= self.waiting.len() {
                self.waiting.resize_with(neighbours + 1, Vec::new);
            }
            let waiting = &mut self.waiting[neighbours];
            waiting.push(SeenRow { place: row.identity, provider, event: row.event });
            if waiting.len() == ROWS_TOGETHER {
                self.count(neighbours, providers);
            }
        }
    }

    /// Counts the rows that wait for identities of neighbouring places.
    fn count(&mut self, neighbours: usize, providers: &Providers) {
        let n_places = (neighbours + 1) * PLACES_TOGETHER;
        if n_places > self.seen.len() {
            self.seen.resize(n_places, Seen::default());
        }
        for row in self.waiting[neighbours].drain(..) {
            self.seen[row.place as usize].add_row(row, providers);
        }
    }

    /// Counts all rows that still wait.
    pub(super) fn count_all(&mut self, providers: &Providers) {
        (0..self.waiting.len()).for_each(|neighbours| self.count(neighbours, providers));
    }

    /// Each identity once, in order of id: different spellings may come to one.
    fn merged(&self, providers: &Providers) -> Vec<Merged<'_>> {
        let mut identities: Vec<&NewIdentity> = self.identities.iter().flatten().collect();
        identities.par_sort_unstable_by_key(|identity| identity.id);
        let mut merged: Vec<Merged<'_>> = Vec::with_capacity(identities.len());
        for identity in identities {
            let seen = self.seen.get(identity.place as usize).copied().unwrap_or_default();
            let is_trusted = identity.tokens.nhs_trusted;
            match merged.last_mut() {
                Some(same) if same.identity.id == identity.id => {
                    same.is_trusted |= is_trusted;
                    same.seen.add(&seen, providers);
                }
                _ => merged.push(Merged { identity, is_trusted, seen }),
            }
        }
        merged.retain(|merged| merged.seen.n_records > 0);
        merged
    }

    /// What names the filters of the values that identities with records carry; some more than once.
    pub(super) fn filtered(&self) -> impl Iterator<Item = (FilterField, u64)> {
        let has_records = |identity: &&NewIdentity| {
            self.seen.get(identity.place as usize).is_some_and(|seen| seen.n_records > 0)
        };
        let identities = self.identities.iter().flatten().filter(has_records);
        identities.flat_map(|identity| identity.tokens.filtered())
    }

    /// The identities with records, in order of id, in batches, of which some are made side by side.
    pub(super) fn batches(
        &self,
        feed: &str,
        providers: &Providers,
    ) -> impl Iterator<Item = Result<RecordBatch, ArrowError>> {
        let identities = self.merged(providers);
        let n_at_once = BATCHES_AT_ONCE * ROWS_OF_A_BATCH;
        (0..identities.len()).step_by(n_at_once).flat_map(move |start| {
            let some = &identities[start..identities.len().min(start + n_at_once)];
            let batches = some.par_chunks(ROWS_OF_A_BATCH).map(|rows| batch(feed, rows, providers));
            batches.collect::<Vec<_>>()
        })
    }
}

fn batch(
    feed: &str,
    identities: &[Merged<'_>],
    providers: &Providers,
) -> Result<RecordBatch, ArrowError> {
    let schema = identity_schema();
    let (mut ids, mut n_records) = (Int64Builder::new(), Int64Builder::new());
    let (mut feeds, mut codes) = (StringBuilder::new(), StringBuilder::new());
    let (mut firsts, mut lasts) = (Date32Builder::new(), Date32Builder::new());
    let mut trusted = BooleanBuilder::new();
    let mut tokens: Vec<UInt64Builder> =
        Tokens::default().columns().map(|_| UInt64Builder::new()).collect();
    for Merged { identity, is_trusted, seen } in identities {
        let (first, last) = seen.days();
        ids.append_value(identity.id);
        feeds.append_value(feed);
        codes.append_option(providers.code(seen.provider));
        trusted.append_value(*is_trusted);
        for (builder, (_, token)) in tokens.iter_mut().zip(identity.tokens.columns()) {
            builder.append_option(token);
        }
        firsts.append_option(first);
        lasts.append_option(last);
        n_records.append_value(seen.n_records.into());
    }
    let mut tokens = tokens.into_iter().map(|mut builder| Arc::new(builder.finish()) as ArrayRef);
    let mut columns: Vec<ArrayRef> =
        vec![Arc::new(ids.finish()), Arc::new(feeds.finish()), Arc::new(codes.finish())];
    columns.extend(tokens.next());
    columns.push(Arc::new(trusted.finish()));
    columns.extend(tokens);
    columns.extend([
        Arc::new(firsts.finish()) as ArrayRef,
        Arc::new(lasts.finish()),
        Arc::new(n_records.finish()),
    ]);
    RecordBatch::try_new(schema, columns)
}
