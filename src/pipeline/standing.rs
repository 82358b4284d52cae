//! Which records stand: what later files replace, take back or no longer hold does not.
//!
//! Every accepted row stays in the store as it came. A table `record.<feed>` is made of the rows that
//! stand: whole parts where nothing was replaced, and copies without the replaced rows elsewhere. The
//! order of files is that of their periods and generations, never that of their arrival.

mod copies;
mod overtaken;
mod record_rows;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::civil::Date;

use self::copies::without;
use self::overtaken::{Sent, overtaken};
use super::checked::Checked;
use super::declared_files::DeclaredFile;
use super::error::PipelineError;
use super::taken::Taken;
use crate::contract::Role;
use crate::domain::Period;
use crate::store::{Part, Recipe, Store, Zone, sha256_hex};

/// What of one delivery stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    /// The records that stand; `None` if none does.
    pub(super) records: Option<Part>,
    /// The identities of these records.
    pub(super) identities: Option<Part>,
    /// Accepted rows that do not stand.
    pub(super) n_superseded: u64,
}

impl Standing {
    /// All of a delivery.
    pub(super) fn whole(records: &Part, identities: &Part) -> Self {
        Self {
            records: Some(records.clone()),
            identities: Some(identities.clone()),
            n_superseded: 0,
        }
    }
}

/// A delivery among those of its feed, as supersession sees it.
struct Ranked<'a> {
    place: usize,
    taken: &'a Taken,
    event_column: Option<&'a str>,
}

impl Ranked<'_> {
    fn file(&self) -> &DeclaredFile {
        &self.taken.file
    }

    /// The days that accepted rows tell of; `None` without any.
    fn span(&self) -> Option<Period> {
        let (first, last) = self.taken.entry.period.split_once('/')?;
        let month = |text: &str| -> Option<Period> {
            let day: Date = format!("{text}-01").parse().ok()?;
            Period::month(day.year(), day.month())
        };
        Period::new(month(first)?.from(), month(last)?.to())
    }
}

/// Finds out for every delivery which of its records stand.
///
/// # Errors
/// What the store says.
pub(super) fn settle(
    checked: &Checked,
    store: &Store,
    taken: &mut [Taken],
) -> Result<(), PipelineError> {
    let mut feeds: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (i, one) in taken.iter().enumerate() {
        feeds.entry(one.entry.feed.clone()).or_default().push(i);
    }
    for places in feeds.into_values() {
        let mut ranked: Vec<Ranked<'_>> = places
            .into_iter()
            .map(|place| {
                let taken = &taken[place];
                let (contract, _) = checked.contract(&taken.file);
                let event = contract.column_of(Role::EventDate);
                let event_column = event.and_then(|i| contract.columns[i].field.as_deref());
                Ranked { place, taken, event_column }
            })
            .collect();
        ranked.sort_by(|a, b| a.file().order().cmp(&b.file().order()));
        let settled = settle_feed(store, &ranked)?;
        let settled: Vec<_> = ranked.iter().map(|one| one.place).zip(settled).collect();
        for (place, standing) in settled {
            taken[place].entry.superseded = standing.n_superseded;
            taken[place].standing = standing;
        }
    }
    Ok(())
}

/// What stands of each delivery of a feed, given in order.
fn settle_feed(store: &Store, ranked: &[Ranked<'_>]) -> Result<Vec<Standing>, PipelineError> {
    if let [only] = ranked
        && only.taken.deletions.n_rows == 0
    {
        return Ok(vec![Standing::whole(&only.taken.records, &only.taken.identities)]);
    }
    let recipe = recipe(ranked);
    if let Some(settled) = store.recall(&recipe).and_then(|made| remembered(&made, ranked)) {
        return Ok(settled);
    }
    let replaced: Vec<bool> = (0..ranked.len()).map(|i| is_replaced(ranked, i)).collect();
    let sent: Vec<Sent<'_>> = ranked
        .iter()
        .zip(&replaced)
        .map(|(one, is_replaced)| Sent {
            records: (!is_replaced).then_some(&one.taken.records),
            // What a replaced file took back stays taken back only if what replaced it says so too.
            deletions: (!is_replaced).then_some(&one.taken.deletions),
        })
        .collect();
    let overtaken = overtaken(store, &sent)?;
    let mut settled = Vec::with_capacity(ranked.len());
    for (i, (one, rows)) in ranked.iter().zip(overtaken).enumerate() {
        settled.push(match replaced[i] {
            true => {
                Standing { records: None, identities: None, n_superseded: one.taken.entry.accepted }
            }
            false => settle_one(store, ranked, i, &rows)?,
        });
    }
    store.remember(&recipe, &to_recipe(&settled))?;
    Ok(settled)
}

/// What stands of a delivery that is not replaced as a whole.
fn settle_one(
    store: &Store,
    ranked: &[Ranked<'_>],
    i: usize,
    overtaken: &[u32],
) -> Result<Standing, PipelineError> {
    let one = &ranked[i];
    let Taken { records, identities, .. } = one.taken;
    let windows: Vec<Period> = match (one.event_column, one.span()) {
        (Some(_), Some(span)) => later(ranked, i)
            .filter_map(|other| other.file().covers())
            .filter(|window| window.from() < span.to() && span.from() < window.to())
            .collect(),
        _ => Vec::new(),
    };
    if windows.is_empty() && overtaken.is_empty() {
        return Ok(Standing::whole(records, identities));
    }
    Ok(without(store, records, identities, overtaken, one.event_column, &windows)?)
}

/// The later deliveries of the same sender.
fn later<'a, 'b>(
    ranked: &'a [Ranked<'b>],
    i: usize,
) -> impl Iterator<Item = &'a Ranked<'b>> + use<'a, 'b> {
    let sender = &ranked[i].file().sender;
    ranked[i + 1..].iter().filter(move |other| other.file().sender == *sender)
}

/// Whether a later delivery speaks for everything that this one does.
fn is_replaced(ranked: &[Ranked<'_>], i: usize) -> bool {
    let own = ranked[i].file().covers();
    later(ranked, i)
        .filter_map(|other| other.file().covers())
        .any(|window| window == Period::all() || own.is_some_and(|own| window.covers(own)))
}

/// Everything that decides which records of a feed stand.
fn recipe(ranked: &[Ranked<'_>]) -> String {
    let mut parts = vec!["standing 1".to_owned(), env!("CARGO_PKG_VERSION").to_owned()];
    for one in ranked {
        let taken = one.taken;
        let covers = one.file().covers().map(|period| period.to_string());
        parts.extend([
            taken.records.sha256.clone(),
            taken.identities.sha256.clone(),
            taken.deletions.sha256.clone(),
            one.file().sender.clone(),
            covers.unwrap_or_default(),
            one.event_column.unwrap_or_default().to_owned(),
            taken.entry.period.clone(),
        ]);
    }
    sha256_hex(parts.join("\n").as_bytes())
}

fn to_recipe(settled: &[Standing]) -> Recipe {
    let mut outputs = BTreeMap::new();
    for (i, one) in settled.iter().enumerate() {
        let parts = [
            ("records", Zone::Parts, &one.records),
            ("identities", Zone::Identities, &one.identities),
        ];
        for (role, zone, part) in parts {
            if let Some(part) = part {
                outputs.insert(format!("{role} {i}"), (zone, part.clone()));
            }
        }
    }
    let n_superseded: Vec<u64> = settled.iter().map(|one| one.n_superseded).collect();
    Recipe { outputs, summary: serde_json::json!({ "n_superseded": n_superseded }) }
}

fn remembered(made: &Recipe, ranked: &[Ranked<'_>]) -> Option<Vec<Standing>> {
    let counts: Vec<u64> = serde_json::from_value(made.summary["n_superseded"].clone()).ok()?;
    let part =
        |role: &str, i: usize| made.outputs.get(&format!("{role} {i}")).map(|(_, p)| p.clone());
    (counts.len() == ranked.len()).then(|| {
        let standing = |(i, n_superseded)| Standing {
            records: part("records", i),
            identities: part("identities", i),
            n_superseded,
        };
        counts.into_iter().enumerate().map(standing).collect()
    })
}
