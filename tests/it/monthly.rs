//! A synthetic city as a hub receives it: files of twelve months that arrive in no order, held after
//! each arrival against the truth that was written with them.

mod against_truth;
mod naming;
mod receiving;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use self::naming::Named;
use self::receiving::{City, Hub};
use crate::support::{command, hub, stderr, stdout};

const MODELS: &str = "\"core.activity\", \"core.person_month\"";

#[test]
fn counts_are_true_after_each_of_twelve_deliveries_in_shuffled_order() {
    let city = City::new("300", "12", &["--seed", "7", "--arrivals", "shuffled"]);
    let deliveries = city.deliveries();
    let arrivals: BTreeSet<u32> = deliveries.iter().map(|(arrival, _)| *arrival).collect();
    assert_eq!(arrivals, (1..=12).collect());
    let shuffled = Hub::new(&city, "2024-04-01", MODELS);
    let mut counts = BTreeMap::new();
    for arrival in arrivals {
        let files = deliveries.iter().filter(|(of, _)| *of == arrival);
        shuffled.deliver(files.map(|(_, file)| file.clone()));
        let said = shuffled.night();
        assert!(!said.contains("nothing new"), "{said}");
        shuffled.holds(arrival);
        counts = shuffled.counts(arrival);
    }
    // Little is proven by noughts.
    for (measure, n) in &counts {
        assert!(*n > 0, "{measure:?}: {n}");
    }

    // A night without anything new reads no row, and makes nothing.
    let before = shuffled.tables();
    let said = shuffled.night();
    assert!(said.contains("nothing new: no row was read"), "{said}");
    assert_eq!(shuffled.tables(), before);

    // Had they come in the order of their months, every table would be the same, to the byte; but for
    // the ids of persons, who keep the one that they were given when they were first known.
    let in_order = Hub::new(&city, "2024-04-01", MODELS);
    for months in ["2023-04".."2023-08", "2023-08".."2023-12", "2023-12".."2024-04"] {
        let files = deliveries.iter().filter(|(_, file)| months.contains(&month(file)));
        in_order.deliver(files.map(|(_, file)| file.clone()));
        in_order.night();
    }
    let (one, other) = (Named::of(&shuffled), Named::of(&in_order));
    assert_eq!(one.persons.values().collect::<BTreeSet<_>>(), other.persons.values().collect());
    for table in differing(&before, &in_order.tables()) {
        // Which id a person had on which night is the one thing that does depend on the nights.
        if !table.starts_with("link.ledger") {
            assert_eq!(one.rows(&table), other.rows(&table), "{table}");
        }
    }
}

/// The month that a file's name says.
fn month(file: &str) -> &str {
    file.split('_').find(|part| part.starts_with("20") && part.len() == 7).expect("a month")
}

/// Names of the tables that are not the same in both.
fn differing(one: &BTreeMap<String, Value>, other: &BTreeMap<String, Value>) -> Vec<String> {
    let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    names.into_iter().filter(|name| one.get(*name) != other.get(*name)).cloned().collect()
}

#[test]
fn a_run_killed_while_it_takes_files_in_leaves_the_last_one_and_the_next_gives_the_same_bytes() {
    let city = City::new("1500", "6", &["--seed", "11"]);
    let deliveries = city.deliveries();
    let [killed, whole] = [0, 1].map(|_| Hub::new(&city, "2023-10-01", "\"core.spell\""));
    let until = |hub: &Hub<'_>, months: std::ops::Range<u32>| {
        let files = deliveries.iter().filter(|(arrival, _)| months.contains(arrival));
        hub.deliver(files.map(|(_, file)| file.clone()));
    };
    for hub in [&killed, &whole] {
        until(hub, 1..4);
        hub.night();
        until(hub, 4..9);
    }
    let current = || std::fs::read(killed.at("store/current")).expect("a visible run");
    let (before, n_before) = (current(), n_recipes(&killed));
    let spells = "select count(*), sum(n_episodes) from core.spell";
    let stands = killed.query(spells);
    // Each file is remembered twice: what came of it, and when it was first read.
    let n_to_come = 2 * deliveries.iter().filter(|(arrival, _)| *arrival > 3).count();
    for share in [0.02, 0.3, 0.6, 0.9] {
        let enough = n_before + (share * n_to_come as f64) as usize;
        kill_after(&killed, enough);
        let n = n_recipes(&killed);
        assert!((enough..n_before + n_to_come).contains(&n), "{n} of {n_to_come}: too late");
        assert_eq!(current(), before, "after {n} of {n_to_come}");
        assert_eq!(killed.query(spells), stands, "after {n} of {n_to_come}");
    }
    killed.night();
    whole.night();
    assert_ne!(killed.query(spells), stands);
    assert_eq!(differing(&killed.tables(), &whole.tables()), Vec::<String>::new());
    let outputs = |hub: &Hub<'_>| crate::support::files(&hub.at("out/sample"));
    assert_eq!(outputs(&killed), outputs(&whole));
    let verify = hub(&["store", "verify"], killed.folder.path());
    assert!(verify.status.success(), "{}{}", stdout(&verify), stderr(&verify));
}

fn n_recipes(hub: &Hub<'_>) -> usize {
    std::fs::read_dir(hub.at("store/recipes")).expect("a folder").count()
}

/// Runs, and kills as soon as so many steps are remembered.
fn kill_after(hub: &Hub<'_>, n: usize) {
    let mut child = command(&["run", &hub.at("p.toml").to_string_lossy()], hub.folder.path())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("hub starts");
    while n_recipes(hub) < n {
        assert_eq!(child.try_wait().expect("a process"), None, "ended before {n} steps");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    child.kill().expect("killed");
    child.wait().expect("gone");
}
