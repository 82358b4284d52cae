//! Functions that give each row its place among all rows of its window partition.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::Result;
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{
    Documentation, PartitionEvaluator, Signature, Volatility, WindowUDFImpl,
};

use super::arguments::Arguments;
use super::page::Page;
use super::value::{Value, array_of};

/// The results of all rows of a partition, in their order.
pub(crate) type Compute = fn(&Arguments) -> Vec<Value>;

/// A window function over whole partitions; order and frame have no meaning to it.
#[derive(Debug)]
pub(crate) struct WindowMethod {
    page: &'static Page,
    compute: Compute,
    signature: Signature,
    documentation: Documentation,
}

impl WindowMethod {
    pub(crate) fn new(page: &'static Page, compute: Compute) -> Self {
        let signature = Signature::user_defined(Volatility::Immutable);
        Self { page, compute, signature, documentation: page.documentation() }
    }
}

// Two functions of one name are one function.
impl PartialEq for WindowMethod {
    fn eq(&self, other: &Self) -> bool {
        self.page.name == other.page.name
    }
}

impl Eq for WindowMethod {}

impl Hash for WindowMethod {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.page.name.hash(state);
    }
}

impl WindowUDFImpl for WindowMethod {
    fn name(&self) -> &str {
        self.page.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        self.page.coerce(given)
    }

    fn field(&self, given: WindowUDFFieldArgs) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(given.name(), self.page.result.data_type(), true)))
    }

    fn partition_evaluator(
        &self,
        _given: PartitionEvaluatorArgs,
    ) -> Result<Box<dyn PartitionEvaluator>> {
        Ok(Box::new(WholePartition { page: self.page, compute: self.compute }))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}

#[derive(Debug)]
struct WholePartition {
    page: &'static Page,
    compute: Compute,
}

impl PartitionEvaluator for WholePartition {
    fn evaluate_all(&mut self, values: &[ArrayRef], n_rows: usize) -> Result<ArrayRef> {
        Ok(array_of(self.page.result, (self.compute)(&Arguments::new(values, n_rows))))
    }
}
