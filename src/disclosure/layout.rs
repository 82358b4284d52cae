//! What each column of a table is, by its declaration, and where the status columns go.

use std::collections::BTreeMap;

use super::released::Role;
use super::spec::{GroupSpec, ReleaseSpec};
use super::table::Table;
use super::{DisclosureError, Status};

/// Where a released column's values come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Dimension,
    Attribute,
    Public,
    Count(usize),
    Denominator(usize),
    Label(usize),
    Measure(usize, Part),
    /// Needed to decide, not shown.
    Dropped,
}

/// One rate, amount or estimate of a group, by its place in the declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Rate(usize),
    Amount(usize),
    Estimate(usize),
}

/// Columns that share a status column.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) group: usize,
    /// `None` for the counts and labels of the group.
    pub(super) part: Option<Part>,
    pub(super) status_column: String,
    /// The column that the status column follows.
    pub(super) status_after: String,
}

/// The columns of a table with their meanings.
pub(super) struct Layout {
    pub(super) groups: Vec<GroupSpec>,
    pub(super) columns: Vec<(String, Source)>,
    pub(super) blocks: Vec<Block>,
}

impl Source {
    /// The role that readers see.
    pub(super) fn role(self) -> Role {
        match self {
            Self::Dimension => Role::Dimension,
            Self::Attribute => Role::Attribute,
            Self::Public => Role::Public,
            Self::Count(_) | Self::Denominator(_) | Self::Dropped => Role::Count,
            Self::Label(_) => Role::Label,
            Self::Measure(_, Part::Rate(_)) => Role::Rate,
            Self::Measure(_, Part::Amount(_)) => Role::Amount,
            Self::Measure(_, Part::Estimate(_)) => Role::Estimate,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Dimension => "dimension",
            Self::Attribute => "attribute",
            Self::Public => "public",
            Self::Count(_) => "count",
            Self::Denominator(_) => "denominator",
            Self::Label(_) => "label",
            Self::Measure(_, Part::Rate(_)) => "rate",
            Self::Measure(_, Part::Amount(_)) => "amount",
            Self::Measure(_, Part::Estimate(_)) => "estimate",
            Self::Dropped => "persons",
        }
    }

    fn block(self) -> Option<(usize, Option<Part>)> {
        match self {
            Self::Count(g) | Self::Denominator(g) | Self::Label(g) => Some((g, None)),
            Self::Measure(g, part) => Some((g, Some(part))),
            _ => None,
        }
    }
}

impl Layout {
    pub(super) fn new(table: &Table, spec: &ReleaseSpec) -> Result<Self, DisclosureError> {
        let groups = spec.measure_groups();
        let declared = declared(table, spec, &groups)?;
        for column in declared.keys() {
            table.column(column)?;
        }
        let mut columns = Vec::new();
        for column in table.column_names() {
            let Some(source) = declared.get(&column) else {
                let table = table.name.clone();
                return Err(DisclosureError::UndeclaredColumn { table, column });
            };
            columns.push((column, *source));
        }
        check_totals(table, spec)?;
        check_numerators(table, &groups)?;
        let blocks = blocks(&groups, &columns);
        for block in &blocks {
            if declared.contains_key(&block.status_column) {
                let reason = format!("column `{}` is made by the release", block.status_column);
                return Err(DisclosureError::InvalidSpec { table: table.name.clone(), reason });
            }
        }
        Ok(Self { groups, columns, blocks })
    }

    /// The block that a column belongs to, if it is a measure.
    pub(super) fn block_of(&self, column: &str) -> Option<&Block> {
        let (_, source) = self.columns.iter().find(|(name, _)| name == column)?;
        let (group, part) = source.block()?;
        self.blocks.iter().find(|block| block.group == group && block.part == part)
    }
}

/// Every declared column with its meaning.
fn declared(
    table: &Table,
    spec: &ReleaseSpec,
    groups: &[GroupSpec],
) -> Result<BTreeMap<String, Source>, DisclosureError> {
    let mut shown: BTreeMap<String, Source> = BTreeMap::new();
    let mut declare = |columns: &[String], source: Source| {
        for column in columns {
            if let Some(first) = shown.insert(column.clone(), source) {
                return Err(DisclosureError::DeclaredTwice {
                    table: table.name.clone(),
                    column: column.clone(),
                    first: first.name(),
                    second: source.name(),
                });
            }
        }
        Ok(())
    };
    declare(&spec.dimensions, Source::Dimension)?;
    declare(&spec.attributes, Source::Attribute)?;
    declare(&spec.public, Source::Public)?;
    for (g, group) in groups.iter().enumerate() {
        declare(&group.counts, Source::Count(g))?;
        declare(&group.labels, Source::Label(g))?;
        for (i, rate) in group.rates.iter().enumerate() {
            declare(&rate.columns, Source::Measure(g, Part::Rate(i)))?;
        }
        for (i, amount) in group.amounts.iter().enumerate() {
            declare(&amount.columns, Source::Measure(g, Part::Amount(i)))?;
        }
        for (i, estimate) in group.estimates.iter().enumerate() {
            declare(&estimate.columns, Source::Measure(g, Part::Estimate(i)))?;
        }
    }
    // What only decides is shown if it is declared as something shown, and else left out; a
    // denominator is shown rounded.
    for (g, group) in groups.iter().enumerate() {
        for rate in &group.rates {
            shown.entry(rate.denominator.clone()).or_insert(Source::Denominator(g));
        }
    }
    for group in groups {
        let amounts = group.amounts.iter().filter_map(|a| a.persons.as_ref());
        let estimates = group.estimates.iter().filter_map(|e| e.persons.as_ref());
        let deciding = std::iter::once(&group.persons).chain(&group.out_of);
        for column in deciding.chain(amounts).chain(estimates) {
            shown.entry(column.clone()).or_insert(Source::Dropped);
        }
    }
    Ok(shown)
}

fn check_totals(table: &Table, spec: &ReleaseSpec) -> Result<(), DisclosureError> {
    match spec.totals.iter().find(|total| !spec.dimensions.contains(&total.dimension)) {
        None => Ok(()),
        Some(total) => Err(DisclosureError::InvalidSpec {
            table: table.name.clone(),
            reason: format!("total over `{}`, which is no dimension", total.dimension),
        }),
    }
}

fn check_numerators(table: &Table, groups: &[GroupSpec]) -> Result<(), DisclosureError> {
    let invalid = |reason| DisclosureError::InvalidSpec { table: table.name.clone(), reason };
    for group in groups {
        for rate in &group.rates {
            if !(rate.per.is_finite() && rate.per > 0.0) || rate.columns.is_empty() {
                return Err(invalid("a rate needs a column and a positive `per`".to_owned()));
            }
        }
        let of_rates = group.rates.iter().filter_map(|rate| rate.numerator.as_ref());
        let of_amounts = group.amounts.iter().filter_map(|amount| amount.numerator.as_ref());
        if let Some(other) = of_rates.chain(of_amounts).find(|n| !group.counts.contains(n)) {
            return Err(invalid(format!("numerator `{other}` is not among the counts")));
        }
    }
    Ok(())
}

/// The blocks in the order of their status columns.
fn blocks(groups: &[GroupSpec], columns: &[(String, Source)]) -> Vec<Block> {
    let mut last: BTreeMap<(usize, Option<Part>), (bool, &String)> = BTreeMap::new();
    for (column, source) in columns {
        let Some(key) = source.block() else { continue };
        // The counts' status stands beside the counts, wherever the labels are.
        let is_label = matches!(source, Source::Label(_));
        if !is_label || last.get(&key).is_none_or(|(was_label, _)| *was_label) {
            last.insert(key, (is_label, column));
        }
    }
    let block = |((group, part), (_, column)): ((usize, Option<Part>), (bool, &String))| Block {
        group,
        part,
        status_column: status_column(&groups[group], part),
        status_after: column.clone(),
    };
    last.into_iter().map(block).collect()
}

fn status_column(group: &GroupSpec, part: Option<Part>) -> String {
    let first = match part {
        None => return group.status_column(),
        Some(Part::Rate(i)) => group.rates[i].columns.first(),
        Some(Part::Amount(i)) => group.amounts[i].columns.first(),
        Some(Part::Estimate(i)) => group.estimates[i].columns.first(),
    };
    format!("{}_status", first.map_or("", String::as_str))
}

/// What a part's status is, seen from the status of its row: hidden with it, or not yet known.
pub(super) fn inherited(row: Option<Status>, part: Part, group: &GroupSpec) -> Option<Status> {
    match part {
        Part::Estimate(i) if group.estimates[i].persons.is_some() => None,
        // A month to come has no counts, but a forecast.
        Part::Estimate(_) => row.filter(|status| *status != Status::NotAvailable),
        Part::Rate(_) | Part::Amount(_) => row,
    }
}
