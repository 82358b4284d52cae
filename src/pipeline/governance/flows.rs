//! From who sends a feed to what is made of it and who receives that.

use std::collections::{BTreeMap, BTreeSet};

use super::super::agreements::{Agreement, Standing};
use super::super::declaration::DeliveryRule;
use super::super::live::person_feeds;
use super::super::type1;
use super::{Declared, Held};
use crate::contract::{Contract, Kind, Role};
use crate::models::Catalogue;
use crate::report::governance::{FlowRow, PublishedRow, ReleaseRow};

/// Which models read which tables.
pub(super) struct Lineage<'a> {
    readers: BTreeMap<&'a str, Vec<&'a str>>,
    titles: BTreeMap<&'a str, String>,
}

impl<'a> Lineage<'a> {
    pub(super) fn of(catalogue: &'a Catalogue) -> Self {
        let mut readers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut titles = BTreeMap::new();
        for model in catalogue.models() {
            for input in &model.inputs {
                readers.entry(input).or_default().push(&model.name);
            }
            if let Some(release) = &model.header.release {
                let title = release.get("title").and_then(toml::Value::as_str);
                let title = title.unwrap_or(&model.name).to_owned();
                titles.insert(model.name.as_str(), title);
            }
        }
        Self { readers, titles }
    }

    /// The models that read a table at first hand.
    fn readers(&self, table: &str) -> Vec<&'a str> {
        self.readers.get(table).cloned().unwrap_or_default()
    }

    /// Every model that is made of a table, at any remove.
    fn downstream(&self, table: &str) -> BTreeSet<&'a str> {
        let mut found = BTreeSet::new();
        let mut open = self.readers(table);
        while let Some(model) = open.pop() {
            if found.insert(model) {
                open.extend(self.readers(model));
            }
        }
        found
    }
}

/// The feeds about persons, in order.
pub(super) fn flows(declared: Declared<'_>, held: &Held, lineage: &Lineage<'_>) -> Vec<FlowRow> {
    let feeds = person_feeds(declared.pipeline, declared.contracts);
    feeds.into_iter().map(|feed| flow(declared, held, lineage, feed)).collect()
}

fn flow(declared: Declared<'_>, held: &Held, lineage: &Lineage<'_>, feed: &str) -> FlowRow {
    let pipeline = declared.pipeline;
    let layouts = layouts(declared, feed);
    let table = format!("record.{feed}");
    let models = lineage.downstream(&table);
    let releases = models.iter().filter_map(|model| lineage.titles.get(model));
    let area = &pipeline.area_label;
    let of_feed = held.deliveries.iter().filter(|delivery| delivery.feed == feed);
    let day = pipeline.day_of_run();
    let live: Vec<(&String, &Agreement)> = pipeline
        .agreement
        .iter()
        .filter(|(_, agreement)| agreement.covers(feed) && agreement.on(day) == Standing::Live)
        .collect();
    let union = |texts: &dyn Fn(&Agreement) -> Vec<String>| -> Vec<String> {
        let all: BTreeSet<String> = live.iter().flat_map(|(_, one)| texts(one)).collect();
        all.into_iter().collect()
    };
    let mut columns: BTreeSet<String> = BTreeSet::new();
    for layout in &layouts {
        let schema = layout.record_schema();
        columns.extend(schema.fields().iter().map(|field| field.name().clone()));
    }
    FlowRow {
        feed: feed.to_owned(),
        title: layouts.first().map(|layout| layout.title.clone()).unwrap_or_default(),
        sector: layouts.first().map(|layout| in_words(&layout.sector)).unwrap_or_default(),
        senders: senders(declared, held, feed),
        controllers: union(&|one| one.controllers.clone()),
        agreements: live.iter().map(|(id, _)| (*id).clone()).collect(),
        identifiers: identifiers(&layouts),
        columns: columns.into_iter().collect(),
        readers: lineage.readers(&table).into_iter().map(str::to_owned).collect(),
        releases: releases.map(|title| title.replace("{area}", area)).collect(),
        models: models.into_iter().map(str::to_owned).collect(),
        purposes: union(&Agreement::purpose_names),
        recipients: union(&|one| one.recipients.clone()),
        opt_out: opt_out(declared, feed),
        retention: union(&|one| vec![one.retention_in_words()]),
        n_files: of_feed.clone().count() as u64,
        n_read: of_feed.clone().map(|delivery| delivery.read).sum(),
        n_accepted: of_feed.map(|delivery| delivery.accepted).sum(),
    }
}

/// The feeds of published figures, in order.
pub(super) fn published(declared: Declared<'_>, lineage: &Lineage<'_>) -> Vec<PublishedRow> {
    let persons = person_feeds(declared.pipeline, declared.contracts);
    let rules = declared.pipeline.delivery.iter();
    let feeds: BTreeSet<&str> = rules.map(|rule| rule.feed.as_str()).collect();
    let feeds = feeds.into_iter().filter(|feed| !persons.contains(feed));
    let row = |feed: &str| {
        let layouts = layouts(declared, feed);
        let first = layouts.first()?;
        let models = lineage.downstream(&format!("area.{feed}"));
        Some(PublishedRow {
            feed: feed.to_owned(),
            title: first.title.clone(),
            source: first.source.clone(),
            licence: first.licence.clone(),
            models: models.into_iter().map(str::to_owned).collect(),
        })
    };
    feeds.filter_map(row).collect()
}

/// What leaves the hub, by title, with the feeds that it is made of.
pub(super) fn releases(flows: &[FlowRow]) -> Vec<ReleaseRow> {
    let titles: BTreeSet<&String> = flows.iter().flat_map(|flow| &flow.releases).collect();
    let feeds = |title: &String| {
        let made_of = flows.iter().filter(|flow| flow.releases.contains(title));
        made_of.map(|flow| flow.feed.clone()).collect()
    };
    titles
        .into_iter()
        .map(|title| ReleaseRow { title: title.clone(), feeds: feeds(title) })
        .collect()
}

/// The contracts by which a feed is taken in.
fn layouts<'a>(declared: Declared<'a>, feed: &str) -> Vec<&'a Contract> {
    let rules = declared.pipeline.delivery.iter().filter(|rule| rule.feed == feed);
    let names: BTreeSet<&str> = rules.map(DeliveryRule::contract_name).collect();
    names.into_iter().filter_map(|name| Some(&declared.contracts.get(name)?.0)).collect()
}

/// Who sends a feed, by their codes: as declared, and as files have said.
fn senders(declared: Declared<'_>, held: &Held, feed: &str) -> Vec<String> {
    let mut senders: BTreeSet<String> = BTreeSet::new();
    for rule in declared.pipeline.delivery.iter().filter(|rule| rule.feed == feed) {
        senders.extend(rule.provider.clone());
        senders.extend(rule.expected.iter().flat_map(|expected| expected.providers.clone()));
    }
    let of_feed = held.deliveries.iter().filter(|delivery| delivery.feed == feed);
    let codes = of_feed.map(|delivery| delivery.provider_code.clone());
    senders.extend(codes.filter(|code| !code.is_empty()));
    senders.into_iter().collect()
}

/// Roles that tell who a person is.
const IDENTIFYING: [Role; 13] = [
    Role::NhsNumber,
    Role::FamilyName,
    Role::GivenName,
    Role::BirthDate,
    Role::Sex,
    Role::Postcode,
    Role::House,
    Role::AddressLine,
    Role::Locality,
    Role::Region,
    Role::Telephone,
    Role::LocalId,
    Role::Pseudonym,
];

fn identifiers(layouts: &[&Contract]) -> Vec<String> {
    let of_role = |role: Role| {
        layouts.iter().filter_map(move |layout| Some(&layout.columns[layout.column_of(role)?].kind))
    };
    let name = |role: &Role| match role {
        Role::BirthDate if of_role(*role).all(|kind| matches!(kind, Kind::Month(_))) => {
            "birth month".to_owned()
        }
        _ => in_words(role.as_str()),
    };
    IDENTIFYING.iter().filter(|role| of_role(**role).next().is_some()).map(name).collect()
}

/// By which opt-outs rows of a feed are left out.
fn opt_out(declared: Declared<'_>, feed: &str) -> String {
    let Some(purpose) = declared.pipeline.purposes.get(&declared.pipeline.purpose) else {
        return String::new();
    };
    let from_practices = type1::feeds(declared.pipeline, declared.contracts);
    let type1 = purpose.type1_opt_out.applies() && from_practices.contains(feed);
    match (purpose.national_opt_out.applies(), type1) {
        (true, true) => "national data opt-out and type-1 opt-out".to_owned(),
        (true, false) => "national data opt-out".to_owned(),
        (false, true) => "type-1 opt-out".to_owned(),
        (false, false) => "none: exempt".to_owned(),
    }
}

fn in_words(name: &str) -> String {
    name.replace('_', " ").replace("nhs number", "NHS number")
}
