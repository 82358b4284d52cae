//! Faults that a row suffers on its way into a file: dates that never were, ends before starts,
//! codes that no list has.

use super::calendar::{Day, Style, write};
use super::chance::Chance;
use super::defects::{Defect, Dials};
use super::layouts::{Columns, Layout};
use super::sheet::Planted;

/// The positions of the columns that damage strikes.
pub(crate) struct Target {
    event_date: usize,
    end_date: Option<usize>,
    required_code: Option<usize>,
    optional_code: Option<usize>,
    sentinel: Option<&'static str>,
}

impl Target {
    /// Those of a layout, if it is fragile.
    pub(crate) fn of(layout: &Layout, columns: &Columns) -> Option<Self> {
        let fragile = layout.fragile.as_ref()?;
        let at = |name: &str| columns.position(name);
        Some(Self {
            event_date: at(fragile.event_date)?,
            end_date: fragile.end_date.and_then(at),
            required_code: fragile.required_code.and_then(at),
            optional_code: fragile.optional_code.and_then(at),
            sentinel: fragile.sentinel,
        })
    }
}

/// How often damage strikes.
pub(crate) struct Rates {
    bad_date: f64,
    end_before_start: f64,
    bad_required_code: f64,
    bad_optional_code: f64,
    sentinel: f64,
}

impl Rates {
    /// As the dials say.
    pub(crate) fn of(dials: &Dials) -> Self {
        Self {
            bad_date: dials.rate(Defect::BadDate),
            end_before_start: dials.rate(Defect::EndBeforeStart),
            bad_required_code: dials.rate(Defect::BadRequiredCode),
            bad_optional_code: dials.rate(Defect::BadOptionalCode),
            sentinel: dials.rate(Defect::DateSentinel),
        }
    }
}

/// Cells that are written otherwise than the row has them.
#[derive(Default)]
pub(crate) struct Edits(Vec<(usize, Vec<u8>)>);

impl Edits {
    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Writes a cell otherwise.
    pub(crate) fn set(&mut self, column: usize, cell: impl Into<Vec<u8>>) {
        self.0.retain(|(at, _)| *at != column);
        self.0.push((column, cell.into()));
    }

    /// What stands in place of a cell.
    pub(crate) fn get(&self, column: usize) -> Option<&[u8]> {
        self.0.iter().find(|(at, _)| *at == column).map(|(_, cell)| cell.as_slice())
    }
}

/// At most one fault a row; its dates are written as the layout writes them.
pub(crate) fn spoil<'a>(
    chance: &mut Chance,
    rates: &Rates,
    (style, target): (Style, &Target),
    (planted, on): (Planted, Day),
    cell: impl Fn(usize) -> &'a [u8],
    edits: &mut Edits,
) -> Planted {
    let mut draw = chance.unit();
    if !planted.may_be_damaged() {
        return Planted::Nothing;
    }
    let mut strikes = |rate: f64| {
        let hit = (0.0..rate).contains(&draw);
        draw -= rate;
        hit
    };
    if strikes(rates.bad_date) {
        edits.set(target.event_date, never(style, cell(target.event_date)));
        return Planted::BadDate;
    }
    if strikes(rates.end_before_start) {
        return if let Some(column) = target.end_date.filter(|&column| !cell(column).is_empty()) {
            edits.set(column, write(on - 9, style));
            Planted::EndBeforeStart
        } else {
            edits.set(target.event_date, never(style, cell(target.event_date)));
            Planted::BadDate
        };
    }
    if let Some(column) = target.required_code.filter(|_| strikes(rates.bad_required_code)) {
        edits.set(column, "Q9");
        return Planted::BadRequiredCode;
    }
    if let Some(column) = target.optional_code.filter(|_| strikes(rates.bad_optional_code)) {
        edits.set(column, "Q9");
        return Planted::BadOptionalCode;
    }
    if let Some(sentinel) = target.sentinel.filter(|_| strikes(rates.sentinel)) {
        edits.set(target.event_date, sentinel);
        return Planted::DateSentinel;
    }
    Planted::Nothing
}

/// The date made 31 February; a time of day stays.
fn never(style: Style, cell: &[u8]) -> Vec<u8> {
    let (digits, text) = match style {
        Style::Iso => (5..10, "02-31"),
        Style::Slash => (0..5, "31/02"),
        Style::Compact => (4..8, "0231"),
    };
    let mut cell = cell.to_vec();
    if cell.len() >= digits.end {
        cell[digits].copy_from_slice(text.as_bytes());
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_that_never_were_keep_their_form() {
        assert_eq!(never(Style::Iso, b"2024-03-05 10:11:00"), b"2024-02-31 10:11:00");
        assert_eq!(never(Style::Slash, b"05/03/2024"), b"31/02/2024");
        assert_eq!(never(Style::Compact, b"20240305"), b"20240231");
    }

    #[test]
    fn an_edit_takes_the_place_of_the_one_before() {
        let mut edits = Edits::default();
        edits.set(2, "a");
        edits.set(2, "b");
        assert_eq!((edits.get(2), edits.get(1)), (Some(&b"b"[..]), None));
    }
}
