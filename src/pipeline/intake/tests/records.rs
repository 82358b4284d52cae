//! What a row becomes: its record and its identity.

use super::*;

#[test]
fn a_row_becomes_a_record_without_identifiers() {
    let taken = take(&format!("k1,{PERSON},RR8,2024-03-01,2024-03-05 10:30,A,N,free text\n"));
    assert_eq!(taken.counts(), [1, 1, 0, 0, 0]);
    assert_eq!(taken.texts("delivery"), [Some("0123456789ab")]);
    assert_eq!(taken.texts("provider_code"), [Some("RR8")]);
    assert_eq!(taken.texts("nhs_number_class"), [Some("test")]);
    assert_eq!(taken.texts("sex"), [Some("female")]);
    assert_eq!(taken.texts("lsoa_code"), [Some("E01011229")]);
    let column = |name| taken.records.column_by_name(name).unwrap();
    assert_eq!(column("age_at_event").as_primitive::<Int32Type>().value(0), 73);
    assert!(column("age_days_at_event").is_null(0));
    assert!(column("is_resident").as_boolean().value(0));
    let month = days_since_epoch(jiff::civil::date(1950, 3, 1));
    assert_eq!(column("birth_month").as_primitive::<Date32Type>().value(0), month);
    assert!(column("household").is_valid(0));
    assert_eq!(column("line").as_primitive::<Int64Type>().value(0), 2);
    let names: Vec<_> = taken.records.schema().fields().iter().map(|f| f.name().clone()).collect();
    assert_eq!(names[13..], ["k", "nhs_number_status", "in_on", "out_at", "code", "is_deleted"]);
    assert_eq!(taken.intake.entry.provider_code, "RR8");
    assert_eq!(taken.intake.entry.period, "2024-03/2024-03");
    assert_eq!(taken.identities.num_rows(), 1);
    let trusted = taken.identities.column_by_name("nhs_trusted").unwrap().as_boolean().value(0);
    assert!(trusted);
}

#[test]
fn blanks_never_make_one_person_of_many() {
    let taken = take(
        "k1,,,,,,,2,,,RR8,2024-03-01,,A,,\n\
         k2,n/k,,,Unknown,-,,2,ZZ99 3VZ,,RR8,2024-03-01,,A,,\n\
         k3,,,,Smith,Ann,1950-03-02,2,,,RR8,2024-03-01,,A,,\n\
         k4,,,,Jones,Ann,1950-03-02,2,,,RR8,2024-03-01,,A,,\n",
    );
    let ids = taken.ids("identity_id");
    assert_eq!(ids[..2], [None, None]);
    assert!(ids[2].is_some() && ids[3].is_some() && ids[2] != ids[3]);
    assert_eq!(taken.identities.num_rows(), 2);
}

#[test]
fn an_identity_counts_its_records_once_and_knows_its_time() {
    let respelt = "999-000-0018,01,A1,OBRIEN,ZOE,1950-03-02,2,ls14ap,14";
    let taken = take(&format!(
        "k1,{PERSON},RR8,2024-03-01,,A,,\n\
         k2,{PERSON},RAE,2023-03-01,,A,,\n\
         k2,{PERSON},RAE,2020-01-01,,A,,repeats a key\n\
         k3,{PERSON},RR8,2025-03-01,,A,,\n\
         k4,{respelt},RR8,2022-03-01,,A,,\n"
    ));
    // The provider is part of what a local id means.
    assert_eq!(taken.identities.num_rows(), 2);
    let column = |name| taken.identities.column_by_name(name).unwrap();
    let nhs = column("nhs").as_primitive::<UInt64Type>();
    assert_eq!(nhs.value(0), nhs.value(1));
    let mut seen: Vec<(i64, i32, i32)> = (0..2)
        .map(|row| {
            let day = |name| column(name).as_primitive::<Date32Type>().value(row);
            (
                column("n_records").as_primitive::<Int64Type>().value(row),
                day("first_seen"),
                day("last_seen"),
            )
        })
        .collect();
    seen.sort_unstable();
    let day = |y| days_since_epoch(jiff::civil::date(y, 3, 1));
    assert_eq!(seen, [(1, day(2023), day(2023)), (3, day(2022), day(2025))]);
    assert_eq!(taken.intake.entry.provider_code, "several");
}

#[test]
fn no_date_of_a_record_is_the_day_of_birth() {
    let taken = take(
        "k1,,,a1,,,2024-03-17,2,,,RR8,2024-03-17,2024-03-17 10:30,A,,\n\
         k2,,,a1,,,2024-03-17,2,,,RR8,2024-03-18,2024-03-20 10:30,A,,\n",
    );
    let column = |name| taken.records.column_by_name(name).unwrap();
    let day = |d| days_since_epoch(jiff::civil::date(2024, 3, d));
    let days: Vec<_> = column("in_on").as_primitive::<Date32Type>().iter().flatten().collect();
    assert_eq!(days, [day(1), day(18)]);
    let out = column("out_at").as_primitive::<arrow::datatypes::TimestampSecondType>();
    assert_eq!(out.value(0), i64::from(day(1)) * 86_400);
    assert_eq!(out.value(1), i64::from(day(20)) * 86_400 + 37_800);
    let ages: Vec<_> = column("age_days_at_event").as_primitive::<Int32Type>().iter().collect();
    assert_eq!(ages, [Some(0), Some(1)]);
    let first = taken.identities.column_by_name("first_seen").unwrap().as_primitive::<Date32Type>();
    assert_eq!(first.value(0), day(1));
}

#[test]
fn an_event_before_birth_has_no_age() {
    let taken = take("k1,,,a1,,,2024-03-17,2,,,RR8,2024-03-16,,A,,\n");
    assert_eq!(taken.found("age_implausible"), Some((1, 2)));
    assert!(taken.records.column_by_name("age_at_event").unwrap().is_null(0));
}

#[test]
fn spreadsheets_and_databases_spell_one_person_alike() {
    let contract =
        CONTRACT.replace("delimiter = \",\"", "delimiter = \";\"\nencoding = \"windows-1252\"");
    let setting = Setting { contract: contract.leak(), ..Setting::default() };
    let rows = format!("{HEADER}\nk1,{PERSON},RR8,2024-03-01,,A,,\n");
    let sheet: Vec<u8> = rows
        .replace("O'Brien", "O’BRIEN")
        .replace(',', ";")
        .replace('\n', "\r\n")
        .chars()
        .map(|c| match c {
            '’' => 0x92,
            c => u8::try_from(u32::from(c)).unwrap(),
        })
        .collect();
    let sheet = take_under(&setting, &sheet).unwrap();
    let plain = take_under(&Setting::default(), rows.as_bytes()).unwrap();
    assert_eq!(sheet.identities, plain.identities);
}
