//! What may not be kept, whose identity is withheld, and files that nobody is in.

use super::*;

/// Takes a file in whose contract has these lines; `codes` are the restricted ones.
fn take(lines: &str, codes: &[&str], bytes: &str) -> (tempfile::TempDir, Store, Contract, Intake) {
    let head = "feed = \"f\"\nversion = \"1\"\ntitle = \"t\"\nsector = \"acute\"\nsource = \"s\"\n\
                delimiter = \",\"\nkey = [\"K\"]\n";
    let mut contract = Contract::read(Path::new("f.toml"), format!("{head}{lines}")).unwrap();
    for restricted in &mut contract.restricted {
        restricted.set_codes(codes.iter().map(ToString::to_string));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f.csv");
    crate::store::write_atomic(&path, bytes.as_bytes()).unwrap();
    let encoder = Encoder::new(&MasterKey::demonstration(), "commissioning", NumberPolicy::Test);
    let store = store_at(&folder.path().join("store"));
    let sha256 = AwaitedHash::from(Some("0123456789abcdef".repeat(4)));
    let delivery =
        Delivery { path: &path, sha256: &sha256, name: "f/f.csv", scope: "f", sender: "" };
    let places = Places::default();
    let intake = intake(&delivery, &contract, &encoder, &places, &store, &|_| ()).unwrap();
    (folder, store, contract, intake)
}

fn counts(intake: &Intake) -> [u64; 5] {
    let e = &intake.entry;
    [e.read, e.accepted, e.quarantined, e.filtered, e.duplicates]
}

fn keys(store: &Store, contract: &Contract, intake: &Intake) -> Vec<String> {
    let records = batch(store, Zone::Parts, &intake.records, &contract.record_schema());
    let keys = records.column_by_name("k").unwrap().as_string::<i32>();
    keys.iter().flatten().map(str::to_owned).collect()
}

#[test]
fn a_restricted_code_takes_its_appointment_with_it_and_is_not_named() {
    let lines = "column = [{ name = \"K\", as = \"k\" }, \
        { name = \"SPELL\", as = \"spell\", sentinels = [\"-1\"] }, { name = \"DIAG\", as = \"diag\" }, \
        { name = \"P\", role = \"provider\" }]\n\
        restricted = [{ list = \"l\", scheme = \"icd10\", columns = [\"DIAG\"], group = [\"SPELL\"] }]\n";
    // Row 1 comes before the row that makes it one of those to be left out; no spell is not a spell.
    let bytes = "K,SPELL,DIAG,P\n1,s1,I10,A\n2,s1,z31.2,A\n3,s2,Z312,A\n4,,N98.1,A\n5,,I10,A\n\
                 6,-1,N981,A\n7,-1,I10,A\n8,s3,Z31,A\n9,s2,,A\n";
    let (_folder, store, contract, intake) = take(lines, &["N98", "Z312"], bytes);
    assert_eq!(keys(&store, &contract, &intake), ["5", "7", "8"]);
    assert_eq!(counts(&intake), [9, 3, 0, 6, 0]);
    let found: Vec<_> = intake.found.iter().filter(|f| f.rule == "restricted_code").collect();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].n_rows, &found[0].column, found[0].severity.as_str()), (6, &None, "info"));
    assert!(found[0].first_lines.is_empty(), "nobody is led to the rows");
    // Without a group, only the coded rows go.
    let lines = lines.replace(", group = [\"SPELL\"]", "");
    let (_folder, store, contract, intake) = take(&lines, &["N98", "Z312"], bytes);
    assert_eq!(keys(&store, &contract, &intake), ["1", "5", "7", "8", "9"]);
}

#[test]
fn a_group_is_found_over_blocks() {
    let lines = "column = [{ name = \"K\", as = \"k\" }, { name = \"G\", as = \"g\" }, \
        { name = \"C\", as = \"c\", type = \"code\" }]\n\
        restricted = [{ list = \"l\", scheme = \"snomed\", columns = [\"C\"], group = [\"G\"] }]\n";
    let mut text = String::from("K,G,C\n");
    for i in 0..120_000 {
        let code = if i == 119_999 { "63487001" } else { "38341003" };
        text.push_str(&format!("{i},{},{code}\n", i % 40_000));
    }
    // The last row's group has three rows: at 39,999, 79,999 and 119,999.
    let (_folder, _store, _contract, intake) = take(lines, &["63487001"], &text);
    assert_eq!(counts(&intake), [120_000, 119_997, 0, 3, 0]);
}

#[test]
fn a_withheld_identity_is_counted_and_not_refused() {
    let lines = "column = [{ name = \"K\", as = \"k\" }, \
        { name = \"NHS\", role = \"nhs_number\", required = true }, \
        { name = \"WHY\", as = \"withheld_reason\", role = \"withheld_identity\", sentinels = [\"00\"] }, \
        { name = \"CODE\", as = \"code\", required = true }]\n";
    let bytes = "K,NHS,WHY,CODE\n1,9990000018,,a\n2,,03,a\n3,,,a\n4,,00,a\n5,,97,\n";
    let (_folder, store, contract, intake) = take(lines, &[], bytes);
    assert_eq!(keys(&store, &contract, &intake), ["1", "2"]);
    assert_eq!(counts(&intake), [5, 2, 3, 0, 0]);
    let found = intake.found.iter().find(|f| f.rule == "withheld_identity").unwrap();
    assert_eq!((found.n_rows, found.severity.as_str()), (2, "info"));
}

#[test]
fn nobody_is_in_published_figures_and_every_row_is_accounted_for() {
    let lines = "kind = \"area\"\nvintage = \"2024\"\n\
        column = [{ name = \"K\", as = \"k\" }, { name = \"P\", role = \"provider\" }, \
        { name = \"N\", as = \"n\", type = \"integer\", min = 0, required = true }]\n";
    let bytes = "K,P,N\na,RR8,1\nb,,2\nb,,2\nc,RAE,-1\nd,RAE,x\ne\n";
    let (_folder, store, contract, intake) = take(lines, &[], bytes);
    assert_eq!(counts(&intake), [6, 2, 3, 0, 1]);
    let records = batch(&store, Zone::Parts, &intake.records, &contract.record_schema());
    let text = |name: &str| -> Vec<Option<String>> {
        let column = records.column_by_name(name).unwrap().as_string::<i32>();
        column.iter().map(|cell| cell.map(str::to_owned)).collect()
    };
    assert_eq!(text("provider_code"), [Some("RR8".to_owned()), None]);
    assert_eq!(text("vintage"), vec![Some("2024".to_owned()); 2]);
    assert_eq!(records.num_columns(), 7);
    let ids = records.column_by_name("row_id").unwrap().as_primitive::<Int64Type>();
    assert_ne!(ids.value(0), ids.value(1));
    assert_eq!(intake.identities.n_rows, 0);
    // Nobody could be linked, which is not nobody of those that could.
    let profile = batch(&store, Zone::Parts, &intake.profile, &profile_schema());
    let of = |name: &str| profile.column_by_name(name).unwrap().null_count();
    assert_eq!([of("n_linkable"), of("n_verified")], [profile.num_rows(); 2]);
    assert!(of("n_accepted") < profile.num_rows());
}
