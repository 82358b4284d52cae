//! How far the rows of each feed can be linked, and are.

use plotters::style::RGBColor;

use super::canvas::{Canvas, Caption, HEAD, Type, WIDTH, chart};
use super::palette::{BLUE, GREEN, GRID, MUTED, PAPER, VERMILLION};
use super::{Chart, ChartError};
use crate::report::quality::FeedSummary;
use crate::report::words;

const ROW: f64 = 26.0;
const LEFT: f64 = 170.0;
const RIGHT: f64 = 24.0;
const KEY: f64 = 28.0;
const FOOT: f64 = 24.0;

/// How a share is marked: a filled dot, a ring, a square.
#[derive(Clone, Copy)]
enum Mark {
    Dot,
    Ring,
    Square,
}

/// Draws a line for each feed with a mark for each share that it has.
///
/// # Errors
/// If the drawing fails.
pub fn linkage_marks(feeds: &[FeedSummary]) -> Result<Chart, ChartError> {
    let caption = Caption {
        id: "quality-linkage".to_owned(),
        table: "quality.feed_total".to_owned(),
        about: String::new(),
        title: "How far rows can be linked to persons, and are".to_owned(),
        subtitle: "share of the feed's accepted rows; of its standing records, where linked"
            .to_owned(),
        description: "A line from nought to a hundred per cent for each feed, with a dot for the \
                      share of records that are linked, a ring for the rows that carry enough to \
                      be linked, and a square for the rows with a verified NHS number."
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
            let shares = [
                (feed.share_verified, Mark::Square, VERMILLION),
                (feed.share_linkable, Mark::Ring, GREEN),
                (feed.share_linked, Mark::Dot, BLUE),
            ];
            canvas.line(&[(x(0.0), y), (x(1.0), y)], GRID, 1.0)?;
            for (share, mark, colour) in shares {
                if let Some(share) = share {
                    draw(canvas, (x(share), y), mark, colour)?;
                }
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
    let entries = [
        (Mark::Dot, BLUE, "linked"),
        (Mark::Ring, GREEN, "carry enough to be linked"),
        (Mark::Square, VERMILLION, "NHS number verified"),
    ];
    let mut left = LEFT;
    for (mark, colour, words) in entries {
        draw(canvas, (left, y), mark, colour)?;
        canvas.text((left + 14.0, y), words, Type::new(13.0).colour(MUTED))?;
        left += 40.0 + 7.6 * words.len() as f64;
    }
    Ok(())
}

fn draw(
    canvas: &Canvas,
    (x, y): (f64, f64),
    mark: Mark,
    colour: RGBColor,
) -> Result<(), ChartError> {
    match mark {
        Mark::Dot => canvas.dot((x, y), 4.4, colour),
        Mark::Ring => {
            canvas.dot((x, y), 8.0, colour)?;
            canvas.dot((x, y), 5.8, PAPER)
        }
        Mark::Square => canvas.rect((x - 4.5, y - 4.5), (x + 4.5, y + 4.5), colour),
    }
}
