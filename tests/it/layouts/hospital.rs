//! Hospitals: SUS, Hospital Episode Statistics and the emergency-care extract.

use super::{Run, lines, sent};

const EPISODE: &str = "select provider_code, sex, birth_month, age_at_event, lsoa_code, is_resident, \
     ethnic_group, practice_code, spell_key, admitted_on, discharged_on, episode_start_on, \
     episode_end_on, episode_order, episode_status, patient_class, admission_method, \
     admission_source, discharge_destination, discharge_method, treatment_function, diagnosis_01, \
     procedure_01, hrg, external_cause, episode_type, intended_management, main_specialty, \
     site_code, referrer_code, decided_to_admit_on, ready_for_discharge_on \
     from base.apc order by episode_start_on, episode_order";

/// Both tell the care of the same four episodes: an uncoded one, a birth and one full of stand-ins.
const EPISODES: &str = "
    RR8,female,1950-03-01,74,E01033010,true,A,B86001,9000000000000000001,2024-05-01,2024-05-06,2024-05-01,2024-05-03,1,3,1,2A,19,19,6,320,I500,K634,EB03B,,1,1,300,RR801,,,2024-05-05
    RR8,female,1950-03-01,74,E01033010,true,A,B86001,9000000000000000001,2024-05-01,2024-05-06,2024-05-03,2024-05-06,2,3,1,2A,19,19,6,430,,,,,1,1,430,RR801,,,2024-05-05
    RR8,male,2024-06-01,0,E01011360,true,Z,,9000000000000000002,2024-06-01,2024-06-12,2024-06-01,2024-06-12,1,3,1,82,79,19,1,424,Z380,,PB03Z,,3,,420,RR801,,,
    RR8,,,,,,,,,2024-07-01,,2024-07-01,,,1,2,11,,,,,,,,,1,,,,RAE,2024-02-29,
";

const DIAGNOSES: &str = "
    2024-05-01,1,I500
    2024-05-01,2,E119
    2024-05-01,12,I10X
    2024-06-01,1,Z380
";

fn diagnoses(run: &Run) -> Vec<String> {
    run.rows("select episode_start_on, place, code from base.apc_diagnosis order by 1, 2")
}

fn procedures(run: &Run) -> Vec<String> {
    run.rows("select episode_start_on, place, code, done_on from base.apc_procedure order by 1, 2")
}

const MODELS: [&str; 3] = ["base.apc", "base.apc_diagnosis", "base.apc_procedure"];

#[test]
fn an_admission_is_the_same_told_by_sus_or_by_hospital_episode_statistics() {
    let sus = Run::of(&[sent("apc", "apc_sus", "apc_sus.csv")], &MODELS);
    let hes = Run::of(&[sent("apc", "apc_hes_2012", "apc_hes_2012.csv")], &MODELS);
    // One discharge before admission; SUS also a key that a spreadsheet has spoilt, and a repeat.
    assert_eq!(sus.counts(), ["apc/apc_sus.csv,7,4,2,0,1"]);
    assert_eq!(hes.counts(), ["apc/apc_hes_2012.csv,5,4,1,0,0"]);
    let refused =
        |run: &Run| run.rows("select rule, column_name from quality.quarantine order by 1");
    let repeat = "duplicate_key,";
    let late = "discharged_after_admission,DISDATE";
    assert_eq!(refused(&hes), [late]);
    assert_eq!(refused(&sus), [late, repeat, "scientific_notation,EPIKEY"]);
    for run in [&sus, &hes] {
        assert_eq!(run.rows(EPISODE), lines(EPISODES));
        assert_eq!(diagnoses(run), lines(DIAGNOSES));
        assert_eq!(procedures(run), ["2024-05-01,1,K634,2024-05-02", "2024-05-01,14,Y534,"]);
        let waits = run.rows(
            "select episode_start_on, administrative_category, carer_support, elective_wait_days, \
             referral_wait_days, referral_to_treatment_status, referral_to_treatment_from_on, \
             referral_to_treatment_to_on, spell_begin, is_last_of_spell, is_finished_episode, \
             is_finished_admission, residence_commissioner_code, local_authority_code \
             from base.apc order by episode_start_on",
        );
        let expected = "
            2024-05-01,01,01,,,,,,2,false,true,false,,E08000035
            2024-05-03,01,01,,,,,,0,true,true,true,,E08000035
            2024-06-01,,,,,,,,,,,,,
            2024-07-01,02,,123,140,20,2024-02-12,,,,,,15F,
        ";
        assert_eq!(waits, lines(expected));
        let persons = "select person_id from base.apc order by episode_start_on, episode_order";
        assert_eq!(run.persons(persons), [0, 0, 1, 2]);
    }
}

#[test]
fn an_outpatient_appointment_is_the_same_told_by_sus_or_by_hospital_episode_statistics() {
    let sus = Run::of(&[sent("op", "op_sus", "op_sus.csv")], &["base.op"]);
    let hes = Run::of(&[sent("op", "op_hes", "op_hes.csv")], &["base.op"]);
    for run in [&sus, &hes] {
        let rows = run.rows(
            "select provider_code, sex, age_at_event, lsoa_code, ethnic_group, practice_code, \
             appointment_on, requested_on, attendance_status, first_attendance, attendance_type, \
             outcome, referral_source, referrer_code, priority, main_specialty, \
             treatment_function, site_code, hrg, diagnosis_01, procedure_01 \
             from base.op order by appointment_on",
        );
        let expected = "
            RR8,female,74,E01033010,A,B86001,2024-03-04,,5,1,1,1,03,B86001,2,320,320,RR801,WF01B,I500,U202
            RR8,female,74,E01033010,Z,,2024-03-18,2024-02-01,3,2,5,5,08,,,,,,,,
            RR8,other,,,,,2024-04-02,,9,,,,,,,,,,,,
        ";
        assert_eq!(rows, lines(expected));
        let waits = run.rows(
            "select appointment_on, waiting_days, wait_indicator, service_requested, staff_type, \
             administrative_category, location_type, responsible_commissioner_code \
             from base.op order by appointment_on",
        );
        let expected = "
            2024-03-04,21,0,1,03,01,017,15F
            2024-03-18,,4,,,,,
            2024-04-02,,,,,,,
        ";
        assert_eq!(waits, lines(expected));
        assert_eq!(run.persons("select person_id from base.op order by appointment_on"), [0, 0, 1]);
    }
}

#[test]
fn emergency_attendances_are_read_as_nhs_england_extracts_them() {
    let models = ["base.ecds", "base.ecds_diagnosis", "base.ecds_code"];
    let run = Run::of(&[sent("ecds", "ecds_sus", "ecds_sus.txt")], &models);
    assert_eq!(run.counts(), ["ecds/ecds_sus.txt,3,2,1,0,0"]);
    let quarantine = run.rows("select rule, column_name from quality.quarantine");
    assert_eq!(quarantine, ["departed_after_arrival,DEPARTURE_DATE"]);
    // A code in scientific notation has lost its last digits: it is found, and not kept.
    assert_eq!(run.found("scientific_notation"), ["CHIEF_COMPLAINT,1"]);
    let rows = run.rows(
        "select provider_code, sex, age_at_event, lsoa_code, ethnic_group, practice_code, \
         department_type, arrived_on, arrival_time, seen_on, seen_time, concluded_on, \
         conclusion_time, departed_on, departure_time, minutes_in_department, arrival_mode, \
         attendance_category, acuity, chief_complaint, discharge_destination, \
         ambulance_trust_code, hrg from base.ecds order by arrived_on",
    );
    let expected = "
        RR8,female,74,E01033010,A,B86001,01,2024-05-01,21:50,2024-05-01,23:40,2024-05-02,02:00,2024-05-02,02:30,280,1048031000000100,1,1064911000000105,267036007,306706006,RX8,VB05Z
        RR8,male,0,,,,03,2024-09-09,,,,,,2024-09-09,00:10,,,,,,,,
    ";
    assert_eq!(rows, lines(expected));
    let diagnoses = run
        .rows("select arrived_on, place, code, qualifier from base.ecds_diagnosis order by 1, 2");
    let expected = [
        "2024-05-01,1,42343007,415684004",
        "2024-05-01,3,1240751000000100,",
        "2024-09-09,1,195967001,",
    ];
    assert_eq!(diagnoses, expected);
    let minutes = run.rows(
        "select minutes_to_assessment, minutes_to_treatment, minutes_to_decision, \
         minutes_to_conclusion, traced_practice_code, commissioner_code, injured_on, tariff_pence \
         from base.ecds order by arrived_on",
    );
    assert_eq!(minutes, ["11,110,200,250,B86002,15F,,21550", ",,,,,,,"]);
    let listed = run.rows(
        "select kind, place, code, done_on, done_time, arrived_on from base.ecds_code order by kind",
    );
    let expected = "
        comorbidity,1,73211009,,,2024-05-01
        drug_or_alcohol,1,15167005,,,2024-05-01
        investigation,1,29303009,2024-05-01,22:10,2024-05-01
        treatment,2,281790008,2024-05-01,23:50,2024-05-01
    ";
    assert_eq!(listed, lines(expected));
}
