//! What each column of a delivery holds, by provider and month of the event: counted, never kept.
//!
//! The categories are those of VODIM, the measure of NHS England's data sets: valid, other, default,
//! invalid, missing. A cell is valid if it is none of the others, so only what is null is looked at.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use arrow::array::{Array, ArrayRef};

use super::block::{KeptRow, NONE};
use super::delivery_profile::DeliveryProfile;
use super::months::{NO_MONTH, month_of};
use super::roles::{Roles, cell};
use crate::contract::{Checked, Column, Contract, Fate, Role, Rule};
use crate::extract::Rows;
use crate::pseudonymise::{AsItIs, Encoder, NumberFault, is_lsoa_code, is_postcode_malformed};

/// Rows of one provider whose events lie in one month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Group {
    /// Place of the provider in a list; [`NONE`] if there is none.
    pub(super) provider: u32,
    /// Months since the year 0; [`NO_MONTH`] if the event has no day.
    pub(super) month: i32,
}

impl Group {
    /// The group of rows that neither name a provider nor have a day.
    pub(super) const NOWHERE: Self = Self { provider: NONE, month: NO_MONTH };

    /// A hash that is different for every group.
    pub(super) fn key(self) -> i64 {
        let packed = i64::from(self.provider) << 32 | i64::from(self.month.cast_unsigned());
        // A large odd factor spreads neighbours over the table.
        packed.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64.cast_signed())
    }
}

/// A table of groups by their keys.
pub(super) type Places = HashMap<i64, u32, BuildHasherDefault<AsItIs>>;

/// What became of the rows of a group. Below nought while rows are taken back that are counted elsewhere.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct RowCounts {
    pub(super) n_accepted: i64,
    pub(super) n_quarantined: i64,
    pub(super) n_filtered: i64,
    pub(super) n_duplicates: i64,
    /// Accepted rows that carry enough to be linked.
    pub(super) n_linkable: i64,
    /// Accepted rows with a valid NHS number that its status verifies.
    pub(super) n_verified: i64,
    /// Accepted rows with a day of the event, and the sum of these days since 1970-01-01.
    pub(super) n_dated: i64,
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

/// A block as it stands when every row's fate is known.
pub(super) struct Finished<'a> {
    pub(super) contract: &'a Contract,
    pub(super) places: &'a [Option<usize>],
    pub(super) encoder: &'a Encoder,
    pub(super) rows: &'a Rows,
    pub(super) checked: &'a Checked,
    pub(super) roles: &'a Roles<'a>,
    pub(super) fates: &'a [Fate],
    /// The block's providers, and each row's place among them.
    pub(super) providers: &'a [String],
    pub(super) provider_of: &'a [u32],
    pub(super) kept: &'a [KeptRow],
    /// What pseudonymising found: row, column, rule.
    pub(super) faults: &'a [(usize, u16, Rule)],
}

impl RowCounts {
    /// Counts an accepted row.
    fn accept(&mut self, row: &KeptRow) {
        self.n_accepted += 1;
        self.n_linkable += i64::from(row.standing.is_linkable);
        self.n_verified += i64::from(row.standing.is_verified);
        self.n_dated += i64::from(row.event.is_some());
        self.sum_event_day += i64::from(row.event.unwrap_or(0));
    }

    /// Takes a row back that was counted as accepted: it repeats an earlier one.
    pub(super) fn repeat(&mut self, row: &KeptRow) {
        self.n_accepted -= 1;
        self.n_duplicates += 1;
        self.n_linkable -= i64::from(row.standing.is_linkable);
        self.n_verified -= i64::from(row.standing.is_verified);
        self.n_dated -= i64::from(row.event.is_some());
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
    pub(super) fn n_checked(&self) -> i64 {
        self.n_accepted + self.n_quarantined + self.n_duplicates
    }
}

impl CellCounts {
    /// What is not valid.
    pub(super) fn sum(self) -> i64 {
        [self.n_other, self.n_default, self.n_invalid, self.n_missing]
            .into_iter()
            .map(i64::from)
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

impl DeliveryProfile {
    /// Counts a block.
    pub(super) fn count(&mut self, block: &Finished<'_>) {
        self.n_unreadable += block.rows.refused().len() as i64;
        let mut counting = Counting { block, group_of: self.groups_of(block), profile: self };
        counting.rows();
        for (i, column) in block.contract.columns.iter().enumerate() {
            if let Some(array) = &block.checked.columns[i] {
                counting.nulls(i, column, array);
            }
        }
        counting.faults();
        counting.unseen();
        counting.dummies();
    }

    /// Each row's group.
    fn groups_of(&mut self, block: &Finished<'_>) -> Vec<u32> {
        let providers: Vec<u32> =
            block.providers.iter().map(|code| self.providers.place_of(code)).collect();
        loop {
            let detail = self.detail();
            let rows = block.provider_of.iter().zip(block.roles.event_days());
            let groups = rows.map(|(provider, day)| {
                let provider = providers.get(*provider as usize).copied().unwrap_or(NONE);
                self.place_of(Group { provider, month: month_of(*day) }) as u32
            });
            let groups = groups.collect();
            // Where there were too many groups, those found before are no more.
            if self.detail() == detail {
                return groups;
            }
        }
    }
}

struct Counting<'a> {
    block: &'a Finished<'a>,
    profile: &'a mut DeliveryProfile,
    /// Place of each row's group; [`NONE`] for rows that are filtered out.
    group_of: Vec<u32>,
}

impl<'a> Counting<'a> {
    fn at(&mut self, column: usize, group: u32) -> &mut CellCounts {
        &mut self.profile.cells_of(group)[column]
    }

    /// Counts the rows, and takes those that are filtered out of their groups.
    fn rows(&mut self) {
        let mut kept = self.block.kept.iter();
        for (row, fate) in self.block.fates.iter().enumerate() {
            let group = &mut self.group_of[row];
            let counts = self.profile.rows_of(*group);
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
        let is_blank = !nulls.inner();
        // Only a column that is mapped to nothing has nulls that are neither blank nor at fault.
        let is_mapped = column.targets.as_ref().is_some_and(|to| to.iter().any(Option::is_none));
        let place = self.block.places[i].filter(|_| is_mapped);
        for row in is_blank.set_indices() {
            let group = self.group_of[row];
            if group == NONE {
                continue;
            }
            let counts = &mut self.profile.cells_of(group)[i];
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
                    None | Some(NumberFault::Palindrome | NumberFault::Repaired) => {}
                    Some(NumberFault::Unallocated) => self.at(i, group).n_other += 1,
                    Some(_) => self.at(i, group).n_invalid += 1,
                }
            }
            if let Some((i, text)) = self.text(Role::Postcode, row) {
                self.at(i, group).n_invalid += u32::from(self.is_postcode_malformed(text));
            }
            if let Some((i, text)) = self.text(Role::Lsoa, row) {
                self.at(i, group).n_invalid += u32::from(!is_lsoa_code(text));
            }
        }
    }

    fn is_postcode_malformed(&self, text: &str) -> bool {
        is_postcode_malformed(text, &self.block.contract.postcode)
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
            if is_dummy && group != NONE && !self.is_postcode_malformed(text) {
                self.at(i, group).n_default += 1;
            }
        }
    }
}
