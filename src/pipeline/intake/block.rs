//! One block of a file: parted, checked, pseudonymised. Runs on any thread.

use std::collections::HashMap;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::datatypes::SchemaRef;

use super::batch::{Area, RecordColumns};
use super::broken_rows::{BrokenRows, FaultAt};
use super::delivery_profile::Profiles;
use super::filters::KnownFilters;
use super::listing::Listing;
use super::notes::remarks;
use super::profile::{Finished, Standing};
use super::roles::Roles;
use super::tally::{Subject, Tally};
use super::{Delivery, IntakeError};
use crate::contract::{Binding, Checked, Contract, Fate, Fault, Role, Rule, Severity, Texts};
use crate::domain::{NhsNumberClass, NhsNumberFault};
use crate::extract::{Block, Layout, Notes, RowFault, Rows};
use crate::pseudonymise::{
    Encoded, Encoder, Fingerprint, Fingerprinter, Memo, NumberFault, Places, Remembered, RowKey,
    Tokens, is_lsoa_code,
};

/// Stands for "no provider" and "no identity" in lists of places.
pub(super) const NONE: u32 = u32::MAX;

/// What every block of a delivery is processed with.
pub(super) struct Desk<'a> {
    pub(super) delivery: &'a Delivery<'a>,
    pub(super) contract: &'a Contract,
    pub(super) schema: SchemaRef,
    binding: &'a Binding,
    layout: &'a Layout,
    pub(super) encoder: &'a Encoder,
    pub(super) places: &'a Places,
    key_places: Vec<usize>,
    memo: Memo,
    /// A filter of each distinct value so far.
    filters: KnownFilters,
    fingerprinter: Fingerprinter,
    row_key: RowKey,
    pub(super) profiles: Profiles,
}

/// What a block came to.
pub(super) struct Processed {
    pub(super) n_bytes_read: u64,
    pub(super) n_read: u64,
    pub(super) n_filtered: u64,
    /// Ids of records that the block's rows take back.
    pub(super) deletions: Vec<i64>,
    /// Refused rows: line, column, rule; in order of line.
    pub(super) refused: Vec<(u64, Option<u16>, Rule)>,
    /// The rows that go on.
    pub(super) batch: RecordBatch,
    /// What the collector needs to know of each of them.
    pub(super) rows: Vec<KeptRow>,
    /// Identities that this block was the first to encode.
    pub(super) identities: Vec<NewIdentity>,
    /// The block's providers, by place.
    pub(super) providers: Vec<String>,
    pub(super) tally: Tally,
    /// Rows that the thresholds count.
    pub(super) broken: BrokenRows,
    pub(super) notes: Notes,
}

/// What the collector needs to know of a row that goes on.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeptRow {
    pub(super) line: u64,
    pub(super) key: Option<Fingerprint>,
    /// Place in the memo of what its identifiers came to.
    pub(super) identity: u32,
    /// Place in the block's list.
    pub(super) provider: u32,
    /// Day of the event since 1970-01-01; the first of its month on the day of birth.
    pub(super) event: Option<i32>,
    pub(super) standing: Standing,
}

/// An identity, and its place in the memo.
pub(super) struct NewIdentity {
    pub(super) place: u32,
    pub(super) id: i64,
    pub(super) tokens: Tokens,
}

impl<'a> Desk<'a> {
    pub(super) fn new(
        delivery: &'a Delivery<'a>,
        contract: &'a Contract,
        binding: &'a Binding,
        layout: &'a Layout,
        encoder: &'a Encoder,
        places: &'a Places,
    ) -> Self {
        Self {
            delivery,
            contract,
            schema: contract.record_schema(),
            binding,
            layout,
            encoder,
            places,
            key_places: contract.key.iter().filter_map(|i| binding.places[*i]).collect(),
            memo: Memo::default(),
            filters: KnownFilters::default(),
            fingerprinter: Fingerprinter::default(),
            row_key: encoder.row_key(delivery.scope),
            profiles: Profiles::new(contract),
        }
    }

    /// What was counted, and the filters of the delivery's distinct values.
    pub(super) fn into_counts(self) -> (Profiles, KnownFilters) {
        (self.profiles, self.filters)
    }

    /// Parts, checks and pseudonymises a block.
    pub(super) fn process(&self, mut block: Block) -> Result<Processed, IntakeError> {
        let n_bytes_read = block.n_bytes_read;
        let notes = std::mem::take(&mut block.notes);
        let rows = self.layout.rows(block)?;
        let checked = self.contract.check(&rows, self.binding);
        let sender = self.sender_of(rows.len());
        let sender = sender.as_ref().and_then(Texts::of);
        let roles = Roles::of(self.contract, &checked, sender);
        let mut work = Work::new(self, &rows, &checked, &roles);
        // All are looked up at once, so that waiting for memory is shared.
        let fingerprints: Vec<_> = (0..rows.len()).map(|row| work.fingerprint(row)).collect();
        let known = self.memo.look_up(&fingerprints);
        for (row, (fingerprint, known)) in fingerprints.into_iter().zip(known).enumerate() {
            work.encode(row, fingerprint, known)?;
        }
        work.finish(n_bytes_read, notes)
    }

    /// Writes what tells a row from every other row of its scope, in whatever delivery: the provider
    /// where that does not name the sender, and the row's key. False if every cell of the key is
    /// blank: then the delivery and the line.
    fn write_key(&self, rows: &Rows, row: usize, provider: &str, message: &mut Vec<u8>) -> bool {
        message.clear();
        let is_in_scope = !self.delivery.sender.is_empty();
        message.extend_from_slice(if is_in_scope { "" } else { provider }.as_bytes());
        let n_before = message.len();
        for place in &self.key_places {
            message.push(0x1f);
            message.extend_from_slice(rows.cell(row, *place).as_bytes());
        }
        let has_key = message.len() > n_before + self.key_places.len();
        if !has_key {
            message.push(0x1e);
            message.extend_from_slice(self.delivery.name.as_bytes());
            message.push(0x1f);
            message.extend_from_slice(&rows.lines()[row].to_be_bytes());
        }
        has_key
    }

    /// The delivery's sender for each row, for a layout that names no provider in its rows.
    pub(super) fn sender_of(&self, n_rows: usize) -> Option<ArrayRef> {
        let sender = self.delivery.sender;
        (!sender.is_empty()).then(|| Listing::of_one(sender, n_rows))
    }

    fn path(&self) -> std::path::PathBuf {
        self.delivery.path.to_owned()
    }
}

/// A block in the making.
struct Work<'a> {
    desk: &'a Desk<'a>,
    rows: &'a Rows,
    checked: &'a Checked,
    roles: &'a Roles<'a>,
    columns: RecordColumns<'a>,
    fates: Vec<Fate>,
    kept: Vec<KeptRow>,
    identities: Vec<NewIdentity>,
    providers: Vec<String>,
    provider_places: HashMap<&'a str, u32>,
    provider_of: Vec<u32>,
    faults: Vec<(usize, u16, Rule)>,
    /// Rows about persons who are to be forgotten.
    forgotten: Vec<usize>,
    message: Vec<u8>,
}

impl<'a> Work<'a> {
    fn new(desk: &'a Desk<'a>, rows: &'a Rows, checked: &'a Checked, roles: &'a Roles<'a>) -> Self {
        let mut work = Self {
            desk,
            rows,
            checked,
            roles,
            columns: RecordColumns::new(roles, rows.len()),
            fates: checked.fates.clone(),
            kept: Vec::with_capacity(rows.len()),
            identities: Vec::new(),
            providers: Vec::new(),
            provider_places: HashMap::new(),
            provider_of: Vec::with_capacity(rows.len()),
            faults: Vec::new(),
            forgotten: Vec::new(),
            message: Vec::new(),
        };
        work.list_providers();
        work
    }

    /// Gives each row its provider's place in the block's list.
    fn list_providers(&mut self) {
        let n_rows = self.rows.len();
        match self.roles.provider {
            None => self.provider_of.resize(n_rows, NONE),
            // A list may name a provider twice that came in two spellings.
            Some(Texts::Listed(keys, texts)) => {
                let mut places: Vec<Option<u32>> = vec![None; texts.len()];
                for row in 0..n_rows {
                    let provider = keys.is_valid(row).then(|| keys.value(row) as usize);
                    let place = provider.map_or(NONE, |at| {
                        *places[at].get_or_insert_with(|| self.provider_place(texts.value(at)))
                    });
                    self.provider_of.push(place);
                }
            }
            Some(each) => {
                let mut last: (Option<&str>, u32) = (None, NONE);
                for row in 0..n_rows {
                    let provider = each.get(row);
                    if provider != last.0 {
                        last = (provider, provider.map_or(NONE, |code| self.provider_place(code)));
                    }
                    self.provider_of.push(last.1);
                }
            }
        }
    }

    fn provider_place(&mut self, code: &'a str) -> u32 {
        *self.provider_places.entry(code).or_insert_with(|| {
            self.providers.push(code.to_owned());
            self.providers.len() as u32 - 1
        })
    }

    /// Pseudonymises a row that goes on.
    fn encode(
        &mut self,
        row: usize,
        fingerprint: Fingerprint,
        known: Option<Remembered>,
    ) -> Result<(), IntakeError> {
        if self.fates[row] != Fate::Kept {
            self.columns.push_nulls();
            return Ok(());
        }
        let line = self.rows.lines()[row];
        let Remembered { encoded, place } =
            known.unwrap_or_else(|| self.remember(row, fingerprint));
        if encoded.is_forbidden {
            return Err(IntakeError::IssuedNumber { path: self.desk.path(), line });
        }
        if encoded.is_forgotten {
            self.fates[row] = Fate::Filtered;
            self.forgotten.push(row);
            self.columns.push_nulls();
            return Ok(());
        }
        self.note_identifier_faults(row, &encoded);
        let (age, fault) = self.roles.age(row);
        if let Some((role, rule)) = fault {
            self.fault(row, role, rule);
        }
        let area = self.area(row, &encoded);
        let has_key = self.write_key(row);
        let key = self.desk.row_key.draw(&self.message);
        self.columns.push(key.record_id(), &encoded, self.roles.birth_month(row), age, area);
        if self.fates[row] == Fate::Kept {
            let identity = encoded.identity_id.map_or(NONE, |_| place);
            let key = has_key.then_some(key);
            let provider = self.provider_of[row];
            let event = self.roles.event_day_number(row);
            let standing = self.standing(row, &encoded);
            self.kept.push(KeptRow { line, key, identity, provider, event, standing });
        }
        Ok(())
    }

    fn write_key(&mut self, row: usize) -> bool {
        let provider = self.providers.get(self.provider_of[row] as usize);
        let provider = provider.map_or("", String::as_str);
        self.desk.write_key(self.rows, row, provider, &mut self.message)
    }

    /// Ids of the records that rows take back: those of every row that is filtered out. What was fit for
    /// use when it came, and is deleted, sensitive, confidential or to be forgotten now, is replaced and
    /// not kept itself.
    fn deletions(&mut self) -> Vec<i64> {
        let checked = self.checked;
        let says_so = |fault: &&Fault| fault.rule == Rule::Filtered;
        let rows = checked.faults.iter().filter(says_so).map(|fault| fault.row as usize);
        let rows: Vec<usize> = rows.chain(self.forgotten.iter().copied()).collect();
        let mut ids = Vec::new();
        for row in rows {
            if self.write_key(row) {
                ids.push(self.desk.row_key.draw(&self.message).record_id());
            }
        }
        ids
    }

    fn standing(&self, row: usize, encoded: &Encoded) -> Standing {
        let has_number = encoded.nhs_class.is_some();
        Standing {
            is_linkable: has_number || self.roles.has_whole_key(row),
            is_verified: has_number
                && encoded.nhs_class != Some(NhsNumberClass::Unallocated)
                && self.roles.is_traced(row),
        }
    }

    /// Counts what the block's columns hold.
    fn count(&self) {
        let finished = Finished {
            contract: self.desk.contract,
            places: &self.desk.binding.places,
            encoder: self.desk.encoder,
            rows: self.rows,
            checked: self.checked,
            roles: self.roles,
            fates: &self.fates,
            providers: &self.providers,
            provider_of: &self.provider_of,
            kept: &self.kept,
            faults: &self.faults,
        };
        self.desk.profiles.lend(|profile| profile.count(&finished));
    }

    /// Where the person lives: by the postcode, else as the provider states it.
    fn area(&mut self, row: usize, encoded: &Encoded) -> Area<'a> {
        let places = self.desk.places;
        let stated = self.roles.lsoa(row);
        if let Some(place) = encoded.place {
            return (Some(places.lsoa_code(place)), encoded.is_resident);
        }
        match stated {
            Some(code) if is_lsoa_code(code) => (Some(code), places.is_own(code)),
            Some(_) => {
                self.fault(row, Role::Lsoa, Rule::LsoaShape);
                (None, encoded.is_resident)
            }
            None => (None, encoded.is_resident),
        }
    }

    /// A fingerprint of the row's identifiers.
    fn fingerprint(&mut self, row: usize) -> Fingerprint {
        self.roles.write_identifiers(row, &mut self.message);
        self.desk.fingerprinter.draw(&self.message)
    }

    /// What may be kept of a row's identifiers: remembered since the look-up, or encoded now.
    fn remember(&mut self, row: usize, fingerprint: Fingerprint) -> Remembered {
        if let Some(remembered) = self.desk.memo.get(fingerprint) {
            return remembered;
        }
        let identifiers = self.roles.identifiers(row);
        let encoder = self.desk.encoder;
        let (encoded, tokens, values) = encoder.encode_values(&identifiers, self.desk.places);
        let (remembered, is_new) = self.desk.memo.put(fingerprint, encoded);
        if let (Some(id), true) = (encoded.identity_id, is_new) {
            self.desk.filters.add(encoder, &values, &tokens);
            self.identities.push(NewIdentity { place: remembered.place, id, tokens });
        }
        remembered
    }

    fn note_identifier_faults(&mut self, row: usize, encoded: &Encoded) {
        if let Some(fault) = encoded.number_fault {
            self.fault(row, Role::NhsNumber, number_rule(fault));
        }
        if encoded.is_postcode_malformed {
            self.fault(row, Role::Postcode, Rule::PostcodeShape);
        }
    }

    fn fault(&mut self, row: usize, role: Role, rule: Rule) {
        let Some(column) = self.desk.contract.column_of(role).map(|i| i as u16) else { return };
        self.faults.push((row, column, rule));
        let severity = self.desk.contract.severity(rule, Some(column));
        if severity == Severity::Refuse && self.fates[row] == Fate::Kept {
            self.fates[row] = Fate::Refused(rule, Some(column));
        }
    }

    fn finish(mut self, n_bytes_read: u64, notes: Notes) -> Result<Processed, IntakeError> {
        let deletions = self.deletions();
        let tally = self.tally();
        self.count();
        let broken = self.broken_rows(&notes);
        let refused = self.refused();
        let batch = self
            .columns
            .into_batch(self.desk, self.checked, self.roles, self.rows, &self.fates)
            .map_err(|_| IntakeError::Batch { path: self.desk.path() })?;
        Ok(Processed {
            n_bytes_read,
            n_read: self.rows.n_records(),
            n_filtered: self.fates.iter().filter(|fate| **fate == Fate::Filtered).count() as u64,
            deletions,
            refused,
            batch,
            rows: self.kept,
            identities: self.identities,
            providers: self.providers,
            tally,
            broken,
            notes,
        })
    }

    fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for record in self.rows.refused() {
            let rule = record_rule(record.fault);
            tally.add(Subject { rule, column: None, provider: NONE }, record.line);
        }
        for (row, column, rule) in self.row_faults() {
            let provider = self.provider_of[row];
            tally.add(Subject { rule, column, provider }, self.rows.lines()[row]);
        }
        tally
    }

    /// Every fault of a row: its place, column and rule.
    fn row_faults(&self) -> impl Iterator<Item = FaultAt> + Clone {
        let checked = self.checked.faults.iter().map(|f| (f.row as usize, f.column, f.rule));
        let own = self.faults.iter().map(|(row, column, rule)| (*row, Some(*column), *rule));
        // Nothing else is said of a row that is to be forgotten.
        let is_said = |(row, ..): &FaultAt| self.forgotten.binary_search(row).is_err();
        let forgotten = self.forgotten.iter().map(|row| (*row, None, Rule::Forgotten));
        checked.chain(own).filter(is_said).chain(forgotten)
    }

    /// The rows that the contract's thresholds count, refused records and remarks among them.
    fn broken_rows(&self, notes: &Notes) -> BrokenRows {
        let contract = self.desk.contract;
        if contract.thresholds.is_empty() {
            return BrokenRows::default();
        }
        let place = |line: u64| self.rows.lines().binary_search(&line).ok();
        let remarks = || remarks(notes, self.desk.binding);
        let of_rows =
            remarks().filter_map(|(line, column, rule)| Some((place(line)?, column, rule)));
        let faults: Vec<FaultAt> = of_rows.collect();
        let faults = self.row_faults().chain(faults.iter().copied());
        let mut broken = BrokenRows::of(contract, self.rows.len(), &faults);
        for (_, column, rule) in remarks().filter(|(line, ..)| place(*line).is_none()) {
            broken.add_one(contract, rule, column);
        }
        for record in self.rows.refused() {
            broken.add_one(contract, record_rule(record.fault), None);
        }
        broken
    }

    fn refused(&self) -> Vec<(u64, Option<u16>, Rule)> {
        let records = self.rows.refused().iter().map(|r| (r.line, None, record_rule(r.fault)));
        let rows = self.fates.iter().zip(self.rows.lines()).filter_map(|(fate, line)| match fate {
            Fate::Refused(rule, column) => Some((*line, *column, *rule)),
            Fate::Kept | Fate::Filtered => None,
        });
        let mut refused: Vec<_> = records.chain(rows).collect();
        refused.sort_by_key(|(line, ..)| *line);
        refused
    }
}

fn record_rule(fault: RowFault) -> Rule {
    match fault {
        RowFault::Ragged => Rule::RaggedRow,
        RowFault::UnclosedQuote => Rule::UnclosedQuote,
        RowFault::RecordTooLong => Rule::RecordTooLong,
        RowFault::FieldTooLong => Rule::FieldTooLong,
        RowFault::RepeatedHeader => Rule::RepeatedHeader,
        RowFault::CutShort => Rule::CutShort,
    }
}

fn number_rule(fault: NumberFault) -> Rule {
    match fault {
        NumberFault::Invalid(NhsNumberFault::NotTenDigits) => Rule::NhsNumberLength,
        NumberFault::Invalid(NhsNumberFault::ScientificNotation) => Rule::NhsNumberScientific,
        NumberFault::Invalid(NhsNumberFault::CheckDigit) => Rule::NhsNumberCheckDigit,
        NumberFault::Invalid(NhsNumberFault::Repeated) => Rule::NhsNumberRepeated,
        NumberFault::RefusedClass => Rule::NhsNumberRefused,
        NumberFault::Unallocated => Rule::NhsNumberUnallocated,
        NumberFault::Palindrome => Rule::NhsNumberPalindrome,
        NumberFault::Repaired => Rule::NhsNumberRepaired,
    }
}
