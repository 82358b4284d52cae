//! Community and mental-health data sets: tables of patients, referrals and contacts, sent every month.

use super::{Run, lines, sent};

#[test]
fn community_contacts_meet_their_referral_and_patient_as_last_sent() {
    let run = Run::of(
        &[
            sent("csds_mpi", "csds_mpi", "csds/CYP001MPI.csv"),
            sent("csds_referral", "csds_referral", "csds/CYP101Referral.csv"),
            sent("csds_gp", "csds_gp", "csds/CYP002GP.csv"),
            sent("csds_service", "csds_service", "csds/CYP102ServiceTypeReferredTo.csv"),
            sent("csds_contact", "csds_contact", "csds/CYP201CareContact_v15.csv"),
            sent("csds_contact", "csds_contact", "csds/CYP201CareContact_v16.csv"),
        ],
        &["base.csds"],
    );
    // The refresh of April corrects the first contact; a contact of no known referral is nobody's.
    let rows = run.rows(
        "select provider_code, sex, birth_month, age_at_event, lsoa_code, practice_code, ethnic_group, \
         contact_key, referral_key, referred_on, team_type, contact_on, consultation_mechanism, \
         attendance_status from base.csds order by contact_key",
    );
    let expected = "
        RY6,female,1950-03-01,74,E01011360,B86001,A,C1,R1,2024-03-28,12,2024-04-05,02,6
        RY6,female,1950-03-01,74,E01011360,B86002,A,C2,R1,2024-03-28,12,2024-04-12,01,3
        RY6,male,2018-11-01,5,,,,C3,R2,2024-05-01,28,2024-05-14,01,5
        RY6,,,,,,,C4,R9,,,2024-05-15,01,5
    ";
    assert_eq!(rows, lines(expected));
    assert_eq!(
        run.rows("select rule, column_name from quality.quarantine"),
        ["required,AttendanceStatus"]
    );
    let persons = "select person_id from base.csds order by contact_key";
    assert_eq!(run.persons(persons), [0, 0, 1, 2]);
    assert_eq!(run.rows("select contact_key from base.csds where person_id is null"), ["C4"]);
}

#[test]
fn mental_health_contacts_and_stays_count_once_however_often_they_are_sent() {
    let run = Run::of(
        &[
            sent("mhsds_mpi", "mhsds_mpi", "mhsds/MHS001MPI.csv"),
            sent("mhsds_referral", "mhsds_referral", "mhsds/MHS101Referral.csv"),
            sent("mhsds_gp", "mhsds_gp", "mhsds/MHS002GP.csv"),
            sent("mhsds_service", "mhsds_service", "mhsds/MHS102ServiceTypeReferredTo.csv"),
            sent("mhsds_contact", "mhsds_contact", "mhsds/MHS201CareContact.csv"),
            sent("mhsds_spell", "mhsds_spell", "mhsds/MHS501HospProvSpell.csv"),
            sent("mhsds_ward", "mhsds_ward", "mhsds/MHS502WardStay.csv"),
        ],
        &["base.mhsds", "base.mhsds_spell"],
    );
    let rows = run.rows(
        "select provider_code, sex, birth_month, age_at_event, lsoa_code, practice_code, contact_key, \
         month_number, referral_key, referred_on, team_type, contact_on, consultation_mechanism, \
         attendance_status from base.mhsds order by contact_key",
    );
    let expected = "
        RGD,male,1985-11-01,38,E01011360,B86004,RGDK1,1490,RGDS1,2024-04-02,A02,2024-04-10,11,5
        RGD,,,,,,RGDK2,1490,RGDS2,2024-05-05,,2024-05-10,01,7
    ";
    assert_eq!(rows, lines(expected));
    let stays = run.rows(
        "select spell.spell_key, spell.admitted_on, spell.discharged_on, spell.admission_method, \
         spell.discharge_destination, spell.n_ward_stays, spell.bed_type, \
         spell.person_id = contact.person_id as is_same \
         from base.mhsds_spell as spell, base.mhsds as contact where contact.contact_key = 'RGDK1'",
    );
    assert_eq!(stays, ["RGDH1,2024-04-20,2024-05-30,2A,,2,200,true"]);
}
