//! Faults that a row suffers on its way into a file: dates that never were, ends before starts,
//! codes that no list has.

use super::calendar::{Style, write};
use super::chance::Chance;
use super::defects::{BAD_DATE, BAD_OPTIONAL_CODE, BAD_REQUIRED_CODE, END_BEFORE_START};
use super::layouts::{Columns, Layout};
use super::sheet::{Planted, Row};

/// The positions of the columns that damage strikes.
pub(crate) struct Target {
    event_date: usize,
    end_date: Option<usize>,
    required_code: Option<usize>,
    optional_code: Option<usize>,
}

impl Target {
    /// Those of a layout, if it is fragile.
    pub(crate) fn of(layout: &Layout, columns: &Columns) -> Option<Self> {
        let fragile = layout.fragile.as_ref()?;
        let at = |name: &str| columns.names.iter().position(|n| n == name);
        Some(Self {
            event_date: at(fragile.event_date)?,
            end_date: fragile.end_date.and_then(at),
            required_code: fragile.required_code.and_then(at),
            optional_code: fragile.optional_code.and_then(at),
        })
    }
}

/// At most one fault a row; the row's dates are written as its layout writes them.
pub(crate) fn spoil(
    chance: &mut Chance,
    layout: &Layout,
    target: &Target,
    row: &mut Row,
) -> Planted {
    let mut draw = chance.unit();
    if row.planted != Planted::Nothing {
        return Planted::Nothing;
    }
    let mut strikes = |rate: f64| {
        let hit = (0.0..rate).contains(&draw);
        draw -= rate;
        hit
    };
    if strikes(BAD_DATE) {
        spoil_date(layout, &mut row.fields[target.event_date]);
        return Planted::BadDate;
    }
    if strikes(END_BEFORE_START) {
        return match target.end_date.filter(|&column| !row.fields[column].is_empty()) {
            Some(column) => {
                row.fields[column] = write(row.on - 9, layout.style);
                Planted::EndBeforeStart
            }
            None => {
                spoil_date(layout, &mut row.fields[target.event_date]);
                Planted::BadDate
            }
        };
    }
    if let Some(column) = target.required_code.filter(|_| strikes(BAD_REQUIRED_CODE)) {
        row.fields[column] = "Q9".to_owned();
        return Planted::BadRequiredCode;
    }
    if let Some(column) = target.optional_code.filter(|_| strikes(BAD_OPTIONAL_CODE)) {
        row.fields[column] = "Q9".to_owned();
        return Planted::BadOptionalCode;
    }
    Planted::Nothing
}

/// Makes it 31 February; a time of day stays.
fn spoil_date(layout: &Layout, field: &mut String) {
    let digits = match layout.style {
        Style::Iso => 5..10,
        Style::Slash => 0..5,
        Style::Compact => 4..8,
    };
    let never = match layout.style {
        Style::Iso => "02-31",
        Style::Slash => "31/02",
        Style::Compact => "0231",
    };
    if field.is_char_boundary(digits.end) && field.len() >= digits.end {
        field.replace_range(digits, never);
    }
}

#[cfg(test)]
mod tests {
    use super::super::layouts::{AMBULANCE, CSC, DEATH};
    use super::*;

    #[test]
    fn dates_that_never_were_keep_their_form() {
        let mut iso = "2024-03-05 10:11:00".to_owned();
        spoil_date(&AMBULANCE, &mut iso);
        assert_eq!(iso, "2024-02-31 10:11:00");
        let mut slash = "05/03/2024".to_owned();
        spoil_date(&CSC, &mut slash);
        assert_eq!(slash, "31/02/2024");
        let mut compact = "20240305".to_owned();
        spoil_date(&DEATH, &mut compact);
        assert_eq!(compact, "20240231");
    }
}
