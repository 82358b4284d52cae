//! Synthea's tables that are neither diagnoses nor measurements.

use super::{Run, lines, sent};
use crate::support::{hub, stdout};

#[test]
fn immunisations_and_care_plans_are_entries_of_general_practice() {
    let files = [
        sent("gp_event", "gp_event_synthea_immunisation", "synthea/immunizations.csv"),
        sent("gp_event", "gp_event_synthea_careplan", "synthea/careplans.csv"),
    ];
    let run = Run::of(&files, &["base.gp_event"]);
    // A care plan that ends before it begins; a delimiter behind a row is none, a field there is.
    assert_eq!(
        run.counts(),
        ["gp_event/careplans.csv,3,2,1,0,0", "gp_event/immunizations.csv,4,3,1,0,0"]
    );
    assert_eq!(run.found("ended_after_start"), ["START,1"]);
    assert_eq!(run.found("ragged_row"), [",1"]);
    let events = run.rows(
        "select event_on, ended_on, snomed_code, reason_code, vaccine_code, vaccine \
         from base.gp_event order by event_on, vaccine_code",
    );
    // Before midnight in UTC is after it in British summer time, and not in winter.
    let expected = "
        1997-08-01,,,,12,Tetanus  Diphtheria  Pertusis
        1997-08-01,,,,49,Hib
        2004-07-29,,443402002,59621000,,
        2010-01-04,2010-06-30,443402002,,,
        2023-12-31,,,,1,shingles
    ";
    assert_eq!(events, lines(expected));
    // Files of one issuer share their patients.
    let persons =
        run.persons("select person_id from base.gp_event order by event_on, vaccine_code");
    assert_eq!(persons, [0, 0, 1, 0, 1]);
}

#[test]
fn organisations_are_told_by_the_id_that_encounters_name_and_clinicians_by_none() {
    let files = [
        sent("organisation", "organisation_synthea", "synthea/organizations.csv").of("2025"),
        sent("practitioner", "practitioner_synthea", "synthea/providers.csv").of("2025"),
    ];
    let run = Run::of(&files, &["base.gp_event"]);
    let organisations = run.rows(
        "select organisation.name, organisation.town, organisation.latitude, \
         organisation.n_encounters, practitioner.specialty, practitioner.n_encounters as n \
         from area.organisation as organisation left join area.practitioner as practitioner \
         on organisation.provider_code = practitioner.provider_code",
    );
    assert_eq!(organisations, ["HILL SURGERY,LEEDS,53.7975,3,GENERAL PRACTICE,3"]);
    let whole = ["query", "--format", "csv", "select * from area.practitioner"];
    let columns = stdout(&hub(&whole, run.folder.path()));
    let expected = "row_id,delivery,line,provider_code,vintage,specialty,n_encounters,n_procedures";
    assert_eq!(columns.lines().next(), Some(expected));
}
