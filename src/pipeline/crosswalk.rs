//! Declared crosswalks: which pseudonym of one issuer is which of another, or which NHS number's.
//!
//! Without one, pseudonyms of two issuers, or of two keys, never meet.

mod as_sent;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use self::as_sent::AsSent;
use super::checked::{Checked, Contracts, contracts, hash_of, invalid};
use super::declaration::{DeliveryRule, Pipeline};
use super::declared_files::DeclaredFile;
use super::error::PipelineError;
use super::linked::superseded_texts;
use super::taken::Taken;
use crate::contract::{Facts, Role};
use crate::extract::{ExtractReader, Limits, columns_of};
use crate::link::SaidSame;
use crate::pseudonymise::{Encoder, Issuer, MasterKey};

/// A crosswalk as declared: `[[crosswalk]]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crosswalk {
    /// Whose pseudonyms these are: the `issuer` of contracts. Of providers with keys of this hub's it is
    /// the feed, or `<feed>/<provider>` where the provider has a key of its own.
    pub issuer: String,
    /// Under which of their keys: the `key_id` of contracts.
    #[serde(default)]
    pub key_id: String,
    /// A CSV of `pseudonym,nhs_number`, or of `pseudonym,other_pseudonym` with `to_issuer`.
    #[serde(default)]
    pub file: Option<PathBuf>,
    /// Whose the other pseudonyms are.
    #[serde(default)]
    pub to_issuer: Option<String>,
    /// Under which of their keys.
    #[serde(default)]
    pub to_key_id: String,
    /// In place of a file: a feed whose NHS numbers, and those that they superseded, get the pseudonyms
    /// that `issuer` gave them with the key of `hub key feed`.
    #[serde(default)]
    pub numbers_of: Option<String>,
    /// With `numbers_of`: the pseudonyms are OpenPseudonymiser's digests with the salt in this file,
    /// and not of a provider with a key of this hub's.
    #[serde(default)]
    pub open_pseudonymiser_salt: Option<PathBuf>,
}

/// Checks that each crosswalk says one thing, and that its file or feed is there.
///
/// # Errors
/// [`PipelineError::Invalid`], [`PipelineError::Unreadable`].
pub(super) fn check(pipeline: &Pipeline, contracts: &Contracts) -> Result<(), PipelineError> {
    for (i, one) in pipeline.crosswalk.iter().enumerate() {
        let refuse = |what: String| invalid(pipeline, format!("[[crosswalk]] {}: {what}", i + 1));
        match (&one.file, &one.numbers_of) {
            (Some(file), None) => drop(hash_of(&pipeline.resolve(file))?),
            (None, Some(feed)) => check_numbers(pipeline, contracts, one, feed).map_err(refuse)?,
            _ => return Err(refuse("needs either `file` or `numbers_of`".to_owned())),
        }
        if one.numbers_of.is_none() && one.open_pseudonymiser_salt.is_some() {
            return Err(refuse("`open_pseudonymiser_salt` goes with `numbers_of`".to_owned()));
        }
        if one.to_issuer.is_none() && !one.to_key_id.is_empty() {
            return Err(refuse("`to_key_id` goes with `to_issuer`".to_owned()));
        }
    }
    Ok(())
}

/// Checks a crosswalk by the numbers of a feed; what is wrong with it.
fn check_numbers(
    pipeline: &Pipeline,
    contracts: &Contracts,
    one: &Crosswalk,
    feed: &str,
) -> Result<(), String> {
    let has_salt = one.open_pseudonymiser_salt.is_some();
    if one.to_issuer.is_some() || !(one.key_id.is_empty() || has_salt) {
        return Err("`numbers_of` goes with `issuer` alone, or with a salt".to_owned());
    }
    if !pipeline.delivery.iter().any(|rule| rule.feed == feed) {
        return Err(format!("no [[delivery]] takes in feed `{feed}`"));
    }
    if !has_salt && Issuer::read(&one.issuer).is_none() {
        return Err("`issuer` is a feed, or `<feed>/<provider>`".to_owned());
    }
    let sends = |rule: &DeliveryRule| {
        let contract = contracts.get(rule.contract.as_ref().unwrap_or(&rule.feed));
        contract.is_some_and(|(contract, _)| contract.issuer == one.issuer)
    };
    if !pipeline.delivery.iter().any(sends) {
        return Err(format!("no [[delivery]] has a contract with issuer `{}`", one.issuer));
    }
    Ok(())
}

/// Everything that crosswalks depend on besides the deliveries.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn recipe(pipeline: &Pipeline) -> Result<Vec<String>, PipelineError> {
    let mut parts = Vec::new();
    for one in &pipeline.crosswalk {
        parts.push(format!("{one:?}"));
        for file in one.file.iter().chain(&one.open_pseudonymiser_salt) {
            parts.push(hash_of(&pipeline.resolve(file))?);
        }
    }
    Ok(parts)
}

/// Adds what crosswalks say to what is said of superseded numbers.
///
/// # Errors
/// A file that cannot be read or lacks a column.
pub(super) fn add(
    said: &mut SaidSame,
    checked: &Checked,
    encoder: &Encoder,
    taken: &[Taken],
) -> Result<(), PipelineError> {
    for one in &checked.pipeline.crosswalk {
        match (&one.file, &one.numbers_of) {
            (Some(file), _) => add_file(said, one, &checked.pipeline.resolve(file), encoder)?,
            (None, Some(feed)) => {
                let as_sent = AsSent::of(one, &checked.pipeline, &checked.key, encoder)?;
                for one in taken.iter().filter(|one| one.entry.feed == *feed) {
                    as_sent.add_numbers(said, checked, one)?;
                }
                // The provider may still have a number that has been superseded since.
                for number in superseded_texts(&checked.pipeline)?.iter().flatten() {
                    said.numbers.extend(as_sent.pair(number));
                }
            }
            (None, None) => {}
        }
    }
    for pairs in [&mut said.numbers, &mut said.pseudonyms] {
        pairs.sort_unstable();
        pairs.dedup();
    }
    Ok(())
}

/// Every pseudonym that is known to be that of one of a person's numbers: what each feed's providers make
/// of it, and what crosswalks say.
///
/// # Errors
/// A file that cannot be read or lacks a column.
pub(super) fn pseudonyms_of(
    numbers: &BTreeSet<String>,
    pipeline: &Pipeline,
    key: &MasterKey,
    encoder: &Encoder,
) -> Result<BTreeSet<u64>, PipelineError> {
    let mut found = BTreeSet::new();
    let of_all = |as_sent: &AsSent<'_>, found: &mut BTreeSet<u64>| {
        let pairs = numbers.iter().filter_map(|number| as_sent.pair(number));
        found.extend(pairs.map(|(pseudonym, _)| pseudonym));
    };
    for issuer in issuers(pipeline)? {
        of_all(&AsSent::of_issuer(&issuer, pipeline, key, encoder), &mut found);
    }
    let mut said = SaidSame::default();
    for one in &pipeline.crosswalk {
        match &one.file {
            Some(file) => add_file(&mut said, one, &pipeline.resolve(file), encoder)?,
            None => of_all(&AsSent::of(one, pipeline, key, encoder)?, &mut found),
        }
    }
    let tokens = numbers.iter().filter_map(|number| encoder.nhs_token(number).ok().flatten());
    let tokens: BTreeSet<u64> = tokens.collect();
    let named = said.numbers.iter().filter(|(_, other)| tokens.contains(other));
    found.extend(named.map(|(pseudonym, _)| *pseudonym));
    Ok(closed(found, &said.pseudonyms))
}

/// Pseudonyms that crosswalks' files give to those who are to be forgotten: the files may be newer than
/// the marks.
///
/// # Errors
/// A file that cannot be read or lacks a column.
pub(super) fn forgotten(
    pipeline: &Pipeline,
    encoder: &Encoder,
) -> Result<BTreeSet<u64>, PipelineError> {
    let mut said = SaidSame::default();
    for one in &pipeline.crosswalk {
        if let Some(file) = &one.file {
            add_file(&mut said, one, &pipeline.resolve(file), encoder)?;
        }
    }
    let is_forgotten = |(_, number): &&(u64, u64)| encoder.is_number_forgotten(*number);
    let found = said.numbers.iter().filter(is_forgotten).map(|(pseudonym, _)| *pseudonym).collect();
    Ok(closed(found, &said.pseudonyms))
}

/// These, and all that are said to be the same.
fn closed(mut found: BTreeSet<u64>, pairs: &[(u64, u64)]) -> BTreeSet<u64> {
    loop {
        let n_before = found.len();
        for (one, other) in pairs {
            if found.contains(one) || found.contains(other) {
                found.extend([*one, *other]);
            }
        }
        if found.len() == n_before {
            return found;
        }
    }
}

fn add_file(
    said: &mut SaidSame,
    one: &Crosswalk,
    file: &Path,
    encoder: &Encoder,
) -> Result<(), PipelineError> {
    let token = |pseudonym: &str| match pseudonym.trim() {
        "" => None,
        pseudonym => Some(encoder.pseudonym_token(&one.issuer, &one.key_id, pseudonym)),
    };
    match &one.to_issuer {
        None => {
            let forbidden = PipelineError::forbidden(file);
            for [pseudonym, number] in columns_of(file, ["pseudonym", "nhs_number"])? {
                let number = encoder.nhs_token(&number).map_err(&forbidden)?;
                said.numbers.extend(token(&pseudonym).zip(number));
            }
        }
        Some(to_issuer) => {
            let pairs = columns_of(file, ["pseudonym", "other_pseudonym"])?;
            let pairs = pairs.iter().filter(|[_, other]| !other.trim().is_empty());
            let pairs = pairs.filter_map(|[pseudonym, other]| {
                let other = encoder.pseudonym_token(to_issuer, &one.to_key_id, other.trim());
                Some((token(pseudonym)?, other))
            });
            said.pseudonyms.extend(pairs);
        }
    }
    Ok(())
}

/// Every cell of a file's column of NHS numbers, if it has one.
///
/// # Errors
/// A file that cannot be read, or breaks its contract as a whole.
pub(super) fn for_each_number(
    checked: &Checked,
    file: &DeclaredFile,
    mut see: impl FnMut(&str),
) -> Result<(), PipelineError> {
    let (contract, _) = checked.contract(file);
    let contract = contract.for_delivery(file.sender(), Facts::default());
    let mut reader = ExtractReader::open(&file.path, &contract.format, Limits::default())?;
    reader.leave_out(&contract.header_only);
    let binding = contract.bind(&file.path, reader.header())?;
    let place = contract.column_of(Role::NhsNumber).and_then(|i| binding.places[i]);
    let Some(place) = place else { return Ok(()) };
    let layout = reader.layout();
    while let Some(block) = reader.next_block()? {
        layout.rows(block)?.column(place).for_each(&mut see);
    }
    Ok(())
}

/// Who may have put pseudonyms in place of numbers with a key of this hub's: the providers of each feed,
/// and whom contracts name.
fn issuers(pipeline: &Pipeline) -> Result<BTreeSet<Issuer>, PipelineError> {
    let contracts = contracts(pipeline)?;
    let mut issuers = BTreeSet::new();
    for rule in &pipeline.delivery {
        issuers.extend(Issuer::new(&rule.feed, None));
        let contract = contracts.get(rule.contract.as_ref().unwrap_or(&rule.feed));
        issuers.extend(contract.and_then(|(contract, _)| Issuer::read(&contract.issuer)));
    }
    issuers.extend(pipeline.crosswalk.iter().filter_map(|one| Issuer::read(&one.issuer)));
    Ok(issuers)
}
