//! How records stand after linkage: a bar for each feed, of one part for each status.

use plotters::style::RGBColor;

use super::canvas::{Canvas, Caption, HEAD, Type, WIDTH, chart};
use super::palette::{BANDS, BLUE, BLUE_PALE, GREY, GRID, MUTED, STEEL, VERMILLION};
use super::{Chart, ChartError};
use crate::report::linkage::{FeedStatus, STATUSES};
use crate::report::words;

const ROW: f64 = 26.0;
const LEFT: f64 = 170.0;
const RIGHT: f64 = 24.0;
const KEY: f64 = 28.0;
const FOOT: f64 = 24.0;

/// A colour for each of [`STATUSES`].
const COLOURS: [RGBColor; 6] = [BLUE, STEEL, BLUE_PALE, VERMILLION, BANDS[0], GREY];

/// Draws a bar for each feed with records.
///
/// # Errors
/// If the drawing fails.
pub fn status_bars(feeds: &[FeedStatus]) -> Result<Chart, ChartError> {
    let caption = Caption {
        id: "linkage-status".to_owned(),
        table: "link.person_index".to_owned(),
        about: String::new(),
        title: "How the records of each feed stand".to_owned(),
        subtitle: "share of the feed's records".to_owned(),
        description: "A bar from nought to a hundred per cent for each feed, of one part for the \
                      records that are linked, one for potential matches, one for those by \
                      themselves, one for those that fit several persons, one for those with a \
                      number in conflict and one for those that carry too little."
            .to_owned(),
    };
    let bottom = HEAD + KEY + ROW * feeds.len() as f64;
    chart(caption, bottom + FOOT, Vec::new(), |canvas| {
        key(canvas)?;
        for percent in [0, 25, 50, 75, 100] {
            let x = x(f64::from(percent) / 100.0);
            canvas.line(&[(x, HEAD + KEY), (x, bottom)], GRID, 1.0)?;
            canvas.text((x, bottom + 12.0), &format!("{percent} %"), Type::small().centred())?;
        }
        for (i, feed) in feeds.iter().enumerate() {
            let y = HEAD + KEY + ROW * (i as f64 + 0.5);
            canvas.text((0.0, y), &words::feed(&feed.feed), Type::new(13.0))?;
            let mut from = 0.0;
            for (n, colour) in feed.n_by_status.iter().zip(COLOURS) {
                let to = from + *n as f64 / feed.n_records.max(1) as f64;
                if *n > 0 {
                    canvas.rect((x(from), y - 8.0), (x(to), y + 8.0), colour)?;
                }
                from = to;
            }
        }
        Ok(())
    })
}

fn x(share: f64) -> f64 {
    LEFT + (WIDTH - LEFT - RIGHT) * share
}

fn key(canvas: &Canvas) -> Result<(), ChartError> {
    let y = HEAD + 4.0;
    let mut left = LEFT;
    for ((_, words), colour) in STATUSES.iter().zip(COLOURS) {
        canvas.rect((left, y - 5.0), (left + 12.0, y + 5.0), colour)?;
        canvas.text((left + 18.0, y), words, Type::new(13.0).colour(MUTED))?;
        left += 36.0 + 7.0 * words.len() as f64;
    }
    Ok(())
}
