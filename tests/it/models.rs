//! The SQL models on small tables: rows in, rows out, as `sql/tests/` says.

use hub::models::{Catalogue, Parameters, run_test_files};

use crate::support::root;

/// The sample pipeline's parameters, which the expected rows were worked out for.
fn parameters() -> Parameters {
    let text = std::fs::read_to_string(root().join("pipelines/sample.toml")).expect("readable");
    let pipeline: toml::Table = toml::from_str(&text).expect("TOML");
    let mut table = pipeline["parameter"].as_table().expect("parameters").clone();
    for name in ["as_at", "data_from"] {
        table.insert(name.to_owned(), pipeline[name].clone());
    }
    Parameters::from_toml(&table)
}

#[test]
fn models_give_the_rows_that_their_tests_state() {
    let catalogue = Catalogue::read(&root().join("sql/models")).expect("the models are valid");
    let folder = root().join("sql/tests");
    let report = run_test_files(&folder, &catalogue, &hub::methods::sql::register, &parameters())
        .expect("read");
    let failures: Vec<String> = report.failures.iter().map(ToString::to_string).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(report.n_files > 40 && report.n_passed > 200, "{report:?}");
}
