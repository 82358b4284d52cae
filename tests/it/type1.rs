//! The type-1 opt-out: what practices sent is left out by the latest entry that tells.

use std::path::{Path, PathBuf};

use crate::opt_outs::{count, night, query};
use crate::support::{changed_pipeline, places, root, run_pipeline, sample, stderr, write};

/// The sample pipeline with four feeds and few models; practices' entries lie in `events`.
fn practices_only(folder: &Path) -> PathBuf {
    let pipeline = changed_pipeline(folder, |text| {
        let keeps = |rule: &&str| {
            ["gp_registration", "apc", "gp_prescription"]
                .iter()
                .any(|feed| rule.contains(&format!("feed = \"{feed}\"")))
        };
        let rules: Vec<&str> = text.split("[[delivery]]").collect();
        let kept = rules[1..].iter().copied().filter(keeps);
        let events = " \nfeed = \"gp_event\"\nfiles = \"events/*\"\n";
        let text: Vec<&str> = [rules[0], events].into_iter().chain(kept).collect();
        let only = "only = [\"base.apc\", \"base.gp_event\", \"base.gp_prescription\", \
                    \"base.gp_registration\"]";
        text.join("[[delivery]]").replace("/sql/models\" }", &format!("/sql/models\", {only} }}"))
    });
    std::fs::create_dir_all(folder.join("events")).expect("a folder");
    pipeline
}

/// A file of practices' entries: whose, on which day, which concept.
fn write_events(folder: &Path, name: &str, patient: &[String; 2], entries: &[(&str, &str)]) {
    let mut text = "ObservationGuid,PatientGuid,OrganisationCode,EffectiveDate,\
                    EffectiveDatePrecision,SnomedCTConceptId,Value,NumericUnit,Deleted\n"
        .to_owned();
    let [guid, practice] = patient;
    for (i, (day, code)) in entries.iter().enumerate() {
        text.push_str(&format!("{{{name}-{i}}},{guid},{practice},{day},YMD,{code},,,false\n"));
    }
    write(&folder.join(format!("events/{name}.csv")), text);
}

#[test]
fn a_type_1_opt_out_takes_away_what_practices_sent_and_nothing_else() {
    const DISSENT: &str = "827241000000103";
    const WITHDRAWN: &str = "827261000000102";
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let pipeline = practices_only(at);
    let found = sample().query(
        "select base.person_id, min(base.record_id) from base.gp_registration as base \
         where exists (select 1 from base.apc as apc where apc.person_id = base.person_id) \
         and exists (select 1 from base.gp_prescription as p where p.person_id = base.person_id) \
         group by base.person_id order by base.person_id limit 2",
    );
    let listed = places(&sample().store(), "gp_registration");
    let found: Vec<[String; 2]> =
        found.into_iter().map(|row| [row[0].clone(), listed[&row[1]].1.clone()]).collect();
    let list = std::fs::read_to_string(
        root().join("sample-data/extracts/gp_registration/gp_registration_QWO_2026-04-01.csv"),
    );
    let list = list.expect("the registration list");
    let patient = |line: &str| {
        let line: usize = line.parse().expect("a line");
        let cells: Vec<&str> = list.lines().nth(line - 1).expect("a row").split(',').collect();
        [cells[0].to_owned(), cells[1].to_owned()]
    };
    let (who, other) = (&found[0], &found[1]);
    write_events(at, "other", &patient(&other[1]), &[("2024-01-01", "38341003")]);
    // Ids of persons rest on all that is known of them, so those of the sample's run are others.
    let person = |line: &str| {
        let places = places(&at.join("store"), "gp_registration");
        let record = places.iter().find(|(_, (_, place))| place == line).expect("a record").0;
        let sql = format!(
            "select distinct person_id from base.gp_registration where record_id = {record}"
        );
        query(at, &sql)[0][0].clone()
    };
    let rows = |feed: &str, line: &str| {
        let id = person(line);
        count(at, &format!("select count(*) from base.{feed} where person_id = {id}"))
    };
    let all =
        || ["gp_event", "gp_prescription", "apc", "gp_registration"].map(|f| rows(f, &who[1]));

    // An entry about something else, and a dissent that was withdrawn later: nothing is left out.
    let history = [("2024-02-01", "38341003"), ("2024-03-01", DISSENT), ("2024-04-01", WITHDRAWN)];
    write_events(at, "before", &patient(&who[1]), &history);
    night(&pipeline, at, &[]);
    let before = all();
    assert!(before.iter().all(|n| *n > 0), "{before:?}");
    assert_eq!(before[0], 3);

    // Dissent again, on the day of a second withdrawal: the dissent counts.
    let again = [("2025-05-01", WITHDRAWN), ("2025-05-01", DISSENT)];
    write_events(at, "dissent", &patient(&who[1]), &again);
    let said = night(&pipeline, at, &[]);
    assert!(said.contains("0 persons left out, 1 more of what practices hold"), "{said}");
    assert_eq!(all(), [0, 0, before[2], before[3]]);
    assert_eq!(rows("gp_event", &other[1]), 1, "nobody else is left out");
    let left = "select count(*) from record.gp_prescription as record inner join \
                link.person_index as index on record.identity_id = index.identity_id \
                where index.person_id =";
    assert_eq!(count(at, &format!("{left} {}", person(&who[1]))), 0);

    // A withdrawal that is dated after the day of the run does not count yet, one before it does.
    write_events(at, "ahead", &patient(&who[1]), &[("2026-04-20", WITHDRAWN)]);
    night(&pipeline, at, &[]);
    assert_eq!(all(), [0, 0, before[2], before[3]]);
    night(&pipeline, at, &["--run-on", "2026-04-20"]);
    assert_eq!(all(), [6, before[1], before[2], before[3]]);
}

#[test]
fn type_1_opt_outs_that_nothing_tells_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipeline = changed_pipeline(folder.path(), |text| {
        let rules = text.split("[[delivery]]");
        let others: Vec<&str> =
            rules.filter(|rule| !rule.contains("feed = \"gp_event\"")).collect();
        others.join("[[delivery]]")
    });
    let output = run_pipeline(&pipeline, folder.path(), &[]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("no feed `gp_event` tells them"), "{}", stderr(&output));
}
