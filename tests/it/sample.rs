//! The committed sample: what its seed gives, and no more than it may weigh.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::support::{files, hub, root, stderr};

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
    let (mut made, committed) = (files(folder.path()), files(&root().join("sample-data")));
    send_without_identifiers(folder.path(), &mut made);
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&made), names(&committed));
    for (name, bytes) in &committed {
        assert!(made[name] == *bytes, "{name} differs");
    }
}

/// Puts in place of talking therapies what their provider sends: no identifiers, but pseudonyms under its
/// own key of the feed.
fn send_without_identifiers(city: &Path, made: &mut BTreeMap<String, Vec<u8>>) {
    let at = tempfile::tempdir().expect("a folder");
    let key = at.path().join("iapt.key").to_string_lossy().into_owned();
    let pipeline = "pipelines/sample.toml";
    let given = hub(&["key", "feed", pipeline, "iapt", &key, "--provider", "RGD"], at.path());
    assert!(given.status.success(), "{}", stderr(&given));
    let extracts: Vec<String> = made
        .keys()
        .filter(|name| name.starts_with("extracts/iapt/"))
        .map(|name| city.join(name).to_string_lossy().into_owned())
        .collect();
    let postcodes = city.join("reference/postcode.csv").to_string_lossy().into_owned();
    let args = ["pseudonymise", "iapt", "--key", &key, "--postcodes", &postcodes];
    let args: Vec<&str> = args.into_iter().chain(extracts.iter().map(String::as_str)).collect();
    let sent = hub(&args, at.path());
    assert!(sent.status.success(), "{}", stderr(&sent));
    for (name, bytes) in files(&at.path().join("out")) {
        if name.ends_with(".toml") {
            let contract = root().join("pipelines/contracts").join(&name);
            assert!(bytes == std::fs::read(contract).expect("the contract"), "{name} differs");
        } else {
            let replaced = made.insert(format!("extracts/iapt/{name}"), bytes);
            assert!(replaced.is_some(), "{name}");
        }
    }
}

#[test]
fn the_sample_weighs_at_most_fifteen_megabytes() {
    let bytes: usize = files(&root().join("sample-data")).values().map(Vec::len).sum();
    assert!(bytes <= 15_000_000, "{bytes} bytes");
}
