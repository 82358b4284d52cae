//! The SQL models on small tables: rows in, rows out, as `sql/tests/` says.

use crate::support::{hub, root, stderr, stdout, write};

#[test]
fn models_give_the_rows_that_their_tests_state() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = hub(&["model", "test"], folder.path());
    let (out, err) = (stdout(&output), stderr(&output));
    assert!(output.status.success(), "{out}{err}");
    let number = |word: &str| -> usize {
        let before = out.split(word).next().and_then(|text| text.split_whitespace().last());
        before.and_then(|number| number.parse().ok()).expect("a number")
    };
    let files = crate::support::files(&root().join("sql/tests"));
    assert_eq!(number(" files:"), files.keys().filter(|name| name.ends_with(".slt")).count());
    assert!(number(" records") > 200, "{out}");
}

#[test]
fn a_model_test_that_fails_is_named_with_its_line() {
    let folder = tempfile::tempdir().expect("a folder");
    write(&folder.path().join("sum.slt"), "query I\nselect 1 + 1\n----\n3\n");
    let output = hub(&["model", "test", &folder.path().to_string_lossy()], folder.path());
    assert_eq!(output.status.code(), Some(11), "{}", stderr(&output));
    assert!(stderr(&output).contains("sum.slt:1"), "{}", stderr(&output));
}
