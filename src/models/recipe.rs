//! What a model's rows depend on, as one hash: equal recipes need no second build.

use std::collections::BTreeMap;

use super::{Model, Parameters, Settings};
use crate::store::sha256_hex;

/// The hashes of the parts behind each table that a model reads.
pub type InputParts = BTreeMap<String, Vec<String>>;

/// The recipe of `model`: a hash of its text, of its inputs' parts, of the parameters that it
/// uses, of the engine settings that results may depend on, and of `build` (the binary's version).
///
/// Part hashes count in the order given. A table that the model reads but that `inputs` lacks
/// counts as one without parts.
#[must_use]
pub fn recipe(
    model: &Model,
    inputs: &InputParts,
    parameters: &Parameters,
    settings: &Settings,
    build: &str,
) -> String {
    let mut text = Fields::default();
    text.add("build", build);
    text.add("model", &model.name);
    text.add("sql", &model.text);
    text.add("target_partitions", &settings.target_partitions.to_string());
    for input in model.needs() {
        text.add("input", input);
        for part in inputs.get(input).into_iter().flatten() {
            text.add("part", part);
        }
    }
    for name in &model.parameters {
        if let Some(value) = parameters.get(name) {
            text.add("parameter", name);
            text.add("value", &value.canonical());
        }
    }
    sha256_hex(text.0.as_bytes())
}

/// Fields with their lengths, so that no two lists of fields make the same text.
#[derive(Default)]
struct Fields(String);

impl Fields {
    fn add(&mut self, name: &str, value: &str) {
        for part in [name, ":", &value.len().to_string(), ":", value, "\n"] {
            self.0.push_str(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::models::Value;

    fn model(sql: &str) -> Model {
        let text =
            ["--! summary = \"x\"\n--! grain = []\n--! sensitivity = \"person\"\n", sql].concat();
        Model::parse("a.b", Path::new("a/b.sql"), &text).expect("a model")
    }

    #[test]
    fn a_recipe_changes_with_all_that_matters_and_nothing_else() {
        let sql = "select x from record.apc where n > $limit";
        let inputs =
            InputParts::from([("record.apc".to_owned(), vec!["aa".to_owned(), "bb".to_owned()])]);
        let parameters = Parameters::new().with("limit", Value::Integer(5));
        let settings = Settings::default();
        let base = recipe(&model(sql), &inputs, &parameters, &settings, "1");

        let unused = parameters.clone().with("other", Value::Integer(1));
        let mut more = inputs.clone();
        more.insert("record.op".to_owned(), vec!["cc".to_owned()]);
        assert_eq!(recipe(&model(sql), &more, &unused, &settings, "1"), base);

        let text = parameters.clone().with("limit", Value::Text("5".to_owned()));
        let joined = InputParts::from([("record.apc".to_owned(), vec!["aabb".to_owned()])]);
        let one =
            Settings { target_partitions: settings.target_partitions + 1, ..settings.clone() };
        let others = [
            recipe(&model(&[sql, " "].concat()), &inputs, &parameters, &settings, "1"),
            recipe(&model(sql), &joined, &parameters, &settings, "1"),
            recipe(&model(sql), &inputs, &text, &settings, "1"),
            recipe(&model(sql), &inputs, &parameters, &one, "1"),
            recipe(&model(sql), &inputs, &parameters, &settings, "2"),
        ];
        assert!(others.iter().all(|other| *other != base));
    }
}
