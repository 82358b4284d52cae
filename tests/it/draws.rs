//! Ranges of figures for uncertain links, through the command line.

use std::path::Path;

use crate::deliveries::City;
use crate::link_model::forms;
use crate::review::{city, set};
use crate::support::{command, files, hub, stderr, stdout, write};

/// Persons by visits, for a pipeline without the models of the report.
const FIGURES: &str = "--! summary = \"Persons.\"
--! grain = [\"figure\", \"category\"]
--! sensitivity = \"aggregate\"
--! checks = [\"unique(figure, category)\"]

with

visit as (
    select person_id from core.visit where person_id is not null
)

select
    'persons' as figure,                                  -- what is told
    'all' as category,                                    -- of whom
    cast(count(distinct person_id) as double) as value    -- how many
from visit
";

fn with_figures() -> City {
    let city = city(&forms(1..700), "");
    write(&city.path().join("models/core/person_figure.sql"), FIGURES);
    city
}

fn args(pipeline: &Path, seed: &str) -> Vec<String> {
    let pipeline = pipeline.to_str().expect("a path");
    ["link", "draws", pipeline, "--draws", "30", "--seed", seed, "--format", "csv"]
        .map(str::to_owned)
        .to_vec()
}

fn draws(city: &City, seed: &str) -> String {
    let args = args(&city.path().join("p.toml"), seed);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let output = hub(&args, city.path());
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).contains(" pairs of persons left to chance"), "{}", stderr(&output));
    stdout(&output)
}

#[test]
fn draws_of_the_links_give_figures_a_range_and_leave_the_visible_run_as_it_is() {
    let city = with_figures();
    city.run();
    let persons = "select count(distinct person_id) from core.visit where person_id is not null";
    let before = (city.query(persons), files(&city.path().join("store/parts")).len());
    let text = draws(&city, "1");
    assert_eq!((city.query(persons), files(&city.path().join("store/parts")).len()), before);
    assert!(files(&city.path().join("store/spill")).is_empty(), "draws are gone");

    let mut rows = text.lines();
    assert_eq!(
        rows.next(),
        Some("figure,category,value,n_draws,mean,lowest,lower_95,upper_95,highest,variance_between")
    );
    let cells: Vec<&str> = rows.next().expect("a figure").split(',').collect();
    assert_eq!(cells[..2], ["persons", "all"]);
    let numbers: Vec<f64> = cells[2..].iter().map(|cell| cell.parse().expect("a number")).collect();
    let [value, n_draws, mean, lowest, lower, upper, highest, variance] = numbers[..] else {
        unreachable!("ten columns")
    };
    assert_eq!((value.to_string(), n_draws), (before.0, 30.0));
    assert!(lowest <= lower && lower <= mean && mean <= upper && upper <= highest, "{text}");
    assert!(lowest < highest && variance > 0.0, "{text}");

    let mut alone = command(
        &args(&city.path().join("p.toml"), "1").iter().map(String::as_str).collect::<Vec<_>>(),
        city.path(),
    );
    let alone = alone.env("RAYON_NUM_THREADS", "1").output().expect("hub starts");
    assert_eq!(stdout(&alone), text, "one thread");
    assert_eq!(draws(&city, "1"), text, "once more");
    assert_ne!(draws(&city, "2"), text, "another seed");
}

#[test]
fn links_made_otherwise_than_the_pipeline_says_now_are_not_drawn() {
    let city = with_figures();
    city.run();
    set(&city, "[link.weighed]\nprobability = 0.8\n");
    let args = args(&city.path().join("p.toml"), "1");
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let output = hub(&args, city.path());
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("are not those of the visible run"), "{}", stderr(&output));
}
