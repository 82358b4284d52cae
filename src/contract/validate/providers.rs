//! Columns of one provider's files that are otherwise.

use std::collections::BTreeMap;

use super::{Checking, Mistake, mistake, unique_names};
use crate::contract::column::Column;
use crate::contract::declaration::{ColumnToml, ContractToml};
use crate::contract::placed::Placed;

impl Checking<'_> {
    /// The columns of each provider that has its own, whole.
    pub(super) fn overrides(
        &mut self,
        declared: &ContractToml,
        columns: &[Column],
    ) -> BTreeMap<String, Vec<Column>> {
        let mut overrides = BTreeMap::new();
        for (provider, own) in &declared.provider {
            let mut theirs = columns.to_vec();
            let mut toml: Vec<ColumnToml> =
                declared.column.iter().map(|column| column.get_ref().clone()).collect();
            for column in &own.column {
                let changed = self.changed(column, declared, columns);
                if let Some((place, merged, column)) = self.take(changed) {
                    theirs[place] = column;
                    toml[place] = merged;
                }
            }
            let names = unique_names(&toml.iter().collect::<Vec<_>>(), declared.header_match);
            self.take(names);
            overrides.insert(provider.clone(), theirs);
        }
        overrides
    }

    /// A column of the contract with what is otherwise in it, and its place.
    fn changed(
        &mut self,
        own: &Placed<ColumnToml>,
        declared: &ContractToml,
        columns: &[Column],
    ) -> Result<(usize, ColumnToml, Column), Mistake> {
        let nameless = || mistake(own, "a provider's column needs the `name` of one");
        let own = own.get_ref();
        let name = own.name.as_ref().ok_or_else(nameless)?;
        let Some(place) = columns.iter().position(|column| column.name == *name.get_ref()) else {
            return Err(mistake(name, format!("`{}` is the `name` of no column", name.get_ref())));
        };
        check_own(own, name)?;
        let merged = merged(declared.column[place].get_ref(), own);
        let placed = declared.column[place].with(merged.clone());
        let mut column = self.column(&placed, &declared.sentinels_by_type)?;
        column.precision = columns[place].precision;
        column.derived.clone_from(&columns[place].derived);
        Ok((place, merged, column))
    }
}

/// What a column is stays what it is for every provider; how it is written may differ.
fn check_own(own: &ColumnToml, name: &Placed<String>) -> Result<(), Mistake> {
    let is_another = own.field.is_some()
        || own.kind.is_some()
        || own.role.is_some()
        || own.drop.is_some()
        || own.derive.is_some()
        || own.precision.is_some()
        || own.scale.is_some()
        || own.filter.is_some()
        || own.path.is_some()
        || own.join.is_some();
    match is_another {
        true => Err(mistake(
            name,
            "for one provider `aliases`, `format`, `partial`, codes, sentinels, bounds, form and \
             `required` may differ, nothing else",
        )),
        false => Ok(()),
    }
}

fn merged(base: &ColumnToml, own: &ColumnToml) -> ColumnToml {
    let own = own.clone();
    let means_other = own.map.is_some() || own.codes.is_some();
    let (map, codes) = match means_other {
        true => (own.map, own.codes),
        false => (base.map.clone(), base.codes.clone()),
    };
    ColumnToml {
        aliases: own.aliases.or_else(|| base.aliases.clone()),
        description: own.description.or_else(|| base.description.clone()),
        format: own.format.or_else(|| base.format.clone()),
        partial: own.partial.or_else(|| base.partial.clone()),
        required: own.required.or(base.required),
        map,
        codes,
        other: own.other.or_else(|| base.other.clone()),
        sentinels: own.sentinels.or_else(|| base.sentinels.clone()),
        case: own.case.or_else(|| base.case.clone()),
        strip: own.strip.or_else(|| base.strip.clone()),
        strip_end: own.strip_end.or_else(|| base.strip_end.clone()),
        pad: own.pad.or_else(|| base.pad.clone()),
        whole: own.whole.or_else(|| base.whole.clone()),
        min: own.min.or_else(|| base.min.clone()),
        max: own.max.or_else(|| base.max.clone()),
        pattern: own.pattern.or_else(|| base.pattern.clone()),
        ..base.clone()
    }
}
