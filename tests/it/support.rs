//! Running the binary as a user would, in folders that no two tests share.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use hub::store::{Store, Zone};
use tempfile::TempDir;

/// One run of the sample pipeline, made once and only read by the tests.
pub(crate) struct SampleRun {
    pub(crate) folder: TempDir,
    pub(crate) output: Output,
}

static SAMPLE: LazyLock<SampleRun> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = run_pipeline(&root().join("pipelines/sample.toml"), folder.path(), &[]);
    assert!(output.status.success(), "the sample run failed: {}", stderr(&output));
    SampleRun { folder, output }
});

/// The sample run that all tests read.
pub(crate) fn sample() -> &'static SampleRun {
    &SAMPLE
}

impl SampleRun {
    pub(crate) fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    /// The folder of the report and the open data.
    pub(crate) fn out(&self) -> PathBuf {
        self.folder.path().join("out/sample")
    }

    /// A query's rows over the run, as CSV lines without the header.
    pub(crate) fn query(&self, sql: &str) -> Vec<Vec<String>> {
        let output =
            hub(&["query", "--format", "csv", "--rows", "10000000", sql], self.folder.path());
        assert!(output.status.success(), "{sql}: {}", stderr(&output));
        let mut reader = csv_reader(&output.stdout);
        reader
            .records()
            .map(|row| row.expect("a row").iter().map(str::to_owned).collect())
            .collect()
    }
}

/// Where each record of a feed came from in the visible run: file and line by record id. The hub tells no
/// query of it.
pub(crate) fn places(store: &Path, feed: &str) -> BTreeMap<String, (String, String)> {
    let store = Store::open_existing(store).expect("a store");
    let run = store.current().expect("readable").expect("a run");
    let files: BTreeMap<&str, &str> =
        run.deliveries.iter().map(|one| (&one.sha256[..12], one.file.as_str())).collect();
    let mut places = BTreeMap::new();
    for part in &run.tables[&format!("record.{feed}")].parts {
        for batch in store.read(Zone::Parts, part).expect("a part") {
            let column = |name: &str| batch.column_by_name(name).expect("a column");
            let ids = column("record_id").as_primitive::<Int64Type>();
            let lines = column("line").as_primitive::<Int64Type>();
            let deliveries = column("delivery").as_string::<i32>();
            for row in 0..batch.num_rows() {
                let file = files[deliveries.value(row)].to_owned();
                let place = (file, lines.value(row).to_string());
                places.insert(ids.value(row).to_string(), place);
            }
        }
    }
    places
}

fn csv_reader(bytes: &[u8]) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().from_reader(bytes)
}

/// The folder of the repository.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Runs `hub` with its store and outputs under `folder`.
pub(crate) fn hub(args: &[&str], folder: &Path) -> Output {
    command(args, folder).output().expect("hub starts")
}

/// The command, for tests that change its environment or kill it.
pub(crate) fn command(args: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hub"));
    command
        .args(args)
        .arg("--store")
        .arg(folder.join("store"))
        .arg("--out")
        .arg(folder.join("out"))
        .current_dir(root())
        .env("NO_COLOR", "1");
    command
}

/// Runs a pipeline file with more arguments.
pub(crate) fn run_pipeline(pipeline: &Path, folder: &Path, more: &[&str]) -> Output {
    let path = pipeline.to_string_lossy().into_owned();
    let args: Vec<&str> = ["run", path.as_str()].into_iter().chain(more.iter().copied()).collect();
    hub(&args, folder)
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A copy of a folder, so that a test may damage it, without what others are about to write.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    let mode = std::fs::metadata(from).expect("a folder").permissions();
    std::fs::set_permissions(to, mode).expect("its mode");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_name().to_string_lossy().starts_with(".tmp-") {
            continue;
        }
        if entry.path().is_symlink() {
            let goal = std::fs::read_link(entry.path()).expect("a link");
            std::os::unix::fs::symlink(goal, target).expect("linked");
        } else if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copied");
        }
    }
}

/// Writes a file of a test's own.
pub(crate) fn write(path: &Path, bytes: impl AsRef<[u8]>) {
    hub::store::write_atomic(path, bytes.as_ref()).expect("written");
}

/// Every file under a folder with its bytes, by relative path.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(root, &path, found);
            } else {
                let name = path.strip_prefix(root).expect("below").to_string_lossy().into_owned();
                found.insert(name, std::fs::read(&path).expect("readable"));
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, folder, &mut found);
    found
}

/// A copy of the sample pipeline in `folder` with `from` replaced by `to` and its paths made absolute.
pub(crate) fn changed_pipeline(folder: &Path, change: impl Fn(String) -> String) -> PathBuf {
    let text = std::fs::read_to_string(root().join("pipelines/sample.toml")).expect("readable");
    let here = root();
    let text = text.replace("\"../", &format!("\"{}/", here.display())).replace(
        "contracts = \"contracts\"",
        &format!("contracts = \"{}/pipelines/contracts\"", here.display()),
    );
    let path = folder.join("pipeline.toml");
    write(&path, change(text));
    path
}

/// The truth about every row of the extracts, as CSV.
pub(crate) fn records_of_truth() -> String {
    let bytes = std::fs::read(root().join("sample-data/truth/records.csv.gz")).expect("the truth");
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(bytes.as_slice()), &mut text)
        .expect("gzip");
    text
}

/// An agreement for these feeds, live at any time and never at the end of its retention.
pub(crate) fn agreement(feeds: &[&str]) -> String {
    format!(
        "\n[agreement.test]\ntitle = \"Test\"\ncontrollers = [\"Test Trust\"]\nfeeds = {feeds:?}\n\
         purposes = [\"commissioning\"]\ndata_subjects = [\"nobody\"]\narticle_6 = \"public_task\"\n\
         article_9 = \"health_or_social_care\"\nconfidentiality = \"anonymised_to_others\"\n\
         recipients = [\"Test Board\"]\ndpia = \"DPIA-0\"\nstarts_on = 1900-01-01\n\
         expires_on = 2999-12-31\nretention = \"900 years\"\n"
    )
}
