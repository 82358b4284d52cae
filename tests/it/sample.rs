//! The committed sample: what its seed gives, and no more than it may weigh.

use std::process::Command;

use crate::support::{files, root};

#[test]
fn the_seed_gives_the_committed_sample() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new(env!("CARGO_BIN_EXE_hub"))
        .args(["synth", "--people", "3000", "--months", "36", "--seed", "20260401", "--quiet"])
        .arg("--out")
        .arg(folder.path())
        .output()
        .expect("hub starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (made, committed) = (files(folder.path()), files(&root().join("sample-data")));
    let names = |files: &std::collections::BTreeMap<String, Vec<u8>>| {
        files.keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(names(&made), names(&committed));
    for (name, bytes) in &committed {
        assert!(made[name] == *bytes, "{name} differs");
    }
}

#[test]
fn the_sample_weighs_at_most_fifteen_megabytes() {
    let bytes: usize = files(&root().join("sample-data")).values().map(Vec::len).sum();
    assert!(bytes <= 15_000_000, "{bytes} bytes");
}
