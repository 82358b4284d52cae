//! What may be shown of a number under the `hes` rules, and the figures as the report should have
//! them.
//!
//! 0 is shown, 1 to 7 hidden, the rest goes to the nearest 5. A rate is made of rounded counts, or
//! goes to a step of 1, 2 or 5 times a power of ten that five numerators fit into; a limit goes
//! outwards.

use std::collections::BTreeMap;

/// A figure: a number, a word, or nothing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Number(f64),
    Word(String),
    Nothing,
}

/// A figure and the letter beside it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shown {
    pub(crate) value: Value,
    pub(crate) letter: Option<&'static str>,
}

/// A number that was rounded.
pub(crate) fn rounded(value: f64) -> Shown {
    Shown { value: Value::Number(value), letter: Some("r") }
}

/// A number as it is.
pub(crate) fn exact(value: f64) -> Shown {
    Shown { value: Value::Number(value), letter: None }
}

/// A word that stands beside rounded numbers.
pub(crate) fn word(word: &str) -> Shown {
    Shown { value: Value::Word(word.to_owned()), letter: Some("r") }
}

const fn hidden(letter: &'static str) -> Shown {
    Shown { value: Value::Nothing, letter: Some(letter) }
}

/// Hidden because it rests on few persons.
pub(crate) const CONFIDENTIAL: Shown = hidden("c");
/// Not known.
pub(crate) const NOT_AVAILABLE: Shown = hidden("x");
/// There cannot be one.
pub(crate) const NOT_APPLICABLE: Shown = hidden("z");

/// A number rounded, or not available.
pub(crate) fn rounded_or_none(value: Option<f64>) -> Shown {
    value.map_or(NOT_AVAILABLE, rounded)
}

/// Whether a count is too small to show.
pub(crate) fn is_small(n: i64) -> bool {
    (1..=7).contains(&n)
}

/// To the nearest 5.
pub(crate) fn fives(n: i64) -> i64 {
    (n + 2) / 5 * 5
}

/// Which way a number goes.
#[derive(Clone, Copy)]
pub(crate) enum Way {
    Nearest,
    Down,
    Up,
}

/// The smallest of 1, 2 and 5 times a power of ten that is at least `width`.
pub(crate) fn step_of(width: f64) -> f64 {
    let powers = (-12..13).flat_map(|power| {
        ["1", "2", "5"].map(|digit| format!("{digit}e{power}").parse::<f64>().expect("a number"))
    });
    powers.into_iter().find(|step| *step >= width * (1.0 - 1e-9)).expect("a step")
}

/// A multiple of a step; what arithmetic has blurred by a hair counts as the multiple that it was.
pub(crate) fn to_step(value: f64, step: f64, way: Way) -> f64 {
    let steps = value / step;
    let hair = 1e-9 * steps.abs().max(1.0);
    let whole = match way {
        Way::Nearest => (steps + hair.copysign(steps)).round(),
        Way::Down => (steps + hair).floor(),
        Way::Up => (steps - hair).ceil(),
    };
    whole * step + 0.0
}

/// Events over a denominator that may be shown: from the rounded count, to a tenth of a step.
pub(crate) fn plain_rate(n: i64, denominator: f64, per: f64) -> Shown {
    let step = step_of(step_of(5.0 * per / denominator) / 10.0);
    rounded(to_step(per * fives(n) as f64 / denominator, step, Way::Nearest))
}

/// A limit of such a rate: moved along with the count, then to a step, outwards.
pub(crate) fn plain_limit(
    limit: Option<f64>,
    n: i64,
    denominator: f64,
    per: f64,
    way: Way,
) -> Shown {
    let moved = if n > 0 { fives(n) as f64 / n as f64 } else { 1.0 };
    step_rate(limit.map(|limit| limit * moved), denominator, per, way)
}

/// A rate that is not made of one count: to a step.
pub(crate) fn step_rate(value: Option<f64>, denominator: f64, per: f64, way: Way) -> Shown {
    let step = step_of(5.0 * per / denominator);
    rounded_or_none(value.map(|value| to_step(value, step, way)))
}

/// A sum or mean of persons' amounts: to a step that five average persons' shares fit into.
pub(crate) fn amount(value: f64, n_persons: i64) -> Shown {
    if value == 0.0 {
        return rounded(0.0);
    }
    if n_persons == 0 || is_small(n_persons) {
        return CONFIDENTIAL;
    }
    let step = step_of((5.0 * value.abs() / n_persons as f64).max(1.0));
    rounded(to_step(value, step, Way::Nearest))
}

/// A model's estimate: to a step that was declared.
pub(crate) fn estimate(value: Option<f64>, step: f64) -> Shown {
    rounded_or_none(value.map(|value| to_step(value, step, Way::Nearest)))
}

/// Figures by their ids.
#[derive(Default)]
pub(crate) struct Figures {
    pub(crate) all: BTreeMap<String, Shown>,
}

impl Figures {
    /// Adds a row's figures; the row's place is the front of their ids. What rests on few persons is
    /// hidden altogether.
    pub(crate) fn row(&mut self, place: &str, is_hidden: bool, figures: Vec<(&str, Shown)>) {
        for (column, shown) in figures {
            self.one(&format!("{place}/{column}"), if is_hidden { CONFIDENTIAL } else { shown });
        }
    }

    /// Adds a figure.
    pub(crate) fn one(&mut self, id: &str, shown: Shown) {
        let before = self.all.insert(id.to_owned(), shown);
        assert!(before.is_none(), "{id} twice");
    }

    /// A number that has been worked out before, if it is shown.
    pub(crate) fn number(&self, id: &str) -> Option<f64> {
        match self.all[id].value {
            Value::Number(value) => Some(value),
            _ => None,
        }
    }
}
