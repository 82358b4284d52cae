//! What each column of a delivery holds, by provider and month of the event: counted, never kept.
//!
//! The categories are those of VODIM, the measure of NHS England's data sets: valid, other, default,
//! invalid, missing. A cell is valid if it is none of the others, so only what is null is looked at.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use arrow::array::{Array, ArrayRef};

use super::block::{KeptRow, NONE};
use super::roles::{Roles, cell, day};
use crate::contract::{Checked, Column, Contract, Fate, Role, Rule, date_of};
use crate::extract::Rows;
use crate::pseudonymise::{AsItIs, Encoder, NumberFault, is_lsoa_code, is_postcode_malformed};

/// Stands for "no month" in a group.
pub(super) const NO_MONTH: i32 = i32::MIN;

/// Rows of one provider whose events lie in one month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Group {
    /// Place of the provider in a list; [`NONE`] if there is none.
    pub(super) provider: u32,
    /// Months since the year 0; [`NO_MONTH`] if the event has no day.
    pub(super) month: i32,
}

impl Group {
    /// A hash that is different for every group.
    pub(super) fn key(self) -> i64 {
        let packed = i64::from(self.provider) << 32 | i64::from(self.month.cast_unsigned());
        // A large odd factor spreads neighbours over the table.
        packed.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64.cast_signed())
    }
}

/// A table of groups by their keys.
pub(super) type Places = HashMap<i64, u32, BuildHasherDefault<AsItIs>>;

/// What became of the rows of a group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct RowCounts {
    pub(super) n_accepted: u64,
    pub(super) n_quarantined: u64,
    pub(super) n_filtered: u64,
    pub(super) n_duplicates: u64,
    /// Accepted rows that carry enough to be linked.
    pub(super) n_linkable: u64,
    /// Accepted rows with a valid NHS number that its status verifies.
    pub(super) n_verified: u64,
    /// Accepted rows with a day of the event, and the sum of these days since 1970-01-01.
    pub(super) n_dated: u64,
    pub(super) sum_event_day: i64,
}

/// The cells of one column in the rows of a group that are not valid; the row is not filtered out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct CellCounts {
    /// A declared value that says nothing of use here; an NHS number that was never issued.
    pub(super) n_other: u32,
    /// A declared stand-in for "not known".
    pub(super) n_default: u32,
    /// Of the wrong type, format, range, list or shape.
    pub(super) n_invalid: u32,
    /// Blank.
    pub(super) n_missing: u32,
}

/// How far a row tells whom it is about.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Standing {
    pub(super) is_linkable: bool,
    pub(super) is_verified: bool,
}

/// The counts of one block.
#[derive(Debug, Default)]
pub(super) struct BlockProfile {
    pub(super) groups: Vec<(Group, RowCounts)>,
    /// Group, column, and how many cells are not valid.
    pub(super) cells: Vec<(u32, u16, CellCounts)>,
}

/// A block as it stands when every row's fate is known.
pub(super) struct Finished<'a> {
    pub(super) contract: &'a Contract,
    pub(super) places: &'a [Option<usize>],
    pub(super) encoder: &'a Encoder,
    pub(super) rows: &'a Rows,
    pub(super) checked: &'a Checked,
    pub(super) roles: &'a Roles<'a>,
    pub(super) fates: &'a [Fate],
    pub(super) provider_of: &'a [u32],
    pub(super) kept: &'a [KeptRow],
    /// What pseudonymising found: row, column, rule.
    pub(super) faults: &'a [(usize, u16, Rule)],
}

impl RowCounts {
    /// Counts an accepted row.
    fn accept(&mut self, row: &KeptRow) {
        self.n_accepted += 1;
        self.n_linkable += u64::from(row.standing.is_linkable);
        self.n_verified += u64::from(row.standing.is_verified);
        self.n_dated += u64::from(row.event.is_some());
        self.sum_event_day += i64::from(row.event.unwrap_or(0));
    }

    /// Takes a row back that was counted as accepted: it repeats an earlier one.
    pub(super) fn repeat(&mut self, row: &KeptRow) {
        self.n_accepted -= 1;
        self.n_duplicates += 1;
        self.n_linkable -= u64::from(row.standing.is_linkable);
        self.n_verified -= u64::from(row.standing.is_verified);
        self.n_dated -= u64::from(row.event.is_some());
        self.sum_event_day -= i64::from(row.event.unwrap_or(0));
    }

    /// Adds what was counted in another block.
    pub(super) fn add(&mut self, other: &Self) {
        self.n_accepted += other.n_accepted;
        self.n_quarantined += other.n_quarantined;
        self.n_filtered += other.n_filtered;
        self.n_duplicates += other.n_duplicates;
        self.n_linkable += other.n_linkable;
        self.n_verified += other.n_verified;
        self.n_dated += other.n_dated;
        self.sum_event_day += other.sum_event_day;
    }

    /// Rows that were parted into cells and not filtered out.
    pub(super) fn n_checked(&self) -> u64 {
        self.n_accepted + self.n_quarantined + self.n_duplicates
    }
}

impl CellCounts {
    fn is_nothing(self) -> bool {
        self == Self::default()
    }

    /// What is not valid.
    pub(super) fn sum(self) -> u64 {
        [self.n_other, self.n_default, self.n_invalid, self.n_missing]
            .into_iter()
            .map(u64::from)
            .sum()
    }

    /// Adds what was counted in another block.
    pub(super) fn add(&mut self, other: Self) {
        self.n_other += other.n_other;
        self.n_default += other.n_default;
        self.n_invalid += other.n_invalid;
        self.n_missing += other.n_missing;
    }
}

/// What a fault makes of its cell; `None` if the fault is not the cell's own.
fn category(rule: Rule) -> Option<fn(&mut CellCounts) -> &mut u32> {
    Some(match rule {
        Rule::Sentinel => |counts| &mut counts.n_default,
        Rule::NhsNumberUnallocated => |counts| &mut counts.n_other,
        Rule::Encoding
        | Rule::NotADate
        | Rule::NotATime
        | Rule::NotANumber
        | Rule::ScientificNotation
        | Rule::NotAFlag
        | Rule::UnknownCode
        | Rule::OutOfRange
        | Rule::Pattern
        | Rule::NhsNumberLength
        | Rule::NhsNumberScientific
        | Rule::NhsNumberCheckDigit
        | Rule::NhsNumberRepeated
        | Rule::NhsNumberRefused
        | Rule::PostcodeShape
        | Rule::LsoaShape => |counts| &mut counts.n_invalid,
        _ => return None,
    })
}

impl BlockProfile {
    /// Counts a block.
    pub(super) fn of(block: &Finished<'_>) -> Self {
        let mut counting = Counting::new(block);
        counting.rows();
        for (i, column) in block.contract.columns.iter().enumerate() {
            if let Some(array) = &block.checked.columns[i] {
                counting.nulls(i, column, array);
            }
        }
        counting.faults();
        counting.unseen();
        counting.dummies();
        counting.finish()
    }
}

struct Counting<'a> {
    block: &'a Finished<'a>,
    groups: Vec<(Group, RowCounts)>,
    /// Place of each row's group; [`NONE`] for rows that are filtered out.
    group_of: Vec<u32>,
    /// By column, then by group.
    cells: Vec<CellCounts>,
}

impl<'a> Counting<'a> {
    fn new(block: &'a Finished<'a>) -> Self {
        let n = block.rows.len();
        let mut counting =
            Self { block, groups: Vec::new(), group_of: Vec::with_capacity(n), cells: Vec::new() };
        let mut places = Places::default();
        let mut months = Months::default();
        let mut last: Option<(Group, u32)> = None;
        for row in 0..n {
            let event = block.roles.event_column().and_then(|column| day(column, row));
            let group = Group { provider: block.provider_of[row], month: months.of(event) };
            let place = match last {
                Some((same, place)) if same == group => place,
                _ => *places.entry(group.key()).or_insert_with(|| {
                    counting.groups.push((group, RowCounts::default()));
                    counting.groups.len() as u32 - 1
                }),
            };
            last = Some((group, place));
            counting.group_of.push(place);
        }
        let n_cells = counting.groups.len() * block.contract.columns.len();
        counting.cells = vec![CellCounts::default(); n_cells];
        counting
    }

    fn at(&mut self, column: usize, group: u32) -> &mut CellCounts {
        &mut self.cells[column * self.groups.len() + group as usize]
    }

    /// Counts the rows, and takes those that are filtered out of their groups.
    fn rows(&mut self) {
        let mut kept = self.block.kept.iter();
        for (row, fate) in self.block.fates.iter().enumerate() {
            let group = &mut self.group_of[row];
            let counts = &mut self.groups[*group as usize].1;
            match fate {
                Fate::Kept => kept.next().into_iter().for_each(|row| counts.accept(row)),
                Fate::Refused(..) => counts.n_quarantined += 1,
                Fate::Filtered => {
                    counts.n_filtered += 1;
                    *group = NONE;
                }
            }
        }
    }

    /// Counts the nulls of a column as missing, whatever they will turn out to be.
    fn nulls(&mut self, i: usize, column: &Column, array: &ArrayRef) {
        let Some(nulls) = array.nulls().filter(|nulls| nulls.null_count() > 0) else { return };
        let n_groups = self.groups.len();
        let counts = &mut self.cells[i * n_groups..(i + 1) * n_groups];
        let is_blank = !nulls.inner();
        // Only a column that is mapped to nothing has nulls that are neither blank nor at fault.
        let is_mapped = column.targets.as_ref().is_some_and(|to| to.iter().any(Option::is_none));
        let place = self.block.places[i].filter(|_| is_mapped);
        for row in is_blank.set_indices() {
            let Some(counts) = counts.get_mut(self.group_of[row] as usize) else { continue };
            if place.is_some_and(|place| !self.block.rows.cell(row, place).is_empty()) {
                counts.n_other += 1;
            } else {
                counts.n_missing += 1;
            }
        }
    }

    /// Moves what is at fault to where it belongs.
    fn faults(&mut self) {
        let checked = self.block.checked.faults.iter();
        let checked = checked.filter_map(|f| Some((f.row as usize, f.column?, f.rule)));
        for (row, column, rule) in checked.chain(self.block.faults.iter().copied()) {
            let (Some(category), group) = (category(rule), self.group_of[row]) else { continue };
            if group == NONE {
                continue;
            }
            let column = usize::from(column);
            let is_null =
                self.block.checked.columns[column].as_ref().is_some_and(|a| a.is_null(row));
            let place = self.block.places[column];
            let is_blank = place.is_none_or(|place| self.block.rows.cell(row, place).is_empty());
            let mapped = self.is_mapped(column) && !is_blank;
            let counts = self.at(column, group);
            *category(counts) += 1;
            if is_null && mapped {
                counts.n_other -= 1;
            } else if is_null {
                counts.n_missing -= 1;
            }
        }
    }

    fn is_mapped(&self, column: usize) -> bool {
        let targets = &self.block.contract.columns[column].targets;
        targets.as_ref().is_some_and(|targets| targets.iter().any(Option::is_none))
    }

    /// Judges the identifiers of refused rows, which nothing has looked into.
    fn unseen(&mut self) {
        let block = self.block;
        let refused = |fate: &Fate| matches!(fate, Fate::Refused(..));
        if !block.fates.iter().any(refused) {
            return;
        }
        let seen: std::collections::HashSet<usize> = block.faults.iter().map(|f| f.0).collect();
        for (row, _) in block.fates.iter().enumerate().filter(|(_, fate)| refused(fate)) {
            // Pseudonymising refused it: then it has been judged.
            if seen.contains(&row) {
                continue;
            }
            let group = self.group_of[row];
            if let Some((i, text)) = self.text(Role::NhsNumber, row) {
                match block.encoder.number_fault(text) {
                    None | Some(NumberFault::Repaired) => {}
                    Some(NumberFault::Unallocated) => self.at(i, group).n_other += 1,
                    Some(_) => self.at(i, group).n_invalid += 1,
                }
            }
            if let Some((i, text)) = self.text(Role::Postcode, row) {
                self.at(i, group).n_invalid += u32::from(is_postcode_malformed(text));
            }
            if let Some((i, text)) = self.text(Role::Lsoa, row) {
                self.at(i, group).n_invalid += u32::from(!is_lsoa_code(text));
            }
        }
    }

    fn text(&self, role: Role, row: usize) -> Option<(usize, &'a str)> {
        let i = self.block.contract.column_of(role)?;
        Some((i, cell(self.block.checked.texts(i), row)?))
    }

    /// Counts postcodes of the ZZ99 range: no fixed abode, abroad, not known.
    fn dummies(&mut self) {
        let Some(i) = self.block.contract.column_of(Role::Postcode) else { return };
        let Some(texts) = self.block.checked.texts(i) else { return };
        for row in 0..self.block.rows.len() {
            let Some(text) = texts.get(row) else { continue };
            let is_dummy =
                text.as_bytes().get(..4).is_some_and(|b| b.eq_ignore_ascii_case(b"zz99"));
            let group = self.group_of[row];
            if is_dummy && group != NONE && !is_postcode_malformed(text) {
                self.at(i, group).n_default += 1;
            }
        }
    }

    fn finish(self) -> BlockProfile {
        let n_groups = self.groups.len().max(1);
        let cells = self.cells.iter().enumerate().filter(|(_, counts)| !counts.is_nothing());
        let cells =
            cells.map(|(i, counts)| ((i % n_groups) as u32, (i / n_groups) as u16, *counts));
        BlockProfile { cells: cells.collect(), groups: self.groups }
    }
}

/// Turns days into months; most days lie in the month of the one before.
#[derive(Default)]
pub(super) struct Months {
    /// Days of the last month found: from, to, month.
    last: (i32, i32, i32),
}

impl Months {
    /// Months since the year 0 of a day since 1970-01-01.
    pub(super) fn of(&mut self, day: Option<i32>) -> i32 {
        let Some(day) = day else { return NO_MONTH };
        let (from, to, month) = self.last;
        if (from..to).contains(&day) {
            return month;
        }
        let Some(date) = date_of(day) else { return NO_MONTH };
        let from = day - i32::from(date.day()) + 1;
        let month = i32::from(date.year()) * 12 + i32::from(date.month()) - 1;
        self.last = (from, from + i32::from(date.days_in_month()), month);
        month
    }
}
