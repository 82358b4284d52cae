//! A synthetic city that sends month by month, and a hub of its own that receives it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{copy_folder, hub, root, run_pipeline, stderr, write};

/// How the files of each feed follow on each other, as the city's page says: the rule's files, and more.
const FEEDS: [(&str, &str); 16] = [
    (
        "apc",
        "{month}_{generation}.csv\"\nrefresh = \"period\"\ngenerations = [\"flex\", \"freeze\"]",
    ),
    (
        "op",
        "{month}_{generation}.csv\"\nrefresh = \"period\"\ngenerations = [\"flex\", \"freeze\"]",
    ),
    (
        "ecds",
        "{month}_{generation}.csv\"\nrefresh = \"period\"\ngenerations = [\"flex\", \"freeze\"]",
    ),
    (
        "csds",
        "{month}_{generation}.csv\"\nrefresh = \"period\"\ngenerations = [\"primary\", \"final\"]",
    ),
    (
        "mhsds",
        "{month}_{generation}.csv\"\nrefresh = \"period\"\ngenerations = [\"primary\", \"final\"]",
    ),
    ("iapt", "{month}_ytd.csv\"\nrefresh = \"year_to_date\""),
    ("asc", "{month}_rolling.csv\"\nrefresh = \"rolling_year\""),
    ("gp_registration", "{month}_snapshot.csv\"\nrefresh = \"all\""),
    ("gp_event", "{month}_*.csv\""),
    ("gp_prescription", "{month}_*.csv\""),
    ("gp_appointment", "{month}_*.csv\""),
    ("death", "{month}_append.csv\""),
    ("ambulance", "{month}_append.csv\""),
    ("nhs111", "{month}_append.csv\""),
    ("csc", "{month}_append.csv\""),
    ("third_sector", "{month}_append.csv\""),
];

/// A city whose files arrive month by month, with the truth about each arrival.
pub(super) struct City {
    folder: TempDir,
}

impl City {
    pub(super) fn new(people: &str, months: &str, more: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let args = ["synth", "--people", people, "--months", months, "--deliveries", "monthly"];
        let args: Vec<&str> = args.into_iter().chain(more.iter().copied()).collect();
        let output = hub(&args, folder.path());
        assert!(output.status.success(), "{}", stderr(&output));
        Self { folder }
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    pub(super) fn truth(&self, name: &str) -> Vec<BTreeMap<String, String>> {
        let path = self.path().join("truth").join(name);
        let mut reader = csv::Reader::from_path(path).expect("the truth");
        reader.deserialize().map(|row| row.expect("a row")).collect()
    }

    /// Every file, and the month in which it arrives.
    pub(super) fn deliveries(&self) -> Vec<(u32, String)> {
        let file = |row: BTreeMap<String, String>| (number(&row["arrival"]), row["file"].clone());
        self.truth("deliveries.csv").into_iter().map(file).collect()
    }
}

pub(super) fn number<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("{text}: a number"))
}

/// A hub of its own, to which a city's files are delivered.
pub(super) struct Hub<'a> {
    pub(super) city: &'a City,
    pub(super) folder: TempDir,
}

impl<'a> Hub<'a> {
    pub(super) fn new(city: &'a City, as_at: &str, models: &str) -> Self {
        let hub = Self { city, folder: tempfile::tempdir().expect("a folder") };
        copy_folder(&root().join("pipelines/contracts"), &hub.at("contracts"));
        // Keys without the day of the extract, and the column that the yearly files lack.
        hub.change("asc", "key = [", "key = [\"Event_Reference\"] #");
        hub.change("iapt", "key = [", "key = [\"PathwayID\"] #");
        let deleted =
            "{ name = \"Deleted\", role = \"deleted\", type = \"flag\", filter = \"true\" }";
        hub.change("gp_appointment", "column = [", &format!("column = [\n  {deleted},"));
        hub.shorten_lists_of_formats();
        let city = hub.city.path().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(root().join("pipelines/sample.toml")).expect("readable");
        let (text, _) = text.split_once("[[delivery]]").expect("its deliveries");
        let mut text = text
            .replace("as_at = 2026-04-01", &format!("as_at = {as_at}"))
            .replace("\"../sql/models\"", &format!("\"../sql/models\", only = [{models}]"))
            .replace("\"../sample-data", &format!("\"{city}"))
            .replace("\"../", &format!("\"{}/", root().display()));
        for (feed, files) in FEEDS {
            std::fs::create_dir_all(hub.at(&format!("in/{feed}"))).expect("a folder");
            text += &format!("[[delivery]]\nfeed = \"{feed}\"\n");
            text += &format!("files = \"in/{feed}/{feed}_{{provider}}_{files}\n");
            text += "expected = { from = 2023-04-01, due_days = 60 }\n\n";
        }
        write(&hub.at("p.toml"), text);
        hub
    }

    pub(super) fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn change(&self, contract: &str, from: &str, to: &str) {
        let path = self.at(&format!("contracts/{contract}.toml"));
        let text = std::fs::read_to_string(&path).expect("a contract");
        assert!(text.contains(from), "{contract}");
        write(&path, text.replacen(from, to, 1));
    }

    /// That no text fits two formats takes long to prove without optimisation; no such file comes here.
    fn shorten_lists_of_formats(&self) {
        for entry in std::fs::read_dir(self.at("contracts")).expect("a folder") {
            let path = entry.expect("a contract").path();
            let text = std::fs::read_to_string(&path).expect("a contract");
            let mut pieces = text.split("format = [");
            let mut short = pieces.next().unwrap_or_default().to_owned();
            for piece in pieces {
                let (formats, rest) = piece.split_once(']').expect("a list");
                let first = formats.split("\", ").next().expect("a format").trim_end_matches('"');
                short += &format!("format = {first}\"{rest}");
            }
            write(&path, short);
        }
    }

    pub(super) fn deliver(&self, files: impl Iterator<Item = String>) {
        for file in files {
            let from = self.city.path().join("extracts").join(&file);
            std::fs::copy(from, self.at("in").join(&file)).expect("copied");
        }
    }

    pub(super) fn night(&self) -> String {
        let output = run_pipeline(&self.at("p.toml"), self.folder.path(), &[]);
        assert!(output.status.success(), "{}", stderr(&output));
        stderr(&output)
    }

    pub(super) fn query(&self, sql: &str) -> Vec<Vec<String>> {
        crate::opt_outs::query(self.folder.path(), sql)
    }

    /// Numbers by feed.
    pub(super) fn sums(&self, sql: &str) -> BTreeMap<String, i64> {
        self.query(sql).into_iter().map(|row| (row[0].clone(), number(&row[1]))).collect()
    }

    pub(super) fn tables(&self) -> BTreeMap<String, Value> {
        let run = std::fs::read_to_string(self.at("store/current")).expect("a visible run");
        let path = self.at("store/runs").join(format!("{}.json", run.trim()));
        let manifest: Value =
            serde_json::from_slice(&std::fs::read(path).expect("its manifest")).expect("JSON");
        let tables = manifest["tables"].as_object().expect("tables").iter();
        tables.map(|(name, table)| (name.clone(), table["parts"].clone())).collect()
    }
}
