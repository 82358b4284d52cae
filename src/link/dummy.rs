//! Numbers that stand for nobody: many unlike people carry them.

use std::collections::BTreeMap;

use super::compare::{Agreement, BirthAgreement, Pair};
use super::field::Field;
use super::identities::Identities;
use super::settings::Settings;

/// Whether the bearers of a number are too many people: by their birth dates, or because each of two
/// sexes has many who are unlike each other, as where every unknown patient has one number and one
/// birth date.
///
/// `likenesses` are the rows of each bearer.
pub(super) fn is_dummy(
    identities: &Identities,
    likenesses: &[Vec<u32>],
    settings: &Settings,
) -> bool {
    if likenesses.len() > settings.max_block {
        return true;
    }
    let births = |one, other| Pair::new(identities, one, other).birth() == BirthAgreement::Conflict;
    if n_unlike(commonest(identities, likenesses), births) > settings.max_births_per_number {
        return true;
    }
    if likenesses.len() <= 2 * settings.max_unlike_of_each_sex {
        return false;
    }
    let mut by_sex: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for rows in likenesses {
        by_sex.entry(identities.code(Field::Sex, rows[0])).or_default().push(rows[0]);
    }
    by_sex.remove(&0);
    let unlike = |one, other| are_unlike(Pair::new(identities, one, other));
    let has_many =
        |rows: &Vec<u32>| n_unlike(rows.iter().copied(), unlike) > settings.max_unlike_of_each_sex;
    by_sex.values().filter(|rows| has_many(rows)).count() > 1
}

/// A row of each birth date, the commonest first.
fn commonest(identities: &Identities, likenesses: &[Vec<u32>]) -> impl Iterator<Item = u32> {
    let mut births: BTreeMap<u32, (usize, u32)> = BTreeMap::new();
    for rows in likenesses {
        let birth = births.entry(identities.code(Field::Birth, rows[0])).or_insert((0, rows[0]));
        birth.0 += rows.len();
    }
    births.remove(&0);
    let mut births: Vec<(usize, u32)> = births.into_values().collect();
    births.sort_unstable_by_key(|&(n, row)| (std::cmp::Reverse(n), row));
    births.into_iter().map(|(_, row)| row)
}

/// How many rows there are of which each is unlike all before it.
fn n_unlike(rows: impl Iterator<Item = u32>, unlike: impl Fn(u32, u32) -> bool) -> usize {
    let mut kept: Vec<u32> = Vec::new();
    for row in rows {
        if kept.iter().all(|&other| unlike(row, other)) {
            kept.push(row);
        }
    }
    kept.len()
}

/// Whether two rows are of two people, whatever their birth dates say: by all of their names, or without
/// names by where they live.
fn are_unlike(pair: Pair) -> bool {
    let names = [pair.family(), pair.given()];
    if names == [Agreement::Missing; 2] {
        pair.field(Field::Outcode) == Agreement::Differ
    } else {
        pair.names_conflict()
    }
}
