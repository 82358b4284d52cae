//! A file in many blocks, on many threads, of any bytes: the same comes of it, and every record is
//! accounted for.

use std::path::PathBuf;

use super::*;

fn many_rows() -> String {
    let mut text = format!("{HEADER}\n");
    for i in 0..3_000 {
        let (key, person, code) = (i * 7 % 2_900, i % 400, if i % 50 == 0 { "Z" } else { "A" });
        let date = if i % 97 == 0 { "not a date" } else { "2024-03-01" };
        text += &format!(
            "k{key},,,a{person},Name{person},,1950-03-02,2,LS1 4AP,{person},RR8,{date},,{code},N,\n"
        );
    }
    text
}

#[test]
fn threads_blocks_and_compression_change_nothing() {
    let text = many_rows();
    let whole = take_under(&Setting::default(), text.as_bytes()).unwrap();
    assert_eq!(whole.counts().iter().skip(1).sum::<u64>(), 3_000);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(text.as_bytes()).unwrap();
    let small = || Setting {
        limits: Limits { block_bytes: 3_000, ..Limits::default() },
        ..Setting::default()
    };
    let few_keys = Setting { n_keys: 1_000, ..small() };
    let late = |n_ahead| Setting { n_ahead, ..small() };
    for (n_threads, setting, bytes) in [
        (2, few_keys, text.clone().into_bytes()),
        (1, Setting { n_ahead: 1, ..Setting::default() }, text.clone().into_bytes()),
        (2, late(1), text.clone().into_bytes()),
        (2, late(50), text.clone().into_bytes()),
        (1, Setting::default(), text.clone().into_bytes()),
        (1, small(), text.clone().into_bytes()),
        (4, small(), text.clone().into_bytes()),
        (3, small(), gz.finish().unwrap()),
    ] {
        let pool = ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        let again = pool.install(|| take_under(&setting, &bytes)).unwrap();
        assert_eq!(again.records, whole.records);
        assert_eq!(again.identities, whole.identities);
        assert_eq!(again.quarantine, whole.quarantine);
        assert_eq!(again.intake.found, whole.intake.found);
        assert_eq!(again.intake, whole.intake);
    }
}

#[test]
fn of_a_file_that_is_found_not_to_be_wanted_nothing_is_left() {
    for n_ahead in [0, 1, 10] {
        let limits = Limits { block_bytes: 3_000, ..Limits::default() };
        let setting = Setting { n_ahead, is_wanted: false, limits, ..Setting::default() };
        let made = take_under(&setting, many_rows().as_bytes());
        assert!(matches!(made, Err(IntakeError::Unwanted { .. })), "{n_ahead} blocks ahead");
    }
}

#[test]
fn progress_ends_at_the_size_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("f.csv");
    crate::store::write_atomic(&path, many_rows().as_bytes()).unwrap();
    let contract = Contract::read(Path::new("apc.toml"), CONTRACT.to_owned()).unwrap();
    let encoder = Encoder::new(&MasterKey::demonstration(), "p", NumberPolicy::Test);
    let store = store_at(&folder.path().join("store"));
    let sha256 = &AwaitedHash::from(Some("00".to_owned()));
    let delivery = Delivery { path: &path, sha256, name: "apc/f.csv", scope: "apc", sender: "" };
    let n_bytes = std::sync::atomic::AtomicU64::new(0);
    let progress = |n| {
        n_bytes.fetch_add(n, Ordering::Relaxed);
    };
    intake(&delivery, &contract, &encoder, &Places::default(), &store, &progress).unwrap();
    assert_eq!(n_bytes.into_inner(), path.metadata().unwrap().len());
}

#[test]
fn a_file_is_worked_on_before_its_hash_is_known_and_nothing_is_written_unless_it_is_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("f.csv");
    crate::store::write_atomic(&path, many_rows().as_bytes()).unwrap();
    let contract = Contract::read(Path::new("apc.toml"), CONTRACT.to_owned()).unwrap();
    let encoder = Encoder::new(&MasterKey::demonstration(), "p", NumberPolicy::Test);
    let taken = |name: &str, late: Option<Option<&str>>| {
        let store = store_at(&folder.path().join(name));
        let known = Some("0123456789abcdef".to_owned());
        let sha256 = if late.is_some() { AwaitedHash::new() } else { AwaitedHash::from(known) };
        let delivery =
            Delivery { path: &path, sha256: &sha256, name: "apc/f.csv", scope: "apc", sender: "" };
        let made = std::thread::scope(|threads| {
            let begun = threads.spawn(|| {
                intake(&delivery, &contract, &encoder, &Places::default(), &store, &|_| ())
            });
            if let Some(late) = late {
                std::thread::sleep(std::time::Duration::from_millis(30));
                sha256.set(late.map(str::to_owned)).unwrap();
            }
            begun.join().unwrap()
        });
        (made, std::fs::read_dir(folder.path().join(name).join("parts")).unwrap().count())
    };
    let (at_once, n_parts) = taken("at_once", None);
    let (late, n_late) = taken("late", Some(Some("0123456789abcdef")));
    assert_eq!(late.unwrap(), at_once.unwrap());
    assert!(n_parts > 0 && n_late == n_parts);
    let (unwanted, n_unwanted) = taken("unwanted", Some(None));
    assert!(matches!(unwanted, Err(IntakeError::Unwanted { .. })));
    assert_eq!(n_unwanted, 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_record_of_any_bytes_is_accounted_for(
        pieces in proptest::collection::vec(
            prop_oneof![
                "[a-z0-9,\"\n\r;| -]{0,60}".prop_map(String::into_bytes),
                proptest::collection::vec(any::<u8>(), 0..40),
                Just(b"\nk1,9990000018,01,a1,X,Y,1950-03-02,2,LS1 4AP,14,RR8,2024-03-01,,A,N,note\n".to_vec()),
                Just(b"\nk2,,,,,,,,,,RR8,2024-03-01,,A,Y,\n".to_vec()),
                Just(HEADER.as_bytes().to_vec()),
            ],
            0..30,
        ),
    ) {
        let bytes = [HEADER.as_bytes(), b"\n", &pieces.concat()].concat();
        let limits = Limits { block_bytes: 200, record_bytes: 500, record_lines: 4, ..Limits::default() };
        match take_under(&Setting { limits, ..Setting::default() }, &bytes) {
            Ok(taken) => {
                let [read, accepted, quarantined, filtered, duplicates] = taken.counts();
                prop_assert_eq!(read, accepted + quarantined + filtered + duplicates);
                prop_assert_eq!(accepted, taken.records.num_rows() as u64);
                prop_assert_eq!(quarantined + duplicates, taken.quarantine.len() as u64);
            }
            Err(error) => prop_assert!(error.is_the_files_fault(), "{}", error),
        }
    }
}
