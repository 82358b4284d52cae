//! Functions of a group of rows.
//!
//! A group's rows are its state: lists that merge by being joined. Before anything is computed they
//! are put in one order, by all columns from the first to the last, so that the number of threads,
//! the partitions and the order of the input cannot change a bit of the result. Where one of the
//! columns counts what is alike in the others, rows that are alike are one row with all of them.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, ListArray, UInt32Array, make_comparator, new_empty_array,
};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{SortOptions, concat, take};
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::format_state_name;
use datafusion::logical_expr::{
    Accumulator, AggregateUDFImpl, Documentation, Signature, Volatility,
};

use super::arguments::Arguments;
use super::page::Page;
use super::value::{Value, array_of};

/// More rows than this in one group are an error: they would not fit beside others in memory.
pub(crate) const MOST_ROWS: usize = 20_000_000;
/// Fewer rows than this are not looked through for those that are alike.
const FEWEST_FOLDED: usize = 1_024;

/// The result of a group from its rows.
pub(crate) type Compute = fn(&Arguments) -> Value;

/// An aggregate function.
#[derive(Debug)]
pub(crate) struct AggregateMethod {
    page: &'static Page,
    compute: Compute,
    most_rows: usize,
    counted_at: Option<usize>,
    signature: Signature,
    documentation: Documentation,
}

impl AggregateMethod {
    pub(crate) fn new(page: &'static Page, compute: Compute) -> Self {
        Self::with_limit(page, compute, MOST_ROWS)
    }

    pub(crate) fn with_limit(page: &'static Page, compute: Compute, most_rows: usize) -> Self {
        let signature = Signature::user_defined(Volatility::Immutable);
        let (counted_at, documentation) = (None, page.documentation());
        Self { page, compute, most_rows, counted_at, signature, documentation }
    }

    /// A function for which one row that counts many is what many rows are that count one each: the
    /// integer at this place is the count.
    pub(crate) fn counting(page: &'static Page, compute: Compute, counted_at: usize) -> Self {
        Self { counted_at: Some(counted_at), ..Self::new(page, compute) }
    }
}

// Two functions of one name are one function.
impl PartialEq for AggregateMethod {
    fn eq(&self, other: &Self) -> bool {
        self.page.name == other.page.name
    }
}

impl Eq for AggregateMethod {}

impl Hash for AggregateMethod {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.page.name.hash(state);
    }
}

impl AggregateUDFImpl for AggregateMethod {
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
        let types = given.expr_fields.iter().map(|field| field.data_type().clone());
        let columns = types.map(|of| (of, Vec::new())).collect();
        let Self { page, compute, most_rows, counted_at, .. } = self;
        Ok(Box::new(KeptRows {
            page,
            compute: *compute,
            most_rows: *most_rows,
            counted_at: *counted_at,
            fold_from: FEWEST_FOLDED,
            columns,
            n_rows: 0,
            is_distinct: given.is_distinct,
        }))
    }

    fn state_fields(&self, given: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let field = |(at, of): (usize, &FieldRef)| {
            let name = format_state_name(given.name, &format!("rows_{at}"));
            Arc::new(Field::new(name, DataType::new_list(of.data_type().clone(), true), false))
        };
        Ok(given.input_fields.iter().enumerate().map(field).collect())
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}

/// The rows of one group: for each argument, its type and the pieces of its column.
#[derive(Debug)]
struct KeptRows {
    page: &'static Page,
    compute: Compute,
    most_rows: usize,
    counted_at: Option<usize>,
    /// So many rows are looked through for those that are alike.
    fold_from: usize,
    columns: Vec<(DataType, Vec<ArrayRef>)>,
    n_rows: usize,
    is_distinct: bool,
}

impl KeptRows {
    fn add(&mut self, pieces: &[ArrayRef]) -> Result<()> {
        self.n_rows += pieces.first().map_or(0, |piece| piece.len());
        for ((_, kept), piece) in self.columns.iter_mut().zip(pieces) {
            kept.push(Arc::clone(piece));
        }
        if self.n_rows >= self.fold_from {
            self.fold()?;
        }
        if self.n_rows > self.most_rows {
            return exec_err!("{}: more than {} rows in a group", self.page.name, self.most_rows);
        }
        Ok(())
    }

    /// Each column in one piece, the rows ordered by the first, then the second, and so on.
    fn in_order(&mut self) -> Result<Vec<ArrayRef>> {
        let order = UInt32Array::from(order_by(self.n_rows, comparison(&self.joined()?)?));
        for (_, kept) in &mut self.columns {
            // One by one: the largest is there twice for as long as it is put in order.
            *kept =
                kept.iter().map(|whole| Ok(take(whole, &order, None)?)).collect::<Result<_>>()?;
        }
        self.joined()
    }

    /// Makes one row of those that are alike but for their counts.
    fn fold(&mut self) -> Result<()> {
        let Some(at) = self.counted_at.filter(|_| self.n_rows > 1) else { return Ok(()) };
        let columns = folded(self.joined()?, at)?;
        self.n_rows = columns[at].len();
        // Where few are alike, the next look through them pays when as many have come again.
        self.fold_from = FEWEST_FOLDED.max(2 * self.n_rows);
        for ((_, kept), column) in self.columns.iter_mut().zip(columns) {
            *kept = vec![column];
        }
        Ok(())
    }

    /// Each column in one piece, in the order the rows came; its former pieces are let go.
    fn joined(&mut self) -> Result<Vec<ArrayRef>> {
        let join = |(of, kept): &mut (DataType, Vec<ArrayRef>)| {
            if kept.is_empty() {
                return Ok(new_empty_array(of));
            }
            let whole = {
                let pieces: Vec<&dyn Array> = kept.iter().map(AsRef::as_ref).collect();
                concat(&pieces)?
            };
            *kept = vec![Arc::clone(&whole)];
            Ok(whole)
        };
        self.columns.iter_mut().map(join).collect()
    }
}

/// How two rows compare: by the first column, then the second, and so on.
fn comparison(columns: &[ArrayRef]) -> Result<impl Fn(u32, u32) -> Ordering + use<>> {
    let of_column = |column: &ArrayRef| make_comparator(column, column, SortOptions::default());
    let each = columns.iter().map(of_column).collect::<std::result::Result<Vec<_>, _>>()?;
    Ok(move |a: u32, b: u32| {
        let mut in_column = each.iter().map(|compare| compare(a as usize, b as usize));
        in_column.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    })
}

/// The places of so many rows in the order of what they compare by.
fn order_by(n_rows: usize, compare: impl Fn(u32, u32) -> Ordering) -> Vec<u32> {
    let mut order: Vec<u32> = (0..u32::try_from(n_rows).unwrap_or(u32::MAX)).collect();
    order.sort_unstable_by(|a, b| compare(*a, *b));
    order
}

/// The rows, those that are alike but for the count at `counted_at` made one with the sum of theirs.
/// What is no count, and what would be beyond all counts, stays a row of its own.
fn folded(mut columns: Vec<ArrayRef>, counted_at: usize) -> Result<Vec<ArrayRef>> {
    let counts = columns.remove(counted_at);
    let counts = counts.as_primitive::<Int64Type>();
    let compare = comparison(&columns)?;
    let order = order_by(counts.len(), &compare);
    let count = |at: u32| counts.is_valid(at as usize).then(|| counts.value(at as usize));
    let mut kept: Vec<(u32, Option<i64>)> = Vec::new();
    for alike in order.chunk_by(|a, b| compare(*a, *b).is_eq()) {
        let mut sum: Option<i64> = None;
        for at in alike {
            match (count(*at).filter(|count| *count >= 0), sum) {
                (None, _) => kept.push((*at, count(*at))),
                (Some(count), None) => sum = Some(count),
                (Some(count), Some(so_far)) => match so_far.checked_add(count) {
                    Some(both) => sum = Some(both),
                    None => kept.push((*at, Some(count))),
                },
            }
        }
        kept.extend(sum.map(|sum| (alike[0], Some(sum))));
    }
    let places: UInt32Array = kept.iter().map(|(at, _)| Some(*at)).collect();
    let mut columns: Vec<ArrayRef> =
        columns.iter().map(|column| Ok(take(column, &places, None)?)).collect::<Result<_>>()?;
    let counts: Int64Array = kept.into_iter().map(|(_, count)| count).collect();
    columns.insert(counted_at, Arc::new(counts));
    Ok(columns)
}

impl Accumulator for KeptRows {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.add(values)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let n_groups = states.first().map_or(0, |state| state.len());
        for group in 0..n_groups {
            let pieces: Vec<ArrayRef> =
                states.iter().map(|state| state.as_list::<i32>().value(group)).collect();
            self.add(&pieces)?;
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let as_list = |column: ArrayRef| {
            let field = Arc::new(Field::new_list_field(column.data_type().clone(), true));
            let offsets = OffsetBuffer::from_lengths([column.len()]);
            ScalarValue::List(Arc::new(ListArray::new(field, offsets, column, None)))
        };
        self.fold()?;
        Ok(self.joined()?.into_iter().map(as_list).collect())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        if self.is_distinct {
            return exec_err!("{}: `distinct` has no meaning here", self.page.name);
        }
        let columns = self.in_order()?;
        let value = (self.compute)(&Arguments::new(&columns, self.n_rows));
        ScalarValue::try_from_array(&array_of(self.page.result, vec![value]), 0)
    }

    fn size(&self) -> usize {
        let pieces = self.columns.iter().flat_map(|(_, pieces)| pieces);
        let kept = pieces.map(|piece| piece.to_data().get_slice_memory_size().unwrap_or_default());
        size_of::<Self>() + kept.sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::Float64Array;

    use super::*;

    #[test]
    fn only_counts_of_rows_that_are_alike_are_put_together() {
        let most = i64::MAX;
        let half = Some(0.5);
        let columns = |rows: &[(Option<f64>, Option<i64>)]| -> Vec<ArrayRef> {
            let x: Float64Array = rows.iter().map(|(x, _)| *x).collect();
            let n: Int64Array = rows.iter().map(|(_, n)| *n).collect();
            vec![Arc::new(x), Arc::new(n)]
        };
        let rows = [
            (half, Some(1)),
            (None, Some(2)),
            (Some(1.5), Some(-1)),
            (Some(1.5), Some(most)),
            (Some(1.5), None),
            (half, Some(3)),
            (None, Some(4)),
            (Some(1.5), Some(5)),
        ];
        let expected = [
            (None, Some(6)),
            (half, Some(4)),
            (Some(1.5), None),
            (Some(1.5), Some(-1)),
            (Some(1.5), Some(5)),
            (Some(1.5), Some(most)),
        ];
        let mut found = folded(columns(&rows), 1).expect("columns of one length");
        let order = order_by(expected.len(), comparison(&found).expect("an order"));
        let order = UInt32Array::from(order);
        found.iter_mut().for_each(|column| *column = take(column, &order, None).expect("rows"));
        assert_eq!(found, columns(&expected));
    }
}
