//! Step 6 on made-up people whose truth is known.

use std::collections::BTreeMap;

use super::*;
use crate::link::tests::{Line, table, token};

#[test]
fn what_is_not_declared_is_that_of_the_default_file() {
    let settings: Weighed = toml::from_str("probability = 0.95").unwrap();
    assert_eq!(settings, Weighed { probability: 0.95, ..Weighed::default() });
    assert!(toml::from_str::<Weighed>("probabilty = 0.95").is_err());
    assert!(settings.block.len() > 10 && settings.comparison.len() > 5);
}

/// A toy filter: padded bigrams, each at twenty places.
fn filter(text: &str) -> [u64; 8] {
    let padded: Vec<char> = format!("_{text}_").chars().collect();
    let mut bits = [0_u64; 8];
    for pair in padded.windows(2) {
        for k in 0..40 {
            let at = token(&k.to_string(), &pair.iter().collect::<String>());
            let at = (at ^ (at >> 29)) as usize % 512;
            bits[at / 64] |= 1 << (at % 64);
        }
    }
    bits
}

fn read(path: &str) -> (Identities, Vec<String>) {
    let mut lines = Vec::new();
    let mut truth = Vec::new();
    let mut kinds: BTreeMap<Field, BTreeMap<u64, [u64; 8]>> = BTreeMap::new();
    for (feed, path) in path.split(',').enumerate() {
        let mut reader = csv::Reader::from_path(path).unwrap();
        for record in reader.records() {
            let record = record.unwrap();
            let id = lines.len() as i64 + 1;
            let mut line = Line::of(&format!("{id} feed=f{feed}"));
            truth.push(record[11].to_owned());
            let mut put =
                |line: &mut Line, field: Field, kind: &str, text: &str, group: Option<Field>| {
                    if !text.is_empty() {
                        line.put(field, kind, text);
                        if let Some(group) = group {
                            kinds.entry(group).or_default().insert(token(kind, text), filter(text));
                        }
                    }
                };
            let text = |at: usize| record[at].trim().to_owned();
            put(&mut line, Field::Given, "name", &text(1), Some(Field::Family));
            put(&mut line, Field::Family, "name", &text(2), Some(Field::Family));
            put(&mut line, Field::GivenInitial, "i", text(1).get(..1).unwrap_or(""), None);
            put(&mut line, Field::GivenSound, "s", &crate::link::tests::sound(&text(1)), None);
            put(&mut line, Field::FamilySound, "s", &crate::link::tests::sound(&text(2)), None);
            put(&mut line, Field::House, "h", &text(3), None);
            put(&mut line, Field::Street, "st", &text(4), Some(Field::Street));
            put(&mut line, Field::Extra, "st", &text(5), Some(Field::Street));
            put(&mut line, Field::Locality, "l", &text(6), Some(Field::Locality));
            put(&mut line, Field::Postcode, "p", &text(7), Some(Field::Postcode));
            put(&mut line, Field::Region, "r", &text(8), None);
            let b = text(9);
            if b.len() == 8 {
                put(&mut line, Field::Birth, "b", &b, None);
                put(
                    &mut line,
                    Field::BirthSwapped,
                    "b",
                    &format!("{}{}{}", &b[..4], &b[6..], &b[4..6]),
                    None,
                );
                put(&mut line, Field::BirthYear, "y", &b[..4], None);
                put(&mut line, Field::BirthMonth, "m", &b[4..6], None);
                put(&mut line, Field::BirthDay, "d", &b[6..], None);
            }
            lines.push(line);
        }
    }
    let mut identities = Identities::from_batches(&[table(&lines)]).unwrap();
    for (field, values) in kinds {
        identities.set_filters(field, &values);
    }
    (identities, truth)
}

#[test]
fn febrl() {
    let d = "/work/shared/data/febrl";
    for (paths, once) in
        [(format!("{d}/febrl3.csv"), false), (format!("{d}/febrl4a.csv,{d}/febrl4b.csv"), true)]
    {
        let (identities, truth) = read(&paths);
        let mut settings = Weighed::default();
        if once {
            settings.one_per_feed = vec!["f0".into(), "f1".into()];
        }
        let mut clusters = Clusters::new(vec![0; identities.len()]);
        clusters.appear_once(identities.feed_bits(&settings.one_per_feed));
        let decided = pass(&identities, &mut clusters, &settings, None).unwrap();
        clusters.flatten();
        let mut cells: BTreeMap<(u32, &str), u64> = BTreeMap::new();
        let (mut by_cluster, mut by_truth): (BTreeMap<u32, u64>, BTreeMap<&str, u64>) =
            Default::default();
        for (row, truth) in identities.rows().zip(&truth) {
            *cells.entry((clusters.root(row), truth)).or_default() += 1;
            *by_cluster.entry(clusters.root(row)).or_default() += 1;
            *by_truth.entry(truth).or_default() += 1;
        }
        let pairs = |n: &u64| n * (n - 1) / 2;
        let right: u64 = cells.values().map(pairs).sum();
        let (found, all): (u64, u64) =
            (by_cluster.values().map(pairs).sum(), by_truth.values().map(pairs).sum());
        eprintln!(
            "joined {} potential {} P {} R {}",
            decided.n_joined,
            decided.potential.len(),
            right as f64 / found as f64,
            right as f64 / all as f64
        );
    }
}
