//! Dials of defects: none at all, and each one turned up.

use super::super::{Deliveries, Dials};
use super::*;

#[test]
fn with_every_dial_at_nought_nothing_is_wrong() {
    let mut settings = Settings::new(1200, 6, 8);
    settings.defects = Dials::clean();
    let folder = make_with(&settings);
    let (_, defects) = table(&folder.path().join("truth/defects.csv"));
    for (_, row) in &defects {
        // What providers send twice on purpose is no defect.
        assert!(["sent_twice", "also_in_iapt"].contains(&row[1].as_str()), "{row:?}");
    }
    let (_, records) = table(&folder.path().join("truth/records.csv.gz"));
    for (_, record) in records {
        assert!(["", "sent_twice", "also_in_iapt"].contains(&record[5].as_str()), "{record:?}");
    }
    let (_, counts) = table(&folder.path().join("truth/counts.csv"));
    // Nobody reports what social care has not finished, nor a spell that has not begun.
    let is_whole =
        |row: &Vec<String>| row[4] == row[5] || ["apc", "asc"].contains(&row[1].as_str());
    assert!(counts.iter().all(|(_, row)| is_whole(row)));
    for path in files(&folder.path().join("extracts")) {
        let plain = bytes(&path);
        assert!(!plain.starts_with("\u{feff}".as_bytes()), "{}", path.display());
        let text = String::from_utf8(plain).expect("UTF-8");
        let header = text.lines().next().expect("a header");
        let delimiter = [b'|', b';', b','].into_iter().find(|d| header.contains(char::from(*d)));
        let mut strict = csv::ReaderBuilder::new()
            .delimiter(delimiter.expect("one"))
            .from_reader(text.as_bytes());
        let at = strict
            .headers()
            .expect("a header")
            .iter()
            .position(|h| h.to_lowercase().replace([' ', '_'], "").ends_with("nhsnumber"));
        let mut seen = BTreeSet::new();
        for record in strict.records() {
            let record = record.expect("as many cells as the header");
            assert!(seen.insert(record.iter().collect::<Vec<_>>().join("|")), "twice the same row");
            assert!(record.iter().all(|cell| cell.trim() == cell));
            if let Some(number) = at.map(|at| &record[at]).filter(|number| !number.is_empty()) {
                assert!(number.len() == 10 && NhsNumber::parse(number).is_ok());
            }
        }
    }
}

#[test]
fn every_dial_does_what_it_says_and_the_truth_tells_how_often() {
    for (name, _, _) in Dials::default().kinds() {
        let mut settings = Settings::new(400, 6, 17);
        settings.gp_events_kept = 0.02;
        settings.gp_prescriptions_kept = 0.02;
        settings.deliveries = Deliveries::Monthly;
        settings.defects = Dials::clean();
        settings.defects.set(name, 1.0).expect("a dial");
        let folder = make_with(&settings);
        let (_, rows) = table(&folder.path().join("truth/defects.csv"));
        // Few people marry or change their number within half a year of a small city.
        let is_rare = ["former_name", "nhs_superseded"].contains(&name);
        let n: u64 = rows
            .iter()
            .filter(|(_, row)| row[1] == name || name == "corrected" && row[1] == "provisional")
            .map(|(_, row)| row[3].parse::<u64>().expect("a number"))
            .sum();
        assert!(n > 0 || is_rare, "{name}");
        for (_, row) in rows.iter().filter(|(_, row)| row[1] != name) {
            let is_expected = ["sent_twice", "also_in_iapt"].contains(&row[1].as_str())
                || name == "end_before_start" && row[1] == "bad_date";
            assert!(is_expected, "{name} brought {}", row[1]);
        }
    }
}

#[test]
fn broken_files_are_broken_as_they_should_be() {
    let of = |name: &str| {
        let mut settings = Settings::new(300, 6, 5);
        settings.packs = false;
        settings.gp_events_kept = 0.02;
        settings.gp_prescriptions_kept = 0.02;
        settings.defects = Dials::clean();
        settings.defects.set(name, 1.0).expect("a dial");
        let folder = make_with(&settings);
        let path = folder.path().join("extracts/op/op_RR8_2023-24.csv");
        String::from_utf8(bytes(&path)).expect("text")
    };
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let repeated = lines(&of("repeated_header"));
    assert_eq!(repeated.iter().filter(|line| **line == repeated[0]).count(), 2);
    let footed = lines(&of("footer"));
    assert_eq!(*footed.last().expect("a line"), format!("Total rows: {}", footed.len() - 2));
    assert!(of("bom").starts_with('\u{feff}'));
    let open = lines(&of("unclosed_quote"));
    assert!(open[1..].iter().all(|line| line.matches('"').count() == 1));
    let spoilt = lines(&of("nhs_scientific"));
    assert!(spoilt[1..].iter().all(|line| line.contains("E+09")));
    let wide = lines(&of("ragged"));
    let n_commas = wide[0].matches(',').count();
    assert!(wide[1..].iter().all(|line| line.matches(',').count().abs_diff(n_commas) == 1));
}
