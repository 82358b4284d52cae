//! The data-flow map as a drawing: controllers, feeds, the hub, recipients. The table below it says
//! the same and more.

use std::collections::BTreeSet;

use serde::Serialize;

use super::input::{FlowRow, GovernanceInput};

/// Places on the drawing, in its own units.
const ROW: usize = 30;
const BOX: usize = 22;
const TOP: usize = 34;
/// Left edge and width of each column.
const CONTROLLERS: (usize, usize) = (0, 360);
const FEEDS: (usize, usize) = (430, 130);
const HUB: (usize, usize) = (630, 120);
const RECIPIENTS: (usize, usize) = (820, 240);
/// Characters that fit into a unit of width, less the margins.
const UNITS_PER_CHARACTER: usize = 7;

/// What the template draws.
#[derive(Debug, Serialize)]
pub(super) struct Map {
    width: usize,
    height: usize,
    headings: Vec<Mark>,
    boxes: Vec<Mark>,
    links: Vec<Link>,
    n_feeds: usize,
}

/// A box, or a word alone.
#[derive(Debug, Serialize)]
struct Mark {
    x: usize,
    y: usize,
    width: usize,
    height: usize,
    text: String,
    /// All of it, where it was cut.
    whole: String,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Link {
    x1: usize,
    y1: usize,
    x2: usize,
    y2: usize,
    /// Half way, where the line turns.
    middle: usize,
}

impl Map {
    pub(super) fn of(page: &GovernanceInput) -> Self {
        let every = |texts: &dyn Fn(&FlowRow) -> Vec<String>| -> Vec<String> {
            let all: BTreeSet<String> = page.flows.iter().flat_map(texts).collect();
            all.into_iter().collect()
        };
        let controllers = every(&|flow| flow.controllers.clone());
        let feeds = every(&|flow| vec![flow.feed.clone()]);
        let recipients = every(&|flow| flow.recipients.clone());
        let n_rows = controllers.len().max(feeds.len()).max(recipients.len()).max(1);
        let hub = Mark {
            x: HUB.0,
            y: TOP,
            width: HUB.1,
            height: n_rows * ROW - (ROW - BOX),
            text: "the hub".to_owned(),
            whole: format!("the hub, for {}", page.purpose),
        };
        let columns = [(&controllers, CONTROLLERS), (&feeds, FEEDS), (&recipients, RECIPIENTS)];
        let boxes = columns.iter().flat_map(|(texts, column)| {
            texts
                .iter()
                .enumerate()
                .map(|(i, text)| mark(*column, place(i, texts.len(), n_rows), text))
        });
        let mut links: BTreeSet<Link> = BTreeSet::new();
        let at = |texts: &[String], text: &String| {
            texts
                .iter()
                .position(|one| one == text)
                .map(|i| place(i, texts.len(), n_rows) + BOX / 2)
        };
        for flow in &page.flows {
            let Some(feed) = at(&feeds, &flow.feed) else { continue };
            for controller in flow.controllers.iter().filter_map(|one| at(&controllers, one)) {
                links.insert(link(CONTROLLERS, controller, FEEDS, feed));
            }
            // What nobody has agreed to goes no further.
            if !flow.purposes.contains(&page.purpose) {
                continue;
            }
            links.insert(link(FEEDS, feed, HUB, feed));
            for recipient in flow.recipients.iter().filter_map(|one| at(&recipients, one)) {
                links.insert(link(HUB, recipient, RECIPIENTS, recipient));
            }
        }
        let headings = [
            ("Controllers", CONTROLLERS),
            ("Feeds", FEEDS),
            (page.purpose.as_str(), HUB),
            ("Recipients", RECIPIENTS),
        ];
        Self {
            width: RECIPIENTS.0 + RECIPIENTS.1,
            height: TOP + n_rows * ROW,
            headings: headings.into_iter().map(|(text, column)| mark(column, 0, text)).collect(),
            boxes: boxes.chain([hub]).collect(),
            links: links.into_iter().collect(),
            n_feeds: feeds.len(),
        }
    }
}

/// Where a box lies among the rows of its column, spread over the height of the longest.
fn place(i: usize, n: usize, n_rows: usize) -> usize {
    TOP + (2 * i + 1) * n_rows * ROW / (2 * n) - ROW / 2
}

fn mark((x, width): (usize, usize), y: usize, text: &str) -> Mark {
    let most = width / UNITS_PER_CHARACTER - 1;
    let cut: String = text.chars().take(most).collect();
    let is_whole = cut.len() == text.len();
    let shown = if is_whole { cut } else { format!("{}\u{2026}", cut.trim_end()) };
    Mark { x, y, width, height: BOX, text: shown, whole: text.to_owned() }
}

fn link(from: (usize, usize), y1: usize, to: (usize, usize), y2: usize) -> Link {
    let (x1, x2) = (from.0 + from.1, to.0);
    Link { x1, y1, x2, y2, middle: usize::midpoint(x1, x2) }
}
