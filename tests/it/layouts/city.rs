//! What councils, the ambulance service, registrars, commissioners and hospices send.

use super::workbook::Sheet;
use super::{Run, Sent, lines, sent};

#[test]
fn an_event_of_social_care_is_the_same_in_the_words_of_either_release() {
    let of = |file| Run::of(&[sent("asc", "asc_cld", file)], &["base.asc"]);
    for run in [of("asc_cld_release1.csv"), of("asc_cld_release2.csv")] {
        // A review that ended before it began is refused.
        let refused = run.rows("select rule, column_name from quality.quarantine");
        assert_eq!(refused, ["ended_after_start,Event_End_Date"]);
        let rows = run.rows(
            "select provider_code, sex, birth_month, age_at_event, lsoa_code, practice_code, \
             client_type, event_type, started_on, ended_on, request_route, assessment_type, \
             service_type, delivery_mechanism, unit_cost_pence, cost_frequency, \
             provider_location_code, has_unpaid_carer from base.asc order by started_on",
        );
        let expected = "
            383,female,1950-03-01,74,E01033010,B86001,Service user,Request,2024-08-01,2024-08-02,Community,,,,,,,
            383,female,1950-03-01,74,E01033010,B86001,Service user,Assessment,2024-08-02,2024-08-20,,Long term assessment,,,,,,
            383,female,1950-03-01,74,E01033010,B86001,Service user,Service,2024-09-01,,,,Long term support: Residential care,CASSR commissioned support,89250,4-weekly,1-123456789,
            383,,,,,B86001,Unpaid carer,Service,2024-09-05,2024-09-05,,,Unpaid carer support: Direct to unpaid carer,,,,,
        ";
        assert_eq!(rows, lines(expected));
        let words = run
            .rows("select event_outcome, ethnicity_description from base.asc order by started_on");
        let expected = [
            "\"Progress to assessment, review or reassessment\",\"White: English, Welsh, Scottish, Northern Irish or British\"",
            "Progress to support planning or services,\"White: English, Welsh, Scottish, Northern Irish or British\"",
            ",\"White: English, Welsh, Scottish, Northern Irish or British\"",
            "NFA: Information and advice or signposting,\"White: English, Welsh, Scottish, Northern Irish or British\"",
        ];
        assert_eq!(words, expected);
        let reasons = run.rows("select primary_support_reason from base.asc order by started_on");
        let mobility = "Physical support: Access and mobility only";
        let carer = "Social support: Support to unpaid carer";
        assert_eq!(reasons, [mobility, mobility, mobility, carer]);
    }
}

#[test]
fn looked_after_children_are_known_from_the_header_of_the_return() {
    let run = Run::of(
        &[
            sent("csc_header", "csc_header", "ssda903/header.csv").by("383"),
            sent("csc", "csc_ssda903", "ssda903/episodes.csv").by("383"),
        ],
        &["base.csc"],
    );
    // An episode that ended before it began; N9 is no category of need.
    assert_eq!(run.counts(), ["csc/episodes.csv,3,2,1,0,0", "csc_header/header.csv,2,2,0,0,0"]);
    assert_eq!(run.found("unknown_code"), ["CIN,1"]);
    let rows = run.rows(
        "select provider_code, sex, birth_month, ethnicity_description, lsoa_code, started_on, ended_on, \
         reason_new_episode, legal_status, need_category, placement, reason_ceased \
         from base.csc order by started_on",
    );
    let expected = "
        383,male,2012-05-01,White: British,E01011360,2024-04-03,2024-09-10,S,C2,N1,U1,
        383,male,2012-05-01,White: British,E01011360,2024-09-10,,P,C2,N1,K2,
    ";
    assert_eq!(rows, lines(expected));
    assert_eq!(run.persons("select person_id from base.csc order by started_on"), [0, 0]);
}

#[test]
fn deaths_keep_every_cause_and_lose_no_newborn() {
    let models = ["base.death", "base.death_cause"];
    let run = Run::of(&[sent("death", "death_pcmd", "death_pcmd.csv").by("ONS")], &models);
    // A registration before the death. A day that nobody could tell becomes the first of its month.
    let refused = run.rows("select rule, column_name from quality.quarantine order by rule");
    assert_eq!(refused, ["registered_after_death,REG_DATE"]);
    let rows = run.rows(
        "select sex, birth_month, age_at_event, lsoa_code, died_on, death_registered_on, \
         underlying_cause, place_of_death from base.death order by died_on",
    );
    let expected = "
        male,1985-11-01,35,,2021-05-01,2022-08-01,X42,
        female,1950-03-01,74,E01033010,2025-01-03,2025-01-10,I500,RR801
        male,2025-02-01,0,E01011360,2025-02-12,2025-02-20,,RR801
    ";
    assert_eq!(rows, lines(expected));
    let causes = run.rows("select died_on, place, code from base.death_cause order by 1, 2");
    assert_eq!(causes, ["2025-01-03,1,I500", "2025-01-03,2,E119", "2025-01-03,4,J189"]);
}

#[test]
fn a_call_to_999_counts_once_however_many_vehicles_were_sent() {
    let run = Run::of(
        &[sent("ambulance", "ambulance_cad", "ambulance_cad.csv").by("RX8")],
        &["base.ambulance"],
    );
    assert_eq!(run.counts(), ["ambulance/ambulance_cad.csv,5,4,0,1,0"]);
    let rows = run.rows(
        "select provider_code, call_key, n_vehicles, called_at, at_scene_at, at_destination_at, sex, \
         age_at_event, priority, hospital_name from base.ambulance order by call_key",
    );
    // In summer half past eleven at night in UTC is half past twelve here.
    let expected = "
        RX8,C100,2,2022-01-18T23:37:53,2022-01-18T23:50:00,2022-01-19T00:40:00,female,80,2,ST JAMES
        RX8,C101,1,2022-05-17T00:30:00,,,,,1,
        RX8,C102,1,2022-05-17T11:00:00,,,male,0,1,
    ";
    assert_eq!(rows, lines(expected));
    let journey = run.rows(
        "select call_type, call_method, journey_type, pickup_location_type, left_scene_at, \
         handed_over_at, clear_at from base.ambulance order by call_key",
    );
    let expected = "
        Emergency,999 Call,Emergency Admission,CARE HOME,2022-01-19T00:10:00,2022-01-19T00:55:00,2022-01-19T01:05:00
        Emergency,,,,,,
        Emergency,,,,,,
    ";
    assert_eq!(journey, lines(expected));
}

#[test]
fn calls_to_111_keep_the_names_of_their_columns() {
    let run =
        Run::of(&[sent("nhs111", "nhs111_iuc", "nhs111_iuc.csv").by("RX8")], &["base.nhs111"]);
    // One time in another format: the format is declared, not guessed.
    let refused = run.rows("select rule, column_name from quality.quarantine");
    assert_eq!(refused, ["not_a_date,Call_Commenced_Date_Time"]);
    let rows = run.rows(
        "select case_key, called_at, sex, age_at_event, lsoa_code, practice_code, \
         disposition_code, disposition_group, ambulance_call_key from base.nhs111 order by case_key",
    );
    let expected = "
        R1,2024-03-31T01:30:00,female,74,E01033010,B86001,Dx02,ETC,
        R2,2024-04-01T12:00:00,,0,,,Dx010,999,C200
    ";
    assert_eq!(rows, lines(expected));
    let advice = run.rows(
        "select case_type, is_called_by_patient, symptom_group, symptom_discriminator, \
         referral_service_type, is_directly_booked from base.nhs111 order by case_key",
    );
    let expected =
        ["IUC Cases,true,1055,4003,Integrated Urgent Care (IUC) Treatment,true", ",,,,,"];
    assert_eq!(advice, expected);
}

#[test]
fn health_checks_continuing_care_and_hospices_are_activity_of_a_person() {
    let run = Run::of(
        &[
            sent("health_check", "health_check", "health_check.csv"),
            sent("chc", "chc", "chc.csv"),
            sent("third_sector", "third_sector_hospice", "hospice.csv"),
        ],
        &["base.health_check", "base.chc", "base.third_sector"],
    );
    let checks = run.rows(
        "select provider_code, sex, age_at_event, invited_on, checked_on, declined_on, \
         qrisk_percent, systolic_mmhg from base.health_check order by checked_on nulls last",
    );
    let expected = "
        B86001,male,39,2025-02-01,2025-02-20,,3.4,128.0
        B86001,female,,2025-02-01,,2025-02-05,,
    ";
    assert_eq!(checks, lines(expected));
    let packages = run.rows(
        "select request_type, requested_on, eligibility_decision, decided_on, package_started_on, \
         package_ended_on from base.chc order by requested_on",
    );
    let expected = "
        Standard CHC,2024-06-01,Eligible,2024-06-25,2024-07-01,
        Fast track,2024-12-20,Not eligible,2024-12-22,,
    ";
    assert_eq!(packages, lines(expected));
    let contacts = run.rows(
        "select provider_code, age_at_event, referred_on, service, contact_on, attended \
         from base.third_sector order by contact_on",
    );
    let expected = "
        STH01,74,2024-11-01,Day hospice,2024-11-05,true
        STH01,74,2024-11-01,Day hospice,2024-11-12,false
    ";
    assert_eq!(contacts, lines(expected));
}

#[test]
fn the_registration_list_leaves_out_people_whose_record_is_sensitive() {
    let files = [sent("gp_registration", "gp_registration_pds", "registration_pds.csv")];
    let run = Run::of(&files, &["base.gp_registration"]);
    assert_eq!(run.counts(), ["gp_registration/registration_pds.csv,4,3,0,1,0"]);
    let rows = run.rows(
        "select provider_code, sex, birth_month, died_on, registered_on, deregistered_on, \
         address_from_on, address_to_on, lsoa_code from base.gp_registration \
         order by registered_on, address_from_on",
    );
    let expected = "
        B86001,female,1950-03-01,,2019-04-01,,2019-04-01,2022-06-01,E01033010
        B86001,female,1950-03-01,,2019-04-01,,2022-06-01,,E01011360
        B86001,male,1985-11-01,2024-09-29,2020-01-15,2024-09-30,2020-01-15,,E01011360
    ";
    assert_eq!(rows, lines(expected));
}

#[test]
fn children_in_need_are_read_from_the_census_each_referral_a_row() {
    let run = Run::of(&[sent("csc_need", "csc_cin", "cin.xml").by("383")], &["base.csc_need"]);
    // A case that was closed before it was opened.
    assert_eq!(run.counts(), ["csc_need/cin.xml,3,2,1,0,0"]);
    let rows = run.rows(
        "select provider_code, sex, birth_month, age_at_event, referred_on, referral_source, \
         need_category, closed_on, closure_reason, is_without_action, disabilities, \
         protection_plan_from_on from base.csc_need order by referred_on",
    );
    let expected = "
        383,male,2012-05-01,11,2024-02-01,1C,N1,2024-06-30,RC8,false,HEAR;LD,2024-03-01
        383,male,2012-05-01,12,2025-01-15,2B,N4,,,true,HEAR;LD,
    ";
    assert_eq!(rows, lines(expected));
    assert_eq!(run.persons("select person_id from base.csc_need"), [0, 0]);
}

/// A title over the header, cells merged over two rows, a total and a remark below.
fn hospice_workbook() -> Sheet {
    let contact = |who: [&'static str; 7], on, attended| {
        let [id, hospice, given, family, born, sex, postcode] = who;
        let referred = "2024-11-01";
        let service = "Day hospice";
        vec![
            id, hospice, given, family, born, sex, postcode, referred, service, on, attended, "",
            "",
        ]
    };
    let ada = ["H1", "STH01", "Ada", "Testcase", "1950-03-02", "F", "LS1 4AP"];
    let ben = ["H2", "STH01", "Ben", "Sample", "23/11/1985", "M", "LS8 2QQ"];
    let covered = ["", "STH01", "Ben", "Sample", "23/11/1985", "M", "LS8 2QQ"];
    let header = vec![
        "Patient Ref",
        "Hospice",
        "Forename",
        "Surname",
        "Date of Birth",
        "Sex",
        "Postcode",
        "Date of Referral",
        "Service",
        "Date of Contact",
        "Attended (Y/N)",
        "Outcome",
        "Notes",
    ];
    let rows = vec![
        vec!["Contacts of November 2024"],
        vec![],
        header,
        contact(ada, "2024-11-05", "Y"),
        // A day that somebody typed as a text.
        contact(ada, "12/11/2024", "N"),
        contact(ben, "2024-11-19", "Y"),
        contact(covered, "2024-11-26", "Y"),
        vec!["Total", "4"],
        vec!["Note: figures are provisional"],
    ];
    Sheet { rows, merged: vec![(0, 0, 1, 11), (5, 0, 2, 1)] }
}

#[test]
fn a_hospice_may_send_its_workbook_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let sheet = hospice_workbook();
    for (name, bytes) in [("contacts.xlsx", sheet.xlsx()), ("contacts.ods", sheet.ods())] {
        let file = folder.path().join(name);
        crate::support::write(&file, bytes);
        let sent = Sent::written("third_sector", "third_sector_hospice_workbook", file);
        let run = Run::of(&[sent], &["base.third_sector"]);
        // The second of two merged cells is blank: whose row it is, is not guessed.
        assert_eq!(run.counts(), [format!("third_sector/{name},4,3,1,0,0")]);
        let refused = run.rows("select rule, column_name, line from quality.quarantine");
        assert_eq!(refused, ["required,Patient Ref,7"]);
        assert_eq!(run.found("merged_cells"), ["Patient Ref,1"]);
        assert_eq!(run.found("footer"), [",2"]);
        let rows = run.rows(
            "select provider_code, sex, age_at_event, lsoa_code, referred_on, service, contact_on, \
             attended from base.third_sector order by contact_on",
        );
        let expected = "
            STH01,female,74,E01033010,2024-11-01,Day hospice,2024-11-05,true
            STH01,female,74,E01033010,2024-11-01,Day hospice,2024-11-12,false
            STH01,male,38,E01011360,2024-11-01,Day hospice,2024-11-19,true
        ";
        assert_eq!(rows, lines(expected));
    }
}
