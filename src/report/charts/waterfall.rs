//! What each field adds to the weight of a pair, from the prior to the sum.

use super::canvas::{Canvas, Caption, HEAD, Type, WIDTH, chart};
use super::palette::{AXIS, BLUE, GREY, GRID, INK, MUTED, STEEL, VERMILLION};
use super::plot::Scale;
use super::{Chart, ChartError};

const ROW: f64 = 28.0;
const LEFT: f64 = 400.0;
const NOTE: f64 = 170.0;
const RIGHT: f64 = 70.0;
const KEY: f64 = 30.0;
const AXIS_ROOM: f64 = 30.0;
const LINE: f64 = 19.0;
/// Letters of a reason that there is room for.
const LETTERS: usize = 140;

/// What one part of a weight is.
#[derive(Debug, Clone, PartialEq)]
pub struct WaterfallBar {
    /// What adds it.
    pub name: String,
    /// The level; empty where a side lacks the field.
    pub note: String,
    /// Bits of the level.
    pub bits: f64,
    /// Bits of the value's rarity.
    pub rarity_bits: f64,
}

/// A pair's weight.
#[derive(Debug, Clone, PartialEq)]
pub struct WaterfallInput {
    /// The pair's token.
    pub pair: String,
    /// Whether the two are one person.
    pub is_one_person: bool,
    /// The parts; none if nothing was weighed.
    pub bars: Vec<WaterfallBar>,
    /// The probability that they are.
    pub probability: Option<f64>,
    /// Probabilities from which a pair is linked, and a potential match.
    pub thresholds: [f64; 2],
    /// Why they are or are not.
    pub reasons: Vec<String>,
}

/// Draws a bar for each part, each from where the one before it ends.
///
/// # Errors
/// If the drawing fails.
pub fn waterfall(input: &WaterfallInput) -> Result<Chart, ChartError> {
    let ends = ends(&input.bars);
    let thresholds = input.thresholds.map(|p| (p / (1.0 - p)).log2());
    let all = || ends.iter().flat_map(|&(from, middle, to)| [from, middle, to]).chain(thresholds);
    let scale = Scale::round(all().fold(0.0, f64::min), all().fold(0.0, f64::max), 8);
    let x =
        |bits: f64| LEFT + (WIDTH - LEFT - RIGHT) * (bits - scale.from) / (scale.to - scale.from);
    let n_rows = input.bars.len() + usize::from(!input.bars.is_empty());
    let bottom = HEAD + KEY + ROW * n_rows as f64;
    let height = bottom + AXIS_ROOM + LINE * input.reasons.len() as f64 + 6.0;
    chart(caption(input, ends.last()), height, Vec::new(), |canvas| {
        key(canvas)?;
        for tick in &scale.ticks {
            canvas.line(&[(x(*tick), HEAD + KEY), (x(*tick), bottom)], GRID, 1.0)?;
            canvas.text((x(*tick), bottom + 12.0), &format!("{tick}"), Type::small().centred())?;
        }
        canvas.line(&[(x(0.0), HEAD + KEY), (x(0.0), bottom)], AXIS, 1.0)?;
        for threshold in thresholds {
            let from = (x(threshold), HEAD + KEY - 4.0);
            canvas.dashed(from, (x(threshold), bottom), INK, 1.2)?;
        }
        for (i, (bar, ends)) in input.bars.iter().zip(&ends).enumerate() {
            row(canvas, bar, HEAD + KEY + ROW * i as f64, ends, &x)?;
        }
        if let Some(&(_, _, sum)) = ends.last() {
            let y = HEAD + KEY + ROW * (n_rows as f64 - 0.5);
            let (from, to) = (x(sum.min(0.0)), x(sum.max(0.0)));
            canvas.text((0.0, y), "sum", Type::new(13.0).bold())?;
            canvas.rect((from, y - 8.0), (to, y + 8.0), GREY)?;
            let label = format!("{sum:+.0}");
            canvas.text((to + 6.0, y), &label, Type::new(12.5).bold())?;
        }
        for (i, reason) in input.reasons.iter().enumerate() {
            let y = bottom + AXIS_ROOM + LINE * (i as f64 + 0.5);
            canvas.text((0.0, y), &short(reason), Type::new(12.5).colour(MUTED))?;
        }
        Ok(())
    })
}

fn caption(input: &WaterfallInput, last: Option<&(f64, f64, f64)>) -> Caption {
    let verdict = if input.is_one_person { "one person" } else { "two persons" };
    let [linked, potential] = input.thresholds;
    let subtitle = match (last, input.probability) {
        (Some((_, _, sum)), Some(probability)) => format!(
            "bits that speak for one person: {sum:.0}, a probability of {probability:.4}; dashed: a \
             potential match from {potential}, linked from {linked}"
        ),
        _ => "nothing was weighed".to_owned(),
    };
    Caption {
        id: "link-waterfall".to_owned(),
        table: "link.person_index".to_owned(),
        about: String::new(),
        title: format!("Pair {}: {verdict}", input.pair),
        subtitle,
        description: "A bar for each field of the pair, from where the bar above it ends: to the right \
                      in blue what speaks for one person, to the left in orange what speaks against \
                      it, paler what the rarity of a shared value adds or takes; at the bottom their \
                      sum."
            .to_owned(),
    }
}

/// Where each bar begins, where its level's part ends, and where it ends.
fn ends(bars: &[WaterfallBar]) -> Vec<(f64, f64, f64)> {
    let mut sum = 0.0;
    let mut next = |bar: &WaterfallBar| {
        let from = sum;
        sum += bar.bits + bar.rarity_bits;
        (from, from + bar.bits, sum)
    };
    bars.iter().map(&mut next).collect()
}

fn row(
    canvas: &Canvas,
    bar: &WaterfallBar,
    top: f64,
    &(from, middle, to): &(f64, f64, f64),
    x: &dyn Fn(f64) -> f64,
) -> Result<(), ChartError> {
    let y = top + ROW / 2.0;
    let is_missing = bar.note.is_empty();
    let style = Type::new(13.0);
    canvas.text((0.0, y), &bar.name, if is_missing { style.colour(MUTED) } else { style })?;
    let note = if is_missing { "missing" } else { &bar.note };
    canvas.text((NOTE, y), note, Type::new(12.5).colour(MUTED))?;
    let colour = if bar.bits < 0.0 { VERMILLION } else { BLUE };
    let span = |one: f64, other: f64| (x(one.min(other)), x(one.max(other)));
    let (left, right) = span(from, middle);
    canvas.rect((left, y - 8.0), (right, y + 8.0), colour)?;
    let (left, right) = span(middle, to);
    canvas.rect((left, y - 4.0), (right, y + 4.0), STEEL)?;
    canvas.line(&[(x(to), y - 10.0), (x(to), y + ROW - 8.0)], AXIS, 1.0)?;
    if is_missing {
        return Ok(());
    }
    let most = from.max(middle).max(to);
    let label = format!("{:+.0}", bar.bits + bar.rarity_bits);
    canvas.text((x(most) + 6.0, y), &label, Type::new(12.0).colour(MUTED))
}

fn key(canvas: &Canvas) -> Result<(), ChartError> {
    let y = HEAD + 6.0;
    let mut left = LEFT;
    for (colour, words) in [(BLUE, "for"), (VERMILLION, "against"), (STEEL, "rarity of the value")]
    {
        canvas.rect((left, y - 5.0), (left + 12.0, y + 5.0), colour)?;
        canvas.text((left + 18.0, y), words, Type::new(13.0).colour(MUTED))?;
        left += 44.0 + 7.6 * words.len() as f64;
    }
    Ok(())
}

fn short(text: &str) -> String {
    match text.chars().count() > LETTERS {
        true => format!("{}…", text.chars().take(LETTERS - 1).collect::<String>()),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(name: &str, note: &str, bits: f64, rarity_bits: f64) -> WaterfallBar {
        WaterfallBar { name: name.to_owned(), note: note.to_owned(), bits, rarity_bits }
    }

    #[test]
    fn each_bar_begins_where_the_one_before_it_ends() {
        let bars = [bar("prior", "", -13.0, 0.0), bar("sex", "exact", 1.0, -0.25)];
        assert_eq!(ends(&bars), [(0.0, -13.0, -13.0), (-13.0, -12.0, -12.25)]);
    }

    #[test]
    fn a_pair_that_nothing_weighed_has_a_chart_with_its_reasons() {
        let mut input = WaterfallInput {
            pair: "a-b".to_owned(),
            is_one_person: false,
            bars: Vec::new(),
            probability: None,
            thresholds: [0.9, 0.5],
            reasons: vec!["two <numbers>".to_owned()],
        };
        let bare = waterfall(&input).unwrap().svg;
        assert!(bare.contains("nothing was weighed") && bare.contains("two &lt;numbers&gt;"));
        input.bars =
            vec![bar("prior", "a pair at random", -13.0, 0.0), bar("street", "", 0.0, 0.0)];
        input.probability = Some(0.0001);
        let svg = waterfall(&input).unwrap().svg;
        assert!(svg.contains("missing") && svg.contains("-13") && !svg.contains("+0"));
    }
}
