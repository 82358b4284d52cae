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

/// A city whose links are uncertain: by a frozen model in which one person's pairs are rare.
fn with_figures() -> City {
    let city = city(&forms(1..700), "");
    write(&city.path().join("models/core/person_figure.sql"), FIGURES);
    city.run();
    let (pipeline, model) = (city.path().join("p.toml"), city.path().join("model.toml"));
    let [pipeline, file] = [&pipeline, &model].map(|path| path.to_str().expect("a path"));
    let trained = hub(&["link", "train", pipeline, "--to", file], city.path());
    assert!(trained.status.success(), "{}", stderr(&trained));
    let text = std::fs::read_to_string(&model).expect("a model");
    let prior = text.lines().find(|line| line.starts_with("prior = ")).expect("a prior");
    write(&model, text.replace(prior, "prior = 0.00000003"));
    set(&city, UNCERTAIN);
    city
}

const UNCERTAIN: &str =
    "[link.weighed]\nmodel = \"model.toml\"\nprobability = 0.6\npotential = 0.6\n";

fn args(pipeline: &Path, seed: &str) -> Vec<String> {
    let pipeline = pipeline.to_str().expect("a path");
    ["link", "draws", pipeline, "--draws", "200", "--seed", seed, "--format", "csv"]
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

/// Identities; and of the pairs that step 6 joined, each of two rows by themselves, how many are one on
/// average and the variance of their number, from the probabilities that the person index tells.
fn by_the_index(city: &City) -> (f64, f64, f64) {
    let sql = "select count(*) as n, sum(probability) / 2 as joins, \
               sum(probability * (1 - probability)) / 2 as spread, \
               count(probability) / 2 - (count(*) - count(distinct person_id)) as n_other \
               from link.person_index";
    let cells = city.query(sql);
    let cells: Vec<f64> = cells.split(',').map(|cell| cell.parse().expect("a number")).collect();
    assert!(cells[1] > 50.0 && cells[3] == 0.0, "every person is one row or a pair: {cells:?}");
    (cells[0], cells[1], cells[2])
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
        Some(
            "figure,category,value,n_draws,mean,lowest,lower_95,upper_95,highest,variance_between"
        )
    );
    let cells: Vec<&str> = rows.next().expect("a figure").split(',').collect();
    assert_eq!(cells[..2], ["persons", "all"]);
    let numbers: Vec<f64> = cells[2..].iter().map(|cell| cell.parse().expect("a number")).collect();
    let [value, n_draws, mean, lowest, lower, upper, highest, variance] = numbers[..] else {
        unreachable!("ten columns")
    };
    assert_eq!((value.to_string(), n_draws), (before.0, 200.0));
    let (all, joins, spread) = by_the_index(&city);
    assert!((mean - (all - joins)).abs() < 4.0 * (spread / 200.0).sqrt(), "{mean} {all} {joins}");
    // The standard deviation of a variance of 200 is a tenth of it.
    assert!((variance / spread - 1.0).abs() < 0.4, "{variance} {spread}");
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
    set(&city, &UNCERTAIN.replace("probability = 0.6", "probability = 0.8"));
    let args = args(&city.path().join("p.toml"), "1");
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let output = hub(&args, city.path());
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("are not those of the visible run"), "{}", stderr(&output));
}
