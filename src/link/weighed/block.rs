//! Which pairs are looked at: those that a declared rule brings together.

use rayon::prelude::*;

use super::settings::{MOST_PARTS, MOST_WAYS, Rule};
use super::{Row, Rows};
use crate::link::blocking::mix;
use crate::link::field::Field;

/// What splits a block that is too large, in this order.
const SPLITS: [Field; 5] =
    [Field::BirthYear, Field::GivenInitial, Field::Outcode, Field::BirthMonth, Field::Sex];

/// The rows that a rule brings together: those of one block stand side by side.
pub(crate) struct Blocks<'a> {
    rule: &'a Rule,
    /// Key and row in one number.
    entries: Vec<u64>,
    starts: Vec<usize>,
    max: usize,
    /// Blocks that were too large even when split.
    pub(crate) n_oversize: u64,
}

/// The upper half of a hash: 32 bits tell blocks apart well enough, since what meets by chance is
/// compared like any other pair.
fn half(hash: u64) -> u64 {
    hash >> 32 << 32
}

fn row_of(entry: u64) -> u32 {
    u32::try_from(entry & 0xFFFF_FFFF).unwrap_or_default()
}

impl<'a> Blocks<'a> {
    pub(crate) fn of(rows: &Rows<'_>, rule: &'a Rule, max: usize) -> Self {
        let mut entries: Vec<u64> = (0..rows.n_rows())
            .into_par_iter()
            .flat_map_iter(|at| keys(rule, rows.row(at)).map(move |key| half(key) | u64::from(at)))
            .collect();
        entries.par_sort_unstable();
        entries.dedup();
        let mut blocks = Self { rule, entries, starts: Vec::new(), max, n_oversize: 0 };
        blocks.split(rows);
        blocks
    }

    /// Finds where blocks start; a block that is too large is ordered and cut by further fields.
    fn split(&mut self, rows: &Rows<'_>) {
        let max = self.max;
        let mut starts = Vec::with_capacity(self.entries.len() / 2);
        let mut from = 0;
        let mut n_oversize = 0;
        for block in self.entries.chunk_by_mut(|one, next| half(*one) == half(*next)) {
            if block.len() > max {
                n_oversize += cut(block, rows, max, &SPLITS, from, &mut starts);
            } else {
                starts.push(from);
            }
            from += block.len();
        }
        starts.push(from);
        self.starts = starts;
        self.n_oversize = n_oversize;
    }

    /// How many blocks there are.
    pub(crate) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The rows of a block; none if it has no pairs, or is too large even when split.
    pub(crate) fn members(&self, at: usize) -> impl Iterator<Item = u32> {
        self.entries(at).iter().map(|&entry| row_of(entry))
    }

    /// The pairs of rows of a block, each once.
    pub(crate) fn pairs(&self, at: usize) -> impl Iterator<Item = (u32, u32)> {
        let entries = self.entries(at);
        entries.iter().enumerate().flat_map(move |(i, &left)| {
            entries[i + 1..].iter().map(move |&right| (row_of(left), row_of(right)))
        })
    }

    fn entries(&self, at: usize) -> &[u64] {
        let entries = &self.entries[self.starts[at]..self.starts[at + 1]];
        if (2..=self.max).contains(&entries.len()) { entries } else { &[] }
    }

    /// How many pairs the blocks have.
    pub(crate) fn n_pairs(&self) -> u64 {
        let sizes = self.starts.windows(2).map(|pair| pair[1] - pair[0]);
        let pairs = |n: usize| n as u64 * n.saturating_sub(1) as u64 / 2;
        sizes.filter(|&n| n <= self.max).map(pairs).sum()
    }

    /// Whether a block falls into a sample of one in `of`, by its key alone.
    pub(crate) fn is_sampled(&self, at: usize, of: u64) -> bool {
        let key = self.entries[self.starts[at]] >> 32;
        of < 2 || mix([u32::try_from(key).unwrap_or_default()]).is_multiple_of(of)
    }

    /// Whether the pair agrees in what the rule asks for besides its key.
    pub(crate) fn suits(&self, left: &Row, right: &Row) -> bool {
        let rule = &self.rule.and_any;
        let same = |field: &Field| {
            let code = left[*field as usize];
            code != 0 && code == right[*field as usize]
        };
        let across = |one: Field, other: Field| {
            let code = left[one as usize];
            code != 0 && code == right[other as usize]
        };
        rule.is_empty()
            || rule.iter().any(same)
            || rule.contains(&Field::Given)
                && (across(Field::Given, Field::Family) || across(Field::Family, Field::Given))
    }
}

/// The keys of a row: one for each way in which fields can stand in each other's place.
fn keys(rule: &Rule, row: &Row) -> impl Iterator<Item = u64> {
    let key = |mut way: usize| {
        let mut codes = [0_u32; MOST_PARTS];
        for (place, part) in codes.iter_mut().zip(&rule.same) {
            let fields = part.fields();
            *place = row[fields[way % fields.len()] as usize];
            way /= fields.len();
            if *place == 0 {
                return None;
            }
        }
        // Both names: in either order the same block.
        if rule.same.len() == 2 && is_both_names(rule) {
            codes[..2].sort_unstable();
        }
        Some(mix(codes))
    };
    let mut found = [0_u64; MOST_WAYS];
    let mut n = 0;
    for key in (0..rule.n_ways()).filter_map(key) {
        found[n] = key;
        n += 1;
    }
    found.into_iter().take(n)
}

fn is_both_names(rule: &Rule) -> bool {
    let mut fields = rule.fields();
    fields.next() == Some(Field::Family) && fields.next() == Some(Field::Given)
}

/// Orders a block by a further field and notes where its parts start; says how many parts are still
/// too large.
fn cut(
    block: &mut [u64],
    rows: &Rows<'_>,
    max: usize,
    splits: &[Field],
    from: usize,
    starts: &mut Vec<usize>,
) -> u64 {
    let Some((&field, rest)) = splits.split_first() else {
        starts.push(from);
        return 1;
    };
    let code = |entry: &u64| rows.row(row_of(*entry))[field as usize];
    block.sort_unstable_by_key(|entry| (code(entry), *entry));
    let mut at = from;
    let mut n_oversize = 0;
    for part in block.chunk_by_mut(|one, next| code(one) == code(next)) {
        if part.len() > max {
            n_oversize += cut(part, rows, max, rest, at, starts);
        } else {
            starts.push(at);
        }
        at += part.len();
    }
    n_oversize
}
