//! What a feed's files must look like, and whether they do.
//!
//! A contract is a TOML file: columns, types, roles, codes, rules. A batch of rows is checked against
//! it column by column; what comes out is typed arrays and faults. A fault names line, column and
//! rule, never a value. Bad rows are findings; only a file that breaks its contract as a whole is an
//! error.

mod at_source;
mod binding;
mod calendar;
mod cells;
mod check;
mod code_file;
mod codes;
mod column;
mod contract_file;
mod date_format;
mod date_formats;
mod declaration;
mod distinct;
mod error;
mod expression;
mod feed_kind;
mod file_format;
mod finding;
mod infer;
mod json_schema;
mod names;
mod normal;
mod number;
mod placed;
mod reference;
mod restricted;
mod rule;
mod scalar;
mod schema;
mod sentinels;
mod serial;
mod sheet_for_providers;
#[cfg(test)]
mod tests;
mod texts;
mod threshold;
mod validate;

pub use at_source::{AtSource, Becomes};
pub use binding::Binding;
pub use calendar::{date_of, days_of};
pub use check::{Checked, Fate};
pub use codes::CodeList;
pub use column::{ADDRESS_LINES, Alias, Column, Kind, Pattern, Role};
pub use contract_file::Contract;
pub use date_formats::{DateFormats, Partial};
pub use declaration::HeaderMatch;
pub use error::ContractError;
pub use expression::{Expression, Facts};
pub use feed_kind::FeedKind;
pub use finding::{Fault, Rule, Severity};
pub use infer::infer;
pub use json_schema::json_schema;
pub use names::nearest;
pub use normal::{Case, Normal};
pub use reference::reference_markdown;
pub use restricted::{Restricted, Scheme};
pub use rule::DeclaredRule;
pub use schema::FIXED_COLUMNS;
pub use sentinels::Sentinels;
pub use sheet_for_providers::{Markup, sheet_for_provider};
pub use texts::Texts;
pub use threshold::{Passed, Threshold};
