//! Functions of one row.

use std::hash::{Hash, Hasher};

use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use super::arguments::Arguments;
use super::page::Page;
use super::value::{Value, array_of};

/// A scalar function: the result of a row from its arguments.
#[derive(Debug)]
pub(crate) struct ScalarMethod {
    page: &'static Page,
    compute: fn(&Arguments, usize) -> Value,
    signature: Signature,
    documentation: Documentation,
}

impl ScalarMethod {
    pub(crate) fn new(page: &'static Page, compute: fn(&Arguments, usize) -> Value) -> Self {
        let signature = Signature::user_defined(Volatility::Immutable);
        Self { page, compute, signature, documentation: page.documentation() }
    }
}

// Two functions of one name are one function.
impl PartialEq for ScalarMethod {
    fn eq(&self, other: &Self) -> bool {
        self.page.name == other.page.name
    }
}

impl Eq for ScalarMethod {}

impl Hash for ScalarMethod {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.page.name.hash(state);
    }
}

impl ScalarUDFImpl for ScalarMethod {
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

    fn invoke_with_args(&self, given: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let is_constant =
            given.args.iter().all(|argument| matches!(argument, ColumnarValue::Scalar(_)));
        let n_rows = if is_constant { 1 } else { given.number_rows };
        let columns = given
            .args
            .into_iter()
            .map(|argument| argument.into_array(n_rows))
            .collect::<Result<Vec<_>>>()?;
        let arguments = Arguments::new(&columns, n_rows);
        let values = arguments.rows().map(|row| (self.compute)(&arguments, row)).collect();
        let result = array_of(self.page.result, values);
        if is_constant {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&result, 0)?));
        }
        Ok(ColumnarValue::Array(result))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}
