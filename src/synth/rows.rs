//! Rows to be: what each tells of, and the cells of all in one block of text.
//!
//! A city has tens of millions of rows. Text of their own for every cell would take most of the
//! time and the memory, so that cells lie behind each other and rows know where theirs begin.

use super::calendar::{Day, Style, write_to};
use super::sheet::Planted;

/// Nobody: the person of a dummy.
pub(crate) const NOBODY: u32 = u32::MAX;

/// One row with its cells, as most feeds make them.
#[derive(Clone)]
pub(crate) struct Row {
    /// Whom it is about; nobody, if a dummy.
    pub(crate) person: Option<usize>,
    /// Its date, by which rows are sorted.
    pub(crate) on: Day,
    /// The event that it tells of: several rows may tell of one.
    pub(crate) event: usize,
    pub(crate) planted: Planted,
    pub(crate) fields: Vec<String>,
}

/// What a row tells of.
#[derive(Clone, Copy)]
pub(crate) struct Told {
    /// Whom it is about, or [`NOBODY`].
    pub(crate) person: u32,
    pub(crate) on: Day,
    /// The day by which it is put into a file.
    pub(crate) filed: Day,
    pub(crate) event: u32,
    pub(crate) planted: Planted,
    /// The position of its first cell among all cells.
    first: usize,
}

impl Told {
    /// Rows sort by this: dummies first, as nobody comes before anybody.
    pub(crate) fn rank(&self) -> u128 {
        let on = u128::from((self.on as u32) ^ (1 << 31));
        let person = u128::from(self.person.wrapping_add(1));
        on << 64 | person << 32 | u128::from(self.event)
    }
}

/// Many rows of one layout.
#[derive(Default)]
pub(crate) struct Rows {
    text: Vec<u8>,
    ends: Vec<usize>,
    told: Vec<Told>,
}

impl Rows {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.told.len()
    }

    /// What each tells of.
    pub(crate) fn told(&self) -> &[Told] {
        &self.told
    }

    /// Adds a row, put into a file by a day.
    pub(crate) fn push(&mut self, (filed, row): (Day, Row)) {
        let mut line = self.line();
        for field in &row.fields {
            line = line.text(field);
        }
        let person = row.person.map_or(NOBODY, |p| p as u32);
        line.end(filed, person, row.on, row.event, row.planted);
    }

    /// Begins a row, cell by cell.
    pub(crate) fn line(&mut self) -> Line<'_> {
        let first = self.ends.len();
        Line { rows: self, first }
    }

    /// How many cells a row has.
    pub(crate) fn n_cells(&self, row: usize) -> usize {
        let next = self.told.get(row + 1).map_or(self.ends.len(), |told| told.first);
        next - self.told[row].first
    }

    /// A row's cells.
    pub(crate) fn cells(&self, row: usize) -> impl Iterator<Item = &[u8]> {
        let first = self.told[row].first;
        let ends = &self.ends[first..first + self.n_cells(row)];
        let mut from = if first == 0 { 0 } else { self.ends[first - 1] };
        ends.iter().map(move |&end| {
            let cell = &self.text[from..end];
            from = end;
            cell
        })
    }

    /// One cell of a row.
    pub(crate) fn cell(&self, row: usize, column: usize) -> &[u8] {
        let at = self.told[row].first + column;
        let from = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.text[from..self.ends[at]]
    }
}

/// A row in the making.
pub(crate) struct Line<'a> {
    rows: &'a mut Rows,
    first: usize,
}

impl Line<'_> {
    /// Adds a cell.
    pub(crate) fn text(self, cell: &str) -> Self {
        self.rows.text.extend_from_slice(cell.as_bytes());
        self.done()
    }

    /// Adds a cell with a date.
    pub(crate) fn date(self, day: Day, style: Style) -> Self {
        write_to(&mut self.rows.text, day, style);
        self.done()
    }

    /// Adds a cell that a function writes.
    pub(crate) fn with(self, write: impl FnOnce(&mut Vec<u8>)) -> Self {
        write(&mut self.rows.text);
        self.done()
    }

    /// Ends the row.
    pub(crate) fn end(self, filed: Day, person: u32, on: Day, event: usize, planted: Planted) {
        let event = event.min(u32::MAX as usize) as u32;
        self.rows.told.push(Told { person, on, filed, event, planted, first: self.first });
    }

    fn done(self) -> Self {
        self.rows.ends.push(self.rows.text.len());
        self
    }
}

/// Adds a whole number with at least that many digits.
pub(crate) fn digits(text: &mut Vec<u8>, n: u64, at_least: usize) {
    let mut reversed = [b'0'; 20];
    let mut left = n;
    let mut len = 0;
    while left > 0 || len < at_least.max(1) {
        reversed[len] = b'0' + (left % 10) as u8;
        left /= 10;
        len += 1;
    }
    text.extend(reversed[..len].iter().rev());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_found_again() {
        let mut rows = Rows::new();
        let row = |event, fields: &[&str]| {
            let fields = fields.iter().map(|f| (*f).to_owned()).collect();
            Row { person: Some(1), on: 5, event, planted: Planted::Nothing, fields }
        };
        rows.push((1, row(0, &["a", "", "bc"])));
        rows.line().text("x").date(0, Style::Compact).end(2, NOBODY, 7, usize::MAX, Planted::Dummy);
        assert_eq!(rows.cells(0).collect::<Vec<_>>(), [&b"a"[..], b"", b"bc"]);
        assert_eq!(rows.cells(1).collect::<Vec<_>>(), [&b"x"[..], b"19700101"]);
        assert_eq!((rows.n_cells(0), rows.n_cells(1)), (3, 2));
        assert_eq!((rows.cell(0, 2), rows.cell(1, 0)), (&b"bc"[..], &b"x"[..]));
    }

    #[test]
    fn earlier_days_come_first_and_nobody_before_anybody() {
        let told = |on, person| Told {
            person,
            on,
            filed: 0,
            event: 3,
            planted: Planted::Nothing,
            first: 0,
        };
        assert!(told(-5, 9).rank() < told(2, 0).rank());
        assert!(told(2, NOBODY).rank() < told(2, 0).rank());
    }

    #[test]
    fn numbers_are_padded() {
        let mut text = Vec::new();
        digits(&mut text, 42, 5);
        digits(&mut text, 0, 0);
        digits(&mut text, 123, 2);
        assert_eq!(text, b"000420123");
    }
}
