//! What the declarations say, in sentences: agreements, purposes, measures, and what needs somebody.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::super::agreements::{Agreement, Organisation, Standing};
use super::super::declaration::Pipeline;
use super::super::type1;
use super::super::zone::AfterRun;
use super::{Declared, Held};
use crate::disclosure::RulePack;
use crate::domain::days_between;
use crate::report::governance::{AgreementRow, FlowRow, Keeper, PurposeStatement};

/// Days before the end of an agreement from which the page asks for the next one.
const NOTICE_DAYS: i32 = 90;

pub(super) fn keeper(organisation: &Organisation) -> Keeper {
    Keeper {
        name: organisation.name.clone(),
        role: organisation.role.in_words().to_owned(),
        contact: organisation.contact.clone(),
        officer: organisation.data_protection_officer.clone(),
        transfers: organisation.transfers.clone(),
    }
}

pub(super) fn agreement_rows(pipeline: &Pipeline) -> Vec<AgreementRow> {
    let day = pipeline.day_of_run();
    pipeline.agreement.iter().map(|(id, agreement)| agreement_row(id, agreement, day)).collect()
}

fn agreement_row(id: &str, agreement: &Agreement, day: Date) -> AgreementRow {
    let basis = agreement.confidentiality.get_ref();
    let reference = agreement.confidentiality_reference.as_ref();
    let reference = reference.map_or_else(String::new, |reference| format!(" ({reference})"));
    AgreementRow {
        id: id.to_owned(),
        title: agreement.title.clone(),
        controllers: agreement.controllers.clone(),
        feeds: agreement.feed_names(),
        purposes: agreement.purpose_names(),
        data_subjects: agreement.data_subjects.clone(),
        article_6: agreement.article_6.in_words().to_owned(),
        article_9: agreement.article_9.in_words().to_owned(),
        confidentiality: format!("{}{reference}", basis.in_words()),
        opt_out: basis.national_opt_out().to_owned(),
        recipients: agreement.recipients.clone(),
        dpia: agreement.dpia.clone(),
        starts_on: agreement.starts_on.to_string(),
        expires_on: agreement.expires_on.get_ref().to_string(),
        standing: standing(agreement, day),
        is_live: agreement.on(day) == Standing::Live,
        retention: agreement.retention_in_words(),
    }
}

/// How an agreement stands on a day, with the days that are left of it.
fn standing(agreement: &Agreement, day: Date) -> String {
    let days = |n: i32| if n == 1 { "1 day".to_owned() } else { format!("{n} days") };
    match agreement.on(day) {
        Standing::Lapsed(last) => format!("lapsed {} ago", days(days_between(last, day))),
        Standing::Future(first) => format!("begins in {}", days(days_between(day, first))),
        Standing::Live => match days_between(day, *agreement.expires_on.get_ref()) {
            0 => "live, ends today".to_owned(),
            n => format!("live, ends in {}", days(n)),
        },
    }
}

/// The purposes, that of the pipeline first.
pub(super) fn purposes(declared: Declared<'_>, held: &Held) -> Vec<PurposeStatement> {
    let pipeline = declared.pipeline;
    let from_practices = type1::feeds(pipeline, declared.contracts);
    let taken: BTreeSet<&str> = pipeline.delivery.iter().map(|rule| rule.feed.as_str()).collect();
    let practices: Vec<&str> =
        from_practices.iter().map(String::as_str).filter(|feed| taken.contains(feed)).collect();
    let exempt = |reason: &str| format!("does not apply: {reason}");
    let statement = |(name, purpose): (&String, &super::super::Purpose)| {
        let source = pipeline.opt_out.clone().unwrap_or_default();
        let list = match &held.list_of {
            Some(day) if *name == pipeline.purpose => format!(" (list of {day})"),
            _ => String::new(),
        };
        let national = match purpose.national_opt_out.applies() {
            true => format!(
                "applies: a person with any number that is not on the list of allowed numbers is left \
                 out of every table, with all rows of all feeds; a list may be used for {} days{list}",
                source.maximum_age_days
            ),
            false => exempt(&purpose.reason),
        };
        let type1 = match purpose.type1_opt_out.applies() {
            true if practices.is_empty() => {
                "applies, and no feed comes from practices' own records".to_owned()
            }
            true => format!(
                "applies: what came from the records of practices ({}) is left out of every table",
                practices.join(", ")
            ),
            false => exempt(&purpose.reason),
        };
        PurposeStatement {
            name: name.clone(),
            is_in_use: *name == pipeline.purpose,
            legal_basis: purpose.legal_basis.clone(),
            national,
            type1,
        }
    };
    let mut statements: Vec<PurposeStatement> = pipeline.purposes.iter().map(statement).collect();
    statements.sort_by_key(|statement| !statement.is_in_use);
    statements
}

/// What asks for somebody's attention: gaps first, then what will become one.
pub(super) fn attention(pipeline: &Pipeline, flows: &[FlowRow]) -> Vec<String> {
    let (day, purpose) = (pipeline.day_of_run(), &pipeline.purpose);
    let mut said = Vec::new();
    if pipeline.organisation.is_none() {
        said.push("[organisation] does not say who runs the hub".to_owned());
    }
    for flow in flows.iter().filter(|flow| !flow.purposes.contains(purpose)) {
        said.push(format!("feed {}: no live agreement for {purpose}", flow.feed));
    }
    let is_exempt =
        pipeline.purposes.get(purpose).is_some_and(|purpose| !purpose.national_opt_out.applies());
    for (id, agreement) in &pipeline.agreement {
        let is_section_251 =
            *agreement.confidentiality.get_ref() == super::super::Confidentiality::Section251;
        if is_section_251 && is_exempt {
            said.push(format!(
                "agreement {id} rests on section 251, and {purpose} is exempt from the national data \
                 opt-out: the approval must say so"
            ));
        }
        if agreement.on(day) != Standing::Live {
            said.push(format!("agreement {id}: {}", standing(agreement, day)));
        }
        for feed in agreement.feeds.iter().map(|feed| feed.get_ref()) {
            if !pipeline.delivery.iter().any(|rule| rule.feed == *feed) {
                said.push(format!("agreement {id} covers feed {feed}, which is not taken in"));
            }
        }
    }
    said.extend(notices(pipeline));
    said
}

/// Agreements that end soon, for those who run the nights.
#[must_use]
pub fn notices(pipeline: &Pipeline) -> Vec<String> {
    let day = pipeline.day_of_run();
    let is_soon = |agreement: &Agreement| {
        let left = days_between(day, *agreement.expires_on.get_ref());
        agreement.on(day) == Standing::Live && left <= NOTICE_DAYS
    };
    let soon = pipeline.agreement.iter().filter(|(_, agreement)| is_soon(agreement));
    soon.map(|(id, agreement)| format!("agreement {id}: {}", standing(agreement, day))).collect()
}

/// Technical and organisational measures (UK GDPR Articles 30(1)(g) and 32), as this pipeline has
/// them.
pub(super) fn measures(declared: Declared<'_>, held: &Held) -> Vec<(String, String)> {
    let pipeline = declared.pipeline;
    let key = match (&held.key_id, held.is_demonstration(pipeline)) {
        (_, true) => "the public demonstration key, for test numbers alone".to_owned(),
        (Some(id), false) => format!("key {id}"),
        (None, false) => "the hub's own key".to_owned(),
    };
    let pack = RulePack::named(&pipeline.rule_pack);
    let pack =
        pack.map_or_else(String::new, |pack| format!(": {} ({})", pack.summary, pack.source));
    let measure = |what: &str, how: String| (what.to_owned(), how);
    vec![
        measure(
            "Pseudonymisation",
            format!(
                "identifiers become keyed tokens (HMAC-SHA256, {key}) before anything is stored; birth \
                 dates become months and ages, addresses small areas"
            ),
        ),
        measure(
            "Separation",
            "tokens for linkage lie in a zone of their own (mode 0700) that no query reaches, encrypted \
             (XChaCha20-Poly1305) under a key that only nights and what is done by name have"
                .to_owned(),
        ),
        measure(
            "Identities",
            match pipeline.identity_zone.after_run {
                AfterRun::Keep => "kept, encrypted, for the next night".to_owned(),
                AfterRun::Purge => "destroyed once a run is visible: persons keep their ids, and the next \
                                    night takes its files in again"
                    .to_owned(),
            },
        ),
        measure(
            "Purpose",
            format!(
                "person ids are those of {} alone; nothing is read for another purpose",
                pipeline.purpose
            ),
        ),
        measure(
            "Access",
            "SQL is read-only; each answer, run, destruction and list for a practice is in a hash-chained \
             audit log"
                .to_owned(),
        ),
        measure("Disclosure control", format!("rule pack {}{pack}", pipeline.rule_pack)),
        measure(
            "Destruction",
            "each night, of whole deliveries, in every run and part, with a record; of a person on \
             request, who is then filtered from later deliveries"
                .to_owned(),
        ),
    ]
}
