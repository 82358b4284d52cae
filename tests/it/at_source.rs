//! Pseudonyms at the source: a provider with nothing but a contract and its feed's key makes files that
//! the hub takes in, links within the feed, and links to others where a crosswalk says so.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Output;

use hub::contract::{Contract, Role};
use hub::pipeline::Pipeline;
use sha2::{Digest, Sha256};

use crate::deliveries::City;
use crate::forget::forget;
use crate::support::{
    agreement, changed_pipeline, command, copy_folder, hub, root, run_pipeline, sample, stderr,
    stdout, write,
};

const CONTRACT: &str = r#"
feed = "care"
version = "1"
title = "Care"
sector = "social_care"
source = "made for this test"
delimiter = ";"
encoding = "windows-1252"
key = ["Id"]
column = [
  { name = "Id", as = "care_key", required = true },
  { name = "NHS", aliases = ["NHS No"], role = "nhs_number" },
  { name = "Surname", role = "family_name" },
  { name = "DOB", role = "birth_date", type = "date", format = "%d/%m/%Y" },
  { name = "Gender", role = "sex", map = { "F" = "female", "M" = "male" } },
  { name = "Postcode", role = "postcode" },
  { name = "Client", role = "local_id" },
  { name = "Provider", role = "provider" },
  { name = "Start", as = "started_on", type = "date", format = "%d/%m/%Y", role = "event_date", required = true },
  { name = "Status", as = "status", filter = "test" },
  { name = "Notes", drop = true },
]
rule = [{ name = "started_after_birth", check = "after_birth(started_on)" }]
"#;

const MODEL: &str = "--! summary = \"Care.\"
--! grain = [\"care_key\"]
--! sensitivity = \"person\"
--! checks = [\"unique(care_key)\"]

with

accepted as (
    select identity_id, care_key, sex, birth_month, age_at_event, lsoa_code from record.care
),

person_index as (
    select identity_id, person_id from link.person_index
)

select
    accepted.care_key,      -- key of the row
    person_index.person_id, -- pseudonym
    accepted.sex,           -- sex
    accepted.birth_month,   -- month of birth
    accepted.age_at_event,  -- completed years
    accepted.lsoa_code      -- small area
from accepted
left join person_index on accepted.identity_id = person_index.identity_id -- many to one
";

/// Two rows of Ann, who is seen elsewhere too; one of Bob, who has no NHS number; one for trying out; one
/// of Cy on the day of birth. Numbers are of the range for tests.
const SENT: &str = "Id;NHS No;Surname;DOB;Gender;Postcode;Client;Provider;Start;Status;Notes\n\
    c1;999 000 0018;Ann\u{20}Quibblethwaite;09/06/1950;F;XL1 1AA;k1;P;10/05/2025;open;Ann called\n\
    c2;9990000018;Quibblethwaite;09/06/1950;F;xl11aa;k1;P;09/06/2025;open;\n\
    c3;;Vexborough;31/12/1980;M;XL9 9ZZ;k2;P;01/05/2025;\"open; late\";\n\
    c4;9990000026;Zzyzx;01/01/1990;M;XL1 1AA;k3;P;01/05/2025;test;\n\
    c5;9990000034;Umberworth;02/05/2025;M;XL1 1AA;k4;P;02/05/2025;open;\n";

/// What is in the provider's file and must not be in what it sends.
const IDENTIFIERS: [&str; 14] = [
    "9990000018",
    "999 000 0018",
    "9990000034",
    "Quibblethwaite",
    "Vexborough",
    "Umberworth",
    "09/06/1950",
    "31/12/1980",
    "02/05/2025",
    "XL1",
    "XL9",
    "k1",
    "k2",
    "Ann",
];

/// A hub that takes in visits of person 9990000018, and a provider of care with files of its own.
struct Sites {
    city: City,
    provider: tempfile::TempDir,
}

impl Sites {
    fn new() -> Self {
        let city = City::new("files = \"in/*\"");
        city.deliver("visits.csv", "X", &["v1,2025-04-03,x"]);
        write(&city.path().join("models/core/care.sql"), MODEL);
        write(&city.path().join("contracts/care.toml"), CONTRACT);
        let provider = tempfile::tempdir().expect("a folder");
        write(&provider.path().join("contracts/care.toml"), CONTRACT);
        write(&provider.path().join("care_2025.txt"), SENT);
        write(&provider.path().join("areas.csv"), "postcode,lsoa_code\nXL1 1AA,E01099001\n");
        let sites = Self { city, provider };
        sites.change(&agreement(&["visit"]), &agreement(&["visit", "care"]));
        sites.declare(
            "\n[[delivery]]\nfeed = \"care\"\ncontract = \"care_at_source\"\nfiles = \"sent/*\"\n",
        );
        sites
    }

    fn pipeline(&self) -> PathBuf {
        self.city.path().join("p.toml")
    }

    fn change(&self, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.pipeline()).expect("the pipeline");
        assert!(text.contains(from), "{from}");
        write(&self.pipeline(), text.replace(from, to));
    }

    fn declare(&self, more: &str) {
        let text = std::fs::read_to_string(self.pipeline()).expect("the pipeline");
        write(&self.pipeline(), text + more);
    }

    /// Gives the provider its feed's key.
    fn give_key(&self, name: &str) -> PathBuf {
        let path = self.provider.path().join(name);
        let (pipeline, file) = (self.pipeline(), path.to_string_lossy().into_owned());
        let args = ["key", "feed", &pipeline.to_string_lossy(), "care", &file];
        let output = hub(&args, self.city.path());
        assert!(output.status.success(), "{}", stderr(&output));
        path
    }

    /// Runs `hub pseudonymise` where nothing of the hub's is.
    fn pseudonymise(&self, key: &Path, more: &[&str]) -> Output {
        let key = key.to_string_lossy().into_owned();
        let args =
            ["pseudonymise", "care", "care_2025.txt", "--key", &key, "--contracts", "contracts"];
        let args: Vec<&str> = args.iter().chain(more).copied().collect();
        let at = self.provider.path();
        command(&args, at).current_dir(at).output().expect("hub starts")
    }

    /// What the provider has made goes to the hub.
    fn send(&self) {
        let out = self.provider.path().join("out");
        let to = self.city.path();
        let copy = |from: &str, to: PathBuf| {
            write(&to, std::fs::read(out.join(from)).expect("it was made"));
        };
        copy("care_2025.csv", to.join("sent/care_2025.csv"));
        copy("care_at_source.toml", to.join("contracts/care_at_source.toml"));
    }

    fn sent(&self) -> String {
        std::fs::read_to_string(self.provider.path().join("out/care_2025.csv")).expect("text")
    }
}

fn succeeds(output: &Output) {
    assert!(output.status.success(), "{}{}", stdout(output), stderr(output));
}

#[test]
fn what_a_provider_pseudonymises_holds_nobody_and_is_taken_in() {
    let sites = Sites::new();
    let key = sites.give_key("care.key");
    let output = sites.pseudonymise(&key, &["--postcodes", "areas.csv"]);
    succeeds(&output);
    assert!(stderr(&output).contains("5 rows"), "{}", stderr(&output));
    // Nothing but what it makes: no store.
    assert!(!sites.provider.path().join("store").exists());
    let sent = sites.sent();
    for identifier in IDENTIFIERS {
        assert!(!sent.contains(identifier), "{identifier} is in what is sent");
    }
    let header = "Id,Pseudonym,Birth Month,Gender,LSOA,Provider,Start,Status,Age At Event";
    assert_eq!(sent.lines().next(), Some(header));
    let again = sites.pseudonymise(&key, &["--postcodes", "areas.csv"]);
    succeeds(&again);
    assert_eq!(sites.sent(), sent, "the same again");
    sites.send();
    sites.city.run();
    // Read is what was sent; the row for trying out is left out here as it always was.
    let counts = "select concat(n_read, ' ', n_accepted, ' ', n_filtered) from quality.delivery \
                  where feed = 'care'";
    assert_eq!(sites.city.query(counts), "5 4 1");
    let rows = "select concat(care_key, ' ', coalesce(sex, '-'), ' ', \
                to_char(birth_month, '%Y-%m'), ' ', age_at_event, ' ', coalesce(lsoa_code, '-')) \
                from core.care order by 1";
    // 9 June 1950 to 10 May 2025 are 74 completed years, to 9 June 2025 75.
    assert_eq!(
        sites.city.query(rows),
        "c1 female 1950-06 74 E01099001 c2 female 1950-06 75 E01099001 c3 male 1980-12 44 - \
         c5 male 2025-05 0 E01099001"
    );
    // Ann's two rows are one person, and nobody whom the hub knows.
    let persons = "select count(distinct person_id) from core.care";
    assert_eq!(sites.city.query(persons), "3");
    assert_eq!(sites.city.query(TOGETHER), "");
    let born = "select to_char(started_on, '%Y-%m-%d') from record.care where care_key = 'c5'";
    assert_eq!(sites.city.query(born), "2025-05-01", "a day of birth is a month here too");
    succeeds(&hub(&["store", "verify"], sites.city.path()));
}

/// Rows of care whose person has a visit.
const TOGETHER: &str = "select care_key from core.care where person_id in \
                        (select person_id from core.visit) order by care_key";

#[test]
fn a_crosswalk_says_who_is_who_and_another_key_never_joins() {
    let sites = Sites::new();
    succeeds(&sites.pseudonymise(&sites.give_key("care.key"), &[]));
    sites.send();
    sites.city.run();
    assert_eq!(sites.city.query(TOGETHER), "");
    // The hub knows what the provider puts in place of the numbers of visits.
    sites.declare("\n[[crosswalk]]\nissuer = \"care\"\nnumbers_of = \"visit\"\n");
    sites.city.run();
    assert_eq!(sites.city.query(TOGETHER), "c1 c2");
    let step = "select distinct step from link.person_index where step = '3x'";
    assert_eq!(sites.city.query(step), "3x");
    succeeds(&hub(&["store", "verify"], sites.city.path()));

    // Under another master key the same numbers are other pseudonyms: the contract refuses them.
    let other = Sites::new();
    let path = other.city.path().join("other.key").to_string_lossy().into_owned();
    succeeds(&hub(&["key", "new", &path], other.city.path()));
    other.change("key = \"demonstration\"", "key = { file = \"other.key\" }");
    succeeds(&other.pseudonymise(&other.give_key("care.key"), &[]));
    let pseudonyms = |text: String| -> BTreeSet<String> {
        let rows = text.lines().skip(1);
        rows.map(|row| row.split(',').nth(1).expect("a pseudonym").to_owned()).collect()
    };
    let (ours, theirs) = (pseudonyms(sites.sent()), pseudonyms(other.sent()));
    assert_eq!((ours.len(), ours.intersection(&theirs).count()), (4, 0));
    write(&sites.city.path().join("sent/care_2025.csv"), other.sent());
    sites.city.run();
    assert_eq!(sites.city.query("select count(*) from core.care"), "0");
    let refused = "select concat(rule, ' ', n_rows) from quality.finding where feed = 'care' \
                   and rule = 'pseudonym_of_this_key'";
    assert_eq!(sites.city.query(refused), "pseudonym_of_this_key 4");
}

#[test]
fn a_crosswalk_of_a_file_maps_one_issuers_pseudonyms_to_anothers_or_to_numbers() {
    let sites = Sites::new();
    succeeds(&sites.pseudonymise(&sites.give_key("care.key"), &[]));
    sites.send();
    let contract = sites.city.path().join("contracts/care_at_source.toml");
    let contract = std::fs::read_to_string(contract).expect("the contract");
    let key_id = contract.split("key_id = \"").nth(1).and_then(|text| text.split('"').next());
    let key_id = key_id.expect("an id");
    let pseudonym = |row: &str| -> String {
        let sent = sites.sent();
        let line = sent.lines().find(|line| line.starts_with(row)).expect("a row");
        line.split(',').nth(1).expect("a pseudonym").to_owned()
    };
    let (ann, bob) = (pseudonym("c1"), pseudonym("c3"));
    // Somebody who knows says that Bob, who has no number here, is the person of the visits.
    let file = sites.city.path().join("who.csv");
    write(&file, format!("pseudonym,nhs_number\n{bob},9990000018\n"));
    let declared = format!("key_id = \"{key_id}\"\nfile = \"who.csv\"\n");
    sites.declare(&format!("\n[[crosswalk]]\nissuer = \"care\"\n{declared}"));
    sites.city.run();
    assert_eq!(sites.city.query(TOGETHER), "c3");
    // Of another key's pseudonyms it says nothing.
    let of_another = "key_id = \"0000000000000000\"\nfile = \"who.csv\"\n";
    sites.change(&declared, of_another);
    sites.city.run();
    assert_eq!(sites.city.query(TOGETHER), "");
    // Or that Ann and Bob are one, whoever issued their pseudonyms.
    write(&file, format!("pseudonym,other_pseudonym\n{bob},{ann}\n"));
    let to = format!("to_issuer = \"care\"\nto_key_id = \"{key_id}\"\n");
    sites.change(of_another, &format!("{declared}{to}"));
    sites.city.run();
    assert_eq!(sites.city.query("select count(distinct person_id) from core.care"), "2");
    // A crosswalk says one thing, about feeds that there are.
    let refused = |expected: &str| {
        let output = run_pipeline(&sites.pipeline(), sites.city.path(), &[]);
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
    };
    sites.change(&to, "numbers_of = \"visit\"\n");
    refused("either `file` or `numbers_of`");
    sites.change("file = \"who.csv\"\n", "");
    refused("`numbers_of` goes with `issuer` alone, or with a salt");
    sites.change(&format!("key_id = \"{key_id}\"\n"), "");
    sites.change("numbers_of = \"visit\"", "numbers_of = \"vist\"");
    refused("feed `vist`");
    sites.change("numbers_of = \"vist\"", "numbers_of = \"visit\"");
    sites.change("issuer = \"care\"", "issuer = \"care/Z\"");
    refused("no [[delivery]] has a contract with issuer `care/Z`");
}

#[test]
fn who_is_forgotten_is_known_by_what_stands_in_place_of_the_number() {
    let sites = Sites::new();
    succeeds(&sites.pseudonymise(&sites.give_key("care.key"), &[]));
    sites.send();
    sites.city.run();
    let rows = "select care_key from core.care order by 1";
    assert_eq!(sites.city.query(rows), "c1 c2 c3 c5");
    // Nobody but the provider ever had Ann's number, and the hub has her pseudonym alone; Bob's was
    // given to the same number by somebody who knows.
    let sent = sites.sent();
    let bob = sent.lines().find(|line| line.starts_with("c3")).and_then(|l| l.split(',').nth(1));
    let who = format!("pseudonym,nhs_number\n{},9990000018\n", bob.expect("a pseudonym"));
    write(&sites.city.path().join("who.csv"), who);
    let contract = std::fs::read_to_string(sites.city.path().join("contracts/care_at_source.toml"));
    let contract = contract.expect("the contract");
    let key_id = contract.split("key_id = \"").nth(1).and_then(|text| text.split('"').next());
    let key_id = key_id.expect("an id");
    sites.declare(&format!(
        "\n[[crosswalk]]\nissuer = \"care\"\nkey_id = \"{key_id}\"\nfile = \"who.csv\"\n"
    ));
    let said = forget(sites.city.path(), "9990000018", "erasure asked for, case 17");
    succeeds(&said);
    assert_eq!(sites.city.query(rows), "c5");
    sites.city.run();
    assert_eq!(sites.city.query(rows), "c5", "the next night");
    // Another file of the same persons.
    write(&sites.city.path().join("sent/care_2026.csv"), sent.replace("\nc", "\nd"));
    sites.city.run();
    assert_eq!(sites.city.query(rows), "c5 d5");
    let found =
        "select sum(n_rows) from quality.finding where rule = 'forgotten' and feed = 'care'";
    assert_eq!(sites.city.query(found), "6");
    succeeds(&hub(&["store", "verify"], sites.city.path()));
}

#[test]
fn a_provider_needs_its_own_feeds_key_and_nobody_elses() {
    use std::os::unix::fs::PermissionsExt;
    let sites = Sites::new();
    let master = sites.city.path().join("master.key");
    succeeds(&hub(&["key", "new", &master.to_string_lossy()], sites.city.path()));
    let key = sites.give_key("care.key");
    let open = sites.provider.path().join("open.key");
    write(&open, std::fs::read(&key).expect("the key"));
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o644)).expect("set");
    let other = sites.provider.path().join("visit.key");
    let pipeline = sites.pipeline().to_string_lossy().into_owned();
    let args = ["key", "feed", &pipeline, "visit", &other.to_string_lossy()];
    succeeds(&hub(&args, sites.city.path()));
    let secret = std::fs::read_to_string(&key).expect("the key");
    let secret = secret.split_whitespace().last().expect("its digits").to_owned();
    for (wrong, expected) in [
        (&master, "not a feed's key"),
        (&open, "mode 0600"),
        (&other, "for feed `visit`"),
        (&sites.provider.path().join("none.key"), "none.key"),
    ] {
        let output = sites.pseudonymise(wrong, &[]);
        assert_eq!(output.status.code(), Some(14), "{}", stderr(&output));
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
        assert!(!stderr(&output).contains(&secret) && !sites.provider.path().join("out").exists());
    }
    // Nor may a key for test numbers touch a number that has been issued.
    write(&sites.provider.path().join("care_2025.txt"), SENT.replace("9990000034", "4010232137"));
    let output = sites.pseudonymise(&key, &[]);
    assert_eq!(output.status.code(), Some(10), "{}", stderr(&output));
    assert!(stderr(&output).contains("line 6") && !stderr(&output).contains("4010232137"));
    assert!(!sites.provider.path().join("out/care_2025.csv").exists());
}

#[test]
fn old_digests_of_open_pseudonymiser_are_found_again_and_no_others() {
    use std::os::unix::fs::PermissionsExt;
    let sites = Sites::new();
    // Its published form: the digits and the salt behind them, hashed.
    let digest = |number: &str, salt: &str| -> String {
        let digest = Sha256::digest(format!("{number}{salt}"));
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let contract = "feed = \"care\"\nversion = \"1\"\ntitle = \"Care\"\nsector = \"social_care\"\n\
                    source = \"made for this test\"\ndelimiter = \",\"\nkey = [\"Id\"]\n\
                    issuer = \"the old warehouse\"\ncolumn = [\n\
                    { name = \"Id\", as = \"care_key\", required = true },\n\
                    { name = \"Digest\", role = \"pseudonym\" },\n]\n";
    write(&sites.city.path().join("contracts/care_at_source.toml"), contract);
    let (seen, other) = (digest("9990000018", "old salt"), digest("9990000018", "another salt"));
    write(&sites.city.path().join("sent/old.csv"), format!("Id,Digest\no1,{seen}\no2,{other}\n"));
    let salt = sites.city.path().join("old.salt");
    write(&salt, "old salt\n");
    std::fs::set_permissions(&salt, std::fs::Permissions::from_mode(0o600)).expect("set");
    let model = MODEL.lines().filter(|line| !line.contains("accepted.sex"));
    let model = model.filter(|line| {
        !["birth_", "age_", "lsoa_"].iter().any(|name| line.contains(&format!("accepted.{name}")))
    });
    let model = model.collect::<Vec<_>>().join("\n");
    let model = model.replace("care_key, sex, birth_month, age_at_event, lsoa_code", "care_key");
    let model = model.replace("person_index.person_id,", "person_index.person_id");
    write(&sites.city.path().join("models/core/care.sql"), model + "\n");
    sites.declare(
        "\n[[crosswalk]]\nissuer = \"the old warehouse\"\nnumbers_of = \"visit\"\n\
         open_pseudonymiser_salt = \"old.salt\"\n",
    );
    sites.city.run();
    assert_eq!(sites.city.query(TOGETHER), "o1");
    succeeds(&hub(&["store", "verify"], sites.city.path()));
}

/// The line of a feed in the summary of a run: read, accepted, quarantined, filtered, duplicates.
fn counts(output: &Output, feed: &str) -> String {
    let said = stderr(output);
    let line = said.lines().find(|line| line.starts_with(&format!("{feed} ")));
    line.unwrap_or_else(|| panic!("no line of {feed}: {said}")).to_owned()
}

#[test]
fn the_sample_citys_third_sector_is_counted_as_ever_when_its_providers_pseudonymise() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let contracts = at.join("contracts");
    copy_folder(&root().join("pipelines/contracts"), &contracts);
    let key = at.join("third_sector.key").to_string_lossy().into_owned();
    succeeds(&hub(&["key", "feed", "pipelines/sample.toml", "third_sector", &key], at));
    let extracts = root().join("sample-data/extracts/third_sector");
    let files =
        std::fs::read_dir(extracts).expect("extracts").map(|entry| entry.expect("one").path());
    let files: Vec<String> = files.map(|path| path.to_string_lossy().into_owned()).collect();
    let args = ["pseudonymise", "third_sector", "--key", &key];
    let args: Vec<&str> = args.into_iter().chain(files.iter().map(String::as_str)).collect();
    succeeds(&hub(&args, at));
    // No name, date of birth, postcode or client of the providers' is in any file.
    let mut n_identifiers = 0;
    for file in &files {
        let stem = Path::new(file).file_stem().expect("a name").to_string_lossy().into_owned();
        let sent = std::fs::read_to_string(at.join(format!("out/{stem}.csv"))).expect("text");
        let sent: BTreeSet<&str> =
            sent.split([',', '\n']).map(|cell| cell.trim_matches('"')).collect();
        let bytes = std::fs::read(file).expect("the extract");
        let mut rows =
            csv::ReaderBuilder::new().delimiter(b';').flexible(true).from_reader(bytes.as_slice());
        for row in rows.byte_records() {
            let row = row.expect("a row");
            for column in [0, 2, 3, 4, 7] {
                let cell =
                    String::from_utf8_lossy(row.get(column).unwrap_or_default()).into_owned();
                n_identifiers += usize::from(!cell.is_empty());
                assert!(
                    cell.is_empty() || !sent.contains(cell.as_str()),
                    "{stem}: column {column}"
                );
            }
        }
    }
    assert!(n_identifiers > 1_000, "{n_identifiers}");
    let contract = "third_sector_at_source.toml";
    write(&contracts.join(contract), std::fs::read(at.join("out").join(contract)).expect("made"));
    let pipeline = changed_pipeline(at, |text| {
        let from = format!("files = \"{}/sample-data/extracts/third_sector/*\"", root().display());
        assert!(text.contains(&from));
        let to = "contract = \"third_sector_at_source\"\nfiles = \"out/*.csv\"";
        text.replace(&from, to)
            .replace(&format!("{}/pipelines/contracts", root().display()), "contracts")
    });
    let output = run_pipeline(&pipeline, at, &["--until", "extract"]);
    succeeds(&output);
    assert_eq!(counts(&output, "third_sector"), counts(&sample().output, "third_sector"));
}

#[test]
fn the_sample_has_feeds_with_numbers_without_and_with_pseudonyms_in_their_place() {
    let pipeline = Pipeline::load(&root().join("pipelines/sample.toml")).expect("the pipeline");
    let mut kinds: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for rule in &pipeline.delivery {
        let name = rule.contract.as_ref().unwrap_or(&rule.feed);
        let path = root().join("pipelines/contracts").join(format!("{name}.toml"));
        let contract = Contract::load(&path).expect("its contract");
        let has = |role| contract.column_of(role).is_some();
        let kind = match (has(Role::NhsNumber), has(Role::Pseudonym)) {
            (true, false) => "number",
            (false, true) => "pseudonym",
            (false, false) => "neither",
            (true, true) => panic!("{name} has both"),
        };
        kinds.entry(kind).or_default().insert(&rule.feed);
    }
    assert_eq!(kinds["pseudonym"], BTreeSet::from(["iapt"]));
    for (kind, feed) in [("neither", "third_sector"), ("neither", "gp_event"), ("number", "apc")] {
        assert!(kinds[kind].contains(feed), "{kinds:?}");
    }
    let declared =
        pipeline.crosswalk.iter().map(|one| (one.issuer.as_str(), one.numbers_of.as_deref()));
    assert_eq!(declared.collect::<Vec<_>>(), [("iapt/RGD", Some("gp_registration"))]);
}

#[test]
fn the_samples_talking_therapies_come_without_identifiers_and_are_of_the_right_persons() {
    let run = sample();
    // Of 856 rows 3 are the same again, and 3 break a rule of the contract (`truth/defects.csv`). Of the rest
    // 21 have no number and 8 one that fails its check digit: they are of nobody whom the list knows.
    let linked = "select count(*) as n from record.iapt as row \
                  inner join link.person_index as linked on row.identity_id = linked.identity_id \
                  inner join (select distinct person_id from base.gp_registration) as list \
                  on linked.person_id = list.person_id";
    let n_linked: u32 = run.query(linked)[0][0].parse().expect("a count");
    assert_eq!(n_linked, 856 - 6 - 29);
    // Linkage looks at no sex and no month of birth of them: they are the list's all the same, but for
    // those of whom the provider has day and month of birth the wrong way round, or nothing.
    let alike = "select avg(case when row.sex = list.sex then 1.0 else 0.0 end) as sexes, \
                 avg(case when row.birth_month = list.birth_month then 1.0 else 0.0 end) as months \
                 from base.iapt as row inner join core.person as list \
                 on row.person_id = list.person_id where row.birth_month is not null";
    let shares: Vec<f64> =
        run.query(alike)[0].iter().map(|c| c.parse().expect("a share")).collect();
    assert!(shares[0] > 0.995 && shares[1] > 0.97, "{shares:?}");
    let step = "select distinct step from link.person_index as linked inner join record.iapt as row \
                on row.identity_id = linked.identity_id where step = '3x'";
    assert_eq!(run.query(step), [["3x"]]);
}

#[test]
fn a_key_that_one_provider_lost_says_nothing_of_anothers_pseudonyms() {
    let sites = Sites::new();
    let pipeline = sites.pipeline().to_string_lossy().into_owned();
    let give = |provider: &str| -> PathBuf {
        let path = sites.provider.path().join(format!("{provider}.key"));
        let file = path.to_string_lossy().into_owned();
        let args = ["key", "feed", &pipeline, "care", &file, "--provider", provider];
        succeeds(&hub(&args, sites.city.path()));
        path
    };
    let pseudonyms = |text: &str| -> BTreeSet<String> {
        text.lines().skip(1).map(|row| row.split(',').nth(1).expect("one").to_owned()).collect()
    };
    let mut made: Vec<BTreeSet<String>> = Vec::new();
    for provider in ["P", "Q"] {
        let key = give(provider);
        succeeds(&sites.pseudonymise(&key, &["--provider", provider]));
        made.push(pseudonyms(&sites.sent()));
        let contract = format!("care_{}_at_source.toml", provider.to_lowercase());
        let text = std::fs::read(sites.provider.path().join("out").join(&contract));
        let text = String::from_utf8(text.expect("the contract")).expect("text");
        assert!(text.contains(&format!("issuer = \"care/{provider}\"")), "{text}");
        write(&sites.city.path().join("contracts").join(contract), text);
        // The same persons, whom the two providers know by the same numbers and ids.
        let sent = sites.sent().replace("\nc", &format!("\n{}", provider.to_lowercase()));
        let file = format!("sent_{}/care_2025.csv", provider.to_lowercase());
        write(&sites.city.path().join(file), sent.replace(",P,", &format!(",{provider},")));
    }
    assert_eq!((made[0].len(), made[0].intersection(&made[1]).count()), (4, 0));
    // The lost key makes nothing that the other provider could have sent.
    let lost = sites.provider.path().join("P.key");
    let refused = sites.pseudonymise(&lost, &["--provider", "Q"]);
    assert_eq!(refused.status.code(), Some(14), "{}", stderr(&refused));
    assert!(stderr(&refused).contains("`care/P`, not for `care/Q`"), "{}", stderr(&refused));
    // A crosswalk for each of them: each provider's own pseudonyms are followed, and the other's are not.
    sites.change(
        "contract = \"care_at_source\"\nfiles = \"sent/*\"",
        &format!(
            "contract = \"care_p_at_source\"\nfiles = \"sent_p/*\"\n{}",
            "[[delivery]]\nfeed = \"care\"\ncontract = \"care_q_at_source\"\nfiles = \"sent_q/*\""
        ),
    );
    sites.city.run();
    assert_eq!(sites.city.query(TOGETHER), "");
    sites.declare("\n[[crosswalk]]\nissuer = \"care/P\"\nnumbers_of = \"visit\"\n");
    sites.city.run();
    assert_eq!(sites.city.query(TOGETHER), "p1 p2");
    sites.declare("\n[[crosswalk]]\nissuer = \"care/Q\"\nnumbers_of = \"visit\"\n");
    sites.city.run();
    assert_eq!(sites.city.query(TOGETHER), "p1 p2 q1 q2");
    // Whoever is forgotten is known by what each of them puts in place of the number.
    succeeds(&forget(sites.city.path(), "9990000018", "erasure asked for, case 17"));
    let left = "select care_key from core.care order by 1";
    assert_eq!(sites.city.query(left), "p3 p5 q3 q5");
}

#[test]
fn pseudonyms_of_a_number_that_was_superseded_are_followed_to_its_successor() {
    let sites = Sites::new();
    succeeds(&sites.pseudonymise(&sites.give_key("care.key"), &[]));
    sites.send();
    // The provider still has Ann under a number that has been replaced; visits know only the new one.
    let visits = sites.city.path().join("in/visits.csv");
    let text = std::fs::read_to_string(&visits).expect("the visits");
    assert!(text.contains("9990000018"), "{text}");
    write(&visits, text.replace("9990000018", "9990000042"));
    sites.declare("\n[[crosswalk]]\nissuer = \"care\"\nnumbers_of = \"visit\"\n");
    sites.city.run();
    assert_eq!(sites.city.query(TOGETHER), "");
    let table = sites.city.path().join("superseded.csv");
    write(&table, "old_nhs_number,new_nhs_number\n9990000018,9990000042\n");
    let key = "key = \"demonstration\"";
    sites.change(key, &format!("superseded_numbers = \"superseded.csv\"\n{key}"));
    sites.city.run();
    assert_eq!(sites.city.query(TOGETHER), "c1 c2");
    // Whoever is forgotten by the new number is known by what the provider makes of the old one.
    succeeds(&forget(sites.city.path(), "9990000042", "erasure asked for, case 17"));
    let rows = "select care_key from core.care order by 1";
    assert_eq!(sites.city.query(rows), "c3 c5");
    let again = sites.sent().replace("\nc", "\nd");
    write(&sites.city.path().join("sent/care_2026.csv"), again);
    sites.city.run();
    assert_eq!(sites.city.query(rows), "c3 c5 d3 d5");
}
