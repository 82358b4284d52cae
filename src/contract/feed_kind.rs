//! What the rows of a feed are about: persons, or areas and organisations.

use std::ops::Range;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field};
use schemars::JsonSchema;
use serde::Deserialize;

use super::column::{Column, Kind, Role};
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

/// The columns that every row of published figures begins with. `row_id` names the row by the
/// contract's key: the same row of a later file has the same.
const AREA_COLUMNS: [&str; 5] = ["row_id", "delivery", "line", "provider_code", "vintage"];

/// Refuses columns that a feed of this kind cannot have.
///
/// # Errors
/// Where the column's name stands, by `place_of`, and why it is refused.
pub(super) fn fits_kind(
    kind: FeedKind,
    columns: &[Column],
    place_of: impl Fn(usize) -> Range<usize>,
) -> Result<(), (Range<usize>, String)> {
    let fault = |column: &Column| match kind {
        FeedKind::Person => fault_among_persons(column),
        FeedKind::Area => fault_among_areas(column),
    };
    let found = columns.iter().enumerate().find_map(|(i, column)| Some((i, fault(column)?)));
    found.map_or(Ok(()), |(i, what)| Err((place_of(i), what)))
}

/// Ages are about the day of the event, which a month does not tell.
fn fault_among_persons(column: &Column) -> Option<String> {
    let is_month = column.role == Some(Role::EventDate) && matches!(column.kind, Kind::Month(_));
    is_month.then(|| "of a person, an event date is a `date` or a `datetime`".to_owned())
}

fn fault_among_areas(column: &Column) -> Option<String> {
    if column.role.is_some_and(|role| !AREA_ROLES.contains(&role)) {
        let what = "nobody is in an area feed: a column of it is a `provider`, an `event_date`, a \
                    `row_key`, or has no role";
        return Some(what.to_owned());
    }
    let field = column.field.as_deref().filter(|field| AREA_COLUMNS.contains(field))?;
    Some(format!("every row of an area feed has a column `{field}` already"))
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
        use DataType::{Int64, Utf8};
        let types = [Int64, Utf8, Int64, Utf8, Utf8];
        let fields = AREA_COLUMNS.into_iter().zip(types);
        fields
            .map(|(name, kind)| Arc::new(Field::new(name, kind, name == "provider_code")))
            .collect()
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
        assert_eq!(names, ["row_id", "delivery", "line", "provider_code", "vintage", "k"]);
        assert!(read("city", "").is_err());
    }

    #[test]
    fn what_every_row_of_an_area_feed_has_is_not_declared_again() {
        for name in ["row_id", "vintage"] {
            let column = format!("{{ name = \"A\", as = \"{name}\" }}");
            let error = read("area", &column).expect_err("there already");
            assert!(error.contains(&format!("a column `{name}` already")), "{error}");
            assert!(read("person", &column).is_ok());
        }
    }

    #[test]
    fn published_figures_may_be_of_a_month_and_events_of_persons_are_of_a_day() {
        let column = "{ name = \"M\", as = \"month\", type = \"month\", \
                      format = [\"%Y_%m\", \"%Y%m\"], role = \"event_date\" }";
        assert!(read("area", column).is_ok());
        let error = read("person", column).expect_err("no day, no age");
        assert!(error.contains("an event date is a `date`"), "{error}");
    }
}
