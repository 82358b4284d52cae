//! What [`super::sums`] keeps of each group: exact sums, the parameters it has seen, the first fault.

use std::mem::size_of;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Builder, Int64Array, ListBuilder,
};
use arrow::datatypes::{Float64Type, Int64Type};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{Accumulator, EmitTo, GroupsAccumulator};

use super::arguments::Arguments;
use super::page::Page;
use super::sums::{Sums, SumsOf};
use super::value::{Value, array_of};
use crate::methods::ExactSum;

/// What is known of the groups so far.
#[derive(Debug)]
pub(super) struct States {
    page: &'static Page,
    of: SumsOf,
    n_parameters: usize,
    groups: Vec<Group>,
}

#[derive(Debug, Clone)]
struct Group {
    sums: Vec<ExactSum>,
    /// The different values that each parameter has had, at most two; NaN for a null.
    parameters: Vec<Vec<f64>>,
    n_rows: i64,
    fault: Option<usize>,
}

impl Group {
    fn see_parameter(&mut self, at: usize, value: f64) {
        let seen = &mut self.parameters[at];
        let is_seen = seen.iter().any(|other| other.to_bits() == value.to_bits());
        if !is_seen && seen.len() < 2 {
            seen.push(value);
        }
    }

    fn see_fault(&mut self, fault: usize) {
        self.fault = Some(self.fault.map_or(fault, |other| other.min(fault)));
    }

    fn finish(&self, of: &SumsOf) -> Value {
        let parameter = |seen: &Vec<f64>| match seen.as_slice() {
            [value] if !value.is_nan() => Some(*value),
            _ => None,
        };
        (of.finish)(&Sums {
            n_rows: self.n_rows,
            totals: self.sums.iter().map(ExactSum::value).collect(),
            fault: self.fault,
            parameters: self.parameters.iter().map(parameter).collect(),
            parameters_from: of.parameters_from,
        })
    }
}

impl States {
    pub(super) fn new(page: &'static Page, of: SumsOf, n_parameters: usize) -> Self {
        Self { page, of, n_parameters, groups: Vec::new() }
    }

    fn grow(&mut self, n_groups: usize) {
        let none = Group {
            sums: vec![ExactSum::new(); self.of.n_sums],
            parameters: vec![Vec::new(); self.n_parameters],
            n_rows: 0,
            fault: None,
        };
        self.groups.resize(n_groups.max(self.groups.len()), none);
    }

    /// Adds row after row to the group that `group_of` gives it, if any.
    fn add_rows(&mut self, columns: &[ArrayRef], group_of: impl Fn(usize) -> Option<usize>) {
        let n_rows = columns.first().map_or(0, |column| column.len());
        let given = Arguments::new(columns, n_rows);
        let mut terms = vec![0.0; self.of.n_sums];
        for row in given.rows() {
            let Some(group) = group_of(row) else { continue };
            let group = &mut self.groups[group];
            group.n_rows += 1;
            match (self.of.terms)(&given, row, &mut terms) {
                Ok(()) => {
                    for (sum, term) in group.sums.iter_mut().zip(&terms) {
                        sum.add(*term);
                    }
                }
                Err(fault) => group.see_fault(fault),
            }
            for at in 0..self.n_parameters {
                let value = given.number_or_nan(self.of.parameters_from + at, row);
                group.see_parameter(at, value);
            }
        }
    }

    fn merge(&mut self, states: &[ArrayRef], group_of: impl Fn(usize) -> Option<usize>) {
        let n_lists = self.of.n_sums + self.n_parameters;
        let n_rows = states[n_lists].as_primitive::<Int64Type>();
        let faults = states[n_lists + 1].as_primitive::<Int64Type>();
        for row in 0..n_rows.len() {
            let Some(group) = group_of(row) else { continue };
            let group = &mut self.groups[group];
            group.n_rows += n_rows.value(row);
            if faults.is_valid(row) {
                group.see_fault(usize::try_from(faults.value(row)).unwrap_or_default());
            }
            for (at, state) in states[..n_lists].iter().enumerate() {
                let values = state.as_list::<i32>().value(row);
                for value in values.as_primitive::<Float64Type>().values() {
                    match at.checked_sub(self.of.n_sums) {
                        None => group.sums[at].add(*value),
                        Some(at) => group.see_parameter(at, *value),
                    }
                }
            }
        }
    }

    fn results(&self, groups: &[Group]) -> ArrayRef {
        let values = groups.iter().map(|group| group.finish(&self.of)).collect();
        array_of(self.page.result, values)
    }

    fn columns(&self, groups: &[Group]) -> Vec<ArrayRef> {
        let sums = (0..self.of.n_sums).map(|at| lists(groups, |group| group.sums[at].parts()));
        let parameters =
            (0..self.n_parameters).map(|at| lists(groups, move |group| &group.parameters[at]));
        let mut columns: Vec<ArrayRef> = sums.chain(parameters).collect();
        let n_rows: Int64Array = groups.iter().map(|group| Some(group.n_rows)).collect();
        let fault = |group: &Group| group.fault.and_then(|fault| i64::try_from(fault).ok());
        let faults: Int64Array = groups.iter().map(fault).collect();
        columns.push(Arc::new(n_rows));
        columns.push(Arc::new(faults));
        columns
    }

    fn bytes(&self) -> usize {
        let one = size_of::<Group>()
            + self.of.n_sums * (size_of::<ExactSum>() + 4 * size_of::<f64>())
            + self.n_parameters * (size_of::<Vec<f64>>() + 2 * size_of::<f64>());
        size_of::<Self>() + self.groups.capacity() * one
    }
}

fn lists<'a>(groups: &'a [Group], of: impl Fn(&'a Group) -> &'a [f64]) -> ArrayRef {
    let mut lists = ListBuilder::new(Float64Builder::new());
    for group in groups {
        lists.values().append_slice(of(group));
        lists.append(true);
    }
    Arc::new(lists.finish())
}

/// The group of a row, unless a filter leaves the row out.
fn group_of<'a>(
    groups: &'a [usize],
    filter: Option<&'a BooleanArray>,
) -> impl Fn(usize) -> Option<usize> + 'a {
    move |row| {
        let is_in = filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row));
        is_in.then(|| groups[row])
    }
}

impl GroupsAccumulator for States {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        self.grow(total_num_groups);
        self.add_rows(values, group_of(group_indices, opt_filter));
        Ok(())
    }

    fn merge_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        total_num_groups: usize,
    ) -> Result<()> {
        self.grow(total_num_groups);
        self.merge(values, group_of(group_indices, None));
        Ok(())
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        opt_filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let n_rows = values.first().map_or(0, |column| column.len());
        let mut each = Self::new(self.page, self.of, self.n_parameters);
        each.grow(n_rows);
        let own: Vec<usize> = (0..n_rows).collect();
        each.add_rows(values, group_of(&own, opt_filter));
        Ok(each.columns(&each.groups))
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let groups = emit_to.take_needed(&mut self.groups);
        Ok(self.results(&groups))
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let groups = emit_to.take_needed(&mut self.groups);
        Ok(self.columns(&groups))
    }

    fn size(&self) -> usize {
        self.bytes()
    }
}

/// The same of one group, where there is no more than one.
#[derive(Debug)]
pub(super) struct OneGroup(States);

impl OneGroup {
    pub(super) fn of(mut states: States) -> Self {
        states.grow(1);
        Self(states)
    }
}

impl Accumulator for OneGroup {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.0.add_rows(values, |_| Some(0));
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.0.merge(states, |_| Some(0));
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let columns = self.0.columns(&self.0.groups);
        columns.iter().map(|column| ScalarValue::try_from_array(column, 0)).collect()
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        ScalarValue::try_from_array(&self.0.results(&self.0.groups), 0)
    }

    fn size(&self) -> usize {
        self.0.bytes()
    }
}
