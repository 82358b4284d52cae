//! Every figure of the sample report, computed a second time.
//!
//! What is here reads `sample-data/`, with its truth, and published tables (prices, code lists, weights
//! in `sql/reference/`), and nothing else: no store, no SQL model, none of the hub's own code. The
//! definitions are those that the models' headers state; the formulas are written out from their
//! sources. Counts must be equal, statistics equal to a relative 1e-9 before they are rounded alike.
//!
//! Linkage is done again too, on plain identifiers and the pseudonyms of whom sends none, and held against the true persons: nobody may be
//! given another's row, and the rows that no identifier gives to their person are counted by reason.

mod activity;
mod calendar;
mod city;
mod compare;
mod complete;
mod designs;
mod evaluation;
pub(crate) mod extracts;
mod formulas;
mod gaps;
mod identity;
mod likeness;
mod linkage;
mod page;
mod pseudonym;
mod quality;
mod rates;
mod risk;
mod shown;
mod smoothing;
mod spells;
mod to_come;
mod trend;
mod truth;
mod weighed;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use extracts::{Extracts, Fate, Row, table};
use shown::Figures;

use crate::support::{root, sample};

/// Everything that figures are computed from.
struct World {
    extracts: Extracts,
    linkage: linkage::Linkage,
    complete: complete::Complete,
    city: city::City,
    activity: activity::Activity,
}

static WORLD: LazyLock<World> =
    LazyLock::new(|| World::read(&sample_data(), sample().folder.path()));

fn sample_data() -> PathBuf {
    root().join("sample-data")
}

/// Published tables: input of the hub, not its analysis.
fn reference() -> PathBuf {
    root().join("sql/reference")
}

impl World {
    /// What is true of these data, given which rows the run in a folder linked by weight.
    fn read(sample_data: &Path, run: &Path) -> Self {
        let extracts = Extracts::read(sample_data);
        let superseded: Vec<(String, String)> =
            table(&sample_data.join("reference/superseded.csv"))
                .into_iter()
                .map(|row| (row["old_nhs_number"].clone(), row["new_nhs_number"].clone()))
                .collect();
        let complete = complete::Complete::new(&extracts);
        let linkage = linkage::link(&extracts, &superseded, &weighed::of_run(run));
        let city = city::City::new(sample_data, &extracts, &linkage);
        let activity = activity::Activity::new(&reference(), &extracts, &linkage, &city);
        Self { extracts, linkage, complete, city, activity }
    }

    /// Accepted rows of a feed, each with its place among all rows.
    fn accepted(&self, feed: &str) -> impl Iterator<Item = (usize, &Row)> {
        let rows = self.extracts.rows.iter().enumerate();
        rows.filter(move |(_, row)| row.feed == feed && row.fate == Fate::Accepted)
    }

    /// Every figure that the report should show.
    fn figures(&self) -> Figures {
        let mut figures = self.figures_of_use();
        risk::pyramid(self, &reference(), &mut figures);
        figures
    }

    /// Every figure but those of people ranked by their risk, which ties can leave open.
    fn figures_of_use(&self) -> Figures {
        let mut figures = Figures::default();
        rates::headline(self, &mut figures);
        rates::neighbourhoods(self, &reference(), &mut figures);
        rates::practices(self, &mut figures);
        risk::segments(self, &reference(), &mut figures);
        evaluation::effects(self, &mut figures);
        evaluation::care_track(self, &mut figures);
        trend::trends(self, &mut figures);
        to_come::to_come(self, &reference(), &mut figures);
        quality::deliveries(self, &mut figures);
        quality::reasons(self, &mut figures);
        quality::held(self, &mut figures);
        quality::linkage(self, &mut figures);
        quality::messages(&mut figures);
        figures
    }
}
