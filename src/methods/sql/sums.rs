//! Functions of a group that need no more of its rows than sums.
//!
//! A group's state is exact sums, which merge: threads, partitions and the order of the rows change no
//! bit of the result, and a group may have as many rows as it likes.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::format_state_name;
use datafusion::logical_expr::{
    Accumulator, AggregateUDFImpl, Documentation, GroupsAccumulator, Signature, Volatility,
};

use super::arguments::Arguments;
use super::page::Page;
use super::sums_state::{OneGroup, States};
use super::value::Value;
use crate::methods::Confidence;

/// How a function is made of sums.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SumsOf {
    /// How many sums there are.
    pub(crate) n_sums: usize,
    /// What a row adds to each of them, or why the group has no result: the place of the reason among
    /// the function's own, the first of which is given if several rows have one.
    pub(crate) terms: fn(&Arguments, usize, &mut [f64]) -> std::result::Result<(), usize>,
    /// The arguments from this one on have one value in all rows.
    pub(crate) parameters_from: usize,
    pub(crate) finish: fn(&Sums) -> Value,
}

/// All that is known of a group.
#[derive(Debug)]
pub(crate) struct Sums {
    pub(crate) n_rows: i64,
    /// The sums, each rounded once.
    pub(crate) totals: Vec<f64>,
    /// The first of the faults that its rows have.
    pub(crate) fault: Option<usize>,
    /// The one value that each parameter has in all rows, where it has one.
    pub(super) parameters: Vec<Option<f64>>,
    pub(super) parameters_from: usize,
}

impl Sums {
    /// Whether an optional argument was given.
    pub(crate) fn has(&self, at: usize) -> bool {
        at - self.parameters_from < self.parameters.len()
    }

    /// The one value that a parameter has in all rows; `None` when it is null or differs.
    pub(crate) fn parameter(&self, at: usize) -> Option<f64> {
        self.parameters.get(at - self.parameters_from).copied().flatten()
    }

    /// The confidence that all rows ask for: 95 % without the argument, `None` when it cannot be one
    /// or differs.
    pub(crate) fn confidence(&self, at: usize) -> Option<Confidence> {
        if !self.has(at) {
            return Some(Confidence::P95);
        }
        self.parameter(at).and_then(Confidence::of_percent)
    }
}

/// An aggregate function of sums.
#[derive(Debug)]
pub(crate) struct SumsMethod {
    page: &'static Page,
    of: SumsOf,
    signature: Signature,
    documentation: Documentation,
}

impl SumsMethod {
    pub(crate) fn new(page: &'static Page, of: SumsOf) -> Self {
        let signature = Signature::user_defined(Volatility::Immutable);
        Self { page, of, signature, documentation: page.documentation() }
    }

    fn states(&self, given: &AccumulatorArgs) -> States {
        let n_parameters = given.expr_fields.len() - self.of.parameters_from;
        States::new(self.page, self.of, n_parameters)
    }
}

// Two functions of one name are one function.
impl PartialEq for SumsMethod {
    fn eq(&self, other: &Self) -> bool {
        self.page.name == other.page.name
    }
}

impl Eq for SumsMethod {}

impl Hash for SumsMethod {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.page.name.hash(state);
    }
}

impl AggregateUDFImpl for SumsMethod {
    fn name(&self) -> &str {
        self.page.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        self.page.coerce(given)
    }

    fn return_type(&self, _given: &[DataType]) -> Result<DataType> {
        Ok(self.page.result.data_type())
    }

    fn accumulator(&self, given: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        if given.is_distinct {
            return exec_err!("{}: `distinct` has no meaning here", self.page.name);
        }
        Ok(Box::new(OneGroup::of(self.states(&given))))
    }

    fn groups_accumulator_supported(&self, given: AccumulatorArgs) -> bool {
        !given.is_distinct
    }

    fn create_groups_accumulator(
        &self,
        given: AccumulatorArgs,
    ) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(self.states(&given)))
    }

    fn state_fields(&self, given: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let n_parameters = given.input_fields.len() - self.of.parameters_from;
        let list = || DataType::new_list(DataType::Float64, true);
        let sums = (0..self.of.n_sums).map(|at| (format!("sum_{at}"), list()));
        let parameters = (0..n_parameters).map(|at| (format!("parameter_{at}"), list()));
        let counts = ["n_rows", "fault"].map(|name| (name.to_owned(), DataType::Int64));
        let field = |(name, of): (String, DataType)| {
            Arc::new(Field::new(format_state_name(given.name, &name), of, true))
        };
        Ok(sums.chain(parameters).chain(counts).map(field).collect())
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}
