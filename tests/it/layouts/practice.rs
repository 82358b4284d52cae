//! General practice: EMIS Web and TPP SystmOne, which tell the same care in other tables.

use super::workbook::Sheet;
use super::{Run, Sent, lines, sent};

pub(super) const MODELS: [&str; 4] =
    ["base.gp_registration", "base.gp_event", "base.gp_prescription", "base.gp_appointment"];

pub(super) fn emis() -> Vec<Sent> {
    vec![
        sent("gp_registration", "gp_registration_emis", "emis/Admin_Patient.csv"),
        sent("gp_registration", "gp_registration_emis", "emis/Admin_Patient_delta.csv"),
        sent("gp_organisation", "gp_organisation_emis", "emis/Admin_Organisation.csv"),
        sent("gp_event", "gp_event_emis", "emis/CareRecord_Observation.csv"),
        sent("gp_code", "gp_code_emis", "emis/Coding_ClinicalCode.csv"),
        sent("gp_prescription", "gp_prescription_emis", "emis/Prescribing_IssueRecord.csv"),
        sent("gp_course", "gp_course_emis", "emis/Prescribing_DrugRecord.csv"),
        sent("gp_drug_code", "gp_drug_code_emis", "emis/Coding_DrugCode.csv"),
        sent("gp_appointment", "gp_appointment_emis", "emis/Appointment_Slot.csv"),
    ]
}

pub(super) fn tpp() -> Vec<Sent> {
    vec![
        sent("gp_tpp_manifest", "gp_tpp_manifest", "tpp/SRManifest.csv"),
        sent("gp_tpp_patient", "gp_tpp_patient", "tpp/SRPatient.csv"),
        sent("gp_tpp_registration", "gp_tpp_registration", "tpp/SRPatientRegistration.csv"),
        sent("gp_tpp_address", "gp_tpp_address", "tpp/SRPatientAddressHistory.csv"),
        sent("gp_event", "gp_event_tpp", "tpp/SRCode.csv"),
        sent("gp_prescription", "gp_prescription_tpp", "tpp/SRPrimaryCareMedication.csv"),
        sent("gp_appointment", "gp_appointment_tpp", "tpp/SRAppointment.csv"),
    ]
}

/// Current address of each registration: EMIS knows no other.
const REGISTRATION: &str = "select provider_code, sex, birth_month, died_on, registered_on, \
     deregistered_on, patient_type, lsoa_code, is_resident from base.gp_registration \
     where address_to_on is null order by registered_on";

/// Three people of one practice, the third a private patient.
const REGISTRATIONS: &str = "
    B86001,female,1950-03-01,,2019-04-01,,Regular,E01011360,true
    B86001,male,1985-11-01,,2020-01-15,2024-09-30,Regular,E01011360,true
    B86001,,2001-06-01,,2024-01-10,,Temporary,E01010001,false
";

const EVENT: &str = "select provider_code, event_on, snomed_code, value, unit \
     from base.gp_event order by event_on, snomed_code";

const EVENTS: &str = "
    B86001,2015-01-01,44054006,,
    B86001,2024-02-05,1000731000000107,88.0,µmol/L
    B86001,2024-02-05,271649006,142.0,mmHg
    B86001,2024-03-03,,,
";

const PRESCRIPTION: &str = "select provider_code, issued_on, bnf_code, dmd_code, quantity, \
     course_days from base.gp_prescription order by issued_on";

const PRESCRIPTIONS: &str = "
    B86001,2024-02-05,,39109611000001103,28.0,28
    B86001,2024-03-03,,4561511000001106,,7
";

/// Whose rows they are, told by the birth month on the list.
fn people(run: &Run, table: &str, day: &str) -> Vec<String> {
    run.rows(&format!(
        "with person as (select distinct person_id, birth_month from base.gp_registration) \
         select distinct event.{day}, person.birth_month from {table} as event \
         left join person on event.person_id = person.person_id order by 1, 2"
    ))
}

#[test]
fn a_practice_is_the_same_told_by_emis_or_by_tpp() {
    for run in [Run::of(&emis(), &MODELS), Run::of(&tpp(), &MODELS)] {
        assert_eq!(run.rows(REGISTRATION), lines(REGISTRATIONS));
        assert_eq!(run.rows(EVENT), lines(EVENTS));
        assert_eq!(run.rows(PRESCRIPTION), lines(PRESCRIPTIONS));
        let attended = run.rows(
            "select provider_code, appointment_on, did_not_attend from base.gp_appointment \
             where was_held is not false or did_not_attend order by appointment_on",
        );
        assert_eq!(attended, ["B86001,2024-02-05,false", "B86001,2024-03-03,true"]);
        // The rows themselves hold nothing but the system's own id of the patient.
        let ann_then_ben =
            ["2015-01-01,1950-03-01", "2024-02-05,1950-03-01", "2024-03-03,1985-11-01"];
        assert_eq!(people(&run, "base.gp_event", "event_on"), ann_then_ben);
        assert_eq!(people(&run, "base.gp_prescription", "issued_on"), ann_then_ben[1..]);
        assert!(run.rows("select * from base.gp_appointment where person_id is null").is_empty());
    }
}

#[test]
fn rows_that_emis_has_deleted_or_keeps_to_itself_are_left_out_and_counted() {
    let run = Run::of(&emis(), &MODELS);
    let expected = "
        gp_appointment/Appointment_Slot.csv,3,2,0,1,0
        gp_code/Coding_ClinicalCode.csv,4,4,0,0,0
        gp_course/Prescribing_DrugRecord.csv,2,2,0,0,0
        gp_drug_code/Coding_DrugCode.csv,2,2,0,0,0
        gp_event/CareRecord_Observation.csv,7,4,1,2,0
        gp_organisation/Admin_Organisation.csv,1,1,0,0,0
        gp_prescription/Prescribing_IssueRecord.csv,3,2,0,1,0
        gp_registration/Admin_Patient.csv,6,3,0,3,0
        gp_registration/Admin_Patient_delta.csv,1,1,0,0,0
    ";
    assert_eq!(run.counts(), lines(expected));
    assert_eq!(
        run.found("filtered"),
        ["Deleted,3", "DummyType,1", "IsConfidential,1", "PatientGuid,1", "SpineSensitive,1"]
    );
    assert_eq!(
        run.rows("select rule, column_name from quality.quarantine"),
        ["required,EffectiveDate"]
    );
    // The later row of a patient who has moved stands; the earlier is there no more.
    assert_eq!(run.rows("select count(*) as n from base.gp_registration"), ["3"]);
    assert_eq!(run.rows("select sum(cost_pence) as n from base.gp_prescription"), ["112"]);
}

#[test]
fn tpp_registrations_meet_the_addresses_of_their_time() {
    let run = Run::of(&tpp(), &MODELS);
    let expected = "
        gp_appointment/SRAppointment.csv,5,4,0,1,0
        gp_event/SRCode.csv,6,4,1,1,0
        gp_prescription/SRPrimaryCareMedication.csv,3,2,0,1,0
        gp_tpp_address/SRPatientAddressHistory.csv,6,5,0,1,0
        gp_tpp_manifest/SRManifest.csv,2,2,0,0,0
        gp_tpp_patient/SRPatient.csv,5,3,0,2,0
        gp_tpp_registration/SRPatientRegistration.csv,5,4,0,1,0
    ";
    assert_eq!(run.counts(), lines(expected));
    // Codes of Clinical Terms Version 3 keep their letter case and their points.
    let codes = run.rows("select ctv3_code from base.gp_event order by ctv3_code");
    assert_eq!(codes, [".....", "2469.", "X40J5", "XE2q5"]);
    let addresses = run.rows(
        "select registered_on, address_from_on, address_to_on, lsoa_code from base.gp_registration \
         where birth_month = date '1985-11-01' order by address_from_on",
    );
    let expected = "
        2020-01-15,2020-01-15,2022-06-01,E01033010
        2020-01-15,2022-06-01,,E01011360
    ";
    assert_eq!(addresses, lines(expected));
}

#[test]
fn a_later_extract_corrects_an_entry_and_takes_another_back() {
    let run = Run::of(
        &[
            // A row that is taken back names no practice: the delivery says who sent it.
            sent("gp_event", "gp_event_emis", "emis/CareRecord_Observation_{date}.csv").by("EMIS"),
            sent("gp_code", "gp_code_emis", "emis/Coding_ClinicalCode.csv"),
        ],
        &["base.gp_event"],
    );
    let rows = run.rows("select event_on, snomed_code, value from base.gp_event order by event_on");
    assert_eq!(rows, ["2024-02-05,271649006,124.0", "2024-03-03,271649006,120.0"]);
}

/// The look-up as the Business Services Authority lays it out, with codes that nobody has given out.
fn bnf_snomed() -> Sheet {
    let row = |level, bnf, dmd| vec!["2", level, bnf, "Invented product", dmd, "Invented product"];
    let header = vec![
        "Presentation / Pack Level",
        "VMP / VMPP/ AMP / AMPP",
        "BNF Code",
        "BNF Name",
        "SNOMED Code",
        "DM+D: Product Description",
    ];
    let rows = vec![
        header,
        row("VMP", "'9901010A0AAAAAA", "'39109611000001103"),
        // One product under two codes: which it is, nobody can tell.
        row("AMP", "9901020B0AAAAAA", "4561511000001106"),
        row("AMP", "9901020C0AAAAAA", "4561511000001106"),
        row("VMP", "9901030D0AAAAAA", "4561611000001107"),
        row("VMP", "", "4561711000001108"),
    ];
    Sheet { rows, merged: Vec::new() }
}

#[test]
fn a_drug_leads_to_the_bnf_by_what_is_published_of_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("bnf_snomed.xlsx");
    crate::support::write(&file, bnf_snomed().xlsx());
    for files in [emis(), tpp()] {
        let look_up = Sent::written("bnf_snomed", "bnf_snomed", file.clone()).of("202503");
        let files: Vec<Sent> = files.into_iter().chain([look_up]).collect();
        let run = Run::of(&files, &["base.gp_prescription"]);
        assert!(run.counts().contains(&"bnf_snomed/bnf_snomed.xlsx,5,4,1,0,0".to_owned()));
        let rows = run.rows(
            "select issued_on, bnf_code, dmd_code from base.gp_prescription order by issued_on",
        );
        let expected = "
            2024-02-05,9901010A0AAAAAA,39109611000001103
            2024-03-03,,4561511000001106
        ";
        assert_eq!(rows, lines(expected));
    }
}

#[test]
fn an_issue_is_of_a_repeat_or_not_as_its_course_says() {
    let of =
        "select issued_on, is_repeat, n_issues_authorised from base.gp_prescription order by 1";
    let rows = Run::of(&emis(), &["base.gp_prescription"]).rows(of);
    assert_eq!(rows, ["2024-02-05,true,6", "2024-03-03,false,"]);
    let rows = Run::of(&tpp(), &["base.gp_prescription"]).rows(of);
    assert_eq!(rows, ["2024-02-05,true,", "2024-03-03,true,"]);
}
