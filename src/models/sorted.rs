//! A plan's rows in the order of its grain, in one stream.

use std::sync::Arc;

use datafusion::arrow::compute::SortOptions;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, SessionState};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{LexOrdering, PhysicalSortExpr};
use datafusion::physical_plan::execute_stream;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;

/// Executes `plan` and sorts its rows by the columns at `grain`, nulls first.
///
/// The sort is put on top after the optimiser has run. A sort inside the plan is dropped where
/// the optimiser believes that rows come sorted already; DataFusion 55.2 believes so wrongly for
/// an unnested list that is joined in one partition, and rows came out in another order.
pub(crate) async fn sorted_rows(
    state: &SessionState,
    plan: &LogicalPlan,
    grain: &[usize],
) -> Result<SendableRecordBatchStream> {
    let rows = state.create_physical_plan(plan).await?;
    let schema = rows.schema();
    let keys = grain.iter().map(|index| PhysicalSortExpr {
        expr: Arc::new(Column::new(schema.field(*index).name(), *index)),
        options: SortOptions { descending: false, nulls_first: true },
    });
    let Some(order) = LexOrdering::new(keys) else {
        return execute_stream(rows, state.task_ctx());
    };
    let sorted = SortExec::new(order.clone(), rows).with_preserve_partitioning(true);
    let merged = SortPreservingMergeExec::new(order, Arc::new(sorted));
    execute_stream(Arc::new(merged), state.task_ctx())
}
