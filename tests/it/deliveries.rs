//! Refreshes, deltas and deletions: what stands after files have come, in whatever order.

use std::path::Path;

use crate::support::{agreement, hub, run_pipeline, stderr, write};

const CONTRACT: &str = r#"
feed = "visit"
version = "1"
title = "Visits"
sector = "community"
source = "made for this test"
delimiter = ","
key = ["Id"]
column = [
  { name = "Id", as = "visit_key", required = true },
  { name = "NHS", role = "nhs_number" },
  { name = "Day", as = "visited_on", type = "date", format = "%Y-%m-%d", role = "event_date", required = true },
  { name = "Team", as = "team" },
  { name = "Provider", role = "provider" },
  { name = "Deleted", role = "deleted", type = "flag", filter = "true" },
]
"#;

const MODEL: &str = "--! summary = \"Visits.\"
--! grain = [\"visit_key\", \"provider_code\"]
--! sensitivity = \"person\"
--! checks = [\"unique(visit_key, provider_code)\"]

with

accepted as (
    select record_id, identity_id, provider_code, visit_key, visited_on, team from record.visit
),

person_index as (
    select identity_id, person_id from link.person_index
)

select
    accepted.visit_key,     -- key of the visit
    accepted.provider_code, -- who sent it
    person_index.person_id, -- pseudonym
    accepted.visited_on,    -- day
    accepted.team           -- team
from accepted
left join person_index on accepted.identity_id = person_index.identity_id -- many to one
";

/// A pipeline of one feed in a folder of its own.
pub(crate) struct City {
    folder: tempfile::TempDir,
}

impl City {
    pub(crate) fn new(rule: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        for name in ["contracts", "models/core", "in"] {
            std::fs::create_dir_all(at(name)).expect("a folder");
        }
        write(&at("contracts/visit.toml"), CONTRACT);
        write(&at("models/core/visit.sql"), MODEL);
        let pipeline = format!(
            "name = \"t\"\ntitle = \"T\"\ncity = \"C\"\nas_at = 2025-08-01\ndata_from = 2025-04-01\n\
             purpose = \"commissioning\"\npopulation_basis = \"registered\"\nkey = \"demonstration\"\n\
             numbers = \"test\"\ncontracts = \"contracts\"\nmodels = {{ folder = \"models\" }}\n\
             [purposes.commissioning]\nlegal_basis = \"test\"\nnational_opt_out = \"exempt\"\n\
             reason = \"test\"\ntype1_opt_out = \"exempt\"\n{}[[delivery]]\nfeed = \"visit\"\n{rule}\n",
            agreement(&["visit"]),
        );
        write(&at("p.toml"), pipeline);
        Self { folder }
    }

    /// The same, where a visit must not lie after the day on which it was delivered.
    fn of_the_past(rule: &str) -> Self {
        let city = Self::new(rule);
        let check = "rule = [{ name = \"has_happened\", check = \"by_delivery(visited_on)\" }]\n";
        write(&city.path().join("contracts/visit.toml"), format!("{CONTRACT}{check}"));
        city
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Puts a file there: rows of `Id,Day,Team`, or `Id` alone for a deletion.
    pub(crate) fn deliver(&self, name: &str, provider: &str, rows: &[&str]) -> &Self {
        let mut text = "Id,NHS,Day,Team,Provider,Deleted\n".to_owned();
        for row in rows {
            let cells: Vec<&str> = row.split(',').collect();
            text.push_str(&match cells.as_slice() {
                [id, day, team] => format!("{id},9990000018,{day},{team},{provider},false\n"),
                [id] => format!("{id},,,,{provider},true\n"),
                other => unreachable!("{other:?}"),
            });
        }
        write(&self.path().join("in").join(name), text);
        self
    }

    pub(crate) fn run(&self) -> String {
        self.run_with(&[])
    }

    pub(crate) fn run_with(&self, more: &[&str]) -> String {
        let output = run_pipeline(&self.path().join("p.toml"), self.path(), more);
        assert!(output.status.success(), "{}", stderr(&output));
        stderr(&output)
    }

    pub(crate) fn query(&self, sql: &str) -> String {
        let output = hub(&["query", "--format", "csv", sql], self.path());
        assert!(output.status.success(), "{sql}: {}", stderr(&output));
        let text = String::from_utf8(output.stdout).expect("text");
        text.lines().skip(1).collect::<Vec<_>>().join(" ")
    }

    /// The visits that stand: key, month and day, team.
    pub(crate) fn visits(&self) -> String {
        self.run();
        self.query(
            "select concat(visit_key, ':', to_char(visited_on, '%m-%d'), team) from core.visit \
             order by visit_key, provider_code",
        )
    }
}

#[test]
fn a_freeze_replaces_the_flex_of_its_month_and_provider_only() {
    let city = City::new(
        "files = \"in/visit_{provider}_{month}_{generation}.csv\"\nrefresh = \"period\"\n\
         generations = [\"flex\", \"freeze\"]",
    );
    city.deliver("visit_RR8_2025-04_flex.csv", "RR8", &["a,2025-04-02,x", "b,2025-04-09,x"]);
    city.deliver("visit_RR8_2025-05_flex.csv", "RR8", &["c,2025-05-01,x"]);
    city.deliver("visit_RY6_2025-04_flex.csv", "RY6", &["d,2025-04-30,x"]);
    assert_eq!(city.visits(), "a:04-02x b:04-09x c:05-01x d:04-30x");
    // `b` is no longer there, `a` is corrected, `e` came late.
    city.deliver("visit_RR8_2025-04_freeze.csv", "RR8", &["a,2025-04-02,y", "e,2025-04-28,y"]);
    assert_eq!(city.visits(), "a:04-02y c:05-01x d:04-30x e:04-28y");
    let superseded = "select concat(generation, n_superseded) from quality.delivery order by file";
    assert_eq!(city.query(superseded), "flex2 freeze0 flex0 flex0");
    // Nothing is left of May, nor of June: these files are alike, and neither is taken for the other.
    city.deliver("visit_RR8_2025-06_freeze.csv", "RR8", &[]);
    city.deliver("visit_RR8_2025-05_freeze.csv", "RR8", &[]);
    assert_eq!(city.visits(), "a:04-02y d:04-30x e:04-28y");
    // The flex again, after the freeze: it changes nothing.
    city.deliver("visit_RR8_2025-04_flex.csv", "RR8", &["a,2025-04-02,z", "f,2025-04-01,z"]);
    assert_eq!(city.visits(), "a:04-02y d:04-30x e:04-28y");
}

#[test]
fn a_key_that_comes_again_replaces_and_a_deletion_takes_back() {
    let city = City::new("files = \"in/visit_{provider}_{month}.csv\"");
    // April last: the order is that of the months.
    city.deliver("visit_RR8_2025-06.csv", "RR8", &["b", "d,2025-05-20,z"]);
    city.deliver("visit_RR8_2025-05.csv", "RR8", &["a,2025-04-03,y", "b,2025-05-02,y"]);
    city.deliver(
        "visit_RR8_2025-04.csv",
        "RR8",
        &["a,2025-04-02,x", "b,2025-04-09,x", "c,2025-04-10,x"],
    );
    // The same keys of another sender are other visits.
    city.deliver("visit_RY6_2025-07.csv", "RY6", &["a,2025-07-01,q", "c"]);
    assert_eq!(city.visits(), "a:04-03y a:07-01q c:04-10x d:05-20z");
    let counts = "select concat(n_accepted, '-', n_superseded, '/', n_filtered) \
                  from quality.delivery order by file";
    assert_eq!(city.query(counts), "3-2/0 2-1/0 1-0/1 1-0/1");
    // `b` comes back.
    city.deliver("visit_RR8_2025-07.csv", "RR8", &["b,2025-07-09,w"]);
    assert_eq!(city.visits(), "a:04-03y a:07-01q b:07-09w c:04-10x d:05-20z");
}

#[test]
fn rolling_and_cumulative_files_replace_the_days_that_they_cover() {
    let rolling = City::new("files = \"in/v_{provider}_{date}.csv\"\nrefresh = \"rolling_year\"");
    rolling.deliver("v_X_2025-03-31.csv", "X", &["a,2024-05-01,x", "b,2025-01-10,x"]);
    rolling.deliver("v_X_2025-06-30.csv", "X", &["c,2025-05-01,y"]);
    // `a` lies before the second file's twelve months; `b` would be in it if it were still so.
    assert_eq!(rolling.visits(), "a:05-01x c:05-01y");

    let cumulative =
        City::new("files = \"in/v_{provider}_{month}.csv\"\nrefresh = \"year_to_date\"");
    cumulative.deliver("v_X_2025-03.csv", "X", &["a,2025-03-01,x"]);
    cumulative.deliver("v_X_2025-05.csv", "X", &["b,2025-04-01,y", "c,2025-05-01,y"]);
    cumulative.deliver("v_X_2025-06.csv", "X", &["c,2025-05-02,z"]);
    assert_eq!(cumulative.visits(), "a:03-01x c:05-02z");
}

#[test]
fn a_whole_list_replaces_the_lists_before_it() {
    let city = City::new("files = \"in/v_{provider}_{date}.csv\"\nrefresh = \"all\"");
    city.deliver("v_X_2025-06-01.csv", "X", &["b,2025-06-01,y"]);
    city.deliver("v_X_2025-05-01.csv", "X", &["a,2025-04-01,x", "b,2025-04-01,x"]);
    city.deliver("v_Y_2025-05-01.csv", "Y", &["c,2025-04-01,x"]);
    assert_eq!(city.visits(), "b:06-01y c:04-01x");
}

#[test]
fn a_second_run_with_nothing_new_says_so_and_a_late_file_redoes_only_what_changed() {
    let city = City::new("files = \"in/v_{provider}_{month}*.csv\"\nrefresh = \"period\"");
    city.deliver("v_X_2025-05.csv", "X", &["a,2025-05-01,x"]);
    city.deliver("v_X_2025-06.csv", "X", &["b,2025-06-01,x"]);
    city.run();
    assert!(city.run().contains("nothing new"), "{}", city.run());
    let parts = |city: &City| city.query("select count(*) from core.visit");
    city.deliver("v_X_2025-04.csv", "X", &["c,2025-04-01,x"]);
    city.run();
    assert_eq!(parts(&city), "3");
    // The same bytes under another name are read once.
    let bytes = std::fs::read(city.path().join("in/v_X_2025-06.csv")).expect("readable");
    write(&city.path().join("in/v_X_2025-06 again.csv"), bytes);
    assert!(city.run().contains("the same bytes as"), "{}", city.run());
    assert_eq!(parts(&city), "3");
}

#[test]
fn events_after_the_day_of_the_delivery_are_found() {
    let rows = ["a,2025-05-30,x", "b,2025-06-03,x", "c,2025-06-04,x"];
    for (rule, name) in [
        ("files = \"in/v_{provider}_{month}_{delivered}.csv\"", "v_X_2025-05_2025-06-03.csv"),
        ("files = \"in/v_{provider}_{month}_{delivered}.csv\"", "v_X_202505_20250603.csv"),
        ("files = \"in/v_{provider}.csv\"\ndelivered_on = 2025-06-03", "v_X.csv"),
        ("files = \"in/v_{date}.csv\"\ndelivered_on = 2025-06-03", "v_2025-05-31.csv"),
        ("files = \"in/v_{provider}_{date}.csv\"", "v_X_2025-06-03.csv"),
    ] {
        let city = City::of_the_past(rule);
        city.deliver(name, "X", &rows);
        assert_eq!(city.visits(), "a:05-30x b:06-03x", "{rule}");
        let refused = "select concat(line, ' ', column_name, ' ', rule) from quality.quarantine";
        assert_eq!(city.query(refused), "4 Day has_happened", "{rule}");
    }
    let unknown = City::of_the_past("files = \"in/v_{provider}_{month}.csv\"");
    unknown.deliver("v_X_2025-05.csv", "X", &rows);
    assert_eq!(unknown.visits(), "a:05-30x b:06-03x c:06-04x");
    let twice = "files = \"in/v_{delivered}.csv\"\ndelivered_on = 2025-06-03";
    let output = run_pipeline(&City::new(twice).path().join("p.toml"), unknown.path(), &[]);
    assert!(stderr(&output).contains("say the same twice"), "{}", stderr(&output));
}

#[test]
fn another_day_of_delivery_has_the_file_read_again() {
    let city = City::of_the_past("files = \"in/v.csv\"\ndelivered_on = 2025-06-03");
    city.deliver("v.csv", "X", &["a,2025-05-30,x", "b,2025-06-04,x"]);
    assert_eq!(city.visits(), "a:05-30x");
    // When the file was written plays no part.
    city.deliver("v.csv", "X", &["a,2025-05-30,x", "b,2025-06-04,x"]);
    assert!(city.run().contains("nothing new"));
    let path = city.path().join("p.toml");
    let text = std::fs::read_to_string(&path).expect("the pipeline");
    write(&path, text.replace("delivered_on = 2025-06-03", "delivered_on = 2025-06-04"));
    assert_eq!(city.visits(), "a:05-30x b:06-04x");
}

#[test]
fn files_that_are_missing_late_repeated_broken_or_unasked_are_told() {
    let city = City::new(
        "files = \"in/v_{provider}_{month}*.csv\"\n\
         expected = { from = 2025-04-01, providers = [\"X\", \"Y\"], due_days = 20 }",
    );
    let pipeline = city.path().join("p.toml");
    let text = std::fs::read_to_string(&pipeline).expect("the pipeline");
    write(&pipeline, text.replace("[purposes.", "on_broken_file = \"continue\"\n[purposes."));
    let expected = "select concat(sender, to_char(from_on, '%m'), ' ', status) \
                    from quality.expected order by sender, from_on";
    let left_out = "select concat(coalesce(file, '?'), ' ', reason, ' ', coalesce(same_as, '')) \
                    from quality.left_out order by file";

    city.deliver("v_X_2025-04.csv", "X", &["a,2025-04-01,x"]);
    city.run_with(&["--as-at", "2025-05-15"]);
    assert_eq!(city.query(expected), "X04 received Y04 awaited");
    let screen = city.run_with(&["--as-at", "2025-06-01"]);
    assert!(screen.contains("missing    visit of Y for 2025-04, due 2025-05-20\n"), "{screen}");
    assert!(!screen.contains("visit of X") && !screen.contains("2025-05,"), "{screen}");
    assert_eq!(city.query(expected), "X04 received X05 awaited Y04 missing Y05 awaited");
    assert_eq!(city.query(left_out), "");

    city.deliver("v_X_2025-04 again.csv", "X", &["a,2025-04-01,x"]);
    city.deliver("v_X_2025-05.csv", "X", &["b,2025-05-01,x"]);
    city.deliver("v_Y_2025-04.csv", "Y", &["c,2025-04-01,x"]);
    city.deliver("v_Z_2025-04.csv", "Z", &["d,2025-04-01,x"]);
    write(&city.path().join("in/v_Y_2025-05.csv"), "Id,Team\ne,x\n");
    write(&city.path().join("in/notes.txt"), "for a colleague");
    let screen = city.run_with(&["--as-at", "2025-06-25"]);
    for line in [
        "late       visit of X for 2025-05, due 2025-06-20: visit/v_X_2025-05.csv\n",
        "late       visit of Y for 2025-04, due 2025-05-20: visit/v_Y_2025-04.csv\n",
        "missing    visit of Y for 2025-05, due 2025-06-20\n",
        "unexpected visit of Z for 2025-04: visit/v_Z_2025-04.csv\n",
        "left out  visit/v_X_2025-04 again.csv: the same bytes as visit/v_X_2025-04.csv, read once",
        "in/v_Y_2025-05.csv: no column `Day`",
        "in/notes.txt: no rule names this file\n",
    ] {
        assert!(screen.contains(line), "{line}: {screen}");
    }
    assert_eq!(city.query(expected), "X04 received X05 late Y04 late Y05 missing Z04 unexpected");
    assert_eq!(
        city.query(left_out),
        "visit/v_X_2025-04 again.csv same_bytes visit/v_X_2025-04.csv visit/v_Y_2025-05.csv \
         broken_contract  ? no_rule "
    );
    // A night later what came late is no news; what is missing is still missing.
    let screen = city.run_with(&["--as-at", "2025-06-26"]);
    assert!(!screen.contains("late  ") && screen.contains("missing    visit of Y"), "{screen}");
}

#[test]
fn names_that_do_not_fit_are_told() {
    let city = City::new(
        "files = \"in/v_{provider}_{month}.csv\"\n[source]\nteam = \"in/teams.csv\"\n\
         [reference]\nplace = \"in/places.csv\"",
    );
    city.deliver("v_X_2025-05.csv", "X", &["a,2025-05-01,x"]);
    city.deliver("v_X_2025-13.csv", "X", &["b,2025-05-01,x"]);
    write(&city.path().join("in/teams.csv"), "team\nx\n");
    write(&city.path().join("in/places.csv"), "place\nx\n");
    let told = city.run();
    assert!(told.contains("v_X_2025-13.csv: no rule names this file"));
    // What the pipeline names for another end is no stray delivery.
    assert!(!told.contains("teams.csv") && !told.contains("places.csv"), "{told}");
    for (rule, what) in [
        ("files = \"in/v_*.csv\"\nrefresh = \"period\"", "needs names with a period"),
        ("files = \"in/v_{who}.csv\"", "is none of"),
        ("files = \"in/v_{generation}.csv\"", "go together"),
        ("files = \"in/{month}/v.csv\"", "last part"),
    ] {
        let output = run_pipeline(&City::new(rule).path().join("p.toml"), city.path(), &[]);
        assert!(stderr(&output).contains(what), "{rule}: {}", stderr(&output));
        assert!(!output.status.success());
    }
}

#[test]
fn a_file_that_changes_while_it_is_read_is_not_taken_for_what_was_hashed() {
    use std::io::Write;
    use std::sync::atomic::{AtomicBool, Ordering};

    let city = City::new("files = \"in/*\"");
    let rows: Vec<String> = (0..200).map(|i| format!("{i},2025-05-01,x")).collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    city.deliver("a.csv", "A", &rows);
    let whole = std::fs::read(city.path().join("in/a.csv")).expect("the file");
    let is_over = AtomicBool::new(false);
    let output = std::thread::scope(|threads| {
        threads.spawn(|| {
            let path = city.path().join("in/a.csv");
            let mut file = std::fs::File::options().append(true).open(path).expect("the file");
            for i in 0.. {
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
                writeln!(file, "late{i},9990000018,2025-05-02,y,A,false").expect("written");
                std::thread::sleep(std::time::Duration::from_micros(100));
            }
        });
        let output = run_pipeline(&city.path().join("p.toml"), city.path(), &[]);
        is_over.store(true, Ordering::Relaxed);
        output
    });
    assert!(!output.status.success(), "rows of no hash were taken in");
    assert!(stderr(&output).contains("a.csv: it changed while it was read"), "{}", stderr(&output));
    // Nothing of it is remembered under the hash of the file as it was.
    write(&city.path().join("in/a.csv"), whole);
    city.run();
    assert_eq!(city.query("select count(*) from core.visit"), "200");
}
