//! Cities of several batches.

use super::*;

/// A city of three batches, by so many threads.
fn made_by(n_threads: usize) -> tempfile::TempDir {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().expect("threads");
    let mut settings = Settings::new(17_000, 3, 4);
    settings.gp_events_kept = 0.02;
    settings.gp_prescriptions_kept = 0.02;
    pool.install(|| make_with(&settings))
}

#[test]
fn threads_change_no_byte_and_batches_no_key() {
    let (one, three) = (made_by(1), made_by(3));
    let list = files(one.path());
    assert_eq!(list.len(), files(three.path()).len());
    for path in &list {
        let name = path.strip_prefix(one.path()).expect("inside");
        let theirs = std::fs::read(three.path().join(name)).expect("the same file");
        assert!(std::fs::read(path).expect("a file") == theirs, "{}", name.display());
    }
    let extracts = one.path().join("extracts");
    let (_, records) = table(&one.path().join("truth/records.csv.gz"));
    let mut lines: BTreeMap<String, Vec<(u64, String)>> = BTreeMap::new();
    for (_, record) in records {
        let line = record[2].parse().expect("a line");
        lines.entry(record[1].clone()).or_default().push((line, record[5].clone()));
    }
    for path in files(&extracts) {
        let name = path.strip_prefix(&extracts).expect("inside").display().to_string();
        let (_, rows) = table(&path);
        let mut known = lines.remove(&name).unwrap_or_default();
        known.sort();
        let here: Vec<u64> = rows.iter().map(|(line, _)| *line).collect();
        assert_eq!(here, known.iter().map(|(line, _)| *line).collect::<Vec<_>>(), "{name}");
        // Batches number their rows on their own, and no two alike.
        if ["apc", "op", "csds", "gp_event", "nhs111", "death"].iter().any(|f| name.starts_with(f))
        {
            let mut keys = BTreeSet::new();
            for ((_, row), (line, planted)) in rows.iter().zip(&known) {
                let is_new = keys.insert(&row[0]);
                assert!(is_new == (planted != "duplicate"), "{name}:{line}");
            }
        }
    }
    assert!(lines.is_empty());
}

#[test]
fn a_city_for_which_the_numbers_do_not_suffice_gives_some_people_none() {
    let settings = Settings::new(960_000, 12, 1);
    let mut numbers = super::super::people::Numbers::new(&settings);
    let given: Vec<String> = (0..50_000).map(|i| numbers.of(i)).collect();
    let n_blank = given.iter().filter(|number| number.is_empty()).count();
    assert!((0.1..0.25).contains(&(n_blank as f64 / 50_000.0)), "{n_blank}");
}
