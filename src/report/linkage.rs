//! The page on linkage: how records and people stand, the model, the nightly trial.
//!
//! It is for the hub's own analysts. Counts of a feed's or a provider's rows stand as they are; those of
//! groups of people come from a protected table.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, context};
use serde::Serialize;

use super::charts::{holdout_marks, status_bars};
use super::html::STYLE;
use super::quality::{HoldoutGroup, category_of, dimension, shown};
use super::{ReportError, words};
use crate::disclosure::{Released, Status};

const TEMPLATE: &str = include_str!("../../reports/templates/linkage.html");

/// How records can stand, and what that is called: in the order of columns and of a bar's parts.
pub const STATUSES: [(&str, &str); 6] = [
    ("match", "linked"),
    ("potential", "potential"),
    ("single", "single"),
    ("many_matches", "many matches"),
    ("conflict", "conflict"),
    ("too_little_data", "too little data"),
];

/// How `quality.linkage_rate` of groups of people is protected.
pub const GROUPS: &str = r#"
title = "Identities by group of people and status"
unit = "persons"
dimensions = ["dimension", "category", "link_status"]
persons = "n_persons"
counts = ["n_identities"]
totals = [{ dimension = "link_status", value = "all" }, { dimension = "category", value = "all" }]
"#;

/// What stands for a count that may not be shown.
const HIDDEN: &str = "hidden";

/// Everything that the page shows.
#[derive(Debug, Clone)]
pub struct LinkageInput {
    /// The pipeline's name.
    pub pipeline: String,
    /// The run's id.
    pub run_id: String,
    /// The analysis date.
    pub as_at: Date,
    /// Records, identities, persons. Identities are rounded as groups of people are, which partition
    /// them.
    pub counts: [u64; 3],
    /// What became of persons since the run before, in words.
    pub changes: String,
    /// What became of decisions, in words; empty without any.
    pub decisions: String,
    /// The feeds.
    pub feeds: Vec<FeedStatus>,
    /// Providers: identities, all and by status.
    pub providers: Vec<ProviderStatus>,
    /// `quality.linkage_rate` of groups of people, protected; `None` if no model made it.
    pub groups: Option<Released>,
    /// What records lack that cannot be linked, and how many.
    pub unlinkable: Vec<(String, u64)>,
    /// The steps.
    pub steps: Vec<StepCounts>,
    /// The model; `None` if nothing was weighed.
    pub model: Option<ModelView>,
    /// The nightly trial.
    pub holdout: Vec<HoldoutGroup>,
}

/// How a feed's records stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedStatus {
    /// The feed.
    pub feed: String,
    /// Its records.
    pub n_records: u64,
    /// By status, as [`STATUSES`] has them.
    pub n_by_status: [u64; 6],
}

/// How a provider's identities stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderStatus {
    /// ODS code; `unknown` if rows do not say.
    pub provider: String,
    /// Its identities.
    pub n_identities: u64,
    /// By status, as [`STATUSES`] has them.
    pub n_by_status: [u64; 6],
}

/// What a step did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepCounts {
    /// The step.
    pub step: String,
    /// Clusters joined.
    pub n_joined: u64,
    /// Clusters left in doubt.
    pub n_ambiguous: u64,
    /// Blocks that were too large.
    pub n_oversize: u64,
}

/// A model's parameters.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelView {
    /// Its version.
    pub version: String,
    /// Whether it was read from a file.
    pub is_frozen: bool,
    /// One pair in so many is one person's.
    pub one_in: f64,
    /// Probabilities from which a pair is linked, and a potential match.
    pub thresholds: [f64; 2],
    /// Bits by which the best must lead.
    pub advantage: f64,
    /// The levels.
    pub levels: Vec<LevelView>,
}

/// A level's parameters.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LevelView {
    /// What is compared.
    pub field: String,
    /// The level.
    pub level: String,
    /// Its share among one person's pairs, strangers' and people's under one roof.
    pub shares: [f64; 3],
    /// What it is worth; `None` where it was never seen.
    pub bits: Option<f64>,
}

#[derive(Serialize)]
struct StatusRow {
    dimension: String,
    name: String,
    n: String,
    shares: Vec<String>,
}

#[derive(Serialize)]
struct LevelRow<'a> {
    field: &'a str,
    level: &'a str,
    shares: Vec<String>,
    bits: String,
}

/// The page.
///
/// # Errors
/// If a chart or the page fails.
pub fn render_linkage(input: &LinkageInput) -> Result<String, ReportError> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_template("linkage.html", TEMPLATE)?;
    // How exactly a group of people is linked is for protected tables alone.
    let is_of_rows = |group: &&HoldoutGroup| ["all", "feed"].contains(&group.dimension.as_str());
    let holdout: Vec<HoldoutGroup> = input.holdout.iter().filter(is_of_rows).cloned().collect();
    let trial = match holdout.is_empty() {
        true => None,
        false => Some(holdout_marks(&holdout)?.svg),
    };
    let feeds = input
        .feeds
        .iter()
        .map(|feed| row("", words::feed(&feed.feed), feed.n_records, &feed.n_by_status));
    let providers = input
        .providers
        .iter()
        .map(|one| row("", shown(&one.provider).to_owned(), one.n_identities, &one.n_by_status));
    let unlinkable: Vec<(&str, String)> = input
        .unlinkable
        .iter()
        .map(|(lack, n)| (lack.as_str(), words::number(*n as f64)))
        .collect();
    let levels: Vec<LevelRow<'_>> =
        input.model.iter().flat_map(|model| model.levels.iter().map(level_row)).collect();
    let oversize: u64 = input.steps.iter().map(|step| step.n_oversize).sum();
    Ok(environment.get_template("linkage.html")?.render(context! {
        style => STYLE,
        pipeline => input.pipeline.as_str(),
        run_id => input.run_id.as_str(),
        as_at => words::day(input.as_at),
        counts => input.counts.map(|n| words::number(n as f64)),
        changes => input.changes.as_str(),
        decisions => input.decisions.as_str(),
        statuses => STATUSES.map(|(_, words)| words),
        chart => status_bars(&input.feeds)?.svg,
        feeds => Serde(&feeds.collect::<Vec<_>>()),
        providers => Serde(&providers.collect::<Vec<_>>()),
        groups => Serde(&input.groups.as_ref().map(group_rows).unwrap_or_default()),
        unlinkable => Serde(&unlinkable),
        steps => Serde(&input.steps),
        n_oversize => words::number(oversize as f64),
        model => Serde(&input.model),
        one_in => input.model.as_ref().map(|model| words::number(model.one_in.round())),
        levels => Serde(&levels),
        trial => trial,
    })?)
}

fn row(dimension: &str, name: String, n: u64, by_status: &[u64; 6]) -> StatusRow {
    let whole = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let percent = |part: &u64| words::percent(whole(*part), whole(n));
    let shares = by_status.iter().map(percent).collect();
    StatusRow { dimension: dimension.to_owned(), name, n: words::number(n as f64), shares }
}

/// A line for each group of people; shares are those of the rounded counts.
fn group_rows(released: &Released) -> Vec<StatusRow> {
    let text = |row, column| released.text(row, column).unwrap_or_default();
    let mut rows: BTreeMap<(String, String, String), usize> = BTreeMap::new();
    for row in 0..released.n_rows() {
        rows.insert((text(row, "dimension"), text(row, "category"), text(row, "link_status")), row);
    }
    let count = |row: usize| {
        let is_hidden = released.status(row, "n_identities").is_some_and(Status::is_hidden);
        released.number(row, "n_identities").filter(|_| !is_hidden)
    };
    let groups: BTreeSet<(String, String)> =
        rows.keys().map(|(dimension, category, _)| (dimension.clone(), category.clone())).collect();
    let row_of = |(name, category): (String, String)| {
        let cell = |status: &str| {
            let key = (name.clone(), category.clone(), status.to_owned());
            rows.get(&key).map_or(Some(0.0), |row| count(*row))
        };
        let all = cell("all");
        let share = |(status, _): &(&str, &str)| match (cell(status), all) {
            (Some(n), Some(all)) => words::percent(n as i64, all as i64),
            _ => HIDDEN.to_owned(),
        };
        StatusRow {
            dimension: dimension(&name).to_owned(),
            name: category_of(&name, &category),
            n: all.map_or_else(|| HIDDEN.to_owned(), words::number),
            shares: STATUSES.iter().map(share).collect(),
        }
    };
    // All of them stand there so that no category can be worked out from them.
    groups.into_iter().filter(|(_, category)| category != "all").map(row_of).collect()
}

fn level_row(level: &LevelView) -> LevelRow<'_> {
    LevelRow {
        field: &level.field,
        level: &level.level,
        shares: level.shares.iter().map(|share| format!("{share:.6}")).collect(),
        bits: level.bits.map_or_else(|| "\u{2013}".to_owned(), |bits| format!("{bits:+.2}")),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
    use jiff::civil::date;

    use super::*;
    use crate::disclosure::{RulePack, release};

    fn groups() -> Released {
        let cells = [
            ("female", "all", 400),
            ("female", "match", 395),
            ("female", "conflict", 5),
            ("male", "all", 212),
            ("male", "match", 150),
            ("male", "single", 62),
        ];
        let texts = |of: fn(&(&'static str, &'static str, i64)) -> &'static str| -> ArrayRef {
            Arc::new(StringArray::from_iter_values(cells.iter().map(of)))
        };
        let n: ArrayRef = Arc::new(Int64Array::from_iter_values(cells.iter().map(|cell| cell.2)));
        let columns = [
            ("dimension", texts(|_| "sex")),
            ("category", texts(|cell| cell.0)),
            ("link_status", texts(|cell| cell.1)),
            ("n_identities", n.clone()),
            ("n_persons", n),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let spec = toml::from_str(GROUPS).unwrap();
        release("quality.linkage_rate", &[batch], &spec, &RulePack::hes()).unwrap()
    }

    fn input() -> LinkageInput {
        let levels = vec![LevelView {
            field: "sex".to_owned(),
            level: "differs".to_owned(),
            shares: [0.05, 0.5, 0.5],
            bits: Some(-3.25),
        }];
        LinkageInput {
            pipeline: "t".to_owned(),
            run_id: "r1".to_owned(),
            as_at: date(2026, 4, 1),
            counts: [1_234, 612, 560],
            changes: "3 new".to_owned(),
            decisions: String::new(),
            feeds: vec![FeedStatus {
                feed: "apc".to_owned(),
                n_records: 1_000,
                n_by_status: [900, 10, 60, 5, 5, 20],
            }],
            providers: vec![ProviderStatus {
                provider: "RR8".to_owned(),
                n_identities: 8,
                n_by_status: [7, 0, 1, 0, 0, 0],
            }],
            groups: Some(groups()),
            unlinkable: vec![("birth date, postcode".to_owned(), 20)],
            steps: vec![StepCounts {
                step: "6".to_owned(),
                n_joined: 7,
                n_ambiguous: 2,
                n_oversize: 3,
            }],
            model: Some(ModelView {
                version: "0123456789abcdef".to_owned(),
                is_frozen: true,
                one_in: 20_000.0,
                thresholds: [0.9, 0.5],
                advantage: 4.0,
                levels,
            }),
            holdout: Vec::new(),
        }
    }

    /// The cells of a row of a table, without tags.
    fn cells(page: &str, name: &str) -> Vec<String> {
        let row = page.lines().find(|line| line.contains(&format!(">{name}</th>")));
        let row = row.unwrap_or_else(|| panic!("no row `{name}`"));
        let cell = |rest: &str| rest.split_once('>').map(|(_, text)| text.to_owned());
        let texts = row.split("</t").filter_map(|part| cell(part.rsplit_once("<t")?.1));
        texts.collect()
    }

    #[test]
    fn groups_of_people_are_protected_and_rows_of_files_are_as_they_are() {
        let page = render_linkage(&input()).unwrap();
        // 8 identities of a provider: rows of files.
        assert_eq!(cells(&page, "RR8")[..3], ["RR8", "8", "87.5"]);
        // 5 women in conflict are hidden, and what would give them away; 62 of 212 men are 60 of 210.
        let women = cells(&page, "Female");
        assert_eq!((women[1].as_str(), women[3].as_str()), ("Female", HIDDEN), "{women:?}");
        assert_eq!(women[7], HIDDEN, "{women:?}");
        let men = cells(&page, "Male");
        assert_eq!(men[2..6], ["210", "71.4", "0.0", "28.6"], "{men:?}");
        for exact in ["395", "212", "62"] {
            assert!(!page.contains(&format!(">{exact}<")), "{exact}");
        }
        assert!(page.contains("birth date, postcode") && page.contains("0123456789abcdef"));
        assert!(page.contains("-3.25") && page.contains("linkage-status-title"));
        for forbidden in ["<script", "http://www.w3.org/1999", "onload"] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
    }

    #[test]
    fn the_trial_is_drawn_of_rows_of_files_and_of_no_group_of_people() {
        let group = |dimension: &str, category: &str| HoldoutGroup {
            dimension: dimension.to_owned(),
            category: category.to_owned(),
            n_identities: 100,
            recall: Some([0.9, 0.85, 0.95]),
            ..HoldoutGroup::default()
        };
        let people = [("sex", "female"), ("age_band", "80+"), ("imd_quintile_city", "1")];
        let all = [("all", "all"), ("feed", "apc")];
        let groups = |of: &[(&str, &str)]| of.iter().map(|(d, c)| group(d, c)).collect();
        let page = |holdout| render_linkage(&LinkageInput { holdout, ..input() }).unwrap();
        assert_eq!(page(groups(&[all, [people[0], people[1]]].concat())), page(groups(&all)));
        assert!(page(groups(&all)).contains("id=\"trial\""));
        assert!(!page(groups(&people)).contains("id=\"trial\""));
    }

    #[test]
    fn a_night_without_model_trial_and_groups_has_a_page() {
        let bare = LinkageInput { model: None, groups: None, providers: Vec::new(), ..input() };
        let page = render_linkage(&bare).unwrap();
        assert!(page.contains("Nothing was weighed") && !page.contains("id=\"people\""));
    }
}
