//! A model as a view: planned, and computed only as it is read.

use std::sync::Arc;

use datafusion::datasource::ViewTable;

use super::{Engine, Model, ModelError, Parameters};

impl Engine {
    /// Offers a model as a table that is computed when it is read, and written nowhere.
    ///
    /// # Errors
    /// [`ModelError::Declarations`] if it cannot be planned over the tables offered so far.
    pub fn add_view(&mut self, model: &Model, parameters: &Parameters) -> Result<(), ModelError> {
        let plan = self.plan_model(model, parameters).map_err(ModelError::declaration)?;
        let table = self.table_of(model, &plan)?;
        self.add(table, Arc::new(ViewTable::new(plan, None)))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch};

    use super::*;
    use crate::domain::Sensitivity;
    use crate::models::{Limits, Settings};

    #[test]
    fn a_view_answers_as_the_model_would() {
        let mut engine = Engine::new(&Settings::default(), &|_| Ok(())).expect("an engine");
        let ids: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
        let batch = RecordBatch::try_from_iter([("person_id", ids)]).expect("a batch");
        let schema = batch.schema();
        engine
            .add_batches("record.apc", Sensitivity::Person, &schema, vec![batch])
            .expect("offered");
        let text = "--! summary = \"x\"\n--! grain = []\n--! sensitivity = \"person\"\n\
                    select person_id + 1 as person_id from record.apc where person_id > 1";
        let model = Model::parse("base.apc", Path::new("base/apc.sql"), text).expect("a model");
        engine.add_view(&model, &Parameters::new()).expect("offered");
        let sql = "select count(*) as n from base.apc where person_id < 4";
        let answer = engine.query(sql, &Parameters::new(), &Limits::default()).expect("an answer");
        let n = answer.batches[0].column(0).as_any().downcast_ref::<Int64Array>();
        assert_eq!(n.expect("a count").value(0), 1);
        let person = engine.query("select * from base.apc", &Parameters::new(), &Limits::default());
        assert_eq!(person.expect("an answer").sensitivity, Sensitivity::Person);
    }
}
