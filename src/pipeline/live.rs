//! No agreement, no use: every feed about persons needs one that is live for the purpose.
//!
//! The day is that of the run, as for the list of opt-outs. What lapsed is never left out in silence:
//! the night is refused until the declaration says what is true, and what earlier nights left is not
//! read meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::civil::Date;

use super::agreements::{Agreement, Standing};
use super::checked::Contracts;
use super::declaration::Pipeline;
use super::error::PipelineError;
use crate::contract::nearest;
use crate::store::{AgreementEntry, Manifest, Refusal, Store};

/// Feeds about persons that a pipeline takes in, in order.
pub(super) fn person_feeds<'a>(pipeline: &'a Pipeline, contracts: &Contracts) -> BTreeSet<&'a str> {
    let is_area = |rule: &&super::DeliveryRule| {
        let contract = contracts.get(rule.contract_name());
        contract.is_some_and(|(contract, _)| contract.kind.is_area())
    };
    let rules = pipeline.delivery.iter().filter(|rule| !is_area(rule));
    rules.map(|rule| rule.feed.as_str()).collect()
}

/// Checks that agreements hold together.
///
/// # Errors
/// [`PipelineError::Declaration`] with the place of what an agreement has wrong.
pub(super) fn check_declared(
    pipeline: &Pipeline,
    contracts: &Contracts,
) -> Result<(), PipelineError> {
    let mut agreements = pipeline.agreement.iter();
    agreements.try_for_each(|(id, agreement)| holds_together(pipeline, contracts, id, agreement))
}

/// Checks that agreements hold together and that each feed has one that is live.
///
/// # Errors
/// As [`check_declared`]; [`PipelineError::NoAgreement`].
pub(super) fn check(pipeline: &Pipeline, contracts: &Contracts) -> Result<(), PipelineError> {
    check_declared(pipeline, contracts)?;
    let (on, purpose) = (pipeline.day_of_run(), pipeline.purpose.as_str());
    let stand = |feed: &str| -> Vec<(&str, Standing)> {
        let of_feed = pipeline.agreement.iter();
        let of_feed = of_feed.filter(|(_, agreement)| agreement.covers_for(feed, purpose));
        of_feed.map(|(id, agreement)| (id.as_str(), agreement.on(on))).collect()
    };
    let feeds = person_feeds(pipeline, contracts).into_iter();
    refuse_gaps(purpose, on, feeds.filter_map(|feed| gap(feed, &stand(feed))))
}

/// Checks that the visible run may be read for a purpose.
///
/// # Errors
/// [`PipelineError::NoAgreement`] where it was made for another purpose, an agreement has lapsed on
/// that day, or the last night was refused.
pub fn check_use(
    store: &Store,
    manifest: &Manifest,
    purpose: Option<&str>,
    on: Option<Date>,
) -> Result<(), PipelineError> {
    let governance = manifest.governance.clone().unwrap_or_default();
    let run_on = governance.run_on.parse().ok();
    let on = on.or(run_on).unwrap_or(Date::MIN);
    let purpose = purpose.unwrap_or(&manifest.purpose);
    let refused = |gaps| PipelineError::NoAgreement { purpose: purpose.to_owned(), on, gaps };
    if purpose != manifest.purpose {
        let what =
            format!("the visible run was made for `{}`, and is for it alone", manifest.purpose);
        return Err(refused(vec![what]));
    }
    if let Some(Refusal { on: day, gaps, .. }) = store.refusal()? {
        let since = format!("the night of {day} was refused");
        return Err(refused([vec![since], gaps].concat()));
    }
    let stand = |feed: &str| -> Vec<(&str, Standing)> {
        let all = governance.agreements.iter();
        let of_feed = all.filter(|(_, entry)| covers(&entry.feeds, feed));
        let of_feed = of_feed.filter(|(_, entry)| covers(&entry.purposes, purpose));
        of_feed.map(|(id, entry)| (id.as_str(), entry_on(entry, on))).collect()
    };
    let feeds: BTreeSet<&str> = manifest
        .deliveries
        .iter()
        .map(|delivery| delivery.feed.as_str())
        .filter(|feed| manifest.tables.contains_key(&format!("record.{feed}")))
        .collect();
    refuse_gaps(purpose, on, feeds.into_iter().filter_map(|feed| gap(feed, &stand(feed))))
}

/// Keeps that a night was refused, so that what earlier nights left is not read. A store that does
/// not exist has nothing to read.
///
/// # Errors
/// What the store says.
pub fn note_refusal(
    root: &Path,
    pipeline: &str,
    error: &PipelineError,
) -> Result<(), PipelineError> {
    let PipelineError::NoAgreement { purpose, on, gaps } = error else { return Ok(()) };
    let Ok(store) = Store::open_existing(root) else { return Ok(()) };
    // Another pipeline's night is nothing to this store.
    if store.current()?.is_none_or(|run| run.pipeline != pipeline) {
        return Ok(());
    }
    // Whoever holds it runs: that night has been allowed or will be refused itself.
    let Ok(lock) = store.lock(&format!("hub run {pipeline}")) else { return Ok(()) };
    let (on, purpose, gaps) = (on.to_string(), purpose.clone(), gaps.clone());
    Ok(store.refuse(&lock, &Refusal { on, purpose, gaps })?)
}

/// What the manifest says of the agreements.
pub(super) fn entries(pipeline: &Pipeline) -> BTreeMap<String, AgreementEntry> {
    let entry = |agreement: &Agreement| AgreementEntry {
        feeds: agreement.feed_names(),
        purposes: agreement.purpose_names(),
        starts_on: agreement.starts_on.to_string(),
        expires_on: agreement.expires_on.get_ref().to_string(),
    };
    pipeline.agreement.iter().map(|(id, agreement)| (id.clone(), entry(agreement))).collect()
}

fn covers(names: &[String], name: &str) -> bool {
    names.iter().any(|covered| covered == name)
}

/// An entry that cannot be read does not hold.
fn entry_on(entry: &AgreementEntry, on: Date) -> Standing {
    let starts_on: Date = entry.starts_on.parse().unwrap_or(Date::MAX);
    let expires_on: Date = entry.expires_on.parse().unwrap_or(Date::MIN);
    Standing::of(starts_on, expires_on, on)
}

/// Why a feed may not be used; `None` if one of its agreements is live.
fn gap(feed: &str, agreements: &[(&str, Standing)]) -> Option<String> {
    if agreements.iter().any(|(_, standing)| *standing == Standing::Live) {
        return None;
    }
    let words = agreements.iter().map(|(id, standing)| match standing {
        Standing::Lapsed(day) => format!("agreement `{id}` ended on {day}"),
        Standing::Future(day) => format!("agreement `{id}` begins on {day}"),
        Standing::Live => String::new(),
    });
    let words: Vec<String> = words.collect();
    let why = if words.is_empty() { "none covers it".to_owned() } else { words.join(", ") };
    Some(format!("feed `{feed}` ({why})"))
}

fn refuse_gaps(
    purpose: &str,
    on: Date,
    gaps: impl Iterator<Item = String>,
) -> Result<(), PipelineError> {
    let gaps: Vec<String> = gaps.collect();
    if gaps.is_empty() {
        return Ok(());
    }
    Err(PipelineError::NoAgreement { purpose: purpose.to_owned(), on, gaps })
}

/// What an agreement says of itself, and of what else is declared.
fn holds_together(
    pipeline: &Pipeline,
    contracts: &Contracts,
    id: &str,
    agreement: &Agreement,
) -> Result<(), PipelineError> {
    let refuse = |at: usize, what: String| {
        let what = format!("agreement `{id}`: {what}");
        Err(PipelineError::at(&pipeline.path, &pipeline.text, at, what))
    };
    if *agreement.expires_on.get_ref() < agreement.starts_on {
        let what = format!("ends before it begins, on {}", agreement.starts_on);
        return refuse(agreement.expires_on.span().start, what);
    }
    let basis = &agreement.confidentiality;
    if basis.get_ref().needs_reference() && agreement.confidentiality_reference.is_none() {
        let what = "rests on a document that `confidentiality_reference` must name".to_owned();
        return refuse(basis.span().start, what);
    }
    let purposes: Vec<&str> = pipeline.purposes.keys().map(String::as_str).collect();
    let feeds: Vec<&str> = contracts.values().map(|(contract, _)| contract.feed.as_str()).collect();
    let names = [("purpose", &agreement.purposes, purposes), ("feed", &agreement.feeds, feeds)];
    for (kind, written, known) in names {
        for name in written {
            if !known.contains(&name.get_ref().as_str()) {
                let near = nearest(name.get_ref(), known.iter().copied());
                let near =
                    near.map_or_else(String::new, |near| format!(": did you mean `{near}`?"));
                let what = format!("no {kind} `{}` is declared{near}", name.get_ref());
                return refuse(name.span().start, what);
            }
        }
    }
    Ok(())
}
