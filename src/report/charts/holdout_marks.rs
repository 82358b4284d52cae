//! How well records are linked without their number, group by group, with limits.

use plotters::style::RGBColor;

use super::canvas::{Canvas, Caption, HEAD, Type, WIDTH, chart};
use super::palette::{BLUE, GREEN, GRID, MUTED};
use super::{Chart, ChartError};
use crate::report::quality::{HoldoutGroup, category, dimension};

const ROW: f64 = 26.0;
const LEFT: f64 = 300.0;
const NAME: f64 = 130.0;
const RIGHT: f64 = 24.0;
const KEY: f64 = 28.0;
const FOOT: f64 = 24.0;

/// Dimensions that are drawn, in order; the table has them all.
const DRAWN: [&str; 5] = ["all", "feed", "imd_quintile_city", "age_band", "sex"];
/// Groups below this many identities say too little to be drawn.
const FEWEST: i64 = 30;

/// Draws a line for each group: the share found and the share right, with 95 % limits.
///
/// # Errors
/// If the drawing fails.
pub fn holdout_marks(groups: &[HoldoutGroup]) -> Result<Chart, ChartError> {
    let of = |name: &&'static str| {
        let name = *name;
        groups.iter().filter(move |group| group.dimension == name && group.n_identities >= FEWEST)
    };
    let drawn: Vec<&HoldoutGroup> = DRAWN.iter().flat_map(of).collect();
    let least = drawn
        .iter()
        .flat_map(|group| [group.recall, group.precision])
        .flatten()
        .map(|[_, lower, _]| lower)
        .fold(0.9, f64::min);
    let scale = Scale { from: (least * 20.0).floor() / 20.0 };
    let caption = Caption {
        id: "quality-holdout".to_owned(),
        table: "quality.linkage_holdout".to_owned(),
        about: String::new(),
        title: "How well records are linked without their NHS number".to_owned(),
        subtitle: format!("the nightly trial, 95 % limits; groups of {FEWEST} identities or more"),
        description: "A line for each feed and each group of people, with a blue dot \
                      for the share of records that were found and a green one for the share of \
                      links that are right, each between its 95 % limits."
            .to_owned(),
    };
    let bottom = HEAD + KEY + ROW * drawn.len() as f64;
    chart(caption, bottom + FOOT, Vec::new(), |canvas| {
        key(canvas)?;
        scale.grid(canvas, bottom)?;
        for (i, group) in drawn.iter().enumerate() {
            let y = HEAD + KEY + ROW * (i as f64 + 0.5);
            let is_first = i == 0 || drawn[i - 1].dimension != group.dimension;
            if is_first {
                let muted = Type::new(13.0).colour(MUTED);
                canvas.text((0.0, y), dimension(&group.dimension), muted)?;
            }
            canvas.text((NAME, y), &category(group), Type::new(13.0))?;
            scale.mark(canvas, y - 4.0, group.recall, BLUE)?;
            scale.mark(canvas, y + 4.0, group.precision, GREEN)?;
        }
        Ok(())
    })
}

/// Shares from `from` to one.
struct Scale {
    from: f64,
}

impl Scale {
    fn x(&self, share: f64) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * (share - self.from) / (1.0 - self.from)
    }

    fn grid(&self, canvas: &Canvas, bottom: f64) -> Result<(), ChartError> {
        let step = if self.from < 0.8 { 10 } else { 5 };
        let first = (self.from * 100.0).ceil() as i32;
        for percent in (0..=100).step_by(step).filter(|&percent| percent >= first) {
            let x = self.x(f64::from(percent) / 100.0);
            canvas.line(&[(x, HEAD + KEY), (x, bottom)], GRID, 1.0)?;
            canvas.text((x, bottom + 12.0), &format!("{percent} %"), Type::small().centred())?;
        }
        Ok(())
    }

    fn mark(
        &self,
        canvas: &Canvas,
        y: f64,
        limits: Option<[f64; 3]>,
        colour: RGBColor,
    ) -> Result<(), ChartError> {
        let Some([value, lower, upper]) = limits else { return Ok(()) };
        canvas.line(&[(self.x(lower), y), (self.x(upper), y)], colour, 1.6)?;
        canvas.dot((self.x(value), y), 3.6, colour)
    }
}

fn key(canvas: &Canvas) -> Result<(), ChartError> {
    let y = HEAD + 4.0;
    let mut left = LEFT;
    for (colour, words) in [(BLUE, "found"), (GREEN, "right")] {
        canvas.dot((left, y), 3.6, colour)?;
        canvas.text((left + 14.0, y), words, Type::new(13.0).colour(MUTED))?;
        left += 40.0 + 7.6 * words.len() as f64;
    }
    Ok(())
}
