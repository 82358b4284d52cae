//! Talking therapies: tables of patients, pathways, appointments and scores, each extract with all of
//! the year so far.

use super::{Run, Sent, sent};

#[test]
fn a_talking_therapies_pathway_counts_once_with_the_contacts_that_were_attended() {
    let run = Run::of(
        &[
            sent("iapt_mpi", "iapt_mpi", "iapt/IDS001MPI.csv"),
            sent("iapt_referral", "iapt_referral", "iapt/IDS101Referral.csv"),
            sent("iapt_gp", "iapt_gp", "iapt/IDS002GP.csv"),
            sent("iapt_contact", "iapt_contact", "iapt/IDS201CareContact.csv"),
        ],
        &["base.iapt"],
    );
    // Four appointments in the later extract: one attended, one missed after all, one late, one off.
    let rows = run.rows(
        "select provider_code, sex, birth_month, age_at_event, lsoa_code, practice_code, \
         pathway_key, period_end_on, referred_on, discharged_on, n_contacts from base.iapt",
    );
    assert_eq!(
        rows,
        ["RGD,other,2001-06-01,22,E01033010,B86001,RGDQ1,2024-05-31,2024-04-03,2024-05-31,2"]
    );
    assert_eq!(run.rows("select count(*) as n from base.iapt where person_id is null"), ["0"]);
}

/// The tables of one pathway, and its scores.
fn scored() -> Vec<Sent> {
    vec![
        sent("iapt_mpi", "iapt_mpi", "iapt/IDS001MPI.csv"),
        sent("iapt_referral", "iapt_referral", "iapt/IDS101Referral.csv"),
        sent("iapt_contact", "iapt_contact", "iapt/IDS201CareContact.csv"),
        sent("iapt_score", "iapt_score_referral", "iapt/IDS606CodedScoreAssessmentRefer.csv"),
        sent("iapt_score", "iapt_score_contact", "iapt/IDS607CodedScoreAssessmentAct.csv"),
    ]
}

#[test]
fn recovery_is_told_from_the_first_and_last_scores_of_a_pathway() {
    let run = Run::of(&scored(), &["base.iapt"]);
    // The first depression score came before the first appointment; the first anxiety score was
    // corrected in May. 99 is no score, and another questionnaire is neither.
    let scores = run
        .rows("select measure, scored_on, score from base.iapt_score order by measure, scored_on");
    let expected = [
        "gad7,2024-04-12,14",
        "gad7,2024-05-03,7",
        "phq9,2024-04-03,17",
        "phq9,2024-04-12,15",
        "phq9,2024-05-03,9",
    ];
    assert_eq!(scores, expected);
    let outcome = run.rows(
        "select phq9_first, phq9_last, gad7_first, gad7_last, is_case_at_start, is_recovered, \
         has_improved_reliably from base.iapt",
    );
    assert_eq!(outcome, ["17,9,14,7,true,true,true"]);
}

#[test]
fn who_was_asked_on_one_day_alone_has_no_outcome() {
    let files = scored().into_iter().filter(|file| file.contract != "iapt_score_contact");
    let run = Run::of(&files.collect::<Vec<_>>(), &["base.iapt"]);
    let outcome = run.rows(
        "select phq9_first, phq9_last, gad7_first, is_case_at_start, is_recovered from base.iapt",
    );
    assert_eq!(outcome, ["17,,,true,"]);
}
