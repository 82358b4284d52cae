//! Puts the blocks of a delivery together, in the order of the file.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::BooleanArray;
use arrow::compute::filter_record_batch;
use arrow::error::ArrowError;

use super::batch::DELIVERY;
use super::block::{KeptRow, NONE, Processed};
use super::broken_rows::BrokenRows;
use super::delivery_profile::{DeliveryProfile, Profiles, profile_schema};
use super::filters::KnownFilters;
use super::identities::{IdentityTable, ROWS_OF_A_BATCH};
use super::notes::RowCounts;
use super::providers::Providers;
use super::repeats::Repeats;
use super::tables::{
    self, deletion_batch, deletion_schema, finding_batch, finding_schema, quarantine_batch,
    quarantine_schema,
};
use super::tally::{Count, Subject};
use super::{Delivery, Finding, Intake, IntakeError};
use crate::contract::{Binding, Contract, Passed, Rule, date_of};
use crate::pseudonymise::{filter_batch, filter_schema, identity_schema};
use crate::store::{DeliveryEntry, Part, PartWriter, Store, Zone};

/// Bytes of encoded rows that wait in memory for the hash of their file.
const MOST_BYTES_WAITING: usize = 64 << 20;

/// What has come of the delivery so far.
pub(super) struct Collector<'a> {
    delivery: &'a Delivery<'a>,
    contract: &'a Contract,
    binding: &'a Binding,
    store: &'a Store,
    records: PartWriter,
    quarantine: PartWriter,
    /// Whether these know of which delivery their rows are.
    is_named: bool,
    repeats: Option<Repeats>,
    deletions: PartWriter,
    identities: IdentityTable,
    entry: DeliveryEntry,
    tally: BTreeMap<Subject<Option<String>>, Count>,
    row_counts: RowCounts,
    broken: BrokenRows,
    providers: Providers,
    /// Rows that are taken back from what was counted block by block.
    taken_back: DeliveryProfile,
    /// Places of the providers that have accepted rows.
    accepted_providers: BTreeSet<u32>,
    /// Days of the first and the last event of the accepted rows.
    events: Option<(i32, i32)>,
}

impl<'a> Collector<'a> {
    pub(super) fn new(
        delivery: &'a Delivery<'a>,
        contract: &'a Contract,
        binding: &'a Binding,
        store: &'a Store,
        repeats: Repeats,
    ) -> Result<Self, IntakeError> {
        Ok(Self {
            delivery,
            contract,
            binding,
            store,
            records: store.writer(Zone::Parts, contract.record_schema())?.awaiting_text(DELIVERY),
            quarantine: store
                .writer(Zone::Parts, quarantine_schema())?
                .awaiting_text(tables::DELIVERY),
            is_named: false,
            repeats: Some(repeats),
            deletions: store.writer(Zone::Parts, deletion_schema())?,
            identities: IdentityTable::default(),
            entry: DeliveryEntry {
                feed: contract.feed.clone(),
                file: delivery.name.to_owned(),
                provider_code: String::new(),
                period: String::new(),
                generation: String::new(),
                sha256: String::new(),
                read: 0,
                accepted: 0,
                quarantined: 0,
                filtered: 0,
                duplicates: 0,
                superseded: 0,
            },
            tally: BTreeMap::new(),
            row_counts: RowCounts::default(),
            broken: BrokenRows::none(contract),
            providers: Providers::default(),
            taken_back: DeliveryProfile::of(contract),
            accepted_providers: BTreeSet::new(),
            events: None,
        })
    }

    /// Takes the next block of the file.
    pub(super) fn take(&mut self, mut block: Processed) -> Result<(), IntakeError> {
        self.hear_of_hash()?;
        let repeated = self.repeated(&block)?;
        let is_accepted = |i: usize| repeated.as_ref().is_none_or(|repeated| !repeated[i]);
        let n_repeated = repeated.as_ref().map_or(0, |r| r.iter().filter(|is| **is).count());
        self.entry.read += block.n_read;
        self.entry.filtered += block.n_filtered;
        self.entry.quarantined += block.refused.len() as u64;
        self.entry.duplicates += n_repeated as u64;
        self.entry.accepted += (block.rows.len() - n_repeated) as u64;
        self.identities.add(std::mem::take(&mut block.identities));
        self.note_accepted(&block, is_accepted);
        let batch = match &repeated {
            None => block.batch,
            Some(repeated) => {
                let is_kept: BooleanArray = repeated.iter().map(|is| Some(!is)).collect();
                filter_record_batch(&block.batch, &is_kept).map_err(|e| self.failed(&e))?
            }
        };
        self.records.write(&batch)?;
        for (subject, count) in self.row_counts.findings(&block.notes, &block.refused, self.binding)
        {
            // Remarks on rows are among the block's broken rows.
            if matches!(subject.rule, Rule::Footer | Rule::RowCountDisagrees) {
                self.broken.add_one(self.contract, subject.rule, subject.column);
            }
            self.tally.entry(subject).or_default().add(&count);
        }
        self.broken.add(&block.broken);
        if !block.deletions.is_empty() {
            self.deletions.write(&deletion_batch(std::mem::take(&mut block.deletions)))?;
        }
        let mut refused = block.refused;
        for (_, row) in block.rows.iter().enumerate().filter(|(i, _)| !is_accepted(*i)) {
            refused.push((row.line, None, Rule::DuplicateKey));
            self.broken.add_one(self.contract, Rule::DuplicateKey, None);
            let provider = block.providers.get(row.provider as usize).cloned();
            let subject = Subject { rule: Rule::DuplicateKey, column: None, provider };
            let count = Count { n_rows: 1, first_lines: vec![row.line] };
            self.tally.entry(subject).or_default().add(&count);
        }
        for (subject, count) in block.tally.into_counts() {
            let Subject { rule, column, provider } = subject;
            let provider = block.providers.get(provider as usize).cloned();
            self.tally.entry(Subject { rule, column, provider }).or_default().add(&count);
        }
        self.write_quarantine(refused)
    }

    /// Says of which delivery the rows are as soon as its hash is there; waits for it only if there are too
    /// many rows that do.
    fn hear_of_hash(&mut self) -> Result<(), IntakeError> {
        let n_bytes = || self.records.n_bytes_waiting() + self.quarantine.n_bytes_waiting();
        if self.is_named || (self.delivery.is_awaited() && n_bytes() < MOST_BYTES_WAITING) {
            return Ok(());
        }
        self.name()
    }

    /// Says of which delivery the rows are; waits for its hash.
    fn name(&mut self) -> Result<(), IntakeError> {
        let id = self.delivery.id()?;
        self.records.supply_text(id)?;
        self.quarantine.supply_text(id)?;
        self.is_named = true;
        Ok(())
    }

    /// Which rows repeat a key of an earlier row; `None` if none does.
    fn repeated(&mut self, block: &Processed) -> Result<Option<Vec<bool>>, IntakeError> {
        let Some(repeats) = &mut self.repeats else { return Ok(None) };
        let mut repeated: Option<Vec<bool>> = None;
        for (i, row) in block.rows.iter().enumerate() {
            if repeats.is_repeated(row.key)? {
                repeated.get_or_insert_with(|| vec![false; block.rows.len()])[i] = true;
            }
        }
        Ok(repeated)
    }

    /// What another pass through the file must know of repeated rows, if this one missed some.
    pub(super) fn settle(&mut self) -> Result<Option<Repeats>, IntakeError> {
        Ok(self.repeats.take().map(Repeats::settled).transpose()?.flatten())
    }

    /// Notes who has rows and when, in the whole delivery and for each identity.
    fn note_accepted(&mut self, block: &Processed, is_accepted: impl Fn(usize) -> bool) {
        let codes = block.providers.iter();
        let places: Vec<u32> = codes.map(|code| self.providers.place_of(code)).collect();
        let mut has_rows = vec![false; places.len()];
        let accepted = || block.rows.iter().enumerate().filter(|(i, _)| is_accepted(*i));
        for (_, row) in accepted() {
            if let Some(has_rows) = has_rows.get_mut(row.provider as usize) {
                *has_rows = true;
            }
            if let Some(event) = row.event {
                let (first, last) = self.events.unwrap_or((event, event));
                self.events = Some((first.min(event), last.max(event)));
            }
        }
        let place = |row: &KeptRow| places.get(row.provider as usize).copied().unwrap_or(NONE);
        self.identities.see(accepted().map(|(_, row)| (row, place(row))), &self.providers);
        for (_, row) in block.rows.iter().enumerate().filter(|(i, _)| !is_accepted(*i)) {
            let provider = block.providers.get(row.provider as usize).map(String::as_str);
            self.taken_back.repeat(row, provider);
        }
        let accepted = places.into_iter().zip(has_rows).filter(|(_, has)| *has);
        self.accepted_providers.extend(accepted.map(|(place, _)| place));
    }

    fn write_quarantine(
        &mut self,
        mut refused: Vec<(u64, Option<u16>, Rule)>,
    ) -> Result<(), IntakeError> {
        if refused.is_empty() {
            return Ok(());
        }
        refused.sort_by_key(|(line, ..)| *line);
        let batch = quarantine_batch(self.contract, &refused).map_err(|e| self.failed(&e))?;
        Ok(self.quarantine.write(&batch)?)
    }

    /// Writes what remains, with what was counted block by block, and checks that every record is
    /// accounted for.
    pub(super) fn finish(
        mut self,
        profiles: &Profiles,
        filters: KnownFilters,
    ) -> Result<Intake, IntakeError> {
        self.name()?;
        self.identities.count_all(&self.providers);
        let path = self.delivery.path;
        let DeliveryEntry { read, accepted, quarantined, filtered, duplicates, .. } = self.entry;
        let accounted = accepted + quarantined + filtered + duplicates;
        if read != accounted {
            return Err(IntakeError::CountsDisagree { path: path.to_owned(), read, accounted });
        }
        let failed = |_: ArrowError| IntakeError::Batch { path: path.to_owned() };
        let mut found = self.findings();
        found.extend(self.passed_thresholds()?);
        let mut findings = self.store.writer(Zone::Parts, finding_schema())?;
        let feed = &self.contract.feed;
        let id = self.delivery.id()?;
        findings.write(&finding_batch(id, feed, &found).map_err(failed)?)?;
        let entry =
            DeliveryEntry { sha256: self.delivery.sha256()?.to_owned(), ..self.completed_entry() };
        let mut profile = self.store.writer(Zone::Parts, profile_schema())?;
        let sole = match self.accepted_providers.len() {
            1 => self.accepted_providers.first().and_then(|place| self.providers.code(*place)),
            _ => None,
        };
        let filters = self.filters(filters)?;
        let counts = profiles.sum(self.taken_back);
        let counts = counts.into_batch(id, self.contract, self.binding, sole);
        profile.write(&counts.map_err(failed)?)?;
        let identities = || {
            let mut part = self.store.writer(Zone::Identities, identity_schema())?;
            for batch in self.identities.batches(feed, &self.providers) {
                part.write(&batch.map_err(failed)?)?;
            }
            Ok::<_, IntakeError>(part.finish()?)
        };
        let (records, identities) = rayon::join(|| self.records.finish(), identities);
        Ok(Intake {
            entry,
            records: records?,
            deletions: self.deletions.finish()?,
            identities: identities?,
            filters,
            quarantine: self.quarantine.finish()?,
            findings: findings.finish()?,
            profile: profile.finish()?,
            found,
        })
    }

    /// Writes the filters of the values that accepted rows carry.
    fn filters(&self, filters: KnownFilters) -> Result<Part, IntakeError> {
        let filters = filters.carried(self.identities.filtered());
        let mut part = self.store.writer(Zone::Identities, filter_schema())?;
        for some in filters.chunks(ROWS_OF_A_BATCH) {
            part.write(&filter_batch(some).map_err(|e| self.failed(&e))?)?;
        }
        Ok(part.finish()?)
    }

    /// The entry with provider and period, which only the rows tell.
    fn completed_entry(&self) -> DeliveryEntry {
        let mut places = self.accepted_providers.iter();
        let provider_code = match (places.next(), places.next()) {
            (Some(only), None) => self.providers.code(*only).unwrap_or_default().to_owned(),
            (Some(_), Some(_)) => "several".to_owned(),
            (None, _) => String::new(),
        };
        let month = |days: i32| date_of(days).map(|date| date.strftime("%Y-%m").to_string());
        let period = self.events.and_then(|(first, last)| month(first).zip(month(last)));
        let period = period.map_or_else(String::new, |(first, last)| format!("{first}/{last}"));
        DeliveryEntry { provider_code, period, ..self.entry.clone() }
    }

    /// What was found in the rows and in the file as a whole.
    fn findings(&self) -> Vec<Finding> {
        let column = |i: u16| self.contract.columns[usize::from(i)].name.clone();
        let rows = self.tally.iter().map(|(subject, count)| Finding {
            provider_code: subject.provider.clone(),
            rule: self.contract.rule_name(subject.rule).to_owned(),
            column: subject.column.map(column),
            severity: self.contract.severity(subject.rule, subject.column).as_str().to_owned(),
            n_rows: count.n_rows,
            first_lines: count.first_lines.clone(),
        });
        let about_file = |rule: Rule, column: Option<String>| Finding {
            provider_code: None,
            rule: self.contract.rule_name(rule).to_owned(),
            column,
            severity: self.contract.severity(rule, None).as_str().to_owned(),
            n_rows: self.entry.read,
            first_lines: Vec::new(),
        };
        let absent =
            self.binding.absent.iter().map(|i| Some(self.contract.columns[*i].name.clone()));
        // The name of an undeclared column is the provider's text, so only its place is told.
        let undeclared = self.binding.undeclared.iter().map(|i| Some(format!("column {}", i + 1)));
        // Names of older layouts stand in the contract, so they may be told.
        let older = self.binding.older.iter().map(|(column, alias)| {
            let alias = &self.contract.columns[*column].aliases[*alias];
            let until = alias.until.as_deref().unwrap_or_default();
            Some(format!("{} (until {until})", alias.name))
        });
        let mut all: Vec<Finding> = rows.collect();
        all.extend(older.map(|name| about_file(Rule::OlderLayout, name)));
        all.extend(absent.map(|column| about_file(Rule::AbsentColumn, column)));
        all.extend(undeclared.map(|column| about_file(Rule::UndeclaredColumn, column)));
        all.extend((self.entry.read == 0).then(|| about_file(Rule::NoRows, None)));
        all
    }

    /// Thresholds of the contract that the delivery has passed and may pass.
    fn passed_thresholds(&self) -> Result<Vec<Finding>, IntakeError> {
        let provider = self.completed_entry().provider_code;
        let (path, n_read) = (self.delivery.path, self.entry.read);
        let broken = self.broken.as_slice();
        let passed = self.contract.passed_thresholds(path, Some(&provider), n_read, broken)?;
        let finding = |passed: Passed| Finding {
            provider_code: Some(provider.clone()).filter(|code| !code.is_empty()),
            rule: self.contract.rule_name(Rule::Threshold).to_owned(),
            column: Some(passed.subject),
            severity: self.contract.severity(Rule::Threshold, None).as_str().to_owned(),
            n_rows: passed.n_rows,
            first_lines: Vec::new(),
        };
        Ok(passed.into_iter().map(finding).collect())
    }

    fn failed(&self, _: &ArrowError) -> IntakeError {
        IntakeError::Batch { path: self.delivery.path.to_owned() }
    }
}
