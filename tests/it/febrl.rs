//! Data that are not the NHS's: a contract and a pipeline file are enough to link them and to score it.
//!
//! The rows are made up in the layout of FEBRL's data sets; those themselves are not in the repository.

use crate::support::{copy_folder, hub, root, run_pipeline, stderr, stdout, write};

const HEADER: &str = "rec_id,given_name,surname,street_number,address_1,address_2,suburb,postcode,state,\
                      date_of_birth,soc_sec_id,true_person_id\n";

/// The pipelines with this file in the place of FEBRL's.
fn pipelines(name: &str, files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    copy_folder(&root().join("pipelines/febrl"), &folder.path().join("febrl"));
    let text = std::fs::read_to_string(root().join("pipelines").join(name)).expect("a pipeline");
    assert!(text.contains("../../shared/data/febrl/"));
    write(&folder.path().join(name), text.replace("../../shared/data/febrl/", "in/"));
    std::fs::create_dir(folder.path().join("in")).expect("a folder");
    for (file, rows) in files {
        write(&folder.path().join("in").join(file), format!("{HEADER}{rows}"));
    }
    folder
}

fn scored(folder: &tempfile::TempDir, name: &str, files: &[&str]) -> serde_json::Value {
    let output = run_pipeline(&folder.path().join(name), folder.path(), &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    let path = |file: &&str| folder.path().join("in").join(file).to_string_lossy().into_owned();
    let paths: Vec<String> = files.iter().map(path).collect();
    let mut args = vec!["link", "evaluate", "--column", "true_person_id", "--format", "json"];
    paths.iter().for_each(|path| args.extend(["--truth", path]));
    let output = hub(&args, folder.path());
    assert!(output.status.success(), "{}", stderr(&output));
    serde_json::from_str(&stdout(&output)).expect("JSON")
}

#[test]
fn rows_are_linked_and_scored_against_a_column_of_their_own_file() {
    // Two spellings of one person, of whom the truth says that they are two; and one whose names have
    // changed places. So two pairs are linked, of which one is right, and one is to be found.
    let rows = "a-1,mitchell,green,7,wallaby place,delmar,cleveland,2119,sa,19560409,1,p1\n\
                b-1,harley,mccarthy,177,pridham street,milton,marsden,3165,nsw,19080419,2,p2\n\
                a-2,Mitchell,Green,7,wallaby pl,delmar,cleveland,2119,SA,19560409,3,p3\n\
                b-2,mccarthy,harley,177,pridham street,milton,marsden,3165,nsw,19080419,4,p2\n\
                c-1,madeline,mason,54,hoseason street,,granville,4881,nsw,19811128,5,p4\n";
    let folder = pipelines("febrl3.toml", &[("febrl3.csv", rows)]);
    let scores = scored(&folder, "febrl3.toml", &["febrl3.csv"]);
    let pairs = &scores["pairs"];
    assert_eq!(pairs["precision"], 0.5, "{scores}");
    assert_eq!(pairs["recall"], 1.0, "{scores}");
    assert_eq!(pairs["f1"], 2.0 / 3.0, "{scores}");
    assert_eq!(scores["overall"]["n_records"], 5);
    assert_eq!(scores["overall"]["precision_value"], serde_json::Value::Null, "there is no anchor");
    // A file that the run has not seen says nothing of its rows.
    let other = folder.path().join("in/other.csv");
    write(&other, format!("{HEADER}{rows}\n"));
    let other = other.to_string_lossy();
    let args = ["link", "evaluate", "--column", "true_person_id", "--truth", &other];
    let refused = hub(&args, folder.path());
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("took in no file of these bytes"), "{}", stderr(&refused));
}

#[test]
fn two_files_are_linked_with_each_other() {
    let one = "a-1,mitchell,green,7,wallaby place,delmar,cleveland,2119,sa,19560409,1,p1\n\
               b-1,harley,mccarthy,177,pridham street,milton,marsden,3165,nsw,19080419,2,p2\n";
    let other = "a-2,mitchell,green,,wallaby pl,,cleveland,2119,sa,19560409,3,p1\n\
                 b-2,harley,mccarthy,177,pridham street,milton,marsden,3165,nsw,19080419,4,p2\n";
    let folder = pipelines("febrl4.toml", &[("febrl4a.csv", one), ("febrl4b.csv", other)]);
    let scores = scored(&folder, "febrl4.toml", &["febrl4a.csv", "febrl4b.csv"]);
    assert_eq!([&scores["pairs"]["precision"], &scores["pairs"]["recall"]], [1.0, 1.0], "{scores}");
    assert_eq!(scores["overall"]["n_records"], 4);
}
