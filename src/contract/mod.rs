//! What a feed's files must look like, and whether they do.
//!
//! A contract is a TOML file: columns, types, roles, codes, rules. A batch of rows is checked against
//! it column by column; what comes out is typed arrays and faults. A fault names line, column and
//! rule, never a value. Bad rows are findings; only a file that breaks its contract as a whole is an
//! error.

mod binding;
mod calendar;
mod check;
mod codes;
mod column;
mod comparison;
mod contract_file;
mod date_format;
mod declaration;
mod distinct;
mod error;
mod finding;
mod number;
mod reference;
mod schema;
#[cfg(test)]
mod tests;
mod texts;
mod validate;

pub use binding::Binding;
pub use calendar::{date_of, days_of};
pub use check::{Checked, Fate};
pub use codes::CodeList;
pub use column::{Column, Kind, Pattern, Role};
pub use comparison::{Comparison, DeclaredRule, Operator};
pub use contract_file::Contract;
pub use date_format::DateFormat;
pub use error::ContractError;
pub use finding::{Fault, Rule, Severity};
pub use reference::reference_markdown;
pub use schema::FIXED_COLUMNS;
pub use texts::Texts;
