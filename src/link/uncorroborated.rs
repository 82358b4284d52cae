//! Trusted numbers that one identity alone carries, while everything else says who its bearer is.
//!
//! Such a number is most often somebody else's, or nobody's, keyed in error. Left as it is, it would
//! make every record of that person without a number fit two persons. Its bearer therefore does not
//! compete with the better supported person for other records; it is itself linked with that person
//! only if the settings say so.

use std::collections::BTreeMap;

use super::blocking::{Blocks, mix};
use super::clusters::Clusters;
use super::compare::{BirthAgreement, Pair};
use super::error::LinkError;
use super::field::Field;
use super::identities::Identities;

/// Which uncorroborated number stands in the shadow of which corroborated one.
#[derive(Debug, Default)]
pub(crate) struct Shadows {
    of: BTreeMap<u32, Shadow>,
}

#[derive(Debug)]
struct Shadow {
    /// The corroborated number; `None` if several fit.
    number: Option<u32>,
    row: u32,
    other: u32,
}

impl Shadows {
    /// Finds them: the number's one identity shares names and birth date, or local id and birth
    /// date, with the carriers of exactly one corroborated number.
    ///
    /// # Errors
    /// Blocking failed.
    pub(crate) fn find(identities: &Identities, clusters: &Clusters) -> Result<Self, LinkError> {
        let mut shadows = Self::default();
        let keys: [&'static [Field]; 2] =
            [&[Field::Family, Field::Given, Field::Birth], &[Field::Local, Field::Birth]];
        for fields in keys {
            for (row, other) in pairs(identities, clusters, fields)? {
                shadows.note(clusters, row, other);
            }
        }
        shadows.of.retain(|_, shadow| shadow.number.is_some());
        Ok(shadows)
    }

    fn note(&mut self, clusters: &Clusters, row: u32, other: u32) {
        let number = clusters.number(other);
        let new = Shadow { number: Some(number), row, other };
        let known = self.of.entry(clusters.number(row)).or_insert(new);
        if known.number != Some(number) || known.row != row {
            known.number = None;
        }
    }

    /// Whether the first cluster's number stands in the shadow of the second's.
    pub(crate) fn outshine(&self, clusters: &Clusters, first: u32, second: u32) -> bool {
        let number = clusters.number(second);
        number != 0
            && clusters.carriers(first) == 1
            && self.of.get(&clusters.number(first)).is_some_and(|one| one.number == Some(number))
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.of.len()
    }

    /// The identities that agree with the better supported person in all they have: their number
    /// may be taken for a keying error.
    pub(crate) fn keying_errors(&self, identities: &Identities, clusters: &Clusters) -> Vec<u32> {
        let errors =
            self.of.values().filter(|shadow| shadow.agrees_throughout(identities, clusters));
        errors.map(|shadow| shadow.row).collect()
    }
}

impl Shadow {
    /// Sex agrees; names agree with the postcode or local id, or are unknown and both agree.
    fn agrees_throughout(&self, identities: &Identities, clusters: &Clusters) -> bool {
        let any = |test: &dyn Fn(Pair) -> bool| {
            let mut members = clusters.members(self.other);
            members.any(|member| test(Pair::new(identities, self.row, member)))
        };
        let same = |field: Field| any(&|pair| pair.field(field).agrees());
        let named = identities.code(Field::Family, self.row) != 0;
        let (postcode, local) = (same(Field::Postcode), same(Field::Local));
        let exact = |pair: Pair| {
            pair.field(Field::Family).agrees()
                && pair.field(Field::Given).agrees()
                && pair.birth() == BirthAgreement::Agree
        };
        same(Field::Sex)
            && if named { any(&exact) && (postcode || local) } else { postcode && local }
    }
}

/// Pairs of an identity whose trusted number nobody else carries and one with a corroborated number,
/// which share all the fields.
fn pairs(
    identities: &Identities,
    clusters: &Clusters,
    fields: &'static [Field],
) -> Result<Vec<(u32, u32)>, LinkError> {
    let codes = |row: u32| fields.iter().map(move |&field| identities.code(field, row));
    let fits = |&row: &u32| clusters.carriers(row) > 0 && codes(row).all(|code| code != 0);
    let rows: Vec<u32> = identities.rows().filter(fits).collect();
    let blocks = Blocks::of(rows.iter().map(|&row| mix(codes(row))).collect())?;
    let mut found = Vec::new();
    for block in blocks.iter() {
        let members: Vec<u32> = block.iter().map(|&entry| rows[entry as usize]).collect();
        let (alone, others): (Vec<u32>, Vec<u32>) =
            members.into_iter().partition(|&row| clusters.carriers(row) == 1);
        for &row in &alone {
            let same = others.iter().filter(|&&other| codes(row).eq(codes(other)));
            found.extend(same.map(|&other| (row, other)));
        }
    }
    Ok(found)
}
