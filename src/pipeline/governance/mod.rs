//! What `hub governance` prints and each run's governance page shows: from declarations and the
//! manifest alone.

mod flows;
mod statements;

use std::collections::BTreeSet;
use std::path::Path;

use jiff::civil::Date;

use self::flows::{Lineage, flows, published, releases};
pub use self::statements::notices;
use self::statements::{agreement_rows, attention, keeper, measures, purposes};
use super::area;
use super::checked::{Contracts, catalogue_of, contracts};
use super::declaration::Pipeline;
use super::error::PipelineError;
use super::outputs::Files;
use super::retention::{Dated, kept_until};
use super::retention_period::RetentionStart;
use crate::models::Catalogue;
use crate::pseudonymise::MasterKey;
use crate::report::governance::{
    DestroyedRow, ForgottenRow, GovernanceInput, KeptRow, render_governance,
};
use crate::store::{DeliveryEntry, Destruction, Forgetting, Governance, Store};

/// What the store holds, as the page needs it.
#[derive(Debug, Clone, Default)]
pub(super) struct Held {
    pub(super) deliveries: Vec<DeliveryEntry>,
    pub(super) destroyed: Vec<Destruction>,
    pub(super) forgotten: Vec<Forgetting>,
    /// The day of the list of allowed numbers.
    pub(super) list_of: Option<String>,
    pub(super) key_id: Option<String>,
}

impl Held {
    /// Whether it is under the public key, by whatever way that came; without a run, whether the
    /// pipeline names it.
    pub(super) fn is_demonstration(&self, pipeline: &Pipeline) -> bool {
        let public = || MasterKey::demonstration().at_epoch(pipeline.key_epoch).id();
        pipeline.is_demonstration() || self.key_id.as_ref().is_some_and(|id| *id == public())
    }
}

/// What is declared.
#[derive(Clone, Copy)]
pub(super) struct Declared<'a> {
    pub(super) pipeline: &'a Pipeline,
    pub(super) contracts: &'a Contracts,
    pub(super) catalogue: &'a Catalogue,
}

/// The governance of a pipeline, with what the store holds if there is one of it.
///
/// Agreements need not be live: the page says how they stand.
///
/// # Errors
/// A declaration that cannot be read, a store that is damaged.
pub fn governance(mut pipeline: Pipeline, store: &Path) -> Result<GovernanceInput, PipelineError> {
    let mut contracts = contracts(&pipeline)?;
    area::settle(&mut pipeline, &mut contracts)?;
    super::live::check_declared(&pipeline, &contracts)?;
    let catalogue = catalogue_of(&pipeline)?;
    let current = match Store::open_existing(store) {
        Ok(store) => store.current()?.filter(|run| run.pipeline == pipeline.name),
        Err(_) => None,
    };
    let held = current.map_or_else(Held::default, |run| {
        let Governance { destroyed, forgotten, .. } = run.governance.unwrap_or_default();
        let (deliveries, key_id) = (run.deliveries, Some(run.key_id));
        let list_of = run.opt_out.and_then(|opt_out| opt_out.as_of);
        Held { deliveries, destroyed, forgotten, list_of, key_id }
    });
    let declared = Declared { pipeline: &pipeline, contracts: &contracts, catalogue: &catalogue };
    Ok(input(declared, &held))
}

/// The file of a run's page.
///
/// # Errors
/// If the page fails.
pub(super) fn page(declared: Declared<'_>, held: &Held) -> Result<Files, PipelineError> {
    let html = render_governance(&input(declared, held))?;
    Ok(Files::from([("governance/index.html".to_owned(), html.into_bytes())]))
}

fn input(declared: Declared<'_>, held: &Held) -> GovernanceInput {
    let pipeline = declared.pipeline;
    let lineage = Lineage::of(declared.catalogue);
    let flows = flows(declared, held, &lineage);
    let agreements = agreement_rows(pipeline);
    GovernanceInput {
        pipeline: pipeline.name.clone(),
        city: pipeline.city.clone(),
        as_at: pipeline.as_at.to_string(),
        run_on: pipeline.day_of_run().to_string(),
        purpose: pipeline.purpose.clone(),
        demonstration: held.is_demonstration(pipeline),
        keeper: pipeline.organisation.as_ref().map(keeper),
        attention: attention(pipeline, &flows),
        releases: releases(&flows),
        published: published(declared, &lineage),
        purposes: purposes(declared, held),
        kept: kept(pipeline, held, &flows.iter().map(|flow| flow.feed.as_str()).collect()),
        flows,
        agreements,
        destroyed: held.destroyed.iter().map(destroyed_row).collect(),
        forgotten: held.forgotten.iter().map(forgotten_row).collect(),
        measures: measures(declared, held),
    }
}

fn forgotten_row(one: &Forgetting) -> ForgottenRow {
    ForgottenRow { on: one.forgotten_on.clone(), reason: one.reason.clone() }
}

fn destroyed_row(one: &Destruction) -> DestroyedRow {
    DestroyedRow {
        on: one.destroyed_on.clone(),
        feed: one.feed.clone(),
        file: one.file.clone(),
        period: one.period.clone(),
        n_records: one.n_records,
        agreement: one.agreement.clone(),
        rule: format!("{}, ended on {}", one.rule, one.ended_on),
    }
}

/// What is kept of each feed about persons.
fn kept(pipeline: &Pipeline, held: &Held, feeds: &BTreeSet<&str>) -> Vec<KeptRow> {
    let row = |feed: &&str| {
        let of_feed = held.deliveries.iter().filter(|delivery| delivery.feed == **feed);
        let ends = of_feed.clone().filter_map(|delivery| {
            let dated =
                Dated { to: super::retention::end_of_months(&delivery.period), delivered: None };
            Some(kept_until(pipeline, feed, dated)?.on)
        });
        let next: Option<Date> = ends.min();
        let covering = pipeline.agreement.iter().filter(|(_, agreement)| agreement.covers(feed));
        let is_counted = covering
            .clone()
            .all(|(_, agreement)| agreement.retention_from == RetentionStart::PeriodEnd);
        KeptRow {
            feed: (*feed).to_owned(),
            n_files: of_feed.count() as u64,
            rules: covering
                .map(|(id, agreement)| format!("{}: {id}", agreement.retention_in_words()))
                .collect(),
            next_on: next.filter(|_| is_counted).map(|day| day.to_string()).unwrap_or_default(),
        }
    };
    feeds.iter().map(row).collect()
}
