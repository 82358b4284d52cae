//! What a file's name says: who sent it and when, which period it is about, which generation it is.

use jiff::civil::Date;

use crate::domain::Period;

/// The last part of a rule's `files`: text, `*`, and fields in braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FilePattern {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// Any characters.
    Any,
    /// `{provider}`: letters and digits.
    Sender,
    /// `{generation}`: letters and digits.
    Generation,
    /// `{delivered}`: the day on which it was delivered, written as `{date}` is.
    Delivered,
    Period(Kind),
}

/// How a name writes its period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `{month}`: `2025-04`, `2025_04` or `202504`.
    Month,
    /// `{quarter}`: a quarter of a financial year, `2025-26-Q1`.
    Quarter,
    /// `{financial_year}`: `2025-26`.
    FinancialYear,
    /// `{date}`: the day to which a file runs, `2025-04-30` or `20250430`.
    Date,
}

/// What a name was found to say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Named {
    /// Who sent the file.
    pub(super) sender: Option<String>,
    /// What it is about.
    pub(super) period: Option<Period>,
    /// Which of several submissions it is.
    pub(super) generation: Option<String>,
    /// When it was delivered.
    pub(super) delivered_on: Option<Date>,
}

impl FilePattern {
    /// Reads a pattern like `apc_{provider}_{month}_{generation}.csv*`.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let (piece, after) = match c {
                '*' => (Piece::Any, &rest[1..]),
                '{' => field(rest)?,
                _ => {
                    let end = rest.find(['*', '{']).unwrap_or(rest.len());
                    (Piece::Text(rest[..end].to_owned()), &rest[end..])
                }
            };
            let is_open = |piece: &Piece| {
                !matches!(piece, Piece::Text(_) | Piece::Period(_) | Piece::Delivered)
            };
            if is_open(&piece) && pieces.last().is_some_and(is_open) {
                return Err("two fields, or a field and `*`, need text between them".to_owned());
            }
            if !matches!(piece, Piece::Text(_) | Piece::Any) && pieces.contains(&piece) {
                return Err("a field may stand once".to_owned());
            }
            pieces.push(piece);
            rest = after;
        }
        let n_periods = pieces.iter().filter(|piece| matches!(piece, Piece::Period(_))).count();
        if n_periods > 1 {
            return Err("one of {month}, {quarter}, {financial_year}, {date} is enough".to_owned());
        }
        Ok(Self { pieces })
    }

    /// How names write their period, if they do.
    pub(super) fn period_kind(&self) -> Option<Kind> {
        self.pieces.iter().find_map(|piece| match piece {
            Piece::Period(kind) => Some(*kind),
            _ => None,
        })
    }

    /// Whether names say who sent the file.
    pub(super) fn names_sender(&self) -> bool {
        self.pieces.contains(&Piece::Sender)
    }

    /// Whether names say which generation a file is.
    pub(super) fn names_generation(&self) -> bool {
        self.pieces.contains(&Piece::Generation)
    }

    /// Whether names say when a file was delivered.
    pub(super) fn names_delivery_day(&self) -> bool {
        self.pieces.contains(&Piece::Delivered)
    }

    /// What a name says; `None` if it does not fit. Hidden files never fit.
    pub(super) fn matches(&self, name: &str) -> Option<Named> {
        if name.starts_with('.') {
            return None;
        }
        fit(&self.pieces, name)
    }
}

fn field(rest: &str) -> Result<(Piece, &str), String> {
    let end = rest.find('}').ok_or("`{` without `}`")?;
    let piece = match &rest[1..end] {
        "provider" => Piece::Sender,
        "generation" => Piece::Generation,
        "delivered" => Piece::Delivered,
        "month" => Piece::Period(Kind::Month),
        "quarter" => Piece::Period(Kind::Quarter),
        "financial_year" => Piece::Period(Kind::FinancialYear),
        "date" => Piece::Period(Kind::Date),
        other => {
            return Err(format!(
                "`{{{other}}}` is none of {{provider}}, {{month}}, {{quarter}}, \
                 {{financial_year}}, {{date}}, {{generation}}, {{delivered}}"
            ));
        }
    };
    Ok((piece, &rest[end + 1..]))
}

fn fit(pieces: &[Piece], name: &str) -> Option<Named> {
    let Some((first, after)) = pieces.split_first() else {
        return name.is_empty().then(Named::default);
    };
    // Longest first, so that `*` at the end costs one step.
    let ends = |is_it: fn(char) -> bool| {
        let length = name.find(|c| !is_it(c)).unwrap_or(name.len());
        (0..=length).rev().filter(|end| name.is_char_boundary(*end))
    };
    let is_word = |c: char| c.is_ascii_alphanumeric();
    match first {
        Piece::Text(text) => fit(after, name.strip_prefix(text.as_str())?),
        Piece::Any => ends(|_| true).find_map(|end| fit(after, &name[end..])),
        Piece::Sender => ends(is_word).filter(|end| *end > 0).find_map(|end| {
            Some(Named { sender: Some(name[..end].to_owned()), ..fit(after, &name[end..])? })
        }),
        Piece::Generation => ends(is_word).filter(|end| *end > 0).find_map(|end| {
            Some(Named { generation: Some(name[..end].to_owned()), ..fit(after, &name[end..])? })
        }),
        Piece::Delivered => DAY_LENGTHS.iter().find_map(|length| {
            let day = day(name.get(..*length).filter(|text| text.is_ascii())?)?;
            Some(Named { delivered_on: Some(day), ..fit(after, &name[*length..])? })
        }),
        Piece::Period(kind) => kind.lengths().iter().find_map(|length| {
            let period = kind.period(name.get(..*length).filter(|text| text.is_ascii())?)?;
            Some(Named { period: Some(period), ..fit(after, &name[*length..])? })
        }),
    }
}

impl Kind {
    /// Lengths of the texts that may stand for a period.
    fn lengths(self) -> &'static [usize] {
        match self {
            Self::Month => &[7, 6],
            Self::Quarter => &[10],
            Self::FinancialYear => &[7],
            Self::Date => DAY_LENGTHS,
        }
    }

    fn period(self, text: &str) -> Option<Period> {
        match self {
            Self::Month => match text.len() {
                7 if matches!(text.as_bytes()[4], b'-' | b'_') => {
                    Period::month(number(&text[..4])?, number(&text[5..])? as i8)
                }
                6 => Period::month(number(&text[..4])?, number(&text[4..])? as i8),
                _ => None,
            },
            Self::Quarter => {
                let year = financial_year(&text[..7])?;
                let quarter = text[7..].strip_prefix("-Q")?;
                Period::financial_quarter(year, number(quarter)? as i8)
            }
            Self::FinancialYear => Period::financial_year(financial_year(text)?),
            Self::Date => Period::day(day(text)?),
        }
    }

    /// Whether one period follows the other without a gap.
    pub(super) fn is_regular(self) -> bool {
        self != Self::Date
    }
}

/// Lengths of the texts that may stand for a day.
const DAY_LENGTHS: &[usize] = &[10, 8];

/// `2025-04-30` or `20250430`.
fn day(text: &str) -> Option<Date> {
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    let is_plain = text.len() == 8 || text.as_bytes().get(4) == Some(&b'-');
    if digits.len() != 8 || !is_plain {
        return None;
    }
    let (month, day) = (number(&digits[4..6])? as i8, number(&digits[6..])? as i8);
    Date::new(number(&digits[..4])?, month, day).ok()
}

/// `2025-26` as 2025.
fn financial_year(text: &str) -> Option<i16> {
    let (from, to) = text.split_once('-')?;
    let year: i16 = number(from)?;
    (from.len() == 4 && to.len() == 2 && number(to)? == (year + 1) % 100).then_some(year)
}

fn number(digits: &str) -> Option<i16> {
    if digits.bytes().all(|b| b.is_ascii_digit()) { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(pattern: &str, name: &str) -> Option<(String, String, String)> {
        let named = FilePattern::read(pattern).unwrap().matches(name)?;
        let period = named.period.map(|p| p.to_string());
        let text = |o: Option<String>| o.unwrap_or_default();
        Some((text(named.sender), text(period), text(named.generation)))
    }

    fn expect(sender: &str, period: &str, generation: &str) -> Option<(String, String, String)> {
        Some((sender.to_owned(), period.to_owned(), generation.to_owned()))
    }

    #[test]
    fn names_say_who_when_and_which() {
        let pattern = "apc_{provider}_{month}_{generation}.csv*";
        assert_eq!(said(pattern, "apc_RR8_2025-04_flex.csv"), expect("RR8", "2025-04", "flex"));
        assert_eq!(said(pattern, "apc_RR8_202504_v2.csv.gz"), expect("RR8", "2025-04", "v2"));
        let quarter = "asc_{quarter}.csv";
        assert_eq!(said(quarter, "asc_2025-26-Q4.csv"), expect("", "2026-01-01/2026-03-31", ""));
        let year = "x-{financial_year}.csv";
        assert_eq!(said(year, "x-2025-26.csv"), expect("", "2025-04-01/2026-03-31", ""));
        let day = "{provider}-{date}.csv";
        assert_eq!(said(day, "QWO-20250430.csv"), expect("QWO", "2025-04-30/2025-04-30", ""));
        assert_eq!(said("*", "whatever.csv"), expect("", "", ""));
    }

    #[test]
    fn a_name_may_say_when_it_was_delivered() {
        let pattern = FilePattern::read("apc_{month}_sent_{delivered}.csv").unwrap();
        for name in ["apc_2025-04_sent_2025-05-14.csv", "apc_202504_sent_20250514.csv"] {
            let named = pattern.matches(name).unwrap();
            assert_eq!(named.delivered_on, Some(jiff::civil::date(2025, 5, 14)), "{name}");
            assert_eq!(named.period, Period::month(2025, 4), "{name}");
        }
        assert_eq!(pattern.matches("apc_2025-04_sent_2025-02-30.csv"), None);
        assert!(FilePattern::read("{delivered}_{delivered}.csv").is_err());
    }

    #[test]
    fn other_names_do_not_fit() {
        let pattern = "apc_{provider}_{month}_{generation}.csv";
        for name in [
            "apc_RR8_2025-13_flex.csv",
            "apc__2025-04_flex.csv",
            "apc_RR8_2025-04_flex.csv.tmp",
            "op_RR8_2025-04_flex.csv",
            ".apc_RR8_2025-04_flex.csv",
        ] {
            assert_eq!(said(pattern, name), None, "{name}");
        }
        assert_eq!(said("x-{financial_year}.csv", "x-2025-27.csv"), None);
    }

    #[test]
    fn patterns_that_mean_nothing_are_refused() {
        for pattern in ["{who}.csv", "{month.csv", "{provider}{generation}", "{month}-{quarter}"] {
            assert!(FilePattern::read(pattern).is_err(), "{pattern}");
        }
    }
}
