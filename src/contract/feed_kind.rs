//! What the rows of a feed are about: persons, or areas and organisations.

use std::ops::Range;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field};
use schemars::JsonSchema;
use serde::Deserialize;

use super::column::{Column, Role};
use super::contract_file::Contract;

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FeedKind {
    /// A person, or what was done for one: `record.<feed>`.
    #[default]
    Person,
    /// An area, an organisation or a country, as somebody has published it: `area.<feed>`. Nothing
    /// in it may identify a person.
    Area,
}

impl FeedKind {
    /// Whether rows are published figures.
    #[must_use]
    pub fn is_area(self) -> bool {
        self == Self::Area
    }
}

/// Roles that columns of published figures may have: none of them is about a person.
const AREA_ROLES: [Role; 3] = [Role::Provider, Role::EventDate, Role::RowKey];

/// Refuses a column of published figures that is about a person.
///
/// # Errors
/// Where the column's name stands, by `place_of`, and why it is refused.
pub(super) fn nobody_in(
    kind: FeedKind,
    columns: &[Column],
    place_of: impl Fn(usize) -> Range<usize>,
) -> Result<(), (Range<usize>, String)> {
    let is_of_a_person =
        |column: &Column| column.role.is_some_and(|role| !AREA_ROLES.contains(&role));
    match columns.iter().position(is_of_a_person) {
        Some(i) if kind.is_area() => Err((
            place_of(i),
            "nobody is in an area feed: a column of it is a `provider`, an `event_date`, a \
             `row_key`, or has no role"
                .to_owned(),
        )),
        _ => Ok(()),
    }
}

impl Contract {
    /// The table of the feed's rows: `record.<feed>`, or `area.<feed>`.
    #[must_use]
    pub fn table_name(&self) -> String {
        match self.kind {
            FeedKind::Person => format!("record.{}", self.feed),
            FeedKind::Area => format!("area.{}", self.feed),
        }
    }

    /// The columns that every row of published figures begins with.
    pub(super) fn area_fields() -> Vec<Arc<Field>> {
        let text = |name, is_null| Arc::new(Field::new(name, DataType::Utf8, is_null));
        vec![
            text("delivery", false),
            Arc::new(Field::new("line", DataType::Int64, false)),
            text("provider_code", true),
            text("vintage", false),
        ]
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn read(kind: &str, column: &str) -> Result<Contract, String> {
        let text = format!(
            "feed = \"waits\"\nkind = \"{kind}\"\nversion = \"1\"\ntitle = \"t\"\nsector = \"s\"\n\
             source = \"s\"\ndelimiter = \",\"\nkey = [\"K\"]\n\
             column = [\n{{ name = \"K\", as = \"k\" }},\n{column}\n]\n"
        );
        Contract::read(Path::new("waits.toml"), text).map_err(|error| error.to_string())
    }

    #[test]
    fn nobody_is_in_an_area_feed() {
        let roles = Role::ALL.into_iter().filter(|role| !AREA_ROLES.contains(role));
        for role in roles {
            let kind = match role {
                Role::BirthDate => ", type = \"date\", format = \"%Y-%m-%d\"",
                Role::Age => ", type = \"integer\"",
                Role::Deleted => ", type = \"flag\", filter = \"true\"",
                _ => "",
            };
            let name = if role.is_kept() { ", as = \"a\"" } else { "" };
            let column = format!("{{ name = \"A\", role = \"{role}\"{kind}{name} }}");
            if role != Role::Pseudonym {
                assert!(read("person", &column).is_ok(), "{column}");
            }
            let error = read("area", &column).expect_err("a person's");
            assert!(error.starts_with("waits.toml:11:"), "{error}");
        }
        let waits = read("area", "{ name = \"P\", role = \"provider\" }").expect("a contract");
        assert_eq!(waits.table_name(), "area.waits");
        let schema = waits.record_schema();
        let names: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
        assert_eq!(names, ["delivery", "line", "provider_code", "vintage", "k"]);
        assert!(read("city", "").is_err());
    }
}
