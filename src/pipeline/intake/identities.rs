//! The distinct identities of a delivery.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Int64Builder, RecordBatch, StringBuilder,
    UInt64Builder,
};
use arrow::error::ArrowError;
use jiff::civil::Date;

use super::block::{NONE, Processed};
use crate::domain::days_since_epoch;
use crate::pseudonymise::{AsItIs, Tokens, identity_schema};

/// What is known of one identity.
#[derive(Debug, Default)]
struct Identity {
    tokens: Tokens,
    provider_code: Option<String>,
    first_seen: Option<Date>,
    last_seen: Option<Date>,
    n_records: i64,
}

/// The identities of a delivery, by id.
#[derive(Debug, Default)]
pub(super) struct IdentityTable(HashMap<i64, Identity, BuildHasherDefault<AsItIs>>);

/// What a block's accepted rows say of one identity.
#[derive(Debug, Clone, Default)]
struct Seen {
    provider: Option<u32>,
    first: Option<Date>,
    last: Option<Date>,
    n: i64,
}

impl IdentityTable {
    /// Adds a block: its new tokens, and the rows of it that `is_accepted` says count.
    pub(super) fn add(&mut self, block: &mut Processed, is_accepted: impl Fn(usize) -> bool) {
        for (id, tokens) in block.tokens.drain(..) {
            let identity = self.0.entry(id).or_default();
            let was_trusted = identity.tokens.nhs_trusted;
            identity.tokens = tokens;
            identity.tokens.nhs_trusted |= was_trusted;
        }
        let mut seen = vec![Seen::default(); block.identity_ids.len()];
        for (i, row) in block.rows.iter().enumerate() {
            if row.identity == NONE || !is_accepted(i) {
                continue;
            }
            let seen = &mut seen[row.identity as usize];
            seen.n += 1;
            seen.first = seen.first.into_iter().chain(row.event).min();
            seen.last = seen.last.max(row.event);
            if row.provider != NONE && seen.provider != Some(row.provider) {
                let name = |place: u32| &block.providers[place as usize];
                let is_less = seen.provider.is_none_or(|other| name(row.provider) < name(other));
                seen.provider = if is_less { Some(row.provider) } else { seen.provider };
            }
        }
        for (id, seen) in block.identity_ids.iter().zip(seen) {
            let identity = self.0.entry(*id).or_default();
            identity.n_records += seen.n;
            identity.first_seen = identity.first_seen.into_iter().chain(seen.first).min();
            identity.last_seen = identity.last_seen.max(seen.last);
            let provider = seen.provider.map(|place| &block.providers[place as usize]);
            // The least code stands for several, so that the order of rows does not matter.
            if let Some(provider) = provider
                && identity.provider_code.as_ref().is_none_or(|other| provider < other)
            {
                identity.provider_code = Some(provider.clone());
            }
        }
    }

    /// The identities with records, in order of id, in batches.
    pub(super) fn into_batches(
        self,
        feed: &str,
        n_rows: usize,
    ) -> impl Iterator<Item = Result<RecordBatch, ArrowError>> {
        let mut identities: Vec<(i64, Identity)> =
            self.0.into_iter().filter(|(_, identity)| identity.n_records > 0).collect();
        identities.sort_unstable_by_key(|(id, _)| *id);
        let feed = feed.to_owned();
        let mut rest = identities;
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let tail = rest.split_off(n_rows.min(rest.len()));
            let head = std::mem::replace(&mut rest, tail);
            Some(batch(&feed, &head))
        })
    }
}

fn batch(feed: &str, identities: &[(i64, Identity)]) -> Result<RecordBatch, ArrowError> {
    let schema = identity_schema();
    let (mut ids, mut n_records) = (Int64Builder::new(), Int64Builder::new());
    let (mut feeds, mut providers) = (StringBuilder::new(), StringBuilder::new());
    let (mut first, mut last) = (Date32Builder::new(), Date32Builder::new());
    let mut trusted = BooleanBuilder::new();
    let mut tokens: Vec<UInt64Builder> =
        Tokens::default().columns().map(|_| UInt64Builder::new()).collect();
    for (id, identity) in identities {
        ids.append_value(*id);
        feeds.append_value(feed);
        providers.append_option(identity.provider_code.as_deref());
        trusted.append_value(identity.tokens.nhs_trusted);
        for (builder, (_, token)) in tokens.iter_mut().zip(identity.tokens.columns()) {
            builder.append_option(token);
        }
        first.append_option(identity.first_seen.map(days_since_epoch));
        last.append_option(identity.last_seen.map(days_since_epoch));
        n_records.append_value(identity.n_records);
    }
    let mut tokens = tokens.into_iter().map(|mut builder| Arc::new(builder.finish()) as ArrayRef);
    let mut columns: Vec<ArrayRef> =
        vec![Arc::new(ids.finish()), Arc::new(feeds.finish()), Arc::new(providers.finish())];
    columns.extend(tokens.next());
    columns.push(Arc::new(trusted.finish()));
    columns.extend(tokens);
    columns.extend([
        Arc::new(first.finish()) as ArrayRef,
        Arc::new(last.finish()),
        Arc::new(n_records.finish()),
    ]);
    RecordBatch::try_new(schema, columns)
}
