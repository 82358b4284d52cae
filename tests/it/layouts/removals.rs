//! Rows that general practice takes back: deltas of EMIS Web and TPP SystmOne, and patients whom TPP's
//! content filter takes out.

use std::path::Path;

use super::practice::{MODELS, emis, tpp};
use super::{Run, Sent, sent};
use crate::support::write;

/// A table sent one day, and the next day a row that takes its first row back: its key, the mark, and
/// nothing else.
fn taken_back(table: &Sent, keys: &[&str], mark: (&str, &str), folder: &Path) -> Sent {
    let bytes = std::fs::read(&table.file).expect("a file");
    let text = String::from_utf8_lossy(&bytes);
    let header = text.lines().next().expect("a header").to_owned();
    let first = text.lines().nth(1).expect("a row");
    let names: Vec<&str> = header.split(',').collect();
    // No cell of the first rows holds a comma in front of its key.
    let cells: Vec<&str> = first.split(',').collect();
    let tombstone: Vec<&str> = names
        .iter()
        .enumerate()
        .map(|(i, name)| match name {
            name if keys.contains(name) => cells[i],
            name if *name == mark.0 => mark.1,
            _ => "",
        })
        .collect();
    let stem = table.file.file_stem().expect("a name").to_string_lossy().into_owned();
    write(&folder.join(format!("{stem}_20250401.csv")), &bytes);
    let second = format!("{header}\n{}\n", tombstone.join(","));
    write(&folder.join(format!("{stem}_20250402.csv")), second);
    let pattern = folder.join(format!("{stem}_{{date}}.csv"));
    Sent::written(table.feed, table.contract, pattern)
}

/// Accepted rows of each feed that stand.
fn standing(run: &Run) -> Vec<String> {
    run.rows(
        "select feed, sum(n_accepted - n_superseded) as n from quality.delivery \
         group by feed order by feed",
    )
}

#[test]
fn a_row_of_any_table_of_emis_is_taken_back_by_its_key_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = |table: &Sent| match table.contract {
        "gp_registration_emis" => Some("PatientGuid"),
        "gp_event_emis" => Some("ObservationGuid"),
        "gp_prescription_emis" => Some("IssueRecordGuid"),
        "gp_course_emis" => Some("DrugRecordGuid"),
        "gp_appointment_emis" => Some("SlotGuid"),
        // Look-ups are sent whole and have no mark.
        _ => None,
    };
    let mark = ("Deleted", "true");
    let tables =
        emis().into_iter().filter(|table| !table.file.ends_with("Admin_Patient_delta.csv"));
    let files: Vec<Sent> = tables
        .filter_map(|table| Some(taken_back(&table, &[key(&table)?], mark, folder.path())))
        .map(|table| table.by("EMIS"))
        .collect();
    let run = Run::of(&files, &MODELS);
    // Each table had one row more (`practice::rows_that_emis_has_deleted…` counts them).
    let expected =
        ["gp_appointment,1", "gp_course,1", "gp_event,3", "gp_prescription,1", "gp_registration,2"];
    assert_eq!(standing(&run), expected);
}

#[test]
fn a_row_of_any_table_of_tpp_is_taken_back_by_its_key_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let keys = ["RowIdentifier", "IDOrganisationVisibleTo"];
    let tables = tpp().into_iter().filter(|table| table.feed != "gp_tpp_manifest");
    let mark = ("RemovedData", "1");
    let files: Vec<Sent> =
        tables.map(|table| taken_back(&table, &keys, mark, folder.path())).collect();
    let run = Run::of(&files, &MODELS);
    // Each table had one row more (`practice::tpp_registrations_meet…` counts them).
    let expected = [
        "gp_appointment,3",
        "gp_event,3",
        "gp_prescription,1",
        "gp_tpp_address,4",
        "gp_tpp_patient,2",
        "gp_tpp_registration,3",
    ];
    assert_eq!(standing(&run), expected);
}

#[test]
fn whom_the_content_filter_of_tpp_takes_out_is_in_no_base_table() {
    let list = "tpp/SRPatientRemovedByContentFilter.csv";
    let files = tpp().into_iter().chain([sent("gp_tpp_removed", "gp_tpp_removed", list)]);
    let run = Run::of(&files.collect::<Vec<_>>(), &MODELS);
    let of = |table: &str, day: &str| {
        run.rows(&format!("select distinct {day} from base.{table} order by 1"))
    };
    // 502 is out; the practice that takes 501 out is another one.
    assert_eq!(of("gp_registration", "birth_month"), ["1950-03-01", "2001-06-01"]);
    assert_eq!(of("gp_event", "event_on"), ["2015-01-01", "2024-02-05"]);
    assert_eq!(of("gp_prescription", "issued_on"), ["2024-02-05"]);
    assert_eq!(of("gp_appointment", "appointment_on"), ["2024-02-05", "2024-03-06"]);
}

#[test]
fn who_becomes_sensitive_is_gone_with_what_was_sent_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let table = sent("gp_registration", "gp_registration_emis", "emis/Admin_Patient.csv");
    let bytes = std::fs::read(&table.file).expect("a file");
    let text = String::from_utf8_lossy(&bytes);
    let mut lines = text.lines();
    let (header, ada) = (lines.next().expect("a header"), lines.next().expect("a row"));
    // Deleted, SpineSensitive, IsConfidential.
    let sensitive = ada.replace("false,false,false", "false,true,false");
    assert_ne!(ada, sensitive);
    write(&folder.path().join("Admin_Patient_20250401.csv"), &bytes);
    write(&folder.path().join("Admin_Patient_20250402.csv"), format!("{header}\n{sensitive}\n"));
    let pattern = folder.path().join("Admin_Patient_{date}.csv");
    let sent = Sent::written(table.feed, table.contract, pattern).by("EMIS");
    let run = Run::of(&[sent], &["base.gp_registration"]);
    let rows = run.rows("select birth_month from base.gp_registration order by birth_month");
    assert_eq!(rows, ["1985-11-01", "2001-06-01"]);
}
