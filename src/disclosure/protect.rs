//! The values that are shown: rounded where they may be seen, null where not.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, Float64Array, Int64Array};
use arrow::compute::nullif;

use super::layout::{Block, Layout, Part, Source, inherited};
use super::primary::Judged;
use super::release::letters;
use super::released::Status;
use super::rounding::{Step, Towards};
use super::spec::{AmountSpec, EstimateSpec, RateSpec, ReleaseSpec};
use super::table::Table;
use super::{DisclosureError, Rounding, RulePack};

/// What happened to one cell: its value, if it is shown, and its status.
type Cell = (Option<f64>, Option<Status>);

/// Makes the columns of a release, one at a time.
pub(super) struct Protector<'a> {
    table: &'a Table,
    spec: &'a ReleaseSpec,
    layout: &'a Layout,
    judged: &'a [Judged],
    pack: &'a RulePack,
    /// Statuses of the parts whose columns have been made.
    parts: BTreeMap<(usize, Part), Vec<Option<Status>>>,
}

impl<'a> Protector<'a> {
    pub(super) fn new(
        table: &'a Table,
        spec: &'a ReleaseSpec,
        layout: &'a Layout,
        judged: &'a [Judged],
        pack: &'a RulePack,
    ) -> Self {
        Self { table, spec, layout, judged, pack, parts: BTreeMap::new() }
    }

    /// A column's protected values.
    pub(super) fn column(
        &mut self,
        column: &str,
        source: Source,
    ) -> Result<ArrayRef, DisclosureError> {
        match source {
            Source::Dimension | Source::Attribute | Source::Public | Source::Dropped => {
                self.table.plain(column)
            }
            Source::Count(group) => {
                Ok(self.rounded(group, self.table.counts(column)?.iter().collect()))
            }
            Source::Denominator(group) => {
                let whole = |v: Option<f64>| v.map(|v| v.round() as i64);
                Ok(self.rounded(group, self.table.numbers(column)?.iter().map(whole).collect()))
            }
            Source::Label(group) => self.label(column, group),
            Source::Measure(group, part) => self.measure(column, group, part),
        }
    }

    /// The statuses of a block whose columns have been made.
    pub(super) fn status(&self, block: &Block) -> Result<ArrayRef, DisclosureError> {
        Ok(match block.part {
            None => {
                let shown = (self.pack.rounding != Rounding::None).then_some(Status::Rounded);
                let row = self.judged[block.group].status.iter();
                letters(&row.map(|s| s.or(shown)).collect::<Vec<_>>())
            }
            Some(part) => letters(&self.parts[&(block.group, part)]),
        })
    }

    fn rounded(&self, group: usize, counts: Vec<Option<i64>>) -> ArrayRef {
        let rows = counts.into_iter().zip(&self.judged[group].status);
        let shown = rows
            .map(|(n, status)| n.filter(|_| status.is_none()).map(|n| self.pack.rounding.round(n)));
        Arc::new(shown.collect::<Int64Array>())
    }

    fn label(&self, column: &str, group: usize) -> Result<ArrayRef, DisclosureError> {
        let hidden = self.judged[group].status.iter().map(|s| Some(s.is_some()));
        let array = self.table.plain(column)?;
        nullif(&array, &hidden.collect::<BooleanArray>())
            .map_err(|source| DisclosureError::Table { table: self.table.name.clone(), source })
    }

    fn measure(
        &mut self,
        column: &str,
        group: usize,
        part: Part,
    ) -> Result<ArrayRef, DisclosureError> {
        let values = self.table.numbers(column)?;
        let spec = &self.layout.groups[group];
        let cells = match part {
            Part::Rate(i) => self.rates(column, &values, &spec.rates[i])?,
            Part::Amount(i) => self.amounts(&values, group, &spec.amounts[i])?,
            Part::Estimate(i) => self.estimates(&values, &spec.estimates[i])?,
        };
        let row_status = &self.judged[group].status;
        let cells: Vec<Cell> = cells
            .into_iter()
            .zip(row_status)
            .map(|(cell, row)| match inherited(*row, part, spec) {
                None => cell,
                status => (None, status),
            })
            .collect();
        let statuses = cells.iter().map(|(_, status)| *status).collect();
        // The first column speaks for the part; a limit may be missing where the value is not.
        self.parts.entry((group, part)).or_insert(statuses);
        let is_whole = matches!(part, Part::Amount(_)) && self.table.is_integer(column)?;
        let shown = cells.into_iter().map(|(value, _)| value);
        Ok(if is_whole {
            Arc::new(shown.map(|v| v.map(|v| v as i64)).collect::<Int64Array>())
        } else {
            Arc::new(shown.collect::<Float64Array>())
        })
    }

    /// A rate's column: the rate from the rounded numerator where there is one, all to a step.
    fn rates(
        &self,
        column: &str,
        values: &Float64Array,
        rate: &RateSpec,
    ) -> Result<Vec<Cell>, DisclosureError> {
        let exact = self.table.numbers(&rate.denominator)?;
        let is_public = self.spec.public.contains(&rate.denominator);
        let numerator = rate.numerator.as_deref().map(|c| self.table.counts(c)).transpose()?;
        let is_rate = rate.columns.first().is_some_and(|first| first == column);
        let cell = |row: usize| {
            let denominator = number(&exact, row);
            let shown = denominator.map(|d| {
                if is_public { d } else { self.pack.rounding.round(d.round() as i64) as f64 }
            });
            let (Some(d), Some(d_shown)) = (denominator, shown.filter(|d| *d > 0.0)) else {
                return (None, Some(Status::NotApplicable));
            };
            let Some(value) = number(values, row) else {
                return (None, Some(Status::NotAvailable));
            };
            let Some(step) = Step::at_least(self.numerators() * rate.per / d_shown) else {
                return (Some(value), None);
            };
            let n = numerator.as_ref().filter(|n| !n.is_null(row)).map(|n| n.value(row));
            let shown = match n {
                Some(n) if is_rate => {
                    // Made of two figures that are shown, so it says no more than they do.
                    let value = rate.per * self.pack.rounding.round(n) as f64 / d_shown;
                    let fine = Step::at_least(step.size() / 10.0).unwrap_or(step);
                    fine.apply(value, Towards::Nearest)
                }
                Some(n) if n > 0 => {
                    let moved = self.pack.rounding.round(n) as f64 / n as f64 * (d / d_shown);
                    step.apply(value * moved, Towards::for_column(column))
                }
                _ => step.apply(value, Towards::for_column(column)),
            };
            (Some(shown), Some(Status::Rounded))
        };
        Ok((0..values.len()).map(cell).collect())
    }

    /// Sums and means, to a step that five average persons' shares fit into.
    fn amounts(
        &self,
        values: &Float64Array,
        group: usize,
        amount: &AmountSpec,
    ) -> Result<Vec<Cell>, DisclosureError> {
        let persons = match &amount.persons {
            Some(column) => self.table.counts(column)?,
            None => self.judged[group].persons.clone(),
        };
        let events = amount.numerator.as_deref().map(|c| self.table.counts(c)).transpose()?;
        let cell = |row: usize| {
            let Some(value) = number(values, row) else {
                return (None, Some(Status::NotAvailable));
            };
            let events = events.as_ref().filter(|n| !n.is_null(row)).map(|n| n.value(row));
            let n_persons = if persons.is_null(row) { 0 } else { persons.value(row) };
            if self.pack.numerators_per_step == 0 {
                (Some(value), None)
            } else if value == 0.0 {
                (Some(0.0), Some(Status::Rounded))
            } else if n_persons == 0 || self.pack.hides(n_persons) {
                (None, Some(Status::Confidential))
            } else {
                let (value, part) = match events.filter(|n| *n > 0) {
                    Some(n) => (value * self.pack.rounding.round(n) as f64 / n as f64, 10.0),
                    None => (value, 1.0),
                };
                let width = self.numerators() * value.abs() / n_persons as f64 / part;
                let step = Step::at_least(width.max(1.0));
                let shown = step.map(|step| step.apply(value, Towards::Nearest));
                (shown, Some(Status::Rounded))
            }
        };
        Ok((0..values.len()).map(cell).collect())
    }

    /// A model's estimates, to their declared step.
    fn estimates(
        &self,
        values: &Float64Array,
        estimate: &EstimateSpec,
    ) -> Result<Vec<Cell>, DisclosureError> {
        let persons = estimate.persons.as_deref().map(|c| self.table.counts(c)).transpose()?;
        let is_exact = self.pack.rounding == Rounding::None;
        let width = estimate.step.unwrap_or(self.pack.rounding.unit() as f64);
        let step = Step::at_least(width).filter(|_| !is_exact);
        let cell = |row: usize| {
            let n_persons = persons.as_ref().filter(|n| !n.is_null(row)).map(|n| n.value(row));
            if n_persons.is_some_and(|n| self.pack.hides(n)) {
                return (None, Some(Status::Confidential));
            }
            match (number(values, row), step) {
                (None, _) => (None, Some(Status::NotAvailable)),
                (Some(value), None) => (Some(value), None),
                (Some(value), Some(step)) => {
                    (Some(step.apply(value, Towards::Nearest)), Some(Status::Rounded))
                }
            }
        };
        Ok((0..values.len()).map(cell).collect())
    }

    fn numerators(&self) -> f64 {
        f64::from(self.pack.numerators_per_step)
    }
}

fn number(values: &Float64Array, row: usize) -> Option<f64> {
    (!values.is_null(row)).then(|| values.value(row))
}
