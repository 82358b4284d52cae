//! What may no longer be kept: deliveries whose retention has ended leave every run and the store.
//!
//! A delivery is kept as long as the longest of the agreements by which its feed is used on the day
//! of the run allows, and goes as a whole. The manifest says so for ever, so that a file which still
//! lies where it was delivered is not taken in again.
//!
//! A delivery that may have corrected an earlier one is kept as long as that one: what it took back or
//! replaced would stand again without it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::agreements::{Agreement, Standing};
use super::checked::Checked;
use super::declaration::Pipeline;
use super::declared_files::DeclaredFile;
use super::error::PipelineError;
use super::left_out::LeftOut;
use super::retention_period::RetentionStart;
use super::taken::Taken;
use crate::domain::Period;
use crate::store::{DeliveryEntry, Destruction, Manifest, Store};

/// The rules of a night, and what earlier nights destroyed.
pub(super) struct Retention<'a> {
    checked: &'a Checked,
    /// Earlier runs that the store keeps, the visible one last.
    history: Vec<Manifest>,
    /// Destruction records of earlier nights.
    destroyed: Vec<Destruction>,
    /// Files that need not be read to tell that they may go, by name, with the rule that says so.
    over_by_name: BTreeMap<&'a str, Ended<'a>>,
}

/// The days that a delivery's retention may count from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dated {
    /// The first day after what it tells of.
    pub(super) to: Option<Date>,
    /// The day on which it was delivered.
    pub(super) delivered: Option<Date>,
}

/// The rule that ends a delivery's retention, and when.
pub(super) struct Ended<'a> {
    agreement: &'a str,
    rule: String,
    /// The first day on which it may no longer be kept.
    pub(super) on: Date,
}

impl<'a> Retention<'a> {
    /// # Errors
    /// A manifest that cannot be read.
    pub(super) fn new(checked: &'a Checked, store: &Store) -> Result<Self, PipelineError> {
        let history = store.history()?;
        let governance = history.last().and_then(|run| run.governance.clone());
        let destroyed = governance.unwrap_or_default().destroyed;
        let mut retention = Self { checked, history, destroyed, over_by_name: BTreeMap::new() };
        let by_name = |file: &DeclaredFile| {
            let dated = Dated { to: file.period.map(Period::to), delivered: file.delivered_on };
            retention.ended(&file.feed, dated)
        };
        let ended: Vec<Option<Ended<'a>>> = checked.files.iter().map(by_name).collect();
        // Whether a file holds rows is not known before it is read.
        let candidates: Vec<Candidate<'_>> = checked
            .files
            .iter()
            .zip(&ended)
            .map(|(file, ended)| Candidate { file, has_records: true, is_over: ended.is_some() })
            .collect();
        let may_go = may_go(&candidates);
        let names = checked.files.iter().map(|file| file.name.as_str());
        let over = names.zip(ended).zip(may_go).filter(|(_, may_go)| *may_go);
        retention.over_by_name =
            over.filter_map(|((name, ended), _)| Some((name, ended?))).collect();
        Ok(retention)
    }

    /// Why a file is not to be read: it was destroyed, or what its name says may not be kept.
    pub(super) fn leaves_out(&self, file: &DeclaredFile, sha256: &str) -> Option<LeftOut> {
        let is_it = |one: &&Destruction| {
            let period = file.period.map(|period| period.to_string());
            one.feed == file.feed
                && one.sha256 == sha256
                && period.is_none_or(|period| period == one.period)
        };
        if let Some(one) = self.destroyed.iter().find(is_it) {
            return Some(LeftOut::retention_ended(file, &one.rule, &one.ended_on));
        }
        let ended = self.over_by_name.get(file.name.as_str())?;
        Some(LeftOut::retention_ended(file, &ended.rule, &ended.on.to_string()))
    }

    /// Whether files of a period are no longer kept, and so not expected.
    pub(super) fn is_over(&self, feed: &str, period: Period) -> bool {
        self.ended(feed, Dated { to: Some(period.to()), delivered: None }).is_some()
    }

    /// Takes out of the night what may not be kept, and says all that was ever destroyed.
    ///
    /// # Errors
    /// [`PipelineError::Invalid`] if something would be destroyed on a day that has not come: a date
    /// typed wrong must not cost a delivery.
    pub(super) fn destroy(
        &self,
        taken: &mut Vec<Taken>,
        left_out: &mut Vec<LeftOut>,
    ) -> Result<Vec<Destruction>, PipelineError> {
        let mut over: BTreeMap<(String, String), Destruction> = BTreeMap::new();
        let mut note = |entry: &DeliveryEntry, period: String, ended: &Ended<'_>| {
            // Of nothing there is nothing to destroy, and one file of it is like any other.
            if entry.read > 0 {
                let record = self.record(entry, period, ended);
                over.entry((entry.feed.clone(), entry.sha256.clone())).or_insert(record);
            }
        };
        let ended: Vec<Option<Ended<'a>>> = taken.iter().map(|one| self.ended_of(one)).collect();
        let candidates: Vec<Candidate<'_>> = taken
            .iter()
            .zip(&ended)
            .map(|(one, ended)| Candidate {
                file: &one.file,
                has_records: one.entry.accepted > 0,
                is_over: ended.is_some(),
            })
            .collect();
        let may_go = may_go(&candidates);
        let mut kept = Vec::with_capacity(taken.len());
        for ((one, ended), may_go) in std::mem::take(taken).into_iter().zip(ended).zip(may_go) {
            let Some(ended) = ended.filter(|_| may_go) else {
                kept.push(one);
                continue;
            };
            let period = one.file.period.map_or(one.entry.period.clone(), |p| p.to_string());
            note(&one.entry, period, &ended);
            let (rule, on) = (&ended.rule, ended.on.to_string());
            left_out.push(LeftOut::retention_ended(&one.file, rule, &on));
        }
        *taken = kept;
        let staying: BTreeSet<(&str, &str)> =
            taken.iter().map(|one| (one.entry.feed.as_str(), one.entry.sha256.as_str())).collect();
        let stays = |entry: &&DeliveryEntry| {
            staying.contains(&(entry.feed.as_str(), entry.sha256.as_str()))
        };
        // What older runs hold goes too, whether or not it would be taken in tonight.
        let named: BTreeMap<&str, &DeclaredFile> =
            self.checked.files.iter().map(|file| (file.name.as_str(), file)).collect();
        for run in &self.history {
            for entry in run.deliveries.iter().filter(|entry| !stays(entry)) {
                let file = named.get(entry.file.as_str());
                let by_name = file.and_then(|file| file.period);
                let to = by_name.map(Period::to).or_else(|| end_of_months(&entry.period));
                let delivered = file.and_then(|file| file.delivered_on);
                let delivered = delivered.or_else(|| run.as_at.parse().ok());
                if let Some(ended) = self.ended(&entry.feed, Dated { to, delivered }) {
                    let period = by_name.map_or(entry.period.clone(), |p| p.to_string());
                    note(entry, period, &ended);
                }
            }
        }
        let is_new = |one: &Destruction| {
            let is_it =
                |known: &Destruction| (&known.feed, &known.sha256) == (&one.feed, &one.sha256);
            !self.destroyed.iter().any(is_it)
        };
        let new: Vec<Destruction> = over.into_values().filter(is_new).collect();
        self.may_destroy(&new, jiff::Zoned::now().date())?;
        let mut all = self.destroyed.clone();
        all.extend(new);
        all.sort();
        Ok(all)
    }

    fn may_destroy(&self, new: &[Destruction], today: Date) -> Result<(), PipelineError> {
        let pipeline = &self.checked.pipeline;
        let day = pipeline.day_of_run();
        if new.is_empty() || day <= today {
            return Ok(());
        }
        let what = format!(
            "the day of the run, {day}, has not come: {} deliveries would be destroyed for good, and \
             none was",
            new.len()
        );
        Err(PipelineError::Invalid { path: pipeline.path.clone(), what })
    }

    /// By which rule a delivery may no longer be kept; `None` if it may, or if nothing says.
    fn ended(&self, feed: &str, dated: Dated) -> Option<Ended<'a>> {
        let pipeline = &self.checked.pipeline;
        kept_until(pipeline, feed, dated).filter(|ended| ended.on <= pipeline.day_of_run())
    }

    fn ended_of(&self, one: &Taken) -> Option<Ended<'a>> {
        let delivered = one.file.delivered_on.unwrap_or(one.first_read_as_at);
        self.ended(&one.file.feed, Dated { to: end_of(one), delivered: Some(delivered) })
    }

    fn record(&self, entry: &DeliveryEntry, period: String, ended: &Ended<'_>) -> Destruction {
        Destruction {
            destroyed_on: self.checked.pipeline.day_of_run().to_string(),
            feed: entry.feed.clone(),
            file: entry.file.clone(),
            sha256: entry.sha256.clone(),
            period,
            n_records: entry.accepted,
            agreement: ended.agreement.to_owned(),
            rule: ended.rule.clone(),
            ended_on: ended.on.to_string(),
        }
    }
}

/// A delivery that might go.
struct Candidate<'a> {
    file: &'a DeclaredFile,
    has_records: bool,
    is_over: bool,
}

/// Which of them may: those whose own retention has ended, and before which no delivery of the same
/// sender stays whose records they may have corrected.
fn may_go(candidates: &[Candidate<'_>]) -> Vec<bool> {
    let mut places: Vec<usize> = (0..candidates.len()).collect();
    places.sort_by(|a, b| candidates[*a].file.order().cmp(&candidates[*b].file.order()));
    let mut staying: BTreeSet<String> = BTreeSet::new();
    let mut may_go = vec![false; candidates.len()];
    for place in places {
        let one = &candidates[place];
        let scope = one.file.scope();
        may_go[place] = one.is_over && !staying.contains(&scope);
        if !may_go[place] && one.has_records {
            staying.insert(scope);
        }
    }
    may_go
}

/// Until when a delivery of a feed may be kept, and by which agreement; `None` if nothing says.
pub(super) fn kept_until<'a>(
    pipeline: &'a Pipeline,
    feed: &str,
    dated: Dated,
) -> Option<Ended<'a>> {
    let day = pipeline.day_of_run();
    let of_feed: Vec<(&'a String, &'a Agreement)> =
        pipeline.agreement.iter().filter(|(_, agreement)| agreement.covers(feed)).collect();
    let is_live = |(_, agreement): &&(&'a String, &'a Agreement)| {
        agreement.covers_for(feed, &pipeline.purpose) && agreement.on(day) == Standing::Live
    };
    let live: Vec<_> = of_feed.iter().filter(is_live).copied().collect();
    // A feed that is no longer taken in is kept by what was last agreed.
    let rules = if live.is_empty() { of_feed } else { live };
    let mut longest: Option<Ended<'a>> = None;
    for (id, agreement) in rules {
        let first = match agreement.retention_from {
            RetentionStart::PeriodEnd => dated.to,
            RetentionStart::Delivery => dated.delivered,
        };
        // Where one rule cannot be counted, the delivery may still be kept by it.
        let on = agreement.retention.after(first?);
        if longest.as_ref().is_none_or(|other| other.on < on) {
            longest = Some(Ended { agreement: id, rule: agreement.retention_in_words(), on });
        }
    }
    longest
}

/// The first day after what a delivery tells of: by its name, else by its rows.
fn end_of(one: &Taken) -> Option<Date> {
    one.file.period.map(Period::to).or_else(|| end_of_months(&one.entry.period))
}

/// The first day after months as `2025-04/2026-03`.
pub(super) fn end_of_months(months: &str) -> Option<Date> {
    let (_, last) = months.split_once('/')?;
    let last: Date = format!("{last}-01").parse().ok()?;
    Some(Period::month(last.year(), last.month())?.to())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn months_end_with_the_day_before_the_next() {
        assert_eq!(end_of_months("2025-04/2025-12"), Some(date(2026, 1, 1)));
        assert_eq!(end_of_months("2024-02/2024-02"), Some(date(2024, 3, 1)));
        assert_eq!(end_of_months(""), None);
        assert_eq!(end_of_months("2025-13/2025-13"), None);
    }
}
