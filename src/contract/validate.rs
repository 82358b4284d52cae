//! Whether a contract says what it must, and says it once.

mod column;
mod providers;
mod rules;

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::Facts;
use super::column::{Column, Role};
use super::contract_file::Contract;
use super::declaration::{ColumnToml, ContractToml, HeaderMatch};
use super::names::{folded, nearest, trimmed};
use super::placed::Placed;
use crate::domain::PostcodeShape;

/// Where the mistake is, and what it is.
pub(super) type Mistake = (Range<usize>, String);

/// A contract being checked: its text, where it lies, and what was found wrong so far.
struct Checking<'a> {
    text: &'a str,
    folder: &'a Path,
    mistakes: Vec<Mistake>,
    /// What the contract's other files say, for its hash.
    appendix: String,
}

impl Checking<'_> {
    /// What came of a part; its mistake is noted.
    fn take<T>(&mut self, part: Result<T, Mistake>) -> Option<T> {
        part.map_err(|mistake| self.mistakes.push(mistake)).ok()
    }
}

/// Checks what a contract declares; `text` is its text and `folder` where its other files lie. The
/// `text` of what comes back is that of the other files alone.
pub(super) fn contract(
    declared: ContractToml,
    text: &str,
    folder: &Path,
) -> Result<Contract, Vec<Mistake>> {
    let mut checking = Checking { text, folder, mistakes: Vec::new(), appendix: String::new() };
    match checking.contract(declared) {
        Some(contract) if checking.mistakes.is_empty() => Ok(contract),
        _ => {
            checking.mistakes.sort_by_key(|(span, _)| span.start);
            Err(checking.mistakes)
        }
    }
}

impl Checking<'_> {
    fn contract(&mut self, declared: ContractToml) -> Option<Contract> {
        if !is_snake_case(declared.feed.get_ref()) {
            let what = "a feed's name is lower case, digits and `_`";
            self.mistakes.push(mistake(&declared.feed, what));
        }
        let format = self.take(super::file_format::format(&declared));
        if declared.column.is_empty() {
            let what = "a contract needs at least one `column`";
            self.mistakes.push(mistake(&declared.feed, what));
        }
        let toml: Vec<&ColumnToml> = declared.column.iter().map(Placed::get_ref).collect();
        let names = unique_names(&toml, declared.header_match);
        self.take(names);
        let key = self.take(key(&declared.key, &toml));
        let issuer = self.take(issuer(declared.issuer.as_ref(), &toml));
        let key_id = self.take(key_id(declared.key_id.as_ref(), declared.issuer.as_ref()));
        let postcode = self.take(postcode_shape(declared.postcode.as_ref()));
        let header_only = self.take(header_only(&declared.header_only, &toml));
        let columns = self.columns(&declared)?;
        let span = |i: usize| declared.column[i].span();
        self.take(super::feed_kind::fits_kind(declared.kind, &columns, span));
        let restricted = super::restricted::restricted(&declared.restricted, &toml);
        let restricted = self.take(restricted);
        let rules = self.rules(&declared.rule, &columns);
        let thresholds = self.thresholds(&declared.threshold, &columns, &rules);
        let overrides = self.overrides(&declared, &columns);
        let feed = declared.feed.into_inner();
        Some(Contract {
            issuer: issuer?,
            key_id: key_id?,
            postcode: postcode?,
            header_only: header_only?,
            header_match: declared.header_match,
            local_id_scope: declared.local_id_scope.unwrap_or_else(|| feed.clone()),
            feed,
            version: declared.version,
            title: declared.title,
            sector: declared.sector,
            source: declared.source,
            kind: declared.kind,
            licence: declared.licence,
            vintage: declared.vintage,
            format: format?,
            key: key?,
            restricted: restricted?,
            columns,
            rules,
            thresholds,
            overrides,
            provider: None,
            facts: Facts::default(),
            path: PathBuf::new(),
            text: std::mem::take(&mut self.appendix),
        })
    }

    /// The columns, in their order; `None` if one of them is wrong.
    fn columns(&mut self, declared: &ContractToml) -> Option<Vec<Column>> {
        let n_before = self.mistakes.len();
        let mut columns = Vec::new();
        for toml in &declared.column {
            let column = self.column(toml, &declared.sentinels_by_type);
            columns.extend(self.take(column));
        }
        if self.mistakes.len() > n_before {
            return None;
        }
        for (i, toml) in declared.column.iter().enumerate() {
            let found = column::precision(toml.get_ref(), &columns);
            columns[i].precision = self.take(found).flatten();
        }
        for i in 0..columns.len() {
            let derived = self.derived(&declared.column, i, &columns);
            columns[i].derived = self.take(derived).flatten();
        }
        Some(columns)
    }
}

pub(super) fn mistake<T>(at: &Placed<T>, what: impl Into<String>) -> Mistake {
    (at.span(), what.into())
}

fn is_snake_case(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// A pseudonym means something only with its issuer, and stands in for the provider's own id.
fn issuer(declared: Option<&Placed<String>>, columns: &[&ColumnToml]) -> Result<String, Mistake> {
    let with_role = |role: Role| {
        columns.iter().filter_map(|c| c.role.as_ref()).find(|found| *found.get_ref() == role)
    };
    match (with_role(Role::Pseudonym), declared) {
        (None, None) => Ok(String::new()),
        (None, Some(issuer)) => Err(mistake(issuer, "an `issuer` goes with a `pseudonym` column")),
        (Some(at), _) if with_role(Role::LocalId).is_some() => {
            Err(mistake(at, "a contract has a `local_id` or a `pseudonym`, not both"))
        }
        (Some(_), Some(issuer)) if !issuer.get_ref().trim().is_empty() => {
            Ok(issuer.get_ref().clone())
        }
        (Some(at), _) => Err(mistake(at, "a `pseudonym` needs the contract to name its `issuer`")),
    }
}

/// A key is the issuer's.
fn key_id(
    declared: Option<&Placed<String>>,
    issuer: Option<&Placed<String>>,
) -> Result<String, Mistake> {
    match (declared, issuer) {
        (Some(key), None) => Err(mistake(key, "a `key_id` goes with an `issuer`")),
        (Some(key), Some(_)) if key.get_ref().trim().is_empty() => {
            Err(mistake(key, "a `key_id` names a key"))
        }
        (Some(key), Some(_)) => Ok(key.get_ref().clone()),
        (None, _) => Ok(String::new()),
    }
}

/// The shape of postcodes; that of the United Kingdom unless declared.
fn postcode_shape(declared: Option<&Placed<String>>) -> Result<PostcodeShape, Mistake> {
    let Some(declared) = declared else { return Ok(PostcodeShape::default()) };
    declared.get_ref().parse().map_err(|what: &str| mistake(declared, what))
}

/// Every name that a header may have for a column, with its place in the contract's text.
fn header_names(column: &ColumnToml) -> impl Iterator<Item = (&str, Range<usize>)> {
    let aliases = column.aliases.iter().flatten();
    let name = column.name.iter().map(|name| (name.get_ref().as_str(), name.span()));
    name.chain(aliases.map(|alias| (alias.get_ref().name(), alias.span())))
}

/// Names of the header alone: none of them is a column of the contract.
fn header_only(
    declared: &[Placed<String>],
    columns: &[&ColumnToml],
) -> Result<Vec<String>, Mistake> {
    for name in declared {
        let is_it = |(other, _): (&str, _)| trimmed(other) == trimmed(name.get_ref());
        if columns.iter().any(|column| header_names(column).any(is_it)) {
            return Err(mistake(name, "a column that no row has cannot be declared as a `column`"));
        }
    }
    Ok(declared.iter().map(|name| name.get_ref().clone()).collect())
}

/// Header names, `as` names and roles stand once each.
fn unique_names(columns: &[&ColumnToml], header_match: HeaderMatch) -> Result<(), Mistake> {
    let mut names: HashMap<String, String> = HashMap::new();
    let mut fields = HashMap::new();
    let mut roles = HashMap::new();
    for column in columns {
        for (name, span) in header_names(column) {
            if name.trim().is_empty() {
                return Err((span, "a column needs a name".to_owned()));
            }
            let compared = match header_match {
                HeaderMatch::Folded => folded(name),
                HeaderMatch::Exact => trimmed(name),
            };
            if let Some(other) = names.insert(compared, name.to_owned()) {
                let what = match trimmed(&other) == trimmed(name) {
                    true => format!("more than one column `{name}`"),
                    false => format!(
                        "`{name}` and `{other}` differ by punctuation alone: \
                         `header_match = \"exact\"` tells them apart"
                    ),
                };
                return Err((span, what));
            }
        }
        if let Some(field) = &column.field
            && fields.insert(field.get_ref(), ()).is_some()
        {
            return Err(mistake(field, format!("more than one column `as` `{}`", field.get_ref())));
        }
        if let Some(role) = &column.role {
            let n: &mut usize = roles.entry(*role.get_ref()).or_default();
            *n += 1;
            let name = role.get_ref().as_str();
            match role.get_ref().n_columns() {
                1 if *n > 1 => {
                    return Err(mistake(role, format!("more than one column with role `{name}`")));
                }
                most if *n > most => {
                    let what = format!("more than {most} columns with role `{name}`");
                    return Err(mistake(role, what));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

fn key(
    declared: &Placed<Vec<Placed<String>>>,
    columns: &[&ColumnToml],
) -> Result<Vec<usize>, Mistake> {
    if declared.get_ref().is_empty() {
        return Err(mistake(declared, "a key names at least one column"));
    }
    let names = || columns.iter().filter_map(|c| c.name.as_ref()).map(|name| name.get_ref());
    let place = |name: &Placed<String>| {
        let is_it = |column: &&ColumnToml| {
            column.name.as_ref().is_some_and(|found| found.get_ref() == name.get_ref())
        };
        columns.iter().position(is_it).ok_or_else(|| {
            let near = nearest(name.get_ref(), names().map(String::as_str));
            let hint = near.map_or_else(String::new, |near| format!(": did you mean `{near}`?"));
            let what = format!(
                "the key names `{}`, which is the `name` of no column{hint}",
                name.get_ref()
            );
            mistake(name, what)
        })
    };
    let places = declared.get_ref().iter().map(place).collect::<Result<Vec<_>, _>>()?;
    match places.iter().position(|place| columns[*place].drop == Some(true)) {
        Some(i) => Err(mistake(&declared.get_ref()[i], "a column of the key cannot be dropped")),
        None => Ok(places),
    }
}
