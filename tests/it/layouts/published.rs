//! Published figures about practices, trusts and the country.

use super::{Run, Sent, lines, sent};

fn published(feed: &'static str, contract: &'static str, file: &str) -> Sent {
    sent(feed, contract, &format!("published/{file}")).of("as published")
}

#[test]
fn prescribing_is_one_table_whatever_its_columns_were_called() {
    let files = [
        published("epd", "epd", "epd_201709.csv"),
        published("epd", "epd", "epd_202104.csv"),
        published("epd", "epd", "epd_202407.csv"),
        published("epd", "epd_snomed_2025_02", "epd_snomed_202502.csv"),
        published("epd", "epd_snomed", "epd_snomed_202507.csv"),
    ];
    let run = Run::of(&files, &["base.prescribing_practice"]);
    // A row sent twice, and one without its cost.
    let counts = "
        epd/epd_201709.csv,3,3,0,0,0
        epd/epd_202104.csv,3,3,0,0,0
        epd/epd_202407.csv,4,2,1,0,1
        epd/epd_snomed_202502.csv,2,2,0,0,0
        epd/epd_snomed_202507.csv,3,3,0,0,0
    ";
    assert_eq!(run.counts(), lines(counts));
    let names = run.rows("select distinct icb_name, practice_name from area.epd order by 1, 2");
    let expected = "
        \"HILL,DALE & MOOR AREA TEAM\",\"HILL, THE SURGERY\"
        NHS WEST YORKSHIRE ICB,\"HILL, THE SURGERY\"
        NHS WEST YORKSHIRE ICB,UNIDENTIFIED DOCTORS
        WEST YORKSHIRE STP,\"HILL, THE SURGERY\"
    ";
    assert_eq!(names, lines(expected));
    let practices = run.rows(
        "select month, pco_code, practice_code, bnf_code, chemical_substance_code, n_items, \
         total_quantity, adq_usage, nic_pence, actual_cost_pence \
         from base.prescribing_practice order by month, practice_code, bnf_code",
    );
    // Products apart by SNOMED CT are rows of their own; half a penny is rounded up, and told below.
    let expected = "
        2017-09-01,03C00,B86001,0407010H0AAAMAM,0407010H0,5,364.000,45.50000,660,612.441
        2017-09-01,03C00,B86001,21010900805,,1,1.000,0.00000,2150,1993.210
        2021-04-01,15F00,B86001,0407010,0407010H0,1,10.000,0.00000,100,100.000
        2021-04-01,15F00,B86001,0407010H0AAAMAM,0407010H0,5,365.000,45.50000,736,687.000
        2024-07-01,15F00,B86001,0407010H0AAAMAM,0407010H0,4,30.000,3.75000,240,225.001
        2024-07-01,15F00,unidentified,0407010H0AAAMAM,0407010H0,1,32.000,4.00000,68,64.000
        2025-02-01,15F00,B86001,0407010H0AAAMAM,0407010H0,3,96.000,12.00000,180,167.030
        2025-07-01,15F00,B86001,0407010H0AAAMAM,0407010H0,4,196.000,24.50000,361,334.530
    ";
    assert_eq!(practices, lines(expected));
    assert_eq!(run.found("rounded"), ["ACTUAL_COST,1", "NIC,1"]);
    assert_eq!(run.found("scientific_notation"), ["SNOMED_CODE,1"]);
    assert_eq!(run.found("total_is_quantity_by_items"), ["TOTAL_QUANTITY,1"]);
    assert_eq!(run.found("bnf_code_is_whole"), ["BNF_CODE,1"]);
    let older = run.rows(
        "select column_name, count(*) as n from quality.finding where rule = 'older_layout' \
         group by column_name order by column_name",
    );
    let expected = "
        AREA_TEAM_CODE (until area teams),1
        AREA_TEAM_NAME (until area teams),1
        STP_CODE (until STPs),1
        STP_NAME (until STPs),1
    ";
    assert_eq!(older, lines(expected));
}

#[test]
fn published_counts_are_kept_as_published_and_what_cannot_be_is_told() {
    let files = [
        published("ae_attendances", "ae_attendances", "ae_attendances.csv"),
        published("ae_trust", "ae_trust", "ae_trust.csv"),
        published("discharge_daily", "discharge_daily", "discharge_daily.csv"),
        published("discharge_delay", "discharge_delay", "discharge_delay.csv"),
        published("criteria_to_reside", "criteria_to_reside", "no_criteria_to_reside.csv"),
        published("ons_mortality", "ons_mortality", "ons_mortality.csv"),
    ];
    let run = Run::of(&files, &["base.prescribing_practice"]);
    let counts = "
        ae_attendances/ae_attendances.csv,5,3,2,0,0
        ae_trust/ae_trust.csv,1,1,0,0,0
        criteria_to_reside/no_criteria_to_reside.csv,2,2,0,0,0
        discharge_daily/discharge_daily.csv,4,4,0,0,0
        discharge_delay/discharge_delay.csv,2,2,0,0,0
        ons_mortality/ons_mortality.csv,5,3,2,0,0
    ";
    assert_eq!(run.counts(), lines(counts));
    for (rule, expected) in [
        ("month_begins_on_the_first", "period,1"),
        ("unknown_code", "type,1"),
        ("admissions_are_attendances", "admissions,1"),
        ("over_4_hours_are_attendances", "breaches,1"),
        ("somebody_was_discharged", "discharged_total,1"),
        ("parts_make_the_total", "discharged_by_1700,1"),
        ("somebody_remained", "do_not_meet_criteria_to_reside,1"),
        ("required", "category_1,1"),
        ("out_of_range", "week_no,1"),
    ] {
        assert_eq!(run.found(rule), [expected], "{rule}");
    }
    // Averages have a place after the point; a heading without a number has none.
    let deaths =
        run.rows("select week_ended_on, deaths_tenths from area.ons_mortality order by 1, 2");
    assert_eq!(deaths, ["2010-01-08,116922", "2010-01-08,129680", "2014-01-03,"]);
    let delays = run.rows("select reason, n_patients from area.discharge_delay order by 2 desc");
    let expected = "
        \"Hospital process – Awaiting medicines to take home, discharge letter\u{a0}or other discharge documentation\",4
        Hospital process - Awaiting medical review of need for supported discharge,0
    ";
    assert_eq!(delays, lines(expected));
    // A feed that was not sent is an empty table, and what is made of it is empty.
    assert_eq!(run.rows("select count(*) as n from base.prescribing_practice"), ["0"]);
}
